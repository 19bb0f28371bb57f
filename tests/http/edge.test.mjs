// The HTTP edge: paths, methods, media types, sizes, CORS, compression, identification of requests.
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { operations } from '../lib/document.mjs';
import { exchange, request } from '../lib/raw.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const FRIEND = 'https://till.example';
let server;
let api;
let open;
let shop;
before(async () => {
    server = await startServer({ env: { MYPOS_CORS_ORIGINS: `${FRIEND},http://localhost:5173` } });
    open = server.client();
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

const pathOf = (operation) => operation.template.replace(/\{\w+\}/g, uuid7());
const methodsOf = (template) => {
    const methods = operations.filter((operation) => operation.template === template).map(({ method }) => method);
    return new Set(['OPTIONS', ...methods, ...(methods.includes('GET') ? ['HEAD'] : [])]);
};
const allowed = (answer) => new Set(answer.headers.get('allow').split(/ *, */));

describe('addresses', () => {
    test('an unknown path is 404, with and without credentials', async () => {
        for (const path of ['/nowhere', '/api', '/api/v1', '/api/v1/nowhere', '/api/v2/products', '/api/v1/products/x/y']) {
            await api.request('GET', path, { expect: 404, code: 'not_found' });
            await open.request('GET', path, { expect: 404, code: 'not_found' });
        }
    });

    test('slashes are not collapsed or forgiven', async () => {
        for (const path of ['/api/v1//products', '/api/v1/products/', '//api/v1/products', '/health/live/']) {
            const { answer } = await exchange(server, request('GET', path, ['Host: a', `Authorization: Bearer ${api.token}`]));
            assert.equal(answer.status, 404, path);
        }
    });

    test('an encoded slash stays inside its segment', async () => {
        const { status } = await api.request('GET', `/api/v1/products/${uuid7()}%2Fx`, {});
        assert.ok([400, 404, 422].includes(status), String(status));
    });

    test('an id that is no UUID is 422 and names the parameter', async () => {
        const { body } = await api.products_read({ path: { product_id: 'x' }, expect: 422, code: 'validation_failed' });
        assert.equal(body.errors[0].pointer, '#/path/product_id');
    });

    test('an unknown, a doubled and a wrong query parameter are all named at once', async () => {
        const { body } = await api.request('GET', '/api/v1/products?limit=0&archived=maybe&colour=red', { expect: 422 });
        const pointers = body.errors.map((error) => error.pointer).sort();
        assert.deepEqual(pointers, ['#/query/archived', '#/query/colour', '#/query/limit']);
        const doubled = await api.request('GET', '/api/v1/products?limit=1&limit=2', { expect: 422 });
        assert.equal(doubled.body.errors[0].pointer, '#/query/limit');
    });

    test('a long address is 414', async () => {
        const { answer } = await exchange(server, request('GET', `/api/v1/products?q=${'x'.repeat(20_000)}`, ['Host: a']));
        assert.equal(answer.status, 414);
        assert.equal(answer.body.code, 'uri_too_long');
    });
});

describe('methods', () => {
    test('every path answers 405 with Allow to methods that it does not have', async () => {
        for (const template of new Set(operations.map((operation) => operation.template))) {
            const methods = methodsOf(template);
            for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !methods.has(one))) {
                const answer = await api.request(method, pathOf({ template }), { expect: 405, code: 'method_not_allowed' });
                assert.deepEqual(allowed(answer), methods, `${method} ${template}`);
            }
        }
    });

    test('every path answers OPTIONS with Allow', async () => {
        for (const template of new Set(operations.map((operation) => operation.template))) {
            const answer = await open.request('OPTIONS', pathOf({ template }), { expect: 204 });
            assert.deepEqual(allowed(answer), methodsOf(template), template);
        }
    });

    test('HEAD is everywhere GET is: the same status and headers, no body', async () => {
        const product = await shop.product();
        const register = shop.register.id;
        const targets = ['/health/live', '/health/ready', '/openapi.json', '/docs', '/metrics', '/api/v1/auth/me',
            '/api/v1/stores', '/api/v1/registers', `/api/v1/registers/${register}`, '/api/v1/products',
            `/api/v1/products/${product.id}`, `/api/v1/product-lookups?code=${product.sku}`, '/api/v1/product-exports',
            '/api/v1/catalog/changes', '/api/v1/stock', '/api/v1/transactions'];
        for (const target of targets) {
            const get = await api.request('GET', target, { expect: 200 });
            // One export at a time: the one that was just read may still be closing.
            const head = await until(() => api.request('HEAD', target, {}), ({ status }) => status !== 503);
            assert.equal(head.status, 200, target);
            assert.equal(head.text, '', target);
            for (const name of ['content-type', 'etag', 'mypos-catalog-seq']) {
                assert.equal(head.headers.get(name), get.headers.get(name), `${target}: ${name}`);
            }
        }
        await api.request('HEAD', '/api/v1/nowhere', { expect: 404 });
    });

    test('an unknown method is refused with a problem', async () => {
        const { answer } = await exchange(server, request('BREW', '/api/v1/products', ['Host: a']));
        assert.ok([405, 501].includes(answer.status), String(answer.status));
        assert.match(answer.headers.get('content-type'), /problem\+json/);
    });
});

