// Receipts of all that can happen at a till, read as a customer reads them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { printEscpos } from '../lib/escpos.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server, api, shop, vat, deposit, teapot, cheese, juice, card;

before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    await api.stores_update({
        path: { store_id: shop.store.id },
        body: { name: 'Teehaus', receipt_language: 'de', cash_rounding: 5, loyalty: { points_per_amount: 100, point_value: 5 } },
        expect: 200,
    });
    vat = (await api.taxes_create({ body: { name: 'MwSt', rate: '20', inclusive: true }, expect: 201 })).body;
    deposit = (await api.taxes_create({
        body: { name: 'Pfand', kind: 'fixed', amount_per_unit: 25, rate: '0', inclusive: false }, expect: 201,
    })).body;
    teapot = await shop.product({ name: 'Teekanne', price: 2990, tax_ids: [vat.id] });
    cheese = await shop.product({ name: 'Bergkäse', price: 2390, unit: 'weighed', tax_ids: [vat.id] });
    juice = await shop.product({ name: 'Apfelsaft', price: 250, tax_ids: [vat.id, deposit.id] });
    await api.promotions_create({
        body: { name: 'Saft-Aktion', kind: 'percent_off', value: '10', product_ids: [juice.id] }, expect: 201,
    });
    card = (await api.gift_cards_create({ body: { amount: 5000, currency: shop.store.currency }, expect: 201 })).body;
});
after(() => server.stop());

async function text(record, query = {}) {
    const path = { transaction_id: record.id };
    const answer = await api.transactions_receipt({ path, query: { columns: 48, ...query }, expect: 200 });
    if (process.env.MYPOS_TEST_RECEIPTS) {
        console.log(answer.text);
    }
    return answer.text;
}

/** The text has these lines, blanks aside, in this order. */
function has(receipt, ...wanted) {
    const lines = receipt.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
    let at = 0;
    for (const line of wanted) {
        const found = lines.indexOf(line, at);
        assert.ok(found >= 0, `"${line}" is not on the receipt, or not there:\n${receipt}`);
        at = found + 1;
    }
}

async function sell(body) {
    const cart = { register_id: shop.register.id, ...body };
    const { tenders, ...asked } = cart;
    const { body: quote } = await api.quotes_create({ body: asked, expect: 200 });
    const due = tenders(quote.total);
    const { body: sold } = await api.transactions_create({
        body: { ...asked, id: uuid7(), type: 'sale', tenders: due, expected_total: quote.total }, expect: 201,
    });
    return sold;
}
const inCash = (total) => [{ type: 'cash', amount: total + 10 }];

