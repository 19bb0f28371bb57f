/*
 * Log: one JSON object a line on standard error, written with one write(2).
 *
 *     struct log_line line = log_begin(LOG_WARNING, "disk_full");
 *     log_text(&line, "path", path);
 *     log_end(&line);
 *
 * Never a secret, never personal data. A line longer than LOG_LINE_SIZE loses its last members.
 */
#ifndef MYPOS_BASE_LOG_H
#define MYPOS_BASE_LOG_H

#include "base/json_writer.h"

#define LOG_LINE_SIZE 2048

enum log_level {
    LOG_DEBUG,
    LOG_INFO,
    LOG_WARNING,
    LOG_ERROR,
};

struct log_line {
    bool wanted;
    int64_t at_ms;
    size_t length;
    char bytes[LOG_LINE_SIZE];
};

/* Lines below this level are not written; LOG_INFO at start. */
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);

/* Who else is given every line that is written, with its time and without its line break. It must not wait,
 * and not log. */
struct log_sink {
    void (*take)(void *context, int64_t at_ms, const char *line, size_t length);
    void *context;
};

/* One at most, borrowed until it is replaced; NULL for none. What is replaced may be in use by a thread that
 * is logging just now: who gives one up ends its threads first. */
void log_set_sink(const struct log_sink *sink);

/* A line: {"at":"…","level":"warning","event":"…", members …}. */
struct log_line log_begin(enum log_level level, const char *event);
void log_text(struct log_line *line, const char *name, const char *text);
void log_int(struct log_line *line, const char *name, int64_t number);
void log_json(struct log_line *line, const char *name, const char *json_value, size_t length);
void log_end(struct log_line *line);

#endif
