/* Documents, listed by where they belong, found by the beginnings of words; what expired is nowhere. */
#include "ledger_invariants.h"

#define CARTS 60

/* Carts in two stores and four registers; every third is completed. */
static void park(struct fixture *fixture)
{
    for (int64_t number = 1; number <= CARTS; number++) {
        struct ledger_write write = fixture_write(LEDGER_PARKED_CART, number,
                                                  number % 3 == 0 ? "completed" : "parked");
        write.document.register_key = number % 4 + 1;
        write.document.store_key = fixture_store_of(write.document.register_key);
        fixture_write_one(fixture, &write, STATUS_OK, NULL);
    }
    const struct ledger_write other = fixture_write(LEDGER_CUSTOMER, 1, "parked");
    fixture_write_one(fixture, &other, STATUS_OK, NULL);
}

static bool passes(const struct ledger_document_filter *filter, const struct ledger_document *document)
{
    return document->kind == filter->kind &&
           (!filter->has_store || document->store_key == filter->store_key) &&
           (!filter->has_register || document->register_key == filter->register_key) &&
           (filter->state == NULL || strcmp(document->state, filter->state) == 0);
}

static size_t page_through(struct fixture *fixture, const struct ledger_document_filter *filter, size_t limit)
{
    struct ledger_document_page page;
    struct cursor after = {0};
    size_t listed = 0;
    uint8_t last = UINT8_MAX; /* the newest first: the numbers go down */
    do {
        assert_int_equal(fixture->ledger->ops->document_list(fixture->ledger, filter, &after, limit,
                                                             &fixture->arena, &page),
                         STATUS_OK);
        assert_true(page.count <= limit && (page.count == limit || !page.has_more));
        for (size_t i = 0; i < page.count; i++) {
            assert_true(passes(filter, &page.documents[i]));
            assert_true(page.documents[i].id.bytes[15] < last);
            last = page.documents[i].id.bytes[15];
        }
        listed += page.count;
        after = page.next;
    } while (page.has_more);
    return listed;
}

