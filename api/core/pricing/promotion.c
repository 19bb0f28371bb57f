#include "core/pricing/promotion.h"

#include "core/money.h"
#include "core/rate.h"

static bool contains(struct promotion_keys keys, int64_t key)
{
    size_t low = 0, high = keys.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (keys.keys[middle] == key) {
            return true;
        }
        if (keys.keys[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

static bool contains_any(struct promotion_keys keys, struct promotion_keys of)
{
    for (size_t i = 0; i < of.count; i++) {
        if (contains(keys, of.keys[i])) {
            return true;
        }
    }
    return false;
}

static char upper(char character)
{
    return character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
}

bool promotion_coupon_equal(const char *a, const char *b)
{
    while (*a != '\0' && upper(*a) == upper(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool has_coupon(const struct promotion_facts *facts, const char *coupon)
{
    for (size_t i = 0; i < facts->coupon_count; i++) {
        if (promotion_coupon_equal(facts->coupons[i], coupon)) {
            return true;
        }
    }
    return false;
}

/* Hours past midnight belong to the day on which they began. */
static bool is_time(const struct promotion *promotion, const struct promotion_facts *facts)
{
    const int from = promotion->from_minute, until = promotion->until_minute, minute = (int)facts->minute;
    const bool past_midnight = from > until && minute < until;
    const unsigned day = past_midnight ? (facts->weekday + 6) % 7 : facts->weekday;
    const bool in_hours = from == until ||
                          (from < until ? minute >= from && minute < until : minute >= from || past_midnight);
    return in_hours && (promotion->days == 0 || (promotion->days >> day & 1) != 0);
}

bool promotion_is_valid_but_for_coupon(const struct promotion *promotion, const struct promotion_facts *facts)
{
    return (promotion->valid_from_ms == 0 || facts->at_ms >= promotion->valid_from_ms) &&
           (promotion->valid_until_ms == 0 || facts->at_ms < promotion->valid_until_ms) &&
           is_time(promotion, facts) &&
           (promotion->stores.count == 0 || contains(promotion->stores, facts->store_key)) &&
           (promotion->customer_groups.count == 0 ||
            contains_any(promotion->customer_groups, facts->customer_groups));
}

bool promotion_is_valid(const struct promotion *promotion, const struct promotion_facts *facts)
{
    return promotion_is_valid_but_for_coupon(promotion, facts) &&
           (promotion->coupon == NULL || has_coupon(facts, promotion->coupon));
}

bool promotion_is_of_basket(const struct promotion *promotion)
{
    const bool has_scope = promotion->products.count > 0 || promotion->categories.count > 0;
    return promotion->kind == PROMOTION_BASKET_THRESHOLD ||
           ((promotion->kind == PROMOTION_PERCENT_OFF || promotion->kind == PROMOTION_AMOUNT_OFF) &&
            promotion->coupon != NULL && !has_scope);
}

bool promotion_covers(const struct promotion *promotion, int64_t product_key, int64_t category_key)
{
    return (promotion->products.count == 0 && promotion->categories.count == 0) ||
           contains(promotion->products, product_key) || contains(promotion->categories, category_key);
}

static bool is_count(int32_t count)
{
    return count >= 1 && count <= PROMOTION_UNITS_MAX;
}

static bool is_amount(int64_t amount)
{
    return amount >= 0 && amount <= MONEY_MAX;
}

static bool is_minute(int minute)
{
    return minute >= 0 && minute <= PROMOTION_DAY_MINUTES;
}

static const char *values_fault(const struct promotion *promotion)
{
    const bool is_percent = promotion->kind == PROMOTION_PERCENT_OFF ||
                            promotion->kind == PROMOTION_BUY_X_GET_Y ||
                            (promotion->kind == PROMOTION_BASKET_THRESHOLD && promotion->value_is_percent);
    if (!is_amount(promotion->value) || (is_percent && promotion->value > RATE_ONE)) {
        return "value";
    }
    if (promotion->kind == PROMOTION_BUY_X_GET_Y) {
        return !is_count(promotion->buy) ? "buy" : !is_count(promotion->get) ? "get" : NULL;
    }
    if (promotion->kind == PROMOTION_N_FOR_PRICE) {
        return !is_count(promotion->quantity) ? "quantity" : !is_amount(promotion->price) ? "price" : NULL;
    }
    return is_amount(promotion->threshold) ? NULL : "threshold";
}

const char *promotion_fault(const struct promotion *promotion)
{
    const char *fault = promotion->kind > PROMOTION_BASKET_THRESHOLD ? "kind" : values_fault(promotion);
    if (fault == NULL && promotion->days > PROMOTION_ALL_DAYS) {
        fault = "days";
    }
    if (fault == NULL && !(is_minute(promotion->from_minute) && is_minute(promotion->until_minute))) {
        fault = "hours";
    }
    return fault;
}
