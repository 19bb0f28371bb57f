/*
 * What the files of this backend share.
 */
#ifndef MYPOS_LEDGER_DYNAMODB_INTERNAL_H
#define MYPOS_LEDGER_DYNAMODB_INTERNAL_H

#include "aws/dynamodb_tables.h"
#include "ledger/dynamodb/layout.h"
#include "ledger/dynamodb/ledger_dynamodb.h"
#include "ledger/dynamodb/packed.h"

struct heads;  /* heads.c */
struct lanes;  /* lanes.c */
struct keeper; /* keeper.c */
struct outbox; /* outbox.c */

struct ledger_dynamodb {
    struct ledger port; /* first, so that a pointer to it is one to the whole */
    struct dynamodb *client;
    char tables[LAYOUT_TABLES][DYNAMODB_TABLE_NAME_SIZE];
    int64_t deadline_ms; /* of an act */
    int64_t patience_ms; /* of a read that meets throttling or no answer; 0: the client's, as in a request */
    struct id owner;     /* this process, in leases and intents */
    struct heads *heads;
    struct lanes *lanes;
    struct outbox *outbox;
    struct keeper *keeper; /* NULL: this one only reads */
};

static inline const struct ledger_dynamodb *ledger_dynamodb_of(const struct ledger *ledger)
{
    return (const struct ledger_dynamodb *)ledger;
}

/* The time that processes compare with what other ones wrote: the service's, for machines' clocks differ. */
static inline int64_t ledger_dynamodb_now_ms(const struct ledger_dynamodb *ledger)
{
    return dynamodb_now_ms(ledger->client);
}

/* The same ledger for who reads the whole of a shop, and has the time. */
#define LEDGER_DYNAMODB_PATIENCE_MS 60000
static inline struct ledger_dynamodb ledger_dynamodb_patient(const struct ledger *ledger)
{
    struct ledger_dynamodb patient = *ledger_dynamodb_of(ledger);
    patient.patience_ms = LEDGER_DYNAMODB_PATIENCE_MS;
    return patient;
}

/* --- items.c: items, read one by one, many at once, by a query --- */

/* Sends a request that only reads, and again as long as there is patience with throttling or no answer; 0: once. */
MUST_CHECK enum status ledger_dynamodb_read(const struct ledger_dynamodb *ledger,
                                            struct dynamodb_request *request, int64_t patience_ms,
                                            struct dynamodb_answer *answer);

/* Writes the two members of a key into the object that is open. */
void ledger_dynamodb_put_key(struct json_writer *json, const struct layout_key *key);
/* The members of a request that say which item it is about: TableName and Key. */
void ledger_dynamodb_name_item(const struct ledger_dynamodb *ledger, struct json_writer *json,
                               const struct layout_key *key);

/* Reads an item consistently; `item` is NULL when it is not there, and lives as long as the answer, which the
 * caller frees whatever came of it. */
enum status ledger_dynamodb_get(const struct ledger_dynamodb *ledger, const struct layout_key *key,
                                struct arena *arena, struct dynamodb_answer *answer, const json_t **item);

/* Reads many items consistently, each of which is asked for once. `items` are in the order of the keys, NULL
 * where there is none; the caller frees them, whatever came of it. */
struct dynamodb_items {
    const json_t **items;
    size_t count;
    struct dynamodb_answer *answers;
    size_t answer_count;
};
enum status ledger_dynamodb_get_all(const struct ledger_dynamodb *ledger, const struct layout_key *keys,
                                    size_t count, struct arena *arena, struct dynamodb_items *items);
void ledger_dynamodb_items_free(struct dynamodb_items *items);

/* Removes items; those that are not there are as good as removed. */
enum status ledger_dynamodb_delete_all(const struct ledger_dynamodb *ledger, const struct layout_key *keys,
                                       size_t count, struct arena *arena);

/* One page of a query: "Items" of the answer, and "LastEvaluatedKey" when there is more. Of a table it is
 * consistent, of an index it cannot be. */
struct dynamodb_query {
    enum layout_table table;
    const char *index;            /* NULL: the table itself */
    const char *hash_name, *hash; /* NULL name: "pk" */
    const char *range_name;       /* NULL: "sk" */
    const char *from, *to;        /* NULL: no such bound; both belong to it */
    bool newest_first;
    size_t limit;           /* 0: what fits in a page of the service's */
    const json_t *after;    /* the LastEvaluatedKey of the page before; NULL: the first */
    const char *projection; /* "a, b"; NULL: all that is there */
};
enum status ledger_dynamodb_query(const struct ledger_dynamodb *ledger, const struct dynamodb_query *query,
                                  struct arena *arena, struct dynamodb_answer *answer);

/* Attributes as the port has them. Strings and bytes are copied to the arena. */
bool ledger_dynamodb_id(const json_t *item, const char *name, struct id *id); /* S */
struct hash ledger_dynamodb_hash(const json_t *item, const char *name, struct arena *arena);
void ledger_dynamodb_put_id(struct json_writer *json, const char *name, const struct id *id);
const char *ledger_dynamodb_copy(const json_t *item, const char *name, struct arena *arena);

/* A document's head; `body` is its body's item, or NULL. */
bool ledger_dynamodb_head(const json_t *item, struct arena *arena, struct ledger_document *document);
bool ledger_dynamodb_body(const json_t *body, struct arena *arena, struct ledger_document *document);

/* How long an answer is kept with its Idempotency-Key; 48 hours are promised. */
#define LEDGER_DYNAMODB_KEPT_S (72 * 3600)

/* Waits between tries: full jitter, doubled for each try. False: there is no time left. */
bool ledger_dynamodb_pause(unsigned tries, int64_t deadline_us);

#endif
