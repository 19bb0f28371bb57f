// Stock movements: receive, adjust, count, waste, transfer; the history; and that nothing is lost or made up.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
let other;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    const body = { code: 'SECOND', name: 'Second', currency: 'EUR', time_zone: 'Europe/Vienna' };
    other = (await api.stores_create({ body, expect: 201 })).body;
});
after(() => server.stop());

const lines = (...entries) => entries.map(([product, quantity]) => ({ product_id: product.id, quantity }));

function move(reason, entries, members = {}, options = { expect: 201 }) {
    const body = { store_id: shop.store.id, reason, lines: lines(...entries), ...members };
    return api.stock_movements_create({ body, ...options });
}

const history = (product, store = shop.store) =>
    api.all('stock_movements_list', { store_id: store.id, product_id: product.id, limit: 50 });

const levelAt = async (product, store) => {
    const query = { store_id: store.id, product_id: product.id };
    return (await api.stock_list({ query, expect: 200 })).body.data[0]?.level ?? '0';
};

/** Opening (nothing) + movements = level, and each entry's level follows from the one before. */
async function checkConserved(product, store = shop.store) {
    const entries = (await history(product, store)).reverse();
    let level = 0;
    for (const entry of entries) {
        level = Math.round((level + Number(entry.quantity)) * 1e5) / 1e5;
        assert.equal(Number(entry.level), level, JSON.stringify(entry));
    }
    assert.equal(Number(await levelAt(product, store)), level);
    return entries;
}

