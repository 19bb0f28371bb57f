#include "aws/dynamodb_tables.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define POLL_MS 500

struct table {
    struct dynamodb *dynamodb;
    struct arena *arena;
    struct detail *detail;
    json_t *definition;
    char name[DYNAMODB_TABLE_NAME_SIZE];
};

static bool table_open(struct dynamodb *dynamodb, const char *prefix,
                       const struct dynamodb_definition *definition, struct arena *arena,
                       struct detail *detail, struct table *table)
{
    *table = (struct table){.dynamodb = dynamodb,
                            .arena = arena,
                            .detail = detail,
                            .definition = json_loadb(definition->json, *definition->size, 0, NULL)};
    const int length = snprintf(table->name, sizeof table->name, "%s%s", prefix, definition->name);
    return table->definition != NULL && strlen(prefix) <= DYNAMODB_PREFIX_MAX &&
           length < (int)sizeof table->name;
}

/* Sends an operation on the table; `members` are the further ones of its request, or NULL. */
static enum dynamodb_outcome send(const struct table *table, enum dynamodb_operation operation,
                                  const char *member, const json_t *value, struct dynamodb_answer *answer)
{
    struct dynamodb_request request;
    struct json_writer *json = dynamodb_begin(&request, table->arena, operation);
    emit_member_string(json, "TableName", table->name);
    if (value != NULL) {
        char *text = json_dumps(value, JSON_COMPACT);
        if (text == NULL) {
            return DYNAMODB_REFUSED;
        }
        if (member != NULL) {
            emit_name(json, member);
            emit_raw(json, text, strlen(text));
        } else {
            emit_members(json, text, strlen(text));
        }
        free(text);
    }
    return dynamodb_send(table->dynamodb, &request, answer);
}

static enum status refused(const struct table *table, const char *what, enum dynamodb_outcome outcome)
{
    const enum status status = dynamodb_status(outcome);
    return detail_set(table->detail, status, "DynamoDB's table %s cannot be %s: %s.", table->name, what,
                      status_title(status));
}

/* --- is it there, and ready? --- */

static bool is_active(const json_t *described, const char *member)
{
    const char *status = json_string_value(json_object_get(described, member));
    return status != NULL && strcmp(status, "ACTIVE") == 0;
}

static const json_t *find_index(const json_t *indexes, const char *name)
{
    size_t at;
    json_t *index;
    json_array_foreach(indexes, at, index)
    {
        const char *own = json_string_value(json_object_get(index, "IndexName"));
        if (own != NULL && strcmp(own, name) == 0) {
            return index;
        }
    }
    return NULL;
}

/* Whether the table has all its indexes, and they are ready. */
static enum status judge(const struct table *table, const json_t *described, bool *ready)
{
    const json_t *wanted = json_object_get(json_object_get(table->definition, "Table"),
                                           "GlobalSecondaryIndexes");
    const json_t *present = json_object_get(described, "GlobalSecondaryIndexes");
    size_t at;
    json_t *index;
    *ready = is_active(described, "TableStatus");
    json_array_foreach(wanted, at, index)
    {
        const char *name = json_string_value(json_object_get(index, "IndexName"));
        const json_t *found = find_index(present, name);
        if (found == NULL) {
            return detail_set(table->detail, STATUS_NOT_READY,
                              "DynamoDB's table %s has no index %s: it was not made by this program.",
                              table->name, name);
        }
        *ready = *ready && is_active(found, "IndexStatus");
    }
    return STATUS_OK;
}

static enum status look(const struct table *table, bool *there, bool *ready)
{
    struct dynamodb_answer answer;
    const enum dynamodb_outcome outcome = send(table, DYNAMODB_DESCRIBE_TABLE, NULL, NULL, &answer);
    enum status status = STATUS_OK;
    *there = outcome == DYNAMODB_OK;
    *ready = false;
    if (*there) {
        status = judge(table, json_object_get(answer.json, "Table"), ready);
    } else if (outcome != DYNAMODB_NO_TABLE) {
        status = refused(table, "described", outcome);
    }
    dynamodb_answer_free(&answer);
    return status;
}

