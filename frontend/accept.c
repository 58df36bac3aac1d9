/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/accept.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "frontend/accept_life.h"
#include "frontend/tls.h"

/* h2o closed the socket, or a hold took the connection away. */
static void on_close(void *data)
{
    struct conn *conn = data;
    timer_cancel(&conn->timer);
    list_unlink(&conn->node);
    list_unlink(&conn->hello);
    free(conn->retry.previds);
    h2gate_free(conn->gate);
    stats_add(conn->doors->parts.stats, STAT_connections, -1);
    slab_put(&conn->doors->conns, conn);
}

/* Takes: `socket`. */
static struct conn *enter(struct doors *doors, h2o_socket_t *socket)
{
    struct conn *conn = slab_get(&doors->conns);
    conn->doors = doors;
    conn->socket = socket;
    socket->data = conn;
    socket->on_close.cb = on_close;
    socket->on_close.data = conn;
    list_append(&doors->all, &conn->node);
    stats_add(doors->parts.stats, STAT_connections, 1);
    return conn;
}

static h2o_socket_t *plain_socket(struct doors *doors, int fd)
{
    return h2o_evloop_socket_create(loop_h2o(doors->parts.loop), fd,
                                    H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
}

static void on_silence(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    h2o_socket_close(container_of(timer, struct conn, timer)->socket);
}

static bool may_accept(void *context)
{
    const struct doors *doors = ((const struct door *)context)->doors;
    return stats_read(doors->parts.stats, STAT_connections) < doors->parts.most_connections;
}

static void on_accept(void *context, int fd)
{
    const struct door *door = context;
    struct doors *doors = door->doors;
    struct conn *conn = enter(doors, plain_socket(doors, fd));
    conn->is_tls = door->is_tls;
    timer_arm(doors->parts.wheel, &conn->timer,
              loop_now_ms(doors->parts.loop) + doors->parts.wait_ms, on_silence);
    accept_listen(conn);
}

static void on_pause(void *context, const char *why)
{
    const struct doors *doors = ((const struct door *)context)->doors;
    stats_add(doors->parts.stats, STAT_accepts_paused, 1);
    log_warn("accepting paused why=\"%s\" connections=%llu", why,
             (unsigned long long)stats_read(doors->parts.stats, STAT_connections));
}

static const struct listener_events listener_events = {may_accept, on_accept, on_pause};

static void set_up_gates(struct doors *doors)
{
    const struct doors_parts *parts = &doors->parts;
    doors->gates.loop = parts->loop;
    doors->gates.engine = parts->engine;
    doors->gates.limits = parts->limits;
    doors->gates.stats = parts->stats;
    h2gates_init(&doors->gates);
}

struct doors *doors_new(const struct doors_parts *parts)
{
    struct doors *doors = mem_new(sizeof(*doors));
    doors->parts = *parts;
    slab_init(&doors->conns, sizeof(struct conn));
    list_init(&doors->all);
    list_init(&doors->hellos);
    set_up_gates(doors);
    doors->doors = mem_new(parts->count * sizeof(struct door));
    for (size_t i = 0; i < parts->count; i++) {
        struct door *door = &doors->doors[i];
        *door = (struct door){.doors = doors, .is_tls = parts->addresses[i].is_tls};
        door->listener = listener_new(parts->loop, parts->fds[i], &listener_events, door);
    }
    return doors;
}

void doors_renew(struct doors *doors, SSL_CTX *tls)
{
    doors->parts.tls = tls;
}

void doors_open(struct doors *doors)
{
    for (size_t i = 0; i < doors->parts.count; i++)
        listener_open(doors->doors[i].listener);
}

void doors_close(struct doors *doors)
{
    for (size_t i = 0; i < doors->parts.count; i++)
        listener_free(doors->doors[i].listener);
    doors->parts.count = 0;
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
    CHECK(doors->parts.count == 0);
    slab_done(&doors->conns);
    free(doors->doors);
    free(doors);
}

void doors_take_back(struct doors *doors, int fd, struct tls *tls, struct span leftover,
                     const struct retry *retry)
{
    h2o_socket_t *socket =
        tls ? tls_return(tls, fd, loop_h2o(doors->parts.loop)) : plain_socket(doors, fd);
    struct conn *conn = enter(doors, socket);
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

static const struct conn *conn_of(const h2o_req_t *request)
{
    return request->conn->callbacks->get_socket(request->conn)->on_close.data;
}

void doors_talk(const h2o_req_t *request)
{
    const struct conn *conn = conn_of(request);
    if (conn->gate)
        h2gate_talks(conn->gate);
}

void doors_answer(h2o_req_t *request, const struct relay *relay)
{
    const struct conn *conn = conn_of(request);
    if (conn->gate)
        h2gate_answers(conn->gate, request, relay);
}

bool doors_reset(h2o_req_t *request)
{
    const struct conn *conn = conn_of(request);
    return conn->gate && h2gate_reset(conn->gate, h2gate_stream(request)) != H2GATE_CANNOT;
}

size_t doors_count(const struct doors *doors)
{
    return doors->conns.used;
}

uint64_t doors_turn(struct doors *doors, uint64_t now_ms)
{
    uint64_t wait_ms = h2gates_turn(&doors->gates, now_ms);
    if (accept_greet(doors))
        wait_ms = 0;
    for (size_t i = 0; i < doors->parts.count; i++)
        wait_ms = clock_sooner(wait_ms, listener_turn(doors->doors[i].listener, now_ms));
    return wait_ms;
}
