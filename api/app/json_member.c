#include "app/json_member.h"

const char *member_string(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

int64_t member_int(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

bool member_id(const json_t *object, const char *name, struct id *id)
{
    const char *text = member_string(object, name);
    return text != NULL && id_parse(text, id);
}
