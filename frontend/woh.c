/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/woh.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/log.h"
#include "frontend/kept.h"
#include "frontend/meta.h"
#include "frontend/origin.h"
#include "frontend/parts.h"
#include "frontend/signer.h"
#include "frontend/websocket.h"
#include "frontend/wohanswer.h"
#include "frontend/wohqueue.h"
#include "frontend/wsinput.h"

#define RETRIES_MOST 5
#define RETRY_JITTER_MS 1000

#define EVENTS_TYPE SPAN("application/websocket-events")

/* Headers of ours on a request: Connection-Id, Content-Type, Accept, the extension,
 * Content-Bytes-Replayed, Grip-Sig. */
#define OWN_HEADERS 6

struct woh {
    struct wsorigin face;
    struct parts *parts;
    const struct route *route;
    struct kept *kept; /* owned */
    struct meta meta;
    struct wohqueue queue;
    struct exchange *exchange; /* NULL when none is under way */
    struct wohanswer *answer;  /* owned: while one arrives */
    struct timer timer;        /* until the next retry, or the next empty request */
    struct list all, due;
    uint32_t keep_alive_s; /* 0: no empty requests */
    uint8_t retries;       /* of the request that is to be repeated */
    enum reason fault;     /* why wohs_turn() is to end the exchange */
    bool is_open : 1;      /* the origin has accepted */
    bool has_closed : 1;   /* the origin was told the end, or will be: nothing comes behind */
    bool wants_poll : 1;   /* a request is due even if it is empty */
    bool is_retrying : 1;  /* the timer is a retry's */
    bool is_over : 1;      /* nothing more can or need be told: to be freed */
};

size_t woh_size(void)
{
    return sizeof(struct woh);
}

static struct woh *of(struct wsorigin *origin)
{
    return container_of(origin, struct woh, face);
}

static void make_due(struct woh *woh)
{
    if (!list_is_linked(&woh->due))
        list_append(&woh->parts->wohs_due, &woh->due);
}

/* ---- what the client's side says ---- */

static void woh_event(struct wsorigin *origin, enum wsevent_kind kind, struct span content)
{
    struct woh *woh = of(origin);
    if (woh->has_closed)
        return;
    wohqueue_add(&woh->queue, kind, content);
    woh->has_closed = kind == WSEVENT_CLOSE || kind == WSEVENT_DISCONNECT;
    make_due(woh);
}

static void woh_refresh(struct wsorigin *origin)
{
    of(origin)->wants_poll = true;
    make_due(of(origin));
}

static bool woh_set_meta(struct wsorigin *origin, struct span name, struct span value)
{
    return meta_set(&of(origin)->meta, name, value, of(origin)->parts->limits);
}

static void woh_drained(struct wsorigin *origin)
{
    if (of(origin)->queue.has_news || of(origin)->wants_poll)
        make_due(of(origin));
}

static void woh_leave(struct wsorigin *origin)
{
    struct woh *woh = of(origin);
    woh_event(origin, WSEVENT_DISCONNECT, SPAN(""));
    origin->client = NULL;
    woh->is_over |= !woh->is_open;
    make_due(woh);
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
    .queued = woh_queued,
};

/* ---- what the origin says ---- */

/* The origin can't be talked to. */
static void give_up(struct woh *woh, enum reason reason, const char *detail)
{
    struct websocket *client = woh->face.client;
    woh->face.client = NULL;
    woh->is_over = true;
    make_due(woh);
    if (client)
        websocket_fail(client, reason, detail);
    else
        log_warn("origin not told of the end of a WebSocket reason=%s detail=\"%s\"",
                 reason_name(reason), detail);
}

static void on_timer(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    struct woh *woh = container_of(timer, struct woh, timer);
    if (!woh->is_retrying && !woh->is_open)
        wohqueue_add(&woh->queue, WSEVENT_OPEN, SPAN(""));
    woh->wants_poll |= !woh->queue.sending.len;
    woh->is_retrying = false;
    make_due(woh);
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
        give_up(woh, reason, detail);
        return;
    }
    woh->is_retrying = true;
    wait_for(woh, (1000ULL << woh->retries++) + arc4random_uniform(RETRY_JITTER_MS + 1));
}

