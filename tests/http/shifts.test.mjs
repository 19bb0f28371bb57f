// Shifts: open, move cash, X report, blind close, Z report. What a report says is summed anew here, from the
// records and the movements, by other code.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

let server;
let api;
let shop;
let tea;
let jam;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    const vat = await shop.tax('20', true);
    const levy = await shop.tax('8.875', false);
    tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat.id] });
    jam = await shop.product({ name: 'Jam', price: 333, tax_ids: [levy.id, vat.id] });
});
after(() => server.stop());

const key = async (scopes) => (await api.api_keys_create({ body: { name: unique(), scopes }, expect: 201 })).body.key;

function open(register, members = {}, options = { expect: 201 }) {
    const body = { register_id: register.id, opening_float: { total: 10_000 }, ...members };
    return api.shifts_open({ body, ...options });
}

const read = async (shift, client = api) =>
    (await client.shifts_read({ path: { shift_id: shift.id }, expect: 200 })).body;

function move(shift, type, amount, members = {}, options = { expect: 201 }) {
    const body = { type, reason: 'Because', ...(amount === undefined ? {} : { amount }), ...members };
    return api.shift_movements_create({ path: { shift_id: shift.id }, body, ...options });
}

function close(shift, counted, members = {}, options = { expect: 200 }) {
    const body = { counted: typeof counted === 'number' ? { total: counted } : counted, ...members };
    return api.shifts_close({ path: { shift_id: shift.id }, body, ...options });
}

async function sell(register, products, members = {}, options = { expect: 201 }) {
    const quote = await api.quotes_create({ body: { register_id: register.id, lines: shop.lines(products) }, expect: 200 });
    return shop.sell(products, quote.body.total, { register, ...members }, options);
}

/** What a report must say, from the shift's records and movements. */
async function independently(shift) {
    const records = (await api.all('transactions_list', { shift_id: shift.id, limit: 200 }))
        .filter((record) => !record.flags?.includes('closed_shift'));
    const movements = await allMovements(shift);
    const of = (type) => records.filter((record) => record.type === type);
    const total = (list, value) => list.reduce((sum, each) => sum + value(each), 0);
    const sign = (record) => (record.type === 'sale' ? 1 : -1);
    const amount = (list) => ({ count: list.length, total: total(list, (record) => record.total) });
    const moved = (type) => {
        const list = movements.filter((movement) => movement.type === type);
        return { count: list.length, total: total(list, (movement) => movement.amount) };
    };
    const cashOf = (record) => total(record.tenders.filter((tender) => tender.type === 'cash'), (tender) => tender.amount) - record.change;
    const tipsOf = (record, cash) => total(record.tenders.filter((tender) => !cash || tender.type === 'cash'), (tender) => tender.tip ?? 0);
    const tenders = new Map();
    for (const record of records) {
        for (const tender of record.tenders) {
            const entry = tenders.get(tender.type) ?? { type: tender.type, count: 0, received: 0, returned: 0, tips: 0 };
            tenders.set(tender.type, entry);
            entry.count += 1;
            entry[record.type === 'sale' ? 'received' : 'returned'] += tender.amount;
            entry.tips += sign(record) * (tender.tip ?? 0);
        }
        if (record.change > 0) {
            tenders.get('cash').received -= record.change;
        }
    }
    const taxes = new Map();
    for (const record of records) {
        for (const tax of record.lines.flatMap((line) => line.taxes)) {
            const entry = taxes.get(tax.tax_id) ?? { tax_id: tax.tax_id, base: 0, amount: 0 };
            taxes.set(tax.tax_id, entry);
            entry.base += sign(record) * tax.base;
            entry.amount += sign(record) * tax.amount;
        }
    }
    const cash = {
        opening_float: shift.opening_float.total,
        received: total(of('sale'), cashOf),
        returned: total(records.filter((record) => record.type !== 'sale'), cashOf),
        tips: total(records, (record) => sign(record) * tipsOf(record, true)),
        paid_in: moved('pay_in').total,
        paid_out: moved('pay_out').total,
        dropped: moved('drop').total,
    };
    return {
        transactions: records.length,
        sales: amount(of('sale')),
        refunds: amount(of('refund')),
        voids: amount(of('void')),
        net_total: total(records, (record) => sign(record) * record.total),
        discount_total: total(records, (record) => sign(record) * record.discount_total),
        tax_total: total(records, (record) => sign(record) * record.tax_total),
        rounding: total(records, (record) => sign(record) * record.rounding),
        tip_total: total(records, (record) => sign(record) * tipsOf(record, false)),
        movements: { pay_in: moved('pay_in'), pay_out: moved('pay_out'), drop: moved('drop'), no_sale: moved('no_sale') },
        tenders: [...tenders.values()].map((entry) => ({ ...entry, total: entry.received - entry.returned })),
        taxes: [...taxes.values()],
        cash,
        expected: cash.opening_float + cash.received - cash.returned + cash.tips + cash.paid_in - cash.paid_out - cash.dropped,
        sequences: records.map((record) => record.sequence).sort((a, b) => a - b),
    };
}

