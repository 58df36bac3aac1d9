/* SPDX-License-Identifier: Apache-2.0 */
#include "router/control.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/list.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/slab.h"

struct control {
    struct control_parts parts;
    struct listener **listeners;
    struct slab conns;
    struct list all; /* struct conn */
};

struct conn {
    struct control *control;
    h2o_socket_t *socket;
    struct list node;
};

/* h2o closed the socket. */
static void on_close(void *data)
{
    struct conn *conn = data;
    list_unlink(&conn->node);
    slab_put(&conn->control->conns, conn);
}

static bool may_accept(void *context)
{
    const struct control *control = context;
    return control->conns.used < control->parts.most_connections;
}

static void on_accept(void *context, int fd)
{
    struct control *control = context;
    struct conn *conn = slab_get(&control->conns);
    conn->control = control;
    conn->socket = h2o_evloop_socket_create(loop_h2o(control->parts.loop), fd,
                                            H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    conn->socket->on_close.cb = on_close;
    conn->socket->on_close.data = conn;
    list_append(&control->all, &conn->node);
    engine_serve_http1(control->parts.engine, conn->socket);
}

static void on_pause(void *context, const char *why)
{
    const struct control *control = context;
    stats_add(control->parts.stats, STAT_accepts_paused, 1);
    log_warn("accepting publishers paused why=\"%s\" connections=%zu", why, control->conns.used);
}

static const struct listener_events listener_events = {may_accept, on_accept, on_pause};

struct control *control_new(const struct control_parts *parts)
{
    struct control *control = mem_new(sizeof(*control));
    control->parts = *parts;
    slab_init(&control->conns, sizeof(struct conn));
    list_init(&control->all);
    control->listeners = mem_new(parts->fd_count * sizeof(struct listener *));
    for (size_t i = 0; i < parts->fd_count; i++)
        control->listeners[i] = listener_new(parts->loop, parts->fds[i], &listener_events, control);
    return control;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    CHECK(list_is_empty(&control->all));
    CHECK(control->parts.fd_count == 0);
    slab_done(&control->conns);
    free(control->listeners);
    free(control);
}

void control_renew(struct control *control, SSL_CTX *tls)
{
    control->parts.tls = tls;
}

void control_open(struct control *control)
{
    for (size_t i = 0; i < control->parts.fd_count; i++)
        listener_open(control->listeners[i]);
}

void control_close(struct control *control)
{
    for (size_t i = 0; i < control->parts.fd_count; i++)
        listener_free(control->listeners[i]);
    control->parts.fd_count = 0;
    engine_shut_down(control->parts.engine);
}

/* While a request arrives or is answered, h2o keeps its head at the front of the input. What the
 * kernel has already received can still be read afterwards. */
void control_cut_idle(struct control *control)
{
    LIST_FOREACH (node, &control->all) {
        h2o_socket_t *socket = container_of(node, struct conn, node)->socket;
        if (socket->input->size == 0)
            (void)shutdown(h2o_socket_get_fd(socket), SHUT_RD);
    }
}

void control_cut(struct control *control)
{
    LIST_FOREACH (node, &control->all) {
        h2o_socket_t *socket = container_of(node, struct conn, node)->socket;
        (void)shutdown(h2o_socket_get_fd(socket), SHUT_RDWR);
    }
}

size_t control_count(const struct control *control)
{
    return control->conns.used;
}

uint64_t control_turn(struct control *control, uint64_t now_ms)
{
    uint64_t wait_ms = LOOP_NEVER;
    for (size_t i = 0; i < control->parts.fd_count; i++) {
        uint64_t wanted_ms = listener_turn(control->listeners[i], now_ms);
        wait_ms = wanted_ms < wait_ms ? wanted_ms : wait_ms;
    }
    return wait_ms;
}
