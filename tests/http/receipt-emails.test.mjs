// Receipts by e-mail, with a real mail server that also misbehaves.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuid7 } from '../lib/client.mjs';
import { MailServer } from '../lib/mail-server.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const SMTP_ANSWER_MS = 30_000; // api/notify/smtp.h
const SENDER = 'Tee & Söhne <receipts@shop.example>';

/** A server that sends its mail to `url`, and a sale to send. */
async function startShop(env) {
    const server = await startServer({ env: { MYPOS_SMTP_FROM: SENDER, MYPOS_SMTP_RETRY_SECONDS: '1', ...env } });
    const api = await server.admin();
    const shop = await Shop.open(api);
    const tea = await shop.product({ name: 'Grüner Tee', price: 250 });
    const { body: sold } = await shop.sell([tea], 250);
    return { server, api, shop, tea, sold };
}

const ask = ({ api, sold }, body, options = {}) => api.receipt_emails_create({
    path: { transaction_id: sold.id }, body: { to: 'ada@example.org', ...body }, expect: 202, ...options,
});
const read = ({ api, sold }, email) => api.receipt_emails_read({
    path: { transaction_id: sold.id, receipt_email_id: email.id }, expect: 200,
});

/** The e-mail once `is` says so. */
const untilEmail = (house, email, is) => until(async () => (await read(house, email)).body, is);

const freePort = () => new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
    });
});

describe('a receipt by e-mail', () => {
    let mail, house;
    before(async () => {
        mail = await MailServer.start();
        house = await startShop({ MYPOS_SMTP_URL: `${mail.url}/till.shop.example` });
        await house.api.stores_update({
            path: { store_id: house.shop.store.id },
            body: { name: 'Teehaus „Ümläut“ & Söhne, seit 1888 in der Hauptstraße' },
            expect: 200,
        });
    });
    after(async () => {
        await house.server.stop();
        await mail.stop();
    });

    test('is sent as text and HTML, with headers that any mail program reads', async () => {
        const { body: email } = await ask(house, { to: "ada.o'hara+tea@example.org" });
        assert.equal(email.transaction_id, house.sold.id);
        const message = await mail.next();
        assert.deepEqual(message.envelope, { from: 'receipts@shop.example', to: ["ada.o'hara+tea@example.org"] });
        assert.equal(message.client, 'till.shop.example');
        assert.equal(message.from.address, 'receipts@shop.example');
        assert.equal(message.from.name, 'Tee & Söhne');
        assert.equal(message.to[0].address, "ada.o'hara+tea@example.org");
        assert.equal(message.subject, `Receipt ${house.sold.receipt_number} – Teehaus „Ümläut“ & Söhne, seit 1888 in der Hauptstraße`);
        assert.equal(message.messageId, `<${email.id}@shop.example>`);
        assert.ok(Math.abs(new Date(message.date) - Date.now()) < 60_000, message.date);
        const receipt = { path: { transaction_id: house.sold.id }, expect: 200 };
        const { text } = await house.api.transactions_receipt(receipt);
        const { text: html } = await house.api.transactions_receipt({ ...receipt, query: { format: 'html' } });
        assert.equal(message.text.replaceAll('\r\n', '\n').trimEnd(), text.trimEnd());
        assert.equal(message.html.replaceAll('\r\n', '\n').trimEnd(), html.trimEnd());
        const { attempts, sent_at, error } = await untilEmail(house, email, ({ state }) => state === 'sent');
        assert.equal(attempts, 1);
        assert.equal(error, undefined);
        assert.ok(Date.parse(sent_at) <= Date.now());
    });

    test('is ASCII in lines of at most 78 characters (RFC 5322, section 2.1.1)', async () => {
        await ask(house);
        const { raw } = await mail.next();
        for (const line of raw.split('\r\n')) {
            assert.ok(line.length <= 78, line);
            assert.match(line, /^[\t\x20-\x7e]*$/);
        }
    });

    test('speaks the language, and hides the prices, as asked', async () => {
        await ask(house, { language: 'de', gift: true });
        const { subject, text } = await mail.next();
        assert.match(subject, /^Beleg /);
        assert.match(text, /GESCHENKBELEG/);
        assert.doesNotMatch(text, /2,50|SUMME/);
    });

    test('is sent once, however often the request is repeated', async () => {
        const headers = { 'Idempotency-Key': `mail-${uuid7()}` };
        const id = uuid7();
        const first = await ask(house, { id }, { headers });
        await mail.next();
        const again = await ask(house, { id }, { headers });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.equal(again.body.id, first.body.id);
        assert.equal((await ask(house, { id })).headers.get('idempotent-replayed'), 'true');
        await ask(house, { id, to: 'eve@example.org' }, { expect: 409, code: 'id_taken' });
        await untilEmail(house, first.body, ({ state }) => state === 'sent');
        const sent = mail.messages.filter(({ messageId }) => messageId.startsWith(`<${id}@`));
        assert.equal(sent.length, 1);
    });

    test('goes to addresses only: nothing else gets into a header or to the mail server', async () => {
        const { length } = mail.messages;
        for (const to of ['', 'ada', 'ada@', '@example.org', 'ada@example.org\r\nBcc: eve@example.org', 'ada@exa mple.org',
            'ada@example.org, eve@example.org', '<ada@example.org>', 'ada@-example.org', 'ada@example..org', 'ada@ex_ample.org',
            `${'a'.repeat(65)}@example.org`, `a@${'b'.repeat(64)}.org`, `a@${'b.'.repeat(127)}org`, 'ädä@example.org', 42]) {
            const { body } = await ask(house, { to }, { expect: 422 });
            assert.equal(body.errors[0].pointer, '/to', to);
        }
        await ask(house, { subject: 'Buy' }, { expect: 422 });
        assert.equal(mail.messages.length, length);
    });

    test('of an unknown transaction is 404, as is an unknown e-mail', async () => {
        const path_ = { transaction_id: uuid7() };
        await ask(house, {}, { path: path_, expect: 404, code: 'transaction_not_found' });
        const { body: email } = await ask(house);
        const get = (ids) => house.api.receipt_emails_read({ path: ids, expect: 404, code: 'receipt_email_not_found' });
        await get({ transaction_id: house.sold.id, receipt_email_id: uuid7() });
        await get({ transaction_id: uuid7(), receipt_email_id: email.id });
        await mail.next();
    });

    test('a server that says "later" is asked again', async () => {
        mail.answer = () => ({ code: 451, text: 'Greylisted' });
        const { body: email } = await ask(house);
        const queued = await untilEmail(house, email, ({ attempts, error }) => attempts >= 1 && error !== undefined);
        assert.equal(queued.state, 'queued');
        assert.equal(queued.error, 'the mail server answered 451');
        mail.answer = () => null;
        await mail.next();
        const sent = await untilEmail(house, email, ({ state }) => state === 'sent');
        assert.ok(sent.attempts >= 2);
        assert.equal(sent.error, undefined);
    });

    test('a server that refuses it for good is not asked again, and the e-mail says so', async () => {
        let asked = 0;
        mail.answer = () => {
            asked += 1;
            return { code: 550, text: 'No such user ada@example.org' };
        };
        const { body: email } = await ask(house);
        const failed = await untilEmail(house, email, ({ state }) => state === 'failed');
        assert.equal(failed.error, 'the mail server refused it with 550');
        assert.equal(failed.attempts, 1);
        await sleep(2500);
        assert.equal(asked, 1);
        mail.answer = () => null;
    });

    test('a slow server delays neither sales nor the end of the process', async () => {
        let release;
        mail.answer = () => new Promise((resolve) => { release = () => resolve(null); });
        const { body: email } = await ask(house);
        await untilEmail(house, email, ({ attempts }) => attempts === 1);
        const began = Date.now();
        await house.shop.sell([house.tea], 250);
        assert.ok(Date.now() - began < SMTP_ANSWER_MS, 'a sale waited for the mail');
        const stopping = Date.now();
        await house.server.end();
        assert.ok(Date.now() - stopping < SMTP_ANSWER_MS, 'the end waited for the mail');
        release?.();
        mail.answer = () => null;
        await house.server.start();
        house.api = await house.server.admin();
        await untilEmail(house, email, ({ state }) => state === 'sent');
    });

    test('the log names neither the address nor what the server said about it', async () => {
        assert.doesNotMatch(house.server.log(), /example\.org|No such user/);
        const outcomes = house.server.logLines().filter(({ event }) => event === 'receipt_email');
        assert.ok(outcomes.length > 0);
    });
});

