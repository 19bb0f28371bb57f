/* What services answer (aws/fault.h): bodies of either protocol, dates, checksums; and what the feed of
 * metrics reads (telemetry/cloudwatch/metric_feed.h). */
#include "fuzz.h"

#include "aws/fault.h"
#include "telemetry/cloudwatch/metric_feed.h"

#include <string.h>

static void read_fault(const char *text, size_t length)
{
    const struct aws_pair headers[] = {
        {"x-amzn-errortype", text}, {"x-amzn-requestid", text}, {"x-amz-crc32", text}, {"date", text}};
    const struct transport_answer answer = {
        .status = 400, .body = text, .body_length = length, .headers = headers, .header_count = 4};
    struct aws_error error;
    fault_read(&answer, &error);
    FUZZ_CHECK(memchr(error.code, '\0', sizeof error.code) != NULL && *error.code != '\0');
    FUZZ_CHECK(memchr(error.message, '\0', sizeof error.message) != NULL && *error.message != '\0');
    FUZZ_CHECK(memchr(error.request_id, '\0', sizeof error.request_id) != NULL);
    FUZZ_CHECK(fault_classify(400, error.code) != FAULT_NONE);
    (void)fault_crc_holds(&answer);
    int64_t at_ms;
    if (fault_parse_date(text, &at_ms)) {
        FUZZ_CHECK(at_ms > INT64_C(-400000000000000) && at_ms < INT64_C(400000000000000));
    }
}

static void read_metrics(const char *text, size_t length)
{
    static struct metric_data totals, difference;
    static struct metric_feed feed;
    metric_feed_read(text, length, &totals);
    FUZZ_CHECK(totals.count <= METRIC_FEED_MAX);
    metric_feed_difference(&feed, &totals, &difference);
    FUZZ_CHECK(difference.count <= totals.count);
    struct arena arena;
    arena_init(&arena);
    struct text out = arena_text(&arena, 256);
    metric_feed_write(&out, "MyPOS", 0, &difference);
    FUZZ_CHECK(memchr(out.data, ' ', out.length) == NULL && memchr(out.data, '\n', out.length) == NULL);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    const char *text = arena_copy_n(&arena, (const char *)bytes,
                                    size); /* with the NUL that the transport puts */
    read_fault(text, size);
    read_metrics(text, size);
    arena_free(&arena);
    return 0;
}
