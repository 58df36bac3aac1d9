/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items that come by ZeroMQ: from the PULL socket one in each message, from the
 * SUB socket with their channel in front.
 *
 *     PUSH ──► PULL ─┐ message ─► item ─► intake
 *     PUB  ──► SUB  ─┘                      │ full
 *              ▲ not read any more ◄────────┘
 *
 * While intake is full nobody is read, and nobody faster than zmq_rate: messages
 * wait in ZeroMQ's queue, and when that is full (zmq_queue) where they were sent. What was read is taken in.
 * A message that makes no sense is counted and logged, and that is all: there is
 * nobody to answer.
 *
 * Thread: the router's.
 * Spec:   GRIP 6.5, 6.6.
 */
#ifndef ROUTER_INPUTS_H
#define ROUTER_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "common/stats.h"

struct demand;
struct inputs;
struct intake;
struct loop;
struct zsockets;

struct inputs_parts {
    struct loop *loop;
    const struct limits *limits;
    struct zsockets *sockets;
    struct intake *intake;
    struct demand *demand; /* needed where there is a SUB socket */
    struct stats *stats;
};

/* Borrows: what `parts` points to, until inputs_free(). */
MUST_USE struct inputs *inputs_new(const struct inputs_parts *parts);
void inputs_free(struct inputs *inputs);

/* Reads a bounded amount.
 * Returns: milliseconds until it wants to be called again: 0 where more may be waiting,
 *          LOOP_NEVER where nothing is. */
uint64_t inputs_turn(struct inputs *inputs, uint64_t now_ms);

#endif
