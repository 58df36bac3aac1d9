/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/client.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/clock.h"
#include "common/engine.h"
#include "common/instruct.h"
#include "common/log.h"
#include "common/rawhead.h"
#include "frontend/cors.h"
#include "frontend/demo.h"
#include "frontend/forward.h"
#include "frontend/leaving.h"
#include "frontend/origin.h"
#include "frontend/parts.h"
#include "frontend/relay.h"
#include "frontend/reply.h"
#include "frontend/signer.h"
#include "frontend/stream.h"
#include "frontend/websocket.h"
#include "frontend/wsopen.h"

enum stage {
    ASKING,     /* the origin has not answered yet */
    RELAYING,   /* its answer streams through */
    COLLECTING, /* its answer is an instruction; the body is read whole */
    LEAVING,    /* waits for the turn in which its connection can leave h2o: raw_take() */
    ANSWERED,   /* the request is h2o's, or a hold's */
};

struct client {
    struct parts *parts;
    h2o_req_t *request;
    const struct route *route;
    struct destination to;
    struct rawhead raw;        /* HTTP/1 only */
    uint64_t turn;             /* of the loop, when it arrived */
    struct exchange *exchange; /* NULL when none is under way */
    enum stage stage;
    struct answer told; /* COLLECTING: the head, in the request's pool */
    struct buf body;    /* COLLECTING: owned */
    struct relay relay; /* RELAYING */
    struct list node;   /* parts->clients */
    struct list due;    /* parts->due */
    enum reason fault;  /* why clients_turn() is to refuse it */
    struct leaving leaving;
};

static void stop_asking(struct client *client)
{
    leaving_unwatch(&client->leaving);
    if (client->exchange)
        origin_cancel(client->exchange);
    client->exchange = NULL;
}

/* h2o disposes of the request: it was answered, or its client left. */
static void on_dispose(void *memory)
{
    struct client *client = memory;
    stop_asking(client);
    buf_done(&client->body);
    list_unlink(&client->due);
    list_unlink(&client->node);
}

/* The request is about to be answered for good: nothing of ours may come later. */
static h2o_req_t *let_go(struct client *client)
{
    leaving_unwatch(&client->leaving);
    list_unlink(&client->due);
    client->stage = ANSWERED;
    return client->request;
}

static void log_refusal(const struct client *client, enum reason reason, const char *detail)
{
    char path[200], text[200];
    log_safe(path, sizeof(path), client->to.path.at, client->to.path.len);
    log_safe(text, sizeof(text), detail, strlen(detail));
    log_warn("request refused reason=%s status=%u path=%s detail=\"%s\"", reason_name(reason),
             reason_status(reason), path, text);
}

/* `detail` (or NULL) is for the log, and for clients of a debug route. */
static void refuse(struct client *client, enum reason reason, const char *detail)
{
    stats_end(client->parts->stats, reason);
    log_refusal(client, reason, detail ? detail : reason_text(reason));
    bool may_know = detail && client->route && client->route->debug;
    reply_refuse(let_go(client), reason, may_know ? span_of(detail) : (struct span){NULL, 0});
}

/* A request whose framing is in doubt: said why, then the connection is closed. */
static void refuse_malformed(struct client *client, enum reason reason, const char *why)
{
    stats_end(client->parts->stats, reason);
    log_refusal(client, reason, why);
    client->request->http1_is_persistent = 0;
    reply_refuse(let_go(client), reason, span_of(why));
}

/* ---- the origin's answer ---- */

static void hold_or_answer(struct client *client, const struct instruct *told)
{
    struct parts *parts = client->parts;
    bool has_body = reply_has_body(client->request, told->status);
    if (told->mode == HOLD_STREAM && has_body) {
        size_t len = client->raw.is_chunked ? 0 : client->raw.head_len + client->raw.body_len;
        stream_begin(parts, let_go(client), client->route, told, len);
        return;
    }
    h2o_req_t *request = let_go(client);
    reply_head(request, told->status, told->reason, told->headers, told->header_count);
    cors_add(request, client->route);
    if (told->mode == HOLD_STREAM && !has_body)
        h2o_send_inline(request, "", 0); /* HEAD of a stream: it has no length */
    else
        reply_body(request, told->body);
}

