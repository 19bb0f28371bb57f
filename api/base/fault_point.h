/*
 * Fault points: named steps at which a test lets the process die.
 *
 * They are there only in a build with -DMYPOS_FAULT_POINTS=ON; elsewhere a fault point is nothing at all. The
 * environment says where: MYPOS_FAULT_POINT=sale/movements:3 kills the process (SIGKILL, so nothing is
 * flushed and no handler runs) as it passes that point for the third time; without a number, the first time.
 *
 *     ACT/STEP                  after a step of an act of the ledger (its name: sale, refund, shift_close …):
 *                               FAULT_ACT_STEPS, in their order
 *     ACT/before_commit         the one writer of SQLite, before and after its commit, which a group of acts
 *     ACT/after_commit          shares: the name is the last one's, "other" of what is not the ledger's; in
 *                               DynamoDB before and after each transaction of the act
 *     catalog/STEP              an act of a catalogue that several instances share: parts, before_append,
 *                               appended, after_commit
 *     webhook_create/STEP       created, secret_kept; webhook_rotate/STEP: secret_kept
 *     image/STEP                an upload of a picture: expected, kept_small, kept
 *     OPERATION/before_answer   an answer that is ready and not yet sent, by its operationId
 */
#ifndef MYPOS_BASE_FAULT_POINT_H
#define MYPOS_BASE_FAULT_POINT_H

/* X(step): what an act of the ledger has just done. */
#define FAULT_ACT_STEPS(X)                                                                                   \
    X(begun)     /* it is the writer's turn; nothing is read */                                              \
    X(searched)  /* it is no replay */                                                                       \
    X(checked)   /* the documents and the stock allow it */                                                  \
    X(records)   /* the records have their place in the journal */                                           \
    X(movements) /* the stock is moved */                                                                    \
    X(postings)  /* the balances are moved, their entries kept */                                            \
    X(writes)    /* the documents are written */                                                             \
    X(events)    /* the outbox has the events */                                                             \
    X(kept)      /* the act and its key are kept */

void fault_point_act(const char *name);
void fault_point_pass(const char *step);

/* FAULT_ACT says what this thread works on from here, FAULT_POINT that it has come to a step of it. */
#ifdef MYPOS_FAULT_POINTS
#define FAULT_ACT(name)   fault_point_act(name)
#define FAULT_POINT(step) fault_point_pass(step)
#else
#define FAULT_ACT(name)   ((void)0)
#define FAULT_POINT(step) ((void)0)
#endif

#endif
