/* Changesets (catalog/changeset.h): what an act changes here makes an equal catalogue equal there. */
#include "catalog/api_key.h"
#include "catalog/category.h"
#include "catalog/changeset.h"
#include "catalog/digest.h"
#include "catalog/product.h"
#include "catalog/search.h"

#include "shop.h"

struct pair {
    struct shop *here, *there;
};

static int open_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    struct spool spool;
    char words[256];
    struct text why = text_over(words, sizeof words);
    void *shop;
    assert_int_equal(shop_open(&shop), 0);
    pair->here = shop;
    assert_int_equal(shop_open(&shop), 0);
    pair->there = shop;
    /* The other begins with nothing and gets everything. */
    assert_int_equal(db_execute(pair->there->db, "DELETE FROM registers; DELETE FROM stores;"
                                                 "DELETE FROM catalog_changes"),
                     STATUS_OK);
    spool_open(&spool, pair->here->directory);
    assert_int_equal(changeset_of_all(pair->here->db, &spool), STATUS_OK);
    assert_int_equal(db_execute(pair->there->db, "BEGIN"), STATUS_OK);
    assert_int_equal(changeset_apply(pair->there->db, &spool, &why), STATUS_OK);
    assert_int_equal(db_execute(pair->there->db, "COMMIT"), STATUS_OK);
    spool_close(&spool);
    *state = pair;
    return 0;
}

static int close_pair(void **state)
{
    struct pair *pair = *state;
    void *shop = pair->here;
    shop_close(&shop);
    shop = pair->there;
    shop_close(&shop);
    free(pair);
    return 0;
}

static const char *digest(struct shop *shop)
{
    struct text text = arena_text(&shop->arena, 4096);
    assert_int_equal(catalog_digest(shop->db, &text), STATUS_OK);
    return text_string(&text);
}

static void assert_equal(struct pair *pair)
{
    assert_string_equal(digest(pair->here), digest(pair->there));
}

static enum status record(struct shop *shop, writer_act act, void *context, struct spool *spool)
{
    spool_open(spool, shop->directory);
    assert_int_equal(db_execute(shop->db, "BEGIN IMMEDIATE"), STATUS_OK);
    const enum status status = changeset_record(shop->db, act, context, spool);
    db_roll_back(shop->db);
    return status;
}

static enum status apply(struct shop *shop, const struct spool *spool, char words[static 256])
{
    struct text why = text_over(words, 256);
    assert_int_equal(db_execute(shop->db, "BEGIN IMMEDIATE"), STATUS_OK);
    const enum status status = changeset_apply(shop->db, spool, &why);
    text_string(&why);
    if (status == STATUS_OK) {
        assert_int_equal(db_execute(shop->db, "COMMIT"), STATUS_OK);
    }
    db_roll_back(shop->db);
    return status;
}

static void do_both(struct pair *pair, writer_act act, void *context)
{
    struct spool spool;
    char words[256];
    assert_int_equal(record(pair->here, act, context, &spool), STATUS_OK);
    assert_int_equal(apply(pair->here, &spool, words), STATUS_OK);
    assert_int_equal(apply(pair->there, &spool, words), STATUS_OK);
    spool_close(&spool);
    assert_equal(pair);
}

/* --- acts --- */

static struct pair *acting; /* whose arena the acts use */

static enum status make_product(struct db *db, void *context)
{
    const char *const *texts = context; /* SKU, name, barcode */
    struct entity_act *act = shop_act(acting->here);
    struct entity_row row;
    bool existed;
    act->db = db;
    json_t *body = json_pack("{s:s, s:s, s:i, s:[s]}", "sku", texts[0], "name", texts[1], "price", 250,
                             "barcodes", texts[2]);
    const enum status status = entity_create(&entity_product, act, body, &row, &existed);
    json_decref(body);
    return status;
}

static enum status rename_product(struct db *db, void *context)
{
    const char *const *texts = context; /* SKU, new name, new barcode */
    struct entity_act *act = shop_act(acting->here);
    struct entity_row before, row;
    bool found;
    act->db = db;
    assert_int_equal(product_find_by_sku(db, act->arena, texts[0], strlen(texts[0]), &before, &found),
                     STATUS_OK);
    assert_true(found);
    json_t *patch = json_pack("{s:s, s:[s]}", "name", texts[1], "barcodes", texts[2]);
    const enum status status = entity_update(&entity_product, act, &before.id, patch, NULL, &row);
    json_decref(patch);
    return status;
}

static enum status end_session(struct db *db, void *context)
{
    (void)context;
    const struct id session = id_new();
    int64_t seq;
    return session_revoke(db, &shop_actor, &session, INT64_C(9999999999999), &seq);
}

static enum status import_many(struct db *db, void *context)
{
    const struct import_options *options = context;
    struct import_report *report = malloc(sizeof *report);
    const struct id id = id_new();
    int64_t seq;
    import_report_init(report, &id, false);
    const enum status status = import_apply(db, options, report, &seq);
    assert_int_equal(report->failed, 0);
    import_report_free(report);
    free(report);
    return status;
}

static enum status change_nothing(struct db *db, void *context)
{
    (void)context;
    return db_execute(db, "UPDATE stores SET name = name");
}

/* --- tests --- */

static unsigned hits(struct shop *shop, const char *words)
{
    int64_t keys[SEARCH_HITS_MAX];
    unsigned count;
    const struct search search = {.query = words, .limit = 10};
    assert_int_equal(search_products(shop->db, &shop->arena, &search, keys, &count), STATUS_OK);
    return count;
}