async function allMovements(shift) {
    const entries = [];
    let cursor;
    do {
        const { body } = await api.shift_movements_list({ path: { shift_id: shift.id }, query: { limit: 3, cursor }, expect: 200 });
        entries.push(...body.data);
        cursor = body.next_cursor ?? undefined;
    } while (cursor);
    return entries;
}

/** The report equals the independent sums, and its parts add up. */
async function checkReport(shift, report, tipsPaidOut = 0) {
    const sums = await independently(shift);
    for (const name of ['transactions', 'sales', 'refunds', 'voids', 'net_total', 'discount_total', 'tax_total', 'rounding',
        'tip_total', 'movements']) {
        assert.deepEqual(report[name], sums[name], name);
    }
    const byType = (a, b) => a.type.localeCompare(b.type);
    assert.deepEqual([...report.tenders].sort(byType), sums.tenders.sort(byType));
    for (const tax of sums.taxes) {
        const { base, amount } = report.taxes.find((entry) => entry.tax_id === tax.tax_id);
        assert.deepEqual({ base, amount }, { base: tax.base, amount: tax.amount });
    }
    assert.equal(report.taxes.length, sums.taxes.length);
    assert.deepEqual(report.cash, { ...sums.cash, tips_paid_out: tipsPaidOut, expected: sums.expected - tipsPaidOut });
    const parts = (list, member) => list.reduce((sum, entry) => sum + entry[member], 0);
    assert.equal(parts(report.tenders, 'total'), report.net_total);
    assert.equal(parts(report.taxes, 'amount'), report.tax_total);
    assert.equal(parts(report.discounts, 'amount'), report.discount_total);
    assert.equal(parts(report.hours, 'total'), report.net_total);
    assert.equal(parts(report.hours, 'transactions'), report.transactions);
    assert.equal(parts(report.cashiers, 'total'), report.net_total);
    if (sums.sequences.length > 0) {
        assert.ok(report.first_receipt.endsWith(String(sums.sequences[0]).padStart(6, '0')));
        assert.ok(report.last_receipt.endsWith(String(sums.sequences.at(-1)).padStart(6, '0')));
    }
    return sums;
}

