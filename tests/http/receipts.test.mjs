// Receipts in all their forms.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { printEscpos } from '../lib/escpos.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

let server, api, shop, sold;

before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    await api.stores_update({
        path: { store_id: shop.store.id },
        body: {
            name: 'Tea & Sons <b>', address: 'Main street 1\n10115 Berlin', tax_number: 'DE123456789',
            receipt_header: 'Welcome', receipt_footer: 'Thank you!',
        },
        expect: 200,
    });
    const vat = await shop.tax('20');
    const tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat.id] });
    const long = await shop.product({
        name: 'A product with a name that is far too long for one line of 42 columns — 茶 and <script>alert(1)</script>',
        price: 12_345, tax_ids: [vat.id],
    });
    const cheese = await shop.product({ name: 'Käse', price: 1990, unit: 'weighed', tax_ids: [vat.id] });
    const cart = [[tea, '12'], long, [cheese, '0.125'], [tea, '1', [{ type: 'percent', value: '50', reason: 'Old' }]]];
    const { body: quote } = await shop.quote(cart, { expect: 200 });
    sold = (await shop.sell(cart, quote.total, { cash: quote.total + 500 })).body;
});
after(() => server.stop());

const read = (query, options) => api.transactions_receipt({
    path: { transaction_id: sold.id }, query, expect: 200, ...options,
});

/** Columns on a printer: East Asian wide characters take two. */
const columnsOf = (line) => [...line].reduce(
    (width, letter) => width + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]/.test(letter) ? 2 : 1), 0);

describe('transactions_receipt as text', () => {
    test('has 42 columns, and everything that was sold and paid', async () => {
        const { text, headers } = await read();
        assert.match(headers.get('content-type'), /^text\/plain; ?charset=utf-8/i);
        for (const line of text.split('\n')) {
            assert.ok(columnsOf(line) <= 42, `${columnsOf(line)} columns: ${line}`);
        }
        for (const words of ['Tea & Sons <b>', 'Main street 1', 'Welcome', 'Thank you!', 'DE123456789',
            sold.receipt_number, 'Tea', '0.125', '20']) {
            assert.ok(text.includes(words), `${words} is not in\n${text}`);
        }
        assert.match(text, /30[.,]00/);
        assert.match(text, /5[.,]00/);
    });

    test('has the columns and the language that are asked for', async () => {
        for (const columns of [32, 42, 48]) {
            const { text } = await read({ columns, language: 'de' });
            const widths = text.split('\n').map(columnsOf);
            assert.equal(Math.max(...widths), columns);
            assert.match(text, /SUMME EUR +\d+,\d\d/);
        }
        await read({ columns: 40 }, { expect: 422 });
        await read({ language: 'xx' }, { expect: 422 });
    });

    test('says that it is a copy', async () => {
        assert.match((await read({ copy: true })).text, /^ +COPY$/m);
        assert.doesNotMatch((await read({ copy: false })).text, /COPY/);
    });

    test('of a gift has no amount, no tender and no tax', async () => {
        const { text } = await read({ gift: true });
        assert.match(text, /^ +GIFT RECEIPT$/m);
        assert.match(text, /^Tea +× 12$/m);
        assert.doesNotMatch(text, /\d[.,]\d\d$|EUR|^Cash |^Tax {2}|Discount/m);
    });
});

describe('transactions_receipt as HTML', () => {
    test('escapes what people wrote', async () => {
        for (const [query, headers] of [[{ format: 'html' }, {}], [{}, { Accept: 'text/html' }]]) {
            const answer = await read(query, { headers });
            assert.match(answer.headers.get('content-type'), /^text\/html; ?charset=utf-8/i);
            assert.ok(!answer.text.includes('<script>alert'));
            assert.ok(answer.text.includes('Tea &amp; Sons &lt;b&gt;'));
            assert.ok(answer.text.includes(sold.receipt_number));
        }
    });
});

describe('transactions_receipt as ESC/POS', () => {
    test('says what the text says, on paper of any width', async () => {
        for (const columns of [32, 42, 48]) {
            const { bytes, headers } = await read({ format: 'escpos', columns });
            assert.equal(headers.get('content-type'), 'application/vnd.escpos');
            const paper = printEscpos(bytes);
            assert.ok(paper.lines.every((line) => line.columns <= columns), JSON.stringify(paper.lines));
            const words = (text) => text.replace(/[\s-]+/g, '').replaceAll('茶', '??');
            const { text } = await read({ columns });
            const printed = paper.lines.map((line) => line.text).join('');
            assert.equal(words(printed), words(text));
            assert.equal(paper.commands[0], 'ESC @');
            assert.equal(paper.commands.at(-1), 'GS V');
            assert.equal(paper.commands.filter((name) => name === 'GS V').length, 1);
            assert.ok(!paper.commands.includes('ESC p'));
            assert.equal(paper.qr, null);
        }
    });

    test('opens the drawer, and has a QR code, when asked', async () => {
        const { bytes } = await read({ drawer: true, qr: true }, { headers: { Accept: 'application/vnd.escpos' } });
        const paper = printEscpos(bytes);
        assert.equal(paper.commands.filter((name) => name === 'ESC p').length, 1);
        assert.equal(paper.qr, `${sold.receipt_number} ${sold.id} ${sold.hash}`);
        assert.ok(paper.barcode);
    });

    test('has the logo of the data directory, and goes without one that is damaged', async () => {
        const file = path.join(server.dataDir, 'receipt-logo.pbm');
        await writeFile(file, Buffer.concat([Buffer.from('P4\n16 2\n'), Buffer.from([0xff, 0, 0, 0xff])]));
        assert.deepEqual(printEscpos((await read({ format: 'escpos' })).bytes).image, { width: 16, height: 2 });
        await writeFile(file, 'P4\n16 9999\nxx');
        assert.equal(printEscpos((await read({ format: 'escpos' })).bytes).image, null);
    });
});

describe('transactions_receipt', () => {
    test('format wins over Accept; what cannot be given is 406', async () => {
        const { headers } = await read({ format: 'text' }, { headers: { Accept: 'text/html' } });
        assert.match(headers.get('content-type'), /^text\/plain/);
        const best = await read({}, { headers: { Accept: 'text/html;q=0.5, application/*' } });
        assert.equal(best.headers.get('content-type'), 'application/vnd.escpos');
        await read({}, { headers: { Accept: 'application/pdf' }, expect: 406, code: 'not_acceptable' });
        await read({ format: 'pdf' }, { expect: 422 });
    });

    test('answers 304 to its ETag; a copy has another', async () => {
        const { headers } = await read();
        const tag = { 'If-None-Match': headers.get('etag') };
        await read({}, { headers: tag, expect: 304 });
        await read({ copy: true }, { headers: tag, expect: 200 });
    });

    test('of an unknown transaction is 404', async () => {
        const transaction_id = uuid7();
        await api.transactions_receipt({ path: { transaction_id }, expect: 404, code: 'transaction_not_found' });
    });
});
