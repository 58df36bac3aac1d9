/* SPDX-License-Identifier: Apache-2.0 */
#include "common/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/log.h"
#include "common/mem.h"

/* Accepted in one go, so that a storm of connections does not starve those that exist. */
#define BATCH 32

#define PAUSE_MS 100

/* What the kernel may keep unsent of one connection. */
#define UNSENT_BYTES (128 * 1024)

struct listener {
    struct loop *loop;
    h2o_socket_t *socket;
    int fd; /* the socket's */
    const struct listener_events *events;
    void *context;
    bool is_paused;
    uint64_t paused_ms; /* since when */
};

static void on_readable(h2o_socket_t *socket, const char *error);

struct listener *listener_new(struct loop *loop, int fd, const struct listener_events *events,
                              void *context)
{
    struct listener *listener = mem_new(sizeof(*listener));
    *listener = (struct listener){.loop = loop, .fd = fd, .events = events, .context = context};
    listener->socket = h2o_evloop_socket_create(loop_h2o(loop), fd, H2O_SOCKET_FLAG_DONT_READ);
    listener->socket->data = listener;
    return listener;
}

/* Accepted sockets inherit these. Each publication is one write: waiting for more would only
 * delay it. Bytes that the kernel has not sent yet are better kept in our own queue, where they
 * are shared and counted. */
static void tune(int fd)
{
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &(int){UNSENT_BYTES}, sizeof(int));
}

void listener_open(struct listener *listener)
{
    tune(listener->fd);
    if (listen(listener->fd, SOMAXCONN) != 0) {
        /* Somebody else bound the port in the moment since we did. */
        log_error("cannot listen why=\"%s\"", strerrordesc_np(errno));
        exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): nothing is worth a clean end */
    }
    h2o_socket_read_start(listener->socket, on_readable);
}

void listener_free(struct listener *listener)
{
    if (!listener)
        return;
    h2o_socket_close(listener->socket);
    free(listener);
}

static void pause_accepting(struct listener *listener, const char *why)
{
    h2o_socket_read_stop(listener->socket);
    listener->is_paused = true;
    listener->paused_ms = loop_now_ms(listener->loop);
    listener->events->on_pause(listener->context, why);
}

static void on_readable(h2o_socket_t *socket, const char *error)
{
    (void)error;
    struct listener *listener = socket->data;
    for (int i = 0; i < BATCH; i++) {
        if (!listener->events->may_accept(listener->context)) {
            pause_accepting(listener, "at the limit of connections");
            return;
        }
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                pause_accepting(listener, strerrordesc_np(errno));
            return; /* nothing waits, or what waited is gone again */
        }
        listener->events->on_accept(listener->context, fd);
    }
}

uint64_t listener_turn(struct listener *listener, uint64_t now_ms)
{
    if (!listener->is_paused)
        return LOOP_NEVER;
    uint64_t over_ms = listener->paused_ms + PAUSE_MS;
    if (now_ms < over_ms)
        return over_ms - now_ms;
    listener->is_paused = false;
    h2o_socket_read_start(listener->socket, on_readable);
    return LOOP_NEVER;
}
