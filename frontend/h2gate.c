/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2gate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/peer.h"
#include "frontend/h2answer.h"
#include "frontend/h2gate_life.h"

/* ---- calling h2o ---- */

/* Returns: whether the socket is still open. */
static bool call(struct h2gate *gate, h2o_socket_cb h2o, const char *error)
{
    bool is_gone = false;
    CHECK(!gate->is_gone);
    gate->is_gone = &is_gone;
    h2o(gate->socket, error);
    if (is_gone)
        return false;
    gate->is_gone = NULL;
    return true;
}

/* Lets h2o read the socket's input. */
static bool run(struct h2gate *gate, const char *error)
{
    return call(gate, gate->h2o_read, error);
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

/* Where h2o is writing the gate stands in the place of its write callback, too. */
void h2gate_wait(struct h2gate *gate)
{
    h2o_socket_t *socket = gate->socket;
    if (gate->is_cut)
        return;
    if (h2o_socket_is_reading(socket))
        h2o_socket_read_stop(socket);
    if (!h2o_socket_is_writing(socket)) {
        if (!list_is_linked(&gate->waiting))
            list_append(&gate->home->waiting, &gate->waiting);
    } else if (socket->_cb.write != gate->on_write) {
        gate->h2o_write = socket->_cb.write;
        socket->_cb.write = gate->on_write;
    }
}

/* ---- cutting ---- */

static void shut(struct h2gate *gate)
{
    gate->is_cut = true;
    list_unlink(&gate->waiting);
    (void)shutdown(h2o_socket_get_fd(gate->socket), SHUT_RDWR);
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
    if (h2o_socket_is_writing(gate->socket))
        return true;
    char head[3 + sizeof(rest)] = {0, 0, (char)(8 + strlen(limit))};
    memcpy(head + 3, rest, sizeof(rest));
    h2o_iovec_t said[] = {
        h2o_iovec_init(head, sizeof(head)),
        h2o_iovec_init(limit, strlen(limit)),
    };
    /* What is not taken at once goes unsaid: the socket is closed next. */
    h2o_socket_write(gate->socket, said, ARRAY_LEN(said), on_said);
    return true;
}

void h2gate_tell(const struct h2gate *gate, const char *what, enum reason reason, const char *limit)
{
    char text[PEER_TEXT];
    peer_of(text, gate->socket);
    log_warn("%s reason=%s limit=%s peer=%s", what, reason_name(reason), limit, text);
    stats_end(gate->home->stats, reason);
}

void h2gate_cut(struct h2gate *gate, enum reason reason, const char *limit)
{
    h2gate_tell(gate, "connection cut", reason, limit);
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
    struct span piece;
    for (enum h2walk_event event; (event = h2walk_next(&walk, &rest, &piece)) != H2WALK_NOTHING;) {
        if (event == H2WALK_PIECE || h2type_is_known(walk.frame.type))
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
void h2gate_pass(struct h2gate *gate)
{
    h2o_socket_t *socket = gate->socket;
    if (gate->home->is_stopping && (gate->is_mid_head || gate->guard.has_continuation)) {
        shut(gate); /* h2o 2.2.5 would never return from the rest, once it has said GOAWAY */
        return;
    }
    if (!run_on(gate, SPAN("")))
        return;
    if (h2o_socket_is_writing(socket)) {
        h2gate_wait(gate);
        return;
    }
    if (gate->guard.has_unknown)
        drop_unknown(gate);
    size_t given = socket->input->size;
    if (given && !run(gate, NULL))
        return;
    if (gate->guard.given_up > gate->home->limits->http2_resets) {
        h2gate_cut(gate, REASON_HTTP2_FLOOD, "http2_resets");
        return;
    }
    gate->is_begun |= given >= H2_PREFACE_BYTES;
    gate->counted = socket->input->size;
    gate->is_mid_head = gate->guard.is_in_head;
    gate->guard.has_continuation = false;
    if (!socket->input->size) { /* an idle connection needs none */
        h2o_buffer_dispose(&socket->input);
        h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    }
    if (!h2o_socket_is_reading(socket))
        h2gate_wait(gate);
}

void h2gate_listen(struct h2gate *gate)
{
    h2o_socket_t *socket = gate->socket;
    if (gate->is_cut)
        return;
    if (h2o_socket_is_writing(socket)) {
        h2gate_wait(gate);
        return;
    }
    h2o_socket_read_start(socket, gate->on_read);
    h2gate_pass(gate);
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
        h2gate_cut(gate, REASON_HTTP2_FLOOD, limit);
    else
        h2gate_pass(gate);
}

void h2gate_written(struct h2gate *gate, const char *error)
{
    h2o_socket_cb h2o_write = gate->h2o_write;
    if (!call(gate, h2o_write, error))
        return;
    h2gate_listen(gate);
}

void h2gate_open(struct h2gate **slot, struct h2gates *gates, h2o_socket_t *socket,
                 h2o_socket_cb on_read, h2o_socket_cb on_write)
{
    struct h2gate *gate = mem_new(sizeof(*gate));
    *slot = gate;
    gate->home = gates;
    gate->socket = socket;
    gate->on_read = on_read;
    gate->on_write = on_write;
    h2guard_init(&gate->guard, gates->limits);
    gate->checked_ms = loop_now_ms(gates->loop);
    stall_init(&gate->stall, gate->checked_ms);
    list_init(&gate->answers);
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

enum h2gate_result h2gate_reset(struct h2gate *gate, uint32_t stream)
{
    /* WINDOW_UPDATE by nothing: an error of the stream, which h2o answers with a reset. */
    char frame[] = {0, 0, 4, H2_WINDOW_UPDATE, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    for (int i = 0; i < 4; i++)
        frame[5 + i] = (char)(stream >> (24 - 8 * i));
    if (gate->is_gone || gate->is_cut || gate->is_mid_head)
        return H2GATE_CANNOT;
    if (!run_on(gate, span(frame, sizeof(frame))))
        return H2GATE_GONE;
    h2gate_talks(gate);
    return H2GATE_DONE;
}

uint32_t h2gate_stream(h2o_req_t *request)
{
    return (uint32_t)strtoul(request->conn->callbacks->log_.http2.stream_id(request).base, NULL,
                             10);
}

void h2gate_answers(struct h2gate *gate, h2o_req_t *request, const struct relay *relay)
{
    h2answer_watch(&gate->answers, request, relay, loop_now_ms(gate->home->loop));
}

void h2gate_gives_up(struct h2gate *gate)
{
    gate->guard.given_up++;
}

void h2gate_talks(struct h2gate *gate)
{
    if (!list_is_linked(&gate->talking))
        list_append(&gate->home->talking, &gate->talking);
}