describe('shifts_open', () => {
    test('opens with a float by denomination, and once a register', async () => {
        const register = await shop.newRegister();
        const denominations = [{ value: 5000, count: 1 }, { value: 200, count: 10 }, { value: 1, count: 7 }];
        const { body, headers } = await open(register, { opening_float: { denominations }, note: 'Early' });
        assert.equal(body.state, 'open');
        assert.equal(body.number, 1);
        assert.deepEqual(body.opening_float, { total: 7007, denominations });
        assert.equal(body.opened_by.name, 'Administrator');
        assert.equal(body.note, 'Early');
        assert.equal(body.store_id, shop.store.id);
        assert.equal(body.currency, 'EUR');
        assert.equal(headers.get('location'), `/api/v1/shifts/${body.id}`);
        const refused = await open(register, {}, { expect: 409, code: 'shift_open' });
        assert.equal(refused.body.shift_id, body.id);
    });

    test('happens once by its id and by its key', async () => {
        const register = await shop.newRegister();
        const id = uuid7();
        const first = await open(register, { id });
        const again = await open(register, { id });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(again.body.opened_at, first.body.opened_at);
        await open(register, { id, opening_float: { total: 1 } }, { expect: 409, code: 'id_taken' });
        await close(first.body, 10_000);
        const headers = { 'Idempotency-Key': unique('open') };
        const keyed = await open(register, {}, { headers, expect: 201 });
        const keyedAgain = await open(register, {}, { headers, expect: 201 });
        assert.deepEqual(keyedAgain.body, keyed.body);
        assert.equal(keyedAgain.headers.get('location'), keyed.headers.get('location'));
        assert.equal(keyed.body.number, 2);
        await open(register, { note: 'x' }, { headers, expect: 422, code: 'idempotency_key_reused' });
        assert.equal((await open(register, { id })).body.state, 'closed');
    });

    test('50 at once open one', async () => {
        const register = await shop.newRegister();
        const answers = await Promise.all(Array.from({ length: 50 }, () => open(register, {}, {})));
        assert.equal(answers.filter(({ status }) => status === 201).length, 1);
        const opened = answers.find(({ status }) => status === 201).body;
        for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
            assert.equal(status, 409);
            assert.equal(body.code, 'shift_open');
            assert.equal(body.shift_id, opened.id);
        }
    });

    test('refuses what is wrong, all faults at once', async () => {
        const faults = async (register, opening_float) => {
            const { body } = await open(register, { opening_float }, { expect: 422 });
            return body.errors.map((error) => `${error.pointer} ${error.code}`);
        };
        const denominations = [{ value: 100, count: 2 }, { value: 100, count: 1 }];
        assert.deepEqual(await faults({ id: uuid7() }, { denominations, total: 200 }), [
            '/opening_float/denominations/1/value repeated', '/opening_float/total sum_differs', '/register_id register_not_found',
        ]);
        assert.deepEqual(await faults(shop.register, {}), ['/opening_float min_properties']);
        assert.deepEqual(await faults(shop.register, { total: -1 }), ['/opening_float/total minimum']);
        const gone = await shop.newRegister();
        await api.registers_update({ path: { register_id: gone.id }, body: { archived: true }, expect: 200 });
        assert.deepEqual(await faults(gone, { total: 0 }), ['/register_id archived']);
    });
});

describe('shift_movements_create', () => {
    test('moves cash with a reason, once, and only in an open shift', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        const id = uuid7();
        const first = await move(shift, 'pay_out', 2500, { id, reason: 'Window cleaner' });
        assert.equal(first.body.amount, 2500);
        assert.equal(first.body.reason, 'Window cleaner');
        assert.equal(first.body.by.name, 'Administrator');
        const again = await move(shift, 'pay_out', 2500, { id, reason: 'Window cleaner' });
        assert.deepEqual(again.body, first.body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await move(shift, 'pay_out', 2501, { id }, { expect: 409, code: 'id_taken' });
        await move(shift, 'pay_in', 100);
        await move(shift, 'drop', 5000);
        await move(shift, 'no_sale');
        assert.equal((await move(shift, 'no_sale', 0)).body.amount, 0);
        assert.deepEqual((await allMovements(shift)).map((movement) => movement.type),
            ['no_sale', 'no_sale', 'drop', 'pay_in', 'pay_out']);
        const { report } = await read(shift);
        await checkReport(shift, report);
        assert.equal(report.cash.expected, 10_000 - 2500 + 100 - 5000);
        const pointers = async (...args) => (await move(shift, ...args, { expect: 422 })).body.errors.map((error) => error.pointer);
        assert.deepEqual(await pointers('pay_in', undefined, {}), ['/amount']);
        assert.deepEqual(await pointers('pay_in', 0, {}), ['/amount']);
        assert.deepEqual(await pointers('no_sale', 1, {}), ['/amount']);
        assert.deepEqual(await pointers('tip', 1, { reason: '' }), ['/type', '/reason']);
        await close(shift, 2600);
        await move(shift, 'pay_in', 1, {}, { expect: 409, code: 'shift_closed' });
        assert.deepEqual((await move(shift, 'pay_out', 2500, { id, reason: 'Window cleaner' })).body, first.body);
        await move({ id: uuid7() }, 'pay_in', 1, {}, { expect: 404, code: 'shift_not_found' });
        await api.shift_movements_list({ path: { shift_id: uuid7() }, expect: 404, code: 'shift_not_found' });
    });
});

