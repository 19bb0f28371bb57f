#include "core/pricing/sale_json.h"

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

static void emit_percent_or_amount(struct json_writer *json, const struct pricing_discount *discount)
{
    char buffer[NUMBER_SIZE];
    struct text text = text_over(buffer, sizeof buffer);
    if (discount->kind == PRICING_DISCOUNT_PERCENT) {
        rate_format(&text, discount->value);
    } else {
        text_add_int(&text, discount->value);
    }
    emit_string_n(json, text.data, text.length);
}

static void member_string_if(struct json_writer *json, const char *name, const char *string)
{
    if (string != NULL) {
        emit_member_string(json, name, string);
    }
}

void sale_json_actor(struct json_writer *json, const struct sale_actor *actor)
{
    emit_begin_object(json);
    emit_member_string(json, "id", actor->id);
    emit_member_string(json, "kind", actor->kind);
    emit_member_string(json, "name", actor->name);
    emit_end_object(json);
}

static const char *share_source_name(enum pricing_share_source source)
{
    switch (source) {
    case PRICING_SHARE_LINE:
        return "line";
    case PRICING_SHARE_BASKET:
        return "basket";
    case PRICING_SHARE_PROMOTION:
        return "promotion";
    }
    __builtin_unreachable();
}

static void write_discount(struct json_writer *json, const struct sale_discount *discount)
{
    emit_begin_object(json);
    if (discount->allowed_by != NULL) {
        emit_name(json, "allowed_by");
        sale_json_actor(json, discount->allowed_by);
    }
    emit_member_int(json, "amount", discount->amount);
    member_string_if(json, "name", discount->name);
    member_string_if(json, "promotion_id", discount->promotion_id);
    member_string_if(json, "reason", discount->reason);
    emit_member_string(json, "source", share_source_name(discount->source));
    emit_member_string(json, "type", discount->given.kind == PRICING_DISCOUNT_PERCENT ? "percent" : "amount");
    emit_name(json, "value");
    emit_percent_or_amount(json, &discount->given);
    emit_end_object(json);
}

static void write_discounts(struct json_writer *json, const struct sale_line *line)
{
    if (line->discount_count == 0) {
        return;
    }
    emit_name(json, "discounts");
    emit_begin_array(json);
    for (size_t i = 0; i < line->discount_count; i++) {
        write_discount(json, &line->discounts[i]);
    }
    emit_end_array(json);
}

static void write_tax(struct json_writer *json, const struct pricing_line *line, unsigned index)
{
    const struct pricing_tax *tax = &line->product->taxes[index];
    emit_begin_object(json);
    emit_member_int(json, "amount", line->taxes[index].amount);
    if (tax->kind == PRICING_TAX_FIXED) {
        emit_member_int(json, "amount_per_unit", tax->amount_per_unit);
    }
    emit_member_int(json, "base", line->taxes[index].base);
    if (tax->compound) {
        emit_member_bool(json, "compound", true);
    }
    emit_member_bool(json, "inclusive", tax->inclusive);
    emit_member_string(json, "name", line->product->tax_names[index].name);
    member_rate(json, "rate", tax->rate);
    emit_member_string(json, "tax_id", line->product->tax_names[index].id);
    emit_end_object(json);
}

/* An exempt line has no percentages: what they would have been is in tax_exemption. */
static void write_taxes(struct json_writer *json, const struct sale_line *sale_line)
{
    const struct pricing_line *line = sale_line->priced;
    emit_name(json, "taxes");
    emit_begin_array(json);
    for (unsigned i = 0; i < line->product->tax_count; i++) {
        if (sale_line->exemption_reason == NULL || line->product->taxes[i].kind == PRICING_TAX_FIXED) {
            write_tax(json, line, i);
        }
    }
    emit_end_array(json);
}

static void write_exemption(struct json_writer *json, const struct sale_line *line)
{
    if (line->exemption_reason != NULL) {
        emit_name(json, "tax_exemption");
        emit_begin_object(json);
        emit_member_int(json, "amount", line->priced->exempted);
        emit_member_string(json, "reason", line->exemption_reason);
        emit_end_object(json);
    }
}

static const char *price_source_name(enum pricing_price_source source)
{
    switch (source) {
    case PRICING_PRICE_CATALOGUE:
        return NULL;
    case PRICING_PRICE_LIST:
        return "price_list";
    case PRICING_PRICE_OVERRIDE:
        return "override";
    case PRICING_PRICE_OPEN:
        return "open";
    }
    __builtin_unreachable();
}

static void write_price_source(struct json_writer *json, const struct sale_line *line)
{
    if (line->price_allowed_by != NULL) {
        emit_name(json, "price_allowed_by");
        sale_json_actor(json, line->price_allowed_by);
    }
    member_string_if(json, "price_reason", line->price_reason);
    member_string_if(json, "price_source", price_source_name(line->priced->price_source));
}

