#include "notify/log/notify_log.h"

#include "base/clock.h"
#include "base/log.h"

#include <string.h>

#define VALUE_MAX 128

/* Members of any event's data that tell which thing it is about, and are about no person. */
static const char *const shown[] = {"id",         "receipt_number", "number",   "store_id", "register_id",
                                    "product_id", "level",          "currency", "total",    "original_id"};

/* The end of the JSON value that begins here. The ledger's own text is well-formed and has no blanks, so
 * strings and brackets are all there is to know; parsing it into a tree costs as much as a tenth of a sale.
 */
static const char *value_end(const char *at, const char *end)
{
    int depth = 0;
    bool in_string = false;
    for (; at < end; at++) {
        if (in_string) {
            at += *at == '\\' ? 1 : 0;
            in_string = *at != '"';
        } else if (*at == '"') {
            in_string = true;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']' || *at == ',') {
            if (depth == 0) {
                break;
            }
            depth -= *at != ',';
        }
    }
    return at < end ? at : end;
}

static void add_member(struct log_line *line, const char *name, size_t name_length, const char *value,
                       size_t length)
{
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (strlen(shown[i]) == name_length && memcmp(shown[i], name, name_length) == 0 && length > 0 &&
            length <= VALUE_MAX && *value != '{' && *value != '[') {
            char member[32];
            struct text text = text_over(member, sizeof member);
            text_add_string(&text, "data.");
            text_add_string(&text, shown[i]);
            log_json(line, text_string(&text), value, length);
        }
    }
}

/* {"name":value,"name":value …} */
static void add_data(struct log_line *line, const struct notify_event *event)
{
    const char *at = event->data, *end = at + event->data_length;
    while (at < end && *at != '}' && at + 1 < end && at[1] == '"') {
        const char *name = at + 2;
        const char *quote = memchr(name, '"', (size_t)(end - name));
        if (quote == NULL || quote + 2 >= end) {
            return;
        }
        const char *value = quote + 2;
        at = value_end(value, end);
        add_member(line, name, (size_t)(quote - name), value, (size_t)(at - value));
    }
}

static void publish(const struct notify *notify, const struct notify_event *events, size_t count,
                    bool *published)
{
    (void)notify;
    for (size_t i = 0; i < count; i++) {
        char id[ID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];
        struct log_line line = log_begin(LOG_INFO, "notification");
        if (line.wanted) {
            log_text(&line, "id", id_format(&events[i].id, id));
            log_text(&line, "type", events[i].type);
            log_text(&line, "happened_at", clock_format(events[i].at_ms, at));
            add_data(&line, &events[i]);
        }
        log_end(&line);
        published[i] = true;
    }
}

static void close_log(const struct notify *notify)
{
    (void)notify;
}

static const struct notify_ops ops = {.name = "log", .publish = publish, .close = close_log};

const struct notify notify_log = {.ops = &ops};
