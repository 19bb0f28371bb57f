/* Credentials: where they are found, who may be asked for them, when they are fetched again, and by whom. */
#include "aws/credentials.h"
#include "aws/profile.h"
#include "base/clock.h"
#include "fake_http.h"

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOON_US    INT64_C(20000000) /* for what takes no time on a machine that is not busy */
#define SECOND_MS  INT64_C(1000)
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

static const char *const variables[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_EC2_METADATA_DISABLED",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT"};

static struct arena arena;
static struct detail detail;
static struct transport *transport;
static struct credential_store *store;
static struct credentials credentials;
static const char *reason;
static char directory[] = "/tmp/mypos-credentials-XXXXXX";
static char path[128];

/* The time of day is the tests'. */
static _Atomic int64_t now_ms = 1795356309000;

static int64_t fixed_now_ms(void)
{
    return atomic_load(&now_ms);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        unsetenv(variables[i]);
    }
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent", 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    arena_init(&arena);
    detail_init(&detail, &arena);
    store = NULL;
    return transport_open(NULL, &transport) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    credentials_close(store);
    transport_close(transport);
    arena_free(&arena);
    return 0;
}

static bool get(void)
{
    return credentials_get(store, clock_monotonic_us() + SOON_US, &arena, &credentials, &reason);
}

static void open_store(void)
{
    assert_int_equal(credentials_open(transport, &detail, &store), STATUS_OK);
}

static const char *write_file(const char *name, const char *content)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    fclose(file);
    return path;
}

static void environment_comes_first(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/", 1);
    open_store();
    assert_true(get());
    assert_string_equal(credentials.access_key, "AKID");
    assert_string_equal(credentials.secret_key, "secret");
    assert_null(credentials.session_token);
    assert_string_equal(credentials.source, "environment");
    assert_false(credentials_renew(store, "AKID", clock_monotonic_us() + SOON_US));
}

static void nothing_configured_is_said(void **state)
{
    (void)state;
    open_store();
    assert_false(get());
    assert_non_null(strstr(reason, "environment"));
    assert_string_equal(credentials_source(store), "none");
}

static void shared_files_have_profiles(void **state)
{
    (void)state;
    setenv("AWS_SHARED_CREDENTIALS_FILE",
           write_file("credentials",
                      "# keys\n[default]\naws_access_key_id = DEFAULT\naws_secret_access_key=a=b\n"
                      "[ till ]\n  \naws_access_key_id=TILL\naws_secret_access_key =\ts3cr3t \n"
                      "aws_session_token=token\n[empty]\n"),
           1);
    setenv("AWS_CONFIG_FILE",
           write_file("config", "[default]\nregion=eu-west-1\n[profile till]\nregion = eu-central-1\ns3 =\n"
                                "  aws_access_key_id = NESTED\n[profile sso]\nsso_session = x\n"),
           1);
    open_store();
    assert_true(get());
    assert_string_equal(credentials.access_key, "DEFAULT");
    assert_string_equal(credentials.secret_key, "a=b");
    assert_string_equal(credentials.source, "profile");
    assert_string_equal(profile_value(&arena, "region"), "eu-west-1");
    credentials_close(store);

    setenv("AWS_PROFILE", "till", 1);
    open_store();
    assert_true(get());
    assert_string_equal(credentials.access_key, "TILL");
    assert_string_equal(credentials.secret_key, "s3cr3t");
    assert_string_equal(credentials.session_token, "token");
    assert_string_equal(profile_value(&arena, "region"), "eu-central-1");
    /* Rotated keys are read when the old ones are refused. */
    setenv("AWS_SHARED_CREDENTIALS_FILE",
           write_file("credentials", "[till]\naws_access_key_id=NEW\naws_secret_access_key=n\n"), 1);
    assert_true(credentials_renew(store, "TILL", clock_monotonic_us() + SOON_US));
    assert_true(get());
    assert_string_equal(credentials.access_key, "NEW");
    credentials_close(store);

    setenv("AWS_PROFILE", "sso", 1);
    open_store();
    assert_false(get());
    assert_non_null(strstr(reason, "sso_session"));
    credentials_close(store);

    store = NULL;
    setenv("AWS_PROFILE", "nobody", 1);
    assert_int_equal(credentials_open(transport, &detail, &store), STATUS_VALIDATION_FAILED);
    assert_non_null(strstr(detail.text, "nobody"));
}

