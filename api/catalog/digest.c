#include "catalog/digest.h"

#include "base/hash.h"
#include "catalog/change.h"
#include "catalog/changeset.h"

#include <string.h>

static const char SELECT_POSITION[] = "SELECT coalesce(max(number), 0) FROM catalog_position";
/* And the statement that reads a table in the order of its primary key; none for tables without one. */
static const char SELECT_TABLES[] =
    "SELECT name, (SELECT 'SELECT * FROM ' || tables.name || ' ORDER BY ' || group_concat(columns.name)"
    "                FROM pragma_table_info(tables.name) AS columns WHERE pk > 0)"
    "  FROM sqlite_schema AS tables WHERE type = 'table' ORDER BY name";

/* A kind, a length and bytes: no two rows give the same. */
static void add_value(struct hash_stream *stream, sqlite3_stmt *row, int column)
{
    const int kind = sqlite3_column_type(row, column);
    const int64_t number = kind == SQLITE_INTEGER ? sqlite3_column_int64(row, column) : 0;
    const void *bytes = kind == SQLITE_INTEGER ? &number : sqlite3_column_blob(row, column);
    const int64_t length = kind == SQLITE_INTEGER ? (int64_t)sizeof number
                                                  : sqlite3_column_bytes(row, column);
    hash_stream_add(stream, &kind, sizeof kind);
    hash_stream_add(stream, &length, sizeof length);
    if (length > 0) {
        hash_stream_add(stream, bytes, (size_t)length);
    }
}

static enum status digest_table(struct db *db, const char *name, const char *sql, struct text *out)
{
    sqlite3_stmt *rows = NULL; /* not kept: its text is made */
    struct hash_stream stream = hash_stream();
    int64_t count = 0;
    int code = sqlite3_prepare_v2(db_handle(db), sql, -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        code = SQLITE_OK;
        count++;
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            add_value(&stream, rows, i);
        }
    }
    sqlite3_finalize(rows);
    const struct hash hash = hash_stream_end(&stream);
    char digits[HASH_TEXT_SIZE];
    text_add_string(out, name);
    text_add_char(out, ' ');
    text_add_int(out, count);
    text_add_char(out, ' ');
    text_add_string(out, hash_format(&hash, digits));
    text_add_char(out, '\n');
    return code == SQLITE_DONE ? STATUS_OK : STATUS_STORAGE_UNAVAILABLE;
}

static enum status digest_head(struct db *db, struct text *out)
{
    int64_t seq = 0;
    bool row;
    sqlite3_stmt *select = db_statement(db, SELECT_POSITION);
    enum status status = db_step(db, select, &row);
    text_add_string(out, "position ");
    text_add_int(out, status == STATUS_OK ? sqlite3_column_int64(select, 0) : 0);
    db_done(select);
    if (status == STATUS_OK) {
        status = change_newest(db, &seq);
    }
    text_add_string(out, "\nseq ");
    text_add_int(out, seq);
    text_add_char(out, '\n');
    return status;
}

enum status catalog_digest(struct db *db, struct text *out)
{
    enum status status = db_begin_read(db);
    if (status != STATUS_OK) {
        return status;
    }
    status = digest_head(db, out);
    sqlite3_stmt *tables = db_statement(db, SELECT_TABLES);
    bool row = true;
    while (status == STATUS_OK && (status = db_step(db, tables, &row)) == STATUS_OK && row) {
        const char *name = db_column_string(tables, 0);
        if (changeset_has_table(name) && db_column_string(tables, 1) != NULL) {
            status = digest_table(db, name, db_column_string(tables, 1), out);
        }
    }
    db_done(tables);
    db_end_read(db);
    return status;
}
