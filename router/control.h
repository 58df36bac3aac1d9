/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control listener's connections: those of publishers and of whoever
 * watches.
 *
 * The first bytes decide between h2o's HTTP/2 and HTTP/1 servers; what a
 * request means is its receiver's business.
 *
 * Thread: the router's.
 * Life:   control_open(), then control_close(); control_free() wants every
 *         connection gone, which control_hang_up() brings about.
 */
#ifndef ROUTER_CONTROL_H
#define ROUTER_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/config.h"
#include "common/engine.h"
#include "common/loop.h"
#include "common/stats.h"

struct control;

struct control_parts {
    struct loop *loop;
    const struct config *config;
    const int *fds; /* bound, not listening; taken */
    size_t fd_count;
    struct stats *stats;
    engine_request_fn *on_request;
    void *context;
};

/* Borrows: what `parts` points to, until control_free(). */
MUST_USE struct control *control_new(const struct control_parts *parts);
void control_free(struct control *control);

/* Starts accepting. */
void control_open(struct control *control);

/* Accepts no more; connections stay. */
void control_close(struct control *control);

/* Reads no more from the connections: each ends when its answer is out. With `at_once` it is not
 * even waited for that. */
void control_hang_up(struct control *control, bool at_once);

/* How many connections there are. */
size_t control_count(const struct control *control);

/* Called each turn.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t control_turn(struct control *control, uint64_t now_ms);

#endif
