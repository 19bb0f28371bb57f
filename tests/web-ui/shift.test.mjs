// The cash drawer from its opening to its Z report, as a cashier sees it; what the screen says is what the server has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, Shop } from './till.mjs';

const shop = new Shop();

async function openShiftView(options) {
    const till = await shop.till(options);
    await till.goTo('shift');
    await till.page.waitForSelector('.shift-now[aria-busy="false"]');
    return till;
}

const shifts = async () => (await shop.server.admin()).all('shifts_list', { limit: 200 });

/** Opens with a float by total. */
async function openWith(page, text) {
    await page.check('.shift-now [name="cash-by"][value="total"]', { force: true });
    await page.fill('#cash-total', text);
    await page.click('.shift-now [data-submit]');
    await page.waitForSelector('[data-move]');
}

async function move(page, type, amount, reason) {
    await page.click(`[data-move="${type}"]`);
    if (amount) await page.fill('dialog [name="amount"]', amount);
    await page.fill('dialog [name="reason"]', reason);
    await page.click('dialog form > .button');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.locator('.shift-movement').filter({ hasText: reason }).waitFor();
}

async function closeWith(page, text, { tips } = {}) {
    await page.click('[data-close-shift]');
    await page.check('dialog [name="cash-by"][value="total"]', { force: true });
    await page.fill('dialog #cash-total', text);
    if (tips) await page.fill('dialog [name="tips"]', tips);
    await page.click('dialog [data-submit]');
    await page.waitForSelector('[data-over-short]');
    const difference = await page.textContent('[data-over-short]');
    await page.locator('dialog .paper pre').filter({ hasText: 'Z report' }).waitFor();
    await page.click('[data-done]');
    await page.waitForSelector('dialog', { state: 'detached' });
    return difference;
}

const fact = (page, name) => page.locator(`.shift-now .shift-facts > div:has(dt:text-is("${name}")) dd`);

test('shift_is_opened_by_coins_moved_sold_in_and_closed_blind', async () => {
    const till = await openShiftView();
    const { page } = till;
    await page.fill('[data-value="5000"]', '2');
    await page.fill('[data-value="200"]', '3');
    await page.fill('[data-value="5"]', '7');
    await page.locator('.cash-sum strong').filter({ hasText: '€106.35' }).waitFor();
    await page.locator('[data-submit]').filter({ hasText: '€106.35' }).click();
    await page.waitForSelector('[data-move]');
    await move(page, 'pay_out', '12,50', 'Window cleaner');
    await move(page, 'no_sale', null, 'Change for a customer');
    await move(page, 'pay_in', '20', 'From the safe');
    await till.goTo('sell');
    await till.ready();
    await till.tile('Espresso').click();
    await till.total('€2.40');
    await till.openPayment();
    await page.click('[data-tender="500"]');
    await till.done();
    await page.click('[data-new]');
    await till.goTo('shift');
    await fact(page, 'Transactions').filter({ hasText: '1' }).waitFor();
    await fact(page, 'Should be in the drawer').filter({ hasText: '€116.25' }).waitFor();
    await page.locator('.shift-detail .paper pre').filter({ hasText: /X report[^]*Expected +116\.25/ }).waitFor();

    await page.click('[data-close-shift]');
    await page.waitForSelector('.closing');
    assert.doesNotMatch(await page.textContent('dialog'), /116/);
    await page.keyboard.press('Escape');
    assert.equal(await closeWith(page, '116', { tips: '1' }), '€0.75');
    const [closed] = await shifts();
    assert.equal(closed.state, 'closed');
    assert.deepEqual(closed.opening_float.denominations, [{ value: 5000, count: 2 }, { value: 200, count: 3 }, { value: 5, count: 7 }]);
    assert.equal(closed.z_report.expected_cash, 11_525);
    assert.equal(closed.z_report.over_short, 75);
    assert.equal(closed.tips_paid_out, 100);
    await page.locator('a.past-shift').filter({ hasText: '€0.75' }).click();
    await page.locator('.shift-detail .paper pre').filter({ hasText: 'Z report' }).waitFor();
    await page.locator('.shift-detail h2').filter({ hasText: 'Z report' }).waitFor();
    await till.close();
});

test('shift_needs_no_mouse', async () => {
    const till = await openShiftView();
    const { page } = till;
    const { keyboard } = page;
    await page.focus('[data-value="20000"]');
    await keyboard.press('Enter'); // 100
    await keyboard.press('Enter'); // 50
    await keyboard.type('1', { delay: 50 });
    for (let field = 0; field < 11; field += 1) await keyboard.press('ArrowDown');
    await keyboard.type('9', { delay: 50 }); // 0.01
    await keyboard.press('Enter');
    await page.waitForSelector('[data-move]');
    await fact(page, 'Opening float').filter({ hasText: '€50.09' }).waitFor();
    await page.focus('[data-move="drop"]');
    await keyboard.press('Enter');
    await keyboard.type('10', { delay: 50 });
    await keyboard.press('Enter'); // goes to the reason
    await keyboard.type('To the safe', { delay: 50 });
    await keyboard.press('Enter');
    await page.locator('.shift-movement').filter({ hasText: 'To the safe' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.move), 'drop');
    await page.focus('[data-close-shift]');
    await keyboard.press('Enter');
    await page.waitForSelector('.closing');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.value), '20000');
    await page.focus('dialog [data-value="2000"]');
    await keyboard.type('2', { delay: 50 });
    await page.focus('dialog [data-value="1"]');
    await keyboard.type('9', { delay: 50 });
    await keyboard.press('Enter');
    await page.waitForSelector('[data-over-short]');
    assert.equal(await page.textContent('[data-over-short]'), '€0.00');
    assert.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-done')), true);
    await keyboard.press('Enter');
    await page.waitForSelector('.cash-count');
    await till.close();
});

