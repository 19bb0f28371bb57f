// What a line may say beside its product: an open price, another price, a tare, a gift card; and what it tells of
// how its amount came about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, Shop } from './till.mjs';

const shop = new Shop();

const dialog = (till, name) => till.page.locator(`dialog[data-name="${name}"]`);

async function apply(till, name) {
    await dialog(till, name).locator('button[data-kind="primary"]').click();
    await dialog(till, name).waitFor({ state: 'detached' });
}

/** Picks what has the code, by typing it. */
async function take(till, code) {
    await till.page.fill('.sell-search input', code);
    await till.page.press('.sell-search input', 'Enter');
}

/** A scan without a pause between its keys, however busy the machine is. */
async function scan(till, code) {
    await till.page.evaluate((keys) => keys.forEach((key) => {
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    }), [...code, 'Enter']);
}

/** Picks the gift card, and scans its code into the dialog. */
async function scanCard(till, code) {
    await take(till, '909');
    await dialog(till, 'gift-card').waitFor();
    await scan(till, code);
}

async function pay(till) {
    await till.openPayment();
    await till.page.click('[data-submit]');
    return till.done();
}

async function noteIs(till, name, text) {
    await till.line(name).locator('.line-note').filter({ hasText: text }).waitFor();
}

test('open_price_is_asked_for_and_can_be_changed_on_the_line', async () => {
    const till = await shop.till();
    const { page } = till;
    await till.tile('Cheese platter to order').click();
    const ask = dialog(till, 'price');
    // The catalogue's price is offered; the first key replaces it.
    assert.equal(await ask.locator('[name="value"]').inputValue(), '25.00');
    for (const key of ['4', '2']) await ask.locator(`.keypad [data-key="${key}"]`).click();
    await apply(till, 'price');
    await till.lineIs('Cheese platter to order', '1 × €42.00', '€42.00');
    assert.equal(await till.line('Cheese platter to order').locator('del:visible').count(), 0);

    await page.keyboard.press('=');
    await ask.locator('[name="value"]').fill('');
    await page.keyboard.press('Enter');
    await ask.locator('.ask-note[data-kind="fault"]').waitFor();
    await ask.locator('[name="value"]').fill('39.50');
    await page.keyboard.press('Enter');
    await till.lineIs('Cheese platter to order', '1 × €39.50', '€39.50');
    await till.total('€39.50');

    // Another platter has a price of its own.
    await till.tile('Cheese platter to order').click();
    await apply(till, 'price');
    await till.total('€64.50');
    assert.equal(await till.line('Cheese platter to order').count(), 2);
    await pay(till);
    const [sale] = await shop.sales();
    assert.deepEqual(sale.lines.map((line) => [line.unit_price, line.price_source]), [[3950, 'open'], [2500, 'open']]);
    await till.close();
});

test('open_price_thought_better_of_sells_nothing', async () => {
    const till = await shop.till();
    await till.tile('Cheese platter to order').click();
    await dialog(till, 'price').waitFor();
    await till.page.keyboard.press('Escape');
    await dialog(till, 'price').waitFor({ state: 'detached' });
    assert.equal(await till.page.locator('.line').count(), 0);
    await till.close();
});

test('new_gift_card_shows_its_code_when_it_is_sold', async () => {
    const till = await shop.till();
    const { page } = till;
    await take(till, '909');
    await page.click('[data-amount="5000"]');
    await apply(till, 'gift-card');
    await till.lineIs('Gift card', '1 × €50.00', '€50.00');
    await noteIs(till, 'Gift card', 'New card');
    assert.equal(await till.selected('more').count(), 0);
    assert.equal(await till.selected('discount').count(), 0);

    await till.selected('price').click();
    await dialog(till, 'gift-card').locator('[name="value"]').fill('30');
    await apply(till, 'gift-card');
    await till.total('€30.00');
    await pay(till);
    const code = (await page.locator('.sold-card-code').textContent()).replaceAll('-', '');
    const api = await shop.server.admin();
    const { body } = await api.gift_cards_list({ query: { code }, expect: 200 });
    assert.equal(body.data[0].balance, 3000);

    await page.evaluate(() => {
        globalThis.print = () => { globalThis.printed = document.querySelector('#print pre').textContent; };
    });
    await page.locator('.sold-card button').click();
    const printed = await page.evaluate(() => globalThis.printed);
    assert.ok(printed.replaceAll('-', '').includes(code));
    assert.match(printed, /€30\.00/);
    await till.close();
});

