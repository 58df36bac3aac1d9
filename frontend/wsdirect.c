/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsdirect.h"

#include <stdlib.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "frontend/kept.h"
#include "frontend/origin_pipe.h"
#include "frontend/parts.h"
#include "frontend/signer.h"
#include "frontend/websocket.h"
#include "frontend/wsbudget.h"
#include "frontend/wsinput.h"
#include "frontend/wsreader.h"

/* Headers of ours on the handshake: the extension, Grip-Sig, Grip-Feature. */
#define OWN_HEADERS 3

struct wsdirect {
    struct wsorigin face;
    struct parts *parts;
    struct origin_pipe *pipe; /* NULL once it has ended */
    struct kept *kept;        /* owned: until the origin has accepted, then NULL */
    struct wsreader reader;
    struct buf message; /* the pieces of the origin's message under way */
    struct list due;
    bool has_closed; /* a close frame was sent to the origin */
};

size_t wsdirect_size(void)
{
    return sizeof(struct wsdirect);
}

static struct wsdirect *of(struct wsorigin *origin)
{
    return container_of(origin, struct wsdirect, face);
}

/* ---- what the client's side says ---- */

static void direct_event(struct wsorigin *origin, enum wsevent_kind kind, struct span content)
{
    static const enum ws_opcode opcodes[] = {
        [WSEVENT_TEXT] = WS_OP_TEXT, [WSEVENT_BINARY] = WS_OP_BINARY, [WSEVENT_PING] = WS_OP_PING,
        [WSEVENT_PONG] = WS_OP_PONG, [WSEVENT_CLOSE] = WS_OP_CLOSE,
    };
    struct wsdirect *direct = of(origin);
    if (!direct->pipe || direct->has_closed)
        return;
    direct->has_closed = kind == WSEVENT_CLOSE;
    if (kind == WSEVENT_TEXT || kind == WSEVENT_BINARY)
        traffic_add(hold_traffic(&origin->client->hold), TRAFFIC_server_content_bytes_sent,
                    content.len);
    origin_pipe_frame(direct->pipe, opcodes[kind], true, content);
}

/* There is nothing to poll: the origin speaks when it wants to. */
static void direct_refresh(struct wsorigin *origin)
{
    (void)origin;
}

static bool direct_set_meta(struct wsorigin *origin, struct span name, struct span value)
{
    (void)origin, (void)name, (void)value;
    return true; /* nobody would be told */
}

static void direct_drained(struct wsorigin *origin)
{
    if (of(origin)->pipe)
        origin_pipe_resume(of(origin)->pipe);
}

static void direct_leave(struct wsorigin *origin)
{
    origin->client = NULL;
    if (!list_is_linked(&of(origin)->due))
        list_append(&of(origin)->parts->wsdirects_due, &of(origin)->due);
}

/* A pipe's queue goes with the pipe. */
static void direct_forget(struct wsorigin *origin)
{
    struct wsdirect *direct = of(origin);
    if (direct->pipe)
        origin_pipe_close(direct->pipe);
    direct->pipe = NULL;
}

static size_t direct_queued(struct wsorigin *origin)
{
    return of(origin)->pipe ? origin_pipe_queued(of(origin)->pipe) : 0;
}

static const struct wsorigin_kind direct_kind = {
    .event = direct_event,
    .refresh = direct_refresh,
    .set_meta = direct_set_meta,
    .drained = direct_drained,
    .leave = direct_leave,
    .forget = direct_forget,
    .queued = direct_queued,
};

/* ---- what the origin says ---- */

/* Returns: the client, who hears no more of us. */
static struct websocket *part(struct wsdirect *direct)
{
    struct websocket *client = direct->face.client;
    direct_leave(&direct->face);
    return client;
}

static void say(struct wsdirect *direct, const struct wsread_item *item)
{
    enum wsevent_kind kind = item->is_text ? WSEVENT_TEXT : WSEVENT_BINARY;
    traffic_add(hold_traffic(&direct->face.client->hold), TRAFFIC_server_content_bytes_received,
                item->bytes.len);
    if (item->is_first && item->is_last) {
        websocket_say(direct->face.client, kind, item->bytes, !item->is_fragmented);
        return;
    }
    buf_append(&direct->message, item->bytes);
    if (!item->is_last)
        return;
    websocket_say(direct->face.client, kind, buf_span(&direct->message), !item->is_fragmented);
    buf_done(&direct->message);
}

static void say_close(struct wsdirect *direct, const struct wsread_item *item)
{
    char payload[WS_CONTROL_MOST];
    size_t len = ws_close_payload(payload, item->code, item->bytes);
    websocket_close_by_origin(direct->face.client, span(payload, len));
}

static void fail(struct wsdirect *direct, const struct wsread_item *item)
{
    char payload[WS_CONTROL_MOST];
    size_t len = ws_close_payload(payload, item->code, SPAN(""));
    direct_event(&direct->face, WSEVENT_CLOSE, span(payload, len));
    websocket_fail(part(direct), REASON_ORIGIN_NONSENSE, item->bytes.at);
}

