/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2gate.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/peer.h"
#include "frontend/h2guard.h"

/* How often a connection is looked at, and how many of them in one turn. */
#define CHECK_MS 1000
#define CHECK_TURN 256

struct h2gate {
    struct h2gates *home;
    h2o_socket_t *socket;
    h2o_socket_cb on_read;  /* the gate's, */
    h2o_socket_cb h2o_read; /* and whose place it takes */
    struct h2guard guard;
    struct list peers;   /* home->all */
    struct list waiting; /* home->waiting, */
    struct list talking; /* home->talking, each while it is */
    size_t counted;      /* bytes at the front of the socket's input that the guard has seen */
    bool *is_gone;       /* while h2o is called: set where it closes the socket */
    bool is_mid_head;    /* h2o waits for the rest of a head and takes nothing else */
    bool is_begun;       /* h2o has had the preface */
    bool is_cut;
    uint64_t checked_ms;
    uint64_t moved_ms; /* when the client last took bytes of those being written, */
    uint64_t taken;    /* and how much it had taken then */
};

/* ---- calling h2o ---- */

/* Lets h2o read the socket's input.
 * Returns: whether the socket is still open. */
static bool run(struct h2gate *gate, const char *error)
{
    bool is_gone = false;
    CHECK(!gate->is_gone);
    gate->is_gone = &is_gone;
    gate->h2o_read(gate->socket, error);
    if (is_gone)
        return false;
    gate->is_gone = NULL;
    return true;
}

/* The same with `bytes` in place of what the client sent, which stays. */
static bool run_on(struct h2gate *gate, struct span bytes)
{
    h2o_socket_t *socket = gate->socket;
    h2o_buffer_t *kept = socket->input;
    h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    if (bytes.len) {
        memcpy(h2o_buffer_reserve(&socket->input, bytes.len).base, bytes.at, bytes.len);
        socket->input->size = bytes.len;
    }
    bool is_open = run(gate, NULL);
    if (is_open) {
        h2o_buffer_dispose(&socket->input);
        socket->input = kept;
    } else {
        h2o_buffer_dispose(&kept);
    }
    return is_open;
}

/* Over TLS a socket outlives h2o's connection by its last record, with another callback. */
static bool is_h2o_reading(const struct h2gate *gate)
{
    h2o_socket_cb now = gate->socket->_cb.read;
    return !now || now == gate->on_read || now == gate->h2o_read;
}

static void wait(struct h2gate *gate)
{
    if (!is_h2o_reading(gate) || gate->is_cut)
        return;
    if (h2o_socket_is_reading(gate->socket))
        h2o_socket_read_stop(gate->socket);
    if (!list_is_linked(&gate->waiting))
        list_append(&gate->home->waiting, &gate->waiting);
}

/* ---- cutting ---- */

static void shut(struct h2gate *gate)
{
    gate->is_cut = true;
    list_unlink(&gate->waiting);
    (void)shutdown(h2o_socket_get_fd(gate->socket), SHUT_RDWR);
    if (is_h2o_reading(gate))
        (void)run(gate, h2o_socket_error_closed);
}

static void on_said(h2o_socket_t *socket, const char *error)
{
    (void)socket;
    (void)error;
}

/* Says why to a client that still takes something; h2o's own words may not be cut in two.
 * Returns: whether the socket is still open. */
static bool say_calm_down(struct h2gate *gate, const char *limit)
{
    static const char rest[] = {
        H2_GOAWAY, 0,          0,          0,          0, 0, /* of the connection */
        0x7f,      (char)0xff, (char)0xff, (char)0xff,       /* nothing is to be asked again */
        0,         0,          0,          0x0b,             /* ENHANCE_YOUR_CALM */
    };
    if (!run_on(gate, SPAN("")))
        return false;
    if (h2o_socket_is_writing(gate->socket) || !is_h2o_reading(gate))
        return true;
    char frame[100] = {0, 0, (char)(8 + strlen(limit))};
    size_t len = 3 + sizeof(rest) + strlen(limit);
    CHECK(len <= sizeof(frame));
    memcpy(frame + 3, rest, sizeof(rest));
    memcpy(frame + 3 + sizeof(rest), limit, strlen(limit));
    h2o_iovec_t text = h2o_iovec_init(frame, len); /* what is not taken at once goes unsaid */
    h2o_socket_write(gate->socket, &text, 1, on_said);
    return true;
}

