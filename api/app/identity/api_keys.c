#include "app/identity/api_keys.h"

#include "app/identity/auth.h"
#include "app/identity/token.h"
#include "base/clock.h"
#include "catalog/api_key.h"
#include "sqlite/reader.h"

#include <stdlib.h>
#include <string.h>

#define CURSOR_DIGITS_MAX 18

static struct actor actor_of(const struct call *call)
{
    return (struct actor){
        .kind = call->principal.kind == PRINCIPAL_API_KEY ? "api_key" : "employee",
        .id = &call->principal.id,
        .name = call->principal.name,
    };
}

static void emit_time(struct json_writer *json, const char *name, int64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    emit_member_string(json, name, time_ms == 0 ? NULL : clock_format(time_ms, text));
}

/* `secret` is NULL but in the answer that creates. */
static void emit_key(struct json_writer *json, const struct api_key *key, const char *secret)
{
    char id[ID_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_string(json, "id", id_format(&key->id, id));
    emit_member_string(json, "name", key->name);
    emit_name(json, "scopes");
    emit_raw(json, key->scopes, strlen(key->scopes));
    emit_member_string(json, "prefix", key->prefix);
    emit_time(json, "created_at", key->created_at_ms);
    emit_time(json, "last_used_at", key->last_used_at_ms);
    emit_time(json, "revoked_at", key->revoked_at_ms);
    if (secret != NULL) {
        emit_member_string(json, "key", secret);
    }
    emit_end_object(json);
}

struct creation {
    struct api_key key;
    char secret[API_KEY_TEXT_SIZE];
};

static enum status create(struct call *call, struct db *db, void *context)
{
    struct creation *creation = context;
    const struct actor actor = actor_of(call);
    const struct hash hash = hash_of(creation->secret, strlen(creation->secret));
    const enum status status = api_key_add(db, &actor, &creation->key, &hash, &call->answer.catalog_seq);
    if (status != STATUS_OK) {
        return status == STATUS_ID_TAKEN ? detail_set(&call->detail, status, "Another API key has this id.")
                                         : status;
    }
    char id[ID_TEXT_SIZE];
    struct text body = arena_text(call->arena, 512);
    struct json_writer json = json_writer(&body);
    emit_key(&json, &creation->key, creation->secret);
    call_answer_text(call, &body);
    call->answer.http_status = 201;
    call->answer.location = arena_printf(call->arena, "/api/v1/api-keys/%s",
                                         id_format(&creation->key.id, id));
    return STATUS_OK;
}

enum status api_keys_create(struct call *call, const json_t *body)
{
    struct creation creation;
    api_key_make(creation.secret);
    struct text scopes = arena_text(call->arena, 256);
    struct json_writer json = json_writer(&scopes);
    auth_emit_scopes(&json, auth_scopes_of(json_object_get(body, "scopes")));
    creation.key = (struct api_key){
        .id = id_new(),
        .name = json_string_value(json_object_get(body, "name")),
        .prefix = arena_copy_n(call->arena, creation.secret, API_KEY_SHOWN),
        .scopes = text_string(&scopes),
        .created_at_ms = clock_now_ms(),
    };
    const char *id = json_string_value(json_object_get(body, "id"));
    if (id != NULL) {
        (void)id_parse(id, &creation.key.id);
    }
    return call_write(call, create, &creation);
}

/* A cursor is the last row's key, as hexadecimal digits. */
static bool read_cursor(const char *cursor, int64_t *after)
{
    *after = 0;
    if (cursor == NULL) {
        return true;
    }
    char *end;
    if (*cursor == '\0' || strlen(cursor) > CURSOR_DIGITS_MAX ||
        cursor[strspn(cursor, "0123456789abcdef")] != '\0') {
        return false;
    }
    *after = strtoll(cursor, &end, 16);
    return *after >= 0;
}

enum status api_keys_list(struct call *call, unsigned limit, const char *cursor)
{
    int64_t after;
    if (!read_cursor(cursor, &after)) {
        return detail_fault(&call->detail, "#/query/cursor", "cursor", "This is no cursor of this list.");
    }
    struct api_key *keys = arena_alloc(call->arena, (limit + 1) * sizeof *keys);
    unsigned count;
    struct db *db = reader_take(call->app->readers);
    const enum status status = api_key_list(db, call->arena, after, limit + 1, keys, &count);
    reader_give_back(call->app->readers, db);
    if (status != STATUS_OK) {
        return status;
    }
    const bool more = count > limit;
    struct text body = arena_text(call->arena, 1024);
    struct json_writer json = json_writer(&body);
    emit_begin_object(&json);
    emit_name(&json, "data");
    emit_begin_array(&json);
    for (unsigned i = 0; i < (more ? limit : count); i++) {
        emit_key(&json, &keys[i], NULL);
    }
    emit_end_array(&json);
    emit_member_string(&json, "next_cursor",
                       more ? arena_printf(call->arena, "%llx", (unsigned long long)keys[limit - 1].key)
                            : NULL);
    emit_end_object(&json);
    call_answer_text(call, &body);
    return STATUS_OK;
}

static enum status revoke(struct call *call, struct db *db, void *context)
{
    const struct actor actor = actor_of(call);
    struct api_key key;
    bool found;
    const enum status status = api_key_read(db, call->arena, context, &key, &found);
    if (status != STATUS_OK || !found) {
        return status != STATUS_OK ? status : STATUS_API_KEY_NOT_FOUND;
    }
    call->answer.http_status = 204;
    return key.revoked_at_ms != 0 ? STATUS_OK : api_key_revoke(db, &actor, &key, &call->answer.catalog_seq);
}

enum status api_keys_revoke(struct call *call, const struct id *id)
{
    struct id copy = *id;
    return call_write(call, revoke, &copy);
}
