// Stores, registers, categories, taxes, products, customer groups, price lists and promotions: what holds for each of
// them alike.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server;
let api;
let shop;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

let codes = 0;
const code = (prefix) => `${prefix}${(codes += 1)}`;

// One row an entity: how to make one, a change, and what its parts are called.
const ENTITIES = [
    {
        name: 'stores', id: 'store_id', missing: 'store_not_found',
        body: () => ({ code: code('S'), name: 'Branch', currency: 'EUR', time_zone: 'Europe/Berlin' }),
        defaults: {
            address: null, tax_number: null, receipt_header: null, receipt_footer: null, tax_rounding: 'line', rounding_mode: 'half_up',
            cash_rounding: 0, shift_policy: 'optional', loyalty: null, receipt_columns: 42, receipt_language: 'en',
        },
        change: { name: 'Corner branch', address: 'Main street 1\n10115 Berlin' },
        removal: { address: null },
    },
    {
        name: 'registers', id: 'register_id', missing: 'register_not_found',
        body: () => ({ store_id: shop.store.id, code: code('T'), name: 'Till' }),
        defaults: {},
        change: { name: 'Express till' },
        removal: null,
    },
    {
        name: 'categories', id: 'category_id', missing: 'category_not_found',
        body: () => ({ name: unique('Category') }),
        defaults: { parent_id: null, colour: null, image: null, position: 0 },
        change: { colour: '#AA5500', position: 7 },
        removal: { colour: null },
    },
    {
        name: 'taxes', id: 'tax_id', missing: 'tax_not_found',
        body: () => ({ name: unique('Tax'), rate: '8.875', inclusive: false }),
        defaults: { kind: 'percent', amount_per_unit: 0, compound: false, position: 0 },
        change: { rate: '9' },
        removal: null,
    },
    {
        name: 'products', id: 'product_id', missing: 'product_not_found',
        body: () => ({ sku: unique('SKU'), name: 'Tea', price: 250 }),
        defaults: {
            description: null, barcodes: [], category_id: null, cost: null, tax_ids: [], unit: 'each', oversell: 'allow', image: null,
            kind: 'goods', open_price: false, low_stock_at: null,
        },
        change: { price: 275, description: 'A cup of tea.\nWith milk.' },
        removal: { description: null },
    },
    {
        name: 'customer_groups', id: 'customer_group_id', missing: 'customer_group_not_found',
        body: () => ({ name: unique('Group') }),
        defaults: {},
        change: () => ({ name: unique('Other group') }),
        removal: null,
    },
    {
        name: 'price_lists', id: 'price_list_id', missing: 'price_list_not_found',
        body: () => ({ name: unique('List') }),
        defaults: { customer_group_ids: [], store_ids: [], valid_from: null, valid_until: null },
        change: { valid_from: '2026-12-01T00:00:00.000Z' },
        removal: { valid_from: null },
    },
    {
        name: 'promotions', id: 'promotion_id', missing: 'promotion_not_found',
        body: () => ({ name: unique('A tenth off'), kind: 'percent_off', value: '10' }),
        defaults: {
            product_ids: [], category_ids: [], value_type: null, buy: null, get: null, quantity: null, price: null, threshold: null,
            coupon: null, valid_from: null, valid_until: null, days: [], hours: null, customer_group_ids: [], store_ids: [],
            priority: 0, stacking: 'exclusive',
        },
        change: { hours: { from: '17:00', until: '19:00' }, days: ['mon', 'fri'], coupon: 'TEN' },
        removal: { hours: null },
    },
];

