#include "sqlite/reader.h"

#include <pthread.h>
#include <stdlib.h>

struct readers {
    pthread_mutex_t mutex;
    pthread_cond_t given_back;
    unsigned count, free;
    struct db *idle[READERS_MAX]; /* the last one used is taken first: its cache is warm */
};

enum status readers_open(const char *path, unsigned count, struct readers **out)
{
    struct readers *readers = calloc(1, sizeof *readers);
    if (readers == NULL || count < 1 || count > READERS_MAX) {
        free(readers);
        return STATUS_INTERNAL_ERROR;
    }
    pthread_mutex_init(&readers->mutex, NULL);
    pthread_cond_init(&readers->given_back, NULL);
    while (readers->count < count) {
        enum status status = db_open(path, DB_READ_ONLY, &readers->idle[readers->count]);
        if (status != STATUS_OK) {
            readers_close(readers);
            return status;
        }
        readers->count++;
        readers->free++;
    }
    *out = readers;
    return STATUS_OK;
}

void readers_close(struct readers *readers)
{
    if (readers == NULL) {
        return;
    }
    pthread_mutex_lock(&readers->mutex);
    while (readers->free < readers->count) {
        pthread_cond_wait(&readers->given_back, &readers->mutex);
    }
    pthread_mutex_unlock(&readers->mutex);
    for (unsigned i = 0; i < readers->count; i++) {
        db_close(readers->idle[i]);
    }
    pthread_cond_destroy(&readers->given_back);
    pthread_mutex_destroy(&readers->mutex);
    free(readers);
}

struct db *reader_take(struct readers *readers)
{
    pthread_mutex_lock(&readers->mutex);
    while (readers->free == 0) {
        pthread_cond_wait(&readers->given_back, &readers->mutex);
    }
    struct db *db = readers->idle[--readers->free];
    pthread_mutex_unlock(&readers->mutex);
    return db;
}

void reader_give_back(struct readers *readers, struct db *db)
{
    pthread_mutex_lock(&readers->mutex);
    readers->idle[readers->free++] = db;
    pthread_cond_signal(&readers->given_back);
    pthread_mutex_unlock(&readers->mutex);
}
