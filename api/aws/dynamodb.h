/*
 * DynamoDB: calls and attribute values over api/aws/aws.h.
 *
 * A request is written member by member, an answer is read with jansson; nothing is copied into structures in
 * between. What came of a call is one enum.
 *
 *     struct dynamodb_request request;
 *     struct json_writer *json = dynamodb_begin(&request, arena, DYNAMODB_GET_ITEM);
 *     emit_member_string(json, "TableName", "mypos-transactions");
 *     dynamodb_begin_map(json, "Key");
 *     dynamodb_put_s(json, "pk", "M");
 *     dynamodb_end_map(json);
 *     struct dynamodb_answer answer;
 *     if (dynamodb_send(dynamodb, &request, &answer) == DYNAMODB_OK) { json_object_get(answer.json, "Item") …
 * } dynamodb_answer_free(&answer);
 *
 * Operations of data ask for the capacity that they consume, and the client counts it: dynamodb_usage.
 *
 * The service's page: "Amazon DynamoDB API Reference", version 2012-08-10.
 */
#ifndef MYPOS_AWS_DYNAMODB_H
#define MYPOS_AWS_DYNAMODB_H

#include "aws/aws.h"
#include "base/json_writer.h"

#include <jansson.h>

#define DYNAMODB_REASONS_MAX   100 /* actions of a transaction: the service's limit */
#define DYNAMODB_BATCH_GET_MAX 100 /* keys of a BatchGetItem */
#define DYNAMODB_BATCH_PUT_MAX 25  /* items of a BatchWriteItem */

/* X(NAME, "Operation", it may be repeated, whether its units are metered and which they are) */
#define DYNAMODB_OPERATIONS(X)                                                                               \
    X(GET_ITEM, "GetItem", true, DYNAMODB_READS)                                                             \
    X(BATCH_GET_ITEM, "BatchGetItem", true, DYNAMODB_READS)                                                  \
    X(TRANSACT_GET_ITEMS, "TransactGetItems", true, DYNAMODB_READS)                                          \
    X(QUERY, "Query", true, DYNAMODB_READS)                                                                  \
    X(SCAN, "Scan", true, DYNAMODB_READS)                                                                    \
    X(PUT_ITEM, "PutItem", false, DYNAMODB_WRITES)                                                           \
    X(UPDATE_ITEM, "UpdateItem", false, DYNAMODB_WRITES)                                                     \
    X(DELETE_ITEM, "DeleteItem", false, DYNAMODB_WRITES)                                                     \
    X(BATCH_WRITE_ITEM, "BatchWriteItem", true, DYNAMODB_WRITES)                                             \
    X(TRANSACT_WRITE_ITEMS, "TransactWriteItems", true, DYNAMODB_WRITES) /* with a ClientRequestToken */     \
    X(LIST_TABLES, "ListTables", true, DYNAMODB_FREE)                                                        \
    X(CREATE_TABLE, "CreateTable", false, DYNAMODB_FREE)                                                     \
    X(DELETE_TABLE, "DeleteTable", false, DYNAMODB_FREE)                                                     \
    X(DESCRIBE_TABLE, "DescribeTable", true, DYNAMODB_FREE)                                                  \
    X(UPDATE_TIME_TO_LIVE, "UpdateTimeToLive", false, DYNAMODB_FREE)                                         \
    X(DESCRIBE_TIME_TO_LIVE, "DescribeTimeToLive", true, DYNAMODB_FREE)                                      \
    X(UPDATE_CONTINUOUS_BACKUPS, "UpdateContinuousBackups", false, DYNAMODB_FREE)                            \
    X(DESCRIBE_CONTINUOUS_BACKUPS, "DescribeContinuousBackups", true, DYNAMODB_FREE)

enum dynamodb_operation {
#define X(name, text, idempotent, units) DYNAMODB_##name,
    DYNAMODB_OPERATIONS(X)
#undef X
    DYNAMODB_OPERATION_COUNT
};

enum dynamodb_outcome {
    DYNAMODB_OK,
    DYNAMODB_CONDITION_FAILED, /* of a single write; answer.item is what is there, when that was asked for */
    DYNAMODB_CANCELLED,        /* of a transaction: answer.reasons say why */
    DYNAMODB_CONFLICT,         /* another transaction is at the item: nothing happened */
    DYNAMODB_THROTTLED,        /* nothing happened */
    DYNAMODB_UNAVAILABLE,      /* it was not reached: nothing happened */
    DYNAMODB_UNKNOWN,          /* it may have happened */
    DYNAMODB_NO_TABLE,         /* ResourceNotFoundException */
    DYNAMODB_IN_USE,           /* the table exists, or is changing */
    DYNAMODB_UNSUPPORTED,      /* UnknownOperationException: an emulator does not have it */
    DYNAMODB_REFUSED,          /* whatever else: a bug, or a permission that is missing; it was logged */
};

