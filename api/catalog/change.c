#include "catalog/change.h"

#include "base/clock.h"
#include "base/json_writer.h"

static const char INSERT_CHANGE[] =
    "INSERT INTO catalog_changes"
    " (seq, id, at, actor_kind, actor_id, actor_name, entity, entity_id, op, version, body)"
    " VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM catalog_changes), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
    "?10)"
    " RETURNING seq";

static const char SELECT_NEWEST[] = "SELECT coalesce(max(seq), 0) FROM catalog_changes";

static const char SELECT_AFTER[] =
    "SELECT seq, id, at, actor_kind, actor_id, actor_name, entity, entity_id, op, version, body"
    " FROM catalog_changes WHERE seq > ?1 ORDER BY seq LIMIT ?2";

static const char SELECT_ROWS[] = "SELECT seq, id, at, entity, op, entity_id,"
                                  "  CASE WHEN op IN ('create', 'update', 'archive', 'restore') THEN body END"
                                  " FROM catalog_changes WHERE seq > ?1 ORDER BY seq LIMIT ?2";

enum status change_append(struct db *db, const struct actor *actor, const struct change *change, int64_t *seq)
{
    const struct id id = id_new();
    sqlite3_stmt *statement = db_statement(db, INSERT_CHANGE);
    db_bind_id(statement, 1, &id);
    db_bind_int(statement, 2, clock_now_ms());
    db_bind_string(statement, 3, actor->kind);
    db_bind_id(statement, 4, actor->id);
    db_bind_string(statement, 5, actor->name);
    db_bind_string(statement, 6, change->entity);
    db_bind_id(statement, 7, change->entity_id);
    db_bind_string(statement, 8, change->op);
    if (change->version > 0) {
        db_bind_int(statement, 9, change->version);
    }
    if (change->body != NULL) {
        db_bind_text(statement, 10, change->body, change->body_length);
    }
    bool row = false;
    enum status status = db_step(db, statement, &row);
    if (status == STATUS_OK) {
        *seq = sqlite3_column_int64(statement, 0);
        status = db_step(db, statement, &row); /* to its end: only then is the row in */
    }
    db_done(statement);
    return status;
}

enum status change_newest(struct db *db, int64_t *seq)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_NEWEST);
    bool row = false;
    const enum status status = db_step(db, statement, &row);
    if (status == STATUS_OK) {
        *seq = sqlite3_column_int64(statement, 0);
    }
    db_done(statement);
    return status;
}

static void emit_id_or_null(struct json_writer *json, const char *name, sqlite3_stmt *statement, int column)
{
    struct id id;
    char text[ID_TEXT_SIZE];
    emit_member_string(json, name, db_column_id(statement, column, &id) ? id_format(&id, text) : NULL);
}

static void emit_change(struct json_writer *json, sqlite3_stmt *statement)
{
    char at[CLOCK_TEXT_SIZE];
    emit_begin_object(json);
    emit_member_int(json, "seq", sqlite3_column_int64(statement, 0));
    emit_id_or_null(json, "id", statement, 1);
    emit_member_string(json, "at", clock_format(sqlite3_column_int64(statement, 2), at));
    emit_name(json, "actor");
    emit_begin_object(json);
    emit_member_string(json, "kind", db_column_string(statement, 3));
    emit_id_or_null(json, "id", statement, 4);
    emit_member_string(json, "name", db_column_string(statement, 5));
    emit_end_object(json);
    emit_member_string(json, "entity", db_column_string(statement, 6));
    emit_id_or_null(json, "entity_id", statement, 7);
    emit_member_string(json, "op", db_column_string(statement, 8));
    emit_name(json, "version");
    if (sqlite3_column_type(statement, 9) == SQLITE_NULL) {
        emit_null(json);
    } else {
        emit_int(json, sqlite3_column_int64(statement, 9));
    }
    emit_name(json, "body");
    const char *body = db_column_string(statement, 10);
    if (body == NULL) {
        emit_null(json);
    } else {
        emit_raw(json, body, (size_t)sqlite3_column_bytes(statement, 10));
    }
    emit_end_object(json);
}

enum status change_list(struct db *db, int64_t after, unsigned limit, struct text *out)
{
    struct json_writer json = json_writer(out);
    sqlite3_stmt *statement = db_statement(db, SELECT_AFTER);
    db_bind_int(statement, 1, after);
    db_bind_int(statement, 2, (int64_t)limit + 1); /* one more tells whether there are more */
    emit_begin_object(&json);
    emit_name(&json, "data");
    emit_begin_array(&json);
    unsigned count = 0;
    bool row = false;
    enum status status;
    while ((status = db_step(db, statement, &row)) == STATUS_OK && row) {
        if (count == limit || out->length > CHANGE_PAGE_BYTES) {
            break;
        }
        after = sqlite3_column_int64(statement, 0);
        emit_change(&json, statement);
        count++;
    }
    db_done(statement);
    emit_end_array(&json);
    emit_member_int(&json, "last_seq", after);
    emit_member_bool(&json, "has_more", status == STATUS_OK && row);
    emit_end_object(&json);
    return status;
}

enum status change_rows(struct db *db, struct arena *arena, int64_t after, struct change_row *rows,
                        size_t *count)
{
    sqlite3_stmt *select = db_statement(db, SELECT_ROWS);
    db_bind_int(select, 1, after);
    db_bind_int(select, 2, CHANGE_ROWS_MAX);
    *count = 0;
    bool found;
    enum status status;
    while ((status = db_step(db, select, &found)) == STATUS_OK && found && *count < CHANGE_ROWS_MAX) {
        struct change_row *row = &rows[(*count)++];
        *row = (struct change_row){
            .seq = sqlite3_column_int64(select, 0),
            .at_ms = sqlite3_column_int64(select, 2),
            .entity = arena_copy(arena, db_column_string(select, 3)),
            .op = arena_copy(arena, db_column_string(select, 4)),
        };
        (void)db_column_id(select, 1, &row->id);
        (void)db_column_id(select, 5, &row->entity_id);
        const char *body = db_column_string(select, 6);
        if (body != NULL) {
            row->body_length = (size_t)sqlite3_column_bytes(select, 6);
            row->body = arena_copy_n(arena, body, row->body_length);
        }
    }
    db_done(select);
    return status;
}
