// Quotes and sales: the server prices, takes cash, numbers and journals.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, businessDay, canonical, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
let tea;
let vat20;
let sales;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat20 = await shop.tax('20', true);
    sales = await shop.tax('8.875', false);
    tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat20.id] });
});
after(() => server.stop());

/** What holds of every quote and record. */
function checkSums(quote) {
    const sum = (values) => values.reduce((total, value) => total + value, 0);
    const taxes = quote.lines.flatMap((line) => line.taxes);
    assert.equal(quote.subtotal, sum(quote.lines.map((line) => line.gross)));
    assert.equal(quote.discount_total, sum(quote.lines.map((line) => line.discount)));
    assert.equal(quote.tax_total, sum(taxes.map((tax) => tax.amount)));
    assert.equal(quote.tax_included, sum(taxes.filter((tax) => tax.inclusive).map((tax) => tax.amount)));
    assert.equal(quote.total, sum(quote.lines.map((line) => line.total)) + quote.rounding);
    assert.equal(quote.total,
        quote.subtotal - quote.discount_total + quote.tax_total - quote.tax_included + quote.rounding);
}

describe('quotes_create', () => {
    test('prices a line with an inclusive tax and a discount, and explains each step', async () => {
        const discount = [{ type: 'percent', value: '10', reason: 'Regular' }];
        const { body } = await shop.quote([[tea, '2', discount]], { expect: 200 });
        checkSums(body);
        assert.equal(body.currency, 'EUR');
        assert.deepEqual(body.lines[0], {
            line: 1, product_id: tea.id, sku: tea.sku, name: 'Tea', unit: 'each', quantity: '2', unit_price: 250,
            gross: 500, discount: 50,
            discounts: [{ amount: 50, source: 'line', type: 'percent', value: '10', reason: 'Regular' }], total: 450,
            taxes: [{ tax_id: vat20.id, name: vat20.name, rate: '20', inclusive: true, base: 375, amount: 75 }],
        });
        assert.equal(body.total, 450);
        assert.equal(body.tax_included, 75);
        assert.deepEqual(body.trace.map((step) => step.step), body.trace.map((_, i) => i + 1));
        const tax = body.trace.find((step) => step.rule.startsWith('tax:'));
        assert.equal(tax.line, 1);
        assert.equal(tax.rounded, 75);
        assert.equal(tax.exact, '75');
        assert.equal(tax.rounding, 'none');
        assert.ok(body.trace.some((step) => step.rule.includes('discount')));
    });

    test('adds an exclusive tax, rounded half up', async () => {
        const product = await shop.product({ price: 999, tax_ids: [sales.id] });
        const { body } = await shop.quote([[product, '3']], { expect: 200 });
        checkSums(body);
        assert.equal(body.lines[0].taxes[0].base, 2997);
        assert.equal(body.lines[0].taxes[0].amount, 266); // 265.98…
        const tax = body.trace.find((step) => step.rule.startsWith('tax:'));
        assert.equal(tax.rounding, 'half_up');
        assert.match(tax.exact, /^265[.]98/);
        assert.equal(body.total, 3263);
    });

    test('splits several inclusive taxes without losing a cent', async () => {
        const taxes = [await shop.tax('5'), await shop.tax('9.975'), await shop.tax('1.1')];
        const product = await shop.product({ price: 777, tax_ids: taxes.map((tax) => tax.id) });
        for (const quantity of ['1', '2', '7', '13']) {
            const { body } = await shop.quote([[product, quantity]], { expect: 200 });
            checkSums(body);
            const [line] = body.lines;
            const amounts = line.taxes.reduce((sum, tax) => sum + tax.amount, 0);
            assert.ok(line.taxes.every((tax) => tax.base === line.total - amounts));
        }
    });

    test('takes 0.125 kg of cheese', async () => {
        const cheese = await shop.product({ name: 'Cheese', price: 1990, unit: 'weighed', tax_ids: [vat20.id] });
        const { body } = await shop.quote([[cheese, '0.125']], { expect: 200 });
        checkSums(body);
        assert.equal(body.lines[0].gross, 249); // 248.75
        assert.equal(body.lines[0].quantity, '0.125');
        assert.equal(body.lines[0].unit, 'weighed');
    });

    test('an amount discount, several in order, and never below nothing', async () => {
        const { body } = await shop.quote([[tea, '2', [{ type: 'amount', value: '100' }, { type: 'percent', value: '50' }]]],
            { expect: 200 });
        assert.equal(body.lines[0].discount, 300);
        const all = await shop.quote([[tea, '1', [{ type: 'amount', value: '9999' }]]], { expect: 200 });
        assert.equal(all.body.lines[0].discount, 250);
        assert.equal(all.body.total, 0);
        checkSums(all.body);
    });

    test('refuses what cannot be sold, each line by its pointer', async () => {
        const archived = await shop.product();
        await api.products_update({ path: { product_id: archived.id }, body: { archived: true }, expect: 200 });
        const { body } = await shop.quote([tea, { id: uuid7() }, archived, [tea, '0.5'], [tea, '0']], { expect: 422 });
        const pointers = body.errors.map((error) => error.pointer);
        assert.deepEqual(pointers.sort(), ['/lines/1/product_id', '/lines/2/product_id', '/lines/3/quantity', '/lines/4/quantity']);
    });

    test('refuses quantities that are none, with all faults at once', async () => {
        const quantities = ['', '-1', '1e3', '1,5', 'x', '1.234567', '99999999999', ' 1', '+1', '0x1', '.5', '1.'];
        const { body } = await shop.quote(quantities.map((quantity) => [tea, quantity]), { expect: 422 });
        assert.deepEqual(body.errors.map((error) => error.pointer), quantities.map((_, i) => `/lines/${i}/quantity`));
    });

    test('refuses an unknown and an archived register, no lines, and too many', async () => {
        const lines = shop.lines([tea]);
        const unknown = await api.quotes_create({ body: { register_id: uuid7(), lines }, expect: 422 });
        assert.equal(unknown.body.errors[0].pointer, '/register_id');
        await api.quotes_create({ body: { register_id: shop.register.id, lines: [] }, expect: 422 });
        await shop.quote(Array(501).fill(tea), { expect: 422 });
        await shop.quote(Array(500).fill(tea), { expect: 200 });
    });

    test('totals beyond what a number holds are refused, not wrapped', async () => {
        const gold = await shop.product({ price: 100_000_000_000 });
        const { status, body } = await shop.quote(Array(500).fill([gold, '999999999']));
        assert.equal(status, 422, JSON.stringify(body).slice(0, 300));
    });

    test('commits nothing', async () => {
        const product = await shop.product();
        await shop.stock([[product, '5']]);
        const headers = { 'Idempotency-Key': unique('quote') };
        await shop.quote([[product, '3']], { expect: 200, headers });
        const again = await shop.quote([[product, '3']], { expect: 200, headers });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(await shop.level(product), '5');
    });
});

