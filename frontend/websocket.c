/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/websocket.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/check.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "frontend/channels.h"
#include "frontend/kept.h"
#include "frontend/parts.h"
#include "frontend/raw.h"
#include "frontend/reply.h"
#include "frontend/woh.h"
#include "frontend/wsopen.h"

size_t websocket_size(void)
{
    return sizeof(struct websocket);
}

static struct websocket *of(struct hold *hold)
{
    return container_of(hold, struct websocket, hold);
}

/* ---- to the client ---- */

void websocket_frame(struct websocket *ws, enum ws_opcode opcode, struct span content)
{
    char head[WS_HEAD_MOST];
    size_t head_len = ws_head(head, opcode, content.len);
    buf_append(&ws->parts->frames, span(head, head_len));
    buf_append(&ws->parts->frames, content);
}

void websocket_flush(struct websocket *ws)
{
    struct buf *frames = &ws->parts->frames;
    if (!frames->len)
        return;
    struct msgbuf *bytes = msgbuf_copy(buf_span(frames));
    buf_clear(frames);
    hold_push(&ws->hold, bytes, msgbuf_bytes(bytes));
    msgbuf_unref(bytes);
    holds_touch(&ws->parts->holds, &ws->parts->holds.others, &ws->hold);
}

/* ---- the end ---- */

static void part_from_origin(struct websocket *ws)
{
    if (ws->origin)
        ws->origin->kind->leave(ws->origin);
    ws->origin = NULL;
}

/* All that was to be said has been. */
static void conclude(struct websocket *ws)
{
    ws->hold.is_concluded = true;
    hold_doom(&ws->hold, ws->hold.reason);
}

static void close_with(struct websocket *ws, unsigned code, struct span reason)
{
    char payload[WS_CONTROL_MOST];
    size_t len = ws_close_payload(payload, code, reason);
    websocket_frame(ws, WS_OP_CLOSE, span(payload, len));
    websocket_flush(ws);
}

static void echo_close(struct websocket *ws);

/* Whoever was to say goodbye did not. */
static void on_close_wait(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    struct websocket *ws = of(container_of(timer, struct hold, timer));
    if (ws->state == WS_ANSWERING)
        echo_close(ws);
    else
        conclude(ws);
}

/* From here on the timer is no keep-alive's. */
static void await_close(struct websocket *ws, enum ws_state state, enum reason why)
{
    ws->state = state;
    if (ws->hold.reason == REASON_NONE)
        ws->hold.reason = why;
    uint64_t due_ms = loop_now_ms(ws->parts->loop) + ws->parts->limits->ws_close_wait_ms;
    timer_arm(ws->parts->wheel, &ws->hold.timer, due_ms, on_close_wait);
}

static void echo_close(struct websocket *ws)
{
    close_with(ws, ws->said, SPAN(""));
    conclude(ws);
}

/* Closes without waiting for what the client has to say. */
static void close_failed(struct websocket *ws, unsigned code, enum reason why, const char *detail)
{
    if (reason_is_fault(why))
        log_warn("websocket closed code=%u reason=%s detail=\"%s\"", code, reason_name(why),
                 detail);
    part_from_origin(ws);
    await_close(ws, WS_FAILED, why);
    close_with(ws, code, SPAN(""));
}

/* ---- from the client ---- */

static void tell(struct websocket *ws, enum wsevent_kind kind, struct span content)
{
    if (ws->origin)
        ws->origin->kind->event(ws->origin, kind, content);
}

static void drop_message(struct websocket *ws)
{
    if (ws->message)
        buf_done(ws->message);
    free(ws->message);
    ws->message = NULL;
}

static void take_data(struct websocket *ws, const struct wsread_item *item)
{
    enum wsevent_kind kind = item->is_text ? WSEVENT_TEXT : WSEVENT_BINARY;
    if (!ws->origin || ws->state != WS_OPEN)
        return;
    if (item->is_first && item->is_last) {
        tell(ws, kind, item->bytes);
        return;
    }
    if (!ws->message)
        ws->message = mem_new(sizeof(*ws->message));
    buf_append(ws->message, item->bytes);
    if (!item->is_last)
        return;
    tell(ws, kind, buf_span(ws->message));
    drop_message(ws);
}