/* Acts on one event. Returns: whether the next may follow. */
static bool act(struct woh *woh, const struct wsevent *event)
{
    struct websocket *client = woh->face.client;
    switch (event->kind) {
    case WSEVENT_TEXT:
    case WSEVENT_BINARY:
    case WSEVENT_PING:
    case WSEVENT_PONG:
        websocket_say(client, event->kind, event->content, true);
        return woh->face.client; /* a control message may have parted us */
    case WSEVENT_CLOSE:
        websocket_close_by_origin(client, event->content);
        return false;
    case WSEVENT_DISCONNECT:
        woh->face.client = NULL;
        woh->is_over = true;
        websocket_drop(client);
        return false;
    default:
        return true;
    }
}

/* Returns: whether the origin closed. */
static bool act_on_events(struct woh *woh, struct span rest)
{
    struct websocket *client = woh->face.client;
    struct wsevent event = {0};
    const char *why;
    bool goes_on = true;
    while (goes_on && wsevent_next(&event, &rest, &why))
        goes_on = act(woh, &event);
    websocket_flush(client);
    return !goes_on && event.kind == WSEVENT_CLOSE;
}

/* Returns: false where the origin accepts what it was not offered. */
static bool settle(struct woh *woh, uint64_t accepted)
{
    /* The end was told: what is refused now has no later. */
    bool is_final = woh->has_closed && !woh->queue.waiting.len && accepted == 0;
    return wohqueue_settle(&woh->queue, is_final ? WOHQUEUE_ALL : accepted);
}

static void act_on_answer(struct woh *woh, const struct wohanswer *answer)
{
    bool was_told = woh->has_closed && !woh->queue.waiting.len;
    if (!settle(woh, wohanswer_accepted(answer))) {
        give_up(woh, REASON_ORIGIN_NONSENSE, "Content-Bytes-Accepted is more than was sent");
        return;
    }
    wohanswer_keep_alive(answer, &woh->keep_alive_s);
    if (!wohanswer_set_meta(answer, &woh->meta, woh->parts->limits))
        log_warn("metadata not stored why=\"more than meta_per_hold or meta_bytes allow\"");
    bool has_ended = act_on_events(woh, answer->head.body);
    if (woh->face.client && was_told && !has_ended && !woh->keep_alive_s)
        websocket_close_unanswered(woh->face.client);
    if (woh->face.client)
        wsinput_taken(woh->face.client);
}

static void on_opening_answer(struct woh *woh, const struct wohanswer *answer)
{
    struct websocket *client = woh->face.client;
    const char *why = answer->is_events ? wohanswer_check(answer, true) : NULL;
    if (why) {
        give_up(woh, REASON_ORIGIN_NONSENSE, why);
    } else if (!answer->is_events) {
        woh->face.client = NULL;
        woh->is_over = true;
        websocket_reject(client, &answer->head);
    } else {
        if (answer->head.body.len) {
            woh->is_open = true;
            websocket_accept(client, &answer->head);
        }
        act_on_answer(woh, answer);
    }
}

static void on_later_answer(struct woh *woh, const struct wohanswer *answer)
{
    if (!woh->face.client) { /* whatever it says, it was told */
        (void)settle(woh, WOHQUEUE_ALL);
        return;
    }
    const char *why = wohanswer_check(answer, false);
    if (why)
        give_up(woh, REASON_ORIGIN_NONSENSE, why);
    else
        act_on_answer(woh, answer);
}

static void on_answer(struct woh *woh)
{
    struct wohanswer *answer = woh->answer;
    woh->answer = NULL;
    woh->retries = 0;
    wohanswer_end(answer);
    if (woh->is_open)
        on_later_answer(woh, answer);
    else
        on_opening_answer(woh, answer);
    wohanswer_free(answer);
}

static void on_head(void *context, const struct answer *head)
{
    struct woh *woh = context;
    woh->answer = wohanswer_new(head);
}

static enum origin_flow on_body(void *context, struct span piece)
{
    struct woh *woh = context;
    if (wohanswer_add(woh->answer, piece, woh->parts->limits))
        return ORIGIN_MORE;
    woh->fault = REASON_EVENTS_TOO_LARGE; /* an exchange can't be cancelled from inside */
    make_due(woh);
    return ORIGIN_PAUSE;
}

static void on_end(void *context, enum reason fault, const char *detail)
{
    struct woh *woh = context;
    woh->exchange = NULL;
    make_due(woh);
    if (fault == REASON_NONE) {
        on_answer(woh);
        return;
    }
    wohanswer_free(woh->answer);
    woh->answer = NULL;
    on_failure(woh, fault, detail);
}

