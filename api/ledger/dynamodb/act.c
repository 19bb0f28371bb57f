/*
 * An act: one transaction, tried until it goes or is refused.
 *
 *     lanes        whoever of this process touches the same items waits
 *     learn        what must be known: levels and balances that are told, keys and terms that are replaced
 *     place        the records' places in the journals; no read when the last is known or the till says it
 *     prepare      terms are written under a new tag
 *     send         the transaction. It goes, or its reasons are judged: a replay, a refusal, or something
 *                  learnt, with which it is written again
 *     settle       old terms and forgotten details go; recent lists that may be long are compacted by others
 *
 * A refusal is given only after a consistent look for the act itself, so that a replay is found first. An
 * outcome that nobody knows is settled by sending the same transaction again, which the service knows by its
 * token, and then by that look. An act that is found may be this commit's own, of an earlier try whose answer
 * was lost: it has its number (layout.h, cm) and is no replay.
 */
#include "base/clock.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "ledger/act_check.h"
#include "ledger/dynamodb/acting.h"
#include "ledger/dynamodb/compact.h"
#include "ledger/dynamodb/forget.h"
#include "ledger/dynamodb/heads.h"
#include "ledger/dynamodb/intents.h"
#include "ledger/dynamodb/outbox.h"
#include "ledger/dynamodb/terms.h"

#include <string.h>

/* Unless what is about to be refused is there. */
static enum status refuse(struct acting *acting, enum status refused)
{
    const struct ledger_outcome outcome = *acting->outcome;
    const enum status status = acting_find(acting);
    if (status != STATUS_OK || acting->told) {
        return status;
    }
    *acting->outcome = outcome;
    return refused;
}

/* --- the transaction --- */

static void write_key(struct acting *acting, struct transact *transact)
{
    const struct ledger_act *act = acting->act;
    const struct ledger_answer *answer = act->record_count == 0 ? act->answer : NULL;
    if (!act->key.present) {
        return;
    }
    const struct layout_key key = layout_idempotency(&act->key.key);
    struct json_writer *json = transact_put(transact, EFFECT_KEY, 0, &key);
    dynamodb_put_b(json, "fp", &act->key.fingerprint, HASH_SIZE);
    dynamodb_put_n(json, "ttl", ledger_dynamodb_now_ms(acting->ledger) / 1000 + LEDGER_DYNAMODB_KEPT_S);
    if (acting_has_id(act)) {
        ledger_dynamodb_put_id(json, "act", &act->id);
    }
    dynamodb_put_n(json, "cm", acting->commit);
    if (answer != NULL) {
        dynamodb_put_n(json, "hp", answer->http_status);
        if (answer->location != NULL) {
            dynamodb_put_s(json, "lo", answer->location);
        }
        if (answer->etag != NULL) {
            dynamodb_put_s(json, "et", answer->etag);
        }
        if (answer->body != NULL) {
            const void *packed;
            size_t length;
            packed_text(acting->arena, answer->body, answer->body_length, &packed, &length);
            dynamodb_put_b(json, "bd", packed, length);
        }
    }
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
}

static void write_act(struct acting *acting, struct transact *transact)
{
    const struct ledger_act *act = acting->act;
    const struct layout_key key = layout_act(&acting->id);
    char order[LAYOUT_ORDER_SIZE];
    if (!acting_has_item(acting)) {
        return;
    }
    struct json_writer *json = transact_put(transact, EFFECT_ACT, 0, &key);
    layout_order(acting->at_us, &acting->id, order);
    dynamodb_put_s(json, "nm", act->name);
    dynamodb_put_n(json, "at", act->at_ms);
    dynamodb_put_s(json, "o", order);
    dynamodb_put_b(json, "fp", &act->fingerprint, HASH_SIZE);
    if (!act->key.present) {
        dynamodb_put_n(json, "cm", acting->commit);
    }
    if (acting->anonymous) {
        dynamodb_put_n(json, "an", 1);
    }
    if (acting->large) {
        ledger_dynamodb_put_id(json, "iw", &acting->intent);
    }
    if (act->detail != NULL) {
        dynamodb_put_s(json, "dt", act->detail);
    }
    acting_movements_sum_up(acting, json);
    acting_documents_sum_up(acting, json);
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
}

