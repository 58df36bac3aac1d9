/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grip-Sig: keys, and JSON Web Tokens signed and verified with them.
 *
 * A key is told as GRIP writes it: a secret, "base64:" of one, or "file:" of a
 * PEM key (EC P-256: ES256, RSA: RS256) or of a secret in hex. The kind of key
 * decides the algorithm; a token that claims another is not verified.
 *
 * Thread: keys are immutable once made; any thread may sign and verify.
 * Spec:   GRIP 1.3; guide "Validating GRIP requests".
 */
#ifndef COMMON_TOKEN_H
#define COMMON_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base.h"
#include "common/span.h"

struct key;

/* Reads the key that `text` tells; "file:" is relative to `dir`.
 * Returns: the key (key_free()), or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct key *key_read(const char *text, const char *dir, char **why);

/* The ES256 key kept in `state_dir` as sig_key.pem (0600), made there at first use. Where it
 * cannot be written the key lives in memory only and `*why` says so; caller frees it.
 * Returns: the key, or NULL where the file exists but holds no such key (`*why` says why). */
MUST_USE struct key *key_keep(const char *state_dir, char **why);

void key_free(struct key *key);

/* "HS256", "ES256" or "RS256". */
const char *key_algorithm(const struct key *key);

/* Writes the public half as PEM and as JWK, with a line of explanation before each.
 * Returns: false for a secret, which has none. */
bool key_print_public(const struct key *key, FILE *out);

/* Returns: a token with the claims iss and exp (seconds since 1970); caller frees.
 * Cost: 3 us for HS256, some 400 us for ES256: keep it a while (frontend/signer.h). */
MUST_USE char *token_sign(const struct key *key, const char *iss, int64_t exp_s);

/* Whether `token` was signed with `key`, names `iss` and has not expired at `now_s`. */
bool token_is_valid(const struct key *key, const char *iss, struct span token, int64_t now_s);

#endif
