/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/websocket.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "frontend/kept.h"
#include "frontend/parts.h"
#include "frontend/presence.h"
#include "frontend/raw.h"
#include "frontend/reply.h"
#include "frontend/subscribe.h"
#include "frontend/woh.h"
#include "frontend/wsbudget.h"
#include "frontend/wsclose.h"
#include "frontend/wsdirect.h"
#include "frontend/wsinput.h"
#include "frontend/wsopen.h"

/* A WebSocket with messages is activity so often [GRIP 9.1]. */
#define ACTIVITY_S 60

size_t websocket_size(void)
{
    return sizeof(struct websocket);
}

static struct websocket *of(struct hold *hold)
{
    return container_of(hold, struct websocket, hold);
}

/* ---- to the client ---- */

bool websocket_may_speak(const struct websocket *ws)
{
    return (ws->state == WS_OPEN || ws->state == WS_ANSWERING) && !ws->hold.is_concluded;
}

void websocket_frame(struct websocket *ws, enum ws_opcode opcode, struct span content)
{
    struct parts *parts = ws->parts;
    CHECK(!parts->frames.len || parts->frames_of == ws); /* nobody else's bytes */
    parts->frames_of = ws;
    ws_frame(&parts->frames, opcode, content);
    if (opcode != WS_OP_TEXT && opcode != WS_OP_BINARY)
        return;
    traffic_add(hold_traffic(&ws->hold), TRAFFIC_client_messages_sent, 1);
    traffic_add(hold_traffic(&ws->hold), TRAFFIC_client_content_bytes_sent, content.len);
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

void websocket_note_activity(struct websocket *ws)
{
    uint32_t now_s = (uint32_t)(loop_now_ms(ws->parts->loop) / 1000);
    if (now_s < ws->quiet_until_s)
        return;
    ws->quiet_until_s = now_s + ACTIVITY_S;
    traffic_add(hold_traffic(&ws->hold), TRAFFIC_activity, 1);
}

/* ---- the hold ---- */

static void deliver_close(struct websocket *ws, const struct format *format)
{
    bool has_closed = ws->state == WS_ANSWERING; /* the client; it will say nothing more */
    wsinput_tell(ws, WSEVENT_CLOSE, SPAN(""));
    wsclose_part(ws);
    if (!has_closed)
        wsclose_await(ws, WS_CLOSING, REASON_PUBLISHED_CLOSE);
    wsclose_say(ws, format->code ? format->code : WS_CLOSE_NORMAL, format->reason);
    if (has_closed)
        wsclose_conclude(ws);
}

static void refresh(struct websocket *ws)
{
    if (ws->origin)
        ws->origin->kind->refresh(ws->origin);
}

void websocket_refresh(struct hold *hold)
{
    if (websocket_may_speak(of(hold)))
        refresh(of(hold));
}

static bool websocket_deliver(struct hold *hold, const struct publication *publication)
{
    struct websocket *ws = of(hold);
    const struct format *format = &publication->item.formats[FORMAT_WS];
    if (!format->is_present || !websocket_may_speak(ws))
        return false;
    if (format->action == ACTION_SEND)
        hold_push(hold, publication->buf, format->framed);
    else if (format->action == ACTION_CLOSE)
        deliver_close(ws, format);
    else
        refresh(ws);
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
    if (hold->is_concluded)
        return;
    if (ws->state == WS_OPENING)
        refuse(ws, REASON_SHUTDOWN, NULL);
    else if (ws->state == WS_OPEN)
        wsclose_say(ws, WS_CLOSE_GOING_AWAY, SPAN(""));
    else if (ws->state == WS_ANSWERING)
        wsclose_say(ws, ws->said, SPAN(""));
    wsclose_part(ws);
    hold->is_concluded = true;
}

static void websocket_drained(struct hold *hold)
{
    struct websocket *ws = of(hold);
    if (ws->state == WS_FAILED)
        wsclose_hang_up(ws);
    else if (ws->origin)
        ws->origin->kind->drained(ws->origin);
}

static void websocket_free(struct hold *hold)
{
    struct websocket *ws = of(hold);
    wsclose_part(ws);
    wsgrip_done(ws);
    wsreader_done(&ws->reader);
    wsinput_done(ws);
    wsbudget_release(ws->parts, &ws->charge);
    slab_put(&ws->parts->websockets, ws);
}

static const struct hold_kind websocket_kind = {
    .name = "websocket",
    .hears = FORMAT_WS,
    .deliver = websocket_deliver,
    .beat = websocket_beat,
    .finish = websocket_finish,
    .free = websocket_free,
    .input = wsinput_take,
    .drained = websocket_drained,
};

struct websocket *websocket_of(struct hold *hold)
{
    return hold->kind == &websocket_kind ? of(hold) : NULL;
}

enum reason websocket_begin(struct parts *parts, h2o_req_t *request, const struct route *route,
                            const struct destination *to, size_t request_len)
{
    struct websocket *ws = slab_get(&parts->websockets);
    ws->parts = parts;
    ws->route = route;
    struct hold *hold = &ws->hold;
    hold->kind = &websocket_kind;
    hold->request = request;
    hold->route = route->number;
    hold->request_len = (uint32_t)request_len;
    hold->is_persistent = request->http1_is_persistent;
    hold_begin(hold, &parts->holds);
    struct kept *kept = kept_new(parts, request, route, to);
    hold->presence = presence_of_websocket(parts->presences, request, route, hold, kept);
    if (!raw_take(hold, parts->holds.nowhere)) {
        free(kept);
        hold_let_go(hold);
        return REASON_NO_DESCRIPTOR;
    }
    const struct target *target = &route->targets[0];
    bool is_over_http = target->over_http || target->kind == TARGET_DEMO;
    ws->origin = is_over_http ? woh_begin(ws, kept) : wsdirect_begin(ws, kept);
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

void websocket_accept(struct websocket *ws, const struct answer *answer, struct span key)
{
    struct buf head = {0};
    size_t bytes = wsopen_head(&head, answer, key);
    traffic_add(hold_traffic(&ws->hold), TRAFFIC_client_header_bytes_sent, bytes);
    push(ws, &head);
    ws->state = WS_OPEN;
    ws->hold.is_persistent = false;
    wsgrip_begin(ws, answer);
    subscribe_implicit(ws->parts->channels, &ws->hold, ws->route);
    hold_started(&ws->hold);
    /* What a client sent before it was told that it may. */
    struct buf *early = ws->hold.early;
    ws->hold.early = NULL;
    if (early && early->len)
        wsinput_take(&ws->hold, early->bytes, early->len);
    if (early)
        buf_done(early);
    free(early);
}

void websocket_reject(struct websocket *ws, const struct answer *answer)
{
    struct buf bytes = {0};
    size_t head = wsopen_rejection(&bytes, answer, ws->hold.is_persistent);
    traffic_add(hold_traffic(&ws->hold), TRAFFIC_client_header_bytes_sent, head);
    traffic_add(hold_traffic(&ws->hold), TRAFFIC_client_content_bytes_sent, answer->body.len);
    push(ws, &bytes);
    ws->origin = NULL;
    ws->hold.reason = REASON_ANSWERED;
    wsclose_conclude(ws);
}

static void refuse(struct websocket *ws, enum reason reason, const char *detail)
{
    bool may_know = detail && ws->route->debug;
    struct buf bytes = {0};
    reply_raw_refusal(&bytes, reason, may_know ? span_of(detail) : (struct span){NULL, 0},
                      ws->hold.is_persistent, hold_traffic(&ws->hold));
    push(ws, &bytes);
}

void websocket_fail(struct websocket *ws, enum reason reason, const char *detail)
{
    ws->origin = NULL;
    if (ws->state == WS_OPENING) {
        char safe[200];
        log_warn("websocket refused reason=%s status=%u detail=\"%s\"", reason_name(reason),
                 reason_status(reason), log_safe(safe, sizeof(safe), detail, strlen(detail)));
        refuse(ws, reason, detail);
        ws->hold.reason = reason;
        wsclose_conclude(ws);
    } else if (ws->state == WS_OPEN) {
        wsclose_failed(ws, WS_CLOSE_ORIGIN_FAILED, reason, detail);
    } else if (ws->state == WS_ANSWERING) {
        wsclose_echo(ws);
    }
}

void websocket_say(struct websocket *ws, enum wsevent_kind kind, struct span content, bool is_whole)
{
    bool is_message = kind == WSEVENT_TEXT || kind == WSEVENT_BINARY;
    if (!websocket_may_speak(ws))
        return;
    if (is_message) {
        traffic_add(hold_traffic(&ws->hold), TRAFFIC_server_messages_received, 1);
        websocket_note_activity(ws);
        wsgrip_message(ws, kind, content, is_whole);
    } else {
        websocket_frame(ws, kind == WSEVENT_PING ? WS_OP_PING : WS_OP_PONG, content);
    }
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
        wsclose_say(ws, code, reason);
        wsclose_conclude(ws);
    } else if (ws->state == WS_OPEN) {
        wsclose_await(ws, WS_CLOSING, REASON_WS_CLOSED);
        wsclose_say(ws, code, reason);
    }
}

void websocket_close_unanswered(struct websocket *ws)
{
    if (ws->state == WS_ANSWERING)
        wsclose_echo(ws);
}

void websocket_drop(struct websocket *ws)
{
    ws->origin = NULL;
    hold_doom(&ws->hold, REASON_ORIGIN_DROPPED);
}

void websocket_detach(struct websocket *ws)
{
    wsinput_tell(ws, WSEVENT_CLOSE, SPAN(""));
    wsclose_part(ws);
    websocket_flush(ws);
    wsinput_taken(ws); /* there is nobody to wait for any more */
}
