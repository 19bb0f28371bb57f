// Sales that happened at a till without a server: taken as they happened, flagged, never refused for what is
// otherwise today.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, businessDay, unique } from '../lib/shop.mjs';

let server, api, shop, vat, tea;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat = await shop.tax('20', true);
    tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat.id] });
});
after(() => server?.stop());

const YESTERDAY = new Date(Date.now() - 24 * 3600 * 1000).toISOString();

/** What a till shows: the quote, as it was when it had a server. */
async function capture(products, options = {}) {
    const { body } = await api.quotes_create({
        body: { register_id: shop.register.id, lines: shop.lines(products), ...options }, expect: 200,
    });
    const { lines, subtotal, discount_total, tax_total, tax_included, rounding, total } = body;
    return { lines, subtotal, discount_total, tax_total, tax_included, rounding, total };
}

function body(products, quote, { offline = {}, ...more } = {}) {
    return shop.saleBody(products, quote.total, {
        offline: { captured_at: YESTERDAY, quote, ...offline }, ...more,
    });
}

async function send(products, quote, more = {}, request = { expect: 201 }) {
    return (await api.transactions_create({ body: body(products, quote, more), ...request })).body;
}

const flagged = async (query = {}) =>
    (await api.all('transactions_list', { flagged: true, ...query })).map((record) => record.id);

