/*
 * Reply: an answer as it goes over the wire, before any library sees it.
 *
 * Names, values and body are borrowed: they are literals or live in the request's arena.
 */
#ifndef MYPOS_HTTP_REPLY_H
#define MYPOS_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define REPLY_HEADERS_MAX 32

struct reply {
    int status;
    unsigned header_count;
    struct reply_header {
        const char *name, *value;
    } headers[REPLY_HEADERS_MAX];
    const char *body;
    size_t length;
    bool close; /* the connection ends with this answer */
    /* Instead of `body`: see struct answer in app/app.h. */
    ssize_t (*stream)(void *context, char *buffer, size_t size);
    void (*stream_close)(void *context);
    void *stream_context;
};

void reply_init(struct reply *reply);

/* Closes a stream that was not sent. */
void reply_release(struct reply *reply);

/* Adds a header field; more than REPLY_HEADERS_MAX end the process, for it is a defect of ours. */
void reply_add_header(struct reply *reply, const char *name, const char *value);

/* The value of a header field of ours; NULL when there is none. */
const char *reply_header(const struct reply *reply, const char *name);
void reply_set_header(struct reply *reply, const char *name, const char *value);

#endif
