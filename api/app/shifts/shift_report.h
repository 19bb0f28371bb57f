/*
 * The report of a shift: its records, summed. Of an open shift that is the X report, of a closed one the Z
 * report. Records count once, whatever the order in which they are added; late ones do not count.
 *
 * No sum overflows: an amount is at most MONEY_MAX, so that takes a million of the largest.
 */
#ifndef MYPOS_APP_SHIFT_REPORT_H
#define MYPOS_APP_SHIFT_REPORT_H

#include "app/app.h"
#include "app/shifts/shift.h"

#define SHIFT_HOURS 24

/* What happens at a drawer besides sales. */
enum shift_movement {
    SHIFT_PAY_IN,
    SHIFT_PAY_OUT,
    SHIFT_DROP,
    SHIFT_NO_SALE,
    SHIFT_MOVEMENT_COUNT
};

/* Its name, which is also the reason of its posting; and which one has a name: SHIFT_MOVEMENT_COUNT for none.
 */
const char *shift_movement_name(enum shift_movement movement);
enum shift_movement shift_movement_named(const char *name);

struct shift_amount {
    int64_t count, total;
};

/* Records that have something in common: a tax, a tender, a discount, a cashier. */
struct shift_group {
    struct shift_group *next; /* in the order of their keys */
    const char *key;
    const char *id, *kind, *name, *rate; /* what they have in common; what does not apply is NULL */
    bool inclusive;
    int64_t count;
    int64_t amount, base;             /* of taxes, discounts and cashiers */
    int64_t received, returned, tips; /* of tenders */
};

struct shift_report {
    struct arena *arena;
    const char *time_zone; /* of the store: hours are those of its clock */
    int64_t transactions;
    struct shift_amount types[SHIFT_VOID + 1]; /* by enum shift_type */
    int64_t discount_total, tax_total, rounding, tip_total;
    int64_t first_sequence, last_sequence; /* 0: no record */
    const char *first_receipt, *last_receipt;
    struct shift_group *taxes, *tenders, *discounts, *cashiers;
    struct shift_amount hours[SHIFT_HOURS];
    struct shift_amount movements[SHIFT_MOVEMENT_COUNT];
    int64_t opening_float, cash_received, cash_returned, cash_tips, tips_paid_out;
};

/* Sums the records and the movements of a shift. */
MUST_CHECK enum status shift_report_read(struct call *call, const struct ledger_document *shift,
                                         const char *time_zone, struct shift_report *report);

/* What should be in the drawer. */
int64_t shift_report_expected_cash(const struct shift_report *report);

/* Writes its members into the object that the writer is in; without what would say how much cash should be
 * there when `blind`. */
void shift_report_emit(struct json_writer *json, const struct shift_report *report, bool blind);

#endif
