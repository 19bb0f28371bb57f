/*
 * What the files of this backend share.
 */
#ifndef MYPOS_CATALOG_DYNAMODB_INTERNAL_H
#define MYPOS_CATALOG_DYNAMODB_INTERNAL_H

#include "catalog/dynamodb/shared_log_dynamodb.h"

#define LOG_PK      "LOG"
#define BEGUN_PK    "BEGUN"
#define LEASE_PK    "LEASE"
#define SNAPSHOT_PK "SNAPSHOT"
#define TRIMMED_PK  "TRIMMED"
#define KEY_SIZE    64
#define PATIENCE_US 5000000 /* of a call that reads, or whose repetition changes nothing */
#define APPEND_US   4000000 /* an act's transaction is open meanwhile */
#define PART_US     15000000

struct log_dynamodb {
    struct shared_log log; /* the port */
    struct dynamodb *dynamodb;
    char table[128];
};

/* A call's beginning: the table. */
struct json_writer *log_begin_call(const struct log_dynamodb *log, struct dynamodb_request *request,
                                   struct arena *arena, enum dynamodb_operation operation);
void log_put_key(struct json_writer *json, const char *member, const char *pk, const char *sk);
const char *log_number_key(int64_t number, char key[static KEY_SIZE]);
void log_part_key(const struct id *op, unsigned part, char pk[static KEY_SIZE], char sk[static KEY_SIZE]);

/* Attributes of our own kinds. */
void log_put_id(struct json_writer *json, const char *name, const struct id *id);
bool log_get_id(const json_t *item, const char *name, struct arena *arena, struct id *id);
void log_put_hash(struct json_writer *json, const char *name, const struct hash *hash);
bool log_get_hash(const json_t *item, const char *name, struct arena *arena, struct hash *hash);

/* A PutItem: begun with its key; the caller writes attributes, ends the item and may add a condition. */
struct log_put {
    const struct log_dynamodb *log;
    struct arena arena;
    struct dynamodb_request request;
};
struct json_writer *log_put_begin(struct log_put *put, const struct log_dynamodb *log, const char *pk,
                                  const char *sk);
/* Sends and frees it. STATUS_VERSION_MISMATCH: the condition does not hold. */
MUST_CHECK enum status log_put_send(struct log_put *put, int64_t patience_us);

/* Sends a call whose answer is of no interest. */
MUST_CHECK enum status log_send(const struct log_dynamodb *log, struct dynamodb_request *request,
                                int64_t patience_us);

/* GetItem, consistent. `item` belongs to the answer, which the caller frees; NULL: there is none. */
MUST_CHECK enum status log_get_item(const struct log_dynamodb *log, struct arena *arena, const char *pk,
                                    const char *sk, struct dynamodb_answer *answer, const json_t **item);
MUST_CHECK enum status log_delete_item(const struct log_dynamodb *log, struct arena *arena, const char *pk,
                                       const char *sk);

/* Reads an entry from its item. */
bool log_read_entry(const json_t *item, struct arena *arena, struct shared_log_entry *entry);

/* The slots that are not in shared_log_dynamodb.c. */
enum status log_part_begin(const struct shared_log *port, const struct id *op, int64_t number,
                           unsigned parts);
enum status log_part_put(const struct shared_log *port, const struct id *op, unsigned part, const void *bytes,
                         size_t length);
enum status log_part_read(const struct shared_log *port, const struct id *op, unsigned part,
                          struct arena *arena, const void **bytes, size_t *length);
enum status log_part_end(const struct shared_log *port, const struct id *op, unsigned parts, bool appended);
enum status log_part_sweep(const struct shared_log *port, int64_t begun_before_ms);
enum status log_parts_delete(const struct log_dynamodb *log, struct arena *arena, const struct id *op,
                             unsigned parts);
enum status log_snapshot_list(const struct shared_log *port, size_t most,
                              struct shared_log_snapshot *snapshots, size_t *count);
enum status log_snapshot_add(const struct shared_log *port, const struct shared_log_snapshot *snapshot);
enum status log_snapshot_forget(const struct shared_log *port, int64_t number);
enum status log_trim(const struct shared_log *port, int64_t number, size_t most, bool *more);

#endif
