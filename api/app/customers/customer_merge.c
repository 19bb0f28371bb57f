/*
 * Merging a duplicate: one act of two writes and two postings.
 *
 *     survivor    takes over what it does not have, and the duplicate's balances
 *     duplicate   is "merged" from now on; it keeps what was said of it and is found by it, but has no
 * balances
 *
 * The duplicate's write expects the balances that are moved: what a till posts in between makes both be read
 * again.
 */
#include "app/customers/customers.h"

#include "app/customers/customer_body.h"
#include "app/customers/customer_document.h"
#include "app/records/fingerprint.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 32

struct merge {
    struct ledger_document survivor, duplicate;
};

static void set_text(json_t *object, const char *name, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    if (json_object_set_new(object, name, json_string(id_format(id, text))) != 0) {
        abort();
    }
}

/* The survivor's body: what it takes over, and who is part of it now. */
static json_t *survivor_body(const struct merge *merge, const json_t *duplicate)
{
    json_t *body = customer_body_load(&merge->survivor);
    customer_body_take_over(body, duplicate);
    json_t *merged = json_object_get(body, "merged_ids");
    if (merged == NULL) {
        merged = json_array();
        json_object_set_new(body, "merged_ids", merged);
    }
    char text[ID_TEXT_SIZE];
    json_array_append_new(merged, json_string(id_format(&merge->duplicate.id, text)));
    json_array_extend(merged, json_object_get(duplicate, "merged_ids"));
    return body;
}

static enum status commit(struct call *call, const struct merge *merge, const json_t *request)
{
    const struct ledger *ledger = call->app->ledger;
    struct customer_terms terms[2];
    json_t *duplicate = customer_body_load(&merge->duplicate);
    json_t *survivor = survivor_body(merge, duplicate);
    set_text(duplicate, "merged_into", &merge->survivor.id);
    json_object_del(duplicate, "merged_ids");
    struct ledger_write writes[2] = {
        customer_write(call->arena, &merge->survivor, survivor, &terms[0]),
        customer_write(call->arena, &merge->duplicate, duplicate, &terms[1]),
    };
    json_decref(survivor);
    json_decref(duplicate);
    writes[1].document.state = CUSTOMER_MERGED;
    writes[1].expected_balances = merge->duplicate.balances;
    struct ledger_posting postings[2];
    for (size_t i = 0; i < 2; i++) {
        postings[i] = (struct ledger_posting){.kind = LEDGER_CUSTOMER,
                                              .id = writes[i].document.id,
                                              .required_state = CUSTOMER_ACTIVE,
                                              .floors = LEDGER_NO_FLOORS,
                                              .reason = "merge"};
        for (size_t balance = 0; balance < LEDGER_BALANCES; balance++) {
            const int64_t amount = merge->duplicate.balances[balance];
            postings[i].amounts[balance] = i == 0 ? amount : -amount;
        }
    }
    const struct ledger_answer kept = {.http_status = 200};
    const struct ledger_act act = {
        .name = "customer_merge",
        .id = id_new(),
        .fingerprint = fingerprint_of_request(request),
        .key = call->idempotency,
        .at_ms = clock_now_ms(),
        .answer = &kept,
        .postings = postings,
        .posting_count = 2,
        .writes = writes,
        .write_count = 2,
    };
    struct ledger_outcome outcome;
    const enum status status = ledger->ops->commit(ledger, &act, call->arena, &outcome);
    call->answer.replayed = status == STATUS_OK && outcome.replayed;
    return status;
}

/* Is the duplicate part of this customer already? */
static enum status is_merged(struct call *call, const struct merge *merge, bool *merged)
{
    *merged = false;
    if (!customer_is(&merge->duplicate, CUSTOMER_MERGED)) {
        return STATUS_OK;
    }
    struct ledger_document whole;
    const enum status status = customer_read_whole(call, &merge->duplicate.id, &whole);
    *merged = status == STATUS_OK && id_equal(&whole.id, &merge->survivor.id);
    return status;
}

static enum status check(struct call *call, const struct merge *merge)
{
    enum status status = customer_check_active(call, &merge->survivor);
    if (status == STATUS_OK) {
        status = customer_check_active(call, &merge->duplicate);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct customer_ids survivors, duplicates;
    customer_all_ids(&merge->survivor, &survivors);
    customer_all_ids(&merge->duplicate, &duplicates);
    if (survivors.count + duplicates.count > LEDGER_CUSTOMERS_MAX) {
        return detail_fault(&call->detail, "/from_id", "maximum", "At most %d customers become one.",
                            LEDGER_CUSTOMERS_MAX);
    }
    return STATUS_OK;
}

static enum status attempt(struct call *call, const struct id *id, const struct id *from,
                           const json_t *request)
{
    struct merge merge;
    bool merged = false;
    enum status status = customer_read_document(call, id, &merge.survivor);
    if (status != STATUS_OK) {
        return status;
    }
    status = customer_read_document(call, from, &merge.duplicate);
    if (status == STATUS_CUSTOMER_NOT_FOUND) {
        return detail_fault(&call->detail, "/from_id", "customer_not_found", "There is no such customer.");
    }
    if (status == STATUS_OK) {
        status = is_merged(call, &merge, &merged);
    }
    if (status != STATUS_OK || merged) {
        call->answer.replayed = merged;
        return status;
    }
    status = check(call, &merge);
    return status == STATUS_OK ? commit(call, &merge, request) : status;
}

enum status customers_merge(struct call *call, const struct id *id, const json_t *request)
{
    struct id from;
    if (!id_parse(json_string_value(json_object_get(request, "from_id")), &from) || id_equal(id, &from)) {
        return detail_fault(&call->detail, "/from_id", "same", "A customer is no duplicate of itself.");
    }
    enum status status;
    int attempts = 0;
    do {
        status = attempt(call, id, &from, request);
    } while ((status == STATUS_VERSION_MISMATCH || status == STATUS_DOCUMENT_STATE) && ++attempts < ATTEMPTS);
    if (status != STATUS_OK) {
        return status;
    }
    const bool replayed = call->answer.replayed;
    status = customers_read(call, id);
    call->answer.replayed = replayed;
    return status;
}
