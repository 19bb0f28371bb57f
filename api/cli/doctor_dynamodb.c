/*
 * mypos doctor: the tables. Whether they are there and as they are defined, and each action on each of them and
 * on their indexes, in a way that changes nothing: reads of what is not there, writes whose condition cannot
 * hold.
 */
#include "aws/dynamodb_tables.h"
#include "cli/doctor_visit.h"

#include <jansson.h>
#include <string.h>

#define NOBODY    "\"pk\":{\"S\":\"X#doctor\"},\"sk\":{\"S\":\"X\"}"
#define TABLE     "{\"TableName\":\"%s\","
#define NEVER     "\"ConditionExpression\":\"attribute_exists(pk)\""
#define CONDITION "ConditionalCheckFailedException"
#define CATALOGUE "catalog-log" /* the table of its log: fewer actions are used on it */
#define NOT_OURS                                                                                             \
    "Let MYPOS_TABLE_PREFIX begin the names of tables that mypos migrate or packaging/aws made: this one "   \
    "was made otherwise."

/* Each action on a table; %s is its name. Deleting what is not there is no write of anything. */
static const struct {
    const char *operation, *body, *wanted;
    bool is_ledger; /* of the tables of the ledger, not of the catalogue's log */
} table_calls[] = {
    {"GetItem", TABLE "\"ConsistentRead\":true,\"Key\":{" NOBODY "}}", NULL, false},
    {"Query",
     TABLE
     "\"KeyConditionExpression\":\"pk = :pk\",\"ExpressionAttributeValues\":{\":pk\":{\"S\":\"X#doctor\"}},"
     "\"Limit\":1}",
     NULL, false},
    {"PutItem", TABLE "\"Item\":{" NOBODY "}," NEVER "}", CONDITION, false},
    {"UpdateItem", TABLE "\"Key\":{" NOBODY "}," NEVER "}", CONDITION, false},
    {"DeleteItem", TABLE "\"Key\":{" NOBODY "}," NEVER "}", CONDITION, false},
    {"BatchGetItem", "{\"RequestItems\":{\"%s\":{\"Keys\":[{" NOBODY "}]}}}", NULL, true},
    {"BatchWriteItem", "{\"RequestItems\":{\"%s\":[{\"DeleteRequest\":{\"Key\":{" NOBODY "}}}]}}", NULL,
     true},
    {"TransactWriteItems",
     "{\"TransactItems\":[{\"ConditionCheck\":" TABLE "\"Key\":{" NOBODY "}," NEVER "}}]}",
     "TransactionCanceledException", true},
    {"Scan", TABLE "\"Limit\":1}", NULL, true},
};

static bool try_table(struct doctor_visit *visit, const char *operation, const char *body, const char *wanted,
                      const char *resource)
{
    struct arena *arena = visit->doctor->arena;
    const bool is_check = strcmp(operation, "TransactWriteItems") == 0; /* authorised by its part */
    const struct doctor_probe probe = {
        .area = "dynamodb",
        .action = arena_printf(arena, "dynamodb:%s", is_check ? "ConditionCheckItem" : operation),
        .resource = resource,
        .wanted = wanted,
        .unfit = NOT_OURS,
    };
    return doctor_try_json(visit, &aws_dynamodb, arena_printf(arena, "DynamoDB_20120810.%s", operation), body,
                           &probe);
}

/* What of a table or an index, as it is described, is not as it is defined; NULL: nothing. */
static const char *difference(struct arena *arena, const json_t *described, const json_t *defined,
                              const char *status)
{
    const char *state = json_string_value(json_object_get(described, status));
    if (!json_equal(json_object_get(described, "KeySchema"), json_object_get(defined, "KeySchema"))) {
        return "has another key";
    }
    /* While it is UPDATING it serves. */
    return state == NULL || strcmp(state, "ACTIVE") == 0 || strcmp(state, "UPDATING") == 0
               ? NULL
               : arena_printf(arena, "is %s", state);
}

static const json_t *index_of(const json_t *table, const char *name)
{
    const json_t *index;
    size_t i;
    json_array_foreach(json_object_get(table, "GlobalSecondaryIndexes"), i, index)
    {
        if (strcmp(json_string_value(json_object_get(index, "IndexName")), name) == 0) {
            return index;
        }
    }
    return NULL;
}

/* The first thing in which a table is not as it is defined; NULL: nothing. */
static const char *fault_of_table(struct arena *arena, const json_t *described, const json_t *defined)
{
    const char *fault = difference(arena, described, defined, "TableStatus");
    const json_t *index;
    size_t i;
    json_array_foreach(json_object_get(defined, "GlobalSecondaryIndexes"), i, index)
    {
        const char *name = json_string_value(json_object_get(index, "IndexName"));
        const json_t *found = index_of(described, name);
        const char *of_index = found == NULL ? "is missing" : difference(arena, found, index, "IndexStatus");
        if (fault == NULL && of_index != NULL) {
            fault = arena_printf(arena, "has an index %s that %s", name, of_index);
        }
    }
    return fault;
}

