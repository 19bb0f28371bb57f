// Webhooks of a chain: made at one instance, they are told of what happens at any, once for each event.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aws } from '../lib/aws.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';
import { WebhookReceiver, verify } from '../lib/webhook-receiver.mjs';

const PRODUCTS = 12;

let receiver;
const servers = [];
const directories = [];

before(async () => {
    const aws = await Aws.shared();
    receiver = await WebhookReceiver.start();
    const shop = await aws.shop(`webhooks-${process.pid}`);
    for (let i = 0; i < 2; i += 1) {
        directories.push(await mkdtemp(path.join(tmpdir(), 'mypos-webhooks-')));
        servers.push(await startServer({
            backend: 'sqlite', // the environment is one shop's of both
            dataDir: directories[i],
            verify: false,
            env: {
                ...shop, MYPOS_CLOUDWATCH: 'off', MYPOS_WEBHOOK_ALLOW: '127.0.0.0/8', MYPOS_WEBHOOK_CA: receiver.authorities,
                MYPOS_WEBHOOK_RETRY_SECONDS: '1',
            },
        }));
    }
});
after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await receiver?.stop();
    await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
});

test('webhooks_of_two_instances_tell_of_each_change_and_each_sale_by_one_event', async () => {
    const [here, there] = await Promise.all(servers.map((server) => server.admin()));
    const { body: hook } = await here.webhooks_create({
        body: { url: receiver.url('/chain'), event_types: ['product.created', 'transaction.completed'] }, expect: 201,
    });
    const shops = [await Shop.open(here), await Shop.open(there)];
    const products = [];
    for (let i = 0; i < PRODUCTS; i += 1) {
        products.push(await shops[i % 2].product({ price: 250 }));
    }
    const register = await shops[1].newRegister();
    const { body: sale } = await shops[1].sell([products[1]], 250, { register });
    const told = (type) => receiver.of('/chain').filter(({ event }) => event.type === type);
    await until(() => new Set(told('product.created').map(({ event }) => event.data.id)).size === PRODUCTS
        && told('transaction.completed').length > 0);
    await sleep(2000); // two rounds of both
    assert.equal(new Set(told('product.created').map(({ id }) => id)).size, PRODUCTS, 'one event a product');
    assert.deepEqual(told('transaction.completed')[0].event.data, sale);
    assert.ok(receiver.of('/chain').every((message) => verify(hook.secret, message)), 'one secret, whoever sends');
    const seen = await there.webhook_deliveries_list({ path: { webhook_id: hook.id }, expect: 200 });
    assert.equal(seen.body.data.length, PRODUCTS + 1);
});
