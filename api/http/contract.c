#include "http/contract.h"

#include "app/identity/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tree of path segments: a literal child is preferred to the parameter. */
struct node {
    const char *segment;
    struct node *literals; /* the first of the children */
    struct node *parameter;
    struct node *sibling;
    struct route *route;
};

struct contract {
    struct arena arena;
    json_t *document;
    struct schemas schemas;
    struct node root;
};

struct operation contract_unmatched = {.id = "unmatched", .path = "", .open = true};
struct operation contract_static = {.id = "static", .path = "", .open = true};

struct compiler {
    struct contract *contract;
    const struct op_entry *table;
    bool *used; /* of the table */
    struct detail *detail;
    const char *where; /* the operation, for the words of a refusal */
};

static bool refuse(struct compiler *compiler, const char *what, const char *why)
{
    (void)detail_set(compiler->detail, STATUS_INTERNAL_ERROR, "The contract is refused: %s: %s %s",
                     compiler->where, what, why);
    return false;
}

/* Passes on the words of a refused schema. */
static bool refuse_schema(struct compiler *compiler)
{
    const char *words = compiler->detail->text == NULL ? "" : compiler->detail->text;
    return refuse(compiler, words, "");
}

static struct arena *arena_of(struct compiler *compiler)
{
    return &compiler->contract->arena;
}

static const json_t *resolve(struct compiler *compiler, const json_t *node)
{
    const json_t *resolved = schemas_resolve(&compiler->contract->schemas, node, compiler->detail);
    if (resolved == NULL) {
        (void)refuse_schema(compiler);
    }
    return resolved;
}

/* The default of a parameter as text. */
static const char *default_text(struct arena *arena, const json_t *value)
{
    if (json_is_integer(value)) {
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    }
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "true" : "false";
    }
    return json_string_value(value);
}

static bool compile_parameter(struct compiler *compiler, const json_t *node, const char *place,
                              struct parameter *parameter)
{
    const char *name = json_string_value(json_object_get(node, "name"));
    *parameter = (struct parameter){
        .name = name,
        .pointer = arena_printf(arena_of(compiler), "#/%s/%s", place, name),
        .required = json_is_true(json_object_get(node, "required")),
    };
    if (strcmp(place, "path") == 0) {
        parameter->place = PARAMETER_PATH;
        parameter->required = true;
    } else if (strcmp(place, "query") == 0) {
        parameter->place = PARAMETER_QUERY;
    } else if (strcmp(place, "header") == 0) {
        parameter->place = PARAMETER_HEADER;
        parameter->header = request_header_named(name, strlen(name));
        if (parameter->header == HEADER_COUNT) {
            return refuse(compiler, name, "is a header field that the server does not read");
        }
    } else {
        return refuse(compiler, name, "is neither in path nor query nor header");
    }
    parameter->schema = schemas_compile(&compiler->contract->schemas, json_object_get(node, "schema"),
                                        parameter->pointer, compiler->detail);
    if (parameter->schema == NULL) {
        return refuse_schema(compiler);
    }
    parameter->otherwise = default_text(arena_of(compiler), parameter->schema->otherwise);
    return true;
}

/* Adds the parameters of a list: those of the path item, then those of the operation. */
static bool compile_parameters(struct compiler *compiler, const json_t *list, struct operation *operation)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *node = resolve(compiler, json_array_get(list, i));
        const char *place = json_string_value(json_object_get(node, "in"));
        if (node == NULL || place == NULL || !json_is_string(json_object_get(node, "name"))) {
            return node == NULL ? false : refuse(compiler, "a parameter", "has no name or place");
        }
        struct parameter parameter;
        if (!compile_parameter(compiler, node, place, &parameter)) {
            return false;
        }
        switch (parameter.place) {
        case PARAMETER_PATH:
            operation->path_parameters[operation->path_count++] = parameter;
            break;
        case PARAMETER_QUERY:
            operation->query_parameters[operation->query_count++] = parameter;
            break;
        case PARAMETER_HEADER:
            operation->header_parameters[operation->header_count++] = parameter;
            operation->idempotent |= parameter.header == HEADER_IDEMPOTENCY_KEY;
            operation->takes_gzip |= parameter.header == HEADER_CONTENT_ENCODING;
            break;
        }
    }
    return true;
}

