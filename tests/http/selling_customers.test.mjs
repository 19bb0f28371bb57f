// Customers at the till: totals, store credit, account, points, exemption, and those who were merged.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server, api, shop, vat, tea;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat = await shop.tax('20', true);
    tea = await shop.product({ price: 250, tax_ids: [vat.id] });
});
after(() => server?.stop());

const create = async (members = {}) =>
    (await api.customers_create({ body: { name: unique('Customer'), ...members }, expect: 201 })).body;
const read = async ({ id }) => (await api.customers_read({ path: { customer_id: id }, expect: 200 })).body;
const credit = ({ id }, type, amount) => api.customers_entries_create({
    path: { customer_id: id }, body: { type, amount, reason: 'Test' }, expect: 201,
});

function buy(customer, quantity, tenders, more = {}, request = { expect: 201 }) {
    const total = more.expected_total ?? 250 * quantity;
    return shop.sell([[tea, String(quantity)]], total, {
        customer_id: customer?.id, ...(tenders ? { tenders } : {}), ...more,
    }, request);
}

const tender = (type, amount) => ({ type, amount });

describe('a customer\'s sale', () => {
    test('counts visits and what was spent, and is in the list', async () => {
        const anna = await create();
        const { body: first } = await buy(anna, 1);
        const { body: second } = await buy(anna, 2);
        assert.equal(first.customer_id, anna.id);
        const { visits, spent, last_visit_at } = await read(anna);
        assert.deepEqual([visits, spent, last_visit_at], [2, 750, second.created_at]);
        const listed = await api.all('transactions_list', { customer_id: anna.id });
        assert.deepEqual(listed.map(({ id }) => id), [second.id, first.id]);
        assert.deepEqual(await api.all('transactions_list', { customer_id: uuid7() }), []);
    });

    test('of nobody is refused', async () => {
        const { body } = await buy({ id: uuid7() }, 1, undefined, {}, { expect: 422 });
        assert.deepEqual(body.errors.map(({ pointer }) => pointer), ['/customer_id']);
    });

    test('of one who was merged is the other\'s', async () => {
        const [anna, twin] = [await create(), await create()];
        const { body: before } = await buy(twin, 1);
        await api.customers_merge({ path: { customer_id: anna.id }, body: { from_id: twin.id }, expect: 200 });
        const { body: record } = await buy(twin, 2);
        assert.equal(record.customer_id, anna.id);
        assert.equal((await read(anna)).spent, 750);
        const listed = await api.all('transactions_list', { customer_id: anna.id });
        assert.deepEqual(listed.map(({ id }) => id), [record.id, before.id]);
    });

    test('of one who is exempt carries no tax, without anybody\'s permission', async () => {
        const embassy = await create({ tax_exemption: { reason: 'Diplomatic mission', certificate: 'EX-7' } });
        const { body: key } = await api.api_keys_create({
            body: { name: unique('Till'), scopes: ['transactions:create', 'quotes:create'] }, expect: 201,
        });
        const till = api.as(key.key);
        const lines = shop.lines([tea]);
        const { body: quote } = await till.quotes_create({
            body: { register_id: shop.register.id, lines, customer_id: embassy.id }, expect: 200,
        });
        assert.equal(quote.total, 208);
        const { body: record } = await till.transactions_create({
            body: shop.saleBody([tea], 208, { customer_id: embassy.id }), expect: 201,
        });
        assert.deepEqual(record.tax_exemption, { reason: 'Diplomatic mission', certificate: 'EX-7' });
        assert.equal(record.tax_total, 0);
    });
});

describe('store credit', () => {
    test('pays as far as it goes, and not below zero, however many ask at once', async () => {
        const anna = await create();
        await credit(anna, 'store_credit', 1100);
        const { body: record } = await buy(anna, 1, [tender('store_credit', 100), tender('cash', 200)]);
        assert.equal(record.change, 50);
        const answers = await Promise.all(Array.from({ length: 10 }, () =>
            buy(anna, 1, [tender('store_credit', 250)], {}, {})));
        assert.equal(answers.filter(({ status }) => status === 201).length, 4);
        const refused = answers.find(({ status }) => status !== 201);
        assert.equal(refused.body.code, 'insufficient_balance');
        assert.equal(refused.body.errors[0].pointer, '/tenders/0/amount');
        assert.equal((await read(anna)).store_credit, 0);
    });

    test('is a customer\'s', async () => {
        for (const type of ['store_credit', 'customer_account']) {
            const { body } = await buy(undefined, 1, [tender(type, 250)], {}, { expect: 422 });
            assert.deepEqual(body.errors.map(({ pointer, code }) => [pointer, code]), [['/customer_id', 'required']]);
        }
    });
});

describe('the customer account', () => {
    test('is owed up to the limit, exactly, however many ask at once', async () => {
        const anna = await create({ account_limit: 1000 });
        const answers = await Promise.all(Array.from({ length: 10 }, () =>
            buy(anna, 1, [tender('customer_account', 250)], {}, {})));
        assert.equal(answers.filter(({ status }) => status === 201).length, 4);
        assert.ok(answers.every(({ status, body }) => status === 201 || body.code === 'insufficient_balance'));
        assert.equal((await read(anna)).account_balance, 1000);
        await credit(anna, 'account_payment', 300);
        await buy(anna, 1, [tender('customer_account', 250)]);
        await buy(anna, 1, [tender('customer_account', 250)], {}, { expect: 409, code: 'insufficient_balance' });
    });

    test('sells nothing to one without a limit', async () => {
        const anna = await create();
        await buy(anna, 1, [tender('customer_account', 250)], {}, { expect: 409, code: 'insufficient_balance' });
    });
});

