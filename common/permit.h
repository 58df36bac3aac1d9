/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A permit to publish: by which token or key its holder is known, and to which channels it
 * reaches.
 *
 *     news token=file:news-token,channels=news-,channels=sport-
 *     shop key=file:shop.pem,iss=shop,aud=holdfast
 *     `-- the name, in logs and counters
 *
 * Elements are separated by commas or blanks; "..." quotes, as in route lines.
 *
 * Thread: main's until service begins, then immutable; any.
 * Life:   permit_free().
 */
#ifndef COMMON_PERMIT_H
#define COMMON_PERMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base.h"
#include "common/span.h"

struct key;

/* Strings that are owned one by one. */
struct texts {
    char **at;
    size_t count;
};

struct permit {
    char *name;
    struct texts tokens;
    struct key **keys; /* that JSON Web Tokens are verified with */
    size_t key_count;
    char *iss, *aud;       /* that they have to name, NULL for not told */
    struct texts prefixes; /* of channels; none: every channel */
    bool has_secret;       /* its line holds one, which is for nobody's eyes */
};

/* Returns: a permit without anything; permit_free(). */
MUST_USE struct permit *permit_new(struct span name);

/* Reads `line`; a relative "file:" starts from `dir`.
 * Returns: the permit (permit_free()), or NULL with `*why` set to a sentence that holds no secret;
 *          caller frees it. */
MUST_USE struct permit *permit_read(struct span line, const char *dir, char **why);

void permit_free(struct permit *permit);

/* Adds a copy of `token`. */
void permit_add_token(struct permit *permit, const char *token);

/* Whether its holder may publish to `channel`. */
bool permit_reaches(const struct permit *permit, struct span channel);

#endif