for (const entity of ENTITIES) {
    const { name } = entity;
    const create = (body, options = {}) => api[`${name}_create`]({ body, ...options });
    const read = (id, options = {}) => api[`${name}_read`]({ path: { [entity.id]: id }, ...options });
    const update = (id, body, options = {}) => api[`${name}_update`]({ path: { [entity.id]: id }, body, ...options });

    describe(name, () => {
        let change;
        beforeEach(() => {
            change = typeof entity.change === 'function' ? entity.change() : entity.change;
        });

        test(`${name}_create answers 201 with Location, ETag, defaults; ${name}_read the same`, async () => {
            const body = entity.body();
            const made = await create(body, { expect: 201 });
            assert.equal(made.headers.get('location'), `/api/v1/${name.replaceAll('_', '-')}/${made.body.id}`);
            assert.equal(made.headers.get('etag'), '"1"');
            assert.equal(made.body.version, 1);
            assert.equal(made.body.archived, false);
            for (const [member, value] of Object.entries({ ...entity.defaults, ...body })) {
                assert.deepEqual(made.body[member], value, member);
            }
            assert.match(made.body.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
            assert.ok(Number(made.headers.get('mypos-catalog-seq')) > 0);
            const got = await read(made.body.id, { expect: 200 });
            assert.deepEqual(got.body, made.body);
        });

        test(`${name}_create takes the client's id; the same again is a replay, other content is id_taken`, async () => {
            const body = { id: uuid7(), ...entity.body() };
            const made = await create(body, { expect: 201 });
            assert.equal(made.body.id, body.id);
            const again = await create(body, { expect: 201 });
            assert.equal(again.headers.get('idempotent-replayed'), 'true');
            assert.deepEqual(again.body, made.body);
            await create({ ...entity.body(), id: body.id }, { expect: 409, code: 'id_taken' });
        });

        test(`${name}_create refuses an id that is not of version 7`, async () => {
            for (const id of ['x', uuid7().toUpperCase(), '4f3d2a10-1111-4abc-8def-0123456789ab', 7]) {
                const { body } = await create({ ...entity.body(), id }, { expect: 422 });
                assert.equal(body.errors[0].pointer, '/id');
            }
        });

        test(`${name}_create with an Idempotency-Key happens once`, async () => {
            const headers = { 'Idempotency-Key': unique('key') };
            const body = entity.body();
            const first = await create(body, { headers, expect: 201 });
            const again = await create(body, { headers, expect: 201 });
            assert.equal(first.headers.get('idempotent-replayed'), null);
            assert.equal(again.headers.get('idempotent-replayed'), 'true');
            assert.equal(again.text, first.text);
            assert.equal(again.headers.get('etag'), first.headers.get('etag'));
            assert.equal(again.headers.get('location'), first.headers.get('location'));
            await create(entity.body(), { headers, expect: 422, code: 'idempotency_key_reused' });
        });

        test(`${name}_create: a refused request does not use the key up`, async () => {
            const headers = { 'Idempotency-Key': unique('key') };
            await create({ ...entity.body(), id: 'no' }, { headers, expect: 422, code: 'validation_failed' });
            await create(entity.body(), { headers, expect: 201 });
        });

        test(`${name}_create at the same time with one key makes one`, async () => {
            const headers = { 'Idempotency-Key': unique('key') };
            const body = entity.body();
            const answers = await Promise.all(Array.from({ length: 8 }, () => create(body, { headers })));
            const made = answers.filter((answer) => answer.status === 201);
            assert.ok(answers.every((answer) => [201, 409].includes(answer.status)));
            assert.ok(made.length >= 1);
            assert.equal(new Set(made.map((answer) => answer.body.id)).size, 1);
        });

        test(`${name}_read answers 304 to its ETag, and to weak, listed and starred ones`, async () => {
            const { body } = await create(entity.body(), { expect: 201 });
            for (const tag of ['"1"', 'W/"1"', '"0", "1"', '*']) {
                const { headers, text } = await read(body.id, { headers: { 'If-None-Match': tag }, expect: 304 });
                assert.equal(headers.get('etag'), '"1"');
                assert.equal(text, '');
            }
            await read(body.id, { headers: { 'If-None-Match': '"2"' }, expect: 200 });
        });

        test(`${name}_read and ${name}_update of an unknown id are 404 ${entity.missing}`, async () => {
            await read(uuid7(), { expect: 404, code: entity.missing });
            await update(uuid7(), change, { expect: 404, code: entity.missing });
        });

        test(`${name}_update changes what it names and nothing else`, async () => {
            const { body } = await create(entity.body(), { expect: 201 });
            const changed = await update(body.id, change, { expect: 200 });
            assert.equal(changed.body.version, 2);
            assert.equal(changed.headers.get('etag'), '"2"');
            assert.deepEqual(changed.body, { ...body, ...change, version: 2, updated_at: changed.body.updated_at });
            assert.deepEqual((await read(body.id, { expect: 200 })).body, changed.body);
            if (entity.removal) {
                const removed = await update(body.id, entity.removal, { expect: 200 });
                assert.equal(removed.body[Object.keys(entity.removal)[0]], null);
            }
        });

        test(`${name}_update that changes nothing leaves the version`, async () => {
            const { body } = await create({ ...entity.body(), ...change }, { expect: 201 });
            for (const patch of [{}, change, { archived: false }]) {
                const same = await update(body.id, patch, { expect: 200 });
                assert.equal(same.body.version, 1);
            }
        });

        test(`${name}_update honours If-Match`, async () => {
            const { body } = await create(entity.body(), { expect: 201 });
            await update(body.id, change, { headers: { 'If-Match': '"7"' }, expect: 412, code: 'version_mismatch' });
            await update(body.id, change, { headers: { 'If-Match': 'W/"1"' }, expect: 412 });
            assert.equal((await read(body.id)).body.version, 1);
            await update(body.id, change, { headers: { 'If-Match': '"1"' }, expect: 200 });
            await update(body.id, { archived: true }, { headers: { 'If-Match': '*' }, expect: 200 });
        });

        test(`${name}_update: of two at once with one version, one wins`, async () => {
            const { body } = await create(entity.body(), { expect: 201 });
            const answers = await Promise.all(Array.from({ length: 8 }, (_, i) =>
                update(body.id, { name: `Name ${i} ${body.id}` }, { headers: { 'If-Match': '"1"' } })));
            assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array(7).fill(412)]);
        });

        test(`${name}_update takes application/json too, and names every fault`, async () => {
            const { body } = await create(entity.body(), { expect: 201 });
            await update(body.id, change, { type: 'application/json', expect: 200 });
            const refused = await update(body.id, { id: body.id, name: '', wings: 1 }, { expect: 422 });
            assert.deepEqual(refused.body.errors.map((error) => error.pointer).sort(), ['/id', '/name', '/wings']);
        });

        test(`${name}: archived ones leave the list, and come back`, async () => {
            const { body } = await create(entity.body(), { expect: 201 });
            const archived = await update(body.id, { archived: true }, { expect: 200 });
            assert.equal(archived.body.archived, true);
            const ids = async (query) => (await api.all(`${name}_list`, { limit: 200, ...query })).map((entry) => entry.id);
            assert.ok(!(await ids()).includes(body.id));
            assert.ok((await ids({ archived: 'only' })).includes(body.id));
            assert.ok((await ids({ archived: 'include' })).includes(body.id));
            assert.equal((await read(body.id)).body.archived, true);
            await update(body.id, { archived: false }, { expect: 200 });
            assert.ok((await ids()).includes(body.id));
        });

        test(`${name}_list pages through everything once, also while entries are added`, async () => {
            const wanted = new Set();
            for (let i = 0; i < 7; i += 1) {
                wanted.add((await create(entity.body(), { expect: 201 })).body.id);
            }
            const seen = [];
            let cursor;
            do {
                const { body } = await api[`${name}_list`]({ query: { limit: 3, cursor }, expect: 200 });
                assert.ok(body.data.length <= 3);
                seen.push(...body.data.map((entry) => entry.id));
                cursor = body.next_cursor;
                if (seen.length < 12) {
                    await create(entity.body(), { expect: 201 });
                }
            } while (cursor);
            assert.equal(new Set(seen).size, seen.length, 'an entry came twice');
            for (const id of wanted) {
                assert.ok(seen.includes(id), 'an entry was left out');
            }
        });

        test(`${name}_list refuses a damaged cursor and a limit out of range`, async () => {
            const { body } = await api[`${name}_list`]({ query: { limit: 1 }, expect: 200 });
            const damaged = [`${body.next_cursor}x`, body.next_cursor.slice(1), 'nonsense', '%00', 'AAAA'];
            for (const cursor of damaged) {
                const refused = await api[`${name}_list`]({ query: { cursor } });
                assert.equal(refused.status, 422, `cursor ${cursor}: ${refused.text}`);
                assert.equal(refused.body.errors[0].pointer, '#/query/cursor');
            }
            for (const limit of ['0', '201', '-1', 'x', '1.5', '']) {
                const refused = await api[`${name}_list`]({ query: { limit }, expect: 422 });
                assert.equal(refused.body.errors[0].pointer, '#/query/limit');
            }
        });

        test(`${name}_list answers 304 until something changes`, async () => {
            const first = await api[`${name}_list`]({ expect: 200 });
            const headers = { 'If-None-Match': first.headers.get('etag') };
            await api[`${name}_list`]({ headers, expect: 304 });
            await create(entity.body(), { expect: 201 });
            await api[`${name}_list`]({ headers, query: { limit: 200 }, expect: 200 });
        });

        test(`${name}: every change is in catalog_changes_list, with who and what`, async () => {
            const { body: start } = await api.catalog_changes_list({ query: { after: 0, limit: 1 }, expect: 200 });
            assert.ok(start.last_seq >= 0);
            const seq = Number((await api[`${name}_list`]()).headers.get('mypos-catalog-seq'));
            const { body } = await create(entity.body(), { expect: 201 });
            await update(body.id, change, { expect: 200 });
            await update(body.id, { archived: true }, { expect: 200 });
            await update(body.id, { archived: false }, { expect: 200 });
            const { body: changes } = await api.catalog_changes_list({ query: { after: seq }, expect: 200 });
            const mine = changes.data.filter((entry) => entry.entity_id === body.id);
            assert.deepEqual(mine.map((entry) => entry.op), ['create', 'update', 'archive', 'restore']);
            assert.deepEqual(mine.map((entry) => entry.version), [1, 2, 3, 4]);
            assert.deepEqual(mine[0].body, body);
            assert.deepEqual(mine[3].body, (await read(body.id)).body);
            assert.ok(mine.every((entry) => entry.actor.kind === 'employee' && entry.actor.name !== ''));
            assert.equal(changes.has_more, false);
            assert.equal(changes.last_seq, changes.data.at(-1).seq);
        });
    });
}