static void what_one_act_changes_is_equal_on_both(void **state)
{
    struct pair *pair = acting = *state;
    do_both(pair, make_product, (const char *[]){"A1", "Green tea", "4006381333931"});
    do_both(pair, end_session, NULL);
    do_both(pair, rename_product, (const char *[]){"A1", "Black coffee", "036000291452"});
    assert_int_equal(hits(pair->there, "coffee"), 1);
    assert_int_equal(hits(pair->there, "green"), 0);
    assert_int_equal(hits(pair->here, "blac"), 1);
}

static void large_imports_are_equal_on_both(void **state)
{
    struct pair *pair = acting = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/many.csv", pair->here->directory);
    FILE *file = fopen(path, "w+b");
    assert_non_null(file);
    fputs("sku,name,price,category,tax_percent\n", file);
    for (int i = 0; i < 20000; i++) {
        fprintf(file, "SKU-%d,Product number %d of %x,%d.%02d,Group %d/Sub %d,%d\n", i, i, i * 7919, i % 900,
                i % 100, i % 7, i % 50, i % 3 * 5);
    }
    assert_int_equal(fflush(file), 0);
    struct import_options options = {.fd = fileno(file), .decimals = 2, .actor = &shop_actor};
    do_both(pair, import_many, &options);
    assert_int_equal(shop_number(pair->there, "SELECT count(*) FROM products"), 20000);
    assert_int_equal(shop_number(pair->there, "SELECT count(*) FROM product_texts"), 20000);
    assert_string_equal(shop_text(pair->here, "SELECT group_concat(word, ' ') FROM product_vocabulary"),
                        shop_text(pair->there, "SELECT group_concat(word, ' ') FROM product_vocabulary"));
    fclose(file);
}

static void what_changes_nothing_is_empty(void **state)
{
    struct pair *pair = acting = *state;
    struct spool spool;
    assert_int_equal(record(pair->here, change_nothing, NULL, &spool), STATUS_OK);
    assert_int_equal(spool.length, 0);
    spool_close(&spool);
}

static void another_catalogue_is_noticed(void **state)
{
    struct pair *pair = acting = *state;
    struct spool spool;
    char words[256];
    do_both(pair, make_product, (const char *[]){"A1", "Green tea", "4006381333931"});
    assert_int_equal(
        record(pair->here, rename_product, (const char *[]){"A1", "Coffee", "036000291452"}, &spool),
        STATUS_OK);
    assert_int_equal(db_execute(pair->there->db, "UPDATE products SET name = 'Milk'"), STATUS_OK);
    const char *before = digest(pair->there);
    assert_int_equal(apply(pair->there, &spool, words), STATUS_INTERNAL_ERROR);
    assert_string_equal(words, "A row is another one than the change expects: products");
    assert_string_equal(digest(pair->there), before);
    spool_close(&spool);
}

static void a_changeset_that_knows_more_is_refused(void **state)
{
    struct pair *pair = acting = *state;
    struct spool spool;
    char words[256];
    assert_int_equal(db_execute(pair->here->db, "ALTER TABLE products ADD COLUMN extra INTEGER"), STATUS_OK);
    assert_int_equal(record(pair->here, make_product, (const char *[]){"A1", "Tea", "4006381333931"}, &spool),
                     STATUS_OK);
    assert_int_equal(apply(pair->there, &spool, words), STATUS_INTERNAL_ERROR);
    assert_non_null(strstr(words, "newer version"));
    spool_close(&spool);
    /* The other way round is the rolling update: the column keeps its default. */
    assert_int_equal(db_execute(pair->there->db, "ALTER TABLE products ADD COLUMN extra INTEGER;"
                                                 "ALTER TABLE products ADD COLUMN more INTEGER DEFAULT 7"),
                     STATUS_OK);
    assert_int_equal(record(pair->here, make_product, (const char *[]){"A1", "Tea", "4006381333931"}, &spool),
                     STATUS_OK);
    assert_int_equal(apply(pair->there, &spool, words), STATUS_OK);
    assert_int_equal(shop_number(pair->there, "SELECT more FROM products"), 7);
    spool_close(&spool);
}

static void a_damaged_changeset_is_refused(void **state)
{
    struct pair *pair = acting = *state;
    struct spool spool, damaged;
    char words[256];
    unsigned char bytes[8192];
    assert_int_equal(record(pair->here, make_product, (const char *[]){"A1", "Tea", "4006381333931"}, &spool),
                     STATUS_OK);
    assert_true(spool.length < sizeof bytes);
    assert_int_equal(spool_read(&spool, 0, bytes, spool.length), STATUS_OK);
    for (size_t at = 0; at < spool.length; at += 7) {
        spool_open(&damaged, pair->here->directory);
        bytes[at] ^= 0x55;
        assert_int_equal(spool_add(&damaged, bytes, spool.length), STATUS_OK);
        bytes[at] ^= 0x55;
        assert_int_not_equal(apply(pair->there, &damaged, words), STATUS_OK);
        spool_close(&damaged);
    }
    spool_close(&spool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_one_act_changes_is_equal_on_both, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(large_imports_are_equal_on_both, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(what_changes_nothing_is_empty, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(another_catalogue_is_noticed, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(a_changeset_that_knows_more_is_refused, open_pair, close_pair),
        cmocka_unit_test_setup_teardown(a_damaged_changeset_is_refused, open_pair, close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
