/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that TLS needs of files, as it was when it was last good.
 *
 *     certificates          ┐             ┌─ clients     what listen_tls shows
 *     publisher_ca          ├─ credential ├─ publishers  what control_tls shows and demands
 *     origin_certificate    │             └─ origins     what https origins are shown and believed by
 *     origin_ca             ┘
 *
 * credentials_refresh() reads again what changed. What is bad then, half-written maybe, changes nothing:
 * the old one stays, and is read again when its files have changed further. So a chain that was
 * replaced a moment before its key is no outage.
 *
 * Thread: main's.
 * Spec:   docs/decisions/0017.
 */
#ifndef COMMON_CREDENTIALS_H
#define COMMON_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/config.h"

struct credentials;

/* One context for each use; each has one reference for whoever holds this. */
struct contexts {
    SSL_CTX *clients, *publishers; /* NULL without a certificate */
    /* What connections to https origins are made after (tlscontext_imitate()); NULL without one. */
    SSL_CTX *origins;
};

/* Reads all that `config` names. Borrows: `config`, until credentials_free().
 * Returns: the credentials, or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct credentials *credentials_read(const struct config *config, int64_t now_s,
                                              char **why);
void credentials_free(struct credentials *credentials);

/* Reads again what changed, or everything. Appends a sentence, ended by a newline, to `faults` for each
 * that is bad now, and counts them.
 * Returns: whether something was read that is good: the contexts are out of date. */
MUST_USE bool credentials_refresh(struct credentials *credentials, bool all, int64_t now_s,
                                  struct buf *faults, size_t *fault_count);

/* Returns: fresh contexts of what is good; the caller's (contexts_done()). */
MUST_USE struct contexts credentials_contexts(const struct credentials *credentials);

/* Returns: the same contexts, with references of their own (contexts_done()). */
MUST_USE struct contexts contexts_share(const struct contexts *contexts);
void contexts_done(struct contexts *contexts);

/* Shares the contexts with another thread, which gets the pack by a ZeroMQ pipe.
 * Returns: the pack, to be sent. */
MUST_USE struct contexts *contexts_pack(const struct contexts *contexts);

/* Takes: a pack that arrived. Returns: what is in it (contexts_done()). */
MUST_USE struct contexts contexts_unpack(struct contexts **pack);

/* Returns: when the first certificate expires, in seconds since 1970; 0 where there is none. */
int64_t credentials_expiry_s(const struct credentials *credentials);

/* Appends a sentence, ended by a newline, for each certificate that expires soon. */
void credentials_warn(const struct credentials *credentials, int64_t now_s, struct buf *out);

#endif
