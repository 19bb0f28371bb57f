#include "base/log.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define CLOSING_SIZE 3 /* "}\n" and a NUL */

static enum log_level lowest = LOG_INFO;
static const struct log_sink *_Atomic also;

void log_set_level(enum log_level level)
{
    lowest = level;
}

void log_set_sink(const struct log_sink *sink)
{
    atomic_store(&also, sink);
}

bool log_wants(enum log_level level)
{
    return level >= lowest;
}

/* A member, of which the value follows. */
static struct json_writer begin_member(struct log_line *line, struct text *out, const char *name)
{
    *out = text_over(line->bytes + line->length, sizeof line->bytes - line->length - CLOSING_SIZE);
    struct json_writer json = json_writer(out);
    text_add_char(out, line->length == 0 ? '{' : ',');
    emit_name(&json, name);
    return json;
}

/* Members are added whole or not at all, so that every line is valid JSON. */
static void end_member(struct log_line *line, const struct text *out)
{
    if (!out->overflowed) {
        line->length += out->length;
    }
}

struct log_line log_begin(enum log_level level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    struct log_line line;
    line.wanted = log_wants(level);
    line.length = 0;
    if (line.wanted) {
        char now[CLOCK_TEXT_SIZE];
        line.at_ms = clock_now_ms();
        log_text(&line, "at", clock_format(line.at_ms, now));
        log_text(&line, "level", names[level]);
        log_text(&line, "event", event);
    }
    return line;
}

void log_text(struct log_line *line, const char *name, const char *text)
{
    if (line->wanted) {
        struct text out;
        struct json_writer json = begin_member(line, &out, name);
        emit_string(&json, text == NULL ? "" : text);
        end_member(line, &out);
    }
}

void log_int(struct log_line *line, const char *name, int64_t number)
{
    if (line->wanted) {
        struct text out;
        struct json_writer json = begin_member(line, &out, name);
        emit_int(&json, number);
        end_member(line, &out);
    }
}

void log_json(struct log_line *line, const char *name, const char *json_value, size_t length)
{
    if (line->wanted) {
        struct text out;
        struct json_writer json = begin_member(line, &out, name);
        emit_raw(&json, json_value, length);
        end_member(line, &out);
    }
}

void log_end(struct log_line *line)
{
    if (!line->wanted) {
        return;
    }
    memcpy(line->bytes + line->length, "}\n", 2);
    const struct log_sink *sink = atomic_load_explicit(&also, memory_order_acquire);
    if (sink != NULL) {
        sink->take(sink->context, line->at_ms, line->bytes, line->length + 1);
    }
    /* A log that cannot be written must not stop a sale. */
    if (write(STDERR_FILENO, line->bytes, line->length + 2) < 0) {
        return;
    }
}
