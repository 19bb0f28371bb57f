// Starts the real server on a free port, with a data directory of its own.
//
//     const server = await startServer();
//     const api = await server.admin();          // lib/client.mjs, logged in
//     …
//     await server.stop();                       // SIGTERM, waits, removes the data directory
//
// stop() fails when the server did not end cleanly, a sanitizer reported something, or `mypos verify` finds an
// invariant of the ledger broken by whatever the test did; with the log.
//
// With MYPOS_TEST_BACKEND=aws servers and commands keep their ledger in DynamoDB and the rest of AWS's services
// (lib/aws.mjs), each data directory in tables of its own, which stop() drops.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Aws } from './aws.mjs';
import { ROOT, binary } from './paths.mjs';
import { Client } from './client.mjs';

export const ADMIN_PASSWORD = 'correct horse battery staple';
const READY = /MyPOS is ready at (http:\/\/\S+?)\/?\s*$/m;
const READY_WITHIN_MS = Number(process.env.MYPOS_TEST_READY_MS ?? 60_000);
const STOPPED_WITHIN_MS = 180_000; // it may drain for 30 s, and a sanitizer looks for leaks then
const COMMAND_WITHIN_MS = 300_000;
const SANITIZER = /ERROR: (Address|Thread|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error: /;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** What the tests run over: `sqlite`, the default, or `aws`. */
export const BACKEND = process.env.MYPOS_TEST_BACKEND ?? 'sqlite';

/** The environment of the server: this process's, without its MYPOS_*, with the backend's and ours. */
async function environment({ dataDir, backend = BACKEND, shop = dataDir }, extra) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MYPOS_'));
    const services = backend === 'aws' ? await (await Aws.shared()).shop(shop) : {};
    return {
        ...Object.fromEntries(inherited),
        ...services,
        ASAN_OPTIONS: 'detect_stack_use_after_return=1:strict_string_checks=1:exitcode=99',
        UBSAN_OPTIONS: 'print_stacktrace=1',
        TSAN_OPTIONS: `halt_on_error=0:exitcode=99:suppressions=${path.join(ROOT, 'tests/lib/tsan.supp')}`,
        TZ: 'UTC',
        MYPOS_DATA: dataDir,
        ...extra,
    };
}

/**
 * Runs a subcommand to its end, for at most withinMs. Answers {code, signal, stdout, stderr}; stdout is a
 * Buffer with `raw`. backend, shop: as startServer's. started(child) is told of the process, to kill it.
 */
export async function runCommand(args, options = {}) {
    const { build, dataDir = '/nonexistent', backend, shop, input, raw = false, withinMs = COMMAND_WITHIN_MS } = options;
    const env = await environment({ dataDir, backend, shop }, { MYPOS_ADMIN_PASSWORD: ADMIN_PASSWORD, ...options.env });
    return new Promise((resolve, reject) => {
        const child = spawn(binary(build), args, { cwd: ROOT, env });
        running.add(child);
        options.started?.(child);
        const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
        const out = [];
        const err = [];
        child.stdout.on('data', (bytes) => out.push(bytes));
        child.stderr.on('data', (bytes) => err.push(bytes));
        child.on('error', reject);
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            running.delete(child);
            const stdout = Buffer.concat(out);
            const stderr = Buffer.concat(err).toString();
            if (SANITIZER.test(stderr)) {
                reject(new Error(`mypos ${args.join(' ')}: a sanitizer reported\n${stderr}`));
            } else {
                resolve({ code, signal, stdout: raw ? stdout : stdout.toString(), stderr });
            }
        });
        child.stdin.on('error', () => {});
        child.stdin.end(input);
    });
}

export class Server {
    #child;
    #log = '';
    #exit;
    #options;
    #ownsData;

    constructor(options, dataDir, ownsData) {
        this.#options = options;
        this.dataDir = dataDir;
        this.#ownsData = ownsData;
        this.adminPassword = options.env?.MYPOS_ADMIN_PASSWORD ?? ADMIN_PASSWORD;
    }

