/*
 * Records: their places in the journals, and the items they are.
 *
 * A journal is rows 1, 2, 3 … of which each is put only when it is not there, after one that is: in this
 * process's memory, or confirmed by the transaction when the till says what it was. So a sale needs no read,
 * also when the process before this one made the last.
 */
#include "ledger/dynamodb/acting.h"

#include "ledger/dynamodb/heads.h"
#include "ledger/dynamodb/record_items.h"

#include <string.h>

static bool same(const struct ledger_position *a, const struct ledger_position *b)
{
    return a->sequence == b->sequence && memcmp(&a->hash, &b->hash, sizeof a->hash) == 0;
}

/* --- where the journal ends --- */

/* Asks the journal. */
static enum status read_last(const struct acting *acting, int64_t register_key,
                             struct ledger_position *position)
{
    const struct layout_key key = layout_journal(register_key, 0);
    const struct dynamodb_query query = {
        .table = key.table, .hash = key.pk, .newest_first = true, .limit = 1, .projection = "sk, hs"};
    struct dynamodb_answer answer;
    const enum status status = ledger_dynamodb_query(acting->ledger, &query, acting->arena, &answer);
    *position = (struct ledger_position){0};
    const json_t *row = json_array_get(json_object_get(answer.json, "Items"), 0);
    if (row != NULL) {
        const char *sequence = dynamodb_s(row, "sk");
        position->sequence = sequence == NULL ? 0 : strtoll(sequence, NULL, 10);
        position->hash = ledger_dynamodb_hash(row, "hs", acting->arena);
    }
    dynamodb_answer_free(&answer);
    if (status == STATUS_OK) {
        heads_learn(acting->ledger->heads, register_key, position);
    }
    return status;
}

static enum status out_of_step(struct acting *acting, size_t part)
{
    acting->outcome->failed = part;
    const enum status status = read_last(acting, acting->act->records[part].register_.key,
                                         &acting->outcome->last);
    return status == STATUS_OK ? STATUS_REGISTER_OUT_OF_STEP : status;
}

/* Where a record follows: after the one before it in this act, after what the till says, or after the last.
 */
static enum status find_before(struct acting *acting, size_t part)
{
    const struct ledger_record *record = &acting->act->records[part];
    struct acting_record *own = &acting->records[part];
    const struct ledger_position *previous = record->previous;
    own->confirm = false;
    if (part > 0 && acting->act->records[0].register_.key == record->register_.key) {
        own->before = (struct ledger_position){.sequence = acting->records[0].placed.sequence,
                                               .hash = acting->records[0].placed.hash};
        return previous == NULL || same(previous, &own->before) ? STATUS_OK : out_of_step(acting, part);
    }
    const bool known = heads_know(acting->ledger->heads, record->register_.key, &own->before);
    if (previous == NULL) {
        return known ? STATUS_OK : read_last(acting, record->register_.key, &own->before);
    }
    if (known && same(previous, &own->before)) {
        return STATUS_OK;
    }
    if (known && previous->sequence <= own->before.sequence) {
        return out_of_step(acting, part);
    }
    static const struct ledger_position first;
    if (previous->sequence < 0 || previous->sequence == INT64_MAX ||
        (previous->sequence == 0 && !same(previous, &first))) {
        return out_of_step(acting, part);
    }
    own->before = *previous;
    own->confirm = previous->sequence > 0;
    return STATUS_OK;
}

