// Parked carts: hold, list, resume on another register, discard, expire, sell.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';
import { soonPast, until } from '../lib/wait.mjs';

let server;
let api;
let shop;
let tea;
let second;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ name: 'Tea', price: 250 });
    second = await shop.newRegister();
});
after(() => server.stop());

const cartOf = (...products) => ({ lines: shop.lines(products) });

function park(members = {}, options = { expect: 201 }) {
    const body = { register_id: shop.register.id, cart: cartOf([tea, '2']), ...members };
    return api.parked_carts_create({ body, ...options });
}

const at = (cart) => ({ parked_cart_id: cart.id });
const read = async (cart) => (await api.parked_carts_read({ path: at(cart), expect: 200 })).body;
const resume = (cart, register, options = { expect: 200 }) =>
    api.parked_carts_resume({ path: at(cart), body: { register_id: register.id }, ...options });
const discard = (cart, options = { expect: 204 }) => api.parked_carts_discard({ path: at(cart), ...options });
const list = (query) => api.all('parked_carts_list', query);

describe('parked_carts_create', () => {
    test('keeps a cart as it was sent, with what it would cost', async () => {
        const cart = {
            lines: [{ product_id: tea.id, quantity: '2', discounts: [{ type: 'percent', value: '10', reason: 'Regular' }] }],
        };
        const { body, headers } = await park({ cart, label: 'Lady with the red hat' });
        assert.equal(body.state, 'parked');
        assert.deepEqual(body.cart, cart);
        assert.equal(body.total, 450);
        assert.equal(body.currency, 'EUR');
        assert.equal(body.label, 'Lady with the red hat');
        assert.equal(body.register_id, shop.register.id);
        assert.equal(body.store_id, shop.store.id);
        assert.equal(body.created_by.name, 'Administrator');
        assert.equal(headers.get('location'), `/api/v1/parked-carts/${body.id}`);
        const days = (Date.parse(body.expires_at) - Date.parse(body.created_at)) / 86_400_000;
        assert.ok(Math.abs(days - 7) < 0.01);
        assert.deepEqual(await read(body), body);
        const quote = await api.quotes_create({ body: { register_id: second.id, ...body.cart }, expect: 200 });
        assert.equal(quote.body.total, 450);
    });

    test('in a store without a register', async () => {
        const { body } = await park({ register_id: undefined, store_id: shop.store.id });
        assert.equal(body.register_id, undefined);
        assert.equal(body.store_id, shop.store.id);
        assert.ok((await list({ store_id: shop.store.id })).some((cart) => cart.id === body.id));
    });

    test('refuses what a quote refuses, with pointers into the cart, all faults at once', async () => {
        const faults = async (members) => {
            const { body } = await park(members, { expect: 422 });
            return body.errors.map((error) => `${error.pointer} ${error.code}`);
        };
        const gone = await shop.product();
        await api.products_update({ path: { product_id: gone.id }, body: { archived: true }, expect: 200 });
        assert.deepEqual(await faults({ register_id: uuid7(), cart: cartOf([{ id: uuid7() }, '1'], gone, [tea, '0.5']), expires_at: '2020-01-01T00:00:00Z' }), [
            '/expires_at out_of_range', '/register_id register_not_found', '/cart/lines/0/product_id product_not_found',
            '/cart/lines/1/product_id archived', '/cart/lines/2/quantity quantity_not_whole',
        ]);
        assert.deepEqual(await faults({ register_id: undefined }), ['/register_id required']);
        assert.deepEqual(await faults({ store_id: shop.store.id }), ['/register_id unexpected']);
        assert.deepEqual(await faults({ register_id: undefined, store_id: uuid7() }), ['/store_id store_not_found']);
        assert.deepEqual(await faults({ cart: { lines: [] } }), ['/cart/lines min_items']);
        assert.deepEqual(await faults({ expires_at: '2999-01-01T00:00:00Z' }), ['/expires_at out_of_range']);
    });

    test('happens once by its id and by its key, also when it would be refused today', async () => {
        const fleeting = await shop.product();
        const id = uuid7();
        const members = { id, cart: cartOf(fleeting) };
        const first = await park(members);
        await api.products_update({ path: { product_id: fleeting.id }, body: { archived: true }, expect: 200 });
        const again = await park(members);
        assert.deepEqual(again.body, first.body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await park({ id }, { expect: 409, code: 'id_taken' });
        const headers = { 'Idempotency-Key': unique('park') };
        const keyed = await park({}, { headers, expect: 201 });
        assert.equal((await park({}, { headers, expect: 201 })).body.id, keyed.body.id);
        await park({ label: 'x' }, { headers, expect: 422, code: 'idempotency_key_reused' });
        await discard(keyed.body);
        assert.deepEqual((await park({}, { headers, expect: 201 })).body, keyed.body);
    });
});

describe('parked_carts_resume', () => {
    test('takes the cart to another register, once', async () => {
        const cart = (await park()).body;
        const { body } = await resume(cart, second);
        assert.equal(body.state, 'resumed');
        assert.equal(body.resumed_register_id, second.id);
        assert.equal(body.resumed_by.name, 'Administrator');
        assert.deepEqual(body.cart, cart.cart);
        const refused = await resume(cart, shop.register, { expect: 409, code: 'parked_cart_taken' });
        assert.equal(refused.body.register_id, second.id);
        assert.match(refused.body.detail, /Administrator/);
        const again = await resume(cart, second);
        assert.deepEqual(again.body, body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await resume(cart, { id: uuid7() }, { expect: 422 });
        await resume({ id: uuid7() }, second, { expect: 404, code: 'parked_cart_not_found' });
    });

    test('by its key answers as the first time, whatever has become of the cart', async () => {
        const cart = (await park()).body;
        const headers = { 'Idempotency-Key': unique('resume') };
        const first = await resume(cart, second, { headers, expect: 200 });
        await discard(cart);
        const again = await resume(cart, second, { headers, expect: 200 });
        assert.deepEqual(again.body, first.body);
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        await resume(cart, shop.register, { headers, expect: 422, code: 'idempotency_key_reused' });
    });

    test('50 at once from many registers: one has it', async () => {
        const cart = (await park()).body;
        const registers = [];
        for (let i = 0; i < 10; i += 1) {
            registers.push(await shop.newRegister());
        }
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => resume(cart, registers[i % 10], {})));
        const owner = (await read(cart)).resumed_register_id;
        answers.forEach(({ status, body }, i) => {
            assert.equal(status, registers[i % 10].id === owner ? 200 : 409, JSON.stringify(body));
        });
    });

    test('stays within the store', async () => {
        const cart = (await park()).body;
        const body = { code: 'ELSE', name: 'Elsewhere', currency: 'EUR', time_zone: 'UTC' };
        const store = (await api.stores_create({ body, expect: 201 })).body;
        const far = (await api.registers_create({ body: { store_id: store.id, code: 'FAR', name: 'Far' }, expect: 201 })).body;
        const { body: refused } = await resume(cart, far, { expect: 422 });
        assert.equal(refused.errors[0].code, 'another_store');
        await park({ register_id: undefined, store_id: store.id });
        assert.equal((await list({ store_id: store.id })).length, 1);
    });
});

