/* SPDX-License-Identifier: Apache-2.0 */
#include "router/publish.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/list.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/permit.h"
#include "publisher/ingest.h"
#include "router/gate.h"
#include "router/intake.h"
#include "router/reports.h"
#include "router/respond.h"

/* Requests out of the line that one turn serves: the loop must come back to its sockets. */
#define BATCH 32

/* Nobody tells when a frontend has drained the bus: while it is full, it is looked at. */
#define LOOK_EVERY_MS 5

struct publish {
    const struct limits *limits;
    struct intake *intake;
    struct reports *reports;
    struct gate *gate;
    struct list line; /* struct publisher, those who wait for room on the bus */
    bool is_closing;
    bool has_ended;
};

/* A request that was let in. */
struct order {
    struct admitted admitted;
    enum endpoint endpoint;
    bool wants_report;
};

/* A request that waits; in its own pool. */
struct publisher {
    h2o_req_t *request;
    struct order order;
    uint64_t since_ms;
    struct list node;
};

struct publish *publish_new(const struct config *config, struct intake *intake,
                            struct reports *reports, struct stats *stats)
{
    struct publish *publish = mem_new(sizeof(*publish));
    publish->limits = &config->limits;
    publish->intake = intake;
    publish->reports = reports;
    publish->gate = gate_new(config, stats);
    list_init(&publish->line);
    return publish;
}

void publish_free(struct publish *publish)
{
    if (!publish)
        return;
    CHECK(list_is_empty(&publish->line));
    gate_free(publish->gate);
    free(publish);
}

/* ---- from body to bus ---- */

static void confirm(h2o_req_t *request, enum answer_type type, const char *word)
{
    char text[64];
    int len =
        snprintf(text, sizeof(text), type == ANSWER_JSON ? "{\"message\":\"%s\"}\n" : "%s\n", word);
    respond(request, 200, type == ANSWER_JSON ? TYPE_JSON : TYPE_TEXT, span(text, (size_t)len));
}

/* Returns: whether the publisher may publish all of `batch`; else it was refused. */
static bool is_within_reach(struct publish *publish, h2o_req_t *request,
                            const struct permit *permit, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct span channel = batch->items[i].channel;
        if (permit_reaches(permit, channel))
            continue;
        char *why = mem_printf("%s may not publish to channel '%.*s' (items[%zu]).", permit->name,
                               LOG_SPAN(channel), i);
        gate_refuse(publish->gate, request, permit, 403, why);
        free(why);
        return false;
    }
    return true;
}

static void take(struct publish *publish, h2o_req_t *request, const struct order *order,
                 struct batch *batch, uint64_t now_ms)
{
    const struct permit *permit = order->admitted.permit;
    if (!is_within_reach(publish, request, permit, batch))
        return;
    accounts_add(gate_accounts(publish->gate), permit, ACCOUNT_ITEMS, batch->count);
    log_debug("published publisher=%s items=%zu", permit->name, batch->count);
    if (order->wants_report) {
        reports_begin(publish->reports, request, publish->intake, batch, now_ms);
        return;
    }
    intake_take(publish->intake, batch->items, batch->count, now_ms, NULL);
    confirm(request, order->admitted.type, "Published");
}

static void serve_publish(struct publish *publish, h2o_req_t *request, const struct order *order,
                          uint64_t now_ms)
{
    const struct permit *permit = order->admitted.permit;
    if (request->entity.len > publish->limits->publish_body_bytes) {
        gate_refuse(publish->gate, request, permit, 413,
                    "The body is larger than publish_body_bytes.");
        return;
    }
    char *why = NULL;
    struct batch *batch = ingest_read(vec_span(request->entity), publish->limits, &why);
    if (batch)
        take(publish, request, order, batch, now_ms);
    else
        gate_refuse(publish->gate, request, permit, 400, why);
    batch_free(batch);
    free(why);
}

/* It concerns the clients of every channel. */
static void serve_recover(struct publish *publish, h2o_req_t *request,
                          const struct admitted *admitted)
{
    if (admitted->permit->prefixes.count) {
        gate_refuse(publish->gate, request, admitted->permit, 403,
                    "To recover is for those who may publish to every channel.");
        return;
    }
    log_info("recovering publisher=%s", admitted->permit->name);
    intake_recover(publish->intake);
    confirm(request, admitted->type, "Updated");
}

static void serve(struct publish *publish, h2o_req_t *request, const struct order *order,
                  uint64_t now_ms)
{
    if (publish->is_closing)
        request->http1_is_persistent = 0;
    if (order->endpoint == ENDPOINT_RECOVER)
        serve_recover(publish, request, &order->admitted);
    else
        serve_publish(publish, request, order, now_ms);
}

/* ---- the line of those who wait ---- */

/* The request was answered, or its connection is gone. */
static void on_dispose(void *memory)
{
    struct publisher *publisher = memory;
    list_unlink(&publisher->node);
}

static void stand_in_line(struct publish *publish, h2o_req_t *request, const struct order *order,
                          uint64_t now_ms)
{
    struct publisher *publisher =
        h2o_mem_alloc_shared(&request->pool, sizeof(*publisher), on_dispose);
    *publisher = (struct publisher){.request = request, .order = *order, .since_ms = now_ms};
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
    gate_refuse_for_now(publish->gate, publisher->request, publisher->order.admitted.permit, why);
    free(why);
}

static void serve_first(struct publish *publish, uint64_t now_ms)
{
    struct publisher *publisher = first_in_line(publish);
    list_unlink(&publisher->node);
    serve(publish, publisher->request, &publisher->order, now_ms);
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

static bool prefers_report(const h2o_req_t *request)
{
    static const struct span name = SPAN_INIT("prefer");
    ssize_t place = -1;
    while ((place = h2o_find_header_by_str(&request->headers, name.at, name.len, place)) >= 0)
        if (asked_prefers_report(vec_span(request->headers.entries[place].value)))
            return true;
    return false;
}

void publish_take(struct publish *publish, h2o_req_t *request, const struct asked *asked,
                  uint64_t now_ms)
{
    struct order order = {.endpoint = asked->endpoint,
                          .wants_report = asked->wants_report || prefers_report(request)};
    if (!gate_admit(publish->gate, request, asked->host, now_ms, &order.admitted))
        return;
    if (publish->has_ended)
        gate_refuse_for_now(publish->gate, request, order.admitted.permit,
                            "The broker is stopping.");
    else if (list_is_empty(&publish->line) && !intake_is_full(publish->intake))
        serve(publish, request, &order, now_ms);
    else
        stand_in_line(publish, request, &order, now_ms);
}

void publish_close(struct publish *publish)
{
    publish->is_closing = true;
}

void publish_end(struct publish *publish)
{
    publish->has_ended = true;
    for (struct list *node; (node = list_pop(&publish->line));) {
        struct publisher *publisher = container_of(node, struct publisher, node);
        publisher->request->http1_is_persistent = 0;
        gate_refuse_for_now(publish->gate, publisher->request, publisher->order.admitted.permit,
                            "The broker is stopping.");
    }
}

void publish_write_metrics(struct publish *publish, struct buf *out)
{
    accounts_write(gate_accounts(publish->gate), out);
}
