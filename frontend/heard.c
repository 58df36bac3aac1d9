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
    heard->told = mem_new(routes * sizeof(*heard->told));
}

void heard_done(struct heard *heard)
{
    free(heard->all);
    free(heard->touched);
    free(heard->told);
    *heard = (struct heard){0};
}

void heard_touch(struct heard *heard, uint16_t route)
{
    heard->all[route].is_touched = true;
    heard->touched[heard->touched_count++] = route;
}

/* Returns: how many holds of one route heard it. */
static uint32_t add_route(const struct heard_route *route, size_t place, struct hearing *hearing)
{
    uint32_t sum = 0;
    for (int format = 0; format < FORMAT_COUNT; format++) {
        hearing->heard[format] += route->counts[format][place];
        sum += route->counts[format][place];
    }
    return sum;
}

void heard_sum(struct heard *heard, size_t place, struct hearing *hearing)
{
    CHECK(place < HEARD_RUN);
    size_t told = 0;
    memset(hearing->heard, 0, sizeof(hearing->heard));
    for (size_t i = 0; i < heard->touched_count; i++) {
        uint16_t number = heard->touched[i];
        if (add_route(&heard->all[number], place, hearing) && number)
            heard->told[told++] = number;
    }
    hearing->routes = span((const char *)heard->told, told * sizeof(*heard->told));
}

void heard_clear(struct heard *heard)
{
    for (size_t i = 0; i < heard->touched_count; i++)
        heard->all[heard->touched[i]] = (struct heard_route){0};
    heard->touched_count = 0;
}
