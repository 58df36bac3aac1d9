/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "common/instruct.h"
#include "frontend/client_life.h"
#include "frontend/cors.h"
#include "frontend/longpoll.h"
#include "frontend/parts.h"
#include "frontend/presence.h"
#include "frontend/previds.h"
#include "frontend/reply.h"
#include "frontend/stream.h"

/* Once more through routing to the origin. Takes: `previds`, or NULL. */
static void ask_again(struct client *client, struct previds *previds)
{
    stats_add(client->parts->stats, STAT_retries, 1);
    free(client->previds);
    client->previds = previds;
    buf_clear(&client->body);
    client->stage = AGAIN;
    client_make_due(client);
}

/* A hold whose request is still h2o's gives it back. */
static void on_again(void *context, const struct retry *retry)
{
    struct client *client = context;
    client->presence = retry->presence;
    ask_again(client, retry->previds);
}

static void hold_poll(struct client *client, const struct instruct *told, struct previds **previds)
{
    struct presence *presence = presence_take(&client->presence); /* the client may be gone then */
    const struct polled polled = {
        .request = client->request,
        .raw = &client->raw,
        .route = client->route,
        .told = told,
        .presence = presence,
        .again = on_again,
        .context = client,
    };
    (void)client_let_go(client);
    enum reason reason = longpoll_begin(client->parts, &polled, previds);
    if (reason == REASON_NONE)
        return;
    client->presence = presence;
    client_refuse(client, reason, NULL);
}

/* What was published is compared and the channels are joined in one go: nothing gets between. */
static void begin_poll(struct client *client, const struct instruct *told)
{
    struct parts *parts = client->parts;
    struct previds *previds = previds_new(told, client->route->prefix);
    if (client_body(client).len > parts->limits->retained_body_bytes) {
        client_refuse(client, REASON_BODY_NOT_KEPT, NULL);
    } else if (previds_are_behind(previds, parts->lastids)) {
        ask_again(client, previds);
        return;
    } else if (client->request->version < 0x200 && !client_is_movable(client)) {
        client->stage = LEAVING;
        client_make_due(client);
    } else {
        hold_poll(client, told, &previds);
    }
    free(previds);
}

static void hold_or_answer(struct client *client, const struct instruct *told)
{
    struct parts *parts = client->parts;
    bool has_body = reply_has_body(client->request, told->status);
    if (told->mode == HOLD_STREAM && has_body) {
        size_t len = client->raw.is_chunked ? 0 : client->raw.head_len + client->raw.body_len;
        struct presence *presence = presence_take(&client->presence);
        stream_begin(parts, client_let_go(client), client->route, told, len, presence);
        client_free(client);
        return;
    }
    struct traffic *traffic = parts_traffic(parts, client->route);
    h2o_req_t *request = client_let_go(client);
    reply_head(request, told->status, told->reason, told->headers, told->header_count);
    cors_add(request, client->route);
    if (told->mode == HOLD_STREAM && !has_body)
        reply_nothing(request, traffic); /* HEAD of a stream: it has no length */
    else
        reply_body(request, told->body, traffic);
}

void client_obey(struct client *client)
{
    client->told.body = buf_span(&client->body);
    struct instruct told;
    char *why = NULL;
    enum reason fault = instruct_read(&told, &client->told, client->parts->limits, &why);
    if (fault == REASON_NONE) {
        if (told.mode == HOLD_RESPONSE)
            begin_poll(client, &told);
        else
            hold_or_answer(client, &told);
        instruct_done(&told); /* the client may be gone */
    } else {
        char detail[300];
        (void)snprintf(detail, sizeof(detail), "Failed to parse accept instructions: %s", why);
        client_refuse(client, fault, detail);
    }
    free(why);
}
