/* Import and export of products (catalog/import.h, catalog/export.h). */
#include "catalog/export.h"
#include "catalog/product.h"

#include "shop.h"

static struct import_report report;

static int close_shop(void **state)
{
    import_report_free(&report);
    return shop_close(state);
}

static enum status import(struct shop *shop, const char *csv)
{
    import_report_free(&report);
    return shop_import(shop, csv, strlen(csv), &report);
}

/* "created updated unchanged failed" */
static const char *counts(void)
{
    static char text[96];
    snprintf(text, sizeof text, "%lld %lld %lld %lld", (long long)report.created, (long long)report.updated,
             (long long)report.unchanged, (long long)report.failed);
    return text;
}

/* "line column code;" of each error. */
static const char *errors(void)
{
    static char text[1024];
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < report.error_count; i++) {
        const struct import_error *error = &report.errors[i];
        at += (size_t)snprintf(text + at, sizeof text - at, "%u %s %s;", error->line,
                               error->column == NULL ? "-" : error->column, error->code);
    }
    return text;
}

static void a_row_creates_a_product_with_all_it_says(void **state)
{
    struct shop *shop = *state;
    assert_int_equal(
        import(shop,
               "Barcode,SKU,name,category,price,tax_percent,cost_minor,unit,oversell,description,image\n"
               "4006381333931|X1 X2,A,\"Cheese, old\",Fridge > Cheese,12.5,7,800,Weighed,DENY,"
               "\"Two\r\nlines\",cheese.svg\n"),
        STATUS_OK);
    assert_string_equal(counts(), "1 0 0 0");
    assert_string_equal(
        shop_text(shop, "SELECT name || '/' || barcodes || '/' || price || '/' || cost || '/' || unit ||"
                        " '/' || oversell || '/' || description || '/' || image FROM products"),
        "Cheese, old/[\"4006381333931\",\"X1\",\"X2\"]/1250/800/weighed/deny/Two\nlines/cheese.svg");
    assert_string_equal(
        shop_text(shop, "SELECT c.name || '/' || p.name FROM products JOIN categories AS c ON c.id ="
                        " category_id JOIN categories AS p ON p.id = c.parent_id"),
        "Cheese/Fridge");
    assert_string_equal(shop_text(shop, "SELECT name || '/' || rate || '/' || inclusive FROM taxes"),
                        "7 %/700000/1");
    assert_int_equal(shop_number(shop, "SELECT count(*) FROM product_barcodes"), 3);
}

static void a_row_updates_only_what_it_says(void **state)
{
    struct shop *shop = *state;
    assert_int_equal(import(shop, "sku,name,price_minor,description\nA,First,100,Kept\nB,Other,1,\n"),
                     STATUS_OK);
    assert_int_equal(import(shop, "price_minor,sku,description\n250,A,\n1,B,\n"), STATUS_OK);
    assert_string_equal(counts(), "0 1 1 0");
    assert_string_equal(
        shop_text(shop, "SELECT name || price || description || version FROM products WHERE sku = 'A'"),
        "First250Kept2");
    assert_int_equal(shop_number(shop, "SELECT version FROM products WHERE sku = 'B'"), 1);
}

static void an_import_that_changes_nothing_leaves_no_trace(void **state)
{
    struct shop *shop = *state;
    static const char csv[] = "sku,name,price,category,tax_percent,barcode\nA,a,1,X > Y,20,1 2\n"
                              "B,b,0,X,10,\n";
    assert_int_equal(import(shop, csv), STATUS_OK);
    const int64_t seq = shop_number(shop, "SELECT max(seq) FROM catalog_changes");
    assert_int_equal(import(shop, csv), STATUS_OK);
    assert_string_equal(counts(), "0 0 2 0");
    assert_int_equal(shop_number(shop, "SELECT max(seq) FROM catalog_changes"), seq);
}

static void every_bad_row_is_listed_with_its_line_and_reason(void **state)
{
    assert_int_equal(import(*state, "sku,name,barcode,price,tax_percent,stock,unit,archived,image\n"
                                    "1,Good,,1.00,20,1,each,,\n"
                                    "2,Bad,4006381333932,1.001,200,many,litre,maybe,../x\n"
                                    ",No SKU,,1,,,,,\n"
                                    "4,,,1,,,,,\n"
                                    "5,few\n"
                                    "6,\"two\nlines\",,1,,,,,\n"
                                    "7,neg,,-1,,,,,\n"
                                    "8,\"open,,,,,,,\n"),
                     STATUS_OK);
    assert_string_equal(counts(), "1 0 0 7");
    assert_string_equal(errors(),
                        "3 barcode gtin_check_digit;3 price amount;3 tax_percent rate;3 stock quantity;"
                        "3 unit enum;3 archived boolean;3 image pattern;4 sku required;5 name required;"
                        "6 - field_count;7 name control_character;9 price minimum;10 - quote_not_closed;");
}

