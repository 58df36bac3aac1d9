/* SPDX-License-Identifier: Apache-2.0 */
#include "router/greeting.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "common/firstbytes.h"
#include "common/log.h"
#include "common/peer.h"
#include "common/tlscontext.h"
#include "common/tlssocket.h"
#include "common/trust.h"

/* Handshakes that one turn begins. */
#define HELLOS 4

void greetings_init(struct greetings *greetings)
{
    list_init(&greetings->all);
    list_init(&greetings->hellos);
}

static void refuse(struct greeting *greeting, const char *why, const char *detail)
{
    struct sockaddr_storage sa;
    char peer[PEER_TEXT] = "-";
    socklen_t len = h2o_socket_getpeername(greeting->socket, (struct sockaddr *)&sa);
    if (len)
        peer_text(peer, (struct sockaddr *)&sa, len);
    log_warn("publisher refused peer=%s why=\"%s%s%s\"", peer, why, *detail ? ": " : "", detail);
    stats_add(greeting->owner->stats, STAT_tls_refused, 1);
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

static void on_handshake(h2o_socket_t *socket, const char *error)
{
    struct greeting *greeting = socket->data;
    if (!error) {
        list_unlink(&greeting->node);
        greeting->owner->on_agreed(greeting);
        return;
    }
    (void)tlscontext_take_alert(); /* it is among what is flushed */
    refuse(greeting, tlscontext_why(error), trust_take_refusal());
    tlssocket_flush(socket);
    if (leave_tls(greeting))
        await_end(greeting);
    else
        h2o_socket_close(socket);
}

static void turn_away(struct greeting *greeting)
{
    struct span answer = firstbytes_use_tls();
    refuse(greeting, "plain text on a port where TLS is spoken", "");
    (void)send(h2o_socket_get_fd(greeting->socket), answer.at, answer.len,
               MSG_DONTWAIT | MSG_NOSIGNAL);
    await_end(greeting);
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
    if (first != FIRSTBYTES_TLS) {
        turn_away(greeting);
        return;
    }
    h2o_socket_read_stop(socket);
    list_append(&greeting->owner->hellos, &greeting->hello);
}

void greeting_begin(struct greeting *greeting, struct greetings *owner, h2o_socket_t *socket)
{
    *greeting = (struct greeting){.owner = owner, .socket = socket};
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
    for (int i = 0; i < HELLOS && !list_is_empty(&greetings->hellos); i++) {
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
