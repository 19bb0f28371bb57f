#include "core/wasm/till.h"

#include "core/tender.h"

#define SHARES_MAX (PRICING_LINES_MAX * (2 * PRICING_DISCOUNTS_MAX + PROMOTION_LINE_MAX))

static struct till {
    bool is_full;
    bool is_priced;
    struct pricing_cart cart;
    struct pricing_fault fault;

    uint32_t product_count;
    struct pricing_product products[PRICING_LINES_MAX];
    const char *ids[PRICING_LINES_MAX], *skus[PRICING_LINES_MAX], *names[PRICING_LINES_MAX];

    struct pricing_line lines[PRICING_LINES_MAX];
    struct pricing_discount line_discounts[PRICING_LINES_MAX][PRICING_DISCOUNTS_MAX];
    const char *line_reasons[PRICING_LINES_MAX][PRICING_DISCOUNTS_MAX];
    struct sale_line sale_lines[PRICING_LINES_MAX];

    struct pricing_discount discounts[PRICING_DISCOUNTS_MAX];
    const char *reasons[PRICING_DISCOUNTS_MAX];
    const char *exemption;

    struct promotion promotions[PROMOTIONS_MAX];
    struct promotion_facts facts;
    const char *coupons[PRICING_DISCOUNTS_MAX];
    size_t key_count;
    int64_t keys[TILL_KEYS_MAX];

    struct pricing_tax_amount tax_amounts[PRICING_LINES_MAX * PRICING_TAXES_MAX];
    struct pricing_share shares[SHARES_MAX];
    struct sale_discount sale_discounts[SHARES_MAX];

    size_t text_length;
    char text[TILL_TEXT_SIZE];
    char output[TILL_OUTPUT_SIZE];
} till;

/* Whether there is room for one more of something; else the cart is spoilt. */
static bool has_room(size_t count, size_t max)
{
    till.is_full = till.is_full || count >= max;
    return !till.is_full;
}

void till_begin(int tax_per_receipt, int half_even)
{
    till.is_full = till.is_priced = false;
    till.product_count = 0;
    till.exemption = NULL;
    till.facts = (struct promotion_facts){.coupons = till.coupons};
    till.key_count = 0;
    till.text_length = 0;
    till.cart = (struct pricing_cart){
        .options = {.tax_rounding = tax_per_receipt ? PRICING_TAX_PER_RECEIPT : PRICING_TAX_PER_LINE,
                    .rounding_mode = half_even ? ROUNDING_HALF_EVEN : ROUNDING_HALF_UP},
        .lines = till.lines,
        .discounts = till.discounts,
        .promotions = till.promotions,
        .facts = &till.facts,
        .tax_amounts = till.tax_amounts,
        .shares = till.shares,
    };
}

char *till_text(uint32_t length)
{
    if (!has_room(till.text_length + length, TILL_TEXT_SIZE)) {
        return NULL;
    }
    char *text = till.text + till.text_length;
    text[length] = '\0';
    till.text_length += (size_t)length + 1;
    return text;
}

/* --- products --- */

void till_product(int64_t key, int64_t category_key, int64_t price, int weighed, const char *id,
                  const char *sku, const char *name)
{
    if (!has_room(till.product_count, PRICING_LINES_MAX)) {
        return;
    }
    const uint32_t number = till.product_count++;
    till.products[number].key = key;
    till.products[number].category_key = category_key;
    till.products[number].price_minor = price;
    till.products[number].unit = weighed ? PRICING_WEIGHED : PRICING_EACH;
    till.products[number].tax_count = 0;
    till.ids[number] = id;
    till.skus[number] = sku;
    till.names[number] = name;
}

void till_tax(uint32_t key, int64_t rate, int64_t amount_per_unit, int is_fixed, int inclusive, int compound,
              const char *id, const char *name)
{
    if (!has_room(till.product_count == 0, 1)) {
        return;
    }
    struct pricing_product *product = &till.products[till.product_count - 1];
    if (has_room(product->tax_count, PRICING_TAXES_MAX)) {
        product->taxes[product->tax_count] = (struct pricing_tax){
            .rate = rate,
            .amount_per_unit = amount_per_unit,
            .key = key,
            .kind = is_fixed ? PRICING_TAX_FIXED : PRICING_TAX_PERCENT,
            .inclusive = inclusive != 0,
            .compound = compound != 0,
        };
        product->tax_names[product->tax_count++] = (struct pricing_tax_name){.id = id, .name = name};
    }
}

