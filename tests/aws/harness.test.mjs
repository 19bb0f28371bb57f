// What stands for AWS in these tests does what the tests rely on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, before, after } from 'node:test';
import { AwsV4Signer } from 'aws4fetch';
import { Aws } from '../lib/aws.mjs';
import { AwsClient, element } from '../lib/aws-client.mjs';
import { CapacityMeter } from '../lib/capacity.mjs';
import { FaultProxy, THROTTLED } from '../lib/fault-proxy.mjs';
import { ROOT } from '../lib/paths.mjs';
import { until } from '../lib/wait.mjs';

let aws;
before(async () => { aws = await Aws.shared(); });
after(() => aws.stop());

test('harness_refuses_a_wrong_signature_or_an_unknown_key', async () => {
    const { accessKeyId, secretAccessKey } = aws.client.credentials;
    const forged = aws.client.as({ accessKeyId, secretAccessKey: `${secretAccessKey}x` });
    const stranger = aws.client.as({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey });
    await aws.client.sns('ListTopics');
    await assert.rejects(forged.sns('ListTopics'), { status: 403, code: 'SignatureDoesNotMatch' });
    await assert.rejects(forged.s3('GET', '/'), { status: 403, code: 'SignatureDoesNotMatch' });
    await assert.rejects(forged.logs('DescribeLogGroups'), { status: 403 });
    await assert.rejects(stranger.sns('ListTopics'), { status: 403, code: 'InvalidClientTokenId' });
    await assert.rejects(stranger.s3('GET', '/'), { status: 403, code: 'InvalidAccessKeyId' });
});

test('harness_enforces_policies', async () => {
    const key = await aws.user([{ Effect: 'Allow', Action: ['sns:ListTopics'], Resource: '*' }]);
    const reader = aws.client.as(key);
    await reader.sns('ListTopics');
    await assert.rejects(reader.sns('CreateTopic', { Name: 'no' }), { status: 403, code: 'AccessDenied' });
    await assert.rejects(reader.s3('GET', '/'), { status: 403, code: 'AccessDenied' });
});

test('harness_takes_signed_addresses_of_s3_while_they_are_good', async () => {
    const { MYPOS_S3_BUCKET: bucket } = await aws.shop('signed');
    const key = await aws.user([{ Effect: 'Allow', Action: ['s3:GetObject'], Resource: '*' }]);
    const stranger = await aws.user([{ Effect: 'Allow', Action: ['sns:ListTopics'], Resource: '*' }]);
    await aws.client.s3('PUT', `/${bucket}/a/b%20c`, { body: 'text' });
    const signed = async ({ name = 'a/b%20c', by = key, ageS = 0, expires = 60 } = {}) => {
        const url = new URL(`${aws.environment.AWS_ENDPOINT_URL}/${bucket}/${name}`);
        url.searchParams.set('X-Amz-Expires', expires);
        url.searchParams.set('response-content-disposition', 'inline; filename="a b/c"');
        const datetime = new Date(Date.now() - ageS * 1000).toISOString().replace(/[:-]|\.\d{3}/g, '');
        return (await new AwsV4Signer({ ...by, url: url.href, region: aws.client.region, service: 's3', signQuery: true, datetime }).sign()).url;
    };
    const answer = async (url) => {
        const response = await fetch(url);
        const text = await response.text();
        return response.ok ? text : `${response.status} ${element(text, 'Code')}`;
    };
    assert.equal(await answer(await signed()), 'text');
    const { status, headers } = await fetch(await signed(), { method: 'GET', headers: { Range: 'bytes=1-2' } });
    assert.deepEqual([status, headers.get('content-range')], [206, 'bytes 1-2/4']);
    assert.equal(await answer(await signed({ name: 'a/none' })), '404 NoSuchKey');
    assert.equal(await answer(await signed({ by: stranger })), '403 AccessDenied');
    assert.equal(await answer(await signed({ by: { ...key, secretAccessKey: 'x' } })), '403 SignatureDoesNotMatch');
    assert.equal(await answer(await signed({ by: { ...key, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } })), '403 InvalidAccessKeyId');
    assert.equal(await answer(await signed({ by: { ...key, sessionToken: 'x' } })), '400 InvalidToken');
    assert.equal(await answer(await signed({ ageS: 61 })), '403 AccessDenied');
    assert.equal(await answer(await signed({ ageS: -3600 })), '403 AccessDenied');
    assert.equal(await answer(await signed({ expires: 604_801 })), '400 AuthorizationQueryParametersError');
    for (const [change, code] of [
        [(url) => url.searchParams.set('X-Amz-Expires', 3600), '403 SignatureDoesNotMatch'],
        [(url) => { url.pathname = `/${bucket}/a/c`; }, '403 SignatureDoesNotMatch'],
        [(url) => url.searchParams.set('response-content-disposition', 'inline'), '403 SignatureDoesNotMatch'],
        [(url) => url.searchParams.delete('X-Amz-Date'), '400 AuthorizationQueryParametersError'],
    ]) {
        const url = await signed();
        change(url);
        assert.equal(await answer(url), code, url.href);
    }
});

