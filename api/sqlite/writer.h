/*
 * The one writer, with group commit.
 *
 * Invariants:
 *  1. One thread, one connection: nothing else writes or checkpoints the file.
 *  2. An act runs whole, in the writer's thread, in the order of arrival; it fails alone. It may be run twice:
 *     a group runs without savepoints at first, for they cost a fifth of a sale (each page that an act
 *     changes is copied), and most acts succeed or fail before they write. When one fails after it has
 *     written, the group is rolled back and run again, each act in a savepoint. So an act begins anew what it
 *     keeps in its context, and does nothing that a rollback does not undo.
 *  3. Acts that wait in the queue share a commit. writer_run returns after the commit is durable
 *     (synchronous=FULL), so what it acknowledges is on the disk.
 *  4. When the commit fails (disk full, I/O error, failed sync), every act of the group is refused with
 *     STATUS_STORAGE_UNAVAILABLE and nothing of it is in the database. The next group tries anew: the
 *     writer recovers when the disk does.
 *  5. Pages go to the WAL at the commit and not before (cache_spill off), because an act may be undone to its
 *     savepoint: SQLite 3.40.1 loses all later commits at the next recovery when a transaction wrote a
 *     page to the WAL twice, was rolled back to a savepoint before both, and then committed (the frames
 *     after it have wrong checksums). An act too large for that runs alone, in a transaction of its own
 *     that may spill and is undone as a whole.
 *
 *  6. An act waits for nothing but the disk, so that others wait for nothing else. One kind is different: an
 *     act of a catalogue that several instances share (catalog/replica.h) holds its transaction open while
 *     the shared log takes it. Readers do not notice; acts behind it wait as long.
 *
 *     waiting ──▶ running ──▶ committing ──▶ durable
 *                  │   │          │ COMMIT fails: ROLLBACK
 *                  │   │          ▼
 *                  │   │      all refused
 *                  │   └─ act fails, nothing written ──▶ failed, alone
 *                  │ act fails midway: ROLLBACK
 *                  ▼
 *                 running again (SAVEPOINT … RELEASE), then as above
 *                  └─ act fails: ROLLBACK TO ──▶ failed, alone
 */
#ifndef MYPOS_SQLITE_WRITER_H
#define MYPOS_SQLITE_WRITER_H

#include "sqlite/db.h"

#define WRITER_BATCH_MAX 64   /* acts a commit */
#define WRITER_QUEUE_MAX 1024 /* acts waiting; more are refused with STATUS_OVERLOADED */

#define WRITER_SCRUB_WAIT_MS  5000
#define WRITER_SCRUB_RETRY_MS 50

struct writer;

/* An act: works on the connection; anything but STATUS_OK undoes what it did. It may be run twice (invariant 2),
 * by writer_run only. What it writes outside the database (its context) counts only when writer_run returned
 * STATUS_OK. */
typedef enum status (*writer_act)(struct db *db, void *context);

struct writer_figures {
    uint64_t commits, acts, failed_commits;
    uint64_t repeated;       /* groups that were run again, in savepoints */
    uint64_t batch_sizes[7]; /* commits of 1, 2, ≤ 4, ≤ 8, ≤ 16, ≤ 32, ≤ 64 acts */
    unsigned queued;         /* now */
    bool healthy;            /* the last commit succeeded */
};

/* Starts the thread; takes `db`, which writer_stop closes after the queue has been worked off. */
MUST_CHECK enum status writer_start(struct db *db, struct writer **writer);
void writer_stop(struct writer *writer);

/* Runs an act and waits until it is durable. Any thread. */
MUST_CHECK enum status writer_run(struct writer *writer, writer_act act, void *context);

/* The same for an act that writes more than memory should hold, such as an import: it shares its transaction
 * with no other, and must not use savepoints. */
MUST_CHECK enum status writer_run_alone(struct writer *writer, writer_act act, void *context);

/* The same for an act that begins and ends its transactions itself. None is open when it starts; one that it
 * leaves open is rolled back. */
MUST_CHECK enum status writer_run_bare(struct writer *writer, writer_act act, void *context);

/* Has the WAL emptied (db_empty_log), between two groups, and waits until it is, at most
 * WRITER_SCRUB_WAIT_MS; when readers keep it longer, it is tried until they do not. It is done at the start,
 * too, for what was deleted before a crash. */
void writer_scrub(struct writer *writer);

struct writer_figures writer_figures(struct writer *writer);

#endif
