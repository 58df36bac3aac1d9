/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that stands for bytes: cstring, base64 and hexadecimal, as GRIP headers,
 * items and keys use them.
 *
 * Thread: any.
 * Spec:   GRIP 2.3 (cstring), 6.4 (content-bin), 1.3 (keys).
 */
#ifndef COMMON_ESCAPE_H
#define COMMON_ESCAPE_H

#include <stdbool.h>

#include "common/base.h"
#include "common/buf.h"

/* Returns: the value of a hexadecimal digit of either case, -1 for any other character. */
int hex_value(char digit);

/* Appends what the escapes of `text` stand for: \\ \r \n \t \xHH.
 * Returns: false for a truncated or unknown escape; `out` is then as it was. */
MUST_USE bool cstring_decode(struct buf *out, struct span text);

/* Appends the bytes of base64 `text` (standard or URL alphabet, padding optional, no
 * white space).
 * Returns: false where it is not base64; `out` is then as it was. */
MUST_USE bool base64_decode(struct buf *out, struct span text);

/* Appends base64 with padding, as items and "Authorization: Basic" use it. */
void base64_encode(struct buf *out, struct span bytes);

/* Appends base64url without padding, as JSON Web Tokens and Keys use it. */
void base64url_encode(struct buf *out, struct span bytes);

/* Appends the bytes of hexadecimal `text`, two digits each, either case.
 * Returns: false where it is not that; `out` is then as it was. */
MUST_USE bool hex_decode(struct buf *out, struct span text);

#endif