describe('transactions_create', () => {
    test('takes cash, gives change, numbers and journals', async () => {
        const { body, headers } = await shop.sell([[tea, '2']], 500, { cash: 1000 });
        checkSums(body);
        assert.equal(body.type, 'sale');
        assert.equal(body.total, 500);
        assert.equal(body.change, 500);
        assert.deepEqual(body.tenders, [{ type: 'cash', amount: 1000 }]);
        assert.equal(body.receipt_number, `${shop.register.code}-${String(body.sequence).padStart(6, '0')}`);
        assert.equal(body.store_id, shop.store.id);
        assert.equal(body.cashier.kind, 'employee');
        assert.equal(headers.get('location'), `/api/v1/transactions/${body.id}`);
        assert.equal(body.business_day, businessDay(shop.store, body.created_at));
    });

    test('several cash tenders add up', async () => {
        const tenders = [{ type: 'cash', amount: 100 }, { type: 'cash', amount: 200 }];
        const { body } = await shop.sell([tea], 250, { tenders });
        assert.equal(body.change, 50);
    });

    test('the same id again is a replay, for ever and in every form; another body is refused', async () => {
        const body = shop.saleBody([tea], 250);
        const first = await api.transactions_create({ body, expect: 201 });
        const again = await api.transactions_create({ body, expect: 201 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(again.text, first.text);
        const shuffled = Object.fromEntries(Object.entries(body).reverse());
        const third = await api.transactions_create({ body: shuffled, expect: 201 });
        assert.equal(third.body.hash, first.body.hash);
        const other = { ...body, tenders: [{ type: 'cash', amount: 300 }] };
        await api.transactions_create({ body: other, expect: 409, code: 'id_taken' });
        await server.restart();
        api = await server.admin();
        shop.api = api;
        const later = await api.transactions_create({ body, expect: 201 });
        assert.equal(later.body.hash, first.body.hash);
    });

    test('an Idempotency-Key without an id happens once, and replays after a restart', async () => {
        const { id, ...body } = shop.saleBody([tea], 250);
        assert.ok(id);
        const headers = { 'Idempotency-Key': unique('sale') };
        const first = await api.transactions_create({ body, headers, expect: 201 });
        const again = await api.transactions_create({ body, headers, expect: 201 });
        assert.equal(again.text, first.text);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await api.transactions_create({
            body: { ...body, lines: shop.lines([[tea, '2']]) }, headers, expect: 422, code: 'idempotency_key_reused',
        });
    });

    test('many retries at once of one sale are one sale', async () => {
        const product = await shop.product({ price: 100 });
        await shop.stock([[product, '10']]);
        const body = shop.saleBody([product], 100);
        const headers = { 'Idempotency-Key': unique('storm') };
        const answers = await Promise.all(Array.from({ length: 16 }, () => api.transactions_create({ body, headers })));
        assert.ok(answers.every((answer) => [201, 409].includes(answer.status)), answers.map((a) => a.status).join());
        const hashes = new Set(answers.filter((answer) => answer.status === 201).map((answer) => answer.body.hash));
        assert.equal(hashes.size, 1);
        assert.equal(await shop.level(product), '9');
    });

    test('another total is 409 total_mismatch with both calculations', async () => {
        const { body } = await shop.sell([[tea, '2']], 499, { cash: 1000 }, { expect: 409, code: 'total_mismatch' });
        assert.equal(body.expected_total, 499);
        assert.equal(body.quote.total, 500);
        assert.ok(body.quote.trace.length > 0);
        checkSums(body.quote);
    });

    test('too little cash is 422 tender_insufficient, and nothing is written', async () => {
        const product = await shop.product({ price: 1000 });
        await shop.stock([[product, '3']]);
        const id = uuid7();
        await shop.sell([product], 1000, { cash: 999, id }, { expect: 422, code: 'tender_insufficient' });
        await api.transactions_read({ path: { transaction_id: id }, expect: 404, code: 'transaction_not_found' });
        assert.equal(await shop.level(product), '3');
    });

    test('faults are named by their pointers, all at once', async () => {
        const body = shop.saleBody([tea, { id: uuid7() }], 250, { register: { id: 'x' } });
        const shape = await api.transactions_create({
            body: { ...body, type: 'gift', tenders: [{ type: 'shell', amount: -5 }], extra: 1 }, expect: 422,
        });
        const pointers = new Set(shape.body.errors.map((error) => error.pointer));
        for (const pointer of ['/type', '/register_id', '/tenders/0/type', '/tenders/0/amount', '/extra']) {
            assert.ok(pointers.has(pointer), `${pointer} is missing of ${[...pointers]}`);
        }
        const unknown = await shop.sell([tea, { id: uuid7() }], 500, {}, { expect: 422 });
        assert.equal(unknown.body.errors[0].pointer, '/lines/1/product_id');
    });

    test('a sale of 300 different products', async () => {
        const csv = ['sku,name,price_minor,stock,tax_percent'];
        const prefix = unique('MANY');
        for (let i = 0; i < 300; i += 1) {
            csv.push(`${prefix}-${i},Product ${i},${100 + i},10,${[7, 19, 20][i % 3]}`);
        }
        await api.product_imports_create({ body: csv.join('\n'), type: 'text/csv', expect: 200 });
        const products = [];
        for (let i = 0; i < 300; i += 1) {
            products.push((await api.product_lookups_find({ query: { code: `${prefix}-${i}` }, expect: 200 })).body);
        }
        const { body: quote } = await shop.quote(products, { expect: 200 });
        checkSums(quote);
        const { body } = await shop.sell(products, quote.total);
        assert.equal(body.lines.length, 300);
        checkSums(body);
        assert.equal(await shop.level(products[0]), '9');
        assert.equal(await shop.level(products[299]), '9');
    });

    test('a sale of 0.125 kg of cheese takes as much from the stock', async () => {
        const cheese = await shop.product({ price: 1990, unit: 'weighed' });
        await shop.stock([[cheese, '2']]);
        const { body } = await shop.sell([[cheese, '0.125']], 249, { cash: 250 });
        assert.equal(body.change, 1);
        assert.equal(await shop.level(cheese), '1.875');
    });

    test('a product that may be oversold goes below nothing; one line or many of it', async () => {
        const product = await shop.product({ price: 100 });
        await shop.stock([[product, '1']]);
        await shop.sell([[product, '2'], product], 300);
        assert.equal(await shop.level(product), '-2');
    });

    test('oversell deny: refused by line, whole, and never sold more than there is under load', async () => {
        const rare = await shop.product({ price: 100, oversell: 'deny' });
        await shop.stock([[rare, '5']]);
        const refused = await shop.sell([tea, [rare, '4'], [rare, '2']], 850, {}, { expect: 409, code: 'insufficient_stock' });
        assert.ok(refused.body.errors.some((error) => /^\/lines\/[12]/.test(error.pointer)), refused.text);
        assert.equal(await shop.level(rare), '5');
        const answers = await Promise.all(Array.from({ length: 24 }, () => shop.sell([rare], 100, {}, {})));
        assert.equal(answers.filter((answer) => answer.status === 201).length, 5);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'insufficient_stock'));
        assert.equal(await shop.level(rare), '0');
        const never = await shop.product({ price: 100, oversell: 'deny' });
        await shop.sell([never], 100, {}, { expect: 409, code: 'insufficient_stock' });
    });

    test('previous: the register\'s last record is accepted, another is 409 register_out_of_step', async () => {
        const register = await shop.newRegister();
        const zero = '0'.repeat(64);
        const first = await shop.sell([tea], 250, { register, previous: { sequence: 0, hash: zero } });
        assert.equal(first.body.sequence, 1);
        assert.equal(first.body.prev_hash, zero);
        const last = { sequence: 1, hash: first.body.hash };
        await shop.sell([tea], 250, { register, previous: last });
        const { body } = await shop.sell([tea], 250, { register, previous: last }, { expect: 409, code: 'register_out_of_step' });
        assert.equal(body.last.sequence, 2);
        assert.match(body.last.hash, /^[0-9a-f]{64}$/);
    });

    test('an archived register takes no sale', async () => {
        const register = await shop.newRegister();
        await api.registers_update({ path: { register_id: register.id }, body: { archived: true }, expect: 200 });
        const { status } = await shop.sell([tea], 250, { register }, {});
        assert.ok([409, 422].includes(status), String(status));
    });

    test('receipt numbers have no gap and the records are a chain, under load with refusals', async () => {
        const register = await shop.newRegister();
        const answers = await Promise.all(Array.from({ length: 60 }, (_, i) =>
            shop.sell([tea], i % 5 === 0 ? 1 : 250, { register, cash: 300 }, {})));
        const records = answers.filter((answer) => answer.status === 201).map((answer) => answer.body);
        assert.equal(records.length, 48);
        records.sort((a, b) => a.sequence - b.sequence);
        let previous = '0'.repeat(64);
        records.forEach((record, i) => {
            assert.equal(record.sequence, i + 1);
            assert.equal(record.receipt_number, `${register.code}-${String(i + 1).padStart(6, '0')}`);
            assert.equal(record.prev_hash, previous);
            previous = record.hash;
        });
    });
});

