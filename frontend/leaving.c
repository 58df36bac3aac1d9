/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/leaving.h"

#include "frontend/parts.h"

/* Two epoll_ctl() per request are too many for the ordinary one. */
#define WATCH_AFTER_MS 1000

static void on_ready(struct watch *watch, uint32_t events)
{
    (void)events;
    struct leaving *leaving = container_of(watch, struct leaving, watch);
    leaving_unwatch(leaving);
    leaving->on_gone(leaving);
}

static void on_time(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    struct leaving *leaving = container_of(timer, struct leaving, timer);
    h2o_conn_t *conn = leaving->request->conn;
    leaving->fd = h2o_socket_get_fd(conn->callbacks->get_socket(conn));
    leaving->watch.on_ready = on_ready;
    poller_add(leaving->parts->poller, leaving->fd, EPOLLRDHUP, &leaving->watch);
}

void leaving_watch(struct leaving *leaving, struct parts *parts, h2o_req_t *request,
                   leaving_fn *on_gone)
{
    leaving->parts = parts;
    leaving->request = request;
    leaving->on_gone = on_gone;
    if (request->version < 0x200) /* h2o tells of HTTP/2 clients by itself */
        timer_arm(parts->wheel, &leaving->timer, loop_now_ms(parts->loop) + WATCH_AFTER_MS,
                  on_time);
}

void leaving_unwatch(struct leaving *leaving)
{
    timer_cancel(&leaving->timer);
    if (leaving->fd < 0)
        return;
    poller_remove(leaving->parts->poller, leaving->fd);
    poller_forget(leaving->parts->poller, &leaving->watch);
    leaving->fd = -1;
}
