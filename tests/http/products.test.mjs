// Products: codes, look-ups and what a cashier types.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop, gtin, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

const find = (code, options = { expect: 200 }) => api.product_lookups_find({ query: { code }, ...options });
let digits = 0;
const fresh = (length) => gtin(String(500_000 + (digits += 1)).padStart(length - 1, length > 8 ? '4' : '2'));

describe('barcodes', () => {
    test('products_create takes GTIN-8, -12, -13 and -14 and in-house codes', async () => {
        const barcodes = [fresh(8), fresh(12), fresh(13), fresh(14), '7', 'HOUSE-12', unique('#/+ ').replace(' ', '')];
        const product = await shop.product({ barcodes });
        assert.deepEqual(product.barcodes, barcodes);
        for (const code of barcodes) {
            assert.equal((await find(code)).body.id, product.id, code);
        }
    });

    test('products_create refuses a wrong check digit by its place', async () => {
        const good = fresh(13);
        const wrong = good.slice(0, 12) + ((Number(good[12]) + 1) % 10);
        const { body } = await api.products_create({
            body: { sku: unique(), name: 'X', price: 1, barcodes: [fresh(8), wrong] }, expect: 422,
        });
        assert.equal(body.errors[0].pointer, '/barcodes/1');
        assert.equal(body.errors[0].code, 'gtin_check_digit');
    });

    test('a barcode belongs to one product, in every form that it has', async () => {
        const upc = gtin('03600029145');
        assert.equal(upc, '036000291452');
        await shop.product({ barcodes: [upc] });
        for (const code of [upc, `0${upc}`, `00${upc}`]) {
            await api.products_create({
                body: { sku: unique(), name: 'X', price: 1, barcodes: [code] }, expect: 409, code: 'barcode_taken',
            });
        }
    });

    test('products_update gives a barcode up, and another product takes it', async () => {
        const code = fresh(13);
        const first = await shop.product({ barcodes: [code] });
        const second = await shop.product();
        const give = { path: { product_id: second.id }, body: { barcodes: [code] } };
        await api.products_update({ ...give, expect: 409, code: 'barcode_taken' });
        await api.products_update({ path: { product_id: first.id }, body: { barcodes: [] }, expect: 200 });
        await api.products_update({ ...give, expect: 200 });
        assert.equal((await find(code)).body.id, second.id);
    });

    test('one product may not have one code twice', async () => {
        const code = fresh(12);
        const { status } = await api.products_create({
            body: { sku: unique(), name: 'X', price: 1, barcodes: [code, `0${code}`] },
        });
        assert.ok([409, 422].includes(status), String(status));
    });
});

describe('product_lookups_find', () => {
    test('UPC-A and EAN-13 with a zero before are one code', async () => {
        const upc = fresh(12);
        const product = await shop.product({ barcodes: [upc] });
        for (const code of [upc, `0${upc}`]) {
            assert.equal((await find(code)).body.id, product.id, code);
        }
        const ean = await shop.product({ barcodes: [`0${fresh(12)}`] });
        assert.equal((await find(ean.barcodes[0].slice(1))).body.id, ean.id);
    });

    test('finds by SKU', async () => {
        const product = await shop.product({ sku: unique('Tea/Green #') });
        const { body, headers } = await find(product.sku);
        assert.deepEqual(body, product);
        assert.equal(headers.get('etag'), '"1"');
        await find(product.sku, { expect: undefined });
        await api.product_lookups_find({ query: { code: product.sku }, headers: { 'If-None-Match': '"1"' }, expect: 304 });
    });

    test('an unknown code is 404; none, an empty and a long one are 422', async () => {
        await find('nothing-has-this', { expect: 404, code: 'product_not_found' });
        for (const code of [undefined, '', 'x'.repeat(500)]) {
            const { body } = await find(code, { expect: 422 });
            assert.equal(body.errors[0].pointer, '#/query/code');
        }
    });

    test('an archived product is not sold, and not found', async () => {
        const product = await shop.product({ barcodes: [fresh(13)] });
        await api.products_update({ path: { product_id: product.id }, body: { archived: true }, expect: 200 });
        await find(product.barcodes[0], { expect: 404, code: 'product_not_found' });
        await api.products_update({ path: { product_id: product.id }, body: { archived: false }, expect: 200 });
        assert.equal((await find(product.barcodes[0])).body.id, product.id);
    });
});

