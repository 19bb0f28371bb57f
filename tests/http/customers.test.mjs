// Customers: found by any part of what is known of them, changed, merged, credited, exported, erased.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { scan } from '../lib/scan.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

let server, api, shop, tea;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ name: 'Tea', price: 250 });
});
after(() => server?.stop());

const at = (customer) => ({ customer_id: customer.id ?? customer });
const create = async (body = {}) =>
    (await api.customers_create({ body: { name: unique('Customer'), ...body }, expect: 201 })).body;
const read = async (customer) => (await api.customers_read({ path: at(customer), expect: 200 })).body;
const update = (customer, body, options = {}) => api.customers_update({ path: at(customer), body, ...options });
const post = (customer, type, amount, options = {}) => api.customers_entries_create({
    path: at(customer), body: { type, amount, reason: 'Test', ...options.body }, expect: 201, ...options.request,
});
const find = async (q) => (await api.customers_list({ query: { q }, expect: 200 })).body.data.map((found) => found.id);
const erase = (customer, body = {}, options = {}) => api.customers_erase({ path: at(customer), body, expect: 200, ...options });
/** Until what this customer says next is later by the clock. */
const later = ({ consent }) => until(() => Date.now(), (now) => now > Date.parse(consent.updated_at));
const sellTo = (customer, options = {}) => shop.sell([tea], 250, { customer_id: customer.id, ...options });

/** A client with a key that has only these scopes. */
async function withScopes(...scopes) {
    const { body } = await api.api_keys_create({ body: { name: unique('key'), scopes }, expect: 201 });
    return server.client().as(body.key);
}

const FULL = () => ({
    name: unique('Anna Hofmann'), first_name: 'Anna', last_name: 'Hofmann', company: 'Café Hofmann', phone: '+43 664 1234567',
    email: 'anna@example.com', address: 'Hauptstraße 1\n1010 Wien', birthday: '1990-04-17', notes: 'Window seat.\nTea.',
    tax_exemption: { reason: 'Embassy', certificate: 'EX-1', valid_until: '2099-12-31' }, account_limit: 5000,
});

