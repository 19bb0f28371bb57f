/* Sales as JSON: lines with all that they may have, and the steps that explain a quote. */
#include "core/pricing/sale_json.h"

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

static const char *lines_of(const struct sale_line *lines, size_t count)
{
    static char buffer[8192];
    static struct text text;
    text = text_over(buffer, sizeof buffer);
    struct json_writer json = json_writer(&text);
    emit_begin_object(&json);
    sale_json_lines(&json, lines, count);
    emit_end_object(&json);
    assert_false(text.overflowed);
    return text_string(&text);
}

/* What canonical JSON needs: each object's names ascend. */
static void assert_sorted(const json_t *value)
{
    const char *name, *before = "";
    json_t *member;
    size_t index;
    json_object_foreach((json_t *)value, name, member)
    {
        assert_true(strcmp(before, name) < 0);
        before = name;
        assert_sorted(member);
    }
    json_array_foreach(value, index, member)
    {
        assert_sorted(member);
    }
}

static void lines_have_what_applies_in_canonical_order(void **state)
{
    (void)state;
    const struct pricing_product product = {
        .price_minor = 2490,
        .unit = PRICING_WEIGHED,
        .tax_count = 2,
        .taxes = {{.kind = PRICING_TAX_FIXED, .amount_per_unit = 25, .inclusive = true},
                  {.rate = 2000000, .inclusive = true, .compound = true}},
        .tax_names = {{"t1", "Deposit"}, {"t2", "VAT"}},
    };
    const struct promotion promotion = {.id = "p1", .name = "Cheese week", .value = 1000000};
    const struct promotion_facts facts = {0};
    struct pricing_line line = {
        .product = &product,
        .quantity = QUANTITY_ONE,
        .price_source = PRICING_PRICE_OVERRIDE,
        .unit_price = 2000,
        PRICED_DISCOUNTS(PRICED_AMOUNT(100)),
    };
    struct pricing_cart cart = priced_cart(&line, 1);
    cart.discounts = &(struct pricing_discount)PRICED_PERCENT(50);
    cart.discount_count = cart.promotion_count = 1;
    cart.promotions = &promotion;
    cart.facts = &facts;
    priced(&cart);
    const struct sale_actor ada = {"employee", "e1", "Ada"};
    struct sale_discount discounts[3];
    assert_int_equal(sale_line_discounts(&cart, &line, discounts, 3), 3);
    assert_int_equal(sale_line_discounts(&cart, &line, discounts, 2), 3); /* however little room there is */
    discounts[1].reason = "Dented";
    discounts[1].allowed_by = &ada;
    const struct sale_line sold = {
        .product_id = "c1",
        .sku = "CH",
        .name = "Cheese",
        .priced = &line,
        .discounts = discounts,
        .discount_count = 3,
        .price_reason = "Matched",
        .price_allowed_by = &ada,
        .tare = 1250,
        .note = "Thin",
        .gift_card_id = "g1",
        .original_line = 2,
        .restock = true,
    };
    const char *json = lines_of(&sold, 1);
    assert_string_equal(
        json,
        "{\"lines\":[{\"discount\":1150,\"discounts\":["
        "{\"amount\":200,\"name\":\"Cheese week\",\"promotion_id\":\"p1\",\"source\":\"promotion\","
        "\"type\":\"percent\",\"value\":\"10\"},"
        "{\"allowed_by\":{\"id\":\"e1\",\"kind\":\"employee\",\"name\":\"Ada\"},\"amount\":100,"
        "\"reason\":\"Dented\",\"source\":\"line\",\"type\":\"amount\",\"value\":\"100\"},"
        "{\"amount\":850,\"source\":\"basket\",\"type\":\"percent\",\"value\":\"50\"}],"
        "\"gift_card_id\":\"g1\",\"gross\":2000,\"line\":1,\"list_price\":2490,\"name\":\"Cheese\","
        "\"note\":\"Thin\",\"original_line\":2,"
        "\"price_allowed_by\":{\"id\":\"e1\",\"kind\":\"employee\",\"name\":\"Ada\"},"
        "\"price_reason\":\"Matched\",\"price_source\":\"override\",\"product_id\":\"c1\","
        "\"quantity\":\"1\",\"restock\":true,\"sku\":\"CH\",\"tare\":\"0.0125\",\"taxes\":["
        "{\"amount\":25,\"amount_per_unit\":25,\"base\":683,\"inclusive\":true,\"name\":\"Deposit\","
        "\"rate\":\"0\",\"tax_id\":\"t1\"},"
        "{\"amount\":142,\"base\":708,\"compound\":true,\"inclusive\":true,\"name\":\"VAT\","
        "\"rate\":\"20\",\"tax_id\":\"t2\"}],\"total\":850,\"unit\":\"weighed\",\"unit_price\":2000}]}");
    json_t *value = json_loads(json, 0, NULL);
    assert_sorted(value);
    json_decref(value);
}

