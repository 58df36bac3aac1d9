/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/presence.h"

#include <stdlib.h>

#include "common/attendance.h"
#include "common/check.h"
#include "common/mem.h"
#include "common/peer.h"
#include "common/route.h"
#include "common/slab.h"
#include "common/table.h"
#include "frontend/kept.h"

struct presence {
    struct presences *home;
    uint64_t number;
    struct table_node node; /* of a WebSocket: home->websockets */
    struct hold *hold;      /* the WebSocket; NULL for a request of HTTP */
};

struct presences {
    struct presences_parts parts;
    uint64_t next; /* number */
    struct slab slots;
    struct table websockets;
};

struct presences *presences_new(const struct presences_parts *parts)
{
    struct presences *presences = mem_new(sizeof(*presences));
    presences->parts = *parts;
    presences->next = parts->first;
    slab_init(&presences->slots, sizeof(struct presence));
    table_init(&presences->websockets);
    return presences;
}

void presences_free(struct presences *presences)
{
    if (!presences)
        return;
    slab_done(&presences->slots);
    table_done(&presences->websockets);
    free(presences);
}

static struct presence *begin(struct presences *presences)
{
    struct presence *presence = slab_get(&presences->slots);
    presence->home = presences;
    presence->number = presences->next++;
    return presence;
}

/* `id`: of a WebSocket, else at == NULL. */
static void tell_begin(const struct presence *presence, const h2o_req_t *request,
                       const struct route *route, struct span id)
{
    struct sockaddr_storage sa;
    char peer[PEER_TEXT];
    h2o_conn_t *conn = request->conn;
    socklen_t len = conn->callbacks->get_peername(conn, (struct sockaddr *)&sa);
    peer_host(peer, (struct sockaddr *)&sa, len);
    const struct attendance attendance = {
        .number = presence->number,
        .is_more = true,
        .is_websocket = presence->hold != NULL,
        .is_ssl = request->input.scheme == &H2O_URL_SCHEME_HTTPS,
        .route = route->number,
        .id = id,
        .peer = span_of(peer),
    };
    presence->home->parts.tell(presence->home->parts.context, &attendance);
}

/* Whether the router has enough to hear already. */
static bool is_late(const struct presences *presences)
{
    const struct presences_parts *parts = &presences->parts;
    return stats_waiting(parts->all_stats, parts->stats_count, STAT_bus_words_sent,
                         STAT_bus_words_drained) > parts->limits->bus_words;
}

struct presence *presence_of_request(struct presences *presences, h2o_req_t *request,
                                     const struct route *route)
{
    if (!presences)
        return NULL;
    if (is_late(presences)) {
        stats_add(presences->parts.stats, STAT_connections_untold, 1);
        return NULL;
    }
    struct presence *presence = begin(presences);
    tell_begin(presence, request, route, SPAN(""));
    return presence;
}

/* Numbers are handed out by us in a row, so they spread well as they are. */
static uint64_t hash_of(uint64_t number)
{
    return number;
}

struct presence *presence_of_websocket(struct presences *presences, h2o_req_t *request,
                                       const struct route *route, struct hold *hold,
                                       const struct kept *kept)
{
    if (!presences)
        return NULL;
    struct presence *presence = begin(presences);
    char id[KEPT_ID_TEXT];
    kept_id(kept, id);
    presence->hold = hold;
    table_add(&presences->websockets, &presence->node, hash_of(presence->number));
    tell_begin(presence, request, route, span_of(id));
    return presence;
}

struct presence *presence_take(struct presence **presence)
{
    struct presence *taken = *presence;
    *presence = NULL;
    return taken;
}

void presence_end(struct presence *presence)
{
    if (!presence)
        return;
    struct presences *home = presence->home;
    home->parts.tell(home->parts.context, &(struct attendance){.number = presence->number});
    if (presence->hold)
        table_remove(&home->websockets, &presence->node);
    slab_put(&home->slots, presence);
}

static bool has_number(const struct table_node *node, const void *key)
{
    const uint64_t *number = key;
    return node->hash == *number;
}

struct hold *presences_websocket(struct presences *presences, uint64_t number)
{
    struct table_node *node =
        presences ? table_find(&presences->websockets, hash_of(number), has_number, &number) : NULL;
    return node ? container_of(node, struct presence, node)->hold : NULL;
}
