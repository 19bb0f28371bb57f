// Webhooks: signed, tried again, each on its own, and never into the network that the server stands in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuid7 } from '../lib/client.mjs';
import { checkEvent, document } from '../lib/document.mjs';
import { NameServer } from '../lib/name-server.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { WITHIN_MS, until } from '../lib/wait.mjs';
import { WebhookReceiver, verify } from '../lib/webhook-receiver.mjs';

const CLAIM_MS = 30_000; // what was claimed by a process that was killed is due again after this

const environment = (receiver, more = {}) => ({
    MYPOS_WEBHOOK_ALLOW: '127.0.0.0/8', MYPOS_WEBHOOK_CA: receiver.authorities, MYPOS_WEBHOOK_RETRY_SECONDS: '1', ...more,
});

async function create(api, url, event_types = ['*'], more = {}) {
    return (await api.webhooks_create({ body: { url, event_types, ...more }, expect: 201 })).body;
}

const deliveries = async (api, hook, query = {}) => (await api.webhook_deliveries_list({
    path: { webhook_id: hook.id }, query, expect: 200,
})).body.data;

// On a machine that is busy a try can end without an answer; then there is one more.
const answered = ({ attempts }) => attempts.filter(({ http_status }) => http_status !== null);

/** A message may come more than once, with the same id. */
const idsOf = (receiver, at) => new Set(receiver.of(at).map(({ id }) => id));

const untilState = (api, hook, state) => until(() => deliveries(api, hook), ([newest]) => newest?.state === state)
    .then(([newest]) => newest);

