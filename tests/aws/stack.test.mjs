// packaging/aws, carried out: the stack in moto, the first boot, a server that has the instance's role and no more,
// and the web-ui's releases. What the role lacks fails a test; what it has and nothing needed is reported.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Aws } from '../lib/aws.mjs';
import { Chain } from '../lib/chain.mjs';
import { Role } from '../lib/role.mjs';
import { ROOT } from '../lib/paths.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { resolve } from '../lib/template.mjs';
import { Shop } from '../web-ui/till.mjs';
import { tableDefinitions } from '../../packaging/aws/tables.mjs';

const run = promisify(execFile);
let aws;
let chain;
let role;
let scratch;

before(async () => {
    scratch = mkdtempSync(path.join(tmpdir(), 'mypos-stack-'));
    const packageFile = path.join(scratch, 'mypos_0.1.0_amd64.deb');
    writeFileSync(packageFile, 'the package');
    aws = await Aws.start();
    chain = await Chain.deploy(aws, packageFile);
    role = await Role.start(aws, chain);
});
after(async () => {
    await role?.stop();
    await chain?.remove();
    await aws?.stop();
    rmSync(scratch, { recursive: true, force: true });
});

describe('stack', () => {
    test('stack_has_the_tables_that_migrations_define', async () => {
        for (const { Table, TimeToLive } of tableDefinitions()) {
            const name = `mypos-${Table.TableName}`;
            const { Table: made } = await chain.client.dynamodb('DescribeTable', { TableName: name });
            const keys = ({ KeySchema, Projection }) => ({ KeySchema, ...(Projection && { Projection }) });
            const indexes = (table) => Object.fromEntries((table.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, keys(index)]));
            assert.deepEqual(keys(made), keys(Table));
            assert.deepEqual(indexes(made), indexes(Table));
            assert.equal(made.DeletionProtectionEnabled, true);
            assert.equal(made.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST');
            const properties = Object.values(chain.template.Resources).find(({ Properties }) => JSON.stringify(Properties?.TableName ?? '').includes(`}${Table.TableName}"`)).Properties;
            assert.deepEqual(properties.TimeToLiveSpecification, TimeToLive);
            assert.deepEqual(properties.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true });
        }
    });

    test('stack_has_a_role_for_every_table_and_no_other', async () => {
        const [ledger, catalogue, indexes] = ['Ledger', 'Catalogue', 'Indexes'].map((sid) => [statement(sid).Resource].flat());
        const arn = (table) => `arn:aws:dynamodb:eu-central-1:123456789012:table/mypos-${table}`;
        assert.deepEqual([...ledger, ...catalogue].sort(), tableDefinitions().map(({ Table }) => arn(Table.TableName)).sort());
        const indexed = tableDefinitions().filter(({ Table }) => Table.GlobalSecondaryIndexes);
        assert.deepEqual([...indexes].sort(), indexed.map(({ Table }) => `${arn(Table.TableName)}/index/*`).sort());
    });

    test('stack_balances_over_two_zones_and_refuses_what_smuggles', async () => {
        const { LoadBalancers: [balancer] } = await chain.cli('elbv2', 'describe-load-balancers');
        assert.equal(new Set(balancer.AvailabilityZones.map(({ ZoneName }) => ZoneName)).size, 2);
        // moto's CloudFormation drops attributes: these are the template's, and moto's API knows their names.
        const attributes = chain.template.Resources.ServiceBalancer.Properties.LoadBalancerAttributes;
        await chain.cli('elbv2', 'modify-load-balancer-attributes', '--load-balancer-arn', balancer.LoadBalancerArn,
            '--attributes', JSON.stringify(attributes));
        const value = (key) => attributes.find(({ Key }) => Key === key).Value;
        assert.equal(value('routing.http.drop_invalid_header_fields.enabled'), 'true');
        assert.equal(value('routing.http.desync_mitigation_mode'), 'strictest');
        assert.ok(Number(value('idle_timeout.timeout_seconds')) < 75, 'the server keeps idle connections for longer');
        const { Listeners } = await chain.cli('elbv2', 'describe-listeners', '--load-balancer-arn', balancer.LoadBalancerArn);
        assert.equal(Listeners.find(({ Port }) => Port === 80).DefaultActions[0].Type, 'redirect');
        assert.equal(Listeners.find(({ Port }) => Port === 443).Certificates[0].CertificateArn, chain.certificate);
    });

    test('stack_drains_as_long_as_servers_do', async () => {
        const { TargetGroups: [group] } = await chain.cli('elbv2', 'describe-target-groups');
        assert.equal(group.HealthCheckPath, '/health/ready');
        const { Value } = chain.template.Resources.ServiceServers.Properties.TargetGroupAttributes
            .find(({ Key }) => Key === 'deregistration_delay.timeout_seconds');
        assert.deepEqual(Value, { Ref: 'DrainSeconds' });
        assert.match(await chain.userData(), new RegExp(`^MYPOS_DRAIN_SECONDS=${chain.parameters.DrainSeconds}$`, 'm'));
        const { AutoScalingGroups: [servers] } = await chain.cli('autoscaling', 'describe-auto-scaling-groups');
        assert.equal(servers.DesiredCapacity, 2);
        assert.equal(servers.HealthCheckType, 'ELB');
        assert.equal(servers.VPCZoneIdentifier.split(',').length, 2);
    });

    test('stack_launches_machines_with_metadata_version_2_alone', async () => {
        const data = await chain.launch();
        assert.deepEqual(data.MetadataOptions, { HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
        assert.equal(data.BlockDeviceMappings[0].Ebs.Encrypted, true);
        assert.equal(data.BlockDeviceMappings[0].Ebs.VolumeType, 'gp3');
    });

    test('stack_tables_are_restored_beside_those_in_use', async () => {
        const said = await chain.script('restore.sh', '--at', new Date(Date.now() - 60_000).toISOString().replace(/\.\d+/, ''), '--prefix', 'mypos-restored-');
        assert.match(said, /--set ActiveTablePrefix=mypos-restored-/);
        for (const { Table, TimeToLive } of tableDefinitions()) {
            const name = `mypos-restored-${Table.TableName}`;
            const { Table: made } = await chain.client.dynamodb('DescribeTable', { TableName: name });
            assert.equal(made.DeletionProtectionEnabled, true);
            const { TimeToLiveDescription } = await chain.client.dynamodb('DescribeTimeToLive', { TableName: name });
            assert.equal(TimeToLiveDescription.TimeToLiveStatus, TimeToLive ? 'ENABLED' : 'DISABLED');
        }
        await assert.rejects(chain.script('restore.sh', '--at', '2026-11-22T03:00:00Z', '--prefix', 'mypos-'), /the prefix in use/);
    });

    test('stack_watches_metrics_that_servers_send', async () => {
        const { MetricAlarms } = await chain.cli('cloudwatch', 'describe-alarms');
        const own = MetricAlarms.filter(({ Namespace }) => Namespace === 'MyPOS/mypos').map(({ MetricName }) => MetricName);
        assert.ok(MetricAlarms.length >= 10 && own.length >= 5);
        const sent = serversMetrics();
        assert.deepEqual(own.filter((name) => name !== 'ErrorLines' && !sent.includes(name)), []);
        const { DashboardBody } = await chain.cli('cloudwatch', 'get-dashboard', '--dashboard-name', 'mypos');
        const shown = [...DashboardBody.matchAll(/\["MyPOS\/mypos", "(\w+)"/g)].map(([, name]) => name);
        assert.deepEqual(shown.filter((name) => !sent.includes(name)), []);
    });
});

describe('boot', () => {
    let said;
    let asked;

    before(async () => {
        const bin = path.join(scratch, 'bin');
        mkdirSync(bin);
        writeFileSync(path.join(bin, 'sleep'), '#!/bin/sh\n');
        writeFileSync(path.join(bin, 'apt-get'), `#!/bin/sh\necho "$@" >>${scratch}/apt.log\ncase $* in *mypos.deb) cp "$(echo "$*" | sed 's/.* //')" ${scratch}/installed.deb ;; esac\n`);
        readdirSync(bin).forEach((name) => chmodSync(path.join(bin, name), 0o755));
        const script = path.join(scratch, 'user-data');
        const metadata = new URL(role.environment.AWS_EC2_METADATA_SERVICE_ENDPOINT).host;
        writeFileSync(script, (await chain.userData()).replaceAll('169.254.169.254', metadata)
            .replaceAll('127.0.0.1:8080', metadata).replaceAll('/etc/mypos', path.join(scratch, 'etc')));
        const env = Object.fromEntries(Object.entries({ ...process.env, ...role.environment, PATH: `${bin}:${process.env.PATH}`, HOME: scratch })
            .filter(([name, value]) => value !== undefined && !name.startsWith('MYPOS_')));
        ({ stdout: said } = await run('sh', [script], { env }));
        asked = role.gate.calls.map(({ operation }) => operation);
    });

    test('boot_installs_what_was_uploaded', () => {
        assert.equal(readFileSync(path.join(scratch, 'installed.deb'), 'utf8'), 'the package');
        assert.doesNotMatch(said, /nobody waits/);
    });

    test('boot_says_that_it_went_well', () => {
        assert.equal(asked.at(-1), 'SignalResource');
    });

    test('boot_writes_settings_and_secrets_where_only_root_reads_them', async () => {
        const file = path.join(scratch, 'etc/aws.env');
        assert.equal((statSync(file).mode & 0o777).toString(8), '600');
        const environment = bootEnvironment();
        assert.equal(environment.MYPOS_ADMIN_PASSWORD, 'generated "24" $characters');
        assert.equal(environment.MYPOS_TABLE_PREFIX, 'mypos-');
        assert.equal(environment.MYPOS_S3_BUCKET, chain.outputs.DataBucketName);
        assert.equal(environment.MYPOS_SNS_TOPIC_ARN, chain.outputs.EventsTopicArn);
        assert.equal(environment.MYPOS_CORS_ORIGINS, chain.outputs.WebUrl);
        const { code, stdout } = await runCommand(['help', 'environment'], { backend: 'sqlite' });
        assert.equal(code, 0);
        const unknown = Object.keys(environment).filter((name) => name.startsWith('MYPOS_') && !stdout.includes(name));
        assert.deepEqual(unknown, []);
    });

    test('boot_says_that_it_failed', async () => {
        const script = path.join(scratch, 'user-data');
        const broken = path.join(scratch, 'broken-user-data');
        writeFileSync(broken, readFileSync(script, 'utf8').replace(/packages\/[0-9a-f]{64}/g, `packages/${'0'.repeat(64)}`));
        const env = { ...process.env, ...role.environment, PATH: `${scratch}/bin:${process.env.PATH}`, HOME: scratch };
        await assert.rejects(run('sh', [broken], { env }));
        assert.equal(role.gate.calls.at(-1).operation, 'SignalResource');
    });
});

// Between them they make every call that servers make.
const UNDER_THE_ROLE = ['product-images', 'stock-movements', 'selling', 'customers'];
const UNDER_THE_ROLE_WITHIN_MS = 900_000;

describe('server', () => {
    test('server_starts_with_what_the_boot_wrote', async (t) => {
        for (const { Table } of tableDefinitions()) {
            await aws.client.dynamodb('CreateTable', { ...Table, TableName: `mypos-${Table.TableName}` });
        }
        const env = { ...role.environment, ...bootEnvironment(), MYPOS_BIND: '127.0.0.1', MYPOS_PORT: '0' };
        const dataDir = path.join(scratch, 'data');
        role.policy.counting = false; // it tries everything
        const { stdout } = await runCommand(['doctor', '--json'], { backend: 'sqlite', dataDir, env });
        role.policy.counting = true;
        assert.deepEqual(JSON.parse(stdout).findings.filter(({ state }) => state === 'bad'), []);
        const server = await startServer({ backend: 'sqlite', dataDir, env, verify: false });
        t.after(() => server.stop());
        const api = await server.admin();
        await api.products_list({ expect: 200 });
    });

    for (const name of UNDER_THE_ROLE) {
        test(`server_may_do_what_${name.replaceAll('-', '_')}_need`, { timeout: UNDER_THE_ROLE_WITHIN_MS }, async (t) => {
            const { NODE_TEST_CONTEXT, ...inherited } = process.env;
            const env = {
                ...inherited, ...aws.environment, MYPOS_TEST_AWS: '1', MYPOS_TEST_BACKEND: 'aws',
                MYPOS_TEST_AWS_SERVER: role.asServers,
            };
            const earlier = role.refused.length;
            const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', `tests/http/${name}.test.mjs`], {
                cwd: ROOT, maxBuffer: 1 << 26, env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
            }).catch((failure) => failure);
            assert.deepEqual(role.refused.slice(earlier), []);
            assert.doesNotMatch(stdout, /^ *not ok /m, stdout);
            t.diagnostic(`${stdout.match(/^ *ok \d/gm).length} tests`);
        });
    }

    test('server_needs_what_the_role_has', (t) => {
        const unused = role.policy.unused();
        unused.forEach((each) => t.diagnostic(`the role has what nothing here needed: ${each}`));
        assert.ok(unused.length < role.policy.grants().length / 2, 'most of what the role has is needed');
    });
});

