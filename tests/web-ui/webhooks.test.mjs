// Webhooks in the browser: made, tested, looked into, with a receiver that answers.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { WebhookReceiver, verify } from '../lib/webhook-receiver.mjs';
import { PHONE, Shop } from './till.mjs';

let receiver;
const shop = new Shop(async () => {
    receiver = await WebhookReceiver.start();
    return { MYPOS_WEBHOOK_ALLOW: '127.0.0.0/8', MYPOS_WEBHOOK_CA: receiver.authorities };
});
after(() => receiver?.stop());

const TABLET = { width: 820, height: 1180 };
const overflows = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);

async function openWebhooks(options) {
    const till = await shop.till(options);
    const { page } = till;
    await page.click('[data-action="menu"]');
    await page.click('.menu-actions a[href="#/webhooks"]');
    await page.waitForSelector('.webhooks .notice, a.webhook');
    return till;
}

async function fill(page, url, description) {
    await page.click('[data-do="new"]');
    await page.fill('#edit-url', url);
    await page.fill('#edit-description', description);
    await page.click('dialog[data-name="webhook"] [data-kind="primary"]');
}

test('webhook_is_made_shows_its_secret_once_and_is_tested', async () => {
    const till = await openWebhooks();
    till.expectComplaint(/422/);
    const { page } = till;
    await fill(page, 'https://10.0.0.1/', 'Web shop <b>');
    await page.locator('#edit-url-fault:not(:empty)').waitFor();
    await page.fill('#edit-url', receiver.url('/browser'));
    await page.click('dialog[data-name="webhook"] [data-kind="primary"]');
    const secret = await page.inputValue('#webhook-secret');
    await page.keyboard.press('Escape');
    assert.ok(await page.isVisible('#webhook-secret'), 'it stays until it was kept');
    await page.click('[data-kept]');
    await page.locator('.split-detail h2').filter({ hasText: 'Web shop <b>' }).waitFor();
    await page.click('[data-act="test"]');
    await page.locator('.toast').filter({ hasText: 'It arrived' }).waitFor();
    const message = await receiver.next('/browser', ({ event }) => event.type === 'webhook.test');
    assert.ok(verify(secret, message));
    await page.locator('summary').filter({ hasText: 'webhook.test' }).filter({ hasText: 'Arrived' }).click();
    await page.locator('.webhook-delivery[open] pre').filter({ hasText: message.id }).waitFor();
    await page.click('.webhook-delivery[open] [data-again]');
    assert.equal((await receiver.next('/browser', ({ event }) => event.type === 'webhook.test')).id, message.id);
    assert.ok(!(await page.content()).includes(secret));
    await till.close();
});

test('webhook_that_fails_shows_what_came_back_and_is_disabled_and_removed', async () => {
    const till = await openWebhooks();
    const { page } = till;
    receiver.answer = ({ path: at }) => (at === '/fails' ? { status: 500, body: '<script>alert(1)</script>' } : { status: 204 });
    await fill(page, receiver.url('/fails'), 'Broken');
    await page.click('[data-kept]');
    await page.click('[data-act="test"]');
    await page.locator('.toast').filter({ hasText: 'it answered 500' }).waitFor();
    await page.locator('summary').filter({ hasText: 'Failed' }).first().click();
    await page.locator('.webhook-attempt pre').filter({ hasText: '<script>alert(1)</script>' }).waitFor();
    await page.click('[data-act="toggle"]');
    await page.locator('a.webhook[aria-current="true"] .badge').filter({ hasText: 'Off' }).waitFor();
    await page.click('[data-act="rotate"]');
    await page.click('[data-confirm]');
    assert.match(await page.inputValue('#webhook-secret'), /^whsec_/);
    await page.click('[data-kept]');
    await page.click('[data-act="archive"]');
    await page.click('[data-confirm]');
    await page.locator('a.webhook').filter({ hasText: 'Broken' }).waitFor({ state: 'detached' });
    await till.close();
});

test('webhooks_with_the_keyboard_alone', async () => {
    const till = await openWebhooks();
    const { page } = till;
    await page.focus('[data-do="new"]');
    await page.keyboard.press('Enter');
    await page.keyboard.type(receiver.url('/keys'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('#webhook-secret');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.webhook-url').filter({ hasText: '/keys' }).waitFor();
    await page.focus('[data-act="test"]');
    await page.keyboard.press('Enter');
    await page.locator('summary').filter({ hasText: 'webhook.test' }).first().focus();
    await page.keyboard.press('Enter');
    await page.locator('.webhook-delivery[open] pre').first().waitFor();
    await page.keyboard.press('Escape');
    await page.waitForSelector('.webhooks[data-detail="false"]');
    await till.close();
});

for (const [name, options] of [
    ['phone', { viewport: PHONE, hasTouch: true, isMobile: true }], ['tablet', { viewport: TABLET }], ['desktop', {}],
]) {
    for (const colorScheme of ['light', 'dark']) {
        test(`webhooks_fit_on_a_${name}_in_${colorScheme}`, async () => {
            const till = await openWebhooks({ ...options, colorScheme });
            const { page } = till;
            await page.waitForSelector('a.webhook');
            assert.equal(await overflows(page), false);
            await page.locator('a.webhook').first().click();
            await page.locator('summary').first().click();
            await page.locator('.webhook-delivery[open] pre').first().waitFor();
            assert.equal(await overflows(page), false);
            if (process.env.MYPOS_TEST_SHOTS) {
                await page.screenshot({ path: `${process.env.MYPOS_TEST_SHOTS}/webhooks-${name}-${colorScheme}.png` });
            }
            await till.close();
        });
    }
}