describe('shifts_read', () => {
    test('sums what was sold, as an independent sum does', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        assert.equal((await read(shift)).report.transactions, 0);
        const sale = (await sell(register, [[tea, '2'], [jam, '3', [{ type: 'percent', value: '10', reason: 'Dented' }]]], { cash: 2000 })).body;
        assert.equal(sale.shift_id, shift.id);
        await sell(register, [tea], { shift_id: shift.id });
        await sell(register, [[jam, '7']], { tenders: [{ type: 'card', amount: 2000, tip: 150 }, { type: 'cash', amount: 2000, tip: 50 }] });
        await move(shift, 'pay_in', 4000);
        const x = await read(shift);
        assert.equal(x.transactions, 3);
        assert.deepEqual(x.report.discounts.map(({ source, name, count }) => [source, name, count]), [['line', 'Dented', 1]]);
        assert.equal(x.report.tip_total, 200);
        assert.equal(x.report.cash.tips, 50);
        await checkReport(shift, x.report);
        assert.equal(x.z_report, undefined);
    });

    test('counts refunds and voids against sales, by tender, tax and hour', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        const cashSale = (await sell(register, [[tea, '4'], [jam, '2']], { cash: 5000 })).body;
        const mixed = (await sell(register, [[jam, '5']], { tenders: [{ type: 'card', amount: 700, tip: 90 }, { type: 'cash', amount: 2000, tip: 30 }] })).body;
        const doomed = (await sell(register, [[tea, '2', [{ type: 'amount', value: '77', reason: 'Torn' }]]], { tenders: [{ type: 'cash', amount: 423, tip: 27 }] })).body;
        const path = (sale) => ({ transaction_id: sale.id });
        await api.refunds_create({ path: path(cashSale), body: { lines: [{ line: 1, quantity: '3' }], reason: 'Too small' }, expect: 201 });
        await api.refunds_create({ path: path(mixed), body: {}, expect: 201 });
        await api.transactions_void({ path: path(doomed), body: { reason: 'Mistyped' }, expect: 201 });
        const { report } = await read(shift);
        assert.deepEqual([report.sales.count, report.refunds.count, report.voids.count], [3, 2, 1]);
        assert.equal(report.cash.tips, 30);
        await checkReport(shift, report);
        await sell(register, [tea]);
        const { z_report: z } = (await close(shift, 10_000)).body;
        const sums = await checkReport(shift, z);
        assert.equal(z.over_short, 10_000 - sums.expected);
        await api.refunds_create({ path: path(cashSale), body: { lines: [{ line: 1, quantity: '1' }] }, expect: 201 });
        assert.deepEqual((await read(shift)).z_report, z);
    });

    test('hides what should be in the drawer from who must count it blind', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        await sell(register, [tea]);
        const till = api.as(await key(['shifts:read', 'shifts:write']));
        const seen = (await read(shift, till)).report;
        assert.equal(seen.sales.total, 250);
        assert.equal(seen.cash, undefined);
        assert.equal(seen.tenders, undefined);
        const path = { shift_id: shift.id };
        const slip = (await till.shifts_report({ path, expect: 200 })).text;
        assert.doesNotMatch(slip, /102\.50/);
        const manager = api.as(await key(['shifts:read', 'reports:read']));
        assert.equal((await read(shift, manager)).report.cash.expected, 10_250);
        await manager.shifts_close({ path, body: { counted: { total: 0 } }, expect: 403 });
        const closed = await till.shifts_close({ path, body: { counted: { total: 10_240 } }, expect: 200 });
        assert.equal(closed.body.z_report.over_short, -10);
        assert.equal((await read(shift, till)).z_report.cash.expected, 10_250);
        await api.as(await key(['shifts:write'])).shifts_read({ path, expect: 403 });
    });

    test('of an unknown shift is 404', async () => {
        const path = { shift_id: uuid7() };
        await api.shifts_read({ path, expect: 404, code: 'shift_not_found' });
        await api.shifts_report({ path, expect: 404, code: 'shift_not_found' });
        await api.shifts_close({ path, body: { counted: { total: 0 } }, expect: 404, code: 'shift_not_found' });
    });
});