/* Brings the path's parameters in the order of the path. */
static bool order_path_parameters(struct compiler *compiler, struct operation *operation)
{
    unsigned count = 0;
    for (const char *at = strchr(operation->path, '{'); at != NULL; at = strchr(at + 1, '{'), count++) {
        const size_t length = strcspn(at + 1, "}");
        unsigned i = count;
        while (i < operation->path_count &&
               (strlen(operation->path_parameters[i].name) != length ||
                memcmp(operation->path_parameters[i].name, at + 1, length) != 0)) {
            i++;
        }
        if (i >= operation->path_count) {
            return refuse(compiler, at, "is not among the parameters");
        }
        const struct parameter parameter = operation->path_parameters[i];
        operation->path_parameters[i] = operation->path_parameters[count];
        operation->path_parameters[count] = parameter;
    }
    return count == operation->path_count || refuse(compiler, "a path parameter", "is not in the path");
}

static bool compile_security(struct compiler *compiler, const json_t *node, struct operation *operation)
{
    const json_t *security = json_object_get(node, "security");
    if (!json_is_array(security)) {
        return refuse(compiler, "security", "is missing: [] opens an operation");
    }
    operation->open = json_array_size(security) == 0;
    if (operation->open) {
        return true;
    }
    const json_t *scopes = json_object_get(json_array_get(security, 0), "bearer");
    if (json_array_size(security) != 1 || !json_is_array(scopes)) {
        return refuse(compiler, "security", "is not one list of scopes under bearer");
    }
    struct text names = arena_text(arena_of(compiler), 64);
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const char *name = json_string_value(json_array_get(scopes, i));
        const uint64_t bit = name == NULL ? 0 : auth_scope_named(name);
        if (bit == 0) {
            return refuse(compiler, name == NULL ? "a scope" : name, "is no scope of the server");
        }
        operation->scopes |= bit;
        text_add_string(&names, names.length > 0 ? ", " : "");
        text_add_string(&names, name);
    }
    operation->scope_names = text_string(&names);
    return true;
}

static bool add_media_types(struct compiler *compiler, const json_t *content, const char **types)
{
    const char *type;
    json_t *media;
    json_object_foreach((json_t *)content, type, media)
    {
        unsigned count = 0;
        while (types[count] != NULL && strcmp(types[count], type) != 0) {
            count++;
        }
        if (count == CONTRACT_MEDIA_TYPES_MAX) {
            return refuse(compiler, type, "is one media type too many");
        }
        types[count] = type;
    }
    return true;
}

static bool compile_body(struct compiler *compiler, const json_t *node, struct operation *operation)
{
    const json_t *request = json_object_get(node, "requestBody");
    operation->streamed = json_is_true(json_object_get(node, "x-mypos-streamed"));
    operation->sealed = json_is_true(json_object_get(node, "x-mypos-sealed"));
    operation->refuses_card_numbers = json_is_true(json_object_get(node, "x-mypos-refuses-card-numbers"));
    if (request == NULL) {
        return true;
    }
    request = resolve(compiler, request);
    if (request == NULL) {
        return false;
    }
    const json_t *limit = json_object_get(node, "x-mypos-max-body");
    operation->body_limit = json_is_integer(limit) ? (uint64_t)json_integer_value(limit) : CONTRACT_BODY_MAX;
    operation->body_required = json_is_true(json_object_get(request, "required"));
    const json_t *content = json_object_get(request, "content");
    if (!add_media_types(compiler, content, operation->request_types)) {
        return false;
    }
    const char *type;
    json_t *media;
    json_object_foreach((json_t *)content, type, media)
    {
        if (operation->streamed || strstr(type, "json") == NULL) {
            continue;
        }
        const char *pointer = arena_printf(arena_of(compiler), "%s/%s", operation->id, type);
        operation->body = schemas_compile(&compiler->contract->schemas, json_object_get(media, "schema"),
                                          pointer, compiler->detail);
        if (operation->body == NULL) {
            return refuse_schema(compiler);
        }
    }
    return operation->streamed || operation->body != NULL ||
           refuse(compiler, "the request body", "is neither JSON nor streamed");
}

static bool compile_answers(struct compiler *compiler, const json_t *node, struct operation *operation)
{
    const char *code;
    json_t *answer;
    json_object_foreach(json_object_get(node, "responses"), code, answer)
    {
        const json_t *resolved = resolve(compiler, answer);
        if (resolved == NULL ||
            (code[0] == '2' &&
             !add_media_types(compiler, json_object_get(resolved, "content"), operation->answer_types))) {
            return false;
        }
    }
    return true;
}