/* --- promotions --- */

static struct promotion *last_promotion(void)
{
    return has_room(till.cart.promotion_count == 0, 1) ? &till.promotions[till.cart.promotion_count - 1]
                                                       : NULL;
}

void till_promotion(int kind, int exclusive, int value_is_percent, int64_t value, const char *id,
                    const char *name, const char *coupon)
{
    if (has_room(till.cart.promotion_count, PROMOTIONS_MAX)) {
        till.promotions[till.cart.promotion_count++] = (struct promotion){
            .id = id,
            .name = name,
            .kind = (enum promotion_kind)kind,
            .exclusive = exclusive != 0,
            .value_is_percent = value_is_percent != 0,
            .value = value,
            .coupon = coupon,
        };
    }
}

void till_promotion_units(int32_t buy, int32_t get, int32_t quantity, int64_t price, int64_t threshold)
{
    struct promotion *promotion = last_promotion();
    if (promotion != NULL) {
        promotion->buy = buy;
        promotion->get = get;
        promotion->quantity = quantity;
        promotion->price = price;
        promotion->threshold = threshold;
    }
}

void till_promotion_times(int64_t from_ms, int64_t until_ms, uint32_t days, int from_minute, int until_minute)
{
    struct promotion *promotion = last_promotion();
    if (promotion != NULL) {
        promotion->valid_from_ms = from_ms;
        promotion->valid_until_ms = until_ms;
        promotion->days = (uint8_t)(days > UINT8_MAX ? UINT8_MAX : days); /* beyond: no days there are */
        promotion->from_minute = (int16_t)from_minute;
        promotion->until_minute = (int16_t)until_minute;
    }
}

static struct promotion_keys *keys_of(enum till_list list)
{
    if (list == TILL_CUSTOMER_GROUPS) {
        return &till.facts.customer_groups;
    }
    struct promotion *promotion = last_promotion();
    if (promotion == NULL) {
        return NULL;
    }
    switch (list) {
    case TILL_PRODUCTS:
        return &promotion->products;
    case TILL_CATEGORIES:
        return &promotion->categories;
    case TILL_GROUPS:
        return &promotion->customer_groups;
    case TILL_STORES:
        return &promotion->stores;
    case TILL_CUSTOMER_GROUPS:
        break;
    }
    return NULL;
}

void till_key(enum till_list list, int64_t key)
{
    struct promotion_keys *keys = keys_of(list);
    if (keys == NULL || !has_room(till.key_count, TILL_KEYS_MAX)) {
        return;
    }
    if (keys->count == 0) {
        keys->keys = &till.keys[till.key_count];
    } else if (keys->keys + keys->count != &till.keys[till.key_count]) {
        till.is_full = true; /* another list came in between */
        return;
    }
    /* In its place among those before: ascending. */
    size_t at = till.key_count++;
    for (; at > (size_t)(keys->keys - till.keys) && till.keys[at - 1] > key; at--) {
        till.keys[at] = till.keys[at - 1];
    }
    till.keys[at] = key;
    keys->count++;
}

void till_facts(int64_t at_ms, uint32_t weekday, uint32_t minute, int64_t store_key)
{
    till.facts.at_ms = at_ms;
    till.facts.weekday = weekday % 7;
    till.facts.minute = minute % PROMOTION_DAY_MINUTES;
    till.facts.store_key = store_key;
}

void till_coupon(const char *code)
{
    if (code != NULL && has_room(till.facts.coupon_count, PRICING_DISCOUNTS_MAX)) {
        till.coupons[till.facts.coupon_count++] = code;
    }
}

/* --- lines and basket --- */

void till_line(uint32_t product, int64_t quantity, int64_t tare, const char *note)
{
    if (!has_room(till.cart.line_count, PRICING_LINES_MAX) || !has_room(product, till.product_count)) {
        return;
    }
    const size_t number = till.cart.line_count++;
    till.lines[number] = (struct pricing_line){
        .product = &till.products[product], .quantity = quantity, .discounts = till.line_discounts[number]};
    till.sale_lines[number] = (struct sale_line){
        .product_id = till.ids[product],
        .sku = till.skus[product],
        .name = till.names[product],
        .priced = &till.lines[number],
        .tare = tare,
        .note = note,
    };
}

/* The last line's number; false when there is none. */
static bool last_line(size_t *number)
{
    *number = till.cart.line_count - 1;
    return has_room(till.cart.line_count == 0, 1);
}

