#include "notify/webhook/webhook_lookup.h"

#include "base/clock.h"

#include <ares.h>

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* Each server is asked this often, and given that long, the second time twice as long: when only one of two
 * questions (A, AAAA) is answered, c-ares is done with what it has before WEBHOOK_LOOKUP_MS. */
#define TRIES      2
#define TIMEOUT_MS 900

struct webhook_lookup {
    ares_channel channel; /* of its own: destroyed, it is over, whoever still does not answer */
    int64_t until_us;
    enum webhook_lookup_state state;
    size_t count;
    struct sockaddr_storage addresses[WEBHOOK_ADDRESSES_MAX];
};

static enum webhook_lookup_state state_of(int code)
{
    switch (code) {
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_EFORMERR:
        return WEBHOOK_LOOKUP_UNKNOWN;
    default:
        return WEBHOOK_LOOKUP_SILENT;
    }
}

static void take_addresses(void *context, int code, int timeouts, struct ares_addrinfo *found)
{
    struct webhook_lookup *lookup = context;
    (void)timeouts;
    if (code != ARES_SUCCESS) {
        lookup->state = state_of(code);
        return;
    }
    for (const struct ares_addrinfo_node *node = found->nodes;
         node != NULL && lookup->count < WEBHOOK_ADDRESSES_MAX; node = node->ai_next) {
        if (node->ai_addrlen <= sizeof lookup->addresses[0]) {
            memcpy(&lookup->addresses[lookup->count++], node->ai_addr, node->ai_addrlen);
        }
    }
    lookup->state = lookup->count > 0 ? WEBHOOK_LOOKUP_FOUND : WEBHOOK_LOOKUP_UNKNOWN;
    ares_freeaddrinfo(found);
}

enum status webhook_lookup_set_up(void)
{
    return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS ? STATUS_OK : STATUS_INTERNAL_ERROR;
}

static bool open_channel(const char *servers, ares_channel *channel)
{
    struct ares_options options = {.timeout = TIMEOUT_MS, .tries = TRIES};
    if (ares_init_options(channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
        return false;
    }
    if (servers != NULL && ares_set_servers_ports_csv(*channel, servers) != ARES_SUCCESS) {
        ares_destroy(*channel);
        return false;
    }
    return true;
}

struct webhook_lookup *webhook_lookup_start(const char *name, const char *servers)
{
    const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct webhook_lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL || !open_channel(servers, &lookup->channel)) {
        free(lookup);
        return NULL;
    }
    lookup->until_us = clock_monotonic_us() + WEBHOOK_LOOKUP_MS * 1000LL;
    ares_getaddrinfo(lookup->channel, name, NULL, &hints, take_addresses, lookup);
    return lookup;
}

void webhook_lookup_free(struct webhook_lookup *lookup)
{
    if (lookup != NULL) {
        ares_destroy(lookup->channel);
        free(lookup);
    }
}

/* The sockets that it uses; the lower half of the bits says which it reads, the upper which it writes.
 * (ARES_GETSOCK_READABLE and _WRITABLE say so too, but shift into the sign.) */
static unsigned sockets_of(const struct webhook_lookup *lookup, ares_socket_t sockets[ARES_GETSOCK_MAXNUM])
{
    return (unsigned)ares_getsock(lookup->channel, sockets, ARES_GETSOCK_MAXNUM);
}

static bool is_read(unsigned wanted, unsigned i)
{
    return (wanted >> i & 1) != 0;
}

static bool is_written(unsigned wanted, unsigned i)
{
    return (wanted >> (i + ARES_GETSOCK_MAXNUM) & 1) != 0;
}

size_t webhook_lookup_wait_for(const struct webhook_lookup *lookup, struct curl_waitfd *waits, int *wait_ms)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    size_t count = 0;
    if (lookup->state != WEBHOOK_LOOKUP_PENDING) {
        *wait_ms = 0;
        return 0;
    }
    const unsigned wanted = sockets_of(lookup, sockets);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        const bool reads = is_read(wanted, i);
        const bool writes = is_written(wanted, i);
        if (reads || writes) {
            waits[count++] = (struct curl_waitfd){
                .fd = sockets[i],
                .events = (short)((reads ? CURL_WAIT_POLLIN : 0) | (writes ? CURL_WAIT_POLLOUT : 0))};
        }
    }
    const int64_t left_us = lookup->until_us - clock_monotonic_us();
    struct timeval most = {.tv_sec = left_us > 0 ? left_us / 1000000 : 0,
                           .tv_usec = left_us > 0 ? left_us % 1000000 : 0},
                   next;
    const struct timeval *soonest = ares_timeout(lookup->channel, &most, &next);
    const int64_t soonest_ms = soonest->tv_sec * 1000LL + (soonest->tv_usec + 999) / 1000;
    if (soonest_ms < *wait_ms) {
        *wait_ms = (int)soonest_ms;
    }
    return count;
}

enum webhook_lookup_state webhook_lookup_step(struct webhook_lookup *lookup)
{
    if (lookup->state != WEBHOOK_LOOKUP_PENDING) {
        return lookup->state;
    }
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    const unsigned wanted = sockets_of(lookup, sockets);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM && lookup->state == WEBHOOK_LOOKUP_PENDING; i++) {
        const bool reads = is_read(wanted, i);
        const bool writes = is_written(wanted, i);
        if (reads || writes) {
            /* They never block, so one that is not ready costs a call and nothing else. */
            ares_process_fd(lookup->channel, reads ? sockets[i] : ARES_SOCKET_BAD,
                            writes ? sockets[i] : ARES_SOCKET_BAD);
        }
    }
    ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* what timed out */
    if (lookup->state == WEBHOOK_LOOKUP_PENDING && clock_monotonic_us() >= lookup->until_us) {
        lookup->state = WEBHOOK_LOOKUP_SILENT;
    }
    return lookup->state;
}

const struct sockaddr_storage *webhook_lookup_addresses(const struct webhook_lookup *lookup, size_t *count)
{
    *count = lookup->count;
    return lookup->addresses;
}

bool webhook_lookup_reads_servers(const char *servers)
{
    ares_channel channel;
    if (!open_channel(servers, &channel)) {
        return false;
    }
    ares_destroy(channel);
    return true;
}
