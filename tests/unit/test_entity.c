/* The engine of reference data (catalog/entity.h). */
#include "catalog/category.h"
#include "catalog/selling.h"
#include "catalog/tax.h"

#include "shop.h"

/* Creates from JSON; the id of what was made. */
static enum status create(struct shop *shop, const struct entity *entity, const char *json, struct id *id)
{
    struct entity_row row;
    bool existed;
    json_t *body = json_loads(json, 0, NULL);
    assert_non_null(body);
    const enum status status = entity_create(entity, shop_act(shop), body, &row, &existed);
    *id = row.id;
    json_decref(body);
    return status;
}

static enum status update_if(struct shop *shop, const struct entity *entity, const struct id *id,
                             const char *json, const struct entity_condition *condition)
{
    struct entity_row row;
    json_t *patch = json_loads(json, 0, NULL);
    assert_non_null(patch);
    const enum status status = entity_update(entity, shop_act(shop), id, patch, condition, &row);
    json_decref(patch);
    return status;
}

static enum status update(struct shop *shop, const struct entity *entity, const struct id *id,
                          const char *json)
{
    return update_if(shop, entity, id, json, NULL);
}

static const char *json_with(struct shop *shop, const char *format, const struct id *id)
{
    char text[ID_TEXT_SIZE];
    static char json[512];
    (void)shop;
    const char *at = strchr(format, '@');
    snprintf(json, sizeof json, "%.*s%s%s", (int)(at - format), format, id_format(id, text), at + 1);
    return json;
}

static const char *fault(const struct shop *shop)
{
    static char text[128];
    const struct fault *first = shop->detail.first;
    snprintf(text, sizeof text, "%s %s", first == NULL ? "" : first->pointer,
             first == NULL ? "" : first->code);
    return text;
}

static void a_change_is_logged_with_the_entity_as_it_reads(void **state)
{
    struct shop *shop = *state;
    struct id id;
    assert_int_equal(
        create(shop, &entity_tax, "{\"name\":\"VAT\",\"rate\":\"8.875\",\"inclusive\":false}", &id),
        STATUS_OK);
    int64_t version;
    struct text read = arena_text(&shop->arena, 256);
    assert_int_equal(entity_read(&entity_tax, shop->db, &id, &read, &version), STATUS_OK);
    assert_string_equal(text_string(&read),
                        shop_text(shop, "SELECT body FROM catalog_changes ORDER BY seq DESC LIMIT 1"));
    assert_non_null(strstr(text_string(&read), "\"name\":\"VAT\",\"rate\":\"8.875\",\"inclusive\":false"));
    assert_int_equal(update(shop, &entity_tax, &id, "{\"archived\":true}"), STATUS_OK);
    assert_string_equal(
        shop_text(shop, "SELECT op || version FROM catalog_changes ORDER BY seq DESC LIMIT 1"), "archive2");
    assert_int_equal(update(shop, &entity_tax, &id, "{\"archived\":false,\"name\":\"New\"}"), STATUS_OK);
    assert_string_equal(
        shop_text(shop, "SELECT op || version FROM catalog_changes ORDER BY seq DESC LIMIT 1"), "restore3");
    assert_int_equal(shop_number(shop, "SELECT max(seq) - count(*) FROM catalog_changes"), 0);
}

static void a_patch_changes_what_it_names_and_null_clears(void **state)
{
    struct shop *shop = *state;
    struct id id;
    assert_int_equal(
        create(shop, &entity_category, "{\"name\":\"Tea\",\"colour\":\"#112233\",\"position\":4}", &id),
        STATUS_OK);
    assert_int_equal(update(shop, &entity_category, &id, "{\"colour\":null}"), STATUS_OK);
    assert_string_equal(
        shop_text(shop, "SELECT name || position || (colour IS NULL) || version FROM categories"), "Tea412");
    assert_int_equal(update(shop, &entity_category, &id, "{\"name\":\"Tea\",\"position\":4}"), STATUS_OK);
    assert_int_equal(shop_number(shop, "SELECT version FROM categories"), 2); /* nothing changed */
    assert_int_equal(update(shop, &entity_category, &id, "{\"name\":null}"), STATUS_VALIDATION_FAILED);
    assert_string_equal(fault(shop), "/name type");
}

