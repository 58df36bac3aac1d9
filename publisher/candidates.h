/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request shows to be let in, as texts that may be a token.
 *
 *     Fastly-Key: T                          T
 *     Authorization: Bearer T                T
 *     Authorization: Basic base64(user:T)    T, and T with its %XX decoded
 *     Authorization: Basic b'base64(...)'    the same: a slip of Python libraries
 *
 * The user of Basic is not looked at: the token says who it is.
 *
 * Thread: whoever reads; nothing is shared.
 * Life:   candidates_done(); spans point into the headers or the credentials.
 * Spec:   guide "Publishing"; RFC 6750; RFC 7617.
 */
#ifndef PUBLISHER_CANDIDATES_H
#define PUBLISHER_CANDIDATES_H

#include <stddef.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/span.h"

#define CANDIDATES_MOST 4

struct candidates {
    struct span texts[CANDIDATES_MOST];
    size_t count;
    struct arena arena;
};

/* Reads the values of both headers, at == NULL where absent. */
void candidates_read(struct candidates *candidates, struct span fastly_key,
                     struct span authorization);
void candidates_done(struct candidates *candidates);

#endif
