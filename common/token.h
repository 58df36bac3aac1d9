/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Tokens signed and verified with a key: Grip-Sig, and those of publishers.
 *
 *     {"typ":"JWT","alg":"ES256"} . {"iss":"pushpin","exp":1893459600} . signature
 *
 * libjwt checks a signature and nothing else, with the algorithm that the
 * token names; that the algorithm is the key's, the issuer, the audience and
 * the time are checked here.
 *
 * Thread: any; keys are immutable.
 * Spec:   GRIP 1.3; guide "Validating GRIP requests"; RFC 7519, 4.1.
 */
#ifndef COMMON_TOKEN_H
#define COMMON_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/key.h"
#include "common/keystore.h"
#include "common/span.h"

enum token_result {
    TOKEN_GOOD,
    TOKEN_UNSIGNED, /* it is none, or not signed with this key and its algorithm */
    TOKEN_CRITICAL, /* it says it is not understood without what we do not know (RFC 7515, 4.1.11) */
    TOKEN_EXPIRED,  /* or it names no exp */
    TOKEN_TOO_EARLY,
    TOKEN_NOT_ISSUER,
    TOKEN_NOT_AUDIENCE,
};

/* What a token has to name. */
struct token_wanted {
    const char *iss; /* NULL: any issuer, or none */
    const char *aud; /* NULL: a token that names an audience means somebody else */
    bool any_aud;    /* whatever it names */
};

/* What a token says of itself, none of it verified; NULL where it says nothing. */
struct token_names {
    char *alg, *kid, *iss; /* owned */
};

/* Makes a token with the claims iss, which is UTF-8, and exp (seconds since 1970).
 * Returns: the token; caller frees.
 * Cost: 3 us for HS256, some 400 us for ES256: keep it a while (frontend/signer.h). */
MUST_USE char *token_sign(const struct key *key, const char *iss, int64_t exp_s);

/* Reads what `token` names, without a look at its signature; token_names_done() in any case.
 * Returns: false where it is no token. */
MUST_USE bool token_peek(struct token_names *names, struct span token);
void token_names_done(struct token_names *names);

/* Verifies `token`; `*exp_s` is from when on it is good no more, where it is good.
 * Cost: 20 us for HS256, some 400 us for ES256: what is good is remembered (publisher/tokencache.h). */
MUST_USE enum token_result token_verify(const struct key *key, const struct token_wanted *wanted,
                                        struct span token, int64_t now_s, int64_t *exp_s);

/* Returns: what is wrong, as the end of a sentence about the token. */
const char *token_fault(enum token_result result);

/* Whether `token` was signed with `key`, names `iss` and has not expired at `now_s`. */
bool token_is_valid(const struct key *key, const char *iss, struct span token, int64_t now_s);

#endif
