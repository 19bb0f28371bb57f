/*
 * The ledger over SQLite (migrations/sqlite/0002_ledger.sql, 0004_ledger_acts.sql): acts go through the one
 * writer, so they are serial, share commits and fail alone; reads go through the pool of readers.
 */
#ifndef MYPOS_LEDGER_SQLITE_H
#define MYPOS_LEDGER_SQLITE_H

#include "ledger/ledger.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

/* Borrows both, which must outlive the ledger. Without a writer (NULL) the ledger is for reading only: its
 * acts return STATUS_STORAGE_UNAVAILABLE. The caller owns the ledger and closes it by its `close`. */
MUST_CHECK enum status ledger_sqlite_open(struct writer *writer, struct readers *readers,
                                          const struct ledger **ledger);

/* Whether nothing was ever sold, counted or written here. */
MUST_CHECK enum status ledger_sqlite_is_empty(const struct ledger *ledger, bool *is);

#endif
