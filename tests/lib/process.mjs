// Servers that tests start beside their own: on a free port of the loopback interface, ready within a bounded
// time, and gone when the test is, even if it dies.
//
//     const service = await Service.start({ name: 'moto', command: (port) => ['moto_server', '-p', String(port)],
//         answers: (url) => fetch(`${url}/moto-api/`) });
//     … service.url …
//     await service.stop();
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './paths.mjs';

const GUARD = path.join(ROOT, 'tests/lib/guard.sh');
const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 50;
const TRIES = 3; // a port that was free may be taken by the time it is used
const LOG_MAX = 1 << 20;

/** A port of the loopback interface that nobody listens on. */
export async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
}

export class Service {
    #child;
    #exit;
    #log = '';

    /**
     * command: from a port to what to run; answers: from a URL to a promise that fails until it is ready;
     * cwd, env: the command's.
     */
    static async start(options) {
        for (let left = TRIES; ; left -= 1) {
            const service = new Service();
            try {
                await service.#run(options, await freePort());
                return service;
            } catch (error) {
                await service.stop();
                if (left === 1 || error.code === 'ENOENT') {
                    throw error;
                }
            }
        }
    }

    async #run({ name, command, answers, cwd = ROOT, env = {} }, port) {
        this.port = port;
        this.url = `http://127.0.0.1:${port}`;
        const [program, ...args] = ['sh', GUARD, ...command(port)];
        const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
        this.#child = child;
        let ended = null;
        this.#exit = once(child, 'exit').then(([code, signal]) => { ended = code ?? signal; });
        child.stdin.on('error', () => {});
        for (const stream of [child.stdout, child.stderr]) {
            stream.on('data', (bytes) => { this.#log = (this.#log + bytes).slice(-LOG_MAX); });
        }
        const until = Date.now() + READY_WITHIN_MS;
        for (;;) {
            if (ended !== null) {
                throw new Error(`${name} ended with ${ended}\n${this.#log}`);
            }
            try {
                await answers(this.url);
                break;
            } catch (error) {
                if (Date.now() > until) {
                    throw new Error(`${name} was not ready after ${READY_WITHIN_MS} ms: ${error.message}\n${this.#log}`);
                }
                await sleep(ASK_EVERY_MS);
            }
        }
        // A test that failed before it stopped this must not hang.
        for (const part of [child, child.stdin, child.stdout, child.stderr]) {
            part.unref();
        }
    }

    /** What it has written to standard output and standard error, the last of it. */
    log() {
        return this.#log;
    }

    async stop() {
        if (this.#child?.pid !== undefined) {
            this.#child.ref();
            this.#child.stdin.destroy();
            await this.#exit;
        }
    }
}
