/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/subscribe.h"

#include <stdlib.h>

#include "common/mem.h"
#include "frontend/channels.h"

char *subscribe_name(const char *prefix, struct span told)
{
    return mem_printf("%s%.*s", prefix, (int)told.len, told.at ? told.at : "");
}

void subscribe_implicit(struct channels *channels, struct hold *hold, const struct route *route)
{
    const struct target *target = &route->targets[0];
    for (size_t i = 0; i < target->sub_count; i++)
        channels_join(channels, hold, span_of(target->subs[i]));
}

void subscribe_told(struct channels *channels, struct hold *hold, const struct route *route,
                    const struct instruct *told)
{
    for (size_t i = 0; i < told->channel_count; i++) {
        char *name = subscribe_name(route->prefix, told->channels[i].name);
        channels_join(channels, hold, span_of(name));
        free(name);
    }
    subscribe_implicit(channels, hold, route);
}
