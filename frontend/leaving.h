/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an HTTP/1 client has left while its request is being answered.
 *
 * h2o does not read an HTTP/1 socket while it answers, so nobody would see
 * the end of a client whose origin takes long. An answer older than a second
 * has its client's socket watched by us as well; one descriptor may be in two
 * epoll sets. A client that shuts down its sending half counts as gone.
 *
 * Thread: its frontend's.
 * Life:   embedded in what waits; `= {.fd = -1}`, leaving_unwatch() before that goes.
 */
#ifndef FRONTEND_LEAVING_H
#define FRONTEND_LEAVING_H

#include <h2o.h>

#include "frontend/poller.h"
#include "frontend/wheel.h"

struct leaving;
struct parts;

/* The client is gone; it is not watched any more. */
typedef void leaving_fn(struct leaving *leaving);

struct leaving {
    struct parts *parts;
    h2o_req_t *request;
    leaving_fn *on_gone;
    struct timer timer; /* until the socket is watched */
    struct watch watch;
    int fd; /* -1 while it is not watched */
};

/* Watches from now on the client of `request`, where that needs it. */
void leaving_watch(struct leaving *leaving, struct parts *parts, h2o_req_t *request,
                   leaving_fn *on_gone);

void leaving_unwatch(struct leaving *leaving);

#endif
