// Carts that wait while somebody else is served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, Shop } from './till.mjs';

const shop = new Shop();

async function hold(till, label) {
    await till.page.keyboard.press('F8');
    await till.page.fill('#parked-label', label);
    await till.page.keyboard.press('Enter');
    await till.page.waitForSelector('.cart-empty:not([hidden])');
}

test('held_cart_is_taken_up_once_and_becomes_a_sale', async () => {
    const till = await shop.till();
    const { page } = till;
    await till.tile('Cappuccino').click();
    await till.tile('Butter croissant').click();
    await till.selected('discount').click();
    await page.click('[data-percent="10"]');
    await page.keyboard.press('Enter');
    await till.total('€5.31');
    await hold(till, 'Lady with the red hat');
    await page.locator('.cart-parked .badge').filter({ hasText: '1' }).waitFor();

    // Not on top of another sale.
    await till.tile('Espresso').click();
    await page.keyboard.press('F9');
    assert.ok(await page.isDisabled('[data-take]'));
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.keyboard.press('Delete');
    await page.waitForSelector('.cart-empty:not([hidden])');

    await page.keyboard.press('F9');
    await page.locator('[data-take]').filter({ hasText: 'Lady with the red hat' }).filter({ hasText: '€5.31' }).click();
    await till.lineIs('Butter croissant', '1 × €1.90', '€1.71');
    await page.locator('.cart-parked .badge').waitFor({ state: 'hidden' });
    await page.reload();
    await till.total('€5.31');
    await till.openPayment();
    await page.click('[data-tender="531"]');
    await till.done();
    const [sale] = await shop.sales();
    const api = await shop.server.admin();
    const { body: cart } = await api.parked_carts_read({ path: { parked_cart_id: sale.parked_cart_id }, expect: 200 });
    assert.equal(cart.state, 'completed');
    await till.close();
});

test('phone_holds_and_takes_up', async () => {
    const till = await shop.till({ viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = till;
    await till.tile('Pretzel').tap();
    await page.tap('.cart-handle');
    await page.tap('[data-do="hold"]');
    await page.tap('dialog [data-submit]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.tap('.cart-handle');
    await page.tap('[data-do="parked"]');
    await page.locator('[data-take]').filter({ hasText: '€1.40' }).tap();
    await till.total('€1.40');
    await till.close();
});

// Last: from here on there are two registers to choose from.
test('cart_that_somebody_took_is_told_and_one_is_discarded', async () => {
    const till = await shop.till();
    const { page } = till;
    till.expectComplaint(/409/);
    for (const name of ['First', 'Second']) {
        await till.tile('Pretzel').click();
        await till.total('€1.40');
        await hold(till, name);
    }
    await page.keyboard.press('F9');
    await page.locator('[data-take]').filter({ hasText: 'First' }).waitFor();
    const api = await shop.server.admin();
    const { body: { data: waiting } } = await api.parked_carts_list({ expect: 200 });
    const first = waiting.find(({ label }) => label === 'First');
    const { body: { data: [{ store_id }] } } = await api.registers_list({ expect: 200 });
    const { body: other } = await api.registers_create({ body: { store_id, name: 'Second till', code: 'K2' }, expect: 201 });
    await api.parked_carts_resume({ path: { parked_cart_id: first.id }, body: { register_id: other.id }, expect: 200 });
    await page.locator('[data-take]').filter({ hasText: 'First' }).click();
    await page.locator('.toast[data-kind="fault"]').waitFor();
    await page.locator('[data-take]').filter({ hasText: 'First' }).waitFor({ state: 'detached' });
    await page.click('[data-discard]');
    await page.click('[data-discard]');
    await page.locator('dialog .notice').filter({ hasText: 'No cart is waiting' }).waitFor();
    await till.close();
});
