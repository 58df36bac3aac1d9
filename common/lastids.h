/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last id that was published to each channel, subscribed or not.
 *
 *     channel ─► id        both as 64-bit hashes: some 50 bytes a channel
 *
 * In a frontend: an origin that answers a poll may have read its data before the
 * newest message was published; the prev-id it tells then differs from what is
 * remembered here, and it is asked once more instead of letting the client wait
 * for a message that is already over. In the router: the item after this one
 * need not wait, however long ago it was.
 *
 * Beyond `most` channels the one published to longest ago is forgotten: of it
 * nothing is known, and no id matches or differs.
 *
 * Thread: one in each frontend, one in the router.
 * Spec:   GRIP 3.1; docs/decisions/0005, 0012.
 */
#ifndef COMMON_LASTIDS_H
#define COMMON_LASTIDS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

struct lastids;

MUST_USE struct lastids *lastids_new(uint64_t most);

/* NULL is accepted. */
void lastids_free(struct lastids *lastids);

/* An id as it is remembered and compared. */
uint64_t lastids_hash(struct span id);

/* `id` (lastids_hash()) was published to the channel whose name hashes to `channel`
 * (wire_channel_hash()).
 * Cost: one look-up. */
void lastids_note(struct lastids *lastids, uint64_t channel, uint64_t id);

/* Whether the last id of `channel` is known and this one. */
bool lastids_match(struct lastids *lastids, uint64_t channel, uint64_t id);

/* Whether the last id of `channel` is known and another one than `id`. */
bool lastids_differ(struct lastids *lastids, uint64_t channel, uint64_t id);

/* From now on nothing is known of any channel. Cost: none; what was known makes room bit by bit. */
void lastids_forget_all(struct lastids *lastids);

/* From now on nothing is known of `channel`. */
void lastids_forget(struct lastids *lastids, uint64_t channel);

#endif
