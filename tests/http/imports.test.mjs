// CSV import and export: what a shop brings along.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { BACKEND, startServer } from '../lib/server.mjs';
import { Shop, gtin, unique } from '../lib/shop.mjs';
import { WITHIN_MS } from '../lib/wait.mjs';

let server;
let api;
let shop;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

const load = async (csv, { query, type = 'text/csv', headers, expect = 200 } = {}) =>
    (await api.product_imports_create({ body: Buffer.from(csv), type, query, headers, expect })).body;
const bySku = async (code, expect = 200) => (await api.product_lookups_find({ query: { code }, expect })).body;
const counts = ({ created, updated, unchanged, failed }) => ({ created, updated, unchanged, failed });

describe('product_imports_create', () => {
    test('creates products with all their columns', async () => {
        const sku = unique('ALL');
        const code = gtin('400000000001');
        const report = await load('sku,name,barcode,category,price,cost_minor,tax_percent,stock,description,unit,oversell\n'
            + `${sku},"Cheese, old",${code} HOUSE-${sku},Fridge > Cheese,12.50,800,7,2.125,"Two ""years"" old",weighed,deny\n`);
        assert.equal(report.status, 'completed');
        assert.deepEqual(counts(report), { created: 1, updated: 0, unchanged: 0, failed: 0 });
        const product = await bySku(sku);
        assert.equal(product.name, 'Cheese, old');
        assert.deepEqual(product.barcodes, [code, `HOUSE-${sku}`]);
        assert.equal(product.price, 1250);
        assert.equal(product.cost, 800);
        assert.equal(product.description, 'Two "years" old');
        assert.equal(product.unit, 'weighed');
        assert.equal(product.oversell, 'deny');
        assert.equal(await shop.level(product), '2.125');
        const tax = (await api.taxes_read({ path: { tax_id: product.tax_ids[0] }, expect: 200 })).body;
        assert.equal(tax.rate, '7');
        assert.equal(tax.inclusive, true);
        const category = (await api.categories_read({ path: { category_id: product.category_id }, expect: 200 })).body;
        assert.equal(category.name, 'Cheese');
        const parent = (await api.categories_read({ path: { category_id: category.parent_id }, expect: 200 })).body;
        assert.equal(parent.name, 'Fridge');
        assert.equal((await bySku(code)).id, product.id);
    });

    test('updates by SKU; an absent column and an empty cell leave what is there', async () => {
        const sku = unique('UPD');
        await load(`sku,name,price_minor,description\n${sku},First,100,Kept\n`);
        const first = await bySku(sku);
        const report = await load(`price_minor,SKU,description\n250,${sku},\n`);
        assert.deepEqual(counts(report), { created: 0, updated: 1, unchanged: 0, failed: 0 });
        const second = await bySku(sku);
        assert.deepEqual(second, { ...first, price: 250, version: 2, updated_at: second.updated_at });
        const third = await load(`sku,price_minor\n${sku},250\n`);
        assert.deepEqual(counts(third), { created: 0, updated: 0, unchanged: 1, failed: 0 });
        assert.equal((await bySku(sku)).version, 2);
    });

    test('reads a byte order mark, CRLF, quoted newlines, doubled quotes and a missing last newline', async () => {
        const sku = unique('FORM');
        const report = await load(`\uFEFF"sku";"name";"price"\r\n`.replaceAll(';', ',')
            + `${sku}-1,"Line one\nline two",1\r\n"${sku}-2","""quoted"", name",1\r\n${sku}-3,Last,1`, { expect: undefined });
        assert.equal(report.rows_total, 3, JSON.stringify(report));
        assert.equal((await bySku(`${sku}-2`)).name, '"quoted", name');
        assert.equal((await bySku(`${sku}-3`)).name, 'Last');
        // A name is one line: the row with the newline is refused, and the next ones have their right lines.
        assert.equal(report.errors[0]?.line, 2);
    });

    test('takes gzip as application/gzip and as Content-Encoding', async () => {
        const sku = unique('GZ');
        const first = gzipSync(`sku,name,price_minor\n${sku}-1,One,1\n`);
        assert.equal((await load(first, { type: 'application/gzip' })).created, 1);
        const second = gzipSync(`sku,name,price_minor\n${sku}-2,Two,2\n`);
        assert.equal((await load(second, { headers: { 'Content-Encoding': 'gzip' } })).created, 1);
        assert.equal((await bySku(`${sku}-2`)).price, 2);
    });

    test('refuses gzip that is none, that is cut off, and that grows without end', async () => {
        const whole = gzipSync(`sku,name,price_minor\n${'x,y,1\n'.repeat(10_000)}`);
        const answers = [
            await api.product_imports_create({ body: Buffer.from('sku,name\n'), type: 'application/gzip' }),
            await api.product_imports_create({ body: whole.subarray(0, whole.length - 20), type: 'application/gzip' }),
        ];
        for (const answer of answers) {
            assert.ok(answer.status >= 400 || answer.body.status === 'failed' || answer.body.failed > 0, answer.text);
            assert.ok(answer.status < 500, answer.text);
        }
    });

    test('lists every bad row with its line, column, value and reason; good rows are taken', async () => {
        const sku = unique('BAD');
        const report = await load(['sku,name,barcode,price,tax_percent,stock,unit,oversell',
            `${sku}-1,Good,,1.00,20,1,each,allow`,
            `${sku}-2,Check digit,4006381333932,1.00,,,,`,
            `${sku}-3,Price,,one euro,,,,`,
            `${sku}-4,Decimals,,1.001,,,,`,
            `${sku}-5,Tax,,1.00,200,,,`,
            `${sku}-6,Stock,,1.00,,many,,`,
            `${sku}-7,Unit,,1.00,,,litre,`,
            `,No SKU,,1.00,,,,`,
            `${sku}-9,,,1.00,,,,`,
            `${sku}-10,Too,few`,
            `${sku}-11,Good again,,2.00,,,,`,
            ''].join('\n'));
        assert.equal(report.status, 'completed');
        assert.equal(report.created, 2);
        assert.equal(report.failed, 9, JSON.stringify(report.errors));
        const lines = [...new Set(report.errors.map((error) => error.line))];
        assert.deepEqual(lines, [3, 4, 5, 6, 7, 8, 9, 10, 11]);
        const at = (line) => report.errors.find((error) => error.line === line);
        assert.equal(at(3).column, 'barcode');
        assert.equal(at(3).code, 'gtin_check_digit');
        assert.equal(at(3).value, '4006381333932');
        assert.equal(at(4).column, 'price');
        assert.equal(at(9).column, 'sku');
        assert.equal(at(10).column, 'name');
        assert.equal((await bySku(`${sku}-11`)).price, 200);
        await bySku(`${sku}-2`, 404);
    });

    test('a code that another product has, or that the file has twice, is a bad row', async () => {
        const sku = unique('DUP');
        const taken = await shop.product({ barcodes: [unique('CODE')] });
        const report = await load(`sku,name,barcode,price_minor\n${sku}-1,A,${taken.barcodes[0]},1\n`
            + `${sku}-2,B,${sku}-B,1\n${sku}-3,C,${sku}-B,1\n`);
        assert.equal(report.created, 1, JSON.stringify(report));
        assert.deepEqual(report.errors.map((error) => [error.line, error.column, error.code]),
            [[2, 'barcode', 'barcode_taken'], [4, 'barcode', 'barcode_taken']]);
    });

    test('on_error=abort imports nothing when a row is bad', async () => {
        const sku = unique('ABORT');
        const report = await load(`sku,name,price_minor\n${sku}-1,Good,1\n${sku}-2,Bad,x\n`, { query: { on_error: 'abort' } });
        assert.equal(report.status, 'aborted');
        assert.equal(report.errors[0].line, 3);
        await bySku(`${sku}-1`, 404);
    });

    test('dry_run reports the same and writes nothing', async () => {
        const sku = unique('DRY');
        const before_ = (await api.catalog_changes_list({ query: { after: 0, limit: 1 } })).headers.get('mypos-catalog-seq');
        const csv = `sku,name,price_minor,category,tax_percent\n${sku}-1,Good,1,Dry ${sku},3.5\n${sku}-2,Bad,x,,\n`;
        const report = await load(csv, { query: { dry_run: 'true' } });
        assert.equal(report.dry_run, true);
        assert.deepEqual(counts(report), { created: 1, updated: 0, unchanged: 0, failed: 1 });
        await bySku(`${sku}-1`, 404);
        const after_ = (await api.catalog_changes_list({ query: { after: 0, limit: 1 } })).headers.get('mypos-catalog-seq');
        assert.equal(after_, before_);
        assert.ok(!(await api.all('categories_list', { limit: 200 })).some((category) => category.name === `Dry ${sku}`));
    });

    test('a header that cannot be used is refused by name', async () => {
        const refused = async (csv) => (await api.product_imports_create({ body: csv, type: 'text/csv' }));
        const unknown = await refused('sku,name,colour\nA,B,red\n');
        assert.equal(unknown.status, 422, unknown.text);
        assert.match(unknown.text, /colour/);
        for (const csv of ['name,price\nA,1\n', 'sku,sku,name\nA,B,C\n', 'sku,price,price_minor\nA,1,1\n', '', '\n\n', '\0\0\0']) {
            const { status, text } = await refused(csv);
            assert.ok([400, 422].includes(status), `${JSON.stringify(csv)}: ${text}`);
        }
    });

    test('text that is not UTF-8 is a bad row, not a failure', async () => {
        const sku = unique('UTF');
        const bytes = Buffer.concat([Buffer.from(`sku,name,price_minor\n${sku}-1,`), Buffer.from([0xc3, 0x28]),
            Buffer.from(`,1\n${sku}-2,Fine,1\n`)]);
        const report = await load(bytes);
        assert.equal(report.created, 1, JSON.stringify(report));
        assert.equal(report.errors[0].line, 2);
    });

    test('stock is set in the store that store_id names', async () => {
        const { body: store } = await api.stores_create({
            body: { code: 'IMP', name: 'Other', currency: 'EUR', time_zone: 'UTC' }, expect: 201,
        });
        const product = await shop.product();
        await load(`sku,stock\n${product.sku},7\n`, { query: { store_id: store.id } });
        const { body } = await api.stock_list({ query: { product_id: product.id }, expect: 200 });
        assert.deepEqual(body.data.map((row) => [row.store_id, row.level]), [[store.id, '7']]);
        const unknown = await api.product_imports_create({ body: 'sku\nA\n', type: 'text/csv', query: { store_id: uuid7() } });
        assert.equal(unknown.status, 422, unknown.text);
    });

    test('with an Idempotency-Key it happens once', async () => {
        const sku = unique('KEY');
        const headers = { 'Idempotency-Key': unique('import') };
        const options = { body: `sku,name,price_minor\n${sku},Once,1\n`, type: 'text/csv', headers };
        const first = await api.product_imports_create({ ...options, expect: 200 });
        const again = await api.product_imports_create({ ...options, expect: 200 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(again.text, first.text);
        await api.product_imports_create({ ...options, body: 'sku,name,price\nX,Y,1\n', expect: 422, code: 'idempotency_key_reused' });
    });

    test('the change log holds what was imported, packed', async () => {
        const seq = (await api.taxes_list()).headers.get('mypos-catalog-seq');
        const sku = unique('LOG');
        const rows = Array.from({ length: 500 }, (_, i) => `${sku}-${i},Item ${i},${i}`);
        await load(`sku,name,price_minor\n${rows.join('\n')}\n`);
        const { body, text } = await api.catalog_changes_list({ query: { after: seq }, expect: 200 });
        const imports = body.data.filter((change) => change.op === 'import');
        assert.ok(imports.length >= 1);
        assert.ok(text.length / imports.length < 400_000 * 1.1);
        const products = imports.flatMap((change) => change.body.products);
        assert.equal(products.length, 500);
        assert.deepEqual(products[17], await bySku(products[17].sku));
    });
});

describe('product_imports_read', () => {
    test('an id that another import has is refused', async () => {
        const id = uuid7();
        await load(`sku,name,price\n${unique('ID')},A,1\n`, { query: { id } });
        await load(`sku,name,price\n${unique('ID')},A,1\n`, { query: { id, dry_run: 'true' }, expect: 409 });
        const sku = unique('ID');
        await load(`sku,name,price\n${sku},A,1\n`, { query: { id }, expect: 409 });
        await bySku(sku, 404);
    });

    test('gives the report again', async () => {
        const report = await load(`sku,name,price_minor\n${unique('READ')},A,1\n${unique('READ')},B,x\n`);
        const { body } = await api.product_imports_read({ path: { product_import_id: report.id }, expect: 200 });
        assert.deepEqual(body, report);
    });

    test('an unknown import is 404', async () => {
        await api.product_imports_read({
            path: { product_import_id: uuid7() }, expect: 404, code: 'product_import_not_found',
        });
    });
});

describe('product_exports_read', () => {
    test('gives a file that imports as it is and changes nothing', async () => {
        const sku = unique('TRIP');
        await load('sku,name,barcode,category,price,cost,tax_percent,stock,description,unit,oversell,archived\n'
            + `${sku}-1,"Comma, quote """,${gtin('400000000099')}|X-${sku},A > B,1.20,0.50,19,5,"Two\nlines",each,allow,false\n`
            + `${sku}-2,Weighed,,,3.99,,7,1.5,,weighed,deny,false\n${sku}-3,Old,,,1.00,,,,,,,true\n`);
        const first = await api.product_exports_read({ expect: 200 });
        assert.match(first.headers.get('content-disposition'), /attachment; filename=".*\.csv"/);
        const seq = Number((await api.taxes_list()).headers.get('mypos-catalog-seq'));
        const report = await load(first.text);
        assert.equal(report.failed, 0, JSON.stringify(report.errors.slice(0, 3)));
        assert.equal(report.created + report.updated, 0, JSON.stringify(counts(report)));
        assert.equal(Number((await api.taxes_list()).headers.get('mypos-catalog-seq')), seq);
        const second = await api.product_exports_read({ expect: 200 });
        assert.equal(second.text, first.text);
    });

    test('gives the same file from a fresh server that imported it', async () => {
        const { text } = await api.product_exports_read({ expect: 200 });
        const other = await startServer();
        try {
            const admin = await other.admin();
            const { body } = await admin.product_imports_create({ body: text, type: 'text/csv', expect: 200 });
            assert.equal(body.failed, 0, JSON.stringify(body.errors.slice(0, 3)));
            assert.equal((await admin.product_exports_read({ expect: 200 })).text, text);
        } finally {
            await other.stop();
        }
    });

    test('a cell that a spreadsheet would compute comes back as it was', async () => {
        const sku = unique('CALC');
        await load(`sku,name,price_minor\n${sku},=1+1,1\n`);
        assert.equal((await bySku(sku)).name, '=1+1');
    });
});

describe('100,000 products', () => {
    const ROWS = 100_000;
    // DynamoDB has an item for each level, and its emulator takes its time.
    const STOCKED = BACKEND === 'aws' ? 1000 : ROWS;
    const catalogue = () => {
        const rows = ['sku,barcode,name,category,price_minor,tax_percent,stock'];
        for (let i = 0; i < ROWS; i += 1) {
            const stock = i < STOCKED ? i % 50 : '';
            rows.push(`BIG-${i},${gtin(String(200_000_000_000 + i))},Big product ${i} of the range,Aisle ${i % 40},${100 + (i % 900)},20,${stock}`);
        }
        return `${rows.join('\n')}\n`;
    };

    test('are imported in one go, while lookups and sales go on; progress can be read', async () => {
        const product = await shop.product({ barcodes: [unique('WHILE')] });
        const csv = catalogue();
        const id = uuid7();
        let done = false;
        const importing = load(csv, { query: { id } }).finally(() => {
            done = true;
        });
        const seen = [];
        const lookUp = async () => {
            while (!done) {
                await api.product_lookups_find({ query: { code: product.barcodes[0] }, expect: 200 });
                const { status, body } = await api.product_imports_read({ path: { product_import_id: id } });
                seen.push(status === 200 ? body : null);
            }
        };
        // A sale that arrives while the rows are written waits for them, and for nothing else.
        const began = performance.now();
        let slowest = 0;
        const sell = async () => {
            while (!done) {
                const since = performance.now();
                await shop.sell([product], 250);
                slowest = Math.max(slowest, performance.now() - since);
            }
        };
        await Promise.all([lookUp(), sell()]);
        const report = await importing;
        const took = performance.now() - began;
        assert.equal(report.created, ROWS, JSON.stringify(report).slice(0, 500));
        assert.equal(report.rows_done, ROWS);
        assert.ok(seen.length > 20, `only ${seen.length} lookups during the import`);
        assert.ok(seen.some((progress) => progress?.status === 'running' && progress.rows_done > 0 && progress.rows_done < ROWS));
        assert.ok(slowest < took + WITHIN_MS, `a sale waited ${Math.round(slowest)} ms`);
        assert.equal((await bySku(gtin(String(200_000_000_000 + 77_777)))).sku, 'BIG-77777');
        const { body } = await api.products_list({ query: { q: 'big 99999' }, expect: 200 });
        assert.equal(body.data[0].sku, 'BIG-99999');
        const again = await load(csv, { query: { dry_run: 'true' } });
        assert.equal(again.unchanged, ROWS, JSON.stringify(counts(again)));
    });
});

test('kill -9 in the middle of an import leaves nothing half-imported', async () => {
    const other = await startServer({ build: process.env.MYPOS_TEST_BUILD });
    try {
        const rows = Array.from({ length: 30_000 }, (_, i) => `HALF-${i},Half ${i},${i}`);
        const csv = `sku,name,price_minor\n${rows.join('\n')}\n`;
        for (const delayMs of [60, 250, 600]) {
            const admin = await other.admin();
            const importing = admin.product_imports_create({ body: csv, type: 'text/csv' }).then(() => true, () => false);
            await new Promise((resolve) => setTimeout(resolve, delayMs));
            await other.kill();
            const acknowledged = await importing;
            await other.start();
            const again = await other.admin();
            const { body } = await again.products_list({ query: { limit: 1 }, expect: 200 });
            if (acknowledged) {
                assert.equal(body.data.length, 1);
                break;
            }
            const report = await again.product_imports_create({ body: csv, type: 'text/csv', query: { dry_run: 'true' }, expect: 200 });
            assert.ok(report.body.created === rows.length || report.body.unchanged === rows.length, JSON.stringify(counts(report.body)));
        }
    } finally {
        await other.stop();
    }
});
