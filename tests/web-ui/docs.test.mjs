// The API reference at /docs, in Chromium.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { document as contract, operations } from '../lib/document.mjs';
import { ROOT } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

let server;
let browser;
before(async () => {
    server = await startServer({ env: { MYPOS_WEB_UI: path.join(ROOT, 'web-ui') } });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] });
});
after(async () => {
    await browser?.close();
    await server?.stop();
});

/* Opens /docs; whatever the browser complains about, refusals of the content security policy too, fails. */
async function open({ hash = '', ...options } = {}) {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${server.url}/docs${hash}`);
    await page.waitForSelector('main[aria-busy=false]');
    return { page, close: async () => { await context.close(); assert.deepEqual(complaints, []); } };
}

const focused = (page) => page.evaluate(() => document.activeElement.id);
const topOf = (page, id) => page.evaluate((name) => document.getElementById(name).getBoundingClientRect().top, id);

test('docs_read shows every operation, and no link leads nowhere', async () => {
    const { page, close } = await open();
    const shown = await page.$$eval('section[data-operation]', (all) => all.map((each) => each.dataset.operation));
    assert.deepEqual(shown.toSorted(), operations.map((operation) => operation.id).toSorted());
    // Out of sight: a hundred thousand elements need not be laid out to be looked through.
    await page.$eval('main', (main) => { main.hidden = true; });
    const unfold = () => page.$$eval('main details:not([open])', (all) => Promise.all(all.map((each) => new Promise((resolve) => {
        each.addEventListener('toggle', resolve, { once: true });
        each.open = true;
    }))));
    while ((await unfold()).length > 0) { /* what is folded is made when it is opened */ }
    const dangling = await page.$$eval('a[href^="#"]', (all) =>
        all.map((each) => each.hash.slice(1)).filter((id) => !document.getElementById(id)));
    assert.deepEqual(dangling, []);
    assert.doesNotMatch(await page.textContent('main'), /undefined|\[object|NaN/);
    await close();
});

test('docs_read shows every event that is sent to webhooks, with its message', async () => {
    const { page, close } = await open({ hash: '#event-stock.low' });
    assert.equal(await focused(page), 'event-stock.low');
    const shown = await page.$$eval('[data-event-type]', (all) => all.map((each) => each.dataset.eventType));
    assert.deepEqual(shown.toSorted(), Object.keys(contract.webhooks).toSorted());
    await page.click('section[data-event="event-stock.low"] summary');
    const names = await page.$$eval('section[data-event="event-stock.low"] .member-name', (all) => all.map((each) => each.textContent));
    assert.ok(['id', 'type', 'at', 'data'].every((name) => names.includes(name)), names.join(' '));
    assert.ok((await page.innerText('section[aria-label="Every message"]')).includes('webhook-signature'));
    await page.keyboard.press('/');
    await page.keyboard.type('stock.low');
    assert.equal(await page.textContent('#search-state'), '1 found');
    await close();
});

test('docs_read goes to the problem that an error names', async () => {
    for (const code of contract.components.schemas.ProblemCode.enum) {
        assert.match(contract.info.description, new RegExp(`id="problem-${code}"`));
    }
    const { page, close } = await open({ hash: '#problem-sku_taken', viewport: PHONE });
    assert.equal(await focused(page), 'problem-sku_taken');
    const top = await topOf(page, 'problem-sku_taken');
    assert.ok(top >= 56 && top < 200, `it is at ${top}`);
    await close();
});

test('docs_read is searched and walked with the keyboard', async () => {
    const { page, close } = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('commit sale');
    assert.match(await page.textContent('#search-state'), /^[1-9]\d* found$/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'transactions_create');
    await page.waitForSelector('#sidebar a[aria-current][href="#transactions_create"]');
    await page.keyboard.press('/');
    await page.keyboard.type('zyzzyva');
    assert.equal(await page.textContent('#search-state'), 'Nothing found');
    await close();
});

test('docs_read gives a command that can be copied and is right', async () => {
    const { page, close } = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('section[data-operation=transactions_create] .sample .copy');
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(command.startsWith(`curl ${server.url}/api/v1/transactions \\\n  -H "Authorization: Bearer $TOKEN"`), command);
    const body = JSON.parse(/-d '(.*)'$/s.exec(command)[1]);
    assert.deepEqual(body, contract.components.examples.transaction_create.value);
    await close();
});

test('docs_read fits from a small phone to a desktop, and its menu opens and closes', async () => {
    for (const width of [320, 390, 820, 1280, 1920]) {
        const { page, close } = await open({ viewport: { width, height: 800 } });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `too wide at ${width}`);
        await close();
    }
    const { page, close } = await open({ viewport: PHONE });
    assert.equal(await page.isVisible('#search'), false);
    await page.click('.menu-button');
    await page.waitForSelector('#search:visible');
    assert.equal(await focused(page), 'search');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#search', { state: 'hidden' });
    assert.equal(await page.getAttribute('.menu-button', 'aria-expanded'), 'false');
    await close();
});

test('docs_read is light, dark, or as the system says', async () => {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const { page, close } = await open({ colorScheme: 'dark' });
    const dark = await ground(page);
    await page.click('#theme');
    const light = await ground(page);
    assert.notEqual(light, dark);
    await page.reload();
    await page.waitForSelector('main[aria-busy=false]');
    assert.equal(await ground(page), light, 'the choice is kept');
    await close();
});
