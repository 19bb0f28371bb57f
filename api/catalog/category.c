#include "catalog/category.h"

#include <string.h>

static const struct entity_field fields[CATEGORY_FIELD_COUNT] = {
    [CATEGORY_NAME] = {.name = "name", .kind = ENTITY_STRING},
    [CATEGORY_PARENT_ID] = {.name = "parent_id",
                            .kind = ENTITY_ID,
                            .nullable = true,
                            .references = &entity_category},
    [CATEGORY_COLOUR] = {.name = "colour", .kind = ENTITY_STRING, .nullable = true},
    [CATEGORY_IMAGE] = {.name = "image", .kind = ENTITY_STRING, .nullable = true},
    [CATEGORY_POSITION] = {.name = "position", .kind = ENTITY_INT, .has_default = true},
};

static const char SELECT_BY_NAME[] = "SELECT id FROM categories"
                                     " WHERE coalesce(parent_id, x'') = coalesce(?1, x'')"
                                     " AND name = ?2 COLLATE NOCASE";

static enum status find_by_name(struct db *db, const struct entity_value *parent_id, const char *name,
                                size_t length, struct id *id, bool *found)
{
    sqlite3_stmt *statement = db_statement(db, SELECT_BY_NAME);
    if (!parent_id->is_null) {
        db_bind_blob(statement, 1, parent_id->bytes, parent_id->length);
    }
    db_bind_text(statement, 2, name, length);
    const enum status status = db_step(db, statement, found);
    *found = status == STATUS_OK && *found && db_column_id(statement, 0, id);
    db_done(statement);
    return status;
}

/* Walks up from the new parent: neither back to this category nor deeper than the limit. */
static enum status check_ancestors(struct entity_act *act, const struct entity_row *row)
{
    struct entity_row above = *row;
    for (unsigned depth = 1; !above.values[CATEGORY_PARENT_ID].is_null; depth++) {
        struct id parent;
        memcpy(parent.bytes, above.values[CATEGORY_PARENT_ID].bytes, sizeof parent.bytes);
        if (row->key != 0 && id_equal(&parent, &row->id)) {
            (void)detail_fault(act->detail, "/parent_id", "cycle",
                               "A category cannot be above itself, also not by others in between.");
            return STATUS_OK;
        }
        if (depth >= CATEGORY_DEPTH_MAX) {
            (void)detail_fault(act->detail, "/parent_id", "too_deep", "Categories nest at most %d deep.",
                               CATEGORY_DEPTH_MAX);
            return STATUS_OK;
        }
        const enum status status = entity_find(&entity_category, act->db, act->arena, &parent, &above);
        if (status != STATUS_OK) {
            return status == STATUS_CATEGORY_NOT_FOUND ? STATUS_OK : status; /* a fault already */
        }
    }
    return STATUS_OK;
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    (void)before;
    enum status status = check_ancestors(act, row);
    const struct entity_value *name = &row->values[CATEGORY_NAME];
    struct id holder;
    bool found = false;
    if (status == STATUS_OK) {
        status = find_by_name(act->db, &row->values[CATEGORY_PARENT_ID], name->bytes, name->length, &holder,
                              &found);
    }
    if (status != STATUS_OK || !found || (row->key != 0 && id_equal(&holder, &row->id))) {
        return status;
    }
    char text[ID_TEXT_SIZE];
    return detail_set(act->detail, STATUS_NAME_TAKEN, "The name \"%.*s\" belongs to category %s.",
                      (int)name->length, name->bytes, id_format(&holder, text));
}

const struct entity entity_category = {
    .name = "category",
    .not_found = STATUS_CATEGORY_NOT_FOUND,
    .fields = fields,
    .field_count = CATEGORY_FIELD_COUNT,
    .sql = ENTITY_SQL("categories", "name, parent_id, colour, image, position", "?6, ?7, ?8, ?9, ?10",
                      "parent_id"),
    .check = check,
};