/* STATUS_OK; STATUS_OVERLOADED where surely nothing happened and trying again may help; else
 * STATUS_STORAGE_UNAVAILABLE, STATUS_INTERNAL_ERROR of what the service refuses. */
enum status dynamodb_status(enum dynamodb_outcome outcome);

struct dynamodb;

/* `aws` is borrowed. */
MUST_CHECK enum status dynamodb_open(struct aws *aws, struct dynamodb **dynamodb);
void dynamodb_close(struct dynamodb *dynamodb); /* NULL is allowed */

/* The time of day as the service has it, which is the same for all processes that ask it: what answers said of
 * it sets it right when this machine's clock is off, to the second. Before the first answer it is the machine's. */
int64_t dynamodb_now_ms(const struct dynamodb *dynamodb);

/* Of tests that move the clock: what answers say of the time is not looked at. */
void dynamodb_keep_own_clock(struct dynamodb *dynamodb, bool keep);

/* --- a call --- */

struct dynamodb_request {
    enum dynamodb_operation operation;
    int64_t deadline_us; /* of clock_monotonic_us; 0: the client's. The caller sets it after _begin */
    bool idempotent;     /* as the operation is; the caller may change it after _begin */
    bool is_ended;       /* the body is whole: it was sent, and may be sent again */
    struct arena *arena;
    struct text body;
    struct json_writer json;
};

/* Begins the body, in which the caller writes the operation's members; dynamodb_send ends it. */
struct json_writer *dynamodb_begin(struct dynamodb_request *request, struct arena *arena,
                                   enum dynamodb_operation operation);

/* Why an action of a transaction did not go. */
enum dynamodb_reason_code {
    DYNAMODB_REASON_NONE, /* it would have gone */
    DYNAMODB_REASON_CONDITION,
    DYNAMODB_REASON_CONFLICT,
    DYNAMODB_REASON_THROTTLED,
    DYNAMODB_REASON_OTHER, /* an item too large, a validation error */
};
struct dynamodb_reason {
    enum dynamodb_reason_code code;
    const json_t *item; /* what is there, of one that asked for ALL_OLD; NULL: nothing is */
};

struct dynamodb_answer {
    enum dynamodb_outcome outcome;
    json_t *json;                    /* the whole answer; NULL: there is none */
    const json_t *item;              /* of DYNAMODB_CONDITION_FAILED; NULL: nothing is there */
    struct dynamodb_reason *reasons; /* in the arena, in the order of the actions */
    size_t reason_count;
};

/* Sends it. `answer` is filled in every case, and freed by the caller. Repeated (api/aws/aws.h) as far as the
 * outcome allows it. */
enum dynamodb_outcome dynamodb_send(struct dynamodb *dynamodb, struct dynamodb_request *request,
                                    struct dynamodb_answer *answer);
void dynamodb_answer_free(struct dynamodb_answer *answer);

/* --- attribute values: members of the object that is open, or elements of a list with a NULL name --- */

void dynamodb_put_s(struct json_writer *json, const char *name, const char *string);
void dynamodb_put_s_n(struct json_writer *json, const char *name, const char *bytes, size_t length);
void dynamodb_put_n(struct json_writer *json, const char *name, int64_t number);
void dynamodb_put_b(struct json_writer *json, const char *name, const void *bytes, size_t length);
void dynamodb_begin_list(struct json_writer *json, const char *name); /* {"L":[ */
void dynamodb_end_list(struct json_writer *json);
/* A plain JSON object: "Key", "Item", "ExpressionAttributeValues". */
void dynamodb_begin_map(struct json_writer *json, const char *name);
void dynamodb_end_map(struct json_writer *json);

/* Readers of an item's attributes. What is missing or of another type is false, NULL, or 0. Strings are
 * borrowed from the answer. */
bool dynamodb_get_n(const json_t *item, const char *name, int64_t *number);
int64_t dynamodb_n(const json_t *item, const char *name);
const char *dynamodb_s(const json_t *item, const char *name);
/* Bytes in the arena; NULL: none. Of an empty one `length` is 0. */
const void *dynamodb_b(const json_t *item, const char *name, struct arena *arena, size_t *length);
/* The elements of a list; NULL: none. Each is a value: {"B":"…"}. */
const json_t *dynamodb_l(const json_t *item, const char *name);
const char *dynamodb_value_s(const json_t *value);
const void *dynamodb_value_b(const json_t *value, struct arena *arena, size_t *length);

/* --- what it costs --- */

enum dynamodb_units {
    DYNAMODB_FREE,
    DYNAMODB_READS,
    DYNAMODB_WRITES
};
struct dynamodb_usage {
    uint64_t calls;                   /* round trips, repetitions included */
    uint64_t half_reads, half_writes; /* capacity units, in halves */
    uint64_t conflicts;               /* transactions and writes that met another one */
};
const char *dynamodb_operation_name(enum dynamodb_operation operation);
struct dynamodb_usage dynamodb_usage(const struct dynamodb *dynamodb, enum dynamodb_operation operation);

#endif
