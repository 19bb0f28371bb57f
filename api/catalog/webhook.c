#include "catalog/webhook.h"

#include "base/clock.h"

#include <string.h>

static const struct entity_field fields[WEBHOOK_FIELD_COUNT] = {
    [WEBHOOK_URL] = {.name = "url", .kind = ENTITY_STRING},
    [WEBHOOK_DESCRIPTION] = {.name = "description", .kind = ENTITY_STRING, .nullable = true},
    [WEBHOOK_EVENT_TYPES] = {.name = "event_types", .kind = ENTITY_STRINGS},
    [WEBHOOK_ENABLED] = {.name = "enabled",
                         .kind = ENTITY_BOOL,
                         .has_default = true,
                         .otherwise = {.number = 1}},
    [WEBHOOK_DISABLED_REASON] = {.name = "disabled_reason", .kind = ENTITY_STRING, .nullable = true},
};

static const char COUNT_LIVE[] = "SELECT count(*) FROM webhooks WHERE archived = 0";
static const char INSERT_SECRET[] =
    "INSERT INTO webhook_secrets (webhook_id, secret, created_at) VALUES (?1, ?2, ?3)";
static const char EXPIRE_SECRETS[] =
    "UPDATE webhook_secrets SET expires_at = ?2 WHERE webhook_id = ?1 AND expires_at IS NULL";
static const char FORGET_SECRETS[] =
    "DELETE FROM webhook_secrets WHERE webhook_id = ?1"
    "  AND (expires_at <= ?2 OR key NOT IN (SELECT key FROM webhook_secrets WHERE webhook_id = ?1"
    "                                         ORDER BY key DESC LIMIT ?3))";
static const char SELECT_SECRETS[] = "SELECT secret FROM webhook_secrets WHERE webhook_id = ?1"
                                     "  AND (expires_at IS NULL OR expires_at > ?2)"
                                     "  ORDER BY key DESC LIMIT ?3";

/* One that is enabled has no reason to be disabled. */
static void canonical(struct entity_act *act, struct entity_row *row)
{
    (void)act;
    if (row->values[WEBHOOK_ENABLED].number != 0) {
        row->values[WEBHOOK_DISABLED_REASON] = entity_string(NULL);
    }
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    return entity_check_count(act, before, row, COUNT_LIVE, WEBHOOKS_MAX);
}

const struct entity entity_webhook = {
    .name = "webhook",
    .not_found = STATUS_WEBHOOK_NOT_FOUND,
    .fields = fields,
    .field_count = WEBHOOK_FIELD_COUNT,
    .sql = ENTITY_SQL("webhooks", "url, description, event_types, enabled, disabled_reason",
                      "?6, ?7, ?8, ?9, ?10", "id"),
    .canonical = canonical,
    .check = check,
};

/* --- for deliveries --- */

static struct webhook webhook_of(const struct entity_row *row)
{
    return (struct webhook){
        .key = row->key,
        .id = row->id,
        .active = !row->archived && row->values[WEBHOOK_ENABLED].number != 0,
        .url = row->values[WEBHOOK_URL].bytes,
        .event_types = row->values[WEBHOOK_EVENT_TYPES].bytes,
    };
}

enum status webhook_read(struct db *db, struct arena *arena, const struct id *id, struct webhook *webhook)
{
    struct entity_row row;
    const enum status status = entity_find(&entity_webhook, db, arena, id, &row);
    if (status == STATUS_OK) {
        *webhook = webhook_of(&row);
    }
    return status;
}

enum status webhook_list_active(struct db *db, struct arena *arena, struct webhook *webhooks, size_t *count)
{
    sqlite3_stmt *select = db_statement(db, entity_webhook.sql.list[ENTITY_LIVE][false]);
    db_bind_int(select, 1, 0);
    db_bind_int(select, 2, WEBHOOKS_MAX);
    *count = 0;
    bool found;
    enum status status;
    while ((status = db_step(db, select, &found)) == STATUS_OK && found && *count < WEBHOOKS_MAX) {
        struct entity_row row;
        entity_row_of(&entity_webhook, select, &row);
        if (row.values[WEBHOOK_ENABLED].number != 0) {
            entity_copy_values(&entity_webhook, arena, &row);
            webhooks[(*count)++] = webhook_of(&row);
        }
    }
    db_done(select);
    return status;
}

/* The table's JSON is ours: ["a","b"], and no type has anything to escape. */
bool webhook_wants(const struct webhook *webhook, const char *type)
{
    const size_t length = strlen(type);
    for (const char *at = webhook->event_types; (at = strchr(at, '"')) != NULL;) {
        const size_t named = strcspn(++at, "\"");
        if ((named == 1 && *at == '*') || (named == length && memcmp(at, type, length) == 0)) {
            return true;
        }
        at += named + (at[named] == '"');
    }
    return false;
}

/* --- secrets --- */

enum status webhook_secret_add(struct db *db, const struct id *webhook_id,
                               const uint8_t secret[static WEBHOOK_SECRET_BYTES])
{
    sqlite3_stmt *insert = db_statement(db, INSERT_SECRET);
    db_bind_id(insert, 1, webhook_id);
    db_bind_blob(insert, 2, secret, WEBHOOK_SECRET_BYTES);
    db_bind_int(insert, 3, clock_now_ms());
    return db_step(db, insert, NULL);
}

enum status webhook_secret_replace(struct db *db, const struct actor *actor, const struct id *webhook_id,
                                   const uint8_t secret[static WEBHOOK_SECRET_BYTES], int64_t *expires_at_ms,
                                   int64_t *seq)
{
    const int64_t now_ms = clock_now_ms();
    const struct change change = {.entity = entity_webhook.name, .entity_id = webhook_id, .op = "rotate"};
    *expires_at_ms = now_ms + WEBHOOK_SECRET_OVERLAP_MS;
    sqlite3_stmt *expire = db_statement(db, EXPIRE_SECRETS);
    db_bind_id(expire, 1, webhook_id);
    db_bind_int(expire, 2, *expires_at_ms);
    enum status status = db_step(db, expire, NULL);
    if (status == STATUS_OK) {
        status = webhook_secret_add(db, webhook_id, secret);
    }
    if (status == STATUS_OK) {
        sqlite3_stmt *forget = db_statement(db, FORGET_SECRETS);
        db_bind_id(forget, 1, webhook_id);
        db_bind_int(forget, 2, now_ms);
        db_bind_int(forget, 3, WEBHOOK_VALID_SECRETS);
        status = db_step(db, forget, NULL);
    }
    return status == STATUS_OK ? change_append(db, actor, &change, seq) : status;
}

enum status webhook_secrets_read(struct db *db, const struct id *webhook_id,
                                 uint8_t secrets[static WEBHOOK_VALID_SECRETS][WEBHOOK_SECRET_BYTES],
                                 size_t *count)
{
    sqlite3_stmt *select = db_statement(db, SELECT_SECRETS);
    db_bind_id(select, 1, webhook_id);
    db_bind_int(select, 2, clock_now_ms());
    db_bind_int(select, 3, WEBHOOK_VALID_SECRETS);
    *count = 0;
    bool found;
    enum status status;
    while ((status = db_step(db, select, &found)) == STATUS_OK && found && *count < WEBHOOK_VALID_SECRETS) {
        memcpy(secrets[(*count)++], sqlite3_column_blob(select, 0), WEBHOOK_SECRET_BYTES);
    }
    db_done(select);
    return status;
}
