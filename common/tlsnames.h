/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which context a name is for that a client asks for (SNI).
 *
 *     a.test      ──► context of the certificate that has this name
 *     *.test      ──► of one that has it with a wildcard: one label, not two, not none
 *
 * Sorted once, then only asked; where two certificates have a name, the first one gets it.
 *
 * Thread: made by main; then immutable.
 * Spec:   RFC 6066 3; RFC 6125 6.4.3.
 */
#ifndef COMMON_TLSNAMES_H
#define COMMON_TLSNAMES_H

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/span.h"

struct tlsnames;

/* `owner` is the context that the names will belong to: of all that are added it alone is not
 * counted, else neither would ever end. */
MUST_USE struct tlsnames *tlsnames_new(SSL_CTX *owner);
void tlsnames_free(struct tlsnames *names);

/* Adds a name in lower case, maybe with a wildcard. Shares: `context`, but for the owner. */
void tlsnames_add(struct tlsnames *names, const char *text, SSL_CTX *context);

/* After the last name, before the first question. */
void tlsnames_sort(struct tlsnames *names);

/* Returns: the context for `asked`, or NULL. Borrows: from `names`. */
MUST_USE SSL_CTX *tlsnames_find(const struct tlsnames *names, struct span asked);

#endif
