/* All that freestanding code may use of <string.h>, where there is no C library: what compilers call by
 * themselves, and strlen. */
#ifndef MYPOS_CORE_WASM_STRING_H
#define MYPOS_CORE_WASM_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *at, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *string);

#endif