/* Gives a record its number, its place in the chain and its hash; only its tail is hashed here. */
static void place(struct acting *acting, size_t part)
{
    const struct ledger_record *record = &acting->act->records[part];
    struct acting_record *own = &acting->records[part];
    const struct journal_draft *draft = record->draft;
    struct journal_place where = {.register_code = record->register_code,
                                  .sequence = own->before.sequence + 1};
    char hash[HASH_TEXT_SIZE];
    memcpy(where.prev_hash, hash_format(&own->before.hash, hash), HASH_TEXT_SIZE);
    own->placed.text = arena_alloc(acting->arena, draft->complete_size);
    const size_t length = journal_complete(draft, &where, own->placed.text);
    struct hash_stream stream = record->draft_hash;
    hash_stream_add(&stream, own->placed.text + draft->at_prev_hash, length - draft->at_prev_hash);
    own->placed.hash = hash_stream_end(&stream);
    own->placed.length = journal_seal(draft, hash_format(&own->placed.hash, hash), own->placed.text, length);
    own->placed.sequence = where.sequence;
    journal_receipt_number(record->register_code, own->placed.sequence, own->placed.receipt_number);
    layout_order(acting->at_us + (int64_t)part, &record->id, own->order);
}

enum status acting_records_place(struct acting *acting)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < acting->act->record_count; i++) {
        status = find_before(acting, i);
        if (status == STATUS_OK) {
            place(acting, i);
        }
    }
    return status;
}

/* --- the items --- */

static struct record_items items_of(const struct acting *acting, size_t part,
                                    struct ledger_transaction *transaction)
{
    const struct ledger_act *act = acting->act;
    placed_record_tell(&act->records[part], &acting->records[part].placed, acting->arena, transaction);
    struct record_items items = record_items_of(transaction, acting->arena);
    items.currency = act->records[part].currency;
    items.order = acting->records[part].order;
    items.fingerprint = &act->fingerprint;
    items.is_second = part > 0;
    items.intent = acting->large ? &acting->intent : NULL;
    items.commit = part == 0 && !act->key.present ? acting->commit : 0;
    items.second = part == 0 && act->record_count > 1 ? &act->records[1].id : NULL;
    return items;
}

static void write_record(const struct record_items *items, struct transact *transact, size_t part)
{
    const struct ledger_transaction *record = items->transaction;
    const struct layout_key key = layout_record(&record->id);
    record_items_put(items, transact_put(transact, EFFECT_RECORD, part, &key));
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
    for (size_t i = 1; i <= items->rest; i++) {
        const struct layout_key rest = layout_record_rest(&record->id, (int64_t)i);
        record_items_put_rest(items, i, transact_put(transact, EFFECT_RECORD, part, &rest));
        transact_end(transact);
    }
    const struct layout_key row = layout_journal(record->register_key, record->sequence);
    record_items_put_row(items, transact_put(transact, EFFECT_JOURNAL, part, &row));
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
}

static void check_previous(struct acting *acting, struct transact *transact, size_t part)
{
    const struct acting_record *own = &acting->records[part];
    const struct layout_key key = layout_journal(acting->act->records[part].register_.key,
                                                 own->before.sequence);
    transact_check(transact, EFFECT_PREVIOUS, part, &key);
    struct json_writer *json = transact_condition_values(transact, "hs = :hs");
    dynamodb_put_b(json, ":hs", &own->before.hash, HASH_SIZE);
    transact_end(transact);
}

static void write_reversal(struct acting *acting, struct transact *transact, size_t part)
{
    const struct ledger_record *record = &acting->act->records[part];
    const struct layout_key key = layout_reversal(record->original_id, record->reversal);
    struct json_writer *json = transact_put(transact, EFFECT_REVERSAL, part, &key);
    ledger_dynamodb_put_id(json, "id", &record->id);
    dynamodb_put_s(json, "o", acting->records[part].order);
    transact_condition(transact, "attribute_not_exists(pk)");
    transact_end(transact);
}

void acting_records_write(struct acting *acting, struct transact *transact)
{
    for (size_t i = 0; i < acting->act->record_count; i++) {
        struct ledger_transaction transaction;
        const struct record_items items = items_of(acting, i, &transaction);
        write_record(&items, transact, i);
        if (acting->records[i].confirm) {
            check_previous(acting, transact, i);
        }
        if (acting->act->records[i].original_id != NULL) {
            write_reversal(acting, transact, i);
        }
    }
}

/* --- what came of it --- */

