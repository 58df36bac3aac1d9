/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the client of a connection of h2o's takes anything of what is being written to it.
 *
 *     looked at now and then ─► not writing, or acknowledged more ─► it moves
 *                           └─► neither, for `wait_ms`            ─► stalled
 *
 * h2o 2.2.5 waits for its clients without end. What the kernel has taken says nothing of what the
 * client has, so TCP is asked.
 *
 * Thread: the loop's.
 * Life:   embedded in whatever watches the connection.
 */
#ifndef COMMON_STALL_H
#define COMMON_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include <h2o.h>

#include "common/base.h"

struct stall {
    uint64_t moved_ms; /* when the client last took bytes of those being written, */
    uint64_t taken;    /* and how much it had taken then */
};

void stall_init(struct stall *stall, uint64_t now_ms);

/* Returns: whether it has taken nothing for longer than `wait_ms`. */
MUST_USE bool stall_look(struct stall *stall, h2o_socket_t *socket, uint64_t wait_ms,
                         uint64_t now_ms);

#endif
