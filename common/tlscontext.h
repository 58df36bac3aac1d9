/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every TLS connection that comes to us is made from: certificates, keys,
 * and the protocols we would like to speak.
 *
 *     certificates ──► SSL_CTX ──► one SSL for each connection
 *                       │   └─ names ─► SSL_CTX of each other certificate
 *                       │      SNI "a.test": that of a.test, else of *.test, else the first
 *                       └─ ALPN: h2, http/1.1; TLS 1.2 and 1.3; no renegotiation
 *
 * A context never changes. When certificates do there is a new one, and with it new keys for
 * session tickets: who comes back afterwards shakes hands in full, and what was ours before, or was
 * believed, counts no longer. A connection keeps the context that it was made from.
 *
 * OpenSSL's buffers are given back while a connection is idle: 48 KB become 15.
 *
 * Thread: made by main; then immutable and any thread's, counted by OpenSSL.
 * Spec:   docs/decisions/0011, 0017; RFC 6066 3, RFC 7301 3.2, RFC 9113 9.2.
 */
#ifndef COMMON_TLSCONTEXT_H
#define COMMON_TLSCONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "common/base.h"

struct certificate;
struct trust;

struct tlscontext_parts {
    struct certificate *const *certificates; /* at least one; the first is the default */
    size_t count;
    const struct trust *trust; /* clients must show a certificate that it believes; NULL: none */
    bool has_http2;
};

/* Shares: what the certificates and the trust are made of.
 * Returns: a context with one reference, the caller's (SSL_CTX_free()). */
MUST_USE SSL_CTX *tlscontext_new(const struct tlscontext_parts *parts);

/* What connections to origins are made after: who is believed, and which certificate is shown, if
 * any. Shares: what they are made of.
 * Returns: a context with one reference, the caller's. */
MUST_USE SSL_CTX *tlscontext_new_model(const struct trust *trust,
                                       const struct certificate *certificate);

/* Makes a context that somebody else has begun (libcurl) after the model: its trust and certificate
 * are replaced. Shares: those of the model. */
void tlscontext_imitate(SSL_CTX *context, const SSL_CTX *model);

/* Of the handshake that has just failed on this thread, with h2o's `error`.
 * Returns: why, in OpenSSL's words (static), or `error` where it does not know. */
const char *tlscontext_why(const char *error);

#endif
