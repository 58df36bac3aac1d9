/* SPDX-License-Identifier: Apache-2.0 */
#include "common/hearing.h"

#include "common/check.h"

struct words {
    char kind;
    char unused[7];
    uint64_t number;
    uint32_t heard[FORMAT_COUNT];
    uint32_t unused_too;
};

#define ROUTE_BYTES sizeof(uint16_t)

size_t hearing_size(const struct hearing *hearing)
{
    return sizeof(struct words) + hearing->routes.len;
}

void hearing_write(char *out, const struct hearing *hearing)
{
    struct words words = {.kind = 'C', .number = hearing->number};
    memcpy(words.heard, hearing->heard, sizeof(words.heard));
    memcpy(out, &words, sizeof(words));
    if (hearing->routes.len)
        memcpy(out + sizeof(words), hearing->routes.at, hearing->routes.len);
}

bool hearing_read(struct hearing *hearing, struct span bytes)
{
    struct words words;
    if (bytes.len < sizeof(words) || (bytes.len - sizeof(words)) % ROUTE_BYTES)
        return false;
    memcpy(&words, bytes.at, sizeof(words));
    if (words.kind != 'C')
        return false;
    *hearing = (struct hearing){.number = words.number, .routes = span_skip(bytes, sizeof(words))};
    memcpy(hearing->heard, words.heard, sizeof(words.heard));
    return true;
}

size_t hearing_route_count(const struct hearing *hearing)
{
    return hearing->routes.len / ROUTE_BYTES;
}

uint16_t hearing_route(const struct hearing *hearing, size_t place)
{
    uint16_t route;
    CHECK(place < hearing_route_count(hearing));
    memcpy(&route, hearing->routes.at + place * ROUTE_BYTES, sizeof(route));
    return route;
}
