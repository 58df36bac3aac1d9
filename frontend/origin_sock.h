/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we know of libcurl's descriptors, and what epoll knows of them.
 *
 *     riding   a transfer uses it: watched for what libcurl wants to hear of,
 *              which is nothing while the transfer is paused
 *     idle     in libcurl's pool: watched, because no byte may come there
 *     dead     killed while idle; waits for libcurl to find that it ended
 *
 * libcurl changes its mind several times in an exchange; epoll is told once,
 * by socks_settle(), and only of what differs.
 *
 * libcurl tells when it closes a connection, but not when it closes one that
 * was never established. Such a socket is told from one that got its number
 * later, maybe in another thread, by the cookie the kernel gives each socket.
 *
 * Thread: one table per frontend. Records come and go in origins_turn() only, never while the
 *         poller goes through a batch.
 */
#ifndef FRONTEND_ORIGIN_SOCK_H
#define FRONTEND_ORIGIN_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/list.h"
#include "frontend/poller.h"

struct ride; /* frontend/origin_multi.h */

struct sock {
    struct watch watch;
    struct socks *socks;
    struct ride *rider; /* NULL: idle, or not a connection */
    struct list dirty;  /* what epoll knows may be out of date */
    struct list ready;  /* something happened on it */
    int fd;
    bool is_connection; /* else the resolver's */
    bool is_proven;     /* was established: libcurl will tell when it closes it */
    bool is_dead;
    uint64_t cookie;   /* the kernel's name for the socket */
    uint32_t wanted;   /* epoll events libcurl waits for */
    uint32_t watched;  /* epoll events registered */
    uint32_t happened; /* epoll events seen */
};

struct socks {
    struct poller *poller; /* borrowed */
    struct sock **by_fd;   /* owned; NULL where the descriptor is not libcurl's */
    size_t room;
    struct list dirty, ready;
    int closed_end; /* of a socket pair whose other end is closed: reads as EOF */
};

/* Borrows: `poller` until socks_done(). */
void socks_init(struct socks *socks, struct poller *poller);

/* Wants every descriptor closed first. */
void socks_done(struct socks *socks);

/* Returns: the record of a descriptor of libcurl's, or NULL. */
struct sock *socks_find(const struct socks *socks, int fd);

/* Libcurl has a new descriptor: a connection to be, or the resolver's. */
struct sock *socks_add(struct socks *socks, int fd, bool is_connection);

/* Forgets it, before it is closed or when it is gone. */
void sock_forget(struct sock *sock);

/* Who rides it wants to hear of `events` (EPOLLIN, EPOLLOUT, or nothing for now). */
void sock_want(struct sock *sock, uint32_t events);

/* Nobody rides it any more. */
void sock_release(struct sock *sock);

/* Whether it is in libcurl's pool, fit to be used again. */
static inline bool sock_is_idle(const struct sock *sock)
{
    return sock->is_connection && !sock->rider && !sock->is_dead;
}

/* Whether it was closed without a word. To be asked when it should be established by now. */
bool sock_is_gone(struct sock *sock);

/* Makes an idle connection that says something unasked, or ended, look ended to libcurl: unread
 * bytes alone pass for life there. */
void sock_kill_if_readable(struct sock *sock);

/* Tells epoll what differs, now. */
void sock_sync(struct sock *sock);

/* Returns: one on which something happened (in sock->happened), or NULL. */
MUST_USE struct sock *socks_next_ready(struct socks *socks);

/* Looks at what became idle, and tells epoll what differs. */
void socks_settle(struct socks *socks);

#endif
