// Giving money back: refunds in parts, voids, and what happens when nobody answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '../../web-ui/lib/uuid.js';
import { PHONE, Shop } from './till.mjs';

const shop = new Shop();
const AWAY = /ERR_FAILED|ERR_CONNECTION|Failed to fetch/;

/** Sells by the API: codes with quantities, and tenders by type ("cash" takes the rest). */
async function sell(lines, tenders = { cash: null }) {
    const api = await shop.server.admin();
    const { body: { data: [register] } } = await api.registers_list({ expect: 200 });
    const cart = { register_id: register.id, lines: [] };
    for (const [code, quantity, more] of lines) {
        const { body } = await api.product_lookups_find({ query: { code }, expect: 200 });
        cart.lines.push({ product_id: body.id, quantity, ...more });
    }
    const { body: quote } = await api.quotes_create({ body: cart, expect: 200 });
    let rest = quote.total;
    const paid = Object.entries(tenders).map(([type, amount]) => {
        const takes = amount ?? rest;
        rest -= takes;
        return { type, amount: takes, ...(type === 'card' ? { last_four: '4242' } : {}) };
    });
    const body = { id: uuidv7(), type: 'sale', ...cart, tenders: paid, expected_total: quote.total };
    return (await api.transactions_create({ body, expect: 201 })).body;
}

async function openSale(sale, options) {
    const till = await shop.till(options);
    await till.goTo(`sales/${sale.id}`);
    await till.page.waitForSelector('.sales-acts:not([hidden])');
    return till;
}

const reverse = (page, kind) => page.click(`[data-reverse="${kind}"]`);
const row = (page, name) => page.locator('.refund-line').filter({ hasText: name });

test('refund_takes_lines_and_quantities_and_shows_where_the_money_goes', async () => {
    const sale = await sell([['107', '3', { discounts: [{ type: 'amount', value: '100' }] }], ['201', '1']], { card: 500, cash: null });
    const till = await openSale(sale);
    const { page } = till;
    await reverse(page, 'refund');
    await page.waitForSelector('.refund-line');
    assert.equal(await page.getAttribute('[data-submit]', 'aria-disabled'), 'true');
    // Of three at 4.20 less 1.00, one comes back: 3.87, by card.
    await row(page, 'Hot chocolate').locator('[data-step="1"]').click();
    await page.locator('[data-due]').filter({ hasText: '€3.87' }).waitFor();
    await page.locator('.refund-tenders').filter({ hasText: 'Card ··4242' }).filter({ hasText: '€3.87' }).waitFor();
    await row(page, 'Butter croissant').locator('[name="pick"]').check();
    await row(page, 'Butter croissant').locator('[name="restock"]').uncheck();
    await page.locator('.refund-tenders li').filter({ hasText: 'Cash' }).filter({ hasText: '€0.77' }).waitFor();
    await page.fill('[name="reason"]', 'Too cold');
    await page.click('[data-submit]');
    await page.locator('[data-back]').filter({ hasText: '€5.77' }).waitFor();
    await page.locator('.paper pre').filter({ hasText: '5.77' }).waitFor();
    await page.click('[data-finish]');

    // It is told at the sale and in the list, and only the rest is left.
    await page.locator('[data-back-link]').filter({ hasText: 'Refund' }).filter({ hasText: '-€5.77' }).waitFor();
    await page.locator('a.sale').filter({ hasText: 'Refund' }).filter({ hasText: '-€5.77' }).waitFor();
    assert.equal(await page.locator('[data-reverse="void"]').count(), 0);
    await reverse(page, 'refund');
    await row(page, 'Hot chocolate').filter({ hasText: '2 left' }).waitFor();
    assert.equal(await page.locator('.refund-line').count(), 1);
    await page.keyboard.press('Enter');
    await page.locator('[data-back]').filter({ hasText: '€7.73' }).waitFor();
    await page.click('[data-finish]');
    await page.locator('[data-reverse]').first().waitFor({ state: 'detached' });
    const refunds = (await shop.sales()).filter(({ original_id }) => original_id === sale.id);
    assert.equal(refunds.reduce((sum, { total }) => sum + total, 0), sale.total);
    assert.equal(refunds.at(-1).reason, 'Too cold');
    assert.deepEqual(refunds.at(-1).lines.map(({ restock }) => restock), [true, false]);
    await page.locator('[data-back-link]').first().click();
    await page.locator('.sales-acts a').filter({ hasText: 'The sale' }).click();
    await page.locator('.split-detail h2').filter({ hasText: sale.receipt_number }).waitFor();
    await till.close();
});

