// Pricing once more, by another way: fractions of whole numbers without bounds, units one by one, remainders
// sorted.  Slow, and written from the words of core/pricing/pricing.h and core/pricing/promotion.h alone.

const RATE_ONE = 10000000n;
const UNIT = 100000n;
const LINE_PROMOTIONS_MAX = 8;
const [PERCENT_OFF, AMOUNT_OFF, BUY_X_GET_Y, N_FOR_PRICE, BASKET_THRESHOLD] = [0, 1, 2, 3, 4];

const min = (a, b) => (a < b ? a : b);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0n);

/* --- fractions: [numerator, denominator], the denominator above 0 --- */
const frac = (n, d = 1n) => [n, d];
const plus = ([a, b], [c, d]) => [a * d + c * b, b * d];
const minus = ([a, b], [c, d]) => [a * d - c * b, b * d];
const times = ([a, b], [c, d]) => [a * c, b * d];
const over = ([a, b], [c, d]) => [a * d, b * c];
const isMore = ([a, b], [c, d]) => a * d > c * b;
const total = (fractions) => fractions.reduce(plus, frac(0n));

/** To the nearest whole number; `even`: halves to the even one, else up. */
function round([n, d], even) {
    const whole = n / d;
    const twice = 2n * (n % d);
    const up = twice > d || (twice === d && (!even || whole % 2n === 1n));
    return up ? whole + 1n : whole;
}

/** Largest remainder: the earlier first when equal. */
function spread(amount, weights) {
    const all = total(weights);
    if (all[0] === 0n) {
        return weights.map(() => 0n);
    }
    const exact = weights.map((weight) => over(times(frac(amount), weight), all));
    const shares = exact.map(([n, d]) => n / d);
    const order = exact
        .map((share, index) => ({ index, rest: minus(share, frac(shares[index])) }))
        .sort((a, b) => (isMore(a.rest, b.rest) ? -1 : isMore(b.rest, a.rest) ? 1 : a.index - b.index));
    const left = Number(amount - sum(shares));
    for (const { index } of order.slice(0, left)) {
        shares[index] += 1n;
    }
    return shares;
}

class Cart {
    constructor(cart) {
        this.cart = cart;
        this.even = cart.halfEven;
        this.lines = cart.lines.map((line) => {
            const product = cart.products[line.product];
            const unitPrice = line.source ? line.unitPrice : product.price;
            const gross = round(frac(unitPrice * line.quantity, UNIT), this.even);
            return {
                ...line, product, gross, left: gross, shares: [], promotions: 0, isClosed: false,
                isExempt: line.isExempt || cart.isExempt,
            };
        });
    }

    take(line, source, amount) {
        if (amount > 0n) {
            line.left -= amount;
            line.shares.push({ source, amount });
        }
    }

    price() {
        const ofLines = this.cart.promotions.filter((promotion) => !isOfBasket(promotion));
        for (const promotion of ofLines.filter((one) => this.isValid(one))) {
            this.promoteLines(promotion);
        }
        for (const line of this.lines) {
            for (const discount of line.discounts) {
                this.take(line, 'line', min(line.left, this.worth(discount, line.left)));
            }
        }
        for (const promotion of this.cart.promotions.filter(isOfBasket)) {
            if (this.isValid(promotion) && this.isReached(promotion)) {
                const lines = this.lines.filter((line) => canTake(line, promotion));
                const discount = { isPercent: isPercent(promotion), value: promotion.value };
                if (this.takeOfAll(lines, 'promotion', discount) > 0n) {
                    lines.forEach((line) => touch(line, promotion));
                }
            }
        }
        for (const discount of this.cart.discounts) {
            this.takeOfAll(this.lines.filter((line) => !line.isUndiscounted && line.left > 0n), 'basket', discount);
        }
        (this.cart.perReceipt ? taxReceipt : taxLines)(this.lines, this.even);
        return this.lines;
    }

    worth({ isPercent: percent, value }, left) {
        return percent ? round(frac(left * value, RATE_ONE), this.even) : value;
    }

