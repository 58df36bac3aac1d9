/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define UNIX_BLOCK "unix:"

/* An address of either family as its bytes. */
struct bytes {
    uint8_t at[16];
    unsigned len; /* 4 or 16 */
};

struct block {
    struct bytes address;
    unsigned bits;
};

static bool read_bits(const char *text, unsigned most, unsigned *bits)
{
    size_t len = strlen(text);
    if (len == 0 || len > 3 || strspn(text, "0123456789") != len)
        return false;
    *bits = (unsigned)strtoul(text, NULL, 10);
    return *bits <= most;
}

static const char *read_block(const char *text, struct block *block)
{
    char host[INET6_ADDRSTRLEN];
    const char *slash = strchrnul(text, '/');
    size_t len = (size_t)(slash - text);

    if (len >= sizeof(host))
        return "it is not an IPv4 or IPv6 address or block";
    memcpy(host, text, len);
    host[len] = '\0';
    if (inet_pton(AF_INET, host, block->address.at) == 1)
        block->address.len = 4;
    else if (inet_pton(AF_INET6, host, block->address.at) == 1)
        block->address.len = 16;
    else
        return "it is not an IPv4 or IPv6 address or block";
    block->bits = block->address.len * 8;
    if (*slash && !read_bits(slash + 1, block->bits, &block->bits))
        return "the length behind the slash is not a number from 0 to 32 (IPv4) or 128 (IPv6)";
    return NULL;
}

static bool same_bits(const uint8_t *one, const uint8_t *other, unsigned bits)
{
    unsigned whole = bits / 8;
    unsigned mask = 0xff00U >> (bits % 8) & 0xffU;

    if (memcmp(one, other, whole) != 0)
        return false;
    return mask == 0 || ((one[whole] ^ other[whole]) & mask) == 0;
}

const char *cidr_check(const char *block)
{
    struct block read = {0};
    return strcmp(block, UNIX_BLOCK) == 0 ? NULL : read_block(block, &read);
}

static bool peer_bytes(const struct sockaddr *peer, struct bytes *bytes)
{
    if (peer->sa_family == AF_INET) {
        bytes->len = 4;
        memcpy(bytes->at, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
        return true;
    }
    if (peer->sa_family != AF_INET6)
        return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    bool is_mapped = IN6_IS_ADDR_V4MAPPED(v6);
    bytes->len = is_mapped ? 4 : 16;
    memcpy(bytes->at, &v6->s6_addr[is_mapped ? 12 : 0], bytes->len);
    return true;
}

bool cidr_contains(const char *const *blocks, size_t count, const struct sockaddr *peer)
{
    struct bytes bytes;
    bool is_ip = peer_bytes(peer, &bytes);

    for (size_t i = 0; i < count; i++) {
        struct block block = {0};
        if (strcmp(blocks[i], UNIX_BLOCK) == 0) {
            if (peer->sa_family == AF_UNIX)
                return true;
        } else if (is_ip && !read_block(blocks[i], &block) && block.address.len == bytes.len &&
                   same_bits(block.address.at, bytes.at, block.bits)) {
            return true;
        }
    }
    return false;
}