describe('shifts_close', () => {
    test('writes a Z report that never changes, and no shift opens again', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        await sell(register, [[tea, '3'], jam], { cash: 5000 });
        await sell(register, [tea], { tenders: [{ type: 'card', amount: 250, tip: 40 }] });
        await move(shift, 'drop', 1000);
        const denominations = [{ value: 1000, count: 10 }, { value: 1, count: 73 }];
        const { body } = await close(shift, { denominations }, { tips_paid_out: 40, note: 'All well' });
        assert.equal(body.state, 'closed');
        assert.equal(body.closed_by.name, 'Administrator');
        assert.equal(body.closing_note, 'All well');
        assert.deepEqual(body.counted, { total: 10_073, denominations });
        const z = body.z_report;
        assert.equal(z.number, 1);
        assert.equal(z.closed_at, body.closed_at);
        assert.equal(z.counted_cash, 10_073);
        assert.equal(z.expected_cash, z.cash.expected);
        assert.equal(z.over_short, z.counted_cash - z.expected_cash);
        await checkReport(shift, z, 40);
        assert.equal(body.late, undefined);
        assert.deepEqual(await read(shift), body);
        const again = await close(shift, { denominations }, { tips_paid_out: 40, note: 'All well' });
        assert.deepEqual(again.body, body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await close(shift, 10_073, {}, { expect: 409, code: 'shift_closed' });
        await sell(register, [tea], { shift_id: shift.id }, { expect: 409, code: 'shift_closed' });
        const after = await sell(register, [tea]);
        assert.equal(after.body.shift_id, undefined);
        await server.restart();
        api = await server.admin();
        shop.api = api;
        assert.deepEqual(await read(shift), body);
    });

    test('numbers Z reports without gaps, each register for itself', async () => {
        const registers = [await shop.newRegister(), await shop.newRegister()];
        for (let number = 1; number <= 12; number += 1) {
            for (const register of registers) {
                const shift = (await open(register)).body;
                assert.equal(shift.number, number);
                assert.equal((await close(shift, 10_000)).body.z_report.number, number);
            }
        }
        const listed = await api.all('shifts_list', { register_id: registers[0].id, limit: 5 });
        assert.deepEqual(listed.map((shift) => shift.z_report.number), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    });

    test('50 at once close it once; the same count is the same answer, another is refused', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        await sell(register, [tea]);
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => close(shift, 10_250 + (i % 2), {}, {})));
        const closed = answers.filter(({ status }) => status === 200);
        assert.equal(closed.length, 25);
        closed.forEach(({ body }) => assert.deepEqual(body, closed[0].body));
        answers.filter(({ status }) => status !== 200).forEach(({ body }) => assert.equal(body.code, 'shift_closed'));
    });

    test('keys: the same answer again; another body is refused', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        const headers = { 'Idempotency-Key': unique('close') };
        const first = await close(shift, 1, {}, { headers, expect: 200 });
        const again = await close(shift, 1, {}, { headers, expect: 200 });
        assert.deepEqual(again.body, first.body);
        await close(shift, 2, {}, { headers, expect: 422, code: 'idempotency_key_reused' });
    });

    test('is exact to the cent while tills go on selling', async () => {
        const register = await shop.newRegister();
        const shifts = [];
        const TILLS = 6;
        let selling = true;
        let sold = 0;
        const till = async () => {
            while (selling) {
                const { body } = await shop.sell([[tea, '2']], 500, { register, cash: 1000 });
                sold += 1;
                assert.equal(body.total, 500);
            }
        };
        const drawer = async () => {
            for (let i = 0; i < 6; i += 1) {
                const shift = (await open(register)).body;
                shifts.push(shift);
                // Each till may have had one under way; the next one began in this shift.
                const enough = sold + TILLS + 1;
                await until(() => sold, (count) => count >= enough);
                await move(shift, i % 2 ? 'pay_in' : 'drop', 123);
                await close(shift, 10_000);
            }
            selling = false;
        };
        await Promise.all([...Array.from({ length: TILLS }, till), drawer()]);
        let inShifts = 0;
        for (const shift of shifts) {
            const { z_report: z, transactions } = await read(shift);
            const sums = await checkReport(shift, z);
            assert.equal(transactions, sums.transactions);
            assert.equal(z.expected_cash, sums.expected);
            inShifts += sums.transactions;
        }
        const all = await api.all('transactions_list', { register_id: register.id, limit: 200 });
        assert.equal(all.length, sold);
        assert.equal(all.filter((record) => record.shift_id !== undefined).length, inShifts);
        assert.ok(inShifts > 0);
    });
});

