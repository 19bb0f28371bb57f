// Refunds and voids, and whom they concern: shifts, customers, points, gift cards, sales that a till made alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { checkConserved } from '../lib/records.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

let server, api, shop, tea, voucher;
before(async () => {
    server = await startServer({ env: { MYPOS_NOTIFY: 'log' } });
    api = await server.admin();
    shop = await Shop.open(api);
    const vat = await shop.tax('20', true);
    tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat.id] });
    voucher = await shop.product({ name: 'Gift card', kind: 'gift_card', open_price: true, price: 0 });
});
after(() => server?.stop());

const refund = async (sale, body = {}, options = { expect: 201 }) =>
    (await api.refunds_create({ path: { transaction_id: sale.id }, body, ...options })).body;
const undo = async (sale, options = { expect: 201 }) =>
    (await api.transactions_void({ path: { transaction_id: sale.id }, body: { reason: 'Mistake' }, ...options })).body;
const exchange = async (body, options = { expect: 201 }) =>
    (await api.exchanges_create({ body: { register_id: shop.register.id, ...body }, ...options })).body;
const one = [{ line: 1, quantity: '1' }];

const newCustomer = async (members = {}) =>
    (await api.customers_create({ body: { name: unique('Customer'), ...members }, expect: 201 })).body;
const customer = async ({ id }) => (await api.customers_read({ path: { customer_id: id }, expect: 200 })).body;
const credit = ({ id }, type, amount) =>
    api.customers_entries_create({ path: { customer_id: id }, body: { type, amount, reason: 'Test' }, expect: 201 });
const buy = async (buyer, quantity, tenders, more = {}) => (await shop.sell([[tea, String(quantity)]], 250 * quantity, {
    ...(buyer ? { customer_id: buyer.id } : {}), ...(tenders ? { tenders } : {}), ...more,
})).body;

describe('in a shift', () => {
    const open = async (register) => (await api.shifts_open({
        body: { register_id: register.id, opening_float: { total: 10_000 } }, expect: 201,
    })).body;
    const close = async (shift, total) => (await api.shifts_close({
        path: { shift_id: shift.id }, body: { counted: { total } }, expect: 200,
    })).body;

    test('cash that goes back is missing in the drawer, and in no other', async () => {
        const [here, there] = [await shop.newRegister(), await shop.newRegister()];
        const [shift, other] = [await open(here), await open(there)];
        const sale = await buy(null, 4, [{ type: 'card', amount: 300 }, { type: 'cash', amount: 1000 }], { register: here });
        assert.equal(sale.shift_id, shift.id);
        const first = await refund(sale, { lines: [{ line: 1, quantity: '2' }] });
        assert.equal(first.shift_id, shift.id);
        const second = await refund(sale, { register_id: there.id });
        assert.equal(second.shift_id, other.id);
        checkConserved(sale, [first, second], { complete: true });
        const cash = (record) => record.tenders.find((tender) => tender.type === 'cash')?.amount ?? 0;
        assert.equal((await close(shift, 0)).z_report.expected_cash, 10_000 + 700 - cash(first));
        assert.equal((await close(other, 0)).z_report.expected_cash, 10_000 - cash(second));
    });

    test('a sale that belongs to no shift is not voided in one that was opened since', async () => {
        const register = await shop.newRegister();
        const sale = await buy(null, 1, undefined, { register });
        await open(register);
        const refused = await undo(sale, { expect: 409, code: 'void_not_possible' });
        assert.match(refused.detail, /before this shift/);
        await refund(sale);
    });

    test('a void is possible while the shift is open, and gives tips back; afterwards a refund is', async () => {
        const register = await shop.newRegister();
        const shift = await open(register);
        const sale = await buy(null, 2, [{ type: 'cash', amount: 500, tip: 100 }], { register });
        const later = await buy(null, 1, undefined, { register });
        const record = await undo(sale);
        assert.equal(record.shift_id, shift.id);
        assert.equal(record.tip_total, 100);
        assert.equal((await close(shift, 0)).z_report.expected_cash, 10_000 + 250);
        await undo(later, { expect: 409, code: 'void_not_possible' });
        await open(register);
        const refused = await undo(later, { expect: 409, code: 'void_not_possible' });
        assert.match(refused.detail, /shift of the sale is closed/);
        await refund(later);
    });

    test('a closed shift that is named pays nothing out; stores that want a shift get one', async () => {
        const register = await shop.newRegister();
        const shift = await open(register);
        const sale = await buy(null, 1, undefined, { register });
        await close(shift, 0);
        await refund(sale, { shift_id: shift.id }, { expect: 409, code: 'shift_closed' });
        const unknown = await refund(sale, { shift_id: uuid7() }, { expect: 422 });
        assert.equal(unknown.errors[0].pointer, '/shift_id');
        await api.stores_update({ path: { store_id: shop.store.id }, body: { shift_policy: 'required' }, expect: 200 });
        try {
            await refund(sale, {}, { expect: 409, code: 'shift_required' });
        } finally {
            await api.stores_update({ path: { store_id: shop.store.id }, body: { shift_policy: 'optional' }, expect: 200 });
        }
        assert.equal((await refund(sale)).shift_id, undefined);
    });

    test('both halves of an exchange belong to it', async () => {
        const register = await shop.newRegister();
        const shift = await open(register);
        const sale = await buy(null, 2, undefined, { register });
        const both = await exchange({
            register_id: register.id, refund: { transaction_id: sale.id }, sale: { lines: shop.lines([tea]) }, expected_total: -250,
        });
        assert.deepEqual([both.refund.shift_id, both.sale.shift_id], [shift.id, shift.id]);
        const report = (await close(shift, 0)).z_report;
        assert.equal(report.expected_cash, 10_000 + 250);
    });

    test('refunds that race with the close are in the report or after it', async () => {
        const register = await shop.newRegister();
        const shift = await open(register);
        const sales = [];
        for (let i = 0; i < 6; i += 1) {
            sales.push(await buy(null, 1, undefined, { register }));
        }
        const [closed, ...refunds] = await Promise.all([close(shift, 0), ...sales.map((sale) => refund(sale))]);
        const inside = refunds.filter((record) => record.shift_id === shift.id).length;
        assert.equal(closed.z_report.expected_cash, 10_000 + 250 * (6 - inside));
    });
});

