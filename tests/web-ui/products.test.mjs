// The catalogue as a manager keeps it: find, change, add, archive, import, export.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Shop } from './till.mjs';

const shop = new Shop();

async function openProducts() {
    const till = await shop.till();
    await till.goTo('products');
    await till.page.waitForSelector('button.item');
    return till;
}

const item = (page, name) => page.locator(`button.item:has(strong:text-is("${name}"))`);

test('product_is_found_changed_and_shown_at_the_till', async () => {
    const till = await openProducts();
    const { page } = till;
    await page.fill('[name="q"]', 'cookies');
    await item(page, 'Oat cookies 200 g').click();
    assert.equal(await page.inputValue('#edit-price'), '3.90');
    await page.fill('#edit-name', 'Oat cookies <b>big</b>');
    await page.fill('#edit-price', '4,20');
    await page.click('dialog [data-kind="primary"]');
    await page.waitForSelector('dialog', { state: 'detached' });
    // What people type is text, never markup.
    await item(page, 'Oat cookies <b>big</b>').filter({ hasText: '€4.20' }).waitFor();
    await till.goTo('sell');
    await till.tile('Oat cookies <b>big</b>').waitFor();
    await till.close();
});

test('faults_are_shown_at_their_fields', async () => {
    const till = await openProducts();
    till.expectComplaint(/409|422/);
    const { page } = till;
    await page.click('[data-do="new"]');
    await page.click('dialog [data-kind="primary"]');
    for (const name of ['name', 'sku', 'price']) {
        assert.equal(await page.getAttribute(`#edit-${name}`, 'aria-invalid'), 'true');
    }
    await page.fill('#edit-name', 'Fig jam');
    await page.fill('#edit-sku', 'CB-101');
    await page.fill('#edit-price', '5.20');
    await page.fill('#edit-barcodes', '4006381333930');
    await page.click('dialog [data-kind="primary"]');
    await page.locator('#edit-barcodes-fault:not(:empty)').waitFor();
    await page.fill('#edit-barcodes', '4006381333931');
    await page.click('dialog [data-kind="primary"]');
    await page.locator('#edit-sku-fault:not(:empty)').waitFor();
    await page.fill('#edit-sku', 'PA-900');
    await page.click('dialog [data-kind="primary"]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await till.goTo('sell');
    await page.waitForSelector('.cart');
    await till.scan('4006381333931');
    await till.lineIs('Fig jam', '1 × €5.20', '€5.20');
    await till.close();
});

test('archived_product_leaves_the_till_and_comes_back', async () => {
    const till = await openProducts();
    const { page } = till;
    await page.fill('[name="q"]', 'lollipop');
    await item(page, 'Lollipop').click();
    await page.click('[data-archive]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.locator('.notice').waitFor();
    await page.selectOption('[name="archived"]', 'only');
    await item(page, 'Lollipop').click();
    await page.click('[data-archive]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.selectOption('[name="archived"]', 'exclude');
    await item(page, 'Lollipop').waitFor();
    await till.close();
});

test('somebody_elses_change_is_not_overwritten_unseen', async () => {
    const till = await openProducts();
    till.expectComplaint(/412/);
    const { page } = till;
    const api = await shop.server.admin();
    const { body: soap } = await api.product_lookups_find({ query: { code: 'FH-904' }, expect: 200 });
    await page.fill('[name="q"]', 'soap');
    await item(page, soap.name).click();
    await api.products_update({ path: { product_id: soap.id }, body: { price: 600 }, expect: 200 });
    await page.fill('#edit-name', 'Olive soap');
    await page.click('dialog [data-kind="primary"]');
    await page.locator('dialog .banner').filter({ hasText: 'Somebody else' }).waitFor();
    await page.click('dialog [data-kind="primary"]');
    await page.waitForSelector('dialog', { state: 'detached' });
    const { body: saved } = await api.products_read({ path: { product_id: soap.id }, expect: 200 });
    assert.equal(saved.name, 'Olive soap');
    await till.close();
});

test('import_is_checked_first_and_names_each_bad_row', async () => {
    const till = await openProducts();
    const { page } = till;
    await page.click('[data-do="import"]');
    await page.setInputFiles('input[type="file"]', {
        name: 'new.csv', mimeType: 'text/csv', buffer: Buffer.from([
            'sku,name,barcode,category,price,tax_percent',
            'IM-1,Quince jelly,9521000999992,Pantry,4.50,7',
            'IM-2,Broken code,9521000999991,Pantry,4.50,7',
            'IM-3,Plum jam,,Pantry,abc,7',
        ].join('\n')),
    });
    await page.click('[data-check]');
    await page.locator('[data-report] h3').filter({ hasText: 'Nothing has been changed' }).waitFor();
    assert.equal(await page.locator('.import-errors tbody tr').count(), 2);
    await page.locator('.import-errors').filter({ hasText: '9521000999991' }).filter({ hasText: 'abc' }).waitFor();
    await page.click('[data-import]');
    await page.locator('[data-report] h3').filter({ hasText: 'Imported' }).waitFor();
    await page.locator('dialog .dialog-actions [data-close]').click();
    await page.fill('[name="q"]', 'quince');
    await item(page, 'Quince jelly').waitFor();

    const waiting = page.waitForEvent('download');
    await page.click('[data-do="export"]');
    const csv = await readFile(await (await waiting).path(), 'utf8');
    assert.match(csv, /^[^\n]*sku/);
    assert.match(csv, /Quince jelly/);
    await till.close();
});