/* Somebody else has the place. A till that said where it stood is out of step; who did not takes the next. */
static enum verdict judge_place(struct acting *acting, size_t part)
{
    struct ledger_position last;
    acting->refused = acting->act->records[part].previous != NULL
                          ? out_of_step(acting, part)
                          : read_last(acting, acting->act->records[part].register_.key, &last);
    return acting->refused == STATUS_OK ? VERDICT_AGAIN : VERDICT_REFUSED;
}

enum verdict acting_records_judge(struct acting *acting, const struct transact_action *action,
                                  const json_t *item)
{
    if (action->effect == EFFECT_JOURNAL || action->effect == EFFECT_PREVIOUS) {
        return judge_place(acting, action->index);
    }
    acting->outcome->failed = action->index;
    if (action->effect == EFFECT_REVERSAL) {
        acting->refused = STATUS_REVERSAL_TAKEN;
        return VERDICT_REFUSED;
    }
    const struct hash fingerprint = ledger_dynamodb_hash(item, "fp", acting->arena);
    if (action->index == 0 && dynamodb_n(item, "pt") == 0 &&
        memcmp(&fingerprint, &acting->act->fingerprint, sizeof fingerprint) == 0) {
        return VERDICT_REPLAY;
    }
    acting->refused = STATUS_ID_TAKEN;
    return VERDICT_REFUSED;
}

void acting_records_tell(struct acting *acting)
{
    for (size_t i = 0; i < acting->act->record_count; i++) {
        const struct ledger_record *record = &acting->act->records[i];
        const struct acting_record *own = &acting->records[i];
        const struct ledger_position position = {.sequence = own->placed.sequence, .hash = own->placed.hash};
        heads_learn(acting->ledger->heads, record->register_.key, &position);
        placed_record_tell(record, &own->placed, acting->arena, &acting->outcome->transactions[i]);
    }
    acting->outcome->transaction_count = acting->act->record_count;
}

/* --- the list of stores and registers --- */

static enum status list_one(const struct acting *acting, const struct ledger_ref *ref,
                            const struct ledger_record *record)
{
    struct heads *heads = acting->ledger->heads;
    const char *code = record == NULL ? NULL : record->register_code;
    if (heads_is_listed(heads, ref->key, code)) {
        return STATUS_OK;
    }
    const struct layout_key key = code == NULL ? layout_meta_store(ref->key)
                                               : layout_meta_register(ref->key, code);
    struct dynamodb_request request;
    struct dynamodb_answer answer;
    struct json_writer *json = dynamodb_begin(&request, acting->arena, DYNAMODB_PUT_ITEM);
    emit_member_string(json, "TableName", acting->ledger->tables[key.table]);
    emit_member_string(json, "ConditionExpression", "attribute_not_exists(pk)");
    dynamodb_begin_map(json, "Item");
    ledger_dynamodb_put_key(json, &key);
    ledger_dynamodb_put_id(json, "id", &ref->id);
    if (record != NULL) {
        dynamodb_put_s(json, "cd", record->register_code);
        dynamodb_put_n(json, "st", record->store.key);
    }
    dynamodb_end_map(json);
    request.idempotent = true; /* twice is as good as once */
    const enum dynamodb_outcome outcome = dynamodb_send(acting->ledger->client, &request, &answer);
    dynamodb_answer_free(&answer);
    if (outcome != DYNAMODB_OK && outcome != DYNAMODB_CONDITION_FAILED) {
        return dynamodb_status(outcome);
    }
    heads_set_listed(heads, ref->key, code);
    return STATUS_OK;
}

enum status acting_records_list(struct acting *acting)
{
    const struct ledger_act *act = acting->act;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < act->record_count; i++) {
        status = list_one(acting, &act->records[i].store, NULL);
        if (status == STATUS_OK) {
            status = list_one(acting, &act->records[i].register_, &act->records[i]);
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < act->movement_count; i++) {
        if (i == 0 || act->movements[i].store.key != act->movements[i - 1].store.key) {
            status = list_one(acting, &act->movements[i].store, NULL);
        }
    }
    return status;
}
