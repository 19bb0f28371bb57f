#include "notify/log/notify_log.h"

#include "base/clock.h"
#include "base/log.h"

#include <jansson.h>

/* Members of any event's data that tell which thing it is about, and are about no person. */
static const char *const shown[] = {"id",         "receipt_number", "number",   "store_id", "register_id",
                                    "product_id", "level",          "currency", "total",    "original_id"};

static void add_data(struct log_line *line, const struct notify_event *event)
{
    json_t *data = json_loadb(event->data, event->data_length, 0, NULL);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const json_t *member = json_object_get(data, shown[i]);
        char value[128];
        const size_t length = member == NULL ? 0 : json_dumpb(member, value, sizeof value, JSON_ENCODE_ANY);
        if (length > 0 && length <= sizeof value && !json_is_object(member) && !json_is_array(member)) {
            char name[32];
            struct text text = text_over(name, sizeof name);
            text_add_string(&text, "data.");
            text_add_string(&text, shown[i]);
            log_json(line, text_string(&text), value, length);
        }
    }
    json_decref(data);
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
