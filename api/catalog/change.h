/*
 * The change log: every change of reference data, numbered without a gap, written in the same act as the
 * row it changes. It feeds replication, the delta sync of tills, the audit log and webhooks.
 */
#ifndef MYPOS_CATALOG_CHANGE_H
#define MYPOS_CATALOG_CHANGE_H

#include "base/arena.h"
#include "base/text.h"
#include "sqlite/db.h"

/* No body of a bulk import is larger, so that every entry fits an item of the shared log (400 KB). */
#define CHANGE_BODY_MAX (380 * 1000)

/* Pages of the log end early beyond this many bytes. */
#define CHANGE_PAGE_BYTES (1024 * 1024)

/* Who changes something. Strings are borrowed. */
struct actor {
    const char *kind;    /* "employee", "api_key", "system" */
    const struct id *id; /* NULL for the system */
    const char *name;
};

struct change {
    const char *entity;         /* "product" */
    const struct id *entity_id; /* NULL for an import */
    const char *op;             /* "create", "update", "archive", "restore", "import", "revoke" */
    int64_t version;            /* after the change; 0: none */
    const char *body;           /* JSON: the entity as it is read after the change; NULL for secrets */
    size_t body_length;
};

/* Inside an act: appends with the next number, which it returns. Give it to catalog_seq_advance when the
 * act is durable. */
MUST_CHECK enum status change_append(struct db *db, const struct actor *actor, const struct change *change,
                                     int64_t *seq);

/* The number of the newest change; 0 when there is none. */
MUST_CHECK enum status change_newest(struct db *db, int64_t *seq);

/* A change as events are made of it. Strings live in the arena. */
struct change_row {
    int64_t seq;
    struct id id;
    int64_t at_ms;
    const char *entity, *op;
    struct id entity_id; /* zero for an import */
    const char *body;    /* of one entity; NULL for many at once, and for secrets */
    size_t body_length;
};

#define CHANGE_ROWS_MAX 64

/* At most CHANGE_ROWS_MAX changes after `after`, in order; `rows` has room for as many. */
MUST_CHECK enum status change_rows(struct db *db, struct arena *arena, int64_t after, struct change_row *rows,
                                   size_t *count);

/* Writes {"data":[…],"last_seq":N,"has_more":…}: at most `limit` changes after `after`. */
MUST_CHECK enum status change_list(struct db *db, int64_t after, unsigned limit, struct text *out);

#endif
