/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wohask.h"

#include <stdio.h>

#include "common/arena.h"
#include "common/clock.h"
#include "frontend/forward.h"
#include "frontend/kept.h"
#include "frontend/parts.h"
#include "frontend/signer.h"
#include "frontend/woh.h"

#define EVENTS_TYPE SPAN("application/websocket-events")

/* Headers of ours on a request: Connection-Id, Content-Type, Accept, Content-Bytes-Replayed, the
 * extension, Grip-Sig, Grip-Feature. */
#define OWN_HEADERS 7

struct list_out {
    struct header *at;
    size_t count;
};

static void add(struct list_out *out, struct span name, struct span value)
{
    out->at[out->count++] = (struct header){name, value};
}

static struct list_out headers_of(struct woh *woh, struct arena *arena)
{
    size_t kept = kept_count(woh->kept), meta = meta_count(&woh->meta);
    struct list_out out = {arena_alloc(arena, (kept + meta + OWN_HEADERS) * sizeof(struct header)),
                           kept + meta};
    kept_headers(woh->kept, out.at);
    meta_headers(&woh->meta, out.at + kept);
    char id[KEPT_ID_TEXT];
    kept_id(woh->kept, id);
    add(&out, SPAN("Connection-Id"), arena_copy(arena, span_of(id)));
    add(&out, SPAN("Content-Type"), EVENTS_TYPE);
    add(&out, SPAN("Accept"), EVENTS_TYPE);
    if (woh->queue.replayed) {
        char number[24];
        (void)snprintf(number, sizeof(number), "%u", woh->queue.replayed);
        add(&out, SPAN("Content-Bytes-Replayed"), arena_copy(arena, span_of(number)));
    }
    if (!woh->route->no_grip) {
        struct span token = signer_token(woh->parts->signer, woh->route, clock_epoch_s());
        add(&out, SPAN("Sec-WebSocket-Extensions"), SPAN("grip"));
        add(&out, SPAN("Grip-Sig"), token);
        add(&out, SPAN("Grip-Feature"), forward_features());
    }
    return out;
}

struct exchange *wohask(struct woh *woh, const struct origin_events *events)
{
    struct parts *parts = woh->parts;
    struct arena arena = {0};
    struct list_out headers = headers_of(woh, &arena);
    const struct ask question = {
        .targets = woh->route->targets,
        .target_count = woh->route->target_count,
        .method = SPAN("POST"),
        .path = kept_path(woh->kept),
        .headers = headers.at,
        .header_count = headers.count,
        .body = buf_span(&woh->queue.sending),
    };
    struct traffic *traffic = parts_traffic(parts, woh->route);
    traffic_add(traffic, TRAFFIC_server_header_bytes_sent,
                traffic_request_head(question.method, question.path, headers.at, headers.count));
    traffic_add(traffic, TRAFFIC_server_content_bytes_sent, question.body.len);
    struct exchange *exchange =
        origin_ask(parts->origins, &question, events, woh, loop_now_ms(parts->loop));
    arena_done(&arena);
    return exchange;
}
