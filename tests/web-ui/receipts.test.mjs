// What a cashier does with a receipt: print it, as a copy or for a gift, and send it by e-mail.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MailServer } from '../lib/mail-server.mjs';
import { Shop } from './till.mjs';

let mail;
const shop = new Shop(async () => {
    mail = await MailServer.start();
    return { MYPOS_SMTP_URL: mail.url, MYPOS_SMTP_FROM: 'receipts@shop.example', MYPOS_SMTP_RETRY_SECONDS: '1' };
});
after(() => mail?.stop());

/** Takes what the page prints instead of a printer; answers a function that waits for it. */
async function catchPrints(page) {
    await page.evaluate(() => {
        globalThis.print = () => {
            globalThis.printed = document.querySelector('#print pre').textContent;
            dispatchEvent(new Event('afterprint'));
        };
    });
    return async () => {
        await page.waitForFunction(() => globalThis.printed);
        return page.evaluate(() => {
            const text = globalThis.printed;
            globalThis.printed = undefined;
            return text;
        });
    };
}

async function sell(till, name = 'Espresso') {
    await till.tile(name).click();
    await till.openPayment();
    await till.page.click('[data-submit]');
    return till.done();
}

test('receipt_of_a_new_sale_is_no_copy_and_can_be_one_for_a_gift', async () => {
    const till = await shop.till();
    const { page } = till;
    const printed = await catchPrints(page);
    const { number } = await sell(till);
    await page.click('[data-print]');
    const text = await printed();
    assert.ok(text.includes(number));
    assert.ok(!text.includes('COPY'));

    await page.getByRole('radio', { name: 'Gift receipt' }).check({ force: true });
    await page.locator('.paper pre').filter({ hasText: 'GIFT RECEIPT' }).waitFor();
    await page.click('[data-print]');
    const gift = await printed();
    assert.ok(gift.includes(number));
    assert.doesNotMatch(gift, /2\.40|TOTAL|Cash /);
    await till.close();
});

test('receipt_printed_again_is_marked_as_a_copy_unless_chosen_otherwise', async () => {
    const till = await shop.till();
    const { page } = till;
    const printed = await catchPrints(page);
    const { number } = await sell(till);
    await page.click('[data-new]');
    await till.goTo('sales');
    await page.locator('a.sale').filter({ hasText: number }).click();
    await page.locator('.paper pre').filter({ hasText: 'COPY' }).waitFor();
    await page.click('[data-print]');
    assert.match(await printed(), /^ +COPY$/m);
    await page.getByRole('radio', { name: 'Receipt', exact: true }).check({ force: true });
    await page.locator('.paper pre').filter({ hasNotText: 'COPY' }).waitFor();
    await page.click('[data-print]');
    assert.doesNotMatch(await printed(), /COPY/);
    await till.close();
});

test('receipt_is_sent_to_the_address_that_is_typed', async () => {
    const till = await shop.till();
    const { page } = till;
    const { number } = await sell(till);
    await page.click('[data-email]');
    await page.locator('#receipt-to').fill('ada');
    await page.click('[data-send]');
    await page.locator('#receipt-to-fault').filter({ hasText: 'ada@example.org' }).waitFor();
    assert.equal(await page.locator('#receipt-to').getAttribute('aria-invalid'), 'true');
    await page.locator('#receipt-to').fill('ada@example.org');
    await page.keyboard.press('Enter');
    await page.locator('.toast').filter({ hasText: 'on its way to ada@example.org' }).waitFor();
    const message = await mail.next();
    assert.deepEqual(message.envelope.to, ['ada@example.org']);
    assert.ok(message.subject.includes(number));
    await till.close();
});

test('receipt_that_the_mail_server_refuses_is_told', async () => {
    const till = await shop.till();
    const { page } = till;
    await sell(till);
    mail.answer = () => ({ code: 550, text: 'No such user' });
    await page.click('[data-email]');
    await page.locator('#receipt-to').fill('nobody@example.org');
    await page.keyboard.press('Enter');
    await page.locator('.toast[data-kind="fault"]').filter({ hasText: 'could not be sent to nobody@example.org' }).waitFor();
    mail.answer = () => null;
    await till.close();
});
