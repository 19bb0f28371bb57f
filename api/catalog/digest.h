/*
 * The digest of a catalogue: two catalogues are equal when their digests are. For operators who wonder
 * whether two instances have the same, and for tests, which do not.
 */
#ifndef MYPOS_CATALOG_DIGEST_H
#define MYPOS_CATALOG_DIGEST_H

#include "base/text.h"
#include "sqlite/db.h"

/* Writes "position N\nseq N\n", then a line for each table of the catalogue (catalog/changeset.h), by name:
 * "TABLE ROWS SHA-256". As of one moment. */
MUST_CHECK enum status catalog_digest(struct db *db, struct text *out);

#endif