test('shift_says_what_is_missing', async () => {
    const till = await openShiftView();
    const { page } = till;
    await page.fill('[data-value="100"]', '1,5');
    await page.locator('.cash-fault:not(:empty)').waitFor();
    assert.equal(await page.getAttribute('[data-value="100"]', 'aria-invalid'), 'true');
    await page.press('[data-value="1"]', 'Enter');
    assert.equal(await page.locator('[data-move]').count(), 0);
    await openWith(page, '50');
    await page.click('[data-move="pay_in"]');
    await page.click('dialog form > .button');
    assert.equal(await page.getAttribute('dialog [name="amount"]', 'aria-invalid'), 'true');
    await page.fill('dialog [name="amount"]', '5');
    await page.click('dialog form > .button');
    assert.equal(await page.getAttribute('dialog [name="reason"]', 'aria-invalid'), 'true');
    await page.keyboard.press('Escape');
    // Somebody closes it at another screen.
    till.expectComplaint(/409/);
    const api = await shop.server.admin();
    const [open] = await shifts();
    await page.click('[data-move="pay_in"]');
    await api.shifts_close({ path: { shift_id: open.id }, body: { counted: { total: 5000 } }, expect: 200 });
    await page.fill('dialog [name="amount"]', '5');
    await page.fill('dialog [name="reason"]', 'Too late');
    await page.click('dialog form > .button');
    await page.locator('dialog .ask-note').filter({ hasText: 'closed' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForSelector('.shift-now .cash-count');
    await till.close();
});

test('shift_that_is_closed_while_it_is_read_is_none', async () => {
    const api = await shop.server.admin();
    const { body: { data: [register] } } = await api.registers_list({ expect: 200 });
    const body = { register_id: register.id, opening_float: { total: 0 } };
    const { body: { id } } = await api.shifts_open({ body, expect: 201 });
    const till = await shop.till();
    await till.page.route(`**/api/v1/shifts/${id}`, async (route) => {
        await api.shifts_close({ path: { shift_id: id }, body: { counted: { total: 0 } }, expect: 200 });
        await route.continue();
    }, { times: 1 });
    await till.goTo('shift');
    await till.page.waitForSelector('.shift-now .cash-count');
    await till.close();
});

test('lost_answers_open_and_move_once', async () => {
    const till = await openShiftView();
    till.expectComplaint(/ERR_FAILED|ERR_CONNECTION|Failed to fetch/);
    const { page } = till;
    const before = (await shifts()).length;
    const lost = new Set();
    await page.route(/\/api\/v1\/shifts(\/[^/]+\/movements)?$/, async (route) => {
        const address = route.request().url();
        if (route.request().method() !== 'POST' || lost.has(address)) return route.continue();
        lost.add(address);
        await route.fetch(); // the server has it; the till does not know
        return route.abort('connectionreset');
    });
    await openWith(page, '100');
    await move(page, 'drop', '40', 'Bank');
    assert.equal(lost.size, 2);
    assert.equal((await shifts()).length, before + 1);
    await fact(page, 'Should be in the drawer').filter({ hasText: '€60.00' }).waitFor();
    assert.equal(await closeWith(page, '60'), '€0.00');
    await till.close();
});

test('shift_fits_a_phone_in_german', async () => {
    const till = await openShiftView({ viewport: PHONE, hasTouch: true, isMobile: true, locale: 'de-DE', colorScheme: 'dark' });
    const { page } = till;
    const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(await overflows(), false);
    await page.fill('[data-value="1000"]', '5');
    await page.locator('[data-submit]').filter({ hasText: '50,00' }).tap();
    await page.waitForSelector('[data-move]');
    assert.equal(await overflows(), false);
    await page.tap('[data-x]');
    await page.locator('.shift-detail .paper pre').filter({ hasText: 'X report' }).waitFor();
    assert.equal(await page.locator('.shift-list').isVisible(), false);
    assert.equal(await overflows(), false);
    await page.tap('.split-back');
    await page.locator('[data-close-shift]').tap();
    await page.waitForSelector('.closing');
    await page.fill('dialog [data-value="1000"]', '5');
    await page.locator('dialog [data-submit]').tap();
    await page.locator('.done-label').filter({ hasText: 'stimmt' }).waitFor();
    await page.locator('[data-done]').tap();
    await page.locator('a.past-shift').first().waitFor();
    assert.equal(await overflows(), false);
    await till.close();
});