test('every_part_of_a_line_is_refunded_as_it_was_shown', async () => {
    const till = await shop.till();
    const { page } = till;
    for (const [quantity, back] of [['0.333', ['0.1', '0.1']], ['1.257', ['0.4', '0.3']]]) {
        const sale = await sell([['301', quantity, { discounts: [{ type: 'percent', value: '7' }] }]]);
        await till.goTo(`sales/${sale.id}`);
        for (const part of back) {
            await page.locator('.split-detail h2').filter({ hasText: sale.receipt_number }).waitFor();
            await reverse(page, 'refund');
            await page.fill('.refund-line [name="quantity"]', part);
            const shown = await page.textContent('[data-due]');
            await page.click('[data-submit]');
            await page.locator('[data-back]').filter({ hasText: shown }).waitFor();
            await page.click('[data-finish]');
            await page.waitForSelector('dialog', { state: 'detached' });
        }
    }
    await till.close();
});

test('void_needs_a_reason_and_undoes_the_sale', async () => {
    const sale = await sell([['201', '2']], { card: null });
    const till = await openSale(sale);
    const { page } = till;
    await reverse(page, 'void');
    await page.locator('.refund-tenders').filter({ hasText: '€3.80' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.ask-note[data-kind="fault"]').waitFor();
    await page.fill('[name="reason"]', 'Wrong customer');
    await page.keyboard.press('Enter');
    await page.locator('[data-back]').filter({ hasText: '€3.80' }).waitFor();
    await page.click('[data-finish]');
    await page.locator('[data-back-link]').filter({ hasText: 'Void' }).waitFor();
    assert.equal(await page.locator('[data-reverse]').count(), 0);
    await till.close();
});

test('lost_answers_make_one_refund_also_over_a_reload', async () => {
    const sale = await sell([['201', '2']]);
    const till = await openSale(sale);
    till.expectComplaint(AWAY);
    const { page } = till;
    const tries = [];
    let away = true;
    await page.route('**/refunds', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        tries.push(route.request().postDataJSON().id);
        if (tries.length === 1) await route.fetch();
        return away ? route.abort('connectionreset') : route.continue();
    });
    await reverse(page, 'refund');
    await page.fill('.refund-line [name="quantity"]', '1');
    await page.click('[data-submit]');
    await page.waitForSelector('.pay-unknown');
    await page.keyboard.press('Escape');
    await page.reload();
    await page.waitForSelector('.pay-unknown');
    away = false;
    await page.click('[data-again]', { timeout: 1000 }).catch(() => {});
    await page.locator('[data-back]').filter({ hasText: '€1.90' }).waitFor();
    assert.ok(tries.length >= 2);
    assert.equal(new Set(tries).size, 1);
    assert.equal((await shop.sales()).filter(({ original_id }) => original_id === sale.id).length, 1);
    await till.close();
});

test('refund_that_came_too_late_says_so', async () => {
    const sale = await sell([['201', '1']]);
    const till = await openSale(sale, { viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = till;
    till.expectComplaint(/409/);
    await reverse(page, 'refund');
    await page.waitForSelector('.refund-line');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    const api = await shop.server.admin();
    await api.transactions_void({ path: { transaction_id: sale.id }, body: { reason: 'Mistake' }, expect: 201 });
    await page.click('[data-submit]');
    await page.locator('.refund .banner').filter({ hasText: 'voided' }).waitFor();
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await till.close();
});
