/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a frontend tells the router of who is connected, on the way back (bus.h):
 * one client more, or one less.
 *
 *     'P' '+' number, kind, route, id, peer        'P' '-' number
 *
 * A client is connected from when its request is first put to an origin until it
 * is answered or its hold has ended. Only told where somebody outside may ask:
 * by the command socket or the stats socket.
 *
 * Thread: any; pure.
 * Spec:   docs/architecture.md "ZeroMQ of the outside"; GRIP 9.1 (conn).
 */
#ifndef COMMON_ATTENDANCE_H
#define COMMON_ATTENDANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

/* A connection's number says whose it is: the frontend stands above this bit. */
#define ATTENDANCE_FRONTEND_SHIFT 48

struct attendance {
    uint64_t number;
    bool is_more;
    /* What follows is told of one more: */
    bool is_websocket; /* else a request of HTTP */
    bool is_ssl;       /* its client came over TLS */
    uint16_t route;    /* the route's number */
    struct span id;    /* the Connection-Id of a WebSocket; a request of HTTP has its number */
    struct span peer;  /* the client's address alone; "" where there is none */
};

/* Returns: how many bytes attendance_write() writes. */
size_t attendance_size(const struct attendance *attendance);

/* Writes `attendance` to `out`. Its id is shorter than 256 bytes. */
void attendance_write(char *out, const struct attendance *attendance);

/* Reads what a frontend told. Borrows: id and peer are parts of `bytes`.
 * Returns: false where `bytes` are something else. */
MUST_USE bool attendance_read(struct attendance *attendance, struct span bytes);

#endif
