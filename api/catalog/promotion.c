#include "catalog/promotion.h"

#include "catalog/price_list.h"
#include "core/decimal.h"
#include "core/money.h"
#include "core/rate.h"

#include <string.h>

static const struct entity_field fields[PROMOTION_FIELD_COUNT] = {
    [PROMOTION_NAME] = {.name = "name", .kind = ENTITY_STRING},
    [PROMOTION_KIND] = {.name = "kind", .kind = ENTITY_STRING},
    [PROMOTION_PRODUCT_IDS] = {.name = "product_ids",
                               .kind = ENTITY_IDS,
                               ENTITY_OTHERWISE("[]"),
                               .references = &entity_product},
    [PROMOTION_CATEGORY_IDS] = {.name = "category_ids",
                                .kind = ENTITY_IDS,
                                ENTITY_OTHERWISE("[]"),
                                .references = &entity_category},
    [PROMOTION_VALUE_TYPE] = {.name = "value_type", .kind = ENTITY_STRING, .nullable = true},
    [PROMOTION_VALUE] = {.name = "value", .kind = ENTITY_STRING, .nullable = true},
    [PROMOTION_BUY] = {.name = "buy", .kind = ENTITY_INT, .nullable = true},
    [PROMOTION_GET] = {.name = "get", .kind = ENTITY_INT, .nullable = true},
    [PROMOTION_QUANTITY] = {.name = "quantity", .kind = ENTITY_INT, .nullable = true},
    [PROMOTION_PRICE] = {.name = "price", .kind = ENTITY_INT, .nullable = true},
    [PROMOTION_THRESHOLD] = {.name = "threshold", .kind = ENTITY_INT, .nullable = true},
    [PROMOTION_COUPON] = {.name = "coupon", .kind = ENTITY_STRING, .nullable = true},
    [PROMOTION_VALID_FROM] = {.name = "valid_from", .kind = ENTITY_TIME, .nullable = true},
    [PROMOTION_VALID_UNTIL] = {.name = "valid_until", .kind = ENTITY_TIME, .nullable = true},
    [PROMOTION_DAYS] = {.name = "days", .kind = ENTITY_STRINGS, ENTITY_OTHERWISE("[]")},
    [PROMOTION_HOURS] = {.name = "hours", .kind = ENTITY_OBJECT, .nullable = true},
    [PROMOTION_CUSTOMER_GROUP_IDS] = {.name = "customer_group_ids",
                                      .kind = ENTITY_IDS,
                                      ENTITY_OTHERWISE("[]"),
                                      .references = &entity_customer_group},
    [PROMOTION_STORE_IDS] = {.name = "store_ids",
                             .kind = ENTITY_IDS,
                             ENTITY_OTHERWISE("[]"),
                             .references = &entity_store},
    [PROMOTION_PRIORITY] = {.name = "priority", .kind = ENTITY_INT, .has_default = true},
    [PROMOTION_STACKING] = {.name = "stacking", .kind = ENTITY_STRING, ENTITY_OTHERWISE("exclusive")},
};

static const char COUNT_LIVE[] = "SELECT count(*) FROM promotions WHERE archived = 0";

/* --- the members that a kind has ---------------------------------------------------------------- */

enum {
    ABSENT,
    NEEDED,
    OPTIONAL
};

static const struct {
    const char *name;
    unsigned char members[PROMOTION_FIELD_COUNT]; /* those that are not of every kind */
} kinds[] = {
    [PROMOTION_PERCENT_OFF] = {"percent_off", {[PROMOTION_VALUE] = NEEDED}},
    [PROMOTION_AMOUNT_OFF] = {"amount_off", {[PROMOTION_VALUE] = NEEDED}},
    [PROMOTION_BUY_X_GET_Y] =
        {"buy_x_get_y", {[PROMOTION_BUY] = NEEDED, [PROMOTION_GET] = NEEDED, [PROMOTION_VALUE] = OPTIONAL}},
    [PROMOTION_N_FOR_PRICE] = {"n_for_price", {[PROMOTION_QUANTITY] = NEEDED, [PROMOTION_PRICE] = NEEDED}},
    [PROMOTION_BASKET_THRESHOLD] =
        {"basket_threshold",
         {[PROMOTION_THRESHOLD] = NEEDED, [PROMOTION_VALUE_TYPE] = NEEDED, [PROMOTION_VALUE] = NEEDED}},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static bool value_is(const struct entity_value *value, const char *text)
{
    return !value->is_null && value->length == strlen(text) && memcmp(value->bytes, text, value->length) == 0;
}

static enum promotion_kind kind_of(const struct entity_row *row)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (value_is(&row->values[PROMOTION_KIND], kinds[i].name)) {
            return (enum promotion_kind)i;
        }
    }
    return PROMOTION_PERCENT_OFF; /* the contract's enum and the table's CHECK know no other */
}

