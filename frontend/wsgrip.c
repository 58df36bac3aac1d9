/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsgrip.h"

#include <stdlib.h>

#include "common/gripvalue.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/wscontrol.h"
#include "frontend/channels.h"
#include "frontend/parts.h"
#include "frontend/subscribe.h"
#include "frontend/websocket.h"
#include "frontend/wsclose.h"

#define CONTROL SPAN("c:")

/* A message that send-delayed left for later. */
struct delayed {
    struct timer timer;
    struct websocket *ws;
    enum ws_opcode opcode;
    size_t len;
    char bytes[];
};

static void ignored(const char *why)
{
    log_debug("control message ignored why=\"%s\"", why);
}

/* ---- negotiation ---- */

/* The prefixes that nearly all origins use cost an idle connection nothing. */
static const char *const usual_prefixes[] = {"m:", ""};

static void activate(struct wsgrip *grip, const struct gripvalue *extension)
{
    struct span told = gripvalue_param(extension, SPAN("message-prefix"));
    grip->prefix = told.at ? NULL : usual_prefixes[0];
    for (size_t i = 0; i < ARRAY_LEN(usual_prefixes) && !grip->prefix; i++)
        if (span_equal(told, span_of(usual_prefixes[i])))
            grip->prefix = usual_prefixes[i];
    if (grip->prefix)
        return;
    free(grip->own_prefix);
    grip->prefix = grip->own_prefix = mem_copy(told.at, told.len);
}

void wsgrip_begin(struct websocket *ws, const struct answer *answer)
{
    struct arena arena = {0};
    for (size_t i = 0; i < answer->header_count && !ws->route->no_grip; i++) {
        struct span rest = answer->headers[i].value;
        if (!span_equal_nocase(answer->headers[i].name, SPAN("sec-websocket-extensions")))
            continue;
        for (struct gripvalue extension; gripvalue_next(&extension, &arena, &rest);)
            if (span_equal(extension.first, SPAN("grip")))
                activate(&ws->grip, &extension);
    }
    arena_done(&arena);
}

/* ---- send-delayed ---- */

static void send_delayed_now(struct websocket *ws)
{
    struct delayed *delayed = ws->grip.delayed;
    if (!delayed)
        return;
    ws->grip.delayed = NULL;
    timer_cancel(&delayed->timer);
    websocket_frame(ws, delayed->opcode, span(delayed->bytes, delayed->len));
    free(delayed);
}

static void on_delayed(struct timer *timer, uint64_t now_ms)
{
    (void)now_ms;
    struct websocket *ws = container_of(timer, struct delayed, timer)->ws;
    if (!websocket_may_speak(ws))
        return; /* nothing follows a close frame */
    send_delayed_now(ws);
    websocket_flush(ws);
}

/* One may wait; a second one sends the first at once. */
static void send_delayed(struct websocket *ws, const struct wscontrol *control)
{
    send_delayed_now(ws);
    if (!control->content.at)
        return;
    struct delayed *delayed = mem_new(sizeof(*delayed) + control->content.len);
    delayed->ws = ws;
    delayed->opcode = ws_opcode_of(control->type);
    delayed->len = control->content.len;
    memcpy(delayed->bytes, control->content.at, control->content.len);
    ws->grip.delayed = delayed;
    uint64_t due_ms = loop_now_ms(ws->parts->loop) + control->timeout_s * 1000ULL;
    timer_arm(ws->parts->wheel, &delayed->timer, due_ms, on_delayed);
}

/* ---- the other control messages ---- */

static bool is_implicit(const struct websocket *ws, struct span channel)
{
    const struct target *target = &ws->route->targets[0];
    for (size_t i = 0; i < target->sub_count; i++)
        if (span_equal(span_of(target->subs[i]), channel))
            return true;
    return false;
}

