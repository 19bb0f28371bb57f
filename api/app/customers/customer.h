/*
 * A customer at the till: who buys, what holds for them, and what a sale or a refund does to their balances.
 *
 *     customer_find ─▶ price the cart: groups, exemption ─▶ customer_post_sale ─▶ the act's posting
 *                                                                 refused ─▶ customer_explain
 *
 * A customer that was merged is the one it was merged into. Postings name the state that was read, so a merge
 * or an erasure in between is refused by the ledger (STATUS_DOCUMENT_STATE): find again, and the sale is the
 * other's.
 */
#ifndef MYPOS_APP_CUSTOMER_H
#define MYPOS_APP_CUSTOMER_H

#include "app/app.h"
#include "core/loyalty.h"
#include "ledger/ledger.h"

#define CUSTOMER_ACTIVE "active"
#define CUSTOMER_MERGED "merged"
#define CUSTOMER_ERASED "erased"

#define CUSTOMER_GROUPS_MAX 20

struct customer {
    struct id id;     /* of whom the postings are: what a record carries as customer_id */
    const char *name; /* NULL of an erased one */
    bool is_erased;   /* only from customer_of_record */
    size_t group_count;
    struct id *group_ids; /* as they are kept: the catalogue knows which of them there still are */
    bool tax_exempt;      /* today */
    const char *exemption_reason;
    const char *exemption_certificate; /* NULL: none */
    int64_t account_limit;
    int64_t balances[LEDGER_BALANCES]; /* when it was read: to show, and to refuse early */
};

/* Finds the customer of a sale. `pointer` names the member of the request that a refusal is about, `day` is
 * the business day, on which an exemption holds or not. A customer that does not exist or was erased is a
 * fault (STATUS_VALIDATION_FAILED). Everything lives in the call's arena. */
MUST_CHECK enum status customer_find(struct call *call, const struct id *id, const char *pointer, int64_t day,
                                     struct customer *customer);

/* The customer of a stored record, for a refund or a void: an erased one is found too.
 * STATUS_DOCUMENT_NOT_FOUND when there never was one. */
MUST_CHECK enum status customer_of_record(struct call *call, const struct id *id, struct customer *customer);

/* What a sale does. All amounts are ≥ 0. */
struct customer_sale {
    int64_t spent;          /* the record's total */
    int64_t earned, burned; /* points */
    int64_t store_credit;   /* tendered */
    int64_t account;        /* tendered: what will be owed */
};

/* What a refund or a void does. All amounts are ≥ 0; points are differences of core/loyalty.h. */
struct customer_refund {
    bool is_void;                   /* the visit did not happen */
    int64_t spent;                  /* the record's total */
    int64_t taken_back, given_back; /* points: of those earned, of those burned */
    int64_t store_credit;           /* paid out as store credit */
    int64_t account;                /* no longer owed */
};

/* Refuses to burn more points than there were when the customer was read: STATUS_INSUFFICIENT_BALANCE. For a
 * sale that earns more than it burns, which lowers nothing and so meets no floor of the ledger's. */
MUST_CHECK enum status customer_check_points(struct call *call, const struct customer *customer,
                                             int64_t points, const char *pointer);

/* Fill a posting: a sale's refuses to spend what is not there and to owe more than the limit; a refund's is
 * never refused, so points that were spent already leave fewer than none. Of an erased customer only what was
 * spent is posted: points and credit went with the person. */
void customer_post_sale(const struct customer *customer, const struct customer_sale *sale,
                        struct ledger_posting *posting);
void customer_post_refund(const struct customer *customer, const struct customer_refund *refund,
                          struct ledger_posting *posting);

/* Two postings to one document as one, for an exchange: amounts add up, of the floors the higher one holds.
 * The rest is that of `posting`. */
void customer_post_both(struct ledger_posting *posting, const struct ledger_posting *other);

/* The words for a posting to a customer that was refused with STATUS_INSUFFICIENT_BALANCE (`pointer` names
 * what asked for too much) or STATUS_DOCUMENT_STATE. Returns the status. */
enum status customer_explain(struct call *call, const struct customer *customer,
                             const struct ledger_posting *posting, const struct ledger_outcome *outcome,
                             enum status status, const char *pointer);

#endif
