#include "dynamodb_fixture.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <time.h>

#define ENDPOINT   "AWS_ENDPOINT_URL_DYNAMODB"
#define DATE_SIZE  64
#define PATIENT_MS 60000 /* what fifty threads ask is done, however busy the machine is */

bool dynamodb_fixture_is_there(void)
{
    return getenv(ENDPOINT) != NULL; /* never a real account's */
}

/* After fork each process has a client of its own. */
static void connect_instance(struct dynamodb_instance *instance)
{
    struct arena arena;
    struct detail detail;
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_equal(aws_open(&detail, &instance->aws), STATUS_OK);
    assert_int_equal(dynamodb_open(instance->aws, &instance->dynamodb), STATUS_OK);
    dynamodb_keep_own_clock(instance->dynamodb, true); /* tests move it */
    arena_free(&arena);
}

static void disconnect_instance(struct dynamodb_instance *instance)
{
    dynamodb_close(instance->dynamodb);
    aws_close(instance->aws);
}

void *dynamodb_fixture_create(void)
{
    struct dynamodb_state *state = calloc(1, sizeof *state);
    const struct id id = id_new();
    char text[ID_TEXT_SIZE];
    struct arena arena;
    struct detail detail;
    unsigned created;
    arena_init(&arena);
    detail_init(&detail, &arena);
    snprintf(state->prefix, sizeof state->prefix, "t-%s-", id_format(&id, text) + 24);
    connect_instance(&state->instance);
    assert_int_equal(dynamodb_tables_make(state->instance.dynamodb, state->prefix, &created, &detail),
                     STATUS_OK);
    disconnect_instance(&state->instance);
    arena_free(&arena);
    return state;
}

static void open_ledger(const struct dynamodb_state *state, int64_t deadline_ms,
                        struct dynamodb_instance *instance)
{
    const struct ledger_dynamodb_options options = {.prefix = state->prefix, .deadline_ms = deadline_ms};
    connect_instance(instance);
    assert_int_equal(ledger_dynamodb_open(instance->dynamodb, &options, &instance->ledger), STATUS_OK);
}

const struct ledger *dynamodb_fixture_open(void *context)
{
    struct dynamodb_state *state = context;
    open_ledger(state, PATIENT_MS, &state->instance);
    return state->instance.ledger;
}

void dynamodb_fixture_close(const struct ledger *ledger, void *context)
{
    struct dynamodb_state *state = context;
    ledger->ops->close(ledger);
    disconnect_instance(&state->instance);
}

void dynamodb_fixture_destroy(void *context)
{
    struct dynamodb_state *state = context;
    connect_instance(&state->instance);
    assert_int_equal(dynamodb_tables_drop(state->instance.dynamodb, state->prefix), STATUS_OK);
    disconnect_instance(&state->instance);
    free(state);
}

/* --- further instances --- */

void dynamodb_instance_open(struct fixture *fixture, const char *url, int64_t deadline_ms,
                            struct dynamodb_instance *instance)
{
    char *direct = strdup(getenv(ENDPOINT));
    if (url != NULL) {
        setenv(ENDPOINT, url, 1);
    }
    open_ledger(fixture->backend_state, deadline_ms, instance);
    setenv(ENDPOINT, direct, 1);
    free(direct);
}

void dynamodb_instance_close(struct dynamodb_instance *instance)
{
    instance->ledger->ops->close(instance->ledger);
    disconnect_instance(instance);
}

struct dynamodb_usage dynamodb_used(const struct dynamodb *dynamodb)
{
    struct dynamodb_usage used = {0};
    for (enum dynamodb_operation i = 0; i < DYNAMODB_OPERATION_COUNT; i++) {
        const struct dynamodb_usage usage = dynamodb_usage(dynamodb, i);
        used.calls += usage.calls;
        used.half_reads += usage.half_reads;
        used.half_writes += usage.half_writes;
        used.conflicts += usage.conflicts;
    }
    return used;
}

/* --- the proxy --- */

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    text_add(context, bytes, size * count);
    return size * count;
}

