#include "http/card_guard.h"

#include "core/card_number.h"

#include <math.h>
#include <string.h>

#define INTEGERS_OF_A_DOUBLE 1e18 /* beyond, no digits are exact */
#define WORDS                "This looks like the number of a card. MyPOS never takes one: give its last four digits."

struct guard {
    struct detail *detail;
    struct text pointer; /* of the value at hand */
};

static void refuse(struct guard *guard)
{
    const char *pointer = arena_copy_n(guard->detail->arena, guard->pointer.data, guard->pointer.length);
    (void)detail_fault(guard->detail, pointer, "card_number_refused", WORDS);
}

static void check_text(struct guard *guard, const char *text, size_t length)
{
    if (card_number_in(text, length)) {
        refuse(guard);
    }
}

static void check_integer(struct guard *guard, int64_t number)
{
    char digits[24];
    struct text text = text_over(digits, sizeof digits);
    text_add_int(&text, number);
    check_text(guard, text.data, text.length);
}

/* RFC 6901, section 3. */
static void add_token(struct text *pointer, const char *name)
{
    text_add_char(pointer, '/');
    for (; *name != '\0'; name++) {
        if (*name == '~' || *name == '/') {
            text_add_string(pointer, *name == '~' ? "~0" : "~1");
        } else {
            text_add_char(pointer, *name);
        }
    }
}

static void check_value(struct guard *guard, const json_t *value);

static void check_members(struct guard *guard, const json_t *object)
{
    const size_t length = guard->pointer.length;
    const char *name;
    json_t *member;
    bool named = false;
    json_object_foreach((json_t *)object, name, member)
    {
        if (card_number_in(name, strlen(name))) {
            named = true;
            continue;
        }
        add_token(&guard->pointer, name);
        check_value(guard, member);
        guard->pointer.length = length;
    }
    if (named) {
        refuse(guard);
    }
}

static void check_elements(struct guard *guard, const json_t *array)
{
    const size_t length = guard->pointer.length;
    size_t index;
    json_t *element;
    json_array_foreach(array, index, element)
    {
        text_add_char(&guard->pointer, '/');
        text_add_int(&guard->pointer, (int64_t)index);
        check_value(guard, element);
        guard->pointer.length = length;
    }
}

/* As deep as a body may be nested (http/json_body.h). */
static void check_value(struct guard *guard, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        check_members(guard, value);
        return;
    case JSON_ARRAY:
        check_elements(guard, value);
        return;
    case JSON_STRING:
        check_text(guard, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        check_integer(guard, json_integer_value(value));
        return;
    case JSON_REAL:
        if (fabs(json_real_value(value)) < INTEGERS_OF_A_DOUBLE) {
            check_integer(guard, (int64_t)json_real_value(value));
        }
        return;
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        return;
    }
}

enum status card_guard_check(const json_t *body, struct detail *detail)
{
    struct guard guard = {.detail = detail, .pointer = arena_text(detail->arena, 128)};
    check_value(&guard, body);
    return detail->faults == 0 ? STATUS_OK : STATUS_VALIDATION_FAILED;
}