describe('sales that a till made offline', () => {
    const wait = () => new Promise((resolve) => { setTimeout(resolve, 5); });

    async function sendOffline(register, products, captured_at, members = {}) {
        const { body: quote } = await api.quotes_create({
            body: { register_id: register.id, lines: shop.lines(products) }, expect: 200,
        });
        const { lines, subtotal, discount_total, tax_total, tax_included, rounding, total } = quote;
        const captured = { lines, subtotal, discount_total, tax_total, tax_included, rounding, total };
        return (await shop.sell(products, total, { register, offline: { captured_at, quote: captured }, ...members })).body;
    }

    test('belong to the shift in which they happened; a closed one counts them as late, its Z report stays', async () => {
        const register = await shop.newRegister();
        const before = new Date().toISOString();
        await wait();
        const first = (await open(register)).body;
        await sell(register, [tea]);
        await wait();
        const during = new Date().toISOString();
        await wait();
        const early = await sendOffline(register, [tea], during, { cash: 300 });
        assert.equal(early.shift_id, first.id);
        assert.equal(early.flags, undefined);
        const closed = (await close(first, 10_500)).body;
        assert.equal(closed.z_report.over_short, 0);
        await wait();
        const second = (await open(register)).body;

        const late = await sendOffline(register, [[tea, '3']], during, { cash: 1000 });
        assert.equal(late.shift_id, first.id);
        assert.deepEqual(late.flags, ['closed_shift']);
        const named = await sendOffline(register, [tea], before, {
            shift_id: first.id, tenders: [{ type: 'card', amount: 200 }, { type: 'cash', amount: 50, tip: 20 }],
        });
        assert.deepEqual(named.flags, ['closed_shift']);
        assert.equal((await sendOffline(register, [tea], new Date().toISOString())).shift_id, second.id);
        assert.equal((await sendOffline(register, [tea], before)).shift_id, undefined);
        const unknown = await sendOffline(register, [tea], before, { shift_id: uuid7() });
        assert.equal(unknown.shift_id, undefined);
        assert.deepEqual(unknown.flags, ['unknown_shift']);

        const after = await read(first);
        assert.deepEqual(after.z_report, closed.z_report);
        assert.deepEqual(after.late, { transactions: 2, sales: 1000, refunds: 0, cash: 820 });
        assert.equal(after.transactions, 2);
        await checkReport(first, after.z_report);
        const { text } = await api.shifts_report({ path: { shift_id: first.id }, expect: 200 });
        assert.match(text, /Sales that came later \(2\) +10\.00/);
        assert.equal((await read(second)).report.transactions, 1);
        const flagged = await api.all('transactions_list', { register_id: register.id, flagged: true });
        assert.deepEqual(new Set(flagged.map((record) => record.id)), new Set([late.id, named.id, unknown.id]));
    });

    test('are never lost while the shift is being closed', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        await wait();
        const at = new Date().toISOString();
        const [records] = await Promise.all([
            Promise.all(Array.from({ length: 24 }, () => sendOffline(register, [tea], at))),
            wait().then(wait).then(() => close(shift, 10_000)),
        ]);
        const { z_report: z, late } = await read(shift);
        const flagged = records.filter((record) => record.flags?.includes('closed_shift'));
        assert.ok(records.every((record) => record.shift_id === shift.id));
        assert.equal(z.transactions, records.length - flagged.length);
        assert.equal(late?.transactions ?? 0, flagged.length);
        assert.equal(z.sales.total + (late?.sales ?? 0), records.length * 250);
        await checkReport(shift, z);
    });
});

