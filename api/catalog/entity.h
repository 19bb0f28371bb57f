/*
 * Entities of reference data: one engine for stores, registers, categories, taxes, products, customer groups,
 * price lists, promotions and webhooks.
 *
 * A descriptor says what an entity consists of: its fields with their JSON members, columns and kinds, its
 * statements, and the checks that are its own. From that the engine creates, reads, lists, updates by JSON
 * Merge Patch (RFC 7396) and archives, and writes the change log with the entity's JSON as the body. A new
 * entity is one file with a descriptor; store.c is the smallest example.
 *
 * The edge has validated request bodies against the contract: types, lengths, patterns, unknown members.
 * What needs the database is checked here: references, uniqueness, and what an entity says of itself. All
 * faults are collected before anything is refused.
 */
#ifndef MYPOS_CATALOG_ENTITY_H
#define MYPOS_CATALOG_ENTITY_H

#include "base/arena.h"
#include "base/detail.h"
#include "base/json_writer.h"
#include "catalog/change.h"

#include <jansson.h>

#define ENTITY_FIELDS_MAX     24
#define ENTITY_PAGE_MAX       200
#define ENTITY_CONDITIONS_MAX 16

enum entity_kind {
    ENTITY_STRING,
    ENTITY_IMAGE, /* the name of a picture; the answer also has image_url and image_urls */
    ENTITY_INT,
    ENTITY_BOOL,
    ENTITY_RATE,     /* in JSON a decimal string, in the table an integer: core/rate.h */
    ENTITY_QUANTITY, /* the same: core/quantity.h */
    ENTITY_TIME,     /* in JSON RFC 3339, in the table milliseconds since 1970 */
    ENTITY_ID,       /* of another entity */
    ENTITY_STRINGS,  /* an array of strings; in the table the JSON text */
    ENTITY_IDS,      /* an array of ids of another entity; in the table the JSON text */
    ENTITY_OBJECT,   /* an object; in the table the JSON text, its members in the order of their names */
};

struct entity_value {
    bool is_null;
    int64_t number;    /* of integers, rates, quantities, times and booleans */
    const char *bytes; /* of strings, JSON texts and ids (16 bytes) */
    size_t length;
};

struct entity_field {
    const char *name; /* of the member and of the column */
    enum entity_kind kind;
    bool nullable;
    bool has_default;                /* for a create without the member; a nullable field's is null */
    struct entity_value otherwise;   /* the default */
    const struct entity *references; /* of ids */
};

/* A row. Who reads it says whether `bytes` are copies or belong to the statement. */
struct entity_row {
    int64_t key; /* 0: not in the table yet */
    struct id id;
    int64_t version;
    bool archived;
    int64_t created_at_ms, updated_at_ms;
    struct entity_value values[ENTITY_FIELDS_MAX];
};

/* What a change of reference data works with: inside an act of the writer. */
struct search_memory;
struct entity_act {
    struct db *db;
    struct arena *arena;
    struct detail *detail;
    const struct actor *actor;
    bool store_has_sales; /* of a change of a store: money was taken in it, as the ledger knows */
    struct search_memory *search_memory; /* of an act with many products (catalog/search.h); else NULL */
    /* result */
    int64_t seq;      /* the newest change that the act appended; 0 for none */
    struct text body; /* the entity's JSON after the change, in the arena: for answer, log and kept answer */
};

enum entity_archived {
    ENTITY_LIVE,
    ENTITY_ARCHIVED,
    ENTITY_ANY,
};

struct entity_sql {
    const char *by_id, *by_key, *insert, *update;
    const char *list[3][2]; /* by entity_archived, and whether the filter is given */
};

