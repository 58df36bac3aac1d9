/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opening handshake of a WebSocket, as the client of an origin.
 *
 *     GET /chat HTTP/1.1            ─►
 *     Sec-WebSocket-Key: random
 *     the headers of the ask       ◄─  101, Sec-WebSocket-Accept: what follows from the key
 *                                       or any other answer, with its body: refused
 *
 * The bytes of the answer may come in any pieces; the head is read by
 * answer_head.h, as strictly as any other.
 *
 * Thread: its frontend's.
 * Life:   from upgrade_new() to upgrade_free(); upgrade_read() until it returns something else
 *         than UPGRADE_MORE.
 * Spec:   RFC 6455 4.1; GRIP 5.12.
 */
#ifndef FRONTEND_ORIGIN_UPGRADE_H
#define FRONTEND_ORIGIN_UPGRADE_H

#include <stdbool.h>

#include "common/answer.h"
#include "common/base.h"
#include "common/limits.h"
#include "common/route.h"
#include "frontend/origin.h"
#include "frontend/sendq.h"

struct upgrade;

enum upgrade_result {
    UPGRADE_MORE,
    UPGRADE_OPEN,    /* 101: what is left of the bytes is of the WebSocket */
    UPGRADE_REFUSED, /* the answer is whole, but for a body beyond refusal_bytes */
    UPGRADE_BAD,     /* upgrade_fault() says why */
};

/* Copies `ask`, which request_check() has found sound, but leaves out the headers of hops and
 * those of the handshake. Borrows: `limits` until upgrade_free(). */
MUST_USE struct upgrade *upgrade_new(const struct ask *ask, const struct limits *limits);
void upgrade_free(struct upgrade *upgrade);

/* Appends the request as `target` gets it. */
void upgrade_write(const struct upgrade *upgrade, const struct target *target, struct sendq *out);

/* Reads the answer from `*rest`, which moves behind what was read. */
MUST_USE enum upgrade_result upgrade_read(struct upgrade *upgrade, struct span *rest);

/* The connection ended. Returns: whether that made the answer whole: it is a refusal then. */
MUST_USE bool upgrade_end(struct upgrade *upgrade);

/* Whether the final head has been read. */
bool upgrade_has_head(const struct upgrade *upgrade);

/* The answer, when it is open or refused. Borrows: the upgrade. */
const struct answer *upgrade_answer(const struct upgrade *upgrade);

/* A sentence (static). */
const char *upgrade_fault(const struct upgrade *upgrade);

#endif
