/*
 * Looks up where a name leads, with a deadline, and holds nobody up meanwhile.
 *
 * libcurl's own lookup is a thread that blocks in getaddrinfo(), and dropping a transfer waits for that thread: a
 * name server that never answers would hold up every other webhook. So names are looked up here, by c-ares, as
 * this machine has it: /etc/hosts and /etc/resolv.conf in the order of /etc/nsswitch.conf (its `files` and
 * `dns`; names that only other services know, such as those of mDNS, are not found). Both files are read anew
 * for each lookup, so a change of them needs no restart.
 *
 * A lookup belongs to one thread, which polls for what `webhook_lookup_wait_for` names and then calls
 * `webhook_lookup_step`.
 */
#ifndef MYPOS_NOTIFY_WEBHOOK_LOOKUP_H
#define MYPOS_NOTIFY_WEBHOOK_LOOKUP_H

#include "base/status.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define WEBHOOK_LOOKUP_MS        6000
#define WEBHOOK_LOOKUP_WAITS_MAX 16 /* sockets of a lookup */
#define WEBHOOK_ADDRESSES_MAX    8  /* of a name; further ones are left out */

enum webhook_lookup_state {
    WEBHOOK_LOOKUP_PENDING,
    WEBHOOK_LOOKUP_FOUND,
    WEBHOOK_LOOKUP_UNKNOWN, /* there is no such name, or it has no address */
    WEBHOOK_LOOKUP_SILENT,  /* no name server could say within WEBHOOK_LOOKUP_MS */
};

struct webhook_lookup;

/* Before any other, once in a process or oftener. */
MUST_CHECK enum status webhook_lookup_set_up(void);

/* `servers` is a list of name servers such as "10.0.0.2,[fd00::2]:5353"; NULL: the machine's. NULL when there is
 * no memory for it or a file that it needs cannot be read. */
struct webhook_lookup *webhook_lookup_start(const char *name, const char *servers);

/* NULL is allowed. Never waits. */
void webhook_lookup_free(struct webhook_lookup *lookup);

/* What to poll for; `waits` has room for WEBHOOK_LOOKUP_WAITS_MAX. Lowers `wait_ms` to when it must go on at the
 * latest. */
size_t webhook_lookup_wait_for(const struct webhook_lookup *lookup, struct curl_waitfd *waits, int *wait_ms);

/* Takes what has come. */
enum webhook_lookup_state webhook_lookup_step(struct webhook_lookup *lookup);

/* Of one that was found. Owned by it. */
const struct sockaddr_storage *webhook_lookup_addresses(const struct webhook_lookup *lookup, size_t *count);

/* Whether text is such a list of servers. */
bool webhook_lookup_reads_servers(const char *servers);

#endif
