/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an origin told us to do with a request: its GRIP headers, or the JSON
 * of application/grip-instruct, read into one struct.
 *
 *     Grip-Hold: stream                        mode
 *     Grip-Channel: a; prev-id=3, b            channels
 *     Grip-Keep-Alive: \n; format=cstring      keep_alive
 *     Grip-Status: 206 Part                    status, reason
 *     Grip-Expose-Headers: X-Yes               which headers stay
 *
 * Thread: any; nothing is shared.
 * Life:   instruct_done() frees what was decoded; spans otherwise point into
 *         the answer and live as long as it does. `told` may be moved.
 * Spec:   GRIP 2; guide "Responding to Fanout requests".
 */
#ifndef COMMON_INSTRUCT_H
#define COMMON_INSTRUCT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/answer.h"
#include "common/arena.h"
#include "common/base.h"
#include "common/http.h"
#include "common/limits.h"
#include "common/reason.h"

enum hold_mode { HOLD_NONE, HOLD_RESPONSE, HOLD_STREAM };

enum keep_alive_mode { KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL };

enum { FILTERS_MOST = 5 }; /* per channel, as GRIP says */

struct told_channel {
    struct span name;    /* no control characters */
    struct span prev_id; /* at == NULL: none */
    struct span filters[FILTERS_MOST];
    size_t filter_count;
};

struct instruct {
    enum hold_mode mode;
    struct told_channel *channels;
    size_t channel_count;
    unsigned timeout_s; /* response hold; default 55, at least 5 */

    bool has_keep_alive; /* stream hold */
    struct span keep_alive;
    unsigned keep_alive_s; /* default 55, at least 1 */
    enum keep_alive_mode keep_alive_mode;

    struct header *meta; /* Grip-Set-Meta, last value per name */
    size_t meta_count;

    struct span next_uri; /* Grip-Link rel=next, at == NULL: none */
    unsigned next_timeout_s;
    struct span gone_uri; /* Grip-Link rel=gone, at == NULL: none */

    /* The answer for the client: status after Grip-Status, headers without Grip-*,
     * hop-by-hop and framing ones, filtered by Grip-Expose-Headers; the body. Names are
     * tokens, values and the reason hold no control characters. */
    unsigned status; /* 200..599 */
    struct span reason;
    struct header *headers;
    size_t header_count;
    struct span body;

    struct arena arena; /* owned: what was decoded or allocated */
};

/* Whether an answer is an instruction: a header that starts with "Grip-", or the media type
 * application/grip-instruct. Only then must its body be collected. */
bool instruct_is(const struct answer *answer);

/* Reads a complete answer, with its body, into `told`.
 * Returns: REASON_NONE, or BAD_INSTRUCT / TOO_MANY_CHANNELS with `*why` set to GRIP's error text
 *          (printable ASCII; caller frees); `told` then needs no instruct_done(). */
MUST_USE enum reason instruct_read(struct instruct *told, const struct answer *answer,
                                   const struct limits *limits, char **why);

void instruct_done(struct instruct *told);

#endif
