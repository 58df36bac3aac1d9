/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_multi.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/tlscontext.h"
#include "frontend/origin_sock.h"

struct multi {
    CURLM *curl;
    struct socks socks;
    uint64_t now_ms;
    uint64_t due_ms; /* of libcurl's timer, UINT64_MAX for never */
    SSL_CTX *model;  /* borrowed, or NULL */
};

/* CURLOPT_OPENSOCKETFUNCTION */
static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct multi *multi = context;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    (void)socks_add(&multi->socks, fd, true);
    return fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION */
static int on_close(void *context, curl_socket_t fd)
{
    struct multi *multi = context;
    struct sock *sock = socks_find(&multi->socks, fd);
    if (sock)
        sock_forget(sock);
    return close(fd);
}

/* The resolver closes its descriptor right after CURL_POLL_REMOVE: epoll must know at once. */
static void watch_resolver(struct multi *multi, int fd, int what)
{
    struct sock *sock = socks_find(&multi->socks, fd);
    if (what == CURL_POLL_REMOVE) {
        if (sock)
            sock_forget(sock);
        return;
    }
    if (!sock)
        sock = socks_add(&multi->socks, fd, false);
    sock_want(sock, EPOLLIN);
    sock_sync(sock);
}

static void watch_connection(struct sock *sock, CURL *easy, int what)
{
    if (what == CURL_POLL_REMOVE) {
        /* Its transfer is over or merely paused: which of them, multi_stop() will tell. */
        if (sock_is_gone(sock))
            sock_forget(sock);
        else
            sock_want(sock, 0);
        return;
    }
    struct ride *ride = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&ride);
    CHECK(ride && ride->easy == easy);
    ride->fd = sock->fd;
    sock->rider = ride;
    sock_want(sock, (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                        (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0));
}

/* CURLMOPT_SOCKETFUNCTION */
static int on_interest(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    (void)unused;
    struct multi *multi = context;
    struct sock *sock = socks_find(&multi->socks, fd);
    if (sock && sock->is_connection)
        watch_connection(sock, easy, what);
    else
        watch_resolver(multi, fd, what);
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

/* CURLOPT_SSL_CTX_FUNCTION: a TLS connection begins. */
static CURLcode on_tls(CURL *easy, void *context, void *data)
{
    (void)easy;
    const struct multi *multi = data;
    if (multi->model)
        tlscontext_imitate(context, multi->model);
    return CURLE_OK;
}

struct multi *multi_new(struct poller *poller, size_t connections)
{
    struct multi *multi = mem_new(sizeof(*multi));
    socks_init(&multi->socks, poller);
    multi->due_ms = UINT64_MAX;
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
    socks_done(&multi->socks);
    free(multi);
}

void multi_allow(struct multi *multi, size_t connections)
{
    curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, (long)connections);
}

void multi_renew(struct multi *multi, SSL_CTX *model)
{
    multi->model = model;
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
    curl_easy_setopt(ride->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
    curl_easy_setopt(ride->easy, CURLOPT_SSL_CTX_DATA, multi);
    if (!multi->model)
        return;
    /* Else libcurl reads the system's CAs for each connection, and throws them away. */
    curl_easy_setopt(ride->easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(ride->easy, CURLOPT_CAPATH, NULL);
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
    struct sock *sock = socks_find(&multi->socks, ride->fd);
    if (sock && sock->rider == ride)
        sock_release(sock);
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
    struct sock *sock = socks_next_ready(&multi->socks);
    if (!sock)
        return false;
    uint32_t happened = sock->happened;
    sock->happened = 0;
    if (sock_is_idle(sock)) {
        sock_kill_if_readable(sock);
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
    socks_settle(&multi->socks);
}

uint64_t multi_due(const struct multi *multi)
{
    return multi->due_ms;
}
