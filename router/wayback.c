/* SPDX-License-Identifier: Apache-2.0 */
#include "router/wayback.h"

#include <stdlib.h>

#include <czmq.h>

#include "common/bus.h"
#include "common/check.h"
#include "common/handover.h"
#include "common/loop.h"
#include "common/mem.h"

struct wayback {
    zsock_t *up;       /* PULL */
    zmq_msg_t message; /* the last one */
};

struct wayback *wayback_new(struct loop *loop)
{
    struct wayback *wayback = mem_new(sizeof(*wayback));
    wayback->up = zsock_new(ZMQ_PULL);
    CHECK(wayback->up);
    zsock_set_rcvhwm(wayback->up, 0);
    zsock_set_linger(wayback->up, 0);
    int failed = zsock_bind(wayback->up, "%s", BUS_UP);
    CHECK(!failed);
    zmq_msg_init(&wayback->message);
    loop_wake_on_zmq(loop, zsock_resolve(wayback->up));
    return wayback;
}

void wayback_free(struct wayback *wayback)
{
    if (!wayback)
        return;
    /* Closing happens later, on a thread of ZeroMQ's; the name shall be free now. */
    (void)zsock_unbind(wayback->up, "%s", BUS_UP);
    zsock_destroy(&wayback->up);
    zmq_msg_close(&wayback->message);
    free(wayback);
}

enum wayback_kind wayback_next(struct wayback *wayback, struct wayback_word *word)
{
    zmq_msg_t *message = &wayback->message;
    if (zmq_msg_recv(message, zsock_resolve(wayback->up), ZMQ_DONTWAIT) < 0)
        return WAYBACK_NOTHING;
    struct span bytes = span(zmq_msg_data(message), zmq_msg_size(message));
    taken_over(bytes.at);
    if (question_read_answer(bytes, &word->answer))
        return WAYBACK_ANSWER;
    if (hearing_read(&word->hearing, bytes))
        return WAYBACK_HEARING;
    if (interest_read(&word->interest, bytes))
        return WAYBACK_INTEREST;
    bool is_attendance = attendance_read(&word->attendance, bytes);
    CHECK(is_attendance); /* nobody else has this socket's name */
    return WAYBACK_ATTENDANCE;
}
