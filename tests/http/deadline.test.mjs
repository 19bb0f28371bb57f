// Slow clients: the time to send a request is bounded as a whole, not only between two bytes. A minute of
// waiting, hence a file of its own: it runs beside the others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Connection, exchange, request } from '../lib/raw.mjs';
import { startServer } from '../lib/server.mjs';

const DEADLINE_MS = 60_000; // api/http/connections.h
const GRACE_MS = 60_000;

let server;
before(async () => {
    server = await startServer();
});
after(() => server.stop());

test('a head or a body that never ends is given up with 408, and others are served meanwhile', async () => {
    const since = Date.now();
    const head = new Connection(server);
    await head.send('GET /health/live HTTP/1.1\r\nHost: a\r\n');
    const body = new Connection(server);
    await body.send(request('POST', '/api/v1/auth/login', ['Host: a', 'Content-Type: application/json', 'Content-Length: 1000']));
    const timer = setInterval(() => {
        head.send('X-Slow: y\r\n');
        body.send(' ');
    }, 1000);
    try {
        for (let i = 0; i < 5; i += 1) {
            const { answer } = await exchange(server, request('GET', '/health/live', ['Host: a']));
            assert.equal(answer.status, 200);
        }
        await Promise.all([head, body].map((slow) => slow.until(() => false, DEADLINE_MS + GRACE_MS)));
    } finally {
        clearInterval(timer);
    }
    const took = Date.now() - since;
    assert.ok(head.closed && body.closed, 'a slow connection stays open');
    assert.ok(took > DEADLINE_MS - 5000, `given up after ${took} ms`);
    for (const slow of [head, body]) {
        const [answer] = slow.answers();
        assert.equal(answer?.status, 408, answer?.first);
        assert.match(answer.headers.get('content-type'), /problem\+json/);
        assert.equal(JSON.parse(answer.text).code, 'request_timeout');
    }
});

test('a client that reads slowly holds nobody up', async () => {
    const readers = Array.from({ length: 20 }, () => new Connection(server));
    for (const reader of readers) {
        reader.socket.pause();
        await reader.send(Buffer.concat(Array.from({ length: 20 }, () => request('GET', '/openapi.json', ['Host: a']))));
    }
    const since = performance.now();
    for (let i = 0; i < 20; i += 1) {
        const { answer } = await exchange(server, request('GET', '/health/live', ['Host: a']), { lingerMs: 0 });
        assert.equal(answer.status, 200);
    }
    assert.ok(performance.now() - since < DEADLINE_MS / 2);
    readers.forEach((reader) => reader.destroy());
});
