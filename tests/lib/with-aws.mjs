// Runs a command with DynamoDB Local and moto beside it, and ends with its status.
//
//     node tests/lib/with-aws.mjs COMMAND…
//
// The command's environment has AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB, a region and credentials, and
// MYPOS_TEST_AWS=1, which says that these are meant for tests. Without a command: prints the environment for a
// shell and stays until it is interrupted.
import { spawn } from 'node:child_process';
import { Aws } from './aws.mjs';

const [program, ...args] = process.argv.slice(2);
const aws = await Aws.start();
const env = { ...aws.environment, MYPOS_TEST_AWS: '1' };
if (program === undefined) {
    for (const [name, value] of Object.entries(env)) {
        console.log(value === undefined ? `unset ${name}` : `export ${name}='${value}'`);
    }
    const stop = async () => {
        await aws.stop();
        process.exit(0);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    setInterval(() => {}, 1 << 30);
} else {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    for (const signal of ['SIGINT', 'SIGTERM']) {
        process.on(signal, () => child.kill(signal));
    }
    child.on('error', (error) => {
        console.error(`${program}: ${error.message}`);
        process.exitCode = 127;
    });
    child.on('close', async (code, signal) => {
        process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
        await aws.stop();
    });
}
