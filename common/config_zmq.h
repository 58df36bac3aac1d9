/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ZeroMQ sockets as they are configured: endpoints, keys, and what must not
 * be.
 *
 * ZeroMQ has no tokens. Whoever can connect may publish, so an endpoint that
 * other machines can reach wants CURVE and a list of those who may.
 *
 * Thread: main's.
 * Spec:   docs/decisions/0014.
 */
#ifndef COMMON_CONFIG_ZMQ_H
#define COMMON_CONFIG_ZMQ_H

#include "common/config_draft.h"

/* Returns: the option that lists the endpoints of `use`. */
enum option_id config_zmq_option(enum zmq_use use);

/* Reads zmq_pull, zmq_sub, zmq_command, zmq_stats and the keys. */
void config_zmq_read(struct draft *draft);

#endif
