/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an origin tells us between its messages to a client: "c:" and JSON.
 *
 *     c:{"type":"subscribe","channel":"room"}
 *     c:{"type":"keep-alive","content":"ping!","timeout":30}
 *
 * JSON null stands for an absent field, and fields that a type does not know are not looked at. A
 * keep-alive without content switches it off, whatever else it says.
 *
 * Thread: any.
 * Life:   wscontrol_done() frees what was decoded.
 * Spec:   GRIP 5.10.
 */
#ifndef COMMON_WSCONTROL_H
#define COMMON_WSCONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/instruct.h"
#include "common/item.h"
#include "common/limits.h"

enum wscontrol_kind {
    WSCONTROL_SUBSCRIBE,
    WSCONTROL_UNSUBSCRIBE,
    WSCONTROL_DETACH,
    WSCONTROL_SESSION, /* known, and without an effect here */
    WSCONTROL_SET_META,
    WSCONTROL_KEEP_ALIVE,
    WSCONTROL_SEND_DELAYED,
    WSCONTROL_FLUSH_DELAYED,
};

struct wscontrol {
    enum wscontrol_kind kind;
    struct span channel; /* subscribe, unsubscribe: not empty, no control characters */
    struct span filters[FILTERS_MOST];
    size_t filter_count;
    bool has_too_many_filters; /* more than FILTERS_MOST; none of them was read */
    struct span name;          /* set-meta: a header name token */
    struct span value;         /* set-meta: at == NULL deletes; no control characters */
    struct span content;       /* keep-alive, send-delayed: decoded; at == NULL: none given */
    enum ws_type type;  /* of the content; text content is UTF-8, ping and pong at most 125 */
    unsigned timeout_s; /* keep-alive: 55 where not given or not positive; send-delayed: 1 */
    enum keep_alive_mode mode;
    struct arena arena; /* owned */
};

/* Reads the JSON behind "c:".
 * Returns: NULL, or what is wrong with it, a static sentence; then there is nothing to undo. */
MUST_USE const char *wscontrol_read(struct wscontrol *control, struct span json,
                                    const struct limits *limits);

void wscontrol_done(struct wscontrol *control);

#endif
