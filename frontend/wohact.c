/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wohact.h"

#include "common/check.h"
#include "common/log.h"
#include "frontend/kept.h"
#include "frontend/parts.h"
#include "frontend/websocket.h"
#include "frontend/woh.h"
#include "frontend/wohanswer.h"
#include "frontend/wsbudget.h"
#include "frontend/wsinput.h"

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
        websocket_drop(woh_part(woh));
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

/* Whether the client's end was told, and nothing waits behind it. */
static bool end_was_told(const struct woh *woh)
{
    return woh->has_closed && !woh->queue.waiting.len;
}

/* Whether the client, which is not read while so much waits, can't say the news that the rest would
 * go along with. */
static bool is_full(const struct woh *woh)
{
    return !woh->queue.has_news &&
           wohqueue_bytes(&woh->queue) >= woh->parts->limits->ws_queue_bytes;
}

/* Returns: NULL, or what the origin can't mean. */
static const char *settle(struct woh *woh, uint64_t accepted)
{
    /* Of the end nothing can be refused for later. */
    bool is_final = end_was_told(woh) && accepted == 0;
    if (!wohqueue_settle(&woh->queue, is_final ? WOHQUEUE_ALL : accepted))
        return "Content-Bytes-Accepted is no number, or more than was sent";
    if (!is_full(woh))
        return NULL;
    woh->wants_poll = true;
    return accepted == 0 ? "nothing is accepted of more than ws_queue_bytes" : NULL;
}

static void act_on_answer(struct woh *woh, const struct wohanswer *answer)
{
    bool was_told = end_was_told(woh);
    const char *why = settle(woh, wohanswer_accepted(answer));
    if (why) {
        woh_give_up(woh, REASON_ORIGIN_NONSENSE, why);
        return;
    }
    wohanswer_keep_alive(answer, &woh->keep_alive_s);
    if (!wohanswer_set_meta(answer, &woh->meta, woh->parts->limits))
        log_warn("metadata not stored why=\"more than meta_per_hold or meta_bytes allow\"");
    /* What a client sent with its handshake may have ended it by now. */
    bool has_ended = woh->face.client && act_on_events(woh, answer->head.body);
    if (has_ended)
        woh->keep_alive_s = 0;
    if (woh->face.client && was_told && !has_ended && !woh->keep_alive_s)
        websocket_close_unanswered(woh->face.client);
    if (woh->face.client)
        wsinput_taken(woh->face.client);
}

static void on_opening_answer(struct woh *woh, const struct wohanswer *answer)
{
    struct websocket *client = woh->face.client;
    const char *why = answer->is_events ? wohanswer_check(answer, true, woh->keep_alive_s) : NULL;
    if (why) {
        woh_give_up(woh, REASON_ORIGIN_NONSENSE, why);
    } else if (!answer->is_events) {
        websocket_reject(woh_part(woh), &answer->head);
    } else {
        if (answer->head.body.len) {
            woh->is_open = true;
            websocket_accept(client, &answer->head,
                             kept_header(woh->kept, SPAN("sec-websocket-key")));
        }
        act_on_answer(woh, answer);
    }
}

static void on_later_answer(struct woh *woh, const struct wohanswer *answer)
{
    if (!woh->face.client) { /* whatever it says, it was told */
        bool is_settled = wohqueue_settle(&woh->queue, WOHQUEUE_ALL);
        CHECK(is_settled);
        wsbudget_weigh_origin(woh->parts, &woh->face);
        return;
    }
    const char *why = wohanswer_check(answer, false, 0);
    if (why)
        woh_give_up(woh, REASON_ORIGIN_NONSENSE, why);
    else
        act_on_answer(woh, answer);
}

void wohact_on_answer(struct woh *woh)
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
