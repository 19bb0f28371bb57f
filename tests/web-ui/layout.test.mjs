// Other screens, other colours, another language, another origin.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DESKTOP, PHONE, Shop, serveStatic } from './till.mjs';

let elsewhere;
const shop = new Shop(async () => {
    elsewhere = await serveStatic(() => ({ api: shop.server.url }));
    return { MYPOS_CORS_ORIGINS: elsewhere.url };
});
after(() => elsewhere?.stop());

/** Whether the page is wider than its window. */
const overflows = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

test('phone_sells_from_the_sheet_at_the_bottom', async () => {
    const till = await shop.till({ viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = till;
    await till.tile('Espresso').tap();
    await page.locator('.cart-summary').filter({ hasText: '€2.40' }).waitFor();
    assert.equal(await page.locator('.cart-body').isVisible(), false);
    assert.equal(await overflows(page), false);
    await page.tap('.cart-summary');
    await page.locator('.cart-body').waitFor();
    await till.selected('more').tap();
    await till.total('€4.80');
    await page.tap('.cart-handle');
    await page.locator('.cart-body').waitFor({ state: 'hidden' });
    await page.tap('.cart-pay [data-do="pay"]');
    await page.waitForSelector('.pay');
    assert.equal(await page.getAttribute('#tendered', 'inputmode'), 'none');
    await page.tap('.keypad [data-key="5"]');
    await page.tap('[data-submit]');
    assert.equal((await till.done()).change, '€0.20');
    await page.tap('[data-new]');
    await page.tap('[data-action="menu"]');
    await page.tap('.menu-places a[href="#/sales"]');
    await page.waitForSelector('a.sale');
    assert.equal(await overflows(page), false);
    await till.close();
});

test('tablet_shows_the_cart_beside_the_products', async () => {
    const till = await shop.till({ viewport: { width: 820, height: 1180 }, hasTouch: true });
    await till.tile('Espresso').tap();
    await till.total('€2.40');
    assert.ok(await till.page.isVisible('.line'));
    assert.equal(await overflows(till.page), false);
    await till.close();
});

test('dark_follows_the_system_and_the_switch_overrules_it', async () => {
    const till = await shop.till({ colorScheme: 'dark' });
    const { page } = till;
    const is = (scheme) => page.waitForFunction((wanted) => {
        const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g).map(Number);
        return (red + green + blue > 600 ? 'light' : 'dark') === wanted;
    }, scheme);
    await is('dark');
    await page.click('[data-action="menu"]');
    await page.click('label:has([name="theme"][value="light"])');
    await is('light');
    await page.reload();
    await till.ready();
    await is('light');
    await till.close();
});

test('language_changes_texts_and_the_way_amounts_are_written', async () => {
    const till = await shop.till({ locale: 'de-DE' });
    const { page } = till;
    await till.tile('Espresso').click();
    await till.total('2,40 €');
    assert.match(await page.textContent('.cart-head h2'), /Aktueller Verkauf/);
    await page.click('[data-action="menu"]');
    await page.click('label:has([name="language"][value="en"])');
    await page.locator('.cart-head h2').filter({ hasText: 'Current sale' }).waitFor();
    await till.total('2.40');
    await till.close();
});

test('nothing_moves_while_the_selling_screen_fills', async () => {
    const till = await shop.till({ signedIn: false });
    const { page } = till;
    await page.evaluate(() => {
        globalThis.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
    });
    await till.signIn();
    await till.ready();
    await page.waitForTimeout(600); // Changes within half a second of a key are not counted.
    await page.evaluate(() => document.querySelector('.product').dispatchEvent(new MouseEvent('click', { bubbles: true })));
    await till.total('€');
    await page.waitForTimeout(300);
    const shift = await page.evaluate(() => globalThis.shift);
    assert.ok(shift < 0.02, `layout shift ${shift}`);
    await till.close();
});

test('files_from_another_origin_sell_through_cors', async () => {
    assert.notEqual(new URL(elsewhere.url).origin, new URL(shop.server.url).origin);
    const till = await shop.till({ url: elsewhere.url, viewport: DESKTOP });
    const { page } = till;
    await till.tile('Espresso').click();
    await till.total('€2.40');
    // Pictures come from the API's host too.
    const loaded = await page.waitForFunction(() => document.querySelector('.product img')?.naturalWidth > 0);
    assert.ok(loaded);
    await till.openPayment();
    await page.click('[data-tender="500"]');
    assert.equal((await till.done()).change, '€2.60');
    await page.locator('.paper pre').filter({ hasText: 'Espresso' }).waitFor();
    await till.close();
});
