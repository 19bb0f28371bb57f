// Exchanges and refunds without a receipt.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { checkConserved, checkRecord } from '../lib/records.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
let shirt;
let coat;
let socks;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    const vat = await shop.tax('20', true);
    shirt = await shop.product({ name: 'Shirt', price: 2000, tax_ids: [vat.id] });
    coat = await shop.product({ name: 'Coat', price: 9900, tax_ids: [vat.id] });
    socks = await shop.product({ name: 'Socks', price: 700, tax_ids: [vat.id] });
});
after(() => server.stop());

const key = async (scopes) => (await api.api_keys_create({ body: { name: unique('key'), scopes }, expect: 201 })).body.key;

async function sell(products, options = {}) {
    const quote = await shop.quote(products, { expect: 200 });
    return (await shop.sell(products, quote.body.total, options)).body;
}

function body(original, products, expected, { lines, tenders, sale, ...more } = {}) {
    return {
        id: uuid7(),
        register_id: shop.register.id,
        refund: { transaction_id: original.id, ...(lines ? { lines } : {}), reason: 'Too small' },
        sale: { lines: shop.lines(products), ...sale },
        ...(tenders ? { tenders } : {}),
        expected_total: expected,
        ...more,
    };
}

const exchange = (...args) => api.exchanges_create({ body: body(...args), expect: 201 });
const refused = async (status, code, ...args) => (await api.exchanges_create({ body: body(...args), expect: status, code })).body;

/** What holds of both records together. */
function checkExchange({ refund, sale }) {
    checkRecord(refund);
    checkRecord(sale);
    assert.equal(refund.exchange_id, sale.id);
    assert.equal(sale.exchange_id, refund.id);
    assert.equal(sale.prev_hash, refund.hash);
    const moved = (record) => record.tenders.filter((tender) => tender.type === 'exchange').map((tender) => tender.amount);
    assert.deepEqual(moved(refund), moved(sale));
}

