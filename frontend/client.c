/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/client.h"

#include <stdlib.h>

#include "common/engine.h"
#include "common/log.h"
#include "frontend/accept.h"
#include "frontend/client_life.h"
#include "frontend/origin.h"
#include "frontend/parts.h"
#include "frontend/presence.h"
#include "frontend/previds.h"
#include "frontend/reply.h"
#include "frontend/websocket.h"
#include "frontend/wsopen.h"

void client_stop_asking(struct client *client)
{
    leaving_unwatch(&client->leaving);
    if (client->exchange)
        origin_cancel(client->exchange);
    client->exchange = NULL;
}

size_t client_size(void)
{
    return sizeof(struct client);
}

void client_free(struct client *client)
{
    client_stop_asking(client);
    buf_done(&client->body);
    free(client->previds);
    presence_end(client->presence);
    list_unlink(&client->due);
    list_unlink(&client->node);
    *client->ref = NULL;
    slab_put(&client->parts->client_slots, client);
}

/* h2o disposes of the request: it was answered, or its client left. */
static void on_dispose(void *memory)
{
    struct client *client = *(struct client **)memory;
    if (!client)
        return;
    if (client->exchange && client->request->version >= 0x200)
        doors_give_up(client->request);
    client_free(client);
}

h2o_req_t *client_let_go(struct client *client)
{
    leaving_unwatch(&client->leaving);
    list_unlink(&client->due);
    client->stage = ANSWERED;
    return client->request;
}

void client_log_refusal(const struct client *client, enum reason reason, const char *detail)
{
    char path[200], text[200];
    log_safe(path, sizeof(path), client->to.path.at, client->to.path.len);
    log_safe(text, sizeof(text), detail, strlen(detail));
    log_warn("request refused reason=%s status=%u path=%s detail=\"%s\"", reason_name(reason),
             reason_status(reason), path, text);
}

void client_refuse(struct client *client, enum reason reason, const char *detail)
{
    stats_end(client->parts->stats, reason);
    client_log_refusal(client, reason, detail ? detail : reason_text(reason));
    bool may_know = detail && client->route && client->route->debug;
    struct traffic *traffic = parts_traffic(client->parts, client->route);
    reply_refuse(client_let_go(client), reason, may_know ? span_of(detail) : (struct span){NULL, 0},
                 traffic);
}

void client_refuse_malformed(struct client *client, enum reason reason, const char *why)
{
    stats_end(client->parts->stats, reason);
    client_log_refusal(client, reason, why);
    client->request->http1_is_persistent = 0;
    reply_refuse(client_let_go(client), reason, span_of(why), parts_traffic(client->parts, NULL));
}

void client_make_due(struct client *client)
{
    if (!list_is_linked(&client->due))
        list_append(&client->parts->due, &client->due);
}

bool client_is_movable(const struct client *client)
{
    return loop_turns(client->parts->loop) >= client->turn + 2;
}

struct span client_body(const struct client *client)
{
    return vec_span(client->request->entity);
}

/* ---- its birth ---- */

/* A request that was held before comes with what it then learned. */
static void take_along(struct client *client)
{
    struct retry retry;
    bool is_retry = client->request->version < 0x200 && doors_claim(client->request, &retry);
    stats_add(client->parts->stats, is_retry ? STAT_retries : STAT_requests, 1);
    client->is_known = is_retry;
    if (!is_retry)
        return;
    client->previds = retry.previds;
    client->presence = retry.presence;
    client->request->http1_is_persistent = retry.is_persistent;
}

/* HTTP/2 clients say it themselves, and may say what they like. */
static const h2o_url_scheme_t *scheme_of(const h2o_req_t *request)
{
    return request->conn->callbacks->get_socket(request->conn)->ssl ? &H2O_URL_SCHEME_HTTPS
                                                                    : &H2O_URL_SCHEME_HTTP;
}

void client_take(void *context, h2o_req_t *request)
{
    struct parts *parts = context;
    struct client *client = slab_get(&parts->client_slots);
    client->ref = h2o_mem_alloc_shared(&request->pool, sizeof(client->ref), on_dispose);
    *client->ref = client;
    client->parts = parts;
    client->request = request;
    client->leaving.fd = -1;
    client->turn = loop_turns(parts->loop);
    client->to = destination_of(request);
    if (request->version >= 0x200)
        request->input.scheme = scheme_of(request);
    list_append(&parts->clients, &client->node);
    take_along(client);
    if (client_is_sound(client))
        client_ask(client);
    else
        traffic_add(parts_traffic(parts, NULL), TRAFFIC_activity, 1);
}

/* ---- its turn ---- */

static void begin_websocket(struct client *client)
{
    enum reason reason = websocket_begin(client->parts, client->request, client->route, &client->to,
                                         client->raw.head_len);
    if (reason != REASON_NONE)
        client_refuse(client, reason, NULL);
}

static void leave(struct client *client)
{
    if (client->parts->is_stopping)
        client_refuse(client, REASON_SHUTDOWN, NULL);
    else if (wsopen_is(client->request))
        begin_websocket(client);
    else
        client_obey(client);
}

static void do_due(struct client *client)
{
    if (client->fault != REASON_NONE) {
        client_stop_asking(client);
        client_refuse(client, client->fault, NULL);
    } else if (client->stage == AGAIN) {
        client->stage = ASKING;
        client_ask(client);
    } else if (client->stage == LEAVING) {
        leave(client);
    } else {
        relay_push_head(&client->relay);
    }
}

uint64_t clients_turn(struct parts *parts)
{
    struct list later;
    list_init(&later);
    for (struct list *node; (node = list_pop(&parts->due));) {
        struct client *client = container_of(node, struct client, due);
        if (client->stage == LEAVING && client->request->version < 0x200 &&
            !client_is_movable(client))
            list_append(&later, &client->due);
        else
            do_due(client);
    }
    for (struct list *node; (node = list_pop(&later));)
        list_append(&parts->due, node);
    return list_is_empty(&parts->due) ? LOOP_NEVER : 0;
}

void clients_end_all(struct parts *parts)
{
    LIST_FOREACH_SAFE (node, &parts->clients) {
        struct client *client = container_of(node, struct client, node);
        if (!client->exchange)
            continue;
        client_stop_asking(client);
        client->request->http1_is_persistent = 0;
        if (client->stage == RELAYING)
            relay_end(&client->relay, true);
        else
            client_refuse(client, REASON_SHUTDOWN, NULL);
    }
}
