#include "core/sale_json.h"

#include "core/decimal.h"
#include "core/quantity.h"

/* Of the longest decimal: 19 digits, sign, point, and an ellipsis. */
#define NUMBER_SIZE 32

static void member_quantity(struct json_writer *json, const char *name, int64_t quantity)
{
    char buffer[NUMBER_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    quantity_format(&text, quantity);
    emit_name(json, name);
    emit_string_n(json, text.data, text.length);
}

static void member_rate(struct json_writer *json, const char *name, int64_t rate)
{
    char buffer[NUMBER_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    rate_format(&text, rate);
    emit_name(json, name);
    emit_string_n(json, text.data, text.length);
}

void sale_json_actor(struct json_writer *json, const struct sale_actor *actor)
{
    emit_begin_object(json);
    emit_member_string(json, "id", actor->id);
    emit_member_string(json, "kind", actor->kind);
    emit_member_string(json, "name", actor->name);
    emit_end_object(json);
}

static void write_tax(struct json_writer *json, const struct pricing_line *line, unsigned index)
{
    const struct pricing_tax *tax = &line->product->taxes[index];
    emit_begin_object(json);
    emit_member_int(json, "amount", line->taxes[index].amount);
    emit_member_int(json, "base", line->taxes[index].base);
    emit_member_bool(json, "inclusive", tax->inclusive);
    emit_member_string(json, "name", line->product->tax_names[index].name);
    member_rate(json, "rate", tax->rate);
    emit_member_string(json, "tax_id", line->product->tax_names[index].id);
    emit_end_object(json);
}

static void write_line(struct json_writer *json, const struct sale_line *sale_line, size_t number)
{
    const struct pricing_line *line = sale_line->priced;
    emit_begin_object(json);
    emit_member_int(json, "discount", line->discount);
    emit_member_int(json, "gross", line->gross);
    emit_member_int(json, "line", (int64_t)number);
    emit_member_string(json, "name", sale_line->name);
    emit_member_string(json, "product_id", sale_line->product_id);
    member_quantity(json, "quantity", line->quantity);
    emit_member_string(json, "sku", sale_line->sku);
    emit_name(json, "taxes");
    emit_begin_array(json);
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        write_tax(json, line, i);
    }
    emit_end_array(json);
    emit_member_int(json, "total", line->total);
    emit_member_string(json, "unit", line->product->unit == PRICING_WEIGHED ? "weighed" : "each");
    emit_member_int(json, "unit_price", line->product->price_minor);
    emit_end_object(json);
}

void sale_json_lines(struct json_writer *json, const struct sale_line *lines, size_t count)
{
    emit_name(json, "lines");
    emit_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        write_line(json, &lines[i], i + 1);
    }
    emit_end_array(json);
}

static const char *rounding_name(enum pricing_rounding rounding)
{
    switch (rounding) {
    case PRICING_ROUNDING_NONE:
        return "none";
    case PRICING_ROUNDING_HALF_UP:
        return "half_up";
    case PRICING_ROUNDING_LARGEST_REMAINDER:
        return "largest_remainder";
    case PRICING_ROUNDING_LIMITED:
        return "limited";
    }
    __builtin_unreachable();
}

/* The text of a discount: "discount:10 %" or "discount:150", of minor units. */
static void emit_discount_rule(struct json_writer *json, const struct pricing_discount *discount)
{
    char buffer[NUMBER_SIZE + sizeof "discount: %"];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, "discount:");
    if (discount->kind == PRICING_DISCOUNT_PERCENT) {
        rate_format(&text, discount->value);
        text_add_string(&text, " %");
    } else {
        text_add_int(&text, discount->value);
    }
    emit_string_n(json, text.data, text.length);
}

static bool contains(const char *string, char character)
{
    while (*string != '\0' && *string != character) {
        string++;
    }
    return *string != '\0';
}

/* "tax:MwSt 20 %". Taxes are often named after their rate; then the name is enough. */
static void emit_tax_rule(struct json_writer *json, const struct pricing_product *product, unsigned index)
{
    char rate[NUMBER_SIZE], buffer[1024];
    struct text rate_text = text_over(rate, sizeof rate);
    rate_format(&rate_text, product->taxes[index].rate);
    struct text text = text_over(buffer, sizeof buffer);
    const char *name = product->tax_names[index].name;
    text_add_string(&text, "tax:");
    text_add_string(&text, name);
    if (!contains(name, '%')) {
        text_add_char(&text, ' ');
        text_add(&text, rate, rate_text.length);
        text_add_string(&text, " %");
    }
    emit_string_n(json, text.data, text.length);
}

static void emit_rule(struct json_writer *json, const struct sale_line *lines,
                      const struct pricing_step *step)
{
    switch (step->rule) {
    case PRICING_RULE_GROSS:
        emit_string(json, "gross");
        return;
    case PRICING_RULE_DISCOUNT:
        emit_discount_rule(json, &lines[step->line].priced->discounts[step->index]);
        return;
    case PRICING_RULE_TAX_INCLUSIVE:
    case PRICING_RULE_TAX_EXCLUSIVE:
        emit_tax_rule(json, lines[step->line].priced->product, step->index);
        return;
    case PRICING_RULE_TOTAL:
        emit_string(json, "total");
        return;
    }
    __builtin_unreachable();
}

void sale_json_step(struct json_writer *json, const struct sale_line *lines, size_t count, size_t number,
                    const struct pricing_step *step)
{
    char buffer[NUMBER_SIZE];
    emit_begin_object(json);
    struct text exact = text_over(buffer, sizeof buffer);
    decimal_format(&exact, step->exact_micro, 6);
    if (step->exact_is_cut) {
        text_add_string(&exact, "…");
    }
    emit_name(json, "exact");
    emit_string_n(json, exact.data, exact.length);
    struct text input = text_over(buffer, sizeof buffer);
    text_add_int(&input, step->input);
    emit_name(json, "input");
    emit_string_n(json, input.data, input.length);
    emit_name(json, "line");
    if (step->line < count) {
        emit_int(json, (int64_t)step->line + 1);
    } else {
        emit_null(json);
    }
    emit_member_int(json, "rounded", step->rounded);
    emit_member_string(json, "rounding", rounding_name(step->rounding));
    emit_name(json, "rule");
    emit_rule(json, lines, step);
    emit_member_int(json, "step", (int64_t)number);
    emit_end_object(json);
}
