/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stalls.h"

#include <sys/socket.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/peer.h"

/* How often a connection is looked at, and how many of them in one turn. */
#define LOOK_MS 1000
#define LOOK_TURN 256

void stalls_init(struct stalls *stalls, uint64_t wait_ms, struct stats *stats)
{
    stalls->wait_ms = wait_ms;
    stalls->stats = stats;
    list_init(&stalls->all);
}

void stalls_watch(struct stalls *stalls, struct stallable *stallable, h2o_socket_t *socket,
                  uint64_t now_ms)
{
    stallable->socket = socket;
    stallable->looked_ms = now_ms;
    stall_init(&stallable->stall, now_ms);
    list_append(&stalls->all, &stallable->node);
}

void stallable_done(struct stallable *stallable)
{
    list_unlink(&stallable->node);
}

static void cut(const struct stalls *stalls, h2o_socket_t *socket)
{
    char text[PEER_TEXT];
    peer_of(text, socket);
    log_warn("connection cut reason=STALLED limit=stall_wait_ms peer=%s", text);
    stats_end(stalls->stats, REASON_STALLED);
    (void)shutdown(h2o_socket_get_fd(socket), SHUT_RDWR); /* h2o closes when its write fails */
}

uint64_t stalls_turn(struct stalls *stalls, uint64_t now_ms)
{
    for (int i = 0; i < LOOK_TURN && !list_is_empty(&stalls->all); i++) {
        struct stallable *first = container_of(stalls->all.next, struct stallable, node);
        if (now_ms < first->looked_ms + LOOK_MS)
            return first->looked_ms + LOOK_MS - now_ms;
        first->looked_ms = now_ms;
        list_unlink(&first->node);
        if (stall_look(&first->stall, first->socket, stalls->wait_ms, now_ms))
            cut(stalls, first->socket);
        else
            list_append(&stalls->all, &first->node);
    }
    return list_is_empty(&stalls->all) ? LOOP_NEVER : 0;
}
