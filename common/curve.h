/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of CURVE, with which ZeroMQ encrypts a connection and knows its peer.
 *
 * A key is 32 bytes, written as 40 characters of Z85. A certificate is a file
 * as zcert (czmq) and zmq.auth (Python) write it:
 *
 *     curve
 *         public-key = "..."
 *         secret-key = "..."      only in NAME.key_secret
 *
 * Thread: main, before the others start.
 * Spec:   rfc.zeromq.org/spec/26 and 32.
 */
#ifndef COMMON_CURVE_H
#define COMMON_CURVE_H

#include <stdbool.h>

#include "common/base.h"
#include "common/span.h"

enum {
    CURVE_BYTES = 32,
    CURVE_TEXT = 41, /* with a NUL */
};

struct curve {
    char public_key[CURVE_TEXT]; /* "" where there is none */
    char secret_key[CURVE_TEXT]; /* "" where it is not known */
};

/* Reads a key. Returns: whether `text` is one. */
MUST_USE bool curve_key_read(char key[CURVE_TEXT], struct span text);

/* Reads a certificate. Returns: NULL, or why not, as a sentence (static). */
MUST_USE const char *curve_read(struct curve *curve, const char *path);

#endif
