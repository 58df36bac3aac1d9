/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key that signs and verifies tokens, told as GRIP writes it.
 *
 *     changeme              the secret itself                      HS256
 *     base64:Y2hhbmdlbWU=   the secret in base64                   HS256
 *     file:sig.pem          a PEM private key: EC P-256 or RSA     ES256, RS256
 *     file:sig.hex          the secret in hexadecimal              HS256
 *
 * Where a key only verifies, its file may hold less:
 *
 *     file:public.pem       a PEM public key: EC P-256 or RSA      ES256, RS256
 *     file:key.json         a JSON Web Key (jwk.h)                 ES256, RS256, HS256
 *
 * The kind of key decides the algorithm, never a token's header.
 *
 * Thread: immutable once made; any.
 * Spec:   GRIP 1.3.
 */
#ifndef COMMON_KEY_H
#define COMMON_KEY_H

#include <stdbool.h>
#include <stdio.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/span.h"

/* Only token.c, keystore.c and permits.c look inside. */
struct key {
    const char *algorithm;
    struct buf signs;    /* owned: the secret, or the private key as PEM; empty where unknown */
    struct buf verifies; /* owned: the secret, or the public key as PEM */
    char *jwk;           /* owned: the public key as JWK, NULL for a secret */
    char *kid;           /* owned: its name, NULL where it has none */
};

/* Reads the key that `text` tells; "file:" is relative to `dir`.
 * Returns: the key (key_free()), or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct key *key_read(const char *text, const char *dir, char **why);

/* As key_read(), for a key that verifies and need not sign. */
MUST_USE struct key *key_read_verifier(const char *text, const char *dir, char **why);

/* Reads the key that `bytes` are: a private key in PEM where they begin so, else the secret itself.
 * Returns: as key_read(). */
MUST_USE struct key *key_read_bytes(struct span bytes, char **why);

/* Returns: a fresh ES256 key (key_free()). */
MUST_USE struct key *key_make(void);

void key_free(struct key *key);

/* "HS256", "ES256" or "RS256". */
const char *key_algorithm(const struct key *key);

/* Writes the public half as PEM and as JWK, with a line of explanation before each.
 * Returns: false for a secret, which has none. */
bool key_print_public(const struct key *key, FILE *out);

#endif
