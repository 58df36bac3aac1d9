/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS of a connection that left h2o: the same OpenSSL state, writing and
 * reading the descriptor itself.
 *
 *     h2o_socket ── its TLS struct ── SSL ── h2o's BIO            while it is h2o's
 *     struct hold ─ struct tls ┬───── SSL ── socket BIO ── fd     while it is ours
 *                              └ h2o's TLS struct, kept for the way back
 *
 * Nothing waits inside: bytes are taken from a hold's queue when OpenSSL has
 * sent them, so what is queued stays shared until it leaves, and an idle
 * connection has no buffer (SSL_MODE_RELEASE_BUFFERS).
 *
 * Thread: its frontend's.
 * Life:   from tls_leave() until tls_return() or tls_free().
 * Spec:   docs/decisions/0011.
 */
#ifndef FRONTEND_TLS_H
#define FRONTEND_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <h2o.h>

#include "common/base.h"

struct tls;

/* Takes the TLS of `socket`, which speaks plain text from then on, to speak over `fd`. The socket
 * must neither be reading nor writing, and all it has read must be decrypted, as in a request's
 * callbacks. */
MUST_USE struct tls *tls_leave(h2o_socket_t *socket, int fd);

/* Gives `fd` and its TLS to h2o, as a socket of `loop`. Takes: both. */
MUST_USE h2o_socket_t *tls_return(struct tls *tls, int fd, h2o_loop_t *loop);

/* Tells the client that this was all. Where even these 24 bytes find no room it goes unsaid: what
 * was said had an end of its own. */
void tls_conclude(struct tls *tls);

/* Takes: `fd` as well, which is closed. */
void tls_free(struct tls *tls, int fd);

/* Sends from the front of `pieces`, at most one record. After 0 the next call must begin with the
 * same bytes, and be no shorter.
 * Returns: bytes sent, 0 where the client takes nothing now, -1 where it is gone. */
ssize_t tls_send(struct tls *tls, const struct iovec *pieces, size_t count);

/* As recv(): `errno` is EAGAIN where nothing has come, and 0 is the client's end. `room` is at least
 * TLS_RECORD_BYTES, so that no part of a record stays behind unseen. */
ssize_t tls_receive(struct tls *tls, char *bytes, size_t room);

#define TLS_RECORD_BYTES 16384

#endif
