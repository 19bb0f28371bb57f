/* Debian builds the session extension in, but its header shows it only to who asks. */
#define SQLITE_ENABLE_SESSION        1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include "catalog/changeset.h"

#include "base/log.h"
#include "catalog/search.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PIECE         16384
#define TABLE_MAX     64 /* bytes of a name */
#define DEFLATE_LEVEL 4  /* beyond it, time grows faster than the bytes shrink */

bool changeset_has_table(const char *table)
{
    static const char *const derived[] = {"sqlite_", "product_texts", "product_words", "product_trigrams",
                                          "product_vocabulary"};
    static const char *const others[] = {
        "schema_migrations", "catalog_position", "api_key_uses", "storage_checks", "transactions",
        "stock_levels",      "stock_movements",  "acts",         "documents",      "document_keys",
        "document_terms",    "document_entries", "outbox",       "ledger_copies"};
    for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
        if (strncmp(table, derived[i], strlen(derived[i])) == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(table, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

static enum status status_of(int code, const char *doing)
{
    if (code == SQLITE_OK) {
        return STATUS_OK;
    }
    struct log_line line = log_begin(LOG_ERROR, "changeset_error");
    log_text(&line, "doing", doing);
    log_int(&line, "code", code);
    log_end(&line);
    return STATUS_STORAGE_UNAVAILABLE;
}

/* --- recording ----------------------------------------------------------------------------------- */

/* From SQLite, through zlib, to the spool. */
struct packer {
    z_stream stream;
    struct spool *spool;
    unsigned char out[PIECE];
};

static int pack(struct packer *packer, const void *bytes, size_t length, int flush)
{
    packer->stream.next_in = (unsigned char *)bytes; /* zlib does not write there */
    packer->stream.avail_in = (unsigned)length;
    do {
        packer->stream.next_out = packer->out;
        packer->stream.avail_out = sizeof packer->out;
        if (deflate(&packer->stream, flush) == Z_STREAM_ERROR) {
            return SQLITE_INTERNAL;
        }
        if (spool_add(packer->spool, packer->out, sizeof packer->out - packer->stream.avail_out) !=
            STATUS_OK) {
            return SQLITE_IOERR;
        }
    } while (packer->stream.avail_out == 0);
    return SQLITE_OK;
}

static int take_piece(void *context, const void *bytes, int length)
{
    return pack(context, bytes, (size_t)length, Z_NO_FLUSH);
}

static enum status write_changeset(sqlite3_session *session, struct spool *spool)
{
    struct packer *packer = calloc(1, sizeof *packer);
    if (packer == NULL || deflateInit(&packer->stream, DEFLATE_LEVEL) != Z_OK) {
        free(packer);
        return STATUS_OVERLOADED;
    }
    packer->spool = spool;
    int code = sqlite3session_changeset_strm(session, take_piece, packer);
    if (code == SQLITE_OK && packer->stream.total_in > 0) { /* what was changed may be as it was before */
        code = pack(packer, NULL, 0, Z_FINISH);
    }
    deflateEnd(&packer->stream);
    free(packer);
    return status_of(code, "write a changeset");
}

static int filter(void *nothing, const char *table)
{
    (void)nothing;
    return changeset_has_table(table);
}

static enum status begin_session(struct db *db, sqlite3_session **session)
{
    int code = sqlite3session_create(db_handle(db), "main", session);
    if (code == SQLITE_OK) {
        sqlite3session_table_filter(*session, filter, NULL);
        code = sqlite3session_attach(*session, NULL);
    }
    return status_of(code, "record changes");
}

enum status changeset_record(struct db *db, writer_act act, void *context, struct spool *spool)
{
    sqlite3_session *session = NULL;
    enum status status = begin_session(db, &session);
    if (status == STATUS_OK) {
        db_set_rehearsal(db, true);
        status = act(db, context);
        db_set_rehearsal(db, false);
    }
    if (status == STATUS_OK && !sqlite3session_isempty(session)) {
        status = write_changeset(session, spool);
    }
    sqlite3session_delete(session);
    return status;
}

/* --- everything ---------------------------------------------------------------------------------- */

static const char SELECT_TABLES[] =
    "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE %' ORDER BY name";

/* Makes the table in the empty database and compares: what it lacks is a row to insert. */
static enum status compare_table(struct db *db, sqlite3_session *session, const char *table, const char *sql)
{
    char *create = sqlite3_mprintf("CREATE TABLE empty.%s", sql + sizeof "CREATE TABLE " - 1);
    enum status status = create == NULL ? STATUS_OVERLOADED : db_execute(db, create);
    sqlite3_free(create);
    if (status == STATUS_OK) {
        status = status_of(sqlite3session_diff(session, "empty", table, NULL), "compare a table");
    }
    return status;
}

static enum status compare_all(struct db *db, sqlite3_session *session)
{
    sqlite3_stmt *select = db_statement(db, SELECT_TABLES);
    bool row;
    enum status status;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        const char *table = db_column_string(select, 0);
        if (changeset_has_table(table)) {
            status = compare_table(db, session, table, db_column_string(select, 1));
        }
        if (status != STATUS_OK) {
            break;
        }
    }
    db_done(select);
    return status;
}

enum status changeset_of_all(struct db *db, struct spool *spool)
{
    sqlite3_session *session = NULL;
    enum status status = db_execute(db, "ATTACH ':memory:' AS empty");
    if (status != STATUS_OK) {
        return status;
    }
    status = begin_session(db, &session);
    if (status == STATUS_OK) {
        status = compare_all(db, session);
    }
    if (status == STATUS_OK && !sqlite3session_isempty(session)) {
        status = write_changeset(session, spool);
    }
    sqlite3session_delete(session);
    const enum status detached = db_execute(db, "DETACH empty");
    return status == STATUS_OK ? detached : status;
}

/* --- applying ------------------------------------------------------------------------------------ */

/* From the spool, through zlib, to SQLite. */
struct unpacker {
    z_stream stream;
    const struct spool *spool;
    size_t at;
    bool ended;
    unsigned char in[PIECE];
};

static enum status unpacker_open(const struct spool *spool, struct unpacker **out)
{
    struct unpacker *unpacker = calloc(1, sizeof *unpacker);
    if (unpacker == NULL || inflateInit(&unpacker->stream) != Z_OK) {
        free(unpacker);
        return STATUS_OVERLOADED;
    }
    unpacker->spool = spool;
    *out = unpacker;
    return STATUS_OK;
}

static void unpacker_close(struct unpacker *unpacker)
{
    inflateEnd(&unpacker->stream);
    free(unpacker);
}

static bool refill(struct unpacker *unpacker)
{
    const size_t left = unpacker->spool->length - unpacker->at;
    const size_t length = left < sizeof unpacker->in ? left : sizeof unpacker->in;
    if (length == 0 || spool_read(unpacker->spool, unpacker->at, unpacker->in, length) != STATUS_OK) {
        return false;
    }
    unpacker->at += length;
    unpacker->stream.next_in = unpacker->in;
    unpacker->stream.avail_in = (unsigned)length;
    return true;
}

static int give_piece(void *context, void *bytes, int *length)
{
    struct unpacker *unpacker = context;
    unpacker->stream.next_out = bytes;
    unpacker->stream.avail_out = (unsigned)*length;
    while (unpacker->stream.avail_out > 0 && !unpacker->ended) {
        if (unpacker->stream.avail_in == 0 && !refill(unpacker)) {
            return SQLITE_IOERR;
        }
        const int code = inflate(&unpacker->stream, Z_NO_FLUSH);
        unpacker->ended = code == Z_STREAM_END;
        if (code != Z_OK && code != Z_STREAM_END) {
            return SQLITE_CORRUPT;
        }
    }
    *length -= (int)unpacker->stream.avail_out;
    return SQLITE_OK;
}

struct conflict {
    int kind; /* 0: none */
    char table[TABLE_MAX];
};

static int meet_conflict(void *context, int kind, sqlite3_changeset_iter *at)
{
    struct conflict *conflict = context;
    const char *table = "foreign keys";
    int columns, operation;
    if (kind != SQLITE_CHANGESET_FOREIGN_KEY) {
        (void)sqlite3changeset_op(at, &table, &columns, &operation, NULL);
    }
    conflict->kind = kind;
    strncpy(conflict->table, table, sizeof conflict->table - 1);
    return SQLITE_CHANGESET_ABORT;
}

/* What a table looks like here. */
struct table {
    char name[TABLE_MAX];
    int columns; /* 0: there is no such table */
    int key, product_name, sku;
};

static const char SELECT_COLUMNS[] = "SELECT cid, name FROM pragma_table_info(?1)";

static enum status look_at_table(struct db *db, const char *name, struct table *table)
{
    *table = (struct table){.key = -1, .product_name = -1, .sku = -1};
    strncpy(table->name, name, sizeof table->name - 1);
    sqlite3_stmt *select = db_statement(db, SELECT_COLUMNS);
    db_bind_string(select, 1, name);
    bool row;
    enum status status;
    while ((status = db_step(db, select, &row)) == STATUS_OK && row) {
        const int at = sqlite3_column_int(select, 0);
        const char *column = db_column_string(select, 1);
        table->columns++;
        table->key = strcmp(column, "key") == 0 ? at : table->key;
        table->product_name = strcmp(column, "name") == 0 ? at : table->product_name;
        table->sku = strcmp(column, "sku") == 0 ? at : table->sku;
    }
    db_done(select);
    return status;
}

/* A walk over a changeset. SQLite leaves out what it finds no place for, so that is looked for; and what was
 * applied makes products be found by other words. */
struct walk {
    struct db *db;
    bool derives;
    sqlite3_changeset_iter *at;
    struct table table;
    struct search_memory *memory;
    struct text *why;
};

static const char SELECT_PRODUCT[] = "SELECT name, sku FROM products WHERE key = ?1";

static bool is_set(sqlite3_changeset_iter *at, int column)
{
    sqlite3_value *value = NULL;
    return sqlite3changeset_new(at, column, &value) == SQLITE_OK && value != NULL;
}

static enum status index_product(struct walk *walk, bool is_new, int64_t key)
{
    sqlite3_stmt *select = db_statement(walk->db, SELECT_PRODUCT);
    db_bind_int(select, 1, key);
    bool found;
    enum status status = db_step(walk->db, select, &found);
    if (status == STATUS_OK && found) {
        status = search_index(walk->db, walk->memory, key, is_new, db_column_string(select, 0),
                              (size_t)sqlite3_column_bytes(select, 0), db_column_string(select, 1),
                              (size_t)sqlite3_column_bytes(select, 1));
    }
    db_done(select);
    return status;
}

static enum status derive_product(struct walk *walk, int operation)
{
    sqlite3_value *key = NULL;
    const bool is_new = operation == SQLITE_INSERT;
    if (operation == SQLITE_DELETE ||
        !(is_new || is_set(walk->at, walk->table.product_name) || is_set(walk->at, walk->table.sku))) {
        return STATUS_OK; /* products are archived, never deleted */
    }
    const int code = is_new ? sqlite3changeset_new(walk->at, walk->table.key, &key)
                            : sqlite3changeset_old(walk->at, walk->table.key, &key);
    if (code != SQLITE_OK || key == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    return index_product(walk, is_new, sqlite3_value_int64(key));
}

static enum status walk_change(struct walk *walk)
{
    const char *name;
    int columns, operation;
    if (sqlite3changeset_op(walk->at, &name, &columns, &operation, NULL) != SQLITE_OK) {
        return STATUS_INTERNAL_ERROR;
    }
    if (strncmp(name, walk->table.name, sizeof walk->table.name - 1) != 0) {
        const enum status status = look_at_table(walk->db, name, &walk->table);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (columns > walk->table.columns || !changeset_has_table(name)) {
        text_add_string(walk->why, "A newer version of MyPOS wrote to the table ");
        text_add_string(walk->why, name);
        return STATUS_INTERNAL_ERROR;
    }
    return walk->derives && strcmp(name, "products") == 0 ? derive_product(walk, operation) : STATUS_OK;
}

static enum status walk_all(struct db *db, const struct spool *spool, bool derives, struct text *why)
{
    struct unpacker *unpacker;
    enum status status = unpacker_open(spool, &unpacker);
    if (status != STATUS_OK) {
        return status;
    }
    struct walk walk = {.db = db, .derives = derives, .why = why, .memory = calloc(1, sizeof *walk.memory)};
    int code = sqlite3changeset_start_strm(&walk.at, give_piece, unpacker);
    while (code == SQLITE_OK && status == STATUS_OK &&
           (code = sqlite3changeset_next(walk.at)) == SQLITE_ROW) {
        code = SQLITE_OK;
        status = walk_change(&walk);
    }
    const int end = sqlite3changeset_finalize(walk.at);
    free(walk.memory);
    unpacker_close(unpacker);
    if (status == STATUS_OK && code == SQLITE_DONE) {
        code = end;
    }
    return status != STATUS_OK ? status : status_of(code, "walk over a changeset");
}

static void tell_conflict(const struct conflict *conflict, struct text *why)
{
    static const struct {
        int kind;
        const char *words;
    } kinds[] = {
        {SQLITE_CHANGESET_DATA, "A row is another one than the change expects: "},
        {SQLITE_CHANGESET_NOTFOUND, "A row that is to change is missing: "},
        {SQLITE_CHANGESET_CONFLICT, "A row that is to be new is there: "},
        {SQLITE_CHANGESET_CONSTRAINT, "A constraint is violated: "},
        {SQLITE_CHANGESET_FOREIGN_KEY, "A row that is referred to is missing: "},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].kind == conflict->kind) {
            text_add_string(why, kinds[i].words);
        }
    }
    text_add_string(why, conflict->table);
}

enum status changeset_apply(struct db *db, const struct spool *spool, struct text *why)
{
    struct unpacker *unpacker;
    enum status status = unpacker_open(spool, &unpacker);
    if (status != STATUS_OK) {
        return status;
    }
    /* Without a savepoint of its own: sqlite/writer.h, invariant 5. */
    struct conflict conflict = {0};
    const int code = sqlite3changeset_apply_v2_strm(db_handle(db), give_piece, unpacker, NULL, meet_conflict,
                                                    &conflict, NULL, NULL, SQLITE_CHANGESETAPPLY_NOSAVEPOINT);
    unpacker_close(unpacker);
    if (conflict.kind != 0) {
        status = walk_all(db, spool, false, why); /* the reason may be one that has better words */
        if (status == STATUS_OK) {
            tell_conflict(&conflict, why);
        }
        return STATUS_INTERNAL_ERROR;
    }
    if (code == SQLITE_CORRUPT) {
        text_add_string(why, "The change cannot be read");
        return STATUS_INTERNAL_ERROR;
    }
    status = status_of(code, "apply a changeset");
    return status == STATUS_OK ? walk_all(db, spool, true, why) : status;
}
