/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/check.h"
#include "common/mem.h"
#include "frontend/hold.h"
#include "frontend/holds.h"
#include "frontend/presence.h"
#include "frontend/previds.h"
#include "frontend/tls.h"

/* Pieces of one gathered write. */
#define PIECES 64

/* One read from a client that goes on speaking. */
#define INPUT_BYTES 65536

static void watch_again(struct hold *hold)
{
    uint32_t events = hold->is_deaf ? 0 : EPOLLIN | EPOLLRDHUP;
    events |= hold->is_waiting ? (uint32_t)EPOLLOUT : 0;
    poller_change(hold->home->poller, hold->fd, events, &hold->watch);
}

static void wait_for_room(struct hold *hold, bool is_waiting)
{
    if (hold->is_waiting == is_waiting)
        return;
    hold->is_waiting = is_waiting;
    watch_again(hold);
}

void raw_deafen(struct hold *hold, bool is_deaf)
{
    if (hold->is_deaf == is_deaf)
        return;
    hold->is_deaf = is_deaf;
    watch_again(hold);
}

/* One piece, the common case, takes the kernel's shorter way: some 5% less per delivery. */
static ssize_t send_pieces(int fd, struct iovec *pieces, size_t count)
{
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (count == 1)
        return send(fd, pieces->iov_base, pieces->iov_len, flags);
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    return sendmsg(fd, &message, flags);
}

/* Returns: bytes written, 0 where the client takes nothing now, -1 where it is gone. */
static ssize_t write_front(struct hold *hold)
{
    struct iovec pieces[PIECES];
    size_t count = outq_gather(&hold->out, pieces, PIECES);
    if (hold->tls)
        return tls_send(hold->tls, pieces, count);
    ssize_t sent = send_pieces(hold->fd, pieces, count);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return sent;
}

static void raw_flush(struct hold *hold)
{
    while (!outq_is_empty(&hold->out)) {
        ssize_t sent = write_front(hold);
        if (sent < 0) {
            hold_doom(hold, REASON_CLIENT_GONE);
            return;
        }
        if (sent > 0)
            hold_sent(hold, (size_t)sent);
        if (sent == 0) {
            hold_blocked(hold);
            wait_for_room(hold, true);
            return;
        }
    }
    wait_for_room(hold, false);
}

void raw_keep(struct hold *hold, struct span bytes)
{
    if (!hold->early)
        hold->early = mem_new(sizeof(*hold->early));
    buf_append(hold->early, bytes);
    if (hold->early->len > hold->home->limits->early_bytes)
        hold_doom(hold, REASON_EARLY_BYTES);
}

void raw_replay(struct hold *hold, struct span request)
{
    struct buf all = {0};
    buf_append(&all, request);
    if (!hold->early)
        hold->early = mem_new(sizeof(*hold->early));
    buf_append(&all, buf_span(hold->early));
    buf_done(hold->early);
    *hold->early = all;
}

/* As recv(), decrypted where the client speaks TLS. */
static ssize_t receive(const struct hold *hold, char *bytes, size_t room)
{
    if (hold->tls)
        return tls_receive(hold->tls, bytes, room);
    return recv(hold->fd, bytes, room, MSG_DONTWAIT);
}

/* It must be read even if nobody wants it yet: behind a full receive window a client's leaving
 * would never be seen. */
static void read_early(struct hold *hold)
{
    char bytes[TLS_RECORD_BYTES];
    ssize_t len = receive(hold, bytes, sizeof(bytes));
    if (len > 0)
        raw_keep(hold, span(bytes, (size_t)len));
    else if (len == 0 || (errno != EAGAIN && errno != EINTR))
        hold_doom(hold, REASON_CLIENT_GONE);
}

/* One read a turn; level-triggered readiness brings us back for more. */
static void read_input(struct hold *hold)
{
    static _Thread_local char bytes[INPUT_BYTES];
    ssize_t len = receive(hold, bytes, sizeof(bytes));
    if (len >= 0)
        hold->kind->input(hold, bytes, (size_t)len);
    else if (errno != EAGAIN && errno != EINTR)
        hold_doom(hold, REASON_CLIENT_GONE);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct hold *hold = container_of(watch, struct hold, watch);
    bool is_talking = hold->kind->input && !(events & EPOLLERR);
    if (is_talking && !hold->is_deaf && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP))) {
        read_input(hold); /* what was said before the end counts */
    } else if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        hold_doom(hold, REASON_CLIENT_GONE);
        return;
    } else if (events & EPOLLIN) {
        read_early(hold);
    }
    if (events & EPOLLOUT)
        raw_flush(hold);
}

