// Promotions, price lists, fixed taxes, kinds of products and the rules of a store: what only they have.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

const faults = (body) => body.errors.map((error) => `${error.pointer} ${error.code}`).sort();
const promotion = async (members, expect = 201) =>
    (await api.promotions_create({ body: { name: unique('Promotion'), ...members }, expect })).body;

describe('promotions', () => {
    test('promotions_create takes every kind with what it needs', async () => {
        const product = await shop.product();
        const kinds = [
            { kind: 'percent_off', value: '12.50' },
            { kind: 'amount_off', value: '150', product_ids: [product.id] },
            { kind: 'buy_x_get_y', buy: 2, get: 1 },
            { kind: 'buy_x_get_y', buy: 1, get: 1, value: '50' },
            { kind: 'n_for_price', quantity: 3, price: 500 },
            { kind: 'basket_threshold', threshold: 5000, value_type: 'percent', value: '5' },
            { kind: 'basket_threshold', threshold: 5000, value_type: 'amount', value: '0500' },
        ];
        const made = [];
        for (const members of kinds) {
            made.push(await promotion(members));
        }
        assert.equal(made[0].value, '12.5');
        assert.equal(made[6].value, '500');
        assert.equal(made[2].value, null);
    });

    test('promotions_create names what a kind lacks and what it does not have', async () => {
        const cases = [
            [{ kind: 'percent_off' }, ['/value required']],
            [{ kind: 'buy_x_get_y', buy: 2 }, ['/get required']],
            [{ kind: 'buy_x_get_y', price: 5 }, ['/buy required', '/get required', '/price not_of_kind']],
            [{ kind: 'n_for_price', value: '5' }, ['/price required', '/quantity required', '/value not_of_kind']],
            [{ kind: 'basket_threshold', value: '5' }, ['/threshold required', '/value_type required']],
            [{ kind: 'percent_off', value: '5', value_type: 'percent', threshold: 1 },
                ['/threshold not_of_kind', '/value_type not_of_kind']],
        ];
        for (const [members, wanted] of cases) {
            assert.deepEqual(faults(await promotion(members, 422)), wanted);
        }
    });

    test('promotions_create refuses values that are none of their kind', async () => {
        const cases = [
            [{ kind: 'percent_off', value: '100.5' }, '/value value_out_of_range'],
            [{ kind: 'percent_off', value: '0' }, '/value value_out_of_range'],
            [{ kind: 'amount_off', value: '1.5' }, '/value value_out_of_range'],
            [{ kind: 'basket_threshold', threshold: 1, value_type: 'amount', value: '0.5' }, '/value value_out_of_range'],
            [{ kind: 'buy_x_get_y', buy: 0, get: 1 }, '/buy minimum'],
            [{ kind: 'n_for_price', quantity: 1001, price: 1 }, '/quantity maximum'],
            [{ kind: 'half_off' }, '/kind enum'],
            [{ kind: 'percent_off', value: '5', coupon: 'NOT A CODE' }, '/coupon pattern'],
            [{ kind: 'percent_off', value: '5', days: ['moonday'] }, '/days/0 enum'],
        ];
        for (const [members, wanted] of cases) {
            assert.deepEqual(faults(await promotion(members, 422)), [wanted]);
        }
    });

    test('promotions_create names all faults of its conditions at once', async () => {
        const body = await promotion({
            kind: 'percent_off', value: '5', product_ids: [uuid7()], category_ids: [uuid7()], store_ids: [uuid7()],
            customer_group_ids: [uuid7()], valid_from: '2026-12-02T00:00:00Z', valid_until: '2026-12-01T00:00:00Z',
            hours: { from: '17:00', until: '17:00' },
        }, 422);
        assert.deepEqual(faults(body), [
            '/category_ids/0 category_not_found', '/customer_group_ids/0 customer_group_not_found', '/hours/until hours_empty',
            '/product_ids/0 product_not_found', '/store_ids/0 store_not_found', '/valid_until before_valid_from',
        ]);
        for (const hours of [{ from: '25:00', until: '19:00' }, { from: '5pm', until: '19:00' }, { from: '17:60', until: '19:00' }]) {
            assert.deepEqual(faults(await promotion({ kind: 'percent_off', value: '5', hours }, 422)), ['/hours/from pattern']);
        }
        assert.deepEqual(faults(await promotion({ kind: 'percent_off', value: '5', hours: { from: '17:00' } }, 422)),
            ['/hours/until required']);
    });

    test('promotions_update merges hours, and checks what comes out', async () => {
        const { id } = await promotion({ kind: 'percent_off', value: '5', hours: { from: '17:00', until: '19:00' } });
        const update = async (body, expect = 200) => (await api.promotions_update({ path: { promotion_id: id }, body, expect })).body;
        assert.deepEqual((await update({ hours: { until: '24:00' } })).hours, { from: '17:00', until: '24:00' });
        assert.deepEqual(faults(await update({ hours: { until: '17:00' } }, 422)), ['/hours/until hours_empty']);
        assert.equal((await update({ hours: null })).hours, null);
        assert.deepEqual(faults(await update({ hours: { until: '19:00' } }, 422)), ['/hours/from time_of_day']);
        assert.deepEqual(faults(await update({ kind: 'n_for_price' }, 422)),
            ['/price required', '/quantity required', '/value not_of_kind']);
        await update({ kind: 'n_for_price', value: null, quantity: 2, price: 300 });
    });

    test('promotions_create keeps coupons in capitals and times in UTC', async () => {
        const body = await promotion({ kind: 'percent_off', value: '5', coupon: 'welcome-10', valid_from: '2026-12-01T00:00:00+01:00' });
        assert.equal(body.coupon, 'WELCOME-10');
        assert.equal(body.valid_from, '2026-11-30T23:00:00.000Z');
    });

    test('promotions_create: the same id is the same promotion, however its coupon and value are written', async () => {
        const body = { id: uuid7(), name: unique('Promotion'), kind: 'percent_off', value: '5.50', coupon: 'spring' };
        const { body: first } = await api.promotions_create({ body, expect: 201 });
        assert.equal(first.value, '5.5');
        assert.deepEqual((await api.promotions_create({ body, expect: 201 })).body, first);
        const path = { promotion_id: first.id };
        const { body: same } = await api.promotions_update({ path, body: { value: '5.500', coupon: 'Spring' }, expect: 200 });
        assert.equal(same.version, first.version);
    });

    test('promotions_create needs its scope', async () => {
        const { body: key } = await api.api_keys_create({
            body: { name: unique('reader'), scopes: ['promotions:read', 'price_lists:read', 'customer_groups:read'] }, expect: 201,
        });
        const reader = api.as(key.key);
        await reader.promotions_list({ expect: 200 });
        await reader.price_lists_list({ expect: 200 });
        await reader.customer_groups_list({ expect: 200 });
        await reader.promotions_create({ body: { name: 'X', kind: 'percent_off', value: '5' }, expect: 403, code: 'forbidden' });
        await reader.price_lists_create({ body: { name: 'X' }, expect: 403 });
        await reader.customer_groups_create({ body: { name: 'X' }, expect: 403 });
    });
});