describe('points', () => {
    before(() => api.stores_update({
        path: { store_id: shop.store.id }, body: { loyalty: { points_per_amount: 100, point_value: 5 } }, expect: 200,
    }));

    test('are earned for what was paid, and burned as a discount', async () => {
        const anna = await create();
        const { body: first } = await buy(anna, 5);
        assert.deepEqual(first.loyalty, { burned: 0, earned: 12 });
        assert.equal((await read(anna)).points, 12);
        const { body: quote } = await api.quotes_create({
            body: { register_id: shop.register.id, lines: shop.lines([[tea, '5']]), customer_id: anna.id, loyalty_points: 10 },
            expect: 200,
        });
        assert.deepEqual(quote.loyalty, { burned: 10, earned: 12 });
        const { body: second } = await buy(anna, 5, undefined, { loyalty_points: 10, expected_total: 1200, cash: 1200 });
        assert.equal(second.total, 1200);
        assert.equal(second.discount_total, 50);
        assert.deepEqual(second.loyalty, { burned: 10, earned: 12 });
        assert.equal((await read(anna)).points, 14);
    });

    test('that are not there are refused, by one or by many', async () => {
        const anna = await create();
        const { body } = await buy(anna, 5, undefined, { loyalty_points: 1, expected_total: 1245 }, { expect: 409, code: 'insufficient_balance' });
        assert.equal(body.errors[0].pointer, '/loyalty_points');
        await credit(anna, 'points', 100);
        const answers = await Promise.all(Array.from({ length: 10 }, () =>
            buy(anna, 1, undefined, { loyalty_points: 40, expected_total: 50 }, {})));
        assert.equal(answers.filter(({ status }) => status === 201).length, 2);
        assert.equal((await read(anna)).points, 20);
    });

    test('are nobody\'s, or worth more than the total: refused', async () => {
        await buy(undefined, 1, undefined, { loyalty_points: 1, expected_total: 245 }, { expect: 422 });
        const anna = await create();
        await credit(anna, 'points', 100);
        await buy(anna, 1, undefined, { loyalty_points: 51, expected_total: 0 }, { expect: 422 });
        const { body } = await buy(anna, 1, [], { loyalty_points: 50, expected_total: 0 });
        assert.equal(body.total, 0);
    });

    test('need no permission', async () => {
        const { body: key } = await api.api_keys_create({
            body: { name: unique('Till'), scopes: ['transactions:create'] }, expect: 201,
        });
        const anna = await create();
        await credit(anna, 'points', 10);
        const body = shop.saleBody([tea], 200, { customer_id: anna.id, loyalty_points: 10 });
        await api.as(key.key).transactions_create({ body, expect: 201 });
    });
});

describe('what happened offline', () => {
    const capture = async (customer, more = {}) => {
        const { body } = await api.quotes_create({
            body: { register_id: shop.register.id, lines: shop.lines([[tea, '4']]), customer_id: customer.id, ...more },
            expect: 200,
        });
        const { lines, subtotal, discount_total, tax_total, tax_included, rounding, total } = body;
        return { captured_at: new Date().toISOString(), quote: { lines, subtotal, discount_total, tax_total, tax_included, rounding, total } };
    };

    test('takes only the credit that there is, and says so; the account is owed beyond its limit', async () => {
        const anna = await create({ account_limit: 100 });
        await credit(anna, 'store_credit', 300);
        const offline = await capture(anna);
        const { body: record } = await buy(anna, 4, [tender('store_credit', 500), tender('customer_account', 500)], { offline });
        assert.deepEqual(record.flags, ['insufficient_balance']);
        assert.deepEqual(record.tenders.map(({ amount }) => amount), [500, 500]);
        const { store_credit, account_balance } = await read(anna);
        assert.deepEqual([store_credit, account_balance], [0, 500]);
    });

    test('of a customer who is unknown, with a card that is', async () => {
        const anna = await create();
        const offline = await capture(anna);
        const { body: record } = await buy({ id: uuid7() }, 4,
            [{ type: 'gift_card', amount: 600, gift_card: 'NOSUCHCARD22' }, tender('cash', 400)], { offline });
        assert.deepEqual(record.flags, ['gift_card_refused', 'unknown_customer']);
        assert.ok(!('customer_id' in record));
    });

    test('takes only what is on the card', async () => {
        const anna = await create();
        const { body: card } = await api.gift_cards_create({ body: { amount: 150, currency: 'EUR' }, expect: 201 });
        const { body: record } = await buy(anna, 4,
            [{ type: 'gift_card', amount: 100, gift_card: card.id }, { type: 'gift_card', amount: 900, gift_card: card.code }],
            { offline: await capture(anna) });
        assert.deepEqual(record.flags, ['insufficient_balance']);
        const { body: after } = await api.gift_cards_read({ path: { gift_card_id: card.id }, expect: 200 });
        assert.equal(after.balance, 0);
    });
});