static bool find_handler(struct compiler *compiler, struct operation *operation)
{
    for (size_t i = 0; compiler->table[i].operation_id != NULL; i++) {
        if (strcmp(compiler->table[i].operation_id, operation->id) == 0) {
            if (compiler->used[i]) {
                return refuse(compiler, "operationId", "stands twice in the document");
            }
            compiler->used[i] = true;
            operation->handler = compiler->table[i].handler;
            return true;
        }
    }
    return refuse(compiler, "operationId", "has no handler in http/operations.h");
}

static struct node *child_of(struct compiler *compiler, struct node *node, const char *segment, size_t length)
{
    struct node **place = &node->parameter;
    if (segment[0] != '{') {
        place = &node->literals;
        while (*place != NULL &&
               (strlen((*place)->segment) != length || memcmp((*place)->segment, segment, length) != 0)) {
            place = &(*place)->sibling;
        }
    }
    if (*place == NULL) {
        *place = arena_zeroed(arena_of(compiler), 1, sizeof **place);
        (*place)->segment = arena_copy_n(arena_of(compiler), segment, length);
    }
    return *place;
}

static struct route *route_of(struct compiler *compiler, const char *path)
{
    struct node *node = &compiler->contract->root;
    while (*path == '/') {
        const size_t length = strcspn(++path, "/");
        node = child_of(compiler, node, path, length);
        path += length;
    }
    if (node->route == NULL) {
        node->route = arena_zeroed(arena_of(compiler), 1, sizeof *node->route);
    }
    return node->route;
}