static void a_condition_that_does_not_hold_changes_nothing(void **state)
{
    struct shop *shop = *state;
    struct id id;
    const struct entity_condition second = {.given = true, .count = 1, .versions = {2}};
    const struct entity_condition first = {.given = true, .count = 2, .versions = {7, 1}};
    assert_int_equal(create(shop, &entity_category, "{\"name\":\"Tea\"}", &id), STATUS_OK);
    assert_int_equal(update_if(shop, &entity_category, &id, "{\"position\":1}", &second),
                     STATUS_VERSION_MISMATCH);
    assert_int_equal(update_if(shop, &entity_category, &id, "{\"position\":1}", &first), STATUS_OK);
    const struct id unknown = {{1}};
    assert_int_equal(update(shop, &entity_category, &unknown, "{}"), STATUS_CATEGORY_NOT_FOUND);
}

static void an_id_is_the_same_request_again_or_taken(void **state)
{
    struct shop *shop = *state;
    static const char json[] = "{\"id\":\"01a1f805-ec9a-7ef8-a039-9adb3f49c18b\",\"name\":\"A\"}";
    struct id id;
    assert_int_equal(create(shop, &entity_category, json, &id), STATUS_OK);
    const int64_t seq = shop->act.seq;
    assert_int_equal(create(shop, &entity_category, json, &id), STATUS_OK);
    assert_int_equal(shop->act.seq, 0);
    assert_int_equal(shop_number(shop, "SELECT max(seq) FROM catalog_changes"), seq);
    assert_int_equal(create(shop, &entity_category,
                            "{\"id\":\"01a1f805-ec9a-7ef8-a039-9adb3f49c18b\",\"name\":\"B\"}", &id),
                     STATUS_ID_TAKEN);
}

static void references_exist_and_are_not_archived(void **state)
{
    struct shop *shop = *state;
    struct id tax, product;
    const struct id unknown = {{1}};
    assert_int_equal(
        create(shop, &entity_product,
               json_with(shop, "{\"sku\":\"A\",\"name\":\"a\",\"price\":1,\"category_id\":\"@\"}", &unknown),
               &product),
        STATUS_VALIDATION_FAILED);
    assert_string_equal(fault(shop), "/category_id category_not_found");
    assert_int_equal(create(shop, &entity_tax, "{\"name\":\"T\",\"rate\":\"7\",\"inclusive\":true}", &tax),
                     STATUS_OK);
    const char *json = json_with(shop, "{\"sku\":\"A\",\"name\":\"a\",\"price\":1,\"tax_ids\":[\"@\"]}",
                                 &tax);
    assert_int_equal(create(shop, &entity_product, json, &product), STATUS_OK);
    assert_int_equal(update(shop, &entity_tax, &tax, "{\"archived\":true}"), STATUS_OK);
    /* What has the tax keeps it; what is new cannot have it. */
    assert_int_equal(update(shop, &entity_product, &product, "{\"price\":2}"), STATUS_OK);
    json = json_with(shop, "{\"sku\":\"B\",\"name\":\"b\",\"price\":1,\"tax_ids\":[\"@\"]}", &tax);
    assert_int_equal(create(shop, &entity_product, json, &product), STATUS_VALIDATION_FAILED);
    assert_string_equal(fault(shop), "/tax_ids/0 archived");
}