static void check_members(struct entity_act *act, const struct entity_row *row, enum promotion_kind kind)
{
    static const enum promotion_field some[] = {PROMOTION_VALUE_TYPE, PROMOTION_VALUE,    PROMOTION_BUY,
                                                PROMOTION_GET,        PROMOTION_QUANTITY, PROMOTION_PRICE,
                                                PROMOTION_THRESHOLD};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        const bool is_null = row->values[some[i]].is_null;
        const char *name = fields[some[i]].name;
        if (is_null && kinds[kind].members[some[i]] == NEEDED) {
            (void)detail_fault(act->detail, entity_pointer(act, &entity_promotion, some[i]), "required",
                               "A promotion of kind %s needs %s.", kinds[kind].name, name);
        } else if (!is_null && kinds[kind].members[some[i]] == ABSENT) {
            (void)detail_fault(act->detail, entity_pointer(act, &entity_promotion, some[i]), "not_of_kind",
                               "A promotion of kind %s has no %s.", kinds[kind].name, name);
        }
    }
}

/* --- values ------------------------------------------------------------------------------------- */

static bool is_percent(const struct entity_row *row, enum promotion_kind kind)
{
    return kind == PROMOTION_PERCENT_OFF || kind == PROMOTION_BUY_X_GET_Y ||
           (kind == PROMOTION_BASKET_THRESHOLD && !value_is(&row->values[PROMOTION_VALUE_TYPE], "amount"));
}

static bool read_value(const struct entity_row *row, enum promotion_kind kind, int64_t *value)
{
    const struct entity_value *text = &row->values[PROMOTION_VALUE];
    return is_percent(row, kind) ? rate_parse(text->bytes, text->length, value)
                                 : decimal_parse(text->bytes, text->length, 0, MONEY_MAX, value);
}

/* Into its shortest form. */
static void check_value(struct entity_act *act, const struct entity_row *row, enum promotion_kind kind)
{
    int64_t value = 0;
    if (!row->values[PROMOTION_VALUE].is_null && (!read_value(row, kind, &value) || value <= 0)) {
        (void)detail_fault(act->detail, "/value", "value_out_of_range",
                           is_percent(row, kind)
                               ? "This must be a percentage above 0, at most 100, with at most five decimals."
                               : "This must be a whole number of minor units above 0.");
    }
}

static void make_value_canonical(struct entity_act *act, struct entity_row *row)
{
    const enum promotion_kind kind = kind_of(row);
    struct entity_value *text = &row->values[PROMOTION_VALUE];
    int64_t value = 0;
    if (text->is_null || !read_value(row, kind, &value)) {
        return;
    }
    struct text canonical = arena_text(act->arena, 32);
    if (is_percent(row, kind)) {
        rate_format(&canonical, value);
    } else {
        decimal_format(&canonical, value, 0);
    }
    *text = (struct entity_value){.bytes = canonical.data, .length = canonical.length};
}

static void check_units(struct entity_act *act, const struct entity_row *row, enum promotion_field field)
{
    const struct entity_value *value = &row->values[field];
    if (!value->is_null && (value->number < 1 || value->number > PROMOTION_UNITS_MAX)) {
        (void)detail_fault(act->detail, entity_pointer(act, &entity_promotion, field),
                           value->number < 1 ? "minimum" : "maximum", "%s must be between 1 and %d.",
                           fields[field].name, PROMOTION_UNITS_MAX);
    }
}

/* "17:30", and "24:00" for the end of a day. */
static bool read_minute(const json_t *hours, const char *name, unsigned *minute)
{
    const char *text = json_string_value(json_object_get(hours, name));
    if (text == NULL || strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789:") != 5) {
        return false;
    }
    const unsigned hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    const unsigned rest = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
    *minute = hour * 60 + rest;
    return rest < 60 && *minute <= PROMOTION_DAY_MINUTES;
}

static void read_hours(const struct entity_value *value, bool *has_from, unsigned *from, bool *has_until,
                       unsigned *until)
{
    json_t *hours = json_loadb(value->bytes, value->length, 0, NULL);
    *has_from = read_minute(hours, "from", from) && *from < PROMOTION_DAY_MINUTES;
    *has_until = read_minute(hours, "until", until);
    json_decref(hours);
}

