/*
 * Where a webhook may lead: to the public Internet, to networks that the configuration names, and never
 * elsewhere into the network that the server stands in.
 *
 * Who may create a webhook could otherwise have the server ask what only the server can reach: other services
 * of this machine, routers, the metadata service of a cloud (OWASP, Server-Side Request Forgery Prevention).
 * A name is no help in this, for it can lead elsewhere a moment later. So the address is judged that is about
 * to be connected to.
 */
#ifndef MYPOS_NOTIFY_WEBHOOK_ADDRESS_H
#define MYPOS_NOTIFY_WEBHOOK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define WEBHOOK_NETWORKS_MAX 16

enum webhook_address {
    WEBHOOK_ADDRESS_PUBLIC,
    WEBHOOK_ADDRESS_PRIVATE, /* this machine, a network of its own, or nobody's on the Internet */
    WEBHOOK_ADDRESS_NEVER,   /* link-local, metadata of clouds, many or none: no configuration allows it */
};

/* Judges an IPv4 or IPv6 address; anything else is never. An IPv6 address that carries an IPv4 one (mapped,
 * NAT64, 6to4) is what that is. */
enum webhook_address webhook_address_judge(const struct sockaddr *address);

/* Private networks that are allowed. */
struct webhook_network {
    bool is_v4;
    uint8_t prefix[16];
    unsigned bits;
};
struct webhook_networks {
    struct webhook_network networks[WEBHOOK_NETWORKS_MAX];
    size_t count;
};

/* Reads "10.0.0.0/8,fd00::/8,192.168.1.7"; "" is none. False for anything else, for bits set behind a prefix,
 * and for a network that is never allowed. */
bool webhook_networks_read(const char *text, struct webhook_networks *networks);

/* Whether something may be sent to an address. */
bool webhook_address_is_allowed(const struct sockaddr *address, const struct webhook_networks *networks);

#endif
