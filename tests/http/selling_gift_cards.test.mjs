// Gift cards at the till: sold, loaded and redeemed in the sale's own act, never below zero.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server, api, shop, vat, tea, voucher;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat = await shop.tax('20', true);
    tea = await shop.product({ price: 250, tax_ids: [vat.id] });
    voucher = await shop.product({ name: 'Gift card', kind: 'gift_card', open_price: true, price: 0 });
});
after(() => server?.stop());

const newCode = () => unique('CARD').replaceAll('-', 'X').padEnd(12, 'Z');
const line = (amount, gift_card, more = {}) => ({
    product_id: voucher.id, quantity: '1', unit_price: amount, ...(gift_card ? { gift_card } : {}), ...more,
});
const pay = (amount, gift_card) => ({ type: 'gift_card', amount, gift_card });

/** Sells cards: [[amount, {code}|{id}|undefined], …]. */
function sellCards(cards, total, request = { expect: 201 }) {
    return shop.sell([], total, { lines: cards.map(([amount, card]) => line(amount, card)) }, request);
}

function buy(quantity, tenders, request = { expect: 201 }) {
    return shop.sell([[tea, String(quantity)]], 250 * quantity, { tenders }, request);
}

const read = async (id) => (await api.gift_cards_read({ path: { gift_card_id: id }, expect: 200 })).body;

describe('selling gift cards', () => {
    test('a new card has the code that was scanned, and the line\'s amount', async () => {
        const code = newCode();
        const { body: record } = await sellCards([[5000, { code }]], 5000);
        assert.equal(record.total, 5000);
        assert.ok(!JSON.stringify(record).includes(code));
        const card = await read(record.lines[0].gift_card_id);
        assert.equal(card.balance, 5000);
        assert.equal(card.code, code);
        assert.equal(card.state, 'active');
    });

    test('without a code one is made; several at once', async () => {
        const { body: record } = await sellCards([[1000], [2000], [3000, { code: newCode() }]], 6000);
        const cards = await Promise.all(record.lines.map(({ gift_card_id }) => read(gift_card_id)));
        assert.deepEqual(cards.map(({ balance }) => balance), [1000, 2000, 3000]);
        assert.equal(new Set(cards.map(({ code }) => code)).size, 3);
        assert.match(cards[0].code, /^[2-9A-Z]{16}$/);
    });

    test('a card that exists is loaded, by code or id, on several lines', async () => {
        const code = newCode();
        const { body: first } = await sellCards([[1000, { code }]], 1000);
        const id = first.lines[0].gift_card_id;
        const { body: second } = await sellCards([[500, { code }], [250, { id }]], 750);
        assert.deepEqual(second.lines.map(({ gift_card_id }) => gift_card_id), [id, id]);
        assert.equal((await read(id)).balance, 1750);
    });

    test('the same sale again loads nothing', async () => {
        const body = shop.saleBody([], 1000, { lines: [line(1000, { code: newCode() })] });
        const answers = await Promise.all(Array.from({ length: 10 }, () => api.transactions_create({ body, expect: 201 })));
        assert.equal(new Set(answers.map((answer) => answer.text)).size, 1);
        assert.equal((await read(answers[0].body.lines[0].gift_card_id)).balance, 1000);
    });

    test('cards of the same new code at the same time: one is issued, the others load it', async () => {
        const code = newCode();
        const answers = await Promise.all(Array.from({ length: 8 }, () => sellCards([[100, { code }]], 100)));
        const ids = new Set(answers.map(({ body }) => body.lines[0].gift_card_id));
        assert.equal(ids.size, 1);
        assert.equal((await read([...ids][0])).balance, 800);
    });

    test('what cannot be: all faults at once', async () => {
        const code = newCode();
        const lines = [
            line(1000, { code }, { quantity: '2' }),
            line(0),
            line(1000, { id: tea.id }),
            line(1000, { code }),
            line(2000, { code }),
        ];
        const { body } = await shop.sell([], 6000, { lines }, { expect: 422, code: 'validation_failed' });
        assert.deepEqual(body.errors.map(({ pointer, code: fault }) => [pointer, fault]), [
            ['/lines/0/quantity', 'gift_card_quantity'],
            ['/lines/1/unit_price', 'gift_card_amount'],
            ['/lines/2/gift_card/id', 'gift_card_not_found'],
            ['/lines/4/gift_card/code', 'gift_card_twice'],
        ]);
        const quoted = await api.quotes_create({
            body: { register_id: shop.register.id, lines: lines.slice(0, 2) }, expect: 422, code: 'validation_failed',
        });
        assert.deepEqual(quoted.body.errors, body.errors.slice(0, 2));
        const other = await shop.sell([], 250, { lines: [{ product_id: tea.id, quantity: '1', gift_card: { code } }] }, { expect: 422 });
        assert.deepEqual(other.body.errors.map(({ pointer }) => pointer), ['/lines/0/gift_card']);
    });

    test('a card is neither taxed nor discounted, and is no stock', async () => {
        const basket = shop.saleBody([], 1000 + 225, {
            lines: [line(1000), { product_id: tea.id, quantity: '1' }],
            discounts: [{ type: 'percent', value: '10' }],
        });
        const { body: record } = await api.transactions_create({ body: basket, expect: 201 });
        assert.equal(record.lines[0].discount, 0);
        assert.equal(record.lines[1].discount, 25);
        assert.deepEqual(record.lines[0].taxes, []);
        assert.equal(await shop.level(voucher), undefined);
    });
});

