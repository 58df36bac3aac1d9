/* SPDX-License-Identifier: Apache-2.0 */
#include "router/inputs.h"

#include <czmq.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/pace.h"
#include "publisher/ingest.h"
#include "publisher/message.h"
#include "router/demand.h"
#include "router/intake.h"
#include "router/zsockets.h"

/* What one turn reads of a socket: the loop must come back to the others. */
#define MESSAGES_TURN 256
#define BYTES_TURN ((size_t)1024 * 1024)

/* Nobody tells when a frontend has drained the bus: while it is full, it is looked at. */
#define LOOK_EVERY_MS 5

struct inputs {
    struct inputs_parts parts;
    struct pace paces[ZMQ_USE_COUNT]; /* of PULL and SUB */
};

struct inputs *inputs_new(const struct inputs_parts *parts)
{
    struct inputs *inputs = mem_new(sizeof(*inputs));
    inputs->parts = *parts;
    for (enum zmq_use use = ZMQ_USE_PULL; use <= ZMQ_USE_SUB; use++) {
        pace_init(&inputs->paces[use], parts->limits->zmq_rate, 0);
        if (parts->sockets->all[use])
            loop_wake_on_zmq(parts->loop, zsock_resolve(parts->sockets->all[use]));
    }
    return inputs;
}

void inputs_free(struct inputs *inputs)
{
    free(inputs);
}

/* ---- one message ---- */

/* The first frames of a message; what follows them means nothing. */
struct message {
    zmq_msg_t frames[2];
    size_t count; /* of all frames */
    size_t bytes;
};

static void message_clear(struct message *message)
{
    for (size_t i = 0; i < ARRAY_LEN(message->frames); i++)
        zmq_msg_close(&message->frames[i]);
}

/* Returns: false where none waits; caller clears `message` in any case. ZeroMQ hands out whole
 * messages only, so behind a first frame the others are there. */
static bool message_receive(struct message *message, zsock_t *socket)
{
    *message = (struct message){0};
    for (size_t i = 0; i < ARRAY_LEN(message->frames); i++)
        zmq_msg_init(&message->frames[i]);
    for (bool has_more = true; has_more; message->count++) {
        zmq_msg_t extra, *frame = &extra;
        zmq_msg_init(&extra);
        if (message->count < ARRAY_LEN(message->frames))
            frame = &message->frames[message->count];
        bool is_there = zmq_msg_recv(frame, zsock_resolve(socket), ZMQ_DONTWAIT) >= 0;
        has_more = is_there && zmq_msg_more(frame);
        message->bytes += is_there ? zmq_msg_size(frame) : 0;
        zmq_msg_close(&extra);
        if (!is_there)
            return false;
    }
    return true;
}

static struct span frame_bytes(zmq_msg_t *frame)
{
    return span(zmq_msg_data(frame), zmq_msg_size(frame));
}

static void refuse(struct inputs *inputs, enum zmq_use use, const char *why)
{
    char text[200];
    stats_add(inputs->parts.stats, STAT_zmq_refused, 1);
    log_safe(text, sizeof(text), why, strlen(why));
    log_warn("zmq message refused socket=%s detail=\"%s\"", use == ZMQ_USE_SUB ? "sub" : "pull",
             text);
}

static void take(struct inputs *inputs, enum zmq_use use, struct message *message, uint64_t now_ms)
{
    size_t wanted = use == ZMQ_USE_SUB ? 2 : 1;
    stats_add(inputs->parts.stats, STAT_zmq_messages, 1);
    if (message->count != wanted) {
        char why[64];
        (void)snprintf(why, sizeof(why), "it has %zu frames, not %zu", message->count, wanted);
        refuse(inputs, use, why);
        return;
    }
    struct span channel = {NULL, 0};
    if (use == ZMQ_USE_SUB) {
        channel = frame_bytes(&message->frames[0]);
        if (!demand_has(inputs->parts.demand, channel))
            return; /* only its beginning was subscribed to */
    }
    char *why = NULL;
    struct batch *batch = message_read(frame_bytes(&message->frames[wanted - 1]), channel,
                                       inputs->parts.limits, &why);
    if (batch)
        intake_take(inputs->parts.intake, batch->items, batch->count, now_ms, NULL);
    else
        refuse(inputs, use, why);
    batch_free(batch);
    free(why);
}

/* ---- a turn ---- */

static uint64_t read_socket(struct inputs *inputs, enum zmq_use use, uint64_t now_ms)
{
    zsock_t *socket = inputs->parts.sockets->all[use];
    struct pace *pace = &inputs->paces[use];
    size_t bytes = 0;
    if (!socket)
        return LOOP_NEVER;
    for (int i = 0; i < MESSAGES_TURN && bytes < BYTES_TURN; i++) {
        /* Asked each time, since it also quietens the descriptor of a socket that is not read. */
        if (!(zsock_events(socket) & ZMQ_POLLIN))
            return LOOP_NEVER;
        if (intake_is_full(inputs->parts.intake))
            return LOOK_EVERY_MS;
        if (pace_wait_ms(pace, now_ms))
            return pace_wait_ms(pace, now_ms);
        pace_spend(pace);
        struct message message;
        if (message_receive(&message, socket))
            take(inputs, use, &message, now_ms);
        bytes += message.bytes;
        message_clear(&message);
    }
    return 0;
}

uint64_t inputs_turn(struct inputs *inputs, uint64_t now_ms)
{
    uint64_t pull_ms = read_socket(inputs, ZMQ_USE_PULL, now_ms);
    uint64_t sub_ms = read_socket(inputs, ZMQ_USE_SUB, now_ms);
    return pull_ms < sub_ms ? pull_ms : sub_ms;
}
