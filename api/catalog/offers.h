/*
 * Offers: the promotions and price lists of a shop, in memory, as a sale needs them.
 *
 *     struct offers all;                               what is not archived, with its stores, groups and
 *     offers_read(db, arena, &all)                     scopes as keys
 *     offers_select(&all, &question, arena, &offers)   what holds for this sale, and its facts for the core
 *     offers_price(&offers, product, &price)           what a product costs by the price lists
 *
 * selling_cache_find_offers does the first two without a statement.
 */
#ifndef MYPOS_CATALOG_OFFERS_H
#define MYPOS_CATALOG_OFFERS_H

#include "catalog/selling.h"
#include "core/pricing/promotion.h"

struct offer_price_list {
    int64_t key;
    struct id id;
    const char *name;
    int64_t valid_from_ms, valid_until_ms;         /* from … before; 0: open */
    struct promotion_keys customer_groups, stores; /* none: everybody, everywhere */
};

struct offer_group {
    struct id id;
    int64_t key;
};

struct offers {
    size_t promotion_count, price_list_count, group_count;
    const struct promotion *promotions; /* by priority, then by id: as the core takes them */
    const struct offer_price_list *price_lists;
    const struct offer_group *groups; /* customer groups that are not archived */
    struct promotion_facts facts;     /* of the sale, after offers_select */
};

/* Which sale. Borrowed. */
struct offers_question {
    int64_t store_key;
    int64_t at_ms;
    unsigned weekday, minute; /* on the store's clock; 0 is Monday */
    const struct id *customer_group_ids;
    size_t customer_group_count;
    const char *const *coupons; /* as typed in */
    size_t coupon_count;
};

/* Reads all that is not archived; it is copied to the arena. */
MUST_CHECK enum status offers_read(struct db *db, struct arena *arena, struct offers *out);

/* Copies to the arena what holds for a sale; its coupons stay borrowed. A promotion that needs a coupon holds
 * when the coupon is given. */
void offers_select(const struct offers *all, const struct offers_question *question, struct arena *arena,
                   struct offers *out);

/* Everything, copied to the arena. */
void offers_copy(const struct offers *all, struct arena *arena, struct offers *out);

/* The lowest price that the product has in lists of a selection, and that list; NULL when it is in none: then
 * the catalogue's price counts. A list may also ask more than the catalogue does. */
const struct offer_price_list *offers_price(const struct offers *offers,
                                            const struct selling_product *product, int64_t *price_minor);

#endif
