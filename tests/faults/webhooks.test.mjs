// kill -9 at every named step of what is done to webhooks (api/base/fault_point.h): making one, changing it, another
// secret, a test, and writing down what became of a delivery. After the restart the same is asked for again: then it
// is there once, its secret signs, and no event is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { uuid7 } from '../lib/client.mjs';
import { ROOT } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';
import { until } from '../lib/wait.mjs';
import { WebhookReceiver, verify } from '../lib/webhook-receiver.mjs';

const HEADER = readFileSync(path.join(ROOT, 'api/base/fault_point.h'), 'utf8');
const STEPS = [...HEADER.matchAll(/^ {4}X\((\w+)\)/gm)].map(([, step]) => step).concat('before_commit', 'after_commit');

let receiver, server, api, key;
before(async () => {
    receiver = await WebhookReceiver.start();
    server = await startServer({
        build: process.env.MYPOS_STEPS_BUILD ?? 'faultpoints',
        env: { MYPOS_WEBHOOK_ALLOW: '127.0.0.0/8', MYPOS_WEBHOOK_CA: receiver.authorities, MYPOS_WEBHOOK_RETRY_SECONDS: '1' },
    });
    api = await server.admin();
    key = (await api.api_keys_create({ body: { name: 'hooks', scopes: ['admin'] }, expect: 201 })).body.key;
});
after(async () => {
    await server?.stop();
    await receiver?.stop();
});

async function start(point) {
    await server.start(point ? { MYPOS_FAULT_POINT: point } : {});
    api = server.client().as(key);
}

/** `ask` makes the server die at `point`; then there is one that does not. */
async function dieAt(point, ask) {
    await server.end();
    await start(point);
    await ask();
    assert.equal((await server.exited()).signal, 'SIGKILL', point);
    await start();
}

async function create(name) {
    return (await api.webhooks_create({ body: { url: receiver.url(`/${name}`), event_types: ['stock.low'] }, expect: 201 })).body;
}

/** There may be so many at a time. */
async function retire(hook) {
    await api.webhooks_update({ path: { webhook_id: hook.id }, body: { archived: true }, expect: 200 });
}

async function untilDone(hook, id) {
    const read = () => api.webhook_deliveries_read({ path: { webhook_id: hook.id, webhook_delivery_id: id }, expect: 200 });
    return (await until(read, ({ body: { state } }) => state !== 'pending')).body;
}

/** A test arrives, signed with this secret. */
async function signs(hook, secret) {
    const at = new URL((await api.webhooks_read({ path: { webhook_id: hook.id }, expect: 200 })).body.url).pathname;
    const { body } = await api.webhooks_test({ path: { webhook_id: hook.id }, expect: 202 });
    const message = await receiver.next(at, ({ id }) => id === body.event_id);
    assert.ok(verify(secret, message), 'the secret that was shown signs');
}

test('a webhook is made once, and its secret signs', async () => {
    for (const point of ['created', 'secret_kept', 'before_commit', 'after_commit'].map((step) => `webhook_create/${step}`)
        .concat('webhooks_create/before_answer')) {
        const body = { id: uuid7(), url: receiver.url(`/made-${uuid7()}`), event_types: ['stock.low'] };
        const request = { body, headers: { 'Idempotency-Key': uuid7() } };
        await dieAt(point, () => assert.rejects(api.webhooks_create(request), point));
        const first = await api.webhooks_create({ ...request, expect: 201 });
        assert.equal(first.headers.get('idempotent-replayed') === 'true', /after_commit|before_answer/.test(point), point);
        assert.deepEqual((await api.webhooks_create({ ...request, expect: 201 })).body, first.body);
        await signs(first.body, first.body.secret);
    }
});

test('a secret is replaced once, and the one before still signs', async () => {
    for (const point of ['secret_kept', 'before_commit', 'after_commit'].map((step) => `webhook_rotate/${step}`)
        .concat('webhooks_rotate/before_answer')) {
        const hook = await create(`rotated-${uuid7()}`);
        const request = { path: { webhook_id: hook.id }, headers: { 'Idempotency-Key': uuid7() } };
        await dieAt(point, () => assert.rejects(api.webhooks_rotate(request), point));
        await signs(hook, hook.secret);
        const { body: rotated } = await api.webhooks_rotate({ ...request, expect: 200 });
        assert.deepEqual((await api.webhooks_rotate({ ...request, expect: 200 })).body, rotated);
        await signs(hook, rotated.secret);
        await signs(hook, hook.secret);
    }
});

test('a change that was not answered is there once', async () => {
    const hook = await create('changed');
    const request = { path: { webhook_id: hook.id }, body: { description: 'Stock' } };
    await dieAt('webhooks_update/before_answer', () => assert.rejects(api.webhooks_update(request)));
    assert.equal((await api.webhooks_read({ path: request.path, expect: 200 })).body.version, 2);
    assert.equal((await api.webhooks_update({ ...request, expect: 200 })).body.description, 'Stock');
});

test('a test is one delivery, whenever the server died', async () => {
    for (const point of STEPS.map((step) => `webhook_delivery_create/${step}`).concat('webhooks_test/before_answer')) {
        const hook = await create(`tested-${uuid7()}`);
        const request = { path: { webhook_id: hook.id }, headers: { 'Idempotency-Key': uuid7() } };
        await dieAt(point, () => assert.rejects(api.webhooks_test(request), point));
        const { body } = await api.webhooks_test({ ...request, expect: 202 });
        assert.equal((await untilDone(hook, body.id)).state, 'delivered', point);
        const { body: { data } } = await api.webhook_deliveries_list({ path: request.path, expect: 200 });
        assert.equal(data.length, 1, point);
        await retire(hook);
    }
});

test('what became of a delivery is written down once; until then it comes again with the same id', async () => {
    for (const point of STEPS.map((step) => `webhook_delivery_update/${step}`)) {
        const name = `sent-${uuid7()}`;
        const hook = await create(name);
        // The answer may come before the server dies, or not.
        await dieAt(point, () => api.webhooks_test({ path: { webhook_id: hook.id } }).catch(() => null));
        const { body: { data: [{ id, state }] } } = await api.webhook_deliveries_list({ path: { webhook_id: hook.id }, expect: 200 });
        const isWritten = point.endsWith('after_commit');
        if (isWritten) {
            assert.equal(state, 'delivered', point);
        } else { // rather than wait for the end of its claim
            await api.webhook_deliveries_retry({ path: { webhook_id: hook.id, webhook_delivery_id: id }, expect: 202 });
        }
        const done = await untilDone(hook, id);
        assert.equal(done.state, 'delivered', point);
        const sent = receiver.of(`/${name}`).map((message) => message.id);
        assert.equal(new Set(sent).size, 1, point);
        assert.ok(isWritten ? sent.length === 1 && done.attempt_count === 1 : sent.length > 1, `${point}: ${sent.length}`);
        await retire(hook);
    }
});
