#include "catalog/api_key.h"

#include "base/clock.h"

#include <string.h>

#define SELECT                                                                                               \
    "SELECT key, id, name, prefix, scopes, created_at, last_used_at, revoked_at"                             \
    "  FROM api_keys LEFT JOIN api_key_uses ON key_id = id"

static const char SELECT_BY_ID[] = SELECT " WHERE id = ?1";
static const char SELECT_BY_HASH[] = SELECT " WHERE secret_hash = ?1";
static const char SELECT_AFTER[] = SELECT " WHERE key > ?1 ORDER BY key LIMIT ?2";
static const char INSERT_KEY[] =
    "INSERT INTO api_keys (id, created_at, updated_at, name, prefix, secret_hash, scopes)"
    " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6)";
static const char UPDATE_REVOKED[] =
    "UPDATE api_keys SET revoked_at = ?2, updated_at = ?2, version = version + 1, archived = 1"
    " WHERE id = ?1 AND revoked_at IS NULL";
static const char UPSERT_USE[] = "INSERT INTO api_key_uses (key_id, last_used_at) VALUES (?1, ?2)"
                                 "  ON CONFLICT DO UPDATE SET last_used_at = ?2";
static const char INSERT_REVOKED_SESSION[] =
    "INSERT INTO revoked_sessions (session_id, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
static const char DELETE_EXPIRED_SESSIONS[] = "DELETE FROM revoked_sessions WHERE expires_at < ?1";
static const char SELECT_REVOKED_SESSION[] = "SELECT 1 FROM revoked_sessions WHERE session_id = ?1";
static const char SELECT_SECRET[] = "SELECT value FROM secrets WHERE name = ?1";
static const char INSERT_SECRET[] = "INSERT INTO secrets (name, value) VALUES (?1, ?2)";

static void read_columns(sqlite3_stmt *select, struct arena *arena, struct api_key *key)
{
    *key = (struct api_key){
        .key = sqlite3_column_int64(select, 0),
        .name = arena_copy(arena, db_column_string(select, 2)),
        .prefix = arena_copy(arena, db_column_string(select, 3)),
        .scopes = arena_copy(arena, db_column_string(select, 4)),
        .created_at_ms = sqlite3_column_int64(select, 5),
        .last_used_at_ms = sqlite3_column_int64(select, 6),
        .revoked_at_ms = sqlite3_column_int64(select, 7),
    };
    (void)db_column_id(select, 1, &key->id);
}

static enum status read_row(struct db *db, struct arena *arena, sqlite3_stmt *select, struct api_key *key,
                            bool *found)
{
    const enum status status = db_step(db, select, found);
    if (status == STATUS_OK && *found) {
        read_columns(select, arena, key);
    }
    db_done(select);
    return status;
}

enum status api_key_read(struct db *db, struct arena *arena, const struct id *id, struct api_key *key,
                         bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_BY_ID);
    db_bind_id(select, 1, id);
    return read_row(db, arena, select, key, found);
}

enum status api_key_find(struct db *db, struct arena *arena, const struct hash *secret_hash,
                         struct api_key *key, bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_BY_HASH);
    db_bind_blob(select, 1, secret_hash->bytes, HASH_SIZE);
    return read_row(db, arena, select, key, found);
}

enum status api_key_list(struct db *db, struct arena *arena, int64_t after, unsigned limit,
                         struct api_key *keys, unsigned *count)
{
    sqlite3_stmt *select = db_statement(db, SELECT_AFTER);
    db_bind_int(select, 1, after);
    db_bind_int(select, 2, limit);
    *count = 0;
    bool row;
    enum status status;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row && *count < limit) {
        read_columns(select, arena, &keys[(*count)++]);
    }
    db_done(select);
    return status;
}

enum status api_key_add(struct db *db, const struct actor *actor, const struct api_key *key,
                        const struct hash *secret_hash, int64_t *seq)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_KEY);
    db_bind_id(insert, 1, &key->id);
    db_bind_int(insert, 2, key->created_at_ms);
    db_bind_string(insert, 3, key->name);
    db_bind_string(insert, 4, key->prefix);
    db_bind_blob(insert, 5, secret_hash->bytes, HASH_SIZE);
    db_bind_string(insert, 6, key->scopes);
    const enum status status = db_step(db, insert, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    const struct change change = {.entity = "api_key", .entity_id = &key->id, .op = "create", .version = 1};
    return change_append(db, actor, &change, seq);
}

enum status api_key_revoke(struct db *db, const struct actor *actor, const struct api_key *key, int64_t *seq)
{
    sqlite3_stmt *update = db_statement(db, UPDATE_REVOKED);
    db_bind_id(update, 1, &key->id);
    db_bind_int(update, 2, clock_now_ms());
    const enum status status = db_step(db, update, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    const struct change change = {.entity = "api_key", .entity_id = &key->id, .op = "revoke", .version = 2};
    return change_append(db, actor, &change, seq);
}

enum status api_key_touch(struct db *db, const struct id *id)
{
    sqlite3_stmt *upsert = db_statement(db, UPSERT_USE);
    db_bind_id(upsert, 1, id);
    db_bind_int(upsert, 2, clock_now_ms());
    return db_step(db, upsert, NULL);
}

enum status session_revoke(struct db *db, const struct actor *actor, const struct id *session_id,
                           int64_t expires_at_ms, int64_t *seq)
{
    sqlite3_stmt *forget = db_statement(db, DELETE_EXPIRED_SESSIONS);
    db_bind_int(forget, 1, clock_now_ms());
    enum status status = db_step(db, forget, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    sqlite3_stmt *insert = db_statement(db, INSERT_REVOKED_SESSION);
    db_bind_id(insert, 1, session_id);
    db_bind_int(insert, 2, expires_at_ms);
    status = db_step(db, insert, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    const struct change change = {.entity = "session", .entity_id = session_id, .op = "revoke"};
    return change_append(db, actor, &change, seq);
}

enum status session_is_revoked(struct db *db, const struct id *session_id, bool *revoked)
{
    sqlite3_stmt *select = db_statement(db, SELECT_REVOKED_SESSION);
    db_bind_id(select, 1, session_id);
    const enum status status = db_step(db, select, revoked);
    db_done(select);
    return status;
}

enum status secret_read(struct db *db, const char *name, uint8_t value[static HASH_SIZE], bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_SECRET);
    db_bind_string(select, 1, name);
    const enum status status = db_step(db, select, found);
    if (status == STATUS_OK && *found && sqlite3_column_bytes(select, 0) == HASH_SIZE) {
        memcpy(value, sqlite3_column_blob(select, 0), HASH_SIZE);
    } else {
        *found = false;
    }
    db_done(select);
    return status;
}

enum status secret_add(struct db *db, const char *name, const uint8_t value[static HASH_SIZE])
{
    sqlite3_stmt *insert = db_statement(db, INSERT_SECRET);
    db_bind_string(insert, 1, name);
    db_bind_blob(insert, 2, value, HASH_SIZE);
    return db_step(db, insert, NULL);
}
