// What a cashier may not do alone: discounts, prices and exemptions by hand need a scope, or somebody who has it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

let server, api, shop, vat, tea, service, till;
const keys = {};
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    vat = await shop.tax('20', true);
    tea = await shop.product({ price: 250, tax_ids: [vat.id] });
    service = await shop.product({ price: 0, kind: 'service', open_price: true });
    const make = async (name, scopes) => {
        const { body } = await api.api_keys_create({ body: { name: unique(name), scopes }, expect: 201 });
        keys[name] = body;
    };
    await make('till', ['quotes:create', 'transactions:create']);
    await make('discounter', ['transactions:discount']);
    await make('supervisor', ['transactions:discount', 'transactions:price_override', 'transactions:tax_exempt']);
    till = api.as(keys.till.key);
});
after(() => server?.stop());

const TEN = [{ type: 'percent', value: '10', reason: 'Regular' }];

/** What needs a scope, and what it costs. */
const cases = () => ({
    'transactions:discount': [
        { lines: [{ product_id: tea.id, quantity: '2', discounts: TEN }] },
        { lines: [{ product_id: tea.id, quantity: '2' }], discounts: TEN },
    ],
    'transactions:price_override': [
        { lines: [{ product_id: tea.id, quantity: '2', unit_price: 199, price_reason: 'Matched' }] },
    ],
    'transactions:tax_exempt': [
        { lines: [{ product_id: tea.id, quantity: '2' }], tax_exemption: { reason: 'Diplomat', certificate: 'AT-1' } },
        { lines: [{ product_id: tea.id, quantity: '2', tax_exemption: { reason: 'Resale' } }] },
    ],
});

async function body(cart) {
    const { body: quote } = await till.quotes_create({ body: { register_id: shop.register.id, ...cart }, expect: 200 });
    return shop.saleBody([], quote.total, cart);
}

const sell = (client, request, approval, expected = { expect: 201 }) => client.transactions_create({
    body: request, headers: approval === undefined ? {} : { 'MyPOS-Approval': approval }, ...expected,
});

describe('without the scope', () => {
    test('a quote shows it, a sale is forbidden and says which scope it needs', async () => {
        for (const [scope, carts] of Object.entries(cases())) {
            for (const cart of carts) {
                const { body: problem } = await sell(till, await body(cart), undefined, { expect: 403, code: 'forbidden' });
                assert.ok(problem.detail.includes(scope), problem.detail);
            }
        }
    });

    test('a plain sale, an open price and the catalogue\'s own price need none', async () => {
        await sell(till, await body({ lines: [{ product_id: tea.id, quantity: '1' }] }));
        await sell(till, await body({ lines: [{ product_id: tea.id, quantity: '1', unit_price: 250 }] }));
        const { body: record } = await sell(till, await body({ lines: [{ product_id: service.id, quantity: '1', unit_price: 1234 }] }));
        assert.equal(record.total, 1234);
        assert.equal(record.lines[0].price_source, 'open');
    });
});

describe('with the scope', () => {
    test('nobody else is named', async () => {
        for (const carts of Object.values(cases())) {
            for (const cart of carts) {
                const { text } = await sell(api, await body(cart));
                assert.ok(!text.includes('allowed_by'));
            }
        }
    });
});

describe('with an approval', () => {
    test('the sale is made, and the record says who permitted it', async () => {
        const actor = { kind: 'api_key', id: keys.supervisor.id, name: keys.supervisor.name };
        const [line, basket] = cases()['transactions:discount'];
        for (const cart of [line, basket]) {
            const { body: record } = await sell(till, await body(cart), keys.supervisor.key);
            assert.deepEqual(record.lines[0].discounts[0].allowed_by, actor);
            assert.equal(record.cashier.id, keys.till.id);
        }
        const [price] = cases()['transactions:price_override'];
        const { body: record } = await sell(till, await body(price), keys.supervisor.key);
        assert.deepEqual(record.lines[0].price_allowed_by, actor);
        assert.equal(record.lines[0].price_reason, 'Matched');
        for (const cart of cases()['transactions:tax_exempt']) {
            const { body: exempt } = await sell(till, await body(cart), keys.supervisor.key);
            assert.equal(exempt.tax_total, 0);
            assert.deepEqual(exempt.allowed_by, actor);
        }
    });

    test('an employee approves with the token of a session', async () => {
        const { body: session } = await server.client().auth_login({
            body: { username: 'admin', password: server.adminPassword }, expect: 200,
        });
        const { body: record } = await sell(till, await body(cases()['transactions:discount'][0]), session.access_token);
        assert.equal(record.lines[0].discounts[0].allowed_by.kind, 'employee');
    });

    test('of somebody who lacks the scope too it is forbidden', async () => {
        const { body: problem } = await sell(till, await body(cases()['transactions:price_override'][0]),
            keys.discounter.key, { expect: 403, code: 'forbidden' });
        assert.deepEqual(problem.errors.map(({ pointer, code }) => [pointer, code]),
            [['#/header/MyPOS-Approval', 'approval_insufficient']]);
    });

    test('that is none it is forbidden, not unauthenticated', async () => {
        const request = await body(cases()['transactions:discount'][0]);
        for (const wrong of ['nonsense', `${keys.supervisor.key.slice(0, -1)}x`, 'mypos_tok_AAAA']) {
            const { body: problem } = await sell(till, request, wrong, { expect: 403, code: 'forbidden' });
            assert.equal(problem.errors[0].code, 'approval_invalid');
            assert.ok(!problem.detail.includes(wrong));
        }
        await sell(till, request, 'with blanks', { expect: 422, code: 'validation_failed' });
    });

    test('that was revoked it is forbidden; who has the scope needs none', async () => {
        const { body: key } = await api.api_keys_create({
            body: { name: unique('Gone'), scopes: ['transactions:discount'] }, expect: 201,
        });
        const request = await body(cases()['transactions:discount'][0]);
        await api.api_keys_revoke({ path: { api_key_id: key.id }, expect: 204 });
        await sell(till, request, key.key, { expect: 403, code: 'forbidden' });
        await sell(api, request, key.key);
    });

    test('a retry is the first record, also without the approval', async () => {
        const request = await body(cases()['transactions:discount'][0]);
        const first = await sell(till, request, keys.supervisor.key);
        const again = await sell(till, request);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.body, first.body);
    });

    test('the credential is nowhere in the log', async () => {
        assert.ok(!server.log().includes(keys.supervisor.key));
    });
});
