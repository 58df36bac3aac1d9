/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/accept.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/peer.h"
#include "common/slab.h"
#include "common/tlscontext.h"
#include "frontend/firstbytes.h"
#include "frontend/tls.h"

/* Handshakes that one turn begins. */
#define HELLOS 16

/* The alert for those who begin TLS where none is spoken (RFC 8446, 6). */
#define UNEXPECTED_MESSAGE 10

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
    struct list all;    /* struct conn */
    struct list hellos; /* struct conn, whose handshake is to begin */
};

/* A connection as long as its socket is h2o's. */
struct conn {
    struct doors *doors;
    h2o_socket_t *socket;
    struct list node;
    struct list hello;
    struct timer timer;  /* for the first bytes and the handshake */
    bool is_tls;         /* came through a door where TLS is spoken */
    bool is_turned_away; /* has its answer; the end is awaited */
    bool is_retry;       /* its next request was served before, */
    struct retry retry;  /* and takes this along */
};

/* h2o closed the socket, or a hold took the connection away. */
static void on_close(void *data)
{
    struct conn *conn = data;
    timer_cancel(&conn->timer);
    list_unlink(&conn->node);
    list_unlink(&conn->hello);
    free(conn->retry.previds);
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

static void log_refusal(const struct conn *conn, const char *why)
{
    struct sockaddr_storage sa;
    char text[PEER_TEXT] = "-";
    socklen_t len = h2o_socket_getpeername(conn->socket, (struct sockaddr *)&sa);
    if (len)
        peer_text(text, (struct sockaddr *)&sa, len);
    log_warn("connection refused peer=%s why=\"%s\"", text, why);
}

/* Says `answer` in plain text and waits for the client to leave, until the timer fires: closing at
 * once could destroy the answer on its way. */
static void turn_away(struct conn *conn, struct span answer, const char *why)
{
    int fd = h2o_socket_get_fd(conn->socket);
    log_refusal(conn, why);
    conn->is_turned_away = true;
    (void)send(fd, answer.at, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    h2o_buffer_consume(&conn->socket->input, conn->socket->input->size);
}

/* The handshake failed. */
static void break_off(struct conn *conn, const char *error)
{
    unsigned char alert = tlscontext_take_alert();
    char record[FIRSTBYTES_ALERT_BYTES];
    struct span said = firstbytes_alert(record, alert);
    stats_add(conn->doors->parts.stats, STAT_tls_refused, 1);
    log_refusal(conn, tlscontext_why(error));
    if (alert)
        (void)send(h2o_socket_get_fd(conn->socket), said.at, said.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    h2o_socket_close(conn->socket);
}

static void on_handshake(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->data;
    struct engine *engine = conn->doors->parts.engine;
    if (error) {
        break_off(conn, error);
        return;
    }
    timer_cancel(&conn->timer);
    h2o_iovec_t protocol = h2o_socket_ssl_get_selected_protocol(socket);
    if (span_equal(vec_span(protocol), SPAN("h2")))
        engine_serve_http2(engine, socket);
    else
        engine_serve_http1(engine, socket);
}

static void greet(struct conn *conn)
{
    h2o_socket_ssl_handshake(conn->socket, conn->doors->parts.tls, NULL, on_handshake);
}

static void on_first_tls_bytes(struct conn *conn, enum firstbytes first)
{
    if (first == FIRSTBYTES_TLS) {
        h2o_socket_read_stop(conn->socket);
        list_append(&conn->doors->hellos, &conn->hello);
        return;
    }
    stats_add(conn->doors->parts.stats, STAT_tls_refused, 1);
    turn_away(conn, firstbytes_use_tls(), "plain text on a port where TLS is spoken");
}

static void on_first_plain_bytes(struct conn *conn, enum firstbytes first)
{
    const struct doors_parts *parts = &conn->doors->parts;
    if (first == FIRSTBYTES_TLS) {
        char alert[FIRSTBYTES_ALERT_BYTES];
        turn_away(conn, firstbytes_alert(alert, UNEXPECTED_MESSAGE),
                  "TLS on a port where none is spoken");
        return;
    }
    timer_cancel(&conn->timer);
    h2o_socket_read_stop(conn->socket);
    if (first == FIRSTBYTES_HTTP2 && parts->http2)
        engine_serve_http2(parts->engine, conn->socket);
    else
        engine_serve_http1(parts->engine, conn->socket);
}

static void on_first_bytes(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->data;
    if (error) {
        h2o_socket_close(socket);
        return;
    }
    if (conn->is_turned_away) {
        h2o_buffer_consume(&socket->input, socket->input->size);
        return;
    }
    enum firstbytes first = firstbytes_tell(span(socket->input->bytes, socket->input->size));
    if (first == FIRSTBYTES_FEW)
        return;
    if (conn->is_tls)
        on_first_tls_bytes(conn, first);
    else
        on_first_plain_bytes(conn, first);
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
    h2o_socket_read_start(conn->socket, on_first_bytes);
}

static void on_pause(void *context, const char *why)
{
    const struct doors *doors = ((const struct door *)context)->doors;
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
    list_init(&doors->hellos);
    doors->doors = mem_new(parts->count * sizeof(struct door));
    for (size_t i = 0; i < parts->count; i++) {
        struct door *door = &doors->doors[i];
        *door = (struct door){.doors = doors, .is_tls = parts->addresses[i].is_tls};
        door->listener = listener_new(parts->loop, parts->fds[i], &listener_events, door);
    }
    return doors;
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

size_t doors_count(const struct doors *doors)
{
    return doors->conns.used;
}

/* Returns: whether more wait. */
static bool greet_some(struct doors *doors)
{
    for (int i = 0; i < HELLOS && !list_is_empty(&doors->hellos); i++)
        greet(container_of(list_pop(&doors->hellos), struct conn, hello));
    return !list_is_empty(&doors->hellos);
}

uint64_t doors_turn(struct doors *doors, uint64_t now_ms)
{
    uint64_t wait_ms = greet_some(doors) ? 0 : LOOP_NEVER;
    for (size_t i = 0; i < doors->parts.count; i++)
        wait_ms = clock_sooner(wait_ms, listener_turn(doors->doors[i].listener, now_ms));
    return wait_ms;
}
