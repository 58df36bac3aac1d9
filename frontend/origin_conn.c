/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/mem.h"
#include "frontend/origin_multi.h"
#include "frontend/origin_reach.h"

#define MOST_IDLE 1 /* nothing here is ever used again; 0 would mean libcurl's default */

/* What libcurl needs of us. */
struct dial {
    struct ride ride;
    struct conn *conn;
    struct reach reach;
    CURLSH *cache; /* owned; NULL for a plain connection */
    char error[CURL_ERROR_SIZE];
};

struct conn {
    struct watch watch;
    struct conns *conns;
    void *context;
    struct dial *dial; /* owned; NULL once libcurl has let a plain connection go */
    int fd;            /* -1 before it is connected; owned where `dial` is NULL, else libcurl's */
    bool is_drained;
    uint32_t wanted, watched, happened; /* epoll events */
    struct list dirty;                  /* what epoll knows may be out of date */
    struct list ready;                  /* something happened on it */
};

struct conns {
    struct poller *poller; /* borrowed */
    struct multi *multi;
    struct list dirty, ready;
};

struct conns *conns_new(struct poller *poller)
{
    struct conns *conns = mem_new(sizeof(*conns));
    conns->poller = poller;
    conns->multi = multi_new(poller, MOST_IDLE);
    list_init(&conns->dirty);
    list_init(&conns->ready);
    return conns;
}

void conns_free(struct conns *conns)
{
    if (!conns)
        return;
    CHECK(list_is_empty(&conns->dirty) && list_is_empty(&conns->ready));
    multi_free(conns->multi);
    free(conns);
}

void conns_renew(struct conns *conns, SSL_CTX *model)
{
    multi_renew(conns->multi, model);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct conn *conn = container_of(watch, struct conn, watch);
    conn->happened |= events;
    if (!list_is_linked(&conn->ready))
        list_append(&conn->conns->ready, &conn->ready);
}

static struct dial *dial_new(struct conn *conn, const struct target *target)
{
    struct dial *dial = mem_new(sizeof(*dial));
    dial->conn = conn;
    ride_init(&dial->ride, conn->conns->multi);
    CURL *easy = dial->ride.easy;
    reach_set_manners(easy, dial->error);
    reach_target(&dial->reach, easy, target);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L); /* a dead origin may owe us nothing */
    if (target->ssl) {
        dial->cache = curl_share_init();
        CHECK(dial->cache);
        curl_share_setopt(dial->cache, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
        curl_easy_setopt(easy, CURLOPT_SHARE, dial->cache);
    }
    return dial;
}

static void dial_free(struct dial *dial)
{
    multi_stop(dial->conn->conns->multi, &dial->ride);
    ride_done(&dial->ride);
    reach_done(&dial->reach);
    if (dial->cache) {
        CURLSHcode code = curl_share_cleanup(dial->cache);
        CHECK(code == CURLSHE_OK);
    }
    free(dial);
}

struct conn *conn_start(struct conns *conns, const struct target *target, void *context)
{
    struct conn *conn = mem_new(sizeof(*conn));
    conn->watch.on_ready = on_ready;
    conn->conns = conns;
    conn->context = context;
    conn->fd = -1;
    conn->dial = dial_new(conn, target);
    multi_start(conns->multi, &conn->dial->ride);
    return conn;
}

void conn_close(struct conn *conn)
{
    list_unlink(&conn->dirty);
    list_unlink(&conn->ready);
    if (conn->watched)
        poller_remove(conn->conns->poller, conn->fd);
    if (conn->dial)
        dial_free(conn->dial);
    else
        (void)close(conn->fd);
    free(conn);
}

void *conn_context(const struct conn *conn)
{
    return conn->context;
}

void conns_turn(struct conns *conns, uint64_t now_ms)
{
    multi_set_time(conns->multi, now_ms);
    while (multi_step(conns->multi))
        ;
    multi_tick(conns->multi);
}

