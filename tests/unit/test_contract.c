/* The contract: what routes, and what refuses to start. */
#include "http/contract.h"

#include "unit.h"

static enum status handle(struct op_call *op)
{
    (void)op;
    return STATUS_OK;
}

static const struct op_entry table[] = {
    {.operation_id = "things_list", .handler = handle},
    {.operation_id = "things_read", .handler = handle},
    {.operation_id = "things_special", .handler = handle},
    {.operation_id = NULL},
};

#define OPERATION(id, more) "{\"operationId\":\"" id "\",\"security\":[],\"responses\":{}" more "}"
#define ID                                                                                                   \
    "\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}]"
#define SPECIAL "\"/things/special\":{\"post\":" OPERATION("things_special", "") "}"
#define GOOD                                                                                                 \
    "{\"paths\":{\"/things\":{\"get\":" OPERATION(                                                           \
        "things_list",                                                                                       \
        ",\"parameters\":[{\"name\":\"limit\",\"in\":"                                                       \
        "\"query\",\"schema\":{\"type\":\"integer\",\"default\":50}}]") "},"                                 \
                                                                        "\"/things/{id}\":{" ID              \
                                                                        ",\"get\":" OPERATION(               \
                                                                            "things_read", "") "}," SPECIAL  \
                                                                                               "}}"

static const struct route *match(const struct contract *contract, struct arena *arena, const char *path,
                                 const char **values)
{
    struct target target;
    struct detail detail;
    detail_init(&detail, arena);
    assert_int_equal(target_parse(path, arena, &target, &detail), STATUS_OK);
    return contract_match(contract, &target, values);
}

static void paths_are_matched_by_segments_and_literals_come_first(void **state)
{
    (void)state;
    struct arena arena;
    struct detail detail;
    struct contract *contract;
    const char *values[TARGET_SEGMENTS_MAX];
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_equal(contract_compile(GOOD, strlen(GOOD), table, &contract, &detail), STATUS_OK);

    const struct route *route = match(contract, &arena, "/things", values);
    assert_string_equal(route->allow, "GET, HEAD, OPTIONS");
    assert_string_equal(route->operations[METHOD_HEAD]->id, "things_list");
    assert_null(route->operations[METHOD_POST]);
    assert_string_equal(route->operations[METHOD_GET]->query_parameters[0].otherwise, "50");

    route = match(contract, &arena, "/things/a%20b", values);
    assert_string_equal(route->operations[METHOD_GET]->id, "things_read");
    assert_string_equal(values[0], "a b");

    route = match(contract, &arena, "/things/special", values);
    assert_string_equal(route->allow, "OPTIONS, POST");

    assert_null(match(contract, &arena, "/things/", values));
    assert_null(match(contract, &arena, "//things", values));
    assert_null(match(contract, &arena, "/things/a/b", values));
    assert_null(match(contract, &arena, "/", values));
    contract_free(contract);
    arena_free(&arena);
}

static void refuses(const char *document, const char *words)
{
    struct arena arena;
    struct detail detail;
    struct contract *contract;
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_not_equal(contract_compile(document, strlen(document), table, &contract, &detail), STATUS_OK);
    if (strstr(detail.text, words) == NULL) {
        fail_msg("\"%s\" does not say %s", detail.text, words);
    }
    arena_free(&arena);
}

/* A document with one path. */
static void refuses_operation(const char *operation, const char *words)
{
    char document[2048];
    snprintf(document, sizeof document, "{\"paths\":{\"/things\":{\"get\":%s}}}", operation);
    refuses(document, words);
}

static void a_document_that_differs_from_the_handlers_is_refused(void **state)
{
    (void)state;
    refuses("{\"paths\":{\"/a\":{\"get\":" OPERATION("things_made", "") "}}}",
            "things_made: operationId has no handler");
    refuses("{\"paths\":{\"/a\":{\"get\":" OPERATION("things_list", "") ",\"post\":" OPERATION("things_list",
                                                                                               "") "}}}",
            "stands twice");
    refuses("{\"paths\":{" SPECIAL "}}", "things_list: the handler has no operation");
    refuses("{\"paths\":{\"/a\":{\"get\":{\"security\":[]}}}}", "no operationId");
    refuses("{", "the document");
}

static void what_the_server_would_not_do_is_refused(void **state)
{
    (void)state;
    refuses_operation("{\"operationId\":\"things_list\",\"responses\":{}}", "security");
    refuses_operation("{\"operationId\":\"things_list\",\"security\":[{\"bearer\":[\"things:read\"]}]}",
                      "things:read is no scope");
    refuses_operation(
        OPERATION("things_list", ",\"parameters\":[{\"name\":\"X-Odd\",\"in\":\"header\",\"schema\":{}}]"),
        "X-Odd is a header field that the server does not read");
    refuses_operation(
        OPERATION("things_list", ",\"parameters\":[{\"name\":\"a\",\"in\":\"cookie\",\"schema\":{}}]"),
        "a is neither in path nor query nor header");
    refuses_operation(OPERATION("things_list", ",\"requestBody\":{\"content\":{\"text/plain\":{}}}"),
                      "neither JSON nor streamed");
    refuses_operation(OPERATION("things_list",
                                ",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":"
                                "{\"anyOf\":[]}}}}"),
                      "anyOf");
    refuses("{\"paths\":{\"/things/{other}\":{" ID ",\"get\":" OPERATION("things_read", "") "}}}",
            "is not among the parameters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_matched_by_segments_and_literals_come_first),
        cmocka_unit_test(a_document_that_differs_from_the_handlers_is_refused),
        cmocka_unit_test(what_the_server_would_not_do_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