describe('of a customer', () => {
    test('what was spent is taken back, a visit only by a void', async () => {
        const anna = await newCustomer();
        const sale = await buy(anna, 3);
        const record = await refund(sale, { lines: one });
        assert.equal(record.customer_id, anna.id);
        let now = await customer(anna);
        assert.deepEqual([now.visits, now.spent], [1, 500]);
        await refund(sale);
        now = await customer(anna);
        assert.deepEqual([now.visits, now.spent], [1, 0]);
        await undo(await buy(anna, 1));
        now = await customer(anna);
        assert.deepEqual([now.visits, now.spent], [1, 0]);
    });

    test('store credit instead of the tenders, all or a part of it', async () => {
        const anna = await newCustomer();
        const sale = await buy(anna, 4, [{ type: 'card', amount: 600 }, { type: 'cash', amount: 400 }]);
        const first = await refund(sale, { lines: one, tenders: 'store_credit' });
        assert.deepEqual(first.tenders, [{ type: 'store_credit', amount: 250 }]);
        const second = await refund(sale, { lines: one, tenders: [{ type: 'store_credit', amount: 50 }, { type: 'cash', amount: 200 }] });
        assert.equal((await customer(anna)).store_credit, 300);
        const third = await refund(sale);
        checkConserved(sale, [first, second, third], { complete: true });
    });

    test('what store credit and the account paid goes back to them', async () => {
        const anna = await newCustomer({ account_limit: 5000 });
        await credit(anna, 'store_credit', 400);
        const sale = await buy(anna, 4, [{ type: 'store_credit', amount: 400 }, { type: 'customer_account', amount: 600 }]);
        let now = await customer(anna);
        assert.deepEqual([now.store_credit, now.account_balance], [0, 600]);
        const first = await refund(sale, { lines: [{ line: 1, quantity: '3' }] });
        assert.deepEqual(first.tenders.map((tender) => [tender.type, tender.amount]), [['customer_account', 600], ['store_credit', 150]]);
        now = await customer(anna);
        assert.deepEqual([now.store_credit, now.account_balance], [150, 0]);
        const second = await undo(sale, { expect: 409, code: 'void_not_possible' }).then(() => refund(sale));
        checkConserved(sale, [first, second], { complete: true });
        now = await customer(anna);
        assert.deepEqual([now.store_credit, now.account_balance, now.spent], [400, 0, 0]);
    });

    test('points go back in proportion, all of them in the end', async () => {
        await api.stores_update({ path: { store_id: shop.store.id }, body: { loyalty: { points_per_amount: 100, point_value: 5 } }, expect: 200 });
        try {
            const anna = await newCustomer();
            await credit(anna, 'points', 50);
            const quote = await api.quotes_create({
                body: { register_id: shop.register.id, customer_id: anna.id, loyalty_points: 50, lines: shop.lines([[tea, '3']]) }, expect: 200,
            });
            const { total } = quote.body;
            const sale = (await shop.sell([[tea, '3']], total, { customer_id: anna.id, loyalty_points: 50 })).body;
            assert.deepEqual(sale.loyalty, { burned: 50, earned: 5 });
            const refunds = [];
            for (let i = 0; i < 3; i += 1) {
                refunds.push(await refund(sale, { lines: one }));
                assert.ok((await customer(anna)).points <= 50);
            }
            checkConserved(sale, refunds, { complete: true });
            const points = (name) => refunds.reduce((sum, record) => sum + (record.loyalty?.[name] ?? 0), 0);
            assert.deepEqual([points('burned'), points('earned')], [50, 5]);
            assert.equal((await customer(anna)).points, 50);
        } finally {
            await api.stores_update({ path: { store_id: shop.store.id }, body: { loyalty: null }, expect: 200 });
        }
    });

    test('who was merged gets it as the other; who was erased gets no credit', async () => {
        const [anna, twin] = [await newCustomer(), await newCustomer()];
        const sale = await buy(twin, 2);
        await api.customers_merge({ path: { customer_id: anna.id }, body: { from_id: twin.id }, expect: 200 });
        const record = await refund(sale, { lines: one, tenders: 'store_credit' });
        assert.equal(record.customer_id, anna.id);
        assert.equal((await customer(anna)).store_credit, 250);
        const gone = await newCustomer();
        const last = await buy(gone, 2);
        await api.customers_erase({ path: { customer_id: gone.id }, body: {}, expect: 200 });
        const refused = await refund(last, { tenders: 'store_credit' }, { expect: 422 });
        assert.equal(refused.errors[0].code, 'customer_required');
        await refund(last);
    });

    test('an exchange moves both halves in one posting', async () => {
        const anna = await newCustomer();
        await credit(anna, 'store_credit', 100);
        const sale = await buy(anna, 1);
        const both = await exchange({
            refund: { transaction_id: sale.id }, sale: { lines: shop.lines([[tea, '2']]), customer_id: anna.id },
            tenders: [{ type: 'store_credit', amount: 100 }, { type: 'cash', amount: 150 }], expected_total: 250,
        });
        assert.equal(both.sale.customer_id, anna.id);
        const now = await customer(anna);
        assert.deepEqual([now.visits, now.spent, now.store_credit], [2, 500, 0]);
        const more = await exchange({
            refund: { transaction_id: both.sale.id }, sale: { lines: shop.lines([[tea, '3']]), customer_id: anna.id },
            tenders: [{ type: 'store_credit', amount: 250 }], expected_total: 250,
        }, { expect: 409, code: 'insufficient_balance' });
        assert.ok(more.errors.length > 0);
    });
});

