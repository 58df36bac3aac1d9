/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes are UTF-8, asked as they arrive.
 *
 * Strict: no overlong forms, no surrogates, nothing beyond U+10FFFF; the
 * first byte that can't be is refused, wherever the pieces were cut.
 *
 * Thread: whoever owns the state.
 * Life:   `= {0}`; nothing to give back.
 * Spec:   RFC 3629.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

struct utf8 {
    uint8_t missing;     /* bytes until the character is whole */
    uint8_t least, most; /* what the next of them may be */
};

/* Goes through `bytes`. Returns: false at a byte that can't stand there. */
MUST_USE bool utf8_feed(struct utf8 *utf8, struct span bytes);

/* Whether what was fed ends behind a whole character. */
static inline bool utf8_is_whole(const struct utf8 *utf8)
{
    return utf8->missing == 0;
}

/* Whether `bytes`, all of them, are UTF-8. */
bool utf8_is_sound(struct span bytes);

#endif