describe('price lists', () => {
    const list = async (members = {}) =>
        (await api.price_lists_create({ body: { name: unique('List'), ...members }, expect: 201 })).body;
    const set = async (id, prices, expect = 200, headers = {}) =>
        (await api.price_list_prices_set({ path: { price_list_id: id }, body: { prices }, headers, expect })).body;
    const prices = async (id, query) =>
        (await api.price_list_prices_list({ path: { price_list_id: id }, query, expect: 200 })).body;

    test('price_list_prices_set sets, changes and removes; price_list_prices_list pages', async () => {
        const { id, version } = await list();
        const products = [await shop.product(), await shop.product(), await shop.product()];
        const all = products.map((product, i) => ({ product_id: product.id, price: 100 + i }));
        assert.deepEqual(await set(id, all), { set: 3, removed: 0, unchanged: 0 });
        assert.deepEqual(await set(id, [{ ...all[0], price: 90 }, all[1], { ...all[2], price: null }]),
            { set: 1, removed: 1, unchanged: 1 });
        const first = await prices(id, { limit: 1 });
        assert.deepEqual(first.data, [{ product_id: products[0].id, sku: products[0].sku, name: products[0].name, price: 90 }]);
        const second = await prices(id, { limit: 1, cursor: first.next_cursor });
        assert.equal(second.data[0].product_id, products[1].id);
        assert.equal(second.next_cursor, null);
        assert.deepEqual((await prices(id, { product_id: products[1].id })).data.map((entry) => entry.price), [101]);
        assert.deepEqual((await prices(id, { product_id: products[2].id })).data, []);
        assert.equal((await api.price_lists_read({ path: { price_list_id: id }, expect: 200 })).body.version, version);
    });

    test('price_list_prices_list refuses a cursor of another list and answers 304', async () => {
        const { id } = await list();
        const { headers } = await api.price_list_prices_list({ path: { price_list_id: id }, expect: 200 });
        const path = { price_list_id: id };
        await api.price_list_prices_list({ path, headers: { 'If-None-Match': headers.get('etag') }, expect: 304 });
        await api.price_list_prices_list({ path, query: { cursor: 'nonsense' }, expect: 422 });
        await api.price_list_prices_list({ path: { price_list_id: uuid7() }, expect: 404, code: 'price_list_not_found' });
    });

    test('price_list_prices_set sets all or none, and names every fault', async () => {
        const { id } = await list();
        const product = await shop.product();
        const archived = await shop.product();
        await api.products_update({ path: { product_id: archived.id }, body: { archived: true }, expect: 200 });
        const body = await set(id, [
            { product_id: product.id, price: 1 }, { product_id: uuid7(), price: 1 }, { product_id: product.id, price: 2 },
            { product_id: archived.id, price: 1 },
        ], 422);
        assert.deepEqual(faults(body), [
            '/prices/1/product_id product_not_found', '/prices/2/product_id product_repeated', '/prices/3/product_id archived',
        ]);
        assert.deepEqual((await prices(id)).data, []);
        assert.deepEqual(faults(await set(id, [{ product_id: product.id, price: -1 }, { product_id: 'x', price: 1 }, { price: 1 }], 422)),
            ['/prices/0/price minimum', '/prices/1/product_id format', '/prices/2/product_id required']);
        assert.deepEqual(faults(await set(id, [], 422)), ['/prices min_items']);
        await set(uuid7(), [{ product_id: product.id, price: 1 }], 404);
    });

    test('price_list_prices_set happens once with an Idempotency-Key', async () => {
        const { id } = await list();
        const product = await shop.product();
        const headers = { 'Idempotency-Key': unique('key') };
        const wanted = { set: 1, removed: 0, unchanged: 0 };
        assert.deepEqual(await set(id, [{ product_id: product.id, price: 5 }], 200, headers), wanted);
        assert.deepEqual(await set(id, [{ product_id: product.id, price: 5 }], 200, headers), wanted);
        await set(id, [{ product_id: product.id, price: 6 }], 422, headers);
    });

    test('price_list_prices_set takes 10,000 at once; no entry of the change log is larger than 400 KB', async () => {
        const count = 10_000;
        const skus = Array.from({ length: count }, (_, i) => `BULK-${String(i).padStart(5, '0')}`);
        const csv = `sku,name,price_minor\n${skus.map((sku) => `${sku},Bulk,100`).join('\n')}\n`;
        const report = await api.product_imports_create({ body: Buffer.from(csv), type: 'text/csv', expect: 200 });
        assert.equal(report.body.created, count);
        const products = (await api.all('products_list', { limit: 200 })).filter((product) => product.sku.startsWith('BULK-'));
        const { id } = await list();
        const { headers } = await api.price_lists_list({ expect: 200 });
        const all = products.map((product) => ({ product_id: product.id, price: 99 }));
        const indented = JSON.stringify({ prices: all }, null, 4);
        assert.ok(indented.length > 1024 * 1024);
        const answer = await api.price_list_prices_set({
            path: { price_list_id: id }, body: indented, type: 'application/json', expect: 200,
        });
        assert.deepEqual(answer.body, { set: count, removed: 0, unchanged: 0 });
        const { text, body } = await api.catalog_changes_list({
            query: { after: Number(headers.get('mypos-catalog-seq')) }, expect: 200,
        });
        assert.ok(text.length / body.data.length < 400_000);
        assert.ok(body.data.length > 1);
        assert.ok(body.data.every((change) => change.entity === 'price_list' && change.entity_id === id && change.op === 'prices'));
        assert.equal(body.data.reduce((sum, change) => sum + change.body.prices.length, 0), count);
        assert.deepEqual(await set(id, all), { set: 0, removed: 0, unchanged: count });
    });

    test('price_lists_create refuses an end before its beginning and groups that do not exist', async () => {
        const body = { name: unique('List'), valid_from: '2026-12-01T00:00:00Z', valid_until: '2026-12-01T00:00:00Z', customer_group_ids: [uuid7()] };
        const answer = await api.price_lists_create({ body, expect: 422 });
        assert.deepEqual(faults(answer.body), ['/customer_group_ids/0 customer_group_not_found', '/valid_until before_valid_from']);
    });

    test('customer_groups_create and price_lists_create: names are unique', async () => {
        const name = unique('Name');
        await api.customer_groups_create({ body: { name }, expect: 201 });
        await api.customer_groups_create({ body: { name: name.toUpperCase() }, expect: 409, code: 'name_taken' });
        await api.price_lists_create({ body: { name }, expect: 201 });
        await api.price_lists_create({ body: { name }, expect: 409, code: 'name_taken' });
    });
});

