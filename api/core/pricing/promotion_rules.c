/* Promotions at work: steps 3 and 5 of core/pricing/pricing.h, by the rules of core/pricing/promotion.h. */
#include "core/pricing/pricing_steps.h"
#include "core/quantity.h"

/* --- which lines --- */

static bool is_in_scope(const struct pricing_line *line, const struct promotion *promotion)
{
    return !line->undiscounted &&
           promotion_covers(promotion, line->product->key, line->product->category_key);
}

bool pricing_promotion_takes(const struct pricing_line *line, const struct promotion *promotion)
{
    return !line->closed && line->promotion_count < (promotion->exclusive ? 1 : PROMOTION_LINE_MAX) &&
           pricing_left(line) > 0 && is_in_scope(line, promotion);
}

void pricing_promotion_took(struct pricing_line *line, const struct promotion *promotion)
{
    line->promotion_count++;
    line->closed = promotion->exclusive;
}

/* --- off each line --- */

static void take_of_lines(struct pricing *pricing, size_t index, const struct promotion *promotion)
{
    for (size_t i = 0; i < pricing->cart->line_count; i++) {
        struct pricing_line *line = &pricing->cart->lines[i];
        if (!pricing_promotion_takes(line, promotion)) {
            continue;
        }
        const int64_t left = pricing_left(line);
        const struct fraction exact = promotion->kind == PROMOTION_PERCENT_OFF
                                          ? fraction_of(left, promotion->value, RATE_ONE)
                                          : fraction_of(promotion->value, line->quantity, QUANTITY_ONE);
        const int64_t wanted = round_fraction(exact, pricing->mode); /* -1: beyond all limits */
        const bool limited = wanted < 0 || wanted > left;
        const int64_t given = limited ? left : wanted;
        if (given > 0) {
            pricing_explain(
                pricing,
                (struct pricing_step){.rule = PRICING_RULE_PROMOTION,
                                      .rounding = limited ? PRICING_ROUNDING_LIMITED : pricing->rounded,
                                      .line = i,
                                      .index = (unsigned)index,
                                      .input = left,
                                      .rounded = given},
                wanted < 0 ? fraction_of(left, 1, 1) : exact);
            pricing_take(pricing, i, PRICING_SHARE_PROMOTION, index, given);
            pricing_promotion_took(line, promotion);
        }
    }
}

/* --- off units of several lines --- */

/* The lines that a promotion of units looks at, the dearest units first, the earlier line first when equal.
 * All arrays go by the position in that order. */
struct units {
    size_t count;
    int64_t sum; /* of units */
    uint16_t lines[PRICING_LINES_MAX];
    int64_t units[PRICING_LINES_MAX];   /* of the line */
    int64_t left[PRICING_LINES_MAX];    /* what they cost together */
    wide_uint value[PRICING_LINES_MAX]; /* of those that take part: the weights of the spread */
};

/* Whether a unit of one is dearer than a unit of the other. */
static bool is_dearer(int64_t left, int64_t units, int64_t other_left, int64_t other_units)
{
    return (wide_uint)left * (uint64_t)other_units > (wide_uint)other_left * (uint64_t)units;
}

/* Puts a line in its place: binary search for the first cheaper one. */
static void insert_line(struct units *units, uint16_t line, int64_t left, int64_t count)
{
    size_t low = 0, high = units->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (is_dearer(left, count, units->left[middle], units->units[middle])) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    for (size_t i = units->count; i > low; i--) {
        units->lines[i] = units->lines[i - 1];
        units->units[i] = units->units[i - 1];
        units->left[i] = units->left[i - 1];
    }
    units->lines[low] = line;
    units->units[low] = count;
    units->left[low] = left;
    units->value[units->count++] = 0;
    units->sum += count;
}

static void find_units(const struct pricing_cart *cart, const struct promotion *promotion,
                       struct units *units)
{
    units->count = 0;
    units->sum = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        const struct pricing_line *line = &cart->lines[i];
        if (line->product->unit == PRICING_EACH && pricing_promotion_takes(line, promotion)) {
            insert_line(units, (uint16_t)i, pricing_left(line), line->quantity / QUANTITY_ONE);
        }
    }
}

