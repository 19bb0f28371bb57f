// The core in the browser (web-ui/lib/core.js) quotes what the server quotes, from the same resources.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Core, PricingFault, scaled } from '../../web-ui/lib/core.js';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

const ROUNDS = 40;
const NOW = { at: Date.now(), weekday: 0, minute: 0 }; // no promotion here asks for the hour

let server, api, shop, core, own;
const chosen = { taxes: [], categories: [], promotions: [], products: [] };

before(async () => {
    const wasm = readFileSync(new URL('../../web-ui/lib/core.wasm', import.meta.url));
    core = new Core((await WebAssembly.instantiate(wasm)).instance);
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    await stock();
});
after(() => server?.stop());

/** A shop with something of everything. */
async function stock() {
    const create = async (operation, body) => (await api[operation]({ body: { name: unique(), ...body }, expect: 201 })).body;
    const tax = (members) => create('taxes_create', { rate: '0', inclusive: false, ...members });
    const vat = await tax({ rate: '20', inclusive: true, position: 3 });
    const city = await tax({ rate: '8.875', position: 4 });
    const deposit = await tax({ kind: 'fixed', amount_per_unit: 25, inclusive: true, position: 1 });
    const onTop = await tax({ rate: '9.5', compound: true, position: 5 });
    chosen.taxes = [onTop, vat, city, deposit];
    const top = await create('categories_create', {});
    const low = await create('categories_create', { parent_id: top.id });
    chosen.categories = [low, top];
    const product = async (price, taxes, members) => {
        chosen.products.push(await shop.product({ price, tax_ids: taxes.map(({ id }) => id), ...members }));
    };
    await product(250, [vat]);
    await product(199, [vat, deposit], { category_id: low.id });
    await product(1000, [city, onTop], { category_id: top.id });
    await product(2490, [vat, city], { unit: 'weighed', category_id: low.id });
    await product(0, [], { kind: 'gift_card', open_price: true });
    await product(0, [vat], { open_price: true });
    const promotion = async (members) => chosen.promotions.push(await create('promotions_create', members));
    await promotion({ kind: 'percent_off', value: '7.5', category_ids: [top.id], priority: 2, stacking: 'stackable' });
    await promotion({ kind: 'buy_x_get_y', buy: 2, get: 1, product_ids: [chosen.products[0].id], priority: 1 });
    await promotion({ kind: 'n_for_price', quantity: 3, price: 550, category_ids: [low.id], priority: 3, stacking: 'stackable' });
    await promotion({ kind: 'basket_threshold', threshold: 3000, value_type: 'amount', value: '250', priority: 4, stacking: 'stackable' });
    await promotion({ kind: 'percent_off', value: '10', coupon: 'WELCOME', priority: 5, stacking: 'stackable' });
    chosen.promotions.sort((a, b) => a.priority - b.priority);
}

const below = (limit) => Math.floor(Math.random() * limit);
const discounts = () => Array.from({ length: below(3) }, () => (below(2)
    ? { type: 'percent', value: String(1 + below(30)), reason: 'Regular' }
    : { type: 'amount', value: String(below(300)) }));

function randomLine() {
    const product = chosen.products[below(chosen.products.length)];
    const pieces = product.kind === 'gift_card' ? 1 : 1 + below(5);
    return {
        product,
        quantity: product.unit === 'weighed' ? `0.${100 + below(900)}` : String(pieces),
        ...(product.open_price || below(8) === 0 ? { unit_price: 1000 + below(4000), price_reason: 'Agreed' } : {}),
        ...(product.unit === 'weighed' ? { tare: '0.0125' } : {}),
        ...(below(2) ? { discounts: discounts() } : {}),
        ...(below(8) === 0 ? { tax_exemption: { reason: 'Resale' } } : {}),
        ...(below(4) === 0 ? { note: 'Geschenk für Käthe' } : {}),
    };
}

const request = (lines, members) => ({
    register_id: shop.register.id,
    lines: lines.map(({ product, ...line }) => ({ product_id: product.id, ...line })),
    ...members,
});

for (const rules of [{}, { tax_rounding: 'receipt', rounding_mode: 'half_even', cash_rounding: 5 }]) {
    describe(`quotes_create, with the store's rules ${JSON.stringify(rules)}`, () => {
        before(async () => {
            own = (await api.stores_update({ path: { store_id: shop.store.id }, body: rules, expect: 200 })).body;
        });

        test('says what the core in the browser says, step for step', async () => {
            for (let i = 0; i < ROUNDS; i += 1) {
                const lines = Array.from({ length: 1 + below(6) }, randomLine);
                const members = {
                    ...(below(2) ? { discounts: discounts() } : {}),
                    ...(below(2) ? { coupons: ['welcome'] } : {}),
                    ...(below(10) === 0 ? { tax_exemption: { reason: 'Embassy' } } : {}),
                };
                const { body } = await api.quotes_create({ body: request(lines, members), expect: 200 });
                const quote = core.quote({ ...chosen, ...members, store: own, lines, now: NOW, trace: true });
                assert.deepEqual(quote, body);
            }
        });
    });
}

describe('the core in the browser', () => {
    test('refuses what the server refuses, with its code', async () => {
        const cart = (line) => ({ ...chosen, store: own, lines: [{ product: chosen.products[0], quantity: '1', ...line }] });
        for (const [line, code] of [[{ quantity: '0.5' }, 'quantity_not_whole'], [{ quantity: '0' }, 'quantity_out_of_range'],
            [{ discounts: [{ type: 'percent', value: '101' }] }, 'discount_out_of_range']]) {
            assert.throws(() => core.quote(cart(line)), (fault) => fault instanceof PricingFault && fault.code === code && fault.line === 1);
            const { body } = await api.quotes_create({ body: request([cart(line).lines[0]], {}), expect: 422 });
            assert.equal(body.errors[0].code, code);
        }
    });

    test('holds five hundred lines, and says when there are more', () => {
        const [product] = chosen.products;
        const lines = (count) => Array.from({ length: count }, () => ({ product, quantity: '1', discounts: discounts() }));
        assert.equal(core.quote({ ...chosen, store: own, lines: lines(500), trace: true }).lines.length, 500);
        assert.throws(() => core.quote({ ...chosen, store: own, lines: lines(501) }), { code: 'too_many' });
        assert.equal(core.quote({ ...chosen, store: own, lines: lines(1) }).lines.length, 1);
    });

    test('reads decimals without floating point', () => {
        assert.equal(scaled('0.00001', 5), 1n);
        assert.equal(scaled('12', 5), 1200000n);
        assert.equal(scaled('9007199254740993', 0), 9007199254740993n);
        assert.throws(() => scaled('1.000001', 5), RangeError);
    });
});
