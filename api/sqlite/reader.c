/*
 * Taking and giving back are one atomic operation each as long as a connection is idle: a lock here would be
 * what all requests meet at. Only who finds none waits, under the lock.
 */
#include "sqlite/reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct readers {
    unsigned count;
    struct db *all[READERS_MAX];
    _Atomic unsigned idle;    /* a bit for each; the lowest is taken first, so that its cache stays warm */
    _Atomic unsigned waiting; /* changed under the lock */
    pthread_mutex_t lock;
    pthread_cond_t given_back;
};

enum status readers_open(const char *path, unsigned count, struct readers **out)
{
    struct readers *readers = calloc(1, sizeof *readers);
    if (readers == NULL || count < 1 || count > READERS_MAX) {
        free(readers);
        return STATUS_INTERNAL_ERROR;
    }
    pthread_mutex_init(&readers->lock, NULL);
    pthread_cond_init(&readers->given_back, NULL);
    while (readers->count < count) {
        enum status status = db_open(path, DB_READ_ONLY, &readers->all[readers->count]);
        if (status != STATUS_OK) {
            readers_close(readers);
            return status;
        }
        atomic_fetch_or(&readers->idle, 1u << readers->count);
        readers->count++;
    }
    *out = readers;
    return STATUS_OK;
}

static struct db *take_idle(struct readers *readers)
{
    unsigned idle = atomic_load(&readers->idle);
    while (idle != 0) {
        const unsigned lowest = idle & (0u - idle);
        if (atomic_compare_exchange_weak(&readers->idle, &idle, idle & ~lowest)) {
            return readers->all[__builtin_ctz(lowest)];
        }
    }
    return NULL;
}

struct db *reader_take(struct readers *readers)
{
    struct db *db = take_idle(readers);
    if (db != NULL) {
        return db;
    }
    pthread_mutex_lock(&readers->lock);
    atomic_fetch_add(&readers->waiting, 1); /* before looking again: who gives back after that will signal */
    while ((db = take_idle(readers)) == NULL) {
        pthread_cond_wait(&readers->given_back, &readers->lock);
    }
    atomic_fetch_sub(&readers->waiting, 1);
    pthread_mutex_unlock(&readers->lock);
    return db;
}

void reader_give_back(struct readers *readers, struct db *db)
{
    unsigned index = 0;
    while (readers->all[index] != db) {
        index++;
    }
    atomic_fetch_or(&readers->idle, 1u << index);
    if (atomic_load(&readers->waiting) > 0) {
        pthread_mutex_lock(&readers->lock);
        pthread_cond_signal(&readers->given_back);
        pthread_mutex_unlock(&readers->lock);
    }
}

void readers_close(struct readers *readers)
{
    if (readers == NULL) {
        return;
    }
    for (unsigned i = 0; i < readers->count; i++) {
        (void)reader_take(readers); /* waits until it is given back */
    }
    for (unsigned i = 0; i < readers->count; i++) {
        db_close(readers->all[i]);
    }
    pthread_cond_destroy(&readers->given_back);
    pthread_mutex_destroy(&readers->lock);
    free(readers);
}