static void take_ping(struct websocket *ws, struct span content)
{
    if (ws->state != WS_OPEN)
        return;
    if (ws->route->targets[0].auto_pong)
        websocket_frame(ws, WS_OP_PONG, content);
    else
        tell(ws, WSEVENT_PING, content);
}

static void take_close(struct websocket *ws, unsigned code, struct span reason)
{
    char payload[WS_CONTROL_MOST];
    size_t len = ws_close_payload(payload, code, reason);
    drop_message(ws);
    if (ws->state == WS_CLOSING) {
        tell(ws, WSEVENT_CLOSE, span(payload, len));
        conclude(ws);
        return;
    }
    ws->said = (uint16_t)code;
    await_close(ws, WS_ANSWERING, REASON_WS_CLOSED);
    if (ws->origin)
        tell(ws, WSEVENT_CLOSE, span(payload, len));
    else
        echo_close(ws);
}

static void take(struct websocket *ws, enum wsread what, const struct wsread_item *item)
{
    switch (what) {
    case WSREAD_DATA:
        take_data(ws, item);
        break;
    case WSREAD_PING:
        take_ping(ws, item->bytes);
        break;
    case WSREAD_PONG:
        if (ws->state == WS_OPEN)
            tell(ws, WSEVENT_PONG, item->bytes);
        break;
    case WSREAD_CLOSE:
        take_close(ws, item->code, item->bytes);
        break;
    case WSREAD_FAULT:
        close_failed(ws, item->code, REASON_WS_BROKEN, item->bytes.at);
        break;
    case WSREAD_MORE:
        break;
    }
}

static bool is_listening(const struct websocket *ws)
{
    return ws->state == WS_OPEN || ws->state == WS_CLOSING;
}

/* Counts what the client makes us keep, and stops reading it while that is too much. */
static void weigh(struct websocket *ws)
{
    struct parts *parts = ws->parts;
    size_t queued = ws->origin ? ws->origin->kind->queued(ws->origin) : 0;
    size_t charge = queued + (ws->message ? ws->message->len : 0);
    parts->ws_charge += charge - ws->charge;
    ws->charge = charge;
    if (ws->state == WS_OPEN)
        raw_deafen(&ws->hold, queued >= parts->limits->ws_queue_bytes);
    if (parts->ws_charge > parts->limits->ws_total_bytes / parts->config->workers &&
        is_listening(ws))
        close_failed(ws, WS_CLOSE_TRY_LATER, REASON_WS_BUDGET, reason_text(REASON_WS_BUDGET));
}

/* Half a close is enough from who closed; from others it is the end. */
static void take_end(struct websocket *ws)
{
    if (ws->state == WS_ANSWERING)
        raw_deafen(&ws->hold, true);
    else if (ws->state == WS_CLOSING || ws->state == WS_FAILED)
        conclude(ws);
    else
        hold_doom(&ws->hold, REASON_CLIENT_GONE);
}

static void websocket_input(struct hold *hold, char *bytes, size_t len)
{
    struct websocket *ws = of(hold);
    if (!len) {
        take_end(ws);
        return;
    }
    if (ws->state == WS_OPENING) {
        raw_keep(hold, span(bytes, len));
        return;
    }
    struct wsread_item item;
    enum wsread what = WSREAD_DATA;
    while (what != WSREAD_MORE && is_listening(ws) && !list_is_linked(&hold->doomed)) {
        what = wsreader_next(&ws->reader, &item, WS_CLIENT, ws->parts->limits->ws_message_bytes,
                             &bytes, &len);
        take(ws, what, &item);
    }
    websocket_flush(ws); /* pongs */
    weigh(ws);
}

void websocket_taken(struct websocket *ws)
{
    weigh(ws);
}

/* ---- the hold ---- */

