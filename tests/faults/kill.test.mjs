// kill -9 at random points under load. After every restart: each acknowledged sale is there exactly once,
// receipt numbers have no gap, and totals, stock and journal agree.
//
// KILL_ROUNDS rounds (20); KILL_SEED repeats the times of a run, not the scheduling of the machine.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { Shop, canonical } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const ROUNDS = Number(process.env.KILL_ROUNDS || 20);
const SELLERS = 16;
const SALES = 4; // at least, before every other kill: how slow the machine may be
const REGISTERS = 3;
const PRODUCTS = 12;
const STOCK = 1_000_000;

let seed = Number(process.env.KILL_SEED || Date.now() % 1_000_000);
const firstSeed = seed;
function random() {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x80000000;
}

let server;
let api;
let shop;
const registers = [];
const products = [];
before(async () => {
    server = await startServer({ build: 'release' });
    api = await server.admin();
    shop = await Shop.open(api);
    for (let i = 0; i < REGISTERS; i += 1) {
        registers.push({ ...await shop.newRegister(), sequence: 0, hash: '0'.repeat(64), total: 0 });
    }
    for (let i = 0; i < PRODUCTS; i += 1) {
        products.push({ ...await shop.product({ price: 100 + i }), sold: 0 });
    }
    await shop.stock(products.map((product) => [product, STOCK]));
    // A key lives across restarts: no login, no Argon2id in each round.
    const scopes = ['transactions:create', 'transactions:read', 'stock:read', 'products:read'];
    const { body } = await api.api_keys_create({ body: { name: 'till', scopes }, expect: 201 });
    api = api.as(body.key);
});
after(() => server.stop());

/** One request on the seller's own connection; {status, body}, or null when the answer never came. */
function post(agent, target, body) {
    return new Promise((resolve) => {
        const request = http.request(new URL(target, server.url), {
            method: 'POST', agent,
            headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': 'application/json' },
        }, (response) => {
            const bytes = [];
            response.on('data', (chunk) => bytes.push(chunk));
            response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(bytes).toString() }));
            response.on('error', () => resolve(null));
            response.on('aborted', () => resolve(null));
        });
        request.on('error', () => resolve(null));
        request.end(JSON.stringify(body));
    });
}

/** Sells until the server is gone; acknowledged sales go to `known`, the ones in flight to `unknown`. */
async function sell(known, unknown) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
        const lines = Array.from({ length: 1 + Math.floor(random() * 5) }, () => products[Math.floor(random() * PRODUCTS)]);
        const total = lines.reduce((sum, product) => sum + product.price, 0);
        const register = registers[Math.floor(random() * REGISTERS)];
        const body = shop.saleBody(lines, total, { register, cash: total + 50 });
        const answer = await post(agent, '/api/v1/transactions', body);
        if (answer === null) {
            unknown.push(body);
            agent.destroy();
            return;
        }
        assert.equal(answer.status, 201, answer.body);
        const record = JSON.parse(answer.body);
        known.set(body.id, record.hash);
    }
}

/** Reads what is new in a register, checks the chain, and adds it to the books. Answers the ids. */
async function audit(register) {
    const fresh = [];
    let cursor;
    do {
        const { body } = await api.transactions_list({
            query: { register_id: register.id, limit: 200, cursor }, expect: 200,
        });
        const unseen = body.data.filter((record) => record.sequence > register.sequence);
        fresh.push(...unseen);
        cursor = unseen.length === body.data.length ? body.next_cursor : null;
    } while (cursor);
    for (const record of fresh.reverse()) {
        assert.equal(record.sequence, register.sequence + 1, `a gap in ${register.code}`);
        assert.equal(record.receipt_number, `${register.code}-${String(record.sequence).padStart(6, '0')}`);
        assert.equal(record.prev_hash, register.hash, `the chain of ${register.code} is broken`);
        const { hash, ...content } = record;
        assert.equal(createHash('sha256').update(canonical(content)).digest('hex'), hash);
        assert.equal(record.total, record.lines.reduce((sum, line) => sum + line.total, 0));
        assert.equal(record.tenders[0].amount - record.total, record.change);
        for (const line of record.lines) {
            products.find((product) => product.id === line.product_id).sold += Number(line.quantity);
        }
        Object.assign(register, { sequence: record.sequence, hash, total: register.total + record.total });
    }
    return fresh.map((record) => [record.id, record.hash]);
}

async function checkStock() {
    const levels = await api.all('stock_list', { store_id: shop.store.id, limit: 200 });
    for (const product of products) {
        const level = Number(levels.find((row) => row.product_id === product.id).level);
        assert.equal(level, STOCK - product.sold, `the stock of ${product.sku}`);
    }
}

