#include "cli/picture_copy.h"

#include "core/image_name.h"
#include "images/images.h"
#include "sqlite/db.h"

#include <string.h>

static const char SELECT_PICTURES[] =
    "SELECT image FROM products WHERE image IS NOT NULL AND image <> ''"
    " UNION SELECT image FROM categories WHERE image IS NOT NULL AND image <> '' ORDER BY image";

static const char *type_of(const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {".webp", "image/webp"},   {".jpg", "image/jpeg"},  {".jpeg", "image/jpeg"}, {".png", "image/png"},
        {".svg", "image/svg+xml"}, {".avif", "image/avif"}, {".gif", "image/gif"},
    };
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(dot, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

/* Keeps it and reads it again; `same`: what is there is this. */
static enum status keep(const struct images *to, const struct images_picture *picture, struct arena *arena,
                        bool *same)
{
    const char *again;
    size_t length;
    bool is_new;
    enum status status = to->ops->keep(to, picture, arena, &is_new);
    if (status == STATUS_OK) {
        status = to->ops->read(to, picture->name, arena, &again, &length);
    }
    *same = status == STATUS_OK && length == picture->length && memcmp(again, picture->bytes, length) == 0;
    return status;
}

static enum status copy_bytes(const struct images *to, const struct images_picture *picture,
                              struct arena *arena)
{
    bool same;
    enum status status = keep(to, picture, arena, &same);
    if (status == STATUS_OK && !same) { /* another of this name, or half of a copy */
        status = to->ops->remove(to, picture->name, arena);
        if (status == STATUS_OK) {
            status = keep(to, picture, arena, &same);
        }
    }
    return status == STATUS_OK && !same ? STATUS_STORAGE_UNAVAILABLE : status;
}

static enum status copy_picture(struct picture_copy *copy, const char *name)
{
    struct arena arena;
    const char *bytes;
    size_t length;
    arena_init(&arena);
    enum status status = copy->from->ops->read(copy->from, name, &arena, &bytes, &length);
    if (status == STATUS_NOT_FOUND) {
        copy->missing++;
        status = STATUS_OK;
    } else if (status == STATUS_OK) {
        const struct images_picture picture = {
            .name = name, .type = type_of(name), .bytes = bytes, .length = length};
        status = copy_bytes(copy->to, &picture, &arena);
        copy->copied += status == STATUS_OK;
    }
    arena_free(&arena);
    return status;
}

static enum status copy_both_sizes(struct picture_copy *copy, const char *name)
{
    char small[IMAGE_NAME_SIZE];
    enum status status = copy_picture(copy, name);
    if (status == STATUS_OK && image_name_is_made(name, strlen(name))) {
        image_name_small(name, small);
        status = copy_picture(copy, small);
    }
    return status;
}

enum status picture_copy_run(struct picture_copy *copy, struct db *db)
{
    sqlite3_stmt *select = db_statement(db, SELECT_PICTURES);
    enum status status;
    bool row;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        status = copy_both_sizes(copy, db_column_string(select, 0));
        if (status != STATUS_OK) {
            break;
        }
        if (copy->told != NULL) {
            copy->told(copy->context, copy->copied);
        }
    }
    db_done(select);
    return status;
}
