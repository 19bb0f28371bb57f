#include "catalog/entity_json.h"

#include "base/clock.h"
#include "core/image_name.h"
#include "core/quantity.h"
#include "core/rate.h"

#include <stdlib.h>
#include <string.h>

static void emit_id_value(struct json_writer *json, const char *bytes)
{
    struct id id;
    char text[ID_TEXT_SIZE];
    memcpy(id.bytes, bytes, sizeof id.bytes);
    emit_string_n(json, id_format(&id, text), ID_TEXT_SIZE - 1);
}

static const char *images_at = "/images";

void entity_show_images_at(const char *base)
{
    images_at = base;
}

/* A name is plain ASCII without quotes (the contract's pattern), and an address has none that need escapes.
 */
static void emit_address(struct json_writer *json, const char *base, const char *name, size_t length)
{
    char url[ENTITY_IMAGES_BASE_MAX + 256];
    struct text text = text_over(url, sizeof url);
    text_add_string(&text, base);
    text_add_char(&text, '/');
    text_add(&text, name, length);
    emit_string_n(json, url, text.length);
}

/* `image_url` is the address at this server, the same for ever; `image_urls` those for browsers. */
static void emit_image_urls(struct json_writer *json, const struct entity_value *value)
{
    if (value->is_null) {
        emit_member_null(json, "image_url");
        emit_member_null(json, "image_urls");
        return;
    }
    char small[IMAGE_NAME_SIZE];
    const bool is_made = image_name_is_made(value->bytes, value->length);
    if (is_made) {
        image_name_small(value->bytes, small);
    }
    emit_name(json, "image_url");
    emit_address(json, "/images", value->bytes, value->length);
    emit_name(json, "image_urls");
    emit_begin_object(json);
    emit_name(json, "large");
    emit_address(json, images_at, value->bytes, value->length);
    emit_name(json, "small");
    emit_address(json, images_at, is_made ? small : value->bytes, value->length);
    emit_end_object(json);
}

static void emit_value(struct json_writer *json, enum entity_kind kind, const struct entity_value *value)
{
    if (value->is_null) {
        emit_null(json);
        return;
    }
    char digits[32], time[CLOCK_TEXT_SIZE];
    struct text decimal = text_over(digits, sizeof digits);
    switch (kind) {
    case ENTITY_STRING:
    case ENTITY_IMAGE:
        emit_string_n(json, value->bytes, value->length);
        break;
    case ENTITY_INT:
        emit_int(json, value->number);
        break;
    case ENTITY_BOOL:
        emit_bool(json, value->number != 0);
        break;
    case ENTITY_RATE:
        rate_format(&decimal, value->number);
        emit_string_n(json, digits, decimal.length);
        break;
    case ENTITY_QUANTITY:
        quantity_format(&decimal, value->number);
        emit_string_n(json, digits, decimal.length);
        break;
    case ENTITY_TIME:
        emit_string_n(json, clock_format(value->number, time), CLOCK_TEXT_SIZE - 1);
        break;
    case ENTITY_ID:
        emit_id_value(json, value->bytes);
        break;
    case ENTITY_STRINGS:
    case ENTITY_IDS:
    case ENTITY_OBJECT:
        emit_raw(json, value->bytes, value->length);
        break;
    }
}

void entity_emit(const struct entity *entity, const struct entity_row *row, struct json_writer *json)
{
    char text[CLOCK_TEXT_SIZE];
    emit_begin_object(json);
    emit_name(json, "id");
    emit_id_value(json, (const char *)row->id.bytes);
    emit_member_int(json, "version", row->version);
    emit_member_bool(json, "archived", row->archived);
    emit_name(json, "created_at");
    emit_string_n(json, clock_format(row->created_at_ms, text), CLOCK_TEXT_SIZE - 1);
    emit_name(json, "updated_at");
    emit_string_n(json, clock_format(row->updated_at_ms, text), CLOCK_TEXT_SIZE - 1);
    for (unsigned i = 0; i < entity->field_count; i++) {
        const struct entity_field *field = &entity->fields[i];
        emit_name(json, field->name);
        emit_value(json, field->kind, &row->values[i]);
        if (field->kind == ENTITY_IMAGE) {
            emit_image_urls(json, &row->values[i]);
        }
    }
    emit_end_object(json);
}

static bool read_id(struct entity_act *act, const json_t *member, struct entity_value *value)
{
    struct id id;
    if (!json_is_string(member) || !id_parse(json_string_value(member), &id)) {
        return false;
    }
    value->bytes = arena_copy_n(act->arena, (const char *)id.bytes, sizeof id.bytes);
    value->length = sizeof id.bytes;
    return true;
}

static bool read_rate(const json_t *member, struct entity_value *value)
{
    return json_is_string(member) &&
           rate_parse(json_string_value(member), json_string_length(member), &value->number);
}

static bool read_quantity(const json_t *member, struct entity_value *value)
{
    return json_is_string(member) &&
           quantity_parse(json_string_value(member), json_string_length(member), &value->number);
}

static bool read_time(const json_t *member, struct entity_value *value)
{
    return json_is_string(member) && clock_parse(json_string_value(member), &value->number);
}

/* RFC 7396, within an object. */
static void merge(json_t *target, const json_t *patch)
{
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)patch, name, member)
    {
        if (json_is_null(member)) {
            (void)json_object_del(target, name);
        } else {
            json_object_set(target, name, member);
        }
    }
}

