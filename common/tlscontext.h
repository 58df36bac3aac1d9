/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every TLS connection that comes to us is made from: certificates, keys,
 * and the protocols we would like to speak.
 *
 *     certificate files ──► SSL_CTX ──► one SSL for each connection
 *                              │
 *                  ALPN: h2, http/1.1; TLS 1.2 and 1.3; no renegotiation
 *
 * OpenSSL's buffers are given back while a connection is idle: 48 KB become 15.
 *
 * Thread: made by main; then immutable and any thread's, counted by OpenSSL.
 * Spec:   docs/decisions/0011.
 */
#ifndef COMMON_TLSCONTEXT_H
#define COMMON_TLSCONTEXT_H

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/config.h"

/* Reads the certificates of `config`.
 * Returns: a context with one reference, the caller's (SSL_CTX_free()), or NULL with `*why` set to
 *          a sentence that names the file; caller frees it. */
MUST_USE SSL_CTX *tlscontext_new(const struct config *config, char **why);

/* Of the handshake that has just failed on this thread: h2o closes without passing on what
 * OpenSSL has to say.
 * Returns: the description of the alert (RFC 8446, 6) that its client can still read, since no
 *          keys are agreed upon yet; 0 for none. */
unsigned char tlscontext_take_alert(void);

/* Of the same handshake.
 * Returns: why it failed, in OpenSSL's words (static), or `otherwise` where it does not know. */
const char *tlscontext_why(const char *otherwise);

#endif
