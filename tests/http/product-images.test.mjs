// Product pictures: upload, replacement, removal, what is refused, and what becomes of old ones.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchPicture, pictureFile, png, webpSize } from '../lib/pictures.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { WITHIN_MS, until } from '../lib/wait.mjs';

const GRACE_S = 5; // more than a slow machine takes from keeping a picture to naming it
const NAME = /^(\d{8})-([0-9a-f]{32})-960\.webp$/;
const MIB = 1 << 20;
const DAY_MS = 86_400_000;
const RUN_MS = 300_000; // of all of this, on a slow machine

let server;
let api;
let shop;
before(async () => {
    const leftOfDay = DAY_MS - Date.now() % DAY_MS; // a name has the day of its upload
    if (leftOfDay < RUN_MS) {
        await sleep(leftOfDay);
    }
    server = await startServer({ env: { MYPOS_IMAGES_GRACE_SECONDS: String(GRACE_S) } });
    api = await server.admin();
    shop = await Shop.open(api);
});
after(() => server.stop());

const upload = (product, body, options = {}) => api.product_images_set({
    path: { product_id: product.id }, body, type: 'image/jpeg', ...options,
});
const set = async (product, file, options = {}) => (await upload(product, file, { expect: 200, ...options })).body;
const read = async (product) => (await api.products_read({ path: { product_id: product.id }, expect: 200 })).body;

