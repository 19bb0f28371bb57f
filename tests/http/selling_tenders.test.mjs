// How a sale is paid: tenders, mixes, change, tips, cash in coins that exist.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

let server, api, shop, tea, gum;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ price: 250 });
    gum = await shop.product({ price: 138 });
});
after(() => server?.stop());

const cash = (amount, more = {}) => ({ type: 'cash', amount, ...more });
const card = (amount, more = {}) => ({ type: 'card', amount, ...more });
const other = (amount, name = 'Voucher') => ({ type: 'other', amount, name });

const setCoins = (coins) => api.stores_update({
    path: { store_id: shop.store.id }, body: { cash_rounding: coins }, expect: 200,
});

/** What every record obeys by itself. */
function conserved(record) {
    const sum = (list, member) => list.reduce((total, each) => total + each[member], 0);
    assert.equal(record.subtotal, sum(record.lines, 'gross'));
    assert.equal(record.discount_total, sum(record.lines, 'discount'));
    assert.equal(record.total,
        record.subtotal - record.discount_total + record.tax_total - record.tax_included + record.rounding);
    assert.equal(sum(record.tenders, 'amount') - record.change, record.total);
    return record;
}

async function sell(product, total, tenders, more = {}) {
    return conserved((await shop.sell([product], total, { tenders, ...more })).body);
}

function refused(product, total, tenders, code, more = {}) {
    return shop.sell([product], total, { tenders, ...more }, { expect: 422, code });
}

describe('tenders', () => {
    test('each type alone, and all of them together', async () => {
        assert.deepEqual((await sell(tea, 250, [cash(250)])).tenders, [cash(250)]);
        const paid = card(250, { reference: 'T-104422', brand: 'visa', last_four: '4242' });
        assert.deepEqual((await sell(tea, 250, [paid])).tenders, [paid]);
        assert.deepEqual((await sell(tea, 250, [other(250)])).tenders, [other(250)]);
        const mixed = [cash(500), card(30), other(20), card(100), other(50, 'Meal ticket')];
        const record = await sell(tea, 250, mixed);
        assert.deepEqual(record.tenders, mixed);
        assert.equal(record.change, 450);
    });

    test('nothing is paid for what costs nothing', async () => {
        const gift = await shop.product({ price: 0 });
        assert.deepEqual((await sell(gift, 0, [])).tenders, []);
        await sell(gift, 0, [cash(0)]);
        assert.equal((await sell(gift, 0, [cash(500)])).change, 500);
        await refused(tea, 250, [], 'tender_insufficient');
    });

    test('too little is tender_insufficient, and says how much is missing', async () => {
        const { body } = await refused(tea, 250, [card(100), cash(149)], 'tender_insufficient');
        assert.deepEqual(body.errors.map(({ pointer, code }) => [pointer, code]), [['/tenders', 'tender_insufficient']]);
        assert.match(body.errors[0].detail, /^This is 1 short/);
    });

    test('only cash is more than what is due: tender_excess names the tender', async () => {
        const { body } = await refused(tea, 250, [cash(500), card(200), other(51)], 'tender_excess');
        assert.deepEqual(body.errors.map(({ pointer, code }) => [pointer, code]), [['/tenders/2/amount', 'tender_excess']]);
        await refused(tea, 250, [card(251)], 'tender_excess');
        await refused(tea, 250, [card(250), card(1)], 'tender_excess');
    });

    test('members belong to their types; all faults at once', async () => {
        const { body } = await refused(tea, 250, [
            cash(100, { name: 'Coins', last_four: '4242', brand: 'visa', reference: 'R' }),
            card(100, { name: 'Card' }),
            { type: 'other', amount: 50, brand: 'visa' },
        ], 'validation_failed');
        const faults = new Map(body.errors.map(({ pointer, code }) => [pointer, code]));
        assert.deepEqual(Object.fromEntries(faults), {
            '/tenders/0/name': 'not_of_this_type',
            '/tenders/0/last_four': 'not_of_this_type',
            '/tenders/0/brand': 'not_of_this_type',
            '/tenders/0/reference': 'not_of_this_type',
            '/tenders/1/name': 'not_of_this_type',
            '/tenders/2/name': 'required',
            '/tenders/2/brand': 'not_of_this_type',
        });
        await refused(tea, 250, [{ type: 'exchange', amount: 250 }], 'validation_failed');
        await refused(tea, 250, Array(11).fill(cash(100)), 'validation_failed');
    });
});

describe('tips', () => {
    test('stand beside the total', async () => {
        const record = await sell(tea, 250, [card(200, { tip: 30 }), cash(100, { tip: 5 })]);
        assert.equal(record.total, 250);
        assert.equal(record.change, 50);
        assert.equal(record.tip_total, 35);
        assert.deepEqual(record.tenders.map(({ tip }) => tip), [30, 5]);
    });

    test('of 0 are none', async () => {
        const record = await sell(tea, 250, [card(250, { tip: 0 })]);
        assert.ok(!('tip_total' in record) && !('tip' in record.tenders[0]));
    });
});

describe('cash in coins', () => {
    before(() => setCoins(10));
    after(() => setCoins(0));

    test('1.38, 0.55 of it by card: 0.80 in cash', async () => {
        const record = await sell(gum, 138, [card(55), cash(80)]);
        assert.equal(record.rounding, -3);
        assert.equal(record.total, 135);
        assert.equal(record.change, 0);
        await sell(gum, 135, [card(55), cash(80)]); /* what the customer was shown may be in coins */
    });

    test('change is given in coins, too', async () => {
        assert.equal((await sell(gum, 138, [cash(200)])).change, 60);
        assert.equal((await sell(gum, 140, [cash(1000)])).change, 860);
    });

    test('what is not cash is not rounded', async () => {
        const record = await sell(gum, 138, [card(100), other(38)]);
        assert.equal(record.rounding, 0);
        assert.equal(record.total, 138);
    });

    test('a rest below half of the smallest coin is nothing, when it is paid in cash', async () => {
        const record = await sell(gum, 138, [card(134), cash(0)]);
        assert.equal(record.rounding, -4);
        assert.equal(record.total, 134);
        await refused(gum, 138, [card(134)], 'tender_insufficient');
        await refused(gum, 138, [card(133), cash(0)], 'tender_insufficient');
    });

    test('another total is still a mismatch', async () => {
        for (const total of [137, 139, 130, 141]) {
            await shop.sell([gum], total, { tenders: [cash(500)] }, { expect: 409, code: 'total_mismatch' });
        }
        await shop.sell([gum], 140, { tenders: [card(138)] }, { expect: 409, code: 'total_mismatch' });
    });

    test('every coin that there is', async () => {
        for (const [coins, total] of [[5, 140], [50, 150], [100, 100], [0, 138]]) {
            await setCoins(coins);
            assert.equal((await sell(gum, 138, [cash(1000)])).total, total);
        }
        await setCoins(10);
    });
});

test('the same sale again is the same record; paid in another way it is another one', async () => {
    const body = shop.saleBody([tea], 250, { tenders: [card(250, { reference: 'A' })] });
    const first = await api.transactions_create({ body, expect: 201 });
    const again = await api.transactions_create({ body, expect: 201 });
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.deepEqual(again.body, first.body);
    for (const tenders of [[card(250, { reference: 'B' })], [card(250, { reference: 'A', tip: 1 })], [cash(250)]]) {
        await api.transactions_create({ body: { ...body, tenders }, expect: 409, code: 'id_taken' });
    }
});
