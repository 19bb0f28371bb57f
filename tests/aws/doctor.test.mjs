// mypos doctor: what is well is said to be, and what is not is named, with what to do.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { makeCertificate } from '../lib/certificate.mjs';
import { FaultProxy } from '../lib/fault-proxy.mjs';
import { ROOT } from '../lib/paths.mjs';
import { runCommand, startServer } from '../lib/server.mjs';

const TABLES = path.join(ROOT, 'migrations/dynamodb');

let aws;
let dataDir;
before(async () => {
    aws = await Aws.shared();
    dataDir = await mkdtemp(path.join(tmpdir(), 'mypos-doctor-'));
});
after(async () => {
    await rm(dataDir, { recursive: true });
    await aws.stop();
});

async function doctor(env, place = dataDir) {
    const { code, stdout } = await runCommand(['doctor', '--json'], {
        dataDir: place, backend: 'sqlite', env: { MYPOS_PORT: '0', MYPOS_WEB_UI: '', ...env },
    });
    const report = JSON.parse(stdout);
    assert.equal(code, report.good ? 0 : 1);
    assert.equal(report.good, report.findings.every(({ state }) => state !== 'bad'));
    assert.ok(report.findings.every(({ state, todo }) => state !== 'bad' || todo), 'what is bad has something to do');
    return report;
}

const bad = ({ findings }) => findings.filter(({ state }) => state === 'bad');
const of = ({ findings }, area) => findings.filter((finding) => finding.area === area);

/** A shop with everything on AWS, and its tables. */
async function whole(name) {
    const { MYPOS_LEDGER, ...env } = await aws.shop(name);
    for (const file of await readdir(TABLES)) {
        const { Table } = JSON.parse(await readFile(path.join(TABLES, file), 'utf8'));
        await aws.client.dynamodb('CreateTable', { ...Table, TableName: env.MYPOS_TABLE_PREFIX + Table.TableName });
    }
    return { ...env, MYPOS_LEDGER };
}

test('doctor_finds_all_well', async () => {
    const env = await whole('doctor-well');
    const report = await doctor(env);
    assert.deepEqual(bad(report), []);
    for (const area of ['configuration', 'data', 'disk', 'pictures', 'credentials', 'clock', 'dynamodb', 's3', 'sns', 'logs', 'metrics']) {
        assert.ok(of(report, area).some(({ state }) => state === 'good'), `${area}: ${JSON.stringify(of(report, area))}`);
    }
    assert.ok(of(report, 'credentials').some(({ says }) => says.includes('from the environment')));
    for (const action of ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem', 'BatchWriteItem', 'Scan', 'DescribeTable']) {
        assert.ok(of(report, 'dynamodb').some(({ says }) => says.startsWith(`dynamodb:${action} `)), action);
    }
    // Those of a test are made without.
    const [upkeep] = of(report, 'dynamodb').filter(({ state, says }) => state === 'warning' && says.includes('TimeToLive'));
    assert.match(upkeep.todo, /^aws dynamodb update-time-to-live .* --table-name mypos-/);
    assert.doesNotMatch(await (await aws.client.s3('GET', `/${env.MYPOS_S3_BUCKET}`)).text(), /<Key>/);
    const text = await runCommand(['doctor'], { dataDir, backend: 'sqlite', env: { ...env, MYPOS_PORT: '0' } });
    assert.match(text.stdout, /^good +s3 +s3:PutObject on /m);
    assert.match(text.stdout, /all is well/);
    await aws.drop('doctor-well');
});

