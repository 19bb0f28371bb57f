#include "catalog/import_count.h"

static const char INSERT[] = "INSERT INTO import_counts (import_id, store_key, counted_at, detail)"
                             "  VALUES (?1, ?2, ?3, ?4)";
/* The last of two rows with the same product counts. */
static const char INSERT_LINE[] = "INSERT OR REPLACE INTO import_count_lines (import_id, product_key, level)"
                                  "  VALUES (?1, ?2, ?3)";
static const char DELETE_LINES[] = "DELETE FROM import_count_lines WHERE import_id = ?1";
static const char DELETE[] = "DELETE FROM import_counts WHERE import_id = ?1";
static const char SELECT_DUE[] =
    "SELECT import_id, store_key, stores.id, counted_at, detail FROM import_counts"
    "  JOIN stores ON stores.key = store_key WHERE counted_at < ?1"
    "  ORDER BY counted_at LIMIT 1";
static const char SELECT_LINES[] =
    "SELECT product_key, products.id, level FROM import_count_lines"
    "  CROSS JOIN products ON products.key = product_key"
    "  WHERE import_id = ?1 AND product_key > ?2 ORDER BY product_key LIMIT ?3";

enum status import_count_begin(struct db *db, const struct import_count *count)
{
    sqlite3_stmt *insert = db_statement(db, INSERT);
    db_bind_id(insert, 1, &count->import_id);
    db_bind_int(insert, 2, count->store_key);
    db_bind_int(insert, 3, count->counted_at_ms);
    db_bind_string(insert, 4, count->detail);
    return db_step(db, insert, NULL);
}

enum status import_count_add(struct db *db, const struct id *import_id, int64_t product_key, int64_t level)
{
    sqlite3_stmt *insert = db_statement(db, INSERT_LINE);
    db_bind_id(insert, 1, import_id);
    db_bind_int(insert, 2, product_key);
    db_bind_int(insert, 3, level);
    return db_step(db, insert, NULL);
}

enum status import_count_end(struct db *db, const struct id *import_id)
{
    static const char *const texts[] = {DELETE_LINES, DELETE};
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < sizeof texts / sizeof *texts; i++) {
        sqlite3_stmt *statement = db_statement(db, texts[i]);
        db_bind_id(statement, 1, import_id);
        status = db_step(db, statement, NULL);
    }
    return status;
}

enum status import_count_due(struct db *db, int64_t before_ms, struct arena *arena,
                             struct import_count *count, bool *found)
{
    sqlite3_stmt *select = db_statement(db, SELECT_DUE);
    db_bind_int(select, 1, before_ms);
    const enum status status = db_step(db, select, found);
    if (status == STATUS_OK && *found) {
        *count = (struct import_count){
            .store_key = sqlite3_column_int64(select, 1),
            .counted_at_ms = sqlite3_column_int64(select, 3),
            .detail = arena_copy(arena, db_column_string(select, 4)),
        };
        (void)db_column_id(select, 0, &count->import_id);
        (void)db_column_id(select, 2, &count->store_id);
        db_done(select);
    }
    return status;
}

enum status import_count_lines(struct db *db, const struct id *import_id, int64_t after_key, size_t limit,
                               struct import_count_line *lines, size_t *count)
{
    sqlite3_stmt *select = db_statement(db, SELECT_LINES);
    db_bind_id(select, 1, import_id);
    db_bind_int(select, 2, after_key);
    db_bind_int(select, 3, (int64_t)limit);
    enum status status;
    bool row;
    *count = 0;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        struct import_count_line *line = &lines[(*count)++];
        *line = (struct import_count_line){.product_key = sqlite3_column_int64(select, 0),
                                           .level = sqlite3_column_int64(select, 2)};
        (void)db_column_id(select, 1, &line->product_id);
    }
    return status;
}
