#include "ledger/copy_digest.h"

#include <string.h>

#define EXPIRY_MARGIN_MS (3600 * 1000LL)
#define ANSWER_AGE_MS    (40 * 3600 * 1000LL)
#define TOLD_EVERY       1000

const char *const copy_piece_names[COPY_PIECES] = {
    [COPY_RECORDS] = "records",  [COPY_ACTS] = "acts",          [COPY_MOVEMENTS] = "movements",
    [COPY_LEVELS] = "levels",    [COPY_ENTRIES] = "entries",    [COPY_DOCUMENTS] = "documents",
    [COPY_KEYS] = "unique keys", [COPY_TERMS] = "search terms", [COPY_ANSWERS] = "kept answers",
    [COPY_EVENTS] = "events",
};

struct digesting {
    struct copy_digest *digest;
    const struct ledger_copy_watch *watch;
    int64_t now_ms;
    uint64_t pieces;
    bool is_going; /* the piece at hand does not last */
    struct hash_stream stream;
};

/* --- what is hashed --- */

static void begin(struct digesting *digesting)
{
    digesting->stream = hash_stream();
}

static void add_int(struct digesting *digesting, int64_t number)
{
    hash_stream_add(&digesting->stream, &number, sizeof number);
}

static void add_bytes(struct digesting *digesting, const void *bytes, size_t length)
{
    add_int(digesting, bytes == NULL ? -1 : (int64_t)length);
    if (bytes != NULL) {
        hash_stream_add(&digesting->stream, bytes, length);
    }
}

static void add_string(struct digesting *digesting, const char *string)
{
    add_bytes(digesting, string, string == NULL ? 0 : strlen(string));
}

static void add_id(struct digesting *digesting, bool has, const struct id *id)
{
    add_bytes(digesting, has ? id->bytes : NULL, sizeof id->bytes);
}

static enum status end(struct digesting *digesting, enum copy_piece piece)
{
    const struct hash hash = hash_stream_end(&digesting->stream);
    uint64_t words[HASH_SIZE / 8];
    memcpy(words, hash.bytes, sizeof words);
    digesting->digest->of[piece].count += !digesting->is_going;
    for (size_t i = 0; i < HASH_SIZE / 8; i++) {
        digesting->digest->told[i] += words[i];
        digesting->digest->of[piece].sum[i] += digesting->is_going ? 0 : words[i];
    }
    if (++digesting->pieces % TOLD_EVERY == 0 && digesting->watch != NULL) {
        digesting->watch->told(digesting->watch->context, digesting->pieces);
    }
    return STATUS_OK;
}

/* --- pieces --- */

static enum status digest_record(void *context, const struct ledger_copied_record *copied)
{
    struct digesting *digesting = context;
    const struct ledger_transaction *record = &copied->transaction;
    begin(digesting);
    add_id(digesting, true, &record->id);
    add_string(digesting, record->type);
    add_int(digesting, record->store_key);
    add_int(digesting, record->register_key);
    add_int(digesting, record->sequence);
    add_int(digesting, record->business_day);
    add_int(digesting, record->created_at_ms);
    add_int(digesting, record->total_minor);
    add_id(digesting, record->has_shift, &record->shift_id);
    add_id(digesting, record->has_customer, &record->customer_id);
    add_id(digesting, record->has_original, &record->original_id);
    add_int(digesting, record->reversal);
    add_int(digesting, record->flagged);
    add_string(digesting, record->receipt_number);
    add_bytes(digesting, record->hash.bytes, HASH_SIZE);
    add_bytes(digesting, record->record, record->record_length);
    add_string(digesting, copied->currency);
    add_bytes(digesting, copied->fingerprint.bytes, HASH_SIZE);
    add_int(digesting, copied->is_second);
    add_id(digesting, copied->has_second, &copied->second_id);
    return end(digesting, COPY_RECORDS);
}

static enum status digest_act(void *context, const struct ledger_copied_act *act)
{
    struct digesting *digesting = context;
    begin(digesting);
    add_id(digesting, true, &act->id);
    add_string(digesting, act->name);
    add_int(digesting, act->at_ms);
    add_bytes(digesting, act->fingerprint.bytes, HASH_SIZE);
    add_string(digesting, act->detail);
    for (size_t i = 0; i < act->moved_count; i++) {
        add_int(digesting, act->moved[i].quantity);
        add_int(digesting, act->moved[i].level);
    }
    add_int(digesting, (int64_t)act->posted_count);
    return end(digesting, COPY_ACTS);
}

static enum status digest_movement(void *context, const struct ledger_copied_movement *copied)
{
    struct digesting *digesting = context;
    const struct ledger_moved_row *row = &copied->row;
    begin(digesting);
    add_int(digesting, row->store.key);
    add_int(digesting, row->product.key);
    add_id(digesting, true, &row->act_id);
    add_int(digesting, row->by_record);
    add_string(digesting, row->reason);
    add_int(digesting, row->at_ms);
    add_int(digesting, row->quantity);
    add_int(digesting, row->level);
    add_int(digesting, row->total_minor);
    return end(digesting, COPY_MOVEMENTS);
}