describe('web-ui', () => {
    let bucket;
    const release = (...args) => chain.script('deploy-web-ui.sh', ...args);
    const object = async (key) => {
        const answer = await aws.client.s3('GET', `/${bucket}/${key}`);
        const bytes = Buffer.from(await answer.arrayBuffer());
        return { type: answer.headers.get('content-type'), caching: answer.headers.get('cache-control'), bytes, text: String(bytes) };
    };
    const keys = async (prefix) => [...(await (await aws.client.s3('GET', `/${bucket}?list-type=2`)).text())
        .matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key).filter((key) => key.startsWith(prefix));
    const versionOf = async () => /src="v\/([0-9a-f]{16})\/app\.js"/.exec((await object('index.html')).text)[1];

    before(async () => {
        bucket = chain.outputs.WebBucketName;
        await release();
    });

    test('web_ui_has_every_file_with_its_type', async () => {
        const version = await versionOf();
        const index = (await object('index.html')).text;
        for (const [, file] of index.matchAll(/(?:href|src)="([^"]+)"/g)) {
            assert.equal((await object(file)).caching, file.startsWith('v/') ? 'public, max-age=31536000, immutable' : 'no-cache', file);
        }
        const types = { 'app.js': 'text/javascript; charset=utf-8', 'styles/main.css': 'text/css; charset=utf-8', 'lib/core.wasm': 'application/wasm', 'i18n/de.json': 'application/json' };
        for (const [file, type] of Object.entries(types)) {
            const { type: found, caching } = await object(`v/${version}/${file}`);
            assert.deepEqual({ type: found, caching }, { type, caching: 'public, max-age=31536000, immutable' });
        }
        const names = (await keys(`v/${version}/`)).map((key) => key.slice(`v/${version}/`.length));
        const { stdout } = await run('git', ['ls-files', 'web-ui'], { cwd: ROOT });
        const wanted = stdout.trim().split('\n').map((file) => file.slice('web-ui/'.length))
            .filter((file) => !file.endsWith('README.md') && !file.startsWith('docs/') && file !== 'config.json');
        assert.deepEqual(names.filter((name) => wanted.includes(name)).sort(), wanted.sort());
    });

    // Before the other releases: this one is what is in the tree.
    describe('in a browser', () => {
        let distribution;
        // As CloudFront does: objects of the bucket, with the headers of the policy.
        async function distribute(request, response) {
            const key = request.url === '/' ? 'index.html' : request.url.slice(1);
            const { WebPageHeaders } = chain.template.Resources;
            const policy = WebPageHeaders.Properties.ResponseHeadersPolicyConfig;
            const security = resolve(policy.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy, { ApiDomain: 'api' });
            try {
                const { type, caching, bytes } = await object(key);
                const own = policy.CustomHeadersConfig.Items.map(({ Header, Value }) => [Header, Value]);
                response.writeHead(200, {
                    'Content-Type': type, 'Cache-Control': caching, ...Object.fromEntries(own),
                    'Content-Security-Policy': security.replaceAll('https://api', shop.server.url),
                }).end(key === 'config.json' ? JSON.stringify({ api: shop.server.url }) : bytes);
            } catch {
                response.writeHead(404).end();
            }
        }
        before(async () => {
            distribution = createServer(distribute).listen(0, '127.0.0.1');
            await once(distribution, 'listening');
        });
        after(() => {
            distribution?.close();
            distribution?.closeAllConnections();
        });
        const url = () => `http://127.0.0.1:${distribution.address().port}`;
        const shop = new Shop(async () => ({ MYPOS_WEB_UI: '', MYPOS_CORS_ORIGINS: url() }));

        test('web_ui_sells_under_the_policies_of_the_distribution', async () => {
            const till = await shop.till({ url: url() });
            await till.tile('Espresso').click();
            await till.total('2.40');
            await till.close();
        });
    });

    test('web_ui_knows_the_api', async () => {
        const { type, caching, text } = await object('config.json');
        assert.deepEqual({ type, caching, api: JSON.parse(text).api }, { type: 'application/json', caching: 'no-cache', api: 'https://api.shop.example' });
    });

    test('web_ui_is_switched_by_its_page_when_everything_else_is_there', async () => {
        const older = await versionOf();
        writeFileSync(path.join(chain.root, 'web-ui/app.js'), '\n', { flag: 'a' });
        chain.proxy.calls.length = 0;
        await release();
        const newer = await versionOf();
        assert.notEqual(newer, older);
        const put = chain.proxy.calls.map(({ operation }) => operation).filter((operation) => operation.startsWith('PUT '))
            .map((operation) => decodeURIComponent(operation.slice(`PUT /${bucket}/`.length)).replace(/\?.*/, ''));
        const page = put.indexOf('index.html');
        const last = put.findLastIndex((key) => key.startsWith('v/'));
        const first = put.findIndex((key) => !key.startsWith('v/'));
        assert.ok(last < first && put.slice(page + 1).every((key) => key.startsWith('releases/')), put.join(' '));
        // Pages that are open still find the files of theirs.
        assert.equal((await object(`v/${older}/app.js`)).type, 'text/javascript; charset=utf-8');
    });

    test('web_ui_goes_back', async () => {
        const newer = await versionOf();
        const versions = (await release('--list')).trim().split('\n').map((line) => line.split(' ')[1]);
        const older = versions.find((version) => version !== newer);
        await release('--to', older);
        assert.equal(await versionOf(), older);
        assert.equal((await object('index.html')).caching, 'no-cache');
        await assert.rejects(release('--to', 'feedfeedfeedfeed'), /there is no version feedfeedfeedfeed/);
    });

    test('web_ui_keeps_the_newest_versions', async () => {
        for (const version of ['a', 'b', 'c', 'd', 'e', 'f']) {
            await aws.client.s3('PUT', `/${bucket}/releases/20200101T00000${version.charCodeAt(0) - 97}Z-${version.repeat(16)}`);
            await aws.client.s3('PUT', `/${bucket}/v/${version.repeat(16)}/app.js`, { body: 'x' });
        }
        await release('--prune');
        const left = new Set((await keys('v/')).map((key) => key.split('/')[1]));
        assert.ok(left.has(await versionOf()));
        assert.equal(left.size, 5);
        assert.ok(!left.has('a'.repeat(16)) && left.has('f'.repeat(16)));
    });
});

// What systemd makes of the environment file.
function bootEnvironment() {
    return Object.fromEntries(readFileSync(path.join(scratch, 'etc/aws.env'), 'utf8').trim().split('\n').map((line) => {
        const [, name, value] = /^(\w+)=(.*)$/.exec(line);
        return [name, value.startsWith('"') ? value.slice(1, -1).replace(/\\(["\\`$])/g, '$1') : value];
    }));
}

const statement = (sid) => role.policy.statements.find(({ Sid }) => Sid === sid);

// The names in the table of api/telemetry/cloudwatch.
function serversMetrics() {
    const folder = path.join(ROOT, 'api/telemetry/cloudwatch');
    return readdirSync(folder).filter((name) => name.endsWith('.c')).map((name) => readFileSync(path.join(folder, name), 'utf8'))
        .flatMap((source) => [...source.matchAll(/\.name = "([A-Z]\w+)"/g)].map(([, name]) => name));
}
