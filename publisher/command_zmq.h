/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the command line of `holdfast publish` is ZeroMQ's.
 *
 *     --spec tcp://HOST:PORT, ipc://PATH     a PULL socket to push to (push.h)
 *     --spec 'tcp://HOST:PORT key=KEY'       the same with CURVE, where the key is KEY
 *     --zmq-server-key KEY|file:PATH         the same for each tcp:// that names none
 *     --zmq-key FILE                         who we are with CURVE
 *
 * As at a broker, ipc:// is protected by the permissions of its directory and
 * speaks no CURVE.
 *
 * Thread: main's.
 * Spec:   GRIP 6.5, 10.7; decision 0014.
 */
#ifndef PUBLISHER_COMMAND_ZMQ_H
#define PUBLISHER_COMMAND_ZMQ_H

#include <stdbool.h>

#include "common/base.h"
#include "common/curve.h"
#include "publisher/command_line.h"
#include "publisher/push.h"

struct command_zmq {
    struct push_rules rules;
    char server_key[CURVE_TEXT]; /* "" for none */
};

/* Whether `spec` names a ZeroMQ socket. */
bool command_zmq_is_meant(const char *spec);

/* Reads the keys that the line names. `doubt` hears of what may be lost (push.h).
 * Returns: false with `*why` set to a sentence; caller frees it. */
MUST_USE bool command_zmq_read(struct command_zmq *zmq, const struct command_line *line,
                               push_doubt_fn *doubt, void *context, char **why);

/* Reads `spec` and adds the server. Borrows: `zmq`, until sender_free().
 * Returns: false with `*why` set to a sentence; caller frees it. */
MUST_USE bool command_zmq_add(const struct command_zmq *zmq, struct sender *sender,
                              const char *spec, char **why);

/* Leaves no copy of the secret key behind. */
void command_zmq_done(struct command_zmq *zmq);

#endif
