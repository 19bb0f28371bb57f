// The service itself: health, metrics, the document, its reference.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { DOCUMENT } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

let server;
let api;
let open;
before(async () => {
    server = await startServer();
    open = server.client();
    api = await server.admin();
});
after(() => server.stop());

test('health_live answers without credentials', async () => {
    const { body } = await open.health_live({ expect: 200 });
    assert.deepEqual(body, { status: 'live' });
});

test('health_ready names its checks', async () => {
    const { body } = await open.health_ready({ expect: 200 });
    assert.equal(body.status, 'ready');
    assert.ok(body.checks.some((check) => check.name === 'database' && check.status === 'ok'));
});

test('metrics_read is Prometheus text with requests, latency, commits and the queue', async () => {
    await open.health_live();
    const { text, headers } = await api.metrics_read({ expect: 200 });
    assert.match(headers.get('content-type'), /^text\/plain; ?version=0\.0\.4/);
    for (const line of text.split('\n').filter((candidate) => candidate !== '' && !candidate.startsWith('#'))) {
        assert.match(line, /^[a-z_:]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.eInfNa]+$/, line);
    }
    assert.match(text, /operation="health_live"/);
    assert.match(text, /# TYPE \S+ histogram/);
    assert.match(text, /_bucket\{[^}]*le="\+Inf"/);
    assert.match(text, /in_flight/);
    assert.match(text, /queue/);
});

test('metrics_read counts what is sold and paid back, each record once', async () => {
    const shop = await Shop.open(api);
    const figures = async () => {
        const { text } = await api.metrics_read({ expect: 200 });
        const of = (series) => Number(new RegExp(`^${series.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
        return {
            sales: of('mypos_transactions_total{type="sale"}'),
            sold: of('mypos_transactions_amount_minor_total{type="sale",currency="EUR"}'),
            refunds: of('mypos_transactions_total{type="refund"}'),
            paidBack: of('mypos_transactions_amount_minor_total{type="refund",currency="EUR"}'),
        };
    };
    const before = await figures();
    const product = await shop.product({ price: 250 });
    const body = shop.saleBody([[product, '3']], 750);
    const { body: sale } = await api.transactions_create({ body, expect: 201 });
    await api.transactions_create({ body, expect: 201 }); // a retry: the same record
    await api.refunds_create({
        path: { transaction_id: sale.id }, body: { lines: [{ line: 1, quantity: '1' }], tenders: 'original' }, expect: 201,
    });
    assert.deepEqual(await figures(), {
        sales: before.sales + 1, sold: before.sold + 750, refunds: before.refunds + 1, paidBack: before.paidBack + 250,
    });
});

test('metrics_read needs the scope', async () => {
    await open.metrics_read({ expect: 401, code: 'unauthenticated' });
});

test('document_read serves the committed document, with an ETag', async () => {
    const { body, headers } = await open.document_read({ expect: 200 });
    assert.deepEqual(body, JSON.parse(readFileSync(DOCUMENT, 'utf8')));
    await open.document_read({ headers: { 'If-None-Match': headers.get('etag') }, expect: 304 });
});

test('docs_read is a page that reads the document; its parts are there, and nothing of it is foreign', async () => {
    const { text, headers } = await open.docs_read({ expect: 200 });
    assert.match(headers.get('content-type'), /^text\/html; ?charset=utf-8/i);
    assert.match(text, /<!doctype html>/i);
    const parts = [...text.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, address]) => address);
    assert.ok(parts.length > 0);
    for (const address of parts.filter((candidate) => !candidate.startsWith('data:'))) {
        assert.match(address, /^\//, 'a part of the page is foreign');
        assert.equal((await fetch(server.url + address)).status, 200, address);
    }
});
