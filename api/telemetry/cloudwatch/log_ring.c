#include "telemetry/cloudwatch/log_ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct head {
    int64_t at_ms;
    size_t length;
};

struct log_ring {
    pthread_mutex_t lock;
    size_t size;
    uint64_t tail, head; /* ever growing; the place is what remains of dividing by the size */
    uint64_t dropped;
    char bytes[];
};

struct log_ring *log_ring_open(size_t size)
{
    struct log_ring *ring = calloc(1, sizeof *ring + size);
    if (ring == NULL) {
        abort();
    }
    ring->size = size;
    pthread_mutex_init(&ring->lock, NULL);
    return ring;
}

void log_ring_close(struct log_ring *ring)
{
    if (ring != NULL) {
        pthread_mutex_destroy(&ring->lock);
        free(ring);
    }
}

/* Bytes may go over the end. */
static void put(struct log_ring *ring, uint64_t at, const void *from, size_t length)
{
    const size_t place = (size_t)(at % ring->size);
    const size_t first = length < ring->size - place ? length : ring->size - place;
    memcpy(ring->bytes + place, from, first);
    memcpy(ring->bytes, (const char *)from + first, length - first);
}

static void get(const struct log_ring *ring, uint64_t at, void *to, size_t length)
{
    const size_t place = (size_t)(at % ring->size);
    const size_t first = length < ring->size - place ? length : ring->size - place;
    memcpy(to, ring->bytes + place, first);
    memcpy((char *)to + first, ring->bytes, length - first);
}

bool log_ring_add(struct log_ring *ring, int64_t at_ms, const char *line, size_t length, size_t *waiting)
{
    const struct head head = {.at_ms = at_ms, .length = length};
    pthread_mutex_lock(&ring->lock);
    const bool fits = sizeof head + length <= ring->size - (size_t)(ring->head - ring->tail);
    if (fits) {
        put(ring, ring->head, &head, sizeof head);
        put(ring, ring->head + sizeof head, line, length);
        ring->head += sizeof head + length;
    } else {
        ring->dropped++;
    }
    *waiting = (size_t)(ring->head - ring->tail);
    pthread_mutex_unlock(&ring->lock);
    return fits;
}

struct log_ring_walk log_ring_walk(struct log_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    const struct log_ring_walk walk = {.ring = ring, .at = ring->tail, .end = ring->head};
    pthread_mutex_unlock(&ring->lock);
    return walk;
}

bool log_ring_peek(const struct log_ring_walk *walk, int64_t *at_ms, size_t *length)
{
    struct head head;
    if (walk->at == walk->end) {
        return false;
    }
    get(walk->ring, walk->at, &head, sizeof head);
    *at_ms = head.at_ms;
    *length = head.length;
    return true;
}

void log_ring_copy(struct log_ring_walk *walk, char *to)
{
    struct head head;
    get(walk->ring, walk->at, &head, sizeof head);
    get(walk->ring, walk->at + sizeof head, to, head.length);
    walk->at += sizeof head + head.length;
}

void log_ring_free(struct log_ring *ring, const struct log_ring_walk *walk)
{
    pthread_mutex_lock(&ring->lock);
    ring->tail = walk->at;
    pthread_mutex_unlock(&ring->lock);
}

uint64_t log_ring_dropped(struct log_ring *ring)
{
    pthread_mutex_lock(&ring->lock);
    const uint64_t dropped = ring->dropped;
    pthread_mutex_unlock(&ring->lock);
    return dropped;
}