describe('webhooks', () => {
    let receiver, server, api, shop, tea;
    before(async () => {
        receiver = await WebhookReceiver.start();
        server = await startServer({ env: environment(receiver, { MYPOS_NOTIFY: 'log' }) }); // also over AWS: it is read below
        api = await server.admin();
        shop = await Shop.open(api);
        tea = await shop.product({ name: 'Grüner Tee', price: 250 });
        // An event that is not out yet goes to webhooks that come meanwhile.
        await until(() => server.logLines(), (lines) => lines.some(({ event, type }) => event === 'notification' && type === 'product.created'));
    });
    after(async () => {
        await server.stop();
        await receiver.stop();
    });

    test('a sale is sent, signed as Standard Webhooks has it', async () => {
        const hook = await create(api, receiver.url('/sale'), ['transaction.completed']);
        const { body: sale } = await shop.sell([tea], 250);
        const message = await receiver.next('/sale');
        assert.equal(message.event.type, 'transaction.completed');
        assert.equal(message.event.id, message.id);
        assert.deepEqual(message.event.data, sale);
        assert.ok(Math.abs(Date.now() / 1000 - Number(message.timestamp)) < WITHIN_MS / 1000);
        assert.ok(verify(hook.secret, message));
        assert.ok(!verify(hook.secret, { ...message, raw: Buffer.from(message.raw.toString().replace('250', '251')) }));
        assert.ok(!verify(hook.secret, { ...message, timestamp: String(Number(message.timestamp) + 1) }));
        assert.equal(message.headers['content-type'], 'application/json');
        assert.match(message.headers['user-agent'], /^MyPOS\//);
        const delivery = await untilState(api, hook, 'delivered');
        assert.equal(delivery.event_id, message.id);
        assert.equal(delivery.attempt_count, delivery.attempts.length);
        assert.deepEqual(answered(delivery).map(({ http_status }) => http_status), [204]);
        assert.equal(delivery.next_attempt_at, null);
        const { body: read, text } = await api.webhook_deliveries_read({
            path: { webhook_id: hook.id, webhook_delivery_id: delivery.id }, expect: 200,
        });
        assert.deepEqual(read.payload, message.event);
        assert.ok(text.includes(message.raw.toString()), 'the message is shown byte for byte');
    });

    test('the recipe of the documentation, with curl and openssl alone, verifies a message', async () => {
        const hook = await create(api, receiver.url('/openssl'), ['*']);
        await api.webhooks_test({ path: { webhook_id: hook.id }, expect: 202 });
        const message = await receiver.next('/openssl', ({ event }) => event.type === 'webhook.test');
        const directory = mkdtempSync(path.join(tmpdir(), 'mypos-verify-'));
        writeFileSync(path.join(directory, 'body'), message.raw);
        const signature = execFileSync('sh', ['-c', `
            key=$(printf %s "\${SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d ' \\n')
            { printf '%s.%s.' "$ID" "$TIMESTAMP"; cat body; } |
                openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64`],
        { cwd: directory, env: { ...process.env, SECRET: hook.secret, ID: message.id, TIMESTAMP: message.timestamp } });
        rmSync(directory, { recursive: true });
        assert.equal(message.signature, `v1,${signature.toString().trim()}`);
    });

    test('the secret is shown once: not listed, not logged, not in the change log', async () => {
        const key = uuid7();
        const body = { url: receiver.url('/secret'), event_types: ['stock.low'], description: 'Lager' };
        const { body: hook, headers, text: created } = await api.webhooks_create({
            body, headers: { 'Idempotency-Key': key }, expect: 201,
        });
        assert.match(hook.secret, /^whsec_[0-9A-Za-z+/]{43}=$/);
        assert.equal(headers.get('cache-control'), 'no-store');
        const again = await api.webhooks_create({ body, headers: { 'Idempotency-Key': key }, expect: 201 });
        assert.equal(again.text, created);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await api.webhooks_create({ body: { ...body, id: hook.id }, expect: 409, code: 'id_taken' });
        const { body: rotated } = await api.webhooks_rotate({ path: { webhook_id: hook.id }, expect: 200 });
        const shown = [hook.secret, rotated.secret].map((secret) => secret.slice(6));
        for (const secret of shown) {
            for (const [operation, options] of [
                ['webhooks_read', { path: { webhook_id: hook.id } }], ['webhooks_list', {}],
                ['catalog_changes_list', { query: { after: 0, limit: 200 } }], ['webhooks_update', {
                    path: { webhook_id: hook.id }, body: { description: `${secret.length}` } }],
            ]) {
                const { text } = await api.operation(operation, { ...options, expect: 200 });
                assert.ok(!text.includes(secret), operation);
            }
            assert.ok(!server.log().includes(secret), 'the log');
        }
        const changes = await api.catalog_changes_list({ query: { after: 0, limit: 200 }, expect: 200 });
        const mine = changes.body.data.filter(({ entity_id }) => entity_id === hook.id);
        assert.deepEqual(mine.map(({ op }) => op).slice(0, 2), ['create', 'rotate']);
        assert.equal(mine[1].body, null);
    });

    test('a replaced secret signs beside the new one', async () => {
        const hook = await create(api, receiver.url('/rotate'), ['*']);
        const { body: second } = await api.webhooks_rotate({ path: { webhook_id: hook.id }, expect: 200 });
        const day_ms = Date.parse(second.previous_valid_until) - Date.now();
        assert.ok(day_ms > 23.9 * 3600_000 && day_ms <= 24 * 3600_000);
        const { body: third } = await api.webhooks_rotate({ path: { webhook_id: hook.id }, expect: 200 });
        await api.webhooks_test({ path: { webhook_id: hook.id }, expect: 202 });
        const message = await receiver.next('/rotate', ({ event }) => event.type === 'webhook.test');
        assert.equal(message.signature.split(' ').length, 3);
        for (const { secret } of [hook, second, third]) {
            assert.ok(verify(secret, message));
        }
    });

    test('a test is sent once and tells what came back, also to a webhook that is disabled', async () => {
        const hook = await create(api, receiver.url('/test'), ['stock.low'], { enabled: false });
        receiver.answer = ({ path: at }) => (at === '/test' ? { status: 418, body: 'Ich bin eine Teekanne\u0000 ☕' } : { status: 204 });
        const key = uuid7();
        const { body: sent, headers } = await api.webhooks_test({
            path: { webhook_id: hook.id }, headers: { 'Idempotency-Key': key }, expect: 202,
        });
        assert.equal(sent.event_type, 'webhook.test');
        assert.equal(headers.get('idempotent-replayed'), null);
        const failed = await untilState(api, hook, 'failed');
        const [attempt] = failed.attempts;
        assert.equal(attempt.http_status, 418);
        assert.equal(attempt.answer, 'Ich bin eine Teekanne  ☕');
        assert.equal(attempt.error, 'it answered 418');
        const again = await api.webhooks_test({ path: { webhook_id: hook.id }, headers: { 'Idempotency-Key': key }, expect: 202 });
        assert.equal(again.body.id, sent.id);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(idsOf(receiver, '/test').size, 1);
        receiver.answer = () => ({ status: 204 });
    });

    test('changes of the catalogue are told once, in their order, as the entity reads', async () => {
        const hook = await create(api, receiver.url('/catalogue'), [
            'product.created', 'product.updated', 'product.archived', 'product.restored', 'products.imported', 'tax.created']);
        const product = await shop.product({ name: 'Einmal' });
        const path_ = { path: { product_id: product.id } };
        const { body: updated } = await api.products_update({ ...path_, body: { price: 300 }, expect: 200 });
        const { body: archived } = await api.products_update({ ...path_, body: { archived: true }, expect: 200 });
        const { body: restored } = await api.products_update({ ...path_, body: { archived: false }, expect: 200 });
        const tax = await shop.tax();
        await api.product_imports_create({ body: 'sku,name,price\nIMP-1,Import,100\n', type: 'text/csv', expect: 200 });
        const expected = [
            ['product.created', product], ['product.updated', updated], ['product.archived', archived],
            ['product.restored', restored], ['tax.created', tax], ['products.imported', null],
        ];
        await until(() => deliveries(api, hook, { state: 'delivered' }), (list) => list.length >= expected.length);
        const told = new Map(receiver.of('/catalogue').map(({ event }) => [event.type, event.data]));
        for (const [type, entity] of expected) {
            if (entity) {
                assert.deepEqual(told.get(type), entity, type);
            }
        }
        assert.ok(told.get('products.imported').catalog_seq > 0);
        await sleep(600); // two rounds
        assert.equal(idsOf(receiver, '/catalogue').size, expected.length);
    });

    test('only what it asked for is sent, and nothing while it is disabled', async () => {
        const hook = await create(api, receiver.url('/filter'), ['transaction.voided']);
        const { body: sale } = await shop.sell([tea], 250);
        const { body: voided } = await api.transactions_void({
            path: { transaction_id: sale.id }, body: { reason: 'Wrong' }, expect: 201,
        });
        const message = await receiver.next('/filter');
        assert.equal(message.event.data.id, voided.id);
        await api.webhooks_update({ path: { webhook_id: hook.id }, body: { enabled: false }, expect: 200 });
        const { body: other } = await shop.sell([tea], 250);
        await api.transactions_void({ path: { transaction_id: other.id }, body: { reason: 'Wrong' }, expect: 201 });
        await sleep(1000);
        assert.equal(idsOf(receiver, '/filter').size, 1);
    });

    test('what was not accepted comes again with the same id and a new signature', async () => {
        const hook = await create(api, receiver.url('/retry'), ['transaction.completed']);
        let answers = [{ status: 500, body: 'oops' }, { status: 302, headers: { Location: receiver.url('/elsewhere') } }];
        receiver.answer = ({ path: at }) => (at === '/retry' && answers.length > 0 ? answers.shift() : { status: 200 });
        await shop.sell([tea], 250);
        const tries = [];
        for (let i = 0; i < 3; i += 1) {
            tries.push(await receiver.next('/retry'));
        }
        assert.equal(new Set(tries.map(({ id }) => id)).size, 1);
        assert.ok(tries.every((each) => verify(hook.secret, each)));
        assert.equal(new Set(tries.map(({ raw }) => raw.toString())).size, 1);
        const delivery = await untilState(api, hook, 'delivered');
        const attempts = answered(delivery);
        assert.deepEqual(attempts.map(({ http_status }) => http_status), [500, 302, 200]);
        assert.equal(attempts[0].answer, 'oops');
        assert.match(attempts[1].error, /redirects are not followed/);
        assert.equal(receiver.of('/elsewhere').length, 0);
    });

    test('a delivery is sent again when it is asked for', async () => {
        const hook = await create(api, receiver.url('/again'), ['transaction.completed']);
        await shop.sell([tea], 250);
        const first = await receiver.next('/again');
        const delivery = await untilState(api, hook, 'delivered');
        const at = { webhook_id: hook.id, webhook_delivery_id: delivery.id };
        const headers = { 'Idempotency-Key': uuid7() };
        const { body } = await api.webhook_deliveries_retry({ path: at, headers, expect: 202 });
        assert.equal(body.state, 'pending');
        const second = await receiver.next('/again');
        assert.equal(second.id, first.id);
        const replay = await api.webhook_deliveries_retry({ path: at, headers, expect: 202 });
        assert.equal(replay.headers.get('idempotent-replayed'), 'true');
        const done = await untilState(api, hook, 'delivered');
        assert.equal(answered(done).length, 2);
        assert.equal(idsOf(receiver, '/again').size, 1);
        const other = await create(api, receiver.url('/other'), ['stock.low']);
        await api.webhook_deliveries_read({
            path: { ...at, webhook_id: other.id }, expect: 404, code: 'webhook_delivery_not_found' });
        await api.webhook_deliveries_retry({
            path: { ...at, webhook_id: uuid7() }, expect: 404, code: 'webhook_not_found' });
    });

    test('connections that the receiver has closed meanwhile cost no try', async () => {
        const hooks = await Promise.all(Array.from({ length: 8 }, (_, i) => create(api, receiver.url(`/closed-${i}`), ['stock.low'])));
        const held = [];
        receiver.answer = () => new Promise((resolve) => held.push(resolve)); // so that each has a connection
        const tried = Promise.all(hooks.map((hook) => tryOnce(api, hook)));
        await until(() => held.length === hooks.length);
        receiver.answer = () => ({ status: 204 });
        held.forEach((resolve) => resolve({ status: 204 }));
        await tried;
        receiver.server.closeIdleConnections();
        const attempts = await Promise.all(hooks.map((hook) => tryOnce(api, hook)));
        assert.deepEqual(attempts.map(({ http_status, error }) => error ?? http_status), hooks.map(() => 204));
        await Promise.all(hooks.map(({ id }) => api.webhooks_update({ path: { webhook_id: id }, body: { archived: true }, expect: 200 })));
    });

    test('a connection that cannot be made says why', async () => {
        const stranger = await WebhookReceiver.start(), plain = await WebhookReceiver.start({ tls: false });
        for (const [url, words] of [
            [stranger.url('/x'), /^its certificate has expired, is for another name, or is signed by nobody who is trusted/],
            [`https://127.0.0.1:${plain.port}/x`, /^no TLS connection could be made: it must speak TLS 1\.2 or 1\.3/],
        ]) {
            const hook = await create(api, url);
            await api.webhooks_test({ path: { webhook_id: hook.id }, expect: 202 });
            const { attempts: [attempt] } = await untilState(api, hook, 'failed');
            assert.match(attempt.error, words);
            await api.webhooks_update({ path: { webhook_id: hook.id }, body: { archived: true }, expect: 200 });
        }
        assert.deepEqual([stranger.messages.length, plain.messages.length], [0, 0]);
        await stranger.stop();
        await plain.stop();
    });

    test('an unknown type of events is told all there are', async () => {
        const { body } = await api.webhooks_create({
            body: { url: 'https://shop.example/', event_types: ['no.such'] }, expect: 422 });
        const types = document.components.schemas.WebhookEventType.enum;
        assert.equal(body.errors[0].detail, `This must be one of: ${types.join(', ')}.`);
    });

    test('410 disables it, and enabling it again takes the reason away', async () => {
        const hook = await create(api, receiver.url('/gone'), ['transaction.completed']);
        receiver.answer = ({ path: at }) => ({ status: at === '/gone' ? 410 : 204 });
        await shop.sell([tea], 250);
        await untilState(api, hook, 'failed');
        const { body: gone } = await api.webhooks_read({ path: { webhook_id: hook.id }, expect: 200 });
        assert.deepEqual([gone.enabled, gone.disabled_reason], [false, 'gone']);
        assert.ok(server.logLines().some(({ event, webhook_id }) => event === 'webhook_disabled' && webhook_id === hook.id));
        const { body: enabled } = await api.webhooks_update({ path: { webhook_id: hook.id }, body: { enabled: true }, expect: 200 });
        assert.deepEqual([enabled.enabled, enabled.disabled_reason], [true, null]);
        receiver.answer = () => ({ status: 204 });
    });

    test('deliveries are listed newest first, by state and in pages', async () => {
        const hook = await create(api, receiver.url('/pages'), ['transaction.completed']);
        for (let i = 0; i < 3; i += 1) {
            await shop.sell([tea], 250);
        }
        await until(() => deliveries(api, hook, { state: 'delivered' }), (list) => list.length === 3);
        const first = await api.webhook_deliveries_list({ path: { webhook_id: hook.id }, query: { limit: 2 }, expect: 200 });
        const rest = await api.webhook_deliveries_list({
            path: { webhook_id: hook.id }, query: { limit: 2, cursor: first.body.next_cursor }, expect: 200 });
        assert.equal(new Set([...first.body.data, ...rest.body.data].map(({ id }) => id)).size, 3);
        assert.equal(rest.body.next_cursor, null);
        assert.deepEqual(await deliveries(api, hook, { state: 'failed' }), []);
        await api.webhook_deliveries_list({ path: { webhook_id: uuid7() }, expect: 404, code: 'webhook_not_found' });
        await api.webhook_deliveries_list({ path: { webhook_id: hook.id }, query: { cursor: 'x' }, expect: 422 });
    });

    test('every event is as the document describes it', async () => {
        const register = await shop.newRegister();
        const rare = await shop.product({ price: 100, low_stock_at: '2' });
        await shop.stock([[rare, '3']]);
        const { body: shift } = await api.shifts_open({
            body: { register_id: register.id, opening_float: { total: 0 } }, expect: 201 });
        const { body: sale } = await shop.sell([rare], 100, { register });
        await api.refunds_create({ path: { transaction_id: sale.id }, body: {}, expect: 201 });
        await api.shifts_close({ path: { shift_id: shift.id }, body: { counted: { total: 0 } }, expect: 200 });
        await api.categories_create({ body: { name: 'Ereignisse' }, expect: 201 });
        await api.customer_groups_create({ body: { name: 'Ereignisse' }, expect: 201 });
        await api.stores_update({ path: { store_id: shop.store.id }, body: { address: 'Hauptstraße 1' }, expect: 200 });
        const wanted = ['shift.closed', 'stock.low', 'transaction.refunded', 'category.created', 'customer_group.created',
            'register.created', 'store.updated', 'webhook.test', 'products.imported'];
        const seen = await until(() => new Set(receiver.messages.map(({ event }) => event.type)),
            (types) => wanted.every((type) => types.has(type)));
        receiver.messages.forEach(({ event }) => checkEvent(event));
        assert.ok([...seen].every((type) => type in document.webhooks));
        const named = Object.keys(document.webhooks).filter((type) => type !== 'webhook.test').sort();
        assert.deepEqual(document.components.schemas.WebhookEventType.enum.filter((type) => type !== '*').sort(), named);
    });

    test('who may not, may not', async () => {
        const { body: reader } = await api.api_keys_create({ body: { name: 'Reader', scopes: ['webhooks:read'] }, expect: 201 });
        const limited = api.as(reader.key);
        const hook = await create(api, receiver.url('/scopes'), ['stock.low']);
        await limited.webhooks_list({ expect: 200 });
        await limited.webhooks_read({ path: { webhook_id: hook.id }, expect: 200 });
        await limited.webhook_deliveries_list({ path: { webhook_id: hook.id }, expect: 200 });
        await limited.webhooks_create({ body: { url: receiver.url('/x'), event_types: ['*'] }, expect: 403 });
        await limited.webhooks_update({ path: { webhook_id: hook.id }, body: { enabled: false }, expect: 403 });
        await limited.webhooks_rotate({ path: { webhook_id: hook.id }, expect: 403 });
        await limited.webhooks_test({ path: { webhook_id: hook.id }, expect: 403 });
        await limited.as(null).webhooks_list({ expect: 401 });
        await api.webhooks_read({ path: { webhook_id: uuid7() }, expect: 404, code: 'webhook_not_found' });
        await api.webhooks_rotate({ path: { webhook_id: uuid7() }, expect: 404, code: 'webhook_not_found' });
        await api.webhooks_test({ path: { webhook_id: uuid7() }, expect: 404, code: 'webhook_not_found' });
    });
});

test('a webhook leads to the public Internet, or nowhere', async () => {
    const trap = createServer();
    let touched = 0;
    trap.on('connection', (socket) => {
        touched += 1;
        socket.destroy();
    });
    await new Promise((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const { port } = trap.address();
    const server = await startServer();
    const api = await server.admin();
    const refused = async (url) => {
        const { body } = await api.webhooks_create({ body: { url, event_types: ['*'] }, expect: 422, code: 'validation_failed' });
        assert.equal(body.errors[0].pointer, '/url', url);
    };
    for (const url of [
        'http://shop.example/', 'ftp://shop.example/a', 'https://user:pw@shop.example/', 'https://shop.example/#here', 'https://',
        `https://127.0.0.1:${port}/`, 'https://10.1.2.3/', 'https://192.168.0.1/', 'https://172.31.0.1/', 'https://169.254.169.254/latest',
        'https://100.64.0.1/', 'https://[::1]/', 'https://[fe80::1]/', 'https://[fd00:ec2::254]/', 'https://[::ffff:10.0.0.1]/',
        'https://[64:ff9b::a00:1]/', 'https://[2002:a00:1::]/', 'https://0.0.0.0/', 'https://2130706433/', 'https://0x7f.1/',
        'https://localhost/',
    ]) {
        await refused(url);
    }
    // Names that lead here are found out when they are connected to.
    for (const name of ['localhost.', 'ip6-localhost', execFileSync('hostname').toString().trim()]) {
        const each = await create(api, `https://${name}:${port}/`, ['stock.low']);
        await api.webhooks_test({ path: { webhook_id: each.id }, expect: 202 });
        const { attempts: [attempt] } = await untilState(api, each, 'failed');
        assert.equal(attempt.http_status, null);
        assert.match(attempt.error, /not on the public Internet|no name server knows it/);
    }
    assert.equal(touched, 0, 'nobody was connected to');
    await server.stop();
    trap.close();
});

/** Sends a test; what became of it. */
async function tryOnce(api, hook) {
    const { body } = await api.webhooks_test({ path: { webhook_id: hook.id }, expect: 202 });
    const read = () => api.webhook_deliveries_read({
        path: { webhook_id: hook.id, webhook_delivery_id: body.id }, expect: 200 });
    const { body: done } = await until(read, ({ body: { state } }) => state !== 'pending');
    return done.attempts[0];
}

test('a name is judged by where it leads at that moment, by each of its addresses', async () => {
    const [receiver, names] = [await WebhookReceiver.start(), await NameServer.start()];
    const server = await startServer({ env: environment(receiver, { MYPOS_WEBHOOK_DNS: names.address }) });
    let api = await server.admin();
    const hook = await create(api, receiver.url('/named', 'webhooks.shop.test'), ['stock.low']);
    const written = await create(api, receiver.url('/written'), ['stock.low']);
    for (const [addresses, words] of [
        [['127.0.0.1'], null], [['10.0.0.1', '127.0.0.1'], null], // and of several, the one that is allowed
        [['10.0.0.1'], /not on the public Internet/], [['169.254.169.254', '192.168.0.1'], /not on the public Internet/],
        [[], /no name server knows it/], [null, /no name server could say/],
    ]) {
        names.answer = () => addresses;
        const attempt = await tryOnce(api, hook);
        assert.equal(attempt.http_status, words ? null : 204);
        assert.match(attempt.error ?? '', words ?? /^$/);
    }
    assert.equal(receiver.messages.length, 2);
    names.answer = () => ['127.0.0.1'];
    await server.end();
    await server.start({ MYPOS_WEBHOOK_ALLOW: '10.0.0.0/8' });
    api = await server.admin();
    for (const each of [hook, written]) { // the name before it is connected to, the address then
        assert.match((await tryOnce(api, each)).error, /not on the public Internet/);
    }
    assert.equal(receiver.messages.length, 2);
    await server.stop();
    await receiver.stop();
    await names.stop();
});

test('a network of the shop is allowed by name, without TLS too, and no other', async () => {
    const receiver = await WebhookReceiver.start({ tls: false });
    const server = await startServer({ env: { MYPOS_WEBHOOK_ALLOW: '127.0.0.1,192.168.7.0/24' } });
    const api = await server.admin();
    const hook = await create(api, receiver.url('/till'), ['stock.low']);
    assert.equal((await tryOnce(api, hook)).http_status, 204);
    assert.equal(receiver.messages.length, 1);
    await create(api, 'http://192.168.7.20/orders', ['stock.low']);
    for (const url of ['http://192.168.8.20/', 'https://192.168.8.20/', 'https://127.0.0.2/', 'https://169.254.169.254/', 'http://shop.example/']) {
        const { body } = await api.webhooks_create({ body: { url, event_types: ['*'] }, expect: 422, code: 'validation_failed' });
        assert.equal(body.errors[0].pointer, '/url', url);
    }
    await server.stop();
    await receiver.stop();
    const { code, stderr } = await runCommand(['serve'], { env: { MYPOS_WEBHOOK_ALLOW: '169.254.0.0/16' } });
    assert.notEqual(code, 0);
    assert.match(stderr, /MYPOS_WEBHOOK_ALLOW must be/);
});

test('a name server that never answers delays nobody else', async () => {
    const [receiver, names] = [await WebhookReceiver.start(), await NameServer.start()];
    const server = await startServer({ env: environment(receiver, { MYPOS_WEBHOOK_DNS: names.address }) });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const tea = await shop.product({ price: 250 });
    names.answer = (name) => name === 'webhooks.shop.test' ? ['127.0.0.1'] : null;
    const silent = [];
    for (let i = 0; i < 8; i += 1) {
        silent.push(await create(api, `https://silent-${i}.shop.test/`, ['transaction.completed']));
    }
    await create(api, receiver.url('/good', 'webhooks.shop.test'), ['transaction.completed']);
    const count = 12;
    for (let i = 0; i < count; i += 1) {
        await shop.sell([tea], 250);
    }
    await until(() => new Set(names.asked), (asked) => asked.size === silent.length + 1);
    for (let i = 0; i < count; i += 1) {
        await receiver.next('/good');
    }
    for (const hook of silent) {
        const of = await until(() => deliveries(api, hook), (list) => list.some(({ attempt_count }) => attempt_count > 0));
        assert.match(of.find(({ attempt_count }) => attempt_count > 0).attempts[0].error, /^no name server could say where it is/);
    }
    await server.stop();
    await receiver.stop();
    await names.stop();
});

test('one that hangs, one that is down and one that talks too much delay nobody else', async () => {
    const receiver = await WebhookReceiver.start();
    const server = await startServer({ env: environment(receiver, { https_proxy: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' }) });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const tea = await shop.product({ price: 250 });
    receiver.answer = ({ path: at }, response) => {
        if (at === '/hangs') {
            return null;
        }
        if (at === '/talks') {
            response.writeHead(200);
            const more = () => response.destroyed || (response.write('x'.repeat(16384)), setTimeout(more, 1));
            more();
            return null;
        }
        return { status: 204 };
    };
    const closed = createServer();
    await new Promise((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const down = `https://127.0.0.1:${closed.address().port}/`;
    await new Promise((resolve) => closed.close(resolve));
    await create(api, receiver.url('/hangs'), ['transaction.completed']);
    const refusing = await create(api, down, ['transaction.completed']);
    const talker = await create(api, receiver.url('/talks'), ['transaction.completed']);
    const good = await create(api, receiver.url('/good'), ['transaction.completed']);
    const count = 60;
    for (let i = 0; i < count; i += 1) {
        await shop.sell([tea], 250);
    }
    const began = Date.now();
    for (let i = 0; i < count; i += 1) {
        await receiver.next('/good');
    }
    // Behind the one that hangs they would take four minutes.
    assert.ok(Date.now() - began < 2 * WITHIN_MS, `${Date.now() - began} ms`);
    assert.equal(new Set(receiver.of('/good').map(({ id }) => id)).size, count);
    const [talked] = await until(() => deliveries(api, talker, { state: 'delivered' }), ({ length }) => length > 0);
    assert.ok(talked.attempts.at(-1).answer.length <= 1024);
    const waiting = await deliveries(api, refusing);
    assert.ok(waiting.every(({ state }) => state === 'pending'));
    assert.ok(waiting.reduce((sum, { attempt_count }) => sum + attempt_count, 0) < 20, 'one that is down is spared');
    await until(() => deliveries(api, good, { state: 'delivered', limit: 200 }), (list) => list.length === count);
    await server.stop();
    await receiver.stop();
});

test('what was on its way when the process was killed arrives', async () => {
    const receiver = await WebhookReceiver.start();
    const server = await startServer({ env: environment(receiver) });
    let api = await server.admin();
    const shop = await Shop.open(api);
    const tea = await shop.product({ price: 250 });
    const hook = await create(api, receiver.url('/kill'), ['transaction.completed']);
    receiver.answer = () => null;
    const { body: sale } = await shop.sell([tea], 250);
    const first = await receiver.next('/kill');
    await server.kill();
    receiver.answer = () => ({ status: 204 });
    await server.start();
    api = await server.admin();
    await api.webhook_deliveries_retry({
        path: { webhook_id: hook.id, webhook_delivery_id: (await deliveries(api, hook))[0].id }, expect: 202 });
    const second = await receiver.next('/kill');
    assert.deepEqual([second.id, second.event.data.id], [first.id, sale.id]);
    await untilState(api, hook, 'delivered');
    await server.stop();
    await receiver.stop();
});

test('changes are told once across restarts', async () => {
    const receiver = await WebhookReceiver.start();
    const server = await startServer({ env: environment(receiver) });
    let api = await server.admin();
    await create(api, receiver.url('/restarts'), ['product.created']);
    const made = new Set();
    for (let round = 0; round < 3; round += 1) {
        const shop = await Shop.open(api);
        for (let i = 0; i < 12; i += 1) {
            made.add((await shop.product()).id);
        }
        await (round % 2 ? server.end() : server.kill());
        await server.start();
        api = await server.admin();
    }
    await until(() => new Set(receiver.of('/restarts').map(({ event }) => event.data.id)), (ids) => ids.size === made.size,
        CLAIM_MS + WITHIN_MS);
    const events = new Map(receiver.of('/restarts').map(({ id, event }) => [id, event.data.id]));
    assert.equal(events.size, made.size, 'one event each, however often it was sent');
    await server.stop();
    await receiver.stop();
});

test('one to which nothing is delivered for long is disabled', async () => {
    const receiver = await WebhookReceiver.start();
    const server = await startServer({ env: environment(receiver, { MYPOS_WEBHOOK_GIVE_UP_SECONDS: '2' }) });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const tea = await shop.product({ price: 250 });
    const hook = await create(api, receiver.url('/fails'), ['transaction.completed']);
    receiver.answer = () => ({ status: 503, headers: { 'Retry-After': '1' } });
    await shop.sell([tea], 250);
    await untilState(api, hook, 'failed');
    const { body } = await api.webhooks_read({ path: { webhook_id: hook.id }, expect: 200 });
    assert.deepEqual([body.enabled, body.disabled_reason], [false, 'failing']);
    await server.stop();
    await receiver.stop();
});
