// The catalogue of several instances (api/catalog/replica.h): what one writes the others have, in the same order,
// whatever is killed, cut off or damaged in between.
import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aws } from '../lib/aws.mjs';
import { uuid7 } from '../lib/client.mjs';
import { FaultProxy } from '../lib/fault-proxy.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { gtin, unique } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const TEST_WITHIN_MS = 600_000; // on a machine that is busy

let aws;
let shops = 0;

before(async () => { aws = await Aws.shared(); });

/** Instances of one shop; each gets a directory of its own. */
class Chain {
    constructor(name, env) {
        this.name = name;
        this.env = env;
        this.servers = [];
        this.directories = [];
    }

    static async make(more = {}) {
        const name = `replicas-${process.pid}-${(shops += 1)}`;
        return new Chain(name, { ...await aws.shop(name), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off', ...more });
    }

    async directory() {
        const dataDir = await mkdtemp(path.join(tmpdir(), 'mypos-replica-'));
        this.directories.push(dataDir);
        return dataDir;
    }

    async start(more = {}, dataDir = undefined) {
        const directory = dataDir ?? await this.directory();
        const server = await startServer({
            backend: 'sqlite', dataDir: directory, verify: false, env: { ...this.env, ...more },
        });
        this.servers.push(server);
        return server;
    }

    /** The lines of `mypos catalog digest`. */
    async digest(server) {
        const { code, stdout, stderr } = await runCommand(['catalog', 'digest'], { backend: 'sqlite', dataDir: server.dataDir });
        assert.equal(code, 0, stderr);
        return stdout;
    }

    /** All instances come to the same position and have the same catalogue there. */
    async agree(servers = this.servers) {
        const digests = await until(() => Promise.all(servers.map((server) => this.digest(server))),
            (all) => new Set(all.map((digest) => digest.split('\n')[0])).size === 1);
        for (const digest of digests) {
            assert.equal(digest, digests[0]);
        }
        return digests[0];
    }

    /** The list of snapshots in the table. */
    async snapshots() {
        const { Items } = await aws.client.dynamodb('Query', {
            TableName: `${this.env.MYPOS_TABLE_PREFIX}catalog-log`,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: 'SNAPSHOT' } },
            ConsistentRead: true,
        });
        return Items;
    }

    snapshotsAre(least) {
        return until(() => this.snapshots(), ({ length }) => length >= least);
    }

    async stop() {
        await Promise.all(this.servers.map((server) => server.stop()));
        await aws.drop(this.name);
        await Promise.all(this.directories.map((directory) => rm(directory, { recursive: true, force: true })));
    }
}

const product = (more = {}) => ({ sku: unique(), name: unique('Product'), price: 250, ...more });