test('product_images_set keeps a picture in two sizes, under a name made of its content', async () => {
    const product = await shop.product();
    assert.equal(product.image_urls, null);
    const { body, headers } = await upload(product, png(1400, 700), { type: 'image/png', expect: 200 });
    assert.equal(body.version, product.version + 1);
    assert.equal(headers.get('etag'), `"${body.version}"`);
    assert.match(body.image, NAME);
    assert.equal(body.image_url, `/images/${body.image}`);
    assert.equal(body.image_urls.large, body.image_url);
    assert.equal(body.image_urls.small, body.image_url.replace('-960.', '-320.'));
    const [large, small] = await Promise.all([body.image_urls.large, body.image_urls.small].map((url) => fetchPicture(server, url)));
    for (const picture of [large, small]) {
        assert.equal(picture.status, 200);
        assert.equal(picture.headers.get('content-type'), 'image/webp');
        assert.equal(picture.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    }
    assert.deepEqual(webpSize(large.bytes), { width: 960, height: 480 });
    assert.deepEqual(webpSize(small.bytes), { width: 320, height: 160 });
    const hash = createHash('sha256').update(large.bytes).update(small.bytes).digest('hex');
    assert.equal(NAME.exec(body.image)[2], hash.slice(0, 32));
    assert.deepEqual(await read(product), body);
});

test('product_images_set takes JPEG, PNG, WebP and AVIF, told by their content', async () => {
    const product = await shop.product();
    for (const [file, type] of [['jpeg', 'image/png'], ['png', 'image/jpeg'], ['webp', 'image/webp'], ['avif', 'image/avif'], ['webp_animated', 'image/webp']]) {
        const { image_urls: urls } = await set(product, pictureFile(file), { type });
        assert.deepEqual(webpSize((await fetchPicture(server, urls.large)).bytes), { width: 60, height: 40 }, file);
    }
});

test('product_images_set turns photos upright and drops what cameras write into them', async () => {
    const product = await shop.product();
    const file = pictureFile('jpeg_oriented');
    assert.ok(file.includes('Secret Camera'));
    const { image_urls: urls } = await set(product, file);
    for (const url of Object.values(urls)) {
        const { bytes } = await fetchPicture(server, url);
        assert.deepEqual(webpSize(bytes), { width: 40, height: 60 });
        assert.ok(!bytes.includes('Secret'));
    }
});

test('product_images_set keeps nothing of a file that is two things at once', async () => {
    const product = await shop.product();
    const { image_urls: urls } = await set(product, pictureFile('jpeg_and_zip'));
    const { bytes } = await fetchPicture(server, urls.large);
    assert.ok(!bytes.includes('script') && !bytes.includes('PK\u0003\u0004'));
});

test('product_images_set with the same file again changes nothing', async () => {
    const product = await shop.product();
    const first = await set(product, pictureFile('jpeg'));
    assert.deepEqual(await set(product, pictureFile('jpeg')), first);
    const other = await shop.product();
    assert.equal((await set(other, pictureFile('jpeg'))).image, first.image);
});

test('product_images_set is a change of the product: in the log, and under If-Match', async () => {
    const product = await shop.product();
    const path = { product_id: product.id };
    await upload(product, pictureFile('png'), { headers: { 'If-Match': '"99"' }, expect: 412, code: 'version_mismatch' });
    const changed = await set(product, pictureFile('png'), { headers: { 'If-Match': `"${product.version}"` } });
    const stale = await upload(product, pictureFile('webp'), { headers: { 'If-Match': `"${product.version}"` }, expect: 412 });
    assert.equal(stale.headers.get('etag'), `"${changed.version}"`);
    await api.product_images_remove({ path, headers: { 'If-Match': `"${product.version}"` }, expect: 412, code: 'version_mismatch' });
    const changes = await api.catalog_changes_list({ query: { after: 0, limit: 200 }, expect: 200 });
    const last = changes.body.data.filter(({ entity_id: id }) => id === product.id).at(-1);
    assert.equal(last.op, 'update');
    assert.equal(last.version, changed.version);
    assert.equal(last.body.image, changed.image);
});

test('product_images_remove takes the picture away, once', async () => {
    const product = await shop.product();
    const path = { product_id: product.id };
    const { version } = await set(product, pictureFile('png'));
    const { body } = await api.product_images_remove({ path, expect: 200 });
    assert.deepEqual([body.version, body.image, body.image_url, body.image_urls], [version + 1, null, null, null]);
    assert.equal((await api.product_images_remove({ path, expect: 200 })).body.version, version + 1);
});

test('product_images_set and product_images_remove need a product and the right to change it', async () => {
    const product = await shop.product();
    const nowhere = { product_id: '01a1f801-87f9-7aae-8297-b5a071fbd340' };
    await api.product_images_set({ path: nowhere, body: pictureFile('png'), type: 'image/png', expect: 404, code: 'product_not_found' });
    await api.product_images_remove({ path: nowhere, expect: 404, code: 'product_not_found' });
    const { body: key } = await api.api_keys_create({ body: { name: 'Reads', scopes: ['products:read'] }, expect: 201 });
    const reader = api.as(key.secret ?? key.key ?? key.token);
    const path = { product_id: product.id };
    await reader.product_images_set({ path, body: pictureFile('png'), type: 'image/png', expect: 403, code: 'forbidden' });
    await reader.product_images_remove({ path, expect: 403, code: 'forbidden' });
    await api.as(null).product_images_set({ path, body: pictureFile('png'), type: 'image/png', expect: 401 });
});

test('product_images_set refuses other files by what they are', async () => {
    const product = await shop.product();
    const kinds = [['gif', 'GIF'], ['svg', 'SVG'], ['heic', 'HEIC']];
    for (const [file, name] of kinds) {
        const { body } = await upload(product, pictureFile(file), { expect: 415, code: 'unsupported_media_type' });
        assert.match(body.detail, new RegExp(`${name}.*JPEG, PNG, WebP and AVIF`));
    }
    await upload(product, pictureFile('png'), { type: 'image/gif', expect: 415, code: 'unsupported_media_type' });
    const { body } = await upload(product, pictureFile('png'), { type: 'text/plain', expect: 415 });
    assert.match(body.detail, /image\/jpeg, image\/png, image\/webp or image\/avif/);
    await upload(product, pictureFile('png'), { headers: { 'Content-Encoding': 'gzip' }, expect: 415 });
    await api.product_images_set({ path: { product_id: product.id }, type: 'image/png', expect: 422, code: 'validation_failed' });
    assert.equal((await read(product)).version, product.version);
});

test('product_images_set refuses damaged and cut files, and says what was found', async () => {
    const product = await shop.product();
    for (const file of ['jpeg_cut', 'jpeg_head_only', 'jpeg_two_sizes', 'png_cut', 'png_no_pixels', 'webp_cut', 'avif_cut']) {
        const { body } = await upload(product, pictureFile(file), { expect: 422, code: 'image_unreadable' });
        assert.match(body.detail, new RegExp(`begins as an? ${file.split('_')[0]}`, 'i'), body.detail);
    }
    assert.equal((await read(product)).version, product.version);
});

test('product_images_set refuses pixel bombs by their head, at once', async () => {
    const product = await shop.product();
    for (const file of ['jpeg_bomb', 'png_bomb', 'png_huge_side', 'webp_bomb']) {
        const begun = performance.now();
        const { body } = await upload(product, pictureFile(file), { expect: 422, code: 'image_too_large' });
        assert.ok(performance.now() - begun < WITHIN_MS / 2, file); // to decode one takes more memory than there is
        assert.match(body.detail, /\d+ × \d+ pixels; 52 million/);
    }
    await upload(product, pictureFile('avif_bomb'), { expect: 422, code: 'image_too_large' });
});

test('product_images_set takes ten megabytes and not a byte more', async () => {
    const product = await shop.product();
    const file = pictureFile('jpeg');
    const padded = (size) => Buffer.concat([file, Buffer.alloc(size - file.length)]);
    await set(product, padded(10 * MIB));
    await upload(product, padded(10 * MIB + 1), { expect: 413, code: 'body_too_large' });
    const stream = new ReadableStream({ // without Content-Length
        start(controller) {
            for (let i = 0; i < 11; i += 1) {
                controller.enqueue(Buffer.alloc(MIB));
            }
            controller.close();
        },
    });
    await upload(product, stream, { expect: 413, code: 'body_too_large' });
});

/** As `set`, and again when too many others were before it: a machine may be slow. */
async function setPatiently(product, file) {
    for (;;) {
        const { status, body } = await upload(product, file, { type: 'image/png' });
        if (status !== 503) {
            assert.equal(status, 200, JSON.stringify(body));
            return body;
        }
    }
}

test('uploads at the same time all succeed, and the till answers meanwhile', async () => {
    const products = await Promise.all(Array.from({ length: 8 }, () => shop.product()));
    let left = products.length;
    const uploads = Promise.all(products.map((product, i) => setPatiently(product, png(3000, 2000, [i * 20, 90, 90]))
        .finally(() => { left -= 1; })));
    let quotes = 0;
    while (left === products.length) {
        await shop.quote([products[0]], { expect: 200 });
        quotes += 1;
    }
    const images = (await uploads).map(({ image }) => image);
    assert.equal(new Set(images).size, products.length);
    assert.ok(quotes > 1, 'the till waited for the pictures');
});

test('a picture that no product has any more is removed after the grace time; others stay', async () => {
    const [first, second] = [await shop.product(), await shop.product()];
    const old = await set(first, png(50, 50, [1, 2, 3]));
    const shared = await set(second, png(50, 50, [4, 5, 6]));
    const since = performance.now();
    await set(first, png(50, 50, [4, 5, 6])); // gives up the old one, has the second's too
    const { status } = await fetchPicture(server, old.image_url);
    assert.ok(status === 200 || performance.now() - since > GRACE_S * 1000, 'within the grace time it is there');
    await api.product_images_remove({ path: { product_id: second.id }, expect: 200 });
    const kept = await set(second, png(50, 50, [7, 8, 9]));
    await until(async () => (await fetchPicture(server, old.image_urls.large)).status === 404
        && (await fetchPicture(server, old.image_urls.small)).status === 404);
    await sleep(GRACE_S * 1000);
    for (const url of [...Object.values(shared.image_urls), ...Object.values(kept.image_urls)]) {
        assert.equal((await fetchPicture(server, url)).status, 200, url);
    }
    // Uploaded again, it is there again: what was removed once is not removed for ever.
    const again = await set(second, png(50, 50, [1, 2, 3]));
    assert.equal(again.image, old.image);
    await sleep(GRACE_S * 1000 + 1000);
    assert.equal((await fetchPicture(server, again.image_url)).status, 200);
});

test('a picture that a category took over stays, and so does one that was put there by hand', async () => {
    const product = await shop.product();
    const { image, image_url: url } = await set(product, png(40, 40, [11, 12, 13]));
    await api.categories_create({ body: { name: `Pictured ${product.sku}`, image }, expect: 201 });
    const gone = await set(product, png(40, 40, [14, 15, 16]));
    await api.products_update({ path: { product_id: product.id }, body: { image: 'by-hand.webp' }, expect: 200 });
    const { body } = await api.products_update({ path: { product_id: product.id }, body: { image: null }, expect: 200 });
    assert.equal(body.image_urls, null);
    await until(async () => (await fetchPicture(server, gone.image_url)).status === 404);
    assert.equal((await fetchPicture(server, url)).status, 200);
});

test('pictures need no login', async () => {
    const { image_urls: urls } = await set(await shop.product(), pictureFile('png'));
    for (const url of Object.values(urls)) {
        const { status } = await fetchPicture(server, url); // which sends no credential
        assert.equal(status, 200, url);
    }
});

test('no picture was decoded without its walls', () => {
    assert.deepEqual(server.logLines().filter(({ event }) => event === 'thumbnailer_unconfined'), []);
});

test('names of pictures that were put there by hand work as before', async () => {
    const product = await shop.product({ image: 'earl-grey.webp' });
    assert.equal(product.image_url, '/images/earl-grey.webp');
    assert.deepEqual(product.image_urls, { large: '/images/earl-grey.webp', small: '/images/earl-grey.webp' });
    const csv = `sku,image\n${product.sku},other.png\n`;
    await api.product_imports_create({ body: csv, type: 'text/csv', expect: 200 });
    assert.equal((await read(product)).image_url, '/images/other.png');
});

test('MYPOS_IMAGES_URL is where browsers are told to get pictures', async () => {
    const other = await startServer({ env: { MYPOS_IMAGES_URL: 'https://cdn.example/shop/images/' } });
    try {
        const admin = await other.admin();
        const { body: product } = await admin.products_create({ body: { sku: 'CDN', name: 'Far away', price: 1 }, expect: 201 });
        const { body } = await admin.product_images_set({
            path: { product_id: product.id }, body: pictureFile('png'), type: 'image/png', expect: 200,
        });
        assert.equal(body.image_urls.large, `https://cdn.example/shop/images/${body.image}`);
        assert.equal(body.image_urls.small, `https://cdn.example/shop/images/${body.image.replace('-960.', '-320.')}`);
        assert.equal(body.image_url, `/images/${body.image}`);
        const answer = await fetch(new URL(body.image_url, other.url), { redirect: 'manual' });
        if (answer.status === 302) { // the bucket has it; a directory does, and serves the CDN
            assert.equal(answer.headers.get('location'), body.image_urls.large);
        } else {
            assert.equal(answer.status, 200);
        }
    } finally {
        await other.stop();
    }
});
