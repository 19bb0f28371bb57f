// Services that are slow, refuse, or are gone: sales go on, or are answered 503 with Retry-After, and nothing
// is half done.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { BROKEN, FaultProxy, THROTTLED, conflict, halved, lagging } from '../lib/fault-proxy.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const PRICE = 250;
// The server gives up after seconds; the machine may be busy.
const ANSWERED_WITHIN_MS = 60_000;
const LARGE_WITHIN_MS = 120_000; // a sale of several transactions has more time

const SHOP = `faults ${process.pid}`;
const SERVICES = ['DYNAMODB', 'S3', 'SNS', 'CLOUDWATCH', 'CLOUDWATCH_LOGS'];
const proxies = {};
let aws;
let server;
let api;
let shop;
let tea;
before(async () => {
    aws = await Aws.shared();
    const env = {};
    for (const service of SERVICES) {
        const name = `AWS_ENDPOINT_URL_${service}`;
        proxies[service] = await FaultProxy.start(aws.environment[name] ?? aws.environment.AWS_ENDPOINT_URL);
        env[name] = proxies[service].url;
    }
    server = await startServer({ backend: 'aws', shop: SHOP, env });
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ price: PRICE });
    await shop.stock([[tea, '1000000']]);
    await shop.sell([tea], PRICE);
});
after(async () => {
    heal();
    await server?.stop();
    await Promise.all(Object.values(proxies).map((proxy) => proxy.stop()));
});

function heal() {
    Object.values(proxies).forEach((proxy) => { proxy.fault = () => null; });
}
afterEach(heal);

/** Commits go wrong; fault: as the proxy's, or a function of the call. */
const commits = (fault) => (call) => {
    const isCommit = call.operation === 'TransactWriteItems';
    return isCommit ? typeof fault === 'function' ? fault(call) : fault : null;
};

/** Sells while a service fails; answers the answer, which came in time. */
async function sellOnce(body, withinMs = ANSWERED_WITHIN_MS, client = api) {
    const since = performance.now();
    const answer = await client.transactions_create({ body });
    assert.ok(performance.now() - since < withinMs, `answered after ${performance.now() - since} ms`);
    if (answer.status !== 201) {
        assert.equal(answer.status, 503, answer.text);
        assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/, 'says when to come again');
    }
    return answer;
}

/** The same sale until it is done; it may take the server a moment to see that a service is back. */
const sellSurely = (body, withinMs = ANSWERED_WITHIN_MS) => until(() => sellOnce(body, withinMs), ({ status }) => status === 201, 2 * withinMs);

/** The sale is there once and whole, or not at all. */
async function assertSold(body, count, levelBefore) {
    const { status } = await api.transactions_read({ path: { transaction_id: body.id } });
    assert.equal(status, count === 1 ? 200 : 404);
    const sold = body.lines.reduce((sum, { quantity }) => sum + Number(quantity), 0);
    assert.equal(Number(await shop.level(tea)), levelBefore - count * sold);
}

/** A sale of all the products, on an instance and a register of its own, that gets no further than its nth commit. */
async function breakOff(products, nth) {
    const register = await shop.newRegister();
    const body = shop.saleBody(products, products.length * PRICE, { register });
    const proxy = await FaultProxy.start(aws.environment.AWS_ENDPOINT_URL_DYNAMODB);
    const instance = await startServer({
        backend: 'aws', shop: SHOP, verify: false, env: { AWS_ENDPOINT_URL_DYNAMODB: proxy.url },
    });
    try {
        const client = api.at(instance.url);
        let seen = 0;
        proxy.fault = (call) => {
            seen += call.operation === 'TransactWriteItems' ? 1 : 0;
            return seen >= nth ? { cut: 'before' } : null;
        };
        const { status } = await sellOnce(body, LARGE_WITHIN_MS, client);
        return { body, status };
    } finally {
        proxy.fault = () => null;
        await instance.stop();
        await proxy.stop();
    }
}

