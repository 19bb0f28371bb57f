/* Promotions and price lists as sales read them (catalog/offers.h). */
#include "catalog/price_list.h"
#include "catalog/selling_cache.h"
#include "core/rate.h"

#include "shop.h"

/* 2026-11-22, a Sunday, 18:00 */
#define NOW_MS 1795370400000LL

static struct id create(struct shop *shop, const struct entity *entity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct id create(struct shop *shop, const struct entity *entity, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    struct entity_row row;
    bool existed;
    const enum status status = entity_create(entity, shop_act(shop), body, &row, &existed);
    if (status != STATUS_OK) {
        fail_msg("%s: %s", text, shop->detail.first == NULL ? "?" : shop->detail.first->pointer);
    }
    json_decref(body);
    return row.id;
}

static void update(struct shop *shop, const struct entity *entity, const struct id *id, const char *text)
{
    json_t *patch = json_loads(text, 0, NULL);
    struct entity_row row;
    assert_int_equal(entity_update(entity, shop_act(shop), id, patch, NULL, &row), STATUS_OK);
    json_decref(patch);
}

/* The text of an id, good until two calls later. */
static const char *text_of(const struct id *id)
{
    static char texts[2][ID_TEXT_SIZE];
    static unsigned next;
    next = !next;
    return id_format(id, texts[next]);
}

static enum status set_prices(struct shop *shop, const struct id *list, const char *text,
                              struct price_list_result *result)
{
    json_t *prices = json_loads(text, 0, NULL);
    assert_non_null(prices);
    const enum status status = price_list_prices_set(shop_act(shop), list, prices, result);
    json_decref(prices);
    return status;
}

static struct offers read_offers(struct shop *shop)
{
    struct offers offers;
    assert_int_equal(offers_read(shop->db, &shop->arena, &offers), STATUS_OK);
    return offers;
}

static struct offers_question question_of(struct shop *shop)
{
    return (struct offers_question){.store_key = shop_number(shop, "SELECT key FROM stores"),
                                    .at_ms = NOW_MS,
                                    .weekday = 6,
                                    .minute = 1080};
}

static int64_t key_of(struct shop *shop, const char *table, const struct id *id)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT key FROM %s WHERE lower(hex(id)) = replace('%s', '-', '')", table,
             text_of(id));
    return shop_number(shop, sql);
}

static void a_promotion_is_read_as_the_core_takes_it(void **state)
{
    struct shop *shop = *state;
    create(
        shop, &entity_promotion,
        "{\"name\":\"Happy\",\"kind\":\"percent_off\",\"value\":\"12.50\",\"days\":[\"sun\",\"mon\"],"
        "\"hours\":{\"from\":\"22:00\",\"until\":\"02:30\"},\"coupon\":\"ten-x\",\"stacking\":\"stackable\","
        "\"valid_from\":\"2026-11-22T18:00:00Z\",\"valid_until\":\"2026-11-22T19:00:00Z\"}");
    const struct offers offers = read_offers(shop);
    assert_int_equal(offers.promotion_count, 1);
    const struct promotion *promotion = &offers.promotions[0];
    assert_null(promotion_fault(promotion));
    assert_int_equal(promotion->kind, PROMOTION_PERCENT_OFF);
    assert_int_equal(promotion->value, 1250000);
    assert_int_equal(promotion->days, 0x41);
    assert_int_equal(promotion->from_minute, 1320);
    assert_int_equal(promotion->until_minute, 150);
    assert_string_equal(promotion->coupon, "TEN-X");
    assert_false(promotion->exclusive);
    assert_int_equal(promotion->valid_from_ms, NOW_MS);
}

