/*
 * What the contract tests of the ledger share: backends, acts to commit, company. ledger_invariants.h checks
 * what always holds.
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
#define FIXTURE_BEFORE    (-1000000) /* below the numbers that tests give */

struct ledger_backend {
    const char *name;
    bool (*is_there)(void);                    /* NULL: always */
    void *(*create)(void);                     /* an empty ledger, closed */
    const struct ledger *(*open)(void *state); /* as a process does that starts */
    void (*close)(const struct ledger *ledger, void *state);
    void (*destroy)(void *state);
};
extern const struct ledger_backend ledger_backends[];
extern const size_t ledger_backend_count;

struct fixture {
    const struct ledger_backend *backend;
    const struct ledger *ledger;
    void *backend_state;
    struct arena arena; /* of the test's own thread */
    int64_t
        last_act; /* the number of the last act of fixture_write_one and its like: from FIXTURE_BEFORE up */
};

/* Ids and codes that belong to keys and numbers. */
enum fixture_kind {
    FIXTURE_STORE,
    FIXTURE_REGISTER,
    FIXTURE_PRODUCT,
    FIXTURE_SALE,
    FIXTURE_ACT,
    FIXTURE_EVENT,
    FIXTURE_DOCUMENT /* and its kind */
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
    const struct sale_line *lines;
    size_t line_count;
    struct pricing_totals totals;
};
struct fixture_sale *fixture_sale(struct arena *arena, int64_t register_key, int64_t number,
                                  int64_t first_product, size_t count, int64_t quantity);

/* Gives its record a note of so many letters that are hard to compress. */
void fixture_add_note(struct arena *arena, struct fixture_sale *sale, size_t letters);

/* Commits an act and expects `expected`; the outcome is the test's when it is not NULL. */
void fixture_commit(struct fixture *fixture, const struct ledger_act *act, enum status expected,
                    struct ledger_outcome *outcome);

/* The same in any thread, with an arena of its own; the caller looks at the status. */
enum status fixture_try(struct fixture *fixture, struct arena *arena, const struct ledger_act *act,
                        struct ledger_outcome *outcome);

int64_t fixture_level(struct fixture *fixture, int64_t store_key, int64_t product_key);
void fixture_set_level(struct fixture *fixture, int64_t store_key, int64_t product_key, int64_t level);

/* An act without effects, to which the test gives some. */
struct ledger_act fixture_act(const char *name, int64_t number);

/* Whoever asks with `key` for `request`. */
struct idempotency_key fixture_key(const char *key, const char *request);

/* --- documents --- */

struct id fixture_document_id(enum ledger_kind kind, int64_t number);

/* The write of a new document in a state, which the test changes as it likes. */
struct ledger_write fixture_write(enum ledger_kind kind, int64_t number, const char *state);

/* A posting of one amount, without a floor or a reason. */
struct ledger_posting fixture_posting(enum ledger_kind kind, int64_t number, size_t balance, int64_t amount);

/* Commits one write or one posting in an act of its own. */
void fixture_write_one(struct fixture *fixture, const struct ledger_write *write, enum status expected,
                       struct ledger_outcome *outcome);
void fixture_post_one(struct fixture *fixture, const struct ledger_posting *posting, enum status expected,
                      struct ledger_outcome *outcome);

/* A document that must be there; and whether one is. */
struct ledger_document fixture_read(struct fixture *fixture, enum ledger_kind kind, int64_t number);
bool fixture_has(struct fixture *fixture, enum ledger_kind kind, int64_t number);

/* --- company --- */

/* Runs `work` in `count` threads that start at once; `number` goes from 0. */
struct fixture_thread {
    struct fixture *fixture;
    size_t number;
    void *shared;
    struct arena arena; /* of this thread */
};
void fixture_in_threads(struct fixture *fixture, size_t count, void (*work)(struct fixture_thread *),
                        void *shared);

/* How often each status came back. */
struct fixture_tally {
    pthread_mutex_t mutex;
    unsigned of[STATUS_COUNT], replayed;
};
#define FIXTURE_TALLY                                                                                        \
    {                                                                                                        \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                                   \
    }
enum status fixture_count(struct fixture_tally *tally, enum status status,
                          const struct ledger_outcome *outcome);

/* --- running --- */

/* Closes the ledger and opens it again. */
void fixture_reopen(struct fixture *fixture);

/* Commits an act in a process that dies (SIGKILL) as soon as it is durable, before anybody is told. */
void fixture_commit_and_die(struct fixture *fixture, const struct ledger_act *act);

int fixture_start(void **state);
int fixture_stop(void **state);
int ledger_run_tests(const char *group, const struct CMUnitTest *tests, size_t count);
int ledger_run_tests_over(const struct ledger_backend *backend, const char *group,
                          const struct CMUnitTest *tests, size_t count);

#define LEDGER_TEST(test)          cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)
#define LEDGER_TESTS(group, tests) ledger_run_tests(group, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
