/* What sales keep of the catalogue in memory (catalog/selling_cache.h). */
#include "unit.h"

#include "base/id.h"
#include "catalog/selling_cache.h"

struct fixture {
    struct selling_cache *cache;
    struct arena arena;
};

static struct id id_of(uint64_t number)
{
    struct unit_random random = {number};
    struct id id;
    for (int half = 0; half < 2; half++) {
        const uint64_t bits = unit_random_next(&random);
        memcpy(id.bytes + half * 8, &bits, sizeof bits);
    }
    return id;
}

/* Everything of a product follows from its number. */
static struct selling_product product_of(struct arena *arena, uint64_t number)
{
    struct selling_product product = {
        .key = (int64_t)number,
        .id = id_of(number),
        .archived = number % 7 == 0,
        .deny_oversell = number % 5 == 0,
        .open_price = number % 11 == 0,
        .kind = (enum selling_kind)(number % 3),
        .low_stock_at = number % 4 == 0 ? (int64_t)number : SELLING_NO_LEVEL,
        .sku = arena_printf(arena, "SKU-%llu", (unsigned long long)number),
        .name = arena_printf(arena, "Product %llu%.*s", (unsigned long long)number, (int)(number % 50),
                             "................................................."),
        .pricing = {.key = (int64_t)number,
                    .category_key = (int64_t)number % 9,
                    .price_minor = (int64_t)number * 3,
                    .unit = number % 3 == 0 ? PRICING_WEIGHED : PRICING_EACH,
                    .tax_count = (unsigned)(number % 3)},
    };
    for (unsigned i = 0; i < product.pricing.tax_count; i++) {
        const struct id tax = id_of(1000000007 + i);
        product.pricing.taxes[i] = (struct pricing_tax){.rate = 100000 * (i + 1),
                                                        .amount_per_unit = i,
                                                        .key = i + 1,
                                                        .inclusive = i == 0,
                                                        .compound = i == 1};
        product.pricing.tax_names[i].id = id_format(&tax, arena_alloc(arena, ID_TEXT_SIZE));
        product.pricing.tax_names[i].name = i == 0 ? "Tax A" : "Tax B";
    }
    if (number % 13 == 0) {
        struct selling_list_price *prices = arena_zeroed(arena, 2, sizeof *prices);
        prices[0] = (struct selling_list_price){.price_list_key = 1, .price_minor = (int64_t)number};
        prices[1] = (struct selling_list_price){.price_list_key = 2, .price_minor = 1LL << 40};
        product.list_prices = prices;
        product.list_price_count = 2;
    }
    return product;
}

static void assert_same(const struct selling_product *a, const struct selling_product *b)
{
    assert_true(id_equal(&a->id, &b->id));
    assert_int_equal(a->key, b->key);
    assert_int_equal(a->archived, b->archived);
    assert_int_equal(a->deny_oversell, b->deny_oversell);
    assert_int_equal(a->open_price, b->open_price);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->low_stock_at, b->low_stock_at);
    assert_string_equal(a->sku, b->sku);
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->pricing.key, b->pricing.key);
    assert_int_equal(a->pricing.category_key, b->pricing.category_key);
    assert_int_equal(a->pricing.price_minor, b->pricing.price_minor);
    assert_int_equal(a->pricing.unit, b->pricing.unit);
    assert_int_equal(a->pricing.tax_count, b->pricing.tax_count);
    for (unsigned i = 0; i < a->pricing.tax_count; i++) {
        assert_int_equal(a->pricing.taxes[i].rate, b->pricing.taxes[i].rate);
        assert_int_equal(a->pricing.taxes[i].amount_per_unit, b->pricing.taxes[i].amount_per_unit);
        assert_int_equal(a->pricing.taxes[i].key, b->pricing.taxes[i].key);
        assert_int_equal(a->pricing.taxes[i].compound, b->pricing.taxes[i].compound);
        assert_int_equal(a->pricing.taxes[i].inclusive, b->pricing.taxes[i].inclusive);
        assert_string_equal(a->pricing.tax_names[i].id, b->pricing.tax_names[i].id);
        assert_string_equal(a->pricing.tax_names[i].name, b->pricing.tax_names[i].name);
    }
    assert_int_equal(a->list_price_count, b->list_price_count);
    for (size_t i = 0; i < a->list_price_count; i++) {
        assert_int_equal(a->list_prices[i].price_list_key, b->list_prices[i].price_list_key);
        assert_int_equal(a->list_prices[i].price_minor, b->list_prices[i].price_minor);
    }
}

