#include "app/shifts/cash_count.h"

#include "core/money.h"

static bool is_repeated(const json_t *denominations, size_t number, int64_t value)
{
    for (size_t i = 0; i < number; i++) {
        if (json_integer_value(json_object_get(json_array_get(denominations, i), "value")) == value) {
            return true;
        }
    }
    return false;
}

/* At most 50 times 10^9 × 10^6: it fits. */
static int64_t sum(struct call *call, const json_t *denominations, const char *pointer)
{
    int64_t total = 0;
    size_t index;
    json_t *denomination;
    json_array_foreach(denominations, index, denomination)
    {
        const int64_t value = json_integer_value(json_object_get(denomination, "value"));
        total += value * json_integer_value(json_object_get(denomination, "count"));
        if (is_repeated(denominations, index, value)) {
            (void)detail_fault(&call->detail,
                               arena_printf(call->arena, "%s/denominations/%zu/value", pointer, index),
                               "repeated", "The value stands twice.");
        }
    }
    return total;
}

int64_t cash_count_read(struct call *call, const json_t *input, const char *pointer)
{
    const json_t *denominations = json_object_get(input, "denominations");
    const json_t *given = json_object_get(input, "total");
    const int64_t total = denominations == NULL ? json_integer_value(given)
                                                : sum(call, denominations, pointer);
    if (denominations != NULL && given != NULL && json_integer_value(given) != total) {
        (void)detail_fault(&call->detail, arena_printf(call->arena, "%s/total", pointer), "sum_differs",
                           "The coins and notes make %lld.", (long long)total);
    } else if (total > MONEY_MAX) {
        (void)detail_fault(&call->detail, pointer, "maximum", "This is more than any drawer holds.");
    }
    return total;
}

void cash_count_emit(struct json_writer *json, const char *name, const json_t *input, int64_t total)
{
    const json_t *denominations = json_object_get(input, "denominations");
    emit_name(json, name);
    emit_begin_object(json);
    emit_member_int(json, "total", total);
    if (denominations != NULL) {
        emit_name(json, "denominations");
        emit_begin_array(json);
        size_t index;
        json_t *denomination;
        json_array_foreach(denominations, index, denomination)
        {
            emit_begin_object(json);
            emit_member_int(json, "value", json_integer_value(json_object_get(denomination, "value")));
            emit_member_int(json, "count", json_integer_value(json_object_get(denomination, "count")));
            emit_end_object(json);
        }
        emit_end_array(json);
    }
    emit_end_object(json);
}
