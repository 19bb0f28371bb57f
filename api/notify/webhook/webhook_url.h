/*
 * The URLs of webhooks.
 */
#ifndef MYPOS_NOTIFY_WEBHOOK_URL_H
#define MYPOS_NOTIFY_WEBHOOK_URL_H

#include "base/arena.h"
#include "notify/webhook/webhook_address.h"

#include <stdbool.h>

#define WEBHOOK_URL_MAX 2048

/* NULL when a URL is one that the sender would send to; else a sentence that says why not. An address written
 * in the URL is judged here; where a name leads is seen when it is connected to. Without TLS only addresses of
 * `networks` may be written, for of a name nobody knows who listens on the way. */
const char *webhook_url_fault(const char *url, const struct webhook_networks *networks);

/* Whom a URL names, as libcurl keeps it: a name is without a dot at the end. */
struct webhook_url_host {
    const char *name; /* in the arena */
    int port;
    bool is_address; /* written as one: there is nothing to look up */
};
bool webhook_url_read_host(struct arena *arena, const char *url, struct webhook_url_host *host);

#endif