test('harness_a_shop_has_its_bucket_topic_and_log_group', async () => {
    const env = await aws.shop('one');
    assert.deepEqual(await aws.shop('one'), env);
    assert.notEqual((await aws.shop('two')).MYPOS_TABLE_PREFIX, env.MYPOS_TABLE_PREFIX);
    await aws.client.s3('PUT', `/${env.MYPOS_S3_BUCKET}/a/b`, { body: 'text' });
    assert.equal(await (await aws.client.s3('GET', `/${env.MYPOS_S3_BUCKET}/a/b`)).text(), 'text');
    const { logGroups } = await aws.client.logs('DescribeLogGroups', { logGroupNamePrefix: env.MYPOS_LOG_GROUP });
    assert.equal(logGroups.length, 1);
    const all = await aws.subscribe('one');
    const some = await aws.subscribe('one', { event_type: ['sale.completed'] });
    for (const type of ['shift.opened', 'sale.completed']) {
        await aws.client.sns('Publish', {
            TopicArn: env.MYPOS_SNS_TOPIC_ARN,
            Message: JSON.stringify({ type }),
            'MessageAttributes.entry.1.Name': 'event_type',
            'MessageAttributes.entry.1.Value.DataType': 'String',
            'MessageAttributes.entry.1.Value.StringValue': type,
        });
    }
    const both = await all.until((messages) => messages.length >= 2);
    assert.deepEqual(both.map(({ message }) => message.type).sort(), ['sale.completed', 'shift.opened']);
    const sales = await some.until((messages) => messages.length >= 1);
    assert.deepEqual(sales.map(({ attributes }) => attributes), [{ event_type: 'sale.completed' }]);
});

test('harness_keeps_tables_apart_and_drops_them', async () => {
    for (const name of ['one', 'two']) {
        await aws.client.dynamodb('CreateTable', {
            TableName: `${(await aws.shop(name)).MYPOS_TABLE_PREFIX}things`,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        });
    }
    const [table] = await aws.tables('one');
    await aws.client.dynamodb('PutItem', { TableName: table, Item: { pk: { S: 'a' } } });
    const held = [];
    for await (const entry of aws.items('one')) {
        held.push(entry);
    }
    assert.deepEqual(held, [{ table, item: { pk: { S: 'a' } } }]);
    await aws.drop('one');
    assert.deepEqual(await aws.tables('one'), []);
    assert.equal((await aws.tables('two')).length, 1);
    await aws.drop('two');
});

