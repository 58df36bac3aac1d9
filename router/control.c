/* SPDX-License-Identifier: Apache-2.0 */
#include "router/control.h"

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
#include "common/tlssocket.h"

/* Handshakes that one turn begins: publications must not wait for many. */
#define HELLOS 4

/* Connections that were told to leave and have not left: so many may be there beyond the limit. */
#define LEAVING 16

/* One listening socket. */
struct door {
    struct control *control;
    struct listener *listener;
    bool is_tls;
};

struct control {
    struct control_parts parts;
    struct door *doors;
    struct greetings greetings;
    struct slab conns;
    struct list all; /* struct conn, the one that has not asked for longest first */
    size_t leaving;
    struct list goodbyes; /* struct conn, on which one was said in TLS */
    struct stalls stalls;
};

struct conn {
    struct control *control;
    h2o_socket_t *socket;
    struct list node;
    struct greeting greeting; /* with TLS only */
    struct list goodbye;      /* control->goodbyes, while it is */
    struct stallable stallable;
    bool is_leaving;
};

/* h2o closed the socket. */
static void on_close(void *data)
{
    struct conn *conn = data;
    greeting_done(&conn->greeting);
    list_unlink(&conn->goodbye);
    stallable_done(&conn->stallable);
    list_unlink(&conn->node);
    conn->control->leaving -= conn->is_leaving;
    slab_put(&conn->control->conns, conn);
}

static void on_goodbye(h2o_socket_t *socket, bool is_ours)
{
    (void)is_ours;
    struct conn *conn = socket->on_close.data;
    if (!list_is_linked(&conn->goodbye))
        list_append(&conn->control->goodbyes, &conn->goodbye);
}

static void part(struct control *control)
{
    for (struct list *node; (node = list_pop(&control->goodbyes));)
        goodbye_obey(container_of(node, struct conn, goodbye)->socket);
}

/* Takes: `socket`. */
static void own(struct conn *conn, h2o_socket_t *socket)
{
    conn->socket = socket;
    socket->on_close.cb = on_close;
    socket->on_close.data = conn;
}

/* `conn` may be gone afterwards. */
static void serve(struct conn *conn)
{
    struct control *control = conn->control;
    stalls_watch(&control->stalls, &conn->stallable, conn->socket,
                 loop_now_ms(control->parts.loop));
    engine_serve_http1(control->parts.engine, conn->socket);
}

static void on_agreed(struct greeting *greeting, enum greeted protocol)
{
    (void)protocol; /* no other is offered */
    serve(container_of(greeting, struct conn, greeting));
}

static void on_moved(struct greeting *greeting)
{
    own(container_of(greeting, struct conn, greeting), greeting->socket);
}

/* ---- who makes room ---- */

static bool is_full(const struct control *control)
{
    return control->conns.used - control->leaving >= control->parts.most_connections;
}

/* Whether the broker waits for what its client has to say; while it answers, h2o does not read. */
static bool is_awaited(const struct conn *conn)
{
    return !conn->is_leaving && !greeting_goes_on(&conn->greeting) &&
           h2o_socket_is_reading(conn->socket);
}

/* Returns: the connection that has had nothing to say for longest, or NULL. */
static struct conn *most_silent(const struct control *control)
{
    if (control->leaving >= LEAVING)
        return NULL;
    LIST_FOREACH (node, &control->all) {
        struct conn *conn = container_of(node, struct conn, node);
        if (is_awaited(conn))
            return conn;
    }
    return NULL;
}

/* What the kernel has already received can still be read afterwards. */
static void see_off(struct conn *conn)
{
    conn->is_leaving = true;
    conn->control->leaving++;
    (void)shutdown(h2o_socket_get_fd(conn->socket), SHUT_RD);
}

/* Strangers first who have not even agreed about TLS. */
static void make_room(struct control *control)
{
    if (list_is_empty(&control->greetings.all))
        see_off(most_silent(control));
    else
        greetings_make_room(&control->greetings);
}

/* There may be nobody who waits to be accepted. */
static bool may_accept(void *context)
{
    const struct control *control = ((const struct door *)context)->control;
    return !is_full(control) || !list_is_empty(&control->greetings.all) || most_silent(control);
}