static enum status digest_level(void *context, const struct ledger_stock_level *level)
{
    struct digesting *digesting = context;
    begin(digesting);
    add_id(digesting, true, &level->store.id);
    add_id(digesting, true, &level->product.id);
    add_int(digesting, level->store.key);
    add_int(digesting, level->product.key);
    add_int(digesting, level->level);
    add_int(digesting, level->updated_at_ms);
    return end(digesting, COPY_LEVELS);
}

static enum status digest_entry(void *context, enum ledger_kind kind, const struct id *document,
                                const struct ledger_copied_entry *copied)
{
    struct digesting *digesting = context;
    const struct ledger_entry *entry = &copied->entry;
    begin(digesting);
    add_int(digesting, kind);
    add_id(digesting, true, document);
    add_id(digesting, true, &entry->act_id);
    add_int(digesting, entry->by_record);
    add_string(digesting, entry->reason);
    add_int(digesting, entry->at_ms);
    add_bytes(digesting, entry->amounts, sizeof entry->amounts);
    add_bytes(digesting, entry->balances, sizeof entry->balances);
    return end(digesting, COPY_ENTRIES);
}

static enum status digest_strings(struct digesting *digesting, const struct ledger_document *document,
                                  enum copy_piece piece, const char *const *strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        begin(digesting);
        add_int(digesting, document->kind);
        add_id(digesting, true, &document->id);
        add_string(digesting, strings[i]);
        (void)end(digesting, piece);
    }
    return STATUS_OK;
}

static enum status digest_document(void *context, const struct ledger_copied_document *copied)
{
    struct digesting *digesting = context;
    const struct ledger_document *document = &copied->document;
    digesting->is_going = document->expires_at_ms != 0 &&
                          document->expires_at_ms < digesting->now_ms + EXPIRY_MARGIN_MS;
    begin(digesting);
    add_int(digesting, document->kind);
    add_id(digesting, true, &document->id);
    add_int(digesting, document->version);
    add_string(digesting, document->state);
    add_int(digesting, document->store_key);
    add_int(digesting, document->register_key);
    add_int(digesting, document->created_at_ms);
    add_int(digesting, document->updated_at_ms);
    add_int(digesting, document->recorded_at_ms);
    add_int(digesting, document->expires_at_ms);
    add_bytes(digesting, document->balances, sizeof document->balances);
    add_bytes(digesting, document->body, document->body_length);
    (void)end(digesting, COPY_DOCUMENTS);
    (void)digest_strings(digesting, document, COPY_KEYS, copied->keys, copied->key_count);
    (void)digest_strings(digesting, document, COPY_TERMS, copied->terms, copied->term_count);
    digesting->is_going = false;
    return STATUS_OK;
}

static enum status digest_answer(void *context, const struct ledger_copied_answer *copied)
{
    struct digesting *digesting = context;
    digesting->is_going = !copied->has_act ||
                          copied->kept_at_ms / 1000 * 1000 < digesting->now_ms - ANSWER_AGE_MS;
    begin(digesting);
    add_bytes(digesting, copied->key.key.bytes, HASH_SIZE);
    add_bytes(digesting, copied->key.fingerprint.bytes, HASH_SIZE);
    add_id(digesting, copied->has_act, &copied->act_id);
    add_int(digesting, copied->answer.http_status);
    add_string(digesting, copied->answer.location);
    add_string(digesting, copied->answer.etag);
    add_bytes(digesting, copied->answer.body, copied->answer.body_length);
    (void)end(digesting, COPY_ANSWERS);
    digesting->is_going = false;
    return STATUS_OK;
}

static enum status digest_event(void *context, const struct ledger_copied_event *copied)
{
    struct digesting *digesting = context;
    begin(digesting);
    add_id(digesting, true, &copied->event.id);
    add_string(digesting, copied->event.type);
    add_int(digesting, copied->event.at_ms);
    add_int(digesting, copied->event.attempts);
    add_bytes(digesting, copied->event.data, copied->event.data_length);
    return end(digesting, COPY_EVENTS);
}

enum status copy_digest_take(const struct ledger *ledger, int64_t now_ms,
                             const struct ledger_copy_watch *watch, struct copy_digest *digest)
{
    static const struct ledger_copier copier = {
        .record = digest_record,
        .act = digest_act,
        .movement = digest_movement,
        .level = digest_level,
        .entry = digest_entry,
        .document = digest_document,
        .answer = digest_answer,
        .event = digest_event,
    };
    struct digesting digesting = {.digest = digest, .watch = watch, .now_ms = now_ms};
    *digest = (struct copy_digest){0};
    return ledger->ops->tell(ledger, &copier, &digesting);
}

struct hash copy_digest_hash(const struct copy_digest *digest)
{
    return hash_of(digest->told, sizeof digest->told);
}