describe('faults of DynamoDB', () => {
    const cases = [
        ['throttled', THROTTLED], ['in_conflict', conflict], ['broken', BROKEN], ['cut_before_the_commit', { cut: 'before' }],
        ['cut_after_the_commit', { cut: 'after' }], ['slow', { delayMs: 3000 }],
    ];
    for (const [name, fault] of cases) {
        test(`faults_dynamodb_${name}_once_the_sale_goes_on`, async () => {
            // Where the machine is too slow for what is left of the server's time, another sale shows it.
            await until(async () => {
                const level = Number(await shop.level(tea));
                const body = shop.saleBody([tea], PRICE);
                let left = 1;
                proxies.DYNAMODB.fault = (call) => {
                    const wrong = commits(fault)(call);
                    return wrong && (left -= 1) >= 0 ? wrong : null;
                };
                const { status } = await sellOnce(body);
                heal();
                assert.ok(left < 1, 'nothing went wrong');
                await sellSurely(body);
                await assertSold(body, 1, level);
                return status;
            }, (status) => status === 201);
        });

        test(`faults_dynamodb_${name}_for_long_the_sale_is_refused_and_done_later_once`, async () => {
            const level = Number(await shop.level(tea));
            const body = shop.saleBody([tea], PRICE);
            proxies.DYNAMODB.fault = commits(name === 'slow' ? { delayMs: 60_000, cut: 'before' } : fault);
            const refused = await sellOnce(body);
            heal();
            if (name !== 'cut_after_the_commit') {
                assert.equal(refused.status, 503);
                await assertSold(body, 0, level);
            }
            await sellSurely(body);
            await assertSold(body, 1, level);
        });
    }

    test('faults_dynamodb_takes_batches_in_part_and_all_is_read', async () => {
        proxies.DYNAMODB.fault = (call) => /^Batch/.test(call.operation) ? halved(call) : null;
        const sold = await Promise.all(Array.from({ length: 20 }, () => shop.sell([tea], PRICE)));
        const listed = await api.all('transactions_list', { register_id: shop.register.id, limit: 200 });
        assert.ok(sold.every(({ body }) => listed.some(({ hash }) => hash === body.hash)));
        const name = `Annabell ${process.pid}`;
        const { body: customer } = await api.customers_create({ body: { name }, expect: 201 });
        const found = await api.customers_list({ query: { q: 'nabel' }, expect: 200 });
        assert.ok(found.body.data.some(({ id }) => id === customer.id));
        heal();
    });

    test('faults_dynamodb_index_lags_the_report_waits_and_is_whole', async () => {
        const register = await shop.newRegister();
        const open = { register_id: register.id, opening_float: { total: 0 } };
        const { body: shift } = await api.shifts_open({ body: open, expect: 201 });
        for (let i = 0; i < 3; i += 1) {
            await shop.sell([tea], PRICE, { register, shift_id: shift.id });
        }
        let late = 3; // queries
        proxies.DYNAMODB.fault = (call) => call.request?.IndexName === 'by_shift' && late-- > 0 ? lagging(() => true) : null;
        const close = { path: { shift_id: shift.id }, body: { counted: { total: 3 * PRICE } } };
        const closed = await until(() => api.shifts_close(close), ({ status }) => status !== 503);
        heal();
        assert.ok(late < 3, 'nothing asked the index');
        assert.equal(closed.status, 200, closed.text);
        assert.equal(closed.body.z_report.sales.count, 3);
        assert.equal(closed.body.z_report.over_short, 0);
    });

    test('faults_dynamodb_gone_the_catalogue_is_read_and_sales_wait', async () => {
        const level = Number(await shop.level(tea));
        const body = shop.saleBody([tea], PRICE);
        await proxies.DYNAMODB.down();
        assert.equal((await sellOnce(body)).status, 503);
        await api.products_read({ path: { product_id: tea.id }, expect: 200 });
        await shop.quote([tea], { expect: 200 });
        await api.health_live({ expect: 200 });
        await proxies.DYNAMODB.up();
        await sellSurely(body);
        await assertSold(body, 1, level);
        await until(() => api.health_ready(), ({ status }) => status === 200);
    });

    test('faults_dynamodb_a_large_sale_that_breaks_off_is_whole_or_not_there', async () => {
        const products = await shop.products(200, PRICE);
        // An instance for each place, as each tries for half a minute before it gives up.
        const broken = await Promise.all([1, 2, 3].map((at) => breakOff(products, at)));
        for (const { body, status } of broken) {
            const read = await api.transactions_read({ path: { transaction_id: body.id } });
            assert.equal(read.status, status === 201 ? 200 : 404);
            const first = await sellSurely(body, LARGE_WITHIN_MS);
            assert.deepEqual((await sellSurely(body, LARGE_WITHIN_MS)).body, first.body);
        }
        const levels = await api.all('stock_list', { store_id: shop.store.id, limit: 200 });
        for (const { id } of products) {
            assert.equal(levels.find((row) => row.product_id === id).level, '-3');
        }
    });
});

for (const service of ['SNS', 'S3', 'CLOUDWATCH', 'CLOUDWATCH_LOGS']) {
    test(`faults_${service.toLowerCase()}_gone_no_sale_waits`, async () => {
        await proxies[service].down();
        let fastest = Infinity;
        for (let i = 0; i < 10; i += 1) {
            const since = performance.now();
            await sellSurely(shop.saleBody([tea], PRICE));
            fastest = Math.min(fastest, performance.now() - since);
        }
        assert.ok(fastest < 5000, 'every sale waits for it');
        await api.health_live({ expect: 200 });
        await proxies[service].up();
    });
}

test('faults_sns_gone_everything_is_told_later', async () => {
    const queue = await aws.subscribe(SHOP, { event_type: ['transaction.completed'] });
    await proxies.SNS.down();
    const sold = [];
    for (let i = 0; i < 12; i += 1) {
        sold.push((await shop.sell([tea], PRICE)).body.id);
    }
    await proxies.SNS.up();
    const messages = await queue.until((all) => sold.every((id) => all.some(({ message }) => JSON.stringify(message).includes(id))));
    const ids = messages.map(({ attributes }) => attributes.event_id);
    assert.ok(ids.every(Boolean), 'every message carries the id of its event');
});