describe('two instances', () => {
    let chain, a, b, apiA, apiB;

    before(async () => {
        chain = await Chain.make();
        [a, b] = await Promise.all([chain.start(), chain.start()]);
        apiA = (await a.admin()).follows();
        apiB = apiA.at(b.url);
    });
    after(() => chain?.stop());

    test('one of two that start at once makes the first store and the first administrator', async () => {
        const digest = await chain.agree();
        assert.match(digest, /^stores 1 /m);
        assert.match(digest, /^registers 1 /m);
        assert.match(digest, /^employees 1 /m);
        assert.match(digest, /^secrets 1 /m);
        await b.admin(); // the same password, and tokens of either are good at both
        await apiB.auth_me({ expect: 200 });
    });

    test('what is written on one is read on the other', async () => {
        for (let i = 0; i < 10; i += 1) {
            const [first, second] = i % 2 === 0 ? [apiA, apiB] : [apiB, apiA];
            const made = (await first.products_create({ body: product(), expect: 201 })).body;
            const read = (await second.products_read({ path: { product_id: made.id }, expect: 200 })).body;
            assert.deepEqual(read, made);
            const hits = await second.products_list({ query: { q: made.name }, expect: 200 });
            assert.equal(hits.body.data[0].id, made.id);
        }
    });

    test('every answer says which state of the catalogue it comes from, refusals too', async () => {
        const seqOf = (answer) => Number(answer.headers.get('mypos-catalog-seq'));
        const made = await apiA.products_create({ body: product(), expect: 201 });
        assert.ok(seqOf(made) > 0);
        assert.ok(seqOf(await apiA.transactions_list({ expect: 200 })) >= seqOf(made));
        assert.ok(seqOf(await apiA.products_read({ path: { product_id: uuid7() }, expect: 404 })) >= seqOf(made));
    });

    test('a state that is not there yet is waited for, and then refused', async () => {
        const began = Date.now();
        const headers = { 'MyPOS-Catalog-Min-Seq': '900000000' };
        const { headers: answered } = await apiA.products_list({ headers, expect: 503, code: 'not_ready' });
        assert.ok(Date.now() - began >= 1500);
        assert.ok(Number(answered.get('retry-after')) > 0);
    });

    test('a session ends everywhere, and a new key is good everywhere', async () => {
        const fresh = (await a.admin()).follows();
        const key = (await fresh.api_keys_create({ body: { name: unique('Key'), scopes: ['products:read'] }, expect: 201 })).body;
        await fresh.at(b.url).as(key.key).products_list({ expect: 200 });
        await fresh.at(b.url).auth_logout({ expect: 204 });
        await fresh.auth_me({ expect: 401 });
    });

    test('of two that take the same SKU at once, one does', async () => {
        for (let i = 0; i < 20; i += 1) {
            const sku = unique('SAME');
            const answers = await Promise.all([apiA, apiB].map((api) => api.products_create({ body: product({ sku }), patient: true })));
            assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409]);
        }
        await chain.agree();
    });

    test('of two that change the same version at once, one does', async () => {
        const { body } = await apiA.products_create({ body: product(), expect: 201 });
        for (let version = 1; version <= 20; version += 1) {
            const answers = await Promise.all([apiA, apiB].map((api, i) => api.products_update({
                path: { product_id: body.id },
                headers: { 'If-Match': `"${version}"` },
                body: { price: 1000 * version + i },
                patient: true,
            })));
            assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412], `version ${version}`);
        }
        await chain.agree();
    });

    test('an instance that is behind refuses nothing that it does not know', async () => {
        // Without MyPOS-Catalog-Min-Seq: the write finds out by itself.
        const blind = await a.admin();
        for (let i = 0; i < 10; i += 1) {
            const { body } = await blind.products_create({ body: product(), expect: 201 });
            await blind.at(b.url).products_update({
                path: { product_id: body.id }, headers: { 'If-Match': '"1"' }, body: { price: 5 }, expect: 200,
            });
        }
    });

    test('an Idempotency-Key is one key on both', async () => {
        for (let i = 0; i < 5; i += 1) {
            const body = product();
            const headers = { 'Idempotency-Key': uuid7() };
            const answers = await Promise.all([apiA, apiB, apiA, apiB].map((api) => api.products_create({ body, headers, expect: 201 })));
            assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
            assert.equal(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true').length, 3);
        }
    });

    test('a random workload on both leaves the same catalogue', { timeout: TEST_WITHIN_MS }, async () => {
        const products = [];
        const { body: list } = await apiA.price_lists_create({ body: { name: unique('List') }, expect: 201 });
        const acts = [
            async (api) => products.push((await api.products_create({ body: product({ barcodes: [gtin(`2${String(Math.random()).slice(2, 13).padEnd(11, '7')}`)] }) })).body),
            async (api) => {
                const one = products[Math.floor(Math.random() * products.length)];
                await (one?.id && api.products_update({ path: { product_id: one.id }, body: { price: Math.floor(Math.random() * 9999), name: unique('Renamed') } }));
            },
            (api) => api.taxes_create({ body: { name: unique('Tax'), rate: '7', inclusive: true } }),
            (api) => api.categories_create({ body: { name: unique('Category') } }),
            (api) => api.product_imports_create({
                type: 'text/csv',
                body: ['sku,name,price,category', ...Array.from({ length: 200 }, (_, i) => `${unique('I')},Imported ${i},${i}.50,Group ${i % 5}`)].join('\n'),
            }),
            async (api) => {
                const one = products[Math.floor(Math.random() * products.length)];
                await (one?.id && api.price_list_prices_set({ path: { price_list_id: list.id }, body: { prices: [{ product_id: one.id, price: 99 }] } }));
            },
            async (api) => {
                const { body } = await api.api_keys_create({ body: { name: unique('Key'), scopes: ['products:read'] } });
                await (body.id && Math.random() < 0.5 && api.api_keys_revoke({ path: { api_key_id: body.id } }));
            },
            async (api, server) => (await server.admin()).auth_logout({ expect: 204 }),
        ];
        const work = async (api, server) => {
            for (let i = 0; i < 30; i += 1) {
                await acts[Math.floor(Math.random() * acts.length)](api, server);
            }
        };
        await Promise.all([work(apiA, a), work(apiB, b), work(apiA, a), work(apiB, b)]);
        const digest = await chain.agree();
        assert.match(digest, /^products \d\d/m);
        const changes = async (api) => {
            const all = [];
            let after = 0;
            for (let page; !page || page.has_more; after = page.last_seq) {
                page = (await api.catalog_changes_list({ query: { after }, expect: 200 })).body;
                all.push(...page.data);
            }
            return all;
        };
        const [changesA, changesB] = await Promise.all([changes(apiA), changes(apiB)]);
        assert.deepEqual(changesA, changesB);
        assert.deepEqual(changesA.map(({ seq }) => seq), changesA.map((_, i) => i + 1));
    });
});

