/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sec-WebSocket-Key and the Sec-WebSocket-Accept that proves it was read.
 *
 *     dGhlIHNhbXBsZSBub25jZQ==  ─►  s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
 *
 * Thread: any.
 * Spec:   RFC 6455 4.1, 4.2.2.
 */
#ifndef COMMON_WSKEY_H
#define COMMON_WSKEY_H

#include <stdbool.h>

#include "common/span.h"

enum { WSKEY_LEN = 24, WSKEY_ACCEPT_LEN = 28 };

/* Draws a key; a NUL stands behind it. */
void wskey_draw(char out[WSKEY_LEN + 1]);

/* Whether `key` is 16 bytes in base64. */
bool wskey_is_sound(struct span key);

/* Writes what answers `key`, with a NUL behind it. */
void wskey_accept(char out[WSKEY_ACCEPT_LEN + 1], struct span key);

#endif
