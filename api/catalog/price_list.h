/*
 * Price lists: other prices for some products, for certain groups of customers, stores and times.
 *
 * A list is an entity; its prices are not part of it, for there may be tens of thousands. They are set many
 * at a time, and read in pages. A sale pays the lowest price of the lists that hold for it
 * (catalog/offers.h).
 */
#ifndef MYPOS_CATALOG_PRICE_LIST_H
#define MYPOS_CATALOG_PRICE_LIST_H

#include "catalog/entity.h"

#define PRICE_LISTS_MAX    200 /* that are not archived */
#define PRICE_LIST_COLUMNS "name, customer_group_ids, store_ids, valid_from, valid_until"

enum price_list_field {
    PRICE_LIST_NAME,
    PRICE_LIST_CUSTOMER_GROUP_IDS, /* empty: everybody */
    PRICE_LIST_STORE_IDS,          /* empty: every store */
    PRICE_LIST_VALID_FROM,
    PRICE_LIST_VALID_UNTIL,
    PRICE_LIST_FIELD_COUNT,
};

/* A price of a list, as it is read. */
struct price_list_price {
    int64_t product_key, price_minor;
    struct id product_id;
    const char *sku, *name;
};

/* At most `limit` prices of a list, of products with keys after `after`, by key; or the one of `product_id`
 * unless that is NULL. Strings are copied to the arena. */
MUST_CHECK enum status price_list_prices_read(struct db *db, struct arena *arena, int64_t price_list_key,
                                              const struct id *product_id, int64_t after, size_t limit,
                                              struct price_list_price *prices, size_t *count);

struct price_list_result {
    size_t set, removed, unchanged;
};

/* Sets the prices of a request's array, [{"product_id":…,"price":…}], null removing: all or none. What
 * changed is in the change log as {"prices":[…]}, in several entries when there is much.
 * STATUS_PRICE_LIST_NOT_FOUND; a fault for each product that does not exist, is archived or is there twice.
 */
MUST_CHECK enum status price_list_prices_set(struct entity_act *act, const struct id *price_list_id,
                                             const json_t *prices, struct price_list_result *result);

/* A fault at "/valid_until" unless it is after "valid_from". */
void price_list_check_times(struct entity_act *act, const struct entity_value *from,
                            const struct entity_value *until);

#endif
