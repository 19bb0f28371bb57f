/* Under which words a customer is found, and what a search asks for: told by matching the two. */
#include "unit.h"

#include "app/customers/customer_terms.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct customer_terms terms_of(const char *json)
{
    struct customer_terms terms;
    json_t *body = json_loads(json, 0, NULL);
    assert_non_null(body);
    customer_terms_of(body, &arena, &terms);
    json_decref(body);
    return terms;
}

/* As a ledger searches: every prefix begins a term. */
static bool finds(const struct customer_terms *terms, const char *query)
{
    const char *prefixes[LEDGER_PREFIXES_MAX];
    const size_t count = customer_terms_asked(query, &arena, prefixes);
    for (size_t i = 0; i < count; i++) {
        bool begins = false;
        for (size_t j = 0; j < terms->count; j++) {
            begins |= strncmp(terms->terms[j], prefixes[i], strlen(prefixes[i])) == 0;
        }
        if (!begins) {
            return false;
        }
    }
    return count > 0;
}

static void check(const char *json, const char *const *found, const char *const *not_found)
{
    const struct customer_terms terms = terms_of(json);
    for (; *found != NULL; found++) {
        if (!finds(&terms, *found)) {
            fail_msg("%s does not find %s", *found, json);
        }
    }
    for (; *not_found != NULL; not_found++) {
        if (finds(&terms, *not_found)) {
            fail_msg("%s finds %s", *not_found, json);
        }
    }
}

static void any_part_of_a_name(void **state)
{
    (void)state;
    const char *const found[] = {"anna",  "ANNA",     "nna",          "hof",    "mann",   "fma",
                                 "n",     "anna hof", "hofmann anna", "Müller", "muller", "ller",
                                 "Crème", "creme",    "cafe cr",      NULL};
    const char *const not_found[] = {"hanna", "mannx", "anna berta", "!!!", "", NULL};
    check("{\"name\":\"Anna Hofmann\",\"last_name\":\"Müller\",\"company\":\"Café Crème GmbH\"}", found,
          not_found);
}

static void joined_and_split_words(void **state)
{
    (void)state;
    const char *const found[] = {"O'Brien", "obrien", "brien", "smith-jones", "smithjones", "jones", NULL};
    const char *const not_found[] = {"josmith", NULL};
    check("{\"name\":\"O'Brien Smith-Jones\"}", found, not_found);
}

static void a_number_in_any_notation(void **state)
{
    (void)state;
    const char *const stored[] = {"+43 664 1234567", "0664/123 45 67", "00436641234567", "+43 (0)664 1234567",
                                  "0043 (0) 664 / 1234567"};
    const char *const found[] = {"+43 664 1234567",
                                 "+436641234567",
                                 "0664/123 45 67",
                                 "00436641234567",
                                 "6641234567",
                                 "664 1234567",
                                 "0664",
                                 "1234567",
                                 "4567",
                                 "123 45",
                                 "+43 (0)664 1234567",
                                 "0664-1234567",
                                 "(0664) 1234567",
                                 NULL};
    const char *const not_found[] = {"+43 664 7654321", "0676", "7654", NULL};
    for (size_t i = 0; i < sizeof stored / sizeof stored[0]; i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"name\":\"x\",\"phone\":\"%s\"}", stored[i]);
        check(json, found, not_found);
    }
    const char *const abroad[] = {"+1 212 555 0100", "0012125550100", "212 555", "5550100", NULL};
    const char *const nobody[] = {"+1 212 555 0101", NULL};
    check("{\"name\":\"x\",\"phone\":\"+1 (212) 555-0100\"}", abroad, nobody);
    const char *const italy[] = {"+39 06 1234567", "06 1234567", "061234567", "0039061234567", NULL};
    check("{\"name\":\"x\",\"phone\":\"+39 06 1234567\"}", italy, nobody);
    check("{\"name\":\"x\",\"phone\":\"06 1234567\"}", italy, nobody);
}

static void numbers_and_words_together(void **state)
{
    (void)state;
    const char *const found[] = {"hof 0664", "0664 hof", "anna 4567", "54", "studio 54", NULL};
    const char *const not_found[] = {"hof 0676", "studio 55", NULL};
    check("{\"name\":\"Anna Hofmann\",\"company\":\"Studio 54\",\"phone\":\"+43 664 1234567\"}", found,
          not_found);
}

static void any_part_of_an_address(void **state)
{
    (void)state;
    const char *const found[] = {
        "anna.hofmann@example.com", "hofmann@ex", "example", "ample.com", "anna+shop", NULL};
    const char *const not_found[] = {"anna@example.org", NULL};
    check("{\"name\":\"x\",\"email\":\"Anna.Hofmann+shop@Example.com\"}", found, not_found);
}

static void long_names_stay_within_limits(void **state)
{
    (void)state;
    char json[4096], name[1201];
    for (int at = 0; at < 200; at++) {
        memcpy(name + at * 6, "ẞẞ", 6); /* each folds to four letters */
    }
    name[1200] = '\0';
    snprintf(json, sizeof json, "{\"name\":\"%s\",\"company\":\"%.600s\",\"email\":\"%.200s@example.com\"}",
             name, name,
             "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
             "rstuvwx");
    const struct customer_terms terms = terms_of(json);
    assert_in_range(terms.count, 1, LEDGER_TERMS_MAX);
    for (size_t i = 0; i < terms.count; i++) {
        assert_in_range(strlen(terms.terms[i]), 1, LEDGER_TERM_MAX);
    }
    assert_true(finds(&terms, "ssss"));
    assert_true(finds(&terms, "example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_part_of_a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(joined_and_split_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_in_any_notation, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_and_words_together, setup, teardown),
        cmocka_unit_test_setup_teardown(any_part_of_an_address, setup, teardown),
        cmocka_unit_test_setup_teardown(long_names_stay_within_limits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
