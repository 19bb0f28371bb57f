// moto: S3, SNS, SQS, CloudWatch, CloudWatch Logs, IAM, STS and more of AWS, in memory, with signatures and
// IAM policies enforced; lib/moto-proxy.mjs stands before it.
//
//     const moto = await startMoto();
//     … moto.url, moto.credentials …    of a user who may do everything
//     await moto.stop();
//
//     node tests/lib/moto.mjs fetch     puts it, cfn-lint and the AWS CLI into build/python when they are missing
//
// Calls before the first user are taken without credentials, as none can be made otherwise; then the checks
// are turned on and stay on.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT, isMain } from './paths.mjs';
import { MotoProxy } from './moto-proxy.mjs';
import { Service } from './process.mjs';
import { element } from './aws-client.mjs';

const PYTHON = path.join(ROOT, 'build/python');
const OWN = path.join(PYTHON, 'bin/moto_server');
const REQUIREMENTS = path.join(ROOT, 'tests/requirements.txt');
const NOBODY = 'AWS4-HMAC-SHA256 Credential=nobody/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0';
const EVERYTHING = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

const runs = (program) => spawnSync(program, ['--help'], { stdio: 'ignore' }).status === 0;
const program = () => [OWN, 'moto_server'].find((name) => (name !== OWN || existsSync(OWN)) && runs(name));
// What else is a Python package: the linter of the templates, and what the deploy scripts call.
const missing = () => !program() || ['cfn-lint', 'aws'].some((name) => {
    const own = path.join(PYTHON, 'bin', name);
    return !existsSync(own) && spawnSync(name, ['--version'], { stdio: 'ignore' }).status !== 0;
});

export function fetchMoto() {
    if (missing()) {
        const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
        execFileSync('python3', ['-m', 'venv', PYTHON], quiet);
        execFileSync(path.join(PYTHON, 'bin/pip'), ['install', '--quiet', '--requirement', REQUIREMENTS], quiet);
    }
}

/** One call of IAM before anybody has credentials. */
async function iam(url, parameters) {
    const response = await fetch(url, {
        method: 'POST',
        headers: { Authorization: NOBODY, 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ Version: '2010-05-08', ...parameters }),
    });
    const text = await response.text();
    if (!response.ok) {
        throw new Error(`${parameters.Action}: ${text}`);
    }
    return text;
}

export async function startMoto() {
    const found = program();
    if (!found) {
        throw new Error('moto is missing (no moto_server); get it with: node tests/lib/moto.mjs fetch');
    }
    const service = await Service.start({
        name: 'moto',
        command: (port) => [found, '-H', '127.0.0.1', '-p', String(port)],
        env: { INITIAL_NO_AUTH_ACTION_COUNT: '1000000', MOTO_PORT: undefined },
        async answers(url) {
            const { ok, status } = await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(5000) });
            if (!ok) {
                throw new Error(`it answers ${status}`);
            }
        },
    });
    const proxy = await MotoProxy.start(service.url);
    const stop = async () => {
        await proxy.stop();
        await service.stop();
    };
    try {
        await iam(proxy.url, { Action: 'CreateUser', UserName: 'tests' });
        await iam(proxy.url, {
            Action: 'PutUserPolicy', UserName: 'tests', PolicyName: 'everything', PolicyDocument: EVERYTHING,
        });
        const key = await iam(proxy.url, { Action: 'CreateAccessKey', UserName: 'tests' });
        await fetch(`${proxy.url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
        const credentials = { accessKeyId: element(key, 'AccessKeyId'), secretAccessKey: element(key, 'SecretAccessKey') };
        return { url: proxy.url, credentials, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}

if (isMain(import.meta) && process.argv[2] === 'fetch') {
    fetchMoto();
}
