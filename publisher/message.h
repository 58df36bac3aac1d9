/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One item as a ZeroMQ message carries it: in JSON or as a tnetstring, by its
 * first byte.
 *
 *     J{"channel":"test","formats":{"http-stream":{"content":"hi\n"}}}
 *     T66:7:channel,4:test,7:formats,35:11:http-stream,16:7:content,3:hi\n,}}}
 *     66:7:channel,...                                                   the same
 *
 * A message of a SUB socket has a frame more in front, its channel; a channel
 * named inside is then passed over.
 *
 * Thread: the router's; nothing is shared.
 * Spec:   GRIP 6.3 to 6.6.
 */
#ifndef PUBLISHER_MESSAGE_H
#define PUBLISHER_MESSAGE_H

#include "common/base.h"
#include "common/limits.h"
#include "common/span.h"

struct batch;
struct json_t;

/* Reads a message; `channel` is what its first frame says, at == NULL where it has no such frame.
 * Returns: a batch of one item, or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct batch *message_read(struct span message, struct span channel,
                                    const struct limits *limits, char **why);

/* Reads a tnetstring with what follows from the limits.
 * Returns: the value; caller drops it; or NULL with `*why` set to a sentence; caller frees it. */
MUST_USE struct json_t *message_read_tnetstring(struct span text, const struct limits *limits,
                                                char **why);

#endif
