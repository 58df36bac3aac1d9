/* SPDX-License-Identifier: Apache-2.0 */
#include "common/hearing.h"

#include "common/check.h"

struct words {
    char kind;
    char unused[7];
    uint64_t number;
    uint32_t heard[FORMAT_COUNT];
    uint32_t route_bytes; /* which stand behind it */
};

#define ROUTE_BYTES sizeof(uint16_t)

size_t hearing_size(const struct hearing *hearing)
{
    return sizeof(struct words) + hearing->routes.len;
}

void hearing_write(char *out, const struct hearing *hearing)
{
    struct words words = {
        .kind = 'C',
        .number = hearing->number,
        .route_bytes = (uint32_t)hearing->routes.len,
    };
    memcpy(words.heard, hearing->heard, sizeof(words.heard));
    memcpy(out, &words, sizeof(words));
    if (hearing->routes.len)
        memcpy(out + sizeof(words), hearing->routes.at, hearing->routes.len);
}

bool hearing_read(struct hearing *hearing, struct span bytes)
{
    struct words words;
    if (bytes.len < sizeof(words))
        return false;
    memcpy(&words, bytes.at, sizeof(words));
    struct span rest = span_skip(bytes, sizeof(words));
    if (words.kind != 'C' || words.route_bytes > rest.len || words.route_bytes % ROUTE_BYTES)
        return false;
    *hearing = (struct hearing){
        .number = words.number,
        .routes = span(rest.at, words.route_bytes),
    };
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
