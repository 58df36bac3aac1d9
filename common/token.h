/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grip-Sig: JSON Web Tokens signed and verified with a key.
 *
 *     {"typ":"JWT","alg":"ES256"} . {"iss":"pushpin","exp":1893459600} . signature
 *
 * libjwt checks a signature and nothing else, with the algorithm that the
 * token names; that the algorithm is the key's, the issuer and the time are
 * checked here.
 *
 * Thread: any; keys are immutable.
 * Spec:   GRIP 1.3; guide "Validating GRIP requests".
 */
#ifndef COMMON_TOKEN_H
#define COMMON_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/key.h"
#include "common/keystore.h"
#include "common/span.h"

/* Makes a token with the claims iss, which is UTF-8, and exp (seconds since 1970).
 * Returns: the token; caller frees.
 * Cost: 3 us for HS256, some 400 us for ES256: keep it a while (frontend/signer.h). */
MUST_USE char *token_sign(const struct key *key, const char *iss, int64_t exp_s);

/* Whether `token` was signed with `key`, names `iss` and has not expired at `now_s`. */
bool token_is_valid(const struct key *key, const char *iss, struct span token, int64_t now_s);

#endif
