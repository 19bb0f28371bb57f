/*
 * The open shifts that this process has seen, by register, so that a sale need not ask for its shift first.
 *
 * What is remembered may be out of date: any instance closes any shift. Whoever uses it posts to the shift on
 * the condition that it is open, and after a refusal looks it up. Only open shifts are remembered, never that
 * a register has none. Thread-safe.
 */
#ifndef MYPOS_APP_SHIFT_MEMORY_H
#define MYPOS_APP_SHIFT_MEMORY_H

#include "base/id.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#define SHIFT_MEMORY_REGISTERS 512 /* of more some are looked up each time */

struct shift_memory;
MUST_CHECK enum status shift_memory_open(struct shift_memory **memory);
void shift_memory_close(struct shift_memory *memory); /* NULL is allowed */

/* All take NULL for a process without a memory. */
void shift_memory_keep(struct shift_memory *memory, int64_t register_key, const struct id *shift);
void shift_memory_drop(struct shift_memory *memory, int64_t register_key);
bool shift_memory_find(struct shift_memory *memory, int64_t register_key, struct id *shift);

#endif
