/* Product search (catalog/search.h): what a cashier types, and what comes first. */
#include "base/fold.h"
#include "catalog/search.h"
#include "catalog/search_correct.h"

#include "shop.h"

static const char SHOP[] = "sku,barcode,name,category,price_minor,archived\n"
                           "T-1,,Earl Grey Tea,Tea,1,\n"
                           "T-2,,Green Tea,Tea,1,\n"
                           "T-3,,Teapot,Household,1,\n"
                           "T-4,4006381333931,Crème brûlée,Sweets,1,\n"
                           "T-5,,Coca-Cola 0.5 l,Drinks,1,\n"
                           "T-6,,Cola light,Drinks,1,\n"
                           "T-7,,Straße map,Books,1,\n"
                           "T-8,,Cappuccino,Drinks,1,\n"
                           "T-9,,Whole milk 3.5 %,Drinks,1,\n"
                           "T-10,,Frühstücksei,Breakfast,1,\n"
                           "T-11,,Tea,Tea,1,\n"
                           "T-12,,Old Tea,Tea,1,true\n"
                           "T-13,,Smørrebrød,Breakfast,1,\n"
                           "AB-900,200,Apple,Fruit,1,\n"
                           "AB-901,,Pineapple,Fruit,1,\n";

static int open_shop(void **state)
{
    struct import_report report;
    shop_open(state);
    assert_int_equal(shop_import(*state, SHOP, strlen(SHOP), &report), STATUS_OK);
    assert_int_equal(report.failed, 0);
    import_report_free(&report);
    return 0;
}

/* The names found, with '|' between. */
static const char *search_with(struct shop *shop, struct search search)
{
    int64_t keys[SEARCH_HITS_MAX];
    unsigned count;
    shop_act(shop);
    search.limit = search.limit == 0 ? 20 : search.limit;
    assert_int_equal(search_products(shop->db, &shop->arena, &search, keys, &count), STATUS_OK);
    struct text names = arena_text(&shop->arena, 256);
    for (unsigned i = 0; i < count; i++) {
        char sql[96];
        snprintf(sql, sizeof sql, "SELECT name FROM products WHERE key = %lld", (long long)keys[i]);
        text_add_string(&names, i == 0 ? "" : "|");
        text_add_string(&names, shop_text(shop, sql));
    }
    return text_string(&names);
}

static const char *search(struct shop *shop, const char *query)
{
    return search_with(shop, (struct search){.query = query});
}

static void the_most_useful_comes_first(void **state)
{
    assert_string_equal(search(*state, "tea"), "Tea|Green Tea|Earl Grey Tea|Teapot");
    assert_string_equal(search(*state, "apple"), "Apple|Pineapple");
    assert_string_equal(search(*state, "cola"), "Cola light|Coca-Cola 0.5 l");
}

static void words_match_in_any_order_begun_or_in_the_middle(void **state)
{
    assert_string_equal(search(*state, "gre ear"), "Earl Grey Tea");
    assert_string_equal(search(*state, "tea grey"), "Earl Grey Tea");
    assert_string_equal(search(*state, "stück"), "Frühstücksei");
    assert_string_equal(search(*state, "ppucc"), "Cappuccino");
    assert_string_equal(search(*state, "tea ea g"), "Earl Grey Tea|Green Tea");
    assert_string_equal(search(*state, "grey coffee"), "");
}

static void case_accents_and_punctuation_do_not_matter(void **state)
{
    assert_string_equal(search(*state, "CREME brulee"), "Crème brûlée");
    assert_string_equal(search(*state, "STRASSE"), "Straße map");
    assert_string_equal(search(*state, "smorrebrod"), "Smørrebrød");
    assert_string_equal(search(*state, "coca cola"), "Coca-Cola 0.5 l");
    assert_string_equal(search(*state, "cocacola"), "Coca-Cola 0.5 l");
}

static void codes_are_found_whole_and_begun(void **state)
{
    assert_string_equal(search(*state, "4006381333931"), "Crème brûlée");
    assert_string_equal(search(*state, "400638"), "Crème brûlée");
    assert_string_equal(search(*state, "ab-901"), "Pineapple");
    assert_string_equal(search(*state, "ab-90"), "Apple|Pineapple");
    assert_string_equal(search(*state, "200"), "Apple");
}

