/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/mem.h"

void socks_init(struct socks *socks, struct poller *poller)
{
    *socks = (struct socks){.poller = poller};
    list_init(&socks->dirty);
    list_init(&socks->ready);
    int pair[2];
    int failed = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    CHECK(!failed);
    (void)close(pair[1]);
    socks->closed_end = pair[0];
}

/* Returns: what tells the socket behind `fd` from all others there ever were; 0 for none. */
static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);
    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

bool sock_is_gone(struct sock *sock)
{
    if (!sock->is_proven)
        sock->is_proven = cookie_of(sock->fd) == sock->cookie;
    return !sock->is_proven;
}

static void free_sock(struct sock *sock)
{
    list_unlink(&sock->dirty);
    list_unlink(&sock->ready);
    sock->socks->by_fd[sock->fd] = NULL;
    free(sock);
}

void socks_done(struct socks *socks)
{
    for (size_t fd = 0; fd < socks->room; fd++) {
        if (!socks->by_fd[fd])
            continue;
        CHECK(sock_is_gone(socks->by_fd[fd]));
        free_sock(socks->by_fd[fd]);
    }
    (void)close(socks->closed_end);
    free(socks->by_fd);
}

struct sock *socks_find(const struct socks *socks, int fd)
{
    return fd >= 0 && (size_t)fd < socks->room ? socks->by_fd[fd] : NULL;
}

static void mark_dirty(struct sock *sock)
{
    if (!list_is_linked(&sock->dirty))
        list_append(&sock->socks->dirty, &sock->dirty);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct sock *sock = container_of(watch, struct sock, watch);
    sock->happened |= events;
    if (!list_is_linked(&sock->ready))
        list_append(&sock->socks->ready, &sock->ready);
}

static void make_room(struct socks *socks, size_t fd)
{
    if (fd < socks->room)
        return;
    size_t room = (fd + 1) * 2;
    socks->by_fd = mem_grow(socks->by_fd, room, sizeof(struct sock *));
    memset(socks->by_fd + socks->room, 0, (room - socks->room) * sizeof(struct sock *));
    socks->room = room;
}

struct sock *socks_add(struct socks *socks, int fd, bool is_connection)
{
    make_room(socks, (size_t)fd);
    struct sock *old = socks->by_fd[fd];
    struct sock *sock = mem_new(sizeof(*sock));
    sock->watch.on_ready = on_ready;
    sock->socks = socks;
    sock->fd = fd;
    sock->is_connection = is_connection;
    sock->cookie = cookie_of(fd);
    if (old) {
        /* Closed without a word. When one address of a name fails and the next one gets its
         * number, libcurl won't say again what it wants to hear of it. */
        sock->rider = old->rider;
        sock->wanted = old->wanted;
        free_sock(old);
    }
    socks->by_fd[fd] = sock;
    mark_dirty(sock);
    return sock;
}

void sock_forget(struct sock *sock)
{
    /* Epoll has forgotten one that is gone, and its number may be somebody else's. */
    if (sock->watched && !sock_is_gone(sock))
        poller_remove(sock->socks->poller, sock->fd);
    free_sock(sock);
}

void sock_want(struct sock *sock, uint32_t events)
{
    sock->wanted = events;
    mark_dirty(sock);
}

void sock_release(struct sock *sock)
{
    sock->rider = NULL;
    mark_dirty(sock);
}

/* A paused connection wants nothing and must not be watched at all: epoll would report its end
 * again and again. */
void sock_sync(struct sock *sock)
{
    struct poller *poller = sock->socks->poller;
    uint32_t target = sock_is_idle(sock) ? EPOLLIN : sock->wanted;
    if (target == sock->watched)
        return;
    if (!target)
        poller_remove(poller, sock->fd);
    else if (!sock->watched)
        poller_add(poller, sock->fd, target, &sock->watch);
    else
        poller_change(poller, sock->fd, target, &sock->watch);
    sock->watched = target;
}

void sock_kill_if_readable(struct sock *sock)
{
    char byte;
    if (recv(sock->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
        return;
    sock->is_dead = true;
    sock->wanted = 0;
    sock_sync(sock);
    /* The number has to stay libcurl's until it closes it. */
    int moved = dup3(sock->socks->closed_end, sock->fd, O_CLOEXEC);
    CHECK(moved == sock->fd);
}

struct sock *socks_next_ready(struct socks *socks)
{
    struct list *node = list_pop(&socks->ready);
    return node ? container_of(node, struct sock, ready) : NULL;
}

static void settle(struct sock *sock)
{
    if (sock_is_idle(sock)) {
        if (sock_is_gone(sock)) {
            sock_forget(sock);
            return;
        }
        sock_kill_if_readable(sock);
    }
    sock_sync(sock);
}

void socks_settle(struct socks *socks)
{
    LIST_FOREACH_SAFE (node, &socks->dirty) {
        list_unlink(node);
        settle(container_of(node, struct sock, dirty));
    }
}
