/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/inner.h"

#include <sys/socket.h>

#include "common/log.h"
#include "frontend/accept.h"
#include "frontend/hold.h"
#include "frontend/holds.h"
#include "frontend/raw.h"

/* Pieces given to h2o in one send. */
#define PIECES 64

static struct hold *hold_of(h2o_generator_t *generator)
{
    return container_of(generator, struct hold, generator);
}

/* Gives the front of the queue to h2o; it stays queued until h2o asks for more. */
static void send_front(struct hold *hold)
{
    struct iovec pieces[PIECES];
    h2o_iovec_t bufs[PIECES];
    size_t count = outq_gather(&hold->out, pieces, PIECES);
    hold->sending = 0;
    for (size_t i = 0; i < count; i++) {
        bufs[i] = h2o_iovec_init(pieces[i].iov_base, pieces[i].iov_len);
        hold->sending += pieces[i].iov_len;
    }
    hold->is_sending = true;
    hold_blocked(hold);
    h2o_send(hold->request, bufs, count, H2O_SEND_STATE_IN_PROGRESS);
}

static void inner_flush(struct hold *hold)
{
    if (!hold->is_sending && !hold->is_starting && hold->request && !outq_is_empty(&hold->out))
        send_front(hold);
}

/* Gives the request back to h2o, which calls nothing of ours afterwards. */
static void release(struct hold *hold, bool is_clean)
{
    h2o_req_t *request = hold->request;
    hold->request = NULL;
    if (request->version >= 0x200)
        doors_answer(request, NULL);
    h2o_send(request, NULL, 0, is_clean ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_ERROR);
}

static bool inner_close(struct hold *hold, bool is_clean)
{
    if (!hold->request)
        return true;
    if (!hold->is_sending) {
        release(hold, is_clean);
        return true;
    }
    /* What waits for the client's window can be taken back; what is being written cannot. Asked
     * a second time, because nothing moves, the whole connection goes. */
    bool is_second = hold->is_closing;
    hold->is_closing = false; /* on_stop() may come from within, and is not to free it */
    if (!is_clean && hold->request->version >= 0x200 && doors_reset(hold->request) &&
        !hold->request)
        return true;
    hold->is_closing = true;
    if (is_second) {
        h2o_conn_t *conn = hold->request->conn;
        (void)shutdown(h2o_socket_get_fd(conn->callbacks->get_socket(conn)), SHUT_RDWR);
    }
    hold->closes_clean = is_clean;
    return false;
}

static socklen_t inner_peer(const struct hold *hold, struct sockaddr *sa)
{
    return hold->request ? hold->request->conn->callbacks->get_peername(hold->request->conn, sa)
                         : 0;
}

static const struct carrier inner_carrier = {inner_flush, inner_close, inner_peer};

static void on_proceed(h2o_generator_t *generator, h2o_req_t *request)
{
    (void)request;
    struct hold *hold = hold_of(generator);
    hold->is_sending = false;
    hold_sent(hold, hold->sending);
    if (hold->is_closing) {
        release(hold, hold->closes_clean);
        hold_let_go(hold);
        return;
    }
    if (!hold->is_starting) {
        inner_flush(hold);
        return;
    }
    /* The head is out. Without a descriptor to spare an HTTP/1 hold stays in h2o as an HTTP/2
     * one does: larger, but alive. */
    if (hold->request->version < 0x200 && !raw_adopt(hold))
        log_warn("hold stays in h2o reason=no_descriptor_left");
    hold_started(hold);
}

/* h2o disposes of the request: the client reset the stream or left. */
static void on_stop(h2o_generator_t *generator, h2o_req_t *request)
{
    (void)request;
    struct hold *hold = hold_of(generator);
    hold->request = NULL;
    hold->is_sending = false;
    if (hold->is_closing)
        hold_let_go(hold);
    else
        hold_doom(hold, REASON_CLIENT_GONE);
}

void inner_start(struct hold *hold)
{
    hold->carrier = &inner_carrier;
    hold->generator = (h2o_generator_t){on_proceed, on_stop};
    /* h2o closes after any status but 200 whose length it does not know; chunks of our own tell
     * where the body ends. */
    unsigned char is_persistent = hold->is_persistent;
    h2o_start_response(hold->request, &hold->generator);
    hold->request->http1_is_persistent = is_persistent;
    send_front(hold);
}