test('doctor_names_what_is_not_there', async () => {
    const env = await aws.shop('doctor-missing');
    const report = await doctor({
        ...env,
        MYPOS_S3_BUCKET: 'not-there-at-all',
        MYPOS_SNS_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:not-there',
        MYPOS_LOG_GROUP: '/not/there',
    });
    const todo = (area) => bad(report).filter((finding) => finding.area === area).map((finding) => finding.todo).join('\n');
    assert.match(todo('dynamodb'), /mypos migrate/);
    assert.match(todo('s3'), /MYPOS_S3_BUCKET/);
    assert.match(todo('logs'), /MYPOS_LOG_GROUP/);
    assert.match(todo('sns'), /MYPOS_SNS_TOPIC_ARN/);
    const elsewhere = await doctor({ ...env, MYPOS_LEDGER: 'sqlite', MYPOS_SNS_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:sales' });
    assert.match(bad(elsewhere).find(({ area }) => area === 'sns').todo, /AWS_REGION/);
});

test('doctor_names_a_table_that_is_not_as_it_is_defined', async () => {
    const env = await whole('doctor-schema');
    const name = (table) => env.MYPOS_TABLE_PREFIX + table;
    const remake = async (table, change) => {
        const { Table } = JSON.parse(await readFile(path.join(TABLES, `${table}.json`), 'utf8'));
        await aws.client.dynamodb('DeleteTable', { TableName: name(table) });
        await aws.client.dynamodb('CreateTable', change({ ...Table, TableName: name(table) }));
    };
    await remake('catalog-log', (table) => ({
        ...table,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }));
    let gone;
    await remake('transactions', ({ GlobalSecondaryIndexes: [first, ...others], ...table }) => {
        gone = first.IndexName;
        const used = [table, ...others].flatMap(({ KeySchema }) => KeySchema.map(({ AttributeName }) => AttributeName));
        return {
            ...table, GlobalSecondaryIndexes: others.length > 0 ? others : undefined,
            AttributeDefinitions: table.AttributeDefinitions.filter(({ AttributeName }) => used.includes(AttributeName)),
        };
    });
    const findings = bad(await doctor(env));
    assert.deepEqual(findings.map(({ says }) => says), [
        `the table ${name('catalog-log')} has another key`,
        `the table ${name('transactions')} has an index ${gone} that is missing`,
    ]);
    assert.ok(findings.every(({ todo }) => /MYPOS_TABLE_PREFIX/.test(todo)));
    await aws.drop('doctor-schema');
});

/** A service that answers everything alike: {status, body, headers}. */
async function answering(t, { status, body, headers }) {
    const server = http.createServer((request, response) => {
        request.resume();
        request.on('end', () => response.writeHead(status, headers).end(body));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => {
        server.close();
        server.closeAllConnections();
    });
    return `http://127.0.0.1:${server.address().port}`;
}

const refusal = (code, message, headers = {}) => ({
    status: 400, headers, body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

// What the emulators never answer.
test('doctor_knows_what_to_do_about_each_refusal', async (t) => {
    const { MYPOS_IMAGES, MYPOS_S3_BUCKET, MYPOS_CLOUDWATCH, ...rest } = await aws.shop('doctor-words');
    const env = { ...rest, MYPOS_LEDGER: 'sqlite' };
    const asked = async (answer, more = {}) => doctor({ ...env, AWS_ENDPOINT_URL: await answering(t, answer), ...more });
    const words = {
        ExpiredToken: /have expired: get new ones, or let the machine have a role/,
        InvalidClientTokenId: /does not know the keys/,
        SignatureDoesNotMatch: /AWS_SECRET_ACCESS_KEY/,
        InternalServiceMood: /service's words/,
    };
    for (const [code, todo] of Object.entries(words)) {
        const found = bad(await asked(refusal(code, 'No.')));
        assert.ok(found.some(({ area }) => area === 'sns'));
        assert.ok(found.filter(({ area }) => area === 'sns').every((finding) => todo.test(finding.todo)), JSON.stringify(found));
    }
    const malformed = bad(await asked(refusal('InvalidParameter', 'Invalid parameter: TopicArn')));
    assert.match(malformed.find(({ area }) => area === 'sns').todo, /MYPOS_SNS_TOPIC_ARN/);
    const allowed = await asked(refusal('InvalidParameter', 'Invalid parameter: Message too long'));
    assert.equal(of(allowed, 'sns')[0].state, 'good');
    const foreign = bad(await asked({ status: 301, headers: { 'x-amz-bucket-region': 'us-west-2' }, body: '<Error><Code>PermanentRedirect</Code></Error>' },
        { MYPOS_NOTIFY: 'log', MYPOS_IMAGES: 's3', MYPOS_S3_BUCKET: 'of-another-region' }));
    assert.match(foreign.find(({ area }) => area === 's3').todo, /Set AWS_REGION to us-west-2/);
    const denied = bad(await asked({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' },
        { MYPOS_NOTIFY: 'log', MYPOS_IMAGES: 's3', MYPOS_S3_BUCKET: 'of-somebody-else' }));
    assert.match(denied.find(({ area }) => area === 's3').todo, /Allow s3:ListBucket on the bucket of-somebody-else .*if the bucket is of this account/);
});

test('doctor_sees_by_how_much_the_clock_is_off', async (t) => {
    const env = { ...await aws.shop('doctor-clock'), MYPOS_LEDGER: 'sqlite', MYPOS_IMAGES: 'dir', MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off', MYPOS_S3_BUCKET: '' };
    for (const [aheadMs, state] of [[0, 'good'], [120_000, 'warning'], [3_600_000, 'bad']]) {
        const AWS_ENDPOINT_URL = await answering(t, { status: 200, headers: { Date: new Date(Date.now() + aheadMs).toUTCString() }, body: '<a><Arn>arn:aws:iam::1:user/u</Arn></a>' });
        const [clock] = of(await doctor({ ...env, MYPOS_NOTIFY: 'sns', AWS_ENDPOINT_URL }), 'clock');
        assert.equal(clock.state, state, clock.says);
        if (state !== 'good') {
            assert.match(clock.todo, /chrony/);
            assert.match(clock.says, /seconds behind AWS's/);
        }
    }
});

test('migrate_sets_up_tables_that_do_not_take_it_at_once', async () => {
    const proxy = await FaultProxy.start(aws.environment.AWS_ENDPOINT_URL_DYNAMODB);
    const refused = { answer: { status: 400, body: JSON.stringify({ __type: 'com.amazonaws.dynamodb.v20120810#ContinuousBackupsUnavailableException', message: 'Backups are being enabled' }) } };
    const on = { answer: { status: 200, body: '{}' } };
    const tried = {};
    proxy.fault = ({ operation, request }) => {
        if (operation !== 'UpdateContinuousBackups') {
            return null;
        }
        tried[request.TableName] = (tried[request.TableName] ?? 0) + 1;
        return tried[request.TableName] < 3 ? refused : on;
    };
    const place = await mkdtemp(path.join(tmpdir(), 'mypos-migrate-'));
    const { code, stderr } = await runCommand(['migrate'], {
        dataDir: place, backend: 'sqlite', env: { ...await aws.shop('doctor-migrate'), AWS_ENDPOINT_URL_DYNAMODB: proxy.url },
    });
    assert.equal(code, 0, stderr);
    assert.ok(Object.values(tried).length === 3 && Object.values(tried).every((times) => times >= 3), JSON.stringify(tried));
    await proxy.stop();
    await rm(place, { recursive: true });
    await aws.drop('doctor-migrate');
});

test('doctor_names_each_permission_that_is_missing', async () => {
    const env = await aws.shop('doctor-forbidden');
    const key = await aws.user([{ Effect: 'Allow', Action: ['s3:ListBucket', 's3:PutObject', 'logs:CreateLogStream'], Resource: '*' }]);
    const report = await doctor({
        ...env, MYPOS_LEDGER: 'sqlite', AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    });
    const todo = bad(report).map((finding) => finding.todo).join('\n');
    for (const action of ['s3:GetObject', 's3:DeleteObject', 'sns:Publish', 'logs:PutLogEvents', 'cloudwatch:PutMetricData']) {
        assert.match(todo, new RegExp(`Allow ${action} on .* to arn:aws:iam::`), action);
    }
    assert.doesNotMatch(todo, /s3:PutObject|s3:ListBucket|CreateLogStream/);
});

test('doctor_says_when_nobody_answers_and_when_keys_are_wrong', async () => {
    const env = { ...await aws.shop('doctor-away'), MYPOS_LEDGER: 'sqlite', MYPOS_IMAGES: 'dir', MYPOS_NOTIFY: 'log' };
    const away = await doctor({ ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    assert.match(bad(away).map(({ todo }) => todo).join('\n'), /VPC endpoint/);
    const wrong = await doctor({ ...env, AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' });
    assert.match(bad(wrong).map(({ todo }) => todo).join('\n'), /keys|credentials/);
    const none = await doctor({ ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });
    assert.match(bad(none).map(({ todo }) => todo).join('\n'), /role/);
    const nowhere = await doctor({ ...env, AWS_REGION: '', AWS_DEFAULT_REGION: '' });
    assert.match(bad(nowhere).map(({ says }) => says).join('\n'), /AWS_REGION/);
});

// What every call of the client goes through, seen where its words are shown.
test('doctor_believes_only_certificates_that_are_trusted', async () => {
    const certificate = makeCertificate();
    const agents = new Set();
    const server = https.createServer({ key: readFileSync(certificate.key), cert: readFileSync(certificate.cert) }, (request, response) => {
        agents.add(request.headers['user-agent']);
        response.end('<GetCallerIdentityResponse><Arn>arn:aws:iam::1:user/u</Arn></GetCallerIdentityResponse>');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const env = {
        ...await aws.shop('doctor-tls'), MYPOS_LEDGER: 'sqlite', MYPOS_IMAGES: 'dir', MYPOS_NOTIFY: 'log',
        AWS_ENDPOINT_URL: `https://localhost:${server.address().port}`,
    };
    const stranger = await doctor(env);
    assert.ok(bad(stranger).every(({ says }) => says.includes('TlsFailed')));
    assert.ok(bad(stranger).length > 0);
    assert.equal(agents.size, 0);
    const known = await doctor({ ...env, AWS_CA_BUNDLE: certificate.cert });
    assert.ok(of(known, 'credentials').some(({ says }) => says.includes('arn:aws:iam::1:user/u')));
    assert.match([...agents].join(), /^MyPOS\/[0-9.]+$/);
    server.close();
    server.closeAllConnections();
    certificate.remove();
});

test('doctor_looks_at_the_machine', async () => {
    const server = await startServer({ backend: 'sqlite' });
    const beside = await doctor({}, server.dataDir);
    assert.deepEqual(bad(beside), []);
    assert.ok(of(beside, 'server').some(({ says }) => /in use by process \d+ \(mypos serve\)/.test(says)));
    assert.ok(of(beside, 'database').some(({ says }) => /migrations ran/.test(says)));
    const taken = await doctor({ MYPOS_PORT: String(server.port) });
    assert.match(bad(taken).map(({ todo }) => todo).join('\n'), /MYPOS_PORT/);
    await server.stop();
    const misspelt = await doctor({ MYPOS_READERS: 'many', MYPOS_LEDGER: 'sqlite' });
    assert.match(bad(misspelt)[0].says, /MYPOS_READERS/);
    const noUi = await doctor({ MYPOS_WEB_UI: tmpdir() });
    assert.match(bad(noUi)[0].says, /index\.html/);
});