describe('bodies', () => {
    test('another media type is 415', async () => {
        for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
            await api.taxes_create({ body: 'a=b', type, expect: 415, code: 'unsupported_media_type' });
        }
        await api.taxes_create({
            body: '{}', headers: { 'Content-Encoding': 'br' }, expect: 415, code: 'unsupported_media_type',
        });
    });

    test('parameters of the media type are welcome', async () => {
        const body = JSON.stringify({ name: unique('Tax'), rate: '7', inclusive: true });
        await api.taxes_create({ body, type: 'application/json; charset=utf-8', expect: 201 });
    });

    test('a body where none is expected is refused or ignored, never a failure', async () => {
        const { status } = await api.request('DELETE', `/api/v1/api-keys/${uuid7()}`, { body: '{}' });
        assert.ok(status < 500, String(status));
    });

    test('a required body that is missing is a validation failure', async () => {
        const { status } = await api.request('POST', '/api/v1/taxes', { headers: { 'Content-Type': 'application/json' } });
        assert.ok([400, 415, 422].includes(status), String(status));
    });

    test('a body that is too large is refused while it is still being sent', async () => {
        const length = 64 * 1024 * 1024;
        const head = request('POST', '/api/v1/taxes', ['Host: a', `Authorization: Bearer ${api.token}`,
            'Content-Type: application/json', `Content-Length: ${length}`], Buffer.alloc(1000, ' '));
        const { answer } = await exchange(server, head);
        assert.equal(answer?.status, 413);
        assert.equal(answer.body.code, 'body_too_large');
    });

    test('a chunked body that grows too large is refused', async () => {
        const chunk = Buffer.alloc(64 * 1024, ' ');
        const bytes = [request('POST', '/api/v1/taxes', ['Host: a', `Authorization: Bearer ${api.token}`,
            'Content-Type: application/json', 'Transfer-Encoding: chunked'])];
        for (let i = 0; i < 20; i += 1) {
            bytes.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
        }
        const { answer } = await exchange(server, Buffer.concat(bytes));
        assert.equal(answer?.status, 413);
    });

    test('all faults of a body are named at once, with pointers', async () => {
        const body = { sku: '', name: 5, price: -1, barcodes: ['4006381333932', '12'], unit: 'litre', wings: 2 };
        const answer = await api.products_create({ body, expect: 422, code: 'validation_failed' });
        const pointers = new Set(answer.body.errors.map((error) => error.pointer));
        for (const pointer of ['/sku', '/name', '/price', '/unit', '/wings']) {
            assert.ok(pointers.has(pointer), `${pointer} is missing of ${[...pointers]}`);
        }
    });
});

describe('CORS', () => {
    test('the preflight of an allowed origin names methods and headers', async () => {
        const { headers } = await open.request('OPTIONS', '/api/v1/products', {
            headers: {
                Origin: FRIEND,
                'Access-Control-Request-Method': 'POST',
                'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key,if-match',
            },
            expect: 204,
        });
        assert.equal(headers.get('access-control-allow-origin'), FRIEND);
        assert.match(headers.get('access-control-allow-methods'), /POST/);
        const names = headers.get('access-control-allow-headers').toLowerCase();
        for (const name of ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match']) {
            assert.ok(names.includes(name), `${name} is not in ${names}`);
        }
        assert.match(headers.get('vary'), /origin/i);
        assert.equal(headers.get('access-control-allow-credentials'), null);
    });

    test('answers and errors carry the headers, and expose what a browser needs', async () => {
        const headers = { Origin: FRIEND };
        const answers = [
            await api.products_list({ headers, expect: 200 }),
            await open.products_list({ headers, expect: 401 }),
            await api.request('GET', '/api/v1/nowhere', { headers, expect: 404 }),
            await api.request('DELETE', '/api/v1/products', { headers, expect: 405 }),
            await api.taxes_create({ headers, body: '{', expect: 400 }),
            await api.taxes_create({ headers, body: {}, expect: 422 }),
        ];
        for (const answer of answers) {
            assert.equal(answer.headers.get('access-control-allow-origin'), FRIEND, String(answer.status));
            const exposed = answer.headers.get('access-control-expose-headers').toLowerCase();
            for (const name of ['etag', 'location', 'x-request-id', 'idempotent-replayed', 'mypos-catalog-seq', 'retry-after']) {
                assert.ok(exposed.includes(name), `${name} is not in ${exposed}`);
            }
        }
    });

    test('the allowlist is exact', async () => {
        const others = ['https://till.example.evil', 'http://till.example', 'https://till.example:444', 'null', 'https://evil.example',
            'https://xtill.example', 'HTTPS://TILL.EXAMPLE.'];
        for (const Origin of others) {
            const answer = await open.health_live({ headers: { Origin } });
            assert.equal(answer.headers.get('access-control-allow-origin'), null, Origin);
        }
    });
});