describe('parked_carts_discard', () => {
    test('discards what waits and what was resumed, again without harm', async () => {
        const waiting = (await park()).body;
        const taken = (await park()).body;
        await resume(taken, second);
        for (const cart of [waiting, taken]) {
            await discard(cart);
            await discard(cart);
            assert.equal((await read(cart)).state, 'discarded');
            await resume(cart, second, { expect: 409, code: 'parked_cart_taken' });
        }
        await discard({ id: uuid7() }, { expect: 404, code: 'parked_cart_not_found' });
    });
});

describe('a parked cart of a customer', () => {
    test('keeps who it is for, with all that a quote takes', async () => {
        const customer = (await api.customers_create({ body: { name: 'Ada' }, expect: 201 })).body;
        const cart = {
            ...cartOf([tea, '3']), customer_id: customer.id, discounts: [{ type: 'amount', value: '50', reason: 'Friend' }],
        };
        const { body } = await park({ cart });
        assert.deepEqual(body.cart, cart);
        assert.equal(body.total, 700);
        const { body: refused } = await park({ cart: { ...cart, customer_id: uuid7() } }, { expect: 422 });
        assert.equal(refused.errors[0].pointer, '/cart/customer_id');
    });
});

describe('parked_carts_list', () => {
    test('shows what waits, the newest first, and others by state', async () => {
        const body = { code: 'LIST', name: 'Listing', currency: 'EUR', time_zone: 'UTC' };
        const store = (await api.stores_create({ body, expect: 201 })).body;
        const register = (await api.registers_create({ body: { store_id: store.id, code: 'LS1', name: 'One' }, expect: 201 })).body;
        const carts = [];
        for (let i = 0; i < 5; i += 1) {
            carts.push((await park({ register_id: register.id, label: `Cart ${i}` })).body);
        }
        await resume(carts[1], register);
        await discard(carts[2]);
        const ids = async (query) => (await list({ store_id: store.id, limit: 2, ...query })).map((cart) => cart.id);
        assert.deepEqual(await ids({}), [carts[4].id, carts[3].id, carts[0].id]);
        assert.deepEqual(await ids({ state: 'resumed' }), [carts[1].id]);
        assert.deepEqual(await ids({ state: 'discarded' }), [carts[2].id]);
        assert.deepEqual(await ids({ state: 'completed' }), []);
        assert.deepEqual(await list({ store_id: uuid7() }), []);
        await api.parked_carts_list({ query: { state: 'lost' }, expect: 422 });
    });

    test('nothing that has expired', async () => {
        const { body: cart } = await soonPast((expires_at) => park({ expires_at }, {}), ({ status }) => status === 201);
        await until(() => api.parked_carts_read({ path: at(cart) }), ({ status }) => status !== 200);
        await api.parked_carts_read({ path: at(cart), expect: 404, code: 'parked_cart_not_found' });
        await resume(cart, second, { expect: 404, code: 'parked_cart_not_found' });
        assert.ok(!(await list({})).some(({ id }) => id === cart.id));
    });

    test('does not expire while somebody sells it', async () => {
        const cart = (await park({ expires_at: new Date(Date.now() + 60_000).toISOString() })).body;
        const { body } = await resume(cart, second);
        assert.ok(Date.parse(body.expires_at) >= Date.parse(body.resumed_at) + 86_400_000);
        assert.equal((await read(cart)).expires_at, body.expires_at);
    });

    test('needs its scopes', async () => {
        const key = async (scopes) => (await api.api_keys_create({ body: { name: unique(), scopes }, expect: 201 })).body.key;
        const reader = api.as(await key(['parked_carts:read']));
        const writer = api.as(await key(['parked_carts:write']));
        await reader.parked_carts_list({ expect: 200 });
        await writer.parked_carts_list({ expect: 403 });
        await reader.parked_carts_create({ body: { register_id: second.id, cart: cartOf(tea) }, expect: 403 });
        const { body } = await writer.parked_carts_create({ body: { register_id: second.id, cart: cartOf(tea) }, expect: 201 });
        await reader.parked_carts_discard({ path: at(body), expect: 403 });
    });
});

