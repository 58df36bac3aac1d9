/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An item as the bytes of one frame on the bus, and back.
 *
 * The router seals an item once; the same bytes reach every frontend, which
 * opens the frame in place: no JSON, no copy. Where a transport frames content
 * alike for all its clients, the frame already holds the framed bytes and the
 * plain content is a span inside them:
 *
 *     http-stream   "2e\r\n" content "\r\n"          an HTTP/1.1 chunk
 *     ws-message    81 2e content                    a server's frame, unmasked
 *
 * Empty content of http-stream has no framed bytes: an empty chunk would end
 * the body.
 *
 * Thread: any; a sealed frame is immutable.
 * Spec:   docs/architecture.md, "The bus".
 */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <stdint.h>

#include "common/buf.h"
#include "common/item.h"

/* The first byte of a frame. */
#define WIRE_VERSION 1

/* Appends the frame of `item` to `out`, which must be empty. The item has a channel, an action
 * of ACTION_SEND for what is to be framed, and at most 125 bytes in a ping or pong.
 * At least 33 bytes: a smaller message would be copied by ZeroMQ instead of shared. */
void wire_seal(struct buf *out, const struct item *item);

/* Gives a sealed item the number under which it is counted. */
void wire_number(struct buf *frame, uint64_t number);

/* The seeded 64-bit hash of a channel name that every frame carries, so that a frontend
 * looks the channel up without hashing again. The seed is drawn once per process. */
uint64_t wire_channel_hash(struct span channel);

/* Returns: the channel, the ids and the number of an item that was sealed, without its formats.
 * Borrows: `frame`. */
struct item wire_names(struct span frame);

/* Reads the frame into `item` and `hash`.
 * Borrows: `item` points into `frame`; response headers into `headers`, of which there
 *          are `header_room`.
 * Returns: false where the bytes are no whole frame of this version, or have more headers than
 *          fit; then both are unset. */
MUST_USE bool wire_open(struct item *item, uint64_t *hash, struct span frame,
                        struct header *headers, size_t header_room);

#endif