static void deliver_close(struct websocket *ws, const struct format *format)
{
    tell(ws, WSEVENT_CLOSE, SPAN(""));
    part_from_origin(ws);
    await_close(ws, WS_CLOSING, REASON_PUBLISHED_CLOSE);
    close_with(ws, format->code ? format->code : WS_CLOSE_NORMAL, format->reason);
}

static bool websocket_deliver(struct hold *hold, const struct publication *publication)
{
    struct websocket *ws = of(hold);
    const struct format *format = &publication->item.formats[FORMAT_WS];
    if (!format->is_present || (ws->state != WS_OPEN && ws->state != WS_ANSWERING))
        return false;
    if (format->action == ACTION_SEND)
        hold_push(hold, publication->buf, format->framed);
    else if (format->action == ACTION_CLOSE)
        deliver_close(ws, format);
    else if (ws->origin)
        ws->origin->kind->refresh(ws->origin);
    return true;
}

static void websocket_beat(struct hold *hold)
{
    hold_push(hold, hold->keep_alive, msgbuf_bytes(hold->keep_alive));
}

static void refuse(struct websocket *ws, enum reason reason, const char *detail);

static void websocket_finish(struct hold *hold)
{
    struct websocket *ws = of(hold);
    if (ws->state == WS_OPENING && hold->reason == REASON_SHUTDOWN)
        refuse(ws, REASON_SHUTDOWN, NULL);
    else if (is_listening(ws) || ws->state == WS_ANSWERING)
        if (!hold->is_concluded)
            close_with(ws, WS_CLOSE_GOING_AWAY, SPAN(""));
}

static void websocket_drained(struct hold *hold)
{
    struct websocket *ws = of(hold);
    /* The client sees the end at once; reading on keeps our last words from being destroyed by
     * a reset on the way. */
    if (ws->state == WS_FAILED)
        (void)shutdown(hold->fd, SHUT_WR);
    else if (ws->origin)
        ws->origin->kind->drained(ws->origin);
}

static void websocket_free(struct hold *hold)
{
    struct websocket *ws = of(hold);
    part_from_origin(ws);
    wsgrip_done(ws);
    wsreader_done(&ws->reader);
    drop_message(ws);
    ws->parts->ws_charge -= ws->charge;
    slab_put(&ws->parts->websockets, ws);
}

static const struct hold_kind websocket_kind = {
    .name = "websocket",
    .deliver = websocket_deliver,
    .beat = websocket_beat,
    .finish = websocket_finish,
    .free = websocket_free,
    .input = websocket_input,
    .drained = websocket_drained,
};

enum reason websocket_begin(struct parts *parts, h2o_req_t *request, const struct route *route,
                            const struct destination *to, size_t request_len)
{
    struct websocket *ws = slab_get(&parts->websockets);
    ws->parts = parts;
    ws->route = route;
    memcpy(ws->key, request_header(request, SPAN("sec-websocket-key")).at, WS_KEY_LEN);
    struct hold *hold = &ws->hold;
    hold->kind = &websocket_kind;
    hold->request = request;
    hold->request_len = (uint32_t)request_len;
    hold->is_persistent = request->http1_is_persistent;
    hold_begin(hold, &parts->holds);
    struct kept *kept = kept_new(parts, request, route, to);
    if (!raw_take(hold, parts->holds.nowhere)) {
        free(kept);
        hold_let_go(hold);
        return REASON_NO_DESCRIPTOR;
    }
    ws->origin = woh_begin(ws, kept);
    return REASON_NONE;
}

/* ---- from the origin ---- */

static void push(struct websocket *ws, struct buf *bytes)
{
    struct msgbuf *copy = msgbuf_copy(buf_span(bytes));
    buf_done(bytes);
    copy->charge = 0; /* bounded by grip_body_bytes, and no backlog of publications */
    hold_push(&ws->hold, copy, msgbuf_bytes(copy));
    msgbuf_unref(copy);
    holds_touch(&ws->parts->holds, &ws->parts->holds.others, &ws->hold);
}

static void join_implicit(struct websocket *ws)
{
    const struct target *target = &ws->route->targets[0];
    for (size_t i = 0; i < target->sub_count; i++)
        channels_join(ws->parts->channels, &ws->hold, span_of(target->subs[i]));
}

