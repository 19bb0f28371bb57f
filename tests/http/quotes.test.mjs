// What a cart costs: everything a request may say of it, and how a store wants it rounded.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server, api, shop, vat20, vat10, tea, cheese, cup;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat20 = await shop.tax('20', true);
    vat10 = await shop.tax('10', true);
    tea = await shop.product({ price: 250, tax_ids: [vat20.id] });
    cup = await shop.product({ price: 1000, tax_ids: [vat20.id] });
    cheese = await shop.product({ price: 2490, unit: 'weighed', tax_ids: [vat10.id] });
});
after(() => server?.stop());

const line = (product, quantity = '1', members = {}) => ({ product_id: product.id, quantity, ...members });
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** The quote, whose sums are checked. */
async function quote(lines, members = {}) {
    const { body } = await api.quotes_create({ body: { register_id: shop.register.id, lines, ...members }, expect: 200 });
    assert.equal(body.subtotal, sum(body.lines.map((each) => each.gross)));
    assert.equal(body.discount_total, sum(body.lines.map((each) => each.discount)));
    assert.equal(body.tax_total, sum(body.lines.flatMap((each) => each.taxes.map((tax) => tax.amount))));
    assert.equal(body.total, sum(body.lines.map((each) => each.total)));
    assert.equal(body.total, body.subtotal - body.discount_total + body.tax_total - body.tax_included + body.rounding);
    for (const each of body.lines) {
        assert.equal(each.discount, sum((each.discounts ?? []).map((discount) => discount.amount)));
    }
    return body;
}