describe('what is unique', () => {
    test('stores_create: a code belongs to one store', async () => {
        const body = ENTITIES[0].body();
        await api.stores_create({ body, expect: 201 });
        await api.stores_create({ body, expect: 409, code: 'code_taken' });
    });

    test('registers_create: a code belongs to one register, for receipt numbers begin with it', async () => {
        const body = ENTITIES[1].body();
        const { body: made } = await api.registers_create({ body, expect: 201 });
        await api.registers_create({ body, expect: 409, code: 'code_taken' });
        const other = (await api.registers_create({ body: ENTITIES[1].body(), expect: 201 })).body;
        await api.registers_update({
            path: { register_id: other.id }, body: { code: made.code }, expect: 409, code: 'code_taken',
        });
    });

    test('categories_create: a name is unique among its siblings', async () => {
        const name = unique('Drinks');
        const parent = (await api.categories_create({ body: { name }, expect: 201 })).body;
        await api.categories_create({ body: { name }, expect: 409, code: 'name_taken' });
        const child = { name, parent_id: parent.id };
        await api.categories_create({ body: child, expect: 201 });
        await api.categories_create({ body: child, expect: 409, code: 'name_taken' });
    });

    test('a race for one name has one winner', async () => {
        const sku = unique('race');
        const answers = await Promise.all(Array.from({ length: 8 }, () =>
            api.products_create({ body: { sku, name: 'Race', price: 1 } })));
        assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, ...Array(7).fill(409)]);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'sku_taken'));
    });
});