static void categories_have_no_cycle_and_names_unique_among_siblings(void **state)
{
    struct shop *shop = *state;
    struct id top, middle, low;
    assert_int_equal(create(shop, &entity_category, "{\"name\":\"Top\"}", &top), STATUS_OK);
    assert_int_equal(create(shop, &entity_category,
                            json_with(shop, "{\"name\":\"Middle\",\"parent_id\":\"@\"}", &top), &middle),
                     STATUS_OK);
    assert_int_equal(create(shop, &entity_category,
                            json_with(shop, "{\"name\":\"Low\",\"parent_id\":\"@\"}", &middle), &low),
                     STATUS_OK);
    assert_int_equal(update(shop, &entity_category, &top, json_with(shop, "{\"parent_id\":\"@\"}", &low)),
                     STATUS_VALIDATION_FAILED);
    assert_string_equal(fault(shop), "/parent_id cycle");
    assert_int_equal(update(shop, &entity_category, &top, json_with(shop, "{\"parent_id\":\"@\"}", &top)),
                     STATUS_VALIDATION_FAILED);
    assert_int_equal(create(shop, &entity_category,
                            json_with(shop, "{\"name\":\"LOW\",\"parent_id\":\"@\"}", &middle), &low),
                     STATUS_NAME_TAKEN);
    assert_int_equal(create(shop, &entity_category, "{\"name\":\"Low\"}", &low), STATUS_OK);
}

static void categories_are_found_and_made_by_their_path(void **state)
{
    struct shop *shop = *state;
    struct id first, again;
    assert_int_equal(category_find_or_create(shop_act(shop), "Drinks > Hot\\>Cold", &first), STATUS_OK);
    assert_int_equal(category_find_or_create(shop_act(shop), " drinks>Hot\\>Cold ", &again), STATUS_OK);
    assert_true(id_equal(&first, &again));
    struct text path = arena_text(&shop->arena, 64);
    assert_int_equal(category_path(shop->db, &shop->arena, &first, &path), STATUS_OK);
    assert_string_equal(text_string(&path), "Drinks > Hot\\>Cold");
    assert_null(category_path_fault("A > B"));
    assert_string_equal(category_path_fault("A >"), "category_path");
    assert_string_equal(category_path_fault("> A"), "category_path");
    assert_string_equal(category_path_fault("1>2>3>4>5>6>7>8>9"), "too_deep");
}

static void a_currency_stays_once_money_was_taken(void **state)
{
    struct shop *shop = *state;
    struct entity_row store, row;
    assert_int_equal(entity_find_first(&entity_store, shop->db, &shop->arena, &store), STATUS_OK);
    const struct id id = store.id;
    json_t *patch = json_loads("{\"currency\":\"USD\"}", 0, NULL);
    shop_act(shop)->store_has_sales = true;
    assert_int_equal(entity_update(&entity_store, &shop->act, &id, patch, NULL, &row),
                     STATUS_VALIDATION_FAILED);
    assert_string_equal(fault(shop), "/currency store_has_sales");
    assert_int_equal(entity_update(&entity_store, shop_act(shop), &id, patch, NULL, &row), STATUS_OK);
    json_decref(patch);
}

static void a_list_goes_on_where_its_cursor_says(void **state)
{
    struct shop *shop = *state;
    struct id id;
    char json[32];
    for (int i = 0; i < 7; i++) {
        snprintf(json, sizeof json, "{\"name\":\"C%d\"}", i);
        assert_int_equal(create(shop, &entity_category, json, &id), STATUS_OK);
    }
    char *cursor = NULL;
    unsigned seen = 0, pages = 0;
    do {
        const struct entity_page page = {.limit = 3, .cursor = cursor};
        shop_act(shop);
        struct text out = arena_text(&shop->arena, 1024);
        assert_int_equal(entity_list(&entity_category, shop->db, &page, &shop->detail, &out), STATUS_OK);
        json_t *answer = json_loadb(out.data, out.length, 0, NULL);
        seen += (unsigned)json_array_size(json_object_get(answer, "data"));
        pages++;
        const char *next = json_string_value(json_object_get(answer, "next_cursor"));
        free(cursor);
        cursor = next == NULL ? NULL : strdup(next);
        json_decref(answer);
    } while (cursor != NULL);
    assert_int_equal(seen, 7);
    assert_int_equal(pages, 3);
    struct text out = arena_text(&shop->arena, 1024);
    const struct entity_page page = {.limit = 3, .cursor = "AAAA"};
    assert_int_equal(entity_list(&entity_category, shop->db, &page, &shop->detail, &out),
                     STATUS_VALIDATION_FAILED);
}

