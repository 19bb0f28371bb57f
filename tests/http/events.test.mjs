// Events: every act tells, in order, at least once, whatever is killed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

const WITHIN_MS = 20_000;

const told = (server) => server.logLines().filter(({ event }) => event === 'notification');

async function untilTold(server, count) {
    const until = Date.now() + WITHIN_MS;
    while (told(server).length < count) {
        assert.ok(Date.now() < until, `${told(server).length} of ${count} events were told`);
        await sleep(50);
    }
    return told(server);
}

describe('events in the log', () => {
    let server, api, shop, tea;
    before(async () => {
        server = await startServer();
        api = await server.admin();
        shop = await Shop.open(api);
        tea = await shop.product({ price: 250 });
    });
    after(() => server.stop());

    test('every sale is told once, in the order of the journal, without names', async () => {
        const sold = await Promise.all(Array.from({ length: 40 }, () => shop.sell([tea], 250)));
        const numbers = sold.map(({ body }) => body.receipt_number).sort();
        const lines = await untilTold(server, 40);
        assert.deepEqual(lines.map((line) => line['data.receipt_number']), numbers);
        assert.equal(new Set(lines.map(({ id }) => id)).size, 40);
        for (const line of lines) {
            assert.equal(line.type, 'transaction.completed');
            assert.equal(line['data.total'], 250);
            assert.ok(Date.parse(line.happened_at) <= Date.now());
            assert.ok(!JSON.stringify(line).includes('Administrator'));
        }
        await sleep(500); // two rounds of the relay
        const { text } = await api.metrics_read({ expect: 200 });
        assert.match(text, /^mypos_events_published_total 40$/m);
        assert.match(text, /^mypos_events_failed_total 0$/m);
        assert.match(text, /^mypos_events_lag_seconds 0$/m);
    });

    test('what is sold right before the end is told before the end', async () => {
        const earlier = told(server).length;
        const sold = await Promise.all(Array.from({ length: 5 }, () => shop.sell([tea], 250)));
        await server.end();
        const ids = told(server).slice(earlier).map((line) => line['data.id']);
        assert.deepEqual(ids.sort(), sold.map(({ body }) => body.id).sort());
        await server.start();
    });
});

test('no event is lost when the process is killed', async () => {
    const server = await startServer();
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
    const missing = () => [...sold].filter((id) => !seen.has(id));
    const until = Date.now() + WITHIN_MS;
    while (missing().length > 0 && Date.now() < until) {
        await sleep(100);
        look();
    }
    assert.deepEqual(missing(), []);
    assert.ok(sold.size > 0);
    await server.stop();
});
