// kill -9 around the append to the shared log of a catalogue (api/catalog/replica_write.c): what is in the log is
// in the catalogue of every instance, the dead one's too when it lives again; what is not, is in none.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { uuid7 } from '../lib/client.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';

const BUILD = process.env.MYPOS_STEPS_BUILD ?? 'faultpoints';
const ROWS = 20_000; // more than one entry holds
let aws;

before(async () => { aws = await Aws.shared(); });

async function digest(server) {
    const { code, stdout, stderr } = await runCommand(['catalog', 'digest'], { build: BUILD, backend: 'sqlite', dataDir: server.dataDir });
    assert.equal(code, 0, stderr);
    return stdout;
}

async function agree(a, b) {
    const [one] = await until(async () => [await digest(a), await digest(b)], (both) => both[0] === both[1]);
    return one;
}

const product = { body: { sku: 'KILLED', name: 'Killed', price: 1 }, headers: { 'Idempotency-Key': uuid7() } };
const rows = Array.from({ length: ROWS }, (_, i) => `K-${i},Killed ${i} ${(i * 7919).toString(36)} ${(i * 104729 % 99991).toString(36)},1.00`);
const acts = {
    one: (api, more) => api.products_create({ ...product, ...more }),
    many: (api, more) => api.product_imports_create({
        body: ['sku,name,price', ...rows].join('\n'), type: 'text/csv', headers: { 'Idempotency-Key': 'many' }, ...more,
    }),
};

for (const [point, kind, isIn] of [
    ['before_append', 'one', false], ['appended', 'one', true], ['after_commit', 'one', true],
    ['parts', 'many', false], ['before_append', 'many', false], ['appended', 'many', true],
]) {
    test(`killed at catalog/${point} of ${kind}`, async (t) => {
        const name = `killed-${process.pid}-${point}-${kind}`;
        const env = { ...await aws.shop(name), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off' };
        const options = { build: BUILD, backend: 'sqlite', env, verify: false };
        const a = await startServer(options);
        const b = await startServer(options);
        t.after(async () => {
            await a.stop();
            await b.stop();
            await aws.drop(name);
        });
        const api = await b.admin();
        await a.end();
        await a.start({ MYPOS_FAULT_POINT: `catalog/${point}` });
        await assert.rejects(acts[kind]((await a.admin()).at(a.url)), 'nobody died');
        assert.equal((await a.exited()).signal, 'SIGKILL');

        // The others go on meanwhile.
        await api.taxes_create({ body: { name: 'Meanwhile', rate: '7', inclusive: true }, expect: 201 });
        await a.start();
        const there = await agree(a, b);
        assert.match(there, new RegExp(`^products ${isIn ? (kind === 'one' ? 1 : ROWS) : 0} `, 'm'));

        // Who asks again gets the answer that was lost, or has it done now: once.
        const answer = await acts[kind]((await a.admin()), { expect: kind === 'one' ? 201 : 200 });
        assert.equal(answer.headers.get('idempotent-replayed') === 'true', isIn);
        assert.match(await agree(a, b), new RegExp(`^products ${kind === 'one' ? 1 : ROWS} `, 'm'));
    });
}
