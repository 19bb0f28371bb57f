// Two instances of one shop behind HAProxy: any of them answers anything, and none of them is missed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuid7 } from '../lib/client.mjs';
import { startHaproxy } from '../lib/haproxy.mjs';
import { freePort } from '../lib/process.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const PRICE = 250;
const SELLERS = 6;
const REGISTERS = 3;
const SCOPES = ['admin'];

let instances;
let balancer;
let api; // through HAProxy
let shop;
let tea;
const registers = [];

before(async () => {
    const name = `instances ${process.pid}`;
    const start = async () => startServer({ backend: 'aws', shop: name, port: await freePort() });
    const first = await start();
    instances = [first, await start()];
    balancer = await startHaproxy(instances.map(({ port }) => port));
    const admin = (await first.admin()).follows();
    const { key } = (await admin.api_keys_create({ body: { name: 'till', scopes: SCOPES }, expect: 201 })).body;
    api = admin.as(key).at(balancer.url);
    shop = await Shop.open(api);
    tea = await shop.product({ price: PRICE });
    await shop.stock([[tea, '1000000']]);
    for (let i = 0; i < REGISTERS; i += 1) {
        registers.push(await shop.newRegister());
    }
});
after(async () => {
    await balancer?.stop();
    for (const instance of instances ?? []) {
        await instance.stop();
    }
});

const servedBy = (answer) => answer.headers.get('x-served-by');

/** Waits until HAProxy sees an instance. */
const untilServing = (instance) =>
    until(() => api.health_ready().catch(() => null), (answer) => answer && servedBy(answer) === `mypos${instances.indexOf(instance) + 1}`);

/** Sells until `done()`: sales of one tea at any register. Answers what each was answered, by its id. */
async function sellUntil(done, sell) {
    const sold = new Map();
    await Promise.all(Array.from({ length: SELLERS }, async (_, seller) => {
        for (let i = seller; !done(); i += 1) {
            const body = shop.saleBody([tea], PRICE, { register: registers[i % REGISTERS] });
            sold.set(body.id, await sell(body));
        }
    }));
    return sold;
}

/** As a till does it: the same sale again until it is answered. */
const sellSurely = (body) => until(
    () => api.transactions_create({ body }).catch((error) => ({ status: 0, text: error.message })),
    ({ status, text }) => {
        assert.ok([201, 0, 502, 503, 504].includes(status), `${status} ${text}`);
        return status === 201;
    });

/** Every sale is in its register's journal once, without a gap, and the stock is what is left. */
async function audit(sold, levelBefore) {
    let found = 0;
    for (const register of registers) {
        const records = await api.all('transactions_list', { register_id: register.id, limit: 200 });
        assert.deepEqual(records.map(({ sequence }) => sequence), records.map((_, i) => records.length - i), `a gap in ${register.code}`);
        found += records.filter((record) => {
            const answer = sold.get(record.id);
            assert.ok(!answer || answer.body.hash === record.hash, 'what was answered is what is kept');
            return answer;
        }).length;
    }
    assert.equal(found, sold.size, 'an acknowledged sale is missing');
    assert.equal(Number(await shop.level(tea)), levelBefore - sold.size);
    const { code, stdout, stderr } = await instances[0].verify();
    assert.equal(code, 0, `${stdout}${stderr}`);
}

test('instances_share_the_work_and_no_client_sticks_to_one', async () => {
    const level = Number(await shop.level(tea));
    let left = 60;
    const sold = await sellUntil(() => (left -= 1) < 0, sellSurely);
    const shares = Map.groupBy?.(sold.values(), servedBy) ?? new Map([...sold.values()].map((answer) => [servedBy(answer), []]));
    assert.deepEqual([...shares.keys()].sort(), ['mypos1', 'mypos2']);
    await audit(sold, level);
});

