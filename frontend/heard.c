/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/heard.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void heard_init(struct heard *heard, size_t routes)
{
    CHECK(routes <= (size_t)UINT16_MAX + 1);
    *heard = (struct heard){.routes = routes};
    heard->all = mem_new(routes * sizeof(*heard->all));
    heard->touched = mem_new(routes * sizeof(*heard->touched));
}

void heard_done(struct heard *heard)
{
    free(heard->all);
    free(heard->touched);
    *heard = (struct heard){0};
}

void heard_touch(struct heard *heard, uint16_t route)
{
    heard->all[route].is_touched = true;
    heard->touched[heard->touched_count++] = route;
}

void heard_sum(const struct heard *heard, size_t place, uint32_t sums[FORMAT_COUNT])
{
    CHECK(place < HEARD_RUN);
    memset(sums, 0, FORMAT_COUNT * sizeof(*sums));
    for (size_t i = 0; i < heard->touched_count; i++) {
        const struct heard_route *route = &heard->all[heard->touched[i]];
        for (int format = 0; format < FORMAT_COUNT; format++)
            sums[format] += route->counts[format][place];
    }
}

void heard_clear(struct heard *heard)
{
    for (size_t i = 0; i < heard->touched_count; i++)
        heard->all[heard->touched[i]] = (struct heard_route){0};
    heard->touched_count = 0;
}
