/*
 * Shifts: open one, move cash, read its X report, close it, read its Z report. app/shifts/shift.h is for who
 * sells.
 */
#ifndef MYPOS_APP_SHIFTS_H
#define MYPOS_APP_SHIFTS_H

#include "app/app.h"

/* Which shifts, as a client asks. Everything is optional and borrowed. */
struct shifts_query {
    bool has_store, has_register;
    struct id store_id, register_id;
    const char *state; /* "open", "closed"; NULL: both */
    const char *cursor;
    int64_t limit;
};

/* Opens a shift from a ShiftOpen and answers with it, 201. STATUS_VALIDATION_FAILED; STATUS_SHIFT_OPEN with
 * the one that the register has. */
MUST_CHECK enum status shift_open(struct call *call, const json_t *request);

/* Answers with a Shift and its report. STATUS_SHIFT_NOT_FOUND. */
MUST_CHECK enum status shift_read(struct call *call, const struct id *id);

/* Answers with a page of shifts, the newest first. */
MUST_CHECK enum status shifts_list(struct call *call, const struct shifts_query *query);

/* Posts a ShiftMovementCreate and answers with the movement, 201. STATUS_SHIFT_NOT_FOUND,
 * STATUS_SHIFT_CLOSED, STATUS_VALIDATION_FAILED. */
MUST_CHECK enum status shift_movement_create(struct call *call, const struct id *id, const json_t *request);

/* Answers with a page of movements, the newest first. STATUS_SHIFT_NOT_FOUND. */
MUST_CHECK enum status shift_movements_list(struct call *call, const struct id *id, const char *cursor_text,
                                            int64_t limit);

/* Closes a shift with a ShiftClose and answers with it and its Z report. The same close again answers again.
 * STATUS_SHIFT_NOT_FOUND, STATUS_SHIFT_CLOSED, STATUS_VALIDATION_FAILED. */
MUST_CHECK enum status shift_close(struct call *call, const struct id *id, const json_t *request);

/* Answers with the report as text of so many columns. STATUS_SHIFT_NOT_FOUND. */
MUST_CHECK enum status shift_report_text(struct call *call, const struct id *id, unsigned columns);

#endif
