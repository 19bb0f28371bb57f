#include "app/actor.h"

struct actor actor_of(const struct call *call)
{
    const struct principal *principal = &call->principal;
    struct actor actor = {.kind = "system", .name = principal->name};
    if (principal->kind == PRINCIPAL_EMPLOYEE || principal->kind == PRINCIPAL_API_KEY) {
        actor.kind = principal->kind == PRINCIPAL_EMPLOYEE ? "employee" : "api_key";
        actor.id = &principal->id;
    }
    return actor;
}

void actor_emit(struct json_writer *json, const char *name, const struct call *call)
{
    const struct actor actor = actor_of(call);
    char id[ID_TEXT_SIZE];
    emit_name(json, name);
    emit_begin_object(json);
    emit_member_string(json, "kind", actor.kind);
    emit_member_string(json, "id", actor.id == NULL ? NULL : id_format(actor.id, id));
    emit_member_string(json, "name", actor.name);
    emit_end_object(json);
}