describe('customers_create, customers_read', () => {
    test('answers what was said, and what the shop counts', async () => {
        const body = { ...FULL(), consent: { marketing_email: true } };
        const made = await api.customers_create({ body, expect: 201 });
        const { consent, ...rest } = body;
        for (const [member, value] of Object.entries(rest)) {
            assert.deepEqual(made.body[member], value, member);
        }
        assert.deepEqual(made.body.consent, {
            marketing_email: true, marketing_sms: false, updated_at: made.body.consent.updated_at,
        });
        assert.ok(Math.abs(Date.parse(made.body.consent.updated_at) - Date.now()) < 60_000);
        assert.deepEqual([made.body.visits, made.body.spent, made.body.store_credit, made.body.account_balance, made.body.points],
            [0, 0, 0, 0, 0]);
        assert.equal(made.body.state, 'active');
        assert.equal(made.headers.get('location'), `/api/v1/customers/${made.body.id}`);
        assert.deepEqual(await read(made.body), made.body);
    });

    test('what was not said is absent; nobody has consented to anything', async () => {
        const customer = await create({ phone: null });
        for (const member of ['phone', 'email', 'tax_exemption', 'merged_into', 'last_visit_at']) {
            assert.ok(!(member in customer), member);
        }
        assert.deepEqual(customer.consent, { marketing_email: false, marketing_sms: false });
        assert.deepEqual(customer.group_ids, []);
        assert.equal(customer.account_limit, 0);
    });

    test('the same id again is a replay, other content is id_taken; a key works once', async () => {
        const body = { id: uuid7(), name: unique('Once') };
        await api.customers_create({ body, expect: 201 });
        const again = await api.customers_create({ body, expect: 201 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await api.customers_create({ body: { ...body, name: 'Another' }, expect: 409, code: 'id_taken' });
        const headers = { 'Idempotency-Key': unique('key') };
        const named = { name: unique('Keyed') };
        const first = await api.customers_create({ body: named, headers, expect: 201 });
        const second = await api.customers_create({ body: named, headers, expect: 201 });
        assert.equal(second.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(second.body, first.body);
        await api.customers_create({ body: { name: 'X' }, headers, expect: 422, code: 'idempotency_key_reused' });
    });

    test('refuses what is none, all faults at once', async () => {
        const { body } = await api.customers_create({
            body: { name: '', phone: 'call me', email: 'nobody', birthday: '1990-02-30', group_ids: ['x'], account_limit: -1, points: 5 },
            expect: 422,
        });
        const pointers = body.errors.map((error) => error.pointer).sort();
        for (const pointer of ['/name', '/phone', '/email', '/birthday', '/group_ids/0', '/account_limit']) {
            assert.ok(pointers.includes(pointer), `${pointer} in ${pointers}`);
        }
        const more = await api.customers_create({
            body: { name: '  ', phone: '(/-.)', group_ids: [uuid7()], tax_exemption: { certificate: 'x' } }, expect: 422,
        });
        assert.deepEqual(more.body.errors.map((error) => error.pointer),
            ['/name', '/phone', '/tax_exemption/reason', '/group_ids/0']);
        await api.customers_read({ path: at(uuid7()), expect: 404, code: 'customer_not_found' });
    });

    test('names in every script, as long as they may be', async () => {
        for (const name of ['名前 太郎', 'Ştefan Łódź', '🙂 Smile', 'ẞ'.repeat(200), 'x'.repeat(200), 'a b '.repeat(50)]) {
            const customer = await create({ name });
            assert.equal((await read(customer)).name, name);
        }
        await api.customers_create({ body: { name: 'x'.repeat(201) }, expect: 422 });
    });

    test('credit on account is given by who may give it, or with an approval', async () => {
        const clerk = await withScopes('customers:read', 'customers:write');
        await clerk.customers_create({ body: { name: 'Credit', account_limit: 100 }, expect: 403, code: 'forbidden' });
        const { body } = await clerk.customers_create({ body: { name: unique('Credit') }, expect: 201 });
        await clerk.customers_update({ path: at(body), body: { account_limit: 100 }, expect: 403 });
        const headers = { 'MyPOS-Approval': (await withScopes('customers:credit')).token };
        const raised = await clerk.customers_update({ path: at(body), body: { account_limit: 100 }, headers, expect: 200 });
        assert.equal(raised.body.account_limit, 100);
        await clerk.customers_update({ path: at(body), body: { notes: 'as before', account_limit: 100 }, expect: 200 });
    });

    test('groups exist; an archived one may be kept, not taken', async () => {
        const group = (await api.customer_groups_create({ body: { name: unique('Group') }, expect: 201 })).body;
        const customer = await create({ group_ids: [group.id] });
        await api.customer_groups_update({ path: { customer_group_id: group.id }, body: { archived: true }, expect: 200 });
        await update(customer, { group_ids: [group.id], notes: 'kept' }, { expect: 200 });
        await api.customers_create({ body: { name: 'Late', group_ids: [group.id] }, expect: 422 });
    });
});

describe('customers_list', () => {
    test('finds any part of a name, a company, an address, a number in any notation', async () => {
        const customer = await create({
            name: 'Zoë Quarzhuber-Łęcki', company: 'Jörgs Fahrräder & Söhne', phone: '0699/987 65 43', email: 'zoe.q@velo.example',
        });
        for (const q of ['quarz', 'HUBER', 'rzhub', 'lecki', 'quarzhuberłęcki', 'zoe quarz', 'huber ZOË', 'fahrrader', 'sohne jörg',
            '0699/987 65 43', '+43 699 9876543', '00436999876543', '699 98', '76543', 'zoe.q@velo', 'velo.ex', 'huber 0699']) {
            assert.ok((await find(q)).includes(customer.id), q);
        }
        for (const q of ['quarzx', 'zoe nobody', '+43 699 9876544', '!!!', 'velo.xyz']) {
            assert.ok(!(await find(q)).includes(customer.id), q);
        }
    });

    test('forgets what was changed', async () => {
        const customer = await create({ name: unique('Xanthippe'), phone: '0650 1112223' });
        await update(customer, { name: 'Penelope Xy', phone: null }, { expect: 200 });
        assert.deepEqual(await find('xanthippe'), []);
        assert.ok(!(await find('06501112223')).includes(customer.id));
        assert.ok((await find('elope xy')).includes(customer.id));
    });

    test('pages through all, and through what is found, each once', async () => {
        const name = unique('Pageful').replace(/\W/g, '');
        const ids = [];
        for (let i = 0; i < 7; i += 1) {
            ids.unshift((await create({ name: `${name} ${i}` })).id);
        }
        // What is found has no order of its own.
        assert.deepEqual((await api.all('customers_list', { q: name, limit: 3 })).map((one) => one.id).sort(), [...ids].sort());
        const all = (await api.all('customers_list', { limit: 3 })).map((one) => one.id);
        assert.deepEqual(all.slice(0, 7), ids);
        assert.equal(new Set(all).size, all.length);
        const { body } = await api.customers_list({ query: { limit: 1 }, expect: 200 });
        await api.customers_list({ query: { cursor: body.next_cursor, q: name }, expect: 422 });
        await api.customers_list({ query: { cursor: 'x' }, expect: 422 });
        await api.customers_list({ query: { q: '' }, expect: 422 });
    });
});

describe('customers_update', () => {
    test('merges members and those of consent and exemption; null clears; nothing changed is no version', async () => {
        const customer = await create({ ...FULL(), consent: { marketing_email: true } });
        await later(customer);
        const { body } = await update(customer, {
            phone: null, tax_exemption: { certificate: 'EX-2' }, consent: { marketing_sms: true }, notes: 'New',
        }, { expect: 200 });
        assert.equal(body.version, 2);
        assert.ok(!('phone' in body));
        assert.deepEqual(body.tax_exemption, { reason: 'Embassy', certificate: 'EX-2', valid_until: '2099-12-31' });
        assert.equal(body.consent.marketing_email && body.consent.marketing_sms, true);
        assert.ok(body.consent.updated_at > customer.consent.updated_at);
        const same = await update(customer, { notes: 'New', consent: { marketing_sms: true } }, { expect: 200 });
        assert.deepEqual(same.body, body);
        await update(customer, { tax_exemption: { reason: null } }, { expect: 422 });
        assert.ok(!('tax_exemption' in (await update(customer, { tax_exemption: null }, { expect: 200 })).body));
        await update(customer, { name: null }, { expect: 422 });
        await update(uuid7(), { notes: 'x' }, { expect: 404, code: 'customer_not_found' });
    });

    test('If-Match: the version counts, not the balances', async () => {
        const made = await api.customers_create({ body: { name: unique('Versioned') }, expect: 201 });
        const etag = made.headers.get('etag');
        await post(made.body, 'points', 5);
        const changed = await update(made.body, { notes: 'one' }, { headers: { 'If-Match': etag }, expect: 200 });
        const refused = await update(made.body, { notes: 'two' },
            { headers: { 'If-Match': etag }, expect: 412, code: 'version_mismatch' });
        assert.equal(refused.headers.get('etag'), changed.headers.get('etag'));
        await update(made.body, { notes: 'two' }, { headers: { 'If-Match': '"2"' }, expect: 200 });
        await update(made.body, { notes: 'three' }, { headers: { 'If-Match': 'W/"3"' }, expect: 412 });
        await update(made.body, { notes: 'three' }, { headers: { 'If-Match': '*' }, expect: 200 });
    });

    test('If-None-Match: a balance that moved is a new answer', async () => {
        const made = await api.customers_create({ body: { name: unique('Cached') }, expect: 201 });
        const headers = { 'If-None-Match': made.headers.get('etag') };
        await api.customers_read({ path: at(made.body), headers, expect: 304 });
        await post(made.body, 'points', 5);
        await api.customers_read({ path: at(made.body), headers, expect: 200 });
    });

    test('40 at once, without a version: all are written', async () => {
        const customer = await create();
        const answers = await Promise.all(Array.from({ length: 40 }, (_, i) =>
            update(customer, i % 2 ? { notes: `n${i}` } : { company: `c${i}` })));
        for (const answer of answers) {
            assert.equal(answer.status, 200, answer.text);
        }
        assert.equal((await read(customer)).version, 41);
    });
});

describe('customers_entries', () => {
    test('store credit, points and payments, by hand and with a reason', async () => {
        const customer = await create();
        const { body } = await post(customer, 'store_credit', 1500);
        assert.deepEqual([body.type, body.store_credit, body.reason, body.actor.kind], ['store_credit', 1500, 'Test', 'employee']);
        await post(customer, 'store_credit', -500);
        await post(customer, 'points', 30);
        await post(customer, 'store_credit', -1001, { request: { expect: 409, code: 'insufficient_balance' } });
        await post(customer, 'points', -31, { request: { expect: 409, code: 'insufficient_balance' } });
        await post(customer, 'account_payment', 1, { request: { expect: 409, code: 'insufficient_balance' } });
        await post(customer, 'account_payment', -1, { request: { expect: 422 } });
        await post(customer, 'points', 0, { request: { expect: 422 } });
        await post(uuid7(), 'points', 1, { request: { expect: 404, code: 'customer_not_found' } });
        const now = await read(customer);
        assert.deepEqual([now.store_credit, now.points, now.account_balance, now.version], [1000, 30, 0, 1]);
        const { body: page } = await api.customers_entries_list({ path: at(customer), query: { limit: 2 }, expect: 200 });
        assert.deepEqual(page.data.map((entry) => entry.points ?? entry.store_credit), [30, -500]);
        const rest = await api.customers_entries_list({ path: at(customer), query: { cursor: page.next_cursor }, expect: 200 });
        assert.deepEqual(rest.body.data.map((entry) => entry.store_credit), [1500]);
        await api.customers_entries_list({ path: at(uuid7()), expect: 404 });
    });

    test('need their own scope', async () => {
        const clerk = await withScopes('customers:read', 'customers:write');
        const customer = await create();
        await clerk.customers_entries_create({
            path: at(customer), body: { type: 'points', amount: 1, reason: 'x' }, expect: 403, code: 'forbidden',
        });
    });

    test('the same id and the same key happen once, also when they would be refused today', async () => {
        const customer = await create();
        const id = uuid7();
        const headers = { 'Idempotency-Key': unique('key') };
        await post(customer, 'store_credit', 100, { body: { id } });
        const spent = await post(customer, 'store_credit', -100, { request: { expect: 201, headers } });
        assert.equal((await post(customer, 'store_credit', 100, { body: { id } })).headers.get('idempotent-replayed'), 'true');
        const again = await post(customer, 'store_credit', -100, { request: { expect: 201, headers } });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.body, spent.body);
        await post(customer, 'store_credit', 101, { body: { id }, request: { expect: 409, code: 'id_taken' } });
        assert.equal((await read(customer)).store_credit, 0);
    });

    test('50 who take the last at once: never below zero', async () => {
        const customer = await create();
        await post(customer, 'store_credit', 1000);
        const answers = await Promise.all(Array.from({ length: 50 }, () => post(customer, 'store_credit', -100,
            { request: { expect: undefined } })));
        const taken = answers.filter((answer) => answer.status === 201).length;
        assert.equal(taken, 10);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'insufficient_balance'));
        assert.equal((await read(customer)).store_credit, 0);
    });
});

