/*
 * A replica: the catalogue of one instance, kept equal to the others' by the shared log
 * (catalog/shared_log.h).
 *
 * Invariants:
 *  1. What is acknowledged is in the log. An act is rehearsed in a transaction that is rolled back, which
 *     gives its changeset; the changeset is applied, appended to the log, and only then committed.
 *  2. Every instance applies the same changesets in the same order, the one that appended too, by the same
 *     code. So equal positions mean equal catalogues, and a change that could not be applied is not appended.
 *  3. Who loses the race for a number rolls back, applies what the others did, and rehearses again, against
 *     what is there now. So does who is about to refuse, or to find nothing to do: it may not have known.
 *  4. An act that lost and takes long puts a hold before its next try; the others wait for its end.
 *  5. A catalogue that an entry does not fit, or that has missed one, is broken: it is not used any more,
 *     and made anew from a snapshot or from the log (catalog/snapshot.h). Nothing repairs it in place.
 *
 *  6. A changeset of a newer schema is not applied to an older one, where columns and tables would be missing
 *     and nobody would notice. The instance stays where it is, not ready, until it is upgraded. The other way
 *     round, columns that the changeset does not know have their defaults, which are the same everywhere.
 *
 *     act ──▶ rehearse ──▶ apply ──▶ append ──▶ commit ──▶ acknowledge
 *                │ refused             │ lost: roll back, catch up ─┐
 *                ▼                     │ unknown: look             │
 *             catch up; news? ─────────┴───────▶ rehearse ◀────────┘
 *
 * A process that dies between append and commit finds the entry in the log when it starts, and applies it.
 *
 * A thread of its own tails the log: at once when it is prompted, every REPLICA_TAIL_MS while somebody changes
 * something, and every REPLICA_CALM_MS when there was nothing for REPLICA_LIVELY_MS, for each look is paid for.
 */
#ifndef MYPOS_CATALOG_REPLICA_H
#define MYPOS_CATALOG_REPLICA_H

#include "base/detail.h"
#include "catalog/catalog.h"
#include "catalog/shared_log.h"
#include "catalog/snapshot.h"
#include "sqlite/writer.h"

#define REPLICA_TAIL_MS     250
#define REPLICA_CALM_MS     1000
#define REPLICA_LIVELY_MS   10000
#define REPLICA_STALE_MS    30000 /* without a look at the log: not ready */
#define REPLICA_PATIENCE_MS 15000 /* an act's: for its turn, for a hold, for a place in the log */
#define REPLICA_HOLD_MS     10000 /* at least */
#define REPLICA_HOLD_MAX_MS 600000
#define REPLICA_WORDS_MAX   256

struct replica;

/* All are borrowed, and outlive the replica. */
struct replica_options {
    const struct shared_log *log;
    const struct snapshot_store *snapshots; /* NULL: none are made, and the log keeps everything */
    struct catalog *catalog;
    struct writer *writer;
    const char *directory;    /* of the data: for spooled changesets and snapshots */
    const char *database;     /* its path */
    int64_t snapshot_entries; /* of the log, until the next snapshot */
    /* Called before this catalogue becomes the beginning of an empty log; NULL: nobody minds. What it refuses, with
     * its words, does not. */
    enum status (*begins)(void *context, struct detail *detail);
    /* Called once, by any thread, when the replica breaks: the process should close and open it again. */
    void (*broken)(void *context);
    void *context;
};

/* Brings the catalogue up to the log's end and starts to tail. A catalogue that has met no log yet and is not
 * empty becomes the beginning of a log that is. STATUS_NOT_READY: it is broken and marked, and replica_mend,
 * with the database closed, makes it anew; or, not marked, the log needs a newer version. The words of a refusal go to `detail`. */
MUST_CHECK enum status replica_open(const struct replica_options *options, struct detail *detail,
                                    struct replica **replica);
void replica_close(struct replica *replica); /* NULL is allowed; the database is still open */

/* Whether the data directory's catalogue is to be made anew; and the marking of it. */
bool replica_is_marked(const char *directory);
void replica_mark(const char *directory, const char *why);

/* Before the database is opened: makes it anew when it is marked or missing, from the newest snapshot, or
 * from nothing when the log has everything. What was there is moved aside. */
MUST_CHECK enum status replica_mend(const struct shared_log *log, const struct snapshot_store *snapshots,
                                    const char *directory, const char *database, struct detail *detail);

/* Runs an act of the catalogue everywhere. Any thread. `context` is used again when the act is run again.
 * The act's own status; STATUS_OVERLOADED: nothing happened, and it may be tried again;
 * STATUS_STORAGE_UNAVAILABLE: it may have happened. */
MUST_CHECK enum status replica_write(struct replica *replica, writer_act act, void *context, bool large);

/* Has the log looked at now. */
void replica_prompt(struct replica *replica);

/* Why the catalogue must not be used; false: it may. And why the instance is not ready, which it is not
 * either when the log has not been reached for a while. */
bool replica_is_broken(struct replica *replica, char words[static REPLICA_WORDS_MAX]);
bool replica_has_fault(struct replica *replica, char words[static REPLICA_WORDS_MAX]);

struct replica_figures {
    int64_t position;            /* in the log */
    uint64_t applied, appended;  /* entries */
    uint64_t bytes;              /* of their changesets */
    uint64_t lost_races, failed; /* acts that another instance's came before; that could not be appended */
    int64_t looked_ms_ago;       /* at the log */
};
struct replica_figures replica_figures(struct replica *replica);

#endif
