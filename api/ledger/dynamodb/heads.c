#include "ledger/dynamodb/heads.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS    512
#define STAMP_STEP 10 /* room for the records and events of an act */

struct head {
    struct head *next;
    int64_t key;
    struct ledger_position position;
    bool has_position, store_listed;
    char code[JOURNAL_REGISTER_CODE_MAX + 1]; /* with which the register is listed; "": it is not */
};

struct heads {
    pthread_mutex_t mutex;
    struct head *buckets[BUCKETS];
    int64_t stamp_us;
};

enum status heads_open(struct heads **heads)
{
    *heads = calloc(1, sizeof **heads);
    if (*heads == NULL) {
        return STATUS_INTERNAL_ERROR;
    }
    pthread_mutex_init(&(*heads)->mutex, NULL);
    return STATUS_OK;
}

void heads_close(struct heads *heads)
{
    for (size_t i = 0; heads != NULL && i < BUCKETS; i++) {
        while (heads->buckets[i] != NULL) {
            struct head *head = heads->buckets[i];
            heads->buckets[i] = head->next;
            free(head);
        }
    }
    if (heads != NULL) {
        pthread_mutex_destroy(&heads->mutex);
    }
    free(heads);
}

/* NULL: there is none, and no memory for one, which only means that nothing is remembered. */
static struct head *find(struct heads *heads, int64_t key)
{
    struct head **at = &heads->buckets[(uint64_t)key % BUCKETS];
    while (*at != NULL && (*at)->key != key) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
        if (*at != NULL) {
            (*at)->key = key;
        }
    }
    return *at;
}

bool heads_know(struct heads *heads, int64_t register_key, struct ledger_position *position)
{
    pthread_mutex_lock(&heads->mutex);
    const struct head *head = find(heads, register_key);
    const bool known = head != NULL && head->has_position;
    if (known) {
        *position = head->position;
    }
    pthread_mutex_unlock(&heads->mutex);
    return known;
}

void heads_learn(struct heads *heads, int64_t register_key, const struct ledger_position *position)
{
    pthread_mutex_lock(&heads->mutex);
    struct head *head = find(heads, register_key);
    if (head != NULL && (!head->has_position || head->position.sequence <= position->sequence)) {
        head->position = *position;
        head->has_position = true;
    }
    pthread_mutex_unlock(&heads->mutex);
}

bool heads_is_listed(struct heads *heads, int64_t key, const char *code)
{
    pthread_mutex_lock(&heads->mutex);
    const struct head *head = find(heads, key);
    const bool listed = head != NULL && (code == NULL ? head->store_listed : strcmp(head->code, code) == 0);
    pthread_mutex_unlock(&heads->mutex);
    return listed;
}

void heads_set_listed(struct heads *heads, int64_t key, const char *code)
{
    pthread_mutex_lock(&heads->mutex);
    struct head *head = find(heads, key);
    if (head != NULL && code == NULL) {
        head->store_listed = true;
    } else if (head != NULL) {
        snprintf(head->code, sizeof head->code, "%s", code);
    }
    pthread_mutex_unlock(&heads->mutex);
}

int64_t heads_stamp_us(struct heads *heads, int64_t now_ms)
{
    pthread_mutex_lock(&heads->mutex);
    const int64_t now_us = now_ms * 1000;
    heads->stamp_us = now_us > heads->stamp_us ? now_us : heads->stamp_us + STAMP_STEP;
    const int64_t stamp_us = heads->stamp_us;
    pthread_mutex_unlock(&heads->mutex);
    return stamp_us;
}