static void slips_are_forgiven_when_nothing_fits(void **state)
{
    assert_string_equal(search(*state, "capucino"), "Cappuccino");
    assert_string_equal(search(*state, "mlik"), "Whole milk 3.5 %");
    assert_string_equal(search(*state, "pinapple"), "Pineapple");
    assert_string_equal(search(*state, "gren tea"), "Green Tea|Earl Grey Tea");
    assert_string_equal(search(*state, "zzzz"), "");
}

static void archived_products_and_other_categories_stay_out(void **state)
{
    struct shop *shop = *state;
    assert_string_equal(search_with(shop, (struct search){.query = "tea", .archived = ENTITY_ARCHIVED}),
                        "Old Tea");
    struct id tea;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(db_handle(shop->db),
                                        "SELECT id FROM categories WHERE name = 'Household'", -1, &statement,
                                        NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_true(db_column_id(statement, 0, &tea));
    sqlite3_finalize(statement);
    assert_string_equal(search_with(shop, (struct search){.query = "tea", .category_id = &tea}), "Teapot");
    assert_string_equal(search_with(shop, (struct search){.query = "tea", .limit = 2}), "Tea|Green Tea");
}

static void the_index_follows_a_new_name(void **state)
{
    struct shop *shop = *state;
    struct import_report report;
    static const char csv[] = "sku,name,price\nT-8,Flat white,1\n";
    assert_int_equal(shop_import(shop, csv, strlen(csv), &report), STATUS_OK);
    import_report_free(&report);
    assert_string_equal(search(shop, "cappuccino"), "");
    assert_string_equal(search(shop, "lat whit"), "Flat white");
    assert_int_equal(db_execute(shop->db,
                                "INSERT INTO product_words (product_words) VALUES ('integrity-check');"
                                "INSERT INTO product_trigrams (product_trigrams) VALUES ('integrity-check')"),
                     STATUS_OK);
}

static void what_cannot_be_searched_finds_nothing(void **state)
{
    static const char *const queries[] = {"", " ", "\"", "*", "-", "%", "\xf0\x9f\x8d\xb5", "\xcc\x81"};
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        assert_string_equal(search(*state, queries[i]), "");
    }
}

static void folding(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Crème  Brûlée!", "creme brulee"},
        {"STRASSE Straße", "strasse strasse"},
        {"ﬁne ½", "fine 1 2"},
        {"Ærø Łódź", "aero lodz"},
        {"İstanbul", "istanbul"},
        {"茶 Oolong", "茶 oolong"},
        {"３", "3"},
        {"a\xff"
         "b",
         "a b"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char buffer[128];
        struct text text = text_over(buffer, sizeof buffer);
        fold_words(pairs[i][0], strlen(pairs[i][0]), &text);
        assert_string_equal(text_string(&text), pairs[i][1]);
    }
}

static void slips_are_counted_to_the_beginning_of_a_word(void **state)
{
    (void)state;
    assert_int_equal(search_slips("tea", "tea", 2), 0);
    assert_int_equal(search_slips("tea", "teapot", 2), 0);
    assert_int_equal(search_slips("mlik", "milk", 2), 1);
    assert_int_equal(search_slips("capucino", "cappuccino", 2), 2);
    assert_int_equal(search_slips("abcd", "wxyz", 2), 3);
    assert_int_equal(search_slips("grün", "gruen", 2), 2);
}

#define WITH_SHOP(test) cmocka_unit_test_setup_teardown(test, open_shop, shop_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SHOP(the_most_useful_comes_first),
        WITH_SHOP(words_match_in_any_order_begun_or_in_the_middle),
        WITH_SHOP(case_accents_and_punctuation_do_not_matter),
        WITH_SHOP(codes_are_found_whole_and_begun),
        WITH_SHOP(slips_are_forgiven_when_nothing_fits),
        WITH_SHOP(archived_products_and_other_categories_stay_out),
        WITH_SHOP(the_index_follows_a_new_name),
        WITH_SHOP(what_cannot_be_searched_finds_nothing),
        cmocka_unit_test(folding),
        cmocka_unit_test(slips_are_counted_to_the_beginning_of_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
