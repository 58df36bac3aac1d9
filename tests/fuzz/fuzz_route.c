/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Route lines, then questions to the table they make: "lines NUL host NUL path".
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/check.h"
#include "common/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span((const char *)data, size);
    struct span lines = span_cut(&rest, '\0');
    struct span host = span_cut(&rest, '\0');
    struct routes *routes = routes_new();

    while (lines.len)
        free(routes_add(routes, span_cut(&lines, '\n')));
    for (unsigned kind = 0; kind < 4; kind++) {
        const struct route *route = routes_find(routes, host, rest, kind & 1, kind & 2);
        CHECK(!route || span_starts(rest, span_of(route->path_beg)));
    }
    for (size_t i = 0; i < routes_count(routes); i++) {
        const struct route *route = routes_at(routes, i);
        CHECK(route->target_count > 0 && route->targets[0].host && route->targets[0].port);
        CHECK(!route->id || routes_find_id(routes, span_of(route->id)) == route);
    }
    routes_free(routes);
    return 0;
}
