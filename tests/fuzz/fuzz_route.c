/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the lines of a routes file, then questions about what became of them: each route
 * is found by its id, and whatever is found admits the request.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct routes *routes, const struct route *route)
{
    if (route->id)
        CHECK(routes_find_id(routes, span_of(route->id)) == route);
    for (unsigned kind = 0; kind < 4; kind++) {
        struct span path = span_of(*route->path_beg ? route->path_beg : "/");
        bool is_ws = kind & 1;
        const struct route *found =
            routes_find(routes, span_of(route->host), path, kind & 2, is_ws);
        if (found)
            CHECK(span_starts(path, span_of(found->path_beg)) &&
                  (found->proto == ROUTE_ANY || (found->proto == ROUTE_WS) == is_ws));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct routes *routes = routes_new();
    struct span rest = span((const char *)data, size);

    while (rest.len) {
        size_t before = routes_count(routes);
        char *why = routes_add_from(routes, span_cut(&rest, '\n'), "/etc");
        CHECK(!why || routes_count(routes) == before);
        free(why);
    }
    for (size_t i = 0; i < routes_count(routes); i++) {
        const struct route *route = routes_at(routes, i);
        CHECK(route->target_count > 0 && route->targets[0].host);
        ask(routes, route);
    }
    routes_free(routes);
    return 0;
}