const LARGE = 20_000; // a changeset of several parts

test('a large import is whole on the other, or not there', { timeout: TEST_WITHIN_MS }, async () => {
    const chain = await Chain.make();
    try {
        const [a, b] = [await chain.start(), await chain.start()];
        const apiA = await a.admin();
        const apiB = apiA.at(b.url);
        const rows = Array.from({ length: LARGE }, (_, i) => `L-${i},Large ${i} ${(i * 7919).toString(36)} ${(i * 104729 % 99991).toString(36)},${i % 1000}.99`);
        let running = true;
        const watch = (async () => {
            const counts = new Set();
            while (running) {
                const { body } = await apiB.products_list({ query: { limit: 1 }, expect: 200 });
                counts.add(body.data.length);
                await sleep(50);
            }
            return counts;
        })();
        // Others write meanwhile: the import gets its turn.
        const small = (async () => {
            const statuses = new Set();
            while (running) {
                statuses.add((await apiB.taxes_create({ body: { name: unique('Tax'), rate: '7', inclusive: true } })).status);
            }
            return statuses;
        })();
        const { body } = await apiA.product_imports_create({ body: ['sku,name,price', ...rows].join('\n'), type: 'text/csv', expect: 200 });
        assert.equal(body.created, rows.length);
        running = false;
        assert.deepEqual([...await watch].filter((count) => count > 1), []);
        assert.ok([...await small].every((status) => status === 201 || status === 503));
        assert.match(await chain.agree(), new RegExp(`^products ${LARGE} `, 'm'));
        assert.equal((await apiB.product_lookups_find({ query: { code: `L-${LARGE - 1}` }, expect: 200 })).body.price, 99999);
    } finally {
        await chain.stop();
    }
});

const withChain = (env, body) => async () => {
    const chain = await Chain.make(env);
    try {
        await body(chain);
    } finally {
        await chain.stop();
    }
};

