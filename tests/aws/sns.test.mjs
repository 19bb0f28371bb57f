// Events on a topic of SNS: in batches, with attributes to filter by, once at least, whatever fails in between.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { FaultProxy } from '../lib/fault-proxy.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const NAME = `sns-${process.pid}`;
const sold = ({ message }) => message.type === 'transaction.completed';

describe('SNS', () => {
    let aws, proxy, server, api, shop, tea, everything, voids;
    before(async () => {
        aws = await Aws.shared();
        const { MYPOS_SNS_TOPIC_ARN } = await aws.shop(NAME);
        everything = await aws.subscribe(NAME);
        voids = await aws.subscribe(NAME, { event_type: ['transaction.voided'] });
        proxy = await FaultProxy.start(aws.environment.AWS_ENDPOINT_URL);
        server = await startServer({
            env: { ...aws.environment, AWS_ENDPOINT_URL_SNS: proxy.url, MYPOS_NOTIFY: 'sns', MYPOS_SNS_TOPIC_ARN },
        });
        api = await server.admin();
        shop = await Shop.open(api);
        tea = await shop.product({ name: 'Grüner Tee & „Söhne“ + 100 % ~*', price: 250 });
    });
    after(async () => {
        await server?.stop();
        await proxy?.stop();
    });

    test('sns_publishes_every_event_with_the_attributes_that_filters_ask_for', async () => {
        const sales = await Promise.all(Array.from({ length: 25 }, () => shop.sell([tea], 250)));
        const { body: voided } = await api.transactions_void({
            path: { transaction_id: sales[0].body.id }, body: { reason: 'Wrong' }, expect: 201,
        });
        const told = await everything.until((all) => all.filter(sold).length >= 25);
        const byId = new Map(told.filter(sold).map((each) => [each.message.data.id, each]));
        for (const { body } of sales) {
            const { message, attributes } = byId.get(body.id);
            assert.deepEqual(message.data, body);
            assert.deepEqual(attributes, {
                event_type: 'transaction.completed', event_id: message.id, store_id: shop.store.id,
            });
        }
        const filtered = await voids.until((all) => all.length > 0);
        assert.deepEqual([...new Set(filtered.map(({ message }) => message.data.id))], [voided.id]);
        assert.ok(proxy.calls.every(({ status }) => status === 200));
    });

    test('sns_entries_that_failed_inside_a_200_come_again', async () => {
        const failed = (_, i) => `<member><Id>${i}</Id><Code>InternalError</Code><Message>Later</Message><SenderFault>false</SenderFault></member>`;
        const body = `<PublishBatchResponse><PublishBatchResult><Successful/><Failed>${Array.from({ length: 10 }, failed).join('')}</Failed></PublishBatchResult></PublishBatchResponse>`;
        let left = 1;
        proxy.fault = () => (left-- > 0 ? { answer: { status: 200, body } } : null);
        const sales = await Promise.all(Array.from({ length: 5 }, () => shop.sell([tea], 250)));
        const ids = new Set(sales.map((each) => each.body.id));
        await everything.until((all) => new Set(all.filter(sold).map(({ message }) => message.data.id)
            .filter((id) => ids.has(id))).size === 5);
        assert.ok(server.logLines().some(({ event, code }) => event === 'sns_publish_failed' && code === 'InternalError'));
        proxy.fault = () => null;
    });

    test('sns_down_delays_events_and_no_sale', async () => {
        await proxy.down();
        const sales = await Promise.all(Array.from({ length: 10 }, () => shop.sell([tea], 250)));
        const count = (text, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);
        const { text } = await until(() => api.metrics_read({ expect: 200 }), (metrics) => count(metrics.text, 'mypos_events_failed_total') >= 10);
        assert.ok(count(text, 'mypos_events_lag_seconds') >= 0);
        await proxy.up();
        const ids = new Set(sales.map(({ body }) => body.id));
        await everything.until((all) => new Set(all.filter(sold).map(({ message }) => message.data.id)
            .filter((id) => ids.has(id))).size === 10);
    });

    test('sns_errors_of_the_service_are_tried_again', async () => {
        let left = 4;
        proxy.fault = () => (left-- > 0 ? { answer: { status: 500, body: '<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>' } } : null);
        const { body } = await shop.sell([tea], 250);
        await everything.until((all) => all.some(({ message }) => message.data.id === body.id));
        proxy.fault = () => null;
    });
});
