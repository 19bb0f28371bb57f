// Refunds and voids: what was paid goes back, by line, tax and tender, in any split and order.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { checkConserved, decimal, sum, units } from '../lib/records.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
let vat20;
let tea;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat20 = await shop.tax('20', true);
    tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat20.id] });
});
after(() => server.stop());

async function sell(products, options = {}) {
    const quote = await shop.quote(products, { expect: 200 });
    return (await shop.sell(products, quote.body.total, options)).body;
}

const refund = async (sale, body = {}, options = { expect: 201 }) =>
    (await api.refunds_create({ path: { transaction_id: sale.id }, body, ...options })).body;
const refundable = async (sale) =>
    (await api.refunds_list({ path: { transaction_id: sale.id }, expect: 200 })).body.refundable;

describe('refunds_create', () => {
    test('gives everything back, and then nothing is left', async () => {
        const product = await shop.product({ price: 212, tax_ids: [vat20.id] });
        await shop.stock([[product, '5']]);
        const sale = await sell([[product, '2', [{ type: 'percent', value: '10', reason: 'Damaged' }]]], { cash: 1000 });
        assert.equal(sale.total, 382);
        assert.equal(await shop.level(product), '3');
        const { body, headers } = await api.refunds_create({ path: { transaction_id: sale.id }, body: {}, expect: 201 });
        assert.equal(headers.get('location'), `/api/v1/transactions/${body.id}`);
        assert.equal(body.type, 'refund');
        assert.equal(body.original_id, sale.id);
        assert.equal(body.sequence, sale.sequence + 1);
        assert.equal(body.prev_hash, sale.hash);
        assert.deepEqual(body.tenders, [{ type: 'cash', amount: 382 }]);
        assert.equal(body.change, 0);
        assert.equal(body.lines[0].original_line, 1);
        assert.equal(body.lines[0].restock, true);
        assert.equal(body.lines[0].discounts[0].reason, 'Damaged');
        checkConserved(sale, [body], { complete: true });
        assert.equal(await shop.level(product), '5');
        const again = await refund(sale, {}, { expect: 409, code: 'refund_exceeds_sale' });
        assert.deepEqual(again.refundable, { lines: [], tenders: [], total: 0 });
        assert.deepEqual(await refundable(sale), { lines: [], tenders: [], total: 0 });
        const read = await api.transactions_read({ path: { transaction_id: body.id }, expect: 200 });
        assert.deepEqual(read.body, body);
    });

    test('2 × 2.12 with 20 % in it and 10 % off: each is half of it', async () => {
        const product = await shop.product({ price: 212, tax_ids: [vat20.id] });
        const sale = await sell([[product, '2', [{ type: 'percent', value: '10' }]]]);
        const lines = [{ line: 1, quantity: '1' }];
        const first = await refund(sale, { lines });
        assert.equal(first.total, 191);
        assert.equal(first.tax_total, 32);
        const second = await refund(sale, { lines });
        checkConserved(sale, [first, second], { complete: true });
    });

    test('2 × 2.12 with 20 % on top and 10 % off', async () => {
        const tax = await shop.tax('20', false);
        const product = await shop.product({ price: 212, tax_ids: [tax.id] });
        const sale = await sell([[product, '2', [{ type: 'percent', value: '10' }]]]);
        assert.equal(sale.total, 458);
        const refunds = [await refund(sale, { lines: [{ line: 1, quantity: '1' }] }), await refund(sale)];
        assert.deepEqual(refunds.map((each) => each.total), [229, 229]);
        checkConserved(sale, refunds, { complete: true });
    });

    test('10 × 23.90 at 25 % off, piece by piece', async () => {
        const product = await shop.product({ price: 2390, tax_ids: [vat20.id] });
        const sale = await sell([[product, '10', [{ type: 'percent', value: '25' }]]]);
        const refunds = [];
        for (let i = 0; i < 10; i += 1) {
            refunds.push(await refund(sale, { lines: [{ line: 1, quantity: '1' }] }));
            assert.equal(refunds[i].lines[0].gross, 2390);
            checkConserved(sale, refunds, { complete: i === 9 });
        }
        assert.equal(sum(refunds.map((each) => each.total)), 17925);
    });

    test('weighed goods come back to the gram and below', async () => {
        const cheese = await shop.product({ price: 2390, unit: 'weighed', tax_ids: [vat20.id] });
        await shop.stock([[cheese, '10']]);
        const sale = await sell([[cheese, '0.76543']]);
        const refunds = [];
        for (const quantity of ['0.00001', '0.5', '0.26541', '0.00001']) {
            refunds.push(await refund(sale, { lines: [{ line: 1, quantity }] }));
        }
        checkConserved(sale, refunds, { complete: true });
        assert.equal(await shop.level(cheese), '10');
    });

    test('the tender that is no cash gets it first, the last of the sale before the others', async () => {
        const tenders = [
            { type: 'card', amount: 100, reference: 'T-1', last_four: '4242', brand: 'visa' },
            { type: 'other', amount: 150, name: 'Voucher' },
            { type: 'cash', amount: 500 },
        ];
        const sale = await sell([[tea, '2']], { tenders });
        assert.equal(sale.change, 250);
        const first = await refund(sale, { lines: [{ line: 1, quantity: '1' }] });
        assert.deepEqual(first.tenders, [
            { type: 'other', amount: 150, name: 'Voucher', original_tender: 2 },
            { type: 'card', amount: 100, reference: 'T-1', last_four: '4242', brand: 'visa', original_tender: 1 },
        ]);
        assert.deepEqual((await refundable(sale)).tenders, [{ type: 'cash', amount: 250 }]);
        const second = await refund(sale, { tenders: 'original' });
        assert.deepEqual(second.tenders, [{ type: 'cash', amount: 250 }]);
        checkConserved(sale, [first, second], { complete: true });
    });

    test('1.38 paid 0.55 by card and the rest in coins of 0.10', async () => {
        const path = { store_id: shop.store.id };
        await api.stores_update({ path, body: { cash_rounding: 10 }, expect: 200 });
        try {
            const product = await shop.product({ price: 69 });
            const tenders = [{ type: 'card', amount: 55 }, { type: 'cash', amount: 80 }];
            const whole = (await shop.sell([[product, '2']], 138, { tenders })).body;
            assert.equal(whole.total, 135);
            assert.equal(whole.rounding, -3);
            const all = await refund(whole);
            assert.deepEqual(all.tenders.map((tender) => tender.amount), [55, 80]);
            checkConserved(whole, [all], { complete: true });
            const halves = (await shop.sell([[product, '2']], 138, { tenders })).body;
            const first = await refund(halves, { lines: [{ line: 1, quantity: '1' }] });
            assert.deepEqual(first.tenders, [{ type: 'card', amount: 55, original_tender: 1 }, { type: 'cash', amount: 10 }]);
            assert.equal(first.rounding, -4);
            assert.deepEqual((await refundable(halves)).tenders, [{ type: 'cash', amount: 70 }]);
            const wrong = await refund(halves, { tenders: [{ type: 'cash', amount: 65 }] }, { expect: 422, code: 'validation_failed' });
            assert.equal(wrong.errors[0].code, 'cash_not_payable');
            const second = await refund(halves);
            assert.deepEqual(second.tenders, [{ type: 'cash', amount: 70 }]);
            checkConserved(halves, [first, second], { complete: true });
        } finally {
            await api.stores_update({ path, body: { cash_rounding: 0 }, expect: 200 });
        }
    });

    test('tenders as the client says, each up to what is left of it', async () => {
        const tenders = [{ type: 'card', amount: 300, last_four: '1111' }, { type: 'cash', amount: 200 }];
        const sale = await sell([[tea, '2']], { tenders });
        const lines = [{ line: 1, quantity: '1' }];
        const first = await refund(sale, {
            lines, tenders: [{ type: 'cash', amount: 200 }, { type: 'card', amount: 50, reference: 'R-9' }],
        });
        assert.deepEqual(first.tenders, [
            { type: 'card', amount: 50, last_four: '1111', reference: 'R-9', original_tender: 1 },
            { type: 'cash', amount: 200 },
        ]);
        const second = await refund(sale, { lines });
        checkConserved(sale, [first, second], { complete: true });
    });

    test('refuses tenders that are not the sale\'s, too large, or that do not add up, each by its pointer', async () => {
        const sale = await sell([[tea, '2']], { tenders: [{ type: 'card', amount: 300, last_four: '1111' }, { type: 'cash', amount: 200 }] });
        const lines = [{ line: 1, quantity: '1' }];
        const faults = async (tenders, options = { expect: 422, code: 'validation_failed' }) =>
            (await refund(sale, { lines, tenders }, options)).errors.map((error) => `${error.pointer} ${error.code}`);
        assert.deepEqual(await faults([{ type: 'customer_account', amount: 50 }, { type: 'cash', amount: 201 }, { type: 'card', amount: 301 }]),
            ['/tenders/0/type tender_not_of_sale', '/tenders/1/amount tender_exceeds_original', '/tenders/2/amount tender_exceeds_original']);
        assert.deepEqual(await faults([{ type: 'card', amount: 250, last_four: '2222' }]), ['/tenders/0/type tender_not_of_sale']);
        assert.deepEqual(await faults([{ type: 'cash', amount: 249 - 50 }], { expect: 422, code: 'tender_insufficient' }), ['/tenders tender_insufficient']);
        assert.deepEqual(await faults([{ type: 'cash', amount: 1 }, { type: 'card', amount: 250 }], { expect: 422, code: 'tender_excess' }), ['/tenders tender_excess']);
        assert.deepEqual(await faults('store_credit'), ['/tenders customer_required']);
        assert.deepEqual(await faults([{ type: 'store_credit', amount: 250 }]), ['/tenders/0/type customer_required']);
        assert.deepEqual(await faults('elsewhere'), ['/tenders pattern']);
        assert.equal((await refundable(sale)).total, 500);
    });

    test('refuses more than is left, and says how much of which line', async () => {
        const sale = await sell([[tea, '2'], [tea, '1']]);
        await refund(sale, { lines: [{ line: 1, quantity: '1' }] });
        const body = await refund(sale, { lines: [{ line: 2, quantity: '1' }, { line: 1, quantity: '2' }] },
            { expect: 409, code: 'refund_exceeds_sale' });
        assert.equal(body.errors[0].pointer, '/lines/1/quantity');
        assert.match(body.detail, /^Line 1: 1 left, 2 asked for/);
        assert.deepEqual(body.refundable.lines, [{ line: 1, quantity: '1', total: 250 }, { line: 2, quantity: '1', total: 250 }]);
        assert.equal(body.refundable.total, 500);
    });

    test('refuses lines that are not the sale\'s, all faults at once', async () => {
        const sale = await sell([[tea, '2']]);
        const lines = [{ line: 2, quantity: '1' }, { line: 1, quantity: '0.5' }, { line: 1, quantity: '0' }, { line: 1, quantity: '1' }, { line: 1, quantity: '1' }];
        const body = await refund(sale, { lines }, { expect: 422, code: 'validation_failed' });
        assert.deepEqual(body.errors.map((error) => `${error.pointer} ${error.code}`), [
            '/lines/0/line line_not_found', '/lines/1/quantity quantity_not_whole', '/lines/2/quantity quantity_out_of_range',
            '/lines/4/line line_twice',
        ]);
        await refund(sale, { lines: [] }, { expect: 422 });
        await refund(sale, { everything: true }, { expect: 422 });
    });

    test('compares with what the customer was told', async () => {
        const sale = await sell([[tea, '2']]);
        const body = await refund(sale, { expected_total: 499 }, { expect: 409, code: 'total_mismatch' });
        assert.equal(body.expected_total, 499);
        assert.equal(body.total, 500);
        await refund(sale, { expected_total: 500 });
    });

    test('what nobody will buy again stays out of the stock', async () => {
        const product = await shop.product({ price: 100 });
        await shop.stock([[product, '5']]);
        const sale = await sell([[product, '3']]);
        const body = await refund(sale, { lines: [{ line: 1, quantity: '1', restock: false }] });
        assert.equal(body.lines[0].restock, false);
        assert.equal(await shop.level(product), '2');
        await refund(sale);
        assert.equal(await shop.level(product), '4');
    });

    test('another register makes it in its own journal', async () => {
        const other = await shop.newRegister();
        const sale = await sell([[tea, '2']]);
        const body = await refund(sale, { register_id: other.id });
        assert.equal(body.register_id, other.id);
        assert.equal(body.sequence, 1);
        assert.ok(body.receipt_number.startsWith(`${other.code}-`));
        const unknown = await refund(sale, { register_id: uuid7() }, { expect: 422 });
        assert.equal(unknown.errors[0].pointer, '/register_id');
    });

    test('a till that is out of step is told where the register is', async () => {
        const sale = await sell([tea]);
        const previous = { sequence: sale.sequence, hash: sale.hash };
        const wrong = { sequence: sale.sequence + 5, hash: sale.hash };
        const body = await refund(sale, { previous: wrong }, { expect: 409, code: 'register_out_of_step' });
        assert.deepEqual(body.last, previous);
        await refund(sale, { previous });
    });

    test('the same id again is a replay, for ever; another request with it is refused', async () => {
        const sale = await sell([[tea, '2']]);
        const body = { id: uuid7(), lines: [{ line: 1, quantity: '2' }] };
        const path = { transaction_id: sale.id };
        const first = await api.refunds_create({ path, body, expect: 201 });
        const again = await api.refunds_create({ path, body, expect: 201 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(again.text, first.text);
        await refund(sale, { ...body, reason: 'Another' }, { expect: 409, code: 'id_taken' });
        const other = await sell([[tea, '2']]);
        await refund(other, body, { expect: 409, code: 'id_taken' });
    });

    test('an Idempotency-Key without an id happens once', async () => {
        const sale = await sell([[tea, '2']]);
        const path = { transaction_id: sale.id };
        const headers = { 'Idempotency-Key': unique('refund') };
        const first = await api.refunds_create({ path, body: {}, headers, expect: 201 });
        const again = await api.refunds_create({ path, body: {}, headers, expect: 201 });
        assert.equal(again.text, first.text);
        await api.refunds_create({ path, body: { reason: 'x' }, headers, expect: 422, code: 'idempotency_key_reused' });
    });

    test('refunds neither what is unknown nor a refund', async () => {
        await refund({ id: uuid7() }, {}, { expect: 404, code: 'transaction_not_found' });
        const sale = await sell([tea]);
        const back = await refund(sale);
        await refund(back, {}, { expect: 409, code: 'refund_not_possible' });
        assert.deepEqual(await refundable(back), { lines: [], tenders: [], total: 0 });
    });

    test('needs its scope, or somebody who approves', async () => {
        const key = async (scopes) => (await api.api_keys_create({ body: { name: unique('key'), scopes }, expect: 201 })).body.key;
        const sale = await sell([[tea, '2']]);
        const path = { transaction_id: sale.id };
        const cashier = api.as(await key(['transactions:create']));
        const body = { lines: [{ line: 1, quantity: '1' }] };
        const refused = await cashier.refunds_create({ path, body, expect: 403, code: 'forbidden' });
        assert.match(refused.body.detail, /transactions:refund/);
        const headers = { 'MyPOS-Approval': await key(['transactions:refund']) };
        const allowed = await cashier.refunds_create({ path, body, headers, expect: 201 });
        assert.equal(allowed.body.allowed_by.kind, 'api_key');
        await cashier.refunds_create({ path, body, headers: { 'MyPOS-Approval': 'nonsense' }, expect: 403 });
    });

    test('50 at once of one line: exactly what was sold comes back', async () => {
        const product = await shop.product({ price: 333, tax_ids: [vat20.id] });
        await shop.stock([[product, '20']]);
        const sale = await sell([[product, '13', [{ type: 'percent', value: '7' }]]]);
        const answers = await Promise.all(Array.from({ length: 50 }, () => api.refunds_create({
            path: { transaction_id: sale.id }, body: { lines: [{ line: 1, quantity: '1' }] },
        })));
        const refunds = answers.filter((answer) => answer.status === 201).map((answer) => answer.body);
        assert.equal(refunds.length, 13);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'refund_exceeds_sale'),
            JSON.stringify(answers.map((answer) => answer.body.code ?? 201)));
        checkConserved(sale, refunds, { complete: true });
        assert.equal(await shop.level(product), '20');
    });

    test('bottles give back exactly their deposit, with the tax on it', async () => {
        const deposit = (await api.taxes_create({ body: { name: unique('Deposit'), kind: 'fixed', amount_per_unit: 25, inclusive: false, position: 1 }, expect: 201 })).body;
        const levy = (await api.taxes_create({ body: { name: unique('Levy'), rate: '8.875', inclusive: false, compound: true, position: 2 }, expect: 201 })).body;
        const water = await shop.product({ price: 99, tax_ids: [deposit.id, levy.id] });
        const sale = await sell([[water, '7', [{ type: 'percent', value: '10' }]]]);
        const refunds = [];
        for (let i = 0; i < 7; i += 1) {
            refunds.push(await refund(sale, { lines: [{ line: 1, quantity: '1' }] }));
            const [line] = refunds[i].lines;
            assert.equal(line.taxes[0].amount, 25);
            assert.equal(line.taxes[1].base, line.gross - line.discount + 25);
        }
        checkConserved(sale, refunds, { complete: true });
    });

    test('50 sales refunded in random portions, order and ways give back exactly what was paid', async () => {
        const random = (below) => Math.floor(Math.random() * below);
        const some = (list) => list.filter(() => random(2) === 1);
        const tax = async (members) => (await api.taxes_create({ body: { name: unique('Tax'), ...members }, expect: 201 })).body;
        const taxes = [
            vat20,
            await tax({ rate: '8.875', inclusive: false }),
            await tax({ kind: 'fixed', amount_per_unit: 25, inclusive: false }),
            await tax({ rate: '9.975', inclusive: false, compound: true, position: 3 }),
            await tax({ kind: 'fixed', amount_per_unit: 7, inclusive: true, position: 4 }),
        ];
        const products = await Promise.all(Array.from({ length: 10 }, (_, i) => shop.product({
            price: 1 + random(3000), unit: i % 2 ? 'weighed' : 'each', tax_ids: some(taxes).map(({ id }) => id),
        })));
        const discounts = () => [{ type: 'percent', value: String(random(40)) }, { type: 'amount', value: String(random(50)) }].slice(random(3));
        const store = (body) => api.stores_update({ path: { store_id: shop.store.id }, body, expect: 200 });
        try {
            for (let round = 0; round < 50; round += 1) {
                if (round % 5 === 0) {
                    await store({
                        tax_rounding: random(2) ? 'line' : 'receipt', rounding_mode: random(2) ? 'half_up' : 'half_even',
                        cash_rounding: [0, 5, 10, 50][random(4)],
                    });
                }
                const lines = Array.from({ length: 1 + random(4) }, () => {
                    const product = products[random(products.length)];
                    const quantity = product.unit === 'weighed' ? decimal(1 + random(300_000)) : String(1 + random(9));
                    return { product_id: product.id, quantity, discounts: discounts(), ...(random(8) ? {} : { tax_exemption: { reason: 'Embassy' } }) };
                });
                const cart = { register_id: shop.register.id, lines, discounts: discounts() };
                const { total } = (await api.quotes_create({ body: cart, expect: 200 })).body;
                const card = random(total + 1);
                const tenders = [{ type: 'card', amount: card }, { type: 'cash', amount: total - card + 100 + random(500) }];
                const sale = (await api.transactions_create({
                    body: { ...cart, id: uuid7(), type: 'sale', tenders, expected_total: total }, expect: 201,
                })).body;
                const refunds = [];
                let { lines: left } = await refundable(sale);
                while (left.length > 0) {
                    const chosen = some(left);
                    const portions = (chosen.length > 0 ? chosen : left.slice(0, 1)).map((line) => {
                        const whole = sale.lines[line.line - 1].unit === 'each' ? 1e5 : 1;
                        const most = units(line.quantity);
                        return { line: line.line, quantity: decimal(random(3) === 0 ? most : (1 + random(most / whole)) * whole) };
                    });
                    refunds.push(await refund(sale, random(8) === 0 ? {} : { lines: portions }));
                    ({ lines: left } = await refundable(sale));
                    checkConserved(sale, refunds, { complete: left.length === 0 });
                }
            }
        } finally {
            await store({ tax_rounding: 'line', rounding_mode: 'half_up', cash_rounding: 0 });
        }
    });
});

