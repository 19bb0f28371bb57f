// Customers in the browser: at the till, in their view, on a phone, with the keyboard.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { PHONE, Shop } from './till.mjs';

const shop = new Shop();

const create = async (body) => (await (await shop.server.admin()).customers_create({ body, expect: 201 })).body;
const read = async ({ id }) => (await (await shop.server.admin()).customers_read({ path: { customer_id: id }, expect: 200 })).body;
const row = (page, name) => page.locator(`.customer:has(strong:text-is("${name}"))`);
const overflows = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

async function openCustomers(options) {
    const till = await shop.till(options);
    await till.goTo('customers');
    await till.page.waitForSelector('.customers .notice, a.customer');
    return till;
}

async function save(page) {
    await page.click('dialog[data-name="customer"] [data-kind="primary"]');
}

test('customer_is_created_found_by_number_and_changed', async () => {
    const till = await openCustomers();
    till.expectComplaint(/422/);
    const { page } = till;
    await page.click('[data-do="new"]');
    await save(page);
    assert.equal(await page.getAttribute('#edit-name', 'aria-invalid'), 'true');
    await page.fill('#edit-name', 'Anna <b>Hofmann</b>');
    await page.fill('#edit-phone', 'call me');
    await save(page);
    await page.locator('#edit-phone-fault:not(:empty)').waitFor();
    await page.fill('#edit-phone', '+43 664 1234567');
    await page.fill('[name="exemption_certificate"]', 'EX-1');
    await save(page);
    await page.locator('#edit-tax_exemption-fault:not(:empty)').waitFor();
    await page.fill('[name="exemption_reason"]', 'Embassy');
    await page.fill('#edit-account_limit', '50');
    await page.locator('.checks label').filter({ hasText: 'E-mail' }).click();
    await save(page);
    // What people type is text, never markup.
    await page.locator('.split-detail h2').filter({ hasText: 'Anna <b>Hofmann</b>' }).waitFor();
    await page.locator('.customer-facts').filter({ hasText: 'Embassy' }).filter({ hasText: '€50.00' }).waitFor();
    await page.fill('[name="q"]', '0664/123');
    await row(page, 'Anna <b>Hofmann</b>').waitFor();

    await page.click('[data-act="edit"]');
    await page.fill('#edit-name', 'Anna Hofmann');
    await page.fill('#edit-phone', '');
    await save(page);
    await row(page, 'Anna <b>Hofmann</b>').waitFor({ state: 'detached' }); // 0664 is no longer hers
    await page.fill('[name="q"]', 'hofm');
    await row(page, 'Anna Hofmann').waitFor();
    const [{ id }] = (await (await shop.server.admin()).customers_list({ query: { q: 'hofmann' }, expect: 200 })).body.data;
    const now = await read({ id });
    assert.deepEqual([now.phone, now.account_limit, now.consent.marketing_email, now.consent.marketing_sms],
        [undefined, 5000, true, false]);
    await till.close();
});

test('somebody_elses_change_is_not_overwritten_unseen', async () => {
    const berta = await create({ name: 'Berta Changed' });
    const till = await openCustomers();
    till.expectComplaint(/412/);
    const { page } = till;
    await row(page, 'Berta Changed').click();
    await page.click('[data-act="edit"]');
    await (await shop.server.admin()).customers_update({
        path: { customer_id: berta.id }, body: { notes: 'Elsewhere' }, expect: 200,
    });
    await page.fill('#edit-company', 'Changed Ltd');
    await save(page);
    await page.locator('dialog .banner').filter({ hasText: 'Somebody else' }).waitFor();
    await save(page);
    await page.waitForSelector('dialog', { state: 'detached' });
    const now = await read(berta);
    assert.deepEqual([now.company, now.notes], ['Changed Ltd', 'Elsewhere']);
    await till.close();
});

test('a_sale_is_the_customers_with_the_keyboard_alone', async () => {
    const carla = await create({ name: 'Carla Keys', phone: '0660 555' });
    await create({ name: 'Carla Other' });
    const till = await shop.till();
    const { page } = till;
    await page.keyboard.press('F6');
    await page.waitForSelector('dialog[data-name="customers"]');
    await page.keyboard.type('keys 0660', { delay: 80 }); // a person's pace, not a scanner's
    await page.keyboard.press('Enter');
    await page.locator('.cart-person').filter({ hasText: 'Carla Keys' }).waitFor();
    await till.tile('Espresso').click();
    await till.total('€2.40');
    await page.reload();
    await till.ready();
    await page.locator('.cart-person').filter({ hasText: 'Carla Keys' }).waitFor();
    await till.openPayment();
    await page.keyboard.press('Enter');
    const { number } = await till.done();
    await page.keyboard.press('Enter');
    await page.locator('.cart-person').filter({ hasText: 'Add customer' }).waitFor();
    const [sale] = await shop.sales();
    assert.deepEqual([sale.receipt_number, sale.customer_id], [number, carla.id]);
    assert.equal((await read(carla)).visits, 1);

    await till.goTo(`customers/${carla.id}`);
    await page.locator('.customer-history .sale').filter({ hasText: number }).click();
    await page.locator('.split-detail h2').filter({ hasText: number }).waitFor();
    await till.close();
});

