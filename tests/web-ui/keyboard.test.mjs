// The till without a mouse, and for people who cannot see it well.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { PHONE, Shop } from './till.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const shop = new Shop();

test('whole_sale_with_the_keyboard_alone', async () => {
    const till = await shop.till({ signedIn: false });
    const { page } = till;
    const { keyboard } = page;
    await page.waitForSelector('#username');
    await keyboard.type('admin', { delay: 50 });
    await keyboard.press('Tab');
    await keyboard.type(shop.server.adminPassword, { delay: 50 });
    await keyboard.press('Enter');
    await till.ready();

    await keyboard.press('/');
    await keyboard.type('3*croiss', { delay: 50 });
    await keyboard.press('Enter');
    await till.lineIs('Butter croissant', '3 × €1.90', '€5.70');
    await keyboard.type('301', { delay: 90 });
    await keyboard.press('Enter');
    await page.waitForSelector('dialog[data-name="quantity"]');
    await keyboard.type('0.2', { delay: 50 });
    await keyboard.press('Enter');
    await till.lineIs('Comté, 18 months', '0.2 kg', '€7.38');
    await keyboard.press('Escape');

    // Tiles by arrows: from the search down to the first, one to the right.
    await keyboard.press('F2');
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowRight');
    const name = await page.evaluate(() => document.activeElement.querySelector('.product-name').textContent);
    await keyboard.press('Enter');
    await till.line(name).waitFor();
    await keyboard.press('+');
    await till.line(name).locator('.line-detail').filter({ hasText: '2 ×' }).waitFor();
    await keyboard.press('Delete');
    await till.line(name).waitFor({ state: 'detached' });
    await keyboard.press('Control+z');
    await till.line(name).waitFor();
    await keyboard.press('Control+z');
    await keyboard.press('-');
    await till.line(name).waitFor({ state: 'detached' });

    // A line by arrows, its discount by key.
    await keyboard.press('F3');
    await keyboard.press('ArrowUp');
    await keyboard.press('%');
    await page.waitForSelector('dialog[data-name="discount"]');
    await keyboard.type('50', { delay: 50 });
    await keyboard.press('Enter');
    await till.lineIs('Butter croissant', 'Discount 50 %', '€2.85');
    await till.total('€10.23');

    await keyboard.press('F4');
    await page.waitForSelector('.pay');
    await keyboard.type('20', { delay: 50 });
    await keyboard.press('Enter');
    assert.equal((await till.done()).change, '€9.77');
    await keyboard.press('Enter');
    await page.waitForSelector('.cart-empty:not([hidden])');
    assert.equal((await shop.sales())[0].total, 1023);
    await till.close();
});

test('help_lists_the_keys_and_escape_closes_it', async () => {
    const till = await shop.till();
    await till.page.keyboard.press('?');
    await till.page.locator('dialog[data-name="help"] kbd').filter({ hasText: 'F4' }).waitFor();
    await till.page.keyboard.press('Escape');
    await till.page.waitForSelector('dialog', { state: 'detached' });
    await till.close();
});

test('escape_leads_back_to_the_list_wherever_the_focus_is', async () => {
    const till = await shop.till();
    const { page } = till;
    await till.tile('Espresso').click();
    await till.openPayment();
    await page.click('[data-tender="500"]');
    await till.done();
    await page.click('[data-new]');
    await till.goTo('sales');
    await page.locator('a.sale').first().click();
    await page.click('[data-reverse="refund"]');
    await page.waitForSelector('dialog');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    assert.equal(await page.getAttribute('.sales', 'data-detail'), 'true');

    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Escape');
    await page.waitForSelector('.sales[data-detail="false"]');
    await till.close();
});

/** Waits until nothing moves and nothing is under way. */
const settled = (page) => page.waitForFunction(() => !document.querySelector('[aria-busy="true"]')
    && document.getAnimations().every(({ playState }) => playState !== 'running'));

