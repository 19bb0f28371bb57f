#include "app/shifts/shift_memory.h"

#include <pthread.h>
#include <stdlib.h>

struct remembered {
    int64_t register_key; /* 0: nothing */
    struct id shift;
};

struct shift_memory {
    pthread_mutex_t mutex;
    struct remembered of[SHIFT_MEMORY_REGISTERS]; /* a register has one place, which others may take */
};

enum status shift_memory_open(struct shift_memory **memory)
{
    *memory = calloc(1, sizeof **memory);
    if (*memory == NULL) {
        return STATUS_OVERLOADED;
    }
    pthread_mutex_init(&(*memory)->mutex, NULL);
    return STATUS_OK;
}

void shift_memory_close(struct shift_memory *memory)
{
    if (memory != NULL) {
        pthread_mutex_destroy(&memory->mutex);
        free(memory);
    }
}

static struct remembered *place_of(struct shift_memory *memory, int64_t register_key)
{
    return &memory->of[(uint64_t)register_key % SHIFT_MEMORY_REGISTERS];
}

void shift_memory_keep(struct shift_memory *memory, int64_t register_key, const struct id *shift)
{
    if (memory != NULL) {
        pthread_mutex_lock(&memory->mutex);
        *place_of(memory, register_key) = (struct remembered){.register_key = register_key, .shift = *shift};
        pthread_mutex_unlock(&memory->mutex);
    }
}

void shift_memory_drop(struct shift_memory *memory, int64_t register_key)
{
    if (memory != NULL) {
        pthread_mutex_lock(&memory->mutex);
        struct remembered *place = place_of(memory, register_key);
        if (place->register_key == register_key) {
            place->register_key = 0;
        }
        pthread_mutex_unlock(&memory->mutex);
    }
}

bool shift_memory_find(struct shift_memory *memory, int64_t register_key, struct id *shift)
{
    if (memory == NULL) {
        return false;
    }
    pthread_mutex_lock(&memory->mutex);
    const struct remembered *place = place_of(memory, register_key);
    const bool found = place->register_key == register_key;
    *shift = place->shift;
    pthread_mutex_unlock(&memory->mutex);
    return found;
}
