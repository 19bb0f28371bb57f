#include "notify/sns/notify_sns.h"

#include "aws/aws.h"
#include "aws/xml.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/journal.h"

#include <stdlib.h>
#include <string.h>

#define CALL_MS        5000
#define ATTRIBUTES_MAX 512 /* bytes that the attributes of a message count, at most */
#define FIFO_SUFFIX    ".fifo"
#define FIFO_OTHERS    "shop" /* the group of what belongs to no store */

struct notify_sns {
    struct notify notify; /* the first member: a pointer to it is one to the whole */
    struct aws *aws;
    const char *topic_arn;
    bool is_fifo;
};

/* A batch on its way: messages [first, first + count) of those to publish. */
struct batch {
    size_t first, count;
    const struct text *messages;
};

/* --- the request --- */

/* As forms are encoded (application/x-www-form-urlencoded). */
static void add_encoded(struct text *out, const char *bytes, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] = "-_.~";
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              (c != '\0' && strchr(plain, c) != NULL);
        if (is_plain || c == ' ') {
            text_add_char(out, is_plain ? (char)c : '+');
        } else {
            const char escaped[] = {'%', digits[c >> 4], digits[c & 15]};
            text_add(out, escaped, sizeof escaped);
        }
    }
}

static void add_member(struct text *out, size_t entry, const char *name, const char *value, size_t length)
{
    text_add_string(out, "&PublishBatchRequestEntries.member.");
    text_add_int(out, (int64_t)entry + 1);
    text_add_char(out, '.');
    text_add_string(out, name);
    text_add_char(out, '=');
    add_encoded(out, value, length);
}

static void add_attribute(struct text *out, size_t entry, int number, const char *name, const char *value,
                          size_t length)
{
    char member[64];
    const char *const parts[] = {".Name", ".Value.DataType", ".Value.StringValue"};
    const char *const values[] = {name, "String", value};
    const size_t lengths[] = {strlen(name), strlen("String"), length};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct text text = text_over(member, sizeof member);
        text_add_string(&text, "MessageAttributes.entry.");
        text_add_int(&text, number);
        text_add_string(&text, parts[i]);
        add_member(out, entry, text_string(&text), values[i], lengths[i]);
    }
}

/* The store that an event belongs to, without its quotes. */
static struct journal_span store_of(const struct notify_event *event)
{
    struct journal_members members = journal_members(event->data, event->data_length);
    struct journal_span name, value;
    while (journal_next_member(&members, &name, &value)) {
        if (name.length == strlen("store_id") && memcmp(name.at, "store_id", name.length) == 0 &&
            value.length == ID_TEXT_SIZE + 1) {
            return (struct journal_span){.at = value.at + 1, .length = value.length - 2};
        }
    }
    return (struct journal_span){0};
}

static void add_entry(const struct notify_sns *sns, struct text *out, size_t entry,
                      const struct notify_event *event, const struct text *message)
{
    char id[ID_TEXT_SIZE];
    const char number = (char)('0' + entry);
    const struct journal_span store = store_of(event);
    id_format(&event->id, id);
    add_member(out, entry, "Id", &number, 1);
    add_member(out, entry, "Message", message->data, message->length);
    add_attribute(out, entry, 1, "event_type", event->type, strlen(event->type));
    add_attribute(out, entry, 2, "event_id", id, strlen(id));
    if (store.at != NULL) {
        add_attribute(out, entry, 3, "store_id", store.at, store.length);
    }
    if (sns->is_fifo) {
        const bool has_store = store.at != NULL;
        add_member(out, entry, "MessageGroupId", has_store ? store.at : FIFO_OTHERS,
                   has_store ? store.length : strlen(FIFO_OTHERS));
        add_member(out, entry, "MessageDeduplicationId", id, strlen(id));
    }
}

/* --- the answer --- */

static void log_failure(const char *code, const char *message, size_t count)
{
    struct log_line line = log_begin(LOG_WARNING, "sns_publish_failed");
    log_text(&line, "code", code);
    log_text(&line, "message", message);
    log_int(&line, "events", (int64_t)count);
    log_end(&line);
}

