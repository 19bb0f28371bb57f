/*
 * What always holds in a ledger, whatever was committed, refused or killed: asked through the port.
 */
#ifndef MYPOS_TESTS_LEDGER_INVARIANTS_H
#define MYPOS_TESTS_LEDGER_INVARIANTS_H

#include "ledger_fixture.h"

/* Walks the whole journal, checks every hash, chain and number; how many records there are, and their sum. */
struct fixture_journal {
    size_t records;
    int64_t total_minor;
    int64_t last_sequence[FIXTURE_STORES * FIXTURE_REGISTERS + 1]; /* by register key */
};
struct fixture_journal fixture_check_journal(struct fixture *fixture);

/* The movements of each product in each store add up to its level, one after the other; its own history tells
 * the same. How many movements there are. */
size_t fixture_check_stock(struct fixture *fixture);

/* The entries of a document follow one another, and the newest leads to its balances: when every posting had
 * a reason. `opening` are the balances that it began with. How many entries there are. */
size_t fixture_check_entries(struct fixture *fixture, enum ledger_kind kind, int64_t number,
                             const int64_t *opening);

/* The events that wait, all of them. */
struct ledger_outbox_event *fixture_events(struct fixture *fixture, size_t *count);

#endif