test('nothing is lost when the mail server is down and the process is killed', async () => {
    const port = await freePort();
    const house = await startShop({ MYPOS_SMTP_URL: `smtp://127.0.0.1:${port}` });
    const emails = [];
    for (let i = 0; i < 5; i += 1) {
        emails.push((await ask(house, { to: `customer-${i}@example.org` })).body);
    }
    await untilEmail(house, emails[0], ({ error }) => error !== undefined);
    await house.server.kill();
    const mail = await MailServer.start({ port });
    await house.server.start();
    house.api = await house.server.admin();
    for (const email of emails) {
        await untilEmail(house, email, ({ state }) => state === 'sent');
    }
    const got = mail.messages.map(({ envelope }) => envelope.to[0]).sort();
    assert.deepEqual(got, emails.map(({ to }) => to).sort());
    await house.server.stop();
    await mail.stop();
});

test('without a mail server it is refused', async () => {
    const house = await startShop({});
    await ask(house, {}, { expect: 409, code: 'mail_not_configured' });
    await house.server.stop();
});

describe('over TLS', () => {
    let folder, key, cert;
    before(() => {
        folder = mkdtempSync(path.join(tmpdir(), 'mypos-tls-'));
        execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
            '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')],
        { stdio: 'ignore' });
        key = readFileSync(path.join(folder, 'key.pem'));
        cert = readFileSync(path.join(folder, 'cert.pem'));
    });
    after(() => rmSync(folder, { recursive: true }));

    const login = { MYPOS_SMTP_USER: 'till', MYPOS_SMTP_PASSWORD: 'a secret of the shop' };

    for (const secure of [false, true]) {
        test(`the login is encrypted: ${secure ? 'smtps' : 'smtp with STARTTLS'}`, async () => {
            const mail = await MailServer.start({ key, cert, secure });
            const env = { MYPOS_SMTP_URL: mail.url, MYPOS_SMTP_CA: path.join(folder, 'cert.pem'), ...login };
            const house = await startShop(env);
            await ask(house);
            assert.equal((await mail.next()).secure, true);
            assert.deepEqual(mail.logins, [{ username: 'till', password: 'a secret of the shop', secure: true }]);
            assert.ok(!house.server.log().includes('a secret of the shop'));
            await house.server.stop();
            await mail.stop();
        });
    }

    test('a password is not sent to a server without TLS, nor to one with a certificate that nobody vouches for', async () => {
        const open = await MailServer.start({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
        const unknown = await MailServer.start({ key, cert });
        for (const mail of [open, unknown]) {
            const house = await startShop({ MYPOS_SMTP_URL: mail.url, ...login });
            const { body: email } = await ask(house);
            const { state } = await untilEmail(house, email, ({ error }) => error !== undefined);
            assert.equal(state, 'queued');
            assert.deepEqual(mail.logins, []);
            assert.deepEqual(mail.messages, []);
            await house.server.stop();
            await mail.stop();
        }
    });
});