/* A batch is taken in part: <Successful> has the entries that were, <Failed> those that were not. */
static void read_entries(struct arena *arena, const struct aws_response *response, size_t count,
                         bool *published)
{
    const char *end = response->body + response->body_length;
    size_t length = 0, taken = 0;
    const char *successful = xml_element(response->body, end, "Successful", &length);
    const char *stop = successful == NULL ? NULL : successful + length;
    const char *id;
    for (const char *at = successful; at != NULL && (id = xml_element(at, stop, "Id", &length)) != NULL;
         at = id + length) {
        const size_t entry = length == 1 && *id >= '0' && *id <= '9' ? (size_t)(*id - '0') : count;
        if (entry < count && !published[entry]) {
            published[entry] = true;
            taken++;
        }
    }
    if (taken < count) {
        const char *failed = xml_element(response->body, end, "Failed", &length);
        const char *last = failed == NULL ? end : failed + length;
        size_t code_length = 0, message_length = 0;
        const char *code = failed == NULL ? NULL : xml_element(failed, last, "Code", &code_length);
        const char *message = failed == NULL ? NULL : xml_element(failed, last, "Message", &message_length);
        log_failure(code == NULL ? "NoAnswer" : arena_copy_n(arena, code, code_length),
                    message == NULL ? "" : arena_copy_n(arena, message, message_length), count - taken);
    }
}

/* --- batches --- */

/* False: the service takes nothing at the moment, and the next batch would fare no better. */
static bool send_batch(const struct notify_sns *sns, struct arena *arena, const struct notify_event *events,
                       const struct batch *batch, bool *published)
{
    static const struct aws_pair headers[] = {
        {"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
    struct aws_response response;
    struct text body = arena_text(arena, 65536);
    text_add_string(&body, "Action=PublishBatch&Version=2010-03-31&TopicArn=");
    add_encoded(&body, sns->topic_arn, strlen(sns->topic_arn));
    for (size_t i = 0; i < batch->count; i++) {
        add_entry(sns, &body, i, &events[batch->first + i], &batch->messages[batch->first + i]);
    }
    const struct aws_request request = {
        .service = &aws_sns,
        .method = "POST",
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .body = body.data,
        .body_length = body.length,
        .deadline_us = clock_monotonic_us() + CALL_MS * INT64_C(1000),
        .idempotent = true, /* receivers tell by the event's id */
    };
    if (aws_call(sns->aws, &request, arena, &response) != AWS_OK) {
        log_failure(response.error.code, response.error.message, batch->count);
        return false;
    }
    read_entries(arena, &response, batch->count, published + batch->first);
    return true;
}

/* As many messages from `first` on as one batch takes. */
static struct batch next_batch(const struct text *messages, size_t first, size_t count)
{
    struct batch batch = {.first = first, .messages = messages};
    size_t bytes = 0;
    while (first + batch.count < count && batch.count < NOTIFY_SNS_BATCH_MAX) {
        bytes += messages[first + batch.count].length + ATTRIBUTES_MAX;
        if (batch.count > 0 && bytes > NOTIFY_SNS_BYTES_MAX) {
            break;
        }
        batch.count++;
    }
    return batch;
}

static void publish(const struct notify *notify, const struct notify_event *events, size_t count,
                    bool *published)
{
    const struct notify_sns *sns = (const struct notify_sns *)(const void *)notify;
    struct text messages[NOTIFY_BATCH_MAX];
    struct arena kept, arena;
    arena_init(&kept);
    arena_init(&arena);
    for (size_t i = 0; i < count; i++) {
        published[i] = false;
        messages[i] = arena_text(&kept, events[i].data_length + 256);
        notify_event_write(&messages[i], &events[i], NOTIFY_SNS_BYTES_MAX - ATTRIBUTES_MAX);
    }
    bool goes_on = true;
    for (size_t at = 0; goes_on && at < count;) {
        const struct batch batch = next_batch(messages, at, count);
        goes_on = send_batch(sns, &arena, events, &batch, published);
        at += batch.count;
        arena_reset(&arena);
    }
    arena_free(&arena);
    arena_free(&kept);
}

static void close_sns(const struct notify *notify)
{
    free((void *)notify);
}

static const struct notify_ops ops = {.name = "sns", .publish = publish, .close = close_sns};

const struct notify *notify_sns_open(struct aws *aws, const char *topic_arn)
{
    struct notify_sns *sns = calloc(1, sizeof *sns);
    if (sns == NULL) {
        abort();
    }
    const size_t length = strlen(topic_arn), suffix = strlen(FIFO_SUFFIX);
    *sns = (struct notify_sns){
        .notify = {.ops = &ops},
        .aws = aws,
        .topic_arn = topic_arn,
        .is_fifo = length > suffix && strcmp(topic_arn + length - suffix, FIFO_SUFFIX) == 0,
    };
    return &sns->notify;
}
