// Every act of the ledger as a request: what it stands on, how to see what it did, and what it must have done
// once it was asked for, however often.
//
//     name      the act's (api/base/fault_point.h), operation the one that runs it
//     prepare   makes what it stands on, by other acts; answers {options, probe}
//     options   of the request, without the Idempotency-Key
//     probe     what can be seen of it, as an object of numbers and texts
//     change    what the probe sees after, from what it saw before
//     byId      the body has an id, by which it is idempotent without a key
//     repeats   it takes no key: done twice it does the same
//     follows   another act of the same operation is durable before it begins
//     unsteady  the answer may have moved on when it is asked for again
//     status    of the answer
import { uuid7 } from '../lib/client.mjs';
import { operationOf } from '../lib/document.mjs';
import { unique } from '../lib/shop.mjs';

const PRICE = 250;
const NAME = 'Anna-53781-642'; // not one with the process in it: what a name is found by is counted in units

/** world: {api, shop, tea, shift}; `api` is another client after each start. */
export function actsOf(world) {
    const make = {
        customer: async (body = {}) => (await world.api.customers_create({ body: { name: NAME, ...body }, expect: 201 })).body,
        card: async () => (await world.api.gift_cards_create({ body: { amount: 5000, currency: 'EUR' }, expect: 201 })).body,
        cart: async () => (await world.api.parked_carts_create({
            body: { register_id: world.shop.register.id, cart: { lines: world.shop.lines([world.tea]) } }, expect: 201,
        })).body,
        shift: async () => (await world.api.shifts_open({
            body: { register_id: (await world.newRegister()).id, opening_float: { total: 10_000 } }, expect: 201,
        })).body,
        sale: async (products = [[world.tea, '2']], total = 2 * PRICE) =>
            (await world.api.transactions_create({ body: world.shop.saleBody(products, total), expect: 201 })).body,
    };
    const see = {
        level: () => world.shop.level(world.tea),
        records: async (query) => (await world.api.all('transactions_list', { limit: 200, ...query })).length,
        customer: async (id) => {
            const { status, body } = await world.api.customers_read({ path: { customer_id: id } });
            return status === 404 ? {} : body;
        },
        card: async (id) => (await world.api.gift_cards_read({ path: { gift_card_id: id }, expect: 200 })).body,
        cart: async (id) => (await world.api.parked_carts_read({ path: { parked_cart_id: id } })).body.state ?? 'none',
        shift: async (id) => (await world.api.shifts_read({ path: { shift_id: id }, expect: 200 })).body,
    };
    const changed = (changes) => (before) => Object.fromEntries(Object.entries(before).map(([name, value]) => {
        const change = changes[name];
        return [name, change === undefined ? value : typeof change === 'function' ? change(value) : change];
    }));
    const plus = (amount) => (value) => typeof value === 'string' ? String(Number(value) + amount) : (value ?? 0) + amount;

    /** Something about a sale that was made before. */
    const reversal = (name, operation, options) => ({
        name, operation, byId: true, status: 201,
        async prepare() {
            const sale = await make.sale();
            return {
                options: { path: { transaction_id: sale.id }, body: { id: uuid7(), ...options } },
                probe: async () => ({ level: await see.level(), reversals: await see.records({ original_id: sale.id }) }),
            };
        },
        change: changed({ level: plus(2), reversals: plus(1) }),
    });

    /** Closing a shift is two acts: nothing more is posted to it, then its report is written. */
    const closing = (name, more = {}) => ({
        name, operation: 'shifts_close', status: 200, ...more,
        async prepare() {
            const shift = await make.shift();
            return {
                options: { path: { shift_id: shift.id }, body: { counted: { total: 9_900 } } },
                async probe() {
                    const { state, z_report: report } = await see.shift(shift.id);
                    return { state, number: report?.number ?? 0, short: report?.over_short ?? 0 };
                },
            };
        },
        change: () => ({ state: 'closed', number: 1, short: -100 }),
    });

    return [
        {
            name: 'sale', operation: 'transactions_create', byId: true, status: 201,
            async prepare() {
                const [customer, card, cart] = [await make.customer(), await make.card(), await make.cart()];
                const body = world.shop.saleBody([world.tea], PRICE, {
                    customer_id: customer.id, parked_cart_id: cart.id, shift_id: world.shift.id,
                    tenders: [{ type: 'gift_card', amount: 100, gift_card: card.id }, { type: 'cash', amount: 150 }],
                });
                return {
                    options: { body },
                    async probe() {
                        const seen = await see.customer(customer.id);
                        return {
                            level: await see.level(), card: (await see.card(card.id)).balance, cart: await see.cart(cart.id),
                            visits: seen.visits, spent: seen.spent, records: await see.records({ customer_id: customer.id }),
                            shift: (await see.shift(world.shift.id)).report.sales.count,
                        };
                    },
                };
            },
            change: changed({
                level: plus(-1), card: plus(-100), cart: 'completed', visits: plus(1), spent: plus(PRICE), records: plus(1), shift: plus(1),
            }),
        },
        reversal('refund', 'refunds_create', { reason: 'Broken' }),
        reversal('void', 'transactions_void', { reason: 'Wrong' }),
        {
            name: 'exchange', operation: 'exchanges_create', byId: true, status: 201,
            async prepare() {
                const sale = await make.sale();
                return {
                    options: {
                        body: {
                            id: uuid7(),
                            register_id: world.shop.register.id,
                            refund: { transaction_id: sale.id, lines: [{ line: 1, quantity: '1' }] },
                            sale: { lines: world.shop.lines([[world.tea, '3']]) },
                            tenders: [{ type: 'cash', amount: 2 * PRICE }],
                            expected_total: 2 * PRICE,
                        },
                    },
                    probe: async () => ({ level: await see.level(), reversals: await see.records({ original_id: sale.id }) }),
                };
            },
            change: changed({ level: plus(-2), reversals: plus(1) }),
        },
        {
            name: 'shift_open', operation: 'shifts_open', byId: true, status: 201,
            async prepare() {
                const register = await world.newRegister();
                return {
                    options: { body: { id: uuid7(), register_id: register.id, opening_float: { total: 10_000 } } },
                    probe: async () => ({ shifts: (await world.api.all('shifts_list', { register_id: register.id })).length }),
                };
            },
            change: changed({ shifts: plus(1) }),
        },
        {
            name: 'shift_movement', operation: 'shift_movements_create', byId: true, status: 201,
            async prepare() {
                const shift = await make.shift();
                const path = { shift_id: shift.id };
                return {
                    options: { path, body: { id: uuid7(), type: 'pay_in', amount: 500, reason: 'Change' } },
                    probe: async () => ({
                        movements: (await world.api.shift_movements_list({ path, expect: 200 })).body.data.length,
                        cash: (await see.shift(shift.id)).report.cash.expected,
                    }),
                };
            },
            change: changed({ movements: plus(1), cash: plus(500) }),
        },
        closing('shift_close'),
        {
            name: 'stock_movement', operation: 'stock_movements_create', byId: true, status: 201,
            prepare: async () => ({
                options: {
                    body: { id: uuid7(), store_id: world.shop.store.id, reason: 'receive', lines: [{ product_id: world.tea.id, quantity: '5' }] },
                },
                probe: async () => ({ level: await see.level() }),
            }),
            change: changed({ level: plus(5) }),
        },
        {
            name: 'customer_create', operation: 'customers_create', byId: true, status: 201,
            async prepare() {
                const id = uuid7();
                return {
                    options: { body: { id, name: NAME } },
                    probe: async () => ({ state: (await see.customer(id)).state ?? 'none' }),
                };
            },
            change: () => ({ state: 'active' }),
        },
        {
            name: 'customer_update', operation: 'customers_update', status: 200, repeats: true,
            async prepare() {
                const { id } = await make.customer();
                return {
                    options: { path: { customer_id: id }, body: { notes: 'Window seat' } },
                    probe: async () => ({ notes: (await see.customer(id)).notes ?? '' }),
                };
            },
            change: () => ({ notes: 'Window seat' }),
        },
        {
            name: 'customer_post', operation: 'customers_entries_create', byId: true, status: 201,
            async prepare() {
                const { id } = await make.customer();
                return {
                    options: { path: { customer_id: id }, body: { id: uuid7(), type: 'store_credit', amount: 500, reason: 'Sorry' } },
                    probe: async () => ({
                        credit: (await see.customer(id)).store_credit,
                        entries: (await world.api.customers_entries_list({ path: { customer_id: id }, expect: 200 })).body.data.length,
                    }),
                };
            },
            change: changed({ credit: plus(500), entries: plus(1) }),
        },
        {
            name: 'customer_merge', operation: 'customers_merge', status: 200,
            async prepare() {
                const [into, from] = [await make.customer(), await make.customer()];
                await world.api.customers_entries_create({
                    path: { customer_id: from.id }, body: { type: 'store_credit', amount: 700, reason: 'Sorry' }, expect: 201,
                });
                return {
                    options: { path: { customer_id: into.id }, body: { from_id: from.id } },
                    async probe() {
                        const [kept, gone] = [await see.customer(into.id), await see.customer(from.id)];
                        return { kept: kept.store_credit, gone: gone.store_credit, state: gone.state };
                    },
                };
            },
            change: () => ({ kept: 700, gone: 0, state: 'merged' }),
        },
        {
            name: 'customer_erase', operation: 'customers_erase', status: 200,
            async prepare() {
                const { id } = await make.customer({ notes: 'Secret' });
                return {
                    options: { path: { customer_id: id }, body: {} },
                    async probe() {
                        const seen = await see.customer(id);
                        return { state: seen.state, notes: seen.notes ?? '' };
                    },
                };
            },
            change: () => ({ state: 'erased', notes: '' }),
        },
        {
            name: 'gift_card_issue', operation: 'gift_cards_create', byId: true, status: 201,
            async prepare() {
                const body = { id: uuid7(), amount: 5000, currency: 'EUR', code: `GC${unique('').replaceAll('-', '')}${Date.now().toString(36)}`.slice(0, 20) };
                const count = async () => (await world.api.gift_cards_list({ query: { code: body.code }, expect: 200 })).body.data.length;
                return { options: { body }, probe: async () => ({ cards: await count() }) };
            },
            change: () => ({ cards: 1 }),
        },
        {
            name: 'gift_card_load', operation: 'gift_cards_load', byId: true, status: 201,
            async prepare() {
                const { id } = await make.card();
                return {
                    options: { path: { gift_card_id: id }, body: { id: uuid7(), amount: 300 } },
                    probe: async () => ({ balance: (await see.card(id)).balance }),
                };
            },
            change: changed({ balance: plus(300) }),
        },
        {
            name: 'gift_card_freeze', operation: 'gift_cards_freeze', status: 200,
            async prepare() {
                const { id } = await make.card();
                return {
                    options: { path: { gift_card_id: id }, body: { reason: 'Lost' } },
                    probe: async () => ({ state: (await see.card(id)).state }),
                };
            },
            change: () => ({ state: 'frozen' }),
        },
        {
            name: 'parked_cart_create', operation: 'parked_carts_create', byId: true, status: 201,
            async prepare() {
                const id = uuid7();
                return {
                    options: { body: { id, register_id: world.shop.register.id, cart: { lines: world.shop.lines([world.tea]) } } },
                    probe: async () => ({ state: await see.cart(id) }),
                };
            },
            change: () => ({ state: 'parked' }),
        },
        {
            name: 'parked_cart_resume', operation: 'parked_carts_resume', status: 200,
            async prepare() {
                const { id } = await make.cart();
                return {
                    options: { path: { parked_cart_id: id }, body: { register_id: world.shop.register.id } },
                    probe: async () => ({ state: await see.cart(id) }),
                };
            },
            change: () => ({ state: 'resumed' }),
        },
        {
            name: 'parked_cart_discard', operation: 'parked_carts_discard', status: 204, repeats: true,
            async prepare() {
                const { id } = await make.cart();
                return { options: { path: { parked_cart_id: id } }, probe: async () => ({ state: await see.cart(id) }) };
            },
            change: () => ({ state: 'discarded' }),
        },
        closing('shift_settle', { follows: true }),
        {
            name: 'receipt_email_create', operation: 'receipt_emails_create', byId: true, unsteady: true, status: 202,
            async prepare() {
                const path = { transaction_id: (await make.sale()).id }, id = uuid7();
                return {
                    options: { path, body: { id, to: 'ada@example.org' } },
                    probe: async () => ({
                        there: (await world.api.receipt_emails_read({ path: { ...path, receipt_email_id: id } })).status,
                    }),
                };
            },
            change: () => ({ there: 200 }),
        },
    ].filter((act) => operationOf.has(act.operation));
}
