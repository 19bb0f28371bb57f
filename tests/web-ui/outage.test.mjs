// When the server, the network or the session goes away in the middle of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../lib/wait.mjs';
import { Shop } from './till.mjs';

const shop = new Shop();

const AWAY = /ERR_FAILED|ERR_CONNECTION|Failed to fetch/;

/** Sales that leave the till: each try's id. `answer(count)`: "lose" the answer, "refuse" to connect, or "pass". */
async function watchSales(page, answer) {
    const tries = [];
    await page.route('**/api/v1/transactions', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        tries.push(route.request().postDataJSON().id);
        const wanted = answer(tries.length);
        if (wanted === 'lose') await route.fetch();
        return wanted === 'pass' ? route.continue() : route.abort('connectionreset');
    });
    return tries;
}

test('lost_answers_and_retries_make_one_sale', async () => {
    const till = await shop.till();
    till.expectComplaint(AWAY);
    const { page } = till;
    const before = (await shop.sales()).length;
    // Stored, but the answer is lost; then away; then back.
    let away = true;
    const tries = await watchSales(page, (count) => (count === 1 ? 'lose' : away ? 'refuse' : 'pass'));
    await till.tile('Espresso').click();
    await till.total('€2.40');
    await till.openPayment();
    await page.click('[data-tender="500"]');
    await page.waitForSelector('.pay-unknown');
    // It cannot be left while nobody knows.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.pay-unknown').count(), 1);
    await until(() => tries.length, (count) => count > 1);
    away = false;
    assert.equal((await till.done()).change, '€2.60');
    assert.ok(tries.length > 2);
    assert.equal(new Set(tries).size, 1);
    const sales = await shop.sales();
    assert.equal(sales.length, before + 1);
    assert.equal(sales[0].id, tries[0]);
    await till.close();
});

test('reload_while_the_outcome_is_unknown_takes_the_same_sale_up', async () => {
    const till = await shop.till();
    till.expectComplaint(AWAY);
    const { page } = till;
    const before = (await shop.sales()).length;
    let away = true;
    const tries = await watchSales(page, (count) => (count === 1 ? 'lose' : away ? 'refuse' : 'pass'));
    await till.tile('Pretzel').click();
    await till.total('€1.40');
    await till.openPayment();
    await page.click('[data-tender="200"]');
    await page.waitForSelector('.pay-unknown');
    await page.reload();
    await page.waitForSelector('.pay-unknown');
    away = false;
    // Unless the till has just tried by itself.
    await page.click('[data-again]', { timeout: 1000 }).catch(() => {});
    await till.done();
    assert.equal(new Set(tries).size, 1);
    assert.equal((await shop.sales()).length, before + 1);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.cart-empty:not([hidden])');
    await till.close();
});

test('quote_waits_for_the_server_and_the_pay_button_with_it', async () => {
    const till = await shop.till();
    till.expectComplaint(AWAY);
    const { page } = till;
    await page.route(/\/(api\/v1|health)\//, (route) => route.abort('connectionrefused'));
    await till.tile('Espresso').click();
    await page.waitForSelector('.cart-fault:not([hidden])');
    await page.waitForSelector('.shell-offline:not([hidden])');
    assert.ok(await page.isDisabled('.cart-pay [data-do="pay"]'));
    await page.unroute(/\/(api\/v1|health)\//);
    await till.total('€2.40');
    await page.waitForSelector('.shell-offline', { state: 'hidden' });
    assert.ok(await page.isEnabled('.cart-pay [data-do="pay"]'));
    await till.close();
});

/** Another place signs this till out, and `target` is touched in that moment: something else that the page reads
 *  may ask to sign in at once, and would lie over it. */
const endSessionAndTouch = (target) => target.evaluate(async (element) => {
    const session = JSON.parse(sessionStorage.getItem('mypos.session'));
    await fetch('/api/v1/auth/logout', { method: 'POST', headers: { Authorization: `Bearer ${session.token}` } });
    element.click();
});

async function signInAgain(till) {
    const dialog = till.page.locator('dialog[data-name="login"]');
    await dialog.waitFor();
    await dialog.locator('#password').fill(till.server.adminPassword);
    await till.page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
}

test('ended_session_asks_to_sign_in_and_keeps_the_cart', async () => {
    const till = await shop.till();
    till.expectComplaint(/401/);
    await till.tile('Flat white').click();
    await till.total('€3.90');
    await endSessionAndTouch(till.tile('Espresso'));
    await signInAgain(till);
    // What waited for the sign-in has gone on by itself.
    await till.total('€6.30');
    await till.close();
});

test('session_that_ends_while_paying_ends_in_one_sale', async () => {
    const till = await shop.till();
    till.expectComplaint(/401/);
    const { page } = till;
    const before = (await shop.sales()).length;
    await till.tile('Pot of tea').click();
    await till.total('€4.50');
    await till.openPayment();
    await endSessionAndTouch(page.locator('[data-tender="500"]'));
    await signInAgain(till);
    assert.equal((await till.done()).change, '€0.50');
    assert.equal((await shop.sales()).length, before + 1);
    await till.close();
});

test('failed_start_can_be_tried_again', async () => {
    const till = await shop.till({ signedIn: false });
    till.expectComplaint(/503/);
    await till.page.route('**/api/v1/registers*', (route) => route.fulfill({
        status: 503, contentType: 'application/problem+json',
        body: JSON.stringify({
            type: '/docs#problem-storage_unavailable', title: 'Storage unavailable', status: 503,
            code: 'storage_unavailable', detail: 'later', request_id: 'r', errors: [],
        }),
        headers: { 'Retry-After': '1', 'X-Request-Id': 'r' },
    }));
    await till.signIn();
    await till.page.waitForSelector('[data-retry]');
    await till.page.unroute('**/api/v1/registers*');
    await till.page.click('[data-retry]');
    await till.ready();
    await till.close();
});