struct entity {
    const char *name; /* in the change log: "price_list" */
    const char *noun; /* in sentences: "price list"; NULL: as the name */
    enum status not_found;
    const struct entity_field *fields;
    unsigned field_count;
    struct entity_sql sql;
    /* Brings values that are right for their kinds to a canonical form of its own, so that what means the
     * same is the same row; what it cannot read it leaves to `check`. NULL for nothing. */
    void (*canonical)(struct entity_act *act, struct entity_row *row);
    /* The checks of its own: adds faults, or returns a conflict. `before` is NULL for a new row. It sees
     * canonical values. */
    enum status (*check)(struct entity_act *act, const struct entity_row *before, struct entity_row *row);
    /* After the row was written: keeps what is derived from it. NULL for nothing. */
    enum status (*stored)(struct entity_act *act, const struct entity_row *before,
                          const struct entity_row *row);
};

extern const struct entity entity_store, entity_register, entity_category, entity_tax, entity_product,
    entity_customer_group, entity_price_list, entity_promotion, entity_webhook;

/* The default of a field that holds a text, for a descriptor. */
#define ENTITY_OTHERWISE(text) .has_default = true, .otherwise = {.bytes = (text), .length = sizeof(text) - 1}

/* The statements of a table, for a descriptor. `columns` are the fields', in their order; `marks` are as
 * many parameters, from ?6 on; `filter` is the column that a list can be restricted to, or NULL's name. */
#define ENTITY_COLUMNS "version, archived, created_at, updated_at, "
#define ENTITY_LIST(table, columns, where)                                                                   \
    "SELECT key, id, " ENTITY_COLUMNS columns " FROM " table " WHERE key > ?1" where " ORDER BY key LIMIT "  \
    "?2"
#define ENTITY_SQL(table, columns, marks, filter)                                                            \
    {                                                                                                        \
        .by_id = "SELECT key, id, " ENTITY_COLUMNS columns " FROM " table " WHERE id = ?1",                  \
        .by_key = "SELECT key, id, " ENTITY_COLUMNS columns " FROM " table " WHERE key = ?1",                \
        .insert = "INSERT INTO " table " (id, " ENTITY_COLUMNS columns                                       \
                  ") VALUES (?1, ?2, ?3, ?4, ?5, " marks ")",                                                \
        .update = "UPDATE " table " SET (" ENTITY_COLUMNS columns ") = (?2, ?3, ?4, ?5, " marks              \
                  ") WHERE id = ?1",                                                                         \
        .list = {                                                                                            \
            [ENTITY_LIVE] = {ENTITY_LIST(table, columns, " AND archived = 0"),                               \
                             ENTITY_LIST(table, columns, " AND archived = 0 AND " filter " = ?3")},          \
            [ENTITY_ARCHIVED] = {ENTITY_LIST(table, columns, " AND archived = 1"),                           \
                                 ENTITY_LIST(table, columns, " AND archived = 1 AND " filter " = ?3")},      \
            [ENTITY_ANY] = {ENTITY_LIST(table, columns, ""),                                                 \
                            ENTITY_LIST(table, columns, " AND " filter " = ?3")},                            \
        },                                                                                                   \
    }

/* Where browsers get pictures: "https://cdn.example/images"; "/images" unless set. Borrowed; before threads
 * start. */
#define ENTITY_IMAGES_BASE_MAX 1024
void entity_show_images_at(const char *base);

/* Writes the JSON of a row. */
void entity_emit(const struct entity *entity, const struct entity_row *row, struct json_writer *json);

/* The row on which a statement that selects as ENTITY_SQL does stands; bytes belong to the statement. */
void entity_row_of(const struct entity *entity, sqlite3_stmt *statement, struct entity_row *row);

/* Copies the bytes of a row to the arena, so that it outlives its statement. */
void entity_copy_values(const struct entity *entity, struct arena *arena, struct entity_row *row);

/* Reads a row by its id; bytes are copied to the arena. The entity's not_found. */
MUST_CHECK enum status entity_find(const struct entity *entity, struct db *db, struct arena *arena,
                                   const struct id *id, struct entity_row *row);

/* The oldest row that is not archived. */
MUST_CHECK enum status entity_find_first(const struct entity *entity, struct db *db, struct arena *arena,
                                         struct entity_row *row);