describe('transactions_read', () => {
    test('gives the stored record: its hash is the SHA-256 of its canonical form', async () => {
        const product = await shop.product({ name: 'Ünïcödé "quoted" \\ 茶 🍵', price: 333, tax_ids: [vat20.id, sales.id] });
        const { body: quote } = await shop.quote([[product, '3']], { expect: 200 });
        const { body: sold, headers } = await shop.sell([[product, '3']], quote.total);
        const { text, body } = await api.transactions_read({ path: { transaction_id: sold.id }, expect: 200 });
        assert.deepEqual(body, sold);
        const { hash, ...record } = body;
        assert.equal(createHash('sha256').update(canonical(record)).digest('hex'), hash);
        assert.equal(text.trim(), canonical(body));
        const tag = headers.get('etag');
        await api.transactions_read({ path: { transaction_id: sold.id }, headers: { 'If-None-Match': tag }, expect: 304 });
    });

    test('keeps what was sold when the product changes', async () => {
        const product = await shop.product({ name: 'Before', price: 100 });
        const { body } = await shop.sell([product], 100);
        await api.products_update({ path: { product_id: product.id }, body: { name: 'After', price: 200 }, expect: 200 });
        const again = await api.transactions_read({ path: { transaction_id: body.id }, expect: 200 });
        assert.equal(again.body.lines[0].name, 'Before');
    });

    test('an unknown transaction is 404', async () => {
        await api.transactions_read({ path: { transaction_id: uuid7() }, expect: 404, code: 'transaction_not_found' });
        await api.transactions_receipt({ path: { transaction_id: uuid7() }, expect: 404, code: 'transaction_not_found' });
    });
});