async function round(agent, number) {
    const known = new Map();
    const unknown = [];
    const sellers = Array.from({ length: SELLERS }, () => sell(known, unknown));
    await new Promise((resolve) => setTimeout(resolve, 10 + random() * 290));
    await until(() => known.size, (count) => number % 2 === 0 || count >= SALES);
    await server.kill();
    await Promise.all(sellers);
    await server.start();
    api = server.client().as(api.token);

    const found = new Map();
    for (const register of registers) {
        for (const [id, hash] of await audit(register)) {
            assert.ok(!found.has(id), 'a sale is there twice');
            found.set(id, hash);
        }
    }
    for (const [id, hash] of known) {
        assert.equal(found.get(id), hash, 'an acknowledged sale is lost or changed');
    }
    await checkStock();

    // What was in flight is unknown to the till: it sends again, and then it is there exactly once.
    for (const body of unknown) {
        const answer = await post(agent, '/api/v1/transactions', body);
        assert.equal(answer?.status, 201, answer?.body);
        const { id, hash } = JSON.parse(answer.body);
        assert.equal(id, body.id);
        if (found.has(id)) {
            assert.equal(hash, found.get(id), 'a retry answered another record');
        }
    }
    for (const register of registers) {
        for (const [id] of await audit(register)) {
            assert.ok(!found.has(id), 'a retried sale is there twice');
            assert.ok(unknown.some((body) => body.id === id), 'a sale that nobody made');
        }
    }
    await checkStock();
    return { known: known.size, unknown: unknown.length };
}

test(`${ROUNDS} rounds of kill -9 under load lose, double and change nothing`, { timeout: 3_600_000 }, async (t) => {
    const agent = new http.Agent({ keepAlive: false });
    const sums = { known: 0, unknown: 0, startMs: [] };
    const since = performance.now();
    for (let i = 0; i < ROUNDS; i += 1) {
        try {
            const { known, unknown } = await round(agent, i);
            sums.known += known;
            sums.unknown += unknown;
            sums.startMs.push(server.startMs);
        } catch (error) {
            error.message = `round ${i + 1} (KILL_SEED=${firstSeed}): ${error.message}\n${server.log().slice(-3000)}`;
            throw error;
        }
    }
    sums.startMs.sort((a, b) => a - b);
    t.diagnostic(`${ROUNDS} rounds in ${((performance.now() - since) / 1000).toFixed(1)} s: ${sums.known} sales acknowledged, `
        + `${sums.unknown} in flight when killed; start to ready ${Math.round(sums.startMs[ROUNDS >> 1])} ms`);
    assert.ok(sums.known > ROUNDS, `only ${sums.known} sales`);
});

test('afterwards mypos journal verify accepts the journal, and the database is sound', async () => {
    await server.end();
    const journal = await runCommand(['journal', 'export'], { build: 'release', dataDir: server.dataDir, raw: true });
    assert.equal(journal.code, 0, journal.stderr);
    const end = JSON.parse(journal.stdout.toString().trimEnd().split('\n').at(-1));
    assert.equal(end.journal_end.records, registers.reduce((sum, register) => sum + register.sequence, 0));
    const verified = await runCommand(['journal', 'verify'], { build: 'release', input: journal.stdout });
    assert.equal(verified.code, 0, verified.stderr);
    const { execFileSync } = await import('node:child_process');
    const { readdirSync } = await import('node:fs');
    const database = readdirSync(server.dataDir).find((name) => name.endsWith('.db'));
    const words = execFileSync('sqlite3', [`${server.dataDir}/${database}`, 'PRAGMA integrity_check; PRAGMA foreign_key_check;']);
    assert.equal(words.toString().trim(), 'ok');
    await server.start();
});

test('kill -9 while the catalogue changes: every acknowledged change is in the log, without a gap', async () => {
    const admin = await server.admin();
    const acknowledged = new Set();
    for (let i = 0; i < Math.min(ROUNDS, 5); i += 1) {
        const writer = await server.admin();
        let stop = false;
        const writers = Array.from({ length: 6 }, async () => {
            while (!stop) {
                const id = uuid7();
                try {
                    const { status } = await writer.taxes_create({ body: { id, name: `T ${id}`, rate: '1', inclusive: true } });
                    if (status === 201) {
                        acknowledged.add(id);
                    }
                } catch {
                    return;
                }
            }
        });
        await new Promise((resolve) => setTimeout(resolve, 50 + random() * 200));
        await until(() => acknowledged.size, (count) => count > i);
        await server.kill();
        stop = true;
        await Promise.all(writers);
        await server.start();
    }
    assert.ok(admin);
    const reader = await server.admin();
    const logged = new Map();
    let after_ = 0;
    let expected = null;
    for (let more = true; more;) {
        const { body } = await reader.catalog_changes_list({ query: { after: after_, limit: 200 }, expect: 200 });
        for (const change of body.data) {
            assert.equal(change.seq, expected ?? change.seq, 'a gap in the change log');
            expected = change.seq + 1;
            logged.set(change.entity_id, change);
        }
        after_ = body.last_seq;
        more = body.has_more;
    }
    assert.ok(acknowledged.size > 0);
    for (const id of acknowledged) {
        const { body } = await reader.taxes_read({ path: { tax_id: id }, expect: 200 });
        assert.deepEqual(logged.get(id)?.body, body);
    }
});
