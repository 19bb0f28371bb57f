// What the deploy scripts refuse before they touch an account: with an `aws` that answers as the test says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { ROOT } from '../lib/paths.mjs';

const home = mkdtempSync(path.join(tmpdir(), 'mypos-deploy-'));
after(() => rmSync(home, { recursive: true, force: true }));

/** Runs deploy.sh; a bucket that is there is `owner`'s. Answers {code, stderr, calls}. */
function deploy(owner, environment = {}) {
    const log = path.join(home, 'calls');
    writeFileSync(log, '');
    writeFileSync(path.join(home, 'aws'), `#!/bin/sh
echo "$*" >>'${log}'
case "$*" in
*get-caller-identity*) echo 111111111111 ;;
*--expected-bucket-owner*) [ "\${*##*--expected-bucket-owner }" = '${owner}' ] ;;
*head-bucket*) ;;
*) exit 1 ;;
esac
`, { mode: 0o755 });
    return new Promise((resolve) => {
        execFile('sh', [path.join(ROOT, 'packaging/aws/deploy.sh')], {
            env: { PATH: `${home}:${process.env.PATH}`, AWS_REGION: 'eu-central-1', ...environment },
        }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stderr, calls: readFileSync(log, 'utf8') }));
    });
}

const GOES_ON = /a new installation needs --set ApiDomain/; // the check that comes next

test('templates and packages go into a bucket of the account\'s own', async () => {
    const own = await deploy('111111111111');
    assert.match(own.stderr, GOES_ON);
    const foreign = await deploy('222222222222');
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /the bucket mypos-artifacts-111111111111-eu-central-1 is another account's/);
    assert.doesNotMatch(foreign.calls, /create-bucket|cloudformation|s3 cp/);
});

test('a bucket that is named may be another account\'s', async () => {
    const named = await deploy('222222222222', { MYPOS_ARTIFACTS: 'artifacts-of-the-group' });
    assert.match(named.stderr, GOES_ON);
});