static bool finds(struct fixture *fixture, int64_t seq, uint64_t number)
{
    const struct selling_product wanted = product_of(&fixture->arena, number);
    struct selling_product found;
    if (!selling_cache_find_product(fixture->cache, seq, &wanted.id, &fixture->arena, &found)) {
        return false;
    }
    assert_same(&found, &wanted);
    return true;
}

static void keep(struct fixture *fixture, int64_t seq, uint64_t number)
{
    const struct selling_product product = product_of(&fixture->arena, number);
    selling_cache_keep_product(fixture->cache, seq, &product);
}

static void product_is_found_at_the_sequence_it_was_kept_at(void **state)
{
    struct fixture *fixture = *state;
    assert_false(finds(fixture, 5, 1));
    keep(fixture, 5, 1);
    assert_true(finds(fixture, 5, 1));
    assert_false(finds(fixture, 4, 1)); /* an older reader must not see newer rows */
    assert_true(finds(fixture, 5, 1));
    keep(fixture, 4, 2);
    assert_false(finds(fixture, 5, 2)); /* nor a newer one older rows */
    assert_false(finds(fixture, 6, 1));
    assert_false(finds(fixture, 5, 1));
}

static void what_is_found_is_right_however_much_was_kept(void **state)
{
    struct fixture *fixture = *state;
    struct unit_random random = unit_random();
    size_t found = 0;
    for (uint64_t number = 1; number <= 300000; number++) {
        keep(fixture, 1, number);
        assert_true(finds(fixture, 1, number));
        found += finds(fixture, 1, 1 + unit_random_below(&random, number));
        arena_reset(&fixture->arena);
    }
    assert_true(found > 100000); /* of 300,000; the oldest go first */
    found = 0;
    for (uint64_t number = 250001; number <= 300000; number++) {
        found += finds(fixture, 1, number);
        arena_reset(&fixture->arena);
    }
    assert_true(found > 45000);
}

static void product_with_one_tax_too_many_is_not_kept(void **state)
{
    struct fixture *fixture = *state;
    struct selling_product product = product_of(&fixture->arena, 1);
    size_t kept = 0;
    for (uint64_t number = 1; number <= 4000; number++) {
        const struct id tax = id_of(5000000 + number), id = id_of(number);
        struct selling_product found;
        product.id = id;
        product.pricing.tax_count = 1;
        product.pricing.tax_names[0].id = id_format(&tax, arena_alloc(&fixture->arena, ID_TEXT_SIZE));
        product.pricing.tax_names[0].name = "Tax";
        selling_cache_keep_product(fixture->cache, 1, &product);
        if (selling_cache_find_product(fixture->cache, 1, &id, &fixture->arena, &found)) {
            assert_string_equal(found.pricing.tax_names[0].id, product.pricing.tax_names[0].id);
            kept++;
        }
    }
    assert_in_range(kept, 100, 1000);
}

static void register_is_copied_and_dropped_with_the_sequence(void **state)
{
    struct fixture *fixture = *state;
    char name[] = "Counter";
    const struct selling_register register_ = {.key = 3,
                                               .store_key = 2,
                                               .id = id_of(3),
                                               .code = "K1",
                                               .name = name,
                                               .time_zone = "Europe/Vienna",
                                               .receipt_language = "de",
                                               .cash_rounding = 5};
    struct selling_register found;
    assert_false(selling_cache_find_register(fixture->cache, 1, &register_.id, &fixture->arena, &found));
    selling_cache_keep_register(fixture->cache, 1, &register_);
    name[0] = 'X';
    assert_true(selling_cache_find_register(fixture->cache, 1, &register_.id, &fixture->arena, &found));
    assert_string_equal(found.name, "Counter");
    assert_string_equal(found.time_zone, "Europe/Vienna");
    assert_null(found.address);
    assert_string_equal(found.receipt_language, "de");
    assert_int_equal(found.cash_rounding, 5);
    assert_int_equal(found.store_key, 2);
    assert_false(selling_cache_find_register(fixture->cache, 2, &register_.id, &fixture->arena, &found));
}

static void no_cache_finds_and_keeps_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fixture none = {.arena = fixture->arena};
    keep(&none, 1, 1);
    assert_false(finds(&none, 1, 1));
    fixture->arena = none.arena;
}

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->cache = selling_cache_new();
    arena_init(&fixture->arena);
    *state = fixture;
    return fixture->cache == NULL ? -1 : 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    selling_cache_free(fixture->cache);
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

#define CACHE_TEST(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE_TEST(product_is_found_at_the_sequence_it_was_kept_at),
        CACHE_TEST(what_is_found_is_right_however_much_was_kept),
        CACHE_TEST(product_with_one_tax_too_many_is_not_kept),
        CACHE_TEST(register_is_copied_and_dropped_with_the_sequence),
        CACHE_TEST(no_cache_finds_and_keeps_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
