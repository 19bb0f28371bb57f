#include "base/status.h"

static const struct {
    int http;
    const char *code;
    const char *title;
} table[STATUS_COUNT] = {
#define X(name, http_status, text, words)                                                                    \
    [STATUS_##name] = {.http = http_status, .code = text, .title = words},
    STATUS_TABLE(X)
#undef X
};

int status_http(enum status status)
{
    return table[status].http;
}

const char *status_code(enum status status)
{
    return table[status].code;
}

const char *status_title(enum status status)
{
    return table[status].title;
}
