#include "catalog/product_image.h"

#include "core/image_name.h"

#include <stdio.h>
#include <string.h>

static const char INSERT[] = "INSERT OR REPLACE INTO released_images (name, released_at) VALUES (?1, ?2)";
static const char INSERT_EXPECTED[] =
    "INSERT OR REPLACE INTO released_images (name, released_at)"
    " SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM products WHERE image = ?1)";
static const char DELETE_NAMED[] = "DELETE FROM released_images WHERE name = ?1";
static const char DELETE_OLD[] = "DELETE FROM released_images WHERE released_at < ?1";
static const char SELECT_RELEASED[] =
    "SELECT released_at, name FROM released_images"
    " WHERE (released_at, name) > (?1, ?2) AND released_at <= ?3"
    " AND NOT EXISTS (SELECT 1 FROM products WHERE image = released_images.name)"
    " AND NOT EXISTS (SELECT 1 FROM categories WHERE image = released_images.name)"
    " ORDER BY released_at, name LIMIT ?4";

static bool same_image(const struct entity_value *a, const struct entity_value *b)
{
    return a->is_null == b->is_null && a->length == b->length &&
           (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static enum status note(struct db *db, const struct entity_value *image, int64_t now_ms)
{
    sqlite3_stmt *statement = db_statement(db, INSERT);
    db_bind_text(statement, 1, image->bytes, image->length);
    db_bind_int(statement, 2, now_ms);
    const enum status status = db_step(db, statement, NULL);
    if (status != STATUS_OK) {
        return status;
    }
    statement = db_statement(db, DELETE_OLD);
    db_bind_int(statement, 1, now_ms - PRODUCT_IMAGE_NOTE_MS);
    return db_step(db, statement, NULL);
}

static enum status forget_note(struct db *db, const struct entity_value *image)
{
    sqlite3_stmt *statement = db_statement(db, DELETE_NAMED);
    db_bind_text(statement, 1, image->bytes, image->length);
    return db_step(db, statement, NULL);
}

static bool is_made(const struct entity_value *image)
{
    return !image->is_null && image_name_is_made(image->bytes, image->length);
}

enum status product_image_stored(struct entity_act *act, const struct entity_row *before,
                                 const struct entity_row *row)
{
    const struct entity_value *old = before == NULL ? NULL : &before->values[PRODUCT_IMAGE];
    const struct entity_value *new = &row->values[PRODUCT_IMAGE];
    if (old != NULL && same_image(old, new)) {
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    if (old != NULL && is_made(old)) {
        status = note(act->db, old, row->updated_at_ms);
    }
    if (status == STATUS_OK && is_made(new)) {
        status = forget_note(act->db, new);
    }
    return status;
}

enum status product_image_expect(struct db *db, const char *name, int64_t now_ms)
{
    sqlite3_stmt *statement = db_statement(db, INSERT_EXPECTED);
    db_bind_string(statement, 1, name);
    db_bind_int(statement, 2, now_ms);
    return db_step(db, statement, NULL);
}

enum status product_images_released(struct db *db, struct arena *arena,
                                    const struct product_image_note *after, int64_t until_ms, unsigned limit,
                                    struct product_image_note **notes, unsigned *count)
{
    *notes = arena_zeroed(arena, limit, sizeof **notes);
    *count = 0;
    sqlite3_stmt *statement = db_statement(db, SELECT_RELEASED);
    db_bind_int(statement, 1, after->released_at_ms);
    db_bind_string(statement, 2, after->name);
    db_bind_int(statement, 3, until_ms);
    db_bind_int(statement, 4, limit);
    bool found = false;
    enum status status;
    while ((status = db_step(db, statement, &found)) == STATUS_OK && found) {
        struct product_image_note *next = &(*notes)[(*count)++];
        next->released_at_ms = sqlite3_column_int64(statement, 0);
        snprintf(next->name, sizeof next->name, "%s", db_column_string(statement, 1));
    }
    db_done(statement);
    return status;
}
