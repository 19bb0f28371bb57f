/*
 * What the contract tests of the ledger share: backends, and sales to commit.
 *
 * Tests see the port only (ledger/ledger.h). A backend starts an empty ledger with FIXTURE_STORES stores of
 * FIXTURE_REGISTERS registers each and FIXTURE_PRODUCTS products; keys count from 1, registers through all
 * stores. LEDGER_TESTS runs a table of tests over every backend.
 */
#ifndef MYPOS_TESTS_LEDGER_FIXTURE_H
#define MYPOS_TESTS_LEDGER_FIXTURE_H

#include "unit.h"

#include "base/clock.h"
#include "core/quantity.h"
#include "ledger/ledger.h"

#include <pthread.h>

#define FIXTURE_STORES    2
#define FIXTURE_REGISTERS 2
#define FIXTURE_PRODUCTS  400
#define FIXTURE_DAY       20779 /* 2026-11-22 */
#define FIXTURE_DAY_MS    (FIXTURE_DAY * 86400000LL)
#define FIXTURE_PRICE     250

struct ledger_backend {
    const char *name;
    const struct ledger *(*start)(void **state);
    void (*stop)(const struct ledger *ledger, void *state);
};
extern const struct ledger_backend ledger_backends[];
extern const size_t ledger_backend_count;

struct fixture {
    const struct ledger_backend *backend;
    const struct ledger *ledger;
    void *backend_state;
    struct arena arena; /* of the test's own thread */
};

/* Ids and codes that belong to keys. */
enum fixture_kind {
    FIXTURE_STORE,
    FIXTURE_REGISTER,
    FIXTURE_PRODUCT,
    FIXTURE_SALE
};
struct id fixture_id(enum fixture_kind kind, int64_t key);
struct ledger_ref fixture_ref(enum fixture_kind kind, int64_t key);
int64_t fixture_store_of(int64_t register_key);
const char *fixture_register_code(int64_t register_key); /* "K1" … */

/* A sale to commit: `quantity` of each of `count` products from `first_product` on, at FIXTURE_PRICE. All in
 * the arena; the caller changes what it likes before committing `act`. */
struct fixture_sale {
    struct ledger_act act; /* whose records and movements are these */
    struct ledger_record records[LEDGER_RECORDS_MAX];
    struct ledger_movement *movements;
};
struct fixture_sale *fixture_sale(struct arena *arena, int64_t register_key, int64_t number,
                                  int64_t first_product, size_t count, int64_t quantity);

/* Commits an act and expects `expected`; the outcome is the test's when it is not NULL. */
void fixture_commit(struct fixture *fixture, const struct ledger_act *act, enum status expected,
                    struct ledger_outcome *outcome);

/* The same in any thread, with an arena of its own; the caller looks at the status. */
enum status fixture_try(struct fixture *fixture, struct arena *arena, const struct ledger_act *act,
                        struct ledger_outcome *outcome);

int64_t fixture_level(struct fixture *fixture, int64_t store_key, int64_t product_key);
void fixture_set_level(struct fixture *fixture, int64_t store_key, int64_t product_key, int64_t level);

/* Runs `work` in `count` threads that start at once; `number` goes from 0. */
struct fixture_thread {
    struct fixture *fixture;
    size_t number;
    void *shared;
};
void fixture_in_threads(struct fixture *fixture, size_t count, void (*work)(struct fixture_thread *),
                        void *shared);

/* Walks the whole journal, checks every hash, chain and number; how many records there are, and their sum. */
struct fixture_journal {
    size_t records;
    int64_t total_minor;
    int64_t last_sequence[FIXTURE_STORES * FIXTURE_REGISTERS + 1]; /* by register key */
};
struct fixture_journal fixture_check_journal(struct fixture *fixture);

int fixture_start(void **state);
int fixture_stop(void **state);
int ledger_run_tests(const char *group, const struct CMUnitTest *tests, size_t count);

#define LEDGER_TEST(test)          cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)
#define LEDGER_TESTS(group, tests) ledger_run_tests(group, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
