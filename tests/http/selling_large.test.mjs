// Records of many lines with much to say: kept on every backend, or refused before anything is written.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

const LINES = 500;
const PRICE = 1000;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+,-./:;<=>?@[]^_{|}~';

let server;
let api;
let shop;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

/** Text that does not get smaller: the same in every run. */
let state = 1;
const noise = (length) => Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return LETTERS[Math.floor((state / 2 ** 32) * LETTERS.length)];
}).join('');

/** As much as a line may say. */
const line = (product) => ({
    product_id: product.id,
    quantity: '1',
    unit_price: PRICE,
    price_reason: noise(100),
    note: noise(200),
    discounts: Array.from({ length: 8 }, () => ({ type: 'amount', value: '1', reason: noise(100) })),
});
const body = (product, total) => ({
    ...shop.saleBody([], total),
    lines: Array.from({ length: LINES }, () => line(product)),
    note: noise(500),
});

test('a sale of 500 lines that say all they may is kept, listed, refunded and voided', async () => {
    const product = await shop.product({ price: PRICE });
    const total = LINES * (PRICE - 8);
    const sale = body(product, total);
    const { body: sold, text } = await api.transactions_create({ body: sale, expect: 201 });
    assert.ok(text.length > 800_000, `the record has ${text.length} bytes`);
    assert.equal(sold.lines[LINES - 1].note, sale.lines[LINES - 1].note);
    const again = await api.transactions_create({ body: sale, expect: 201 });
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.body.hash, sold.hash);
    const path = { transaction_id: sold.id };
    assert.equal((await api.transactions_read({ path, expect: 200 })).text, text);
    const listed = (await api.transactions_list({ query: { register_id: sold.register_id, limit: 1 }, expect: 200 })).body;
    assert.equal(listed.data[0].id, sold.id);
    const { body: refund } = await api.refunds_create({ path, body: { lines: [{ line: LINES, quantity: '1' }] }, expect: 201 });
    assert.equal(refund.total, PRICE - 8);
    const other = (await api.transactions_create({ body: body(product, total), expect: 201 })).body;
    const voided = (await api.transactions_void({ path: { transaction_id: other.id }, body: { reason: noise(200) }, expect: 201 })).body;
    assert.equal(voided.total, total);
    assert.equal(await shop.level(product), String(1 - LINES));
});

test('a sale whose record would be too large is refused by what is too large, and leaves nothing', async () => {
    const taxes = [];
    for (let i = 0; i < 8; i += 1) {
        const name = `${unique('Tax')} ${'🧾'.repeat(80)}`;
        taxes.push((await api.taxes_create({ body: { name, rate: '1', inclusive: true }, expect: 201 })).body.id);
    }
    const product = await shop.product({ name: `${unique('Tea')} ${'🍵'.repeat(150)}`, price: PRICE, tax_ids: taxes });
    const refused = await api.transactions_create({
        body: body(product, LINES * (PRICE - 8)), expect: 422, code: 'validation_failed',
    });
    assert.deepEqual(refused.body.errors.map(({ pointer, code }) => [pointer, code]), [['/lines', 'too_large']]);
    assert.equal(await shop.level(product), undefined);
});
