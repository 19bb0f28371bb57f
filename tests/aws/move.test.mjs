// A shop that moves from one machine to AWS, sells there, and moves back: everything it ever did comes along, and
// what was asked for before is found again on the other side.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { uuid7 } from '../lib/client.mjs';
import { FaultProxy, THROTTLED, halved } from '../lib/fault-proxy.mjs';
import { fetchPicture, png } from '../lib/pictures.mjs';
import { runCommand, startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

const SALES = 30;
// Of the large shop; and 2.5 times as many products, a quarter as many customers.
const LARGE = Number(process.env.AWS_MOVE_SALES || 200);
const LARGE_KB = 200_000; // that a move may take of memory, however large the shop

let aws;
const directories = [];
before(async () => { aws = await Aws.shared(); });
after(() => Promise.all(directories.map((made) => rm(made, { recursive: true, force: true }))));

async function directory() {
    const made = await mkdtemp(path.join(tmpdir(), 'mypos-move-'));
    directories.push(made);
    return made;
}

const start = (dataDir, env) => startServer({ backend: 'sqlite', dataDir, env });

async function mypos(args, dataDir, env) {
    return runCommand(args, { backend: 'sqlite', dataDir, env });
}

async function move(way, dataDir, env) {
    const { code, stdout, stderr } = await mypos(['move', way], dataDir, env);
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.doesNotMatch(stdout, /DIFFERENT/);
    assert.match(stdout, /all hold/);
    return stdout;
}

/** A shop with a little of everything. */
async function open(server) {
    const api = await server.admin();
    const shop = await Shop.open(api);
    const tea = await shop.product({ price: 250 });
    await shop.stock([[tea, '1000']]);
    const { body: pictured } = await api.product_images_set({
        path: { product_id: tea.id }, body: png(400, 300), type: 'image/png', expect: 200,
    });
    await writeFile(path.join(server.dataDir, 'images', 'drinks.png'), png(40, 30));
    await api.categories_create({ body: { name: 'Drinks', image: 'drinks.png' }, expect: 201 });
    const { body: customer } = await api.customers_create({ body: { name: 'Anna Müller', email: 'anna@example.org' }, expect: 201 });
    const { body: card } = await api.gift_cards_create({ body: { amount: 5000, currency: 'EUR' }, expect: 201 });
    const { body: shift } = await api.shifts_open({
        body: { register_id: shop.register.id, opening_float: { total: 10_000 } }, expect: 201,
    });
    const sold = [];
    for (let i = 0; i < SALES; i += 1) {
        const body = { ...shop.saleBody([[tea, '1']], 250), customer_id: i % 3 === 0 ? customer.id : undefined };
        sold.push({ body, answer: (await api.transactions_create({ body, expect: 201 })).body });
    }
    const refund = { id: uuid7(), reason: 'Broken' };
    await api.refunds_create({ path: { transaction_id: sold[0].answer.id }, body: refund, expect: 201 });
    return { tea, customer, card, shift, sold, refund, pictures: [...Object.values(pictured.image_urls), '/images/drinks.png'] };
}

/** What can be seen of it. */
async function look(server, { tea, customer, card, shift }) {
    const api = await server.admin();
    const shop = await Shop.open(api);
    const store_id = shop.store.id;
    const strip = (list) => list.map((row) => JSON.stringify(row));
    return {
        records: strip(await api.all('transactions_list', { limit: 7 })),
        of_the_customer: (await api.customers_transactions_list({ path: { customer_id: customer.id }, query: { limit: 50 }, expect: 200 })).body.data.length,
        found: (await api.customers_list({ query: { q: 'mül' }, expect: 200 })).body.data.map(({ id }) => id),
        customer: (await api.customers_read({ path: { customer_id: customer.id }, expect: 200 })).body,
        card: (await api.gift_cards_read({ path: { gift_card_id: card.id }, expect: 200 })).body,
        shift: (await api.shifts_read({ path: { shift_id: shift.id }, expect: 200 })).body,
        history: strip(await api.all('stock_movements_list', { limit: 7, store_id, product_id: tea.id })),
        level: await shop.level(tea),
    };
}

/** Those of products and categories, as a browser gets them. */
async function pictures(server, things) {
    const all = await Promise.all(things.pictures.map((url) => fetchPicture(server, url)));
    assert.deepEqual(all.map(({ status }) => status), all.map(() => 200));
    return all.map(({ bytes }) => bytes.toString('base64'));
}

/** The journal of a register, as a file. */
async function journal(dataDir, env) {
    const { code, stdout, stderr } = await mypos(['journal', 'export', '--register', 'K1'], dataDir, env);
    assert.equal(code, 0, stderr);
    return stdout;
}

/** The same requests again find what they did; new ones go on. */
async function goOn(server, { tea, sold, refund }) {
    const api = await server.admin();
    for (const { body, answer } of [sold[3], sold.at(-1)]) {
        const again = await api.transactions_create({ body, expect: 201 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.body, answer);
    }
    const again = await api.refunds_create({ path: { transaction_id: sold[0].answer.id }, body: refund, expect: 201 });
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    const shop = await Shop.open(api);
    const body = shop.saleBody([[tea, '2']], 500);
    const { body: answer } = await api.transactions_create({ body, expect: 201 });
    sold.push({ body, answer });
    await api.refunds_create({
        path: { transaction_id: answer.id }, body: { id: uuid7(), reason: 'Late' }, expect: 201,
    });
}

test('a shop moves to AWS, sells there, and moves back', { timeout: 600_000 }, async () => {
    const env = { ...await aws.shop(`move-${process.pid}`), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off' };
    const here = await directory();
    let server = await start(here, {});
    const things = await open(server);
    const shown = await pictures(server, things);
    const first = await look(server, things);
    await server.end();
    const written = await journal(here, {});
    assert.ok(written.trim().split('\n').length > SALES, written);

    await move('to-aws', here, env);
    assert.equal(await journal(here, env), written);
    server = await start(here, env);
    assert.deepEqual(await look(server, things), first);
    assert.deepEqual(await pictures(server, things), shown);

    const refused = await mypos(['move', 'from-aws'], await directory(), env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /a server works on the tables/);
    await goOn(server, things);
    const second = await look(server, things);
    await server.end();

    const back = await directory(); // another machine, where there is nothing
    await move('from-aws', back, env);
    await move('from-aws', back, env); // once more does no harm
    server = await start(back, {});
    assert.deepEqual(await look(server, things), second);
    assert.deepEqual(await pictures(server, things), shown);
    await goOn(server, things);
    await server.end();
    const { code, stdout } = await mypos(['verify'], back, {});
    assert.equal(code, 0, stdout);
});

test('a place where something else is, is refused', { timeout: 600_000 }, async () => {
    const env = { ...await aws.shop(`move-refused-${process.pid}`), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off' };
    const [one, other] = [await directory(), await directory()];
    for (const dataDir of [one, other]) {
        const server = await start(dataDir, {});
        await open(server);
        await server.end();
    }
    await move('to-aws', one, env);
    const { code, stderr } = await mypos(['move', 'to-aws'], other, env);
    assert.equal(code, 1);
    assert.match(stderr, /so has the shared log|not from this move/);
    const nowhere = await mypos(['move', 'to-aws'], await directory(), env);
    assert.match(nowhere.stderr, /there is no shop/);
});

/** Everything that the embedded ledger of a directory holds, as text. */
function dump(dataDir) {
    const tables = ['transactions', 'acts', 'stock_levels', 'stock_movements', 'documents', 'document_keys', 'document_terms', 'document_entries', 'outbox'];
    const { status, stdout, stderr } = spawnSync('sqlite3', ['-readonly', path.join(dataDir, 'mypos.db'), `.dump ${tables.join(' ')}`], { encoding: 'utf8', maxBuffer: 1 << 30 });
    assert.equal(status, 0, stderr);
    return stdout;
}

/** Moves, and kills the process at its nth call that `counts`: before it is carried out, or after. */
async function moveKilled(way, dataDir, env, { nth, counts, cut }) {
    const proxy = await FaultProxy.start(env.AWS_ENDPOINT_URL_DYNAMODB);
    let child, calls = 0;
    proxy.fault = (call) => {
        calls += counts(call);
        if (calls < nth) {
            return null;
        }
        const kill = () => child.kill('SIGKILL');
        if (cut === 'before') {
            kill();
        }
        return { cut, done: kill };
    };
    try {
        const { signal, stdout, stderr } = await runCommand(['move', way], {
            backend: 'sqlite', dataDir, env: { ...env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url }, started: (process) => { child = process; },
        });
        assert.equal(signal, 'SIGKILL', `${stdout}${stderr}`);
    } finally {
        await proxy.stop();
    }
}

test('a move that is killed goes on, and nobody sells on half of a shop', { timeout: 600_000 }, async () => {
    const env = { ...await aws.shop(`move-killed-${process.pid}`), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off' };
    const here = await directory();
    let server = await start(here, {});
    const things = await open(server);
    const first = await look(server, things);
    await server.end();
    const source = dump(here);

    const says = ({ request }, words) => JSON.stringify(request).includes(words);
    const publishes = (call) => call.operation === 'PutItem' && says(call, 'catalog-log');
    const puts = ({ operation }) => operation === 'BatchWriteItem';
    const compares = (call) => call.operation === 'Query' && says(call, '"S":"J#');
    const ends = (call) => puts(call) && says(call, '"fin":{"N":"1"}');
    for (const [counts, nth, cut] of [
        [publishes, 1, 'before'], [publishes, 1, 'after'],
        [puts, 1, 'after'], [puts, 2, 'before'], [puts, 3, 'after'], [puts, 5, 'before'], [puts, 6, 'after'],
        [compares, 1, 'before'], [ends, 1, 'before'],
    ]) {
        await moveKilled('to-aws', here, env, { nth, cut, counts });
        await assert.rejects(start(await directory(), env), /not whole: `mypos move to-aws` did not come to its end/);
        assert.equal(dump(here), source);
    }
    await move('to-aws', here, env);
    assert.equal(dump(here), source);

    const back = await directory();
    for (const nth of [3, 10, 20]) {
        await moveKilled('from-aws', back, env, { nth, cut: 'before', counts: () => true });
        await assert.rejects(start(back, {}), /not whole: `mypos move from-aws` did not come to its end/);
    }
    await move('from-aws', back, env);
    server = await start(back, {});
    assert.deepEqual(await look(server, things), first);
    await goOn(server, things);
    await server.end();
    assert.equal((await mypos(['verify'], back, {})).code, 0);
});

test('a shop is moved to tables that are throttled all the time', { timeout: 600_000 }, async () => {
    const env = { ...await aws.shop(`move-throttled-${process.pid}`), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off' };
    const here = await directory();
    const server = await start(here, {});
    await open(server);
    await server.end();
    const proxy = await FaultProxy.start(env.AWS_ENDPOINT_URL_DYNAMODB);
    let calls = 0;
    proxy.fault = (call) => {
        calls += call.operation === 'BatchWriteItem';
        if (call.operation !== 'BatchWriteItem' || calls % 8 === 0) {
            return null;
        }
        return calls % 8 === 7 ? halved(call) : THROTTLED;
    };
    try {
        await move('to-aws', here, { ...env, AWS_ENDPOINT_URL_DYNAMODB: proxy.url });
    } finally {
        await proxy.stop();
    }
    assert.ok(calls > 16, `${calls}`);
});

/** Many at once: calls each(0) … each(count - 1). */
async function many(count, each) {
    let next = 0;
    await Promise.all(Array.from({ length: 16 }, async () => {
        while (next < count) {
            await each(next++);
        }
    }));
}

async function fill(server) {
    const api = await server.admin();
    const shop = await Shop.open(api);
    const rows = Array.from({ length: LARGE * 2.5 }, (_, i) => `M-${i},Product ${i} ${(i * 7919).toString(36)},${i % 100}.50`);
    await api.product_imports_create({ body: ['sku,name,price', ...rows].join('\n'), type: 'text/csv', expect: 200 });
    const products = (await api.all('products_list', { limit: 200, q: 'Product' })).slice(0, 1000);
    const registers = await Promise.all(Array.from({ length: 4 }, () => shop.newRegister()));
    const customers = [];
    await many(LARGE / 4, async (i) => {
        customers.push((await api.customers_create({ body: { name: `${unique('Anna')} ${i}` }, expect: 201 })).body);
    });
    await many(LARGE, async (i) => {
        const product = products[i % products.length];
        await shop.sell([product], product.price, { register: registers[i % 4], customer_id: customers[i % customers.length].id });
    });
}

/** A move that is killed after so many ms, or comes to its end: {code, stdout, kb: the most memory it had}. */
async function moveFor(way, dataDir, env, killAfterMs) {
    let kb = 0, timer, watch;
    const { code, stdout, stderr } = await runCommand(['move', way], {
        backend: 'sqlite', dataDir, env, withinMs: 3_600_000,
        started(child) {
            timer = killAfterMs && setTimeout(() => child.kill('SIGKILL'), killAfterMs);
            watch = setInterval(async () => {
                const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
                kb = Math.max(kb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
            }, 100);
        },
    });
    clearTimeout(timer);
    clearInterval(watch);
    assert.ok(code === 0 || code === null, stderr);
    return { code, stdout, kb };
}

test('a large shop moves in little memory, however often it is killed on the way', { timeout: 7_200_000 }, async (t) => {
    const env = { ...await aws.shop(`move-large-${process.pid}`), MYPOS_NOTIFY: 'log', MYPOS_CLOUDWATCH: 'off' };
    const here = await directory();
    let server = await start(here, {});
    await fill(server);
    await server.end();
    const source = dump(here);
    for (const [way, dataDir] of [['to-aws', here], ['from-aws', await directory()]]) {
        let killMs = 100 + Math.random() * 400, kills = 0, moved;
        const began = Date.now();
        while ((moved = await moveFor(way, dataDir, env, kills < 4 ? killMs : 0)).code === null) {
            kills += 1;
            killMs *= 1 + 2 * Math.random();
        }
        t.diagnostic(`${way}: killed ${kills} times, ${Date.now() - began} ms, ${moved.kb} kB`);
        assert.doesNotMatch(moved.stdout, /DIFFERENT/);
        assert.match(moved.stdout, new RegExp(`records +${LARGE} +${LARGE} +same`));
        assert.match(moved.stdout, /all hold/);
        assert.ok(process.env.MYPOS_TEST_BUILD !== 'release' || moved.kb < LARGE_KB, `${moved.kb} kB`);
    }
    assert.equal(dump(here), source);
});
