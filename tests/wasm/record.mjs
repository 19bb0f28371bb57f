// The calls that build a cart (core/wasm/till.h), passed on and remembered, for the model.

/** `core`'s functions, and in `cart` what they were told. */
export function recorder(core) {
    const own = { ...core, cart: null };
    const last = (list) => list[list.length - 1];
    const note = (name, remember) => {
        own[name] = (...values) => {
            remember(...values);
            return core[name](...values);
        };
    };
    note('till_begin', (perReceipt, halfEven) => {
        own.cart = {
            perReceipt: perReceipt === 1, halfEven: halfEven === 1, isExempt: false,
            products: [], promotions: [], lines: [], discounts: [], facts: { coupons: 0 },
        };
    });
    note('till_product', (key, category, price, weighed) => {
        own.cart.products.push({ key, category, price, isWeighed: weighed === 1, taxes: [] });
    });
    note('till_tax', (key, rate, perUnit, isFixed, isInclusive, isCompound) => {
        last(own.cart.products).taxes.push({
            key, rate, perUnit, isFixed: isFixed === 1, isInclusive: isInclusive === 1, isCompound: isCompound === 1,
        });
    });
    note('till_promotion', (kind, isExclusive, valueIsPercent, value, id, name, coupon) => {
        own.cart.promotions.push({
            kind, isExclusive: isExclusive === 1, valueIsPercent: valueIsPercent === 1, value, coupon,
            products: new Set(), categories: new Set(),
        });
    });
    note('till_promotion_units', (buy, get, quantity, price, threshold) => {
        Object.assign(last(own.cart.promotions), { buy, get, quantity, price, threshold });
    });
    note('till_promotion_times', (fromMs, untilMs, days, from, until) => {
        Object.assign(last(own.cart.promotions), { days, from, until });
    });
    note('till_key', (list, key) => {
        last(own.cart.promotions)[['products', 'categories'][list]].add(key);
    });
    note('till_facts', (at, weekday, minute) => {
        Object.assign(own.cart.facts, { weekday, minute });
    });
    note('till_coupon', () => {
        own.cart.facts.coupons += 1;
    });
    note('till_line', (product, quantity) => {
        own.cart.lines.push({ product, quantity, source: 0, discounts: [], isExempt: false, isUndiscounted: false });
    });
    note('till_line_price', (source, unitPrice) => {
        Object.assign(last(own.cart.lines), { source, unitPrice });
    });
    note('till_line_discount', (kind, value) => {
        last(own.cart.lines).discounts.push({ isPercent: kind === 0, value });
    });
    note('till_line_exempt', () => {
        last(own.cart.lines).isExempt = true;
    });
    note('till_line_undiscounted', () => {
        last(own.cart.lines).isUndiscounted = true;
    });
    note('till_discount', (kind, value) => {
        own.cart.discounts.push({ isPercent: kind === 0, value });
    });
    note('till_exempt', () => {
        own.cart.isExempt = true;
    });
    return own;
}
