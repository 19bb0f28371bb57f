/*
 * The catalogue: reference data in SQLite, read on every request, changed rarely.
 *
 * Every change is one numbered change in the change log (catalog/change.h), written in the same act as the
 * row it changes; `catalog_seq` is the number of the newest one that is durable.
 */
#ifndef MYPOS_CATALOG_CATALOG_H
#define MYPOS_CATALOG_CATALOG_H

#include "base/arena.h"
#include "base/detail.h"
#include "sqlite/writer.h"

struct catalog;
struct replica;
struct selling_cache;

#define CATALOG_WORDS_MAX 256

/* Reads the sequence. The caller owns it. */
MUST_CHECK enum status catalog_open(struct db *db, struct catalog **catalog);
void catalog_close(struct catalog *catalog);

/* Inside an act: gives a fresh catalogue its first store, register and currency. `seq` is the newest change,
 * 0 when nothing was to be done. */
MUST_CHECK enum status catalog_prepare(struct db *db, int64_t *seq);

/* Who writes it, and, of one of several that are kept equal, what keeps it (catalog/replica.h); NULL: it is
 * alone. Both are borrowed. */
void catalog_attach(struct catalog *catalog, struct writer *writer, struct replica *replica);

/* Runs an act that changes the catalogue; all of them go through here. It may be run more than once, so what
 * it writes into its context must not depend on how often. The act calls nothing back here. `large`: it
 * writes more than memory should hold (writer_run_alone). */
MUST_CHECK enum status catalog_write(struct catalog *catalog, writer_act act, void *context, bool large);

/* Waits until the catalogue has come to a change, at most so long; whether it has. */
bool catalog_wait(struct catalog *catalog, int64_t seq, int64_t wait_ms);

/* Why the catalogue must not be used, as it is not what the other instances have; false: it may be. And why
 * it should rather not: it may be behind. */
bool catalog_is_broken(const struct catalog *catalog, char words[static CATALOG_WORDS_MAX]);
bool catalog_has_fault(const struct catalog *catalog, char words[static CATALOG_WORDS_MAX]);

/* The newest durable change; any thread. Whatever is derived from the catalogue and kept in memory is
 * valid for one value of it. */
int64_t catalog_seq(const struct catalog *catalog);

/* What sales read, kept in memory (catalog/selling_cache.h). */
struct selling_cache *catalog_selling_cache(const struct catalog *catalog);

/* Called after a commit that changed the catalogue. */
void catalog_seq_advance(struct catalog *catalog, int64_t seq);

#endif
