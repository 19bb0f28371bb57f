/* The groups of customers: rows of the catalogue that price lists and promotions refer to. */
#ifndef MYPOS_APP_CUSTOMER_GROUPS_H
#define MYPOS_APP_CUSTOMER_GROUPS_H

#include "app/app.h"

/* Checks what a client asks for: a group that does not exist or is archived is a fault below /group_ids,
 * unless it is one of `held`, which the customer has already. */
MUST_CHECK enum status customer_groups_check(struct call *call, const json_t *ids, const json_t *held);

#endif
