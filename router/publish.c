/* SPDX-License-Identifier: Apache-2.0 */
#include "router/publish.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/list.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "publisher/auth.h"
#include "publisher/ingest.h"
#include "router/asked.h"
#include "router/intake.h"
#include "router/respond.h"

/* Requests out of the line that one turn serves: the loop must come back to its sockets. */
#define BATCH 32

/* Nobody tells when a frontend has drained the bus: while it is full, it is looked at. */
#define LOOK_EVERY_MS 5

struct publish {
    const struct limits *limits;
    struct intake *intake;
    struct stats *stats;
    struct auth *auth;
    struct list line; /* struct publisher, those who wait for room on the bus */
    bool is_closing;
    bool has_ended;
};

/* A request that waits; in its own pool. */
struct publisher {
    h2o_req_t *request;
    enum answer_type type;
    uint64_t since_ms;
    struct list node;
};

struct publish *publish_new(const struct config *config, struct intake *intake, struct stats *stats)
{
    struct publish *publish = mem_new(sizeof(*publish));
    publish->limits = &config->limits;
    publish->intake = intake;
    publish->stats = stats;
    publish->auth = auth_new(config->publish_tokens, config->publish_token_count);
    list_init(&publish->line);
    return publish;
}

void publish_free(struct publish *publish)
{
    if (!publish)
        return;
    CHECK(list_is_empty(&publish->line));
    auth_free(publish->auth);
    free(publish);
}

/* Counts and logs a refusal that is about to be sent. */
static void note_refusal(struct publish *publish, unsigned status, const char *why)
{
    char text[200];
    stats_add(publish->stats, STAT_publishes_refused, 1);
    log_safe(text, sizeof(text), why, strlen(why));
    log_warn("publish refused status=%u detail=\"%s\"", status, text);
}

static void refuse(struct publish *publish, h2o_req_t *request, unsigned status, const char *why)
{
    note_refusal(publish, status, why);
    respond_text(request, status, "%s\n", why);
}

static void refuse_for_now(struct publish *publish, h2o_req_t *request, const char *why)
{
    respond_header(request, H2O_TOKEN_RETRY_AFTER, "Retry-After", SPAN("1"));
    refuse(publish, request, 503, why);
}

/* ---- from body to bus ---- */

static void confirm(h2o_req_t *request, enum answer_type type)
{
    if (type == ANSWER_JSON)
        respond(request, 200, TYPE_JSON, SPAN("{\"message\":\"Published\"}\n"));
    else
        respond(request, 200, TYPE_TEXT, SPAN("Published\n"));
}

static void serve(struct publish *publish, h2o_req_t *request, enum answer_type type,
                  uint64_t now_ms)
{
    if (request->entity.len > publish->limits->publish_body_bytes) {
        refuse(publish, request, 413, "The body is larger than publish_body_bytes.");
        return;
    }
    char *why = NULL;
    struct batch *batch = ingest_read(vec_span(request->entity), publish->limits, &why);
    if (publish->is_closing)
        request->http1_is_persistent = 0;
    if (batch) {
        intake_take(publish->intake, batch->items, batch->count, now_ms, NULL);
        confirm(request, type);
    } else {
        refuse(publish, request, 400, why);
    }
    batch_free(batch);
    free(why);
}

/* ---- the line of those who wait ---- */

/* The request was answered, or its connection is gone. */
static void on_dispose(void *memory)
{
    struct publisher *publisher = memory;
    list_unlink(&publisher->node);
}

static void stand_in_line(struct publish *publish, h2o_req_t *request, enum answer_type type,
                          uint64_t now_ms)
{
    struct publisher *publisher =
        h2o_mem_alloc_shared(&request->pool, sizeof(*publisher), on_dispose);
    *publisher = (struct publisher){.request = request, .type = type, .since_ms = now_ms};
    list_append(&publish->line, &publisher->node);
}

static struct publisher *first_in_line(const struct publish *publish)
{
    return container_of(publish->line.next, struct publisher, node);
}

static void refuse_first(struct publish *publish)
{
    struct publisher *publisher = first_in_line(publish);
    list_unlink(&publisher->node);
    char *why =
        mem_printf("The broker is busy: no room on the bus for publish_wait_ms (%" PRIu64 " ms).",
                   publish->limits->publish_wait_ms);
    refuse_for_now(publish, publisher->request, why);
    free(why);
}

