#include "aws/dynamodb.h"

#include "aws/fault.h"
#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <nettle/base64.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_SIZE    64
#define FIRST_CAPACITY 2048 /* bytes of a body */
#define MESSAGE_LOGGED 200
#define NUMBER_SIZE    24

struct operation {
    const char *name;
    bool idempotent;
    enum dynamodb_units units;
};

static const struct operation operations[DYNAMODB_OPERATION_COUNT] = {
#define X(name, text, idempotent, units) {text, idempotent, units},
    DYNAMODB_OPERATIONS(X)
#undef X
};

struct counters {
    _Atomic uint64_t calls, half_reads, half_writes, conflicts;
};

struct dynamodb {
    struct aws *aws;
    _Atomic int64_t ahead_ms; /* of our clock, the service's */
    atomic_bool keeps_own_clock;
    struct counters counters[DYNAMODB_OPERATION_COUNT];
};

enum status dynamodb_open(struct aws *aws, struct dynamodb **dynamodb)
{
    *dynamodb = calloc(1, sizeof **dynamodb);
    if (*dynamodb == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    (*dynamodb)->aws = aws;
    return STATUS_OK;
}

void dynamodb_close(struct dynamodb *dynamodb)
{
    free(dynamodb);
}

enum status dynamodb_status(enum dynamodb_outcome outcome)
{
    switch (outcome) {
    case DYNAMODB_OK:
        return STATUS_OK;
    case DYNAMODB_CONFLICT:
    case DYNAMODB_THROTTLED:
    case DYNAMODB_UNAVAILABLE:
        return STATUS_OVERLOADED;
    case DYNAMODB_UNKNOWN:
    case DYNAMODB_NO_TABLE:
        return STATUS_STORAGE_UNAVAILABLE;
    case DYNAMODB_CONDITION_FAILED:
    case DYNAMODB_CANCELLED:
    case DYNAMODB_IN_USE:
    case DYNAMODB_UNSUPPORTED:
    case DYNAMODB_REFUSED:
        return STATUS_INTERNAL_ERROR;
    }
    __builtin_unreachable();
}

/* --- a call --- */

struct json_writer *dynamodb_begin(struct dynamodb_request *request, struct arena *arena,
                                   enum dynamodb_operation operation)
{
    *request = (struct dynamodb_request){
        .operation = operation, .idempotent = operations[operation].idempotent, .arena = arena};
    request->body = arena_text(arena, FIRST_CAPACITY);
    request->json = json_writer(&request->body);
    emit_begin_object(&request->json);
    if (operations[operation].units != DYNAMODB_FREE) {
        emit_member_string(&request->json, "ReturnConsumedCapacity", "TOTAL");
    }
    return &request->json;
}

/* Units come in halves. */
static uint64_t halves(const json_t *capacity, const char *name)
{
    return (uint64_t)(json_number_value(json_object_get(capacity, name)) * 2 + 0.5);
}

static void count_capacity(struct counters *counters, enum dynamodb_units units, const json_t *capacity)
{
    const bool split = json_object_get(capacity, "WriteCapacityUnits") != NULL ||
                       json_object_get(capacity, "ReadCapacityUnits") != NULL;
    const uint64_t total = halves(capacity, "CapacityUnits");
    counters->half_reads += split ? halves(capacity, "ReadCapacityUnits")
                                  : (units == DYNAMODB_READS ? total : 0);
    counters->half_writes += split ? halves(capacity, "WriteCapacityUnits")
                                   : (units == DYNAMODB_WRITES ? total : 0);
}

static void count(struct counters *counters, enum dynamodb_operation operation,
                  const struct aws_response *response, const struct dynamodb_answer *answer)
{
    counters->calls += response->attempts;
    const json_t *capacity = json_object_get(answer->json, "ConsumedCapacity");
    const json_t *table;
    size_t at;
    json_array_foreach(capacity, at, table)
    {
        count_capacity(counters, operations[operation].units, table);
    }
    if (json_is_object(capacity)) {
        count_capacity(counters, operations[operation].units, capacity);
    }
    bool conflict = answer->outcome == DYNAMODB_CONFLICT;
    for (size_t i = 0; i < answer->reason_count; i++) {
        conflict |= answer->reasons[i].code == DYNAMODB_REASON_CONFLICT;
    }
    counters->conflicts += conflict;
}

static enum dynamodb_reason_code reason_code(const char *code)
{
    static const struct {
        const char *text;
        enum dynamodb_reason_code code;
    } codes[] = {
        {"None", DYNAMODB_REASON_NONE},
        {"ConditionalCheckFailed", DYNAMODB_REASON_CONDITION},
        {"TransactionConflict", DYNAMODB_REASON_CONFLICT},
        {"ThrottlingError", DYNAMODB_REASON_THROTTLED},
        {"ProvisionedThroughputExceeded", DYNAMODB_REASON_THROTTLED},
    };
    for (size_t i = 0; code != NULL && i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i].text, code) == 0) {
            return codes[i].code;
        }
    }
    return DYNAMODB_REASON_OTHER;
}

