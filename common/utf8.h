/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether bytes are UTF-8, asked piece by piece.
 *
 *     struct utf8 text = {0};
 *     utf8_feed(&text, "\xe2\x82")     true, and a character is open
 *     utf8_feed(&text, "\xac")         true, and it is complete: the euro sign
 *     utf8_feed(&text, "\xed\xa0")     false: only a surrogate could follow
 *
 * Strict: no surrogates, no overlong forms, nothing beyond U+10FFFF. A piece is
 * refused with the first byte that no character could have in its place.
 *
 * Thread: any.
 * Spec:   RFC 3629; Unicode, table 3-7.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

/* What is still to come of a character; all zero between two. */
struct utf8 {
    uint8_t missing;     /* bytes */
    uint8_t least, most; /* what the next of them may be */
};

/* Returns: false where the bytes cannot go on what was fed before; then the state is used up. */
MUST_USE bool utf8_feed(struct utf8 *utf8, struct span bytes);

/* Whether the text may end here: no character is open. */
bool utf8_is_complete(const struct utf8 *utf8);

/* Whether the bytes are a whole text. */
bool utf8_is_sound(struct span bytes);

#endif