describe('taxes', () => {
    const tax = async (members, expect = 201) =>
        (await api.taxes_create({ body: { name: unique('Tax'), inclusive: false, ...members }, expect })).body;

    test('taxes_create takes fixed and compound ones', async () => {
        const deposit = await tax({ kind: 'fixed', amount_per_unit: 25, position: 10 });
        assert.equal(deposit.rate, '0');
        const compound = await tax({ rate: '5', compound: true, position: 5 });
        assert.equal(compound.compound, true);
    });

    test('taxes_create names what a kind lacks and what it does not have', async () => {
        assert.deepEqual(faults(await tax({}, 422)), ['/rate required']);
        assert.deepEqual(faults(await tax({ rate: '5', amount_per_unit: 5 }, 422)), ['/amount_per_unit not_of_kind']);
        assert.deepEqual(faults(await tax({ kind: 'fixed', rate: '5', compound: true }, 422)),
            ['/amount_per_unit required', '/compound not_of_kind', '/rate not_of_kind']);
    });
});

describe('products', () => {
    test('products_create takes kinds, open prices and levels', async () => {
        const product = await shop.product({ kind: 'service', open_price: true });
        assert.equal(product.kind, 'service');
        assert.equal((await shop.product({ low_stock_at: '2.50' })).low_stock_at, '2.5');
    });

    test('products_create takes at most two compound taxes', async () => {
        const ids = [];
        for (let i = 0; i < 3; i += 1) {
            const body = { name: unique('Compound'), rate: '1', inclusive: false, compound: true };
            ids.push((await api.taxes_create({ body, expect: 201 })).body.id);
        }
        await shop.product({ tax_ids: ids.slice(1) });
        const answer = await api.products_create({ body: { sku: unique(), name: 'X', price: 1, tax_ids: ids }, expect: 422 });
        assert.deepEqual(faults(answer.body), ['/tax_ids too_many_compound']);
    });

    test('products_create refuses a gift card that is taxed or weighed', async () => {
        const { id } = await shop.tax();
        const body = { sku: unique(), name: 'Gift card', price: 0, kind: 'gift_card', tax_ids: [id], unit: 'weighed' };
        const answer = await api.products_create({ body, expect: 422 });
        assert.deepEqual(faults(answer.body), ['/tax_ids gift_card_taxed', '/unit gift_card_weighed']);
        await api.products_create({ body: { ...body, tax_ids: [], unit: 'each', open_price: true }, expect: 201 });
    });

    test('product_imports_create and product_exports_read know kind, open_price and low_stock_at', async () => {
        const sku = unique('KIND');
        const load = async (csv) => (await api.product_imports_create({ body: Buffer.from(csv), type: 'text/csv', expect: 200 })).body;
        const report = await load('sku,name,price_minor,kind,open_price,low_stock_at\n'
            + `${sku}-A,Repair,0,Service,yes,\n${sku}-B,Tea,250,,,12.5\n${sku}-C,Card,0,gift_card,true,\n`);
        assert.equal(report.created, 3);
        const find = async (code) => (await api.product_lookups_find({ query: { code }, expect: 200 })).body;
        const [a, b, c] = [await find(`${sku}-A`), await find(`${sku}-B`), await find(`${sku}-C`)];
        assert.deepEqual([a.kind, a.open_price, a.low_stock_at], ['service', true, null]);
        assert.deepEqual([b.kind, b.open_price, b.low_stock_at], ['goods', false, '12.5']);
        assert.deepEqual([c.kind, c.open_price], ['gift_card', true]);
        const bad = await load('sku,kind,open_price,low_stock_at,tax_percent\n'
            + `${sku}-A,thing,perhaps,many,\n${sku}-C,,,,20\n`);
        assert.equal(bad.failed, 2);
        assert.deepEqual(bad.errors.map((error) => `${error.line} ${error.column} ${error.code}`).sort(),
            ['2 kind enum', '2 low_stock_at quantity', '2 open_price boolean', '3 tax_percent gift_card_taxed']);
        const { text } = await api.product_exports_read({ expect: 200 });
        const again = await load(text);
        assert.equal(again.unchanged, again.rows_total);
    });
});

