/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message to publish, and the item object that says it to a broker.
 *
 *     channel "news", id "2", content "hi"
 *       {"channel":"news","id":"2","formats":{
 *          "http-response":{"code":200,"body":"hi\n"},   long-polls
 *          "http-stream":{"content":"hi\n"},             streams
 *          "ws-message":{"content":"hi"}}}               WebSockets
 *
 * Content that is not UTF-8 travels in base64. A line gets its end where the
 * transport has none of its own, as from pushpin-publish.
 *
 * Thread: any.
 * Life:   all spans are borrowed, while the item is written.
 * Spec:   guide "Publishing", "Publish actions"; GRIP 6.3, 6.4, 10.7.
 */
#ifndef PUBLISHER_PUBLICATION_H
#define PUBLISHER_PUBLICATION_H

#include <stdbool.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/item.h"
#include "common/span.h"

struct publication {
    struct span channel;
    struct span id;      /* at == NULL: none */
    struct span prev_id; /* at == NULL: none */
    enum action action;  /* ACTION_SEND unless said otherwise */
    unsigned formats;    /* bits 1 << FORMAT_...; 0: those that the action is for */
    struct span content; /* what ACTION_SEND sends */
    struct span event;   /* with is_event, its name; at == NULL: none */
    unsigned code;       /* HTTP status, or with ACTION_CLOSE a close code; 0: the usual one */
    struct span reason;  /* of the same; at == NULL: none */
    const struct header *headers; /* of an http-response */
    size_t header_count;
    const struct header *meta; /* for the filters of subscriptions */
    size_t meta_count;
    bool is_patch;  /* the content is JSON that patches the held answer's body (RFC 6902) */
    bool is_binary; /* the content is a WebSocket message of type binary, UTF-8 or not */
    bool is_line;   /* streams and answers get a line feed behind the content */
    bool is_event;  /* streams get the content as a Server-Sent Event, with its id */
    bool no_seq;    /* is not to wait for prev_id */
};

/* Appends the item object.
 * Returns: false, and nothing was appended, with `*why` set to a sentence; caller frees it. */
MUST_USE bool publication_write(const struct publication *message, struct buf *out, char **why);

#endif
