#include "notify/log/notify_log.h"

#include "base/clock.h"
#include "base/log.h"
#include "core/journal.h"

#include <string.h>

#define VALUE_MAX 128

/* Members of any event's data that tell which thing it is about, and are about no person. */
static const char *const shown[] = {"id",         "receipt_number", "number",   "store_id", "register_id",
                                    "product_id", "level",          "currency", "total",    "original_id"};

static void add_member(struct log_line *line, struct journal_span name, struct journal_span value)
{
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (strlen(shown[i]) == name.length && memcmp(shown[i], name.at, name.length) == 0 &&
            value.length <= VALUE_MAX && *value.at != '{' && *value.at != '[') {
            char member[32];
            struct text text = text_over(member, sizeof member);
            text_add_string(&text, "data.");
            text_add_string(&text, shown[i]);
            log_json(line, text_string(&text), value.at, value.length);
        }
    }
}

/* Without a tree of the data: that costs as much as a tenth of a sale. */
static void add_data(struct log_line *line, const struct notify_event *event)
{
    struct journal_members members = journal_members(event->data, event->data_length);
    struct journal_span name, value;
    while (journal_next_member(&members, &name, &value)) {
        add_member(line, name, value);
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
