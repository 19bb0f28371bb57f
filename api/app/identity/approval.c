#include "app/identity/approval.h"

#include "app/identity/auth.h"

#define POINTER "#/header/MyPOS-Approval"

/* Once a call: later questions are about the same credential. */
static enum status find_approver(struct call *call)
{
    if (call->approver.kind != PRINCIPAL_NONE) {
        return STATUS_OK;
    }
    const enum status status = auth_check(call, call->approval, &call->approver);
    if (status != STATUS_UNAUTHENTICATED) {
        return status;
    }
    /* Not 401: that is about who asks, and would end the cashier's session. */
    const char *why = call->detail.text;
    (void)detail_fault(&call->detail, POINTER, "approval_invalid", "%s",
                       why == NULL ? status_title(status) : why);
    return detail_set(&call->detail, STATUS_FORBIDDEN, "The approval is not valid.");
}

enum status call_allowed(struct call *call, uint64_t scope, const struct principal **who)
{
    const struct principal *approver = NULL;
    if (!auth_allows(call->principal.scopes, scope)) {
        if (call->approval == NULL) {
            return detail_set(&call->detail, STATUS_FORBIDDEN, "This needs the scope %s, or an approval.",
                              auth_scope_name(scope));
        }
        const enum status status = find_approver(call);
        if (status != STATUS_OK) {
            return status;
        }
        if (!auth_allows(call->approver.scopes, scope)) {
            (void)detail_fault(&call->detail, POINTER, "approval_insufficient", "%s lacks the scope %s.",
                               call->approver.name, auth_scope_name(scope));
            return detail_set(&call->detail, STATUS_FORBIDDEN,
                              "This needs the scope %s, and who approves it lacks it too.",
                              auth_scope_name(scope));
        }
        approver = &call->approver;
    }
    if (who != NULL) {
        *who = approver;
    }
    return STATUS_OK;
}
