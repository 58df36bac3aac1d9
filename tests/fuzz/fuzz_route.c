/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route lines, then questions to the table they make: "lines NUL host NUL path". Each route is
 * found by its id, and whatever is found admits the request.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct routes *routes, struct span host, struct span path)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        bool is_ws = kind & 1;
        bool is_ssl = kind & 2;
        const struct route *found = routes_find(routes, host, path, is_ssl, is_ws);
        if (!found)
            continue;
        CHECK(span_starts(path, span_of(found->path_beg)));
        CHECK(found->proto == ROUTE_ANY || (found->proto == ROUTE_WS) == is_ws);
        CHECK(found->ssl == -1 || (found->ssl == 1) == is_ssl);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct routes *routes = routes_new();
    struct span rest = span((const char *)data, size);
    struct span lines = span_cut(&rest, '\0');
    struct span host = span_cut(&rest, '\0');

    while (lines.len) {
        size_t before = routes_count(routes);
        char *why = routes_add_from(routes, span_cut(&lines, '\n'), "/etc");
        CHECK(!why || routes_count(routes) == before);
        free(why);
    }
    ask(routes, host, rest);
    for (size_t i = 0; i < routes_count(routes); i++) {
        const struct route *route = routes_at(routes, i);
        CHECK(route->target_count > 0 && route->targets[0].host);
        CHECK(route->targets[0].port || route->targets[0].kind == TARGET_DEMO);
        CHECK(!route->id || routes_find_id(routes, span_of(route->id)) == route);
        ask(routes, span_of(route->host), span_of(route->path_beg));
    }
    routes_free(routes);
    return 0;
}
