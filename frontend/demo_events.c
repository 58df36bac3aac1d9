/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/demo_events.h"

#include "common/wsevents.h"

static const struct header accepted[] = {
    {SPAN_INIT("Content-Type"), SPAN_INIT("application/websocket-events")},
    {SPAN_INIT("Sec-WebSocket-Extensions"), SPAN_INIT("grip; message-prefix=\"\"")},
};

static const struct header plain_text[] = {{SPAN_INIT("Content-Type"), SPAN_INIT("text/plain")}};

static void answer_event(struct buf *out, const struct wsevent *event)
{
    switch (event->kind) {
    case WSEVENT_OPEN:
        wsevent_write(out, WSEVENT_OPEN, SPAN(""));
        wsevent_write(out, WSEVENT_TEXT, SPAN("c:{\"type\":\"subscribe\",\"channel\":\"test\"}"));
        break;
    case WSEVENT_TEXT:
    case WSEVENT_BINARY:
    case WSEVENT_CLOSE:
        wsevent_write(out, event->kind, event->content);
        break;
    case WSEVENT_PING:
        wsevent_write(out, WSEVENT_PONG, event->content);
        break;
    default:
        break;
    }
}

void demo_events(struct answer *head, struct buf *body, struct span path, struct span events)
{
    struct wsevent event;
    const char *why;
    if (!span_equal(span_cut(&path, '?'), SPAN("/test/websocket"))) {
        *head = (struct answer){404, {NULL, 0}, plain_text, ARRAY_LEN(plain_text), {NULL, 0}};
        buf_append(body, SPAN("The demo origin has a WebSocket at /test/websocket.\n"));
        return;
    }
    *head = (struct answer){200, {NULL, 0}, accepted, ARRAY_LEN(accepted), {NULL, 0}};
    while (wsevent_next(&event, &events, &why))
        answer_event(body, &event);
}