describe('transactions_list', () => {
    test('newest first, by register, store, day and beginning of the receipt number', async () => {
        const register = await shop.newRegister();
        const made = [];
        for (let i = 0; i < 12; i += 1) {
            made.unshift((await shop.sell([tea], 250, { register })).body);
        }
        const ids = async (query) => (await api.all('transactions_list', query)).map((record) => record.id);
        const wanted = made.map((record) => record.id);
        assert.deepEqual(await ids({ register_id: register.id }), wanted);
        assert.deepEqual(await ids({ register_id: register.id, limit: 5 }), wanted);
        assert.deepEqual(await ids({ receipt_number: `${register.code}-` }), wanted);
        assert.deepEqual(await ids({ receipt_number: `${register.code}-00001` }), wanted.slice(0, 3));
        assert.deepEqual(await ids({ receipt_number: made[4].receipt_number }), [made[4].id]);
        assert.deepEqual((await ids({ store_id: shop.store.id, day: made[0].business_day })).slice(0, 12), wanted);
        assert.deepEqual(await ids({ day: '1999-12-31' }), []);
        assert.deepEqual(await ids({ store_id: uuid7() }), []);
        assert.deepEqual(await ids({ receipt_number: '%' }), []);
    });

    test('by type, shift, customer, original and flag', async () => {
        const register = await shop.newRegister();
        const { body: shift } = await api.shifts_open({
            body: { register_id: register.id, opening_float: { total: 0 } }, expect: 201,
        });
        const { body: customer } = await api.customers_create({ body: { name: 'Anna' }, expect: 201 });
        const { body: plain } = await shop.sell([tea], 250, { register });
        const { body: hers } = await shop.sell([tea], 250, { register, customer_id: customer.id });
        const { body: refund } = await api.refunds_create({
            path: { transaction_id: plain.id }, body: { register_id: register.id, reason: 'Cold' }, expect: 201,
        });
        const ids = async (query) => (await api.all('transactions_list', { register_id: register.id, ...query })).map(({ id }) => id);
        assert.deepEqual(await ids({ shift_id: shift.id }), [refund.id, hers.id, plain.id]);
        assert.deepEqual(await ids({ shift_id: uuid7() }), []);
        assert.deepEqual(await ids({ type: 'refund' }), [refund.id]);
        assert.deepEqual(await ids({ type: 'sale', limit: 1 }), [hers.id, plain.id]);
        assert.deepEqual(await ids({ customer_id: customer.id }), [hers.id]);
        assert.deepEqual(await ids({ original_id: plain.id }), [refund.id]);
        assert.deepEqual(await ids({ original_id: hers.id }), []);
        assert.deepEqual(await ids({ flagged: true }), []);
        assert.deepEqual(await ids({ flagged: false, shift_id: shift.id, type: 'sale' }), [hers.id, plain.id]);
        await api.transactions_list({ query: { type: 'gift' }, expect: 422 });
    });

    test('pages stay as they are while sales go on', async () => {
        const register = await shop.newRegister();
        for (let i = 0; i < 9; i += 1) {
            await shop.sell([tea], 250, { register });
        }
        const query = { register_id: register.id, limit: 4 };
        const first = await api.transactions_list({ query, expect: 200 });
        await shop.sell([tea], 250, { register });
        const second = await api.transactions_list({ query: { ...query, cursor: first.body.next_cursor }, expect: 200 });
        const sequences = [...first.body.data, ...second.body.data].map((record) => record.sequence);
        assert.deepEqual(sequences, [9, 8, 7, 6, 5, 4, 3, 2]);
    });

    test('refuses a day that is none', async () => {
        for (const day of ['2026-02-30', '2026-13-01', 'today', '2026-1-1']) {
            const { body } = await api.transactions_list({ query: { day }, expect: 422 });
            assert.equal(body.errors[0].pointer, '#/query/day');
        }
    });
});

test('stock_list pages and filters', async () => {
    const products = [await shop.product(), await shop.product(), await shop.product()];
    await shop.stock(products.map((product, i) => [product, `${i}.5`]));
    const levels = await api.all('stock_list', { limit: 1, store_id: shop.store.id });
    for (const [i, product] of products.entries()) {
        assert.equal(levels.find((row) => row.product_id === product.id)?.level, `${i}.5`);
    }
    assert.equal(new Set(levels.map((row) => row.product_id)).size, levels.length);
    const { body } = await api.stock_list({ query: { product_id: uuid7() }, expect: 200 });
    assert.deepEqual(body.data, []);
});