describe('customers_merge', () => {
    const merge = (into, from, options = {}) => api.customers_merge({
        path: at(into), body: { from_id: from.id ?? from }, expect: 200, ...options,
    });

    test('balances, groups, history and what was missing move; the duplicate says into what', async () => {
        const group = (await api.customer_groups_create({ body: { name: unique('Group') }, expect: 201 })).body;
        const survivor = await create({ name: unique('Survivor'), email: 'kept@example.com' });
        const number = `0699 ${Date.now()}`;
        const duplicate = await create({ name: unique('Dupe').replace(/\W/g, ''), email: 'lost@dupe.example', phone: number, group_ids: [group.id] });
        await post(survivor, 'store_credit', 100);
        await post(duplicate, 'store_credit', 500);
        await post(duplicate, 'points', 7);
        const sale = (await sellTo(duplicate)).body;
        const { body, headers } = await merge(survivor, duplicate);
        assert.equal(headers.get('idempotent-replayed'), null);
        assert.deepEqual([body.store_credit, body.points, body.visits, body.spent], [600, 7, 1, 250]);
        assert.deepEqual([body.phone, body.email, body.group_ids, body.merged_ids],
            [number, 'kept@example.com', [group.id], [duplicate.id]]);
        const merged = await read(duplicate);
        assert.deepEqual([merged.state, merged.merged_into, merged.store_credit, merged.points], ['merged', survivor.id, 0, 0]);
        assert.deepEqual(await find(duplicate.name), [survivor.id], 'found by the name of the duplicate');
        assert.deepEqual(await find('lost@dupe.example'), [survivor.id]);
        const later = (await sellTo(survivor)).body;
        const also = (await sellTo(duplicate)).body;
        for (const id of [survivor.id, duplicate.id]) {
            const history = await api.customers_transactions_list({ path: at(id), expect: 200 });
            assert.deepEqual(history.body.data.map((one) => one.id), [also.id, later.id, sale.id]);
        }
        assert.equal((await read(survivor)).visits, 3);
        const replay = await merge(survivor, duplicate);
        assert.equal(replay.headers.get('idempotent-replayed'), 'true');
        assert.equal((await read(survivor)).store_credit, 600);
        await update(duplicate, { notes: 'x' }, { expect: 409, code: 'customer_merged' });
        await post(duplicate, 'points', 1, { request: { expect: 409, code: 'customer_merged' } });
        await erase(duplicate, {}, { expect: 409, code: 'customer_merged' });
    });

    test('chains lead to the end; rings are refused', async () => {
        const [a, b, c] = [await create(), await create(), await create()];
        await merge(b, a);
        await merge(c, b);
        assert.deepEqual((await read(c)).merged_ids, [b.id, a.id]);
        const sale = (await sellTo(a)).body;
        const history = await api.customers_transactions_list({ path: at(c), expect: 200 });
        assert.deepEqual(history.body.data.map((one) => one.id), [sale.id]);
        await merge(a, c, { expect: 409, code: 'customer_merged' });
        await merge(c, c, { expect: 422 });
        await merge(c, uuid7(), { expect: 422 });
        await merge(uuid7(), c, { expect: 404 });
        assert.equal((await merge(c, a)).headers.get('idempotent-replayed'), 'true');
    });

    test('the later word about advertising holds', async () => {
        const early = await create({ consent: { marketing_email: true } });
        await later(early);
        const late = await create({ consent: { marketing_email: false, marketing_sms: true } });
        const { body } = await merge(early, late);
        assert.deepEqual([body.consent.marketing_email, body.consent.marketing_sms], [false, true]);
    });

    test('while tills post to both: nothing is lost', async () => {
        const [a, b] = [await create(), await create()];
        const posts = Array.from({ length: 30 }, (_, i) => post(i % 2 ? a : b, 'points', 1, { request: { expect: undefined } }));
        const [merged, ...answers] = await Promise.all([merge(a, b, { expect: undefined }), ...posts]);
        assert.equal(merged.status, 200, merged.text);
        const done = answers.filter((answer) => answer.status === 201).length;
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'customer_merged'));
        assert.equal((await read(a)).points, done);
        assert.equal((await read(b)).points, 0);
    });

    test('into each other at once: one of them remains', async () => {
        for (let round = 0; round < 10; round += 1) {
            const [a, b] = [await create(), await create()];
            await post(a, 'points', 1);
            await post(b, 'points', 2);
            const answers = await Promise.all([merge(a, b, { expect: undefined }), merge(b, a, { expect: undefined })]);
            assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409]);
            const [left, right] = [await read(a), await read(b)];
            assert.deepEqual([left.state, right.state].sort(), ['active', 'merged']);
            assert.equal(left.points + right.points, 3);
        }
    });
});