/* What nobody notices until it is needed. Whether it is on is asked if that is allowed: servers need not. */
static void look_at_upkeep(struct doctor_visit *visit, const char *table, const json_t *definition)
{
    static const struct {
        const char *member, *operation, *description[2], *state, *says, *todo;
    } all[] = {
        {"TimeToLive",
         "DescribeTimeToLive",
         {"TimeToLiveDescription", NULL},
         "TimeToLiveStatus",
         "old records of retries are never removed",
         "aws dynamodb update-time-to-live --time-to-live-specification Enabled=true,AttributeName=ttl "
         "--table-name"},
        {"PointInTimeRecovery",
         "DescribeContinuousBackups",
         {"ContinuousBackupsDescription", "PointInTimeRecoveryDescription"},
         "PointInTimeRecoveryStatus",
         "it cannot be restored to a moment",
         "aws dynamodb update-continuous-backups --point-in-time-recovery-specification "
         "PointInTimeRecoveryEnabled=true --table-name"},
    };
    struct arena *arena = visit->doctor->arena;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct aws_response response;
        if (json_object_get(definition, all[i].member) == NULL ||
            doctor_call(visit, &aws_dynamodb, "application/x-amz-json-1.0",
                        arena_printf(arena, "DynamoDB_20120810.%s", all[i].operation),
                        arena_printf(arena, "{\"TableName\":\"%s\"}", table), &response) != AWS_OK) {
            continue;
        }
        json_t *answer = json_loadb(response.body, response.body_length, 0, NULL);
        const json_t *described = json_object_get(answer, all[i].description[0]);
        described = all[i].description[1] != NULL ? json_object_get(described, all[i].description[1])
                                                  : described;
        const char *state = json_string_value(json_object_get(described, all[i].state));
        if (state != NULL && strcmp(state, "DISABLED") == 0) {
            doctor_add(visit->doctor, "dynamodb", DOCTOR_WARNING,
                       arena_printf(arena, "%s %s", all[i].todo, table), "%s has its %s off: %s", table,
                       all[i].member, all[i].says);
        }
        json_decref(answer);
    }
}

/* Whether the table is there, and as it is defined. */
static bool look_at_schema(struct doctor_visit *visit, const char *table, const json_t *definition)
{
    struct arena *arena = visit->doctor->arena;
    const struct doctor_probe probe = {
        .area = "dynamodb",
        .action = "dynamodb:DescribeTable",
        .resource = table,
        .missing = "Run mypos migrate with permission to make tables, or deploy packaging/aws; see "
                   "MYPOS_TABLE_PREFIX and AWS_REGION.",
    };
    struct aws_response response;
    const enum aws_result result =
        doctor_call(visit, &aws_dynamodb, "application/x-amz-json-1.0", "DynamoDB_20120810.DescribeTable",
                    arena_printf(arena, "{\"TableName\":\"%s\"}", table), &response);
    if (!doctor_judge(visit, &probe, result, &response)) {
        return false;
    }
    json_t *answer = json_loadb(response.body, response.body_length, 0, NULL);
    const char *fault = fault_of_table(arena, json_object_get(answer, "Table"),
                                       json_object_get(definition, "Table"));
    json_decref(answer);
    if (fault != NULL) {
        const bool is_moment = strncmp(fault, "is ", 3) == 0;
        doctor_add(visit->doctor, "dynamodb", DOCTOR_BAD,
                   is_moment ? "Wait until it is ACTIVE, and run this again." : NOT_OURS, "the table %s %s",
                   table, fault);
    }
    return fault == NULL;
}

/* A query of each index that the definition has. */
static void look_at_indexes(struct doctor_visit *visit, const char *table, const json_t *definition)
{
    struct arena *arena = visit->doctor->arena;
    const json_t *indexes = json_object_get(json_object_get(definition, "Table"), "GlobalSecondaryIndexes");
    const json_t *index;
    size_t i;
    json_array_foreach(indexes, i, index)
    {
        const char *name = json_string_value(json_object_get(index, "IndexName"));
        const json_t *key = json_array_get(json_object_get(index, "KeySchema"), 0);
        const char *attribute = json_string_value(json_object_get(key, "AttributeName"));
        const char *body =
            arena_printf(arena,
                         TABLE "\"IndexName\":\"%s\",\"KeyConditionExpression\":\"#k = "
                               ":k\",\"ExpressionAttributeNames\":{\"#k\":\"%s\"},"
                               "\"ExpressionAttributeValues\":{\":k\":{\"S\":\"doctor\"}},\"Limit\":1}",
                         table, name, attribute);
        if (!try_table(visit, "Query", body, NULL, arena_printf(arena, "%s/index/%s", table, name))) {
            return; /* the others would say the same */
        }
    }
}

static void look_at_actions(struct doctor_visit *visit, const char *table, bool is_ledger)
{
    for (size_t i = 0; i < sizeof table_calls / sizeof *table_calls; i++) {
        char body[1024];
        struct text text = text_over(body, sizeof body);
        const char *hole = strstr(table_calls[i].body, "%s");
        text_add(&text, table_calls[i].body, (size_t)(hole - table_calls[i].body));
        text_add_string(&text, table);
        text_add_string(&text, hole + 2);
        if (is_ledger || !table_calls[i].is_ledger) {
            (void)try_table(visit, table_calls[i].operation, text_string(&text), table_calls[i].wanted,
                            table);
        }
    }
}

void doctor_look_at_dynamodb(struct doctor_visit *visit)
{
    for (const struct dynamodb_definition *definition = dynamodb_definitions; definition->name != NULL;
         definition++) {
        const bool is_ledger = strcmp(definition->name, CATALOGUE) != 0;
        const char *table = arena_printf(visit->doctor->arena, "%s%s", visit->doctor->config->table_prefix,
                                         definition->name);
        json_t *json = json_loadb(definition->json, *definition->size, 0, NULL);
        if (look_at_schema(visit, table, json)) { /* else the actions would say the same */
            look_at_actions(visit, table, is_ledger);
            look_at_indexes(visit, table, json);
            look_at_upkeep(visit, table, json);
        }
        json_decref(json);
    }
}