static void check_hours(struct entity_act *act, const struct entity_value *value)
{
    static const char words[] = "This must be a time of day such as 17:00.";
    unsigned from = 0, until = 0;
    bool has_from, has_until;
    if (value->is_null) {
        return;
    }
    read_hours(value, &has_from, &from, &has_until, &until);
    if (!has_from) {
        (void)detail_fault(act->detail, "/hours/from", "time_of_day", "%s", words);
    }
    if (!has_until) {
        (void)detail_fault(act->detail, "/hours/until", "time_of_day", "%s", words);
    }
    if (has_from && has_until && from == until) {
        (void)detail_fault(act->detail, "/hours/until", "hours_empty",
                           "The hours end when they begin; leave them out for the whole day.");
    }
}

/* Coupons are typed and read aloud: capitals. */
static void make_coupon_canonical(struct entity_act *act, struct entity_value *coupon)
{
    if (coupon->is_null) {
        return;
    }
    char *text = arena_copy_n(act->arena, coupon->bytes, coupon->length);
    for (size_t i = 0; i < coupon->length; i++) {
        if (text[i] >= 'a' && text[i] <= 'z') {
            text[i] = (char)(text[i] - 'a' + 'A');
        }
    }
    coupon->bytes = text;
}

static void make_canonical(struct entity_act *act, struct entity_row *row)
{
    make_value_canonical(act, row);
    make_coupon_canonical(act, &row->values[PROMOTION_COUPON]);
}

static enum status check(struct entity_act *act, const struct entity_row *before, struct entity_row *row)
{
    const enum promotion_kind kind = kind_of(row);
    check_members(act, row, kind);
    check_value(act, row, kind);
    check_units(act, row, PROMOTION_BUY);
    check_units(act, row, PROMOTION_GET);
    check_units(act, row, PROMOTION_QUANTITY);
    check_hours(act, &row->values[PROMOTION_HOURS]);
    price_list_check_times(act, &row->values[PROMOTION_VALID_FROM], &row->values[PROMOTION_VALID_UNTIL]);
    return entity_check_count(act, before, row, COUNT_LIVE, PROMOTIONS_MAX);
}

const struct entity entity_promotion = {
    .name = "promotion",
    .not_found = STATUS_PROMOTION_NOT_FOUND,
    .fields = fields,
    .field_count = PROMOTION_FIELD_COUNT,
    .sql = ENTITY_SQL("promotions", PROMOTION_COLUMNS,
                      "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "
                      "?23, ?24, ?25",
                      "id"),
    .canonical = make_canonical,
    .check = check,
};

/* --- for sales ---------------------------------------------------------------------------------- */

static uint8_t days_of(const struct entity_value *days)
{
    static const char names[7][4] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    unsigned set = 0;
    for (unsigned i = 0; i < 7; i++) {
        if (memmem(days->bytes, days->length, names[i], 3) != NULL) {
            set |= 1u << i;
        }
    }
    return (uint8_t)set;
}

static int64_t time_of(const struct entity_value *value)
{
    return value->is_null ? 0 : value->number;
}

void promotion_read(const struct entity_row *row, struct arena *arena, struct promotion *out)
{
    const struct entity_value *values = row->values;
    const struct entity_value *name = &values[PROMOTION_NAME], *coupon = &values[PROMOTION_COUPON];
    const enum promotion_kind kind = kind_of(row);
    *out = (struct promotion){
        .id = id_format(&row->id, arena_alloc(arena, ID_TEXT_SIZE)),
        .name = arena_copy_n(arena, name->bytes, name->length),
        .kind = kind,
        .exclusive = value_is(&values[PROMOTION_STACKING], "exclusive"),
        .value_is_percent = is_percent(row, kind),
        .value = kind == PROMOTION_BUY_X_GET_Y ? RATE_ONE : 0,
        .buy = (int32_t)values[PROMOTION_BUY].number,
        .get = (int32_t)values[PROMOTION_GET].number,
        .quantity = (int32_t)values[PROMOTION_QUANTITY].number,
        .price = values[PROMOTION_PRICE].number,
        .threshold = values[PROMOTION_THRESHOLD].number,
        .coupon = coupon->is_null ? NULL : arena_copy_n(arena, coupon->bytes, coupon->length),
        .valid_from_ms = time_of(&values[PROMOTION_VALID_FROM]),
        .valid_until_ms = time_of(&values[PROMOTION_VALID_UNTIL]),
        .days = days_of(&values[PROMOTION_DAYS]),
    };
    if (!values[PROMOTION_VALUE].is_null) {
        (void)read_value(row, kind, &out->value); /* it was checked */
    }
    if (!values[PROMOTION_HOURS].is_null) {
        bool has_from, has_until;
        unsigned from = 0, until = 0;
        read_hours(&values[PROMOTION_HOURS], &has_from, &from, &has_until, &until);
        out->from_minute = (int16_t)from;
        out->until_minute = (int16_t)until;
    }
}
