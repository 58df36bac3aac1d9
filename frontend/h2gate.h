/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in front of h2o's HTTP/2: what a client sends passes here first.
 *
 *     socket ─► h2guard: counted ─► kept while h2o writes ─► h2o
 *                  └─ a flood: cut
 *
 * h2o 2.2.5 ends the process (an assertion in update_stream_output_window()) when a window opens
 * on a stream that is ended and whose last bytes are still being written. So h2o gets input only
 * when it has nothing to write: it is asked to write what waits, and while that is under way,
 * the client is not read. A client that reads nothing is not listened to either.
 *
 * h2o's callbacks are in the socket's public struct; the gate stands in their place. h2o puts its
 * own back where it had stopped reading: when a write is over, and that is seen; or where it had
 * too much to write, so after each answer it is looked at before the next wait. No byte gets past.
 *
 * Thread: its frontend's.
 * Life:   from h2gate_open() until h2gate_free(), which is called when h2o closes: by the socket's
 *         on_close or, over TLS, by our goodbye, which the socket outlives (common/goodbye.h). h2o
 *         may close in any of the calls below.
 * Spec:   docs/decisions/0016.
 */
#ifndef FRONTEND_H2GATE_H
#define FRONTEND_H2GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/engine.h"
#include "common/limits.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/stats.h"

struct h2gate;
struct relay;

/* Those of one frontend. */
struct h2gates {
    struct loop *loop;
    struct engine *engine;
    const struct limits *limits;
    struct stats *stats;
    struct list all;     /* in the order of their last check */
    struct list waiting; /* those to whom h2o does not listen, before it has begun to write */
    struct list talking; /* those whom h2o has given an answer, after which it may not */
    bool is_stopping;    /* heads that have not come whole are not waited for */
};

/* Its loop, engine, limits and stats are set. */
void h2gates_init(struct h2gates *gates);

/* Lets pass what had to wait, and looks for those who are late.
 * Returns: milliseconds until it wants to be called again, or LOOP_NEVER. */
uint64_t h2gates_turn(struct h2gates *gates, uint64_t now_ms);

/* Makes `socket`, whose client is to begin with the preface, an HTTP/2 connection of h2o's. `on_read`
 * and `on_write` must call h2gate_read() and h2gate_written() of `*slot`, which is set before h2o
 * sees a byte. */
void h2gate_open(struct h2gate **slot, struct h2gates *gates, h2o_socket_t *socket,
                 h2o_socket_cb on_read, h2o_socket_cb on_write);

/* NULL is accepted. */
void h2gate_free(struct h2gate *gate);

/* What came is in the socket's input; `error` as h2o says it. */
void h2gate_read(struct h2gate *gate, const char *error);

/* What h2o was writing has left, or failed. */
void h2gate_written(struct h2gate *gate, const char *error);

/* The answer to `request` is given to h2o: h2answer.h. Borrows: `relay`, NULL for a whole one. */
void h2gate_answers(struct h2gate *gate, h2o_req_t *request, const struct relay *relay);

/* A request ended whose origin was still at work, whoever reset it. */
void h2gate_gives_up(struct h2gate *gate);

/* A head is given to h2o, which stops reading when it has too many to write. */
void h2gate_talks(struct h2gate *gate);

/* Returns: the number of the stream that `request` came on. */
uint32_t h2gate_stream(h2o_req_t *request);

enum h2gate_result {
    H2GATE_DONE,
    H2GATE_GONE,   /* done, and h2o has closed the connection */
    H2GATE_CANNOT, /* not now */
};

/* Ends one stream with a reset, whatever waits for its window; h2o forgets its request at once,
 * or, where bytes of it are being written, when they are out. */
enum h2gate_result h2gate_reset(struct h2gate *gate, uint32_t stream);

#endif