describe('references', () => {
    test('registers_create with an unknown store names the member', async () => {
        const { body } = await api.registers_create({ body: { ...ENTITIES[1].body(), store_id: uuid7() }, expect: 422 });
        assert.equal(body.errors[0].pointer, '/store_id');
    });

    test('registers_list filters by store', async () => {
        const { body: store } = await api.stores_create({ body: ENTITIES[0].body(), expect: 201 });
        const made = { ...ENTITIES[1].body(), store_id: store.id };
        const { body: register } = await api.registers_create({ body: made, expect: 201 });
        const { body } = await api.registers_list({ query: { store_id: store.id }, expect: 200 });
        assert.deepEqual(body.data.map((entry) => entry.id), [register.id]);
    });

    test('categories_update never makes a circle', async () => {
        const top = (await api.categories_create({ body: { name: unique('Top') }, expect: 201 })).body;
        const low = (await api.categories_create({ body: { name: unique('Low'), parent_id: top.id }, expect: 201 })).body;
        for (const parent of [low.id, top.id]) {
            const { body } = await api.categories_update({
                path: { category_id: top.id }, body: { parent_id: parent }, expect: 422,
            });
            assert.equal(body.errors[0].pointer, '/parent_id');
        }
    });

    test('products_create with an unknown category and tax names both', async () => {
        const { body } = await api.products_create({
            body: { sku: unique(), name: 'X', price: 1, category_id: uuid7(), tax_ids: [uuid7()] }, expect: 422,
        });
        assert.deepEqual(body.errors.map((error) => error.pointer).sort(), ['/category_id', '/tax_ids/0']);
    });

    test('taxes_create refuses a rate that is none', async () => {
        for (const rate of ['100.00001', '-1', '1e1', '', '5.123456', 20, '0x5']) {
            const { body } = await api.taxes_create({ body: { name: unique('T'), rate, inclusive: true }, expect: 422 });
            assert.equal(body.errors[0].pointer, '/rate', String(rate));
        }
    });

    test('stores_create refuses a currency and a time zone that do not exist', async () => {
        const { body } = await api.stores_create({
            body: { ...ENTITIES[0].body(), currency: 'EURO', time_zone: 'Europe/Atlantis' }, expect: 422,
        });
        assert.deepEqual([...new Set(body.errors.map((error) => error.pointer))].sort(), ['/currency', '/time_zone']);
    });
});