    /** Takes a discount once of all these lines; what it took. */
    takeOfAll(lines, source, discount) {
        const left = sum(lines.map((line) => line.left));
        const amount = min(left, this.worth(discount, left));
        const shares = spread(amount, lines.map((line) => frac(line.left)));
        lines.forEach((line, index) => this.take(line, source, shares[index]));
        return amount;
    }

    isValid(promotion) {
        const { weekday, minute, coupons } = this.cart.facts;
        const { from, until, days, coupon } = promotion;
        const isPast = from > until && minute < until;
        const day = isPast ? (weekday + 6) % 7 : weekday;
        const inHours = from === until || (from < until ? minute >= from && minute < until : minute >= from || isPast);
        return inHours && (days === 0 || ((days >> day) & 1) === 1) && (!coupon || coupons > 0);
    }

    isReached(promotion) {
        const inScope = this.lines.filter((line) => isInScope(line, promotion));
        return promotion.kind !== BASKET_THRESHOLD || sum(inScope.map((line) => line.left)) >= promotion.threshold;
    }

    promoteLines(promotion) {
        if (promotion.kind === BUY_X_GET_Y || promotion.kind === N_FOR_PRICE) {
            this.promoteUnits(promotion);
            return;
        }
        for (const line of this.lines.filter((one) => canTake(one, promotion))) {
            const worth = promotion.kind === PERCENT_OFF
                ? round(frac(line.left * promotion.value, RATE_ONE), this.even)
                : round(frac(promotion.value * line.quantity, UNIT), this.even);
            const given = min(line.left, worth);
            if (given > 0n) {
                this.take(line, 'promotion', given);
                touch(line, promotion);
            }
        }
    }

    /** The units of all lines, the dearest first. */
    units(promotion) {
        const lines = this.lines.filter((line) => !line.product.isWeighed && canTake(line, promotion));
        const units = lines.flatMap((line, index) => {
            const count = line.quantity / UNIT;
            return Array.from({ length: Number(count) }, () => ({ line, index, price: frac(line.left, count) }));
        });
        return units.sort((a, b) => (isMore(a.price, b.price) ? -1 : isMore(b.price, a.price) ? 1 : a.index - b.index));
    }

    /** What so many units of a line cost. */
    cost(line, count) {
        return round(frac(line.left * BigInt(count), line.quantity / UNIT), this.even);
    }

    promoteUnits(promotion) {
        const units = this.units(promotion);
        const found = promotion.kind === BUY_X_GET_Y ? this.buyXGetY(promotion, units) : this.nForPrice(promotion, units);
        if (found.given <= 0n) {
            return;
        }
        const lines = [...found.values.keys()];
        const shares = spread(found.given, lines.map((line) => frac(found.values.get(line))));
        lines.forEach((line, index) => {
            if (found.values.get(line) > 0n) {
                touch(line, promotion);
            }
            this.take(line, 'promotion', shares[index]);
        });
    }

    buyXGetY({ buy, get, value }, units) {
        const groups = Math.floor(units.length / (buy + get));
        const rest = units.length % (buy + get);
        const free = groups * get + Math.max(0, rest - buy);
        const paid = groups * buy + (rest > buy ? buy : 0);
        const paidUnits = tally(units.slice(0, paid));
        const freeUnits = tally(units.slice(units.length - free));
        const values = new Map();
        let worth = 0n;
        for (const line of new Set(units.map((unit) => unit.line))) {
            const gratis = this.cost(line, freeUnits.get(line) ?? 0);
            values.set(line, min(line.left, this.cost(line, paidUnits.get(line) ?? 0) + gratis));
            worth += gratis;
        }
        return { given: round(frac(worth * value, RATE_ONE), this.even), values };
    }