/* Replays are judged first, so what tells of them is written first. */
static void write_all(struct acting *acting, struct transact *transact)
{
    transact_begin(transact, acting->ledger, acting->arena);
    write_key(acting, transact);
    write_act(acting, transact);
    acting_records_write(acting, transact);
    if (acting->large) {
        intent_end(acting, transact);
    } else {
        acting_movements_write(acting, transact, 0, acting->act->movement_count);
    }
    acting_documents_write(acting, transact);
    forget_write(acting, transact);
    acting_events_write(acting, transact);
}

/* --- what came of it --- */

static enum verdict judge(struct acting *acting, const struct transact_action *action, const json_t *item)
{
    switch (action->effect) {
    case EFFECT_KEY:
        acting->refused = STATUS_IDEMPOTENCY_KEY_REUSED;
        return acting_is_same(item, &acting->act->key.fingerprint, acting->arena) ? VERDICT_REPLAY
                                                                                  : VERDICT_REFUSED;
    case EFFECT_ACT:
        acting->refused = STATUS_ID_TAKEN;
        return dynamodb_n(item, "an") == 0 && acting_is_same(item, &acting->act->fingerprint, acting->arena)
                   ? VERDICT_REPLAY
                   : VERDICT_REFUSED;
    case EFFECT_RECORD:
    case EFFECT_JOURNAL:
    case EFFECT_PREVIOUS:
    case EFFECT_REVERSAL:
        return acting_records_judge(acting, action, item);
    case EFFECT_MOVEMENT:
        return acting_movement_judge(acting, action->index, item);
    case EFFECT_DOCUMENT:
    case EFFECT_BODY:
    case EFFECT_UNIQUE:
    case EFFECT_RELEASE:
    case EFFECT_WORK:
        return acting_documents_judge(acting, action, item);
    case EFFECT_EVENT:
        return acting_event_judge(acting);
    case EFFECT_INTENT:
        acting->refused = STATUS_OVERLOADED; /* somebody thought that this process had died */
        return VERDICT_REFUSED;
    }
    __builtin_unreachable();
}

static void log_reason(const struct acting *acting, const struct transact_action *action)
{
    struct log_line line = log_begin(LOG_ERROR, "ledger_action_refused");
    log_text(&line, "act", acting->act->name);
    log_int(&line, "effect", action->effect);
    log_int(&line, "index", (int64_t)action->index);
    log_end(&line);
}

static enum status find_or(struct acting *acting, enum status otherwise)
{
    const enum status status = acting_find(acting);
    return status == STATUS_OK && !acting->told ? otherwise : status;
}

/* While another transaction is at one of the items, nothing is refused: it may be this very act. */
static enum status judge_all(struct acting *acting, const struct transact *transact,
                             const struct dynamodb_answer *answer)
{
    bool met_another = false;
    for (size_t i = 0; i < answer->reason_count && i < transact->count; i++) {
        const enum dynamodb_reason_code code = answer->reasons[i].code;
        met_another |= code == DYNAMODB_REASON_CONFLICT || code == DYNAMODB_REASON_THROTTLED;
        if (code == DYNAMODB_REASON_OTHER) {
            log_reason(acting, &transact->actions[i]);
            return STATUS_INTERNAL_ERROR;
        }
    }
    for (size_t i = 0; i < answer->reason_count && i < transact->count; i++) {
        if (answer->reasons[i].code != DYNAMODB_REASON_CONDITION) {
            continue;
        }
        const enum verdict verdict = judge(acting, &transact->actions[i], answer->reasons[i].item);
        if (verdict == VERDICT_REPLAY) {
            return find_or(acting, ACTING_AGAIN);
        }
        if (verdict == VERDICT_REFUSED && !met_another) {
            return refuse(acting, acting->refused);
        }
    }
    return ACTING_AGAIN;
}

static bool did_nothing(enum dynamodb_outcome outcome)
{
    return outcome == DYNAMODB_CONFLICT || outcome == DYNAMODB_THROTTLED || outcome == DYNAMODB_UNAVAILABLE;
}

