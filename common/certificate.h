/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate with its chain and its key, as one or two PEM files tell them.
 *
 *     chain.pem   the certificate, then whoever vouches for it, up to the root
 *     key.pem     its private key, not encrypted; it may stand in chain.pem
 *
 * One that was read is good: the key fits, today is within its dates, and OpenSSL deems it strong
 * enough. Everything else is a sentence for the operator that names the file and the fix.
 *
 * Thread: made by main; then immutable, and what it is made of is OpenSSL's, counted.
 * Spec:   RFC 5280; RFC 6125 6.4 (which names it has).
 */
#ifndef COMMON_CERTIFICATE_H
#define COMMON_CERTIFICATE_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/config.h"

struct certificate {
    char *file; /* owned: the chain's, for logs */
    X509 *leaf;
    STACK_OF(X509) * chain; /* without the leaf */
    EVP_PKEY *key;
    char **names; /* owned, lower-case; "*." in front stands for one label */
    size_t name_count;
    int64_t expiry_s; /* since 1970 */
};

/* Reads and judges as of `now_s`.
 * Returns: the certificate (certificate_free()), or NULL with `*why` set to a sentence that names
 *          the file; caller frees it. */
MUST_USE struct certificate *certificate_read(const struct certificate_files *files, int64_t now_s,
                                              char **why);

void certificate_free(struct certificate *certificate);

/* Puts it into a context that has none yet. Shares: leaf, chain and key. */
void certificate_show(const struct certificate *certificate, SSL_CTX *context);

/* Writes whose certificate it is ("CN=publisher,O=Example") to `out`, printable, cut to size.
 * Returns: `out`. */
#define CERTIFICATE_SUBJECT 200
const char *certificate_subject(const X509 *certificate, char out[CERTIFICATE_SUBJECT]);

/* Returns: "2026-11-28T10:00:00Z"; caller frees. */
MUST_USE char *certificate_date(int64_t time_s);

#endif