    nForPrice({ quantity, price }, units) {
        const taken = new Map();
        let groups = 0n;
        for (let at = 0; at + quantity <= units.length; at += quantity) {
            const group = tally(units.slice(at, at + quantity));
            const isDearer = group.size === 1
                ? isMore(times(frac(BigInt(quantity)), units[at].price), frac(price))
                : sum([...group].map(([line, count]) => {
                    const before = taken.get(line) ?? 0;
                    return this.cost(line, before + count) - this.cost(line, before);
                })) > price;
            if (!isDearer) {
                break;
            }
            groups += 1n;
            group.forEach((count, line) => taken.set(line, (taken.get(line) ?? 0) + count));
        }
        const values = new Map([...new Set(units.map((unit) => unit.line))].map(
            (line) => [line, this.cost(line, taken.get(line) ?? 0)]));
        return { given: sum([...values.values()]) - groups * price, values };
    }
}

function tally(units) {
    const counts = new Map();
    units.forEach(({ line }) => counts.set(line, (counts.get(line) ?? 0) + 1));
    return counts;
}

const isOfBasket = ({ kind, coupon, products, categories }) => kind === BASKET_THRESHOLD
    || ((kind === PERCENT_OFF || kind === AMOUNT_OFF) && Boolean(coupon) && products.size + categories.size === 0);

const isPercent = ({ kind, valueIsPercent }) => (kind === BASKET_THRESHOLD ? valueIsPercent : kind === PERCENT_OFF);

function isInScope(line, { products, categories }) {
    return !line.isUndiscounted && (products.size + categories.size === 0
        || products.has(line.product.key) || categories.has(line.product.category));
}

function canTake(line, promotion) {
    return !line.isClosed && line.promotions < (promotion.isExclusive ? 1 : LINE_PROMOTIONS_MAX)
        && line.left > 0n && isInScope(line, promotion);
}

function touch(line, promotion) {
    line.promotions += 1;
    line.isClosed = promotion.isExclusive;
}

/* --- taxes --- */

/** Each tax as a × base + c, and what is fixed. */
function terms(line, even) {
    const all = [];
    let fixedLeft = line.left;
    for (const tax of line.product.taxes) {
        if (tax.isFixed) {
            let fixed = round(frac(tax.perUnit * line.quantity, UNIT), even);
            if (tax.isInclusive) {
                fixed = min(fixed, fixedLeft);
                fixedLeft -= fixed;
            }
            all.push({ tax, a: frac(0n), c: frac(fixed), fixed });
        } else {
            const rate = frac(tax.rate, RATE_ONE);
            const a = tax.isCompound ? times(rate, plus(frac(1n), total(all.map((one) => one.a)))) : rate;
            const c = tax.isCompound ? times(rate, total(all.map((one) => one.c))) : frac(0n);
            all.push({ tax, a, c, fixed: 0n });
        }
    }
    const inclusive = all.filter(({ tax }) => tax.isInclusive && !tax.isFixed);
    return { all, inclusive, net: fixedLeft, a: total(inclusive.map((one) => one.a)), c: total(inclusive.map((one) => one.c)) };
}

/** base = (net − Σc) / (1 + Σa); the percentages are the rest of the net, rounded, at most all of it. */
function inclusiveSum({ a, c, inclusive }, net, even) {
    const exact = minus(frac(net), over(minus(frac(net), c), plus(frac(1n), a)));
    return inclusive.length === 0 ? 0n : min(net, round(exact, even));
}

function splitInclusive({ inclusive, a, c }, given, base) {
    const onBase = c[0] > 0n
        ? inclusive.map((one) => plus(times(one.a, frac(base)), one.c))
        : inclusive.map((one) => one.a);
    return a[0] === 0n && c[0] === 0n ? inclusive.map(() => 0n) : spread(given, onBase);
}

const isExclusivePercent = (tax) => !tax.isFixed && !tax.isInclusive;

/** Amounts are known: exemptions, bases, total. */
function finish(line, amounts, base) {
    line.exempted = 0n;
    let before = 0n;
    line.total = line.left;
    line.taxes = line.product.taxes.map((tax, index) => {
        let amount = amounts[index];
        if (line.isExempt && !tax.isFixed) {
            line.exempted += tax.isInclusive ? amount : 0n;
            amount = 0n;
        }
        const own = { base: tax.isCompound ? base + before : base, amount, isFixed: tax.isFixed };
        before += amount;
        line.total += tax.isInclusive ? 0n : amount;
        return own;
    });
    line.total -= line.exempted;
}

