// Money that is not all cash: by card, gift card, credit and account, in parts, and what the server refuses of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, Shop } from './till.mjs';

const shop = new Shop();

/** A cart of one Cappuccino (€3.60) with the payment open. */
async function paying(options) {
    const till = await shop.till(options);
    await till.tile('Cappuccino').click();
    await till.page.locator('.cart-pay [data-do="pay"][aria-busy="false"]').waitFor();
    await till.openPayment();
    return till;
}

const choose = (page, type) => page.check(`[name="method"][value="${type}"]`, { force: true });
const due = (page, text) => page.locator('[data-due]').filter({ hasText: text }).waitFor();

async function giftCard(amount) {
    const api = await shop.server.admin();
    return (await api.gift_cards_create({ body: { amount, currency: 'EUR' }, expect: 201 })).body;
}

test('card_pays_with_a_tip_and_its_last_digits', async () => {
    const till = await paying();
    const { page } = till;
    await choose(page, 'card');
    await page.fill('[name="tip"]', '0.40');
    await page.fill('[name="last_four"]', '42');
    await page.keyboard.press('Enter');
    await page.locator('.pay-fault').filter({ hasText: 'four digits' }).waitFor();
    await page.fill('[name="last_four"]', '4242');
    await page.fill('[name="reference"]', 'T-1044');
    await page.click('[data-submit]');
    await till.donePaid('€4.00');
    const [sale] = await shop.sales();
    assert.deepEqual(sale.tenders, [{ type: 'card', amount: 360, tip: 40, reference: 'T-1044', last_four: '4242' }]);
    assert.equal(sale.change, 0);
    await till.close();
});

test('parts_add_up_and_can_be_taken_off', async () => {
    const till = await paying();
    const { page } = till;
    await choose(page, 'other');
    await page.fill('[name="name"]', 'Meal voucher');
    await page.fill('#tendered', '2');
    await page.click('[data-submit]');
    await due(page, '€1.60');
    await page.fill('#tendered', '1');
    await page.keyboard.press('Enter');
    await due(page, '€0.60');
    // The drawer's euro goes back; what was taken stays while the payment is closed and over a reload.
    await page.locator('.pay-tender').filter({ hasText: 'Cash' }).locator('[data-off]').click();
    await due(page, '€1.60');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.pay', { state: 'detached' });
    await page.reload();
    await till.total('€3.60');
    await till.openPayment();
    await due(page, '€1.60');
    await page.locator('[data-tender]').filter({ hasText: '€2.00' }).click();
    assert.equal((await till.done()).change, '€0.40');
    const [sale] = await shop.sales();
    assert.deepEqual(sale.tenders, [{ type: 'other', amount: 200, name: 'Meal voucher' }, { type: 'cash', amount: 200 }]);
    await page.click('[data-new]');
    await till.tile('Espresso').click();
    await till.total('€2.40');
    await till.openPayment();
    assert.equal(await page.locator('.pay-tender').count(), 0);
    await till.close();
});

test('gift_card_shows_what_is_on_it_and_pays_what_it_can', async () => {
    const card = await giftCard(200);
    const till = await paying();
    const { page } = till;
    await choose(page, 'gift_card');
    await page.fill('[name="code"]', 'nothing-like-it');
    await page.keyboard.press('Enter');
    await page.locator('.pay-fault').filter({ hasText: 'No gift card' }).waitFor();
    // A scanner finds it wherever the focus is.
    await till.scan(card.code);
    await page.locator('.pay-balance').filter({ hasText: '€2.00' }).waitFor();
    await page.keyboard.press('Enter');
    await due(page, '€1.60');
    await page.click('[data-tender="160"]');
    assert.equal((await till.done()).change, '€0.00');
    const [sale] = await shop.sales();
    assert.deepEqual(sale.tenders, [{ type: 'gift_card', amount: 200, gift_card_id: card.id }, { type: 'cash', amount: 160 }]);
    await till.close();
});

