/*
 * DynamoDB for the contract tests: tables of their own for each test, in whatever the environment says is
 * DynamoDB (tests/lib/with-aws.mjs); further instances on the same tables, also through a proxy that lets
 * calls go wrong.
 */
#ifndef MYPOS_TESTS_DYNAMODB_FIXTURE_H
#define MYPOS_TESTS_DYNAMODB_FIXTURE_H

#include "fake_http.h"
#include "ledger_fixture.h"

#include "aws/dynamodb_tables.h"
#include "ledger/dynamodb/ledger_dynamodb.h"

/* One process: a client of its own, and a ledger on it. */
struct dynamodb_instance {
    struct aws *aws;
    struct dynamodb *dynamodb;
    const struct ledger *ledger;
};

struct dynamodb_state {
    char prefix[40];
    struct dynamodb_instance instance; /* the fixture's own */
};

bool dynamodb_fixture_is_there(void);
void *dynamodb_fixture_create(void);
const struct ledger *dynamodb_fixture_open(void *state);
void dynamodb_fixture_close(const struct ledger *ledger, void *state);
void dynamodb_fixture_destroy(void *state);

/* Further instances; `url` of a proxy, or NULL. `deadline_ms` of its acts; 0: what they have by default. */
void dynamodb_instance_open(struct fixture *fixture, const char *url, int64_t deadline_ms,
                            struct dynamodb_instance *instance);
void dynamodb_instance_close(struct dynamodb_instance *instance);

/* What a client has used so far, of all operations. */
struct dynamodb_usage dynamodb_used(const struct dynamodb *dynamodb);

/* --- the proxy --- */

enum fault_kind {
    FAULT_NONE,
    FAULT_LOST,     /* it is carried out, and the answer does not come back */
    FAULT_CONFLICT, /* another transaction is at an item */
    FAULT_THROTTLE,
    FAULT_DOWN, /* the service has broken down: nothing is carried out */
};
/* What becomes of a call: its operation such as "TransactWriteItems", its number from 1 among those, its
 * body. */
typedef enum fault_kind (*fault_choice)(void *context, const char *operation, unsigned number,
                                        const char *body);

struct fault_proxy {
    struct fake_http *server;
    char url[64], upstream[128];
    fault_choice choose;
    void *context;
    unsigned transactions, others;
};
void fault_proxy_start(struct fault_proxy *proxy, fault_choice choose, void *context);
void fault_proxy_stop(struct fault_proxy *proxy);

/* An instance behind a proxy; the fixture's own goes straight. The acts of a hurried one have little time, for it
 * is used up. */
#define DYNAMODB_HURRIED_MS 1500
struct dynamodb_behind {
    struct fault_proxy proxy;
    struct dynamodb_instance instance;
};
void dynamodb_behind_open(struct fixture *fixture, fault_choice choose, void *context,
                          struct dynamodb_behind *behind);
void dynamodb_behind_open_hurried(struct fixture *fixture, fault_choice choose, void *context,
                                  struct dynamodb_behind *behind);
void dynamodb_behind_close(struct dynamodb_behind *behind);
enum status dynamodb_behind_commit(struct fixture *fixture, const struct dynamodb_behind *behind,
                                   const struct ledger_act *act, struct ledger_outcome *outcome);

/* --- time --- */

/* For clock_replace: the real one, so much later. */
extern int64_t dynamodb_moved_clock_ms;
int64_t dynamodb_moved_clock(void);

/* --- running --- */

int dynamodb_run_tests(const char *group, const struct CMUnitTest *tests, size_t count);
#define DYNAMODB_TESTS(group, tests) dynamodb_run_tests(group, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
