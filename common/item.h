/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One publication: a channel, who it is and whom it follows, and one
 * representation (format) per transport.
 *
 *     item "news" id=2 prev-id=1
 *       http-response   for long-polls
 *       http-stream     for streams
 *       ws-message      for WebSockets
 *
 * Thread: whoever holds it.
 * Life:   all spans are borrowed: from the batch that publisher/ingest.c read,
 *         or from the frame that common/wire.c opened.
 * Spec:   guide "Publishing"; GRIP 6.3, 6.4.
 */
#ifndef COMMON_ITEM_H
#define COMMON_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

enum format_kind { FORMAT_RESPONSE, FORMAT_STREAM, FORMAT_WS, FORMAT_COUNT };

enum action { ACTION_SEND, ACTION_HINT, ACTION_CLOSE, ACTION_REFRESH };

enum ws_type { WS_TEXT, WS_BINARY, WS_PING, WS_PONG };

/* Which of the fields mean something depends on format and action:
 *   stream    send: content
 *   response  send: code, reason, headers, and content or patch
 *   ws        send: type, content; close: code, reason */
struct format {
    bool is_present;
    enum action action;
    struct span content; /* the body's bytes, decoded */
    struct span framed;  /* content with the framing that is the same for every client of
                          * that transport (chunk, server frame); only wire_open() sets it */
    unsigned code;       /* HTTP status, or close code; 0 where the publisher gave none */
    struct span reason;
    const struct header *headers; /* response only */
    size_t header_count;
    struct span patch; /* response only: RFC 6902 operations as JSON text, empty for none */
    enum ws_type type; /* ws only */
};

struct item {
    struct span channel;
    struct span id;      /* at == NULL: none given */
    struct span prev_id; /* at == NULL: none given */
    bool no_seq;
    uint64_t number; /* under which its deliveries are counted, 0: nobody asked */
    struct format formats[FORMAT_COUNT];
};

/* The names publishers use: "http-response", "http-stream", "ws-message". */
const char *format_name(enum format_kind kind);

#endif