describe('with gift cards', () => {
    const issue = async (amount) => (await api.gift_cards_create({ body: { amount, currency: 'EUR' }, expect: 201 })).body;
    const balance = async (id) => (await api.gift_cards_read({ path: { gift_card_id: id }, expect: 200 })).body.balance;
    const sellCard = async (amount) => (await api.transactions_create({
        body: shop.saleBody([], amount, { lines: [{ product_id: voucher.id, quantity: '1', unit_price: amount }] }), expect: 201,
    })).body;

    test('what a card paid goes back on it, frozen or not', async () => {
        const card = await issue(800);
        const sale = await buy(null, 4, [{ type: 'gift_card', amount: 800, gift_card: card.code }, { type: 'cash', amount: 200 }]);
        assert.equal(await balance(card.id), 0);
        const first = await refund(sale, { lines: one });
        assert.deepEqual(first.tenders, [{ type: 'gift_card', amount: 250, gift_card_id: card.id, original_tender: 1 }]);
        await api.gift_cards_freeze({ path: { gift_card_id: card.id }, body: { reason: 'Lost' }, expect: 200 });
        const second = await refund(sale, { lines: one, tenders: [{ type: 'gift_card', amount: 250, gift_card: card.code }] });
        const third = await refund(sale);
        checkConserved(sale, [first, second, third], { complete: true });
        assert.equal(await balance(card.id), 800);
        const other = await issue(100);
        const again = await buy(null, 1, [{ type: 'gift_card', amount: 100, gift_card: other.id }, { type: 'cash', amount: 150 }]);
        const refused = await refund(again, { tenders: [{ type: 'gift_card', amount: 250, gift_card: card.code }] }, { expect: 422 });
        assert.equal(refused.errors[0].code, 'tender_not_of_sale');
    });

    test('a card that was sold goes back while its money is on it', async () => {
        const untouched = await sellCard(2000);
        const card = untouched.lines[0].gift_card_id;
        const record = await refund(untouched);
        assert.equal(record.total, 2000);
        assert.equal(await balance(card), 0);
        const used = await sellCard(2000);
        await buy(null, 1, [{ type: 'gift_card', amount: 250, gift_card: used.lines[0].gift_card_id }]);
        const refused = await refund(used, {}, { expect: 409, code: 'insufficient_balance' });
        assert.match(refused.detail, /1750|2000/);
        await undo(used, { expect: 409, code: 'insufficient_balance' });
        assert.equal(await balance(used.lines[0].gift_card_id), 1750);
        const mistake = await sellCard(500);
        await undo(mistake);
        assert.equal(await balance(mistake.lines[0].gift_card_id), 0);
    });

    test('a race for a sold card: it is spent or it goes back, never both', async () => {
        for (let round = 0; round < 5; round += 1) {
            const sale = await sellCard(250);
            const card = sale.lines[0].gift_card_id;
            const body = shop.saleBody([tea], 250, { tenders: [{ type: 'gift_card', amount: 250, gift_card: card }] });
            const answers = await Promise.all([
                api.transactions_create({ body }),
                api.refunds_create({ path: { transaction_id: sale.id }, body: {} }),
            ]);
            assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
            assert.equal(await balance(card), 0);
        }
    });
});

