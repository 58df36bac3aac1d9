/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/engine.h"
#include "common/instruct.h"
#include "frontend/client_life.h"
#include "frontend/demo.h"
#include "frontend/h2head.h"
#include "frontend/origin.h"
#include "frontend/parts.h"
#include "frontend/presence.h"
#include "frontend/reply.h"
#include "frontend/signer.h"
#include "frontend/wsopen.h"

/* ---- the answer ---- */

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

static void on_head(void *context, const struct answer *answer)
{
    struct client *client = context;
    struct traffic *traffic = parts_traffic(client->parts, client->route);
    traffic_add(traffic, TRAFFIC_server_header_bytes_received,
                traffic_answer_head(answer->reason, answer->headers, answer->header_count));
    if (!client->route->no_grip && instruct_is(answer)) {
        client->stage = COLLECTING;
        keep_answer(client, answer);
        return;
    }
    client->stage = RELAYING;
    relay_begin(&client->relay, client->request, client->route, &client->exchange, answer);
    traffic_add(traffic, TRAFFIC_client_header_bytes_sent, reply_head_count(client->request));
    client_make_due(client); /* its head goes out this turn, with or without a piece of the body */
}

static enum origin_flow relay_body(struct client *client, struct span piece)
{
    struct traffic *traffic = parts_traffic(client->parts, client->route);
    enum origin_flow flow = relay_piece(&client->relay, piece);
    if (flow == ORIGIN_PAUSE)
        return flow;
    traffic_add(traffic, TRAFFIC_server_content_bytes_received, piece.len);
    traffic_add(traffic, TRAFFIC_client_content_bytes_sent, piece.len);
    return flow;
}

static enum origin_flow on_body(void *context, struct span piece)
{
    struct client *client = context;
    if (client->stage == RELAYING)
        return relay_body(client, piece);
    if (client->body.len + piece.len > client->parts->limits->grip_body_bytes) {
        /* An exchange cannot be cancelled from inside. */
        client->fault = REASON_INSTRUCT_TOO_LARGE;
        client_make_due(client);
        return ORIGIN_PAUSE;
    }
    buf_append(&client->body, piece);
    traffic_add(parts_traffic(client->parts, client->route), TRAFFIC_server_content_bytes_received,
                piece.len);
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
            client_log_refusal(client, fault, detail);
        relay_end(&client->relay, fault != REASON_NONE);
    } else if (fault != REASON_NONE) {
        client_refuse(client, fault, detail);
    } else {
        client_obey(client);
    }
}

static const struct origin_events origin_events = {on_head, on_body, on_end};

/* ---- the client while the origin is asked ---- */

static void on_client_gone(struct leaving *leaving)
{
    struct client *client = container_of(leaving, struct client, leaving);
    client_stop_asking(client);
    client->request->http1_is_persistent = 0;
    if (client->stage == RELAYING)
        relay_end(&client->relay, true);
    else
        client_refuse(client, REASON_CLIENT_GONE, NULL);
}

