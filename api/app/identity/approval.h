/*
 * Approval: what somebody may do alone, and what a second person must permit.
 *
 * An operation needs the scopes that the document names. Parts of a request may need more: a discount, a
 * price of the cashier's, a refund. Who lacks such a scope may bring an approval, the credential of a
 * supervisor (the header MyPOS-Approval), who then stands in the record as `allowed_by`.
 */
#ifndef MYPOS_APP_APPROVAL_H
#define MYPOS_APP_APPROVAL_H

#include "app/app.h"

/* Whether the call may do what one `scope` (AUTH_SCOPE(…) of app/identity/auth.h) guards. STATUS_OK with
 * `*who` NULL: by the principal's own scopes; with `*who`: that one permits it, and lives as long as the
 * call. STATUS_FORBIDDEN names the scope and, where an approval was sent, why it does not help. `who` may be
 * NULL.
 */
MUST_CHECK enum status call_allowed(struct call *call, uint64_t scope, const struct principal **who);

#endif