static void act_on_instruct(struct client *client)
{
    client->told.body = buf_span(&client->body);
    struct instruct told;
    char *why = NULL;
    enum reason fault = instruct_read(&told, &client->told, client->parts->limits, &why);
    if (fault == REASON_NONE && told.mode == HOLD_RESPONSE) {
        instruct_done(&told);
        refuse(client, REASON_BAD_INSTRUCT,
               "Failed to parse accept instructions: Grip-Hold: response is not offered yet");
    } else if (fault == REASON_NONE) {
        hold_or_answer(client, &told);
        instruct_done(&told);
    } else {
        char detail[300];
        (void)snprintf(detail, sizeof(detail), "Failed to parse accept instructions: %s", why);
        refuse(client, fault, detail);
    }
    free(why);
}

static struct span keep(struct client *client, struct span bytes)
{
    h2o_iovec_t copy = h2o_strdup(&client->request->pool, bytes.at, bytes.len);
    return span(copy.base, copy.len);
}

static void keep_answer(struct client *client, const struct answer *answer)
{
    struct header *headers =
        h2o_mem_alloc_pool(&client->request->pool, (answer->header_count + 1) * sizeof(*headers));
    for (size_t i = 0; i < answer->header_count; i++)
        headers[i] = (struct header){keep(client, answer->headers[i].name),
                                     keep(client, answer->headers[i].value)};
    client->told = (struct answer){
        answer->status, keep(client, answer->reason), headers, answer->header_count, {NULL, 0}};
}

static void make_due(struct client *client)
{
    if (!list_is_linked(&client->due))
        list_append(&client->parts->due, &client->due);
}

static void on_head(void *context, const struct answer *answer)
{
    struct client *client = context;
    if (!client->route->no_grip && instruct_is(answer)) {
        client->stage = COLLECTING;
        keep_answer(client, answer);
        return;
    }
    client->stage = RELAYING;
    relay_begin(&client->relay, client->request, client->route, &client->exchange, answer);
    make_due(client); /* its head goes out this turn, with or without a piece of the body */
}

static enum origin_flow on_body(void *context, struct span piece)
{
    struct client *client = context;
    if (client->stage == RELAYING)
        return relay_piece(&client->relay, piece);
    if (client->body.len + piece.len > client->parts->limits->grip_body_bytes) {
        /* An exchange cannot be cancelled from inside. */
        client->fault = REASON_INSTRUCT_TOO_LARGE;
        make_due(client);
        return ORIGIN_PAUSE;
    }
    buf_append(&client->body, piece);
    return ORIGIN_MORE;
}

static void on_end(void *context, enum reason fault, const char *detail)
{
    struct client *client = context;
    client->exchange = NULL;
    leaving_unwatch(&client->leaving);
    if (client->stage == RELAYING) {
        list_unlink(&client->due);
        if (fault != REASON_NONE)
            log_refusal(client, fault, detail);
        relay_end(&client->relay, fault != REASON_NONE);
    } else if (fault != REASON_NONE) {
        refuse(client, fault, detail);
    } else {
        act_on_instruct(client);
    }
}

static const struct origin_events origin_events = {on_head, on_body, on_end};

/* ---- the client while the origin is asked ---- */

static void on_client_gone(struct leaving *leaving)
{
    struct client *client = container_of(leaving, struct client, leaving);
    stop_asking(client);
    client->request->http1_is_persistent = 0;
    if (client->stage == RELAYING)
        relay_end(&client->relay, true);
    else
        refuse(client, REASON_CLIENT_GONE, NULL);
}

static void ask(struct client *client, const struct ask *question)
{
    struct parts *parts = client->parts;
    client->exchange =
        origin_ask(parts->origins, question, &origin_events, client, loop_now_ms(parts->loop));
    leaving_watch(&client->leaving, parts, client->request, on_client_gone);
}

/* ---- the request ---- */

static bool is_safe(struct span method)
{
    return span_equal(method, SPAN("GET")) || span_equal(method, SPAN("HEAD")) ||
           span_equal(method, SPAN("OPTIONS"));
}

static struct span method_of(const struct client *client)
{
    return vec_span(client->request->input.method);
}

static struct span body_of(const struct client *client)
{
    return vec_span(client->request->entity);
}

static void ask_demo(struct client *client)
{
    struct answer answer;
    struct ask question;
    if (demo_publishes(&question, client->parts, &client->request->pool, method_of(client),
                       client->to.path, body_of(client))) {
        ask(client, &question);
        return;
    }
    demo_answer(&answer, method_of(client), client->to.path);
    if (instruct_is(&answer)) {
        client->told = answer;
        act_on_instruct(client);
        return;
    }
    h2o_req_t *request = let_go(client);
    reply_head(request, answer.status, answer.reason, answer.headers, answer.header_count);
    reply_body(request, answer.body);
}

