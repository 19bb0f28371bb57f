#include "app/records/transaction_draft.h"

#include "app/json_member.h"
#include "app/time/local_time.h"
#include "catalog/selling.h"

#include <string.h>

#define HEAD_SIZE  2048 /* of a record without its lines */
#define LINE_SIZE  640
#define TO_REVERSE 100000 /* bytes that a void or a refund of all lines may need beyond its sale */

const char *transaction_draft_id(struct call *call, const struct id *id)
{
    return id_format(id, arena_alloc(call->arena, ID_TEXT_SIZE));
}

const struct sale_actor *transaction_draft_actor(struct call *call, const struct principal *principal)
{
    if (principal == NULL) {
        return NULL;
    }
    struct sale_actor *actor = arena_alloc(call->arena, sizeof *actor);
    *actor = (struct sale_actor){.kind = "system", .name = principal->name};
    if (principal->kind == PRINCIPAL_EMPLOYEE || principal->kind == PRINCIPAL_API_KEY) {
        actor->kind = principal->kind == PRINCIPAL_EMPLOYEE ? "employee" : "api_key";
        actor->id = transaction_draft_id(call, &principal->id);
    }
    return actor;
}

enum status transaction_draft_begin(struct call *call, const struct selling_register *register_,
                                    const struct id *id, const char *type, int64_t created_at_ms,
                                    int64_t happened_at_ms, struct transaction_draft *draft)
{
    struct local_time local;
    if (!local_time_of(register_->time_zone, happened_at_ms, &local)) {
        return detail_set(&call->detail, STATUS_INTERNAL_ERROR, "The time zone %s is not on this machine.",
                          register_->time_zone);
    }
    char *created_at = arena_alloc(call->arena, CLOCK_TEXT_SIZE);
    char *business_day = arena_alloc(call->arena, LOCAL_TIME_TEXT_SIZE);
    *draft = (struct transaction_draft){
        .journal =
            {
                .id = transaction_draft_id(call, id),
                .type = type,
                .store_id = transaction_draft_id(call, &register_->store_id),
                .register_id = transaction_draft_id(call, &register_->id),
                .currency = register_->currency,
                .cashier = *transaction_draft_actor(call, &call->principal),
                .created_at = clock_format(created_at_ms, created_at),
                .business_day = local_time_format_day(local.day, business_day),
            },
        .ledger =
            {
                .id = *id,
                .type = type,
                .store = {.key = register_->store_key, .id = register_->store_id},
                .register_ = {.key = register_->key, .id = register_->id},
                .register_code = register_->code,
                .business_day = local.day,
                .created_at_ms = created_at_ms,
                .currency = register_->currency,
            },
    };
    return STATUS_OK;
}

/* The id that a record names, for the ledger's lists. */
static const struct id *named_id(struct call *call, const char *text)
{
    struct id *id = NULL;
    if (text != NULL) {
        id = arena_alloc(call->arena, sizeof *id);
        if (!id_parse(text, id)) {
            __builtin_trap(); /* we wrote it */
        }
    }
    return id;
}

/* A sale that is kept can be voided: its lines are in that record, too. */
static enum status check_size(struct call *call, const struct transaction_draft *draft)
{
    const size_t most = LEDGER_RECORD_MAX - (strcmp(draft->journal.type, "sale") == 0 ? TO_REVERSE : 0);
    const size_t size = draft->ledger.draft->complete_size;
    return size <= most ? STATUS_OK
                        : detail_fault(&call->detail, "/lines", "too_large",
                                       "With what they say, the record has %zu bytes, and at most %zu are "
                                       "kept: fewer lines, or shorter notes and reasons.",
                                       size, most);
}

enum status transaction_draft_end(struct call *call, struct transaction_draft *draft)
{
    const struct journal_record *journal = &draft->journal;
    struct ledger_record *ledger = &draft->ledger;
    ledger->total_minor = journal->totals.total;
    ledger->shift_id = named_id(call, journal->shift_id);
    ledger->customer_id = named_id(call, journal->customer_id);
    ledger->original_id = named_id(call, journal->original_id);
    ledger->flagged = journal->flag_count > 0;

    struct text *text = arena_alloc(call->arena, sizeof *text);
    *text = arena_text(call->arena, HEAD_SIZE + journal->line_count * LINE_SIZE + journal->lines_json_length);
    struct journal_draft *laid_out = arena_alloc(call->arena, sizeof *laid_out);
    if (!journal_draft(text, journal, laid_out)) {
        __builtin_trap(); /* a text in an arena never overflows */
    }
    ledger->draft = laid_out;
    ledger->draft_hash = hash_stream();
    hash_stream_add(&ledger->draft_hash, laid_out->text, laid_out->at_prev_hash);
    return check_size(call, draft);
}

struct ledger_event transaction_draft_event(const struct transaction_draft *draft, size_t index)
{
    static const struct {
        const char *type, *event;
    } events[] = {
        {"sale", "transaction.completed"},
        {"refund", "transaction.refunded"},
        {"void", "transaction.voided"},
    };
    struct ledger_event event = {.id = id_new(), .record = index};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (strcmp(events[i].type, draft->journal.type) == 0) {
            event.type = events[i].event;
        }
    }
    return event;
}

bool transaction_draft_previous(const json_t *request, struct ledger_position *previous)
{
    const json_t *member = json_object_get(request, "previous");
    if (member == NULL) {
        return false;
    }
    previous->sequence = member_int(member, "sequence");
    (void)hash_parse(member_string(member, "hash"), &previous->hash);
    return true;
}

enum status transaction_find_earlier(struct call *call, const struct ledger_act *act, enum status refused,
                                     struct ledger_outcome *earlier)
{
    const struct ledger *ledger = call->app->ledger;
    const struct ledger_record record = {.id = act->id};
    const struct ledger_act asked = {
        .name = act->name,
        .id = act->id,
        .fingerprint = act->fingerprint,
        .key = act->key,
        .records = &record,
        .record_count = 1,
    };
    *earlier = (struct ledger_outcome){0};
    if (status_http(refused) >= 500) {
        return refused;
    }
    const enum status status = ledger->ops->find(ledger, &asked, call->arena, earlier);
    const bool taken = status == STATUS_ID_TAKEN || status == STATUS_IDEMPOTENCY_KEY_REUSED;
    if (!taken && (status != STATUS_OK || !earlier->replayed)) {
        return refused;
    }
    detail_init(&call->detail, call->arena); /* the refusal's words are not this answer's */
    return status;
}