test('instances_answer_a_repeated_sale_as_the_other_did', async () => {
    const [one, two] = instances.map(({ url }) => api.at(url));
    const body = shop.saleBody([tea], PRICE, { register: registers[0] });
    const headers = { 'Idempotency-Key': unique('key') };
    const first = await one.transactions_create({ body, headers, expect: 201 });
    const byKey = await two.transactions_create({ body, headers, expect: 201 });
    const byId = await two.transactions_create({ body, expect: 201 });
    for (const again of [byKey, byId]) {
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.body, first.body);
    }
    const other = { ...body, tenders: [{ type: 'cash', amount: PRICE + 50 }] };
    await two.transactions_create({ body: other, expect: 409, code: 'id_taken' });
    await two.transactions_create({ body: { ...body, id: uuid7() }, headers, expect: 422, code: 'idempotency_key_reused' });
});

test('instances_sell_the_same_sale_at_the_same_time_once', async () => {
    const level = Number(await shop.level(tea));
    for (let i = 0; i < 5; i += 1) {
        const body = shop.saleBody([tea], PRICE, { register: registers[1] });
        const answers = await Promise.all(instances.flatMap(({ url }) => [1, 2].map(() => api.at(url).transactions_create({ body }))));
        for (const { status, body: { hash, code } } of answers) {
            assert.ok(status === 201 ? hash === answers.find((one) => one.status === 201).body.hash : [409, 503].includes(status), `${status} ${code}`);
        }
        await sellSurely(body); // all of them may have been told to come again
    }
    assert.equal(Number(await shop.level(tea)), level - 5);
});

test('instances_sell_the_last_units_once', async () => {
    const rare = await shop.product({ price: PRICE, oversell: 'deny' });
    await shop.stock([[rare, '5']]);
    const statuses = await Promise.all(Array.from({ length: 24 }, async (_, i) => {
        const body = shop.saleBody([rare], PRICE, { register: registers[i % REGISTERS] });
        for (;;) {
            const { status, text, body: answer } = await api.at(instances[i % 2].url).transactions_create({ body });
            if (status !== 503) {
                assert.ok(status === 201 || (status === 409 && answer.code === 'insufficient_stock'), text);
                return status;
            }
            await sleep(50);
        }
    }));
    assert.equal(statuses.filter((status) => status === 201).length, 5);
    assert.equal(await shop.level(rare), '0');
});

test('instances_read_what_another_one_has_written', async () => {
    const [one, two] = instances.map(({ url }) => api.at(url));
    for (let i = 0; i < 10; i += 1) {
        const [writer, reader] = i % 2 === 0 ? [one, two] : [two, one];
        const body = { sku: unique(), name: unique('Product'), price: 100 + i };
        const { body: product } = await writer.products_create({ body, expect: 201 });
        const { body: read } = await reader.products_read({ path: { product_id: product.id }, expect: 200 });
        assert.deepEqual(read, product);
        const { body: customer } = await writer.customers_create({ body: { name: `Anna${process.pid}x${i}` }, expect: 201 });
        await reader.customers_read({ path: { customer_id: customer.id }, expect: 200 });
        const found = await reader.customers_list({ query: { q: customer.name }, expect: 200 });
        assert.deepEqual(found.body.data.map(({ id }) => id), [customer.id]);
    }
});

test('instances_restart_one_after_the_other_without_a_failed_request', async () => {
    const level = Number(await shop.level(tea));
    let over = false;
    const failures = [];
    const selling = sellUntil(() => over, async (body) => {
        const answer = await api.transactions_create({ body }).catch((error) => ({ status: 0, text: `${error.message}: ${error.cause?.message}` }));
        if (answer.status === 201) {
            return answer;
        }
        if (answer.body?.code !== 'overloaded') { // six sellers at three registers may be too many for the machine
            failures.push(`${answer.status} ${answer.text}`);
        }
        return sellSurely(body);
    });
    for (const instance of instances) {
        await sleep(1000);
        await instance.restart();
        await untilServing(instance);
    }
    over = true;
    const sold = await selling;
    assert.deepEqual(failures, []);
    await audit(sold, level);
});

test('instances_may_be_killed_under_load', async () => {
    const level = Number(await shop.level(tea));
    let over = false;
    const selling = sellUntil(() => over, sellSurely);
    for (const instance of instances) {
        await sleep(1000);
        await instance.kill();
        await sleep(1000);
        await instance.start();
        await untilServing(instance);
    }
    over = true;
    await audit(await selling, level);
});
