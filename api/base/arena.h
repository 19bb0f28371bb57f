/*
 * Arena: memory that is freed at once.
 *
 * What a request allocates lives in its arena and is freed after the answer. Allocation never returns
 * NULL: inputs are bounded by named limits, so running out of memory means the machine has none, and the
 * process ends as it would at the kernel's hand. Not thread-safe: an arena belongs to one thread at a time.
 */
#ifndef MYPOS_BASE_ARENA_H
#define MYPOS_BASE_ARENA_H

#include "base/text.h"
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* the newest first */
    char *next, *end;           /* the free part of the newest block */
};

/* An empty arena; the first allocation makes its first block. `arena_free` gives everything back; the
 * arena can be used again. `arena_reset` keeps one block for the next round. */
void arena_init(struct arena *arena);
void arena_free(struct arena *arena);
void arena_reset(struct arena *arena);

/* `size` bytes, aligned for any type; `arena_zeroed` clears them; both abort when count × size overflows. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zeroed(struct arena *arena, size_t count, size_t size);

/* Copies that end in NUL. */
char *arena_copy(struct arena *arena, const char *string);
char *arena_copy_n(struct arena *arena, const char *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A text (base/text.h) that grows in the arena without end. */
struct text arena_text(struct arena *arena, size_t initial_capacity);

#endif
