#include "catalog/entity.h"

#include "base/clock.h"
#include "catalog/entity_json.h"

#include <sodium.h>
#include <string.h>

enum {
    COLUMN_KEY,
    COLUMN_ID,
    COLUMN_VERSION,
    COLUMN_ARCHIVED,
    COLUMN_CREATED_AT,
    COLUMN_UPDATED_AT,
    COLUMN_FIELDS,
};

/* Of the insert and the update alike. */
enum {
    MARK_ID = 1,
    MARK_VERSION,
    MARK_ARCHIVED,
    MARK_CREATED_AT,
    MARK_UPDATED_AT,
    MARK_FIELDS,
};

static const char *noun_of(const struct entity *entity)
{
    return entity->noun == NULL ? entity->name : entity->noun;
}

/* --- reading ------------------------------------------------------------------------------------ */

static bool kind_is_number(enum entity_kind kind)
{
    switch (kind) {
    case ENTITY_INT:
    case ENTITY_BOOL:
    case ENTITY_RATE:
    case ENTITY_QUANTITY:
    case ENTITY_TIME:
        return true;
    case ENTITY_STRING:
    case ENTITY_IMAGE:
    case ENTITY_ID:
    case ENTITY_STRINGS:
    case ENTITY_IDS:
    case ENTITY_OBJECT:
        break;
    }
    return false;
}

void entity_row_of(const struct entity *entity, sqlite3_stmt *statement, struct entity_row *row)
{
    row->key = sqlite3_column_int64(statement, COLUMN_KEY);
    if (!db_column_id(statement, COLUMN_ID, &row->id)) {
        row->id = (struct id){0}; /* the table's CHECK excludes it */
    }
    row->version = sqlite3_column_int64(statement, COLUMN_VERSION);
    row->archived = sqlite3_column_int64(statement, COLUMN_ARCHIVED) != 0;
    row->created_at_ms = sqlite3_column_int64(statement, COLUMN_CREATED_AT);
    row->updated_at_ms = sqlite3_column_int64(statement, COLUMN_UPDATED_AT);
    for (unsigned i = 0; i < entity->field_count; i++) {
        const int column = COLUMN_FIELDS + (int)i;
        struct entity_value *value = &row->values[i];
        *value = (struct entity_value){.is_null = sqlite3_column_type(statement, column) == SQLITE_NULL};
        if (value->is_null) {
            continue;
        }
        if (kind_is_number(entity->fields[i].kind)) {
            value->number = sqlite3_column_int64(statement, column);
            continue;
        }
        /* The pointer first: it fixes the form that the length is of. A blob and a text come alike. */
        value->bytes = entity->fields[i].kind == ENTITY_ID ? sqlite3_column_blob(statement, column)
                                                           : db_column_string(statement, column);
        value->length = (size_t)sqlite3_column_bytes(statement, column);
    }
}

void entity_copy_values(const struct entity *entity, struct arena *arena, struct entity_row *row)
{
    for (unsigned i = 0; i < entity->field_count; i++) {
        if (row->values[i].bytes != NULL) {
            row->values[i].bytes = arena_copy_n(arena, row->values[i].bytes, row->values[i].length);
        }
    }
}

static enum status find_row(const struct entity *entity, struct db *db, sqlite3_stmt *statement,
                            struct arena *arena, struct entity_row *row)
{
    bool found = false;
    const enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        entity_row_of(entity, statement, row);
        entity_copy_values(entity, arena, row);
    }
    db_done(statement);
    return status == STATUS_OK && !found ? entity->not_found : status;
}

enum status entity_find(const struct entity *entity, struct db *db, struct arena *arena, const struct id *id,
                        struct entity_row *row)
{
    sqlite3_stmt *statement = db_statement(db, entity->sql.by_id);
    db_bind_id(statement, 1, id);
    return find_row(entity, db, statement, arena, row);
}

