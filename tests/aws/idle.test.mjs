// What an instance asks of DynamoDB while nothing happens: it is paid for day and night.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aws } from '../lib/aws.mjs';
import { CapacityMeter } from '../lib/capacity.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

const PER_SECOND = 3; // api/ledger/dynamodb/README.md says it
const COUNTED_S = 5;
const CALM_WITHIN_S = 180; // it asks more often for a while after something happened

let meter;
let server;
before(async () => {
    meter = await CapacityMeter.start(await Aws.shared());
    server = await startServer({ backend: 'aws', env: { AWS_ENDPOINT_URL_DYNAMODB: meter.url } });
});
after(async () => {
    await server?.stop();
    await meter?.stop();
});

test('an idle instance makes fewer than three requests a second', async (t) => {
    const shop = await Shop.open(await server.admin());
    await shop.sell([await shop.product({ price: 250 })], 250);
    const until = Date.now() + CALM_WITHIN_S * 1000;
    let counted;
    do {
        assert.ok(Date.now() < until, `still ${counted / COUNTED_S} requests a second`);
        meter.calls.splice(0);
        await sleep(COUNTED_S * 1000);
        counted = meter.calls.length;
    } while (counted > PER_SECOND * COUNTED_S);
    const kinds = {};
    for (const { operation, request } of meter.calls) {
        const kind = `${operation} ${request.IndexName ?? request.TableName.replace(/^.*-/, '')}`;
        kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    t.diagnostic(JSON.stringify(kinds));
});
