#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_SIZE 8192
#define ARENA_ASIDE_SIZE 2048 /* what is larger and does not fit has a block of its own, and ends no other */

struct arena_block {
    struct arena_block *older;
    size_t size; /* of what follows */
    alignas(max_align_t) char bytes[];
};

static void arena_exhausted(void)
{
    fputs("mypos: out of memory\n", stderr);
    abort();
}

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_free(struct arena *arena)
{
    free_blocks(arena->blocks);
    arena_init(arena);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    if (block == NULL) {
        return;
    }
    if (block->size != ARENA_BLOCK_SIZE) {
        arena_free(arena);
        return;
    }
    free_blocks(block->older);
    block->older = NULL;
    arena->next = block->bytes;
    arena->end = block->bytes + block->size;
}

static struct arena_block *new_block(size_t size, struct arena_block *older)
{
    if (size > SIZE_MAX - sizeof(struct arena_block)) {
        arena_exhausted();
    }
    struct arena_block *block = malloc(sizeof *block + size);
    if (block == NULL) {
        arena_exhausted();
    }
    block->older = older;
    block->size = size;
    return block;
}

static void add_block(struct arena *arena, size_t least)
{
    const size_t size = least > ARENA_BLOCK_SIZE ? least : ARENA_BLOCK_SIZE;
    arena->blocks = new_block(size, arena->blocks);
    arena->next = arena->blocks->bytes;
    arena->end = arena->blocks->bytes + size;
}

/* Behind the block that is being filled, which goes on. */
static void *alloc_aside(struct arena *arena, size_t size)
{
    struct arena_block *block = new_block(size, arena->blocks->older);
    arena->blocks->older = block;
    return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t mask = alignof(max_align_t) - 1;
    if (size > SIZE_MAX / 2) {
        arena_exhausted();
    }
    size = (size + mask) & ~mask;
    if (arena->next == NULL || (size_t)(arena->end - arena->next) < size) {
        if (arena->blocks != NULL && size > ARENA_ASIDE_SIZE) {
            return alloc_aside(arena, size);
        }
        add_block(arena, size);
    }
    void *memory = arena->next;
    arena->next += size;
    return memory;
}

void *arena_zeroed(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        arena_exhausted();
    }
    return memset(arena_alloc(arena, bytes), 0, bytes);
}

char *arena_copy_n(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *arena_copy(struct arena *arena, const char *string)
{
    return arena_copy_n(arena, string, strlen(string));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    char *string = arena_alloc(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(string, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return string;
}

static char *grow_in_arena(struct text *text, size_t least)
{
    size_t capacity = text->capacity * 2 > least ? text->capacity * 2 : least;
    char *data = arena_alloc(text->owner, capacity);
    memcpy(data, text->data, text->length);
    text->capacity = capacity;
    return data;
}

struct text arena_text(struct arena *arena, size_t initial_capacity)
{
    return (struct text){
        .data = arena_alloc(arena, initial_capacity),
        .capacity = initial_capacity,
        .grow = grow_in_arena,
        .owner = arena,
    };
}
