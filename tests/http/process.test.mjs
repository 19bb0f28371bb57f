// The process: configuration, subcommands, the lock, stopping, backup, the journal.
import assert from 'node:assert/strict';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Connection, request } from '../lib/raw.mjs';
import { ROOT } from '../lib/paths.mjs';
import { fetchPicture, png } from '../lib/pictures.mjs';
import { BACKEND, runCommand, startServer } from '../lib/server.mjs';
import { Shop, canonical } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

let scratch;
before(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'mypos-process-'));
});
after(() => rm(scratch, { recursive: true, force: true }));

const DRAIN_GRACE_MS = 300; // api/http/server.c
const SUBCOMMANDS = ['serve', 'migrate', 'import-products', 'seed-demo', 'backup', 'journal', 'version'];

describe('help', () => {
    test('mypos --help names every subcommand and where to read on', async () => {
        const { code, stdout, stderr } = await runCommand(['--help']);
        assert.equal(code, 0);
        assert.equal(stderr, '');
        for (const name of SUBCOMMANDS) {
            assert.ok(stdout.includes(name), `${name} is missing of\n${stdout}`);
        }
    });

    test('every subcommand has its own page', async () => {
        for (const name of [...SUBCOMMANDS, 'journal export', 'journal verify']) {
            const { code, stdout } = await runCommand([...name.split(' '), '--help']);
            assert.equal(code, 0, name);
            assert.match(stdout, /usage/i, name);
            assert.ok(stdout.includes(name), `${name}:\n${stdout}`);
        }
        const serve = await runCommand(['serve', '--help']);
        assert.match(serve.stdout + (await runCommand(['--help'])).stdout, /MYPOS_PORT/);
    });

    test('an unknown subcommand or option says so on standard error', async () => {
        for (const args of [['sell'], ['serve', '--colour'], [], ['backup'], ['import-products'], ['journal', 'burn']]) {
            const { code, stderr, stdout } = await runCommand(args);
            assert.notEqual(code, 0, args.join(' '));
            assert.match(stderr + stdout, /--help|usage|takes/i, args.join(' '));
        }
    });

    test('mypos version', async () => {
        const { code, stdout } = await runCommand(['version']);
        assert.equal(code, 0);
        assert.match(stdout, /\d+\.\d+\.\d+/);
    });
});

test('packaging/mypos.env.example is what mypos help environment prints', async () => {
    const { stdout } = await runCommand(['help', 'environment']);
    assert.equal(stdout, await readFile(path.join(ROOT, 'packaging/mypos.env.example'), 'utf8'));
});

