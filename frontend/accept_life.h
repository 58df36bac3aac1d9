/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of accept.h share.
 *
 *     accept.c         doors, connections, the way back
 *     accept_hello.c   from the first bytes to h2o
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_ACCEPT_LIFE_H
#define FRONTEND_ACCEPT_LIFE_H

#include "common/list.h"
#include "common/listener.h"
#include "common/slab.h"
#include "frontend/accept.h"
#include "frontend/h2gate.h"

/* One listening socket. */
struct door {
    struct doors *doors;
    struct listener *listener;
    bool is_tls;
};

struct doors {
    struct doors_parts parts;
    struct door *doors;
    struct slab conns;
    struct list all;    /* struct conn */
    struct list hellos; /* struct conn, whose handshake is to begin */
    struct h2gates gates;
};

/* A connection as long as its socket is h2o's. */
struct conn {
    struct doors *doors;
    h2o_socket_t *socket;
    struct list node;
    struct list hello;
    struct timer timer;  /* for the first bytes and the handshake */
    struct h2gate *gate; /* HTTP/2 only */
    bool is_tls;         /* came through a door where TLS is spoken */
    bool is_turned_away; /* has its answer; the end is awaited */
    bool is_retry;       /* its next request was served before, */
    struct retry retry;  /* and takes this along */
};

/* Awaits the first bytes of a new connection, whose timer runs. */
void accept_listen(struct conn *conn);

/* Begins some of the handshakes that wait.
 * Returns: whether more wait. */
bool accept_greet(struct doors *doors);

#endif