describe('exchanges_create', () => {
    test('for something dearer: the customer adds the rest', async () => {
        await shop.stock([[shirt, '10'], [coat, '10']]);
        const original = await sell([[shirt, '2']]);
        const { body: both, headers } = await exchange(original, [coat], 7900, {
            lines: [{ line: 1, quantity: '1' }], tenders: [{ type: 'cash', amount: 8000 }],
        });
        checkExchange(both);
        assert.equal(headers.get('location'), `/api/v1/transactions/${both.refund.id}`);
        assert.equal(both.refund.original_id, original.id);
        assert.equal(both.refund.reason, 'Too small');
        assert.deepEqual(both.refund.tenders, [{ type: 'exchange', amount: 2000 }]);
        assert.deepEqual(both.sale.tenders, [{ type: 'cash', amount: 8000 }, { type: 'exchange', amount: 2000 }]);
        assert.equal(both.sale.change, 100);
        assert.equal(await shop.level(shirt), '9');
        assert.equal(await shop.level(coat), '9');
        const rest = (await api.refunds_create({ path: { transaction_id: original.id }, body: {}, expect: 201 })).body;
        assert.deepEqual(rest.tenders, [{ type: 'cash', amount: 2000 }]);
        checkConserved(original, [both.refund, rest], { complete: true });
    });

    test('for something cheaper: the rest is paid out on the original tenders', async () => {
        const original = await sell([coat], { tenders: [{ type: 'card', amount: 4000, last_four: '4242' }, { type: 'cash', amount: 5900 }] });
        const { body: both } = await exchange(original, [[shirt, '2']], -5900);
        checkExchange(both);
        assert.deepEqual(both.refund.tenders, [
            { type: 'card', amount: 4000, last_four: '4242', original_tender: 1 },
            { type: 'cash', amount: 1900 },
            { type: 'exchange', amount: 4000 },
        ]);
        assert.deepEqual(both.sale.tenders, [{ type: 'exchange', amount: 4000 }]);
        checkConserved(original, [both.refund], { complete: true });
    });

    test('for the same value: nothing is paid; the product itself is one movement', async () => {
        const product = await shop.product({ price: 500, oversell: 'deny' });
        await shop.stock([[product, '1']]);
        const original = await sell([product]);
        assert.equal(await shop.level(product), '0');
        const { body: both } = await exchange(original, [product], 0);
        checkExchange(both);
        assert.equal(await shop.level(product), '0');
    });

    test('what was exchanged can come back: its value goes back in cash', async () => {
        const original = await sell([shirt], { tenders: [{ type: 'card', amount: 2000 }] });
        const { body: both } = await exchange(original, [[socks, '2']], -600, { tenders: [{ type: 'card', amount: 600 }] });
        const back = (await api.refunds_create({ path: { transaction_id: both.sale.id }, body: {}, expect: 201 })).body;
        assert.deepEqual(back.tenders, [{ type: 'cash', amount: 1400 }]);
        await api.transactions_void({ path: { transaction_id: both.sale.id }, body: { reason: 'x' }, expect: 409, code: 'void_not_possible' });
    });

    test('cash that is paid out is payable in coins', async () => {
        const path = { store_id: shop.store.id };
        await api.stores_update({ path, body: { cash_rounding: 10 }, expect: 200 });
        try {
            const product = await shop.product({ price: 113 });
            const original = await sell([[shirt, '1']]);
            const { body: both } = await exchange(original, [product], -1887);
            checkExchange(both);
            assert.deepEqual(both.refund.tenders, [{ type: 'cash', amount: 1890 }, { type: 'exchange', amount: 110 }]);
            assert.equal(both.refund.rounding, 0);
            assert.equal(both.sale.rounding, -3);
            assert.equal(both.sale.total, 110);
            checkConserved(original, [both.refund], { complete: true });
            const dearer = await sell([[socks, '1']]);
            const added = (await exchange(dearer, [[product, '7']], 91, { tenders: [{ type: 'cash', amount: 100 }] })).body;
            checkExchange(added);
            assert.equal(added.sale.rounding, -1);
            assert.equal(added.sale.change, 10);
        } finally {
            await api.stores_update({ path, body: { cash_rounding: 0 }, expect: 200 });
        }
    });

    test('refuses what does not fit, each by its pointer', async () => {
        const original = await sell([[shirt, '2']]);
        const mismatch = await refused(409, 'total_mismatch', original, [coat], 5901, { tenders: [{ type: 'cash', amount: 9000 }] });
        assert.equal(mismatch.total, 5900);
        assert.equal(mismatch.quote.total, 9900);
        const short = await refused(422, 'tender_insufficient', original, [coat], 5900, { tenders: [{ type: 'cash', amount: 5000 }] });
        assert.equal(short.errors[0].pointer, '/tenders');
        await refused(422, 'tender_insufficient', original, [coat], 5900);
        const excess = await refused(422, 'tender_excess', original, [coat], 5900, {
            tenders: [{ type: 'card', amount: 6000 }, { type: 'cash', amount: 100 }],
        });
        assert.deepEqual(excess.errors.map((error) => error.pointer), ['/tenders/0/amount']);
        assert.equal(excess.detail, 'Only cash gives change: tender 1 is 100 more than is due.');
        const unknown = await refused(422, 'validation_failed', original, [coat, { id: uuid7() }], 5900);
        assert.deepEqual(unknown.errors.map((error) => error.pointer), ['/sale/lines/1/product_id']);
        const beyond = await refused(409, 'refund_exceeds_sale', original, [coat], 0, { lines: [{ line: 1, quantity: '3' }] });
        assert.equal(beyond.errors[0].pointer, '/refund/lines/0/quantity');
        const other = await refused(422, 'validation_failed', original, [socks], -3300, { tenders: [{ type: 'card', amount: 3300 }] });
        assert.equal(other.errors[0].code, 'tender_not_of_sale');
        const less = await refused(422, 'tender_insufficient', original, [socks], -3300, { tenders: [{ type: 'cash', amount: 3299 }] });
        assert.equal(less.errors[0].pointer, '/tenders');
        const nowhere = await refused(422, 'validation_failed', { id: uuid7() }, [coat], 0);
        assert.equal(nowhere.errors[0].pointer, '/refund/transaction_id');
        const denied = await shop.product({ price: 100, oversell: 'deny' });
        const stock = await refused(409, 'insufficient_stock', original, [denied], -3900);
        assert.equal(stock.errors[0].pointer, '/sale/lines/0/quantity');
        const records = (await api.refunds_list({ path: { transaction_id: original.id }, expect: 200 })).body;
        assert.deepEqual(records.data, []);
        assert.equal(records.refundable.total, 4000);
    });

    test('is one act: a retry is a replay of both, and races happen once', async () => {
        const original = await sell([shirt]);
        const request = body(original, [socks], -1300);
        const answers = await Promise.all(Array.from({ length: 8 }, () => api.exchanges_create({ body: request, expect: 201 })));
        assert.equal(new Set(answers.map((answer) => answer.text)).size, 1);
        assert.equal(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true').length, 7);
        await api.exchanges_create({ body: { ...request, expected_total: 0 }, expect: 409, code: 'id_taken' });
        const other = await sell([shirt]);
        const raced = await Promise.all(Array.from({ length: 8 }, () => api.exchanges_create({ body: body(other, [socks], -1300) })));
        assert.equal(raced.filter((answer) => answer.status === 201).length, 1);
        assert.ok(raced.every((answer) => answer.status === 201 || answer.body.code === 'refund_exceeds_sale'));
    });

    test('its two ids are two, and nobody else\'s', async () => {
        const original = await sell([shirt]);
        const id = uuid7();
        const twice = await refused(422, 'validation_failed', original, [socks], -1300, { id, sale: { id } });
        assert.deepEqual(twice.errors.map((error) => error.pointer), ['/sale/id']);
        await refused(409, 'id_taken', original, [socks], -1300, { sale: { id: original.id } });
        await refused(409, 'id_taken', original, [socks], -1300, { id: original.id });
        const { body: both } = await exchange(original, [socks], -1300, { sale: { id } });
        assert.equal(both.sale.id, id);
    });

    test('needs the scopes of its parts', async () => {
        const original = await sell([[shirt, '2']]);
        const cashier = api.as(await key(['transactions:create']));
        const request = body(original, [socks], -1300, { lines: [{ line: 1, quantity: '1' }] });
        await cashier.exchanges_create({ body: request, expect: 403, code: 'forbidden' });
        const headers = { 'MyPOS-Approval': await key(['transactions:refund']) };
        const { body: both } = await cashier.exchanges_create({ body: request, headers, expect: 201 });
        assert.equal(both.refund.allowed_by.kind, 'api_key');
        assert.equal(both.sale.allowed_by, undefined);
    });
});

describe('transactions_create of type refund', () => {
    const request = (products, total, more = {}) => ({
        id: uuid7(), type: 'refund', register_id: shop.register.id, lines: shop.lines(products),
        tenders: [{ type: 'cash', amount: total }], expected_total: total, reason: 'No receipt', ...more,
    });
    const create = async (requested, options = { expect: 201 }) =>
        (await api.transactions_create({ body: requested, ...options })).body;

    test('gives back what goods cost today, and takes them in', async () => {
        const product = await shop.product({ price: 1200 });
        await shop.stock([[product, '1']]);
        const record = await create(request([[product, '2']], 2400));
        checkRecord(record);
        assert.equal(record.type, 'refund');
        assert.equal(record.reason, 'No receipt');
        assert.equal(record.original_id, undefined);
        assert.equal(record.change, 0);
        assert.equal(await shop.level(product), '3');
        await api.refunds_create({ path: { transaction_id: record.id }, body: {}, expect: 409, code: 'refund_not_possible' });
    });

    test('takes the price that the cashier says', async () => {
        const lines = [{ product_id: socks.id, quantity: '1', unit_price: 350, price_reason: 'Was on sale' }];
        const record = await create(request([], 350, { lines }));
        assert.equal(record.lines[0].unit_price, 350);
        assert.equal(record.total, 350);
    });

    test('needs a reason, exact tenders and its own scope', async () => {
        const { reason, ...without } = request([socks], 700);
        assert.ok(reason);
        const missing = await create(without, { expect: 422, code: 'validation_failed' });
        assert.equal(missing.errors[0].pointer, '/reason');
        await create(request([socks], 700, { tenders: [{ type: 'cash', amount: 800 }] }), { expect: 422, code: 'tender_excess' });
        await create(request([socks], 700, { tenders: [{ type: 'cash', amount: 600 }] }), { expect: 422, code: 'tender_insufficient' });
        await create(request([socks], 701), { expect: 409, code: 'total_mismatch' });
        const coupons = await create(request([socks], 700, { coupons: ['SAVE'] }), { expect: 422 });
        assert.equal(coupons.errors[0].pointer, '/coupons');
        const sale = await create({ ...request([socks], 700), type: 'sale' }, { expect: 422 });
        assert.equal(sale.errors[0].pointer, '/reason');
        const cashier = api.as(await key(['transactions:create', 'transactions:refund']));
        await cashier.transactions_create({ body: request([socks], 700), expect: 403, code: 'forbidden' });
        const headers = { 'MyPOS-Approval': await key(['transactions:refund_unreferenced']) };
        const allowed = await cashier.transactions_create({ body: request([socks], 700), headers, expect: 201 });
        assert.equal(allowed.body.allowed_by.kind, 'api_key');
    });

    test('a retry is a replay, also when it would be refused today', async () => {
        const product = await shop.product({ price: 100 });
        const requested = request([product], 100);
        const first = await api.transactions_create({ body: requested, expect: 201 });
        await api.products_update({ path: { product_id: product.id }, body: { price: 200 }, expect: 200 });
        const again = await api.transactions_create({ body: requested, expect: 201 });
        assert.equal(again.text, first.text);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
    });
});