/* What some of a line's units cost. */
static int64_t cost(const struct pricing *pricing, const struct units *units, size_t at, int64_t count)
{
    return round_fraction(fraction_of(units->left[at], count, units->units[at]), pricing->mode);
}

/* Takes `given` off the units that took part, by their value; `worth` is the value of all of them. */
static void spread(struct pricing *pricing, size_t index, const struct promotion *promotion,
                   const struct units *units, int64_t worth, int64_t given, struct fraction exact)
{
    const struct pricing_step step = {
        .rule = PRICING_RULE_PROMOTION,
        .rounding = pricing->rounded,
        .line = pricing->cart->line_count,
        .index = (unsigned)index,
        .input = worth,
        .rounded = given,
    };
    pricing_explain(pricing, step, exact);
    pricing_spread(pricing, &step, PRICING_SHARE_PROMOTION, given, units->lines, units->value, units->count);
    for (size_t i = 0; i < units->count; i++) {
        if (units->value[i] > 0) {
            pricing_promotion_took(&pricing->cart->lines[units->lines[i]], promotion);
        }
    }
}

/* The units that are paid come from the dear end, those that are free from the cheap end. */
static void buy_x_get_y(struct pricing *pricing, size_t index, const struct promotion *promotion)
{
    struct units units;
    find_units(pricing->cart, promotion, &units);
    const int64_t together = promotion->buy + promotion->get;
    const int64_t groups = units.sum / together, rest = units.sum % together;
    const int64_t beyond = rest > promotion->buy ? rest - promotion->buy : 0;
    int64_t paid = groups * promotion->buy + (beyond > 0 ? promotion->buy : 0);
    int64_t free = groups * promotion->get + beyond;
    int64_t worth = 0, free_worth = 0;
    for (size_t i = 0; i < units.count && paid > 0; i++) {
        const int64_t count = paid < units.units[i] ? paid : units.units[i];
        units.value[i] = (wide_uint)cost(pricing, &units, i, count);
        paid -= count;
    }
    for (size_t i = units.count; i-- > 0 && free > 0;) {
        const int64_t count = free < units.units[i] ? free : units.units[i];
        const int64_t value = cost(pricing, &units, i, count);
        units.value[i] += (wide_uint)value;
        free_worth += value;
        free -= count;
    }
    for (size_t i = 0; i < units.count; i++) {
        /* Two rounded parts of a line may come to more than the line. */
        if (units.value[i] > (wide_uint)units.left[i]) {
            units.value[i] = (wide_uint)units.left[i];
        }
        worth += (int64_t)units.value[i];
    }
    const struct fraction exact = fraction_of(free_worth, promotion->value, RATE_ONE);
    const int64_t given = round_fraction(exact, pricing->mode);
    if (given > 0) {
        spread(pricing, index, promotion, &units, worth, given, exact);
    }
}

/* Where the groups of N_FOR_PRICE have got to: so many units of the lines before, and of this one. */
struct place {
    size_t at;
    int64_t taken;
};

/* The next group, over the ends of lines: what its units cost, and where they end. -1: there are too few. */
static int64_t next_group(const struct pricing *pricing, const struct units *units, int64_t size,
                          struct place *place)
{
    int64_t sum = 0;
    while (size > 0 && place->at < units->count) {
        const int64_t open = units->units[place->at] - place->taken;
        const int64_t count = size < open ? size : open;
        sum += cost(pricing, units, place->at, place->taken + count) -
               cost(pricing, units, place->at, place->taken);
        size -= count;
        place->taken += count;
        if (place->taken == units->units[place->at]) {
            *place = (struct place){.at = place->at + 1};
        }
    }
    return size > 0 ? -1 : sum;
}

/* Groups are taken as long as each costs more than the price. Those that begin and end in one line all cost
 * the same: they are taken at once. Returns their number, and where they end. */
