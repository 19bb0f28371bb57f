#include "reference.h"

#include "unit.h"

/* Products of an amount, a quantity and a million, doubled. */
#define DIGITS 36

/* A whole number; the lowest digit first, every unused one 0. */
struct whole {
    unsigned char digits[DIGITS];
};

static struct whole whole(int64_t number)
{
    struct whole whole = {{0}};
    for (size_t i = 0; number > 0; i++, number /= 10) {
        whole.digits[i] = (unsigned char)(number % 10);
    }
    return whole;
}

static int64_t number_of(struct whole whole)
{
    int64_t number = 0;
    for (size_t i = DIGITS; i-- > 0;) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, whole.digits[i], &number)) {
            abort();
        }
    }
    return number;
}

static int compare(struct whole a, struct whole b)
{
    for (size_t i = DIGITS; i-- > 0;) {
        if (a.digits[i] != b.digits[i]) {
            return a.digits[i] < b.digits[i] ? -1 : 1;
        }
    }
    return 0;
}

static struct whole sum(struct whole a, struct whole b)
{
    unsigned carry = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        const unsigned digit = a.digits[i] + b.digits[i] + carry;
        a.digits[i] = (unsigned char)(digit % 10);
        carry = digit / 10;
    }
    return a;
}

/* a − b, for a ≥ b. */
static struct whole difference(struct whole a, struct whole b)
{
    int borrow = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        const int digit = a.digits[i] - b.digits[i] - borrow;
        borrow = digit < 0;
        a.digits[i] = (unsigned char)(digit + 10 * borrow);
    }
    return a;
}

static struct whole product(struct whole a, struct whole b)
{
    struct whole result = {{0}};
    for (size_t i = 0; i < DIGITS; i++) {
        unsigned carry = 0;
        for (size_t j = 0; a.digits[i] != 0 && i + j < DIGITS; j++) {
            const unsigned digit = result.digits[i + j] + a.digits[i] * b.digits[j] + carry;
            result.digits[i + j] = (unsigned char)(digit % 10);
            carry = digit / 10;
        }
    }
    return result;
}

static struct whole quotient(struct whole dividend, struct whole divisor, struct whole *remainder)
{
    struct whole result = {{0}};
    *remainder = (struct whole){{0}};
    for (size_t i = DIGITS; i-- > 0;) {
        memmove(remainder->digits + 1, remainder->digits, DIGITS - 1);
        remainder->digits[0] = dividend.digits[i];
        while (compare(*remainder, divisor) >= 0) {
            *remainder = difference(*remainder, divisor);
            result.digits[i]++;
        }
    }
    return result;
}

int64_t reference_round(int64_t value, int64_t numerator, int64_t denominator)
{
    /* floor(x + 1/2) = floor((2n + d) / 2d) */
    const struct whole twice = product(whole(2), product(whole(value), whole(numerator)));
    struct whole remainder;
    return number_of(
        quotient(sum(twice, whole(denominator)), product(whole(2), whole(denominator)), &remainder));
}

int64_t reference_micro(int64_t value, int64_t numerator, int64_t denominator, bool *is_cut)
{
    const struct whole millionfold = product(whole(1000000), product(whole(value), whole(numerator)));
    struct whole remainder;
    const int64_t micro = number_of(quotient(millionfold, whole(denominator), &remainder));
    *is_cut = compare(remainder, whole(0)) != 0;
    return micro;
}

/* Due to a tax is amount × rate ÷ rates. Everybody gets the whole part at once; what is left goes one minor
 * unit after the other to the tax that most is still due to, once each. */
static void split(const struct pricing_product *product_sold, int64_t amount, int64_t rates, int64_t *given)
{
    int64_t left = amount;
    for (unsigned i = 0; i < product_sold->tax_count; i++) {
        given[i] = 0;
        if (product_sold->taxes[i].inclusive && rates > 0) {
            struct whole remainder;
            given[i] = number_of(quotient(product(whole(amount), whole(product_sold->taxes[i].rate)),
                                          whole(rates), &remainder));
            left -= given[i];
        }
    }
    bool has_got[PRICING_TAXES_MAX] = {false};
    for (; left > 0; left--) {
        int neediest = -1;
        struct whole need = whole(0);
        for (unsigned i = 0; i < product_sold->tax_count; i++) {
            if (!product_sold->taxes[i].inclusive || has_got[i]) {
                continue;
            }
            const struct whole due = product(whole(amount), whole(product_sold->taxes[i].rate));
            const struct whole open = difference(due, product(whole(given[i]), whole(rates)));
            if (neediest < 0 || compare(open, need) > 0) {
                neediest = (int)i;
                need = open;
            }
        }
        assert_true(neediest >= 0);
        given[neediest]++;
        has_got[neediest] = true;
    }
}

struct reference_line reference_price(const struct pricing_line *line)
{
    const struct pricing_product *sold = line->product;
    struct reference_line result = {.gross = reference_round(sold->price_minor, line->quantity, 100000)};
    int64_t net = result.gross;
    for (unsigned i = 0; i < line->discount_count; i++) {
        int64_t off = line->discounts[i].value;
        if (line->discounts[i].kind == PRICING_DISCOUNT_PERCENT) {
            off = reference_round(net, off, 10000000);
        }
        net = off > net ? 0 : net - off;
    }
    result.discount = result.gross - net;

    int64_t rates = 0;
    for (unsigned i = 0; i < sold->tax_count; i++) {
        rates += sold->taxes[i].inclusive ? sold->taxes[i].rate : 0;
    }
    const int64_t inclusive = reference_round(net, rates, 10000000 + rates);
    result.base = net - inclusive;
    split(sold, inclusive, rates, result.tax);
    result.total = net;
    for (unsigned i = 0; i < sold->tax_count; i++) {
        if (!sold->taxes[i].inclusive) {
            result.tax[i] = reference_round(result.base, sold->taxes[i].rate, 10000000);
            result.total += result.tax[i];
        }
    }
    return result;
}
