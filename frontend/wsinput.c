/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/wsinput.h"

#include <stdlib.h>

#include "common/mem.h"
#include "frontend/parts.h"
#include "frontend/raw.h"
#include "frontend/wsbudget.h"
#include "frontend/wsclose.h"

void wsinput_tell(struct websocket *ws, enum wsevent_kind kind, struct span content)
{
    if (ws->origin)
        ws->origin->kind->event(ws->origin, kind, content);
}

void wsinput_done(struct websocket *ws)
{
    if (ws->message)
        buf_done(ws->message);
    free(ws->message);
    ws->message = NULL;
}

static void take_message(struct websocket *ws, enum wsevent_kind kind, struct span content)
{
    struct traffic *traffic = hold_traffic(&ws->hold);
    traffic_add(traffic, TRAFFIC_client_messages_received, 1);
    traffic_add(traffic, TRAFFIC_client_content_bytes_received, content.len);
    traffic_add(traffic, TRAFFIC_server_messages_sent, 1);
    websocket_note_activity(ws);
    wsinput_tell(ws, kind, content);
}

static void take_data(struct websocket *ws, const struct wsread_item *item)
{
    enum wsevent_kind kind = item->is_text ? WSEVENT_TEXT : WSEVENT_BINARY;
    if (!ws->origin || ws->state != WS_OPEN)
        return;
    if (item->is_first && item->is_last) {
        take_message(ws, kind, item->bytes);
        return;
    }
    if (!ws->message)
        ws->message = mem_new(sizeof(*ws->message));
    buf_append(ws->message, item->bytes);
    if (!item->is_last)
        return;
    take_message(ws, kind, buf_span(ws->message));
    wsinput_done(ws);
}

static void take_ping(struct websocket *ws, struct span content)
{
    if (ws->state != WS_OPEN)
        return;
    if (ws->route->targets[0].auto_pong || !ws->origin) /* nobody else would */
        websocket_frame(ws, WS_OP_PONG, content);
    else
        wsinput_tell(ws, WSEVENT_PING, content);
}

static void take_close(struct websocket *ws, unsigned code, struct span reason)
{
    char payload[WS_CONTROL_MOST];
    size_t len = ws_close_payload(payload, code, reason);
    wsinput_done(ws);
    if (ws->state == WS_CLOSING) {
        wsinput_tell(ws, WSEVENT_CLOSE, span(payload, len));
        wsclose_conclude(ws);
        return;
    }
    ws->said = (uint16_t)code;
    wsclose_await(ws, WS_ANSWERING, REASON_WS_CLOSED);
    if (ws->origin)
        wsinput_tell(ws, WSEVENT_CLOSE, span(payload, len));
    else
        wsclose_echo(ws);
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
            wsinput_tell(ws, WSEVENT_PONG, item->bytes);
        break;
    case WSREAD_CLOSE:
        take_close(ws, item->code, item->bytes);
        break;
    case WSREAD_FAULT:
        wsclose_failed(ws, item->code, REASON_WS_BROKEN, item->bytes.at);
        break;
    case WSREAD_MORE:
        break;
    }
}

bool wsinput_is_wanted(const struct websocket *ws)
{
    return (ws->state == WS_OPEN || ws->state == WS_CLOSING) && !ws->hold.is_concluded;
}

void wsinput_taken(struct websocket *ws)
{
    wsbudget_weigh(ws);
    size_t queued = ws->origin ? ws->origin->charge : 0;
    if (ws->state == WS_OPEN && !ws->hold.is_concluded)
        raw_deafen(&ws->hold, queued >= ws->parts->limits->ws_queue_bytes);
}

/* Half a close is enough from who closed; from others it is the end. */
static void take_end(struct websocket *ws)
{
    if (ws->state == WS_ANSWERING || ws->hold.is_concluded)
        raw_deafen(&ws->hold, true); /* its last bytes may be on their way */
    else if (ws->state == WS_CLOSING || ws->state == WS_FAILED)
        wsclose_conclude(ws);
    else
        hold_doom(&ws->hold, REASON_CLIENT_GONE);
}

void wsinput_take(struct hold *hold, char *bytes, size_t len)
{
    struct websocket *ws = container_of(hold, struct websocket, hold);
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
    while (what != WSREAD_MORE && wsinput_is_wanted(ws) && !list_is_linked(&hold->doomed)) {
        what = wsreader_next(&ws->reader, &item, WS_CLIENT, ws->parts->limits->ws_message_bytes,
                             &bytes, &len);
        take(ws, what, &item);
    }
    websocket_flush(ws); /* pongs */
    wsinput_taken(ws);
}
