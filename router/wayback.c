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
    zsock_t *up; /* PULL */
    struct stats *stats;
    zmq_msg_t message; /* the last one */
    struct span rest;  /* of it: hearings that were not handed out yet */
};

struct wayback *wayback_new(struct loop *loop, struct stats *stats)
{
    struct wayback *wayback = mem_new(sizeof(*wayback));
    wayback->stats = stats;
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

/* Returns: whether `bytes` begin with a hearing, which is in `*hearing` then; the rest waits. */
static bool take_hearing(struct wayback *wayback, struct hearing *hearing, struct span bytes)
{
    bool is_hearing = hearing_read(hearing, bytes);
    if (is_hearing)
        wayback->rest = span_skip(bytes, hearing_size(hearing));
    return is_hearing;
}

enum wayback_kind wayback_next(struct wayback *wayback, struct wayback_word *word)
{
    zmq_msg_t *message = &wayback->message;
    if (wayback->rest.len) {
        bool is_whole = take_hearing(wayback, &word->hearing, wayback->rest);
        CHECK(is_whole);
        return WAYBACK_HEARING;
    }
    if (zmq_msg_recv(message, zsock_resolve(wayback->up), ZMQ_DONTWAIT) < 0)
        return WAYBACK_NOTHING;
    struct span bytes = span(zmq_msg_data(message), zmq_msg_size(message));
    taken_over(bytes.at);
    stats_add(wayback->stats, STAT_bus_words_drained, 1);
    if (question_read_answer(bytes, &word->answer))
        return WAYBACK_ANSWER;
    if (take_hearing(wayback, &word->hearing, bytes))
        return WAYBACK_HEARING;
    if (interest_read(&word->interest, bytes))
        return WAYBACK_INTEREST;
    bool is_attendance = attendance_read(&word->attendance, bytes);
    CHECK(is_attendance); /* nobody else has this socket's name */
    return WAYBACK_ATTENDANCE;
}