/* The value of a field by its name; NULL when there is none. */
const struct entity_value *entity_value_named(const struct entity *entity, const struct entity_row *row,
                                              const char *name);

/* Writes the JSON of the entity with this id, straight from the row. The entity's not_found. */
MUST_CHECK enum status entity_read(const struct entity *entity, struct db *db, const struct id *id,
                                   struct text *out, int64_t *version);

/* A page: {"data":[…],"next_cursor":…}. A cursor that is none of ours is a fault at "#/query/cursor". */
struct entity_page {
    unsigned limit;     /* 1 … ENTITY_PAGE_MAX */
    const char *cursor; /* NULL: from the start */
    enum entity_archived archived;
    const struct id *filter; /* NULL: all */
};
MUST_CHECK enum status entity_list(const struct entity *entity, struct db *db, const struct entity_page *page,
                                   struct detail *detail, struct text *out);

/* Creates from a request's body. When the body names an id that exists with the same content, that is the
 * same request again: `existed` is set and nothing changes; with other content STATUS_ID_TAKEN. */
MUST_CHECK enum status entity_create(const struct entity *entity, struct entity_act *act, const json_t *body,
                                     struct entity_row *row, bool *existed);

/* The versions that a client is willing to change; not given: any. */
struct entity_condition {
    bool given, any;
    unsigned count;
    int64_t versions[ENTITY_CONDITIONS_MAX];
};

/* Whether a row is at one of them; else STATUS_VERSION_MISMATCH. */
MUST_CHECK enum status entity_meets(const struct entity *entity, const struct entity_row *row,
                                    const struct entity_condition *condition, struct detail *detail);

/* Applies a merge patch; the member "archived" archives and brings back. A patch that changes nothing
 * leaves the version as it is. STATUS_VERSION_MISMATCH, with the row as it is. */
MUST_CHECK enum status entity_update(const struct entity *entity, struct entity_act *act, const struct id *id,
                                     const json_t *patch, const struct entity_condition *condition,
                                     struct entity_row *row);

/* A new row with the defaults of its fields; those without one are for the caller to set. */
void entity_row_begin(const struct entity *entity, struct entity_row *row);

/* Writes a whole row, new (key 0) or changed, with its checks; a new one gets its id (unless set), times
 * and version. For what is made without a request: the first store, the categories of an import. `op` names
 * the change in the log. */
MUST_CHECK enum status entity_store_row(const struct entity *entity, struct entity_act *act,
                                        const struct entity_row *before, struct entity_row *row,
                                        const char *op);

/* As entity_store_row, without checks and without the log: for an import, which does both its own way. */
MUST_CHECK enum status entity_write_row(const struct entity *entity, struct entity_act *act,
                                        const struct entity_row *before, struct entity_row *row);

bool entity_values_equal(const struct entity *entity, const struct entity_row *a, const struct entity_row *b);

/* For checks. The pointer of a field: "/sku". A unique field: looks with `sql` (?1 the value, selects the
 * holder's id) whether another row has it; the conflict names the holder. */
const char *entity_pointer(struct entity_act *act, const struct entity *entity, unsigned field);
MUST_CHECK enum status entity_check_unique(struct entity_act *act, const struct entity *entity,
                                           const struct entity_row *row, unsigned field, const char *sql,
                                           enum status taken);

/* For checks of what sales keep in memory: a fault when the row would be one live row more than `max`. `sql`
 * counts them. */
MUST_CHECK enum status entity_check_count(struct entity_act *act, const struct entity_row *before,
                                          const struct entity_row *row, const char *sql, int64_t max);

/* Walks a JSON text of ids as the tables hold it: the next id's text, copied to the arena; NULL at the end.
 * `at` begins at 0. */
const char *entity_next_id(struct arena *arena, const char *ids, size_t length, size_t *at);

/* Values for rows made in code. */
struct entity_value entity_string(const char *string); /* borrows; NULL is null */
struct entity_value entity_int(int64_t number);
struct entity_value entity_id(const struct id *id); /* borrows; NULL is null */

#endif
