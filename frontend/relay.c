/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/relay.h"

#include <stdio.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/http.h"
#include "frontend/accept.h"
#include "frontend/cors.h"
#include "frontend/reply.h"

/* libcurl's pieces are at most this long (origin.h). */
#define PIECE_BYTES 16384

static void cut(struct relay *relay)
{
    h2o_req_t *request = relay->request;
    relay->is_done = true;
    if (request->version < 0x101) {
        /* HTTP/1.0 ends a body by closing: only a reset shows that it was cut. */
        struct linger none = {.l_onoff = 1, .l_linger = 0};
        h2o_socket_t *socket = request->conn->callbacks->get_socket(request->conn);
        (void)setsockopt(h2o_socket_get_fd(socket), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
    }
    h2o_send(request, NULL, 0, H2O_SEND_STATE_ERROR);
}

static void finish(struct relay *relay)
{
    relay->is_done = true;
    h2o_iovec_t end = h2o_iovec_init(H2O_STRLIT("0\r\n\r\n"));
    h2o_send(relay->request, &end, relay->is_chunked ? 1 : 0, H2O_SEND_STATE_FINAL);
}

/* A length that says more or less than what came: the client must not take it for whole. */
static bool is_short(const struct relay *relay)
{
    return relay->has_body && relay->left != UINT64_MAX && relay->left > 0;
}

static void settle(struct relay *relay)
{
    if (relay->is_cut || is_short(relay))
        cut(relay);
    else
        finish(relay);
}

static void on_proceed(h2o_generator_t *generator, h2o_req_t *request)
{
    (void)request;
    struct relay *relay = container_of(generator, struct relay, generator);
    relay->is_sending = false;
    if (relay->is_over)
        settle(relay);
    else if (*relay->exchange)
        origin_resume(*relay->exchange);
}

static void on_stop(h2o_generator_t *generator, h2o_req_t *request)
{
    (void)request;
    struct relay *relay = container_of(generator, struct relay, generator);
    relay->is_done = true;
    if (*relay->exchange)
        origin_cancel(*relay->exchange);
    *relay->exchange = NULL;
}

/* Returns: Content-Length as the strict head reader passed it, UINT64_MAX where there is none. */
static uint64_t length_of(const struct answer *answer)
{
    struct span text = answer_header(answer, SPAN("content-length"));
    uint64_t length = 0;
    for (size_t i = 0; i < text.len; i++)
        length = length * 10 + (uint64_t)(text.at[i] - '0');
    return text.at ? length : UINT64_MAX;
}

static void set_framing(struct relay *relay)
{
    h2o_req_t *request = relay->request;
    if (relay->left != UINT64_MAX) {
        if (request->res.status != 204)
            request->res.content_length = relay->left;
        return;
    }
    relay->is_chunked = relay->has_body && request->version == 0x101;
    if (relay->is_chunked)
        reply_chunked(request);
    else if (relay->has_body && request->version < 0x101)
        request->http1_is_persistent = 0;
}

static void set_head(struct relay *relay, const struct answer *answer)
{
    h2o_req_t *request = relay->request;
    struct header *kept =
        h2o_mem_alloc_pool(&request->pool, (answer->header_count + 1) * sizeof(*kept));
    size_t count = 0;
    struct span connection = answer_header(answer, SPAN("connection"));
    for (size_t i = 0; i < answer->header_count; i++)
        if (!header_is_hop_by_hop(answer->headers[i].name) &&
            !list_names(connection, answer->headers[i].name))
            kept[count++] = answer->headers[i];
    reply_head(request, answer->status, answer->reason, kept, count);
}

void relay_begin(struct relay *relay, h2o_req_t *request, const struct route *route,
                 struct exchange **exchange, const struct answer *answer)
{
    *relay = (struct relay){.generator = {on_proceed, on_stop}, .request = request};
    relay->exchange = exchange;
    relay->has_body = reply_has_body(request, answer->status);
    relay->left = length_of(answer);
    set_head(relay, answer);
    cors_add(request, route);
    set_framing(relay);
    if (request->version >= 0x200)
        doors_answer(request, relay);
    unsigned char is_persistent = request->http1_is_persistent;
    h2o_start_response(request, &relay->generator);
    /* h2o closes after a status but 200 whose length it does not know; we do say it. */
    request->http1_is_persistent = is_persistent;
}

/* The last bytes of a known length end the answer in the same write. */
static h2o_send_state_t state_after(const struct relay *relay)
{
    return relay->left == 0 ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS;
}

enum origin_flow relay_piece(struct relay *relay, struct span piece)
{
    if (relay->is_done || !relay->has_body)
        return ORIGIN_MORE;
    if (relay->is_sending)
        return ORIGIN_PAUSE;
    CHECK(piece.len <= PIECE_BYTES);
    if (!relay->piece)
        relay->piece = h2o_mem_alloc_pool(&relay->request->pool, PIECE_BYTES);
    memcpy(relay->piece, piece.at, piece.len);
    if (relay->left != UINT64_MAX)
        relay->left -= piece.len < relay->left ? piece.len : relay->left;

    h2o_iovec_t bufs[3];
    size_t count = 0;
    if (relay->is_chunked)
        bufs[count++] = h2o_iovec_init(
            relay->chunk_head,
            (size_t)snprintf(relay->chunk_head, sizeof(relay->chunk_head), "%zx\r\n", piece.len));
    bufs[count++] = h2o_iovec_init(relay->piece, piece.len);
    if (relay->is_chunked)
        bufs[count++] = h2o_iovec_init(H2O_STRLIT("\r\n"));
    h2o_send_state_t state = state_after(relay);
    relay->is_begun = true;
    relay->is_sending = state == H2O_SEND_STATE_IN_PROGRESS;
    relay->is_done = !relay->is_sending;
    h2o_send(relay->request, bufs, count, state);
    return ORIGIN_MORE;
}

void relay_push_head(struct relay *relay)
{
    if (relay->is_begun || relay->is_done)
        return;
    relay->is_begun = relay->is_sending = true;
    h2o_send(relay->request, NULL, 0, H2O_SEND_STATE_IN_PROGRESS);
}

void relay_end(struct relay *relay, bool is_cut)
{
    if (relay->is_done)
        return;
    relay->is_over = true;
    relay->is_cut = is_cut;
    if (!relay->is_sending)
        settle(relay);
}
