/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/stream.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/mem.h"
#include "frontend/cors.h"
#include "frontend/hold.h"
#include "frontend/inner.h"
#include "frontend/parts.h"
#include "frontend/reply.h"
#include "frontend/subscribe.h"

size_t stream_size(void)
{
    return sizeof(struct hold); /* a stream has nothing of its own */
}

static const struct span last_chunk = {"0\r\n\r\n", 5};

static bool stream_deliver(struct hold *hold, const struct publication *publication)
{
    const struct format *format = &publication->item.formats[FORMAT_STREAM];
    if (!format->is_present)
        return false;
    if (format->action == ACTION_SEND)
        hold_push(hold, publication->buf, hold->is_chunked ? format->framed : format->content);
    else if (format->action == ACTION_CLOSE)
        hold_doom(hold, REASON_PUBLISHED_CLOSE);
    /* A hint or a refresh asks the next link; a stream without one has nothing to do. */
    return true;
}

static void stream_beat(struct hold *hold)
{
    hold_push(hold, hold->keep_alive, msgbuf_bytes(hold->keep_alive));
}

static void stream_finish(struct hold *hold)
{
    if (hold->is_chunked)
        hold_push(hold, NULL, last_chunk);
}

static void stream_free(struct hold *hold)
{
    slab_put(&container_of(hold->home, struct parts, holds)->streams, hold);
}

static const struct hold_kind stream_kind = {
    .name = "stream",
    .hears = FORMAT_STREAM,
    .deliver = stream_deliver,
    .beat = stream_beat,
    .finish = stream_finish,
    .free = stream_free,
};

/* Returns: the bytes as the client gets them: a chunk, or as they are. */
static struct msgbuf *encode(const struct hold *hold, struct span bytes)
{
    if (!hold->is_chunked)
        return msgbuf_copy(bytes);
    struct buf chunk = {0};
    buf_printf(&chunk, "%zx\r\n", bytes.len);
    buf_append(&chunk, bytes);
    buf_append(&chunk, SPAN("\r\n"));
    struct msgbuf *framed = msgbuf_copy(buf_span(&chunk));
    buf_done(&chunk);
    return framed;
}

static void keep_alive_as_told(struct hold *hold, const struct instruct *told)
{
    if (!told->has_keep_alive)
        return;
    hold_keep_alive(hold, encode(hold, told->keep_alive), told->keep_alive_s * UINT64_C(1000),
                    told->keep_alive_mode == KEEP_ALIVE_IDLE);
}

static void push_first_body(struct hold *hold, struct span body)
{
    if (!body.len)
        return;
    struct msgbuf *first = encode(hold, body);
    first->charge = 0; /* bounded by grip_body_bytes, and no backlog of publications */
    hold_push(hold, first, msgbuf_bytes(first));
    traffic_add(hold_traffic(hold), TRAFFIC_client_content_bytes_sent, body.len);
    msgbuf_unref(first);
}

/* Our own Transfer-Encoding keeps h2o's chunk encoder out: chunks are framed by the router. */
static void send_head(struct hold *hold, const struct route *route, const struct instruct *told)
{
    h2o_req_t *request = hold->request;
    reply_head(request, told->status, told->reason, told->headers, told->header_count);
    cors_add(request, route);
    traffic_add(hold_traffic(hold), TRAFFIC_client_header_bytes_sent, reply_head_count(request));
    if (hold->is_chunked)
        reply_chunked(request);
    inner_start(hold);
}

void stream_begin(struct parts *parts, h2o_req_t *request, const struct route *route,
                  const struct instruct *told, size_t request_len, struct presence *presence)
{
    struct hold *hold = slab_get(&parts->streams);
    hold->kind = &stream_kind;
    hold->request = request;
    hold->presence = presence;
    hold->route = route->number;
    hold->request_len = (uint32_t)request_len;
    hold->is_chunked = request->version == 0x101;
    hold->is_persistent = hold->is_chunked && request->http1_is_persistent && request_len;
    hold_begin(hold, &parts->holds);
    subscribe_told(parts->channels, hold, route, told);
    keep_alive_as_told(hold, told);
    push_first_body(hold, told->body);
    send_head(hold, route, told);
}
