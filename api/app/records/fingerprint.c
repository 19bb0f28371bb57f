#include "app/records/fingerprint.h"

#include <string.h>

static int add_bytes(const char *bytes, size_t length, void *stream)
{
    hash_stream_add(stream, bytes, length);
    return 0;
}

static bool is_part(const char *name)
{
    return strcmp(name, "id") != 0 && strcmp(name, "previous") != 0;
}

struct hash fingerprint_of_request(const json_t *request)
{
    struct hash_stream stream = hash_stream();
    json_t *parts = json_object();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)request, name, value)
    {
        if (is_part(name) && json_object_set(parts, name, value) != 0) {
            __builtin_trap(); /* out of memory: as base/arena.h */
        }
    }
    if (parts == NULL || json_dump_callback(parts, add_bytes, &stream, JSON_COMPACT | JSON_SORT_KEYS) != 0) {
        __builtin_trap();
    }
    json_decref(parts);
    return hash_stream_end(&stream);
}
