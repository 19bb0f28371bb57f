/* Sales as JSON: the steps that explain a quote. Lines are tested with the journal that they are part of. */
#include "core/sale_json.h"

#include "core/money.h"
#include "core/quantity.h"
#include "priced.h"

#include <jansson.h>

struct trace {
    struct json_writer json;
    const struct pricing_cart *cart;
    size_t number;
};

static void write_step(void *context, const struct pricing_step *step)
{
    struct trace *trace = context;
    sale_json_step(&trace->json, trace->cart, ++trace->number, step);
}

static const char *trace_of(struct pricing_line *line)
{
    static char buffer[8192];
    static struct text text;
    text = text_over(buffer, sizeof buffer);
    struct pricing_cart cart = priced_cart(line, 1);
    struct trace trace = {.json = json_writer(&text), .cart = &cart};
    struct pricing_fault fault;
    emit_begin_array(&trace.json);
    assert_int_equal(pricing_price(&cart, write_step, &trace, &fault), STATUS_OK);
    emit_end_array(&trace.json);
    assert_false(text.overflowed);
    return text_string(&text);
}

static void trace_explains_every_step_of_a_line(void **state)
{
    (void)state;
    const struct pricing_product product = {
        .price_minor = 2390,
        .unit = PRICING_WEIGHED,
        .tax_count = 2,
        .taxes = {{.rate = 2000000, .inclusive = true}, {.rate = 887500}},
        .tax_names = {{"t1", "MwSt 20 %"}, {"t2", "City"}},
    };
    struct pricing_line line = {
        .product = &product,
        .quantity = 12500,
        PRICED_DISCOUNTS({PRICING_DISCOUNT_PERCENT, 1250000}, {PRICING_DISCOUNT_AMOUNT, 1000}),
    };
    assert_string_equal(
        trace_of(&line),
        "[{\"exact\":\"298.75\",\"input\":\"2390\",\"line\":1,\"rounded\":299,\"rounding\":\"half_up\","
        "\"rule\":\"gross\",\"step\":1},"
        "{\"exact\":\"37.375\",\"input\":\"299\",\"line\":1,\"rounded\":37,\"rounding\":\"half_up\","
        "\"rule\":\"discount:12.5 %\",\"step\":2},"
        "{\"exact\":\"1000\",\"input\":\"262\",\"line\":1,\"rounded\":262,\"rounding\":\"limited\","
        "\"rule\":\"discount:1000\",\"step\":3},"
        "{\"exact\":\"0\",\"input\":\"0\",\"line\":1,\"rounded\":0,\"rounding\":\"none\","
        "\"rule\":\"tax:MwSt 20 %\",\"step\":4},"
        "{\"exact\":\"0\",\"input\":\"0\",\"line\":1,\"rounded\":0,\"rounding\":\"none\","
        "\"rule\":\"tax:City 8.875 %\",\"step\":5},"
        "{\"exact\":\"0\",\"input\":\"299\",\"line\":null,\"rounded\":0,\"rounding\":\"none\","
        "\"rule\":\"total\",\"step\":6}]");
}

static void trace_marks_results_that_have_more_decimals(void **state)
{
    (void)state;
    const struct pricing_product product = {
        .price_minor = 424,
        .tax_count = 1,
        .taxes = {{.rate = 2000000, .inclusive = true}},
        .tax_names = {{"t", "VAT"}},
    };
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
    assert_non_null(strstr(trace_of(&line),
                           "{\"exact\":\"70.666666…\",\"input\":\"424\",\"line\":1,\"rounded\":71,"
                           "\"rounding\":\"half_up\",\"rule\":\"tax:VAT 20 %\",\"step\":2}"));
}

static void trace_of_the_largest_amounts_is_whole(void **state)
{
    (void)state;
    const struct pricing_product product = {
        .price_minor = MONEY_MAX,
        .tax_count = 2,
        .taxes = {{.rate = 1, .inclusive = true}, {.rate = 1, .inclusive = true}},
        .tax_names = {{"t", "A"}, {"t", "B"}},
    };
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE};
    json_t *steps = json_loads(trace_of(&line), 0, NULL);
    assert_non_null(steps);
    assert_int_equal(json_array_size(steps), 4);
    assert_string_equal(json_string_value(json_object_get(json_array_get(steps, 0), "exact")),
                        "9000000000000");
    assert_string_equal(json_string_value(json_object_get(json_array_get(steps, 1), "rounding")),
                        "largest_remainder");
    json_decref(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace_explains_every_step_of_a_line),
        cmocka_unit_test(trace_marks_results_that_have_more_decimals),
        cmocka_unit_test(trace_of_the_largest_amounts_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
