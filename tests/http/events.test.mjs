// Events: every act tells, in order, at least once, whatever is killed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BACKEND, startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const TOLD = { MYPOS_NOTIFY: 'log' }; // to the log also where the ledger is in DynamoDB: what a topic gets, tests/aws sees

// Those of the catalogue are told as well: tests/http/webhooks.test.mjs.
const notices = (server) => server.logLines().filter(({ event, type }) => event === 'notification' && /^(transaction|shift|stock)\./.test(type));

// On one machine each is told once while nothing is killed; over AWS at least once.
const told = (server) => BACKEND === 'aws' ? [...new Map(notices(server).map((line) => [line.id, line])).values()] : notices(server);

const untilTold = (server, count) => until(() => told(server), ({ length }) => length >= count);

describe('events in the log', () => {
    let server, api, shop, tea;
    before(async () => {
        server = await startServer({ env: TOLD });
        api = await server.admin();
        shop = await Shop.open(api);
        tea = await shop.product({ price: 250 });
    });
    after(() => server.stop());

    test('every sale is told once, in the order of the journal, without names', async () => {
        const sold = await Promise.all(Array.from({ length: 40 }, () => shop.sell([tea], 250)));
        const numbers = sold.map(({ body }) => body.receipt_number).sort();
        const lines = await untilTold(server, 40);
        const order = lines.map((line) => line['data.receipt_number']);
        assert.deepEqual(BACKEND === 'aws' ? order.sort() : order, numbers); // there several lines deliver side by side
        assert.equal(new Set(lines.map(({ id }) => id)).size, 40);
        for (const line of lines) {
            assert.equal(line.type, 'transaction.completed');
            assert.equal(line['data.total'], 250);
            assert.ok(Date.parse(line.happened_at) <= Date.now());
            assert.ok(!JSON.stringify(line).includes('Administrator'));
        }
        const metrics = async () => (await api.metrics_read({ expect: 200 })).text;
        const text = await until(metrics, (now) => /^mypos_events_published_total 41$/m.test(now) // and the product's
            && /^mypos_events_lag_seconds 0$/m.test(now));
        assert.match(text, /^mypos_events_failed_total 0$/m);
    });

    test('refunds, voids, closed shifts and low stock are told as well', async () => {
        const earlier = told(server).length;
        const register = await shop.newRegister();
        const rare = await shop.product({ name: 'Rare', price: 100, low_stock_at: '2' });
        await shop.stock([[rare, '3']]);
        const { body: shift } = await api.shifts_open({
            body: { register_id: register.id, opening_float: { total: 0 } }, expect: 201,
        });
        const { body: sale } = await shop.sell([rare], 100, { register });
        const { body: refund } = await api.refunds_create({ path: { transaction_id: sale.id }, body: {}, expect: 201 });
        const { body: wrong } = await shop.sell([tea], 250, { register });
        const { body: voided } = await api.transactions_void({
            path: { transaction_id: wrong.id }, body: { reason: 'Wrong' }, expect: 201,
        });
        await api.shifts_close({ path: { shift_id: shift.id }, body: { counted: { total: 0 } }, expect: 200 });
        const lines = (await untilTold(server, earlier + 6)).slice(earlier);
        assert.deepEqual(lines.map((line) => [line.type, line['data.id'] ?? line['data.product_id']]).sort(), [
            ['shift.closed', shift.id],
            ['stock.low', rare.id],
            ['transaction.completed', sale.id],
            ['transaction.completed', wrong.id],
            ['transaction.refunded', refund.id],
            ['transaction.voided', voided.id],
        ].sort());
        assert.equal(lines.find(({ type }) => type === 'stock.low')['data.level'], '2');
        assert.equal(lines.find(({ type }) => type === 'transaction.refunded')['data.original_id'], sale.id);
    });

    test('what is sold right before the end is told before the end', async () => {
        const earlier = told(server).length;
        const sold = await Promise.all(Array.from({ length: 5 }, () => shop.sell([tea], 250)));
        await server.end();
        const ids = told(server).slice(earlier).map((line) => line['data.id']);
        const wanted = sold.map(({ body }) => body.id);
        await server.start();
        if (BACKEND === 'aws') { // the end waits for seconds only; what is left then is told by whoever comes next
            await until(() => new Set([...ids, ...told(server).map((line) => line['data.id'])]), (all) => wanted.every((id) => all.has(id)));
        } else {
            assert.deepEqual(ids.sort(), wanted.sort());
        }
    });
});

test('no event is lost when the process is killed', async () => {
    const server = await startServer({ env: TOLD });
    const shop = await Shop.open(await server.admin());
    const tea = await shop.product({ price: 250 });
    const sold = new Set();
    const seen = new Set();
    const look = () => told(server).forEach((line) => seen.add(line['data.id']));
    for (let round = 0; round < 4; round += 1) {
        shop.api = await server.admin();
        const sales = Array.from({ length: 20 }, () => shop.sell([tea], 250, {}, {}).then(
            ({ status, body }) => status === 201 && sold.add(body.id), () => {}));
        await sales[round * 5];
        await server.kill();
        await Promise.all(sales);
        look();
        await server.start();
    }
    await until(() => {
        look();
        return [...sold].filter((id) => !seen.has(id));
    }, ({ length }) => length === 0);
    assert.ok(sold.size > 0);
    await server.stop();
});
