/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only http-response has: the status line, the headers, and a patch in
 * place of a body.
 *
 *     {"code":200,"reason":"OK","headers":{"X-A":"1"},"body-patch":[{"op":...}]}
 *
 * Nothing that could end a line of a head early gets past this file.
 *
 * Thread: whoever reads; nothing is shared.
 * Spec:   GRIP 6.4, 3.4, 3.5; RFC 6902.
 */
#ifndef PUBLISHER_RESPONSEREAD_H
#define PUBLISHER_RESPONSEREAD_H

#include "common/item.h"
#include "publisher/fields.h"

/* Reads code, reason and headers (an object of strings, or a list of pairs of them). What
 * holdfast itself has to say about the answer's end is left out: Content-Length and the
 * like, and Grip-*, which no client may see.
 * Borrows: `out` points into the JSON and the arena. */
MUST_USE bool response_head_read(const struct fields *fields, struct format *out);

/* Reads "body-patch" as the JSON text that a subscriber's body is patched with; out->patch
 * stays empty where there is none.
 * Borrows: `out` points into the arena. */
MUST_USE bool response_patch_read(const struct fields *fields, struct format *out);

#endif
