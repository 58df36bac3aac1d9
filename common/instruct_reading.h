/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instruction half read: what its two forms, headers and JSON, have in common.
 *
 *     instruct.c ─► instruct_headers.c ─┐
 *                └► instruct_json.c ────┴► reading_*() ─► struct instruct
 *
 * Both forms may meet in one answer and add to the same struct. Each function
 * here keeps one of the promises of instruct.h, whoever calls it; the first
 * that cannot be kept ends the reading.
 *
 * Thread: any.
 */
#ifndef COMMON_INSTRUCT_READING_H
#define COMMON_INSTRUCT_READING_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "common/base.h"
#include "common/instruct.h"
#include "common/limits.h"

/* GRIP's numbers: seconds, and the statuses a client may get as a final answer. */
enum {
    HOLD_FALLBACK_S = 55,
    HOLD_LEAST_S = 5,
    KEEP_ALIVE_FALLBACK_S = 55,
    KEEP_ALIVE_LEAST_S = 1,
    NEXT_FALLBACK_S = 120,
    STATUS_LEAST = 200,
    STATUS_MOST = 599,
};

struct reading {
    struct instruct *told;
    const struct answer *answer;
    const struct limits *limits;
    enum reason fault; /* REASON_NONE until something is wrong */
    char *why;         /* owned: the sentence for `fault` */
};

/* Notes what is wrong.
 * Returns: false, so that a caller can return it in turn. */
bool reading_fail(struct reading *reading, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds a channel; `prev_id.at` may be NULL. */
MUST_USE bool reading_channel(struct reading *reading, struct span name, struct span prev_id);

/* Adds a filter to the channel that was added last. */
MUST_USE bool reading_filter(struct reading *reading, struct span filter);

/* Adds metadata, or replaces what was told under that name. */
MUST_USE bool reading_meta(struct reading *reading, struct span name, struct span value);

/* Adds a header for the client, unless it is one that never reaches it. */
MUST_USE bool reading_header(struct reading *reading, struct span name, struct span value);

/* Whether `text` is a whole number of 32 bits; blanks around it do not matter. */
MUST_USE bool reading_number(struct span text, int64_t *number);

/* Whether `value` is a number as Pushpin takes them: 30, 29.6, "30" and true are. */
MUST_USE bool reading_json_number(const json_t *value, int64_t *number);

#endif
