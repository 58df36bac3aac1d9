/* SPDX-License-Identifier: Apache-2.0 */
#include "router/health.h"

#include <czmq.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/bus.h"
#include "common/check.h"
#include "common/mem.h"
#include "common/question.h"
#include "router/broadcast.h"

#define ASK_EVERY_MS 1000

/* A frontend that is merely busy comes to its inbox within milliseconds; one with a full bus
 * before it may take seconds. */
#define LATE_MS 10000

struct health {
    struct broadcast *broadcast;
    zsock_t *socket; /* PULL */
    uint64_t serial; /* of the question under way or answered last, 0 before the first */
    uint64_t asked_ms;
    size_t frontends;
    char complaint[96];
    uint64_t answered[]; /* by frontend: the serial it answered last */
};

struct health *health_new(struct loop *loop, struct broadcast *broadcast, size_t frontends)
{
    struct health *health = mem_new(sizeof(*health) + frontends * sizeof(health->answered[0]));
    health->broadcast = broadcast;
    health->frontends = frontends;
    health->socket = zsock_new(ZMQ_PULL);
    CHECK(health->socket);
    zsock_set_rcvhwm(health->socket, 0);
    zsock_set_linger(health->socket, 0);
    int bound = zsock_bind(health->socket, "%s", BUS_UP);
    CHECK(bound >= 0);
    loop_wake_on_zmq(loop, zsock_resolve(health->socket));
    return health;
}

void health_free(struct health *health)
{
    if (!health)
        return;
    /* Closing alone would free the name only some time later. */
    (void)zsock_unbind(health->socket, "%s", BUS_UP);
    zsock_destroy(&health->socket);
    free(health);
}

static void take_answers(struct health *health)
{
    char bytes[QUESTION_BYTES];
    int len;
    while ((len = zmq_recv(zsock_resolve(health->socket), bytes, sizeof(bytes), ZMQ_DONTWAIT)) >=
           0) {
        uint64_t serial;
        unsigned frontend;
        bool is_answer = question_read_answer(span(bytes, (size_t)len), &serial, &frontend);
        CHECK(is_answer && frontend < health->frontends);
        health->answered[frontend] = serial;
    }
}

/* Returns: the first frontend that owes an answer, `frontends` where none does. */
static size_t debtor(const struct health *health)
{
    size_t i = 0;
    while (i < health->frontends && health->answered[i] == health->serial)
        i++;
    return i;
}

static void ask(struct health *health, uint64_t now_ms)
{
    struct buf frame = {0};
    health->serial++;
    health->asked_ms = now_ms;
    frame.len = question_ask(buf_reserve(&frame, QUESTION_BYTES), health->serial);
    broadcast_send_frame(health->broadcast, &frame);
}

uint64_t health_turn(struct health *health, uint64_t now_ms)
{
    take_answers(health);
    if (debtor(health) < health->frontends)
        return ASK_EVERY_MS; /* an answer wakes us */
    if (health->serial && now_ms < health->asked_ms + ASK_EVERY_MS)
        return health->asked_ms + ASK_EVERY_MS - now_ms;
    ask(health, now_ms);
    return ASK_EVERY_MS;
}

const char *health_complaint(struct health *health, uint64_t now_ms)
{
    size_t late = debtor(health);
    if (late == health->frontends || now_ms < health->asked_ms + LATE_MS)
        return NULL;
    (void)snprintf(health->complaint, sizeof(health->complaint),
                   "frontend %zu has not taken anything from the bus for %llu s", late,
                   (unsigned long long)(now_ms - health->asked_ms) / 1000);
    return health->complaint;
}
