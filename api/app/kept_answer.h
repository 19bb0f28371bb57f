/*
 * Answers that are known before their act: the ledger keeps them with the Idempotency-Key, so that the same
 * request again gets the first answer again, whatever has become of the document since.
 *
 *     … set call->answer …
 *     const struct ledger_answer kept = kept_answer_of(call);
 *     act.answer = &kept;
 *     status = commit(…, &outcome);
 *     if (status == STATUS_OK && outcome.replayed && !kept_answer_replay(call, &outcome)) …
 */
#ifndef MYPOS_APP_KEPT_ANSWER_H
#define MYPOS_APP_KEPT_ANSWER_H

#include "app/app.h"
#include "ledger/ledger.h"

/* Borrows the call's answer. */
struct ledger_answer kept_answer_of(const struct call *call);

/* Answers a replay with what was kept; false when nothing was, for it came by the id alone. */
bool kept_answer_replay(struct call *call, const struct ledger_outcome *outcome);

#endif
