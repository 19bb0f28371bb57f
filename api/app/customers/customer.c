#include "app/customers/customer.h"

#include "app/customers/customer_document.h"
#include "base/clock.h"

#include <string.h>

/* --- finding -------------------------------------------------------------------------------------- */

static const char *copy_member(struct arena *arena, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? NULL : arena_copy(arena, text);
}

static void read_exemption(struct arena *arena, const json_t *body, int64_t day, struct customer *customer)
{
    const json_t *exemption = json_object_get(body, "tax_exemption");
    const char *until = json_string_value(json_object_get(exemption, "valid_until"));
    struct clock_date last;
    if (exemption == NULL ||
        (until != NULL && (!clock_parse_date(until, &last) || clock_days_of_date(last) < day))) {
        return;
    }
    customer->tax_exempt = true;
    customer->exemption_reason = copy_member(arena, exemption, "reason");
    customer->exemption_certificate = copy_member(arena, exemption, "certificate");
}

static void read_groups(struct arena *arena, const json_t *ids, struct customer *customer)
{
    customer->group_ids = arena_alloc(arena, json_array_size(ids) * sizeof *customer->group_ids);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        if (id_parse(json_string_value(json_array_get(ids, i)),
                     &customer->group_ids[customer->group_count])) {
            customer->group_count++;
        }
    }
}

static void read_document(const struct ledger_document *document, struct customer *customer)
{
    *customer = (struct customer){.id = document->id, .is_erased = customer_is(document, CUSTOMER_ERASED)};
    memcpy(customer->balances, document->balances, sizeof customer->balances);
}

enum status customer_find(struct call *call, const struct id *id, const char *pointer, int64_t day,
                          struct customer *customer)
{
    struct ledger_document document;
    const enum status status = customer_read_whole(call, id, &document);
    if (status == STATUS_CUSTOMER_NOT_FOUND ||
        (status == STATUS_OK && customer_is(&document, CUSTOMER_ERASED))) {
        return detail_fault(&call->detail, pointer, "customer_not_found",
                            status == STATUS_OK ? "This customer was erased." : "There is no such customer.");
    }
    if (status != STATUS_OK) {
        return status;
    }
    json_t *body = customer_body_load(&document);
    read_document(&document, customer);
    customer->name = copy_member(call->arena, body, "name");
    customer->account_limit = json_integer_value(json_object_get(body, "account_limit"));
    read_exemption(call->arena, body, day, customer);
    read_groups(call->arena, json_object_get(body, "group_ids"), customer);
    json_decref(body);
    return STATUS_OK;
}

enum status customer_of_record(struct call *call, const struct id *id, struct customer *customer)
{
    struct ledger_document document;
    const enum status status = customer_read_whole(call, id, &document);
    if (status != STATUS_OK) {
        return status == STATUS_CUSTOMER_NOT_FOUND ? STATUS_DOCUMENT_NOT_FOUND : status;
    }
    json_t *body = customer_body_load(&document);
    read_document(&document, customer);
    customer->name = copy_member(call->arena, body, "name");
    json_decref(body);
    return STATUS_OK;
}

enum status customer_check_points(struct call *call, const struct customer *customer, int64_t points,
                                  const char *pointer)
{
    const int64_t there = customer->balances[LEDGER_CUSTOMER_POINTS];
    if (points <= there) {
        return STATUS_OK;
    }
    (void)detail_fault(&call->detail, pointer, "insufficient_balance", "%lld points are there.",
                       (long long)there);
    return detail_set(&call->detail, STATUS_INSUFFICIENT_BALANCE,
                      "%s has %lld points; %lld are to be burned.", customer->name, (long long)there,
                      (long long)points);
}

/* --- posting -------------------------------------------------------------------------------------- */

static struct ledger_posting posting_to(const struct customer *customer, const char *reason)
{
    return (struct ledger_posting){
        .kind = LEDGER_CUSTOMER,
        .id = customer->id,
        .required_state = CUSTOMER_ACTIVE,
        .floors = LEDGER_NO_FLOORS,
        .reason = reason,
    };
}