/** Faults that axe finds: names, roles, contrast and the rest of WCAG 2.2 AA that a program can see. */
async function faultsOf(page) {
    if (!await page.evaluate(() => 'axe' in globalThis)) await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
    }));
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`));
}

/** Controls whose area is smaller than a finger. */
const smallTargets = (page) => page.evaluate(() => [...document.querySelectorAll('button, a, select, input')]
    .filter((each) => each.checkVisibility() && !each.matches('[type="radio"], [type="checkbox"], .cart-handle'))
    .filter((each) => !each.closest('dialog[open]') === !document.querySelector('dialog[open]'))
    .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (Math.round(box.height) < 44 || Math.round(box.width) < 44))
    .map(([text, box]) => `${Math.round(box.width)} × ${Math.round(box.height)}: ${text}`));

for (const [name, options] of Object.entries({
    desktop: {},
    dark: { colorScheme: 'dark' },
    phone: { viewport: PHONE, hasTouch: true, isMobile: true },
})) {
    test(`every_screen_is_accessible_on_${name}`, async () => {
        const till = await shop.till({ signedIn: false, ...options });
        const { page } = till;
        const faults = [];
        const look = async (screen) => {
            await settled(page);
            const found = [...await faultsOf(page), ...(options.hasTouch ? await smallTargets(page) : [])];
            faults.push(...found.map((text) => `${screen}: ${text}`));
        };
        await page.waitForSelector('#username');
        await look('login');
        await till.signIn();
        await till.ready();
        await look('sell, empty');
        await till.tile('Cappuccino').click();
        await till.tile('Espresso').click();
        await till.page.locator('.cart-summary strong').filter({ hasText: '€6.00' }).waitFor({ state: 'attached' });
        if (options.hasTouch) await page.click('.cart-summary');
        await look('sell');
        await till.selected('discount').click();
        await look('discount');
        await page.keyboard.press('Escape');
        await till.openPayment();
        await look('payment');
        await page.click('[data-tender="1000"]');
        await till.done();
        await page.waitForSelector('.paper pre');
        await look('done');
        await page.click('[data-new]');
        await till.goTo('sales');
        await page.click('a.sale');
        await page.waitForSelector('.paper pre');
        await look('sales');
        await till.goTo('shift');
        await page.waitForSelector('.shift-now .cash-count');
        await look('shift, none');
        await page.fill('[data-value="1000"]', '3');
        await page.click('[data-submit]');
        await page.click('[data-move="pay_in"]');
        await look('movement');
        await page.fill('dialog [name="amount"]', '5');
        await page.fill('dialog [name="reason"]', 'Change');
        await page.click('dialog form > .button');
        await page.waitForSelector('.shift-movement');
        await look('shift, open');
        await page.click('[data-close-shift]');
        await look('closing');
        await page.fill('dialog [data-value="1000"]', '3');
        await page.click('dialog [data-submit]');
        await page.waitForSelector('dialog .paper pre');
        await look('shift, closed');
        await page.click('[data-done]');
        await till.goTo('products');
        await page.click('button.item');
        await page.waitForSelector('dialog[data-name="product"]');
        await look('product');
        await page.keyboard.press('Escape');
        await look('products');
        await till.goTo('customers');
        await page.waitForSelector('.customers .notice, a.customer');
        await page.click('[data-do="new"]');
        await page.fill('#edit-name', 'Axel Tester');
        await page.fill('#edit-phone', '0664 1234567');
        await look('customer, new');
        await page.click('dialog [data-kind="primary"]');
        await page.waitForSelector('.customer-numbers');
        await look('customer');
        await page.click('[data-act="post"]');
        await look('posting');
        await page.keyboard.press('Escape');
        await page.click('[data-act="erase"]');
        await look('erase');
        await page.keyboard.press('Escape');
        await page.click('[data-act="sell"]');
        await till.ready();
        if (options.hasTouch) {
            await till.tile('Espresso').click();
            await page.click('.cart-summary');
        }
        await page.waitForSelector('[data-do="nobody"]');
        await look('sell to a customer');
        await page.click('[data-do="customer"]');
        await page.waitForSelector('button.customer');
        await look('choice of customers');
        await page.keyboard.press('Escape');
        await page.click('[data-action="menu"]');
        await look('menu');
        assert.deepEqual(faults, []);
        await till.close();
    });
}