describe('catalog_changes_list', () => {
    test('pages without a gap, and waits for a sequence that is to come', async () => {
        const all = [];
        let after = 0;
        let more = true;
        while (more) {
            const { body } = await api.catalog_changes_list({ query: { after, limit: 20 }, expect: 200 });
            all.push(...body.data.map((change) => change.seq));
            after = body.last_seq;
            more = body.has_more;
        }
        assert.deepEqual(all, Array.from({ length: all.length }, (_, i) => all[0] + i));
        const end = await api.catalog_changes_list({ query: { after }, expect: 200 });
        assert.deepEqual(end.body.data, []);
        assert.equal(end.body.has_more, false);
    });

    test('a kept answer answers 304', async () => {
        const { headers } = await api.catalog_changes_list({ query: { after: 0 }, expect: 200 });
        await api.catalog_changes_list({ query: { after: 0 }, headers: { 'If-None-Match': headers.get('etag') }, expect: 304 });
    });

    test('MyPOS-Catalog-Min-Seq: reached is answered, not reached is 503 not_ready', async () => {
        const { headers } = await api.taxes_list({ expect: 200 });
        const seq = headers.get('mypos-catalog-seq');
        await api.taxes_list({ headers: { 'MyPOS-Catalog-Min-Seq': seq }, expect: 200 });
        const late = await api.taxes_list({
            headers: { 'MyPOS-Catalog-Min-Seq': String(Number(seq) + 1_000_000) }, expect: 503, code: 'not_ready',
        });
        assert.ok(Number(late.headers.get('retry-after')) >= 1);
    });
});
