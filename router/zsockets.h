/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ZeroMQ sockets of the outside: one for each use that is configured, on all
 * the endpoints of that use.
 *
 *     main     zsockets_open()    an endpoint in use is an error before anything runs
 *                  │ handed over
 *     router   reads and writes, zsockets_close(), zsockets_free()
 *
 * Between the two, ZeroMQ keeps what peers send: nothing is lost, nothing is read.
 *
 * Thread: main's until it is handed to the router, then the router's.
 * Life:   zsockets_open() to zsockets_free(); after zsockets_close() nobody new connects.
 */
#ifndef ROUTER_ZSOCKETS_H
#define ROUTER_ZSOCKETS_H

#include <czmq.h>

#include "common/base.h"
#include "common/config.h"

struct zsockets {
    const struct config *config;
    zsock_t *all[ZMQ_USE_COUNT]; /* NULL where not configured */
    zsock_t *zap;                /* where ZeroMQ asks who may connect; NULL without CURVE */
    /* What is bound, for each use, ports resolved: owned texts, as many as there are. */
    char **bound[ZMQ_USE_COUNT];
    size_t bound_count[ZMQ_USE_COUNT];
};

/* Makes and binds them.
 * Borrows: `config` until zsockets_free().
 * Returns: the sockets, or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct zsockets *zsockets_open(const struct config *config, char **why);

/* Lets descriptors of sockets that are not read just now wake nobody in vain. */
void zsockets_quieten(struct zsockets *sockets);

/* From now on no peer can connect but readers of stats, who are still to be told that all have
 * gone. What others have sent can be read. */
void zsockets_close(struct zsockets *sockets);

void zsockets_free(struct zsockets *sockets);

#endif
