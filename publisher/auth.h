/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this request publish?
 *
 * With tokens configured exactly those are accepted, as "Fastly-Key: T" or
 * "Authorization: Bearer T"; with none configured (loopback only) credentials
 * are not looked at. Compared in constant time.
 *
 * Thread: immutable after auth_new(); any.
 * Spec:   docs/architecture.md "Safe by default"; guide "Publishing".
 */
#ifndef PUBLISHER_AUTH_H
#define PUBLISHER_AUTH_H

#include "common/base.h"
#include "common/span.h"

struct auth;

enum auth_result {
    AUTH_OK,
    AUTH_MISSING, /* tokens are configured and none was sent */
    AUTH_WRONG,   /* one was sent, and it is not one of ours */
};

/* Keeps hashes of `tokens`, not the tokens. */
MUST_USE struct auth *auth_new(const char *const *tokens, size_t count);
void auth_free(struct auth *auth);

/* `fastly_key` and `authorization` are the values of these headers, at == NULL where absent. */
MUST_USE enum auth_result auth_check(const struct auth *auth, struct span fastly_key,
                                     struct span authorization);

#endif