static void write_line(struct json_writer *json, const struct sale_line *sale_line, size_t number)
{
    const struct pricing_line *line = sale_line->priced;
    emit_begin_object(json);
    emit_member_int(json, "discount", line->discount);
    write_discounts(json, sale_line);
    member_string_if(json, "gift_card_id", sale_line->gift_card_id);
    emit_member_int(json, "gross", line->gross);
    emit_member_int(json, "line", (int64_t)number);
    if (line->price_source != PRICING_PRICE_OPEN && line->unit_price != line->product->price_minor) {
        emit_member_int(json, "list_price", line->product->price_minor);
    }
    emit_member_string(json, "name", sale_line->name);
    member_string_if(json, "note", sale_line->note);
    if (sale_line->original_line > 0) {
        emit_member_int(json, "original_line", (int64_t)sale_line->original_line);
    }
    write_price_source(json, sale_line);
    emit_member_string(json, "product_id", sale_line->product_id);
    member_quantity(json, "quantity", line->quantity);
    if (sale_line->original_line > 0) {
        emit_member_bool(json, "restock", sale_line->restock);
    }
    emit_member_string(json, "sku", sale_line->sku);
    if (sale_line->tare > 0) {
        member_quantity(json, "tare", sale_line->tare);
    }
    write_exemption(json, sale_line);
    write_taxes(json, sale_line);
    emit_member_int(json, "total", line->total);
    emit_member_string(json, "unit", line->product->unit == PRICING_WEIGHED ? "weighed" : "each");
    emit_member_int(json, "unit_price", line->unit_price);
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

/* What a promotion is on a line: a percentage of it, or else what it took. */
static struct pricing_discount promotion_as_discount(const struct promotion *promotion, int64_t amount)
{
    const bool is_percent = promotion->kind == PROMOTION_PERCENT_OFF ||
                            (promotion->kind == PROMOTION_BASKET_THRESHOLD && promotion->value_is_percent);
    return (struct pricing_discount){
        .kind = is_percent ? PRICING_DISCOUNT_PERCENT : PRICING_DISCOUNT_AMOUNT,
        .value = is_percent ? promotion->value : amount,
    };
}

size_t sale_line_discounts(const struct pricing_cart *cart, const struct pricing_line *line,
                           struct sale_discount *out, size_t room)
{
    size_t count = 0;
    for (const struct pricing_share *share = pricing_first_share(cart, line); share != NULL;
         share = pricing_next_share(cart, share), count++) {
        if (count >= room) {
            continue;
        }
        out[count] = (struct sale_discount){.source = share->source, .amount = share->amount};
        if (share->source == PRICING_SHARE_PROMOTION) {
            const struct promotion *promotion = &cart->promotions[share->index];
            out[count].given = promotion_as_discount(promotion, share->amount);
            out[count].promotion_id = promotion->id;
            out[count].name = promotion->name;
        } else {
            out[count].given = share->source == PRICING_SHARE_LINE ? line->discounts[share->index]
                                                                   : cart->discounts[share->index];
        }
    }
    return count;
}

static const char *rounding_name(enum pricing_rounding rounding)
{
    switch (rounding) {
    case PRICING_ROUNDING_NONE:
        return "none";
    case PRICING_ROUNDING_HALF_UP:
        return "half_up";
    case PRICING_ROUNDING_HALF_EVEN:
        return "half_even";
    case PRICING_ROUNDING_LARGEST_REMAINDER:
        return "largest_remainder";
    case PRICING_ROUNDING_LIMITED:
        return "limited";
    }
    __builtin_unreachable();
}

/* The text of a discount: "discount:10 %" or "discount:150", of minor units. */
static void emit_discount_rule(struct json_writer *json, const char *name,
                               const struct pricing_discount *discount)
{
    char buffer[NUMBER_SIZE + sizeof "basket_discount: %"];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, name);
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
    char buffer[1024];
    struct text text = text_over(buffer, sizeof buffer);
    const struct pricing_tax *tax = &product->taxes[index];
    const char *name = product->tax_names[index].name;
    text_add_string(&text, "tax:");
    text_add_string(&text, name);
    if (tax->kind == PRICING_TAX_PERCENT && !contains(name, '%')) {
        text_add_char(&text, ' ');
        rate_format(&text, tax->rate);
        text_add_string(&text, " %");
    }
    emit_string_n(json, text.data, text.length);
}

static void emit_named_rule(struct json_writer *json, const char *rule, const char *name)
{
    char buffer[1024];
    struct text text = text_over(buffer, sizeof buffer);
    text_add_string(&text, rule);
    text_add_string(&text, name);
    emit_string_n(json, text.data, text.length);
}

static void emit_rule(struct json_writer *json, const struct pricing_cart *cart,
                      const struct pricing_step *step)
{
    switch (step->rule) {
    case PRICING_RULE_PRICE:
        emit_named_rule(json, "price:", price_source_name(cart->lines[step->line].price_source));
        return;
    case PRICING_RULE_GROSS:
        emit_string(json, "gross");
        return;
    case PRICING_RULE_PROMOTION:
        emit_named_rule(json, "promotion:", cart->promotions[step->index].name);
        return;
    case PRICING_RULE_DISCOUNT:
        emit_discount_rule(json, "discount:", &cart->lines[step->line].discounts[step->index]);
        return;
    case PRICING_RULE_BASKET_DISCOUNT:
        emit_discount_rule(json, "basket_discount:", &cart->discounts[step->index]);
        return;
    case PRICING_RULE_TAX_INCLUSIVE:
    case PRICING_RULE_TAX_EXCLUSIVE:
        emit_tax_rule(json, cart->lines[step->tax_line].product, step->index);
        return;
    case PRICING_RULE_EXEMPTION:
        emit_string(json, "tax_exemption");
        return;
    case PRICING_RULE_TOTAL:
        emit_string(json, "total");
        return;
    }
    __builtin_unreachable();
}

void sale_json_step(struct json_writer *json, const struct pricing_cart *cart, size_t number,
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
    if (step->line < cart->line_count) {
        emit_int(json, (int64_t)step->line + 1);
    } else {
        emit_null(json);
    }
    emit_member_int(json, "rounded", step->rounded);
    emit_member_string(json, "rounding", rounding_name(step->rounding));
    emit_name(json, "rule");
    emit_rule(json, cart, step);
    emit_member_int(json, "step", (int64_t)number);
    emit_end_object(json);
}
