/*
 * The ledger in DynamoDB. layout.h says what is kept where, and what it costs.
 *
 * Invariants:
 *   1. What an act does is in one TransactWriteItems; what does not fit goes in before it and does not count
 *      until it is there (intents.c).
 *   2. What decides is a condition of that transaction, or was read consistently and is a condition of it.
 *   3. A process keeps nothing that is not a fact for ever, but registers' last positions, which the
 *      transaction proves. Any process may be killed at any time; what it left half done is taken up by
 *      another within a minute (keeper.c).
 */
#ifndef MYPOS_LEDGER_DYNAMODB_H
#define MYPOS_LEDGER_DYNAMODB_H

#include "aws/dynamodb.h"
#include "ledger/ledger.h"

#define LEDGER_DYNAMODB_DEADLINE_MS 8000  /* of an act, its tries included */
#define LEDGER_DYNAMODB_LEASE_MS    10000 /* without a sign of life, another relay delivers */

struct ledger_dynamodb_options {
    const char *prefix;  /* of the tables' names; copied */
    int64_t deadline_ms; /* of an act; 0: LEDGER_DYNAMODB_DEADLINE_MS */
    bool reading;        /* commits, outbox and keeping are refused: for tools beside running servers */
};

/* `dynamodb` is borrowed; the tables are there (aws/dynamodb_tables.h). Closed by its op. */
MUST_CHECK enum status ledger_dynamodb_open(struct dynamodb *dynamodb,
                                            const struct ledger_dynamodb_options *options,
                                            const struct ledger **ledger);

/* Whether another process delivers events of this ledger: a server runs, or died a moment ago. */
MUST_CHECK enum status ledger_dynamodb_is_served(const struct ledger *ledger, bool *is);

/* Around a copy (take_over): says in the tables that what is there is no shop yet, and, when the copy was compared,
 * that it is one. STATUS_ID_TAKEN: there is something that is no copy's. In between nobody may sell on such tables.
 */
MUST_CHECK enum status ledger_dynamodb_begin_copy(const struct ledger *ledger);
MUST_CHECK enum status ledger_dynamodb_end_copy(const struct ledger *ledger);
MUST_CHECK enum status ledger_dynamodb_is_half_copied(const struct ledger *ledger, bool *is);

/* Does at once what is done in the background: takes up what was left half done, compacts what was asked for.
 * For tests, and before a copy is made. */
MUST_CHECK enum status ledger_dynamodb_keep(const struct ledger *ledger);

#endif
