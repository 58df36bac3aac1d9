/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_multi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/list.h"
#include "common/mem.h"

/* One descriptor of libcurl's. */
struct sock {
    struct watch watch;
    struct multi *multi;
    struct ride *rider; /* NULL: idle in libcurl's pool */
    struct list dirty;  /* what epoll knows may be out of date */
    struct list ready;  /* something happened on it */
    int fd;
    bool is_connection; /* else the resolver's, which libcurl closes without a word */
    bool is_dead;       /* killed; libcurl will find out */
    uint32_t wanted;    /* epoll events libcurl waits for */
    uint32_t watched;   /* epoll events registered */
    uint32_t happened;
};

struct multi {
    CURLM *curl;
    struct poller *poller; /* borrowed */
    struct sock **socks;   /* owned, by descriptor; NULL where it is not libcurl's */
    size_t room;
    struct list dirty, ready; /* of socks */
    int closed_end;           /* of a socket pair whose other end is closed: reads as EOF */
    uint64_t now_ms;
    uint64_t due_ms; /* of libcurl's timer, UINT64_MAX for never */
};

static struct sock *find_sock(const struct multi *multi, int fd)
{
    return (size_t)fd < multi->room ? multi->socks[fd] : NULL;
}

static void mark_dirty(struct sock *sock)
{
    if (!list_is_linked(&sock->dirty))
        list_append(&sock->multi->dirty, &sock->dirty);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct sock *sock = container_of(watch, struct sock, watch);
    sock->happened |= events;
    if (!list_is_linked(&sock->ready))
        list_append(&sock->multi->ready, &sock->ready);
}

static struct sock *add_sock(struct multi *multi, int fd, bool is_connection)
{
    if ((size_t)fd >= multi->room) {
        size_t room = ((size_t)fd + 1) * 2;
        multi->socks = mem_grow(multi->socks, room, sizeof(struct sock *));
        memset(multi->socks + multi->room, 0, (room - multi->room) * sizeof(struct sock *));
        multi->room = room;
    }
    CHECK(!multi->socks[fd]);
    struct sock *sock = mem_new(sizeof(*sock));
    sock->watch.on_ready = on_ready;
    sock->multi = multi;
    sock->fd = fd;
    sock->is_connection = is_connection;
    multi->socks[fd] = sock;
    mark_dirty(sock);
    return sock;
}

/* Tells epoll what differs. A paused connection wants nothing and must not be watched at all:
 * epoll would report its end again and again. */
static void sync_sock(struct sock *sock)
{
    struct poller *poller = sock->multi->poller;
    bool is_idle = sock->is_connection && !sock->rider;
    uint32_t target = is_idle ? EPOLLIN : sock->wanted;
    if (sock->is_dead)
        target = 0;
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

/* Before its descriptor is closed. */
static void forget_sock(struct sock *sock)
{
    if (sock->watched)
        poller_remove(sock->multi->poller, sock->fd);
    if (sock->rider && sock->rider->fd == sock->fd)
        sock->rider->fd = -1;
    list_unlink(&sock->dirty);
    list_unlink(&sock->ready);
    sock->multi->socks[sock->fd] = NULL;
    free(sock);
}

/* Makes a connection that says something unasked, or ended, look ended to libcurl: unread bytes
 * alone pass for life there. The descriptor has to stay until libcurl closes it. */
static void kill_if_readable(struct sock *sock)
{
    char byte;
    if (recv(sock->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN)
        return;
    sock->is_dead = true;
    sync_sock(sock);
    int moved = dup3(sock->multi->closed_end, sock->fd, O_CLOEXEC);
    CHECK(moved == sock->fd);
}

/* CURLOPT_OPENSOCKETFUNCTION */
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    (void)add_sock(context, fd, true);
    return fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION */
static int on_close(void *context, curl_socket_t fd)
{
    struct sock *sock = find_sock(context, fd);
    CHECK(sock);
    forget_sock(sock);
    return close(fd);
}

static void ride_on(struct ride *ride, struct sock *sock, int what)
{
    sock->rider = ride;
    ride->fd = sock->fd;
    sock->wanted = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                   (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    mark_dirty(sock);
}

/* The resolver closes its descriptor right after CURL_POLL_REMOVE: nothing can wait here. */
static void watch_resolver(struct multi *multi, struct sock *sock, int fd, int what)
{
    if (what == CURL_POLL_REMOVE) {
        if (sock)
            forget_sock(sock);
        return;
    }
    if (!sock)
        sock = add_sock(multi, fd, false);
    sock->wanted = EPOLLIN;
    sync_sock(sock);
}

/* CURLMOPT_SOCKETFUNCTION */
static int on_interest(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    (void)unused;
    struct multi *multi = context;
    struct sock *sock = find_sock(multi, fd);
    if (!sock || !sock->is_connection) {
        watch_resolver(multi, sock, fd, what);
        return 0;
    }
    if (what == CURL_POLL_REMOVE) {
        /* Over or merely paused: who rides it is told by multi_stop(). */
        sock->wanted = 0;
        mark_dirty(sock);
        return 0;
    }
    struct ride *ride = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&ride);
    CHECK(ride && ride->easy == easy);
    ride_on(ride, sock, what);
    return 0;
}

/* CURLMOPT_TIMERFUNCTION */
static int on_timer(CURLM *curl, long wait_ms, void *context)
{
    (void)curl;
    struct multi *multi = context;
    multi->due_ms = wait_ms < 0 ? UINT64_MAX : multi->now_ms + (uint64_t)wait_ms;
    return 0;
}

static int make_closed_end(void)
{
    int pair[2];
    int failed = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    CHECK(!failed);
    (void)close(pair[1]);
    return pair[0];
}

struct multi *multi_new(struct poller *poller, size_t connections)
{
    struct multi *multi = mem_new(sizeof(*multi));
    multi->poller = poller;
    multi->closed_end = make_closed_end();
    multi->due_ms = UINT64_MAX;
    list_init(&multi->dirty);
    list_init(&multi->ready);
    multi->curl = curl_multi_init();
    CHECK(multi->curl);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_interest);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    multi_allow(multi, connections);
    return multi;
}

void multi_free(struct multi *multi)
{
    if (!multi)
        return;
    (void)curl_multi_cleanup(multi->curl); /* closes the idle connections, through on_close() */
    for (size_t fd = 0; fd < multi->room; fd++)
        CHECK(!multi->socks[fd]);
    (void)close(multi->closed_end);
    free(multi->socks);
    free(multi);
}

void multi_allow(struct multi *multi, size_t connections)
{
    curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)connections);
}

