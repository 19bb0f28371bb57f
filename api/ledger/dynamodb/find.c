/*
 * Finding an act that was committed: by its key, by its id; and telling what it did.
 */
#include "ledger/dynamodb/acting.h"
#include "ledger/dynamodb/record_items.h"

#include <string.h>

/* Looking for an act that was committed. */
struct search {
    const struct ledger_dynamodb *ledger;
    const struct ledger_act *act;
    struct arena *arena;
    struct ledger_outcome *outcome;
    int64_t commit; /* that looks for what may be its own; 0: none */
    bool *found;
};

/* The first item that it is found by: its key's, or its own. */
static void tell_found(const struct search *search, const json_t *item)
{
    *search->found = true;
    search->outcome->replayed = search->commit == 0 || dynamodb_n(item, "cm") != search->commit;
}

bool acting_is_same(const json_t *item, const struct hash *fingerprint, struct arena *arena)
{
    const struct hash stored = ledger_dynamodb_hash(item, "fp", arena);
    return memcmp(&stored, fingerprint, sizeof stored) == 0;
}

static void tell_moved(const struct search *search, const json_t *item)
{
    size_t length, count = 0;
    const void *bytes = dynamodb_b(item, "mv", search->arena, &length);
    struct packed_moved moved;
    struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
    search->outcome->moved = arena_zeroed(search->arena, LEDGER_MOVEMENTS_MAX,
                                          sizeof *search->outcome->moved);
    while (count < LEDGER_MOVEMENTS_MAX && packed_next_moved(&reader, &moved)) {
        search->outcome->moved[count++] = (struct ledger_moved){.quantity = moved.quantity,
                                                                .level = moved.level};
    }
    search->outcome->moved_count = count;
}

static void tell_posted(const struct search *search, const json_t *item)
{
    size_t length, count = 0;
    const void *bytes = dynamodb_b(item, "pb", search->arena, &length);
    struct packed_balances balances;
    struct packed_reader reader = packed_reader(bytes, bytes == NULL ? 0 : length);
    search->outcome->posted = arena_zeroed(search->arena, LEDGER_POSTINGS_MAX + LEDGER_WRITES_MAX,
                                           sizeof *search->outcome->posted);
    while (count < LEDGER_POSTINGS_MAX + LEDGER_WRITES_MAX && packed_next_balances(&reader, &balances)) {
        memcpy(search->outcome->posted[count++].balances, balances.balances, sizeof balances.balances);
    }
    search->outcome->posted_count = count;
}

static enum status tell_records(const struct search *search, const json_t *item)
{
    struct ledger_outcome *outcome = search->outcome;
    struct id second;
    enum status status = record_items_read(search->ledger, item, search->arena, &outcome->transactions[0]);
    if (status != STATUS_OK) {
        return status;
    }
    outcome->transaction_count = 1;
    if (!ledger_dynamodb_id(item, "sc", &second)) {
        return STATUS_OK;
    }
    const struct layout_key key = layout_record(&second);
    struct dynamodb_answer answer;
    const json_t *other;
    status = ledger_dynamodb_get(search->ledger, &key, search->arena, &answer, &other);
    if (status == STATUS_OK) {
        status = record_items_read(search->ledger, other, search->arena, &outcome->transactions[1]);
        outcome->transaction_count = 2;
    }
    dynamodb_answer_free(&answer);
    return status;
}

/* Tells what the act did whose item this is; NULL: there is none. */
static enum status tell_act(const struct search *search, const json_t *item, const struct id *id,
                            const struct hash *fingerprint)
{
    if (item == NULL || dynamodb_n(item, "an") != 0) {
        return STATUS_OK;
    }
    if (dynamodb_n(item, "pt") != 0 ||
        (fingerprint != NULL && !acting_is_same(item, fingerprint, search->arena))) {
        return STATUS_ID_TAKEN;
    }
    if (!*search->found) {
        tell_found(search, item);
    }
    search->outcome->id = *id;
    if (search->act->record_count > 0) {
        return tell_records(search, item);
    }
    tell_moved(search, item);
    tell_posted(search, item);
    return STATUS_OK;
}

static const char *copy_bytes(const struct search *search, const json_t *item, const char *name,
                              size_t *length)
{
    const char *text;
    const void *packed = dynamodb_b(item, name, search->arena, length);
    return packed != NULL && packed_text_read(search->arena, packed, *length, &text, length) ? text : NULL;
}

struct layout_key acting_key(const struct ledger_act *act, const struct id *id)
{
    return act->record_count > 0 ? layout_record(id) : layout_act(id);
}

static enum status tell_key(const struct search *search, const json_t *item)
{
    struct ledger_answer *kept = &search->outcome->answer;
    struct id id;
    if (!acting_is_same(item, &search->act->key.fingerprint, search->arena)) {
        return STATUS_IDEMPOTENCY_KEY_REUSED;
    }
    tell_found(search, item);
    *kept = (struct ledger_answer){
        .http_status = (int)dynamodb_n(item, "hp"),
        .location = ledger_dynamodb_copy(item, "lo", search->arena),
        .etag = ledger_dynamodb_copy(item, "et", search->arena),
    };
    kept->body = copy_bytes(search, item, "bd", &kept->body_length);
    kept->http_status = kept->location == NULL && kept->body == NULL ? 0 : kept->http_status;
    if (!ledger_dynamodb_id(item, "act", &id)) {
        return STATUS_OK;
    }
    const struct layout_key key = acting_key(search->act, &id);
    struct dynamodb_answer answer;
    const json_t *act;
    enum status status = ledger_dynamodb_get(search->ledger, &key, search->arena, &answer, &act);
    if (status == STATUS_OK) {
        status = tell_act(search, act, &id, NULL);
    }
    dynamodb_answer_free(&answer);
    return status;
}

static enum status look_for(const struct search *search)
{
    struct layout_key keys[2];
    size_t count = 0, at = 0;
    if (search->act->key.present) {
        keys[count++] = layout_idempotency(&search->act->key.key);
    }
    if (acting_has_id(search->act)) {
        keys[count++] = acting_key(search->act, &search->act->id);
    }
    if (count == 0) {
        return STATUS_OK;
    }
    struct dynamodb_items found;
    enum status status = ledger_dynamodb_get_all(search->ledger, keys, count, search->arena, &found);
    if (status == STATUS_OK && search->act->key.present && found.items[at++] != NULL) {
        status = tell_key(search, found.items[0]);
    } else if (status == STATUS_OK && at < count) {
        status = tell_act(search, found.items[at], &search->act->id, &search->act->fingerprint);
    }
    ledger_dynamodb_items_free(&found);
    return status;
}

enum status ledger_dynamodb_find(const struct ledger *ledger, const struct ledger_act *act,
                                 struct arena *arena, struct ledger_outcome *outcome)
{
    bool found = false;
    const struct search search = {.ledger = ledger_dynamodb_of(ledger),
                                  .act = act,
                                  .arena = arena,
                                  .outcome = outcome,
                                  .found = &found};
    *outcome = (struct ledger_outcome){.id = act->id};
    return look_for(&search);
}

enum status acting_find(struct acting *acting)
{
    const struct search search = {.ledger = acting->ledger,
                                  .act = acting->act,
                                  .arena = acting->arena,
                                  .outcome = acting->outcome,
                                  .commit = acting->commit,
                                  .found = &acting->told};
    acting->told = false;
    *acting->outcome = (struct ledger_outcome){.id = acting->act->id};
    return look_for(&search);
}
