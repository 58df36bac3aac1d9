/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsclose.h"

#include <sys/socket.h>

#include "common/log.h"
#include "frontend/parts.h"
#include "frontend/raw.h"
#include "frontend/wsinput.h"

void wsclose_part(struct websocket *ws)
{
    if (ws->origin)
        ws->origin->kind->leave(ws->origin);
    ws->origin = NULL;
}

void wsclose_conclude(struct websocket *ws)
{
    wsclose_part(ws);
    timer_cancel(&ws->hold.timer);
    ws->hold.is_concluded = true;
    hold_doom(&ws->hold, ws->hold.reason);
}

void wsclose_say(struct websocket *ws, unsigned code, struct span reason)
{
    char payload[WS_CONTROL_MOST];
    size_t len = ws_close_payload(payload, code, reason);
    websocket_frame(ws, WS_OP_CLOSE, span(payload, len));
    websocket_flush(ws);
}

void wsclose_echo(struct websocket *ws)
{
    wsclose_say(ws, ws->said, SPAN(""));
    wsclose_conclude(ws);
}

/* Whoever was to say goodbye did not. */
static void on_close_wait(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    struct websocket *ws = container_of(timer, struct websocket, hold.timer);
    if (ws->state == WS_ANSWERING)
        wsclose_echo(ws);
    else
        wsclose_conclude(ws);
}

void wsclose_await(struct websocket *ws, enum ws_state state, enum reason why)
{
    ws->state = state;
    if (ws->hold.reason == REASON_NONE)
        ws->hold.reason = why;
    uint64_t due_ms = loop_now_ms(ws->parts->loop) + ws->parts->limits->ws_close_wait_ms;
    timer_arm(ws->parts->wheel, &ws->hold.timer, due_ms, on_close_wait);
    raw_deafen(&ws->hold, false); /* its close frame may stand behind what was left alone */
}

void wsclose_hang_up(struct websocket *ws)
{
    (void)shutdown(ws->hold.fd, SHUT_WR);
}

void wsclose_failed(struct websocket *ws, unsigned code, enum reason why, const char *detail)
{
    char safe[200];
    if (reason_is_fault(why))
        log_warn("websocket closed code=%u reason=%s detail=\"%s\"", code, reason_name(why),
                 log_safe(safe, sizeof(safe), detail, strlen(detail)));
    bool has_said = ws->state == WS_CLOSING; /* one close frame is all a client gets */
    wsclose_part(ws);
    wsinput_done(ws);
    wsclose_await(ws, WS_FAILED, why);
    if (!has_said)
        wsclose_say(ws, code, SPAN(""));
    else if (outq_is_empty(&ws->hold.out))
        wsclose_hang_up(ws);
}
