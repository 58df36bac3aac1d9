/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An origin's answer to a request of WebSocket events, collected and judged.
 *
 *     200, application/websocket-events      events: wohanswer_check(), then acted upon
 *     anything else                          while opening: the client's answer; later: a failure
 *
 * Thread: its frontend's.
 * Life:   wohanswer_new(), wohanswer_free().
 * Spec:   GRIP 5.5.
 */
#ifndef FRONTEND_WOHANSWER_H
#define FRONTEND_WOHANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/answer.h"
#include "common/arena.h"
#include "common/base.h"
#include "common/buf.h"
#include "common/limits.h"
#include "frontend/meta.h"

struct wohanswer {
    struct answer head; /* copied; its body is set by wohanswer_end() */
    struct buf body;
    bool is_events; /* status and type are as they should be */
    struct arena arena;
};

/* Copies the head. */
MUST_USE struct wohanswer *wohanswer_new(const struct answer *head);

/* Appends a piece of the body, as far as the limit of its kind goes.
 * Returns: false where the piece passes it. */
MUST_USE bool wohanswer_add(struct wohanswer *answer, struct span piece,
                            const struct limits *limits);

/* All has come that will. */
void wohanswer_end(struct wohanswer *answer);

/* Whether all of it can be acted upon; `is_opening`: as the answer to OPEN, which may be empty as
 * long as there is polling, every `keep_alive_s` seconds unless it says otherwise.
 * Returns: NULL, or what is wrong, a static sentence. */
MUST_USE const char *wohanswer_check(const struct wohanswer *answer, bool is_opening,
                                     uint32_t keep_alive_s);

/* Reads Keep-Alive-Interval into `*seconds`: 0 for off, left as it is where there is none. */
void wohanswer_keep_alive(const struct wohanswer *answer, uint32_t *seconds);

/* Returns: Content-Bytes-Accepted, WOHQUEUE_ALL where there is none, more than can be offered where
 * it is no number. */
uint64_t wohanswer_accepted(const struct wohanswer *answer);

/* Does what the Set-Meta-* headers say. Returns: false where something did not fit. */
MUST_USE bool wohanswer_set_meta(const struct wohanswer *answer, struct meta *meta,
                                 const struct limits *limits);

/* NULL is accepted. */
void wohanswer_free(struct wohanswer *answer);

#endif