static void ask(struct client *client, const struct ask *question)
{
    struct parts *parts = client->parts;
    struct traffic *traffic = parts_traffic(parts, client->route);
    traffic_add(traffic, TRAFFIC_server_header_bytes_sent,
                traffic_request_head(question->method, question->path, question->headers,
                                     question->header_count));
    traffic_add(traffic, TRAFFIC_server_content_bytes_sent, question->body.len);
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

static void ask_demo(struct client *client)
{
    struct answer answer;
    struct ask question;
    if (demo_publishes(&question, client->parts, &client->request->pool, method_of(client),
                       client->to.path, client_body(client))) {
        ask(client, &question);
        return;
    }
    demo_answer(&answer, method_of(client), client->to.path);
    if (instruct_is(&answer)) {
        /* In the turn: a head that is given to h2o inside its read is given too early (h2gate.h). */
        client->told = answer;
        client->stage = LEAVING;
        client_make_due(client);
        return;
    }
    struct traffic *traffic = parts_traffic(client->parts, client->route);
    h2o_req_t *request = client_let_go(client);
    reply_head(request, answer.status, answer.reason, answer.headers, answer.header_count);
    reply_body(request, answer.body, traffic);
}

static void ask_origin(struct client *client)
{
    const struct route *route = client->route;
    struct ask question = {.targets = route->targets, .target_count = route->target_count};
    question.method = method_of(client);
    question.path = forward_path(client->request, route, client->to.path);
    question.headers = forward_headers(client->parts, client->request, route, client->to.host,
                                       &question.header_count);
    if (client->previds)
        question.headers = forward_lasts(client->request, question.headers, &question.header_count,
                                         client->previds);
    question.body = client_body(client);
    question.is_safe = is_safe(question.method);
    ask(client, &question);
}

bool client_is_sound(struct client *client)
{
    h2o_req_t *request = client->request;
    const struct limits *limits = client->parts->limits;
    const char *why;
    enum reason reason;
    if (request->version < 0x200) {
        const h2o_buffer_t *input = request->conn->callbacks->get_socket(request->conn)->input;
        reason = rawhead_check(&client->raw, span(input->bytes, input->size), limits, &why);
    } else {
        reason = h2head_check(request, client->to.host, limits, &why);
    }
    if (reason != REASON_NONE) {
        client_refuse_malformed(client, reason, why);
        return false;
    }
    if (client_body(client).len > limits->request_body_bytes) {
        client_refuse(client, REASON_BODY_TOO_LARGE, NULL);
        return false;
    }
    return true;
}

static void put_websocket(struct client *client)
{
    const char *why;
    enum reason reason = wsopen_check(client->request, &why);
    if (reason == REASON_BAD_REQUEST) {
        client_refuse_malformed(client, reason, why);
    } else if (reason != REASON_NONE) {
        client_refuse(client, reason, NULL);
    } else {
        client->stage = LEAVING;
        client_make_due(client);
    }
}

static void put_request(struct client *client)
{
    if (!client->presence)
        client->presence =
            presence_of_request(client->parts->presences, client->request, client->route);
    if (client->route->targets[0].kind == TARGET_DEMO)
        ask_demo(client);
    else
        ask_origin(client);
}

/* Returns: what the head counts (traffic.h); of HTTP/2 as it would be in HTTP/1. */
static size_t head_count(const struct client *client)
{
    const h2o_req_t *request = client->request;
    if (request->version < 0x200)
        return client->raw.text_len;
    size_t bytes = request->input.method.len + request->input.path.len;
    bytes += SPAN("host").len + client->to.host.len;
    for (size_t i = 0; i < request->headers.size; i++)
        bytes += request->headers.entries[i].name->len + request->headers.entries[i].value.len;
    return bytes;
}

/* Counts a request that is new, once its route is known. */
static void count(struct client *client)
{
    struct traffic *traffic = parts_traffic(client->parts, client->route);
    if (client->is_known)
        return;
    client->is_known = true;
    traffic_add(traffic, TRAFFIC_activity, 1);
    traffic_add(traffic, TRAFFIC_client_header_bytes_received, head_count(client));
    traffic_add(traffic, TRAFFIC_client_content_bytes_received, client_body(client).len);
}

void client_ask(struct client *client)
{
    h2o_req_t *request = client->request;
    bool is_ssl = request->input.scheme == &H2O_URL_SCHEME_HTTPS;
    client->route = routes_find(client->parts->config->routes, client->to.host, client->to.path,
                                is_ssl, wsopen_is(request));
    count(client);
    struct span signature = request_header(request, SPAN("grip-sig"));
    struct span type = request_header(request, SPAN("content-type"));
    if (client->parts->is_stopping)
        client_refuse(client, REASON_SHUTDOWN, NULL);
    else if (!client->route)
        client_refuse(client, REASON_NO_ROUTE, NULL);
    else if (signature.at &&
             signer_is_own(client->parts->signer, client->route, signature, clock_epoch_s()))
        client_refuse(client, REASON_LOOP, NULL);
    else if (wsopen_is(request))
        put_websocket(client);
    else if (!client->route->no_grip &&
             span_starts_nocase(type, SPAN("application/websocket-events")))
        client_refuse(client, REASON_EVENTS_FROM_CLIENT, NULL);
    else
        put_request(client);
}