describe('of a sale that a till made alone', () => {
    const capture = async (products) => {
        const { body } = await shop.quote(products, { expect: 200 });
        const { lines, subtotal, discount_total, tax_total, tax_included, rounding, total } = body;
        return { lines, subtotal, discount_total, tax_total, tax_included, rounding, total };
    };
    const captured_at = new Date(Date.now() - 3600_000).toISOString();

    test('of a product that the catalogue never had', async () => {
        const quote = await capture([[tea, '3']]);
        const unknown = uuid7();
        quote.lines[0].product_id = unknown;
        const body = shop.saleBody([], quote.total, { lines: [{ product_id: unknown, quantity: '3' }], offline: { captured_at, quote } });
        const sale = (await api.transactions_create({ body, expect: 201 })).body;
        assert.ok(sale.flags.includes('unknown_product'));
        const refunds = [await refund(sale, { lines: one }), await refund(sale)];
        checkConserved(sale, refunds, { complete: true });
        assert.equal(refunds[0].lines[0].product_id, unknown);
    });

    test('a card of which less was taken than the till thought gets no more back', async () => {
        const card = (await api.gift_cards_create({ body: { amount: 150, currency: 'EUR' }, expect: 201 })).body;
        const quote = await capture([[tea, '4']]);
        const sale = (await shop.sell([[tea, '4']], quote.total, {
            offline: { captured_at, quote },
            tenders: [{ type: 'gift_card', amount: 100, gift_card: card.id }, { type: 'gift_card', amount: 900, gift_card: card.code }],
        })).body;
        assert.deepEqual(sale.flags, ['insufficient_balance']);
        const balance = async () => (await api.gift_cards_read({ path: { gift_card_id: card.id }, expect: 200 })).body.balance;
        assert.equal(await balance(), 0);
        const refunds = [];
        for (let i = 0; i < 4; i += 1) {
            refunds.push(await refund(sale, { lines: one }));
            assert.ok(await balance() <= 150);
        }
        checkConserved(sale, refunds, { complete: true });
        assert.equal(await balance(), 150);
    });

    test('with a card and a customer whom nobody knows', async () => {
        const quote = await capture([[tea, '4']]);
        const sale = (await shop.sell([[tea, '4']], quote.total, {
            offline: { captured_at, quote }, customer_id: uuid7(),
            tenders: [{ type: 'gift_card', amount: 600, gift_card: 'NOSUCHCARD22' }, { type: 'cash', amount: 400 }],
        })).body;
        const record = await refund(sale);
        checkConserved(sale, [record], { complete: true });
    });
});

test('each record is told once, by what it is', async () => {
    const tell = async (records) => {
        const ids = new Set(records.map(({ id }) => id));
        const look = () => server.logLines().filter((line) => line.event === 'notification' && ids.has(line['data.id']));
        const lines = await until(look, ({ length }) => length >= records.length);
        return lines.map((line) => [line['data.id'], line.type]);
    };
    const [sale, other, third] = [await buy(null, 1), await buy(null, 2), await buy(null, 1)];
    const back = await refund(sale);
    const both = await exchange({
        refund: { transaction_id: other.id, lines: one }, sale: { lines: shop.lines([tea]) }, expected_total: 0,
    });
    const undone = await undo(third);
    assert.deepEqual(await tell([sale, back, both.refund, both.sale, undone]), [
        [sale.id, 'transaction.completed'], [back.id, 'transaction.refunded'], [both.refund.id, 'transaction.refunded'],
        [both.sale.id, 'transaction.completed'], [undone.id, 'transaction.voided'],
    ]);
});
