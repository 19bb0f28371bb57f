/*
 * A shared log in memory, for tests of what uses one: with races and faults at will, which DynamoDB has too
 * seldom. What it promises is what catalog/shared_log.h does.
 */
#ifndef MYPOS_TESTS_MEMORY_LOG_H
#define MYPOS_TESTS_MEMORY_LOG_H

#include "catalog/shared_log.h"

#include <pthread.h>
#include <stdatomic.h>

#define MEMORY_LOG_MAX   4096
#define MEMORY_PARTS_MAX 256

enum memory_fault {
    MEMORY_WELL,
    MEMORY_LOSES_ANSWER,  /* it is appended, and nobody knows */
    MEMORY_LOSES_REQUEST, /* it is not appended, and nobody knows */
    MEMORY_REFUSES,       /* it is surely not appended */
};

struct memory_part {
    struct id op;
    unsigned part;
    size_t length;
    void *bytes;
};

struct memory_log {
    struct shared_log log;
    pthread_mutex_t mutex;
    size_t count;
    struct shared_log_entry entries[MEMORY_LOG_MAX]; /* with bodies of their own */
    struct memory_part parts[MEMORY_PARTS_MAX];
    _Atomic int fault, faults; /* which, for how many of the next appends */
    _Atomic bool reads_fail;
    void (*before_append)(void *context); /* without the lock: another one may be faster */
    void *context;
};

struct memory_log *memory_log_new(void);
void memory_log_free(struct memory_log *log);
unsigned memory_log_parts(struct memory_log *log);

#endif