static void cut(struct h2gate *gate, enum reason reason, const char *limit)
{
    struct sockaddr_storage peer;
    char text[PEER_TEXT] = "-";
    socklen_t len = h2o_socket_getpeername(gate->socket, (struct sockaddr *)&peer);
    if (len)
        peer_text(text, (struct sockaddr *)&peer, len);
    log_warn("connection cut reason=%s limit=%s peer=%s", reason_name(reason), limit, text);
    stats_end(gate->home->stats, reason);
    if (say_calm_down(gate, limit))
        shut(gate);
}

/* ---- the way through ---- */

/* h2o writes a line of its own to the log for each frame whose type it does not know. Takes those
 * that have come whole out of what it is to read. */
static void drop_unknown(struct h2gate *gate)
{
    h2o_buffer_t *input = gate->socket->input;
    struct h2walk walk = {.left = gate->is_begun ? 0 : H2_PREFACE_BYTES};
    struct span rest = span(input->bytes, input->size);
    gate->guard.has_unknown = false;
    while (h2walk_next(&walk, &rest)) {
        if (h2type_is_known(walk.frame.type))
            continue;
        gate->guard.has_unknown = rest.len < walk.left; /* it is still coming */
        if (gate->guard.has_unknown)
            return;
        char *begin = input->bytes + (input->size - rest.len) - H2_HEAD_BYTES;
        rest = span_skip(rest, walk.left);
        memmove(begin, rest.at, rest.len);
        input->size -= H2_HEAD_BYTES + walk.left;
        rest.at = begin;
        walk.left = 0;
    }
}

/* What h2o has to say goes first: only then is nothing of it on the way. */
static void pass(struct h2gate *gate)
{
    h2o_socket_t *socket = gate->socket;
    if (gate->home->is_stopping && gate->is_mid_head) {
        shut(gate); /* h2o 2.2.5 would never return from the rest, once it has said GOAWAY */
        return;
    }
    if (!run_on(gate, SPAN("")))
        return;
    if (h2o_socket_is_writing(socket) || !is_h2o_reading(gate)) {
        wait(gate);
        return;
    }
    if (gate->guard.has_unknown)
        drop_unknown(gate);
    size_t given = socket->input->size;
    if (given && !run(gate, NULL))
        return;
    gate->is_begun |= given >= H2_PREFACE_BYTES;
    gate->counted = socket->input->size;
    gate->is_mid_head = gate->guard.is_in_head;
    if (!socket->input->size) { /* an idle connection needs none */
        h2o_buffer_dispose(&socket->input);
        h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    }
    if (!h2o_socket_is_reading(socket))
        wait(gate);
}

void h2gate_read(struct h2gate *gate, const char *error)
{
    h2o_socket_t *socket = gate->socket;
    if (error || gate->is_cut) {
        (void)run(gate, error ? error : h2o_socket_error_closed);
        return;
    }
    struct span fresh = span_skip(span(socket->input->bytes, socket->input->size), gate->counted);
    const char *limit =
        h2guard_read(&gate->guard, fresh, socket->bytes_written, loop_now_ms(gate->home->loop));
    gate->counted = socket->input->size;
    if (limit)
        cut(gate, REASON_HTTP2_FLOOD, limit);
    else if (h2o_socket_is_writing(socket))
        wait(gate);
    else
        pass(gate);
}

void h2gate_open(struct h2gate **slot, struct h2gates *gates, h2o_socket_t *socket,
                 h2o_socket_cb on_read)
{
    struct h2gate *gate = mem_new(sizeof(*gate));
    *slot = gate;
    gate->home = gates;
    gate->socket = socket;
    gate->on_read = on_read;
    h2guard_init(&gate->guard, gates->limits);
    gate->checked_ms = gate->moved_ms = loop_now_ms(gates->loop);
    list_append(&gates->all, &gate->peers);
    stats_add(gates->stats, STAT_http2_connections, 1);

    h2o_buffer_t *kept = socket->input;
    h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    engine_serve_http2(gates->engine, socket);
    socket->input = kept;
    gate->h2o_read = socket->_cb.read;
    socket->_cb.read = on_read;
    h2gate_read(gate, NULL);
}

void h2gate_free(struct h2gate *gate)
{
    if (!gate)
        return;
    if (gate->is_gone)
        *gate->is_gone = true;
    list_unlink(&gate->peers);
    list_unlink(&gate->waiting);
    list_unlink(&gate->talking);
    h2guard_done(&gate->guard);
    stats_add(gate->home->stats, STAT_http2_connections, -1);
    free(gate);
}

