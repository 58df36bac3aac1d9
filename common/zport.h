/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a ZeroMQ socket is: bound here, or connected to somebody else's.
 *
 *     tcp://127.0.0.1:5560                            we bind; peers connect to us
 *     ipc:///run/holdfast/pull                        the same, on this machine only
 *     connect:tcp://10.0.0.7:5562                     they bind; we connect to them
 *     connect:tcp://10.0.0.7:5562 key=rq:rM>}U?@...   the same, and only to whom the
 *                                                     CURVE key (40 characters of Z85) is
 *
 * Thread: main, before the others start.
 */
#ifndef COMMON_ZPORT_H
#define COMMON_ZPORT_H

#include <stdbool.h>

#include "common/base.h"
#include "common/curve.h"
#include "common/span.h"

/* What the ZeroMQ sockets are for; each use has one socket on any number of endpoints. */
enum zmq_use {
    ZMQ_USE_PULL,    /* items come in */
    ZMQ_USE_SUB,     /* items of the channels that are heard come in */
    ZMQ_USE_COMMAND, /* questions come in, answers go out */
    ZMQ_USE_STATS,   /* numbers go out */
    ZMQ_USE_COUNT,
};

struct zport {
    char text[256];              /* as ZeroMQ wants it */
    char server_key[CURVE_TEXT]; /* whom we speak to, "" for anybody; connected only */
    bool is_connected;
    bool is_tcp;
};

/* Reads `text`. Returns: NULL, or why not, as a sentence (static). */
MUST_USE const char *zport_read(struct zport *port, struct span text);

/* Whether peers on other machines can connect to it. */
bool zport_is_open(const struct zport *port);

#endif
