/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/woh.h"

#include <stdlib.h>

#include "common/log.h"
#include "frontend/demo_events.h"
#include "frontend/kept.h"
#include "frontend/origin.h"
#include "frontend/parts.h"
#include "frontend/websocket.h"
#include "frontend/wohact.h"
#include "frontend/wohanswer.h"
#include "frontend/wohask.h"
#include "frontend/wsbudget.h"

#define RETRIES_MOST 5
#define RETRY_JITTER_MS 1000

size_t woh_size(void)
{
    return sizeof(struct woh);
}

static struct woh *of(struct wsorigin *origin)
{
    return container_of(origin, struct woh, face);
}

void woh_make_due(struct woh *woh)
{
    if (!list_is_linked(&woh->due))
        list_append(&woh->parts->wohs_due, &woh->due);
}

static bool has_to_ask(const struct woh *woh)
{
    return woh->queue.sending.len || woh->queue.has_news || woh->wants_poll ||
           (woh->has_closed && woh->queue.waiting.len);
}

static void drop_exchange(struct woh *woh)
{
    if (woh->exchange)
        origin_cancel(woh->exchange);
    woh->exchange = NULL;
    wohanswer_free(woh->answer);
    woh->answer = NULL;
    woh->fault = REASON_NONE;
}

/* ---- what the client's side says ---- */

static void woh_event(struct wsorigin *origin, enum wsevent_kind kind, struct span content)
{
    struct woh *woh = of(origin);
    if (woh->has_closed)
        return;
    wohqueue_add(&woh->queue, kind, content);
    woh->has_closed = kind == WSEVENT_CLOSE || kind == WSEVENT_DISCONNECT;
    woh_make_due(woh);
}

static void woh_refresh(struct wsorigin *origin)
{
    of(origin)->wants_poll = true;
    woh_make_due(of(origin));
}

static bool woh_set_meta(struct wsorigin *origin, struct span name, struct span value)
{
    return meta_set(&of(origin)->meta, name, value, of(origin)->parts->limits);
}

static void woh_drained(struct wsorigin *origin)
{
    if (has_to_ask(of(origin)))
        woh_make_due(of(origin));
}

static void woh_leave(struct wsorigin *origin)
{
    struct woh *woh = of(origin);
    woh_event(origin, WSEVENT_DISCONNECT, SPAN(""));
    origin->client = NULL;
    woh->is_over |= !woh->is_open;
    wsbudget_weigh_origin(woh->parts, origin);
    woh_make_due(woh);
}

static void woh_forget(struct wsorigin *origin)
{
    drop_exchange(of(origin));
    wohqueue_done(&of(origin)->queue);
}

static size_t woh_queued(struct wsorigin *origin)
{
    return wohqueue_bytes(&of(origin)->queue);
}

static const struct wsorigin_kind woh_kind = {
    .event = woh_event,
    .refresh = woh_refresh,
    .set_meta = woh_set_meta,
    .drained = woh_drained,
    .leave = woh_leave,
    .forget = woh_forget,
    .queued = woh_queued,
};

struct websocket *woh_part(struct woh *woh)
{
    struct websocket *client = woh->face.client;
    woh->face.client = NULL;
    woh->is_over = true;
    woh_make_due(woh);
    return client;
}

void woh_give_up(struct woh *woh, enum reason reason, const char *detail)
{
    struct websocket *client = woh_part(woh);
    char safe[200];
    if (client)
        websocket_fail(client, reason, detail);
    else
        log_warn("origin not told of the end of a WebSocket reason=%s detail=\"%s\"",
                 reason_name(reason), log_safe(safe, sizeof(safe), detail, strlen(detail)));
}

static void on_timer(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    struct woh *woh = container_of(timer, struct woh, timer);
    if (!woh->is_retrying && !woh->is_open)
        wohqueue_add(&woh->queue, WSEVENT_OPEN, SPAN(""));
    woh->wants_poll |= !woh->queue.sending.len;
    woh->is_retrying = false;
    woh_make_due(woh);
}

static void wait_for(struct woh *woh, uint64_t ms)
{
    timer_arm(woh->parts->wheel, &woh->timer, loop_now_ms(woh->parts->loop) + ms, on_timer);
}

/* Only what certainly did not reach the origin is repeated: no event is told twice. */
static void on_failure(struct woh *woh, enum reason reason, const char *detail)
{
    bool is_unsent = reason == REASON_ORIGIN_UNREACHABLE || reason == REASON_ORIGIN_BUSY;
    if (!woh->is_open || !is_unsent || woh->retries == RETRIES_MOST) {
        woh_give_up(woh, reason, detail);
        return;
    }
    woh->is_retrying = true;
    wait_for(woh, (1000ULL << woh->retries++) + arc4random_uniform(RETRY_JITTER_MS + 1));
}

/* ---- requests ---- */