describe('stock_movements_create', () => {
    test('receives, adjusts, wastes and counts, and says what was posted', async () => {
        const tea = await shop.product();
        const received = await move('receive', [[tea, '12']], { note: 'Delivery note 4711' });
        assert.equal(received.body.note, 'Delivery note 4711');
        assert.equal(received.body.by.name, 'Administrator');
        assert.deepEqual(received.body.lines, [{ product_id: tea.id, quantity: '12', level: '12' }]);
        assert.equal((await move('adjust', [[tea, '-2']])).body.lines[0].level, '10');
        assert.equal((await move('adjust', [[tea, '1']])).body.lines[0].level, '11');
        const wasted = await move('waste', [[tea, '3']]);
        assert.deepEqual(wasted.body.lines, [{ product_id: tea.id, quantity: '-3', level: '8' }]);
        const counted = await move('count', [[tea, '5']]);
        assert.deepEqual(counted.body.lines, [{ product_id: tea.id, quantity: '-3', level: '5' }]);
        assert.deepEqual((await move('count', [[tea, '5']])).body.lines, [{ product_id: tea.id, quantity: '0', level: '5' }]);
        assert.equal(await shop.level(tea), '5');
        const entries = await checkConserved(tea);
        assert.deepEqual(entries.map((entry) => entry.reason),
            ['receive', 'adjust', 'adjust', 'waste', 'count', 'count']);
        assert.equal(entries[0].note, 'Delivery note 4711');
        assert.equal(entries[0].source_id, received.body.id);
        assert.equal(entries[0].by.kind, 'employee');
    });

    test('transfers between stores, both or none', async () => {
        const tea = await shop.product();
        const cheese = await shop.product({ unit: 'weighed', oversell: 'deny' });
        await move('receive', [[tea, '10'], [cheese, '2.5']]);
        const { body } = await move('transfer', [[cheese, '0.125'], [tea, '4']], { to_store_id: other.id });
        assert.equal(body.to_store_id, other.id);
        assert.deepEqual(body.lines, [
            { product_id: cheese.id, quantity: '-0.125', level: '2.375', to_level: '0.125' },
            { product_id: tea.id, quantity: '-4', level: '6', to_level: '4' },
        ]);
        const refused = await move('transfer', [[tea, '1'], [cheese, '3']], { to_store_id: other.id },
            { expect: 409, code: 'insufficient_stock' });
        assert.deepEqual(refused.body.errors.map((error) => error.pointer), ['/lines/1/quantity']);
        assert.equal(await levelAt(tea, other), '4');
        assert.equal(await levelAt(cheese, other), '0.125');
        for (const product of [tea, cheese]) {
            await checkConserved(product);
            await checkConserved(product, other);
        }
        assert.deepEqual((await history(tea, other)).map((entry) => entry.reason), ['transfer_in']);
        assert.equal((await history(tea))[0].reason, 'transfer_out');
    });

    test('never takes what is not there of a product that denies it, and names every line that is short', async () => {
        const kept = await shop.product({ oversell: 'deny' });
        const short = await shop.product({ oversell: 'deny' });
        const loose = await shop.product();
        await move('receive', [[kept, '5'], [short, '1']]);
        for (const reason of ['waste', 'adjust']) {
            const sign = reason === 'adjust' ? '-' : '';
            const { body } = await move(reason, [[loose, `${sign}9`], [kept, `${sign}6`], [short, `${sign}2`]], {},
                { expect: 409, code: 'insufficient_stock' });
            assert.deepEqual(body.errors.map((error) => error.pointer), ['/lines/1/quantity', '/lines/2/quantity']);
        }
        assert.equal(await shop.level(kept), '5');
        assert.equal((await move('waste', [[loose, '9']])).body.lines[0].level, '-9');
        assert.equal((await move('count', [[loose, '0']])).body.lines[0].quantity, '9');
        assert.equal((await move('waste', [[kept, '5']])).body.lines[0].level, '0');
    });

    test('refuses what is wrong, all faults at once', async () => {
        const tea = await shop.product();
        const service = await shop.product({ kind: 'service' });
        const faults = async (reason, entries, members = {}) => {
            const { body } = await move(reason, entries, members, { expect: 422 });
            return body.errors.map((error) => `${error.pointer} ${error.code}`);
        };
        assert.deepEqual(await faults('receive', [[tea, '0'], [{ id: uuid7() }, '1'], [tea, '0.5'], [{ id: uuid7() }, '-1']], {
            store_id: uuid7(), to_store_id: other.id,
        }), [
            '/store_id store_not_found', '/to_store_id unexpected', '/lines/0/quantity quantity_out_of_range',
            '/lines/1/product_id product_not_found', '/lines/2/product_id repeated', '/lines/2/quantity quantity_not_whole',
            '/lines/3/product_id product_not_found', '/lines/3/quantity quantity_out_of_range',
        ]);
        assert.deepEqual(await faults('transfer', [[tea, '1']]), ['/to_store_id required']);
        assert.deepEqual(await faults('transfer', [[tea, '-1']], { to_store_id: shop.store.id }),
            ['/to_store_id same_store', '/lines/0/quantity quantity_out_of_range']);
        assert.deepEqual(await faults('count', [[tea, '-1']]), ['/lines/0/quantity quantity_out_of_range']);
        assert.deepEqual(await faults('receive', [[service, '1']]), ['/lines/0/product_id no_stock']);
        assert.deepEqual(await faults('adjust', [[tea, '0']]), ['/lines/0/quantity quantity_out_of_range']);
        await move('sale', [[tea, '1']], {}, { expect: 422 });
        await move('receive', [], {}, { expect: 422 });
        await move('receive', [[tea, '1']], { unknown: true }, { expect: 422 });
        assert.deepEqual(await history(tea), []);
    });

    test('takes 500 products at once', async () => {
        const products = [];
        for (let i = 0; i < 500; i += 1) {
            products.push({ sku: unique('many') });
        }
        const csv = ['sku,name,price', ...products.map(({ sku }) => `${sku},${sku},1.00`)].join('\n');
        await api.product_imports_create({ body: `${csv}\n`, type: 'text/csv', expect: 200 });
        const bySku = new Map((await api.all('products_list', { limit: 200 })).map((product) => [product.sku, product]));
        const found = products.map(({ sku }) => bySku.get(sku));
        const { body } = await move('transfer', found.map((product, i) => [product, String(i + 1)]), { to_store_id: other.id });
        assert.equal(body.lines.length, 500);
        body.lines.forEach((line, i) => assert.equal(line.to_level, String(i + 1)));
        body.lines.forEach((line, i) => assert.equal(line.product_id, found[i].id));
    });

    test('happens once, by its id and by its key', async () => {
        const tea = await shop.product();
        const id = uuid7();
        const first = await move('receive', [[tea, '3']], { id });
        await move('receive', [[tea, '1']]);
        const again = await move('receive', [[tea, '3']], { id });
        assert.deepEqual(again.body, first.body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await move('receive', [[tea, '4']], { id }, { expect: 409, code: 'id_taken' });
        const headers = { 'Idempotency-Key': unique('move') };
        const keyed = await move('waste', [[tea, '1']], {}, { headers, expect: 201 });
        const keyedAgain = await move('waste', [[tea, '1']], {}, { headers, expect: 201 });
        assert.deepEqual(keyedAgain.body, keyed.body);
        await move('waste', [[tea, '2']], {}, { headers, expect: 422, code: 'idempotency_key_reused' });
        assert.equal(await shop.level(tea), '3');
        await checkConserved(tea);
    });

    test('needs stock:write, and reading needs stock:read', async () => {
        const tea = await shop.product();
        const key = async (scopes) => (await api.api_keys_create({ body: { name: unique(), scopes }, expect: 201 })).body.key;
        const reader = api.as(await key(['stock:read']));
        const writer = api.as(await key(['stock:write']));
        const body = { store_id: shop.store.id, reason: 'receive', lines: lines([tea, '1']) };
        await reader.stock_movements_create({ body, expect: 403 });
        await writer.stock_movements_create({ body, expect: 201 });
        const query = { store_id: shop.store.id, product_id: tea.id };
        await writer.stock_movements_list({ query, expect: 403 });
        await reader.stock_movements_list({ query, expect: 200 });
    });
});

describe('stock_movements_list', () => {
    test('pages through a history with sales, the newest first', async () => {
        const tea = await shop.product({ price: 100 });
        await move('receive', [[tea, '20']]);
        for (let i = 0; i < 5; i += 1) {
            await shop.sell([[tea, '2']], 200);
        }
        const { body } = await api.stock_movements_list({
            query: { store_id: shop.store.id, product_id: tea.id, limit: 4 }, expect: 200,
        });
        assert.deepEqual(body.data.map((entry) => entry.level), ['10', '12', '14', '16']);
        assert.ok(body.data.every((entry) => entry.reason === 'sale' && entry.quantity === '-2'));
        const sale = await api.transactions_read({ path: { transaction_id: body.data[0].source_id }, expect: 200 });
        assert.equal(sale.body.lines[0].product_id, tea.id);
        assert.equal((await checkConserved(tea)).length, 6);
    });

    test('is empty for what never moved or does not exist, and needs both ids', async () => {
        const tea = await shop.product();
        assert.deepEqual(await history(tea), []);
        assert.deepEqual(await history({ id: uuid7() }), []);
        assert.deepEqual(await history(tea, { id: uuid7() }), []);
        await api.stock_movements_list({ query: { store_id: shop.store.id }, expect: 422 });
        await api.stock_movements_list({ query: { store_id: shop.store.id, product_id: tea.id, cursor: 'x' }, expect: 422 });
    });
});

describe('conservation', () => {
    test('counts are exact while the store sells, and nothing is lost in a crowd', async () => {
        const tea = await shop.product({ price: 100 });
        const jam = await shop.product({ price: 100, oversell: 'deny' });
        await move('receive', [[tea, '50'], [jam, '40']]);
        let sold = 0;
        let denied = 0;
        const seller = async () => {
            for (let i = 0; i < 12; i += 1) {
                const { status } = await shop.sell([tea, jam], 200, {}, {});
                sold += status === 201 ? 1 : 0;
                denied += status === 409 ? 1 : 0;
            }
        };
        const counter = async () => {
            for (let i = 0; i < 10; i += 1) {
                const { body } = await move('count', [[tea, '100']]);
                assert.equal(body.lines[0].level, '100');
                await move('waste', [[jam, '1']], {}, {});
                await move('transfer', [[tea, '1']], { to_store_id: other.id });
                await move('transfer', [[tea, '1']], { store_id: other.id, to_store_id: shop.store.id });
            }
        };
        await Promise.all([seller(), seller(), seller(), seller(), counter(), counter()]);
        assert.equal(sold + denied, 48);
        const entries = await checkConserved(tea);
        await checkConserved(tea, other);
        const jams = await checkConserved(jam);
        assert.equal(entries.filter((entry) => entry.reason === 'sale').length, sold);
        assert.ok(jams.every((entry) => Number(entry.level) >= 0));
        const left = 40 - jams.filter((entry) => entry.reason === 'waste').length - sold;
        assert.equal(await shop.level(jam), String(left));
    });
});
