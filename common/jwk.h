/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Keys: the public half of a pair as one, and one from a file.
 *
 *     {"kty":"EC","crv":"P-256","x":"...","y":"..."}     a pair's public half   ES256
 *     {"kty":"RSA","n":"...","e":"AQAB"}                 the same               RS256
 *     {"kty":"oct","k":"..."}                            a secret               HS256
 *     {"keys":[{...}]}                                   a set of exactly one
 *
 * Thread: any; files are the operator's, read before service begins.
 * Spec:   RFC 7517; RFC 7518, 6.
 */
#ifndef COMMON_JWK_H
#define COMMON_JWK_H

#include <stdbool.h>

#include <openssl/evp.h>

#include "common/base.h"
#include "common/buf.h"

struct jwk {
    EVP_PKEY *pair;    /* owned: the public half, NULL for a secret */
    struct buf secret; /* owned: the secret, empty for a pair */
    char *alg;         /* owned: as the key says, NULL where it does not */
    char *kid;         /* owned: likewise */
};

/* Reads `text` into `jwk`, all zero before; jwk_done() in any case. A private half is not looked at.
 * Returns: false with `*why` set to a sentence without the key's name; caller frees it. */
MUST_USE bool jwk_read(struct jwk *jwk, struct span text, char **why);
void jwk_done(struct jwk *jwk);

/* Returns: the public half of an EC P-256 or RSA key as one line of JSON; caller frees. */
MUST_USE char *jwk_write(EVP_PKEY *pair, const char *algorithm);

#endif