/* Returns: NULL, or why the connection is of no use. */
static const char *take_over(struct conn *conn)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode code = curl_easy_getinfo(conn->dial->ride.easy, CURLINFO_ACTIVESOCKET, &fd);
    if (code != CURLE_OK || fd == CURL_SOCKET_BAD)
        return "the connection ended at once";
    if (conn->dial->cache) {
        conn->fd = fd;
        return NULL;
    }
    int ours = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (ours < 0)
        return "there is no descriptor left for the connection";
    conn->fd = ours;
    dial_free(conn->dial);
    conn->dial = NULL;
    return NULL;
}

struct conn *conns_connected(struct conns *conns, const char **why)
{
    CURLcode code;
    struct ride *ride = multi_finished(conns->multi, &code);
    if (!ride)
        return NULL;
    struct dial *dial = container_of(ride, struct dial, ride);
    struct conn *conn = dial->conn;
    if (code != CURLE_OK)
        *why = dial->error[0] ? dial->error : curl_easy_strerror(code);
    else
        *why = take_over(conn);
    return conn;
}

struct conn *conns_ready(struct conns *conns, uint32_t *events)
{
    struct list *node = list_pop(&conns->ready);
    if (!node)
        return NULL;
    struct conn *conn = container_of(node, struct conn, ready);
    *events = conn->happened;
    conn->happened = 0;
    return conn;
}

static void settle(struct conn *conn)
{
    struct poller *poller = conn->conns->poller;
    if (conn->wanted == conn->watched)
        return;
    if (!conn->wanted)
        poller_remove(poller, conn->fd);
    else if (!conn->watched)
        poller_add(poller, conn->fd, conn->wanted, &conn->watch);
    else
        poller_change(poller, conn->fd, conn->wanted, &conn->watch);
    conn->watched = conn->wanted;
}

void conns_settle(struct conns *conns)
{
    multi_settle(conns->multi); /* lets go of what is connected, before we watch it */
    for (struct list *node; (node = list_pop(&conns->dirty));)
        settle(container_of(node, struct conn, dirty));
}

uint64_t conns_due(const struct conns *conns)
{
    return multi_due(conns->multi);
}

static enum conn_result result_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return CONN_OK;
    case CURLE_AGAIN:
        return CONN_AGAIN;
    default:
        return CONN_BROKEN;
    }
}

static enum conn_result result_of_errno(void)
{
    return errno == EAGAIN || errno == EINTR ? CONN_AGAIN : CONN_BROKEN;
}

enum conn_result conn_recv(struct conn *conn, char *to, size_t room, size_t *got)
{
    enum conn_result result = CONN_OK;
    *got = 0;
    if (conn->dial) {
        result = result_of(curl_easy_recv(conn->dial->ride.easy, to, room, got));
        conn->is_drained = result != CONN_OK;
    } else {
        ssize_t len = recv(conn->fd, to, room, 0);
        if (len < 0)
            result = result_of_errno();
        else
            *got = (size_t)len;
        conn->is_drained = *got < room;
    }
    return result == CONN_OK && *got == 0 ? CONN_END : result;
}

enum conn_result conn_send(struct conn *conn, struct span bytes, size_t *sent)
{
    *sent = 0;
    if (conn->dial)
        return result_of(curl_easy_send(conn->dial->ride.easy, bytes.at, bytes.len, sent));
    ssize_t len = send(conn->fd, bytes.at, bytes.len, MSG_NOSIGNAL);
    if (len < 0)
        return result_of_errno();
    *sent = (size_t)len;
    return CONN_OK;
}

bool conn_is_drained(const struct conn *conn)
{
    return conn->is_drained;
}

void conn_want(struct conn *conn, uint32_t events)
{
    if (conn->wanted == events)
        return;
    conn->wanted = events;
    if (!list_is_linked(&conn->dirty))
        list_append(&conn->conns->dirty, &conn->dirty);
}
