#include "notify/webhook/webhook_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK_TEXT_MAX 64

struct block {
    uint8_t prefix[16];
    unsigned bits;
};

/* Not globally reachable: the IANA IPv4 Special-Purpose Address Registry. */
static const struct block v4_private[] = {
    {{10}, 8},        {{100, 64}, 10}, /* shared by carriers */
    {{127}, 8},       {{172, 16}, 12}, {{192, 0, 0}, 24},    {{192, 0, 2}, 24},   {{192, 88, 99}, 24},
    {{192, 168}, 16}, {{198, 18}, 15}, {{198, 51, 100}, 24}, {{203, 0, 113}, 24},
};
/* Not even when a network around them is allowed: multicast, and the addresses at which the machines of clouds
 * ask for their credentials. */
static const struct block v4_never[] = {
    {{0}, 8},
    {{100, 100, 100, 200}, 32},
    {{168, 63, 129, 16}, 32},
    {{169, 254}, 16}, /* link-local; most clouds' metadata */
    {{192, 0, 0, 192}, 32},
    {{224}, 4},
    {{240}, 4},
};

/* Of IPv6 only global unicast is open, but for these (the IANA IPv6 registry). */
static const struct block v6_global = {{0x20}, 3};
static const struct block v6_private[] = {
    {{0x20, 0x01}, 23}, /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x3f, 0xff}, 20},
};
static const struct block v6_never[] = {
    {{0}, 128},
    {{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54}, 128}, /* metadata of a cloud */
    {{0xfd, 0x00, 0x0e, 0xc2, [15] = 0x23}, 128},              /* credentials of its containers */
    {{0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54}, 128}, /* metadata of another */
    {{0xfe, 0x80}, 10},
    {{0xff}, 8},
};
static const struct block v6_mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
static const struct block v6_nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
static const struct block v6_6to4 = {{0x20, 0x02}, 16};

/* An address without what carries it. */
struct plain {
    bool is_known, is_v4;
    uint8_t bytes[16];
};

static bool begins_with(const uint8_t *address, const uint8_t *prefix, unsigned bits)
{
    const unsigned whole = bits / 8, rest = bits % 8;
    const unsigned mask = rest == 0 ? 0 : 0xffu << (8 - rest) & 0xff;
    return memcmp(prefix, address, whole) == 0 &&
           (mask == 0 || (prefix[whole] & mask) == (address[whole] & mask));
}

static bool is_in(const struct block *block, const uint8_t *address)
{
    return begins_with(address, block->prefix, block->bits);
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

#define IS_IN_ANY(blocks, address) is_in_any(blocks, sizeof(blocks) / sizeof *(blocks), address)

static struct plain plain_of(const struct sockaddr *address)
{
    struct plain plain = {.is_known = true, .is_v4 = address->sa_family == AF_INET};
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (plain.is_v4) {
        memcpy(&v4, address, sizeof v4);
        memcpy(plain.bytes, &v4.sin_addr, sizeof v4.sin_addr);
    } else if (address->sa_family == AF_INET6) {
        memcpy(&v6, address, sizeof v6);
        const uint8_t *bytes = v6.sin6_addr.s6_addr;
        const bool is_at_end = is_in(&v6_mapped, bytes) || is_in(&v6_nat64, bytes);
        plain.is_v4 = is_at_end || is_in(&v6_6to4, bytes);
        memcpy(plain.bytes, bytes + (is_at_end ? 12 : plain.is_v4 ? 2 : 0), plain.is_v4 ? 4 : 16);
    } else {
        plain.is_known = false;
    }
    return plain;
}

static enum webhook_address judge(const struct plain *plain)
{
    const uint8_t *bytes = plain->bytes;
    if (!plain->is_known || (plain->is_v4 ? IS_IN_ANY(v4_never, bytes) : IS_IN_ANY(v6_never, bytes))) {
        return WEBHOOK_ADDRESS_NEVER;
    }
    const bool is_private = plain->is_v4 ? IS_IN_ANY(v4_private, bytes)
                                         : !is_in(&v6_global, bytes) || IS_IN_ANY(v6_private, bytes);
    return is_private ? WEBHOOK_ADDRESS_PRIVATE : WEBHOOK_ADDRESS_PUBLIC;
}

enum webhook_address webhook_address_judge(const struct sockaddr *address)
{
    const struct plain plain = plain_of(address);
    return judge(&plain);
}

bool webhook_address_is_allowed(const struct sockaddr *address, const struct webhook_networks *networks)
{
    const struct plain plain = plain_of(address);
    const enum webhook_address judged = judge(&plain);
    bool is_allowed = judged == WEBHOOK_ADDRESS_PUBLIC;
    for (size_t i = 0; judged == WEBHOOK_ADDRESS_PRIVATE && i < networks->count && !is_allowed; i++) {
        const struct webhook_network *network = &networks->networks[i];
        is_allowed = network->is_v4 == plain.is_v4 &&
                     begins_with(plain.bytes, network->prefix, network->bits);
    }
    return is_allowed;
}

/* --- networks --- */

static bool read_bits(const char *text, unsigned most, unsigned *bits)
{
    if (*text == '\0' || strlen(text) > 3 || text[strspn(text, "0123456789")] != '\0') {
        return false;
    }
    *bits = (unsigned)strtoul(text, NULL, 10);
    return *bits <= most;
}

static bool has_bits_behind(const struct webhook_network *network)
{
    const unsigned most = network->is_v4 ? 32 : 128;
    for (unsigned bit = network->bits; bit < most; bit++) {
        if ((network->prefix[bit / 8] & 0x80 >> bit % 8) != 0) {
            return true;
        }
    }
    return false;
}

/* All of it is in one block; one that only holds such a block is cut by the judge. */
static bool is_never(const struct webhook_network *network)
{
    const struct block *blocks = network->is_v4 ? v4_never : v6_never;
    const size_t count = network->is_v4 ? sizeof v4_never / sizeof *v4_never
                                        : sizeof v6_never / sizeof *v6_never;
    for (size_t i = 0; i < count; i++) {
        if (network->bits >= blocks[i].bits && is_in(&blocks[i], network->prefix)) {
            return true;
        }
    }
    return false;
}

static bool read_network(char *text, struct webhook_network *network)
{
    char *slash = strchr(text, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    *network = (struct webhook_network){0};
    network->is_v4 = inet_pton(AF_INET, text, network->prefix) == 1;
    if (!network->is_v4 && inet_pton(AF_INET6, text, network->prefix) != 1) {
        return false;
    }
    network->bits = network->is_v4 ? 32 : 128;
    return (slash == NULL || read_bits(slash + 1, network->bits, &network->bits)) &&
           !has_bits_behind(network) && !is_never(network);
}

bool webhook_networks_read(const char *text, struct webhook_networks *networks)
{
    networks->count = 0;
    while (*text != '\0') {
        char one[NETWORK_TEXT_MAX];
        const size_t length = strcspn(text, ",");
        if (length >= sizeof one || networks->count == WEBHOOK_NETWORKS_MAX) {
            return false;
        }
        memcpy(one, text, length);
        one[length] = '\0';
        if (!read_network(one, &networks->networks[networks->count++])) {
            return false;
        }
        text += length;
        if (*text == ',' && *++text == '\0') {
            return false; /* nothing behind the last comma */
        }
    }
    return true;
}
