/* SPDX-License-Identifier: Apache-2.0 */
#include "common/greeting.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "common/firstbytes.h"
#include "common/log.h"
#include "common/peer.h"
#include "common/tlscontext.h"
#include "common/tlssocket.h"
#include "common/trust.h"

/* The alert for those who begin TLS where none is spoken (RFC 8446, 6). */
#define UNEXPECTED_MESSAGE 10

void greetings_init(struct greetings *greetings)
{
    list_init(&greetings->all);
    list_init(&greetings->hellos);
}

static void refuse(struct greeting *greeting, const char *why, const char *detail)
{
    char peer[PEER_TEXT];
    peer_of(peer, greeting->socket);
    log_warn("%s refused peer=%s why=\"%s%s%s\"", greeting->owner->whom, peer, why,
             *detail ? ": " : "", detail);
    greeting->is_turned_away = true;
}

static void on_first_bytes(h2o_socket_t *socket, const char *error);

/* The answer is on its way: closing at once could destroy it, so the end is awaited. */
static void await_end(struct greeting *greeting)
{
    (void)shutdown(h2o_socket_get_fd(greeting->socket), SHUT_WR);
    h2o_buffer_consume(&greeting->socket->input, greeting->socket->input->size);
    h2o_socket_read_start(greeting->socket, on_first_bytes);
}

/* Goes on without TLS, which has come to nothing.
 * Returns: false where there is no descriptor for that. */
static bool leave_tls(struct greeting *greeting)
{
    h2o_socket_t *old = greeting->socket;
    int fd = fcntl(h2o_socket_get_fd(old), F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return false;
    greeting->socket = h2o_evloop_socket_create(loop_h2o(greeting->owner->loop), fd,
                                                H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    greeting->socket->data = greeting;
    greeting->owner->on_moved(greeting);
    old->on_close.cb = NULL;
    h2o_socket_close(old);
    return true;
}

static void agree(struct greeting *greeting, enum greeted protocol)
{
    list_unlink(&greeting->node);
    greeting->owner->on_agreed(greeting, protocol);
}

/* h2o would close without what OpenSSL has to say. */
static void break_off(struct greeting *greeting, const char *error)
{
    h2o_socket_t *socket = greeting->socket;
    stats_add(greeting->owner->stats, STAT_tls_refused, 1);
    refuse(greeting, tlscontext_why(error), trust_take_refusal());
    tlssocket_flush(socket);
    if (leave_tls(greeting))
        await_end(greeting);
    else
        h2o_socket_close(socket);
}

static void on_handshake(h2o_socket_t *socket, const char *error)
{
    struct greeting *greeting = socket->data;
    if (error) {
        break_off(greeting, error);
        return;
    }
    h2o_iovec_t chosen = h2o_socket_ssl_get_selected_protocol(socket);
    bool is_http2 = span_equal(span(chosen.base ? chosen.base : "", chosen.len), SPAN("h2"));
    agree(greeting, is_http2 ? GREETED_HTTP2 : GREETED_HTTP1);
}

static void turn_away(struct greeting *greeting, struct span answer, const char *why)
{
    refuse(greeting, why, "");
    (void)send(h2o_socket_get_fd(greeting->socket), answer.at, answer.len,
               MSG_DONTWAIT | MSG_NOSIGNAL);
    await_end(greeting);
}

static void begin_tls(struct greeting *greeting, enum firstbytes first)
{
    if (first != FIRSTBYTES_TLS) {
        stats_add(greeting->owner->stats, STAT_tls_refused, 1);
        turn_away(greeting, firstbytes_use_tls(), "plain text on a port where TLS is spoken");
        return;
    }
    h2o_socket_read_stop(greeting->socket);
    list_append(&greeting->owner->hellos, &greeting->hello);
}

static void begin_plain(struct greeting *greeting, enum firstbytes first)
{
    char alert[FIRSTBYTES_ALERT_BYTES];
    if (first == FIRSTBYTES_TLS) {
        turn_away(greeting, firstbytes_alert(alert, UNEXPECTED_MESSAGE),
                  "TLS on a port where none is spoken");
        return;
    }
    if (first == FIRSTBYTES_HTTP2 && !greeting->owner->has_http2) {
        stats_end(greeting->owner->stats, REASON_HTTP2_OFF);
        turn_away(greeting, firstbytes_use_http1(), "HTTP/2 where it is not spoken");
        return;
    }
    h2o_socket_read_stop(greeting->socket);
    agree(greeting, first == FIRSTBYTES_HTTP2 ? GREETED_HTTP2 : GREETED_HTTP1);
}

static void on_first_bytes(h2o_socket_t *socket, const char *error)
{
    struct greeting *greeting = socket->data;
    if (error) {
        h2o_socket_close(socket);
        return;
    }
    if (greeting->is_turned_away) {
        h2o_buffer_consume(&socket->input, socket->input->size);
        return;
    }
    enum firstbytes first = firstbytes_tell(span(socket->input->bytes, socket->input->size));
    if (first == FIRSTBYTES_FEW)
        return;
    if (greeting->is_tls)
        begin_tls(greeting, first);
    else
        begin_plain(greeting, first);
}

void greeting_begin(struct greeting *greeting, struct greetings *owner, h2o_socket_t *socket,
                    bool is_tls)
{
    *greeting = (struct greeting){.owner = owner, .socket = socket, .is_tls = is_tls};
    greeting->until_ms = loop_now_ms(owner->loop) + owner->wait_ms;
    list_append(&owner->all, &greeting->node);
    socket->data = greeting;
    h2o_socket_read_start(socket, on_first_bytes);
}

void greeting_done(struct greeting *greeting)
{
    list_unlink(&greeting->node);
    list_unlink(&greeting->hello);
}

bool greeting_goes_on(const struct greeting *greeting)
{
    return list_is_linked(&greeting->node);
}

static struct greeting *first_of(const struct greetings *greetings)
{
    return container_of(greetings->all.next, struct greeting, node);
}

void greetings_make_room(struct greetings *greetings)
{
    struct list *node = list_pop(&greetings->all);
    h2o_socket_close(container_of(node, struct greeting, node)->socket);
}

uint64_t greetings_turn(struct greetings *greetings, uint64_t now_ms)
{
    for (int i = 0; i < greetings->most_hellos && !list_is_empty(&greetings->hellos); i++) {
        struct list *node = list_pop(&greetings->hellos);
        h2o_socket_ssl_handshake(container_of(node, struct greeting, hello)->socket, greetings->tls,
                                 NULL, on_handshake);
    }
    while (!list_is_empty(&greetings->all) && first_of(greetings)->until_ms <= now_ms)
        greetings_make_room(greetings);
    if (!list_is_empty(&greetings->hellos))
        return 0;
    return list_is_empty(&greetings->all) ? LOOP_NEVER : first_of(greetings)->until_ms - now_ms;
}
