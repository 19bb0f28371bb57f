#include "http/negotiate.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define WHITE " \t"

bool negotiate_is_listed(const char *media_type, const char *const *list)
{
    size_t length = strcspn(media_type, ";");
    while (length > 0 && strchr(WHITE, media_type[length - 1]) != NULL) {
        length--;
    }
    for (; *list != NULL; list++) {
        if (strlen(*list) == length && strncasecmp(*list, media_type, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The next element of a list: its length, without what separates it from the one before. 0 at the end. */
static size_t next_element(const char **list)
{
    *list += strspn(*list, WHITE ",");
    return strcspn(*list, ",");
}

/* Whether an element's weight is more than 0: "gzip;q=0.000" is a refusal. Only digits other than 0 make it
 * more, so no number needs to be read. */
static bool is_wanted(const char *element, size_t length)
{
    const char *end = element + length;
    for (const char *at = element; (at = memchr(at, ';', (size_t)(end - at))) != NULL;) {
        at++;
        at += strspn(at, WHITE);
        if (end - at >= 2 && (*at == 'q' || *at == 'Q') && at[1] == '=') {
            at += 2;
            at += strspn(at, "0.");
            return at < end && *at >= '1' && *at <= '9';
        }
        if (at >= end) {
            break;
        }
    }
    return true;
}

static bool takes_type(const char *element, const char *const *types)
{
    const size_t name = strcspn(element, ";," WHITE);
    if (name == 3 && memcmp(element, "*/*", 3) == 0) {
        return true;
    }
    for (; *types != NULL; types++) {
        const size_t main = strcspn(*types, "/") + 1; /* with the slash */
        if ((strlen(*types) == name && strncasecmp(*types, element, name) == 0) ||
            (name == main + 1 && element[main] == '*' && strncasecmp(*types, element, main) == 0)) {
            return true;
        }
    }
    return false;
}

bool negotiate_accepts(const char *accept, const char *const *media_types)
{
    if (accept == NULL || *accept == '\0' || *media_types == NULL) {
        return true;
    }
    size_t length;
    while ((length = next_element(&accept)) > 0) {
        if (is_wanted(accept, length) && takes_type(accept, media_types)) {
            return true;
        }
        accept += length;
    }
    return false;
}

bool negotiate_accepts_gzip(const char *accept_encoding)
{
    bool any = false;
    if (accept_encoding == NULL) {
        return false;
    }
    size_t length;
    while ((length = next_element(&accept_encoding)) > 0) {
        const size_t name = strcspn(accept_encoding, ";," WHITE);
        if ((name == 4 && strncasecmp(accept_encoding, "gzip", 4) == 0) ||
            (name == 6 && strncasecmp(accept_encoding, "x-gzip", 6) == 0)) {
            return is_wanted(accept_encoding, length);
        }
        any = any || (name == 1 && *accept_encoding == '*' && is_wanted(accept_encoding, length));
        accept_encoding += length;
    }
    return any;
}
