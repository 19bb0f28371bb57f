/*
 * Fault points: named steps at which a test lets the process die.
 *
 * They are there only in a build with -DMYPOS_FAULT_POINTS=ON; elsewhere a fault point is nothing at all. The
 * environment says where: MYPOS_FAULT_POINT=sale/movements:3 kills the process (SIGKILL, so nothing is
 * flushed and no handler runs) as it passes that point for the third time; without a number, the first time.
 *
 *     ACT/STEP            an act of the ledger (its name: sale, refund, shift_close …) after a step
 *                         (FAULT_ACT_STEPS, in their order)
 *     writer/STEP         the one writer of SQLite, for acts of the ledger and of the catalogue:
 *                         before_commit, after_commit
 *     answer/OPERATION    an answer that is complete and not yet sent, by its operationId
 */
#ifndef MYPOS_BASE_FAULT_POINT_H
#define MYPOS_BASE_FAULT_POINT_H

/* X(step): what an act of the ledger has just done. */
#define FAULT_ACT_STEPS(X)                                                                                   \
    X(begun)     /* it is the writer's turn; nothing is read */                                              \
    X(searched)  /* it is no replay */                                                                       \
    X(records)   /* the records have their place in the journal */                                           \
    X(checked)   /* the documents allow it */                                                                \
    X(movements) /* the stock is moved */                                                                    \
    X(postings)  /* the balances are moved, their entries kept */                                            \
    X(writes)    /* the documents are written */                                                             \
    X(events)    /* the outbox has the events */                                                             \
    X(kept)      /* the act and its key are kept */

void fault_point_pass(const char *where, const char *step);

#ifdef MYPOS_FAULT_POINTS
#define FAULT_POINT(where, step) fault_point_pass(where, step)
#else
#define FAULT_POINT(where, step) ((void)0)
#endif

#endif
