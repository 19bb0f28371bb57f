/* The groups of customers: rows of the catalogue that price lists and promotions refer to. */
#ifndef MYPOS_APP_CUSTOMER_GROUPS_H
#define MYPOS_APP_CUSTOMER_GROUPS_H

#include "app/app.h"

/* The keys of groups by their ids (a JSON array, or NULL), ascending, in the call's arena. One that the
 * catalogue does not have, or has archived, is left out: it has no prices. */
MUST_CHECK enum status customer_group_keys(struct call *call, const json_t *ids, int64_t **keys,
                                           size_t *count);

/* Checks what a client asks for: a group that does not exist or is archived is a fault below /group_ids,
 * unless it is one of `held`, which the customer has already. */
MUST_CHECK enum status customer_groups_check(struct call *call, const json_t *ids, const json_t *held);

#endif