describe('products_list with q', () => {
    const named = {};
    before(async () => {
        const names = ['Earl Grey Tea', 'Green Tea', 'Teapot', 'Grey socks', 'Crème brûlée', 'Müsli Bar', 'Käse Gouda',
            'Coca-Cola 0,5l', 'Cola light', 'Gouda old', 'Jalapeño dip', 'Smørrebrød', 'Straße map', 'İstanbul simit',
            '茶 Oolong', 'Apple juice', 'Pineapple'];
        for (const name of names) {
            named[name] = await shop.product({ name, sku: `Q-${Object.keys(named).length}` });
        }
    });
    const search = async (q, query = {}) =>
        (await api.products_list({ query: { q, ...query }, expect: 200 })).body.data.map((product) => product.name);

    test('finds fragments, prefixes and words in any order', async () => {
        assert.ok((await search('earl')).includes('Earl Grey Tea'));
        assert.ok((await search('ear gr')).includes('Earl Grey Tea'));
        assert.ok((await search('tea grey')).includes('Earl Grey Tea'));
        assert.ok((await search('ouda')).includes('Käse Gouda'));
        assert.ok((await search('te')).includes('Teapot'));
        assert.ok((await search('g')).length > 0);
        assert.ok(!(await search('earl green')).includes('Green Tea'));
    });

    test('forgives case and accents, both ways', async () => {
        assert.deepEqual(await search('creme brulee'), ['Crème brûlée']);
        assert.deepEqual(await search('CRÈME'), ['Crème brûlée']);
        assert.deepEqual(await search('musli'), ['Müsli Bar']);
        assert.ok((await search('kase')).includes('Käse Gouda'));
        assert.ok((await search('jalapeno')).includes('Jalapeño dip'));
        assert.ok((await search('istanbul')).includes('İstanbul simit'));
        assert.ok((await search('茶')).includes('茶 Oolong'));
    });

    test('forgives a typing error', async () => {
        assert.ok((await search('goudda')).some((name) => name.includes('Gouda')), 'a doubled letter');
        assert.ok((await search('pineaple')).includes('Pineapple'), 'a missing letter');
        assert.ok((await search('teaopt')).includes('Teapot'), 'two letters swapped');
    });

    test('puts the most useful first: whole words, then beginnings, then fragments', async () => {
        const hits = await search('apple');
        assert.deepEqual(hits.slice(0, 2), ['Apple juice', 'Pineapple']);
        assert.equal((await search('tea'))[0].split(' ').includes('Tea'), true);
    });

    test('finds a SKU and a barcode', async () => {
        const product = await shop.product({ name: 'Hidden', sku: unique('ZZTOP'), barcodes: [fresh(13)] });
        assert.deepEqual(await search(product.sku.toLowerCase()), ['Hidden']);
        assert.deepEqual(await search(product.barcodes[0]), ['Hidden']);
    });

    test('leaves archived ones out, and keeps to a category', async () => {
        const category = (await api.categories_create({ body: { name: unique('Shelf') }, expect: 201 })).body;
        const inside = await shop.product({ name: 'Zebra inside', category_id: category.id });
        const archived = await shop.product({ name: 'Zebra archived' });
        await shop.product({ name: 'Zebra outside' });
        await api.products_update({ path: { product_id: archived.id }, body: { archived: true }, expect: 200 });
        assert.deepEqual((await search('zebra')).sort(), ['Zebra inside', 'Zebra outside']);
        assert.deepEqual(await search('zebra', { category_id: category.id }), ['Zebra inside']);
        const { body } = await api.products_list({ query: { category_id: category.id }, expect: 200 });
        assert.deepEqual(body.data.map((product) => product.id), [inside.id]);
    });

    test('sees a new name at once, and forgets the old one', async () => {
        const product = await shop.product({ name: 'Quokka plush' });
        assert.deepEqual(await search('quokka'), ['Quokka plush']);
        await api.products_update({ path: { product_id: product.id }, body: { name: 'Wombat plush' }, expect: 200 });
        assert.deepEqual(await search('quokka'), []);
        assert.deepEqual(await search('wombat'), ['Wombat plush']);
    });

    test('gives at most 20 or what limit says, and no cursor', async () => {
        const csv = ['sku,name,price_minor', ...Array.from({ length: 60 }, (_, i) => `BULK-${i},Bulk item ${i},100`)];
        await api.product_imports_create({ body: csv.join('\n'), type: 'text/csv', expect: 200 });
        assert.equal((await search('bulk')).length, 20);
        assert.equal((await search('bulk', { limit: 50 })).length, 50);
        assert.equal((await search('bulk', { limit: 3 })).length, 3);
        const { body } = await api.products_list({ query: { q: 'bulk' }, expect: 200 });
        assert.equal(body.next_cursor, null);
    });

    test('an empty q lists; odd ones never fail', async () => {
        assert.ok((await search('')).length > 10);
        const odd = ['"', '""', "'", '*', 'a*', '-', '--', 'AND', 'NOT tea', 'tea OR', 'NEAR(', '(', ')', '{', ':', 'name:tea', '^tea',
            '%', '_', '\\', '🍵', '\u0301', ' '.repeat(50), 'a'.repeat(200), 'x y '.repeat(50), '+', 'tea"; DROP TABLE products; --'];
        for (const q of odd) {
            const { status, text } = await api.products_list({ query: { q } });
            assert.equal(status, 200, `${q}: ${text}`);
        }
    });
});