test('refused_tender_says_so_where_it_stands', async () => {
    const card = await giftCard(5000);
    const till = await paying();
    const { page } = till;
    till.expectComplaint(/409/);
    await choose(page, 'gift_card');
    await page.fill('[name="code"]', card.code);
    await page.keyboard.press('Enter');
    await page.locator('.pay-change').filter({ hasText: '€46.40' }).waitFor();
    await page.fill('#tendered', '1');
    await page.keyboard.press('Enter');
    await due(page, '€2.60');
    const api = await shop.server.admin();
    await api.gift_cards_freeze({ path: { gift_card_id: card.id }, body: { reason: 'Lost' }, expect: 200 });
    await page.click('[data-tender="260"]');
    await page.locator('.pay-tender').filter({ hasText: 'frozen' }).waitFor();
    await page.click('[data-off]');
    await due(page, '€3.60');
    await choose(page, 'card');
    await page.fill('#tendered', '5');
    assert.equal(await page.getAttribute('[data-submit]', 'aria-disabled'), 'true');
    await page.fill('#tendered', '');
    await page.fill('[name="reference"]', '4242 4242 4242 4242');
    till.expectComplaint(/422/);
    await page.keyboard.press('Enter');
    await page.locator('.pay-fault').filter({ hasText: 'card number' }).waitFor();
    await page.fill('[name="reference"]', '');
    await page.keyboard.press('Enter');
    await till.donePaid('€3.60');
    await till.close();
});

test('cash_is_rounded_to_coins_and_cards_are_not', async () => {
    const api = await shop.server.admin();
    const { body: { data: [store] } } = await api.stores_list({ expect: 200 });
    const round = (cash_rounding) => api.stores_update({ path: { store_id: store.id }, body: { cash_rounding }, expect: 200 });
    await round(50);
    try {
        const till = await paying();
        const { page } = till;
        await due(page, '€3.50');
        await page.locator('[data-note]').filter({ hasText: '-€0.10' }).waitFor();
        await choose(page, 'card');
        await due(page, '€3.60');
        await choose(page, 'cash');
        await page.click('[data-tender="350"]');
        assert.equal((await till.done()).change, '€0.00');
        const [sale] = await shop.sales();
        assert.deepEqual([sale.total, sale.rounding], [350, -10]);
        await till.close();
    } finally {
        await round(0);
    }
});

test('ways_to_pay_change_by_key', async () => {
    const till = await paying();
    const { page } = till;
    await page.keyboard.press('PageDown');
    await page.waitForSelector('[name="method"][value="card"]:checked');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('PageUp');
    await page.waitForSelector('[name="method"][value="other"]:checked');
    await page.waitForFunction(() => document.activeElement.name === 'name' || document.activeElement.id === 'tendered');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Enter');
    assert.equal((await till.done()).change, '€0.00');
    await till.close();
});

test('split_on_a_phone', async () => {
    const till = await paying({ viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = till;
    await page.locator('.pay-methods label').filter({ hasText: /^Card$/ }).tap();
    await page.tap('.keypad [data-key="2"]');
    await page.locator('[data-submit]').filter({ hasText: 'Add €2.00' }).tap();
    await due(page, '€1.60');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await page.tap('[data-submit]');
    await till.donePaid('€3.60');
    const [sale] = await shop.sales();
    assert.deepEqual(sale.tenders.map(({ type, amount }) => [type, amount]), [['card', 200], ['card', 160]]);
    await till.close();
});

test('customer_pays_with_credit_and_on_account', async () => {
    const api = await shop.server.admin();
    const { body: customer } = await api.customers_create({ body: { name: 'Vera Wolf', account_limit: 200 }, expect: 201 });
    await api.customers_entries_create({
        path: { customer_id: customer.id }, body: { type: 'store_credit', amount: 150, reason: 'Goodwill' }, expect: 201,
    });
    const till = await shop.till();
    const { page } = till;
    await till.tile('Cappuccino').click();
    await till.total('€3.60');
    await page.keyboard.press('F6');
    await page.fill('dialog [name="q"]', 'Vera Wolf');
    await page.keyboard.press('Enter');
    await page.locator('.cart-person').filter({ hasText: 'Vera Wolf' }).waitFor();
    await till.total('€3.60');
    await till.openPayment();
    await choose(page, 'customer_account');
    await page.fill('#tendered', '3');
    await page.locator('.pay-change').filter({ hasText: 'There is only' }).filter({ hasText: '€2.00' }).waitFor();
    await page.fill('#tendered', '');
    await choose(page, 'store_credit');
    await page.click('[data-submit]');
    await due(page, '€2.10');
    await choose(page, 'customer_account');
    await page.click('[data-submit]');
    await due(page, '€0.10');
    await page.click('[data-tender="10"]');
    assert.equal((await till.done()).change, '€0.00');
    const [sale] = await shop.sales();
    assert.deepEqual(sale.tenders.map(({ type, amount }) => [type, amount]),
        [['store_credit', 150], ['customer_account', 200], ['cash', 10]]);
    await till.close();
});
