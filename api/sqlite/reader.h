/*
 * Readers: a pool of read-only connections with kept statements.
 *
 * A reader sees the last commit. Take one, read, give it back within the request.
 */
#ifndef MYPOS_SQLITE_READER_H
#define MYPOS_SQLITE_READER_H

#include "sqlite/db.h"

#define READERS_MAX 8

struct readers;

/* Opens `count` connections (1 … READERS_MAX); the file must exist and the writer have opened it. */
MUST_CHECK enum status readers_open(const char *path, unsigned count, struct readers **readers);
void readers_close(struct readers *readers);

/* A connection for this thread alone; never NULL, waits while all are taken. */
struct db *reader_take(struct readers *readers);
void reader_give_back(struct readers *readers, struct db *db);

#endif
