// What comes back to a customer when a sale does: points, credit and debts, through merges and erasure.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server, api, shop, tea;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ price: 250 });
    const loyalty = { points_per_amount: 100, point_value: 5 };
    await api.stores_update({ path: { store_id: shop.store.id }, body: { loyalty }, expect: 200 });
});
after(() => server?.stop());

const create = async (members = {}) =>
    (await api.customers_create({ body: { name: unique('Customer'), ...members }, expect: 201 })).body;
const read = async ({ id }) => (await api.customers_read({ path: { customer_id: id }, expect: 200 })).body;
const give = ({ id }, type, amount) => api.customers_entries_create({
    path: { customer_id: id }, body: { type, amount, reason: 'Test' }, expect: 201,
});
const buy = async (customer, quantity, { points = 0, tenders } = {}) => {
    const total = 250 * quantity - points * 5;
    return (await shop.sell([[tea, String(quantity)]], total, {
        customer_id: customer.id, ...(points ? { loyalty_points: points } : {}), ...(tenders ? { tenders } : {}),
    })).body;
};
const refund = async (sale, quantity, more = {}, expect = 201) => (await api.refunds_create({
    path: { transaction_id: sale.id }, body: { lines: [{ line: 1, quantity: String(quantity) }], ...more }, expect,
})).body;
const balances = async (customer) => {
    const { visits, spent, points, store_credit, account_balance } = await read(customer);
    return { visits, spent, points, store_credit, account_balance };
};
const NOTHING = { visits: 0, spent: 0, points: 0, store_credit: 0, account_balance: 0 };

describe('refunds of a customer', () => {
    test('points go back in proportion, and exactly in the end', async () => {
        const anna = await create();
        await give(anna, 'points', 20);
        const sale = await buy(anna, 5, { points: 20 }); // 12.50 − 1.00
        assert.deepEqual(sale.loyalty, { burned: 20, earned: 11 });
        assert.deepEqual(await balances(anna), { ...NOTHING, visits: 1, spent: 1150, points: 11 });
        let back = 0;
        for (let i = 1; i <= 5; i += 1) {
            back += (await refund(sale, 1)).total;
            const now = await balances(anna);
            // of 11 earned at least 11·i/5 are taken, of 20 burned at most 20·i/5 given
            assert.deepEqual([now.points, now.spent], [11 - Math.ceil((11 * i) / 5) + Math.floor((20 * i) / 5), 1150 - back]);
        }
        assert.deepEqual(await balances(anna), { ...NOTHING, visits: 1, points: 20 });
        const types = (await api.customers_entries_list({ path: { customer_id: anna.id }, expect: 200 })).body.data
            .map((entry) => entry.type);
        assert.deepEqual(types, ['refund', 'refund', 'refund', 'refund', 'refund', 'sale', 'points']);
    });

    test('points that were spent meanwhile leave fewer than none', async () => {
        const anna = await create();
        const sale = await buy(anna, 4);
        assert.equal((await read(anna)).points, 10);
        await give(anna, 'points', -10);
        await refund(sale, 4);
        assert.equal((await read(anna)).points, -10);
        await shop.sell([tea], 245, { customer_id: anna.id, loyalty_points: 1 }, { expect: 409, code: 'insufficient_balance' });
    });

    test('a void takes all of it back, the visit too', async () => {
        const anna = await create({ account_limit: 1000 });
        await give(anna, 'store_credit', 300);
        await give(anna, 'points', 10);
        const before = await balances(anna);
        const sale = await buy(anna, 4, { points: 10, tenders: [
            { type: 'store_credit', amount: 300 }, { type: 'customer_account', amount: 400 }, { type: 'cash', amount: 250 },
        ] });
        assert.deepEqual(await balances(anna), { visits: 1, spent: 950, points: 9, store_credit: 0, account_balance: 400 });
        await api.transactions_void({ path: { transaction_id: sale.id }, body: { reason: 'Mistake' }, expect: 201 });
        assert.deepEqual(await balances(anna), before);
    });

    test('goes to the account and the credit that paid; or all of it to the credit', async () => {
        const anna = await create({ account_limit: 1000 });
        await give(anna, 'store_credit', 200);
        const sale = await buy(anna, 2, { tenders: [{ type: 'store_credit', amount: 200 }, { type: 'customer_account', amount: 300 }] });
        await refund(sale, 2);
        assert.deepEqual([(await read(anna)).store_credit, (await read(anna)).account_balance], [200, 0]);
        const cash = await buy(anna, 2);
        await refund(cash, 1, { tenders: 'store_credit' });
        assert.equal((await read(anna)).store_credit, 450);
    });

    test('of a duplicate that was merged since: to the customer that it is part of', async () => {
        const [anna, twin] = [await create(), await create()];
        const sale = await buy(twin, 4);
        await api.customers_merge({ path: { customer_id: anna.id }, body: { from_id: twin.id }, expect: 200 });
        await refund(sale, 2);
        assert.deepEqual(await balances(anna), { ...NOTHING, visits: 1, spent: 500, points: 5 });
        assert.deepEqual(await balances(twin), NOTHING);
    });

    test('of one who was erased: the money comes back, the person does not', async () => {
        const anna = await create();
        const sale = await buy(anna, 3);
        await api.customers_erase({ path: { customer_id: anna.id }, body: { forfeit_balances: true }, expect: 200 });
        assert.equal((await refund(sale, 1)).total, 250);
        const left = await read(anna);
        assert.deepEqual([left.state, left.points, left.store_credit], ['erased', 0, 0]);
    });
});

describe('fifty at once', () => {
    test('burn the last points: as many as there are', async () => {
        const anna = await create();
        await give(anna, 'points', 50);
        const answers = await Promise.all(Array.from({ length: 50 }, () => shop.sell([tea], 225,
            { customer_id: anna.id, loyalty_points: 5 }, {})));
        const sold = answers.filter((answer) => answer.status === 201);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'insufficient_balance'));
        const earned = sold.reduce((sum, answer) => sum + answer.body.loyalty.earned, 0);
        const burned = sold.reduce((sum, answer) => sum + answer.body.loyalty.burned, 0);
        const now = await read(anna);
        assert.equal(now.points, 50 + earned - burned);
        assert.ok(now.points >= 0 && now.points < 5, `${now.points} left`);
        assert.equal(now.visits, sold.length);
    });

    test('refund the same sale: each piece once, points and all', async () => {
        const anna = await create();
        const sale = await buy(anna, 10);
        const answers = await Promise.all(Array.from({ length: 50 }, () => api.refunds_create({
            path: { transaction_id: sale.id }, body: { lines: [{ line: 1, quantity: '1' }] },
        })));
        assert.equal(answers.filter((answer) => answer.status === 201).length, 10);
        assert.deepEqual(await balances(anna), { ...NOTHING, visits: 1 });
    });
});