describe('refunds_list', () => {
    test('lists refunds page by page, newest first, with what is left', async () => {
        const sale = await sell([[tea, '3']]);
        const path = { transaction_id: sale.id };
        const empty = await api.refunds_list({ path, expect: 200 });
        assert.deepEqual(empty.body, {
            data: [], next_cursor: null,
            refundable: { lines: [{ line: 1, quantity: '3', total: 750 }], tenders: [{ type: 'cash', amount: 750 }], total: 750 },
        });
        const first = await refund(sale, { lines: [{ line: 1, quantity: '1' }] });
        const second = await refund(sale, { lines: [{ line: 1, quantity: '1' }] });
        const page = await api.refunds_list({ path, query: { limit: 1 }, expect: 200 });
        assert.deepEqual(page.body.data, [second]);
        const rest = await api.refunds_list({ path, query: { limit: 1, cursor: page.body.next_cursor }, expect: 200 });
        assert.deepEqual(rest.body.data, [first]);
        assert.equal(rest.body.next_cursor, null);
        assert.equal(rest.body.refundable.total, 250);
        await api.refunds_list({ path: { transaction_id: uuid7() }, expect: 404 });
        await api.refunds_list({ path, query: { cursor: 'x' }, expect: 422 });
    });
});

describe('transactions_void', () => {
    const undo = async (sale, body = { reason: 'Mistake' }, options = { expect: 201 }) =>
        (await api.transactions_void({ path: { transaction_id: sale.id }, body, ...options })).body;

    test('undoes the whole sale, tips too', async () => {
        const product = await shop.product({ price: 500, tax_ids: [vat20.id] });
        await shop.stock([[product, '2']]);
        const sale = await sell([[product, '2']], {
            tenders: [{ type: 'card', amount: 400, tip: 60, last_four: '4242' }, { type: 'cash', amount: 1000, tip: 40 }],
        });
        assert.equal(sale.tip_total, 100);
        const body = await undo(sale);
        assert.equal(body.type, 'void');
        assert.equal(body.reason, 'Mistake');
        assert.equal(body.tip_total, 100);
        assert.deepEqual(body.tenders, [
            { type: 'card', amount: 400, tip: 60, last_four: '4242', original_tender: 1 },
            { type: 'cash', amount: 600, tip: 40 },
        ]);
        checkConserved(sale, [body], { complete: true });
        assert.equal(await shop.level(product), '2');
        await undo(sale, { reason: 'Again' }, { expect: 409, code: 'transaction_voided' });
        await refund(sale, {}, { expect: 409, code: 'transaction_voided' });
        assert.deepEqual(await refundable(sale), { lines: [], tenders: [], total: 0 });
    });

    test('is not possible once something was refunded', async () => {
        const sale = await sell([[tea, '2']]);
        await refund(sale, { lines: [{ line: 1, quantity: '1' }] });
        await undo(sale, { reason: 'Late' }, { expect: 409, code: 'void_not_possible' });
        await refund(sale);
        await undo(sale, { reason: 'Later' }, { expect: 409, code: 'void_not_possible' });
    });

    test('is of sales only, needs a reason and its scope', async () => {
        const sale = await sell([tea]);
        await undo(sale, {}, { expect: 422 });
        const key = (await api.api_keys_create({ body: { name: unique('key'), scopes: ['transactions:create', 'transactions:refund'] }, expect: 201 })).body.key;
        await api.as(key).transactions_void({ path: { transaction_id: sale.id }, body: { reason: 'x' }, expect: 403 });
        const back = await refund(sale);
        await undo(back, { reason: 'x' }, { expect: 409, code: 'refund_not_possible' });
        await undo({ id: uuid7() }, { reason: 'x' }, { expect: 404 });
    });

    test('twice at once happens once; a retry is a replay', async () => {
        const sale = await sell([[tea, '2']]);
        const path = { transaction_id: sale.id };
        const body = { id: uuid7(), reason: 'Twice' };
        const same = await Promise.all(Array.from({ length: 8 }, () => api.transactions_void({ path, body, expect: 201 })));
        assert.equal(new Set(same.map((answer) => answer.text)).size, 1);
        const other = await sell([[tea, '2']]);
        const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2
            ? api.transactions_void({ path: { transaction_id: other.id }, body: { reason: 'Race' } })
            : api.refunds_create({ path: { transaction_id: other.id }, body: {} }))));
        assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
        assert.ok(answers.every((answer) => answer.status < 500));
    });
});