describe('configuration', () => {
    const WRONG = {
        MYPOS_BIND: ['localhost', '1.2.3'],
        MYPOS_LOG: ['loud'],
        MYPOS_PORT: ['http', '70000', '-1', '80 80', ''],
        MYPOS_DATA: [''],
        MYPOS_CORS_ORIGINS: ['till.example', '*', 'https://till.example/path'],
        MYPOS_WEB_UI: ['/nowhere/web-ui'],
        MYPOS_LEDGER: ['oracle'],
        MYPOS_IMAGES: ['tape'],
        MYPOS_NOTIFY: ['pigeon'],
        MYPOS_CLOUDWATCH: ['maybe'],
        MYPOS_ADMIN_PASSWORD: ['x'.repeat(1025)],
        MYPOS_SMTP_URL: ['mail.example', 'http://mail.example', 'smtp://', 'smtp://till:secret@mail.example'],
        MYPOS_SMTP_FROM: ['shop', 'Shop <shop@>', 'a@b\r\nBcc: c@d'],
        MYPOS_SMTP_CA: ['/nowhere/ca.pem'],
        MYPOS_SMTP_RETRY_SECONDS: ['0', '3601', 'soon'],
    };
    for (const [name, values] of Object.entries(WRONG)) {
        test(`a wrong ${name} is refused at start by its name, with what was expected`, async () => {
            for (const value of values) {
                const { code, stderr } = await runCommand(['serve'], {
                    dataDir: path.join(scratch, 'config'), env: { MYPOS_PORT: '0', [name]: value },
                });
                assert.ok(code !== 0 && code !== null, `${name}=${value} was accepted`);
                assert.ok(stderr.includes(name), `${name}=${value}:\n${stderr}`);
            }
        });
    }

    test('who sends mail has an address to send from, and a secret is not shown', async () => {
        const { code, stderr } = await runCommand(['serve'], {
            dataDir: path.join(scratch, 'config'), env: { MYPOS_PORT: '0', MYPOS_SMTP_URL: 'smtp://mail.example' },
        });
        assert.ok(code !== 0 && code !== null);
        assert.ok(stderr.includes('MYPOS_SMTP_FROM'), stderr);
        const { stderr: refused } = await runCommand(['serve'], {
            dataDir: path.join(scratch, 'config'), env: { MYPOS_PORT: '0', MYPOS_SMTP_URL: 'smtp://till:secret@mail.example' },
        });
        assert.ok(!refused.includes('secret'), refused);
    });

    test('a MYPOS_ variable that nothing knows is named', async () => {
        const server = await startServer({ env: { MYPOS_PROT: '1' } });
        try {
            assert.match(server.log(), /"event":"unknown_variable","name":"MYPOS_PROT"/);
        } finally {
            await server.stop();
        }
    });
});

test('the first start prints a one-time password when none was given; it is never printed again', async () => {
    const dataDir = path.join(scratch, 'password');
    const server = await startServer({ dataDir, env: { MYPOS_ADMIN_PASSWORD: undefined } });
    const printed = /password +([a-z0-9-]{10,})/.exec(server.log());
    assert.ok(printed, server.log());
    const { body } = await server.client().auth_login({ body: { username: 'admin', password: printed[1] }, expect: 200 });
    assert.ok(body.access_token);
    await server.restart();
    assert.ok(!server.log().includes(printed[1]));
    await server.stop();
});

test('a second server on the same data directory is refused, and says who has it', async () => {
    const server = await startServer();
    try {
        for (const args of [['serve'], ['migrate'], ['seed-demo']]) {
            const { code, stderr } = await runCommand(args, { dataDir: server.dataDir, env: { MYPOS_PORT: '0' } });
            assert.notEqual(code, 0, args[0]);
            assert.ok(stderr.includes(String(server.pid)), `${args[0]}: ${stderr}`);
        }
        await server.client().health_ready({ expect: 200 });
    } finally {
        await server.stop();
    }
});

test('a port that is taken is refused by name', async () => {
    const server = await startServer();
    try {
        const { code, stderr } = await runCommand(['serve'], {
            dataDir: path.join(scratch, 'port'), env: { MYPOS_PORT: String(server.port) },
        });
        assert.notEqual(code, 0);
        assert.ok(stderr.includes(String(server.port)), stderr);
    } finally {
        await server.stop();
    }
});

test('migrate makes the database, and a second time does nothing', async () => {
    const dataDir = path.join(scratch, 'migrate');
    assert.equal((await runCommand(['migrate'], { dataDir })).code, 0);
    assert.equal((await runCommand(['migrate'], { dataDir })).code, 0);
    const { mode } = await stat(dataDir);
    assert.equal(mode & 0o077, 0, 'the data directory is open to others');
});

