/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message of the stats socket: a type and a map, for whoever subscribed to
 * messages that begin so.
 *
 *     packet_begin() ──► add, add ──► packet_send() ──► "sub T91:4:from,17:...}"
 *                                                        ^type ^T tnetstring, J JSON
 *
 * Nothing waits for a reader: who is slow loses messages beyond zmq_stats_queue.
 *
 * Thread: the router's.
 * Spec:   GRIP 9.1.
 */
#ifndef ROUTER_PACKET_H
#define ROUTER_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "common/base.h"
#include "common/span.h"

struct packets;
struct zsockets;

/* Where packets go: the stats socket of `sockets`.
 * Borrows: `sockets` until packets_free().
 * Returns: NULL where no stats socket is configured. */
MUST_USE struct packets *packets_new(struct zsockets *sockets);
void packets_free(struct packets *packets);

/* Returns: who we are, in packets and in ids; caller frees. */
MUST_USE char *packet_from(void);

enum packet_type {
    PACKET_SUB,
    PACKET_CONN,
    PACKET_MESSAGE,
    PACKET_ACTIVITY,
    PACKET_COUNTS,
    PACKET_REPORT,
    PACKET_COUNT
};

/* Whether anybody has subscribed to messages of `type`, or of their beginning: who wants none need
 * not be made any. */
bool packet_is_wanted(struct packets *packets, enum packet_type type);

/* A map with what all packets have, who sends them. Returns: it; packet_send() takes it. */
MUST_USE json_t *packet_begin(const struct packets *packets);

void packet_add_number(json_t *packet, const char *key, uint64_t number);

void packet_add_true(json_t *packet, const char *key);

/* Adds a name that an outsider gave: JSON has no word for some bytes of it, and shows them as the
 * log does. */
void packet_add_name(const struct packets *packets, json_t *packet, const char *key,
                     struct span name);

/* Sends it to those who want messages of `type`. Takes: `packet`. */
void packet_send(struct packets *packets, enum packet_type type, json_t *packet);

#endif
