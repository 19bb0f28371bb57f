/*
 * The offers of the demo shop: deposits on bottles, customer groups, price lists, promotions. They name
 * products by SKU, categories and groups by name:
 *
 *     "deposits": {"Deposit 0.25": ["SD-701"]}                    a tax of the shop, and who has it besides
 *     "customer_groups": [{"name": "Staff"}]                      as the API takes them
 *     "price_lists": [{…, "customer_groups": ["Staff"], "prices": {"CB-101": 120}}]
 *     "promotions": [{…, "products": ["SW-602"], "categories": ["Wine & beer"]}]
 */
#ifndef MYPOS_APP_DEMO_OFFERS_H
#define MYPOS_APP_DEMO_OFFERS_H

#include "catalog/entity.h"

/* Inside an act, after the products were made. STATUS_VALIDATION_FAILED, with words, for a name that nothing
 * has. Members of `shop` are changed to ids. */
MUST_CHECK enum status demo_offers_make(struct entity_act *act, json_t *shop);

/* The groups that a customer of the demo names, as "customer_groups", become its "group_ids". */
MUST_CHECK enum status demo_offers_resolve_customer(struct entity_act *act, json_t *customer);

#endif