test('seed-demo fills a fresh shop, with pictures, and a second time changes nothing', async () => {
    const server = await startServer({ seedDemo: true });
    try {
        const api = await server.admin();
        const products = await api.all('products_list', { limit: 200 });
        assert.ok(products.length >= 60, String(products.length));
        assert.ok((await api.all('categories_list')).length >= 5);
        assert.ok((await api.all('promotions_list')).length >= 3);
        const { body: { data: [mira] } } = await api.customers_list({ query: { q: 'mira' }, expect: 200 });
        const { body: { data: [register] } } = await api.registers_list({ expect: 200 });
        const espresso = products.find((product) => product.name === 'Espresso');
        const { body: quote } = await api.quotes_create({
            body: { register_id: register.id, customer_id: mira.id, lines: [{ product_id: espresso.id, quantity: '1' }] }, expect: 200,
        });
        assert.ok(quote.total < espresso.price, 'staff pay less');
        assert.ok(products.some((product) => product.kind === 'gift_card') && products.some((product) => product.open_price));
        const pictured = products.find((product) => product.image_url);
        assert.ok(pictured, 'no product has a picture');
        const image = await fetchPicture(server, pictured.image_url);
        assert.equal(image.status, 200, pictured.image_url);
        assert.match(image.headers.get('content-type'), /^image\//);
        await server.end();
        const again = await runCommand(['seed-demo'], { dataDir: server.dataDir });
        assert.equal(again.code, 0, again.stderr);
        await server.start();
        assert.equal((await (await server.admin()).all('products_list', { limit: 200 })).length, products.length);
    } finally {
        await server.stop();
    }
});

test('import-products takes a file without a server; with a running one it says who has the data', async () => {
    const dataDir = path.join(scratch, 'import');
    const file = path.join(scratch, 'products.csv');
    await writeFile(file, 'sku,name,price_minor\nCLI-1,From the shell,100\nCLI-2,Bad,x\n');
    const alone = await runCommand(['import-products', file], { dataDir });
    assert.match(alone.stdout + alone.stderr, /line 3|\b3\b/);
    const server = await startServer({ dataDir });
    try {
        const api = await server.admin();
        await api.product_lookups_find({ query: { code: 'CLI-1' }, expect: 200 });
        await writeFile(file, 'sku,name,price_minor\nCLI-3,Through the server,100\n');
        const through = await runCommand(['import-products', file], {
            dataDir, env: { MYPOS_PORT: String(server.port) },
        });
        if (through.code === 0) {
            await api.product_lookups_find({ query: { code: 'CLI-3' }, expect: 200 });
        } else {
            assert.ok(through.stderr.includes(String(server.pid)), through.stderr);
        }
    } finally {
        await server.stop();
    }
});

describe('stopping', () => {
    const PATIENT = { MYPOS_DRAIN_SECONDS: '600' }; // longer than server.end() waits

    test('SIGTERM drains: every request that was taken is answered, none is lost', async () => {
        const server = await startServer({ env: PATIENT });
        const api = await server.admin();
        const shop = await Shop.open(api);
        const tea = await shop.product();
        let stoppingAt = Infinity;
        const stopping = () => performance.now() >= stoppingAt;
        const acknowledged = [];
        const sellers = Array.from({ length: 12 }, async () => {
            const connection = new Connection(server);
            for (;;) {
                const sale = JSON.stringify(shop.saleBody([tea], 250));
                const before_ = connection.answers().length;
                if (connection.closed) {
                    assert.ok(stopping());
                    return;
                }
                await connection.send(request('POST', '/api/v1/transactions', ['Host: a', `Authorization: Bearer ${api.token}`,
                    'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(sale)}`], sale));
                const sentAt = performance.now();
                await connection.until(() => connection.answers().length > before_);
                const answer = connection.answers()[before_];
                if (answer === undefined) {
                    // Who was silent for longer than the grace, on a machine that is busy, finds the connection ended.
                    assert.ok(connection.closed && sentAt - stoppingAt > DRAIN_GRACE_MS, 'a request was left without an answer');
                    return;
                }
                if (answer.status === 201) {
                    acknowledged.push(JSON.parse(answer.text).id);
                } else {
                    assert.equal(answer.status, 503, answer.text);
                    assert.ok(stopping());
                }
                if (/close/i.test(answer.headers.get('connection') ?? '')) {
                    connection.destroy();
                    return;
                }
            }
        });
        await until(() => acknowledged.length, (count) => count > 24);
        stoppingAt = performance.now();
        await Promise.all([server.end(), ...sellers]); // end() fails when it takes long
        await server.start();
        const kept = new Set((await (await server.admin()).all('transactions_list', { limit: 200 })).map((record) => record.id));
        for (const id of acknowledged) {
            assert.ok(kept.has(id), 'an acknowledged sale is gone');
        }
        await server.stop();
    });

    test('idle connections do not hold it up', async () => {
        const server = await startServer({ env: PATIENT });
        const idle = Array.from({ length: 20 }, () => new Connection(server));
        await Promise.all(idle.map((connection) => connection.send(request('GET', '/health/live', ['Host: a']))));
        await Promise.all(idle.map((connection) => connection.receive(1)));
        await server.end();
        idle.forEach((connection) => connection.destroy());
        await server.stop();
    });
});

describe('the journal', () => {
    let server;
    let exported;
    before(async () => {
        server = await startServer();
        const api = await server.admin();
        const shop = await Shop.open(api);
        const registers = [shop.register, await shop.newRegister()];
        const product = await shop.product({ name: 'Ünïcödé "Tea"', tax_ids: [(await shop.tax()).id] });
        for (let i = 0; i < 12; i += 1) {
            await shop.sell([[product, String(1 + (i % 3))]], 250 * (1 + (i % 3)), { register: registers[i % 2], cash: 1000 });
        }
        const live = await runCommand(['journal', 'export'], { dataDir: server.dataDir, raw: true });
        await server.end();
        const still = await runCommand(['journal', 'export'], { dataDir: server.dataDir, raw: true });
        assert.equal(still.code, 0, still.stderr);
        exported = still.stdout;
        if (live.code === 0) {
            assert.deepEqual(live.stdout, exported, 'the export of a running shop differs');
        }
    });
    after(() => server.stop());

    const verify = (input) => runCommand(['journal', 'verify'], { input });

    test('export is one canonical record a line, and verify accepts it without a database', async () => {
        const lines = exported.toString().trimEnd().split('\n');
        const end = JSON.parse(lines.pop());
        assert.equal(end.journal_end.records, 12);
        assert.equal(lines.length, 12);
        for (const line of lines) {
            assert.equal(canonical(JSON.parse(line)), line);
        }
        const { code, stdout, stderr } = await verify(exported);
        assert.equal(code, 0, stderr + stdout);
        assert.match(stdout + stderr, /12/);
    });

    test('export to a file, verify of a file', async () => {
        const file = path.join(scratch, 'journal.jsonl');
        await writeFile(file, exported);
        const { code } = await runCommand(['journal', 'verify', file]);
        assert.equal(code, 0);
    });

    test('any changed byte is found, and the first bad record is named', async () => {
        const starts = [];
        for (let at = 0; at >= 0 && at < exported.length; at = exported.indexOf('\n', at) + 1) {
            starts.push(at);
            if (exported.indexOf('\n', at) < 0) {
                break;
            }
        }
        const last = exported.length - 1;
        const places = [0, 1, last - 1, ...Array.from({ length: 36 }, (_, i) => Math.floor((i * 7919 * 131) % last))];
        for (const at of places) {
            const changed = Buffer.from(exported);
            changed[at] ^= 0x01;
            const { code, stdout, stderr } = await verify(changed);
            assert.notEqual(code, 0, `byte ${at} was changed unseen`);
            assert.notEqual(code, null, `byte ${at}: verify crashed`);
            const words = stdout + stderr;
            const line = starts.filter((start) => start <= at).length;
            const record = exported.toString('utf8', starts[line - 1], exported.indexOf('\n', at));
            const receipt = /"receipt_number":"([^"]+)"/.exec(record)?.[1];
            assert.ok(words.includes(receipt ?? `line ${line}`) || new RegExp(`\\b${line}\\b`).test(words),
                `byte ${at}, line ${line}, ${receipt}: ${words}`);
        }
    });

    test('a record left out, doubled, swapped, and a forged one are found', async () => {
        const lines = exported.toString().trimEnd().split('\n');
        const broken = {
            'left out': lines.filter((_, i) => i !== 4),
            doubled: [...lines.slice(0, 5), lines[4], ...lines.slice(5)],
            swapped: [lines[2], lines[1], lines[0], ...lines.slice(3)],
            forged: lines.map((line, i) => (i === 6 ? canonical({ ...JSON.parse(line), total: 1 }) : line)),
            garbage: [...lines, 'not a record'],
            'cut off': lines.slice(0, -1),
            'cut off in a record': lines.slice(0, 3),
        };
        for (const [what, records] of Object.entries(broken)) {
            const { code } = await verify(`${records.join('\n')}\n`);
            assert.ok(code !== 0 && code !== null, what);
        }
    });

    test('the journal of a fresh shop is sound; a file without anything is none', async () => {
        const dataDir = path.join(scratch, 'fresh');
        await runCommand(['migrate'], { dataDir });
        const { stdout } = await runCommand(['journal', 'export'], { dataDir, raw: true });
        assert.equal((await verify(stdout)).code, 0);
        assert.notEqual((await verify('')).code, 0);
    });
});

/** As `mypos help backup` says it. */
async function restore(file, dataDir) {
    await mkdir(path.join(dataDir, 'images'), { recursive: true, mode: 0o700 });
    await copyFile(file, path.join(dataDir, 'mypos.db'));
    await chmod(path.join(dataDir, 'mypos.db'), 0o600);
    await cp(`${file}.images`, path.join(dataDir, 'images'), { recursive: true });
}

// Of a chain it is the catalogue of one instance: the tables have backups of their own.
describe('backup', { skip: BACKEND !== 'sqlite' }, () => {
    test('of a shop that sells is a whole shop', async () => {
        const server = await startServer();
        const restored = path.join(scratch, 'restored');
        const file = path.join(scratch, 'backup.db');
        try {
            const api = await server.admin();
            const shop = await Shop.open(api);
            const tea = await shop.product({ name: 'Tea' });
            const sold = (await shop.sell([tea], 250)).body;
            const selling = Promise.all(Array.from({ length: 20 }, () => shop.sell([tea], 250)));
            const backup = await runCommand(['backup', file], { dataDir: server.dataDir });
            assert.equal(backup.code, 0, backup.stderr);
            await selling;
            const again = await runCommand(['backup', file], { dataDir: server.dataDir });
            assert.notEqual(again.code, 0, 'a backup overwrote a file');
            await restore(file, restored);
            const other = await startServer({ dataDir: restored });
            try {
                const admin = await other.admin();
                const { body } = await admin.transactions_read({ path: { transaction_id: sold.id }, expect: 200 });
                assert.equal(body.hash, sold.hash);
                const journal = await runCommand(['journal', 'export'], { dataDir: restored, raw: true });
                assert.equal((await runCommand(['journal', 'verify'], { input: journal.stdout })).code, 0);
            } finally {
                await other.stop();
            }
        } finally {
            await server.stop();
        }
    });

    test('has the pictures that the shop shows, and no others', async () => {
        const server = await startServer();
        const restored = path.join(scratch, 'pictures');
        const file = path.join(scratch, 'pictures.db');
        const byHand = path.join(server.dataDir, 'images', 'drinks.png');
        const backUp = (...options) => runCommand(['backup', file, ...options], { dataDir: server.dataDir });
        try {
            const api = await server.admin();
            const shop = await Shop.open(api);
            const [tea, cake] = [await shop.product(), await shop.product({ image: 'never-there.webp' })];
            const upload = async (colour) => (await api.product_images_set({
                path: { product_id: tea.id }, body: png(400, 300, colour), type: 'image/png', expect: 200,
            })).body;
            const old = await upload([1, 2, 3]);
            const pictured = await upload([4, 5, 6]);
            await writeFile(byHand, png(10, 10, [1, 1, 1]));
            await api.categories_create({ body: { name: 'Drinks', image: 'drinks.png' }, expect: 201 });
            const made = await backUp();
            assert.equal(made.code, 0, made.stderr);
            assert.match(made.stdout, /pictures\.db\.images: 3 pictures, read again; 1 are named and not there/);
            assert.ok(!(await readdir(`${file}.images`)).includes(old.image));

            await writeFile(byHand, png(20, 20, [2, 2, 2])); // another one of the same name
            assert.equal((await backUp('--force')).code, 0);
            await api.products_update({ path: { product_id: cake.id }, body: { image: null }, expect: 200 });
            await restore(file, restored);
            const other = await startServer({ dataDir: restored });
            try {
                const { body } = await (await other.admin()).products_read({ path: { product_id: tea.id }, expect: 200 });
                for (const url of [...Object.values(body.image_urls), '/images/drinks.png']) {
                    const [was, is] = await Promise.all([server, other].map((one) => fetchPicture(one, url)));
                    assert.equal(is.status, 200, url);
                    assert.deepEqual(is.bytes, was.bytes, url);
                }
                assert.equal(body.image, pictured.image);
            } finally {
                await other.stop();
            }
        } finally {
            await server.stop();
        }
    });
});

test('a database of a newer version, and an edited migration, are refused', async () => {
    const dataDir = path.join(scratch, 'newer');
    await runCommand(['migrate'], { dataDir });
    const { execFileSync } = await import('node:child_process');
    const { readdirSync } = await import('node:fs');
    const database = path.join(dataDir, readdirSync(dataDir).find((name) => name.endsWith('.db')));
    const sql = (text) => execFileSync('sqlite3', [database, text]).toString();
    const columns = sql('SELECT name FROM pragma_table_info(\'schema_migrations\')').trim().split('\n');
    assert.ok(columns.includes('name'), columns.join());
    const first = sql('SELECT min(name) FROM schema_migrations').trim();
    sql(`UPDATE schema_migrations SET name = '9999_from_the_future' WHERE name = (SELECT max(name) FROM schema_migrations)`);
    const newer = await runCommand(['serve'], { dataDir, env: { MYPOS_PORT: '0' } });
    assert.notEqual(newer.code, 0);
    assert.match(newer.stderr, /9999_from_the_future|newer|migration/);
    assert.ok(first);
});

describe('static files', () => {
    test('the web-ui is served at /, and nothing outside of it', async () => {
        const server = await startServer({ env: { MYPOS_WEB_UI: path.join(ROOT, 'web-ui') } });
        try {
            const index = await fetch(`${server.url}/`);
            assert.equal(index.status, 200);
            assert.match(index.headers.get('content-type'), /^text\/html/);
            const again = await fetch(`${server.url}/`, { headers: { 'If-None-Match': index.headers.get('etag') ?? '"x"' } });
            assert.ok([200, 304].includes(again.status));
            const { exchange } = await import('../lib/raw.mjs');
            for (const target of ['/../CMakeLists.txt', '/..%2fCMakeLists.txt', '/%2e%2e/CMakeLists.txt', '/....//CMakeLists.txt',
                '//etc/passwd', '/images/../../mypos.db', '/images/..%2f..%2fmypos.db', '/images/%2e%2e/mypos.db', '/.git/config', '/images/']) {
                const { answer } = await exchange(server, request('GET', target, ['Host: a']));
                assert.ok(answer.status >= 400, `${target} → ${answer.status}`);
                assert.ok(!answer.text.includes('cmake_minimum_required'), target);
            }
            assert.ok([404, 405].includes((await fetch(`${server.url}/`, { method: 'POST' })).status));
        } finally {
            await server.stop();
        }
    });
});