/* `value` holds what the row has: a patch changes the members that it names. Objects hold no others. */
static bool read_object(struct entity_act *act, const json_t *member, struct entity_value *value)
{
    if (!json_is_object(member)) {
        return false;
    }
    json_t *object = value->is_null || value->bytes == NULL
                         ? NULL
                         : json_loadb(value->bytes, value->length, 0, NULL);
    object = object == NULL ? json_object() : object;
    merge(object, member);
    char *dumped = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);
    if (dumped == NULL) {
        return false;
    }
    *value = entity_string(arena_copy(act->arena, dumped));
    free(dumped);
    return true;
}

/* An array as compact JSON, ids in their canonical form. */
static bool read_array(struct entity_act *act, enum entity_kind kind, const json_t *member,
                       struct entity_value *value)
{
    if (!json_is_array(member)) {
        return false;
    }
    struct text text = arena_text(act->arena, 256);
    struct json_writer json = json_writer(&text);
    emit_begin_array(&json);
    size_t index;
    json_t *element;
    json_array_foreach((json_t *)member, index, element)
    {
        struct id id;
        char canonical[ID_TEXT_SIZE];
        if (!json_is_string(element)) {
            return false;
        }
        if (kind == ENTITY_STRINGS) {
            emit_string_n(&json, json_string_value(element), json_string_length(element));
        } else if (id_parse(json_string_value(element), &id)) {
            emit_string(&json, id_format(&id, canonical));
        } else {
            return false;
        }
    }
    emit_end_array(&json);
    value->bytes = text.data;
    value->length = text.length;
    return true;
}

static bool read_value(struct entity_act *act, enum entity_kind kind, const json_t *member,
                       struct entity_value *value)
{
    switch (kind) {
    case ENTITY_STRING:
    case ENTITY_IMAGE:
        value->bytes = json_string_value(member); /* the body lives as long as the request */
        value->length = json_string_length(member);
        return json_is_string(member);
    case ENTITY_INT:
        value->number = json_integer_value(member);
        return json_is_integer(member);
    case ENTITY_BOOL:
        value->number = json_is_true(member);
        return json_is_boolean(member);
    case ENTITY_RATE:
        return read_rate(member, value);
    case ENTITY_QUANTITY:
        return read_quantity(member, value);
    case ENTITY_TIME:
        return read_time(member, value);
    case ENTITY_ID:
        return read_id(act, member, value);
    case ENTITY_STRINGS:
    case ENTITY_IDS:
        return read_array(act, kind, member, value);
    case ENTITY_OBJECT:
        return read_object(act, member, value);
    }
    return false;
}

/* The contract has seen to types; what it cannot say is a range. */
static void fault_value(const struct entity_field *field, const char *pointer, const json_t *member,
                        struct entity_act *act)
{
    if (field->kind == ENTITY_RATE && json_is_string(member)) {
        (void)detail_fault(act->detail, pointer, "maximum",
                           "%s must be a percentage from 0 to 100 with at most five decimals.", field->name);
    } else if (field->kind == ENTITY_QUANTITY && json_is_string(member)) {
        (void)detail_fault(act->detail, pointer, "maximum",
                           "%s must be a quantity up to %lld with at most five decimals.", field->name,
                           QUANTITY_MAX / QUANTITY_ONE);
    } else {
        (void)detail_fault(act->detail, pointer, "type", "%s is not of the right kind.", field->name);
    }
}

static void read_member(const struct entity *entity, struct entity_act *act, unsigned index,
                        const json_t *member, struct entity_row *row)
{
    const struct entity_field *field = &entity->fields[index];
    struct entity_value value = {0};
    if (field->kind == ENTITY_OBJECT) {
        value = row->values[index];
    }
    if (json_is_null(member)) {
        value = (struct entity_value){.is_null = true};
        if (!field->nullable) {
            (void)detail_fault(act->detail, entity_pointer(act, entity, index), "type", "%s cannot be null.",
                               field->name);
        }
    } else if (!read_value(act, field->kind, member, &value)) {
        fault_value(field, entity_pointer(act, entity, index), member, act);
    }
    row->values[index] = value;
}

void entity_json_patch(const struct entity *entity, struct entity_act *act, const json_t *body,
                       struct entity_row *row)
{
    for (unsigned i = 0; i < entity->field_count; i++) {
        const json_t *member = json_object_get(body, entity->fields[i].name);
        if (member != NULL) {
            read_member(entity, act, i, member, row);
        }
    }
    const json_t *archived = json_object_get(body, "archived");
    if (archived != NULL) {
        row->archived = json_is_true(archived);
    }
}

void entity_json_create(const struct entity *entity, struct entity_act *act, const json_t *body,
                        struct entity_row *row)
{
    for (unsigned i = 0; i < entity->field_count; i++) {
        const struct entity_field *field = &entity->fields[i];
        const json_t *member = json_object_get(body, field->name);
        if (member != NULL) {
            read_member(entity, act, i, member, row);
        } else if (field->has_default) {
            row->values[i] = field->otherwise;
        } else if (field->nullable) {
            row->values[i] = (struct entity_value){.is_null = true};
        } else {
            (void)detail_fault(act->detail, entity_pointer(act, entity, i), "required", "%s is missing.",
                               field->name);
        }
    }
}