void customer_post_sale(const struct customer *customer, const struct customer_sale *sale,
                        struct ledger_posting *posting)
{
    *posting = posting_to(customer, "sale");
    posting->amounts[LEDGER_CUSTOMER_VISITS] = 1;
    posting->amounts[LEDGER_CUSTOMER_SPENT] = sale->spent;
    posting->amounts[LEDGER_CUSTOMER_POINTS] = sale->earned - sale->burned;
    posting->amounts[LEDGER_CUSTOMER_STORE_CREDIT] = -sale->store_credit;
    posting->amounts[LEDGER_CUSTOMER_ACCOUNT] = -sale->account;
    posting->floors[LEDGER_CUSTOMER_STORE_CREDIT] = 0;
    posting->floors[LEDGER_CUSTOMER_ACCOUNT] = -customer->account_limit;
    /* The points that a sale earns do not pay for it: those that it burns must be there before. */
    posting->floors[LEDGER_CUSTOMER_POINTS] = sale->burned > 0 ? sale->earned : LEDGER_NO_FLOOR;
}

void customer_post_refund(const struct customer *customer, const struct customer_refund *refund,
                          struct ledger_posting *posting)
{
    *posting = posting_to(customer, refund->is_void ? "void" : "refund");
    posting->amounts[LEDGER_CUSTOMER_VISITS] = refund->is_void ? -1 : 0;
    posting->amounts[LEDGER_CUSTOMER_SPENT] = -refund->spent;
    if (customer->is_erased) {
        posting->required_state = CUSTOMER_ERASED;
        return;
    }
    posting->amounts[LEDGER_CUSTOMER_POINTS] = refund->given_back - refund->taken_back;
    posting->amounts[LEDGER_CUSTOMER_STORE_CREDIT] = refund->store_credit;
    posting->amounts[LEDGER_CUSTOMER_ACCOUNT] = refund->account;
}

void customer_post_both(struct ledger_posting *posting, const struct ledger_posting *other)
{
    for (size_t i = 0; i < LEDGER_BALANCES; i++) {
        posting->amounts[i] += other->amounts[i];
        if (posting->floors[i] < other->floors[i]) {
            posting->floors[i] = other->floors[i];
        }
    }
}

/* --- refusals ------------------------------------------------------------------------------------- */

static enum status explain_balance(struct call *call, const struct customer *customer,
                                   const struct ledger_posting *posting, const struct ledger_outcome *outcome,
                                   const char *pointer)
{
    const char *name = customer->name == NULL ? "The customer" : customer->name;
    const long long asked = -(long long)posting->amounts[outcome->balance];
    const long long there = (long long)outcome->left;
    const char *words;
    switch ((enum ledger_customer_balance)outcome->balance) {
    case LEDGER_CUSTOMER_STORE_CREDIT:
        words = arena_printf(call->arena, "%s has a store credit of %lld, not %lld.", name, there, asked);
        break;
    case LEDGER_CUSTOMER_ACCOUNT:
        words = arena_printf(call->arena, "%s owes %lld and may owe %lld: %lld more is too much.", name,
                             -there, (long long)customer->account_limit, asked);
        break;
    case LEDGER_CUSTOMER_POINTS:
        words = arena_printf(call->arena, "%s has %lld points; more are to be burned.", name, there);
        break;
    case LEDGER_CUSTOMER_VISITS:
    case LEDGER_CUSTOMER_SPENT:
    default:
        words = arena_printf(call->arena, "%s has %lld, not %lld.", name, there, asked);
        break;
    }
    (void)detail_fault(&call->detail, pointer, "insufficient_balance", "%s", words);
    return detail_set(&call->detail, STATUS_INSUFFICIENT_BALANCE, "%s", words);
}

enum status customer_explain(struct call *call, const struct customer *customer,
                             const struct ledger_posting *posting, const struct ledger_outcome *outcome,
                             enum status status, const char *pointer)
{
    if (status == STATUS_INSUFFICIENT_BALANCE) {
        return explain_balance(call, customer, posting, outcome, pointer);
    }
    if (status == STATUS_DOCUMENT_STATE) {
        return detail_set(&call->detail, status,
                          "The customer was merged or erased in this moment; send the request again.");
    }
    return status;
}