static void a_sale_reads_a_product_with_its_taxes(void **state)
{
    struct shop *shop = *state;
    struct id first, second, product;
    char json[512], a[ID_TEXT_SIZE], b[ID_TEXT_SIZE];
    assert_int_equal(
        create(shop, &entity_tax, "{\"name\":\"VAT\",\"rate\":\"20\",\"inclusive\":true}", &first),
        STATUS_OK);
    assert_int_equal(
        create(shop, &entity_tax, "{\"name\":\"City\",\"rate\":\"1.5\",\"inclusive\":false}", &second),
        STATUS_OK);
    snprintf(json, sizeof json,
             "{\"sku\":\"A\",\"name\":\"a\",\"price\":250,\"unit\":\"weighed\",\"oversell\":\"deny\",\"tax_"
             "ids\":[\"%s\",\"%s\"]}",
             id_format(&second, a), id_format(&first, b));
    assert_int_equal(create(shop, &entity_product, json, &product), STATUS_OK);
    struct selling_product selling;
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &product, &selling), STATUS_OK);
    assert_int_equal(selling.pricing.price_minor, 250);
    assert_int_equal(selling.pricing.unit, PRICING_WEIGHED);
    assert_true(selling.deny_oversell);
    assert_int_equal(selling.pricing.tax_count, 2);
    assert_int_equal(selling.pricing.taxes[0].rate, 150000);
    assert_string_equal(selling.pricing.tax_names[1].name, "VAT");
    assert_true(selling.pricing.taxes[1].inclusive);
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &first, &selling),
                     STATUS_PRODUCT_NOT_FOUND);
}

static void taxes_come_in_the_order_of_their_positions(void **state)
{
    struct shop *shop = *state;
    struct id late, fixed, early, product;
    char json[512], a[ID_TEXT_SIZE], b[ID_TEXT_SIZE], c[ID_TEXT_SIZE];
    assert_int_equal(create(shop, &entity_tax,
                            "{\"name\":\"C\",\"rate\":\"5\",\"inclusive\":false,\"compound\":true,"
                            "\"position\":9}",
                            &late),
                     STATUS_OK);
    assert_int_equal(create(shop, &entity_tax,
                            "{\"name\":\"D\",\"kind\":\"fixed\",\"amount_per_unit\":25,\"inclusive\":false}",
                            &fixed),
                     STATUS_OK);
    assert_int_equal(create(shop, &entity_tax, "{\"name\":\"A\",\"rate\":\"20\",\"inclusive\":true}", &early),
                     STATUS_OK);
    snprintf(json, sizeof json,
             "{\"sku\":\"A\",\"name\":\"a\",\"price\":250,\"tax_ids\":[\"%s\",\"%s\",\"%s\"]}",
             id_format(&late, a), id_format(&fixed, b), id_format(&early, c));
    assert_int_equal(create(shop, &entity_product, json, &product), STATUS_OK);
    struct selling_product selling;
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &product, &selling), STATUS_OK);
    assert_int_equal(selling.pricing.tax_count, 3);
    assert_string_equal(selling.pricing.tax_names[0].name, "D"); /* of one position as the product has them */
    assert_int_equal(selling.pricing.taxes[0].kind, PRICING_TAX_FIXED);
    assert_int_equal(selling.pricing.taxes[0].amount_per_unit, 25);
    assert_string_equal(selling.pricing.tax_names[1].name, "A");
    assert_string_equal(selling.pricing.tax_names[2].name, "C");
    assert_true(selling.pricing.taxes[2].compound);
}

