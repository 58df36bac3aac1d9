/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 frames as they pass: where each begins, and what its nine bytes say.
 *
 *     preface (24)  length (3) type (1) flags (1) stream (4)  payload (length)  length (3) ...
 *
 * Payloads pass in whatever pieces they come; the preface counts as one.
 *
 * Thread: any, one at a time.
 * Life:   embedded in struct h2guard.
 * Spec:   RFC 9113, 3.4 and 4.1.
 */
#ifndef FRONTEND_H2WALK_H
#define FRONTEND_H2WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

#define H2_HEAD_BYTES 9
#define H2_PREFACE_BYTES 24

enum h2_type {
    H2_DATA,
    H2_HEADERS,
    H2_PRIORITY,
    H2_RST_STREAM,
    H2_SETTINGS,
    H2_PUSH_PROMISE,
    H2_PING,
    H2_GOAWAY,
    H2_WINDOW_UPDATE,
    H2_CONTINUATION,
};

static inline bool h2type_is_known(uint8_t type)
{
    return type <= H2_CONTINUATION;
}

enum h2_flag {
    H2_END_STREAM = 0x1,
    H2_END_HEADERS = 0x4,
    H2_PADDED = 0x8,
    H2_HAS_PRIORITY = 0x20,
};

struct h2frame {
    uint32_t len; /* of the payload */
    uint32_t stream;
    uint8_t type, flags;
};

struct h2walk {
    struct h2frame frame;        /* whose payload is passing, while `left` */
    uint32_t left;               /* bytes of it to come */
    uint8_t head[H2_HEAD_BYTES]; /* of the next one, as far as it has come */
    uint8_t head_len;
};

/* At the start of a connection: the client's preface comes first. */
void h2walk_init(struct h2walk *walk);

enum h2walk_event {
    H2WALK_NOTHING, /* all bytes are taken */
    H2WALK_HEAD,    /* walk->frame is what a head said */
    H2WALK_PIECE,   /* `*piece` is the next piece of its payload */
};

/* Takes bytes off the front of `bytes`. Borrows: `piece`, as long as they are there. */
enum h2walk_event h2walk_next(struct h2walk *walk, struct span *bytes, struct span *piece);

/* Whether the last byte seen was the last of a frame. */
bool h2walk_is_between(const struct h2walk *walk);

#endif
