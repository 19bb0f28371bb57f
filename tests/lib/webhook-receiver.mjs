// A receiver of webhooks on the loopback interface, over TLS with a certificate of its own, that verifies what it is
// sent as Standard Webhooks says, or misbehaves on purpose.
//
//     const receiver = await WebhookReceiver.start();
//     … MYPOS_WEBHOOK_CA: receiver.authorities, MYPOS_WEBHOOK_ALLOW: '127.0.0.0/8' …
//     const { body: hook } = await api.webhooks_create({ body: { url: receiver.url('/a'), … } });
//     const message = await receiver.next('/a');             // {id, timestamp, signature, headers, raw, event}
//     receiver.answer = () => ({ status: 503, body: 'Later' }); // what the next messages are answered
//     await receiver.stop();
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { makeCertificate } from './certificate.mjs';
import { WITHIN_MS } from './wait.mjs';

/** Whether one of the signatures of a message is by this secret (Standard Webhooks 1.0). */
export function verify(secret, { id, timestamp, signature, raw }) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(raw).digest();
    return signature.split(' ').some((each) => {
        const [version, text] = each.split(',');
        const given = Buffer.from(text ?? '', 'base64');
        return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

export class WebhookReceiver {
    messages = [];
    connections = 0;
    answer = () => ({ status: 204 });
    #taken = new Map();
    #waiting = [];

    static async start({ tls = true } = {}) {
        const receiver = new WebhookReceiver();
        receiver.certificate = tls ? makeCertificate() : null;
        const serve = (request, response) => receiver.#receive(request, response);
        receiver.server = tls
            ? https.createServer({ key: readFileSync(receiver.certificate.key), cert: readFileSync(receiver.certificate.cert) }, serve)
            : http.createServer(serve);
        receiver.server.on('connection', () => {
            receiver.connections += 1;
        });
        receiver.server.listen(0, '127.0.0.1');
        await once(receiver.server, 'listening');
        receiver.port = receiver.server.address().port;
        receiver.scheme = tls ? 'https' : 'http';
        return receiver;
    }

    get authorities() {
        return this.certificate.cert;
    }

    url(pathname, host = '127.0.0.1') {
        return `${this.scheme}://${host}:${this.port}${pathname}`;
    }

    async #receive(request, response) {
        const chunks = [];
        for await (const chunk of request) {
            chunks.push(chunk);
        }
        const raw = Buffer.concat(chunks);
        const message = {
            path: request.url,
            id: request.headers['webhook-id'],
            timestamp: request.headers['webhook-timestamp'],
            signature: request.headers['webhook-signature'],
            headers: request.headers,
            raw,
            event: JSON.parse(raw),
        };
        this.messages.push(message);
        this.#waiting.splice(0).forEach((wake) => wake());
        const answer = await this.answer(message, response);
        if (answer) {
            response.writeHead(answer.status, answer.headers ?? {});
            response.end(answer.body ?? '');
        }
    }

    /** Those of a path so far. */
    of(pathname) {
        return this.messages.filter((message) => message.path === pathname);
    }

    /** The next message of a path that `is` says is meant. */
    async next(pathname, is = () => true) {
        const until = Date.now() + WITHIN_MS;
        for (;;) {
            const from = this.#taken.get(pathname) ?? 0;
            const messages = this.of(pathname);
            const at = messages.findIndex((message, i) => i >= from && is(message));
            if (at >= 0) {
                this.#taken.set(pathname, at + 1);
                return messages[at];
            }
            const left = until - Date.now();
            if (left <= 0) {
                throw new Error(`no such message at ${pathname}; there were ${messages.map(({ event }) => event.type).join(', ')}`);
            }
            await new Promise((resolve) => {
                const timer = setTimeout(resolve, left);
                this.#waiting.push(() => {
                    clearTimeout(timer);
                    resolve();
                });
            });
        }
    }

    async stop() {
        this.server.closeAllConnections();
        this.server.close();
        if (this.certificate) {
            this.certificate.remove();
        }
    }
}
