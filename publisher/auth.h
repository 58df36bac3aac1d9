/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this request publish, and as whom?
 *
 *     credentials ─► one of the tokens? ─► a JSON Web Token ─► too many failures ─► the one key it
 *                                          known as good?      of this address?     can be meant for
 *                         │ yes                 │ yes                │ yes                │ verified
 *                         ▼                     ▼                    ▼                    ▼
 *                        OK                    OK                TOO_OFTEN            OK, WRONG
 *
 * With nobody configured (loopback only) credentials are not looked at. Tokens
 * are compared in constant time. A request costs one signature at most: which
 * key it is follows from what the token names (alg, iss, kid).
 *
 * Thread: the router's. Time is passed in.
 * Spec:   docs/decisions/0013; guide "Publishing".
 */
#ifndef PUBLISHER_AUTH_H
#define PUBLISHER_AUTH_H

#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/permit.h"
#include "common/span.h"

struct auth;

enum auth_result {
    AUTH_OK,
    AUTH_MISSING,   /* credentials are wanted and none were sent */
    AUTH_WRONG,     /* some were sent, and they are not ours */
    AUTH_TOO_OFTEN, /* they may be good: this address sent too many bad ones to be heard now */
};

struct auth_request {
    struct span fastly_key; /* the values of these headers, at == NULL where absent */
    struct span authorization;
    struct span address; /* of the client, without its port; any bytes */
    uint64_t now_ms;     /* that only grows */
    int64_t now_s;       /* since 1970 */
};

struct auth_answer {
    enum auth_result result;
    const struct permit *permit; /* OK: whose */
    const char *why;             /* WRONG: the end of a sentence about the token */
    uint64_t wait_ms;            /* TOO_OFTEN: for how long */
};

/* Borrows: everything until auth_free(); keeps hashes of the tokens. */
MUST_USE struct auth *auth_new(struct permit *const *permits, size_t count,
                               const struct limits *limits);
void auth_free(struct auth *auth);

/* The permit is one of those given, or one that is named "anyone" where none was. */
MUST_USE struct auth_answer auth_check(struct auth *auth, const struct auth_request *request);

/* The permit of those who need none. */
const struct permit *auth_anyone(const struct auth *auth);

#endif