static bool compile_operation(struct compiler *compiler, const char *path, enum http_method method,
                              const json_t *item, const json_t *node)
{
    struct arena *arena = arena_of(compiler);
    const char *id = json_string_value(json_object_get(node, "operationId"));
    compiler->where = id == NULL ? path : id;
    if (id == NULL) {
        return refuse(compiler, http_method_name(method), "has no operationId");
    }
    const json_t *shared = json_object_get(item, "parameters");
    const json_t *own = json_object_get(node, "parameters");
    const size_t parameters = json_array_size(shared) + json_array_size(own);
    struct operation *operation = arena_zeroed(arena, 1, sizeof *operation);
    operation->id = id;
    operation->path = path;
    operation->method = method;
    operation->path_parameters = arena_zeroed(arena, parameters, sizeof *operation->path_parameters);
    operation->query_parameters = arena_zeroed(arena, parameters, sizeof *operation->query_parameters);
    operation->header_parameters = arena_zeroed(arena, parameters, sizeof *operation->header_parameters);
    if (!find_handler(compiler, operation) || !compile_parameters(compiler, shared, operation) ||
        !compile_parameters(compiler, own, operation) || !order_path_parameters(compiler, operation) ||
        !compile_security(compiler, node, operation) || !compile_body(compiler, node, operation) ||
        !compile_answers(compiler, node, operation)) {
        return false;
    }
    struct route *route = route_of(compiler, path);
    if (route->operations[method] != NULL) {
        return refuse(compiler, path, "has this method twice");
    }
    route->operations[method] = operation;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* HEAD is wherever GET is; OPTIONS is everywhere. */
static void finish_route(struct compiler *compiler, struct route *route)
{
    route->operations[METHOD_HEAD] = route->operations[METHOD_GET];
    const char *names[METHOD_COUNT];
    size_t count = 0;
    for (enum http_method method = 0; method < METHOD_COUNT; method++) {
        if (route->operations[method] != NULL || method == METHOD_OPTIONS) {
            names[count++] = http_method_name(method);
        }
    }
    qsort(names, count, sizeof *names, by_name);
    struct text allow = arena_text(arena_of(compiler), 64);
    for (size_t i = 0; i < count; i++) {
        text_add_string(&allow, i > 0 ? ", " : "");
        text_add_string(&allow, names[i]);
    }
    route->allow = text_string(&allow);
}

static bool compile_path(struct compiler *compiler, const char *path, const json_t *item)
{
    static const struct {
        const char *name;
        enum http_method method;
    } methods[] = {{"get", METHOD_GET},
                   {"post", METHOD_POST},
                   {"put", METHOD_PUT},
                   {"patch", METHOD_PATCH},
                   {"delete", METHOD_DELETE}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const json_t *node = json_object_get(item, methods[i].name);
        if (node != NULL && !compile_operation(compiler, path, methods[i].method, item, node)) {
            return false;
        }
    }
    finish_route(compiler, route_of(compiler, path));
    return true;
}

static bool compile_document(struct compiler *compiler)
{
    const char *path;
    json_t *item;
    json_object_foreach(json_object_get(compiler->contract->document, "paths"), path, item)
    {
        compiler->where = path;
        if (!compile_path(compiler, path, item)) {
            return false;
        }
    }
    for (size_t i = 0; compiler->table[i].operation_id != NULL; i++) {
        compiler->where = compiler->table[i].operation_id;
        if (!compiler->used[i]) {
            return refuse(compiler, "the handler", "has no operation in the document");
        }
    }
    return true;
}

enum status contract_compile(const char *document, size_t length, const struct op_entry *table,
                             struct contract **out, struct detail *detail)
{
    struct contract *contract = calloc(1, sizeof *contract);
    size_t rows = 0;
    while (table[rows].operation_id != NULL) {
        rows++;
    }
    bool *used = calloc(rows + 1, sizeof *used);
    if (contract == NULL || used == NULL) {
        abort();
    }
    arena_init(&contract->arena);
    json_error_t error;
    contract->document = json_loadb(document, length, JSON_REJECT_DUPLICATES, &error);
    schemas_init(&contract->schemas, contract->document);
    struct compiler compiler = {
        .contract = contract, .table = table, .used = used, .detail = detail, .where = "the document"};
    const bool compiled = contract->document == NULL ? refuse(&compiler, error.text, "")
                                                     : compile_document(&compiler);
    free(used);
    if (!compiled) {
        contract_free(contract);
        return STATUS_INTERNAL_ERROR;
    }
    *out = contract;
    return STATUS_OK;
}

void contract_free(struct contract *contract)
{
    if (contract == NULL) {
        return;
    }
    schemas_free(&contract->schemas);
    json_decref(contract->document);
    arena_free(&contract->arena);
    free(contract);
}

const struct route *contract_match(const struct contract *contract, const struct target *target,
                                   const char **values)
{
    const struct node *node = &contract->root;
    unsigned count = 0;
    for (unsigned i = 0; i < target->segment_count; i++) {
        const char *segment = target->segments[i];
        const struct node *child = node->literals;
        while (child != NULL && strcmp(child->segment, segment) != 0) {
            child = child->sibling;
        }
        if (child == NULL) {
            child = node->parameter;
            if (child == NULL || *segment == '\0') {
                return NULL;
            }
            values[count++] = segment;
        }
        node = child;
    }
    return node->route;
}

/* The place of a status in the counters; the last one is for all that are not listed. */
static unsigned status_slot(int http_status)
{
    static const short listed[] = {200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 408,
                                   409, 412, 413, 414, 415, 422, 429, 431, 500, 501, 503, 505};
    _Static_assert(sizeof listed / sizeof *listed < CONTRACT_STATUSES, "every status has a slot");
    for (unsigned i = 0; i < sizeof listed / sizeof *listed; i++) {
        if (listed[i] == http_status) {
            return i;
        }
    }
    return CONTRACT_STATUSES - 1;
}

void contract_count(struct operation *operation, int http_status, int64_t duration_us)
{
    const unsigned slot = status_slot(http_status);
    struct metric_counter *counter = atomic_load_explicit(&operation->answers[slot], memory_order_acquire);
    if (counter == NULL) { /* two threads at once get the same series */
        char labels[160];
        snprintf(labels, sizeof labels, "operation=\"%s\"", operation->id);
        atomic_store(&operation->durations,
                     metrics_histogram("mypos_http_request_duration_seconds",
                                       "From the first line of a request to its answer.", labels));
        snprintf(labels, sizeof labels, "operation=\"%s\",status=\"%d\"", operation->id, http_status);
        counter = metrics_counter("mypos_http_requests_total", "Answered requests by operation and status.",
                                  labels);
        atomic_store_explicit(&operation->answers[slot], counter, memory_order_release);
    }
    metric_count(counter, 1);
    metric_observe(atomic_load_explicit(&operation->durations, memory_order_relaxed), duration_us);
}
