#include "carts.h"

#include "core/money.h"
#include "core/wasm/till.h"

struct carts_random carts_random(uint32_t seed)
{
    struct carts_random random;
    for (int i = 0; i < 4; i++) {
        seed = seed * 1664525u + 1013904223u;
        random.state[i] = seed;
    }
    return random;
}

static uint32_t rotate(uint32_t number, int by)
{
    return number << by | number >> (32 - by);
}

static uint32_t next(struct carts_random *random)
{
    uint32_t *s = random->state;
    const uint32_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
}

static uint32_t below(struct carts_random *random, uint32_t limit)
{
    return next(random) % limit;
}

/* From 0 to max < 2^53, small numbers as often as large ones. */
static int64_t amount(struct carts_random *random, int64_t max)
{
    const uint32_t bits = 1 + below(random, 53);
    const uint64_t high = next(random) & 0x1fffff, low = next(random);
    const uint64_t number = (high << 32 | low) >> (53 - bits);
    return (int64_t)(number % ((uint64_t)max + 1));
}

/* Draws stand in statements of their own, or one in a call: C does not say which argument comes first. */
static const int64_t rates[] = {0,      400000,  500000,  700000,  887500,
                                997500, 1000000, 1900000, 2000000, 10000000};

static int64_t rate(struct carts_random *random)
{
    const uint32_t which = below(random, 12);
    return which < 10 ? rates[which] : amount(random, RATE_ONE);
}

struct tax {
    int64_t rate, amount_per_unit;
    uint32_t is_fixed, inclusive, compound;
};

static void make_products(struct carts_random *random, const char *text, uint32_t count, uint32_t *weighed)
{
    struct tax taxes[5];
    const uint32_t tax_count = 1 + below(random, 5);
    for (uint32_t i = 0; i < tax_count; i++) {
        taxes[i].is_fixed = below(random, 5) == 0;
        taxes[i].rate = taxes[i].is_fixed ? 0 : rate(random);
        taxes[i].amount_per_unit = taxes[i].is_fixed ? amount(random, 200) : 0;
        taxes[i].inclusive = below(random, 2);
        taxes[i].compound = below(random, 4) == 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        const int64_t price = amount(random, below(random, 200) == 0 ? MONEY_MAX : 1000000);
        const int64_t category = 1 + below(random, 3);
        weighed[i] = below(random, 4) == 0;
        till_product(i + 1, category, price, (int)weighed[i], text, text, text);
        for (uint32_t j = below(random, 4); j > 0; j--) {
            const uint32_t which = below(random, tax_count);
            const struct tax *tax = &taxes[which];
            till_tax(which + 1, tax->rate, tax->amount_per_unit, (int)tax->is_fixed, (int)tax->inclusive,
                     (int)tax->compound, text, text);
        }
    }
}

static void make_promotion(struct carts_random *random, const char *text)
{
    const uint32_t kind = below(random, 5), exclusive = below(random, 2), percent = below(random, 2);
    const uint32_t is_percent = kind == PROMOTION_PERCENT_OFF || kind == PROMOTION_BUY_X_GET_Y ||
                                (kind == PROMOTION_BASKET_THRESHOLD && percent);
    const int64_t value = is_percent ? rate(random) : amount(random, 5000);
    const char *coupon = below(random, 4) == 0 ? text : NULL;
    till_promotion((int)kind, (int)exclusive, (int)percent, value, text, text, coupon);
    const int32_t buy = (int32_t)(1 + below(random, 3)), get = (int32_t)(1 + below(random, 2));
    const int32_t quantity = (int32_t)(1 + below(random, 4));
    const int64_t price = amount(random, 20000);
    till_promotion_units(buy, get, quantity, price, amount(random, 20000));
    const uint32_t days = below(random, 4) == 0 ? 1 + below(random, 127) : 0;
    const int from = below(random, 4) == 0 ? (int)below(random, 1441) : 0;
    till_promotion_times(0, 0, days, from, from == 0 ? 0 : (int)below(random, 1441));
    const uint32_t scope = below(random, 3);
    if (scope == 1) {
        till_key(TILL_CATEGORIES, 1 + below(random, 3));
        till_key(TILL_CATEGORIES, 1 + below(random, 3));
    } else if (scope == 2) {
        till_key(TILL_PRODUCTS, 1 + below(random, 4));
    }
}

static void make_discount(struct carts_random *random, const char *text,
                          void (*add)(int kind, int64_t value, const char *reason))
{
    const uint32_t kind = below(random, 2);
    const int64_t value = kind == PRICING_DISCOUNT_PERCENT ? rate(random) : amount(random, 20000);
    add((int)kind, value, below(random, 2) ? text : NULL);
}

static void make_line(struct carts_random *random, const char *text, uint32_t product_count,
                      const uint32_t *weighed)
{
    const uint32_t product = below(random, product_count);
    const int64_t quantity = below(random, weighed[product] ? 2 : 100) == 0
                                 ? amount(random, 2000000)
                                 : (int64_t)(1 + below(random, 8)) * 100000;
    till_line(product, quantity, below(random, 8) == 0 ? 1200 : 0, NULL);
    if (below(random, 10) == 0) {
        const int source = (int)(1 + below(random, 3));
        till_line_price(source, amount(random, 100000), text);
    }
    for (uint32_t i = below(random, 4) == 0 ? 1 + below(random, 3) : 0; i > 0; i--) {
        make_discount(random, text, till_line_discount);
    }
    if (below(random, 12) == 0) {
        till_line_exempt(text);
    }
    if (below(random, 12) == 0) {
        till_line_undiscounted();
    }
}

uint32_t carts_next(struct carts_random *random)
{
    const int per_receipt = below(random, 3) == 0, half_even = below(random, 3) == 0;
    till_begin(per_receipt, half_even);
    char *text = till_text(1);
    text[0] = 'x';
    const uint32_t product_count = 1 + below(random, 4);
    uint32_t weighed[4];
    make_products(random, text, product_count, weighed);
    for (uint32_t i = below(random, 2) ? 1 + below(random, 3) : 0; i > 0; i--) {
        make_promotion(random, text);
    }
    const uint32_t weekday = below(random, 7);
    till_facts(1000, weekday, below(random, 1440), 1);
    if (below(random, 2)) {
        till_coupon(text);
    }
    for (uint32_t i = 1 + below(random, 6); i > 0; i--) {
        make_line(random, text, product_count, weighed);
    }
    for (uint32_t i = below(random, 4) == 0 ? 1 + below(random, 2) : 0; i > 0; i--) {
        make_discount(random, text, till_discount);
    }
    if (below(random, 20) == 0) {
        till_exempt(text);
    }
    (void)till_price();
    return till_quote(text, 5, below(random, 16) == 0);
}