enum status entity_find_first(const struct entity *entity, struct db *db, struct arena *arena,
                              struct entity_row *row)
{
    sqlite3_stmt *statement = db_statement(db, entity->sql.list[ENTITY_LIVE][false]);
    db_bind_int(statement, 1, 0);
    db_bind_int(statement, 2, 1);
    return find_row(entity, db, statement, arena, row);
}

const struct entity_value *entity_value_named(const struct entity *entity, const struct entity_row *row,
                                              const char *name)
{
    for (unsigned i = 0; i < entity->field_count; i++) {
        if (strcmp(entity->fields[i].name, name) == 0) {
            return &row->values[i];
        }
    }
    return NULL;
}

enum status entity_read(const struct entity *entity, struct db *db, const struct id *id, struct text *out,
                        int64_t *version)
{
    sqlite3_stmt *statement = db_statement(db, entity->sql.by_id);
    db_bind_id(statement, 1, id);
    bool found = false;
    const enum status status = db_step(db, statement, &found);
    if (status == STATUS_OK && found) {
        struct entity_row row;
        struct json_writer json = json_writer(out);
        entity_row_of(entity, statement, &row);
        entity_emit(entity, &row, &json);
        *version = row.version;
    }
    db_done(statement);
    return status == STATUS_OK && !found ? entity->not_found : status;
}

/* --- lists -------------------------------------------------------------------------------------- */

#define CURSOR_BYTES     8 /* the key of the last row, the highest byte first */
#define CURSOR_TEXT_SIZE sodium_base64_ENCODED_LEN(CURSOR_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

static bool cursor_read(const char *text, int64_t *key)
{
    uint8_t bytes[CURSOR_BYTES];
    size_t length;
    const char *end;
    if (sodium_base642bin(bytes, sizeof bytes, text, strlen(text), NULL, &length, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        *end != '\0' || length != sizeof bytes) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        number = number << 8 | bytes[i];
    }
    *key = (int64_t)number;
    return *key >= 0;
}

static void cursor_emit(struct json_writer *json, int64_t key)
{
    uint8_t bytes[CURSOR_BYTES];
    char text[CURSOR_TEXT_SIZE];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)((uint64_t)key >> (56 - 8 * i));
    }
    emit_member_string(
        json, "next_cursor",
        sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

enum status entity_list(const struct entity *entity, struct db *db, const struct entity_page *page,
                        struct detail *detail, struct text *out)
{
    int64_t after = 0;
    if (page->cursor != NULL && !cursor_read(page->cursor, &after)) {
        return detail_fault(detail, "#/query/cursor", "cursor_invalid",
                            "This is no cursor that an answer of this operation gave.");
    }
    sqlite3_stmt *statement = db_statement(db, entity->sql.list[page->archived][page->filter != NULL]);
    db_bind_int(statement, 1, after);
    db_bind_int(statement, 2, (int64_t)page->limit + 1); /* one more tells whether there is a next page */
    if (page->filter != NULL) {
        db_bind_id(statement, 3, page->filter);
    }
    struct json_writer json = json_writer(out);
    emit_begin_object(&json);
    emit_name(&json, "data");
    emit_begin_array(&json);
    unsigned count = 0;
    bool found = false;
    enum status status;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found && count < page->limit) {
        struct entity_row row;
        entity_row_of(entity, statement, &row);
        entity_emit(entity, &row, &json);
        after = row.key;
        count++;
    }
    db_done(statement);
    emit_end_array(&json);
    if (found) {
        cursor_emit(&json, after);
    } else {
        emit_member_null(&json, "next_cursor");
    }
    emit_end_object(&json);
    return status;
}

/* --- writing ------------------------------------------------------------------------------------ */

