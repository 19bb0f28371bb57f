// Speaks to the server in bytes: what no well-behaved client would send.
import net from 'node:net';
import { checkAnswer } from './document.mjs';
import { WITHIN_MS } from './wait.mjs';

/** Splits bytes into whole HTTP/1.1 answers; {answers, rest}. HEAD answers have no body: `heads` counts them. */
export function parseAnswers(bytes, bodiless = false) {
    const answers = [];
    let at = 0;
    for (;;) {
        const end = bytes.indexOf('\r\n\r\n', at);
        if (end < 0) {
            break;
        }
        const [first, ...lines] = bytes.toString('latin1', at, end).split('\r\n');
        const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? NaN);
        if (Number.isNaN(status)) {
            throw new Error(`not an HTTP answer: ${first}`);
        }
        const headers = new Headers();
        for (const line of lines) {
            const colon = line.indexOf(':');
            headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
        }
        let body = Buffer.alloc(0);
        let next = end + 4;
        if (bodiless || status < 200 || status === 204 || status === 304) {
            // No body.
        } else if (headers.get('transfer-encoding') === 'chunked') {
            const chunks = [];
            for (;;) {
                const line = bytes.indexOf('\r\n', next);
                const size = line < 0 ? NaN : parseInt(bytes.toString('latin1', next, line), 16);
                if (Number.isNaN(size) || bytes.length < line + 2 + size + 2) {
                    return { answers, rest: bytes.subarray(at) };
                }
                chunks.push(bytes.subarray(line + 2, line + 2 + size));
                next = line + 2 + size + 2;
                if (size === 0) {
                    break;
                }
            }
            body = Buffer.concat(chunks);
        } else {
            const length = Number(headers.get('content-length') ?? bytes.length - next);
            if (bytes.length < next + length) {
                break;
            }
            body = bytes.subarray(next, next + length);
            next += length;
        }
        answers.push({ status, headers, text: body.toString(), first });
        at = next;
    }
    return { answers, rest: bytes.subarray(at) };
}

/** An open connection. */
export class Connection {
    constructor(server) {
        this.bytes = Buffer.alloc(0);
        this.closed = false;
        this.socket = net.connect({ host: '127.0.0.1', port: server.port });
        this.socket.setNoDelay(true);
        this.waiters = new Set();
        const wake = () => this.waiters.forEach((waiter) => waiter());
        this.socket.on('data', (bytes) => {
            this.bytes = Buffer.concat([this.bytes, bytes]);
            wake();
        });
        this.socket.on('error', () => {});
        this.socket.on('close', () => {
            this.closed = true;
            wake();
        });
    }

    send(bytes) {
        return new Promise((resolve) => {
            this.socket.write(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1'), () => resolve());
        });
    }

    /** Waits until `done(this)` holds, the connection is closed, or the time is over. */
    until(done, timeoutMs = WITHIN_MS) {
        return new Promise((resolve) => {
            const check = () => {
                if (done(this) || this.closed) {
                    clearTimeout(timer);
                    this.waiters.delete(check);
                    resolve(this);
                }
            };
            const timer = setTimeout(() => {
                this.waiters.delete(check);
                resolve(this);
            }, timeoutMs);
            this.waiters.add(check);
            check();
        });
    }

    answers() {
        return parseAnswers(this.bytes).answers;
    }

    /** Waits for `count` final answers (not 1xx). */
    async receive(count = 1, timeoutMs = WITHIN_MS) {
        await this.until(() => this.answers().filter((answer) => answer.status >= 200).length >= count, timeoutMs);
        return this.answers();
    }

    destroy() {
        this.socket.destroy();
    }
}

/**
 * Sends bytes on a new connection; answers {answers, answer (the first final one), closed, bytes}. lingerMs:
 * how long to wait for the server to close after it.
 */
export async function exchange(server, bytes, { count = 1, timeoutMs = WITHIN_MS, lingerMs = 0, pathname, method } = {}) {
    const connection = new Connection(server);
    await connection.send(bytes);
    const answers = await connection.receive(count, timeoutMs);
    await connection.until(() => lingerMs === 0, lingerMs);
    connection.destroy();
    const answer = answers.find((candidate) => candidate.status >= 200);
    if (answer) {
        checkAnswer(method ?? 'GET', pathname ?? '/malformed', { ...answer, malformed: true });
        const coded = answer.headers.has('content-encoding');
        if (!coded && /[/+]json/.test(answer.headers.get('content-type') ?? '') && answer.text !== '') {
            answer.body = JSON.parse(answer.text);
        }
    }
    return { answers, answer, closed: connection.closed, bytes: connection.bytes };
}

/** The bytes of a request; header lines as given. */
export function request(method, target, lines = [], body = '') {
    const head = [`${method} ${target} HTTP/1.1`, ...lines].join('\r\n');
    return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), Buffer.isBuffer(body) ? body : Buffer.from(body)]);
}