static void serve_first(struct publish *publish, uint64_t now_ms)
{
    struct publisher *publisher = first_in_line(publish);
    list_unlink(&publisher->node);
    serve(publish, publisher->request, publisher->type, now_ms);
}

uint64_t publish_turn(struct publish *publish, uint64_t now_ms)
{
    for (int i = 0; i < BATCH; i++) {
        if (list_is_empty(&publish->line))
            return LOOP_NEVER;
        if (!intake_is_full(publish->intake))
            serve_first(publish, now_ms);
        else if (now_ms >= first_in_line(publish)->since_ms + publish->limits->publish_wait_ms)
            refuse_first(publish);
        else
            return LOOK_EVERY_MS;
    }
    return 0;
}

/* ---- the head of the request ---- */

/* Returns: the value of the first header of this name, at == NULL where there is none. */
static struct span header_of(const h2o_req_t *request, const char *lower_case_name)
{
    ssize_t place =
        h2o_find_header_by_str(&request->headers, lower_case_name, strlen(lower_case_name), -1);
    return place < 0 ? span(NULL, 0) : vec_span(request->headers.entries[place].value);
}

/* Returns: whether the request may publish; else it was answered. */
static bool is_authorized(struct publish *publish, h2o_req_t *request)
{
    enum auth_result result = auth_check(publish->auth, header_of(request, "fastly-key"),
                                         header_of(request, "authorization"));
    if (result == AUTH_OK)
        return true;
    respond_header(request, H2O_TOKEN_WWW_AUTHENTICATE, "WWW-Authenticate",
                   SPAN("Bearer realm=\"holdfast\""));
    refuse(publish, request, 401,
           result == AUTH_MISSING
               ? "Publishing here needs a token: send Fastly-Key: TOKEN or "
                 "Authorization: Bearer TOKEN."
               : "This token may not publish here: send a configured one as Fastly-Key: TOKEN or "
                 "Authorization: Bearer TOKEN.");
    return false;
}

/* A page of another site must not publish through its visitor's loopback. */
static bool is_from_here(struct publish *publish, h2o_req_t *request, struct span host)
{
    struct span origin = header_of(request, "origin");
    if (!origin.at || !asked_by_foreigner(origin, host))
        return true;
    refuse(publish, request, 403, "Publishing from pages of other sites is not allowed.");
    return false;
}

/* Returns: the type of the answer, ANSWER_NONE where the request was refused. */
static enum answer_type agree_on_type(struct publish *publish, h2o_req_t *request)
{
    enum answer_type type = ANSWER_NONE;
    ssize_t place = -1;
    while ((place = h2o_find_header(&request->headers, H2O_TOKEN_ACCEPT, place)) >= 0)
        type = asked_type(vec_span(request->headers.entries[place].value), type);
    if (type == ANSWER_NONE && !header_of(request, "accept").at)
        type = ANSWER_TEXT;
    if (type == ANSWER_NONE)
        refuse(publish, request, 406,
               "Not Acceptable. Supported formats are text/plain and application/json.");
    return type;
}

void publish_take(struct publish *publish, h2o_req_t *request, struct span host, uint64_t now_ms)
{
    if (!method_is(request, SPAN("POST"))) {
        note_refusal(publish, 405, "method not allowed");
        respond_not_allowed(request, "POST");
        return;
    }
    if (!is_authorized(publish, request) || !is_from_here(publish, request, host))
        return;
    enum answer_type type = agree_on_type(publish, request);
    if (type == ANSWER_NONE)
        return;
    if (publish->has_ended)
        refuse_for_now(publish, request, "The broker is stopping.");
    else if (list_is_empty(&publish->line) && !intake_is_full(publish->intake))
        serve(publish, request, type, now_ms);
    else
        stand_in_line(publish, request, type, now_ms);
}

void publish_close(struct publish *publish)
{
    publish->is_closing = true;
}

void publish_end(struct publish *publish)
{
    publish->has_ended = true;
    for (struct list *node; (node = list_pop(&publish->line));) {
        h2o_req_t *request = container_of(node, struct publisher, node)->request;
        request->http1_is_persistent = 0;
        refuse_for_now(publish, request, "The broker is stopping.");
    }
}
