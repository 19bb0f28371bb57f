/*
 * Postings by hand as clients see them: who did it and why, which the ledger keeps as the detail of the act,
 * and the members of an entry.
 */
#ifndef MYPOS_APP_POSTING_JSON_H
#define MYPOS_APP_POSTING_JSON_H

#include "app/app.h"
#include "ledger/ledger.h"

/* The detail of an act of the caller's: {"actor", "reason"}; `reason` may be NULL. Lives in the call's arena.
 */
const char *posting_detail(struct call *call, const char *reason);

/* Opens the object of an entry: its id, time and type. The caller adds the amounts. */
void posting_emit_begin(struct json_writer *json, const struct ledger_entry *entry);

/* What its act's detail says, and closes the object. */
void posting_emit_end(struct json_writer *json, const struct ledger_entry *entry);

/* Answers a page of a document's entries, the newest first, each written by `emit`. `not_found` is the status
 * of a document that is not there; `letter` the list's (app/cursor.h). */
typedef void (*posting_emitter)(struct json_writer *json, const struct id *document_id,
                                const struct ledger_entry *entry);
struct posting_list {
    enum ledger_kind kind;
    enum status not_found;
    char letter;
    posting_emitter emit;
};
MUST_CHECK enum status posting_list(struct call *call, const struct posting_list *list,
                                    const struct id *document_id, const char *cursor, int64_t limit);

/* Finds the newest entry of a document that an act posted, for the answer to who posted it: the act is the
 * last one or nearly so. STATUS_INTERNAL_ERROR when it is not among the newest. */
MUST_CHECK enum status posting_find(struct call *call, enum ledger_kind kind, const struct id *document_id,
                                    const struct id *act_id, struct ledger_entry *entry);

#endif