static void only_goods_have_stock(void **state)
{
    struct shop *shop = *state;
    struct id goods, service;
    struct selling_product selling;
    assert_int_equal(create(shop, &entity_product,
                            "{\"sku\":\"G\",\"name\":\"g\",\"price\":1,\"oversell\":\"deny\","
                            "\"low_stock_at\":\"2.5\"}",
                            &goods),
                     STATUS_OK);
    assert_int_equal(create(shop, &entity_product,
                            "{\"sku\":\"S\",\"name\":\"s\",\"price\":1,\"oversell\":\"deny\","
                            "\"low_stock_at\":\"2.5\",\"kind\":\"service\",\"open_price\":true}",
                            &service),
                     STATUS_OK);
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &goods, &selling), STATUS_OK);
    assert_int_equal(selling.kind, SELLING_GOODS);
    assert_true(selling.deny_oversell);
    assert_int_equal(selling.low_stock_at, 250000);
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &service, &selling), STATUS_OK);
    assert_int_equal(selling.kind, SELLING_SERVICE);
    assert_true(selling.open_price);
    assert_false(selling.deny_oversell);
    assert_int_equal(selling.low_stock_at, SELLING_NO_LEVEL);
}

static void a_sale_reads_the_rules_of_its_store(void **state)
{
    struct shop *shop = *state;
    struct entity_row store, register_;
    struct selling_register selling;
    assert_int_equal(entity_find_first(&entity_store, shop->db, &shop->arena, &store), STATUS_OK);
    assert_int_equal(entity_find_first(&entity_register, shop->db, &shop->arena, &register_), STATUS_OK);
    const struct id store_id = store.id, register_id = register_.id;
    assert_int_equal(selling_register_read(shop->db, &shop->arena, &register_id, &selling), STATUS_OK);
    assert_false(selling.tax_per_receipt || selling.round_half_even || selling.shift_required);
    assert_int_equal(selling.points_per_amount, 0);
    assert_int_equal(selling.receipt_columns, 42);
    assert_int_equal(
        update(shop, &entity_store, &store_id,
               "{\"tax_rounding\":\"receipt\",\"rounding_mode\":\"half_even\",\"cash_rounding\":5,"
               "\"shift_policy\":\"required\",\"receipt_language\":\"de\","
               "\"loyalty\":{\"points_per_amount\":100,\"point_value\":1}}"),
        STATUS_OK);
    assert_int_equal(update(shop, &entity_store, &store_id, "{\"loyalty\":{\"point_value\":2}}"), STATUS_OK);
    assert_int_equal(selling_register_read(shop->db, &shop->arena, &register_id, &selling), STATUS_OK);
    assert_true(selling.tax_per_receipt && selling.round_half_even && selling.shift_required);
    assert_int_equal(selling.cash_rounding, 5);
    assert_int_equal(selling.points_per_amount, 100);
    assert_int_equal(selling.point_value, 2);
    assert_string_equal(selling.receipt_language, "de");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, shop_open, shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_logged_with_the_entity_as_it_reads),
        TEST(a_patch_changes_what_it_names_and_null_clears),
        TEST(a_condition_that_does_not_hold_changes_nothing),
        TEST(an_id_is_the_same_request_again_or_taken),
        TEST(references_exist_and_are_not_archived),
        TEST(categories_have_no_cycle_and_names_unique_among_siblings),
        TEST(categories_are_found_and_made_by_their_path),
        TEST(a_currency_stays_once_money_was_taken),
        TEST(a_list_goes_on_where_its_cursor_says),
        TEST(a_sale_reads_a_product_with_its_taxes),
        TEST(taxes_come_in_the_order_of_their_positions),
        TEST(only_goods_have_stock),
        TEST(a_sale_reads_the_rules_of_its_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