static enum status wait_ready(const struct table *table)
{
    const int64_t until_us = clock_monotonic_us() + DYNAMODB_TABLE_TIMEOUT_MS * 1000LL;
    for (;;) {
        bool there, ready;
        const enum status status = look(table, &there, &ready);
        if (status != STATUS_OK || ready) {
            return status;
        }
        if (clock_monotonic_us() > until_us) {
            return detail_set(table->detail, STATUS_NOT_READY, "DynamoDB's table %s does not become ready.",
                              table->name);
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
}

/* --- making --- */

static enum status create(const struct table *table)
{
    json_t *request = json_copy(json_object_get(table->definition, "Table"));
    json_object_del(request, "TableName");
    struct dynamodb_answer answer;
    const enum dynamodb_outcome outcome = send(table, DYNAMODB_CREATE_TABLE, NULL, request, &answer);
    dynamodb_answer_free(&answer);
    json_decref(request);
    /* Another process makes it, or the answer was lost: waiting tells. */
    return outcome == DYNAMODB_OK || outcome == DYNAMODB_IN_USE || outcome == DYNAMODB_UNKNOWN
               ? STATUS_OK
               : refused(table, "created", outcome);
}

/* A setting that is asked for first: setting it twice is an error of the service's. */
struct setting {
    const char *member; /* of the definition */
    enum dynamodb_operation describe, update;
    const char *specification;  /* member of the update */
    const char *description[2]; /* where its state is in what is described */
    const char *on;
};

static const struct setting settings[] = {
    {"TimeToLive",
     DYNAMODB_DESCRIBE_TIME_TO_LIVE,
     DYNAMODB_UPDATE_TIME_TO_LIVE,
     "TimeToLiveSpecification",
     {"TimeToLiveDescription", NULL},
     "TimeToLiveStatus"},
    {"PointInTimeRecovery",
     DYNAMODB_DESCRIBE_CONTINUOUS_BACKUPS,
     DYNAMODB_UPDATE_CONTINUOUS_BACKUPS,
     "PointInTimeRecoverySpecification",
     {"ContinuousBackupsDescription", "PointInTimeRecoveryDescription"},
     "PointInTimeRecoveryStatus"},
};

static bool is_on(const struct setting *setting, const json_t *described)
{
    for (size_t i = 0; i < 2 && setting->description[i] != NULL; i++) {
        described = json_object_get(described, setting->description[i]);
    }
    const char *state = json_string_value(json_object_get(described, setting->on));
    return state != NULL && (strcmp(state, "ENABLED") == 0 || strcmp(state, "ENABLING") == 0);
}

static bool is_set(const struct table *table, const struct setting *setting)
{
    struct dynamodb_answer answer;
    const enum dynamodb_outcome outcome = send(table, setting->describe, NULL, NULL, &answer);
    const bool on = outcome == DYNAMODB_OK && is_on(setting, answer.json);
    dynamodb_answer_free(&answer);
    return on;
}

/* Emulators have no point-in-time recovery. Another instance that starts may be faster. A new table does not
 * take every setting at once, and nobody would come back for it. */
static enum status set(const struct table *table, const struct setting *setting)
{
    const int64_t until_us = clock_monotonic_us() + DYNAMODB_TABLE_TIMEOUT_MS * 1000LL;
    const json_t *specification = json_object_get(table->definition, setting->member);
    if (specification == NULL || is_set(table, setting)) {
        return STATUS_OK;
    }
    enum dynamodb_outcome outcome;
    for (;;) {
        struct dynamodb_answer answer;
        outcome = send(table, setting->update, setting->specification, specification, &answer);
        dynamodb_answer_free(&answer);
        if (outcome != DYNAMODB_IN_USE || clock_monotonic_us() > until_us) {
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    }
    return outcome == DYNAMODB_OK || outcome == DYNAMODB_UNSUPPORTED || is_set(table, setting)
               ? STATUS_OK
               : refused(table, "set up", outcome);
}

static enum status make(const struct table *table, unsigned *created)
{
    bool there, ready;
    enum status status = look(table, &there, &ready);
    if (status == STATUS_OK && !there) {
        status = create(table);
        (*created)++;
    }
    if (status == STATUS_OK && !ready) {
        status = wait_ready(table);
    }
    for (size_t i = 0; status == STATUS_OK && !there && i < sizeof settings / sizeof settings[0]; i++) {
        status = set(table, &settings[i]);
    }
    return status;
}

enum status dynamodb_tables_make(struct dynamodb *dynamodb, const char *prefix, unsigned *created,
                                 struct detail *detail)
{
    enum status status = STATUS_OK;
    *created = 0;
    for (size_t i = 0; status == STATUS_OK && dynamodb_definitions[i].name != NULL; i++) {
        struct table table;
        struct arena arena;
        arena_init(&arena);
        status = table_open(dynamodb, prefix, &dynamodb_definitions[i], &arena, detail, &table)
                     ? make(&table, created)
                     : detail_set(detail, STATUS_VALIDATION_FAILED, "%s is no prefix for tables.", prefix);
        json_decref(table.definition);
        arena_free(&arena);
    }
    return status;
}

enum status dynamodb_tables_drop(struct dynamodb *dynamodb, const char *prefix)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && dynamodb_definitions[i].name != NULL; i++) {
        struct table table;
        struct arena arena;
        arena_init(&arena);
        if (table_open(dynamodb, prefix, &dynamodb_definitions[i], &arena, NULL, &table)) {
            struct dynamodb_answer answer;
            const enum dynamodb_outcome outcome = send(&table, DYNAMODB_DELETE_TABLE, NULL, NULL, &answer);
            dynamodb_answer_free(&answer);
            status = outcome == DYNAMODB_NO_TABLE ? STATUS_OK : dynamodb_status(outcome);
        }
        json_decref(table.definition);
        arena_free(&arena);
    }
    return status;
}

enum status dynamodb_tables_check(struct dynamodb *dynamodb, const char *prefix, struct detail *detail)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && dynamodb_definitions[i].name != NULL; i++) {
        struct table table;
        struct arena arena;
        bool there = false, ready = false;
        arena_init(&arena);
        if (table_open(dynamodb, prefix, &dynamodb_definitions[i], &arena, detail, &table)) {
            status = look(&table, &there, &ready);
        }
        if (status == STATUS_OK && !ready) {
            status = detail_set(detail, STATUS_NOT_READY, "DynamoDB's table %s%s %s.", prefix,
                                dynamodb_definitions[i].name,
                                there ? "is not ready yet" : "is missing: run `mypos migrate`");
        }
        json_decref(table.definition);
        arena_free(&arena);
    }
    return status;
}
