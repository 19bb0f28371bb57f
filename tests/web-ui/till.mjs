// A till in Chromium, for the tests of the web-ui: starts the server with the demo shop, signs in, and knows
// where things are on the screen. Whatever the browser complains about (an exception, a refusal of the content
// security policy) fails the test, and every answer of the API is checked against the OpenAPI document.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { after, before } from 'node:test';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { checkAnswer } from '../lib/document.mjs';
import { ROOT } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';

export const WEB_UI = path.join(ROOT, 'web-ui');
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
const TIMEOUT_MS = 60_000;
const SCAN_KEY_MS = 5; // what a scanner takes for a key

// To hunt for tests that count on a fast machine: answers of the API come this late at random, and the browser
// computes so many times slower, as in MYPOS_TEST_LATENCY_MS=400 MYPOS_TEST_CPU_SLOWDOWN=4.
const LATENCY_MS = Number(process.env.MYPOS_TEST_LATENCY_MS ?? 0);
const CPU_SLOWDOWN = Number(process.env.MYPOS_TEST_CPU_SLOWDOWN ?? 1);

/** The web-ui's files from an origin of their own, as a static host would serve them; config.json names the API. */
export async function serveStatic(config) {
    const types = {
        '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
        '.svg': 'image/svg+xml', '.webmanifest': 'application/manifest+json',
    };
    const server = createServer(async (request, response) => {
        const name = path.normalize(new URL(request.url, 'http://static').pathname);
        try {
            const body = name === '/config.json' ? JSON.stringify(config())
                : await readFile(path.join(WEB_UI, name === '/' ? 'index.html' : name));
            response.writeHead(200, { 'Content-Type': types[path.extname(name)] ?? 'text/html' }).end(body);
        } catch {
            response.writeHead(404).end();
        }
    });
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return {
        url: `http://127.0.0.1:${server.address().port}`,
        stop: () => new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
        }),
    };
}

async function slowDown(page) {
    if (LATENCY_MS > 0) {
        await page.context().route('**/api/v1/**', async (route) => {
            await sleep(Math.random() * LATENCY_MS);
            await route.continue().catch(() => {}); // The page has cancelled it.
        });
    }
    if (CPU_SLOWDOWN > 1) {
        const session = await page.context().newCDPSession(page);
        await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    }
}

export class Till {
    #complaints = [];
    #checks = [];
    #expected = [];

    constructor(server, page) {
        this.server = server;
        this.page = page;
        page.setDefaultTimeout(TIMEOUT_MS);
        page.on('pageerror', (error) => this.#complaints.push(error.stack ?? error.message));
        page.on('console', (message) => {
            if (message.type() === 'error') this.#complaints.push(message.text());
        });
        // Not 'response': the body of a request that the page cancels never comes.
        page.on('requestfinished', (request) => {
            const url = new URL(request.url());
            if (url.pathname.startsWith('/api/v1/')) this.#checks.push(this.#check(request, url));
        });
    }

    async #check(request, url) {
        const method = request.method();
        if (method === 'OPTIONS') return;
        let answer;
        try {
            const response = await request.response();
            answer = { status: response.status(), headers: new Headers(await response.allHeaders()), text: await response.text() };
        } catch {
            return; // The page has gone, and the answer with it.
        }
        try {
            checkAnswer(method, url.pathname, answer);
        } catch (error) {
            this.#complaints.push(error.message);
        }
    }

    /** The next complaints that match are part of the test: a refused code, a server that is away. */
    expectComplaint(pattern) {
        this.#expected.push(pattern);
    }

    async close() {
        await Promise.all(this.#checks);
        await this.page.context().close();
        const unexpected = this.#complaints.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
        assert.deepEqual(unexpected, []);
    }

    async signIn(password = this.server.adminPassword) {
        await this.page.fill('#username', 'admin');
        await this.page.fill('#password', password);
        await this.page.keyboard.press('Enter');
    }

    async ready() {
        await this.page.waitForSelector('.product[data-product]');
    }

    tile(name) {
        return this.page.locator(`.product:has(.product-name:text-is("${name}"))`);
    }

    line(name) {
        return this.page.locator(`.line:has(.line-name:text-is("${name}"))`);
    }

    selected(action) {
        return this.page.locator(`.line[data-selected] [data-do="${action}"]`);
    }

    /** As a scanner types: a few milliseconds a key, then Enter. The keys say when they were pressed, so that
     *  they keep this pace however busy the machine is. */
    async scan(code) {
        const session = await this.page.context().newCDPSession(this.page);
        const began = Date.now();
        const keys = [...code].map((key) => ({ key, text: key }));
        keys.push({ key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' });
        await Promise.all(keys.flatMap(({ text, ...key }, i) => {
            const timestamp = (began + i * SCAN_KEY_MS) / 1000;
            return [{ type: 'keyDown', text, ...key }, { type: 'keyUp', ...key }]
                .map((event) => session.send('Input.dispatchKeyEvent', { ...event, timestamp }));
        }));
        await session.detach();
    }

    /** Waits until the total is this. */
    async total(text) {
        await this.page.locator('.totals:not([aria-busy="true"]) .totals-total dd').filter({ hasText: text }).waitFor();
    }

    async lineIs(name, detail, total) {
        await this.line(name).locator('.line-main').filter({ hasText: detail }).waitFor();
        await this.line(name).locator('.line-total').filter({ hasText: total }).waitFor();
    }

    async openPayment() {
        await this.page.click('[data-do="pay"]');
        await this.page.waitForSelector('.pay');
    }

    /** Waits for the end of a sale; answers {change, number}. */
    async done() {
        await this.page.waitForSelector('.done');
        return {
            change: await this.page.textContent('[data-change]'),
            number: (await this.page.textContent('.done-number')).replace(/^\D*\s/, ''),
        };
    }

    /** Waits for the end of a sale without cash, of which this came in. */
    async donePaid(text) {
        await this.page.locator('.done [data-paid]').filter({ hasText: text }).waitFor();
    }

    async goTo(route) {
        await this.page.evaluate((hash) => { location.hash = hash; }, `#/${route}`);
    }
}

/** The demo shop's server and a browser for the tests of one file, started before them and stopped after. */
export class Shop {
    constructor(environment = async () => ({})) {
        before(async () => {
            const env = { MYPOS_WEB_UI: WEB_UI, ...await environment() };
            this.server = await startServer({ seedDemo: true, env });
            this.browser = await chromium.launch({
                executablePath: '/usr/bin/chromium-headless-shell',
                args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
            });
        });
        after(async () => {
            await this.browser?.close();
            await this.server?.stop();
        });
    }

    /** A fresh browser profile at the till; signed in unless `signedIn` is false. */
    async till({ signedIn = true, url = this.server.url, ...options } = {}) {
        const context = await this.browser.newContext({
            viewport: DESKTOP, locale: 'en-IE', reducedMotion: 'reduce', ...options,
        });
        const till = new Till(this.server, await context.newPage());
        await slowDown(till.page);
        await till.page.goto(url);
        if (signedIn) {
            await till.signIn();
            await till.ready();
        }
        return till;
    }

    /** All sales that the server has, newest first. */
    async sales() {
        const api = await this.server.admin();
        return (await api.transactions_list({ query: { limit: 200 }, expect: 200 })).body.data;
    }
}