describe('the receipt of a sale', () => {
    test('explains its prices: override, tare, discounts, promotion, deposit, exemption', async () => {
        const sold = await sell({
            lines: [
                { product_id: teapot.id, quantity: '1', unit_price: 2500, price_reason: 'Ausstellungsstück',
                  discounts: [{ type: 'percent', value: '10', reason: 'Kratzer' }] },
                { product_id: cheese.id, quantity: '0.125', tare: '0.02', note: 'dünn geschnitten' },
                { product_id: juice.id, quantity: '4' },
                { product_id: teapot.id, quantity: '1', tax_exemption: { reason: 'Diplomatin' } },
            ],
            discounts: [{ type: 'percent', value: '5', reason: 'Stammkunde' }],
            tenders: inCash,
        });
        const receipt = await text(sold);
        has(receipt, 'Teekanne 25,00 A', 'Regulärer Preis 29,90 (Ausstellungsstück)', 'Rabatt 10 % (Kratzer) -2,50',
            'Bergkäse', 'Tara 0,02 kg', 'dünn geschnitten', 'Apfelsaft', '4 × 2,50 10,00 AB', 'Saft-Aktion -1,00',
            'Steuerfrei: Diplomatin', 'Zwischensumme 67,89', 'Steuer 1,00', 'Steuerfrei -4,73');
        assert.match(receipt, /^Rabatt 5 % \(Stammkunde\) +-\d,\d\d/m);
        assert.match(receipt, /^B Pfand +1,00$/m);
        // What the paper adds up to is what was paid.
        const amount = (label) => Math.round(100 * Number(
            (new RegExp(`^${label} +(-?[\\d]+,\\d\\d)`, 'm').exec(receipt)?.[1] ?? '0').replace(',', '.')));
        const basket = amount('Rabatt 5 % \\(Stammkunde\\)');
        assert.equal(amount('Zwischensumme') + amount('Rabatte') + basket + amount('Steuer')
            + amount('Steuerfrei') + amount('Rundung'), sold.total);
        assert.equal(amount('SUMME EUR'), sold.total);
    });

    test('names what it was paid with: card, tip, gift card, voucher, cash and its rounding', async () => {
        const sold = await sell({
            lines: [{ product_id: teapot.id, quantity: '1' }, { product_id: cheese.id, quantity: '0.333' }],
            tenders: (total) => [
                { type: 'card', amount: 1000, tip: 150, brand: 'VISA', last_four: '4242' },
                { type: 'gift_card', amount: 500, gift_card: card.code },
                { type: 'other', name: 'Essensgutschein', amount: 200 },
                { type: 'cash', amount: Math.ceil(total / 100) * 100 },
            ],
        });
        const receipt = await text(sold);
        has(receipt, 'Karte VISA **** 4242 10,00', 'Trinkgeld 1,50', 'Gutschein 5,00', 'Essensgutschein 2,00');
        assert.notEqual(sold.rounding, 0);
        assert.match(receipt, /^Rundung +-?0,0\d$/m);
        assert.match(receipt, /^Rückgeld +\d+,\d[05]$/m);
        assert.ok(!receipt.includes(card.code), 'the code of the gift card is as good as money');
        assert.doesNotMatch(receipt, /45,00/); // nor is its balance anybody's business
    });

    test('tells a customer the points, and a tax-exempt one why', async () => {
        const { body: customer } = await api.customers_create({ body: { name: unique('Verein') }, expect: 201 });
        const sold = await sell({
            customer_id: customer.id, lines: [{ product_id: teapot.id, quantity: '1' }],
            tax_exemption: { reason: 'Gemeinnützig', certificate: 'GN-77' }, tenders: inCash,
        });
        assert.ok(sold.loyalty.earned > 0);
        const receipt = await text(sold);
        has(receipt, 'Steuerfrei -4,98', 'Steuerfrei: Gemeinnützig (GN-77)', `Punkte gesammelt ${sold.loyalty.earned}`);
        assert.equal(receipt.match(/Gemeinnützig/g).length, 1);
        assert.ok(!receipt.includes(customer.name));
    });

    test('of a till without a server has the time and the number of that till', async () => {
        const captured_at = new Date(Date.now() - 26 * 3600 * 1000).toISOString();
        const lines = [{ product_id: teapot.id, quantity: '1' }];
        const { body: quote } = await api.quotes_create({ body: { register_id: shop.register.id, lines }, expect: 200 });
        const { lines: priced, subtotal, discount_total, tax_total, tax_included, rounding, total } = quote;
        const { body: sold } = await api.transactions_create({
            body: {
                id: uuid7(), type: 'sale', register_id: shop.register.id, lines, expected_total: total,
                tenders: [{ type: 'cash', amount: total }],
                offline: { captured_at, receipt_number: 'K1-900001',
                    quote: { lines: priced, subtotal, discount_total, tax_total, tax_included, rounding, total } },
            },
            expect: 201,
        });
        const local = new Intl.DateTimeFormat('sv', { timeZone: shop.store.time_zone, dateStyle: 'short', timeStyle: 'medium' });
        has(await text(sold), `Beleg ${sold.receipt_number}`, 'Offline-Nummer K1-900001', `Datum ${local.format(new Date(captured_at))}`);
    });
});

describe('the receipt of what takes a sale back', () => {
    let sold;
    before(async () => {
        sold = await sell({ lines: [{ product_id: teapot.id, quantity: '2' }], tenders: inCash });
    });

    test('a refund says so, and names the original and the reason', async () => {
        const { body: refund } = await api.refunds_create({
            path: { transaction_id: sold.id }, body: { lines: [{ line: 1, quantity: '1' }], reason: 'Sprung im Deckel' }, expect: 201,
        });
        const receipt = await text(refund);
        has(receipt, 'ERSTATTUNG', `Ursprungsbeleg ${sold.receipt_number}`, 'Teekanne 29,90', 'ERSTATTET EUR 29,90', 'Bar 29,90',
            'Grund: Sprung im Deckel');
        const { bytes } = await api.transactions_receipt({
            path: { transaction_id: refund.id }, query: { format: 'escpos', copy: true }, expect: 200,
        });
        const lines = printEscpos(bytes).lines.map((line) => line.text.trim());
        assert.ok(lines.includes('ERSTATTUNG') && lines.includes('KOPIE'));
    });

    test('a void says so', async () => {
        const wrong = await sell({ lines: [{ product_id: juice.id, quantity: '1' }], tenders: inCash });
        const { body: voided } = await api.transactions_void({
            path: { transaction_id: wrong.id }, body: { reason: 'Vertippt' }, expect: 201,
        });
        has(await text(voided), 'STORNO', `Ursprungsbeleg ${wrong.receipt_number}`, 'Grund: Vertippt');
        assert.match(await text(voided), /^STORNIERT EUR +\d/m);
    });

    test('the two of an exchange name each other, and what went from one to the other', async () => {
        const { body } = await api.exchanges_create({
            body: {
                id: uuid7(), register_id: shop.register.id,
                refund: { transaction_id: sold.id, lines: [{ line: 1, quantity: '1' }], reason: 'Falsche Farbe' },
                sale: { lines: [{ product_id: teapot.id, quantity: '1' }] }, expected_total: 0,
            },
            expect: 201,
        });
        has(await text(body.refund), 'ERSTATTUNG', `Umtausch mit ${body.sale.receipt_number}`, 'Umtausch 29,90');
        has(await text(body.sale), `Umtausch mit ${body.refund.receipt_number}`, 'Umtausch 29,90');
    });
});
