/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_lanes.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "common/check.h"
#include "common/mem.h"

#define BUCKETS 256 /* origins come from the configuration: dozens, not millions */

struct lane {
    struct list node; /* in its bucket */
    char *host;       /* owned */
    uint16_t port;
    bool ssl;
    struct list waiting; /* of places */
    size_t in_flight, waiting_count;
};

struct lanes {
    size_t most_in_flight, most_waiting;
    size_t count;
    struct list buckets[BUCKETS];
};

struct lanes *lanes_new(size_t most_in_flight, size_t most_waiting)
{
    CHECK(most_in_flight > 0);
    struct lanes *lanes = mem_new(sizeof(*lanes));
    lanes->most_in_flight = most_in_flight;
    lanes->most_waiting = most_waiting;
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&lanes->buckets[i]);
    return lanes;
}

void lanes_free(struct lanes *lanes)
{
    CHECK(!lanes || lanes->count == 0);
    free(lanes);
}

static struct lane *lane_of(struct lanes *lanes, const struct target *target)
{
    uint64_t hash = XXH64(target->host, strlen(target->host), target->port);
    struct list *bucket = &lanes->buckets[hash % BUCKETS];
    LIST_FOREACH (node, bucket) {
        struct lane *lane = container_of(node, struct lane, node);
        if (lane->port == target->port && lane->ssl == target->ssl &&
            strcmp(lane->host, target->host) == 0)
            return lane;
    }
    struct lane *fresh = mem_new(sizeof(*fresh));
    fresh->host = mem_copy(target->host, strlen(target->host));
    fresh->port = target->port;
    fresh->ssl = target->ssl;
    list_init(&fresh->waiting);
    list_append(bucket, &fresh->node);
    lanes->count++;
    return fresh;
}

enum lanes_result lanes_enter(struct lanes *lanes, const struct target *target, struct place *place)
{
    CHECK(!place->lane);
    struct lane *lane = lane_of(lanes, target);
    if (lane->in_flight < lanes->most_in_flight) {
        lane->in_flight++;
        place->lane = lane;
        return LANES_GO;
    }
    if (lane->waiting_count >= lanes->most_waiting)
        return LANES_FULL;
    list_append(&lane->waiting, &place->node);
    lane->waiting_count++;
    place->lane = lane;
    return LANES_WAIT;
}

static void forget_if_idle(struct lanes *lanes, struct lane *lane)
{
    if (lane->in_flight || lane->waiting_count)
        return;
    list_unlink(&lane->node);
    lanes->count--;
    free(lane->host);
    free(lane);
}

struct place *lanes_leave(struct lanes *lanes, struct place *place)
{
    struct lane *lane = place->lane;
    if (!lane)
        return NULL;
    place->lane = NULL;
    if (place_is_waiting(place)) {
        list_unlink(&place->node);
        lane->waiting_count--;
        return NULL;
    }
    CHECK(lane->in_flight > 0);
    struct list *next = list_pop(&lane->waiting);
    if (next) {
        lane->waiting_count--;
        return container_of(next, struct place, node);
    }
    lane->in_flight--;
    forget_if_idle(lanes, lane);
    return NULL;
}

size_t lanes_count(const struct lanes *lanes)
{
    return lanes->count;
}