static void documents_are_listed_by_every_filter(void **state)
{
    struct fixture *fixture = *state;
    park(fixture);
    const struct {
        struct ledger_document_filter filter;
        size_t expected;
    } cases[] = {
        {{.kind = LEDGER_PARKED_CART}, CARTS},
        {{.kind = LEDGER_PARKED_CART, .state = "parked"}, CARTS * 2 / 3},
        {{.kind = LEDGER_PARKED_CART, .state = "resumed"}, 0},
        {{.kind = LEDGER_PARKED_CART, .has_store = true, .store_key = 2}, CARTS / 2},
        {{.kind = LEDGER_PARKED_CART, .has_store = true, .store_key = 2, .state = "completed"}, CARTS / 6},
        {{.kind = LEDGER_PARKED_CART, .has_register = true, .register_key = 3}, CARTS / 4},
        {{.kind = LEDGER_PARKED_CART,
          .has_store = true,
          .store_key = 2,
          .has_register = true,
          .register_key = 3,
          .state = "parked"},
         CARTS / 6},
        {{.kind = LEDGER_PARKED_CART,
          .has_store = true,
          .store_key = 1,
          .has_register = true,
          .register_key = 3},
         0},
        {{.kind = LEDGER_CUSTOMER}, 1},
        {{.kind = LEDGER_SHIFT}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(page_through(fixture, &cases[i].filter, 1), cases[i].expected);
        assert_int_equal(page_through(fixture, &cases[i].filter, 7), cases[i].expected);
        assert_int_equal(page_through(fixture, &cases[i].filter, LEDGER_PAGE_MAX), cases[i].expected);
    }
}

/* --- search --- */

static void name_customer(struct fixture *fixture, int64_t number, int64_t version, const char *const *terms,
                          size_t count)
{
    struct ledger_write write = fixture_write(LEDGER_CUSTOMER, number, "active");
    write.expected_version = version;
    write.terms = terms;
    write.term_count = count;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
}

/* How many are found by up to two prefixes. */
static size_t search(struct fixture *fixture, const char *first, const char *second)
{
    const char *const prefixes[] = {first, second};
    struct ledger_document_page page;
    assert_int_equal(fixture->ledger->ops->document_search(fixture->ledger, LEDGER_CUSTOMER, prefixes,
                                                           second == NULL ? 1 : 2, &cursor_start, 10,
                                                           &fixture->arena, &page),
                     STATUS_OK);
    return page.count;
}

static void search_finds_what_has_a_word_for_every_prefix(void **state)
{
    struct fixture *fixture = *state;
    const char *const anna[] = {"anna", "muster", "436601234", "anna@muster.at", "anna"};
    const char *const anton[] = {"anton", "müller"};
    name_customer(fixture, 1, 0, anna, 5);
    name_customer(fixture, 2, 0, anton, 2);
    assert_int_equal(search(fixture, "an", NULL), 2);
    assert_int_equal(search(fixture, "anna", NULL), 1);
    assert_int_equal(search(fixture, "nna", NULL), 0);
    assert_int_equal(search(fixture, "annab", NULL), 0);
    assert_int_equal(search(fixture, "mu", "an"), 1);
    assert_int_equal(search(fixture, "mü", "a"), 1);
    assert_int_equal(search(fixture, "müller", "anna"), 0);
    assert_int_equal(search(fixture, "43660", NULL), 1);
    assert_int_equal(search(fixture, "m", NULL), 2);

    const char *const married[] = {"anna", "müller"};
    name_customer(fixture, 1, 1, married, 2);
    assert_int_equal(search(fixture, "muster", NULL), 0);
    assert_int_equal(search(fixture, "müller", "anna"), 1);
    assert_int_equal(search(fixture, "müller", NULL), 2);
    name_customer(fixture, 1, 2, NULL, 0); /* erased */
    assert_int_equal(search(fixture, "anna", NULL), 0);
}

static void search_takes_as_many_prefixes_as_it_says_and_long_words(void **state)
{
    struct fixture *fixture = *state;
    char word[LEDGER_TERM_MAX * 2 + 1];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    const char *const terms[] = {"a1", "b1", "c1", "d1", "e1", "f1", word};
    name_customer(fixture, 1, 0, terms, 7);
    struct ledger_document_page page;
    const char *prefixes[LEDGER_PREFIXES_MAX] = {"a", "b", "c", "d", "e", "f"};
    const struct ledger_ops *ops = fixture->ledger->ops;
    assert_int_equal(ops->document_search(fixture->ledger, LEDGER_CUSTOMER, prefixes, LEDGER_PREFIXES_MAX,
                                          &cursor_start, 10, &fixture->arena, &page),
                     STATUS_OK);
    assert_int_equal(page.count, 1);
    prefixes[5] = "f2";
    assert_int_equal(ops->document_search(fixture->ledger, LEDGER_CUSTOMER, prefixes, LEDGER_PREFIXES_MAX,
                                          &cursor_start, 10, &fixture->arena, &page),
                     STATUS_OK);
    assert_int_equal(page.count, 0);
    assert_int_equal(search(fixture, word, NULL), 1); /* both are cut to the same length */
}

static void found_documents_are_paged(void **state)
{
    struct fixture *fixture = *state;
    const char *const prefix = "an";
    for (int64_t number = 1; number <= 25; number++) {
        const char *const terms[] = {arena_printf(&fixture->arena, "anna%d", (int)number), "and"};
        name_customer(fixture, number, 0, terms, 2); /* two words of one begin with it */
    }
    struct ledger_document_page page;
    struct cursor after = {0};
    size_t listed = 0;
    do {
        assert_int_equal(fixture->ledger->ops->document_search(fixture->ledger, LEDGER_CUSTOMER, &prefix, 1,
                                                               &after, 10, &fixture->arena, &page),
                         STATUS_OK);
        listed += page.count;
        after = page.next;
    } while (page.has_more);
    assert_int_equal(listed, 25);
}

/* --- expiry --- */

static void what_expired_is_nowhere_and_its_key_is_free(void **state)
{
    struct fixture *fixture = *state;
    const char *const key = "code:A", *const term = "anna";
    struct ledger_write write = fixture_write(LEDGER_PARKED_CART, 1, "parked");
    write.document.expires_at_ms = FIXTURE_DAY_MS - 365LL * 86400000; /* a year ago */
    write.keys = &key;
    write.terms = &term;
    write.key_count = write.term_count = 1;
    fixture_write_one(fixture, &write, STATUS_OK, NULL);
    struct ledger_document found;
    struct ledger_document_page page;
    const struct ledger *ledger = fixture->ledger;
    const struct ledger_document_filter all = {.kind = LEDGER_PARKED_CART};
    assert_false(fixture_has(fixture, LEDGER_PARKED_CART, 1));
    assert_int_equal(ledger->ops->document_find(ledger, LEDGER_PARKED_CART, key, &fixture->arena, &found),
                     STATUS_DOCUMENT_NOT_FOUND);
    assert_int_equal(page_through(fixture, &all, 10), 0);
    assert_int_equal(ledger->ops->document_search(ledger, LEDGER_PARKED_CART, &term, 1, &cursor_start, 10,
                                                  &fixture->arena, &page),
                     STATUS_OK);
    assert_int_equal(page.count, 0);

    const struct ledger_posting posting = fixture_posting(LEDGER_PARKED_CART, 1, 0, 1);
    fixture_post_one(fixture, &posting, STATUS_DOCUMENT_NOT_FOUND, NULL);
    write.expected_version = 1;
    fixture_write_one(fixture, &write, STATUS_DOCUMENT_NOT_FOUND, NULL);

    struct ledger_write heir = fixture_write(LEDGER_PARKED_CART, 2, "parked");
    heir.document.expires_at_ms = FIXTURE_DAY_MS + 10LL * 365 * 86400000; /* in ten years */
    heir.keys = &key;
    heir.key_count = 1;
    fixture_write_one(fixture, &heir, STATUS_OK, NULL);
    assert_int_equal(ledger->ops->document_find(ledger, LEDGER_PARKED_CART, key, &fixture->arena, &found),
                     STATUS_OK);
    assert_true(id_equal(&found.id, &heir.document.id));
    assert_int_equal(page_through(fixture, &all, 10), 1);
}

/* More of them than are dropped at once: each is gone all the same, and so are their keys. */
static void keys_of_many_expired_documents_are_free(void **state)
{
    struct fixture *fixture = *state;
    for (int64_t number = 1; number <= 40; number++) {
        const char *const key = arena_printf(&fixture->arena, "code:%d", (int)(number % 20));
        struct ledger_write write = fixture_write(LEDGER_PARKED_CART, number, "parked");
        write.document.expires_at_ms = number <= 20 ? 1 : 0;
        write.keys = &key;
        write.key_count = 1;
        fixture_write_one(fixture, &write, STATUS_OK, NULL);
    }
    const struct ledger_document_filter all = {.kind = LEDGER_PARKED_CART};
    assert_int_equal(page_through(fixture, &all, 10), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(documents_are_listed_by_every_filter),
        LEDGER_TEST(search_finds_what_has_a_word_for_every_prefix),
        LEDGER_TEST(search_takes_as_many_prefixes_as_it_says_and_long_words),
        LEDGER_TEST(found_documents_are_paged),
        LEDGER_TEST(what_expired_is_nowhere_and_its_key_is_free),
        LEDGER_TEST(keys_of_many_expired_documents_are_free),
    };
    return LEDGER_TESTS("ledger document lists", tests);
}
