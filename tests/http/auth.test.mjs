// Who may call what: login, tokens, API keys, scopes; and the short list of what is open.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { operations } from '../lib/document.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let api;
let open;
before(async () => {
    server = await startServer();
    open = server.client();
    api = await server.admin();
});
after(() => server.stop());

/** A client with an API key of these scopes. */
async function keyed(...scopes) {
    const { body } = await api.api_keys_create({ body: { name: scopes.join(' '), scopes }, expect: 201 });
    return { client: open.as(body.key), key: body };
}

/** Any valid-looking call of an operation: enough for the question whether the caller may ask. */
function attempt(client, operation) {
    const ids = operation.template.match(/\{\w+\}/g) ?? [];
    const path = Object.fromEntries(ids.map((name) => [name.slice(1, -1), uuid7()]));
    return client.operation(operation.id, { path });
}

test('open are exactly health, login, the document and its reference', async () => {
    const answered = [];
    for (const operation of operations) {
        const { status, body, headers } = await attempt(open, operation);
        if (status === 401 && body.code === 'unauthenticated') {
            assert.match(headers.get('www-authenticate'), /^Bearer/);
        } else {
            answered.push(operation.id);
        }
    }
    assert.deepEqual(answered.sort(), ['auth_login', 'docs_read', 'document_read', 'health_live', 'health_ready']);
});

test('every operation refuses a caller without its scope, and names the scope', async () => {
    const { client: reader } = await keyed('products:read');
    const { client: other } = await keyed('taxes:read');
    for (const operation of operations) {
        const scopes = operation.definition.security[0]?.bearer ?? [];
        if (scopes.length === 0) {
            continue;
        }
        const client = scopes.includes('products:read') ? other : reader;
        const { status, body } = await attempt(client, operation);
        assert.equal(status, 403, `${operation.id} answered ${status}`);
        assert.equal(body.code, 'forbidden');
        assert.ok(body.detail.includes(scopes[0]), `${operation.id}: ${body.detail}`);
    }
});

test('every operation lets a caller with its scope in', async () => {
    for (const operation of operations) {
        const scopes = operation.definition.security[0]?.bearer ?? [];
        if (scopes.length === 0) {
            continue;
        }
        const { client } = await keyed(...scopes);
        const { status } = await attempt(client, operation);
        assert.ok(status !== 401 && status !== 403, `${operation.id} answered ${status}`);
    }
});

describe('auth_login', () => {
    test('gives a bearer token that auth_me describes', async () => {
        const { body, headers } = await open.auth_login({
            body: { username: 'admin', password: server.adminPassword }, expect: 200,
        });
        assert.equal(body.token_type, 'Bearer');
        assert.ok(body.expires_in > 0);
        assert.equal(body.employee.username, 'admin');
        assert.equal(headers.get('cache-control'), 'no-store');
        const me = await open.as(body.access_token).auth_me({ expect: 200 });
        assert.equal(me.body.kind, 'employee');
        assert.equal(me.body.username, 'admin');
        assert.ok(me.body.scopes.includes('admin'));
        const left = Date.parse(me.body.expires_at) - Date.now();
        assert.ok(Math.abs(left - body.expires_in * 1000) < 60_000, me.body.expires_at);
    });

    test('a wrong password and an unknown user are the same 401', async () => {
        const wrong = await open.auth_login({
            body: { username: 'admin', password: 'wrong' }, expect: 401, code: 'invalid_credentials',
        });
        const unknown = await open.auth_login({
            body: { username: 'nobody', password: 'wrong' }, expect: 401, code: 'invalid_credentials',
        });
        assert.equal(wrong.body.detail, unknown.body.detail);
    });

    test('too many wrong passwords are 429 with Retry-After, for that user only', async () => {
        let refused;
        for (let i = 0; i < 40 && !refused; i += 1) {
            const answer = await open.auth_login({ body: { username: 'guessed', password: `guess ${i}` } });
            assert.ok([401, 429].includes(answer.status), answer.text);
            refused = answer.status === 429 ? answer : undefined;
        }
        assert.ok(refused, 'forty guesses were all answered');
        assert.equal(refused.body.code, 'too_many_requests');
        assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    });

    test('faults of the body are all named', async () => {
        const { body } = await open.auth_login({ body: { user: 'x', password: '' }, expect: 422 });
        const pointers = body.errors.map((error) => error.pointer).sort();
        assert.deepEqual(pointers, ['/password', '/user', '/username']);
    });
});