function taxLines(lines, even) {
    for (const line of lines) {
        const found = terms(line, even);
        const given = inclusiveSum(found, found.net, even);
        const split = splitInclusive(found, given, found.net - given);
        const base = found.net - given;
        const amounts = found.all.map((one) => {
            const inclusive = found.inclusive.indexOf(one);
            if (one.tax.isFixed || inclusive >= 0) {
                return one.tax.isFixed ? one.fixed : split[inclusive];
            }
            return line.isExempt ? 0n : round(plus(times(one.a, frac(base)), one.c), even);
        });
        finish(line, amounts, base);
    }
}

/** The same taxes in the same order, exempt or not. */
function groupName(line) {
    const taxes = line.product.taxes.map((tax) => Object.values(tax).join('/'));
    return [...taxes, line.isExempt].join(' ');
}

function taxReceipt(lines, even) {
    const found = lines.map((line) => terms(line, even));
    const amounts = found.map(({ all }) => all.map((one) => one.fixed));
    const bases = found.map(({ net }) => net);
    const groups = Map.groupBy ? Map.groupBy(lines.keys(), (index) => groupName(lines[index])) : groupBy(lines);
    for (const members of groups.values()) {
        taxGroup([...members], found, amounts, bases, even);
    }
    const isDone = new Set();
    lines.forEach((line, index) => line.product.taxes.forEach((tax, at) => {
        if (!isExclusivePercent(tax) || line.isExempt || isDone.has(`${index}/${at}`)) {
            return;
        }
        // Of each line the first that is not done yet.
        const own = lines.flatMap((other, number) => {
            const which = other.product.taxes.findIndex((one, place) => one.key === tax.key && isExclusivePercent(one)
                && !other.isExempt && !isDone.has(`${number}/${place}`));
            return which < 0 ? [] : [[number, which]];
        });
        const exact = own.map(([number, which]) => plus(times(found[number].all[which].a, frac(bases[number])),
            found[number].all[which].c));
        const shares = spread(round(total(exact), even), exact);
        own.forEach(([number, which], place) => {
            amounts[number][which] = shares[place];
            isDone.add(`${number}/${which}`);
        });
    }));
    lines.forEach((line, index) => finish(line, amounts[index], bases[index]));
}

function groupBy(lines) {
    const groups = new Map();
    lines.forEach((line, index) => groups.set(groupName(line), [...(groups.get(groupName(line)) ?? []), index]));
    return groups;
}

/** One group: priced as one line, its taxes spread, none beyond what its line has left. */
function taxGroup(members, found, amounts, bases, even) {
    const [first] = members;
    const constants = (at) => total(members.map((index) => found[index].all[at].c));
    const whole = {
        a: found[first].a,
        c: total(members.map((index) => found[index].c)),
        inclusive: found[first].inclusive.map((one) => ({ a: one.a, c: constants(found[first].all.indexOf(one)) })),
    };
    const net = sum(members.map((index) => found[index].net));
    const given = inclusiveSum(whole, net, even);
    const split = splitInclusive(whole, given, net - given);
    const weights = members.map((index) => plus(times(frac(found[index].net), whole.a), found[index].c));
    found[first].inclusive.forEach((one, which) => {
        const at = found[first].all.indexOf(one);
        const shares = spread(split[which], weights);
        let excess = 0n;
        members.forEach((index, place) => {
            const fits = min(shares[place], bases[index]);
            excess += shares[place] - fits;
            amounts[index][at] = fits;
            bases[index] -= fits;
        });
        for (const index of members) {
            const more = min(excess, bases[index]);
            amounts[index][at] += more;
            bases[index] -= more;
            excess -= more;
        }
    });
}

/** The lines of a recorded cart (record.mjs), priced. */
export function price(cart) {
    return new Cart(cart).price();
}
