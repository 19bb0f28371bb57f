// A disk that fails: a write is refused with a clear 503, nothing is half-written, and the server recovers
// when the disk does, without a restart.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';
import { Disk } from './disk_faults.mjs';

let scratch;
let disk;
let server;
let api;
let shop;
let tea;
before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'mypos-disk-'));
    disk = new Disk(path.join(scratch, 'faults'));
    server = await startServer({ build: 'release', env: disk.environment });
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ price: 250 });
    await shop.stock([[tea, '1000000']]);
});
after(async () => {
    disk.repair();
    await server.stop();
    disk.close();
    await rm(scratch, { recursive: true, force: true });
});
beforeEach(() => disk.repair());

/** The state that must move as one: how many records, the stock, the last receipt. */
async function state() {
    const { body } = await api.transactions_list({ query: { register_id: shop.register.id, limit: 1 }, expect: 200 });
    return { sequence: body.data[0]?.sequence ?? 0, stock: Number(await shop.level(tea)) };
}

async function untilReady(wanted) {
    return (await until(() => api.health_ready(), ({ status }) => status === wanted)).body;
}

test('the failing disk is in place: syncs are counted', async () => {
    const syncs = disk.syncs;
    await shop.sell([tea], 250);
    assert.ok(disk.syncs > syncs, 'a sale was acknowledged without a sync');
});

test('a sale is acknowledged only after its sync', async () => {
    disk.set({ syncDelayMs: 400 });
    const since = performance.now();
    await shop.sell([tea], 250);
    assert.ok(performance.now() - since >= 400, `${performance.now() - since} ms`);
});

const FAULTS = {
    'a full disk': { writes: 'ENOSPC' },
    'an I/O error of a write': { writes: 'EIO' },
    'a failed sync': { syncs: 'EIO' },
    'a full disk at the sync': { syncs: 'ENOSPC' },
    'a disk quota': { writes: 'EDQUOT' },
};
for (const [what, fault] of Object.entries(FAULTS)) {
    describe(what, () => {
        test('a sale is refused with 503 storage_unavailable, whole; later the same sale goes through once', async () => {
            const before_ = await state();
            disk.set(fault);
            const body = shop.saleBody([tea], 250);
            const refused = await api.transactions_create({ body, expect: 503, code: 'storage_unavailable' });
            assert.ok(Number(refused.headers.get('retry-after')) >= 1);
            assert.deepEqual(await state(), before_);
            await api.transactions_read({ path: { transaction_id: body.id }, expect: 404 });
            disk.repair();
            await api.transactions_create({ body, expect: 201 });
            assert.deepEqual(await state(), { sequence: before_.sequence + 1, stock: before_.stock - 1 });
        });

        test('a change of the catalogue is refused, whole', async () => {
            const seq = (await api.taxes_list()).headers.get('mypos-catalog-seq');
            disk.set(fault);
            const id = uuid7();
            const tax = { id, name: `Tax ${id}`, rate: '5', inclusive: true };
            await api.taxes_create({ body: tax, expect: 503, code: 'storage_unavailable' });
            await api.taxes_read({ path: { tax_id: id }, expect: 404 });
            disk.repair();
            assert.equal((await api.taxes_list()).headers.get('mypos-catalog-seq'), seq);
            await api.taxes_create({ body: tax, expect: 201 });
        });

        test('reading goes on', async () => {
            disk.set(fault);
            await shop.sell([tea], 250, {}, { expect: 503 });
            await api.product_lookups_find({ query: { code: tea.sku }, expect: 200 });
            await api.products_list({ query: { q: 'product' }, expect: 200 });
            await shop.quote([tea], { expect: 200 });
        });

        test('/health/ready says what is not ready, and is ready again when the disk works', async () => {
            disk.set(fault);
            await shop.sell([tea], 250, {}, { expect: 503 });
            const body = await untilReady(503);
            assert.equal(body.status, 'not_ready');
            const failing = body.checks.find((check) => check.status === 'failing');
            assert.ok(['database', 'storage'].includes(failing.name), failing.name);
            assert.ok(failing.detail);
            await api.health_live({ expect: 200 });
            disk.repair();
            await untilReady(200);
        });
    });
}

test('a disk that fills up under load: every answer is true', async () => {
    const before_ = await state();
    const answers = [];
    let over = false;
    const sellers = Array.from({ length: 12 }, async () => {
        while (!over) {
            const body = shop.saleBody([tea], 250);
            const { status } = await api.transactions_create({ body });
            answers.push({ id: body.id, status });
        }
    });
    const count = (status) => answers.filter((answer) => answer.status === status).length;
    const another = (status, before = count(status)) => until(() => count(status), (now) => now > before);
    for (let i = 0; i < 12; i += 1) {
        await another(201);
        disk.set({ writes: 'ENOSPC', after: i * 3 });
        await another(503);
        disk.repair();
    }
    over = true;
    await Promise.all(sellers);
    const sold = answers.filter((answer) => answer.status === 201);
    const refused = answers.filter((answer) => answer.status === 503);
    assert.equal(sold.length + refused.length, answers.length);
    assert.ok(sold.length > 0 && refused.length > 0, `${sold.length} sold, ${refused.length} refused`);
    const now = await state();
    assert.equal(now.sequence - before_.sequence, sold.length);
    assert.equal(before_.stock - now.stock, sold.length);
    for (const { id } of refused.slice(0, 50)) {
        await api.transactions_read({ path: { transaction_id: id }, expect: 404 });
    }
});

test('an import on a full disk leaves nothing, and succeeds later', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `FULL-${i},Full ${i},${i}`);
    const body = `sku,name,price_minor\n${rows.join('\n')}\n`;
    disk.set({ writes: 'ENOSPC', after: 20 });
    const answer = await api.product_imports_create({ body, type: 'text/csv' });
    assert.ok(answer.status === 503 || answer.body.status === 'failed', answer.text);
    disk.repair();
    await api.product_lookups_find({ query: { code: 'FULL-0' }, expect: 404 });
    await api.product_lookups_find({ query: { code: 'FULL-4999' }, expect: 404 });
    const { body: report } = await api.product_imports_create({ body, type: 'text/csv', expect: 200 });
    assert.equal(report.created, rows.length);
});

test('a server does not start on a disk that it cannot write, and says why', async () => {
    disk.set({ writes: 'ENOSPC' });
    const dataDir = path.join(scratch, 'unwritable');
    const { code, stderr } = await runCommand(['serve'], {
        build: 'release', dataDir, env: { ...disk.environment, MYPOS_PORT: '0' },
    });
    assert.ok(code !== 0 && code !== null, String(code));
    assert.notEqual(stderr, '');
});

test('at the end the journal is whole and the database sound', async () => {
    disk.repair();
    await server.end();
    const journal = await runCommand(['journal', 'export'], { build: 'release', dataDir: server.dataDir, raw: true });
    const verified = await runCommand(['journal', 'verify'], { build: 'release', input: journal.stdout });
    assert.equal(verified.code, 0, verified.stderr);
    const { execFileSync } = await import('node:child_process');
    const { readdirSync } = await import('node:fs');
    const database = readdirSync(server.dataDir).find((name) => name.endsWith('.db'));
    const words = execFileSync('sqlite3', [path.join(server.dataDir, database), 'PRAGMA integrity_check; PRAGMA foreign_key_check;']);
    assert.equal(words.toString().trim(), 'ok');
    await server.start();
});