static void kinds_have_their_values(void **state)
{
    struct shop *shop = *state;
    create(shop, &entity_promotion,
           "{\"name\":\"a\",\"kind\":\"buy_x_get_y\",\"buy\":2,\"get\":1,\"priority\":1}");
    create(shop, &entity_promotion,
           "{\"name\":\"b\",\"kind\":\"n_for_price\",\"quantity\":3,\"price\":500,\"priority\":2}");
    create(shop, &entity_promotion,
           "{\"name\":\"c\",\"kind\":\"basket_threshold\",\"threshold\":5000,\"value_type\":\"amount\","
           "\"value\":\"250\",\"priority\":3}");
    create(shop, &entity_promotion,
           "{\"name\":\"d\",\"kind\":\"basket_threshold\",\"threshold\":5000,\"value_type\":\"percent\","
           "\"value\":\"2.5\",\"priority\":4}");
    create(shop, &entity_promotion,
           "{\"name\":\"e\",\"kind\":\"amount_off\",\"value\":\"20\",\"priority\":0}");
    const struct offers offers = read_offers(shop);
    assert_int_equal(offers.promotion_count, 5);
    for (size_t i = 0; i < offers.promotion_count; i++) {
        assert_null(promotion_fault(&offers.promotions[i]));
    }
    assert_string_equal(offers.promotions[0].name, "e"); /* by priority */
    assert_int_equal(offers.promotions[0].value, 20);
    assert_int_equal(offers.promotions[1].value, RATE_ONE); /* free, unless it says otherwise */
    assert_int_equal(offers.promotions[1].buy + 10 * offers.promotions[1].get, 12);
    assert_int_equal(offers.promotions[2].quantity, 3);
    assert_int_equal(offers.promotions[2].price, 500);
    assert_false(offers.promotions[3].value_is_percent);
    assert_int_equal(offers.promotions[3].value, 250);
    assert_int_equal(offers.promotions[3].threshold, 5000);
    assert_true(offers.promotions[4].value_is_percent);
    assert_int_equal(offers.promotions[4].value, 250000);
}

static void a_category_covers_those_below_it(void **state)
{
    struct shop *shop = *state;
    const struct id top = create(shop, &entity_category, "{\"name\":\"Drinks\"}");
    const struct id middle = create(shop, &entity_category, "{\"name\":\"Hot\",\"parent_id\":\"%s\"}",
                                    text_of(&top));
    const struct id low = create(shop, &entity_category, "{\"name\":\"Tea\",\"parent_id\":\"%s\"}",
                                 text_of(&middle));
    const struct id other = create(shop, &entity_category, "{\"name\":\"Food\"}");
    const struct id tea = create(shop, &entity_product,
                                 "{\"sku\":\"T\",\"name\":\"Tea\",\"price\":1,\"category_id\":\"%s\"}",
                                 text_of(&low));
    create(shop, &entity_promotion,
           "{\"name\":\"p\",\"kind\":\"percent_off\",\"value\":\"5\",\"category_ids\":[\"%s\"]}",
           text_of(&top));
    const struct offers offers = read_offers(shop);
    const struct promotion *promotion = &offers.promotions[0];
    struct selling_product product;
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &tea, &product), STATUS_OK);
    assert_true(promotion_covers(promotion, product.pricing.key, product.pricing.category_key));
    assert_true(promotion_covers(promotion, 0, key_of(shop, "categories", &top)));
    assert_false(promotion_covers(promotion, 0, key_of(shop, "categories", &other)));
}

static void what_does_not_hold_is_not_selected(void **state)
{
    struct shop *shop = *state;
    const struct id staff = create(shop, &entity_customer_group, "{\"name\":\"Staff\"}");
    const struct id elsewhere =
        create(shop, &entity_store,
               "{\"code\":\"X\",\"name\":\"x\",\"currency\":\"EUR\",\"time_zone\":\"Europe/Berlin\"}");
    static const char start[] = "{\"kind\":\"percent_off\",\"value\":\"5\"";
    create(shop, &entity_promotion, "%s,\"name\":\"always\"}", start);
    create(shop, &entity_promotion, "%s,\"name\":\"staff\",\"customer_group_ids\":[\"%s\"]}", start,
           text_of(&staff));
    create(shop, &entity_promotion, "%s,\"name\":\"coupon\",\"coupon\":\"ten\"}", start);
    create(shop, &entity_promotion, "%s,\"name\":\"elsewhere\",\"store_ids\":[\"%s\"]}", start,
           text_of(&elsewhere));
    create(shop, &entity_promotion, "%s,\"name\":\"over\",\"valid_until\":\"2026-11-22T18:00:00Z\"}", start);
    create(shop, &entity_promotion,
           "%s,\"name\":\"early\",\"hours\":{\"from\":\"08:00\",\"until\":\"18:00\"}}", start);
    const struct id archived = create(shop, &entity_promotion, "%s,\"name\":\"archived\"}", start);
    update(shop, &entity_promotion, &archived, "{\"archived\":true}");

    const struct offers all = read_offers(shop);
    assert_int_equal(all.promotion_count, 6);
    struct offers_question question = question_of(shop);
    struct offers offers;
    offers_select(&all, &question, &shop->arena, &offers);
    assert_int_equal(offers.promotion_count, 1);
    assert_string_equal(offers.promotions[0].name, "always");
    static const char *const coupons[] = {"Ten"};
    question.coupons = coupons;
    question.coupon_count = 1;
    question.customer_group_ids = &staff;
    question.customer_group_count = 1;
    offers_select(&all, &question, &shop->arena, &offers);
    assert_int_equal(offers.promotion_count, 3);
    assert_int_equal(offers.facts.customer_groups.count, 1);
    assert_int_equal(offers.facts.at_ms, NOW_MS);
}

