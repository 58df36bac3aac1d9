/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "common/firstbytes.h"
#include "common/log.h"
#include "common/peer.h"
#include "common/tlscontext.h"
#include "frontend/accept_life.h"

/* Handshakes that one turn begins. */
#define HELLOS 16

/* The alert for those who begin TLS where none is spoken (RFC 8446, 6). */
#define UNEXPECTED_MESSAGE 10

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

static void on_http2_bytes(h2o_socket_t *socket, const char *error)
{
    struct conn *conn = socket->on_close.data;
    h2gate_read(conn->gate, error);
}

static void serve_http2(struct conn *conn)
{
    h2gate_open(&conn->gate, &conn->doors->gates, conn->socket, on_http2_bytes);
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
    if (error) {
        break_off(conn, error);
        return;
    }
    timer_cancel(&conn->timer);
    h2o_iovec_t protocol = h2o_socket_ssl_get_selected_protocol(socket);
    if (span_equal(vec_span(protocol), SPAN("h2")))
        serve_http2(conn);
    else
        engine_serve_http1(conn->doors->parts.engine, socket);
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
    if (first == FIRSTBYTES_HTTP2 && !parts->http2) {
        stats_end(parts->stats, REASON_HTTP2_OFF);
        turn_away(conn, firstbytes_use_http1(), "HTTP/2, which is switched off");
        return;
    }
    timer_cancel(&conn->timer);
    h2o_socket_read_stop(conn->socket);
    if (first == FIRSTBYTES_HTTP2)
        serve_http2(conn);
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

void accept_listen(struct conn *conn)
{
    h2o_socket_read_start(conn->socket, on_first_bytes);
}

bool accept_greet(struct doors *doors)
{
    for (int i = 0; i < HELLOS && !list_is_empty(&doors->hellos); i++)
        greet(container_of(list_pop(&doors->hellos), struct conn, hello));
    return !list_is_empty(&doors->hellos);
}
