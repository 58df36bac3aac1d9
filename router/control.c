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
#include "common/span.h"

/* Bodies up to so many times the limit are read to their end, to be refused with an answer that
 * arrives; beyond it h2o cuts the connection. */
#define BODY_ROOM 2

struct control {
    struct control_parts parts;
    struct engine *engine;
    struct listener **listeners; /* NULL each once closed */
    h2o_timeout_t silence;       /* for the first bytes of a connection */
    struct slab conns;
    struct list all; /* struct conn */
};

/* A connection as long as its socket is open. */
struct conn {
    struct control *control;
    h2o_socket_t *socket;
    h2o_timeout_entry_t silence; /* linked until its protocol is known */
    struct list node;
};

static const struct span preface = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24};

static void on_close(void *data)
{
    struct conn *conn = data;
    h2o_timeout_unlink(&conn->silence);
    list_unlink(&conn->node);
    slab_put(&conn->control->conns, conn);
}

static void on_silence(h2o_timeout_entry_t *entry)
{
    h2o_socket_close(container_of(entry, struct conn, silence)->socket);
}

/* As long as too little has come to tell, more is waited for. */
static void on_first_bytes(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->data;
    const struct control *control = conn->control;
    if (error) {
        h2o_socket_close(socket);
        return;
    }
    struct span got = span(socket->input->bytes, socket->input->size);
    bool may_be_http2 = control->parts.config->http2;
    bool is_http2 = may_be_http2 && span_starts(got, preface);
    if (may_be_http2 && !is_http2 && span_starts(preface, got))
        return;
    h2o_timeout_unlink(&conn->silence);
    h2o_socket_read_stop(socket);
    if (is_http2)
        engine_serve_http2(control->engine, socket);
    else
        engine_serve_http1(control->engine, socket);
}

static bool may_accept(void *context)
{
    const struct control *control = context;
    return control->conns.used < control->parts.config->limits.control_connections;
}

static void on_accept(void *context, int fd)
{
    struct control *control = context;
    struct conn *conn = slab_get(&control->conns);
    h2o_loop_t *loop = loop_h2o(control->parts.loop);
    conn->control = control;
    conn->socket = h2o_evloop_socket_create(loop, fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    conn->socket->data = conn;
    conn->socket->on_close.cb = on_close;
    conn->socket->on_close.data = conn;
    conn->silence.cb = on_silence;
    list_append(&control->all, &conn->node);
    h2o_timeout_link(loop, &control->silence, &conn->silence);
    h2o_socket_read_start(conn->socket, on_first_bytes);
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
    const struct limits *limits = &parts->config->limits;
    struct control *control = mem_new(sizeof(*control));
    control->parts = *parts;
    control->engine = engine_new(parts->loop, limits->publish_body_bytes * BODY_ROOM,
                                 limits->request_wait_ms, parts->on_request, parts->context);
    h2o_timeout_init(loop_h2o(parts->loop), &control->silence, limits->request_wait_ms);
    slab_init(&control->conns, sizeof(struct conn));
    list_init(&control->all);
    control->listeners = mem_new(parts->fd_count * sizeof(struct listener *));
    for (size_t i = 0; i < parts->fd_count; i++)
        control->listeners[i] = listener_new(parts->loop, parts->fds[i], &listener_events, control);
    return control;
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
}

void control_hang_up(struct control *control, bool at_once)
{
    LIST_FOREACH (node, &control->all) {
        h2o_socket_t *socket = container_of(node, struct conn, node)->socket;
        (void)shutdown(h2o_socket_get_fd(socket), at_once ? SHUT_RDWR : SHUT_RD);
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

void control_free(struct control *control)
{
    if (!control)
        return;
    CHECK(list_is_empty(&control->all));
    control_close(control);
    engine_free(control->engine);
    h2o_timeout_dispose(loop_h2o(control->parts.loop), &control->silence);
    slab_done(&control->conns);
    free(control->listeners);
    free(control);
}
