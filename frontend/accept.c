/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/accept.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/slab.h"
#include "frontend/h2gate.h"

struct doors {
    struct doors_parts parts;
    struct listener **listeners;
    struct slab conns;
    struct list all; /* struct conn */
    struct h2gates gates;
};

/* A connection as long as its socket is h2o's. */
struct conn {
    struct doors *doors;
    h2o_socket_t *socket;
    struct list node;
    struct timer timer;  /* for the first bytes */
    struct h2gate *gate; /* HTTP/2 only */
    bool is_retry;       /* its next request was served before, */
    struct retry retry;  /* and takes this along */
};

static const struct span preface = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24};

/* h2o closed the socket, or a hold took the connection away. */
static void on_close(void *data)
{
    struct conn *conn = data;
    timer_cancel(&conn->timer);
    list_unlink(&conn->node);
    free(conn->retry.previds);
    h2gate_free(conn->gate);
    stats_add(conn->doors->parts.stats, STAT_connections, -1);
    slab_put(&conn->doors->conns, conn);
}

static struct conn *enter(struct doors *doors, int fd)
{
    struct conn *conn = slab_get(&doors->conns);
    conn->doors = doors;
    conn->socket = h2o_evloop_socket_create(loop_h2o(doors->parts.loop), fd,
                                            H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    conn->socket->data = conn;
    conn->socket->on_close.cb = on_close;
    conn->socket->on_close.data = conn;
    list_append(&doors->all, &conn->node);
    stats_add(doors->parts.stats, STAT_connections, 1);
    return conn;
}

static void on_http2_bytes(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->on_close.data;
    h2gate_read(conn->gate, error);
}

static void on_refused(h2o_socket_t *socket, const char *error)
{
    (void)error;
    h2o_socket_close(socket);
}

static void refuse_http2(struct conn *conn)
{
    static const char answer[] = "HTTP/1.1 505 HTTP Version Not Supported\r\n"
                                 "Content-Type: text/plain\r\n"
                                 "Content-Length: 32\r\n"
                                 "Connection: close\r\n\r\n"
                                 "HTTP/2 is switched off; use 1.1\n";
    h2o_iovec_t text = h2o_iovec_init(answer, sizeof(answer) - 1);
    stats_end(conn->doors->parts.stats, REASON_HTTP2_OFF);
    log_warn("connection refused reason=%s", reason_name(REASON_HTTP2_OFF));
    h2o_socket_write(conn->socket, &text, 1, on_refused);
}

/* As long as too little has come to tell, more is waited for. */
static void on_first_bytes(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->data;
    struct engine *engine = conn->doors->parts.engine;
    if (error) {
        h2o_socket_close(socket);
        return;
    }
    struct span got = span(socket->input->bytes, socket->input->size);
    bool is_http2 = span_starts(got, preface);
    if (!is_http2 && span_starts(preface, got))
        return;
    timer_cancel(&conn->timer);
    h2o_socket_read_stop(socket);
    if (is_http2 && !conn->doors->parts.http2)
        refuse_http2(conn);
    else if (is_http2)
        h2gate_open(&conn->gate, &conn->doors->gates, socket, on_http2_bytes);
    else
        engine_serve_http1(engine, socket);
}

static void on_silence(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    h2o_socket_close(container_of(timer, struct conn, timer)->socket);
}

static bool may_accept(void *context)
{
    const struct doors *doors = context;
    return stats_read(doors->parts.stats, STAT_connections) < doors->parts.most_connections;
}

static void on_accept(void *context, int fd)
{
    struct doors *doors = context;
    struct conn *conn = enter(doors, fd);
    timer_arm(doors->parts.wheel, &conn->timer,
              loop_now_ms(doors->parts.loop) + doors->parts.wait_ms, on_silence);
    h2o_socket_read_start(conn->socket, on_first_bytes);
}

static void on_pause(void *context, const char *why)
{
    const struct doors *doors = context;
    stats_add(doors->parts.stats, STAT_accepts_paused, 1);
    log_warn("accepting paused why=\"%s\" connections=%llu", why,
             (unsigned long long)stats_read(doors->parts.stats, STAT_connections));
}

static const struct listener_events listener_events = {may_accept, on_accept, on_pause};

struct doors *doors_new(const struct doors_parts *parts)
{
    struct doors *doors = mem_new(sizeof(*doors));
    doors->parts = *parts;
    slab_init(&doors->conns, sizeof(struct conn));
    list_init(&doors->all);
    doors->gates.loop = parts->loop;
    doors->gates.engine = parts->engine;
    doors->gates.limits = parts->limits;
    doors->gates.stats = parts->stats;
    h2gates_init(&doors->gates);
    doors->listeners = mem_new(parts->fd_count * sizeof(struct listener *));
    for (size_t i = 0; i < parts->fd_count; i++)
        doors->listeners[i] = listener_new(parts->loop, parts->fds[i], &listener_events, doors);
    return doors;
}

void doors_open(struct doors *doors)
{
    for (size_t i = 0; i < doors->parts.fd_count; i++)
        listener_open(doors->listeners[i]);
}

void doors_close(struct doors *doors)
{
    for (size_t i = 0; i < doors->parts.fd_count; i++)
        listener_free(doors->listeners[i]);
    doors->parts.fd_count = 0;
}

static void shut_all(struct doors *doors, int how)
{
    LIST_FOREACH (node, &doors->all) {
        h2o_socket_t *socket = container_of(node, struct conn, node)->socket;
        (void)shutdown(h2o_socket_get_fd(socket), how);
    }
}

void doors_cut_idle(struct doors *doors)
{
    doors->gates.is_stopping = true;
    engine_shut_down(doors->parts.engine);
    shut_all(doors, SHUT_RD);
}

void doors_cut(struct doors *doors)
{
    shut_all(doors, SHUT_RDWR);
}

void doors_free(struct doors *doors)
{
    if (!doors)
        return;
    CHECK(list_is_empty(&doors->all));
    CHECK(doors->parts.fd_count == 0);
    slab_done(&doors->conns);
    free(doors->listeners);
    free(doors);
}

void doors_take_back(struct doors *doors, int fd, struct span leftover, const struct retry *retry)
{
    struct conn *conn = enter(doors, fd);
    if (retry) {
        conn->is_retry = true;
        conn->retry = *retry;
    }
    if (leftover.len) {
        h2o_iovec_t room = h2o_buffer_reserve(&conn->socket->input, leftover.len);
        memcpy(room.base, leftover.at, leftover.len);
        conn->socket->input->size += leftover.len;
    }
    engine_serve_http1(doors->parts.engine, conn->socket);
}

bool doors_claim(const h2o_req_t *request, struct retry *retry)
{
    const h2o_socket_t *socket = request->conn->callbacks->get_socket(request->conn);
    struct conn *conn = socket->on_close.data; /* enter() */
    if (!conn->is_retry)
        return false;
    conn->is_retry = false;
    *retry = conn->retry;
    conn->retry.previds = NULL;
    return true;
}

void doors_talk(const h2o_req_t *request)
{
    const struct conn *conn = request->conn->callbacks->get_socket(request->conn)->on_close.data;
    if (conn->gate)
        h2gate_talks(conn->gate);
}

bool doors_reset(h2o_req_t *request)
{
    h2o_conn_t *h2o = request->conn;
    const struct conn *conn = h2o->callbacks->get_socket(h2o)->on_close.data;
    if (!conn->gate)
        return false;
    h2o_iovec_t number = h2o->callbacks->log_.http2.stream_id(request);
    return h2gate_reset(conn->gate, (uint32_t)strtoul(number.base, NULL, 10));
}

size_t doors_count(const struct doors *doors)
{
    return doors->conns.used;
}

uint64_t doors_turn(struct doors *doors, uint64_t now_ms)
{
    uint64_t wait_ms = h2gates_turn(&doors->gates, now_ms);
    for (size_t i = 0; i < doors->parts.fd_count; i++) {
        uint64_t wanted_ms = listener_turn(doors->listeners[i], now_ms);
        wait_ms = wanted_ms < wait_ms ? wanted_ms : wait_ms;
    }
    return wait_ms;
}
