/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose certificates are believed: those that the CA certificates of some PEM files vouch for, and
 * nobody else's. Any of them may be an end of a chain, also one that is no root.
 *
 * Thread: made by main; then immutable, and what it is made of is OpenSSL's, counted and locked.
 * Spec:   RFC 5280 6.
 */
#ifndef COMMON_TRUST_H
#define COMMON_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"

struct trust {
    X509_STORE *store;
    STACK_OF(X509_NAME) * names; /* of the CAs, as a server tells them to its clients */
};

/* Reads all of `files`; in each there must be a certificate that is valid at `now_s`.
 * Returns: the trust (trust_free()), or NULL with `*why` set to a sentence that names the file;
 *          caller frees it. */
MUST_USE struct trust *trust_read(const char *const *files, size_t count, int64_t now_s,
                                  char **why);

/* Returns: the trust in the CAs of the system (trust_free()), where OpenSSL and its variables
 * SSL_CERT_FILE and SSL_CERT_DIR have them; those in a directory are read when they are needed. */
MUST_USE struct trust *trust_of_system(void);

void trust_free(struct trust *trust);

/* Lets a context of a server demand a certificate of each client, or one of a client believe
 * servers. Shares: the store. */
void trust_demand(const struct trust *trust, SSL_CTX *context);
void trust_believe(const struct trust *trust, SSL_CTX *context);
/* Of the handshake that has just failed on this thread, where it was for a certificate shown to us.
 * Returns: why that one is not believed, and whose it is, printable; "" where it was for something
 *          else. Good until the next handshake. */
const char *trust_take_refusal(void);

#endif