describe('what a sale pays', () => {
    const quote = async (lines, members = {}) => (await api.quotes_create({
        body: { register_id: shop.register.id, lines: lines.map(([product, quantity]) => ({ product_id: product.id, quantity })), ...members },
        expect: 200,
    })).body;
    // Promotions of other tests would take part.
    before(async () => {
        for (const { id } of await api.all('promotions_list', { limit: 200 })) {
            await api.promotions_update({ path: { promotion_id: id }, body: { archived: true }, expect: 200 });
        }
    });

    test('quotes_create: of three, the cheapest is free; it says why', async () => {
        const dear = await shop.product({ price: 300 });
        const cheap = await shop.product({ price: 100 });
        const { id, name } = await promotion({ kind: 'buy_x_get_y', buy: 2, get: 1, product_ids: [dear.id, cheap.id] });
        const body = await quote([[dear, '2'], [cheap, '1']]);
        assert.equal(body.subtotal, 700);
        assert.equal(body.discount_total, 100);
        assert.equal(body.total, 600);
        assert.ok(body.trace.some((step) => JSON.stringify(step).includes(id) || JSON.stringify(step).includes(name)));
        await api.promotions_update({ path: { promotion_id: id }, body: { archived: true }, expect: 200 });
        assert.equal((await quote([[dear, '2'], [cheap, '1']])).total, 700);
    });

    test('quotes_create: a category covers what is below it', async () => {
        const { body: top } = await api.categories_create({ body: { name: unique('Top') }, expect: 201 });
        const { body: low } = await api.categories_create({ body: { name: unique('Low'), parent_id: top.id }, expect: 201 });
        const tea = await shop.product({ price: 1000, category_id: low.id });
        const other = await shop.product({ price: 1000 });
        await promotion({ kind: 'percent_off', value: '10', category_ids: [top.id] });
        assert.equal((await quote([[tea, '1'], [other, '1']])).total, 1900);
    });

    test('quotes_create: a coupon is good in any case of letters, and needed', async () => {
        const product = await shop.product({ price: 1000 });
        const coupon = unique('C').toUpperCase();
        await promotion({ kind: 'percent_off', value: '10', coupon });
        assert.equal((await quote([[product, '1']])).total, 1000);
        assert.equal((await quote([[product, '1']], { coupons: [coupon.toLowerCase()] })).total, 900);
    });

    test('quotes_create: a price list for everybody counts, one for a group does not', async () => {
        const product = await shop.product({ price: 1000 });
        const list = async (price, members) => {
            const { body } = await api.price_lists_create({ body: { name: unique('List'), ...members }, expect: 201 });
            await api.price_list_prices_set({
                path: { price_list_id: body.id }, body: { prices: [{ product_id: product.id, price }] }, expect: 200,
            });
            return body.id;
        };
        const { body: group } = await api.customer_groups_create({ body: { name: unique('Group') }, expect: 201 });
        await list(500, { customer_group_ids: [group.id] });
        assert.equal((await quote([[product, '1']])).total, 1000);
        const id = await list(900, {});
        const { lines: [line], total } = await quote([[product, '1']]);
        assert.equal(total, 900);
        assert.equal(line.list_price, 1000);
        assert.equal(line.price_source, 'price_list');
        await api.price_lists_update({ path: { price_list_id: id }, body: { valid_until: '2020-01-01T00:00:00Z' }, expect: 200 });
        assert.equal((await quote([[product, '1']])).total, 1000);
    });

    test('quotes_create: a deposit is due on each unit', async () => {
        const { body: deposit } = await api.taxes_create({
            body: { name: unique('Deposit'), kind: 'fixed', amount_per_unit: 25, inclusive: false }, expect: 201,
        });
        const bottle = await shop.product({ price: 150, tax_ids: [deposit.id] });
        assert.equal((await quote([[bottle, '3']])).total, 525);
    });

    test('transactions_create: services move no stock', async () => {
        const service = await shop.product({ price: 100, kind: 'service', oversell: 'deny' });
        const goods = await shop.product({ price: 100 });
        await shop.sell([service, goods], 200);
        assert.equal(await shop.level(service), undefined);
        assert.equal(await shop.level(goods), '-1');
    });
});