test('harness_leaves_nothing_behind_when_a_test_is_killed', async () => {
    const script = `
        const { Service } = await import(${JSON.stringify(path.join(ROOT, 'tests/lib/process.mjs'))});
        const service = await Service.start({
            name: 'node', answers: (url) => fetch(url),
            command: (port) => [process.execPath, '-e', \`require('http').createServer((_, r) => r.end()).listen(\${port}, '127.0.0.1')\`],
        });
        console.log(service.url);
        setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [bytes] = await once(child.stdout, 'data');
    const url = String(bytes).trim();
    await fetch(url);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(() => fetch(url).then(() => 'the service outlives its test', () => null), (said) => said === null);
});

test('harness_computes_units_as_the_emulator_reports_those_of_single_writes', async () => {
    const meter = await CapacityMeter.start(aws);
    const client = new AwsClient({ ...aws.client, endpoints: { ...aws.client.endpoints, dynamodb: meter.url } });
    const TableName = `${(await aws.shop('units')).MYPOS_TABLE_PREFIX}things`;
    const schema = (hash, range) => [
        { AttributeName: hash, KeyType: 'HASH' }, ...(range ? [{ AttributeName: range, KeyType: 'RANGE' }] : []),
    ];
    await client.dynamodb('CreateTable', {
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk', 'day', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: schema('pk', 'sk'),
        GlobalSecondaryIndexes: [
            { IndexName: 'by_day', KeySchema: schema('day', 'sk'), Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['amount'] } },
            { IndexName: 'by_due', KeySchema: schema('due'), Projection: { ProjectionType: 'KEYS_ONLY' } },
        ],
    });
    const text = (S) => ({ S });
    const key = { pk: text('a'), sk: text('b') };
    const set = (expression, values) => ['UpdateItem', {
        TableName, Key: key, UpdateExpression: expression, ExpressionAttributeValues: values, ReturnConsumedCapacity: 'TOTAL',
    }];
    const put = (Item) => ['PutItem', { TableName, Item: { ...key, ...Item }, ReturnConsumedCapacity: 'TOTAL' }];
    const singles = [
        put({}), put({ body: text('x'.repeat(3000)) }), put({ body: text('x'.repeat(100)), list: { L: [{ M: { n: { N: '-12.50' } } }] } }),
        put({ day: text('1') }), put({ day: text('1'), other: text('z') }), put({ day: text('2'), amount: { N: '5' } }),
        set('SET due = :due', { ':due': text('3') }), set('SET amount = :amount', { ':amount': { N: '6' } }),
        set('SET body = :body REMOVE due', { ':body': { B: Buffer.alloc(5000).toString('base64') } }),
        ['DeleteItem', { TableName, Key: key, ReturnConsumedCapacity: 'TOTAL' }],
    ];
    meter.take();
    for (const [operation, request] of singles) {
        const { ConsumedCapacity } = await client.dynamodb(operation, request);
        assert.deepEqual(meter.take(), { trips: 1, reads: 0, writes: ConsumedCapacity.CapacityUnits }, JSON.stringify(request));
    }
    const item = (sk, more = {}) => ({ Put: { TableName, Item: { pk: text('a'), sk: text(sk), ...more } } });
    await client.dynamodb('TransactWriteItems', { TransactItems: [item('1'), item('2'), item('3', { day: text('1') })] });
    assert.deepEqual(meter.take(), { trips: 1, reads: 0, writes: 7 });
    await client.dynamodb('Query', {
        TableName, ConsistentRead: true, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': text('a') },
    });
    assert.deepEqual(meter.take(), { trips: 1, reads: 1, writes: 0 });
    await meter.stop();
    await aws.drop('units');
});

test('harness_lets_calls_go_wrong', async () => {
    const proxy = await FaultProxy.start(aws.environment.AWS_ENDPOINT_URL);
    const client = new AwsClient({ ...aws.client, endpoints: { default: proxy.url } });
    const topics = async () => ((await aws.client.sns('ListTopics')).match(/<TopicArn>/g) ?? []).length;
    const before = await topics();
    await client.sns('CreateTopic', { Name: 'through' });
    proxy.fault = () => ({ cut: 'before' });
    await assert.rejects(client.sns('CreateTopic', { Name: 'never' }));
    assert.equal(await topics(), before + 1);
    proxy.fault = () => ({ cut: 'after' });
    await assert.rejects(client.sns('CreateTopic', { Name: 'unknown' }));
    assert.equal(await topics(), before + 2);
    proxy.fault = () => THROTTLED;
    await assert.rejects(client.sns('ListTopics'), { status: 400, code: 'ThrottlingException' });
    proxy.fault = () => ({ delayMs: 200 });
    const since = performance.now();
    await client.sns('ListTopics');
    assert.ok(performance.now() - since >= 195);
    await proxy.down();
    await assert.rejects(client.sns('ListTopics'));
    await proxy.up();
    proxy.fault = () => null;
    await client.sns('ListTopics');
    assert.deepEqual(proxy.calls.map(({ operation }) => operation),
        ['CreateTopic', 'CreateTopic', 'CreateTopic', 'ListTopics', 'ListTopics', 'ListTopics']);
    await proxy.stop();
});
