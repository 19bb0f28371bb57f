// Random carts, the same as carts.c builds: the same numbers are drawn in the same order.

const RATES = [0, 400000, 500000, 700000, 887500, 997500, 1000000, 1900000, 2000000, 10000000];
const RATE_ONE = 10000000;
const MONEY_MAX = 9000000000000;
export const KINDS = ['percent_off', 'amount_off', 'buy_x_get_y', 'n_for_price', 'basket_threshold'];

const rotate = (number, by) => (number << by) | (number >>> (32 - by));

/** xoshiro128** by Blackman and Vigna. */
export class Random {
    constructor(seed) {
        this.s = [0, 0, 0, 0];
        for (let i = 0; i < 4; i += 1) {
            seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
            this.s[i] = seed;
        }
    }

    next() {
        const { s } = this;
        const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
        const t = s[1] << 9;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = rotate(s[3], 11);
        return result;
    }

    below(limit) {
        return this.next() % limit;
    }

    amount(max) {
        const bits = 1 + this.below(53);
        const high = this.next() & 0x1fffff;
        const number = Math.floor((high * 4294967296 + this.next()) / 2 ** (53 - bits));
        return number % (max + 1);
    }

    rate() {
        const which = this.below(12);
        return which < 10 ? RATES[which] : this.amount(RATE_ONE);
    }
}

function makeProducts(random, core, text, count) {
    const taxes = [];
    const taxCount = 1 + random.below(5);
    for (let i = 0; i < taxCount; i += 1) {
        const isFixed = random.below(5) === 0;
        const rate = isFixed ? 0 : random.rate();
        const perUnit = isFixed ? random.amount(200) : 0;
        taxes.push([rate, perUnit, isFixed ? 1 : 0, random.below(2), random.below(4) === 0 ? 1 : 0]);
    }
    const weighed = [];
    for (let i = 0; i < count; i += 1) {
        const price = random.amount(random.below(200) === 0 ? MONEY_MAX : 1000000);
        const category = 1 + random.below(3);
        weighed.push(random.below(4) === 0 ? 1 : 0);
        core.till_product(BigInt(i + 1), BigInt(category), BigInt(price), weighed[i], text, text, text);
        for (let j = random.below(4); j > 0; j -= 1) {
            const which = random.below(taxCount);
            const [rate, perUnit, isFixed, inclusive, compound] = taxes[which];
            core.till_tax(which + 1, BigInt(rate), BigInt(perUnit), isFixed, inclusive, compound, text, text);
        }
    }
    return weighed;
}

function makePromotion(random, core, text) {
    const kind = random.below(5);
    const exclusive = random.below(2);
    const percent = random.below(2);
    const isPercent = kind === 0 || kind === 2 || (kind === 4 && percent === 1);
    const value = isPercent ? random.rate() : random.amount(5000);
    const coupon = random.below(4) === 0 ? text : 0;
    core.till_promotion(kind, exclusive, percent, BigInt(value), text, text, coupon);
    const buy = 1 + random.below(3);
    const get = 1 + random.below(2);
    const quantity = 1 + random.below(4);
    const price = random.amount(20000);
    core.till_promotion_units(buy, get, quantity, BigInt(price), BigInt(random.amount(20000)));
    const days = random.below(4) === 0 ? 1 + random.below(127) : 0;
    const from = random.below(4) === 0 ? random.below(1441) : 0;
    core.till_promotion_times(0n, 0n, days, from, from === 0 ? 0 : random.below(1441));
    const scope = random.below(3);
    if (scope === 1) {
        core.till_key(1, BigInt(1 + random.below(3)));
        core.till_key(1, BigInt(1 + random.below(3)));
    } else if (scope === 2) {
        core.till_key(0, BigInt(1 + random.below(4)));
    }
}

function makeDiscount(random, text, add) {
    const kind = random.below(2);
    const value = kind === 0 ? random.rate() : random.amount(20000);
    add(kind, BigInt(value), random.below(2) ? text : 0);
}

function makeLine(random, core, text, weighed) {
    const product = random.below(weighed.length);
    const quantity = random.below(weighed[product] ? 2 : 100) === 0 ? random.amount(2000000) : (1 + random.below(8)) * 100000;
    core.till_line(product, BigInt(quantity), random.below(8) === 0 ? 1200n : 0n, 0);
    if (random.below(10) === 0) {
        const source = 1 + random.below(3);
        core.till_line_price(source, BigInt(random.amount(100000)), text);
    }
    for (let i = random.below(4) === 0 ? 1 + random.below(3) : 0; i > 0; i -= 1) {
        makeDiscount(random, text, core.till_line_discount);
    }
    if (random.below(12) === 0) {
        core.till_line_exempt(text);
    }
    if (random.below(12) === 0) {
        core.till_line_undiscounted();
    }
}

/** Builds the next cart by the calls of core/wasm/till.h and prices it; the length of its quote. */
export function nextCart(random, core, memory) {
    const perReceipt = random.below(3) === 0 ? 1 : 0;
    core.till_begin(perReceipt, random.below(3) === 0 ? 1 : 0);
    const text = core.till_text(1);
    memory[text] = 120; // 'x'
    const productCount = 1 + random.below(4);
    const weighed = makeProducts(random, core, text, productCount);
    for (let i = random.below(2) ? 1 + random.below(3) : 0; i > 0; i -= 1) {
        makePromotion(random, core, text);
    }
    const weekday = random.below(7);
    core.till_facts(1000n, weekday, random.below(1440), 1n);
    if (random.below(2)) {
        core.till_coupon(text);
    }
    for (let i = 1 + random.below(6); i > 0; i -= 1) {
        makeLine(random, core, text, weighed);
    }
    for (let i = random.below(4) === 0 ? 1 + random.below(2) : 0; i > 0; i -= 1) {
        makeDiscount(random, text, core.till_discount);
    }
    if (random.below(20) === 0) {
        core.till_exempt(text);
    }
    core.till_price();
    return core.till_quote(text, 5n, random.below(16) === 0 ? 1 : 0);
}