void till_line_price(int source, int64_t unit_price, const char *reason)
{
    size_t number;
    if (last_line(&number)) {
        till.lines[number].price_source = (uint8_t)(source & 3);
        till.lines[number].unit_price = unit_price;
        till.sale_lines[number].price_reason = reason;
    }
}

static struct pricing_discount discount_of(int kind, int64_t value)
{
    return (struct pricing_discount){
        .kind = kind == PRICING_DISCOUNT_PERCENT ? PRICING_DISCOUNT_PERCENT : PRICING_DISCOUNT_AMOUNT,
        .value = value,
    };
}

void till_line_discount(int kind, int64_t value, const char *reason)
{
    size_t number;
    if (last_line(&number) && has_room(till.lines[number].discount_count, PRICING_DISCOUNTS_MAX)) {
        const unsigned at = till.lines[number].discount_count++;
        till.line_discounts[number][at] = discount_of(kind, value);
        till.line_reasons[number][at] = reason;
    }
}

void till_line_exempt(const char *reason)
{
    size_t number;
    if (last_line(&number)) {
        till.lines[number].exempt = true;
        till.sale_lines[number].exemption_reason = reason;
    }
}

void till_line_undiscounted(void)
{
    size_t number;
    if (last_line(&number)) {
        till.lines[number].undiscounted = true;
    }
}

void till_discount(int kind, int64_t value, const char *reason)
{
    if (has_room(till.cart.discount_count, PRICING_DISCOUNTS_MAX)) {
        till.discounts[till.cart.discount_count] = discount_of(kind, value);
        till.reasons[till.cart.discount_count++] = reason;
    }
}

void till_exempt(const char *reason)
{
    till.cart.exempt = true;
    till.exemption = reason;
}

/* --- the price --- */

/* What each line says of its discounts, and of an exemption of the basket. */
static void describe_lines(void)
{
    size_t at = 0;
    for (size_t i = 0; i < till.cart.line_count; i++) {
        struct sale_line *line = &till.sale_lines[i];
        struct sale_discount *discounts = &till.sale_discounts[at];
        line->discounts = discounts;
        line->discount_count = sale_line_discounts(&till.cart, &till.lines[i], discounts, SHARES_MAX - at);
        at += line->discount_count;
        const struct pricing_share *share = pricing_first_share(&till.cart, &till.lines[i]);
        for (; share != NULL; share = pricing_next_share(&till.cart, share), discounts++) {
            discounts->reason = share->source == PRICING_SHARE_LINE     ? till.line_reasons[i][share->index]
                                : share->source == PRICING_SHARE_BASKET ? till.reasons[share->index]
                                                                        : NULL;
        }
        if (line->exemption_reason == NULL) {
            line->exemption_reason = till.exemption;
        }
    }
}

int till_price(void)
{
    till.is_priced = false;
    if (till.is_full) {
        till.fault = (struct pricing_fault){.line = till.cart.line_count, .code = "too_many", .member = ""};
        return 0;
    }
    if (pricing_price(&till.cart, NULL, NULL, &till.fault) == STATUS_OK) {
        till.is_priced = true;
        describe_lines();
    }
    return till.is_priced;
}

int64_t till_total(void)
{
    return till.is_priced ? till.cart.totals.total : -1;
}

static void write_fault(struct json_writer *json)
{
    emit_begin_object(json);
    emit_member_string(json, "code", till.fault.code);
    emit_name(json, "line");
    if (till.fault.line < till.cart.line_count) {
        emit_int(json, (int64_t)till.fault.line + 1);
    } else {
        emit_null(json);
    }
    emit_member_string(json, "member", till.fault.member);
    emit_end_object(json);
}

uint32_t till_quote(const char *currency, int64_t cash_rounding, int trace)
{
    struct text text = text_over(till.output, sizeof till.output);
    struct json_writer json = json_writer(&text);
    if (till.is_priced) {
        quote_json(&json, &(struct quote){
                              .currency = currency,
                              .lines = till.sale_lines,
                              .cart = &till.cart,
                              .cash_total = tender_round_cash(till.cart.totals.total, cash_rounding),
                              .has_trace = trace != 0,
                          });
    } else {
        write_fault(&json);
    }
    return text.overflowed ? 0 : (uint32_t)text.length;
}

const char *till_output(void)
{
    return till.output;
}
