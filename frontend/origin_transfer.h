/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One try: a request on its way to one target, and the answer on its way back.
 *
 * Wraps a libcurl easy handle. Handles are pooled and never reset: what is
 * constant is set when one is made, the rest before each try.
 *
 * A request goes out once. When a reused connection dies before the answer
 * began, libcurl sends it again by itself; that is let happen once, on a
 * fresh connection, and only to a request that is safe to repeat.
 *
 * Thread: one pool per frontend. Callbacks run inside libcurl's: in
 *         multi_step(), multi_tick() and transfer_resume().
 * Life:   from transfer_start() to transfer_stop().
 * Spec:   docs/decisions/0008.
 */
#ifndef FRONTEND_ORIGIN_TRANSFER_H
#define FRONTEND_ORIGIN_TRANSFER_H

#include <stdbool.h>

#include "common/answer.h"
#include "common/base.h"
#include "common/limits.h"
#include "common/reason.h"
#include "common/route.h"
#include "frontend/origin.h"
#include "frontend/origin_multi.h"
#include "frontend/origin_request.h"

struct transfers; /* the pool */
struct transfer;

struct transfer_events {
    /* Connected; the request goes out now. */
    void (*on_sending)(void *context);
    /* As in struct origin_events. */
    void (*on_head)(void *context, const struct answer *answer);
    enum origin_flow (*on_body)(void *context, struct span piece);
};

/* How a try ended. */
struct verdict {
    enum reason reason; /* REASON_ORIGIN_UNREACHABLE: nothing was sent, the next may be tried */
    const char *detail; /* good until transfer_stop() */
};

/* Borrows: all arguments until transfers_free(). */
MUST_USE struct transfers *transfers_new(struct multi *multi, const struct limits *limits,
                                         const struct transfer_events *events);

/* Wants every transfer stopped first. */
void transfers_free(struct transfers *transfers);

/* Starts to put `request` to `target`; nothing is called back before the next multi_tick().
 * Borrows: all arguments until transfer_stop(). */
MUST_USE struct transfer *transfer_start(struct transfers *transfers, const struct target *target,
                                         struct request *request, void *context);

/* From here on the transfer calls nobody back and reads nothing of its request, although it can't
 * be stopped yet: we may be inside another transfer's callback. */
void transfer_silence(struct transfer *transfer);

/* Lets the body come again after ORIGIN_PAUSE. */
void transfer_resume(struct transfer *transfer);

/* Returns: a transfer that came to its end, with what is to be thought of it; or NULL. */
MUST_USE struct transfer *transfers_finished(struct transfers *transfers, struct verdict *verdict);

/* The context given at the start. */
void *transfer_context(const struct transfer *transfer);

/* Ends it and takes the handle back. Never inside a callback. */
void transfer_stop(struct transfer *transfer);

#endif
