/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who showed bad credentials lately, and how often: a bounded memory of addresses.
 *
 *     address ─► failures, since     the oldest first; each is forgotten `window_ms` after its
 *                                    first failure, or for want of room
 *
 * An address beyond `most_failures` has to wait until it is forgotten. It is
 * asked before anything costly is verified, so that one who guesses does not
 * keep the router's thread busy.
 *
 * Thread: the router's. Time is passed in.
 * Spec:   docs/decisions/0013.
 */
#ifndef PUBLISHER_FAILURES_H
#define PUBLISHER_FAILURES_H

#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/span.h"

struct failures;

/* Borrows: `limits` until failures_free(). */
MUST_USE struct failures *failures_new(const struct limits *limits);
void failures_free(struct failures *failures);

/* Notes a failure of `address`: any bytes, of which the first 16 count. */
void failures_note(struct failures *failures, struct span address, uint64_t now_ms);

/* Returns: for how long `address` has to wait, 0 for not at all. */
uint64_t failures_wait_ms(struct failures *failures, struct span address, uint64_t now_ms);

#endif