static void read_reasons(struct arena *arena, struct dynamodb_answer *answer)
{
    const json_t *reasons = json_object_get(answer->json, "CancellationReasons");
    const json_t *reason;
    size_t at;
    answer->reason_count = json_array_size(reasons);
    answer->reasons = arena_zeroed(arena, answer->reason_count, sizeof *answer->reasons);
    json_array_foreach(reasons, at, reason)
    {
        answer->reasons[at] = (struct dynamodb_reason){
            .code = reason_code(json_string_value(json_object_get(reason, "Code"))),
            .item = json_object_get(reason, "Item"),
        };
    }
}

static enum dynamodb_outcome refusal(const struct aws_response *response)
{
    static const struct {
        const char *code;
        enum dynamodb_outcome outcome;
    } codes[] = {
        {"ConditionalCheckFailedException", DYNAMODB_CONDITION_FAILED},
        {"TransactionCanceledException", DYNAMODB_CANCELLED},
        {"TransactionConflictException", DYNAMODB_CONFLICT},
        {"TransactionInProgressException", DYNAMODB_UNKNOWN},
        {"ResourceNotFoundException", DYNAMODB_NO_TABLE},
        {"TableNotFoundException", DYNAMODB_NO_TABLE},
        {"ResourceInUseException", DYNAMODB_IN_USE},
        {"ContinuousBackupsUnavailableException", DYNAMODB_IN_USE}, /* for some moments after it was made */
        {"UnknownOperationException", DYNAMODB_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (aws_error_is(response, codes[i].code)) {
            return codes[i].outcome;
        }
    }
    return DYNAMODB_REFUSED;
}

static enum dynamodb_outcome outcome_of(enum aws_result result, const struct aws_response *response)
{
    switch (result) {
    case AWS_OK:
        return DYNAMODB_OK;
    case AWS_REFUSED:
        return refusal(response);
    case AWS_THROTTLED:
        return DYNAMODB_THROTTLED;
    case AWS_UNAVAILABLE:
        return DYNAMODB_UNAVAILABLE;
    case AWS_UNKNOWN:
        return DYNAMODB_UNKNOWN;
    }
    __builtin_unreachable();
}

/* Never the body: it may hold what people said. The service's message names attributes, not values. */
static void log_refusal(enum dynamodb_operation operation, enum dynamodb_outcome outcome,
                        const struct aws_response *response)
{
    const bool asks = operations[operation].units == DYNAMODB_FREE; /* whether there is a table */
    if (outcome != DYNAMODB_REFUSED && (outcome != DYNAMODB_NO_TABLE || asks)) {
        return;
    }
    char message[MESSAGE_LOGGED + 1];
    snprintf(message, sizeof message, "%.*s", MESSAGE_LOGGED, response->error.message);
    struct log_line line = log_begin(LOG_ERROR, "dynamodb_refused");
    log_text(&line, "operation", operations[operation].name);
    log_text(&line, "code", response->error.code);
    log_text(&line, "message", message);
    log_text(&line, "aws_request_id", response->error.request_id);
    log_end(&line);
}

int64_t dynamodb_now_ms(const struct dynamodb *dynamodb)
{
    return clock_now_ms() + dynamodb->ahead_ms;
}

void dynamodb_keep_own_clock(struct dynamodb *dynamodb, bool keep)
{
    dynamodb->keeps_own_clock = keep;
}

/* The service looked at its clock after the request was sent and before the answer came, and told the second.
 * What we believe of it is changed only as far as it cannot be true. */
static void learn_time(struct dynamodb *dynamodb, int64_t sent_ms, const struct aws_response *response)
{
    const char *date = aws_response_header(response, "date");
    int64_t second_ms;
    if (dynamodb->keeps_own_clock || date == NULL || !fault_parse_date(date, &second_ms)) {
        return;
    }
    const int64_t least = second_ms - clock_now_ms(), most = second_ms + 999 - sent_ms;
    const int64_t ahead_ms = dynamodb->ahead_ms;
    if (least <= most && (ahead_ms < least || ahead_ms > most)) {
        dynamodb->ahead_ms = ahead_ms < least ? least : most;
    }
}

enum dynamodb_outcome dynamodb_send(struct dynamodb *dynamodb, struct dynamodb_request *request,
                                    struct dynamodb_answer *answer)
{
    if (!request->is_ended) {
        emit_end_object(&request->json);
        request->is_ended = true;
    }
    char target[TARGET_SIZE];
    snprintf(target, sizeof target, "DynamoDB_20120810.%s", operations[request->operation].name);
    const struct aws_pair headers[] = {{"content-type", "application/x-amz-json-1.0"},
                                       {"x-amz-target", target}};
    const struct aws_request call = {
        .service = &aws_dynamodb,
        .method = "POST",
        .path = "/",
        .headers = headers,
        .header_count = 2,
        .body = request->body.data,
        .body_length = request->body.length,
        .deadline_us = request->deadline_us,
        .idempotent = request->idempotent,
    };
    struct aws_response response;
    const int64_t sent_ms = clock_now_ms();
    const enum aws_result result = aws_call(dynamodb->aws, &call, request->arena, &response);
    learn_time(dynamodb, sent_ms, &response);
    *answer = (struct dynamodb_answer){.outcome = outcome_of(result, &response)};
    answer->json = response.body_length == 0 ? NULL
                                             : json_loadb(response.body, response.body_length, 0, NULL);
    if (answer->outcome == DYNAMODB_OK && answer->json == NULL) {
        answer->outcome = DYNAMODB_UNKNOWN; /* it went, and what it said is lost */
    }
    if (answer->outcome == DYNAMODB_CANCELLED) {
        read_reasons(request->arena, answer);
    }
    if (answer->outcome == DYNAMODB_CONDITION_FAILED) {
        answer->item = json_object_get(answer->json, "Item");
    }
    count(&dynamodb->counters[request->operation], request->operation, &response, answer);
    log_refusal(request->operation, answer->outcome, &response);
    return answer->outcome;
}

void dynamodb_answer_free(struct dynamodb_answer *answer)
{
    json_decref(answer->json);
    *answer = (struct dynamodb_answer){0};
}

/* --- attribute values, written --- */

static void begin_value(struct json_writer *json, const char *name, const char *type)
{
    if (name != NULL) {
        emit_name(json, name);
    }
    emit_begin_object(json);
    emit_name(json, type);
}

void dynamodb_put_s_n(struct json_writer *json, const char *name, const char *bytes, size_t length)
{
    begin_value(json, name, "S");
    emit_string_n(json, bytes, length);
    emit_end_object(json);
}

void dynamodb_put_s(struct json_writer *json, const char *name, const char *string)
{
    dynamodb_put_s_n(json, name, string, strlen(string));
}

void dynamodb_put_n(struct json_writer *json, const char *name, int64_t number)
{
    char text[NUMBER_SIZE];
    snprintf(text, sizeof text, "%" PRId64, number);
    begin_value(json, name, "N");
    emit_string(json, text);
    emit_end_object(json);
}

/* Base64 needs no escapes, so it goes in as it is. */
void dynamodb_put_b(struct json_writer *json, const char *name, const void *bytes, size_t length)
{
    begin_value(json, name, "B");
    emit_raw(json, "\"", 1);
    char *to = text_extend(json->text, BASE64_ENCODE_RAW_LENGTH(length));
    if (to != NULL) {
        base64_encode_raw(to, length, bytes);
    }
    text_add_char(json->text, '"');
    emit_end_object(json);
}

void dynamodb_begin_list(struct json_writer *json, const char *name)
{
    begin_value(json, name, "L");
    emit_begin_array(json);
}

void dynamodb_end_list(struct json_writer *json)
{
    emit_end_array(json);
    emit_end_object(json);
}

void dynamodb_begin_map(struct json_writer *json, const char *name)
{
    emit_name(json, name);
    emit_begin_object(json);
}

void dynamodb_end_map(struct json_writer *json)
{
    emit_end_object(json);
}

/* --- attribute values, read --- */

static const char *typed(const json_t *item, const char *name, const char *type)
{
    return json_string_value(json_object_get(json_object_get(item, name), type));
}

bool dynamodb_get_n(const json_t *item, const char *name, int64_t *number)
{
    const char *text = typed(item, name, "N");
    char *end;
    if (text == NULL) {
        return false;
    }
    const long long value = strtoll(text, &end, 10);
    *number = value;
    return *end == '\0';
}

int64_t dynamodb_n(const json_t *item, const char *name)
{
    int64_t number;
    return dynamodb_get_n(item, name, &number) ? number : 0;
}

const char *dynamodb_s(const json_t *item, const char *name)
{
    return typed(item, name, "S");
}

const char *dynamodb_value_s(const json_t *value)
{
    return json_string_value(json_object_get(value, "S"));
}

const void *dynamodb_value_b(const json_t *value, struct arena *arena, size_t *length)
{
    const json_t *encoded = json_object_get(value, "B");
    *length = 0;
    if (!json_is_string(encoded)) {
        return NULL;
    }
    const size_t size = json_string_length(encoded);
    struct base64_decode_ctx decoder;
    base64_decode_init(&decoder);
    uint8_t *bytes = arena_alloc(arena, BASE64_DECODE_LENGTH(size) + 1);
    *length = BASE64_DECODE_LENGTH(size);
    return base64_decode_update(&decoder, length, bytes, size, json_string_value(encoded)) &&
                   base64_decode_final(&decoder)
               ? bytes
               : NULL;
}

const void *dynamodb_b(const json_t *item, const char *name, struct arena *arena, size_t *length)
{
    return dynamodb_value_b(json_object_get(item, name), arena, length);
}

const json_t *dynamodb_l(const json_t *item, const char *name)
{
    return json_object_get(json_object_get(item, name), "L");
}

/* --- what it costs --- */

const char *dynamodb_operation_name(enum dynamodb_operation operation)
{
    return operations[operation].name;
}

struct dynamodb_usage dynamodb_usage(const struct dynamodb *dynamodb, enum dynamodb_operation operation)
{
    const struct counters *counters = &dynamodb->counters[operation];
    return (struct dynamodb_usage){
        .calls = counters->calls,
        .half_reads = counters->half_reads,
        .half_writes = counters->half_writes,
        .conflicts = counters->conflicts,
    };
}