static const struct origin_events origin_events = {on_head, on_body, on_end};

/* ---- requests ---- */

static void ask(struct woh *woh)
{
    struct parts *parts = woh->parts;
    struct arena arena = {0};
    size_t count = kept_count(woh->kept), meta = meta_count(&woh->meta);
    struct header *headers = arena_alloc(&arena, (count + meta + OWN_HEADERS) * sizeof(*headers));
    kept_headers(woh->kept, headers);
    meta_headers(&woh->meta, headers + count);
    count += meta;
    headers[count++] = (struct header){SPAN("Connection-Id"), kept_id(woh->kept)};
    headers[count++] = (struct header){SPAN("Content-Type"), EVENTS_TYPE};
    headers[count++] = (struct header){SPAN("Accept"), EVENTS_TYPE};
    char replayed[24];
    if (woh->queue.replayed) {
        (void)snprintf(replayed, sizeof(replayed), "%llu", (unsigned long long)woh->queue.replayed);
        headers[count++] = (struct header){SPAN("Content-Bytes-Replayed"), span_of(replayed)};
    }
    if (!woh->route->no_grip) {
        headers[count++] = (struct header){SPAN("Sec-WebSocket-Extensions"), SPAN("grip")};
        headers[count++] = (struct header){
            SPAN("Grip-Sig"), signer_token(parts->signer, woh->route, clock_epoch_s())};
    }
    const struct ask question = {
        .targets = woh->route->targets,
        .target_count = woh->route->target_count,
        .method = SPAN("POST"),
        .path = kept_path(woh->kept),
        .headers = headers,
        .header_count = count,
        .body = buf_span(&woh->queue.sending),
    };
    woh->exchange =
        origin_ask(parts->origins, &question, &origin_events, woh, loop_now_ms(parts->loop));
    arena_done(&arena);
}

/* An origin is not asked for more while its client has enough to take. */
static bool may_ask(const struct woh *woh)
{
    const struct websocket *client = woh->face.client;
    return !client || client->hold.out.charge < woh->parts->limits->ws_queue_bytes;
}

static bool has_to_ask(const struct woh *woh)
{
    return woh->queue.sending.len || woh->queue.has_news || woh->wants_poll ||
           (woh->has_closed && woh->queue.waiting.len);
}

static void woh_free(struct woh *woh)
{
    timer_cancel(&woh->timer);
    if (woh->exchange)
        origin_cancel(woh->exchange);
    list_unlink(&woh->all);
    list_unlink(&woh->due);
    wohanswer_free(woh->answer);
    wohqueue_done(&woh->queue);
    meta_done(&woh->meta);
    free(woh->kept);
    slab_put(&woh->parts->woh_slots, woh);
}

static void end_exchange(struct woh *woh)
{
    origin_cancel(woh->exchange);
    woh->exchange = NULL;
    woh->fault = REASON_NONE;
    if (woh->answer->is_events && woh->face.client) {
        wohanswer_free(woh->answer);
        woh->answer = NULL;
        give_up(woh, REASON_EVENTS_TOO_LARGE, reason_text(REASON_EVENTS_TOO_LARGE));
    } else {
        on_answer(woh); /* its beginning is enough of a refusal */
    }
}

static void work(struct woh *woh)
{
    if (woh->fault != REASON_NONE)
        end_exchange(woh);
    if (woh->is_over) {
        woh_free(woh);
    } else if (!woh->exchange && !woh->is_retrying && has_to_ask(woh) && may_ask(woh)) {
        if (!woh->queue.sending.len)
            wohqueue_take(&woh->queue, woh->route->targets[0].one_event);
        woh->wants_poll = false;
        timer_cancel(&woh->timer);
        ask(woh);
    } else if (!woh->exchange && !woh->is_retrying && !woh->face.client) {
        woh_free(woh);
    } else if (!woh->exchange && woh->keep_alive_s && !list_is_linked(&woh->timer.node)) {
        wait_for(woh, woh->keep_alive_s * 1000ULL);
    }
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
    woh->face = (struct wsorigin){&woh_kind, client};
    woh->parts = parts;
    woh->route = client->route;
    woh->kept = kept;
    list_append(&parts->wohs, &woh->all);
    woh_event(&woh->face, WSEVENT_OPEN, SPAN(""));
    return &woh->face;
}
