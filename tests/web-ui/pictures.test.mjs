// The picture of a product: uploaded, replaced, removed, refused; on tiles in the small size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureFile, png } from '../lib/pictures.mjs';
import { DESKTOP, PHONE, Shop } from './till.mjs';

const shop = new Shop();
const item = (page, name) => page.locator(`.item:has(strong:text-is("${name}"))`);
const LARGE = /\/images\/\d{8}-[0-9a-f]{32}-960\.webp$/;
const SMALL = /\/images\/\d{8}-[0-9a-f]{32}-320\.webp$/;

async function openProduct(name, options = {}) {
    const till = await shop.till(options);
    // Long before a file is chosen: Chromium is told to leave its own window closed.
    till.chooser = new Promise((resolve) => { till.page.on('filechooser', resolve); });
    await till.goTo('products');
    await till.page.fill('[name="q"]', name);
    await item(till.page, name).click();
    await till.page.waitForSelector('.picture-field');
    return till;
}

const picture = (buffer, name = 'picture.png', mimeType = 'image/png') => ({ name, mimeType, buffer });
const choose = (page, file) => page.setInputFiles('[name="picture"]', file);
const shownIn = (page, place) => page.locator(`${place} .picture img`);
const fault = (page) => page.locator('.picture-field .fault:not(:empty)');

/** The address of the picture in the form; null where there is none. */
const address = (page) => page.evaluate(() => document.querySelector('.picture-field-frame img')?.getAttribute('src') ?? null);

/** Does something, and waits until the form shows another picture, loaded; its address. */
async function another(page, act) {
    const before = await address(page);
    await act();
    await page.waitForFunction((old) => {
        const image = document.querySelector('.picture-field-frame img');
        return image?.complete && image.naturalWidth > 0 && image.getAttribute('src') !== old;
    }, before);
    return address(page);
}

