// What the deploy scripts do and refuse, told by an `aws` that answers as the test says: states of an account that moto
// does not come to, and orders that it would not notice. tests/aws/stack.test.mjs runs them for real.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT } from '../lib/paths.mjs';
import { readTemplate } from '../lib/template.mjs';

const home = mkdtempSync(path.join(tmpdir(), 'mypos-deploy-'));
after(() => rmSync(home, { recursive: true, force: true }));

const ACCOUNT = '111111111111';

/**
 * Runs a script of packaging/aws; `answers` are the CLI's, as cases of a shell: {pattern: commands}, the first that
 * fits. What none fits fails. Answers {code, stdout, stderr, calls}.
 */
function run(script, args, answers, environment = {}) {
    const log = path.join(home, 'calls');
    writeFileSync(log, '');
    const cases = Object.entries({ '*get-caller-identity*': `echo ${ACCOUNT}`, ...answers, '*': 'exit 1' });
    writeFileSync(path.join(home, 'aws'), `#!/bin/sh
echo "$*" >>'${log}'
case "$*" in
${cases.map(([pattern, commands]) => `${pattern}) ${commands} ;;`).join('\n')}
esac
`, { mode: 0o755 });
    return new Promise((resolve) => {
        execFile('sh', [path.join(ROOT, 'packaging/aws', script), ...args], {
            env: { PATH: `${home}:${process.env.PATH}`, AWS_REGION: 'eu-central-1', MYPOS_POLL_SECONDS: '0', ...environment },
        }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr, calls: readFileSync(log, 'utf8') }));
    });
}

/** A bucket of artifacts that is `owner`'s. */
const bucketOf = (owner) => ({
    '*--expected-bucket-owner*': `[ "\${*##*--expected-bucket-owner }" = ${owner} ]`,
    '*head-bucket*': ':',
});
const stackThatIs = (status) => ({ ...bucketOf(ACCOUNT), '*StackStatus*': `echo ${status}`, '*list-stacks*': ':' });

const GOES_ON = /a new installation needs --set ApiDomain/; // the check that comes next

test('templates and packages go into a bucket of the account\'s own', async () => {
    const own = await run('deploy.sh', [], bucketOf(ACCOUNT));
    assert.match(own.stderr, GOES_ON);
    const foreign = await run('deploy.sh', [], bucketOf('222222222222'));
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /the bucket mypos-artifacts-111111111111-eu-central-1 is another account's/);
    assert.doesNotMatch(foreign.calls, /create-bucket|cloudformation|s3 cp/);
});

test('a bucket that is named may be another account\'s', async () => {
    const named = await run('deploy.sh', [], bucketOf('222222222222'), { MYPOS_ARTIFACTS: 'artifacts-of-the-group' });
    assert.match(named.stderr, GOES_ON);
});

