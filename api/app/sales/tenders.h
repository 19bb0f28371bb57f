/*
 * Tenders of a request: how a sale is paid, or a refund paid out, as the client says.
 *
 * Reading them finds what the document cannot say: members that a type needs or does not take. What they come
 * to is settled by core/tender.h.
 */
#ifndef MYPOS_APP_TENDERS_H
#define MYPOS_APP_TENDERS_H

#include "app/app.h"
#include "core/journal.h"

struct tenders {
    size_t count;
    struct tender settled[TENDER_COUNT_MAX];         /* input of tender_settle */
    struct journal_tender journal[TENDER_COUNT_MAX]; /* as the record has them */
    const char *gift_cards[TENDER_COUNT_MAX];        /* the code or id of a gift card; NULL: it is none */
};

/* Reads an array of TenderInput at `pointer` ("/tenders"). Borrows its strings. STATUS_VALIDATION_FAILED with
 * all faults. */
MUST_CHECK enum status tenders_read(struct call *call, const json_t *array, const char *pointer,
                                    struct tenders *tenders);

/* Settles them (core/tender.h). STATUS_TENDER_EXCESS, STATUS_TENDER_INSUFFICIENT or STATUS_VALIDATION_FAILED
 * with a fault that names the tender. */
MUST_CHECK enum status tenders_settle(struct call *call, const struct tenders *tenders, const char *pointer,
                                      int64_t due, int64_t increment, struct tender_settlement *settlement);

/* The sum of a type. */
int64_t tenders_sum(const struct tenders *tenders, enum tender_type type);

#endif
