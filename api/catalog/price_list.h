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

/* A fault at "/valid_until" unless it is after "valid_from". */
void price_list_check_times(struct entity_act *act, const struct entity_value *from,
                            const struct entity_value *until);

#endif
