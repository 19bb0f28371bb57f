#include "http/reply.h"

#include <stdlib.h>
#include <string.h>

void reply_init(struct reply *reply)
{
    reply->status = 0;
    reply->header_count = 0;
    reply->body = "";
    reply->length = 0;
    reply->close = false;
    reply->stream = NULL;
    reply->stream_close = NULL;
    reply->stream_context = NULL;
}

void reply_release(struct reply *reply)
{
    if (reply->stream_close != NULL) {
        reply->stream_close(reply->stream_context);
    }
    reply->stream = NULL;
    reply->stream_close = NULL;
}

void reply_add_header(struct reply *reply, const char *name, const char *value)
{
    if (reply->header_count == REPLY_HEADERS_MAX) {
        abort();
    }
    reply->headers[reply->header_count++] = (struct reply_header){.name = name, .value = value};
}

static struct reply_header *find(const struct reply *reply, const char *name)
{
    for (unsigned i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->headers[i].name, name) == 0) {
            return (struct reply_header *)&reply->headers[i];
        }
    }
    return NULL;
}

const char *reply_header(const struct reply *reply, const char *name)
{
    const struct reply_header *header = find(reply, name);
    return header == NULL ? NULL : header->value;
}

void reply_set_header(struct reply *reply, const char *name, const char *value)
{
    struct reply_header *header = find(reply, name);
    if (header != NULL) {
        header->value = value;
    } else {
        reply_add_header(reply, name, value);
    }
}