static void on_head(void *context, const struct answer *head)
{
    struct woh *woh = context;
    woh->answer = wohanswer_new(head);
    traffic_add(parts_traffic(woh->parts, woh->route), TRAFFIC_server_header_bytes_received,
                traffic_answer_head(head->reason, head->headers, head->header_count));
}

static enum origin_flow on_body(void *context, struct span piece)
{
    struct woh *woh = context;
    if (wohanswer_add(woh->answer, piece, woh->parts->limits)) {
        traffic_add(parts_traffic(woh->parts, woh->route), TRAFFIC_server_content_bytes_received,
                    piece.len);
        return ORIGIN_MORE;
    }
    woh->fault = REASON_EVENTS_TOO_LARGE; /* an exchange can't be cancelled from inside */
    woh_make_due(woh);
    return ORIGIN_PAUSE;
}

static void on_end(void *context, enum reason fault, const char *detail)
{
    struct woh *woh = context;
    woh->exchange = NULL;
    woh->fault = REASON_NONE;
    woh_make_due(woh);
    if (fault == REASON_NONE) {
        wohact_on_answer(woh);
        return;
    }
    wohanswer_free(woh->answer);
    woh->answer = NULL;
    on_failure(woh, fault, detail);
}

static const struct origin_events origin_events = {on_head, on_body, on_end};

/* An origin is not asked for more while its client has enough to take. */
static bool may_ask(const struct woh *woh)
{
    const struct websocket *client = woh->face.client;
    return !client || client->hold.out.charge < woh->parts->limits->ws_queue_bytes;
}

static void woh_free(struct woh *woh)
{
    timer_cancel(&woh->timer);
    drop_exchange(woh);
    list_unlink(&woh->all);
    list_unlink(&woh->due);
    wsbudget_release(woh->parts, &woh->face.charge);
    wohqueue_done(&woh->queue);
    meta_done(&woh->meta);
    free(woh->kept);
    slab_put(&woh->parts->woh_slots, woh);
}

/* The answer is too long: for events a failure, of a refusal its beginning is enough. */
static void end_exchange(struct woh *woh)
{
    if (woh->answer->is_events && woh->face.client) {
        drop_exchange(woh);
        woh_give_up(woh, REASON_EVENTS_TOO_LARGE, reason_text(REASON_EVENTS_TOO_LARGE));
        return;
    }
    origin_cancel(woh->exchange);
    woh->exchange = NULL;
    woh->fault = REASON_NONE;
    wohact_on_answer(woh);
}

/* The built-in origin answers at once. */
static void ask_demo(struct woh *woh)
{
    struct answer head;
    struct buf body = {0};
    demo_events(&head, &body, kept_path(woh->kept), buf_span(&woh->queue.sending));
    woh->answer = wohanswer_new(&head);
    bool fits = wohanswer_add(woh->answer, buf_span(&body), woh->parts->limits);
    buf_done(&body);
    if (fits)
        wohact_on_answer(woh);
    else
        woh_give_up(woh, REASON_EVENTS_TOO_LARGE, reason_text(REASON_EVENTS_TOO_LARGE));
    woh_make_due(woh);
}

static void ask(struct woh *woh)
{
    const struct target *target = &woh->route->targets[0];
    if (!woh->queue.sending.len)
        wohqueue_take(&woh->queue, target->one_event);
    woh->wants_poll = false;
    timer_cancel(&woh->timer);
    if (target->kind == TARGET_DEMO)
        ask_demo(woh);
    else
        woh->exchange = wohask(woh, &origin_events);
}

static void work(struct woh *woh)
{
    if (woh->fault != REASON_NONE && !woh->is_over)
        end_exchange(woh);
    bool is_idle = !woh->exchange && !woh->is_retrying;
    bool has_told_all = is_idle && !has_to_ask(woh);
    if (woh->is_over || (has_told_all && !woh->face.client))
        woh_free(woh);
    else if (is_idle && has_to_ask(woh) && may_ask(woh))
        ask(woh);
    else if (is_idle && woh->keep_alive_s && !list_is_linked(&woh->timer.node))
        wait_for(woh, woh->keep_alive_s * 1000ULL);
}

void wohs_turn(struct parts *parts)
{
    for (struct list *node; (node = list_pop(&parts->wohs_due));)
        work(container_of(node, struct woh, due));
}

void wohs_cut(struct parts *parts)
{
    LIST_FOREACH_SAFE (node, &parts->wohs) {
        struct woh *woh = container_of(node, struct woh, all);
        if (!woh->face.client)
            woh_free(woh);
    }
}

struct wsorigin *woh_begin(struct websocket *client, struct kept *kept)
{
    struct parts *parts = client->parts;
    struct woh *woh = slab_get(&parts->woh_slots);
    woh->face = (struct wsorigin){&woh_kind, client, 0};
    woh->parts = parts;
    woh->route = client->route;
    woh->kept = kept;
    list_append(&parts->wohs, &woh->all);
    woh_event(&woh->face, WSEVENT_OPEN, SPAN(""));
    return &woh->face;
}
