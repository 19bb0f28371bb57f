/* The topic's backend against a service that misbehaves: what counts as published, how batches are made. */
#include "aws/aws.h"
#include "fake_http.h"
#include "notify/sns/notify_sns.h"

#include "unit.h"

#include <stdlib.h>

#define EVENTS_MAX 30

static const char *answers[8];
static unsigned batches;
static size_t entries[8], bytes[8];
static char first_body[65536];

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word)) {
        count++;
    }
    return count;
}

static struct fake_answer play(void *context, const struct fake_request *request, struct arena *arena)
{
    (void)context;
    (void)arena;
    if (batches == 0) {
        snprintf(first_body, sizeof first_body, "%s", request->body);
    }
    entries[batches] = count_of(request->body, ".Message=");
    bytes[batches] = request->body_length;
    const char *body = answers[batches] != NULL ? answers[batches] : answers[0];
    batches++;
    return (struct fake_answer){.action = FAKE_ANSWER, .status = 200, .body = body};
}

struct world {
    struct fake_http *server;
    struct aws *aws;
    const struct notify *notify;
    struct notify_event events[EVENTS_MAX];
    bool published[EVENTS_MAX];
};

static struct world start(const char *topic, size_t count, const char *data)
{
    struct world world = {.server = fake_http_start(play, NULL)};
    struct arena arena;
    struct detail detail;
    char url[64];
    batches = 0;
    memset(answers, 0, sizeof answers);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", fake_http_port(world.server));
    setenv("AWS_ENDPOINT_URL", url, 1);
    setenv("AWS_REGION", "eu-central-1", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    arena_init(&arena);
    detail_init(&detail, &arena);
    assert_int_equal(aws_open(&detail, &world.aws), STATUS_OK);
    arena_free(&arena);
    world.notify = notify_sns_open(world.aws, topic);
    for (size_t i = 0; i < count; i++) {
        world.events[i] = (struct notify_event){
            .id = id_new(), .type = "stock.low", .at_ms = 1, .data = data, .data_length = strlen(data)};
    }
    return world;
}

static void stop(struct world *world)
{
    world->notify->ops->close(world->notify);
    aws_close(world->aws);
    fake_http_stop(world->server);
}

static const char data[] = "{\"level\":\"2\",\"store_id\":\"01a1f7f8-3000-787f-936a-cfde797890ca\"}";

static void only_entries_that_succeeded_are_published(void **state)
{
    (void)state;
    struct world world = start("arn:aws:sns:eu-central-1:1:t", 4, data);
    answers[0] =
        "<PublishBatchResponse><PublishBatchResult>"
        "<Failed><member><Id>1</Id><Code>InternalError</Code></member></Failed>"
        "<Successful><member><MessageId>0</MessageId><Id>0</Id></member>"
        "<member><Id>3</Id></member><member><Id>9</Id></member><member><Id>x</Id></member></Successful>"
        "</PublishBatchResult></PublishBatchResponse>";
    world.notify->ops->publish(world.notify, world.events, 4, world.published);
    assert_true(world.published[0]);
    assert_false(world.published[1]);
    assert_false(world.published[2]);
    assert_true(world.published[3]);
    stop(&world);
}

static void answers_that_are_none_publish_nothing(void **state)
{
    static const char *const broken[] = {"",
                                         "<",
                                         "<Successful>",
                                         "<Successful><member><Id>0",
                                         "<Successful/>",
                                         "<Failed><member><Id>0</Id></member></Failed>",
                                         "{\"Successful\":[{\"Id\":\"0\"}]}"};
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct world world = start("arn:aws:sns:eu-central-1:1:t", 1, data);
        answers[0] = broken[i];
        world.notify->ops->publish(world.notify, world.events, 1, world.published);
        assert_false(world.published[0]);
        stop(&world);
    }
}

static void batches_have_ten_entries_and_256_kilobytes(void **state)
{
    static char large[100001];
    (void)state;
    struct world world = start("arn:aws:sns:eu-central-1:1:t", 25, data);
    answers[0] = "<Successful/>";
    world.notify->ops->publish(world.notify, world.events, 25, world.published);
    assert_int_equal(batches, 3);
    assert_int_equal(entries[0], 10);
    assert_int_equal(entries[2], 5);
    assert_non_null(strstr(first_body, "Action=PublishBatch&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns"));
    assert_non_null(
        strstr(first_body, "MessageAttributes.entry.3.Value.StringValue=01a1f7f8-3000-787f-936a-"));
    assert_null(strstr(first_body, "MessageGroupId"));
    stop(&world);
    memset(large, 'x', sizeof large - 1);
    memcpy(large, "{\"a\":\"", 6);
    memcpy(large + sizeof large - 3, "\"}", 2);
    world = start("arn:aws:sns:eu-central-1:1:t", 5, large);
    answers[0] = "<Successful/>";
    world.notify->ops->publish(world.notify, world.events, 5, world.published);
    assert_int_equal(batches, 3);
    assert_int_equal(entries[0], 2);
    assert_int_equal(entries[2], 1);
    stop(&world);
}

static void event_that_is_too_large_is_announced(void **state)
{
    static char huge[300001];
    (void)state;
    memset(huge, 'x', sizeof huge - 1);
    memcpy(huge, "{\"id\":\"01a20393-366c-7018-8976-2a322f3cf0f2\",\"a\":\"", 50);
    memcpy(huge + sizeof huge - 3, "\"}", 2);
    struct world world = start("arn:aws:sns:eu-central-1:1:t", 1, huge);
    world.events[0].type = "transaction.completed";
    answers[0] = "<Successful><member><Id>0</Id></member></Successful>";
    world.notify->ops->publish(world.notify, world.events, 1, world.published);
    assert_true(world.published[0]);
    assert_in_range(bytes[0], 1, 2000);
    assert_non_null(strstr(first_body, "%22data_at%22%3A%22%2Fapi%2Fv1%2Ftransactions%2F01a20393-366c-7018"));
    stop(&world);
}

static void fifo_topics_get_groups_and_deduplication(void **state)
{
    (void)state;
    struct world world = start("arn:aws:sns:eu-central-1:1:t.fifo", 1, data);
    answers[0] = "<Successful/>";
    world.notify->ops->publish(world.notify, world.events, 1, world.published);
    assert_non_null(strstr(first_body, "MessageGroupId=01a1f7f8-3000-787f-936a-cfde797890ca"));
    assert_non_null(strstr(first_body, "MessageDeduplicationId="));
    stop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_entries_that_succeeded_are_published),
        cmocka_unit_test(answers_that_are_none_publish_nothing),
        cmocka_unit_test(batches_have_ten_entries_and_256_kilobytes),
        cmocka_unit_test(event_that_is_too_large_is_announced),
        cmocka_unit_test(fifo_topics_get_groups_and_deduplication),
    };
    return cmocka_run_group_tests_name("notify sns", tests, NULL, NULL);
}
