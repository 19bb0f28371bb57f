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