static void ask_origin(struct client *client)
{
    const struct route *route = client->route;
    struct ask question = {.targets = route->targets, .target_count = route->target_count};
    question.method = method_of(client);
    question.path = forward_path(client->request, route, client->to.path);
    question.headers = forward_headers(client->parts, client->request, route, client->to.host,
                                       &question.header_count);
    question.body = body_of(client);
    question.is_safe = is_safe(question.method);
    ask(client, &question);
}

/* Returns: whether the request is as it should be; else it was refused. */
static bool is_sound(struct client *client)
{
    h2o_req_t *request = client->request;
    const struct limits *limits = client->parts->limits;
    if (request->version < 0x200) {
        const h2o_buffer_t *input = request->conn->callbacks->get_socket(request->conn)->input;
        const char *why;
        enum reason reason =
            rawhead_check(&client->raw, span(input->bytes, input->size), limits, &why);
        if (reason != REASON_NONE) {
            refuse_malformed(client, reason, why);
            return false;
        }
    } else if (!host_is_valid(client->to.host)) {
        refuse_malformed(client, REASON_BAD_REQUEST, ":authority is not a host with a port");
        return false;
    } else if (client->to.path.len > limits->request_target_bytes) {
        refuse(client, REASON_TARGET_TOO_LONG, NULL);
        return false;
    }
    if (body_of(client).len > limits->request_body_bytes) {
        refuse(client, REASON_BODY_TOO_LARGE, NULL);
        return false;
    }
    return true;
}

static void put_websocket(struct client *client)
{
    const char *why;
    enum reason reason = wsopen_check(client->request, &why);
    if (reason == REASON_BAD_REQUEST) {
        refuse_malformed(client, reason, why);
    } else if (reason != REASON_NONE) {
        refuse(client, reason, NULL);
    } else {
        client->stage = LEAVING;
        make_due(client);
    }
}

static void put_to_origin(struct client *client)
{
    h2o_req_t *request = client->request;
    bool is_ssl = request->input.scheme == &H2O_URL_SCHEME_HTTPS;
    client->route = routes_find(client->parts->config->routes, client->to.host, client->to.path,
                                is_ssl, wsopen_is(request));
    struct span signature = request_header(request, SPAN("grip-sig"));
    struct span type = request_header(request, SPAN("content-type"));
    if (client->parts->is_stopping)
        refuse(client, REASON_SHUTDOWN, NULL);
    else if (!client->route)
        refuse(client, REASON_NO_ROUTE, NULL);
    else if (wsopen_is(request))
        put_websocket(client);
    else if (!client->route->no_grip &&
             span_starts_nocase(type, SPAN("application/websocket-events")))
        refuse(client, REASON_EVENTS_FROM_CLIENT, NULL);
    else if (signature.at &&
             signer_is_own(client->parts->signer, client->route, signature, clock_epoch_s()))
        refuse(client, REASON_LOOP, NULL);
    else if (client->route->targets[0].kind == TARGET_DEMO)
        ask_demo(client);
    else
        ask_origin(client);
}

void client_take(void *context, h2o_req_t *request)
{
    struct parts *parts = context;
    struct client *client = h2o_mem_alloc_shared(&request->pool, sizeof(*client), on_dispose);
    *client = (struct client){.parts = parts, .request = request, .leaving.fd = -1};
    client->turn = loop_turns(parts->loop);
    client->to = destination_of(request);
    list_append(&parts->clients, &client->node);
    stats_add(parts->stats, STAT_requests, 1);
    if (is_sound(client))
        put_to_origin(client);
}

/* Whether h2o's epoll set has forgotten the socket (raw_take()). */
static bool is_movable(const struct client *client)
{
    return loop_turns(client->parts->loop) >= client->turn + 2;
}

static void begin_websocket(struct client *client)
{
    enum reason reason = websocket_begin(client->parts, client->request, client->route, &client->to,
                                         client->raw.head_len);
    if (reason != REASON_NONE)
        refuse(client, reason, NULL);
}

static void leave(struct client *client)
{
    if (client->parts->is_stopping)
        refuse(client, REASON_SHUTDOWN, NULL);
    else if (wsopen_is(client->request))
        begin_websocket(client);
    else
        act_on_instruct(client);
}

static void do_due(struct client *client)
{
    if (client->fault != REASON_NONE) {
        stop_asking(client);
        refuse(client, client->fault, NULL);
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
        if (client->stage == LEAVING && !is_movable(client))
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
        stop_asking(client);
        client->request->http1_is_persistent = 0;
        if (client->stage == RELAYING)
            relay_end(&client->relay, true);
        else
            refuse(client, REASON_SHUTDOWN, NULL);
    }
}