void websocket_accept(struct websocket *ws, const struct answer *answer)
{
    struct buf head = {0};
    wsopen_head(&head, answer, span(ws->key, WS_KEY_LEN));
    push(ws, &head);
    ws->state = WS_OPEN;
    ws->hold.is_persistent = false;
    wsgrip_begin(ws, answer);
    join_implicit(ws);
    hold_started(&ws->hold);
    /* What a client sent before it was told that it may. */
    struct buf *early = ws->hold.early;
    ws->hold.early = NULL;
    if (early && early->len)
        websocket_input(&ws->hold, early->bytes, early->len);
    if (early)
        buf_done(early);
    free(early);
}

void websocket_reject(struct websocket *ws, const struct answer *answer)
{
    struct buf bytes = {0};
    wsopen_rejection(&bytes, answer, ws->hold.is_persistent);
    push(ws, &bytes);
    ws->origin = NULL;
    ws->hold.reason = REASON_ANSWERED;
    conclude(ws);
}

static void refuse(struct websocket *ws, enum reason reason, const char *detail)
{
    bool may_know = detail && ws->route->debug;
    struct buf bytes = {0};
    reply_raw_refusal(&bytes, reason, may_know ? span_of(detail) : (struct span){NULL, 0},
                      ws->hold.is_persistent);
    push(ws, &bytes);
}

void websocket_fail(struct websocket *ws, enum reason reason, const char *detail)
{
    ws->origin = NULL;
    if (ws->state == WS_OPENING) {
        log_warn("websocket refused reason=%s status=%u detail=\"%s\"", reason_name(reason),
                 reason_status(reason), detail);
        refuse(ws, reason, detail);
        ws->hold.reason = reason;
        conclude(ws);
    } else if (ws->state == WS_OPEN) {
        close_failed(ws, WS_CLOSE_ORIGIN_FAILED, reason, detail);
    } else if (ws->state == WS_ANSWERING) {
        echo_close(ws);
    }
}

void websocket_say(struct websocket *ws, enum wsevent_kind kind, struct span content, bool is_whole)
{
    if (ws->state != WS_OPEN && ws->state != WS_ANSWERING)
        return;
    if (kind == WSEVENT_TEXT || kind == WSEVENT_BINARY)
        wsgrip_message(ws, kind, content, is_whole);
    else
        websocket_frame(ws, kind == WSEVENT_PING ? WS_OP_PING : WS_OP_PONG, content);
}

/* The code of an origin's close frame for the client. Some frameworks write 0 for "no code". */
static unsigned code_of(const struct websocket *ws, struct span payload)
{
    unsigned code = 0;
    if (payload.len >= 2)
        code = (unsigned)(unsigned char)payload.at[0] << 8 | (unsigned char)payload.at[1];
    if (ws_close_code_is_sound(code))
        return code;
    if (code)
        return WS_CLOSE_ORIGIN_FAILED;
    return ws->state == WS_ANSWERING ? ws->said : WS_CLOSE_NORMAL;
}

void websocket_close_by_origin(struct websocket *ws, struct span payload)
{
    struct span reason = payload.len > 2 ? span_skip(payload, 2) : SPAN("");
    if (!utf8_is_sound(reason))
        reason = SPAN("");
    unsigned code = code_of(ws, payload);
    if (ws->state == WS_ANSWERING) {
        close_with(ws, code, reason);
        conclude(ws);
    } else if (ws->state == WS_OPEN) {
        await_close(ws, WS_CLOSING, REASON_WS_CLOSED);
        close_with(ws, code, reason);
    }
}

void websocket_close_unanswered(struct websocket *ws)
{
    if (ws->state == WS_ANSWERING)
        echo_close(ws);
}

void websocket_drop(struct websocket *ws)
{
    ws->origin = NULL;
    hold_doom(&ws->hold, REASON_ORIGIN_DROPPED);
}

void websocket_detach(struct websocket *ws)
{
    tell(ws, WSEVENT_CLOSE, SPAN(""));
    part_from_origin(ws);
}
