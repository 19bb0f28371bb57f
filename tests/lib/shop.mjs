// What many tests need of a shop: its register, taxes and products, made in a line each.
import { uuid7 } from './client.mjs';

let number = 0;

/** A text that no other call of this process gives: for SKUs and names. */
export const unique = (prefix = 'T') => `${prefix}-${process.pid}-${(number += 1)}`;

/** Appends the GTIN check digit (GS1 General Specifications, 7.9). */
export function gtin(digits) {
    let sum = 0;
    for (let i = 0; i < digits.length; i += 1) {
        sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 3 : 1);
    }
    return digits + ((10 - (sum % 10)) % 10);
}

/** The business day of a moment, YYYY-MM-DD: the calendar's in the store's time zone. */
export const businessDay = (store, at) => new Intl.DateTimeFormat('sv', { timeZone: store.time_zone }).format(new Date(at));

/** RFC 8785 for what our records hold: text, whole numbers, booleans, null. */
export function canonical(value) {
    if (Array.isArray(value)) {
        return `[${value.map(canonical).join(',')}]`;
    }
    if (value !== null && typeof value === 'object') {
        const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
        return `{${members.join(',')}}`;
    }
    return JSON.stringify(value);
}

export class Shop {
    constructor(api, store, register) {
        Object.assign(this, { api, store, register });
    }

    /** The shop that every fresh database has. */
    static async open(api) {
        const stores = await api.stores_list({ expect: 200 });
        const registers = await api.registers_list({ expect: 200 });
        return new Shop(api, stores.body.data[0], registers.body.data[0]);
    }

    async newRegister() {
        number += 1;
        const body = { store_id: this.store.id, code: `R${process.pid % 1000}${number}`.slice(0, 8), name: 'Another' };
        return (await this.api.registers_create({ body, expect: 201 })).body;
    }

    async tax(rate = '20', inclusive = true) {
        const body = { name: unique(`Tax ${rate}`), rate, inclusive };
        return (await this.api.taxes_create({ body, expect: 201 })).body;
    }

    async product(members = {}) {
        const body = { sku: unique(), name: unique('Product'), price: 250, ...members };
        return (await this.api.products_create({ body, expect: 201 })).body;
    }

    /** Many products in one request, at one price. */
    async products(count, price) {
        const skus = Array.from({ length: count }, () => unique('L'));
        const csv = ['sku,name,price_minor', ...skus.map((sku) => `${sku},${sku},${price}`)].join('\n');
        const { body } = await this.api.product_imports_create({ body: `${csv}\n`, type: 'text/csv', expect: 200 });
        if (body.created !== count) {
            throw new Error(JSON.stringify(body));
        }
        const all = await this.api.all('products_list', { limit: 200 });
        return skus.map((sku) => all.find((product) => product.sku === sku));
    }

    /** Sets stock levels through an import: [[product, level], …]. */
    async stock(levels) {
        const csv = ['sku,stock', ...levels.map(([product, level]) => `${product.sku},${level}`)].join('\n');
        const { body } = await this.api.product_imports_create({ body: `${csv}\n`, type: 'text/csv', expect: 200 });
        if (body.failed !== 0) {
            throw new Error(JSON.stringify(body));
        }
    }

    async level(product) {
        const query = { store_id: this.store.id, product_id: product.id };
        return (await this.api.stock_list({ query, expect: 200 })).body.data[0]?.level;
    }

    lines(products) {
        return products.map((entry) => {
            const [product, quantity = '1', discounts] = Array.isArray(entry) ? entry : [entry];
            return { product_id: product.id, quantity, ...(discounts ? { discounts } : {}) };
        });
    }

    quote(products, options = {}) {
        return this.api.quotes_create({
            body: { register_id: this.register.id, lines: this.lines(products) },
            ...options,
        });
    }

    /** The body of a sale; cash, exactly the total unless `cash` says otherwise. */
    saleBody(products, total, { cash = total, register = this.register, id = uuid7(), ...more } = {}) {
        return {
            id,
            type: 'sale',
            register_id: register.id,
            lines: this.lines(products),
            tenders: [{ type: 'cash', amount: cash }],
            expected_total: total,
            ...more,
        };
    }

    sell(products, total, options = {}, request = { expect: 201 }) {
        return this.api.transactions_create({ body: this.saleBody(products, total, options), ...request });
    }
}
