// kill -9 while an import posts its stock to the ledger: after the restart all of it is there, once, and nobody
// had to ask again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';

const PRODUCTS = 200; // more than are posted at once

async function levels(api) {
    return (await api.all('stock_list', { limit: 200 })).map(({ level }) => level);
}

/** An import of which the server dies at a step; what is in stock some time after the restart. */
async function importAndDie(t, point) {
    const server = await startServer({ build: process.env.MYPOS_STEPS_BUILD ?? 'faultpoints' });
    t.after(() => server.stop());
    await server.end();
    await server.start({ MYPOS_FAULT_POINT: point });
    const rows = Array.from({ length: PRODUCTS }, (_, i) => `STOCKED-${i},Stocked ${i},100,7`);
    const request = {
        body: `sku,name,price_minor,stock\n${rows.join('\n')}\n`, type: 'text/csv',
        headers: { 'Idempotency-Key': point },
    };
    const api = await server.admin();
    await assert.rejects(api.product_imports_create(request), 'nobody died');
    assert.equal((await server.exited()).signal, 'SIGKILL');
    await server.start();
    const again = await server.admin();
    const seen = await until(() => levels(again), ({ length }) => length >= PRODUCTS);
    assert.deepEqual(seen, Array(PRODUCTS).fill('7'));

    const { body: report } = await again.product_imports_create({ ...request, expect: 200 });
    assert.equal(report.created, PRODUCTS);
    const [{ store_id, product_id }] = (await again.stock_list({ query: { limit: 1 }, expect: 200 })).body.data;
    const { body: history } = await again.stock_movements_list({ query: { store_id, product_id }, expect: 200 });
    assert.deepEqual(history.data.map(({ reason, quantity, by }) => ({ reason, quantity, name: by.name })),
        [{ reason: 'count', quantity: '7', name: 'Administrator' }]);
}

for (const point of ['import_count/begun:1', 'import_count/begun:2', 'import_count/after_commit:3',
    'product_imports_create/before_answer']) {
    test(`stock of an import that is killed at ${point}`, (t) => importAndDie(t, point));
}