test('auth_logout ends the token and no other', async () => {
    const first = await server.admin();
    const second = await server.admin();
    await first.auth_logout({ expect: 204 });
    await first.auth_me({ expect: 401, code: 'unauthenticated' });
    await second.auth_me({ expect: 200 });
});

test('a token survives a restart of the server', async () => {
    await server.restart();
    open = server.client();
    api = await server.admin();
    const { body } = await open.auth_login({
        body: { username: 'admin', password: server.adminPassword }, expect: 200,
    });
    await server.restart();
    open = server.client();
    api = open.as(body.access_token);
    await api.auth_me({ expect: 200 });
});

describe('API keys', () => {
    test('api_keys_create shows the key once, and it works', async () => {
        const { client, key } = await keyed('products:read', 'taxes:read');
        assert.match(key.key, /^mypos_live_/);
        assert.ok(key.key.startsWith(key.prefix) || key.key.includes(key.prefix));
        const me = await client.auth_me({ expect: 200 });
        assert.equal(me.body.kind, 'api_key');
        assert.deepEqual(me.body.scopes.sort(), ['products:read', 'taxes:read']);
        assert.equal(me.body.expires_at, undefined);
        const { text } = await api.api_keys_list({ expect: 200 });
        assert.ok(!text.includes(key.key), 'the list shows a key');
    });

    test('a key with one changed character is refused', async () => {
        const { key } = await keyed('products:read');
        for (const at of [key.key.length - 1, key.key.length - 8, 14]) {
            const changed = `${key.key.slice(0, at)}${key.key[at] === 'a' ? 'b' : 'a'}${key.key.slice(at + 1)}`;
            await open.as(changed).products_list({ expect: 401, code: 'unauthenticated' });
        }
    });

    test('api_keys_revoke ends it; again is no error', async () => {
        const { client, key } = await keyed('products:read');
        await client.products_list({ expect: 200 });
        await api.api_keys_revoke({ path: { api_key_id: key.id }, expect: 204 });
        await client.products_list({ expect: 401, code: 'unauthenticated' });
        await api.api_keys_revoke({ path: { api_key_id: key.id }, expect: 204 });
        const listed = (await api.all('api_keys_list')).find((entry) => entry.id === key.id);
        assert.ok(listed.revoked_at);
    });

    test('api_keys_revoke of an unknown key is 404', async () => {
        await api.api_keys_revoke({ path: { api_key_id: uuid7() }, expect: 404, code: 'api_key_not_found' });
    });

    test('api_keys_create refuses an unknown scope, a double scope and none', async () => {
        for (const scopes of [['products:eat'], ['products:read', 'products:read'], []]) {
            const { body } = await api.api_keys_create({ body: { name: 'x', scopes }, expect: 422 });
            assert.ok(body.errors.every((error) => error.pointer.startsWith('/scopes')), JSON.stringify(body));
        }
    });

    test('api_keys_create replays, and never gives a second key', async () => {
        const headers = { 'Idempotency-Key': 'one-key' };
        const body = { name: 'once', scopes: ['taxes:read'] };
        const first = await api.api_keys_create({ body, headers, expect: 201 });
        const again = await api.api_keys_create({ body, headers });
        assert.equal(again.status, 201, again.text);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(again.body.id, first.body.id);
        const named = (await api.all('api_keys_list')).filter((key) => key.name === 'once');
        assert.equal(named.length, 1);
    });
});

test('odd Authorization headers are 401, not a failure', async () => {
    const odd = ['Bearer', 'Bearer ', 'Basic YWRtaW46YWRtaW4=', 'bearer nonsense', `Bearer ${'x'.repeat(4000)}`, 'Bearer a b'];
    for (const value of odd) {
        await open.auth_me({ headers: { Authorization: value }, expect: 401, code: 'unauthenticated' });
    }
});

test('the log holds no password, token or key', async () => {
    const { key } = await keyed('products:read');
    await open.as(key.key).products_list({ expect: 200 });
    const log = server.log();
    assert.ok(!log.includes(key.key));
    assert.ok(!log.includes(server.adminPassword));
    assert.ok(!log.includes(api.token));
});
