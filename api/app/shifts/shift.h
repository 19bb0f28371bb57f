/*
 * Shifts, for those who sell and refund: which shift of a register a record belongs to, and what the record
 * does to it. The use cases of shifts themselves are in app/shifts/shifts.h.
 *
 * Which one. A register has one open shift at a time. What happens on the register belongs to it: the record
 * carries its id, and the act posts to its balances, on the condition that it is still open. Between the look
 * and the commit it may be closed: then the act is refused with STATUS_DOCUMENT_STATE, and who sells looks
 * again and lays the record out anew, at most SHIFT_TRIES times:
 *
 *     for (tries = 0; …; tries++) {
 *         status = shift_find(call, register_, asked, captured_at_ms, &place);
 *         …
 *         struct shift_effect effect = {.type = SHIFT_SALE, .total = …, .change = …};
 *         shift_effect_tenders(&effect, tenders, count);
 *         if (place.found) act.postings[n++] = shift_posting(&place, &effect);
 *         … commit; STATUS_DOCUMENT_STATE of that posting: again …
 *     }
 *
 * Late. A sale that a till made offline happened when it happened. When its shift is closed by now, it is
 * taken all the same: `late` is set, the record gets the flag "closed_shift", and what it comes to is posted
 * to the shift's supplement; the Z report stays as it is.
 *
 * The drawer. What should be in it is
 *
 *     float + cash tendered − change − cash given back + tips in cash + paid in − paid out − dropped
 *
 * Cash that a tender of type "cash" brings is its amount and its tip: both are in the drawer.
 */
#ifndef MYPOS_APP_SHIFT_H
#define MYPOS_APP_SHIFT_H

#include "app/app.h"
#include "ledger/ledger.h"

struct selling_register;

#define SHIFT_TRIES     8
#define SHIFT_LATE_FLAG "closed_shift" /* of a record that came after its shift was closed */
#define SHIFT_OPEN      "open"         /* states of a shift's document */
#define SHIFT_CLOSED    "closed"

/* Where a record belongs. */
struct shift_place {
    bool found;   /* false: the register has no shift, and needs none */
    bool late;    /* the shift is closed: flag the record */
    bool unknown; /* of an offline sale: the register has no such shift as was asked for; flag the record */
    struct id id;
};

/* The shift of a new record on this register. `asked` is the request's shift_id, or NULL. Of a sale that was
 * captured offline `captured_at_ms` says when; 0: it happens now.
 *
 * Now: the register's open shift, or none. STATUS_SHIFT_REQUIRED when the store's shifts are required and
 * none is open, STATUS_SHIFT_CLOSED when `asked` is, STATUS_VALIDATION_FAILED with a fault at /shift_id when
 * it is no shift of this register.
 * Offline: `asked` when it is a shift of this register; else the shift that was open at that time, or none:
 * `unknown` then says that `asked` was not to be found.
 * Never refused. */
MUST_CHECK enum status shift_find(struct call *call, const struct selling_register *register_,
                                  const struct id *asked, int64_t captured_at_ms, struct shift_place *place);

/* The same without asking the ledger: the shift of a record that happens now, as this process has seen it
 * last. It may be closed by now: for a first try only, whose refusal is followed by shift_find. False: it is
 * not known. */
bool shift_recall(struct call *call, const struct selling_register *register_, const struct id *asked,
                  struct shift_place *place);

enum shift_type {
    SHIFT_SALE,
    SHIFT_REFUND,
    SHIFT_VOID,
};

/* What a record does to a shift. Set the first three, then add its tenders; amounts of refunds and voids are
 * positive, as in the record. */
struct shift_effect {
    enum shift_type type;
    int64_t total;
    int64_t change;
    int64_t cash, cash_tips, tips; /* of the tenders */
};

void shift_effect_tender(struct shift_effect *effect, const char *type, int64_t amount, int64_t tip);
void shift_effect_tenders(struct shift_effect *effect, const struct journal_tender *tenders, size_t count);

/* What comes into the drawer by it, tips included; negative when it goes out. */
int64_t shift_effect_cash(const struct shift_effect *effect);

/* The posting for the act of the record. */
struct ledger_posting shift_posting(const struct shift_place *place, const struct shift_effect *effect);

#endif