describe('shifts_list', () => {
    test('filters by register, store and state', async () => {
        const register = await shop.newRegister();
        const first = (await open(register)).body;
        await close(first, 0);
        const second = (await open(register)).body;
        const list = async (query) => (await api.shifts_list({ query, expect: 200 })).body.data.map((shift) => shift.id);
        assert.deepEqual(await list({ register_id: register.id }), [second.id, first.id]);
        assert.deepEqual(await list({ register_id: register.id, state: 'open' }), [second.id]);
        assert.deepEqual(await list({ register_id: register.id, state: 'closed', store_id: shop.store.id }), [first.id]);
        assert.ok((await list({ store_id: shop.store.id, limit: 200 })).includes(first.id));
        assert.deepEqual(await list({ store_id: uuid7() }), []);
        assert.deepEqual(await list({ register_id: uuid7() }), []);
        await api.shifts_list({ query: { cursor: 'x' }, expect: 422 });
    });
});

describe('shifts_report', () => {
    test('prints an X and a Z report in the columns of the printer', async () => {
        const register = await shop.newRegister();
        const shift = (await open(register)).body;
        await sell(register, [[tea, '2']], { cash: 1000 });
        const path = { shift_id: shift.id };
        const x = await api.shifts_report({ path, query: { format: 'text' }, expect: 200 });
        assert.match(x.headers.get('content-type'), /^text\/plain/);
        assert.match(x.text, new RegExp(`X report ${register.code}-1`));
        assert.match(x.text, /Expected +105\.00/);
        await close(shift, 10_400);
        for (const columns of [32, 42, 48]) {
            const { text } = await api.shifts_report({ path, query: { columns }, expect: 200 });
            assert.match(text, new RegExp(`Z report ${register.code}-1`));
            assert.match(text, /Over\/short +-1\.00/);
            assert.ok(text.split('\n').every((line) => [...line].length <= columns), text);
        }
        await api.shifts_report({ path, query: { columns: 40 }, expect: 422 });
    });

    test('speaks the language of the store\'s receipts', async () => {
        const body = { code: 'DE-1', name: 'Laden', currency: 'EUR', time_zone: 'Europe/Berlin', receipt_language: 'de' };
        const store = (await api.stores_create({ body, expect: 201 })).body;
        const register = (await api.registers_create({ body: { store_id: store.id, code: 'DE1', name: 'Kasse' }, expect: 201 })).body;
        const shift = (await open(register)).body;
        const { text } = await api.shifts_report({ path: { shift_id: shift.id }, expect: 200 });
        assert.match(text, /X-Bericht DE1-1/);
        assert.match(text, /Soll +100,00/);
    });
});

describe('a store whose shifts are required', () => {
    test('sells in shifts only', async () => {
        const body = { code: 'STRICT', name: 'Strict', currency: 'EUR', time_zone: 'Europe/Vienna', shift_policy: 'required' };
        const store = (await api.stores_create({ body, expect: 201 })).body;
        const register = (await api.registers_create({ body: { store_id: store.id, code: 'ST1', name: 'One' }, expect: 201 })).body;
        await shop.sell([tea], 250, { register }, { expect: 409, code: 'shift_required' });
        const shift = (await open(register)).body;
        assert.equal((await shop.sell([tea], 250, { register })).body.shift_id, shift.id);
        await close(shift, 10_250);
        await shop.sell([tea], 250, { register }, { expect: 409, code: 'shift_required' });
        const foreign = (await open(await shop.newRegister())).body;
        const refused = await shop.sell([tea], 250, { register, shift_id: foreign.id }, { expect: 422 });
        assert.equal(refused.body.errors[0].pointer, '/shift_id');
    });
});
