/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frontend's own epoll set, nested in h2o's loop.
 *
 * Held sockets and libcurl's descriptors are watched here: 8 bytes each
 * instead of h2o's 208. The epoll descriptor is itself pollable; when h2o's
 * loop finds it readable, poller_run() dispatches one bounded batch.
 *
 * A batch of readiness events is gone through whole before anything that a
 * watch is part of may be freed; whoever wants to free does so at the end of
 * the loop turn (frontend/hold.h).
 *
 * Thread: one per frontend.
 */
#ifndef FRONTEND_POLLER_H
#define FRONTEND_POLLER_H

#include <stdint.h>
#include <sys/epoll.h>

#include "common/base.h"

struct watch;

/* Something happened on the descriptor: `events` are EPOLLIN, EPOLLOUT, EPOLLRDHUP... */
typedef void watch_fn(struct watch *watch, uint32_t events);

/* Embedded in whatever is watched; on_ready may be changed at any time. */
struct watch {
    watch_fn *on_ready;
};

struct poller;

MUST_USE struct poller *poller_new(void);
void poller_free(struct poller *poller);

/* The descriptor that is readable when a watch has something to do. */
int poller_fd(const struct poller *poller);

/* Watches `fd` for `events` (level-triggered). Borrows `watch` until poller_remove() or the
 * descriptor is closed for good (no duplicate left). */
void poller_add(struct poller *poller, int fd, uint32_t events, struct watch *watch);
void poller_change(struct poller *poller, int fd, uint32_t events, struct watch *watch);
void poller_remove(struct poller *poller, int fd);

/* A batch that is being dispatched will not come to `watch` any more: for those who must free it
 * before the turn ends. */
void poller_forget(struct poller *poller, const struct watch *watch);

/* Dispatches what is ready now, a bounded batch, without waiting. */
void poller_run(struct poller *poller);

#endif