    /** Where its data are: what a command beside it is given. */
    get #place() {
        const { build, backend, shop } = this.#options;
        return { build, backend, shop, dataDir: this.dataDir };
    }

    get pid() {
        return this.#child.pid;
    }

    /** What the server has written to standard output and standard error. */
    log() {
        return this.#log;
    }

    /** The log's JSON lines. */
    logLines() {
        return this.#log.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    }

    /** `more`: environment of this start alone. */
    async start(more = {}) {
        const { build, args = [], port = 0 } = this.#options;
        const env = await environment(this.#place, {
            MYPOS_PORT: String(port),
            MYPOS_ADMIN_PASSWORD: ADMIN_PASSWORD,
            MYPOS_WEB_UI: '',
            ...this.#options.env,
            ...more,
        });
        const child = spawn(binary(build), ['serve', ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
        this.#child = child;
        running.add(child);
        const started = process.hrtime.bigint();
        this.#exit = new Promise((resolve) => child.on('close', (code, signal) => {
            running.delete(child);
            resolve({ code, signal });
        }));
        await new Promise((resolve, reject) => {
            const fail = (why) => reject(new Error(`mypos serve ${why}\n${this.#log}`));
            const timer = setTimeout(() => fail(`was not ready after ${READY_WITHIN_MS} ms`), READY_WITHIN_MS);
            const read = (bytes) => {
                this.#log += bytes;
                const ready = !this.url && READY.exec(this.#log);
                if (ready) {
                    this.url = ready[1].replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//127.0.0.1:');
                    clearTimeout(timer);
                    resolve();
                }
            };
            this.url = null;
            this.#log = '';
            child.stdout.on('data', read);
            child.stderr.on('data', read);
            child.on('error', reject);
            this.#exit.then(({ code, signal }) => {
                clearTimeout(timer);
                fail(`ended with ${code ?? signal} before it was ready`);
            });
        });
        this.startMs = Number(process.hrtime.bigint() - started) / 1e6;
        this.#hold(false);
        return this;
    }

    /** Whether a running server keeps this process alive: only while somebody waits for its end. A test that
     *  failed before it stopped its server must not hang. */
    #hold(on) {
        for (const part of [this.#child, this.#child.stdout, this.#child.stderr]) {
            part[on ? 'ref' : 'unref']();
        }
    }

    get port() {
        return Number(new URL(this.url).port);
    }

    /** A client without credentials. */
    client() {
        return new Client(this.url);
    }

    /** A client with the administrator's token. */
    async admin() {
        const client = this.client();
        const { body } = await client.auth_login({
            body: { username: 'admin', password: this.adminPassword },
            expect: 200,
        });
        return client.as(body.access_token);
    }

    signal(name) {
        this.#child.kill(name);
    }

    /** Waits for the end; {code, signal}. */
    exited() {
        this.#hold(true);
        return this.#exit;
    }

    /** SIGKILL, as a power cut does it to a process; the data stay. */
    async kill() {
        this.#child.kill('SIGKILL');
        await this.exited();
    }

    /** SIGTERM: the server drains and ends with 0, and no sanitizer has complained. The data stay. */
    async end() {
        this.#child.kill('SIGTERM');
        const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOPPED_WITHIN_MS);
        const { code, signal } = await this.exited();
        clearTimeout(timer);
        if (SANITIZER.test(this.#log)) {
            throw new Error(`a sanitizer reported\n${this.#log}`);
        }
        if (code !== 0) {
            throw new Error(`mypos serve ended with ${code ?? signal}\n${this.#log.slice(-20_000)}`);
        }
    }

    async restart() {
        if (this.#child.exitCode === null && this.#child.signalCode === null) {
            await this.end();
        }
        return this.start();
    }

    /** `mypos verify` of the data: {code, stdout, stderr}. */
    verify() {
        return runCommand(['verify'], { ...this.#place, env: this.#options.env });
    }

    get onAws() {
        return (this.#options.backend ?? BACKEND) === 'aws';
    }

    /** What its tables of DynamoDB hold: [{table, item}], as Aws.items has it; nothing on SQLite. */
    async *items() {
        if (this.onAws) {
            yield* (await Aws.shared()).items(this.#options.shop ?? this.dataDir);
        }
    }

    /** Ends the server if it runs, and removes the data directory. */
    async stop() {
        try {
            if (this.#child.exitCode === null && this.#child.signalCode === null) {
                await this.end();
                const { code, stdout, stderr } = this.#options.verify === false ? { code: 0 } : await this.verify();
                if (code !== 0) {
                    throw new Error(`mypos verify ended with ${code}\n${stdout}${stderr}`);
                }
            } else if (SANITIZER.test(this.#log)) {
                throw new Error(`a sanitizer reported\n${this.#log}`);
            }
        } finally {
            if (this.#ownsData && !process.env.MYPOS_TEST_KEEP) {
                await rm(this.dataDir, { recursive: true, force: true });
                if (this.onAws && this.#options.shop === undefined) {
                    await (await Aws.shared()).drop(this.dataDir);
                }
            }
        }
    }
}

/**
 * build: a folder of build/; seedDemo: load the demo shop first; env, args: the server's; dataDir: a
 * directory to use and to leave behind, else a new one that stop() removes; port: 0 for a free one;
 * verify: false when the test breaks the data on purpose; backend: BACKEND or another; shop: the name that
 * instances of one shop share on AWS.
 */
export async function startServer(options = {}) {
    const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'mypos-test-')));
    if (options.seedDemo) {
        const { build, backend, shop, env } = options;
        const seeded = await runCommand(['seed-demo'], { build, backend, shop, dataDir, env });
        if (seeded.code !== 0) {
            throw new Error(`mypos seed-demo ended with ${seeded.code}\n${seeded.stdout}${seeded.stderr}`);
        }
    }
    return new Server(options, dataDir, options.dataDir === undefined).start();
}