bool h2gate_reset(struct h2gate *gate, uint32_t stream)
{
    /* WINDOW_UPDATE by nothing: an error of the stream, which h2o answers with a reset. */
    const char frame[] = {
        0,
        0,
        4,
        H2_WINDOW_UPDATE,
        0,
        (char)(stream >> 24),
        (char)(stream >> 16),
        (char)(stream >> 8),
        (char)stream,
        0,
        0,
        0,
        0,
    };
    if (gate->is_gone || gate->is_cut || gate->is_mid_head || !is_h2o_reading(gate))
        return false;
    if (run_on(gate, span(frame, sizeof(frame))))
        h2gate_talks(gate);
    return true;
}

void h2gate_talks(struct h2gate *gate)
{
    if (!list_is_linked(&gate->talking))
        list_append(&gate->home->talking, &gate->talking);
}

/* ---- before each wait ---- */

static void take_place(struct h2gate *gate)
{
    if (gate->socket->_cb.read == gate->h2o_read)
        gate->socket->_cb.read = gate->on_read;
}

static void settle(void *context)
{
    struct h2gates *gates = context;
    for (struct list *node; (node = list_pop(&gates->talking));) {
        struct h2gate *gate = container_of(node, struct h2gate, talking);
        take_place(gate);
        if (!h2o_socket_is_reading(gate->socket))
            wait(gate);
    }
    LIST_FOREACH (node, &gates->waiting) {
        take_place(container_of(node, struct h2gate, waiting));
    }
}

void h2gates_init(struct h2gates *gates)
{
    list_init(&gates->all);
    list_init(&gates->waiting);
    list_init(&gates->talking);
    loop_before_wait(gates->loop, settle, gates);
}

/* ---- each turn ---- */

static void look_again(struct h2gate *gate)
{
    h2o_socket_t *socket = gate->socket;
    if (!is_h2o_reading(gate)) {
        list_unlink(&gate->waiting);
        return;
    }
    if (h2o_socket_is_writing(socket))
        return;
    list_unlink(&gate->waiting);
    h2o_socket_read_start(socket, gate->on_read);
    pass(gate);
}

/* Returns: something that changes as the client takes bytes. */
static uint64_t taken(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
        return info.tcpi_bytes_acked;
    int queued = 0; /* a Unix socket */
    (void)ioctl(fd, SIOCOUTQ, &queued);
    return (uint64_t)queued;
}

/* Whether the client has taken nothing for too long of what is being written. */
static bool is_stalled(struct h2gate *gate, uint64_t now_ms)
{
    bool is_writing = h2o_socket_is_writing(gate->socket);
    uint64_t now_taken = is_writing ? taken(h2o_socket_get_fd(gate->socket)) : 0;
    if (!is_writing || now_taken != gate->taken)
        gate->moved_ms = now_ms;
    gate->taken = now_taken;
    return now_ms > gate->moved_ms + gate->home->limits->stall_wait_ms;
}

static void check(struct h2gate *gate, uint64_t now_ms)
{
    if (gate->is_cut)
        return;
    if (is_stalled(gate, now_ms)) {
        cut(gate, REASON_STALLED, "stall_wait_ms");
        return;
    }
    if (list_is_linked(&gate->waiting))
        return; /* it may have sent what is missing */
    const char *limit = h2guard_late(&gate->guard, now_ms);
    if (limit) {
        cut(gate, REASON_HTTP2_FLOOD, limit);
        return;
    }
    uint32_t stream = h2guard_stuck(&gate->guard, now_ms);
    if (stream)
        h2gate_reset(gate, stream);
}

uint64_t h2gates_turn(struct h2gates *gates, uint64_t now_ms)
{
    struct list waiting;
    list_take_all(&gates->waiting, &waiting);
    for (struct list *node; (node = list_pop(&waiting));) {
        list_append(&gates->waiting, node);
        look_again(container_of(node, struct h2gate, waiting));
    }
    for (int i = 0; i < CHECK_TURN && !list_is_empty(&gates->all); i++) {
        struct h2gate *gate = container_of(gates->all.next, struct h2gate, peers);
        if (now_ms < gate->checked_ms + CHECK_MS)
            return gate->checked_ms + CHECK_MS - now_ms;
        gate->checked_ms = now_ms;
        list_unlink(&gate->peers);
        list_append(&gates->all, &gate->peers);
        check(gate, now_ms);
    }
    return list_is_empty(&gates->all) ? LOOP_NEVER : 0;
}
