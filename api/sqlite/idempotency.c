#include "sqlite/idempotency.h"

#include "base/clock.h"

#include <string.h>

#define EXPIRED_AT_ONCE 4 /* dropped at each call: the table shrinks faster than it grows */

static const char SELECT_RECORD[] = "SELECT fingerprint, http_status, location, etag, body, act_id"
                                    "  FROM idempotency_records WHERE key = ?1";
static const char INSERT_RECORD[] = "INSERT INTO idempotency_records (key, fingerprint, http_status, "
                                    "location, etag, body, created_at, act_id)"
                                    "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char DELETE_EXPIRED[] =
    "DELETE FROM idempotency_records WHERE key IN"
    "  (SELECT key FROM idempotency_records WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)";

static const char *copy_column(struct arena *arena, sqlite3_stmt *statement, int column)
{
    const char *string = db_column_string(statement, column);
    return string == NULL ? NULL
                          : arena_copy_n(arena, string, (size_t)sqlite3_column_bytes(statement, column));
}

enum status idempotency_find(struct db *db, const struct idempotency_key *key, struct arena *arena,
                             struct kept_answer *answer, bool *found)
{
    *found = false;
    if (!key->present) {
        return STATUS_OK;
    }
    sqlite3_stmt *select = db_statement(db, SELECT_RECORD);
    db_bind_blob(select, 1, key->key.bytes, HASH_SIZE);
    enum status status = db_step(db, select, found);
    if (status != STATUS_OK || !*found) {
        return status;
    }
    const void *fingerprint = sqlite3_column_blob(select, 0);
    if (sqlite3_column_bytes(select, 0) != HASH_SIZE ||
        memcmp(fingerprint, key->fingerprint.bytes, HASH_SIZE) != 0) {
        status = STATUS_IDEMPOTENCY_KEY_REUSED;
    } else {
        *answer = (struct kept_answer){
            .http_status = sqlite3_column_int(select, 1),
            .location = copy_column(arena, select, 2),
            .etag = copy_column(arena, select, 3),
            .body = copy_column(arena, select, 4),
            .body_length = (size_t)sqlite3_column_bytes(select, 4),
        };
        answer->has_act = db_column_id(select, 5, &answer->act_id);
    }
    db_done(select);
    return status;
}

enum status idempotency_keep(struct db *db, const struct idempotency_key *key,
                             const struct kept_answer *answer)
{
    if (!key->present) {
        return STATUS_OK;
    }
    const int64_t now_ms = clock_now_ms();
    sqlite3_stmt *expire = db_statement(db, DELETE_EXPIRED);
    db_bind_int(expire, 1, now_ms - IDEMPOTENCY_KEPT_MS);
    db_bind_int(expire, 2, EXPIRED_AT_ONCE);
    enum status status = db_step(db, expire, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *insert = db_statement(db, INSERT_RECORD);
    db_bind_blob(insert, 1, key->key.bytes, HASH_SIZE);
    db_bind_blob(insert, 2, key->fingerprint.bytes, HASH_SIZE);
    db_bind_int(insert, 3, answer->http_status);
    db_bind_string(insert, 4, answer->location);
    db_bind_string(insert, 5, answer->etag);
    if (answer->body != NULL) {
        db_bind_blob(insert, 6, answer->body, answer->body_length); /* bytes: it may be sealed */
    }
    db_bind_int(insert, 7, now_ms);
    if (answer->has_act) {
        db_bind_id(insert, 8, &answer->act_id);
    }
    return db_step(db, insert, NULL);
}