static void close_now(struct hold *hold)
{
    if (hold->tls)
        tls_free(hold->tls, hold->fd);
    else
        (void)close(hold->fd);
}

/* An unread pipelined request would turn the close into a reset that destroys our last bytes
 * on their way: read it away. */
static void close_gently(struct hold *hold)
{
    char waste[4096];
    if (hold->tls)
        tls_conclude(hold->tls);
    (void)shutdown(hold->fd, SHUT_WR);
    for (int i = 0; i < 16 && recv(hold->fd, waste, sizeof(waste), MSG_DONTWAIT) > 0; i++)
        ;
    close_now(hold);
}

/* HTTP/1.0 ends a body by closing: only a reset shows that it was cut. */
static void close_visibly(struct hold *hold)
{
    if (!hold->is_chunked) {
        struct linger none = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(hold->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    }
    close_now(hold);
}

/* The connection is h2o's again, with what its client has said meanwhile. */
static void give_back(struct hold *hold, const struct retry *retry)
{
    hold->home->hand_back(hold->home->hand_back_context, hold->fd, hold->tls,
                          hold->early ? buf_span(hold->early) : span(NULL, 0), retry);
}

static bool raw_close(struct hold *hold, bool is_clean)
{
    bool is_retry = is_clean && hold->reason == REASON_RETRY;
    struct retry retry = {0};
    if (is_retry)
        retry = hold_take_along(hold);
    presence_end(presence_take(&hold->presence)); /* before its client knows, or asks again */
    poller_remove(hold->home->poller, hold->fd);
    if (!is_clean)
        close_visibly(hold);
    else if (is_retry || (hold->is_persistent && hold->reason != REASON_SHUTDOWN))
        give_back(hold, is_retry ? &retry : NULL);
    else
        close_gently(hold);
    hold->fd = -1;
    hold->tls = NULL;
    stats_add(hold->home->stats, STAT_connections, -1);
    return true;
}

static socklen_t raw_peer(const struct hold *hold, struct sockaddr *sa)
{
    socklen_t len = sizeof(struct sockaddr_storage);
    return getpeername(hold->fd, sa, &len) == 0 ? len : 0;
}

static const struct carrier raw_carrier = {raw_flush, raw_close, raw_peer};

/* What h2o has read beyond the request belongs to the next one, or to what the client goes on
 * to say. */
static void save_early(struct hold *hold, const h2o_socket_t *socket)
{
    const h2o_buffer_t *input = socket->input;
    bool is_wanted = hold->is_persistent || hold->kind->input;
    if (is_wanted && input->size > hold->request_len)
        raw_keep(hold, span(input->bytes + hold->request_len, input->size - hold->request_len));
}

static h2o_socket_t *socket_of(const h2o_req_t *request)
{
    return request->conn->callbacks->get_socket(request->conn);
}

/* Duplicates the descriptor of the request; from then on the hold is carried by it. */
static bool duplicate(struct hold *hold)
{
    CHECK(hold->request->version < 0x200);
    h2o_socket_t *socket = socket_of(hold->request);
    int fd = fcntl(h2o_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return false;
    save_early(hold, socket);
    hold->fd = fd;
    hold->tls = socket->ssl ? tls_leave(socket, fd) : NULL;
    hold->watch.on_ready = on_ready;
    hold->carrier = &raw_carrier;
    stats_add(hold->home->stats, STAT_connections, 1);
    poller_add(hold->home->poller, fd, EPOLLIN | EPOLLRDHUP, &hold->watch);
    return true;
}

bool raw_adopt(struct hold *hold)
{
    h2o_req_t *request = hold->request;
    if (!duplicate(hold))
        return false;
    /* h2o believes that the answer failed and closes its descriptor; ours keeps the
     * connection open, so no byte of this reaches the client. */
    hold->generator.stop = NULL;
    hold->request = NULL;
    h2o_send(request, NULL, 0, H2O_SEND_STATE_ERROR);
    return true;
}

bool raw_take(struct hold *hold, int nowhere)
{
    h2o_req_t *request = hold->request;
    if (!duplicate(hold))
        return false;
    /* h2o answers into nothing and closes that; in one piece, because an empty second one would
     * make it wait until nothing becomes writable. */
    int moved = dup3(nowhere, h2o_socket_get_fd(socket_of(request)), O_CLOEXEC);
    CHECK(moved >= 0);
    hold->request = NULL;
    request->res.status = 204;
    request->http1_is_persistent = 0;
    h2o_start_response(request, &hold->generator);
    h2o_send(request, NULL, 0, H2O_SEND_STATE_FINAL);
    return true;
}
