/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a held request is answered.
 *
 * The origin's own answer, cleaned, is the timeout reply: it is sent when
 * nothing comes, and what a publisher says is laid on top of it.
 *
 *     timeout reply   202 Accepted   Content-Type: text/plain, X-A: 1   "nothing"
 *     http-response   404            X-A: 2                             "gone"
 *     ─────────────►  404 Not Found  Content-Type: text/plain, X-A: 2   "gone"
 *
 * As long as the request is held the reply is packed into one block:
 *
 *     struct pollreply | lengths | reason | name value name value ... | body
 *
 * Thread: its frontend's.
 * Life:   pollreply_new(), free().
 * Spec:   GRIP 3.1, 3.4, 3.5.
 */
#ifndef FRONTEND_POLLREPLY_H
#define FRONTEND_POLLREPLY_H

#include <stdbool.h>

#include "common/answer.h"
#include "common/arena.h"
#include "common/base.h"
#include "common/item.h"

struct pollreply;

/* Packs an answer; framing and hop-by-hop headers are left out. */
MUST_USE struct pollreply *pollreply_new(const struct answer *answer);

/* Whether both are the same, byte by byte. */
bool pollreply_equal(const struct pollreply *a, const struct pollreply *b);

/* The timeout reply. Borrows: `reply`, and `arena` for the list of headers. */
void pollreply_timeout(const struct pollreply *reply, struct answer *out, struct arena *arena);

/* What `format` (ACTION_SEND of http-response) makes of it. A patch that cannot be applied leaves
 * the body empty; a patched body has at most `most` bytes. Borrows: all but `out`. */
void pollreply_merge(const struct pollreply *reply, const struct format *format, size_t most,
                     struct answer *out, struct arena *arena);

#endif