describe('customers_export, customers_transactions_list', () => {
    test('of somebody who never bought', async () => {
        const customer = await create();
        const { body } = await api.customers_export({ path: at(customer), expect: 200 });
        assert.deepEqual([body.customer, body.merged, body.entries, body.transactions], [customer, [], [], []]);
        const history = await api.customers_transactions_list({ path: at(customer), expect: 200 });
        assert.deepEqual(history.body.data, []);
        await api.customers_transactions_list({ path: at(uuid7()), expect: 404, code: 'customer_not_found' });
    });

    test('has everything: profile, duplicates, postings, transactions of more than a page', async () => {
        const customer = await create({ ...FULL(), consent: { marketing_sms: true } });
        const duplicate = await create();
        await post(duplicate, 'points', 3);
        await sellTo(duplicate);
        await api.customers_merge({ path: at(customer), body: { from_id: duplicate.id }, expect: 200 });
        for (let i = 0; i < 120; i += 1) {
            await sellTo(customer);
        }
        const { body, headers } = await api.customers_export({ path: at(customer), expect: 200 });
        assert.equal(headers.get('content-disposition'), `attachment; filename="customer-${customer.id}.json"`);
        assert.deepEqual(body.customer, await read(customer));
        assert.deepEqual(body.merged.map((one) => one.id), [duplicate.id]);
        assert.equal(body.transactions.length, 121);
        assert.equal(new Set(body.transactions.map((one) => one.id)).size, 121);
        assert.equal(body.entries.filter((entry) => entry.type === 'sale').length, 121);
        assert.equal(body.entries.filter((entry) => entry.type === 'points').length, 1);
        assert.equal((await api.customers_export({ path: at(duplicate), expect: 200 })).body.customer.id, customer.id);
        await api.customers_export({ path: at(uuid7()), expect: 404 });
        await (await withScopes('customers:read')).customers_export({ path: at(customer), expect: 403 });
    });
});

