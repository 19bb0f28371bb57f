#include "notify/notify.h"

#include "base/clock.h"
#include "base/json_writer.h"

void notify_event_write(struct text *text, const struct notify_event *event)
{
    char id[ID_TEXT_SIZE], at[CLOCK_TEXT_SIZE];
    struct json_writer json = json_writer(text);
    emit_begin_object(&json);
    emit_member_string(&json, "id", id_format(&event->id, id));
    emit_member_string(&json, "type", event->type);
    emit_member_string(&json, "at", clock_format(event->at_ms, at));
    emit_name(&json, "data");
    emit_raw(&json, event->data, event->data_length);
    emit_end_object(&json);
}