describe('identification of requests', () => {
    test('a good X-Request-Id comes back, a bad one is replaced', async () => {
        const good = await open.health_live({ headers: { 'X-Request-Id': 'till-1.7_f3A' } });
        assert.equal(good.headers.get('x-request-id'), 'till-1.7_f3A');
        for (const bad of ['a b', 'x'.repeat(65), 'a"b', '<script>']) {
            const { answer } = await exchange(server, request('GET', '/health/live', ['Host: a', `X-Request-Id: ${bad}`]));
            assert.equal(answer.status, 200);
            assert.notEqual(answer.headers.get('x-request-id'), bad);
        }
    });

    test('traceparent comes back and its trace id is logged', async () => {
        const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
        const { headers } = await api.taxes_list({ headers: { traceparent } });
        assert.match(headers.get('traceparent'), /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-[0-9a-f]{2}$/);
        await api.taxes_list({ headers: { traceparent: 'nonsense' }, expect: 200 });
        assert.ok(server.log().includes('4bf92f3577b34da6a3ce929d0e0e4736'));
    });

    test('the log has one JSON line a request, with its id, operation and status', async () => {
        await api.taxes_create({ body: {}, headers: { 'X-Request-Id': 'find-me' }, expect: 422 });
        const lines = await until(() => server.logLines().filter((line) => line.request_id === 'find-me'), ({ length }) => length > 0);
        assert.equal(lines.length, 1);
        assert.equal(lines[0].status, 422);
        assert.equal(lines[0].operation, 'taxes_create');
    });
});

describe('compression', () => {
    const rawGet = async (target, lines) => {
        const { answer, bytes } = await exchange(server, request('GET', target, ['Host: a', ...lines]));
        const at = bytes.indexOf('\r\n\r\n') + 4;
        return { answer, body: bytes.subarray(at) };
    };

    test('a large answer is gzip where the client takes it', async () => {
        const plain = await rawGet('/openapi.json', ['Connection: close']);
        assert.equal(plain.answer.headers.get('content-encoding'), null);
        for (const accepts of ['gzip', 'br, gzip;q=0.5']) {
            const { answer, body } = await rawGet('/openapi.json', [`Accept-Encoding: ${accepts}`, 'Connection: close']);
            assert.equal(answer.headers.get('content-encoding'), 'gzip', accepts);
            assert.match(answer.headers.get('vary'), /accept-encoding/i);
            assert.deepEqual(JSON.parse(gunzipSync(body)), JSON.parse(plain.answer.text));
        }
    });

    test('not for a client that refuses it, and not for a small answer', async () => {
        for (const [target, accepts] of [['/openapi.json', 'gzip;q=0'], ['/openapi.json', 'identity'], ['/health/live', 'gzip']]) {
            const { answer } = await rawGet(target, [`Accept-Encoding: ${accepts}`]);
            assert.equal(answer.headers.get('content-encoding'), null, `${target} ${accepts}`);
        }
    });

    test('the ETag of a compressed answer answers If-None-Match', async () => {
        const { headers } = await open.document_read({ headers: { 'Accept-Encoding': 'gzip' }, expect: 200 });
        await open.document_read({ headers: { 'Accept-Encoding': 'gzip', 'If-None-Match': headers.get('etag') }, expect: 304 });
    });
});

test('Accept that excludes everything is 406', async () => {
    await api.products_list({ headers: { Accept: 'image/png' }, expect: 406, code: 'not_acceptable' });
    for (const Accept of ['*/*', 'application/*', 'application/json;q=0.1, text/html', '']) {
        await api.products_list({ headers: { Accept }, expect: 200 });
    }
});

test('answers carry safe headers', async () => {
    for (const answer of [await api.products_list(), await api.request('GET', '/nowhere'), await open.docs_read()]) {
        assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
});