/* Signatures are not looked at by the emulator, so a few headers are enough. */
static struct fake_answer carry_out(const struct fault_proxy *proxy, const struct fake_request *request,
                                    struct arena *arena)
{
    struct text body = arena_text(arena, 4096);
    struct curl_slist *headers = NULL;
    const char *const passed[] = {"content-type", "x-amz-target", "authorization", "x-amz-date"};
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
        const char *value = fake_header(request, passed[i], arena);
        headers = curl_slist_append(headers, arena_printf(arena, "%s: %s", passed[i], value));
    }
    CURL *curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, proxy->upstream);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body_length);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    long status = 0;
    if (curl_easy_perform(curl) == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    char *date = arena_alloc(arena, DATE_SIZE);
    const time_t now = time(NULL);
    struct tm utc;
    strftime(date, DATE_SIZE, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", gmtime_r(&now, &utc));
    return (struct fake_answer){.status = (int)status, .headers = date, .body = text_string(&body)};
}

static const char throttled[] =
    "{\"__type\":\"com.amazon.coral.availability#ThrottlingException\",\"message\":\"Rate exceeded\"}";
static const char broken[] =
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#InternalServerError\",\"message\":\"\"}";
static const char conflict[] =
    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#TransactionCanceledException\",\"message\":\"\","
    "\"CancellationReasons\":[{\"Code\":\"TransactionConflict\"}]}";

static struct fake_answer handle(void *context, const struct fake_request *request, struct arena *arena)
{
    struct fault_proxy *proxy = context;
    const char *target = fake_header(request, "x-amz-target", arena);
    const char *operation = target == NULL ? "" : strchr(target, '.') + 1;
    const bool transaction = strcmp(operation, "TransactWriteItems") == 0;
    const unsigned number = transaction ? ++proxy->transactions : ++proxy->others;
    switch (proxy->choose(proxy->context, operation, number, request->body)) {
    case FAULT_NONE:
        return carry_out(proxy, request, arena);
    case FAULT_LOST:
        (void)carry_out(proxy, request, arena);
        return (struct fake_answer){.action = FAKE_RESET};
    case FAULT_CONFLICT:
        return (struct fake_answer){.status = 400, .body = conflict};
    case FAULT_THROTTLE:
        return (struct fake_answer){.status = 400, .body = throttled};
    case FAULT_DOWN:
        return (struct fake_answer){.status = 500, .body = broken};
    }
    __builtin_unreachable();
}

void fault_proxy_start(struct fault_proxy *proxy, fault_choice choose, void *context)
{
    *proxy = (struct fault_proxy){.choose = choose, .context = context};
    snprintf(proxy->upstream, sizeof proxy->upstream, "%s", getenv(ENDPOINT));
    proxy->server = fake_http_start(handle, proxy);
    snprintf(proxy->url, sizeof proxy->url, "http://127.0.0.1:%u", fake_http_port(proxy->server));
}

void fault_proxy_stop(struct fault_proxy *proxy)
{
    fake_http_stop(proxy->server);
}

static void open_behind(struct fixture *fixture, fault_choice choose, void *context, int64_t deadline_ms,
                        struct dynamodb_behind *behind)
{
    fault_proxy_start(&behind->proxy, choose, context);
    dynamodb_instance_open(fixture, behind->proxy.url, deadline_ms, &behind->instance);
}

void dynamodb_behind_open(struct fixture *fixture, fault_choice choose, void *context,
                          struct dynamodb_behind *behind)
{
    open_behind(fixture, choose, context, 0, behind);
}

void dynamodb_behind_open_hurried(struct fixture *fixture, fault_choice choose, void *context,
                                  struct dynamodb_behind *behind)
{
    open_behind(fixture, choose, context, DYNAMODB_HURRIED_MS, behind);
}

void dynamodb_behind_close(struct dynamodb_behind *behind)
{
    dynamodb_instance_close(&behind->instance);
    fault_proxy_stop(&behind->proxy);
}

enum status dynamodb_behind_commit(struct fixture *fixture, const struct dynamodb_behind *behind,
                                   const struct ledger_act *act, struct ledger_outcome *outcome)
{
    const struct ledger *ledger = behind->instance.ledger;
    return ledger->ops->commit(ledger, act, &fixture->arena, outcome);
}

/* --- time --- */

int64_t dynamodb_moved_clock_ms;

int64_t dynamodb_moved_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000 + dynamodb_moved_clock_ms;
}

/* --- running --- */

int dynamodb_run_tests(const char *group, const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < ledger_backend_count; i++) {
        if (ledger_backends[i].create == dynamodb_fixture_create) {
            return ledger_run_tests_over(&ledger_backends[i], group, tests, count);
        }
    }
    return 1;
}