/* --- the container's agent --- */

struct agent {
    char authorization[64];
    const char *body;
    int status;
};

static struct fake_answer answer_agent(void *context, const struct fake_request *request, struct arena *in)
{
    struct agent *agent = context;
    const char *authorization = fake_header(request, "authorization", in);
    snprintf(agent->authorization, sizeof agent->authorization, "%s",
             authorization != NULL ? authorization : "");
    return (struct fake_answer){.status = agent->status, .body = agent->body};
}

static void container_is_asked_with_its_token(void **state)
{
    (void)state;
    struct agent agent = {.status = 200,
                          .body = "{\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                                  "\"Expiration\":\"2036-01-01T00:00:00Z\"}"};
    struct fake_http *server = fake_http_start(answer_agent, &agent);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/credentials", fake_http_port(server));
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", write_file("token", "Basic one\n"), 1);
    open_store();
    assert_true(get());
    assert_string_equal(credentials.access_key, "ASIA");
    assert_string_equal(credentials.session_token, "t");
    assert_string_equal(credentials.source, "container");
    assert_string_equal(agent.authorization, "Basic one");

    (void)write_file("token", "Basic two\n");
    agent.body = "{\"AccessKeyId\":\"ASIB\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"}";
    assert_true(credentials_renew(store, "ASIA", clock_monotonic_us() + SOON_US));
    assert_string_equal(agent.authorization, "Basic two");
    assert_true(get());
    assert_string_equal(credentials.access_key, "ASIB");
    fake_http_stop(server);
}

static void credentials_are_never_asked_of_strangers(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://example.com/", "http://169.254.170.3/",         "http://10.0.0.1/",
        "ftp://127.0.0.1/",    "http://127.0.0.1@example.com/", "http://localhost.example.com/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", urls[i], 1);
        open_store();
        assert_false(get());
        assert_non_null(strstr(reason, "must be https"));
        credentials_close(store);
    }
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ".example.com/", 1);
    open_store();
    assert_false(get());
}

/* --- the instance's metadata service --- */

struct instance {
    _Atomic unsigned sets; /* that were given */
    _Atomic bool is_down;
    _Atomic int64_t lasts_ms; /* how long a set is good */
    _Atomic int delay_ms;
};

static struct fake_answer answer_instance(void *context, const struct fake_request *request, struct arena *in)
{
    struct instance *instance = context;
    const char *ttl = fake_header(request, "X-aws-ec2-metadata-token-ttl-seconds", in);
    const char *token = fake_header(request, "X-aws-ec2-metadata-token", in);
    if (instance->is_down) {
        return (struct fake_answer){.status = 500};
    }
    if (strcmp(request->target, "/latest/api/token") == 0) {
        return (struct fake_answer){.status = strcmp(request->method, "PUT") == 0 && ttl != NULL ? 200 : 400,
                                    .body = "the-token"};
    }
    if (token == NULL || strcmp(token, "the-token") != 0) {
        return (struct fake_answer){.status = 401}; /* the first version is turned off */
    }
    if (strcmp(request->target, ROLES_PATH) == 0) {
        return (struct fake_answer){.status = 200, .body = "till-role"};
    }
    if (strcmp(request->target, ROLES_PATH "till-role") != 0) {
        return (struct fake_answer){.status = 404};
    }
    char end[CLOCK_TEXT_SIZE];
    clock_format(clock_now_ms() + instance->lasts_ms, end);
    return (struct fake_answer){
        .status = 200,
        .delay_ms = instance->delay_ms,
        .body = arena_printf(in,
                             "{\"Code\":\"Success\",\"AccessKeyId\":\"KEY%u\",\"SecretAccessKey\":\"s\","
                             "\"Token\":\"t\",\"Expiration\":\"%s\"}",
                             ++instance->sets, end)};
}

static struct fake_http *start_instance(struct instance *instance)
{
    static char url[64];
    struct fake_http *server = fake_http_start(answer_instance, instance);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", fake_http_port(server));
    setenv("AWS_EC2_METADATA_DISABLED", "false", 1);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url, 1);
    open_store();
    return server;
}

