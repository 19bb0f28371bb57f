/* Log: one JSON object a line, whole or not at all. */
#include "base/clock.h"
#include "base/log.h"

#include "unit.h"

#include <jansson.h>
#include <unistd.h>

/* What `write` wrote to standard error. */
static size_t captured(void (*write_lines)(void), char *out, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    write_lines();
    dup2(saved, STDERR_FILENO); /* closes the last writing end */
    close(saved);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], out + length, size - 1 - length)) > 0;) {
        length += (size_t)got;
    }
    close(ends[0]);
    out[length] = '\0';
    return length;
}

static void write_one(void)
{
    struct log_line line = log_begin(LOG_WARNING, "disk_full");
    log_text(&line, "path", "/a \"b\"\n");
    log_text(&line, "nothing", NULL);
    log_int(&line, "bytes", -5);
    log_end(&line);
}

static void log_line_is_a_json_object(void **state)
{
    (void)state;
    char out[LOG_LINE_SIZE + 1];
    const size_t length = captured(write_one, out, sizeof out);
    assert_int_equal(out[length - 1], '\n');
    assert_int_equal(strcspn(out, "\n"), length - 1);
    json_t *json = json_loads(out, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(json, "event")), "disk_full");
    assert_string_equal(json_string_value(json_object_get(json, "path")), "/a \"b\"\n");
    assert_string_equal(json_string_value(json_object_get(json, "nothing")), "");
    assert_int_equal(json_integer_value(json_object_get(json, "bytes")), -5);
    assert_int_equal(strlen(json_string_value(json_object_get(json, "at"))), 24);
    json_decref(json);
}

static void write_long(void)
{
    char text[LOG_LINE_SIZE - 300];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    struct log_line line = log_begin(LOG_ERROR, "long");
    log_text(&line, "first", text);
    log_text(&line, "second", text);
    log_int(&line, "third", 3);
    log_end(&line);
}

static void log_line_too_long_loses_members_whole(void **state)
{
    (void)state;
    char out[2 * LOG_LINE_SIZE];
    assert_in_range(captured(write_long, out, sizeof out), 1, LOG_LINE_SIZE);
    json_t *json = json_loads(out, 0, NULL);
    assert_non_null(json);
    assert_non_null(json_object_get(json, "first"));
    assert_null(json_object_get(json, "second"));
    assert_int_equal(json_integer_value(json_object_get(json, "third")), 3);
    json_decref(json);
}

static void write_two_levels(void)
{
    struct log_line debug = log_begin(LOG_DEBUG, "debug");
    log_text(&debug, "a", "b");
    log_end(&debug);
    log_set_level(LOG_ERROR);
    struct log_line warning = log_begin(LOG_WARNING, "warning");
    log_end(&warning);
    struct log_line error = log_begin(LOG_ERROR, "error");
    log_end(&error);
    log_set_level(LOG_INFO);
}

static void log_lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    char out[2 * LOG_LINE_SIZE];
    captured(write_two_levels, out, sizeof out);
    assert_null(strstr(out, "\"event\":\"debug\""));
    assert_null(strstr(out, "\"event\":\"warning\""));
    assert_non_null(strstr(out, "\"event\":\"error\""));
}

struct kept {
    unsigned lines;
    int64_t at_ms;
    char line[LOG_LINE_SIZE];
};

static void keep(void *context, int64_t at_ms, const char *line, size_t length)
{
    struct kept *kept = context;
    kept->lines++;
    kept->at_ms = at_ms;
    memcpy(kept->line, line, length);
    kept->line[length] = '\0';
}

static void log_lines_are_given_to_the_sink(void **state)
{
    (void)state;
    struct kept kept = {0};
    const struct log_sink sink = {.take = keep, .context = &kept};
    char out[2 * LOG_LINE_SIZE], at[CLOCK_TEXT_SIZE];
    log_set_sink(&sink);
    captured(write_one, out, sizeof out);
    assert_int_equal(kept.lines, 1);
    assert_int_equal(strlen(kept.line), strlen(out) - 1); /* all but the line break */
    assert_memory_equal(kept.line, out, strlen(kept.line));
    assert_non_null(strstr(kept.line, clock_format(kept.at_ms, at)));
    captured(write_two_levels, out, sizeof out);
    assert_int_equal(kept.lines, 2); /* what is not written is not given either */
    log_set_sink(NULL);
    captured(write_one, out, sizeof out);
    assert_int_equal(kept.lines, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_line_is_a_json_object),
        cmocka_unit_test(log_line_too_long_loses_members_whole),
        cmocka_unit_test(log_lines_below_the_level_are_not_written),
        cmocka_unit_test(log_lines_are_given_to_the_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
