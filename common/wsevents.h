/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket-over-HTTP: what happens on a WebSocket, as the body of a request or
 * an answer.
 *
 *     OPEN\r\n
 *     TEXT 5\r\nhello\r\n
 *     CLOSE 5\r\n\x03\xe8bye\r\n
 *
 * A length is hexadecimal and counts the content alone. A body's last event may
 * lack the CR LF behind its content.
 *
 * Thread: any.
 * Spec:   GRIP 5.4; guide "Inbound WebSockets messages".
 */
#ifndef COMMON_WSEVENTS_H
#define COMMON_WSEVENTS_H

#include <stdbool.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/span.h"

enum wsevent_kind {
    WSEVENT_OPEN,
    WSEVENT_TEXT,
    WSEVENT_BINARY,
    WSEVENT_PING,
    WSEVENT_PONG,
    WSEVENT_CLOSE,
    WSEVENT_DISCONNECT,
    WSEVENT_UNKNOWN, /* only ever read: to be ignored */
};

struct wsevent {
    enum wsevent_kind kind;
    struct span content; /* read: none for open and disconnect, at most 125 bytes for ping and pong,
                          * none or a code and a reason for close; text is not checked */
};

/* Appends an event. Text and binary have a length even when empty; the others omit it then. */
void wsevent_write(struct buf *out, enum wsevent_kind kind, struct span content);

/* Reads the next event of `*rest` and cuts `*rest` behind it; at a fault `*rest` stays.
 * Borrows: event->content points into `*rest`.
 * Returns: false at the end, and where what comes is no event: then `*why` is a static sentence,
 *          else NULL. */
MUST_USE bool wsevent_next(struct wsevent *event, struct span *rest, const char **why);

#endif
