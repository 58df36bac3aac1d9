/* SPDX-License-Identifier: Apache-2.0 */
#include "router/wayback.h"

#include <stdlib.h>

#include <czmq.h>

#include "common/bus.h"
#include "common/check.h"
#include "common/loop.h"
#include "common/mem.h"

struct wayback {
    zsock_t *up; /* PULL */
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
    free(wayback);
}

bool wayback_next(struct wayback *wayback, struct question_answer *answer)
{
    char bytes[QUESTION_BYTES];
    int len = zmq_recv(zsock_resolve(wayback->up), bytes, sizeof(bytes), ZMQ_DONTWAIT);
    if (len < 0)
        return false;
    bool is_answer = question_read_answer(span(bytes, (size_t)len), answer);
    CHECK(is_answer); /* nobody else has this socket's name */
    return true;
}
