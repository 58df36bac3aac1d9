/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Tokens that were found good: to verify one again costs some 400 us,
 * to find it here less than one.
 *
 *     hash of the token ─► permit, exp       the one used longest ago is forgotten first
 *
 * Tokens themselves are not kept.
 *
 * Thread: the router's. Time is passed in.
 */
#ifndef PUBLISHER_TOKENCACHE_H
#define PUBLISHER_TOKENCACHE_H

#include <stdint.h>

#include <openssl/sha.h>

#include "common/base.h"

struct permit;
struct tokencache;

struct digest {
    unsigned char bytes[SHA256_DIGEST_LENGTH];
};

MUST_USE struct tokencache *tokencache_new(uint64_t most);
void tokencache_free(struct tokencache *cache);

/* Keeps that the token is `permit`'s until `exp_s`. Borrows: `permit` until tokencache_free(). */
void tokencache_put(struct tokencache *cache, const struct digest *token,
                    const struct permit *permit, int64_t exp_s);

/* Returns: whose token it is, NULL where that is not known or it has expired. */
const struct permit *tokencache_find(struct tokencache *cache, const struct digest *token,
                                     int64_t now_s);

#endif
