/* SPDX-License-Identifier: Apache-2.0 */
#include "router/health.h"

#include <stdlib.h>

#include <czmq.h>

#include "common/bus.h"
#include "common/check.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/question.h"
#include "router/broadcast.h"

#define ASK_EVERY_MS 1000

/* What is known of one frontend. */
struct pulse {
    bool owes_answer;
    uint64_t silent_since_ms; /* if so */
};

struct health {
    zsock_t *up; /* PULL */
    struct broadcast *broadcast;
    uint64_t late_ms;
    uint64_t serial;  /* of the last question */
    uint64_t next_ms; /* when the next is due */
    size_t frontends;
    struct pulse pulses[];
};

static zsock_t *bind_up(void)
{
    zsock_t *up = zsock_new(ZMQ_PULL);
    CHECK(up);
    zsock_set_rcvhwm(up, 0);
    zsock_set_linger(up, 0);
    int failed = zsock_bind(up, "%s", BUS_UP);
    CHECK(!failed);
    return up;
}

struct health *health_new(struct loop *loop, struct broadcast *broadcast, size_t frontends,
                          uint64_t late_ms)
{
    struct health *health = mem_new(sizeof(*health) + frontends * sizeof(struct pulse));
    health->up = bind_up();
    health->broadcast = broadcast;
    health->late_ms = late_ms;
    health->frontends = frontends;
    loop_wake_on_zmq(loop, zsock_resolve(health->up));
    return health;
}

void health_free(struct health *health)
{
    if (!health)
        return;
    /* Closing happens later, on a thread of ZeroMQ's; the name shall be free now. */
    (void)zsock_unbind(health->up, "%s", BUS_UP);
    zsock_destroy(&health->up);
    free(health);
}

static void take_answers(struct health *health, uint64_t now_ms)
{
    char bytes[QUESTION_BYTES];
    int len;
    while ((len = zmq_recv(zsock_resolve(health->up), bytes, sizeof(bytes), ZMQ_DONTWAIT)) >= 0) {
        uint64_t serial;
        unsigned frontend;
        bool is_answer = question_read_answer(span(bytes, (size_t)len), &serial, &frontend);
        CHECK(is_answer && frontend < health->frontends); /* nobody else has this socket's name */
        health->pulses[frontend] = (struct pulse){serial != health->serial, now_ms};
    }
}

static void ask(struct health *health, uint64_t now_ms)
{
    broadcast_question(health->broadcast, ++health->serial);
    for (size_t i = 0; i < health->frontends; i++)
        if (!health->pulses[i].owes_answer)
            health->pulses[i] = (struct pulse){true, now_ms};
}

uint64_t health_turn(struct health *health, uint64_t now_ms)
{
    unsigned frontend;
    uint64_t silent_ms;
    take_answers(health, now_ms);
    if (now_ms >= health->next_ms) {
        if (!health_is_late(health, now_ms, &frontend, &silent_ms))
            ask(health, now_ms);
        health->next_ms = now_ms + ASK_EVERY_MS;
    }
    return health->next_ms - now_ms;
}

bool health_is_late(const struct health *health, uint64_t now_ms, unsigned *frontend,
                    uint64_t *silent_ms)
{
    for (size_t i = 0; i < health->frontends; i++) {
        const struct pulse *pulse = &health->pulses[i];
        if (!pulse->owes_answer || now_ms - pulse->silent_since_ms < health->late_ms)
            continue;
        *frontend = (unsigned)i;
        *silent_ms = now_ms - pulse->silent_since_ms;
        return true;
    }
    return false;
}
