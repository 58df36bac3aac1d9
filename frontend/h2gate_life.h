/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gate as its own files see it.
 *
 *     h2gate.c    what comes in: counted, kept, passed on; cut
 *     h2gates.c   all of a frontend: whom h2o listens to again, who is late
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_H2GATE_LIFE_H
#define FRONTEND_H2GATE_LIFE_H

#include "common/reason.h"
#include "common/stall.h"
#include "frontend/h2gate.h"
#include "frontend/h2guard.h"

struct h2gate {
    struct h2gates *home;
    h2o_socket_t *socket;
    h2o_socket_cb on_read;   /* the gate's, */
    h2o_socket_cb h2o_read;  /* and whose place it takes */
    h2o_socket_cb on_write;  /* the same for */
    h2o_socket_cb h2o_write; /* the write under way, where the client waits for it */
    struct h2guard guard;
    struct list peers;   /* home->all */
    struct list waiting; /* home->waiting, */
    struct list talking; /* home->talking, each while it is */
    struct list answers; /* h2answer.h */
    size_t counted;      /* bytes at the front of the socket's input that the guard has seen */
    bool *is_gone;       /* while h2o is called: set where it closes the socket */
    bool is_mid_head;    /* h2o waits for the rest of a head and takes nothing else */
    bool is_begun;       /* h2o has had the preface */
    bool is_cut;
    uint64_t checked_ms;
    struct stall stall;
};

/* Lets the client wait until h2o has nothing to write. */
void h2gate_wait(struct h2gate *gate);

/* The client may have waited long enough. `gate` may be gone afterwards. */
void h2gate_listen(struct h2gate *gate);

/* Lets h2o read what has come, or the client wait. `gate` may be gone afterwards. */
void h2gate_pass(struct h2gate *gate);

/* Says why, closes and counts. `gate` may be gone afterwards. */
void h2gate_cut(struct h2gate *gate, enum reason reason, const char *limit);

/* One line in the log and one in the counters. */
void h2gate_tell(const struct h2gate *gate, const char *what, enum reason reason,
                 const char *limit);

#endif