test('a_picture_is_uploaded_replaced_and_removed', async () => {
    const till = await openProduct('Baguette');
    const { page } = till;
    assert.match(await another(page, () => choose(page, picture(png(1200, 900)))), SMALL);
    assert.match(await shownIn(page, '.picture-field').getAttribute('srcset'), /-320\.webp 320w, .*-960\.webp 960w/);
    await another(page, () => choose(page, picture(pictureFile('jpeg_oriented'), 'photo.jpg', 'image/jpeg')));
    await page.click('[data-picture="remove"]');
    await page.locator('.picture-field .picture-letters').waitFor();
    await page.locator('[data-picture="remove"]').waitFor({ state: 'hidden' });
    await another(page, () => choose(page, picture(png(1200, 900, [20, 90, 200]))));
    await page.fill('#edit-description', 'Crisp.'); // the form goes on from the version that the picture made
    await page.click('dialog [data-kind="primary"]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await item(page, 'Baguette').locator('img[src*="-320.webp"]').waitFor();
    await till.goTo('sell');
    const tile = till.tile('Baguette').locator('img[srcset*="-320.webp"]');
    await tile.waitFor();
    const src = await tile.evaluate(async (image) => {
        await image.decode();
        return image.currentSrc;
    });
    assert.match(src, SMALL, 'a tile takes the small one');
    await till.close();
});

test('a_new_product_gets_the_picture_that_waited_for_it', async () => {
    const till = await shop.till();
    const { page } = till;
    await till.goTo('products');
    await page.click('[data-do="new"]');
    await choose(page, picture(png(640, 480)));
    await page.locator('.picture-field img[src^="blob:"]').waitFor();
    await page.fill('#edit-name', 'Framed print');
    await page.fill('#edit-sku', 'PIC-1');
    await page.fill('#edit-price', '12.00');
    await page.click('dialog [data-kind="primary"]');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.fill('[name="q"]', 'framed');
    await item(page, 'Framed print').locator('img').waitFor();
    const api = await shop.server.admin();
    const { body: product } = await api.product_lookups_find({ query: { code: 'PIC-1' }, expect: 200 });
    assert.match(product.image_urls.large, LARGE);
    await till.close();
});

test('what_is_refused_is_said_beside_the_picture_which_stays', async () => {
    const till = await openProduct('Baguette');
    till.expectComplaint(/415|422/);
    const { page } = till;
    const src = await another(page, () => choose(page, picture(png(50, 50, [90, 200, 20]))));
    await choose(page, picture(pictureFile('gif'), 'dance.gif', 'image/gif'));
    await fault(page).filter({ hasText: 'This kind of file is not taken' }).waitFor();
    await choose(page, picture(pictureFile('jpeg_cut'), 'cut.jpg', 'image/jpeg'));
    await fault(page).filter({ hasText: 'damaged or cut off' }).waitFor();
    await choose(page, picture(pictureFile('png_bomb')));
    await fault(page).filter({ hasText: '52 million pixels' }).waitFor();
    await choose(page, picture(Buffer.alloc((10 << 20) + 1, 1)));
    await fault(page).filter({ hasText: 'larger than 10 MB' }).waitFor();
    assert.equal(await shownIn(page, '.picture-field').getAttribute('src'), src);
    await another(page, () => choose(page, picture(png(50, 50, [20, 200, 90]))));
    await fault(page).waitFor({ state: 'detached' });
    await till.close();
});

test('somebody_elses_change_is_not_overwritten_by_a_picture_unseen', async () => {
    const till = await openProduct('Baguette');
    till.expectComplaint(/412/);
    const { page } = till;
    const api = await shop.server.admin();
    const { body: { data: [product] } } = await api.products_list({ query: { q: 'Baguette' }, expect: 200 });
    await api.products_update({ path: { product_id: product.id }, body: { cost: 77 }, expect: 200 });
    await choose(page, picture(png(60, 60, [1, 2, 200])));
    await fault(page).filter({ hasText: 'Somebody else' }).waitFor();
    await choose(page, picture(png(60, 60, [1, 2, 200])));
    await fault(page).waitFor({ state: 'detached' });
    await till.close();
});

test('a_picture_is_dropped_onto_the_form', async () => {
    const till = await openProduct('Belgian waffle');
    const { page } = till;
    const bytes = png(300, 300, [200, 120, 20]).toString('base64');
    const data = await page.evaluateHandle((text) => {
        const transfer = new DataTransfer();
        const file = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
        transfer.items.add(new File([file], 'dropped.png', { type: 'image/png' }));
        return transfer;
    }, bytes);
    await page.dispatchEvent('.picture-field', 'dragover', { dataTransfer: data });
    assert.equal(await page.getAttribute('.picture-field', 'data-over'), '');
    const drop = () => page.dispatchEvent('.picture-field', 'drop', { dataTransfer: data });
    assert.match(await another(page, drop), SMALL);
    assert.equal(await page.getAttribute('.picture-field', 'data-over'), null);
    await till.close();
});

test('the_keyboard_alone_chooses_and_removes_a_picture', async () => {
    const till = await openProduct('Pretzel');
    const { page } = till;
    await page.focus('[data-picture="choose"]');
    await page.keyboard.press('Enter');
    await another(page, async () => (await till.chooser).setFiles(picture(png(200, 100, [5, 120, 120]))));
    await page.waitForFunction(() => document.activeElement?.dataset.picture === 'choose');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.dataset.picture), 'remove');
    await page.keyboard.press('Enter');
    await page.locator('[data-picture="remove"]').waitFor({ state: 'hidden' });
    await page.waitForFunction(() => document.activeElement?.dataset.picture === 'choose');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await item(page, 'Pretzel').locator('.picture-letters').waitFor(); // the list knows, though nothing was saved
    await till.close();
});

test('a_phone_offers_its_camera', async () => {
    const till = await openProduct('Belgian waffle', { viewport: PHONE, hasTouch: true, isMobile: true });
    const { page } = till;
    await page.locator('[data-picture="camera"]').waitFor();
    await page.tap('[data-picture="camera"]');
    assert.equal(await (await till.chooser).element().getAttribute('capture'), 'environment');
    await till.close();
    const desk = await openProduct('Belgian waffle', { viewport: DESKTOP });
    assert.equal(await desk.page.locator('[data-picture="camera"]').isVisible(), false);
    await desk.close();
});
