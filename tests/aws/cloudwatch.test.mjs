// What CloudWatch is sent: the log, whole and in order, and what was sold, counted once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { WITHIN_MS, until } from '../lib/wait.mjs';

let aws;
before(async () => { aws = await Aws.shared(); });
after(() => aws.stop());

/** The environment of a server that has nothing on AWS but its telemetry. */
async function telemetryOnly(name) {
    const { MYPOS_LOG_GROUP, ...shop } = await aws.shop(name);
    const credentials = Object.entries(shop).filter(([key]) => key.startsWith('AWS_'));
    return { ...Object.fromEntries(credentials), MYPOS_CLOUDWATCH: 'on', MYPOS_LOG_GROUP, MYPOS_METRICS_NAMESPACE: `MyPOS/${name}` };
}

async function linesOf(group) {
    const { logStreams } = await aws.client.logs('DescribeLogStreams', { logGroupName: group });
    const lines = [];
    for (const { logStreamName } of logStreams) {
        let token;
        for (;;) {
            const page = await aws.client.logs('GetLogEvents', {
                logGroupName: group, logStreamName, startFromHead: true, nextToken: token,
            });
            lines.push(...page.events.map(({ timestamp, message }) => ({ stream: logStreamName, timestamp, ...JSON.parse(message) })));
            if (page.nextForwardToken === token || page.events.length === 0) {
                break;
            }
            token = page.nextForwardToken;
        }
    }
    return lines;
}

/** The sum of a metric in the last hour. */
async function sumOf(namespace, metric, dimensions = {}) {
    const parameters = {
        Namespace: namespace,
        MetricName: metric,
        StartTime: new Date(Date.now() - 3_600_000).toISOString(),
        EndTime: new Date(Date.now() + 60_000).toISOString(),
        Period: 7200,
        'Statistics.member.1': 'Sum',
    };
    Object.entries(dimensions).forEach(([name, value], i) => {
        parameters[`Dimensions.member.${i + 1}.Name`] = name;
        parameters[`Dimensions.member.${i + 1}.Value`] = value;
    });
    const xml = await aws.client.monitoring('GetMetricStatistics', parameters);
    return [...xml.matchAll(/<Sum>([^<]*)<\/Sum>/g)].reduce((sum, [, value]) => sum + Number(value), 0);
}

test('cloudwatch_has_the_log_and_the_sales', async () => {
    const env = await telemetryOnly('telemetry');
    const server = await startServer({ backend: 'sqlite', env });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const product = await shop.product({ price: 250 });
    await shop.sell([[product, '2']], 500);
    await shop.sell([product], 250);
    const requests = server.logLines().filter(({ event }) => event === 'request');
    await server.stop(); // flushes

    const lines = await linesOf(env.MYPOS_LOG_GROUP);
    assert.equal(new Set(lines.map(({ stream }) => stream)).size, 1);
    const times = lines.map(({ timestamp }) => timestamp);
    assert.deepEqual(times, [...times].sort((a, b) => a - b));
    for (const { request_id: id } of requests) {
        assert.equal(lines.filter((line) => line.event === 'request' && line.request_id === id).length, 1);
    }
    assert.equal(lines.filter(({ event }) => event === 'stopped').length, 1);
    assert.ok(lines.every(({ at, timestamp }) => Date.parse(at) === timestamp));

    const namespace = env.MYPOS_METRICS_NAMESPACE;
    assert.equal(await sumOf(namespace, 'Sales'), 2);
    assert.equal(await sumOf(namespace, 'SalesAmount', { Currency: 'EUR' }), 750);
    assert.ok(await sumOf(namespace, 'Requests') >= 5);
    assert.equal(await sumOf(namespace, 'Errors'), 0);
});

test('cloudwatch_without_permission_or_group_costs_no_sale', async () => {
    const env = await telemetryOnly('nothing-allowed');
    const key = await aws.user([{ Effect: 'Allow', Action: ['sts:GetCallerIdentity'], Resource: '*' }]);
    const server = await startServer({
        backend: 'sqlite',
        env: { ...env, AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey, MYPOS_LOG_GROUP: '/not/there' },
    });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const product = await shop.product({ price: 250 });
    await shop.sell([[product, '2']], 500);
    const { text } = await until(() => api.metrics_read({ expect: 200 }),
        (answer) => /mypos_aws_calls_total\{service="monitoring",result="refused"\} [1-9]/.test(answer.text));
    assert.match(text, /mypos_transactions_total\{type="sale"\} 1/);
    assert.match(text, /mypos_transactions_amount_minor_total\{type="sale",currency="EUR"\} 500/);
    await server.stop();
    const told = server.logLines().filter(({ event }) => event.startsWith('cloudwatch_'));
    assert.ok(told.some(({ event }) => event === 'cloudwatch_metrics_not_sent'));
    assert.equal(told.filter(({ event }) => event === 'cloudwatch_logs_unavailable').length, 1);
});

test('cloudwatch_that_is_away_costs_no_sale_and_no_long_stop', async () => {
    const env = { ...await telemetryOnly('away'), AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const server = await startServer({ backend: 'sqlite', env });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const product = await shop.product({ price: 250 });
    for (let i = 0; i < 50; i += 1) {
        await shop.sell([product], 250);
    }
    const began = Date.now();
    await server.stop(); // and verifies
    assert.ok(Date.now() - began < WITHIN_MS);
});