/* Takes the next name off a path, without the blanks around it; its length. `more`: a '>' follows. */
static size_t next_name(const char **path, char name[static CATEGORY_PATH_MAX + 1], bool *more)
{
    const char *at = *path;
    size_t length = 0;
    while (*at == ' ') {
        at++;
    }
    for (; *at != '\0' && *at != '>'; at++) {
        if (*at == '\\' && (at[1] == '>' || at[1] == '\\')) {
            at++;
        }
        if (length < CATEGORY_PATH_MAX) {
            name[length++] = *at;
        }
    }
    while (length > 0 && name[length - 1] == ' ') {
        length--;
    }
    name[length] = '\0';
    *more = *at == '>';
    *path = *more ? at + 1 : at;
    return length;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += (*text & 0xc0) != 0x80;
    }
    return count;
}

const char *category_path_fault(const char *path)
{
    char name[CATEGORY_PATH_MAX + 1];
    if (strlen(path) > CATEGORY_PATH_MAX) {
        return "max_length";
    }
    bool more = true;
    for (unsigned depth = 0; more; depth++) {
        if (depth == CATEGORY_DEPTH_MAX) {
            return "too_deep";
        }
        if (next_name(&path, name, &more) == 0) {
            return "category_path";
        }
        if (count_characters(name) > CATEGORY_NAME_MAX) {
            return "max_length";
        }
    }
    return NULL;
}

static enum status bring_back(struct entity_act *act, const struct id *id)
{
    struct entity_row before;
    enum status status = entity_find(&entity_category, act->db, act->arena, id, &before);
    if (status == STATUS_OK && before.archived) {
        struct entity_row row = before;
        row.archived = false;
        status = entity_store_row(&entity_category, act, &before, &row, "restore");
    }
    return status;
}

enum status category_find_or_create(struct entity_act *act, const char *path, struct id *id)
{
    char name[CATEGORY_PATH_MAX + 1];
    struct entity_value parent_id = {.is_null = true};
    enum status status = STATUS_OK;
    for (bool more = true; more && status == STATUS_OK;) {
        const size_t length = next_name(&path, name, &more);
        bool found = false;
        status = find_by_name(act->db, &parent_id, name, length, id, &found);
        if (status == STATUS_OK && found) {
            status = bring_back(act, id);
        } else if (status == STATUS_OK) {
            struct entity_row row;
            entity_row_begin(&entity_category, &row);
            row.values[CATEGORY_NAME] = entity_string(arena_copy_n(act->arena, name, length));
            row.values[CATEGORY_PARENT_ID] = parent_id;
            status = entity_store_row(&entity_category, act, NULL, &row, "create");
            *id = row.id;
        }
        parent_id = entity_id((const struct id *)arena_copy_n(act->arena, (const char *)id, sizeof *id));
    }
    return status;
}

static void add_name(struct text *out, const struct entity_value *name)
{
    for (size_t i = 0; i < name->length; i++) {
        if (name->bytes[i] == '>' || name->bytes[i] == '\\') {
            text_add_char(out, '\\');
        }
        text_add_char(out, name->bytes[i]);
    }
}

enum status category_path(struct db *db, struct arena *arena, const struct id *id, struct text *out)
{
    struct entity_row rows[CATEGORY_DEPTH_MAX];
    unsigned depth = 0;
    struct id next = *id;
    for (bool more = true; more && depth < CATEGORY_DEPTH_MAX; depth++) {
        const enum status status = entity_find(&entity_category, db, arena, &next, &rows[depth]);
        if (status != STATUS_OK) {
            return status;
        }
        const struct entity_value *parent = &rows[depth].values[CATEGORY_PARENT_ID];
        more = !parent->is_null;
        if (more) {
            memcpy(next.bytes, parent->bytes, sizeof next.bytes);
        }
    }
    while (depth > 0) {
        add_name(out, &rows[--depth].values[CATEGORY_NAME]);
        if (depth > 0) {
            text_add_string(out, " > ");
        }
    }
    return STATUS_OK;
}