static void subscribe(struct websocket *ws, const char *channel)
{
    const struct limits *limits = ws->parts->limits;
    if (channels_count(&ws->hold) >= limits->channels_per_hold)
        log_warn("subscription ignored why=\"the connection has channels_per_hold channels\"");
    else if (strlen(channel) > limits->channel_bytes)
        log_warn("subscription ignored why=\"the name is longer than channel_bytes\"");
    else
        channels_join(ws->parts->channels, &ws->hold, span_of(channel));
}

static void unsubscribe(struct websocket *ws, const char *channel)
{
    if (!is_implicit(ws, span_of(channel)))
        channels_leave(ws->parts->channels, &ws->hold, span_of(channel));
}

static void keep_alive(struct websocket *ws, const struct wscontrol *control)
{
    struct msgbuf *message = NULL;
    if (ws->state != WS_OPEN) /* the timer measures how long a close takes */
        return;
    if (control->content.at) {
        struct buf frame = {0};
        ws_frame(&frame, ws_opcode_of(control->type), control->content);
        message = msgbuf_copy(buf_span(&frame));
        buf_done(&frame);
    }
    hold_keep_alive(&ws->hold, message, control->timeout_s * UINT64_C(1000),
                    control->mode == KEEP_ALIVE_IDLE);
}

static void set_meta(struct websocket *ws, const struct wscontrol *control)
{
    struct span value = control->value.at ? control->value : SPAN("");
    if (ws->origin && !ws->origin->kind->set_meta(ws->origin, control->name, value))
        ignored("more metadata than meta_per_hold or meta_bytes allow");
}

static void obey(struct websocket *ws, const struct wscontrol *control)
{
    char *channel = subscribe_name(ws->route->prefix, control->channel);
    switch (control->kind) {
    case WSCONTROL_SUBSCRIBE:
        if (control->has_too_many_filters)
            wsclose_failed(ws, WS_CLOSE_ORIGIN_FAILED, REASON_BAD_INSTRUCT,
                           "a subscription with more than 5 filters");
        else
            subscribe(ws, channel);
        break;
    case WSCONTROL_UNSUBSCRIBE:
        unsubscribe(ws, channel);
        break;
    case WSCONTROL_DETACH:
        websocket_detach(ws);
        break;
    case WSCONTROL_SESSION:
        break;
    case WSCONTROL_SET_META:
        set_meta(ws, control);
        break;
    case WSCONTROL_KEEP_ALIVE:
        keep_alive(ws, control);
        break;
    case WSCONTROL_SEND_DELAYED:
        send_delayed(ws, control);
        break;
    case WSCONTROL_FLUSH_DELAYED:
        send_delayed_now(ws);
        break;
    }
    free(channel);
}

static void control(struct websocket *ws, struct span json)
{
    struct wscontrol control;
    const char *why = wscontrol_read(&control, json, ws->parts->limits);
    if (why) {
        ignored(why);
        return;
    }
    obey(ws, &control);
    wscontrol_done(&control);
}

void wsgrip_message(struct websocket *ws, enum wsevent_kind kind, struct span content,
                    bool is_whole)
{
    bool is_text = kind == WSEVENT_TEXT;
    struct span prefix = ws->grip.prefix ? span_of(ws->grip.prefix) : SPAN("");
    if (ws->grip.prefix && is_text && span_starts(content, CONTROL)) {
        if (is_whole)
            control(ws, span_skip(content, CONTROL.len));
        else
            ignored("it came in more than one frame");
    } else if (span_starts(content, prefix)) {
        websocket_frame(ws, is_text ? WS_OP_TEXT : WS_OP_BINARY, span_skip(content, prefix.len));
    } else {
        log_debug("message of an origin dropped why=\"it lacks the prefix of messages\"");
    }
}

void wsgrip_done(struct websocket *ws)
{
    if (ws->grip.delayed)
        timer_cancel(&ws->grip.delayed->timer);
    free(ws->grip.delayed);
    free(ws->grip.own_prefix);
}
