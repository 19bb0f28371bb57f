#include "notify/webhook/webhook_address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct block {
    uint8_t prefix[16];
    unsigned bits;
};

/* Not globally reachable: the IANA IPv4 Special-Purpose Address Registry, multicast, and the address at which
 * one cloud's machines find their host. */
static const struct block v4_closed[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10}, /* shared by carriers; one cloud's metadata is in it */
    {{168, 63, 129, 16}, 32},
    {{169, 254}, 16}, /* link-local; most clouds' metadata */
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};
static const struct block v4_loopback = {{127}, 8};

/* Of IPv6 only global unicast is open, but for these (the IANA IPv6 registry). */
static const struct block v6_global = {{0x20}, 3};
static const struct block v6_closed[] = {
    {{0x20, 0x01}, 23}, /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x3f, 0xff}, 20},
};
static const struct block v6_mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
static const struct block v6_nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
static const struct block v6_6to4 = {{0x20, 0x02}, 16};
static const struct block v6_loopback = {{[15] = 1}, 128};

static bool is_in(const struct block *block, const uint8_t *address)
{
    const unsigned whole = block->bits / 8, rest = block->bits % 8;
    const unsigned mask = rest == 0 ? 0 : 0xffu << (8 - rest) & 0xff;
    return memcmp(block->prefix, address, whole) == 0 &&
           (mask == 0 || (block->prefix[whole] & mask) == (address[whole] & mask));
}

static bool is_in_any(const struct block *blocks, size_t count, const uint8_t *address)
{
    for (size_t i = 0; i < count; i++) {
        if (is_in(&blocks[i], address)) {
            return true;
        }
    }
    return false;
}

static enum webhook_address judge_v4(const uint8_t address[static 4])
{
    if (is_in(&v4_loopback, address)) {
        return WEBHOOK_ADDRESS_LOOPBACK;
    }
    return is_in_any(v4_closed, sizeof v4_closed / sizeof *v4_closed, address) ? WEBHOOK_ADDRESS_PRIVATE
                                                                               : WEBHOOK_ADDRESS_PUBLIC;
}

static enum webhook_address judge_v6(const uint8_t address[static 16])
{
    if (is_in(&v6_loopback, address)) {
        return WEBHOOK_ADDRESS_LOOPBACK;
    }
    if (is_in(&v6_mapped, address) || is_in(&v6_nat64, address)) {
        return judge_v4(address + 12);
    }
    if (is_in(&v6_6to4, address)) {
        return judge_v4(address + 2);
    }
    if (!is_in(&v6_global, address) || is_in_any(v6_closed, sizeof v6_closed / sizeof *v6_closed, address)) {
        return WEBHOOK_ADDRESS_PRIVATE;
    }
    return WEBHOOK_ADDRESS_PUBLIC;
}

enum webhook_address webhook_address_judge(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return judge_v4((const uint8_t *)&v4.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return judge_v6((const uint8_t *)&v6.sin6_addr);
    }
    return WEBHOOK_ADDRESS_PRIVATE;
}