describe('paying with gift cards', () => {
    let code, id;
    before(async () => {
        code = newCode();
        id = (await sellCards([[1000, { code }]], 1000)).body.lines[0].gift_card_id;
    });

    test('takes it off; the record names the card by its id only', async () => {
        const { body: record } = await buy(1, [pay(250, code)]);
        assert.deepEqual(record.tenders, [{ type: 'gift_card', amount: 250, gift_card_id: id }]);
        assert.equal((await read(id)).balance, 750);
    });

    test('in a mix, twice, by id, in any spelling', async () => {
        const spelled = ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `;
        const { body: record } = await buy(2, [pay(100, spelled), { type: 'cash', amount: 500 }, pay(50, id)]);
        assert.equal(record.change, 150);
        assert.equal((await read(id)).balance, 600);
    });

    test('more than there is, is refused with what is left; nothing happens', async () => {
        const { body } = await buy(3, [pay(700, code), { type: 'cash', amount: 50 }],
            { expect: 409, code: 'insufficient_balance' });
        assert.match(body.detail, /600/);
        assert.equal(body.errors[0].pointer, '/tenders/0/gift_card');
        assert.equal((await read(id)).balance, 600);
    });

    test('unknown, of a wrong form, missing, frozen', async () => {
        const { body } = await buy(1, [pay(100, 'NOSUCHCARD22'), pay(150, '?')], { expect: 422 });
        assert.deepEqual(body.errors.map(({ pointer, code: fault }) => [pointer, fault]), [
            ['/tenders/0/gift_card', 'gift_card_not_found'],
            ['/tenders/1/gift_card', 'gift_card_not_found'],
        ]);
        await buy(1, [{ type: 'gift_card', amount: 250 }], { expect: 422 });
        await api.gift_cards_freeze({ path: { gift_card_id: id }, body: { reason: 'Lost' }, expect: 200 });
        await buy(1, [pay(250, code)], { expect: 409, code: 'gift_card_frozen' });
        await api.gift_cards_unfreeze({ path: { gift_card_id: id }, body: { reason: 'Found' }, expect: 200 });
        await buy(1, [pay(250, code)]);
    });

    test('a card does not pay for itself, but for another one', async () => {
        const lines = [line(100, { code })];
        await shop.sell([], 100, { lines, tenders: [pay(100, code)] }, { expect: 422 });
        await shop.sell([], 100, { lines: [line(100)], tenders: [pay(100, code)] });
    });

    test('fifty at once spend what there is, and not a cent more', async () => {
        const busy = newCode();
        const { body: sold } = await sellCards([[2500 + 200, { code: busy }]], 2700);
        const answers = await Promise.all(Array.from({ length: 50 }, () => buy(1, [pay(250, busy)], {})));
        const made = answers.filter((answer) => answer.status === 201);
        assert.equal(made.length, 10);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'insufficient_balance'));
        assert.equal((await read(sold.lines[0].gift_card_id)).balance, 200);
        const { body: entries } = await api.gift_cards_entries_list({
            path: { gift_card_id: sold.lines[0].gift_card_id }, query: { limit: 200 }, expect: 200,
        });
        assert.equal(entries.data.length, 11);
        assert.equal(entries.data.reduce((sum, entry) => sum + entry.amount, 0), 200);
    });
});