describe('an offline sale', () => {
    test('is taken with its time and amounts; without a difference it has no flags', async () => {
        const quote = await capture([[tea, '2']]);
        const record = await send([[tea, '2']], quote);
        assert.deepEqual(record.lines, quote.lines);
        assert.equal(record.total, 500);
        assert.equal(record.business_day, businessDay(shop.store, YESTERDAY));
        assert.deepEqual(record.offline, { captured_at: YESTERDAY, price_variance: 0 });
        assert.ok(!('flags' in record));
        assert.ok(!(await flagged()).includes(record.id));
    });

    test('at a price that has changed since: price_variance', async () => {
        const product = await shop.product({ price: 300 });
        const quote = await capture([product]);
        await api.products_update({ path: { product_id: product.id }, body: { price: 350 }, expect: 200 });
        const record = await send([product], quote);
        assert.equal(record.total, 300);
        assert.equal(record.offline.price_variance, 50);
        assert.deepEqual(record.flags, ['price_variance']);
        assert.ok((await flagged()).includes(record.id));
        assert.equal(await shop.level(product), '-1');
    });

    test('of an archived and of an unknown product', async () => {
        const product = await shop.product({ price: 120 });
        const quote = await capture([product, tea]);
        await api.products_update({ path: { product_id: product.id }, body: { archived: true }, expect: 200 });
        assert.deepEqual((await send([product, tea], quote)).flags, ['archived_product']);
        const unknown = { ...product, id: uuid7() };
        const lines = quote.lines.map((line) => (line.product_id === product.id ? { ...line, product_id: unknown.id } : line));
        const record = await send([unknown, tea], { ...quote, lines });
        assert.deepEqual(record.flags, ['unknown_product']);
        assert.equal(record.lines[0].product_id, unknown.id);
        assert.equal(record.offline.price_variance, 0);
    });

    test('of a denied product that is gone', async () => {
        const rare = await shop.product({ price: 100, oversell: 'deny' });
        await shop.stock([[rare, '1']]);
        const quote = await capture([[rare, '2']]);
        assert.deepEqual((await send([[rare, '2']], quote)).flags, ['insufficient_stock']);
        assert.equal(await shop.level(rare), '-1');
    });

    test('with the number that the till printed, or another one', async () => {
        const register = await shop.newRegister();
        const quote = await capture([tea]);
        const number = (sequence) => `${register.code}-${String(sequence).padStart(6, '0')}`;
        const one = (sequence) => send([tea], quote, { register, offline: { receipt_number: number(sequence) } });
        for (const sequence of [1, 2, 3]) {
            const record = await one(sequence);
            assert.equal(record.receipt_number, number(sequence));
            assert.ok(!('flags' in record));
        }
        const record = await one(3);
        assert.equal(record.receipt_number, number(4));
        assert.deepEqual(record.flags, ['number_variance']);
        assert.equal(record.offline.receipt_number, number(3));
    });

    test('that comes after its shift was closed: the Z report stays, the sale is in the supplement', async () => {
        const register = await shop.newRegister();
        const { body: shift } = await api.shifts_open({
            body: { register_id: register.id, opening_float: { total: 0 } }, expect: 201,
        });
        const quote = await capture([tea]);
        const captured_at = new Date().toISOString();
        const inTime = await send([tea], quote, { register, offline: { captured_at } });
        assert.ok(!('flags' in inTime));
        const { body: closed } = await api.shifts_close({
            path: { shift_id: shift.id }, body: { counted: { total: 250 } }, expect: 200,
        });
        const record = await send([tea], quote, { register, offline: { captured_at } });
        assert.deepEqual(record.flags, ['closed_shift']);
        assert.equal(record.shift_id, shift.id);
        const { body: now } = await api.shifts_read({ path: { shift_id: shift.id }, expect: 200 });
        assert.deepEqual(now.z_report, closed.z_report);
        assert.equal(now.late.transactions, 1);
        assert.equal(now.late.sales, 250);
    });

    test('in a shift that nobody knows: it is in the one that was open then, and flagged', async () => {
        const register = await shop.newRegister();
        const quote = await capture([tea]);
        const before = await send([tea], quote, { register, shift_id: uuid7() });
        assert.deepEqual(before.flags, ['unknown_shift']);
        assert.ok(!('shift_id' in before));
        const { body: shift } = await api.shifts_open({
            body: { register_id: register.id, opening_float: { total: 0 } }, expect: 201,
        });
        const captured_at = new Date().toISOString();
        const record = await send([tea], quote, { register, shift_id: uuid7(), offline: { captured_at } });
        assert.deepEqual(record.flags, ['unknown_shift']);
        assert.equal(record.shift_id, shift.id);
    });

    test('of more gift cards than a sale takes: the first are issued', async () => {
        const voucher = await shop.product({ kind: 'gift_card', open_price: true, price: 0 });
        const lines = Array.from({ length: 21 }, () => ({ product_id: voucher.id, quantity: '1', unit_price: 500 }));
        const quote = await capture([], { lines });
        const record = await send([], quote, { lines });
        assert.deepEqual(record.flags, ['gift_card_refused']);
        assert.deepEqual(record.lines.map((line) => 'gift_card_id' in line), lines.map((_, i) => i < 20));
    });

    test('from a clock that is ahead, or has lost its battery', async () => {
        const quote = await capture([tea]);
        const tomorrow = new Date(Date.now() + 24 * 3600 * 1000).toISOString();
        for (const captured_at of [tomorrow, '1970-01-01T00:07:11.000Z', '0001-01-01T00:00:00.000Z']) {
            assert.deepEqual((await send([tea], quote, { offline: { captured_at } })).flags, ['clock_variance']);
        }
    });

    test('to somebody who is exempt: the record says so when the till has charged no taxes', async () => {
        const { body: embassy } = await api.customers_create({
            body: { name: 'Embassy', tax_exemption: { reason: 'Diplomatic mission' } }, expect: 201,
        });
        const charged = await send([tea], await capture([tea]), { customer_id: embassy.id });
        assert.ok(!('tax_exemption' in charged));
        assert.deepEqual(charged.flags, ['price_variance']);
        const exempt = await send([tea], await capture([tea], { customer_id: embassy.id }), { customer_id: embassy.id });
        assert.deepEqual(exempt.tax_exemption, { reason: 'Diplomatic mission' });
        assert.ok(!('flags' in exempt));
    });

    test('with what needed a permission: not_permitted', async () => {
        const { body: key } = await api.api_keys_create({
            body: { name: unique('Till'), scopes: ['transactions:create', 'quotes:create'] }, expect: 201,
        });
        const products = [[tea, '1', [{ type: 'percent', value: '10' }]]];
        const quote = await capture(products);
        const till = api.as(key.key);
        await till.transactions_create({ body: shop.saleBody(products, quote.total), expect: 403, code: 'forbidden' });
        const { body: record } = await till.transactions_create({ body: body(products, quote), expect: 201 });
        assert.deepEqual(record.flags, ['not_permitted']);
    });

    test('is idempotent by its id for ever, also when the catalogue has changed', async () => {
        const product = await shop.product({ price: 80 });
        const quote = await capture([product]);
        const request = body([product], quote);
        const first = await api.transactions_create({ body: request, expect: 201 });
        await api.products_update({ path: { product_id: product.id }, body: { price: 90, archived: true }, expect: 200 });
        const again = await api.transactions_create({ body: request, expect: 201 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.body, first.body);
        const answers = await Promise.all(Array.from({ length: 10 }, () => api.transactions_create({ body: request, expect: 201 })));
        assert.ok(answers.every((answer) => answer.body.id === first.body.id));
        assert.equal(await shop.level(product), '-1');
    });
});

describe('whatever a till can show', () => {
    const random = (limit) => Math.floor(Math.random() * limit);
    const pick = (list) => list[random(list.length)];

    test('adds up and is taken without a variance: any taxes, discounts, prices, exemptions and roundings', async () => {
        const tax = async (members) => (await api.taxes_create({ body: { name: unique('Tax'), ...members }, expect: 201 })).body;
        const taxes = [
            vat,
            await tax({ rate: '8.875', inclusive: false }),
            await tax({ rate: '5', inclusive: true, compound: true, position: 3 }),
            await tax({ rate: '0', inclusive: true, kind: 'fixed', amount_per_unit: 25 }),
            await tax({ rate: '0', inclusive: false, kind: 'fixed', amount_per_unit: 7 }),
        ];
        const products = [];
        for (let i = 0; i < 12; i += 1) {
            products.push(await shop.product({
                price: 1 + random(3000), unit: pick(['each', 'weighed']),
                tax_ids: taxes.filter(() => random(2) === 0).map(({ id }) => id),
            }));
        }
        const discount = () => pick([
            { type: 'percent', value: String(random(101)), reason: 'Old' },
            { type: 'amount', value: String(random(300)) },
        ]);
        for (const [tax_rounding, rounding_mode] of [['line', 'half_up'], ['receipt', 'half_even']]) {
            await api.stores_update({ path: { store_id: shop.store.id }, body: { tax_rounding, rounding_mode }, expect: 200 });
            for (let round = 0; round < 25; round += 1) {
                const lines = Array.from({ length: 1 + random(8) }, () => {
                    const product = pick(products);
                    return {
                        product_id: product.id,
                        quantity: product.unit === 'each' ? String(1 + random(9)) : `${random(3)}.${1 + random(99998)}`.replace(/0+$/, ''),
                        ...(random(3) === 0 ? { discounts: [discount(), discount()] } : {}),
                        ...(random(5) === 0 ? { unit_price: random(5000), price_reason: 'Matched' } : {}),
                        ...(random(6) === 0 ? { tax_exemption: { reason: 'Resale' } } : {}),
                        ...(random(6) === 0 ? { note: 'Extra hot' } : {}),
                    };
                });
                const cart = { lines, ...(random(2) === 0 ? { discounts: [discount()] } : {}) };
                const quote = await capture([], cart);
                const record = await send([], quote, cart);
                assert.ok(!('flags' in record), JSON.stringify(record));
                assert.deepEqual(record.lines, quote.lines);
                const online = (await api.transactions_create({ body: shop.saleBody([], quote.total, cart), expect: 201 })).body;
                assert.deepEqual(online.lines, quote.lines);
            }
        }
        await api.stores_update({
            path: { store_id: shop.store.id }, body: { tax_rounding: 'line', rounding_mode: 'half_up' }, expect: 200,
        });
    });
});

describe('an offline sale that is not arithmetic is refused', () => {
    const faults = async (change, more = {}) => {
        const quote = structuredClone(await capture([[tea, '2']]));
        change(quote);
        const { errors } = await send([[tea, '2']], quote, { cash: 1000, ...more }, { expect: 422 });
        return errors.map(({ pointer }) => pointer);
    };

    test('lines and totals add up', async () => {
        assert.deepEqual(await faults((quote) => { quote.lines[0].gross = 501; }),
            ['/offline/quote/lines/0/gross', '/offline/quote/lines/0/total', '/offline/quote/subtotal']);
        assert.deepEqual(await faults((quote) => { quote.lines[0].discount = 1; }),
            ['/offline/quote/lines/0/discount', '/offline/quote/lines/0/total', '/offline/quote/discount_total']);
        assert.deepEqual(await faults((quote) => { quote.total = 499; }), ['/offline/quote/total']);
        assert.deepEqual(await faults((quote) => { quote.tax_total = 1; }), ['/offline/quote/tax_total']);
        assert.deepEqual(await faults((quote) => { quote.lines[0].taxes[0].amount = 501; }),
            ['/offline/quote/lines/0/taxes', '/offline/quote/tax_total', '/offline/quote/tax_included']);
    });

    test('the lines are those of the request', async () => {
        assert.deepEqual(await faults((quote) => { quote.lines.push(quote.lines[0]); }), ['/offline/quote/lines']);
        assert.deepEqual(await faults((quote) => { quote.lines[0].quantity = '3'; }),
            ['/offline/quote/lines/0/quantity', '/offline/quote/lines/0/gross']);
        assert.deepEqual(await faults((quote) => { quote.lines[0].product_id = uuid7(); }), ['/offline/quote/lines/0/product_id']);
    });

    test('what was paid is the total, give or take a coin', async () => {
        const quote = await capture([[tea, '2']]);
        const pay = (expected_total, tenders, request) => send([[tea, '2']], quote, { expected_total, tenders }, request);
        assert.equal((await pay(498, [{ type: 'cash', amount: 500 }])).rounding, -2);
        assert.equal((await pay(505, [{ type: 'cash', amount: 505 }])).rounding, 5);
        await pay(400, [{ type: 'cash', amount: 500 }], { expect: 422, code: 'validation_failed' });
        await pay(498, [{ type: 'card', amount: 498 }], { expect: 422, code: 'validation_failed' });
        await pay(500, [{ type: 'card', amount: 499 }], { expect: 422, code: 'tender_insufficient' });
    });

    test('it has an id and a register', async () => {
        const quote = await capture([tea]);
        const { id, ...without } = body([tea], quote);
        assert.ok(id);
        const { body: problem } = await api.transactions_create({ body: without, expect: 422 });
        assert.deepEqual(problem.errors.map(({ pointer }) => pointer), ['/id']);
        await send([tea], quote, { register: { id: uuid7() } }, { expect: 422 });
    });
});