static void an_archived_group_opens_nothing(void **state)
{
    struct shop *shop = *state;
    const struct id staff = create(shop, &entity_customer_group, "{\"name\":\"Staff\"}");
    create(shop, &entity_price_list, "{\"name\":\"Staff\",\"customer_group_ids\":[\"%s\"]}", text_of(&staff));
    struct offers_question question = question_of(shop);
    question.customer_group_ids = &staff;
    question.customer_group_count = 1;
    struct offers all = read_offers(shop), offers;
    offers_select(&all, &question, &shop->arena, &offers);
    assert_int_equal(offers.price_list_count, 1);
    update(shop, &entity_customer_group, &staff, "{\"archived\":true}");
    all = read_offers(shop);
    offers_select(&all, &question, &shop->arena, &offers);
    assert_int_equal(offers.price_list_count, 0);
}

static void the_lowest_price_of_the_lists_counts(void **state)
{
    struct shop *shop = *state;
    const struct id tea = create(shop, &entity_product, "{\"sku\":\"T\",\"name\":\"Tea\",\"price\":250}");
    const struct id everybody = create(shop, &entity_price_list, "{\"name\":\"a\"}");
    const struct id sale = create(shop, &entity_price_list, "{\"name\":\"b\"}");
    const struct id archived = create(shop, &entity_price_list, "{\"name\":\"c\"}");
    create(shop, &entity_price_list, "{\"name\":\"d\"}");
    const struct id *lists[] = {&everybody, &sale, &archived};
    static const int prices[] = {300, 270, 1};
    struct price_list_result result;
    char text[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "[{\"product_id\":\"%s\",\"price\":%d}]", text_of(&tea), prices[i]);
        assert_int_equal(set_prices(shop, lists[i], text, &result), STATUS_OK);
        assert_int_equal(result.set, 1);
    }
    update(shop, &entity_price_list, &archived, "{\"archived\":true}");

    const struct offers all = read_offers(shop);
    const struct offers_question question = question_of(shop);
    struct offers offers;
    struct selling_product product;
    int64_t price = 0;
    offers_select(&all, &question, &shop->arena, &offers);
    assert_int_equal(selling_product_read(shop->db, &shop->arena, &tea, &product), STATUS_OK);
    assert_int_equal(product.list_price_count, 2);
    const struct offer_price_list *list = offers_price(&offers, &product, &price);
    assert_non_null(list);
    assert_int_equal(price, 270);
    assert_true(id_equal(&list->id, &sale));
    const struct selling_product none = {0};
    assert_null(offers_price(&offers, &none, &price));
}