test('a stack that nothing can be deployed to is said to be, with what to do', async () => {
    const words = {
        ROLLBACK_COMPLETE: /When the first deployment fails/,
        ROLLBACK_FAILED: /When the first deployment fails/,
        UPDATE_ROLLBACK_FAILED: /continue-update-rollback --stack-name mypos/,
        ROLLBACK_IN_PROGRESS: /wait until it is at rest/,
        UPDATE_IN_PROGRESS: /wait until it is at rest/,
    };
    assert.match(readFileSync(path.join(ROOT, 'packaging/aws/README.md'), 'utf8'), /^## When the first deployment fails$/m);
    for (const [status, said] of Object.entries(words)) {
        const { code, stderr, calls } = await run('deploy.sh', ['--set', 'DrainSeconds=20'], stackThatIs(status));
        assert.equal(code, 1, status);
        assert.match(stderr, said);
        assert.doesNotMatch(calls, /cloudformation (package|deploy)/);
    }
    const reviewed = await run('deploy.sh', [], stackThatIs('REVIEW_IN_PROGRESS'));
    assert.match(reviewed.stderr, GOES_ON, 'what a check leaves of a stack is none');
});

test('an output is printed of the stack that is named, wherever it is named', async () => {
    for (const args of [['--output', 'GroupName', '--name', 'north'], ['--name', 'north', '--output', 'GroupName']]) {
        const { stdout, calls } = await run('deploy.sh', args, { '*--stack-name\\ north*': 'echo the-group' });
        assert.equal(stdout, 'the-group\n');
        assert.doesNotMatch(calls, /bucket|package/);
    }
});

test('a check shows each resource, those of nested stacks too, and changes nothing', async () => {
    const nested = 'arn:aws:cloudformation:eu-central-1:111111111111:changeSet/nested';
    const { code, stdout, stderr, calls } = await run('deploy.sh', ['--check', '--set', 'PublicSubnets=subnet-a,subnet-b'], {
        ...stackThatIs('UPDATE_COMPLETE'),
        '*cloudformation\\ package*': ':',
        '*get-template-summary*': 'printf "Name\\tPublicSubnets\\tDrainSeconds\\tNew\\n"',
        '*Parameters*.ParameterKey*': 'printf "Name\\tPublicSubnets\\tDrainSeconds\\tOld\\n"',
        '*create-change-set*': `cp "$(echo "$*" | sed 's/.*file:..\\(.*parameters\\).*/\\1/')" ${home}/parameters; echo root`,
        '*wait\\ change-set-create-complete*': ':',
        '*describe-change-set\\ --change-set-name\\ root*': `printf "Modify\\tFalse\\tAWS::CloudFormation::Stack\\tService\\t${nested}\\n"`,
        '*describe-change-set*': 'printf "Modify\\tTrue\\tAWS::EC2::LaunchTemplate\\tTemplate\\tNone\\nAdd\\tNone\\tAWS::IAM::Policy\\tShellPolicy\\tNone\\n"',
        '*delete-change-set*': ':',
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Modify AWS::CloudFormation::Stack Service\n {4}Modify \(replaced\) AWS::EC2::LaunchTemplate Template\n {4}Add AWS::IAM::Policy ShellPolicy$/m);
    assert.doesNotMatch(calls, /execute-change-set|cloudformation deploy|update-stack/);
    assert.match(calls, /delete-change-set --change-set-name root/);
    const parameters = JSON.parse(readFileSync(path.join(home, 'parameters'), 'utf8'));
    assert.deepEqual(parameters.filter(({ ParameterKey }) => ParameterKey !== 'PackageBucket'), [
        { ParameterKey: 'PublicSubnets', ParameterValue: 'subnet-a,subnet-b' },
        { ParameterKey: 'Name', ParameterValue: 'mypos' },
        { ParameterKey: 'DrainSeconds', UsePreviousValue: true },
    ]);
});

test('new machines come by a roll-out that waits for each of them', async () => {
    const { code, stdout, calls } = await run('deploy-server.sh', ['--refresh'], {
        '*PackageKey*.ParameterValue*': 'echo packages/0/mypos.deb',
        '*Refreshed*.ParameterKey*': 'printf "Name\\tPackageKey\\n"',
        '*update-stack*': ':',
        '*StackStatus*': 'echo UPDATE_COMPLETE',
    });
    assert.equal(code, 0);
    assert.match(stdout, /new ones, with packages\/0\/mypos\.deb/);
    assert.match(calls, /--parameters ParameterKey=Name,UsePreviousValue=true ParameterKey=PackageKey,UsePreviousValue=true ParameterKey=Refreshed,ParameterValue=\d{8}T\d{6}Z$/m);
    const failed = await run('deploy-server.sh', ['--refresh'], {
        '*PackageKey*.ParameterValue*': 'echo packages/0/mypos.deb', '*ParameterKey*': 'echo Name', '*update-stack*': ':',
        '*StackStatus*': 'echo UPDATE_ROLLBACK_COMPLETE', '*list-stacks*': ':',
    });
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /UPDATE_ROLLBACK_COMPLETE; what was there before serves on/);
});

test('a package for other machines is refused before anything is deployed', async () => {
    const tree = path.join(home, 'package');
    mkdirSync(path.join(tree, 'DEBIAN'), { recursive: true });
    writeFileSync(path.join(tree, 'DEBIAN/control'), 'Package: mypos\nVersion: 1\nArchitecture: arm64\nMaintainer: nobody <n@example.org>\nDescription: none\n');
    await promisify(execFile)('dpkg-deb', ['--build', tree, path.join(home, 'mypos.deb')]);
    const { code, stderr, calls } = await run('deploy-server.sh', ['--package', path.join(home, 'mypos.deb')], {});
    assert.equal(code, 1);
    assert.match(stderr, /is for arm64, and the servers are amd64/);
    assert.doesNotMatch(calls, /s3|cloudformation/);
});

test('a restore touches no table that is there, and sets up those that are slow to take it', async () => {
    const args = ['--at', '2026-11-22T03:00:00Z', '--prefix', 'restored-'];
    const stack = { '*ActiveTablePrefix*': 'echo None', '*TablePrefix*': 'echo mypos-' };
    const earlier = await run('restore.sh', args, { ...stack, '*list-tables*': 'printf "restored-customers-old\\trestored-customers\\n"' });
    assert.equal(earlier.code, 1);
    assert.match(earlier.stderr, /there is a table restored-customers.*choose another prefix/);
    assert.doesNotMatch(earlier.calls, /restore-table/);
    rmSync(path.join(home, 'tried'), { force: true });
    const { code, stdout, calls } = await run('restore.sh', args, {
        ...stack,
        '*list-tables*': 'echo restored-customers-old',
        '*describe-table*': 'echo ACTIVE',
        '*restore-table-to-point-in-time*': ':', '*update-table*': ':', '*update-time-to-live*': ':',
        // "Backups are being enabled for the table": the first time.
        '*update-continuous-backups*': `test -e ${home}/tried || { touch ${home}/tried; exit 254; }`,
    });
    assert.equal(code, 0);
    assert.match(stdout, /--set ActiveTablePrefix=restored-/);
    assert.equal(calls.match(/update-continuous-backups/g).length, 4, 'three tables, one of them twice');
    assert.match(calls, /restored-catalog-log --use-latest-restorable-time/);
});

const PLACE = path.join(ROOT, 'packaging/aws');
const manual = readFileSync(path.join(PLACE, 'README.md'), 'utf8');
const named = (pattern) => [...new Set([...manual.matchAll(pattern)].map(([, name]) => name))];

test('the manual names scripts, options, parameters, outputs and files that there are', () => {
    const { Parameters, Outputs } = readTemplate(path.join(PLACE, 'mypos.yaml'));
    const parameters = named(/--set (\w+)=/g);
    assert.ok(parameters.length > 5 && parameters.includes('ActiveTablePrefix'));
    assert.deepEqual(parameters.filter((name) => !Parameters[name]), []);
    assert.deepEqual(named(/--output ([A-Z]\w+)/g).filter((name) => !Outputs[name]), []);
    assert.deepEqual(named(/\]\(([^)#]+)\)/g).filter((link) => !existsSync(path.join(PLACE, link))), []);
    assert.deepEqual(named(/packaging\/aws\/([\w-]+\.sh)/g).sort(), readdirSync(PLACE).filter((file) => file.endsWith('.sh') && file !== 'lib.sh').sort());
    for (const [, script, words] of manual.matchAll(/([\w-]+\.sh)((?: +--[a-z]+(?: [^\s#`]+)?)+)/g)) {
        const source = readFileSync(path.join(PLACE, script), 'utf8');
        for (const [option] of words.matchAll(/--[a-z]+/g)) {
            assert.match(source, new RegExp(`^    (-h \\| )?${option}\\)`, 'm'), `${script} ${option}`);
        }
    }
});

test('a server that drains is not ended before it ends', () => {
    const longest = Number(/must be a number from 0 to (\d+)\.\n#MYPOS_DRAIN_SECONDS/
        .exec(readFileSync(path.join(ROOT, 'packaging/mypos.env.example'), 'utf8'))[1]);
    const unit = readFileSync(path.join(ROOT, 'packaging/systemd/mypos.service'), 'utf8');
    // After the drain the last logs and metrics are sent, five seconds each.
    assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)[1]) >= longest + 30);
    assert.ok(readTemplate(path.join(PLACE, 'mypos.yaml')).Parameters.DrainSeconds.MaxValue <= longest);
});

test('alarms and the dashboard ask for metrics by the dimensions that they are sent with', () => {
    const feed = readFileSync(path.join(ROOT, 'api/telemetry/cloudwatch/metric_feed.c'), 'utf8');
    const dimension = Object.fromEntries([...feed.matchAll(/\{\.family = [^}]*\}/g)]
        .map(([source]) => [/\.name = "(\w+)"/.exec(source)[1], /\.dimension = "(\w+)"/.exec(source)?.[1] ?? '']));
    assert.deepEqual(Object.keys(dimension).filter((name) => dimension[name]), ['SalesAmount']);
    const { Resources } = readTemplate(path.join(PLACE, 'watch.yaml'));
    const own = Object.values(Resources).map(({ Properties }) => Properties)
        .filter(({ Namespace, MetricName }) => Namespace?.Ref === 'Namespace' && MetricName !== 'ErrorLines'); // the log's
    assert.ok(own.length >= 5);
    assert.deepEqual(own.filter(({ MetricName, Dimensions }) => dimension[MetricName] !== '' || Dimensions), []);
    const body = JSON.stringify(Resources.Dashboard.Properties.DashboardBody);
    const shown = [...body.matchAll(/\$\{Namespace\}\\", \\"(\w+)/g)].map(([, name]) => name);
    assert.ok(shown.length >= 5);
    assert.deepEqual(shown.filter((name) => dimension[name] !== ''), []);
    const found = [...body.matchAll(/\{[\\"]*\$\{Namespace\}[\\"]*,(\w+)\} MetricName=[\\"]*(\w+)/g)];
    assert.deepEqual(found.map(([, by, name]) => [by, name]), [['Currency', 'SalesAmount']]);
});
