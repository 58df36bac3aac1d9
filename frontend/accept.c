/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/accept.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/goodbye.h"
#include "common/greeting.h"
#include "common/list.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/slab.h"
#include "common/stalls.h"
#include "frontend/h2gate.h"
#include "frontend/presence.h"
#include "frontend/tls.h"

/* Handshakes that one turn begins. */
#define HELLOS 16

/* One listening socket. */
struct door {
    struct doors *doors;
    struct listener *listener;
    bool is_tls;
};

struct doors {
    struct doors_parts parts;
    struct door *doors;
    struct slab conns;
    struct list all;      /* struct conn */
    struct list goodbyes; /* struct conn, on which one was said */
    struct stalls stalls;
    struct greetings greetings;
    struct h2gates gates;
};

/* A connection as long as its socket is h2o's. */
struct conn {
    struct doors *doors;
    h2o_socket_t *socket;
    struct list node;
    struct greeting greeting;
    struct list goodbye;
    struct stallable stallable; /* HTTP/1 only */
    struct h2gate *gate;        /* HTTP/2 only */
    bool is_retry;              /* its next request was served before, */
    struct retry retry;         /* and takes this along */
};

/* h2o closed the socket, or a hold took the connection away. */
static void on_close(void *data)
{
    struct conn *conn = data;
    greeting_done(&conn->greeting);
    list_unlink(&conn->goodbye);
    stallable_done(&conn->stallable);
    list_unlink(&conn->node);
    free(conn->retry.previds);
    presence_end(conn->retry.presence);
    h2gate_free(conn->gate);
    stats_add(conn->doors->parts.stats, STAT_connections, -1);
    slab_put(&conn->doors->conns, conn);
}

/* By ours h2o has forgotten the connection, and wants no input for it. */
static void on_goodbye(h2o_socket_t *socket, bool is_ours)
{
    struct conn *conn = socket->on_close.data;
    if (is_ours) {
        h2gate_free(conn->gate);
        conn->gate = NULL;
    }
    if (!list_is_linked(&conn->goodbye))
        list_append(&conn->doors->goodbyes, &conn->goodbye);
}

static void part(struct doors *doors)
{
    for (struct list *node; (node = list_pop(&doors->goodbyes));)
        goodbye_obey(container_of(node, struct conn, goodbye)->socket);
}

/* Takes: `socket`. */
static void own(struct conn *conn, h2o_socket_t *socket)
{
    conn->socket = socket;
    socket->on_close.cb = on_close;
    socket->on_close.data = conn;
}

/* Takes: `socket`. */
static struct conn *enter(struct doors *doors, h2o_socket_t *socket)
{
    struct conn *conn = slab_get(&doors->conns);
    conn->doors = doors;
    own(conn, socket);
    list_append(&doors->all, &conn->node);
    stats_add(doors->parts.stats, STAT_connections, 1);
    return conn;
}

static h2o_socket_t *plain_socket(struct doors *doors, int fd)
{
    return h2o_evloop_socket_create(loop_h2o(doors->parts.loop), fd,
                                    H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
}

/* `conn` may be gone afterwards. */
static void serve_http1(struct conn *conn)
{
    struct doors *doors = conn->doors;
    stalls_watch(&doors->stalls, &conn->stallable, conn->socket, loop_now_ms(doors->parts.loop));
    engine_serve_http1(doors->parts.engine, conn->socket);
}

static void on_http2_bytes(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->on_close.data;
    h2gate_read(conn->gate, error);
}

static void on_http2_written(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->on_close.data;
    h2gate_written(conn->gate, error);
}

static void on_agreed(struct greeting *greeting, enum greeted protocol)
{
    struct conn *conn = container_of(greeting, struct conn, greeting);
    if (protocol == GREETED_HTTP2)
        h2gate_open(&conn->gate, &conn->doors->gates, conn->socket, on_http2_bytes,
                    on_http2_written);
    else
        serve_http1(conn);
}

static void on_moved(struct greeting *greeting)
{
    own(container_of(greeting, struct conn, greeting), greeting->socket);
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
    greeting_begin(&conn->greeting, &doors->greetings, conn->socket, door->is_tls);
}

static void on_pause(void *context, const char *why)
{
    const struct doors *doors = ((const struct door *)context)->doors;
    stats_add(doors->parts.stats, STAT_accepts_paused, 1);
    log_warn("accepting paused why=\"%s\" connections=%llu", why,
             (unsigned long long)stats_read(doors->parts.stats, STAT_connections));
}

static const struct listener_events listener_events = {may_accept, on_accept, on_pause};

static void set_up_greetings(struct doors *doors)
{
    const struct doors_parts *parts = &doors->parts;
    greetings_init(&doors->greetings);
    doors->greetings.loop = parts->loop;
    doors->greetings.stats = parts->stats;
    doors->greetings.tls = parts->tls;
    doors->greetings.whom = "connection";
    doors->greetings.wait_ms = parts->wait_ms;
    doors->greetings.most_hellos = HELLOS;
    doors->greetings.has_http2 = parts->http2;
    doors->greetings.on_agreed = on_agreed;
    doors->greetings.on_moved = on_moved;
}

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
    list_init(&doors->goodbyes);
    stalls_init(&doors->stalls, parts->limits->stall_wait_ms, parts->stats);
    goodbye_listen(on_goodbye);
    set_up_greetings(doors);
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
    doors->greetings.tls = tls;
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
    serve_http1(conn);
}

static struct conn *conn_of(const h2o_req_t *request)
{
    return request->conn->callbacks->get_socket(request->conn)->on_close.data; /* own() */
}

bool doors_claim(const h2o_req_t *request, struct retry *retry)
{
    struct conn *conn = conn_of(request);
    if (!conn->is_retry)
        return false;
    conn->is_retry = false;
    *retry = conn->retry;
    conn->retry = (struct retry){0};
    return true;
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

void doors_give_up(const h2o_req_t *request)
{
    const struct conn *conn = conn_of(request);
    if (conn->gate)
        h2gate_gives_up(conn->gate);
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
    part(doors);
    uint64_t wait_ms = greetings_turn(&doors->greetings, now_ms);
    wait_ms = clock_sooner(wait_ms, h2gates_turn(&doors->gates, now_ms));
    wait_ms = clock_sooner(wait_ms, stalls_turn(&doors->stalls, now_ms));
    for (size_t i = 0; i < doors->parts.count; i++)
        wait_ms = clock_sooner(wait_ms, listener_turn(doors->doors[i].listener, now_ms));
    return wait_ms;
}