test('an append whose answer is lost is found out', { timeout: TEST_WITHIN_MS }, withChain({}, async (chain) => {
    const proxy = await FaultProxy.start(chain.env.AWS_ENDPOINT_URL_DYNAMODB);
    try {
        const a = await chain.start({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
        const b = await chain.start();
        const api = (await a.admin()).follows();
        for (const cut of ['after', 'before']) {
            let times = 0;
            proxy.fault = (call) => (call.operation === 'PutItem' && (times += 1) <= 2 ? { cut } : null);
            const made = (await api.products_create({ body: product(), expect: 201 })).body;
            proxy.fault = null;
            assert.ok(times >= 2);
            await api.at(b.url).products_read({ path: { product_id: made.id }, expect: 200 });
        }
        // However long nobody answers: what is in the log is not lost, and what is not is not there.
        proxy.fault = (call) => (call.operation === 'PutItem' ? { cut: 'after' } : null);
        const sku = unique('LOST');
        const answer = await api.products_create({ body: product({ sku }), headers: { 'Idempotency-Key': uuid7() } });
        proxy.fault = null;
        assert.ok([201, 503].includes(answer.status), answer.text);
        const digest = await chain.agree();
        assert.match(digest, /^products 3 /m);
    } finally {
        await proxy.stop();
    }
}));

test('while the log is gone nothing is written, and reading goes on', { timeout: TEST_WITHIN_MS }, withChain({}, async (chain) => {
    const proxy = await FaultProxy.start(chain.env.AWS_ENDPOINT_URL_DYNAMODB);
    try {
        const a = await chain.start({ AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
        const api = await a.admin();
        const made = (await api.products_create({ body: product(), expect: 201 })).body;
        await proxy.down();
        const began = Date.now();
        const answers = await Promise.all(Array.from({ length: 5 }, () => api.products_create({ body: product() })));
        assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([503]));
        assert.ok(Date.now() - began < 60_000);
        await api.products_read({ path: { product_id: made.id }, expect: 200 });
        await proxy.up();
        await until(() => api.products_create({ body: product() }), ({ status }) => status === 201);
        await chain.agree();
    } finally {
        await proxy.stop();
    }
}));

test('a shop that was alone becomes the beginning of the log; another one does not', { timeout: TEST_WITHIN_MS }, withChain({}, async (chain) => {
    const alone = { MYPOS_LEDGER: 'sqlite', MYPOS_IMAGES: 'dir' };
    const dataDir = await chain.directory();
    const first = await startServer({ backend: 'sqlite', dataDir, env: { ...chain.env, ...alone } });
    const api = await first.admin();
    const rows = Array.from({ length: 5000 }, (_, i) => `E-${i},Embedded ${i} ${(i * 7919).toString(36)},${i}.00`);
    await api.product_imports_create({ body: ['sku,name,price', ...rows].join('\n'), type: 'text/csv', expect: 200 });
    await first.end();

    const a = await chain.start({}, dataDir);
    const b = await chain.start();
    assert.match(await chain.agree(), /^products 5000 /m);
    await (await b.admin()).product_lookups_find({ query: { code: 'E-4999' }, expect: 200 });
    assert.ok(a.logLines().some(({ event }) => event === 'catalog_published'));

    // A second shop of its own has no place here, and keeps its data.
    const otherDir = await chain.directory();
    const other = await startServer({ backend: 'sqlite', dataDir: otherDir, env: { ...chain.env, ...alone } });
    await other.end();
    await assert.rejects(startServer({ backend: 'sqlite', dataDir: otherDir, env: chain.env }), /catalogue of their own/);
    // Nor has one that went on by itself meanwhile.
    await b.end();
    await (await startServer({ backend: 'sqlite', dataDir: b.dataDir, env: { ...chain.env, ...alone } })).end();
    await assert.rejects(startServer({ backend: 'sqlite', dataDir: b.dataDir, env: chain.env }), /catalogue of their own/);
}));

test('new instances begin with the newest snapshot', { timeout: TEST_WITHIN_MS }, withChain({ MYPOS_CATALOG_SNAPSHOT_ENTRIES: '5' }, async (chain) => {
    const a = await chain.start();
    const api = (await a.admin()).follows();
    const products = [];
    for (let round = 1; round <= 9; round += 1) {
        for (let i = 0; i < 5; i += 1) {
            products.push((await api.products_create({ body: product(), expect: 201 })).body);
        }
        await chain.snapshotsAre(Math.min(round, 7));
    }
    // The oldest are gone, and what the log had for them; the numbers stay.
    const listed = await until(() => chain.snapshots(), ({ length }) => length === 7);
    const names = new RegExp(`^snapshots/${chain.env.MYPOS_TABLE_PREFIX}\\d{16}-[0-9a-f-]{36}\\.db\\.gz$`); // another shop may have the bucket too
    for (const { name } of listed) {
        assert.match(name.S, names);
    }
    const b = await chain.start();
    assert.ok(b.logLines().some(({ event }) => event === 'catalog_snapshot_taken'), b.log());
    const last = products.at(-1);
    const hits = await api.at(b.url).products_list({ query: { q: last.name }, expect: 200 });
    assert.equal(hits.body.data[0].id, last.id);
    assert.match(await chain.agree(), new RegExp(`^products ${products.length} `, 'm'));
    await api.at(b.url).products_create({ body: product(), expect: 201 });
    await chain.agree();

    // The newest cannot be used: the one before it, and the log from there.
    const newest = (await chain.snapshots()).map((item) => item.name.S).sort().at(-1);
    await aws.client.s3('PUT', `/${chain.env.MYPOS_S3_BUCKET}/${newest}`, { body: 'no snapshot' });
    const c = await chain.start();
    assert.ok(c.logLines().some(({ event }) => event === 'catalog_snapshot_unusable'), c.log());
    await chain.agree();
}));

test('an instance whose database is damaged, or another one, makes it anew by itself', { timeout: TEST_WITHIN_MS }, withChain({ MYPOS_CATALOG_SNAPSHOT_ENTRIES: '5', MYPOS_DRAIN_SECONDS: '0' }, async (chain) => {
    const a = await chain.start();
    const b = await chain.start();
    const api = (await a.admin()).follows();
    const products = [];
    for (let i = 0; i < 12; i += 1) {
        products.push((await api.products_create({ body: product(), expect: 201 })).body);
    }
    await chain.snapshotsAre(1);
    await chain.agree();

    // Damaged while it was down.
    await b.end();
    const file = await open(path.join(b.dataDir, 'mypos.db'), 'r+');
    await file.write(Buffer.alloc(4096, 0x5a), 0, 4096, 0);
    await file.close();
    await b.start();
    await chain.agree();
    assert.ok(b.logLines().some(({ event }) => event === 'catalog_made_anew'), b.log());

    // Another one than the others have: the next change does not fit, which the running server notices.
    await b.end();
    const { code, stderr } = await sqlite(b.dataDir, `UPDATE products SET name = 'Somebody was here', price = 1 WHERE sku = '${products[0].sku}'`);
    assert.equal(code, 0, stderr);
    await b.start();
    const url = b.url;
    await api.products_update({ path: { product_id: products[0].id }, body: { name: 'A good name' }, expect: 200 });
    await until(() => b.log(), (log) => log.includes('catalog_made_anew'));
    assert.ok(b.logLines().some(({ event }) => event === 'catalog_broken'), b.log());
    const there = api.at(url); // where it was before
    // The server may be on its way up.
    await until(() => there.health_ready().catch(() => ({})), ({ status }) => status === 200);
    const digest = await chain.agree();
    assert.match(digest, /^products 12 /m);
    assert.equal((await there.products_read({ path: { product_id: products[0].id }, expect: 200 })).body.name, 'A good name');
}));

/** Runs a statement on the database of a server that does not run. */
async function sqlite(dataDir, sql) {
    const { spawnSync } = await import('node:child_process');
    const { status, stderr } = spawnSync('sqlite3', [path.join(dataDir, 'mypos.db'), sql], { encoding: 'utf8' });
    return { code: status, stderr };
}