static void instance_is_asked_by_the_second_version(void **state)
{
    (void)state;
    struct instance instance = {.lasts_ms = 6 * 3600 * SECOND_MS};
    struct fake_http *server = start_instance(&instance);
    for (int i = 0; i < 3; i++) {
        assert_true(get());
        assert_string_equal(credentials.access_key, "KEY1");
        assert_string_equal(credentials.source, "instance");
    }
    assert_int_equal(fake_http_requests(server), 3);
    fake_http_stop(server);
}

static void instance_is_asked_again_before_the_end(void **state)
{
    (void)state;
    struct instance instance = {.lasts_ms = 3600 * SECOND_MS};
    struct fake_http *server = start_instance(&instance);
    assert_true(get());
    now_ms += 3600 * SECOND_MS - CREDENTIALS_EARLY_MS - SECOND_MS;
    assert_true(get());
    assert_string_equal(credentials.access_key, "KEY1");
    now_ms += 2 * SECOND_MS;
    assert_true(get());
    assert_string_equal(credentials.access_key, "KEY2");
    fake_http_stop(server);
}

static void old_set_stays_when_there_is_no_new_one(void **state)
{
    (void)state;
    struct instance instance = {.lasts_ms = 3600 * SECOND_MS};
    struct fake_http *server = start_instance(&instance);
    assert_true(get());
    instance.is_down = true;
    now_ms += 2 * 3600 * SECOND_MS; /* past its end */
    assert_true(get());
    assert_string_equal(credentials.access_key, "KEY1");
    const unsigned asked = fake_http_requests(server);
    assert_true(asked > 3);
    for (int i = 0; i < 10; i++) {
        assert_true(get()); /* not asked with every call */
    }
    assert_int_equal(fake_http_requests(server), asked);
    fake_http_stop(server);
}

/* In an outage the service hands out what is over already. */
static void stale_set_is_used_and_not_fetched_with_every_call(void **state)
{
    (void)state;
    struct instance instance = {.lasts_ms = -60 * SECOND_MS};
    struct fake_http *server = start_instance(&instance);
    for (int i = 0; i < 10; i++) {
        assert_true(get());
        assert_string_equal(credentials.access_key, "KEY1");
    }
    assert_int_equal(fake_http_requests(server), 3);
    fake_http_stop(server);
}

#define THREADS 12

static void *get_once(void *context)
{
    (void)context;
    struct arena own;
    struct credentials set;
    const char *why;
    arena_init(&own);
    uintptr_t good = credentials_get(store, clock_monotonic_us() + SOON_US, &own, &set, &why);
    arena_free(&own);
    return (void *)good;
}

static void one_asks_for_all(void **state)
{
    (void)state;
    struct instance instance = {.lasts_ms = 3600 * SECOND_MS, .delay_ms = 100};
    struct fake_http *server = start_instance(&instance);
    for (int round = 1; round <= 2; round++) {
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, get_once, NULL), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            void *good;
            pthread_join(threads[i], &good);
            assert_int_equal((uintptr_t)good, 1);
        }
        assert_int_equal(instance.sets, round);
        now_ms += 3600 * SECOND_MS - CREDENTIALS_EARLY_MS +
                  SECOND_MS; /* due: the others go on with the old one */
    }
    fake_http_stop(server);
}

static void refused_key_is_replaced_once(void **state)
{
    (void)state;
    struct instance instance = {.lasts_ms = 3600 * SECOND_MS};
    struct fake_http *server = start_instance(&instance);
    assert_true(get());
    assert_true(credentials_renew(store, "KEY1", clock_monotonic_us() + SOON_US));
    assert_true(credentials_renew(store, "KEY1", clock_monotonic_us() + SOON_US)); /* another thread did */
    assert_int_equal(instance.sets, 2);
    fake_http_stop(server);
}

static int make_directory(void **state)
{
    (void)state;
    clock_replace(fixed_now_ms);
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    static const char *const names[] = {"credentials", "config", "token"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    clock_replace(NULL);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(environment_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_configured_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_files_have_profiles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(container_is_asked_with_its_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(credentials_are_never_asked_of_strangers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(instance_is_asked_by_the_second_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(instance_is_asked_again_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_set_stays_when_there_is_no_new_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stale_set_is_used_and_not_fetched_with_every_call, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_asks_for_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_key_is_replaced_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