static void on_accept(void *context, int fd)
{
    const struct door *door = context;
    struct control *control = door->control;
    if (is_full(control))
        make_room(control);
    struct conn *conn = slab_get(&control->conns);
    conn->control = control;
    own(conn, h2o_evloop_socket_create(loop_h2o(control->parts.loop), fd,
                                       H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION));
    list_append(&control->all, &conn->node);
    if (door->is_tls)
        greeting_begin(&conn->greeting, &control->greetings, conn->socket, true);
    else
        serve(conn);
}

static void on_pause(void *context, const char *why)
{
    const struct control *control = ((const struct door *)context)->control;
    stats_add(control->parts.stats, STAT_accepts_paused, 1);
    log_warn("accepting publishers paused why=\"%s\" connections=%zu", why, control->conns.used);
}

static const struct listener_events listener_events = {may_accept, on_accept, on_pause};

static void set_up_greetings(struct control *control)
{
    greetings_init(&control->greetings);
    control->greetings.loop = control->parts.loop;
    control->greetings.stats = control->parts.stats;
    control->greetings.tls = control->parts.tls;
    control->greetings.whom = "publisher";
    control->greetings.most_hellos = HELLOS;
    control->greetings.wait_ms = control->parts.wait_ms;
    control->greetings.on_agreed = on_agreed;
    control->greetings.on_moved = on_moved;
}

struct control *control_new(const struct control_parts *parts)
{
    struct control *control = mem_new(sizeof(*control));
    control->parts = *parts;
    slab_init(&control->conns, sizeof(struct conn));
    list_init(&control->all);
    list_init(&control->goodbyes);
    goodbye_listen(on_goodbye);
    stalls_init(&control->stalls, parts->stall_wait_ms, parts->stats);
    set_up_greetings(control);
    control->doors = mem_new(parts->fd_count * sizeof(struct door));
    for (size_t i = 0; i < parts->fd_count; i++) {
        struct door *door = &control->doors[i];
        *door = (struct door){.control = control, .is_tls = parts->addresses[i].is_tls};
        door->listener = listener_new(parts->loop, parts->fds[i], &listener_events, door);
    }
    return control;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    CHECK(list_is_empty(&control->all));
    CHECK(control->parts.fd_count == 0);
    slab_done(&control->conns);
    free(control->doors);
    free(control);
}

void control_note(struct control *control, h2o_socket_t *socket)
{
    struct conn *conn = socket->on_close.data;
    list_unlink(&conn->node);
    list_append(&control->all, &conn->node);
}

void control_renew(struct control *control, SSL_CTX *tls)
{
    control->greetings.tls = tls;
}

void control_open(struct control *control)
{
    for (size_t i = 0; i < control->parts.fd_count; i++)
        listener_open(control->doors[i].listener);
}

void control_close(struct control *control)
{
    for (size_t i = 0; i < control->parts.fd_count; i++)
        listener_free(control->doors[i].listener);
    control->parts.fd_count = 0;
    engine_shut_down(control->parts.engine);
}

/* While a request arrives or is answered, h2o keeps its head at the front of the input. */
static bool is_idle(const struct conn *conn)
{
    return conn->socket->input->size == 0 && !tlssocket_is_amid_record(conn->socket);
}

/* What the kernel has already received can still be read afterwards. */
void control_cut_idle(struct control *control)
{
    LIST_FOREACH_SAFE (node, &control->all) {
        const struct conn *conn = container_of(node, struct conn, node);
        if (greeting_goes_on(&conn->greeting))
            h2o_socket_close(conn->socket);
        else if (is_idle(conn))
            (void)shutdown(h2o_socket_get_fd(conn->socket), SHUT_RD);
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
    part(control);
    uint64_t wait_ms = greetings_turn(&control->greetings, now_ms);
    wait_ms = clock_sooner(wait_ms, stalls_turn(&control->stalls, now_ms));
    for (size_t i = 0; i < control->parts.fd_count; i++)
        wait_ms = clock_sooner(wait_ms, listener_turn(control->doors[i].listener, now_ms));
    return wait_ms;
}