static int64_t find_groups(const struct pricing *pricing, const struct units *units,
                           const struct promotion *promotion, struct place *place)
{
    int64_t groups = 0;
    for (;;) {
        struct place after = *place;
        const int64_t open = place->at < units->count ? units->units[place->at] - place->taken : 0;
        const int64_t whole = open / promotion->quantity;
        if (whole > 0) {
            if (!is_dearer(units->left[place->at], units->units[place->at], promotion->price,
                           promotion->quantity)) {
                return groups;
            }
            after.taken += whole * promotion->quantity;
            if (after.taken == units->units[after.at]) {
                after = (struct place){.at = after.at + 1};
            }
            groups += whole;
        } else {
            if (next_group(pricing, units, promotion->quantity, &after) <= promotion->price) {
                return groups;
            }
            groups++;
        }
        *place = after;
    }
}

static void n_for_price(struct pricing *pricing, size_t index, const struct promotion *promotion)
{
    struct units units;
    struct place end = {0};
    int64_t worth = 0, price;
    find_units(pricing->cart, promotion, &units);
    const int64_t groups = find_groups(pricing, &units, promotion, &end);
    for (size_t i = 0; i < units.count && i <= end.at; i++) {
        units.value[i] = (wide_uint)(i < end.at ? units.left[i] : cost(pricing, &units, i, end.taken));
        worth += (int64_t)units.value[i];
    }
    if (!__builtin_mul_overflow(groups, promotion->price, &price) && price < worth) {
        spread(pricing, index, promotion, &units, worth, worth - price, fraction_of(worth - price, 1, 1));
    }
}

/* --- in order --- */

static bool is_valid(const struct pricing_cart *cart, const struct promotion *promotion)
{
    return cart->facts != NULL && promotion_is_valid(promotion, cart->facts);
}

void pricing_promote_lines(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    for (size_t i = 0; i < cart->promotion_count; i++) {
        const struct promotion *promotion = &cart->promotions[i];
        if (promotion_is_of_basket(promotion) || !is_valid(cart, promotion)) {
            continue;
        }
        switch (promotion->kind) {
        case PROMOTION_PERCENT_OFF:
        case PROMOTION_AMOUNT_OFF:
            take_of_lines(pricing, i, promotion);
            break;
        case PROMOTION_BUY_X_GET_Y:
            buy_x_get_y(pricing, i, promotion);
            break;
        case PROMOTION_N_FOR_PRICE:
            n_for_price(pricing, i, promotion);
            break;
        case PROMOTION_BASKET_THRESHOLD:
            break;
        }
    }
}

/* What the lines in scope come to, whichever promotion has them. */
static bool is_reached(const struct pricing_cart *cart, const struct promotion *promotion)
{
    int64_t sum = 0;
    for (size_t i = 0; i < cart->line_count; i++) {
        if (is_in_scope(&cart->lines[i], promotion)) {
            sum += pricing_left(&cart->lines[i]); /* at most the subtotal */
        }
    }
    return sum >= promotion->threshold;
}

void pricing_promote_basket(struct pricing *pricing)
{
    const struct pricing_cart *cart = pricing->cart;
    for (size_t i = 0; i < cart->promotion_count; i++) {
        const struct promotion *promotion = &cart->promotions[i];
        if (!promotion_is_of_basket(promotion) || !is_valid(cart, promotion) ||
            (promotion->kind == PROMOTION_BASKET_THRESHOLD && !is_reached(cart, promotion))) {
            continue;
        }
        const bool is_percent = promotion->kind == PROMOTION_BASKET_THRESHOLD
                                    ? promotion->value_is_percent
                                    : promotion->kind == PROMOTION_PERCENT_OFF;
        const struct pricing_discount discount = {
            .kind = is_percent ? PRICING_DISCOUNT_PERCENT : PRICING_DISCOUNT_AMOUNT,
            .value = promotion->value,
        };
        pricing_take_of_basket(pricing, PRICING_RULE_PROMOTION, PRICING_SHARE_PROMOTION, i, discount,
                               promotion);
    }
}