test('gift_card_takes_the_scanned_code_and_is_loaded_the_next_time', async () => {
    const till = await shop.till();
    const { page } = till;
    await scanCard(till, 'XMAS-2026-0001');
    assert.equal(await page.inputValue('#gift-code'), 'XMAS-2026-0001');
    assert.equal(await page.inputValue('[name="value"]'), '25.00');
    await page.locator('#gift-code-note').filter({ hasText: 'Makes a card with this code' }).waitFor();
    await page.fill('#gift-code', 'XMAS');
    await page.keyboard.press('Enter');
    await page.locator('.ask-note').filter({ hasText: '8 to 32' }).waitFor();
    await scan(till, 'XMAS-2026-0001');
    await apply(till, 'gift-card');
    await noteIs(till, 'Gift card', 'XMAS-2026-0001');
    await till.total('€25.00');
    await pay(till);
    await page.click('[data-new]');

    await scanCard(till, 'XMAS-2026-0001');
    await page.locator('#gift-code-note').filter({ hasText: 'Balance €25.00' }).waitFor();
    await apply(till, 'gift-card');
    await till.total('€25.00');
    await pay(till);
    await page.locator('.sold-card').filter({ hasText: 'Balance €50.00' }).waitFor();
    await till.close();
});

test('gift_card_that_is_refused_says_so_at_its_line', async () => {
    const till = await shop.till();
    till.expectComplaint(/422|409/);
    const api = await shop.server.admin();
    const { body: card } = await api.gift_cards_create({
        body: { amount: 1000, currency: 'EUR', code: 'FROZEN00001' }, expect: 201,
    });
    await api.gift_cards_freeze({ path: { gift_card_id: card.id }, body: { reason: 'Lost' }, expect: 200 });
    await scanCard(till, 'FROZEN00001');
    await till.page.locator('#gift-code-note').filter({ hasText: 'frozen' }).waitFor();
    await apply(till, 'gift-card');
    await till.total('€25.00');
    await till.openPayment();
    await till.page.click('[data-submit]');
    await till.page.locator('.pay .banner[data-kind="danger"]').waitFor();
    await till.page.keyboard.press('Escape');
    await till.line('Gift card').locator('.line-problem').filter({ hasText: /frozen/i }).waitFor();
    await till.close();
});

test('another_price_stands_beside_the_regular_one_with_its_reason', async () => {
    const till = await shop.till();
    const { page } = till;
    await till.tile('Cappuccino').click();
    await till.tile('Cappuccino').click();
    await till.selected('price').click();
    await dialog(till, 'price').locator('[name="value"]').fill('3');
    await dialog(till, 'price').locator('[name="reason"]').fill('Matched a competitor');
    await apply(till, 'price');
    await till.lineIs('Cappuccino', '2 × €3.00', '€6.00');
    assert.match(await till.line('Cappuccino').locator('.line-detail del').textContent(), /Regular price €3\.60/);
    await noteIs(till, 'Cappuccino', 'Matched a competitor');

    // One more at the regular price is another line; a reload keeps both.
    await till.tile('Cappuccino').click();
    await till.total('€9.60');
    await page.reload();
    await till.ready();
    await till.total('€9.60');
    await till.line('Cappuccino').first().locator('.line-main').click();
    await till.selected('price').click();
    assert.equal(await dialog(till, 'price').locator('[name="reason"]').inputValue(), 'Matched a competitor');
    await page.click('[data-reset]');
    await till.total('€10.80');
    assert.equal(await page.locator('.line-detail del').count(), 0);
    await page.keyboard.press('Control+z');
    await till.total('€9.60');
    await pay(till);
    const [{ lines: [line] }] = await shop.sales();
    assert.deepEqual([line.unit_price, line.list_price, line.price_source, line.price_reason],
        [300, 360, 'override', 'Matched a competitor']);
    await till.close();
});

