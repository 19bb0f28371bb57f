/*
 * Changesets: what an act changed in the catalogue's tables, row by row, as SQLite's session extension
 * records it (https://www.sqlite.org/sessionintro.html), deflated. Applied to an equal catalogue it gives an
 * equal one: the values of every row are in it, and so is what a row had before, so a catalogue that is
 * another one is noticed.
 *
 * All tables belong to the catalogue but those that changeset_has_table names: what is derived (search),
 * the ledger's, and what only one instance knows. A new table of reference data is therefore replicated
 * unless it is named there; it needs a primary key.
 *
 * A catalogue with newer columns takes changesets of an older one. A changeset that knows more than the
 * catalogue is refused.
 */
#ifndef MYPOS_CATALOG_CHANGESET_H
#define MYPOS_CATALOG_CHANGESET_H

#include "base/text.h"
#include "catalog/spool.h"
#include "sqlite/writer.h"

/* Whether changes of this table are recorded. */
bool changeset_has_table(const char *table);

/* Inside a transaction that is rolled back in any case: runs the act and adds what it changed to the spool;
 * nothing, when it changed nothing. What is derived is left behind. Returns what the act does. */
MUST_CHECK enum status changeset_record(struct db *db, writer_act act, void *context, struct spool *spool);

/* Outside a transaction: adds all rows of the catalogue, as what would make it from an empty one. */
MUST_CHECK enum status changeset_of_all(struct db *db, struct spool *spool);

/* Inside a transaction, which is to be rolled back when this fails: applies what is in the spool and brings
 * what is derived up to date. STATUS_INTERNAL_ERROR: it does not fit this catalogue, and `why` has the words.
 */
MUST_CHECK enum status changeset_apply(struct db *db, const struct spool *spool, struct text *why);

#endif