static void a_code_that_is_taken_makes_a_bad_row(void **state)
{
    assert_int_equal(import(*state, "sku,name,price,barcode\nA,a,1,036000291452\n"), STATUS_OK);
    assert_int_equal(import(*state, "sku,name,price,barcode\n"
                                    "B,b,1,0036000291452\nC,c,1,77\nD,d,1,77\nC,again,1,\nA,,,5\nE,e,,\n"),
                     STATUS_OK);
    assert_string_equal(errors(), "2 barcode barcode_taken;4 barcode barcode_taken;5 sku sku_repeated;"
                                  "7 price required;");
    assert_string_equal(counts(), "1 1 0 4");
    /* A gave its code up in the last row: now B may have it. */
    assert_int_equal(import(*state, "sku,name,price,barcode\nB,b,1,0036000291452\n"), STATUS_OK);
    assert_string_equal(counts(), "1 0 0 0");
}

static void a_header_that_cannot_be_used_is_refused(void **state)
{
    static const char *const headers[] = {"",          "\n\n",
                                          "name\nA\n", "sku,colour\nA,red\n",
                                          "sku,SKU\n", "sku,price,price_minor\n",
                                          "sku,\n",    "\"sku\"x,name\n"};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        assert_int_equal(import(*state, headers[i]), STATUS_VALIDATION_FAILED);
    }
}

static void a_known_tax_of_the_same_rate_is_kept(void **state)
{
    struct shop *shop = *state;
    assert_int_equal(db_execute(shop->db,
                                "INSERT INTO taxes (id, created_at, updated_at, name, rate, inclusive) VALUES"
                                " (x'00000000000000000000000000000001', 0, 0, 'First', 700000, 1),"
                                " (x'00000000000000000000000000000002', 0, 0, 'Second', 700000, 1)"),
                     STATUS_OK);
    assert_int_equal(import(shop, "sku,name,price,tax_percent\nA,a,1,7\n"), STATUS_OK);
    assert_int_equal(
        db_execute(shop->db, "UPDATE products SET tax_ids = '[\"00000000-0000-0000-0000-000000000002\"]'"),
        STATUS_OK);
    assert_int_equal(import(shop, "sku,tax_percent\nA,7.0\n"), STATUS_OK);
    assert_string_equal(counts(), "0 0 1 0");
}

static void the_change_log_is_packed_and_small_enough(void **state)
{
    struct shop *shop = *state;
    enum {
        ROWS = 3000
    };
    char *csv = malloc(ROWS * 32 + 32);
    size_t length = (size_t)sprintf(csv, "sku,name,price_minor\n");
    for (int i = 0; i < ROWS; i++) {
        length += (size_t)sprintf(csv + length, "P%d,Product %d,1\n", i, i);
    }
    assert_int_equal(import(shop, csv), STATUS_OK);
    free(csv);
    assert_int_equal(shop_number(shop, "SELECT count(*) FROM catalog_changes, json_each(body, '$.products')"
                                       " WHERE op = 'import'"),
                     ROWS);
    assert_in_range(shop_number(shop, "SELECT max(length(CAST(body AS BLOB))) FROM catalog_changes"), 100000,
                    400000);
    assert_int_equal(shop_number(shop, "SELECT max(seq) - count(*) FROM catalog_changes"), 0);
}

static char *export_all(struct shop *shop)
{
    struct export *export;
    const struct export_options options = {0};
    char *csv = calloc(1, 65536);
    size_t length = 0;
    ssize_t size;
    assert_int_equal(export_open(shop->db, &options, &export), STATUS_OK);
    while ((size = export_read(export, csv + length, 7)) > 0) {
        length += (size_t)size;
    }
    assert_int_equal(size, 0);
    export_close(export);
    return csv;
}

static void an_export_imports_as_it_is(void **state)
{
    struct shop *shop = *state;
    assert_int_equal(
        import(shop,
               "sku,name,barcode,category,price,cost,tax_percent,description,unit,oversell,archived,kind,"
               "open_price,low_stock_at\n"
               "A,\"Comma, quote \"\"\",X|Y,\"A\\>B > C\",1.20,0.50,19,\"Two\nlines\",each,allow,no,,,2.50\n"
               "B,=1+1,,,3.99,,7.5,,weighed,deny,,,no,\nC,Old,,,1,,,,,,true,Gift_Card,YES,\n"),
        STATUS_OK);
    assert_string_equal(counts(), "3 0 0 0");
    char *first = export_all(shop);
    assert_string_equal(
        first,
        "sku,barcode,name,category,price_minor,tax_percent,stock,cost_minor,description,unit,"
        "oversell,archived,image,kind,open_price,low_stock_at\n"
        "A,X Y,\"Comma, quote \"\"\",A\\>B > C,120,19,,50,\"Two\nlines\",each,allow,false,,goods,false,2.5\n"
        "B,,=1+1,,399,7.5,,,,weighed,deny,false,,goods,false,\n"
        "C,,Old,,100,,,,,each,allow,true,,gift_card,true,\n");
    assert_int_equal(import(shop, first), STATUS_OK);
    assert_string_equal(counts(), "0 0 3 0");
    assert_string_equal(errors(), "");
    free(first);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, shop_open, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_creates_a_product_with_all_it_says),
        TEST(a_row_updates_only_what_it_says),
        TEST(an_import_that_changes_nothing_leaves_no_trace),
        TEST(every_bad_row_is_listed_with_its_line_and_reason),
        TEST(a_code_that_is_taken_makes_a_bad_row),
        TEST(a_header_that_cannot_be_used_is_refused),
        TEST(a_known_tax_of_the_same_rate_is_kept),
        TEST(the_change_log_is_packed_and_small_enough),
        TEST(an_export_imports_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