static bool values_equal(enum entity_kind kind, const struct entity_value *a, const struct entity_value *b)
{
    if (a->is_null || b->is_null) {
        return a->is_null == b->is_null;
    }
    return kind_is_number(kind)
               ? a->number == b->number
               : a->length == b->length && (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static void bind_value(sqlite3_stmt *statement, int mark, enum entity_kind kind,
                       const struct entity_value *value)
{
    if (value->is_null) {
        return;
    }
    if (kind_is_number(kind)) {
        db_bind_int(statement, mark, value->number);
    } else if (kind == ENTITY_ID) {
        db_bind_blob(statement, mark, value->bytes, value->length);
    } else {
        db_bind_text(statement, mark, value->bytes, value->length);
    }
}

void entity_row_begin(const struct entity *entity, struct entity_row *row)
{
    *row = (struct entity_row){0};
    for (unsigned i = 0; i < entity->field_count; i++) {
        row->values[i] = entity->fields[i].otherwise;
        row->values[i].is_null = entity->fields[i].nullable;
    }
}

enum status entity_write_row(const struct entity *entity, struct entity_act *act,
                             const struct entity_row *before, struct entity_row *row)
{
    static const struct id none;
    row->updated_at_ms = clock_now_ms();
    if (before == NULL) {
        row->created_at_ms = row->updated_at_ms;
        row->version = 1;
        if (id_equal(&row->id, &none)) {
            row->id = id_new();
        }
    } else {
        row->version = before->version + 1;
    }
    sqlite3_stmt *statement = db_statement(act->db, before == NULL ? entity->sql.insert : entity->sql.update);
    db_bind_id(statement, MARK_ID, &row->id);
    db_bind_int(statement, MARK_VERSION, row->version);
    db_bind_int(statement, MARK_ARCHIVED, row->archived);
    db_bind_int(statement, MARK_CREATED_AT, row->created_at_ms);
    db_bind_int(statement, MARK_UPDATED_AT, row->updated_at_ms);
    for (unsigned i = 0; i < entity->field_count; i++) {
        bind_value(statement, MARK_FIELDS + (int)i, entity->fields[i].kind, &row->values[i]);
    }
    const enum status status = db_step(act->db, statement, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    if (before == NULL) {
        row->key = sqlite3_last_insert_rowid(db_handle(act->db));
    }
    return entity->stored == NULL ? STATUS_OK : entity->stored(act, before, row);
}

/* Adds a fault unless the id is that of a row that may be referred to. */
static enum status check_reference(struct entity_act *act, const struct entity_field *field,
                                   const char *pointer, const struct id *id)
{
    struct entity_row row;
    char text[ID_TEXT_SIZE];
    const enum status status = entity_find(field->references, act->db, act->arena, id, &row);
    if (status == field->references->not_found) {
        (void)detail_fault(act->detail, pointer, status_code(status), "There is no %s %s.",
                           noun_of(field->references), id_format(id, text));
        return STATUS_OK;
    }
    if (status == STATUS_OK && row.archived) {
        (void)detail_fault(act->detail, pointer, "archived", "The %s %s is archived.",
                           noun_of(field->references), id_format(id, text));
    }
    return status;
}

static enum status check_reference_array(struct entity_act *act, const struct entity_field *field,
                                         const struct entity_value *value)
{
    enum status status = STATUS_OK;
    size_t at = 0;
    const char *text;
    for (size_t i = 0;
         status == STATUS_OK && (text = entity_next_id(act->arena, value->bytes, value->length, &at)) != NULL;
         i++) {
        struct id id;
        if (id_parse(text, &id)) {
            status = check_reference(act, field, arena_printf(act->arena, "/%s/%zu", field->name, i), &id);
        }
    }
    return status;
}

/* Of references that are new: what an archived row is already part of stays as it is. */
static enum status check_references(const struct entity *entity, struct entity_act *act,
                                    const struct entity_row *before, const struct entity_row *row)
{
    enum status status = STATUS_OK;
    for (unsigned i = 0; status == STATUS_OK && i < entity->field_count; i++) {
        const struct entity_field *field = &entity->fields[i];
        const struct entity_value *value = &row->values[i];
        if (field->references == NULL || value->is_null ||
            (before != NULL && values_equal(field->kind, &before->values[i], value))) {
            continue;
        }
        if (field->kind == ENTITY_IDS) {
            status = check_reference_array(act, field, value);
        } else {
            struct id id;
            memcpy(id.bytes, value->bytes, sizeof id.bytes);
            status = check_reference(act, field, entity_pointer(act, entity, i), &id);
        }
    }
    return status;
}

enum status entity_store_row(const struct entity *entity, struct entity_act *act,
                             const struct entity_row *before, struct entity_row *row, const char *op)
{
    enum status status = check_references(entity, act, before, row);
    if (status == STATUS_OK) {
        status = entity->check(act, before, row);
    }
    if (act->detail->faults > 0 && status != STATUS_STORAGE_UNAVAILABLE) {
        return STATUS_VALIDATION_FAILED;
    }
    if (status == STATUS_OK) {
        status = entity_write_row(entity, act, before, row);
    }
    if (status != STATUS_OK) {
        return status;
    }
    act->body = arena_text(act->arena, 1024);
    struct json_writer json = json_writer(&act->body);
    entity_emit(entity, row, &json);
    const struct change change = {
        .entity = entity->name,
        .entity_id = &row->id,
        .op = op,
        .version = row->version,
        .body = act->body.data,
        .body_length = act->body.length,
    };
    return change_append(act->db, act->actor, &change, &act->seq);
}

bool entity_values_equal(const struct entity *entity, const struct entity_row *a, const struct entity_row *b)
{
    for (unsigned i = 0; i < entity->field_count; i++) {
        if (!values_equal(entity->fields[i].kind, &a->values[i], &b->values[i])) {
            return false;
        }
    }
    return a->archived == b->archived;
}

/* A row with the id of a create: the same content makes it the same request again. */
static enum status meet_existing(const struct entity *entity, struct entity_act *act,
                                 const struct entity_row *existing, struct entity_row *row)
{
    char id[ID_TEXT_SIZE];
    if (!entity_values_equal(entity, existing, row)) {
        return detail_set(act->detail, STATUS_ID_TAKEN,
                          "The id %s belongs to another %s, or to this one as it was.",
                          id_format(&row->id, id), noun_of(entity));
    }
    *row = *existing;
    act->body = arena_text(act->arena, 1024);
    struct json_writer json = json_writer(&act->body);
    entity_emit(entity, row, &json);
    return STATUS_OK;
}

static void bring_to_canonical(const struct entity *entity, struct entity_act *act, struct entity_row *row)
{
    if (entity->canonical != NULL) {
        entity->canonical(act, row);
    }
}

enum status entity_create(const struct entity *entity, struct entity_act *act, const json_t *body,
                          struct entity_row *row, bool *existed)
{
    *row = (struct entity_row){0};
    *existed = false;
    entity_json_create(entity, act, body, row);
    const json_t *id = json_object_get(body, "id");
    if (id != NULL && (!json_is_string(id) || !id_parse(json_string_value(id), &row->id))) {
        (void)detail_fault(act->detail, "/id", "format", "id must be a UUID.");
    }
    if (act->detail->faults > 0) {
        return STATUS_VALIDATION_FAILED;
    }
    bring_to_canonical(entity, act, row);
    if (id != NULL) {
        struct entity_row existing;
        const enum status status = entity_find(entity, act->db, act->arena, &row->id, &existing);
        if (status != entity->not_found) {
            *existed = status == STATUS_OK;
            return status == STATUS_OK ? meet_existing(entity, act, &existing, row) : status;
        }
    }
    return entity_store_row(entity, act, NULL, row, "create");
}

enum status entity_meets(const struct entity *entity, const struct entity_row *row,
                         const struct entity_condition *condition, struct detail *detail)
{
    bool meets = condition == NULL || !condition->given || condition->any;
    for (unsigned i = 0; !meets && i < condition->count; i++) {
        meets = condition->versions[i] == row->version;
    }
    return meets ? STATUS_OK
                 : detail_set(detail, STATUS_VERSION_MISMATCH, "The %s is at version %lld by now.",
                              noun_of(entity), (long long)row->version);
}

enum status entity_update(const struct entity *entity, struct entity_act *act, const struct id *id,
                          const json_t *patch, const struct entity_condition *condition,
                          struct entity_row *row)
{
    struct entity_row before = {0};
    enum status status = entity_find(entity, act->db, act->arena, id, &before);
    if (status != STATUS_OK) {
        return status;
    }
    *row = before;
    status = entity_meets(entity, &before, condition, act->detail);
    if (status != STATUS_OK) {
        return status;
    }
    entity_json_patch(entity, act, patch, row);
    if (act->detail->faults > 0) {
        return STATUS_VALIDATION_FAILED;
    }
    bring_to_canonical(entity, act, row);
    if (entity_values_equal(entity, &before, row)) {
        act->body = arena_text(act->arena, 1024);
        struct json_writer json = json_writer(&act->body);
        entity_emit(entity, row, &json);
        return STATUS_OK;
    }
    const char *op = before.archived == row->archived ? "update" : row->archived ? "archive" : "restore";
    return entity_store_row(entity, act, &before, row, op);
}

/* --- for checks --------------------------------------------------------------------------------- */

const char *entity_pointer(struct entity_act *act, const struct entity *entity, unsigned field)
{
    return arena_printf(act->arena, "/%s", entity->fields[field].name);
}

enum status entity_check_unique(struct entity_act *act, const struct entity *entity,
                                const struct entity_row *row, unsigned field, const char *sql,
                                enum status taken)
{
    const struct entity_value *value = &row->values[field];
    sqlite3_stmt *statement = db_statement(act->db, sql);
    db_bind_text(statement, 1, value->bytes, value->length);
    bool found = false;
    const enum status status = db_step(act->db, statement, &found);
    struct id holder;
    const bool other = status == STATUS_OK && found && db_column_id(statement, 0, &holder) &&
                       !(row->key != 0 && id_equal(&holder, &row->id));
    db_done(statement);
    if (!other) {
        return status;
    }
    char text[ID_TEXT_SIZE];
    id_format(&holder, text);
    if (act->detail->faults == 0) {
        (void)detail_set(act->detail, taken, "The %s \"%.*s\" belongs to %s %s.", entity->fields[field].name,
                         (int)value->length, value->bytes, noun_of(entity), text);
    }
    return taken;
}

enum status entity_check_count(struct entity_act *act, const struct entity_row *before,
                               const struct entity_row *row, const char *sql, int64_t max)
{
    if (row->archived || (before != NULL && !before->archived)) {
        return STATUS_OK;
    }
    sqlite3_stmt *statement = db_statement(act->db, sql);
    bool found = false;
    const enum status status = db_step(act->db, statement, &found);
    if (status == STATUS_OK && sqlite3_column_int64(statement, 0) >= max) {
        (void)detail_fault(act->detail, "", "too_many",
                           "There are %lld already, as many as can be; archive those that are over.",
                           (long long)max);
    }
    db_done(statement);
    return status;
}

const char *entity_next_id(struct arena *arena, const char *ids, size_t length, size_t *at)
{
    enum {
        BEFORE = 2,                      /* a bracket or comma, and a quote */
        ELEMENT = BEFORE + ID_TEXT_SIZE, /* and the quote after it */
    };
    if (*at + ELEMENT >= length) {
        return NULL;
    }
    const char *id = arena_copy_n(arena, ids + *at + BEFORE, ID_TEXT_SIZE - 1);
    *at += ELEMENT;
    return id;
}

struct entity_value entity_string(const char *string)
{
    return (struct entity_value){
        .is_null = string == NULL, .bytes = string, .length = string == NULL ? 0 : strlen(string)};
}

struct entity_value entity_int(int64_t number)
{
    return (struct entity_value){.number = number};
}

struct entity_value entity_id(const struct id *id)
{
    return (struct entity_value){
        .is_null = id == NULL, .bytes = (const char *)id, .length = id == NULL ? 0 : sizeof *id};
}