test('a_new_customer_is_made_at_the_till_removed_and_undone', async () => {
    const till = await shop.till();
    const { page } = till;
    await page.click('[data-do="customer"]');
    await page.fill('dialog [name="q"]', 'Dora New');
    await page.click('dialog [data-new]');
    assert.equal(await page.inputValue('#edit-name'), 'Dora New');
    await save(page);
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.locator('.cart-person').filter({ hasText: 'Dora New' }).waitFor();
    await page.click('[data-do="nobody"]');
    await page.locator('.cart-person').filter({ hasText: 'Add customer' }).waitFor();
    await page.click('[data-do="undo"]');
    await page.locator('.cart-person').filter({ hasText: 'Dora New' }).waitFor();
    await till.close();
});

test('one_who_was_erased_meanwhile_is_said_and_let_go', async () => {
    const emil = await create({ name: 'Emil Gone' });
    const till = await shop.till();
    till.expectComplaint(/422/);
    const { page } = till;
    await page.click('[data-do="customer"]');
    await row(page, 'Emil Gone').click();
    await page.locator('.cart-person').filter({ hasText: 'Emil Gone' }).waitFor();
    await (await shop.server.admin()).customers_erase({ path: { customer_id: emil.id }, body: {}, expect: 200 });
    await till.tile('Espresso').click();
    await page.locator('.cart-customer .line-problem').filter({ hasText: 'erased' }).waitFor();
    await page.click('[data-do="nobody"]');
    await till.total('€2.40');
    assert.ok(await page.isEnabled('[data-do="pay"]'));
    await till.close();
});

test('credit_is_posted_a_duplicate_merged_the_person_exported_and_erased', async () => {
    const frida = await create({ name: 'Frida Whole', email: 'frida@example.com' });
    const twin = await create({ name: 'Frida Twin', phone: '0699 4711' });
    const till = await openCustomers();
    till.expectComplaint(/409/);
    const { page } = till;
    await row(page, 'Frida Whole').click();
    await page.click('[data-act="post"]');
    await page.fill('#edit-amount', '15');
    await page.click('dialog [data-kind="primary"]');
    await page.locator('#edit-reason-fault:not(:empty)').waitFor();
    await page.fill('#edit-reason', 'Broken cup');
    await page.click('dialog [data-kind="primary"]');
    await page.locator('.customer-numbers').filter({ hasText: '€15.00' }).waitFor();
    await page.click('[data-act="post"]');
    await page.fill('#edit-amount', '-20');
    await page.fill('#edit-reason', 'Too much');
    await page.click('dialog [data-kind="primary"]');
    await page.locator('#edit-amount-fault:not(:empty)').waitFor();
    await page.click('dialog [data-close]');

    await page.click('[data-act="merge"]');
    await page.fill('dialog [name="q"]', 'frida');
    await row(page.locator('dialog'), 'Frida Twin').click();
    await page.locator('.customer-facts').filter({ hasText: '0699 4711' }).waitFor();
    assert.equal((await read(twin)).merged_into, frida.id);
    await till.goTo(`customers/${twin.id}`);
    await page.locator('.banner a').click();
    await page.locator('.split-detail h2').filter({ hasText: 'Frida Whole' }).waitFor();

    const waiting = page.waitForEvent('download');
    await page.click('[data-act="export"]');
    const file = JSON.parse(await readFile(await (await waiting).path(), 'utf8'));
    assert.deepEqual([file.customer.name, file.merged[0].name], ['Frida Whole', 'Frida Twin']);

    await page.click('[data-act="erase"]');
    await page.click('dialog button[data-kind="danger"]');
    await page.locator('dialog .banner').filter({ hasText: 'Settle' }).waitFor();
    await page.check('dialog [name="forfeit"]');
    await page.click('dialog button[data-kind="danger"]');
    await page.locator('.split-detail .banner').filter({ hasText: 'erased' }).waitFor();
    assert.equal((await read(frida)).state, 'erased');
    await row(page, 'Frida Whole').waitFor({ state: 'detached' });
    await till.close();
});

test('every_place_is_reached_at_every_width', async () => {
    for (const width of [360, 600, 660, 740, 768, 800, 840, 1024]) {
        const till = await openCustomers({ viewport: { width, height: 900 }, locale: 'de-AT' });
        const { page } = till;
        assert.equal(await overflows(page), false, `${width}`);
        const menu = await page.locator('.shell-rail [data-action="menu"]').boundingBox();
        assert.ok(menu.x + menu.width <= width, `the menu is within ${width}`);
        if (!await page.locator('.shell-places a[href="#/sales"]').isVisible()) await page.click('.shell-rail [data-action="menu"]');
        await page.locator('a[href="#/sales"]:visible').click();
        await page.waitForSelector('.sales');
        await till.close();
    }
});

test('phone_shows_the_list_or_one_customer', async () => {
    await create({ name: 'Gerda Phone', phone: '0650 1', email: 'a.very.long.address.of.gerda@some.long.domain.example.com' });
    const till = await openCustomers({ viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = till;
    assert.equal(await overflows(page), false);
    await row(page, 'Gerda Phone').tap();
    await page.locator('.customer-numbers').waitFor();
    assert.equal(await page.locator('.split-list').isVisible(), false);
    assert.equal(await overflows(page), false);
    await page.tap('.split-back');
    await row(page, 'Gerda Phone').tap();
    await page.tap('[data-act="sell"]');
    await till.tile('Espresso').tap();
    await page.tap('.cart-summary');
    await page.locator('.cart-person').filter({ hasText: 'Gerda Phone' }).waitFor();
    assert.equal(await overflows(page), false);
    await till.close();
});