describe('customers_erase', () => {
    test('is refused while there is money, unless that may be lost', async () => {
        const customer = await create({ account_limit: 1000 });
        await post(customer, 'store_credit', 500);
        await post(customer, 'points', 5);
        const { body } = await erase(customer, {}, { expect: 409, code: 'customer_has_balance' });
        assert.match(body.detail, /500/);
        const erased = (await erase(customer, { forfeit_balances: true })).body;
        assert.deepEqual([erased.state, erased.store_credit, erased.points], ['erased', 0, 0]);
        const entries = await api.customers_entries_list({ path: at(customer), expect: 200 });
        assert.deepEqual([entries.body.data[0].type, entries.body.data[0].store_credit], ['erasure', -500]);
        assert.ok(entries.body.data.every((entry) => !('reason' in entry)), 'what was said at postings is gone');
    });

    test('transactions stay with the id; the id says so and does nothing any more; again is the same', async () => {
        const customer = await create(FULL());
        const sale = (await sellTo(customer)).body;
        const erased = (await erase(customer)).body;
        assert.deepEqual(Object.keys(erased).sort(), ['account_balance', 'created_at', 'erased_at', 'id', 'last_visit_at', 'points',
            'spent', 'state', 'store_credit', 'updated_at', 'version', 'visits']);
        const history = await api.customers_transactions_list({ path: at(customer), expect: 200 });
        assert.deepEqual(history.body.data.map((one) => [one.id, one.customer_id]), [[sale.id, customer.id]]);
        assert.equal((await erase(customer)).headers.get('idempotent-replayed'), 'true');
        await update(customer, { name: 'Back' }, { expect: 409, code: 'customer_erased' });
        await post(customer, 'points', 1, { request: { expect: 409, code: 'customer_erased' } });
        const refused = await shop.sell([tea], 250, { customer_id: customer.id }, { expect: 422 });
        assert.equal(refused.body.errors[0].pointer, '/customer_id');
        await api.customers_merge({ path: at(await create()), body: { from_id: customer.id }, expect: 409, code: 'customer_erased' });
        const state = { state: 'erased' };
        assert.ok((await api.all('customers_list', state)).some((one) => one.id === customer.id));
        assert.ok(!(await api.all('customers_list')).some((one) => one.id === customer.id));
        await erase(uuid7(), {}, { expect: 404 });
        await (await withScopes('customers:read', 'customers:write')).customers_erase({ path: at(customer), body: {}, expect: 403 });
    });

    test('nothing of the person is left in a file, of any version, word, answer or page', async () => {
        // Enough neighbours that pages split and merge; each text is of one person only.
        const people = [];
        const secret = (kind, i) => `${kind}q${i}x${process.pid}zz`;
        for (let i = 0; i < 60; i += 1) {
            const body = {
                id: uuid7(), name: `${secret('name', i)} Person`, first_name: secret('first', i), company: secret('firm', i),
                email: `${secret('mail', i)}@example.com`, notes: secret('note', i).repeat(i % 7 === 0 ? 70 : 1),
                address: secret('street', i), phone: `+43 660 77${String(i).padStart(3, '0')}${process.pid}`,
                tax_exemption: { reason: secret('exempt', i) },
            };
            const headers = { 'Idempotency-Key': secret('key', i) };
            const { body: person } = await api.customers_create({ body, headers, expect: 201 });
            people.push({ ...body, headers });
            await update(person, { name: `${secret('newname', i)} Person`, notes: secret('newnote', i) }, { expect: 200 });
            await post(person, 'points', 1, { body: { reason: secret('reason', i) } });
        }
        const erased = people.filter((_, i) => i % 3 !== 0);
        await api.customers_merge({ path: at(erased[0]), body: { from_id: erased[1].id }, expect: 200 });
        for (const person of erased) {
            if (person !== erased[1]) {
                await erase(person, { forfeit_balances: true });
            }
        }
        const kinds = ['name', 'first', 'firm', 'mail', 'note', 'street', 'exempt', 'newname', 'newnote', 'reason'];
        const texts = (person) => {
            const i = people.indexOf(person);
            return [...kinds.map((kind) => secret(kind, i)), person.phone, person.phone.replace(/\D/g, '').slice(-10)];
        };
        assert.deepEqual(await scan(server, erased.flatMap(texts)), []);
        const kept = people.filter((person) => !erased.includes(person));
        const left = await scan(server, kept.map((person) => secret('newname', people.indexOf(person))));
        assert.ok(left.length >= kept.length, 'the scan finds those who were not erased');
        for (const kind of ['newname', 'mail', 'firm']) {
            assert.deepEqual(await find(secret(kind, people.indexOf(erased[1]))), []);
        }
        const { headers, ...body } = erased[2];
        const replay = await api.customers_create({ body, headers, expect: 201 });
        assert.equal(replay.body.state, 'erased', 'a replay answers what is left');
    });

    test('while an export runs, it ends; afterwards nothing is left', async () => {
        const secret = `readerq${process.pid}zz`;
        const customer = await create({ name: secret });
        const reading = api.product_exports_read({ expect: 200 });
        await erase(customer);
        await reading;
        await until(() => scan(server, [secret]), ({ length }) => length === 0);
    });
});
