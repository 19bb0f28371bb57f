/*
 * Promotions as reference data. What they do is said in core/pricing/promotion.h; a sale reads them by
 * catalog/offers.h.
 *
 *     kind              its own members
 *     percent_off       value: a percentage
 *     amount_off        value: minor units
 *     buy_x_get_y       buy, get; value: a percentage, 100 when it is not given
 *     n_for_price       quantity, price
 *     basket_threshold  threshold; value_type, and value as it says
 *
 * It covers the products of `product_ids` and those of `category_ids` and of the categories below; both
 * empty: every product. It holds in `store_ids`, for customers of `customer_group_ids`, from `valid_from`
 * until before `valid_until`, on `days`, within `hours`, and with a `coupon` only for who shows it; what is
 * not given does not restrict.
 */
#ifndef MYPOS_CATALOG_PROMOTION_H
#define MYPOS_CATALOG_PROMOTION_H

#include "catalog/entity.h"
#include "core/pricing/promotion.h"

#define PROMOTION_COLUMNS                                                                                    \
    "name, kind, product_ids, category_ids, value_type, value, buy, get, quantity, price, threshold, "       \
    "coupon, valid_from, valid_until, days, hours, customer_group_ids, store_ids, priority, stacking"

enum promotion_field {
    PROMOTION_NAME,
    PROMOTION_KIND,
    PROMOTION_PRODUCT_IDS,
    PROMOTION_CATEGORY_IDS,
    PROMOTION_VALUE_TYPE,
    PROMOTION_VALUE, /* a decimal: a percentage, or minor units */
    PROMOTION_BUY,
    PROMOTION_GET,
    PROMOTION_QUANTITY,
    PROMOTION_PRICE,
    PROMOTION_THRESHOLD,
    PROMOTION_COUPON, /* in capitals */
    PROMOTION_VALID_FROM,
    PROMOTION_VALID_UNTIL,
    PROMOTION_DAYS,
    PROMOTION_HOURS,
    PROMOTION_CUSTOMER_GROUP_IDS,
    PROMOTION_STORE_IDS,
    PROMOTION_PRIORITY,
    PROMOTION_STACKING,
    PROMOTION_FIELD_COUNT,
};

/* Reads a row as the core takes it, but for its scope, groups and stores, which are keys there. Strings are
 * copied. */
void promotion_read(const struct entity_row *row, struct arena *arena, struct promotion *out);

#endif
