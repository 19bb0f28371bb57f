#include "notify/notify.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "core/journal.h"

#include <string.h>

/* Where the API has what events of a type are about, by the beginning of the type. */
static const struct {
    const char *type, *path;
} places[] = {
    {"transaction.", "/api/v1/transactions/"},
    {"shift.", "/api/v1/shifts/"},
    {"product.", "/api/v1/products/"},
    {"category.", "/api/v1/categories/"},
    {"store.", "/api/v1/stores/"},
    {"price_list.", "/api/v1/price-lists/"},
    {"promotion.", "/api/v1/promotions/"},
};

static struct journal_span find_id(const struct notify_event *event)
{
    struct journal_members members = journal_members(event->data, event->data_length);
    struct journal_span name, value;
    while (journal_next_member(&members, &name, &value)) {
        if (name.length == 2 && memcmp(name.at, "id", 2) == 0 && value.length == ID_TEXT_SIZE + 1) {
            return value;
        }
    }
    return (struct journal_span){0};
}

static const char *path_of(const char *type)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strncmp(type, places[i].type, strlen(places[i].type)) == 0) {
            return places[i].path;
        }
    }
    return NULL;
}

static void emit_notice(struct json_writer *json, const struct notify_event *event)
{
    const struct journal_span quoted = find_id(event);
    const char *path = path_of(event->type);
    emit_name(json, "data");
    emit_begin_object(json);
    if (quoted.at != NULL) {
        emit_name(json, "id");
        emit_raw(json, quoted.at, quoted.length);
    }
    emit_end_object(json);
    if (quoted.at != NULL && path != NULL) {
        char buffer[128];
        struct text place = text_over(buffer, sizeof buffer);
        text_add_string(&place, path);
        text_add(&place, quoted.at + 1, quoted.length - 2);
        emit_member_string(json, "data_at", text_string(&place));
    } else {
        emit_member_null(json, "data_at");
    }
}

void notify_event_write(struct text *text, const struct notify_event *event, size_t max)
{
    enum {
        ENVELOPE = 256
    }; /* is more than what stands around the data */
    char id[ID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];
    struct json_writer json = json_writer(text);
    emit_begin_object(&json);
    emit_member_string(&json, "id", id_format(&event->id, id));
    emit_member_string(&json, "type", event->type);
    emit_member_string(&json, "at", clock_format(event->at_ms, at));
    if (event->data_length + ENVELOPE > max) {
        emit_notice(&json, event);
    } else {
        emit_name(&json, "data");
        emit_raw(&json, event->data, event->data_length);
    }
    emit_end_object(&json);
}
