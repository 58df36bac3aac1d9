/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A side of a TLS connection of h2o's says that this was all (close_notify).
 *
 *     theirs   h2o 2.2.5 reads on, and keeps all that comes: OpenSSL wants no more of it
 *     ours     h2o has forgotten its connection; the socket waits, without end, until these
 *              24 bytes find room
 *
 * h2o tells nobody. OpenSSL does, in the middle of its calls (tlscontext.h); whoever owns the
 * socket hears it, and obeys a little later.
 *
 * Thread: each has its own listener.
 * Spec:   RFC 8446 6.1; docs/decisions/0011.
 */
#ifndef COMMON_GOODBYE_H
#define COMMON_GOODBYE_H

#include <stdbool.h>

#include <h2o.h>
#include <openssl/ssl.h>

#include "common/base.h"

/* `socket` must not be closed in here, nor its callbacks called. */
typedef void goodbye_fn(h2o_socket_t *socket, bool is_ours);

/* From now on goodbyes on this thread are told to `on_goodbye`. */
void goodbye_listen(goodbye_fn *on_goodbye);

/* An alert was read or, if `is_ours`, close_notify was written. */
void goodbye_note(const SSL *ssl, bool is_ours);

/* Does what a goodbye calls for, if one was said: where h2o is reading, it reads an end; where it
 * has closed, nothing is waited for. `socket` may be gone afterwards. */
void goodbye_obey(h2o_socket_t *socket);

#endif
