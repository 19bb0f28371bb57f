/*
 * Drafts of transactions: what every sale, refund and void does to become a record.
 *
 *     struct transaction_draft draft;
 *     transaction_draft_begin(call, register_, &id, "sale", now_ms, now_ms, &draft);
 *     draft.journal.lines = …; draft.journal.totals = …; …       what the record says (core/journal.h)
 *     draft.ledger.previous = …; draft.ledger.flagged = …;       what the ledger needs beside it
 *     transaction_draft_end(call, &draft);                       laid out, and hashed as far as it is known
 *     act.records[0] = draft.ledger;
 *     act.events[0] = transaction_draft_event(call, &draft, 0);
 *
 * The ledger's act is the same for all registers and must be short: so the record is laid out before it. Who
 * tries again with another shift begins the draft anew.
 */
#ifndef MYPOS_APP_TRANSACTION_DRAFT_H
#define MYPOS_APP_TRANSACTION_DRAFT_H

#include "app/app.h"
#include "ledger/ledger.h"

struct selling_register;

struct transaction_draft {
    struct journal_record journal;
    struct ledger_record ledger;
};

/* Sets who, where and when: both ids of the place, currency, cashier, times. `created_at_ms` is now;
 * `happened_at_ms`, which decides the business day, is earlier for what was captured offline. Borrows the
 * register. STATUS_INTERNAL_ERROR when the store's time zone is not on this machine. */
MUST_CHECK enum status transaction_draft_begin(struct call *call, const struct selling_register *register_,
                                               const struct id *id, const char *type, int64_t created_at_ms,
                                               int64_t happened_at_ms, struct transaction_draft *draft);

/* Lays the journal's record out. Ids that the journal names (shift, customer, original) and its total are
 * taken over for the ledger. Everything lives in the call's arena. STATUS_VALIDATION_FAILED: the record is
 * larger than LEDGER_RECORD_MAX. */
MUST_CHECK enum status transaction_draft_end(struct call *call, struct transaction_draft *draft);

/* The event of the record that stands at `index` of the act: transaction.completed, .refunded or .voided. */
struct ledger_event transaction_draft_event(const struct transaction_draft *draft, size_t index);

/* What the till believes is its register's last record: a request's member "previous". False: it does not
 * say. */
bool transaction_draft_previous(const json_t *request, struct ledger_position *previous);

/* A principal as records name it; lives in the call's arena. NULL for NULL. */
const struct sale_actor *transaction_draft_actor(struct call *call, const struct principal *principal);

/* An id as text, in the call's arena. */
const char *transaction_draft_id(struct call *call, const struct id *id);

/* A request that is refused now may be the retry of one that was not: the first answer again, if so, with all
 * records of its act in `earlier`. STATUS_OK, or the refusal. */
MUST_CHECK enum status transaction_find_earlier(struct call *call, const struct ledger_act *act,
                                                enum status refused, struct ledger_outcome *earlier);

#endif
