// An upload that is killed at any of its steps leaves no picture for ever, and takes none that is in use.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { png } from '../lib/pictures.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';
import { until } from '../lib/wait.mjs';

const FILES = { expected: 0, kept_small: 1, kept: 2 }; // that a step leaves

const picturesOf = async (server) => (await readdir(path.join(server.dataDir, 'images'))).sort();

const upload = (api, product, body, options) => api.product_images_set({
    path: { product_id: product.id }, body, type: 'image/png', ...options,
});

for (const [step, files] of Object.entries(FILES)) {
    test(`an upload that is killed at image/${step} is collected, and may be sent again`, async () => {
        const server = await startServer({ build: 'faultpoints', backend: 'sqlite' });
        try {
            let api = await server.admin();
            const shop = await Shop.open(api);
            const [kept, wanted] = [await shop.product(), await shop.product()];
            await upload(api, kept, png(40, 30, [1, 2, 3]), { expect: 200 });
            const used = await picturesOf(server);
            await server.end();

            await server.start({ MYPOS_FAULT_POINT: `image/${step}` });
            api = await server.admin();
            await assert.rejects(upload(api, wanted, png(40, 30, [4, 5, 6])));
            assert.equal((await server.exited()).signal, 'SIGKILL');
            assert.equal((await picturesOf(server)).length, used.length + files);

            await server.start({ MYPOS_IMAGES_GRACE_SECONDS: '1' });
            await until(async () => (await picturesOf(server)).length === used.length);
            assert.deepEqual(await picturesOf(server), used);
            api = await server.admin();
            const { body } = await api.products_read({ path: { product_id: wanted.id }, expect: 200 });
            assert.equal(body.image, null);

            await server.end();
            await server.start();
            api = await server.admin();
            const { body: again } = await upload(api, wanted, png(40, 30, [4, 5, 6]), { expect: 200 });
            assert.ok((await picturesOf(server)).includes(again.image));
        } finally {
            await server.stop();
        }
    });
}
