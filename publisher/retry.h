/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to try again, and when to stop, so that nothing is published twice and
 * nothing is lost without a word.
 *
 *     first try                                     patience
 *       ├── refused a connection: nothing was taken ──┤
 *       │        first try without an answer          │        the server forgets ids
 *       │          ├── may have been taken ───────────│──┤ spare ├─
 *       ▼          ▼                                  ▼  ▼       ▼
 *
 * A server drops an id that it saw within its window. After a try whose end
 * nobody knows, others are safe only while that window lasts; the last one must
 * have ended before, with a second to spare. Tries that certainly came to
 * nothing do not start it.
 *
 * Thread: its owner's; time is an argument.
 * Spec:   guide "Publishing" (duplicates); decision 0015.
 */
#ifndef PUBLISHER_RETRY_H
#define PUBLISHER_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"

struct retry_rules {
    uint64_t patience_ms; /* from the first try of a request to the end of its last; 0: one try */
    uint64_t window_ms;   /* for how long the servers drop an id they saw; 0: they do not */
    uint64_t attempt_ms;  /* the most one try may take */
};

/* The tries of one request. */
struct retry {
    uint64_t begun_ms;   /* the first */
    uint64_t unclear_ms; /* the first whose end is not known */
    uint64_t due_ms;     /* not before this */
    unsigned failures;
    bool is_unclear; /* some try may have been taken */
};

void retry_begin(struct retry *retry, uint64_t now_ms);

/* Returns: how long a try that begins now may take, 0 where it is too late for one. */
uint64_t retry_attempt_ms(const struct retry *retry, const struct retry_rules *rules,
                          uint64_t now_ms);

/* Notes that the try which began at `began_ms` failed: unclear where it may have been taken.
 * `wait_ms` is what the server asked for, 0 for nothing.
 * Returns: whether there is to be another, at retry->due_ms. */
MUST_USE bool retry_again(struct retry *retry, const struct retry_rules *rules, bool is_unclear,
                          uint64_t wait_ms, uint64_t began_ms, uint64_t now_ms);

#endif