async function refused(lines, members = {}) {
    const { body } = await api.quotes_create({
        body: { register_id: shop.register.id, lines, ...members }, expect: 422, code: 'validation_failed',
    });
    return body.errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

/** Runs with other rules of the store. */
async function withRules(rules, run) {
    const { body: before } = await api.stores_read({ path: { store_id: shop.store.id }, expect: 200 });
    const set = (members) => api.stores_update({ path: { store_id: shop.store.id }, body: members, expect: 200 });
    await set(rules);
    try {
        await run();
    } finally {
        await set(Object.fromEntries(Object.keys(rules).map((name) => [name, before[name]])));
    }
}

describe('quotes_create: discounts', () => {
    test('of the basket are spread over the lines by what is left of them', async () => {
        const body = await quote([line(tea, '2', { discounts: [{ type: 'percent', value: '10' }] }), line(cup)], {
            discounts: [{ type: 'amount', value: '100', reason: 'Regular' }, { type: 'percent', value: '50' }],
        });
        assert.deepEqual(body.lines[0].discounts, [
            { source: 'line', type: 'percent', value: '10', amount: 50 },
            { source: 'basket', type: 'amount', value: '100', amount: 31, reason: 'Regular' },
            { source: 'basket', type: 'percent', value: '50', amount: 210 },
        ]);
        assert.deepEqual(body.lines[1].discounts.map((discount) => discount.amount), [69, 465]);
        assert.equal(body.total, (450 + 1000 - 100) / 2);
        const steps = body.trace.filter((step) => step.rule.startsWith('basket_discount:'));
        assert.deepEqual(steps.map((step) => [step.rule, step.line, step.rounded]), [
            ['basket_discount:100', null, 100], ['basket_discount:100', 1, 31], ['basket_discount:100', 2, 69],
            ['basket_discount:50 %', null, 675], ['basket_discount:50 %', 1, 210], ['basket_discount:50 %', 2, 465],
        ]);
    });

    test('never take more than there is', async () => {
        const body = await quote([line(tea)], { discounts: [{ type: 'amount', value: '9999' }] });
        assert.equal(body.total, 0);
        assert.equal(body.trace.find((step) => step.rule === 'basket_discount:9999').rounding, 'limited');
    });

    test('leave gift cards alone', async () => {
        const card = await shop.product({ price: 0, kind: 'gift_card', open_price: true });
        const body = await quote([line(card, '1', { unit_price: 5000 }), line(cup)], { discounts: [{ type: 'percent', value: '10' }] });
        assert.deepEqual(body.lines.map((each) => each.total), [5000, 900]);
    });

    test('that make no sense are faults of their own place', async () => {
        const bad = { type: 'percent', value: '100.5' };
        assert.deepEqual(await refused([line(tea, '1', { discounts: [bad] })], { discounts: [{ type: 'amount', value: '1.5' }, bad] }),
            ['/discounts/0/value discount_out_of_range', '/discounts/1/value discount_out_of_range',
                '/lines/0/discounts/0/value discount_out_of_range']);
    });
});

describe('quotes_create: prices', () => {
    test('an override says what the catalogue asks, and why', async () => {
        const { lines: [priced], trace } = await quote([line(cup, '2', { unit_price: 899, price_reason: 'Matched' })]);
        assert.equal(priced.unit_price, 899);
        assert.equal(priced.list_price, 1000);
        assert.equal(priced.price_source, 'override');
        assert.equal(priced.price_reason, 'Matched');
        assert.equal(priced.gross, 1798);
        assert.deepEqual([trace[0].rule, trace[0].input, trace[0].rounded], ['price:override', '1000', 899]);
    });

    test('the catalogue\'s own price is no override', async () => {
        const { lines: [priced] } = await quote([line(cup, '1', { unit_price: 1000, price_reason: 'None' })]);
        assert.ok(!('price_source' in priced) && !('list_price' in priced) && !('price_reason' in priced));
    });

    test('an open price must be said', async () => {
        const service = await shop.product({ price: 0, kind: 'service', open_price: true });
        assert.deepEqual(await refused([line(service)]), ['/lines/0/unit_price required']);
        const { lines: [priced] } = await quote([line(service, '1', { unit_price: 4250 })]);
        assert.equal(priced.price_source, 'open');
        assert.equal(priced.total, 4250);
    });

    test('quantity is the net weight; the tare goes with it', async () => {
        const { lines: [priced] } = await quote([line(cheese, '0.125', { tare: '0.0120', note: 'In slices' })]);
        assert.equal(priced.gross, 311);
        assert.equal(priced.tare, '0.012');
        assert.equal(priced.note, 'In slices');
        assert.deepEqual(await refused([line(tea, '1', { tare: '0.01' })]), ['/lines/0/tare tare_not_possible']);
    });

    test('cash_total is in coins that exist', async () => {
        await withRules({ cash_rounding: 5 }, async () => {
            const body = await quote([line(cheese, '0.125')]);
            assert.equal(body.total, 311);
            assert.equal(body.cash_total, 310);
            assert.equal(body.rounding, 0);
        });
        assert.equal((await quote([line(cheese, '0.125')])).cash_total, 311);
    });
});

describe('quotes_create: taxes', () => {
    const tax = async (members) => (await api.taxes_create({
        body: { name: unique('Tax'), rate: '0', inclusive: false, ...members }, expect: 201,
    })).body;

    test('a compound tax stands on those before it', async () => {
        const gst = await tax({ rate: '5', position: 1 });
        const qst = await tax({ rate: '9.5', position: 2, compound: true });
        const product = await shop.product({ price: 10000, tax_ids: [qst.id, gst.id] });
        const { lines: [priced], total } = await quote([line(product)]);
        assert.equal(total, 11498);
        assert.deepEqual(priced.taxes.map(({ base, amount, compound }) => [base, amount, compound]),
            [[10000, 500, undefined], [10500, 998, true]]);
    });

    test('a fixed amount is due on each unit', async () => {
        const deposit = await tax({ kind: 'fixed', amount_per_unit: 25 });
        const bottle = await shop.product({ price: 150, tax_ids: [vat20.id, deposit.id] });
        const { lines: [priced] } = await quote([line(bottle, '6')]);
        assert.equal(priced.total, 1050);
        assert.deepEqual(priced.taxes.find((each) => each.tax_id === deposit.id), {
            tax_id: deposit.id, name: deposit.name, rate: '0', amount_per_unit: 25, inclusive: false, base: 750, amount: 150,
        });
    });

    test('an exemption takes percentages out of the price and says how much', async () => {
        const body = await quote([line(cup, '2'), line(tea, '1', { tax_exemption: { reason: 'Resale' } })], {
            tax_exemption: { reason: 'Diplomatic mission', certificate: 'AT-42' },
        });
        assert.deepEqual(body.lines.map((each) => [each.total, each.taxes, each.tax_exemption]), [
            [1667, [], { reason: 'Diplomatic mission', amount: 333 }], [208, [], { reason: 'Resale', amount: 42 }],
        ]);
        assert.equal(body.tax_total, 0);
        assert.equal(body.tax_included, 375);
    });

    test('are rounded by line or once on the receipt, as the store says', async () => {
        const sales = await tax({ rate: '8' });
        const items = [await shop.product({ price: 104, tax_ids: [sales.id] }), await shop.product({ price: 104, tax_ids: [sales.id] })];
        const lines = [line(items[0]), line(items[1]), line(items[0])];
        assert.equal((await quote(lines)).tax_total, 24);
        await withRules({ tax_rounding: 'receipt' }, async () => {
            const body = await quote(lines);
            assert.equal(body.tax_total, 25);
            const whole = body.trace.find((step) => step.rule.startsWith('tax:') && step.line === null);
            assert.deepEqual([whole.input, whole.exact, whole.rounded, whole.rounding], ['312', '24.96', 25, 'half_up']);
        });
    });

    test('halves go to the even neighbour where the store wants that', async () => {
        const ten = await tax({ rate: '10' });
        const product = await shop.product({ price: 25, tax_ids: [ten.id] });
        assert.equal((await quote([line(product)])).tax_total, 3);
        await withRules({ rounding_mode: 'half_even' }, async () => {
            const body = await quote([line(product)]);
            assert.equal(body.tax_total, 2);
            assert.equal(body.trace.find((step) => step.rule.startsWith('tax:')).rounding, 'half_even');
        });
    });
});

describe('quotes_create: promotions and customers', () => {
    test('a promotion is named on the lines, in the sum and in the trace', async () => {
        const product = await shop.product({ price: 300 });
        const name = unique('Three for two');
        const { body: promotion } = await api.promotions_create({
            body: { name, kind: 'buy_x_get_y', buy: 2, get: 1, product_ids: [product.id] }, expect: 201,
        });
        const body = await quote([line(product, '3'), line(tea)]);
        assert.deepEqual(body.promotions, [{ promotion_id: promotion.id, name, amount: 300 }]);
        assert.deepEqual(body.lines[0].discounts,
            [{ source: 'promotion', type: 'amount', value: '300', amount: 300, promotion_id: promotion.id, name }]);
        assert.ok(!('discounts' in body.lines[1]));
        assert.ok(body.trace.some((step) => step.rule === `promotion:${name}` && step.line === 1));
        assert.ok(!('promotions' in await quote([line(tea)])));
    });

    test('a coupon that nothing takes is refused', async () => {
        const coupon = unique('C').toUpperCase();
        await api.promotions_create({ body: { name: unique('Coupon'), kind: 'percent_off', value: '10', coupon }, expect: 201 });
        assert.deepEqual(await refused([line(tea)], { coupons: [coupon, 'NOTHING'] }), ['/coupons/1 coupon_not_valid']);
        const body = await quote([line(cup), line(tea, '2')], { coupons: [coupon.toLowerCase()] });
        assert.equal(body.discount_total, 150);
        assert.equal(body.lines[0].discounts[0].type, 'percent');
    });

    test('the customer\'s groups, exemption and points count', async () => {
        const { body: group } = await api.customer_groups_create({ body: { name: unique('Staff') }, expect: 201 });
        const product = await shop.product({ price: 1000, tax_ids: [vat20.id] });
        const { body: list } = await api.price_lists_create({ body: { name: unique('Staff'), customer_group_ids: [group.id] }, expect: 201 });
        await api.price_list_prices_set({
            path: { price_list_id: list.id }, body: { prices: [{ product_id: product.id, price: 600 }] }, expect: 200,
        });
        const customer = async (members) => (await api.customers_create({ body: { name: unique('Ada'), ...members }, expect: 201 })).body;
        const { id } = await customer({ group_ids: [group.id] });
        const body = await quote([line(product)], { customer_id: id });
        assert.equal(body.total, 600);
        assert.equal(body.lines[0].price_source, 'price_list');
        assert.equal((await quote([line(product)])).total, 1000);

        const exempt = await customer({ tax_exemption: { reason: 'Embassy' } });
        assert.equal((await quote([line(cup)], { customer_id: exempt.id })).total, 833);

        await withRules({ loyalty: { points_per_amount: 100, point_value: 2 } }, async () => {
            const paid = await quote([line(cup)], { customer_id: id, loyalty_points: 50 });
            assert.equal(paid.total, 900);
            assert.deepEqual(paid.lines[0].discounts,
                [{ source: 'basket', type: 'amount', value: '100', amount: 100, reason: 'loyalty_points' }]);
            assert.deepEqual(await refused([line(cup)], { customer_id: id, loyalty_points: 501 }), ['/loyalty_points points_exceed_total']);
            assert.deepEqual(await refused([line(cup)], { loyalty_points: 1 }), ['/loyalty_points loyalty_not_possible']);
        });
    });

    test('faults of every part come together', async () => {
        const unknown = '0193c0de-0000-7000-8000-000000000001';
        assert.deepEqual((await refused([line({ id: unknown }), line(tea, '0.5'), line(cup, '1', { tare: '1' })],
            { customer_id: unknown, coupons: ['NOTHING'] })).sort(), [
            '/coupons/0 coupon_not_valid', '/customer_id customer_not_found', '/lines/0/product_id product_not_found',
            '/lines/1/quantity quantity_not_whole', '/lines/2/tare tare_not_possible',
        ]);
    });
});
