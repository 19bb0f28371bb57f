/* Metrics: the text that Prometheus reads. */
#include "telemetry/metrics.h"

#include "base/arena.h"

#include "unit.h"

static void source(struct text *out, void *context)
{
    metrics_write_head(out, "queue_depth", "gauge", "Waiting.");
    metrics_write_sample(out, "queue_depth", "", *(const int *)context);
}

static void metrics_are_written_as_prometheus_reads_them(void **state)
{
    (void)state;
    static int depth = 7;
    struct arena arena;
    arena_init(&arena);
    struct metric_counter *first = metrics_counter("requests_total", "Requests.", "status=\"200\"");
    struct metric_counter *second = metrics_counter("requests_total", "Requests.", "status=\"404\"");
    assert_ptr_equal(metrics_counter("requests_total", "", "status=\"200\""), first);
    assert_ptr_not_equal(first, second);
    metric_count(first, 2);
    metric_count(second, 1);
    struct metric_histogram *histogram = metrics_histogram("seconds", "How long.", "");
    metric_observe(histogram, 90);
    metric_observe(histogram, 1000);
    metric_observe(histogram, 60000000);
    metric_move(metrics_gauge("open", "Open now.", ""), -3);
    metrics_add_source(source, &depth);

    struct text text = arena_text(&arena, 256);
    metrics_write(&text);
    const char *out = text_string(&text);
    assert_non_null(strstr(out, "# HELP requests_total Requests.\n# TYPE requests_total counter\n"
                                "requests_total{status=\"200\"} 2\nrequests_total{status=\"404\"} 1\n"));
    assert_non_null(strstr(out, "seconds_bucket{le=\"0.0001\"} 1\n"));
    assert_non_null(strstr(out, "seconds_bucket{le=\"0.001\"} 2\n"));
    assert_non_null(strstr(out, "seconds_bucket{le=\"30\"} 2\nseconds_bucket{le=\"+Inf\"} 3\n"
                                "seconds_sum 60.001090\nseconds_count 3\n"));
    assert_non_null(strstr(out, "open -3\n"));
    assert_non_null(strstr(out, "queue_depth 7\n"));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_written_as_prometheus_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
