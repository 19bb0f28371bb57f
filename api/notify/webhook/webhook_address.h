/*
 * Where a webhook may lead: to the public Internet, and never into the network that the server stands in.
 *
 * Who may create a webhook could otherwise have the server ask what only the server can reach: other services
 * of this machine, routers, the metadata service of a cloud (OWASP, Server-Side Request Forgery Prevention).
 * A name is no help in this, for it can lead elsewhere a moment later. So the address is judged that is about
 * to be connected to.
 */
#ifndef MYPOS_NOTIFY_WEBHOOK_ADDRESS_H
#define MYPOS_NOTIFY_WEBHOOK_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum webhook_address {
    WEBHOOK_ADDRESS_PUBLIC,
    WEBHOOK_ADDRESS_LOOPBACK,
    WEBHOOK_ADDRESS_PRIVATE, /* and whatever else is nobody's on the Internet: link-local, shared, reserved */
};

/* Judges an IPv4 or IPv6 address; anything else is private. An IPv6 address that carries an IPv4 one (mapped,
 * NAT64, 6to4) is what that is. */
enum webhook_address webhook_address_judge(const struct sockaddr *address);

#endif
