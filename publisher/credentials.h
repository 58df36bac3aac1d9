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
 * Life:   credentials_done(); spans point into the headers or the credentials.
 * Spec:   guide "Publishing"; RFC 6750; RFC 7617.
 */
#ifndef PUBLISHER_CREDENTIALS_H
#define PUBLISHER_CREDENTIALS_H

#include <stddef.h>

#include "common/arena.h"
#include "common/base.h"
#include "common/span.h"

#define CREDENTIALS_MOST 4

struct credentials {
    struct span texts[CREDENTIALS_MOST];
    size_t count;
    struct arena arena;
};

/* Reads the values of both headers, at == NULL where absent. */
void credentials_read(struct credentials *credentials, struct span fastly_key,
                      struct span authorization);
void credentials_done(struct credentials *credentials);

#endif