static void exempt_lines_have_no_percentages(void **state)
{
    (void)state;
    const struct pricing_product product = {
        .price_minor = 12000,
        .tax_count = 2,
        .taxes = {{.rate = 2000000, .inclusive = true}, {.kind = PRICING_TAX_FIXED, .amount_per_unit = 25}},
        .tax_names = {{"t1", "VAT"}, {"t2", "Deposit"}},
    };
    struct pricing_line line = {.product = &product, .quantity = QUANTITY_ONE, .exempt = true};
    struct pricing_cart cart = priced_cart(&line, 1);
    priced(&cart);
    const struct sale_line sold = {
        .product_id = "c", .sku = "s", .name = "n", .priced = &line, .exemption_reason = "Embassy"};
    const char *json = lines_of(&sold, 1);
    assert_non_null(strstr(json, "\"tax_exemption\":{\"amount\":2000,\"reason\":\"Embassy\"},"
                                 "\"taxes\":[{\"amount\":25,\"amount_per_unit\":25,\"base\":10000,"));
    assert_null(strstr(json, "\"VAT\""));
}

/* The rules' names, in the order of the steps. */
static void note_rule(void *context, const struct pricing_step *step)
{
    struct trace *trace = context;
    char buffer[512];
    struct text text = text_over(buffer, sizeof buffer);
    struct json_writer json = json_writer(&text);
    sale_json_step(&json, trace->cart, ++trace->number, step);
    json_t *value = json_loadb(text.data, text.length, 0, NULL);
    assert_non_null(value);
    assert_sorted(value);
    text_add_string(trace->json.text, json_string_value(json_object_get(value, "rule")));
    text_add_string(trace->json.text, json_is_null(json_object_get(value, "line")) ? " of all\n" : "\n");
    json_decref(value);
}

static void trace_names_every_rule(void **state)
{
    (void)state;
    const struct pricing_product product = {
        .price_minor = 1000,
        .tax_count = 2,
        .taxes = {{.rate = 2000000, .inclusive = true, .key = 1}, {.rate = 500000, .key = 2}},
        .tax_names = {{"t1", "VAT"}, {"t2", "City"}},
    };
    const struct promotion promotions[] = {
        {.id = "p1", .name = "Two for one", .kind = PROMOTION_N_FOR_PRICE, .quantity = 2, .price = 1000},
        {.id = "p2", .name = "Big", .kind = PROMOTION_BASKET_THRESHOLD, .threshold = 1, .value = 10},
    };
    const struct promotion_facts facts = {0};
    struct pricing_line lines[] = {
        {.product = &product,
         .quantity = QUANTITY_ONE,
         .price_source = PRICING_PRICE_LIST,
         .unit_price = 900,
         .exempt = true},
        {.product = &product, .quantity = QUANTITY_ONE, PRICED_DISCOUNTS(PRICED_PERCENT(10))},
    };
    static char rules[2048];
    struct text text = text_over(rules, sizeof rules);
    struct pricing_cart cart = priced_cart(lines, 2);
    cart.options.tax_rounding = PRICING_TAX_PER_RECEIPT;
    cart.promotions = promotions;
    cart.promotion_count = 2;
    cart.facts = &facts;
    cart.discounts = &(struct pricing_discount)PRICED_AMOUNT(5);
    cart.discount_count = 1;
    struct trace trace = {.json = json_writer(&text), .cart = &cart};
    struct pricing_fault fault;
    assert_int_equal(pricing_price(&cart, note_rule, &trace, &fault), STATUS_OK);
    assert_string_equal(text_string(&text), "price:price_list\ngross\ngross\n"
                                            "promotion:Two for one of all\npromotion:Two for one\n"
                                            "promotion:Two for one\ndiscount:10 %\n"
                                            "promotion:Big of all\npromotion:Big\npromotion:Big\n"
                                            "basket_discount:5 of all\nbasket_discount:5\nbasket_discount:5\n"
                                            "tax:VAT 20 % of all\ntax:VAT 20 %\ntax:VAT 20 % of all\n"
                                            "tax:VAT 20 %\ntax_exemption\n"
                                            "tax:City 5 % of all\ntax:City 5 %\ntotal of all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trace_explains_every_step_of_a_line),
        cmocka_unit_test(trace_marks_results_that_have_more_decimals),
        cmocka_unit_test(trace_of_the_largest_amounts_is_whole),
        cmocka_unit_test(lines_have_what_applies_in_canonical_order),
        cmocka_unit_test(exempt_lines_have_no_percentages),
        cmocka_unit_test(trace_names_every_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
