#include "aws/xml.h"

#include <string.h>

const char *xml_element(const char *at, const char *end, const char *name, size_t *length)
{
    const size_t name_length = strlen(name);
    for (; (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
        if ((size_t)(end - at) < name_length + 2 || memcmp(at + 1, name, name_length) != 0 ||
            at[1 + name_length] != '>') {
            continue;
        }
        const char *text = at + name_length + 2;
        for (const char *close = text; (close = memchr(close, '<', (size_t)(end - close))) != NULL; close++) {
            if ((size_t)(end - close) >= name_length + 3 && close[1] == '/' &&
                memcmp(close + 2, name, name_length) == 0 && close[2 + name_length] == '>') {
                *length = (size_t)(close - text);
                return text;
            }
        }
        return NULL;
    }
    return NULL;
}