static void take(struct wsdirect *direct, enum wsread what, const struct wsread_item *item)
{
    switch (what) {
    case WSREAD_DATA:
        say(direct, item);
        break;
    case WSREAD_PING:
        websocket_say(direct->face.client, WSEVENT_PING, item->bytes, true);
        break;
    case WSREAD_PONG:
        websocket_say(direct->face.client, WSEVENT_PONG, item->bytes, true);
        break;
    case WSREAD_CLOSE:
        say_close(direct, item);
        break;
    case WSREAD_FAULT:
        fail(direct, item);
        break;
    case WSREAD_MORE:
        break;
    }
}

static void on_head(void *context, const struct answer *answer)
{
    struct wsdirect *direct = context;
    if (!direct->face.client)
        return;
    traffic_add(hold_traffic(&direct->face.client->hold), TRAFFIC_server_header_bytes_received,
                traffic_answer_head(answer->reason, answer->headers, answer->header_count));
    if (answer->status != 101) {
        websocket_reject(part(direct), answer);
        return;
    }
    websocket_accept(direct->face.client, answer,
                     kept_header(direct->kept, SPAN("sec-websocket-key")));
    free(direct->kept);
    direct->kept = NULL;
}

static void on_bytes(void *context, char *bytes, size_t len)
{
    struct wsdirect *direct = context;
    struct websocket *client = direct->face.client;
    const struct limits *limits = direct->parts->limits;
    struct wsread_item item;
    enum wsread what = WSREAD_DATA;
    while (what != WSREAD_MORE && direct->face.client) {
        what = wsreader_next(&direct->reader, &item, WS_SERVER, limits->events_bytes, &bytes, &len);
        take(direct, what, &item);
    }
    if (!client)
        return;
    websocket_flush(client);
    if (client->hold.out.charge >= limits->ws_queue_bytes && direct->pipe)
        origin_pipe_pause(direct->pipe); /* until direct_drained() */
}

static void on_drained(void *context)
{
    struct wsdirect *direct = context;
    if (direct->face.client)
        wsinput_taken(direct->face.client);
}

static void on_end(void *context, enum reason fault, const char *detail)
{
    struct wsdirect *direct = context;
    direct->pipe = NULL;
    if (!direct->face.client)
        return;
    websocket_fail(part(direct), fault == REASON_NONE ? REASON_ORIGIN_CUT : fault,
                   fault == REASON_NONE ? "the origin ended the connection" : detail);
}

static const struct origin_pipe_events pipe_events = {on_head, on_bytes, on_drained, on_end};

/* ---- */

static struct origin_pipe *open_pipe(struct wsdirect *direct, const struct kept *kept)
{
    struct parts *parts = direct->parts;
    const struct route *route = direct->face.client->route;
    struct arena arena = {0};
    size_t count = kept_count(kept);
    struct header *headers = arena_alloc(&arena, (count + OWN_HEADERS) * sizeof(*headers));
    kept_headers(kept, headers);
    if (!route->no_grip) {
        struct span token = signer_token(parts->signer, route, clock_epoch_s());
        headers[count++] = (struct header){SPAN("Sec-WebSocket-Extensions"), SPAN("grip")};
        headers[count++] = (struct header){SPAN("Grip-Sig"), token};
        headers[count++] = (struct header){SPAN("Grip-Feature"), forward_features()};
    }
    const struct ask question = {
        .targets = route->targets,
        .target_count = route->target_count,
        .method = SPAN("GET"),
        .path = kept_path(kept),
        .headers = headers,
        .header_count = count,
    };
    traffic_add(parts_traffic(parts, route), TRAFFIC_server_header_bytes_sent,
                traffic_request_head(question.method, question.path, headers, count));
    struct origin_pipe *pipe =
        origin_pipe_open(parts->origins, &question, &pipe_events, direct, loop_now_ms(parts->loop));
    arena_done(&arena);
    return pipe;
}

struct wsorigin *wsdirect_begin(struct websocket *client, struct kept *kept)
{
    struct wsdirect *direct = slab_get(&client->parts->wsdirect_slots);
    direct->face = (struct wsorigin){&direct_kind, client, 0};
    direct->parts = client->parts;
    direct->kept = kept;
    direct->pipe = open_pipe(direct, kept);
    return &direct->face;
}

void wsdirects_turn(struct parts *parts)
{
    for (struct list *node; (node = list_pop(&parts->wsdirects_due));) {
        struct wsdirect *direct = container_of(node, struct wsdirect, due);
        if (direct->pipe)
            origin_pipe_close(direct->pipe);
        wsbudget_release(parts, &direct->face.charge);
        free(direct->kept);
        wsreader_done(&direct->reader);
        buf_done(&direct->message);
        slab_put(&parts->wsdirect_slots, direct);
    }
}