static void prices_are_set_changed_and_removed_all_or_none(void **state)
{
    struct shop *shop = *state;
    const struct id tea = create(shop, &entity_product, "{\"sku\":\"T\",\"name\":\"Tea\",\"price\":250}");
    const struct id list = create(shop, &entity_price_list, "{\"name\":\"a\"}");
    struct price_list_result result;
    char text[256];
    snprintf(text, sizeof text,
             "[{\"product_id\":\"%s\",\"price\":5},"
             "{\"product_id\":\"01a1f805-ec9a-7ef8-a039-9adb3f49c18b\",\"price\":5}]",
             text_of(&tea));
    assert_int_equal(set_prices(shop, &list, text, &result), STATUS_VALIDATION_FAILED);
    assert_string_equal(shop->detail.first->pointer, "/prices/1/product_id");
    assert_int_equal(shop_number(shop, "SELECT count(*) FROM price_list_prices"), 0);

    const int64_t changes = shop_number(shop, "SELECT count(*) FROM catalog_changes");
    snprintf(text, sizeof text, "[{\"product_id\":\"%s\",\"price\":5}]", text_of(&tea));
    assert_int_equal(set_prices(shop, &list, text, &result), STATUS_OK);
    assert_int_equal(set_prices(shop, &list, text, &result), STATUS_OK);
    assert_int_equal(result.unchanged, 1);
    assert_int_equal(shop->act.seq, 0); /* what changes nothing leaves no trace */
    snprintf(text, sizeof text, "[{\"product_id\":\"%s\",\"price\":null}]", text_of(&tea));
    assert_int_equal(set_prices(shop, &list, text, &result), STATUS_OK);
    assert_int_equal(result.removed, 1);
    assert_int_equal(shop_number(shop, "SELECT count(*) FROM catalog_changes"), changes + 2);
    snprintf(text, sizeof text, "{\"prices\":[{\"product_id\":\"%s\",\"price\":null}]}", text_of(&tea));
    assert_string_equal(shop_text(shop, "SELECT body FROM catalog_changes ORDER BY seq DESC LIMIT 1"), text);
    assert_string_equal(
        shop_text(shop, "SELECT entity || op || version FROM catalog_changes ORDER BY seq DESC LIMIT 1"),
        "price_listprices1");
    const struct id unknown = {{1}};
    assert_int_equal(set_prices(shop, &unknown, text, &result), STATUS_PRICE_LIST_NOT_FOUND);
}

static void what_is_kept_is_selected_from_until_something_changes(void **state)
{
    struct shop *shop = *state;
    struct selling_cache *cache = selling_cache_new();
    create(shop, &entity_promotion, "{\"name\":\"p\",\"kind\":\"percent_off\",\"value\":\"5\"}");
    create(shop, &entity_promotion,
           "{\"name\":\"q\",\"kind\":\"percent_off\",\"value\":\"5\",\"coupon\":\"X\"}");
    const struct offers all = read_offers(shop);
    const struct offers_question question = question_of(shop);
    struct offers offers;
    assert_false(selling_cache_find_offers(cache, 1, &question, &shop->arena, &offers));
    selling_cache_keep_offers(cache, 1, &all);
    assert_true(selling_cache_find_offers(cache, 1, &question, &shop->arena, &offers));
    assert_int_equal(offers.promotion_count, 1);
    assert_ptr_not_equal(offers.promotions[0].name, all.promotions[0].name);
    assert_string_equal(offers.promotions[0].name, "p");
    assert_false(selling_cache_find_offers(cache, 2, &question, &shop->arena, &offers));
    assert_false(selling_cache_find_offers(NULL, 2, &question, &shop->arena, &offers));
    selling_cache_free(cache);
}

static void there_are_only_so_many_live_promotions(void **state)
{
    struct shop *shop = *state;
    assert_int_equal(db_execute(shop->db, "BEGIN"), STATUS_OK);
    struct id id = {{0}};
    for (int i = 0; i < PROMOTIONS_MAX; i++) {
        id = create(shop, &entity_promotion, "{\"name\":\"p\",\"kind\":\"percent_off\",\"value\":\"5\"}");
    }
    json_t *body = json_loads("{\"name\":\"p\",\"kind\":\"percent_off\",\"value\":\"5\"}", 0, NULL);
    struct entity_row row;
    bool existed;
    assert_int_equal(entity_create(&entity_promotion, shop_act(shop), body, &row, &existed),
                     STATUS_VALIDATION_FAILED);
    assert_string_equal(shop->detail.first->code, "too_many");
    update(shop, &entity_promotion, &id, "{\"name\":\"still possible\"}");
    update(shop, &entity_promotion, &id, "{\"archived\":true}");
    assert_int_equal(entity_create(&entity_promotion, shop_act(shop), body, &row, &existed), STATUS_OK);
    json_decref(body);
    assert_int_equal(db_execute(shop->db, "COMMIT"), STATUS_OK);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, shop_open, shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_promotion_is_read_as_the_core_takes_it),
        TEST(kinds_have_their_values),
        TEST(a_category_covers_those_below_it),
        TEST(what_does_not_hold_is_not_selected),
        TEST(an_archived_group_opens_nothing),
        TEST(the_lowest_price_of_the_lists_counts),
        TEST(prices_are_set_changed_and_removed_all_or_none),
        TEST(what_is_kept_is_selected_from_until_something_changes),
        TEST(there_are_only_so_many_live_promotions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
