/* From requests to the bodies of customers (app/customers/customer_document.h): merged, completed, checked.
 */
#ifndef MYPOS_APP_CUSTOMER_BODY_H
#define MYPOS_APP_CUSTOMER_BODY_H

#include "app/app.h"

/* The body that a request makes of `before` (NULL: of nobody) by a merge patch (RFC 7396), all faults at
 * once; the caller owns it. Credit on account needs the scope customers:credit: STATUS_FORBIDDEN. */
MUST_CHECK enum status customer_body_patch(struct call *call, const json_t *before, const json_t *request,
                                           int64_t at_ms, json_t **body);

/* What a customer does not have is taken over from a duplicate: members, and groups. The body stays the
 * caller's. */
void customer_body_take_over(json_t *body, const json_t *duplicate);

#endif