void ride_init(struct ride *ride, struct multi *multi)
{
    ride->fd = -1;
    ride->easy = curl_easy_init();
    CHECK(ride->easy);
    curl_easy_setopt(ride->easy, CURLOPT_PRIVATE, ride);
    curl_easy_setopt(ride->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(ride->easy, CURLOPT_OPENSOCKETDATA, multi);
    curl_easy_setopt(ride->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(ride->easy, CURLOPT_CLOSESOCKETDATA, multi);
}

void ride_done(struct ride *ride)
{
    curl_easy_cleanup(ride->easy);
    ride->easy = NULL;
}

void multi_start(struct multi *multi, struct ride *ride)
{
    CURLMcode code = curl_multi_add_handle(multi->curl, ride->easy);
    CHECK(code == CURLM_OK);
}

void multi_stop(struct multi *multi, struct ride *ride)
{
    CURLMcode code = curl_multi_remove_handle(multi->curl, ride->easy);
    CHECK(code == CURLM_OK);
    struct sock *sock = ride->fd >= 0 ? find_sock(multi, ride->fd) : NULL;
    if (sock && sock->rider == ride) {
        sock->rider = NULL;
        mark_dirty(sock);
    }
    ride->fd = -1;
}

void multi_set_time(struct multi *multi, uint64_t now_ms)
{
    multi->now_ms = now_ms;
}

static void act(struct multi *multi, curl_socket_t fd, int what)
{
    int running;
    CURLMcode code = curl_multi_socket_action(multi->curl, fd, what, &running);
    CHECK(code == CURLM_OK);
}

bool multi_step(struct multi *multi)
{
    struct list *node = list_pop(&multi->ready);
    if (!node)
        return false;
    struct sock *sock = container_of(node, struct sock, ready);
    uint32_t happened = sock->happened;
    sock->happened = 0;
    if (sock->is_connection && !sock->rider) {
        if (!sock->is_dead)
            kill_if_readable(sock);
        return true;
    }
    /* An error or hang-up shows in whatever libcurl tries next. */
    uint32_t trouble = happened & (EPOLLERR | EPOLLHUP);
    act(multi, sock->fd,
        (trouble || happened & EPOLLIN ? CURL_CSELECT_IN : 0) |
            (trouble || happened & EPOLLOUT ? CURL_CSELECT_OUT : 0));
    return true;
}

void multi_tick(struct multi *multi)
{
    if (multi->due_ms > multi->now_ms)
        return;
    multi->due_ms = UINT64_MAX;
    act(multi, CURL_SOCKET_TIMEOUT, 0);
}

struct ride *multi_finished(struct multi *multi, CURLcode *code)
{
    int left;
    CURLMsg *message = curl_multi_info_read(multi->curl, &left);
    if (!message)
        return NULL;
    CHECK(message->msg == CURLMSG_DONE);
    *code = message->data.result;
    struct ride *ride = NULL;
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&ride);
    return ride;
}

void multi_settle(struct multi *multi)
{
    for (struct list *node; (node = list_pop(&multi->dirty));) {
        struct sock *sock = container_of(node, struct sock, dirty);
        if (sock->is_connection && !sock->rider && !sock->is_dead)
            kill_if_readable(sock);
        sync_sock(sock);
    }
}

uint64_t multi_due(const struct multi *multi)
{
    return multi->due_ms;
}
