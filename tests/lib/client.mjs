// A client that checks every answer against the OpenAPI document.
//
//     const { body } = await api.products_create({ body: { sku: 'A1', name: 'Tea', price: 250 }, expect: 201 });
//     await api.products_read({ path: { product_id: body.id }, headers: { 'If-None-Match': '"1"' }, expect: 304 });
//     await api.request('GET', '/nowhere', { expect: 404, code: 'not_found' });
//
// A method a operationId. Options: path, query, body (an object goes as JSON, a string, Buffer or stream as
// it is), type (Content-Type), headers, expect (the status), code (the problem's code), patient. Answers {status,
// headers, bytes, text, body}: bytes is a Buffer, body the parsed JSON.
//
// A server of a chain may have too much to do when fifty want one item; nothing was written then. Where a test
// expects something else, and everywhere when all runs over AWS, the client waits and asks again, as description.md
// tells clients to; `patient: true` has it do so where nothing is expected. What a server that is behind, or a database
// that is slow, refuses is asked for again where something is expected and asking twice does it once.
//
// A client that follows() asks for a catalogue that is at least as new as the newest that it was told of, as a
// till does that talks to several instances.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { checkAnswer, operationOf } from './document.mjs';

const ATTEMPTS = 8;

const isPlain = (body) => body !== null && typeof body === 'object' && !Buffer.isBuffer(body)
    && !(body instanceof Uint8Array) && typeof body.getReader !== 'function'
    && typeof body[Symbol.asyncIterator] !== 'function';

const isRepeatable = (body) => body === undefined || isPlain(body) || typeof body === 'string' || Buffer.isBuffer(body);

const isPatient = ({ expect, body, patient = process.env.MYPOS_TEST_BACKEND === 'aws' }) => isRepeatable(body)
    && (expect === undefined ? patient : expect !== 503);

const isDoneOnce = (method, { body, headers }) => method === 'GET' || Boolean(body?.id ?? headers?.['Idempotency-Key']);

/** Whether an answer says to come again. */
const isForLater = ({ body }, method, options) => body?.code === 'overloaded'
    || (options.expect !== undefined && (body?.code === 'not_ready'
        || (body?.code === 'storage_unavailable' && isDoneOnce(method, options))));

function expected(method, target, answer, { expect, code }) {
    const said = `${method} ${target}: ${answer.text.slice(0, 2000)}`;
    if (expect !== undefined) {
        assert.equal(answer.status, expect, said);
    }
    if (code !== undefined) {
        assert.equal(answer.body?.code, code, said);
    }
    return answer;
}

export class Client {
    constructor(url, token = null, seen = null) {
        this.url = url;
        this.token = token;
        this.seen = seen; // {seq}: what a client that follows was told of
        return new Proxy(this, {
            get: (target, name) => {
                if (typeof name === 'string' && operationOf.has(name)) {
                    return (options) => target.operation(name, options);
                }
                const value = Reflect.get(target, name);
                return typeof value === 'function' ? value.bind(target) : value;
            },
        });
    }

    /** The same server with other credentials; null for none. */
    as(token) {
        return new Client(this.url, token, this.seen);
    }

    /** The same with another server. */
    at(url) {
        return new Client(url, this.token, this.seen);
    }

    follows() {
        return new Client(this.url, this.token, this.seen ?? { seq: 0 });
    }

    operation(id, options = {}) {
        const { method, template } = operationOf.get(id);
        const target = template.replace(/\{(\w+)\}/g, (_, name) => {
            assert.ok(options.path?.[name] !== undefined, `${id} needs path.${name}`);
            return encodeURIComponent(options.path[name]);
        });
        return this.request(method, target, options);
    }

    async request(method, target, options = {}) {
        const attempts = isPatient(options) ? ATTEMPTS : 1;
        for (let attempt = 1; ; attempt += 1) {
            const answer = await this.attempt(method, target, options);
            if (attempt >= attempts || !isForLater(answer, method, options)) {
                return expected(method, target, answer, options);
            }
            await wait(1000 * (Number(answer.headers.get('retry-after')) + Math.random()));
        }
    }

    async attempt(method, target, { query, body, type, headers = {}, signal }) {
        const url = new URL(this.url + target);
        for (const [name, value] of Object.entries(query ?? {})) {
            if (value !== undefined) {
                url.searchParams.set(name, value);
            }
        }
        const sent = { ...headers };
        if (this.token && !Object.keys(sent).some((name) => name.toLowerCase() === 'authorization')) {
            sent.Authorization = `Bearer ${this.token}`;
        }
        if (this.seen) {
            sent['MyPOS-Catalog-Min-Seq'] ??= String(this.seen.seq);
        }
        if (body !== undefined) {
            sent['Content-Type'] ??= type ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
        }
        const response = await fetch(url, {
            method,
            headers: sent,
            body: isPlain(body) ? JSON.stringify(body) : body,
            duplex: body === undefined ? undefined : 'half',
            redirect: 'manual',
            signal,
        });
        const bytes = Buffer.from(await response.arrayBuffer());
        const answer = { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
        checkAnswer(method, url.pathname, answer);
        if (this.seen) {
            this.seen.seq = Math.max(this.seen.seq, Number(response.headers.get('mypos-catalog-seq') ?? 0));
        }
        if (/[/+]json/.test(response.headers.get('content-type') ?? '') && answer.text !== '') {
            answer.body = JSON.parse(answer.text);
        }
        return answer;
    }

    /** All entries of a list, page by page. */
    async all(operation, query = {}) {
        const entries = [];
        let cursor;
        do {
            const { body } = await this.operation(operation, { query: { ...query, cursor }, expect: 200 });
            entries.push(...body.data);
            cursor = body.next_cursor ?? undefined;
        } while (cursor);
        return entries;
    }
}

/** A UUID of version 7 (RFC 9562, section 5.7). */
export function uuid7(at = Date.now()) {
    const bytes = randomBytes(16);
    bytes.writeUIntBE(at, 0, 6);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
