/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What h2o 2.2.5 keeps of a TLS connection and shows nobody.
 *
 *     h2o_socket_t ─► ssl ─┬─ SSL         which may hold a part of a record
 *                          ├─ encrypted   came, and is not OpenSSL's yet
 *                          └─ output      OpenSSL said it, and h2o has not sent it yet
 *
 * The one place that knows the layout of h2o's struct (lib/common/socket.c). Another h2o breaks a
 * promise here, or test_tlssocket, at once.
 *
 * Thread: the loop's.
 */
#ifndef COMMON_TLSSOCKET_H
#define COMMON_TLSSOCKET_H

#include <stdbool.h>

#include <h2o.h>
#include <openssl/ssl.h>

#include "common/base.h"

/* Returns: the connection's SSL. Borrows: from the socket, which has TLS. */
SSL *tlssocket_ssl(const h2o_socket_t *socket);

/* Returns: the socket whose SSL that is, or NULL where it has left h2o. */
h2o_socket_t *tlssocket_of(const SSL *ssl);

/* Whether a part of a record has come: there is something to be read that the input does not show
 * yet. False without TLS. */
bool tlssocket_is_amid_record(const h2o_socket_t *socket);

/* Sends, as far as the kernel takes it at once, what OpenSSL said in a handshake that failed: h2o
 * would close without. The alert in it tells the peer why. */
void tlssocket_flush(const h2o_socket_t *socket);

/* Returns: the certificate that the peer showed, or NULL, also without TLS. Borrows: from the
 * socket. */
const X509 *tlssocket_peer(const h2o_socket_t *socket);

#endif