enum status acting_send(struct acting *acting, struct transact *transact)
{
    struct dynamodb_answer answer;
    enum dynamodb_outcome outcome;
    bool unknown = false; /* that a later attempt did nothing says nothing of the one before it */
    FAULT_POINT("before_commit");
    for (unsigned tries = 0;; tries++) {
        outcome = transact_send(transact, acting->deadline_us, &answer);
        unknown |= outcome == DYNAMODB_UNKNOWN;
        outcome = unknown && did_nothing(outcome) ? DYNAMODB_UNKNOWN : outcome;
        if (outcome != DYNAMODB_UNKNOWN || !ledger_dynamodb_pause(tries, acting->deadline_us)) {
            break;
        }
        dynamodb_answer_free(&answer);
    }
    FAULT_POINT("after_commit");
    enum status status;
    if (outcome == DYNAMODB_CANCELLED) {
        status = judge_all(acting, transact, &answer);
    } else if (outcome == DYNAMODB_CONFLICT || outcome == DYNAMODB_THROTTLED) {
        status = ACTING_AGAIN;
    } else if (outcome == DYNAMODB_UNKNOWN) { /* though it was sent again as long as there was time */
        status = find_or(acting, STATUS_STORAGE_UNAVAILABLE);
    } else {
        status = dynamodb_status(outcome);
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* --- before it --- */

/* Reads what must be known, all of it at once. */
enum status acting_learn(struct acting *acting, size_t from, size_t end)
{
    const size_t most = end - from + 2 * acting->document_count;
    struct layout_key *keys = arena_zeroed(acting->arena, most, sizeof *keys);
    size_t count = 0, at = 0;
    for (size_t i = from; i < end; i++) {
        const struct ledger_movement *movement = &acting->act->movements[i];
        if (acting->movements[i].is_exact) {
            keys[count++] = layout_stock(movement->store.key, movement->product.key);
        }
    }
    for (size_t i = 0; from == 0 && i < acting->document_count; i++) {
        const struct acting_document *document = &acting->documents[i];
        if (document->is_read) {
            keys[count++] = layout_document(document->kind, &document->id);
        }
        if (document->write != NULL && document->write->expected_version > 0) {
            keys[count++] = layout_body(document->kind, &document->id);
        }
    }
    if (count == 0) {
        return STATUS_OK;
    }
    struct dynamodb_items found;
    const enum status status = ledger_dynamodb_get_all(acting->ledger, keys, count, acting->arena, &found);
    for (size_t i = from; status == STATUS_OK && i < end; i++) {
        if (acting->movements[i].is_exact) {
            acting_movement_learn(acting, i, found.items[at++]);
        }
    }
    for (size_t i = 0; status == STATUS_OK && from == 0 && i < acting->document_count; i++) {
        struct acting_document *document = &acting->documents[i];
        if (document->is_read) {
            acting_document_learn(acting, document, found.items[at++]);
        }
        if (document->write != NULL && document->write->expected_version > 0) {
            acting_document_learn_body(acting, document, found.items[at++]);
        }
    }
    ledger_dynamodb_items_free(&found);
    return status;
}

static void choose_lanes(const struct acting *acting, struct lane_set *lanes)
{
    const struct ledger_act *act = acting->act;
    if (act->key.present) {
        const struct layout_key key = layout_idempotency(&act->key.key);
        lane_set_add(lanes, &key);
    }
    if (acting_has_id(act)) {
        const struct layout_key key = acting_key(act, &act->id);
        lane_set_add(lanes, &key);
    }
    for (size_t i = 0; i < act->record_count; i++) {
        const struct layout_key key = layout_journal(act->records[i].register_.key, 0);
        lane_set_add(lanes, &key);
    }
    for (size_t i = 0; !acting->large && i < act->movement_count; i++) {
        const struct layout_key key = layout_stock(act->movements[i].store.key,
                                                   act->movements[i].product.key);
        lane_set_add(lanes, &key);
    }
    for (size_t i = 0; i < acting->document_count; i++) {
        const struct layout_key key = layout_document(acting->documents[i].kind, &acting->documents[i].id);
        lane_set_add(lanes, &key);
    }
}

static enum status check_known(struct acting *acting)
{
    const enum status status = acting_movements_check(acting);
    return status == STATUS_OK ? acting_documents_check(acting) : status;
}

static enum status try(struct acting *acting)
{
    acting->at_us = heads_stamp_us(acting->ledger->heads, ledger_dynamodb_now_ms(acting->ledger));
    enum status status = acting_records_place(acting);
    if (status == STATUS_OK) {
        status = check_known(acting);
    }
    if (status != STATUS_OK) {
        return refuse(acting, status);
    }
    status = terms_prepare(acting);
    if (status != STATUS_OK) {
        return status;
    }
    struct transact transact;
    write_all(acting, &transact);
    return acting_send(acting, &transact);
}

static enum status try_until(struct acting *acting)
{
    for (unsigned tries = 0;; tries++) {
        const enum status status = try(acting);
        if (status != ACTING_AGAIN) {
            return status;
        }
        if (!ledger_dynamodb_pause(tries, acting->deadline_us)) {
            return STATUS_OVERLOADED;
        }
    }
}

/* Whoever is next in the lane knows at once where the journal ends. */
enum status acting_commit(struct acting *acting)
{
    struct lane_set lanes = {0};
    choose_lanes(acting, &lanes);
    if (!lanes_enter(acting->ledger->lanes, &lanes, acting->deadline_us)) {
        return STATUS_OVERLOADED;
    }
    enum status status = acting_learn(acting, 0, acting->large ? 0 : acting->act->movement_count);
    if (status == STATUS_OK) {
        status = try_until(acting);
    }
    if (status == STATUS_OK && !acting->told) {
        acting_records_tell(acting);
        acting_movements_tell(acting);
        acting_documents_tell(acting);
    }
    lanes_leave(acting->ledger->lanes, &lanes);
    return status;
}

static void settle(struct acting *acting, enum status status)
{
    const bool committed = status == STATUS_OK && !acting->outcome->replayed;
    terms_settle(acting, committed);
    if (committed) {
        forget_settle(acting);
        compact_prompt(acting);
        if (acting->act->event_count > 0 || acting->act->movement_count > 0) {
            outbox_stir(acting->ledger->outbox);
        }
    }
}

/* --- commit --- */

static bool is_referred_to(const struct ledger_act *act)
{
    bool referred = act->movement_count > 0 || act->posting_count > 0;
    for (size_t i = 0; i < act->write_count; i++) {
        referred |= act->writes[i].reason != NULL;
    }
    return referred;
}

/* Another for each commit; never 0, which an item without one has. */
static int64_t commit_number(void)
{
    uint64_t random;
    random_fill(&random, sizeof random);
    return (int64_t)(random >> 2) + 1;
}

static void begin(struct acting *acting)
{
    const struct ledger_act *act = acting->act;
    acting->commit = commit_number();
    acting->id = act->id;
    acting->anonymous = !acting_has_id(act) && is_referred_to(act);
    if (acting->anonymous) {
        acting->id = id_new();
    }
    acting->exact = act->record_count == 0;
    acting->large = intent_is_needed(act);
    acting->movements = arena_zeroed(acting->arena, act->movement_count, sizeof *acting->movements);
    for (size_t i = 0; i < act->movement_count; i++) {
        acting->movements[i].is_exact = acting->exact || act->movements[i].counted;
    }
    acting_documents_begin(acting);
}

enum status ledger_dynamodb_commit(const struct ledger *ledger, const struct ledger_act *act,
                                   struct arena *arena, struct ledger_outcome *outcome)
{
    *outcome = (struct ledger_outcome){.id = act->id};
    enum status status = ledger_act_check(act);
    if (status != STATUS_OK || ledger_dynamodb_of(ledger)->keeper == NULL) {
        return status != STATUS_OK ? status : STATUS_STORAGE_UNAVAILABLE;
    }
    struct acting *acting = arena_zeroed(arena, 1, sizeof *acting);
    acting->ledger = ledger_dynamodb_of(ledger);
    acting->act = act;
    acting->outcome = outcome;
    acting->arena = arena;
    acting->deadline_us = clock_monotonic_us() + acting->ledger->deadline_ms * 1000;
    FAULT_ACT(act->name);
    FAULT_POINT("begun");
    begin(acting);
    status = acting_records_list(acting);
    if (status == STATUS_OK) {
        status = acting->large ? intent_commit(acting) : acting_commit(acting);
    }
    settle(acting, status);
    return status;
}