describe('a sale with parked_cart_id', () => {
    const sell = (cart, register, members = {}, options = { expect: 201 }) =>
        shop.sell([[tea, '2']], 500, { register, parked_cart_id: cart.id, ...members }, options);

    test('completes the cart in its own act', async () => {
        const cart = (await park()).body;
        await resume(cart, second);
        await sell(cart, shop.register, {}, { expect: 409, code: 'parked_cart_taken' });
        const id = uuid7();
        const sale = (await sell(cart, second, { id })).body;
        const done = await read(cart);
        assert.equal(done.state, 'completed');
        assert.equal(done.transaction_id, sale.id);
        const again = await sell(cart, second, { id });
        assert.equal(again.text, JSON.stringify(sale));
        const refused = await sell(cart, second, {}, { expect: 409, code: 'parked_cart_taken' });
        assert.equal(refused.body.transaction_id, sale.id);
        await discard(cart, { expect: 409, code: 'parked_cart_taken' });
        await resume(cart, second, { expect: 409, code: 'parked_cart_taken' });
    });

    test('a refused sale leaves the cart as it was', async () => {
        const rare = await shop.product({ price: 100, oversell: 'deny' });
        const cart = (await park({ cart: cartOf(rare) })).body;
        await shop.sell([rare], 100, { parked_cart_id: cart.id }, { expect: 409, code: 'insufficient_stock' });
        assert.equal((await read(cart)).state, 'parked');
    });

    test('sells a waiting cart without resuming it; of 20 at once one does', async () => {
        const cart = (await park()).body;
        const registers = [shop.register, second];
        const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => sell(cart, registers[i % 2], {}, {})));
        assert.equal(answers.filter(({ status }) => status === 201).length, 1);
        answers.filter(({ status }) => status !== 201).forEach(({ body }) => assert.equal(body.code, 'parked_cart_taken'));
        assert.equal((await read(cart)).state, 'completed');
    });

    test('of an unknown cart is refused at its pointer', async () => {
        const { body } = await sell({ id: uuid7() }, second, {}, { expect: 422 });
        assert.equal(body.errors[0].pointer, '/parked_cart_id');
    });
});