test('tare_is_taken_off_the_weight', async () => {
    const till = await shop.till();
    const { page } = till;
    await till.tile('Comté, 18 months').click();
    const ask = dialog(till, 'quantity');
    await ask.locator('[name="value"]').fill('0.137');
    await ask.locator('[name="tare"]').fill('0.2');
    await page.keyboard.press('Enter');
    await ask.locator('.ask-note[data-kind="fault"]').waitFor();
    await ask.locator('[name="tare"]').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    for (const key of ['0', '.', '0', '1', '2']) await ask.locator(`.keypad [data-key="${key}"]`).click();
    await ask.locator('.ask-note').filter({ hasText: '0.125 kg net = €4.61' }).waitFor();
    await apply(till, 'quantity');
    await till.lineIs('Comté, 18 months', '0.125 kg × €36.90 / kg', '€4.61');
    await noteIs(till, 'Comté, 18 months', 'Tare 0.012 kg');
    await page.keyboard.press('*');
    assert.equal(await ask.locator('[name="value"]').inputValue(), '0.137');
    assert.equal(await ask.locator('[name="tare"]').inputValue(), '0.012');
    await page.keyboard.press('Escape');
    await pay(till);
    const [{ lines: [line] }] = await shop.sales();
    assert.deepEqual([line.quantity, line.tare], ['0.125', '0.012']);
    await till.close();
});

test('line_tells_of_promotions_discounts_and_deposits', async () => {
    const till = await shop.till();
    const { page } = till;
    const api = await shop.server.admin();
    await api.promotions_create({
        body: {
            name: 'Pretzel day', kind: 'percent_off', value: '50', priority: 1, stacking: 'stackable',
            product_ids: [(await api.product_lookups_find({ query: { code: 'BK-202' }, expect: 200 })).body.id],
        },
        expect: 201,
    });
    await till.tile('Pretzel').click();
    await noteIs(till, 'Pretzel', 'Pretzel day');
    await till.lineIs('Pretzel', '-€0.70', '€0.70');
    await page.keyboard.press('%');
    await page.fill('[name="value"]', '10');
    await page.fill('#discount-reason', 'Crushed');
    await page.keyboard.press('Enter');
    await noteIs(till, 'Pretzel', 'Discount 10 % (Crushed)');
    await till.lineIs('Pretzel', '-€0.07', '€0.63');

    await till.tile('Mineral water 0.5 l').click();
    await noteIs(till, 'Mineral water 0.5 l', 'Deposit 0.25');
    await page.locator('.totals-row').filter({ hasText: 'Deposit 0.25' }).filter({ hasText: '€0.25' }).waitFor();
    await till.close();
});

test('missing_permission_is_named', async () => {
    const till = await shop.till();
    till.expectComplaint(/403/);
    const { page } = till;
    await page.route('**/api/v1/transactions', (route) => route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        headers: { 'X-Request-Id': 'till', traceparent: '00-01a1f90fa1a1f90fa1a1f90fa1a1f90f-01a1f90fa1a1f90f-01' },
        body: JSON.stringify({
            type: 'https://mypos.example/problems/forbidden', title: 'Forbidden', status: 403, code: 'forbidden',
            detail: 'This needs the scope transactions:price_override, or an approval.', request_id: 'till',
        }),
    }));
    await till.tile('Espresso').click();
    await till.selected('price').click();
    await dialog(till, 'price').locator('[name="value"]').fill('1');
    await apply(till, 'price');
    await till.tile('Cappuccino').click();
    await till.total('€4.60');
    await till.openPayment();
    await page.click('[data-submit]');
    await page.locator('.pay .banner').filter({ hasText: 'transactions:price_override' }).waitFor();
    await page.keyboard.press('Escape');
    await till.line('Espresso').locator('.line-problem').filter({ hasText: 'transactions:price_override' }).waitFor();
    assert.equal(await till.line('Cappuccino').locator('.line-problem:visible').count(), 0);
    await till.close();
});

test('price_dialogs_fit_on_a_phone', async () => {
    const till = await shop.till({ viewport: PHONE, hasTouch: true });
    for (const [code, name] of [['310', 'price'], ['909', 'gift-card'], ['301', 'quantity']]) {
        await take(till, code);
        await dialog(till, name).evaluate((node) => Promise.all( // it slides in
            node.getAnimations({ subtree: true }).map((animation) => animation.finished.catch(() => {}))));
        const box = await dialog(till, name).locator('button[data-kind="primary"]').boundingBox();
        assert.ok(box.y + box.height <= PHONE.height, `${name} ends at ${box.y + box.height}`);
        await till.page.keyboard.press('Escape');
        await dialog(till, name).waitFor({ state: 'detached' });
    }
    await till.close();
});