describe('stores', () => {
    const update = async (body, expect = 200) =>
        (await api.stores_update({ path: { store_id: shop.store.id }, body, expect })).body;

    test('stores_update takes the rules of a store', async () => {
        const rules = {
            tax_rounding: 'receipt', rounding_mode: 'half_even', cash_rounding: 5, shift_policy: 'required', receipt_columns: 32,
            receipt_language: 'de', loyalty: { points_per_amount: 100, point_value: 1 },
        };
        const store = await update(rules);
        for (const [member, value] of Object.entries(rules)) {
            assert.deepEqual(store[member], value, member);
        }
        await update({
            tax_rounding: 'line', rounding_mode: 'half_up', cash_rounding: 0, shift_policy: 'optional', receipt_columns: 42,
            receipt_language: 'en', loyalty: null,
        });
    });

    test('stores_update merges loyalty, and needs both of its members', async () => {
        assert.deepEqual(faults(await update({ loyalty: { point_value: 1 } }, 422)), ['/loyalty required']);
        await update({ loyalty: { points_per_amount: 100, point_value: 1 } });
        assert.deepEqual((await update({ loyalty: { point_value: 2 } })).loyalty, { points_per_amount: 100, point_value: 2 });
        assert.equal((await update({ loyalty: null })).loyalty, null);
    });

    test('stores_update refuses rules that are none', async () => {
        const body = await update({
            tax_rounding: 'never', rounding_mode: 'down', cash_rounding: -5, shift_policy: 'maybe', receipt_columns: 40,
            receipt_language: 'klingon', loyalty: { points_per_amount: 0 },
        }, 422);
        assert.deepEqual(faults(body), [
            '/cash_rounding minimum', '/loyalty/points_per_amount minimum', '/receipt_columns enum', '/receipt_language pattern',
            '/rounding_mode enum', '/shift_policy enum', '/tax_rounding enum',
        ]);
    });
});
