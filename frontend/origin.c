/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/list.h"
#include "common/log.h"
#include "common/mem.h"
#include "frontend/origin_lanes.h"
#include "frontend/origin_multi.h"
#include "frontend/origin_request.h"
#include "frontend/origin_transfer.h"
#include "frontend/waitline.h"

struct origins {
    const struct limits *limits; /* borrowed */
    struct stats *stats;         /* borrowed */
    struct multi *multi;
    struct transfers *transfers;
    struct lanes *lanes;
    struct waitline connecting, answering, streaming, total;
    struct list live;      /* all exchanges but the cancelled ones */
    struct list startable; /* it is their turn with their target */
    struct list refused;   /* on_end is owed */
    struct list resumed;
    struct list cancelled; /* only memory and a handle are left */
    size_t in_flight, allowed_connections;
    uint64_t now_ms;
    const struct exchange *speaking; /* whose callback runs */
};

struct exchange {
    struct origins *origins;
    struct list live;
    struct list todo; /* on one of the lists of what the next turn has to do */
    struct origin_events events;
    void *context;
    struct request request;
    const struct target *targets; /* borrowed */
    size_t target_count, tried;   /* the target in use is targets[tried] */
    struct place place;           /* in the lane of that target */
    struct waiter stage;          /* connecting, answering or streaming */
    struct waiter total;
    struct transfer *transfer; /* NULL while there is none under way */
    bool is_paused;
    enum reason refusal;
    const char *refusal_detail;
};

static struct exchange *exchange_of(struct list *todo)
{
    return container_of(todo, struct exchange, todo);
}

static const struct target *target_of(const struct exchange *exchange)
{
    return &exchange->targets[exchange->tried];
}

/* Whoever moves up in the lane may start. */
static void leave_lane(struct exchange *exchange)
{
    struct place *next = lanes_leave(exchange->origins->lanes, &exchange->place);
    if (!next)
        return;
    struct exchange *successor = container_of(next, struct exchange, place);
    waiter_leave(&successor->stage);
    list_append(&exchange->origins->startable, &successor->todo);
}

static void drop_transfer(struct exchange *exchange)
{
    if (!exchange->transfer)
        return;
    transfer_stop(exchange->transfer);
    exchange->transfer = NULL;
    exchange->origins->in_flight--;
}

/* Off every list: nothing will be called back that was not promised before. */
static void withdraw(struct exchange *exchange)
{
    list_unlink(&exchange->live);
    list_unlink(&exchange->todo);
    waiter_leave(&exchange->stage);
    waiter_leave(&exchange->total);
    leave_lane(exchange);
}

static void free_exchange(struct exchange *exchange)
{
    drop_transfer(exchange);
    request_done(&exchange->request);
    free(exchange);
}

static void end(struct exchange *exchange, enum reason reason, const char *detail)
{
    withdraw(exchange);
    exchange->origins->speaking = exchange;
    exchange->events.on_end(exchange->context, reason, detail);
    exchange->origins->speaking = NULL;
    free_exchange(exchange);
}

/* Ends it in the turn: callers must not be called back before they have the exchange. */
static void refuse(struct exchange *exchange, enum reason reason, const char *detail)
{
    exchange->refusal = reason;
    exchange->refusal_detail = detail;
    list_append(&exchange->origins->refused, &exchange->todo);
}

static void enter_lane(struct exchange *exchange)
{
    struct origins *origins = exchange->origins;
    switch (lanes_enter(origins->lanes, target_of(exchange), &exchange->place)) {
    case LANES_GO:
        list_append(&origins->startable, &exchange->todo);
        break;
    case LANES_WAIT:
        waitline_join(&origins->answering, &exchange->stage, origins->now_ms);
        break;
    case LANES_FULL:
        refuse(exchange, REASON_ORIGIN_BUSY, "more requests than origin_queue await this origin");
        break;
    }
}

static void end_unreachable(struct exchange *exchange)
{
    struct buf text = {0};
    buf_append(&text, SPAN("Unable to connect to any targets. Tried: "));
    for (size_t i = 0; i < exchange->target_count; i++) {
        const struct target *target = &exchange->targets[i];
        bool is_ipv6 = strchr(target->host, ':') != NULL;
        buf_printf(&text, is_ipv6 ? "%s[%s]:%u" : "%s%s:%u", i ? ", " : "", target->host,
                   target->port);
    }
    char *detail = buf_take(&text);
    end(exchange, REASON_ORIGIN_UNREACHABLE, detail);
    free(detail);
}

/* The target could not be connected to: nothing was sent, the next one may have it. */
static void try_next_target(struct exchange *exchange, const char *why)
{
    char safe[CURL_ERROR_SIZE];
    log_warn("origin unreachable host=%s port=%u why=\"%s\"", target_of(exchange)->host,
             target_of(exchange)->port, log_safe(safe, sizeof(safe), why, strlen(why)));
    waiter_leave(&exchange->stage);
    drop_transfer(exchange);
    leave_lane(exchange);
    if (++exchange->tried < exchange->target_count)
        enter_lane(exchange);
    else
        end_unreachable(exchange);
}

/* The three callbacks of a transfer: inside libcurl. */

static void on_sending(void *context)
{
    struct exchange *exchange = context;
    struct origins *origins = exchange->origins;
    stats_add(origins->stats, STAT_origin_requests, 1);
    waitline_join(&origins->answering, &exchange->stage, origins->now_ms);
}

static void on_head(void *context, const struct answer *answer)
{
    struct exchange *exchange = context;
    struct origins *origins = exchange->origins;
    waitline_join(&origins->streaming, &exchange->stage, origins->now_ms);
    origins->speaking = exchange;
    exchange->events.on_head(exchange->context, answer);
    origins->speaking = NULL;
}

static enum origin_flow on_body(void *context, struct span piece)
{
    struct exchange *exchange = context;
    struct origins *origins = exchange->origins;
    origins->speaking = exchange;
    enum origin_flow flow = exchange->events.on_body(exchange->context, piece);
    origins->speaking = NULL;
    exchange->is_paused = flow == ORIGIN_PAUSE;
    if (exchange->is_paused)
        waiter_leave(&exchange->stage); /* the origin is not to blame for this silence */
    else
        waitline_join(&origins->streaming, &exchange->stage, origins->now_ms);
    return flow;
}

static const struct transfer_events transfer_events = {
    .on_sending = on_sending,
    .on_head = on_head,
    .on_body = on_body,
};

static size_t per_pool(uint64_t limit, unsigned share)
{
    return (size_t)(limit / (share ? share : 1));
}

struct origins *origins_new(struct poller *poller, const struct limits *limits, struct stats *stats,
                            unsigned share)
{
    struct origins *origins = mem_new(sizeof(*origins));
    size_t most_in_flight = per_pool(limits->origin_in_flight, share);
    if (most_in_flight == 0)
        most_in_flight = 1;
    origins->limits = limits;
    origins->stats = stats;
    origins->allowed_connections = most_in_flight;
    origins->multi = multi_new(poller, most_in_flight);
    origins->transfers = transfers_new(origins->multi, limits, &transfer_events);
    origins->lanes = lanes_new(most_in_flight, per_pool(limits->origin_queue, share));
    waitline_init(&origins->connecting, limits->origin_connect_ms);
    waitline_init(&origins->answering, limits->origin_first_byte_ms);
    waitline_init(&origins->streaming, limits->origin_idle_ms);
    waitline_init(&origins->total, limits->origin_total_ms);
    list_init(&origins->live);
    list_init(&origins->startable);
    list_init(&origins->refused);
    list_init(&origins->resumed);
    list_init(&origins->cancelled);
    return origins;
}

struct exchange *origin_ask(struct origins *origins, const struct ask *ask,
                            const struct origin_events *events, void *context, uint64_t now_ms)
{
    CHECK(ask->target_count > 0);
    struct exchange *exchange = mem_new(sizeof(*exchange));
    exchange->origins = origins;
    exchange->events = *events;
    exchange->context = context;
    exchange->targets = ask->targets;
    exchange->target_count = ask->target_count;
    list_append(&origins->live, &exchange->live);
    if (now_ms > origins->now_ms)
        origins->now_ms = now_ms;
    waitline_join(&origins->total, &exchange->total, origins->now_ms);
    const char *fault = request_init(&exchange->request, ask);
    if (fault)
        refuse(exchange, REASON_BAD_REQUEST, fault);
    else
        enter_lane(exchange);
    return exchange;
}

void origin_resume(struct exchange *exchange)
{
    if (exchange->is_paused && !list_is_linked(&exchange->todo))
        list_append(&exchange->origins->resumed, &exchange->todo);
}

void origin_cancel(struct exchange *exchange)
{
    CHECK(exchange->origins->speaking != exchange);
    withdraw(exchange);
    if (!exchange->transfer) {
        free_exchange(exchange);
        return;
    }
    /* libcurl may be at work right now: the rest has to wait for the turn. */
    transfer_silence(exchange->transfer);
    list_append(&exchange->origins->cancelled, &exchange->todo);
}

/* To be done before libcurl acts again: their bodies may be gone. */
static void bury_cancelled(struct origins *origins)
{
    for (struct list *node; (node = list_pop(&origins->cancelled));)
        free_exchange(exchange_of(node));
}

void origins_free(struct origins *origins)
{
    if (!origins)
        return;
    while (!list_is_empty(&origins->live))
        origin_cancel(container_of(origins->live.next, struct exchange, live));
    bury_cancelled(origins);
    lanes_free(origins->lanes);
    transfers_free(origins->transfers);
    multi_free(origins->multi);
    free(origins);
}

static void resume_paused(struct origins *origins)
{
    for (struct list *node; (node = list_pop(&origins->resumed));) {
        struct exchange *exchange = exchange_of(node);
        exchange->is_paused = false;
        waitline_join(&origins->streaming, &exchange->stage, origins->now_ms);
        transfer_resume(exchange->transfer);
        bury_cancelled(origins);
    }
}

/* Returns: whether there was any. */
static bool start_startable(struct origins *origins)
{
    bool any = false;
    for (struct list *node; (node = list_pop(&origins->startable)); any = true) {
        struct exchange *exchange = exchange_of(node);
        if (++origins->in_flight > origins->allowed_connections) {
            origins->allowed_connections *= 2;
            multi_allow(origins->multi, origins->allowed_connections);
        }
        waitline_join(&origins->connecting, &exchange->stage, origins->now_ms);
        exchange->transfer =
            transfer_start(origins->transfers, target_of(exchange), &exchange->request, exchange);
    }
    return any;
}

static void run_timer_and_finish(struct origins *origins)
{
    multi_tick(origins->multi);
    bury_cancelled(origins);
    struct verdict verdict;
    for (struct transfer *transfer; (transfer = transfers_finished(origins->transfers, &verdict));
         bury_cancelled(origins)) {
        struct exchange *exchange = transfer_context(transfer);
        if (verdict.reason == REASON_ORIGIN_UNREACHABLE)
            try_next_target(exchange, verdict.detail);
        else
            end(exchange, verdict.reason, verdict.detail);
    }
}

static struct exchange *overdue(struct origins *origins, struct waitline *line)
{
    struct waiter *waiter = waitline_overdue(line, origins->now_ms);
    return waiter ? container_of(waiter, struct exchange, stage) : NULL;
}

static void end_overdue(struct origins *origins)
{
    struct exchange *late;
    while ((late = overdue(origins, &origins->connecting)))
        try_next_target(late, "connecting took longer than origin_connect_ms");
    while ((late = overdue(origins, &origins->answering))) {
        if (place_is_waiting(&late->place))
            end(late, REASON_ORIGIN_BUSY, "queued for longer than origin_first_byte_ms");
        else
            end(late, REASON_ORIGIN_TIMEOUT, "no answer within origin_first_byte_ms");
    }
    while ((late = overdue(origins, &origins->streaming)))
        end(late, REASON_ORIGIN_TIMEOUT, "no byte of the body for origin_idle_ms");
    for (struct waiter *waiter; (waiter = waitline_overdue(&origins->total, origins->now_ms));)
        end(container_of(waiter, struct exchange, total), REASON_ORIGIN_TIMEOUT,
            "the exchange took longer than origin_total_ms");
}

/* Those refused until now; one that is asked and refused meanwhile has to wait for the next turn. */
static void end_refused(struct origins *origins)
{
    struct list now;
    list_init(&now);
    for (struct list *node; (node = list_pop(&origins->refused));)
        list_append(&now, node);
    for (struct list *node; (node = list_pop(&now));)
        end(exchange_of(node), exchange_of(node)->refusal, exchange_of(node)->refusal_detail);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_turn(const struct origins *origins)
{
    if (!list_is_empty(&origins->startable) || !list_is_empty(&origins->refused) ||
        !list_is_empty(&origins->resumed) || !list_is_empty(&origins->cancelled))
        return 0;
    uint64_t due = multi_due(origins->multi);
    due = sooner(due, waitline_due(&origins->connecting));
    due = sooner(due, waitline_due(&origins->answering));
    due = sooner(due, waitline_due(&origins->streaming));
    due = sooner(due, waitline_due(&origins->total));
    if (due == UINT64_MAX)
        return UINT64_MAX;
    return due > origins->now_ms ? due - origins->now_ms : 0;
}

uint64_t origins_turn(struct origins *origins, uint64_t now_ms)
{
    if (now_ms > origins->now_ms)
        origins->now_ms = now_ms;
    multi_set_time(origins->multi, origins->now_ms);
    bury_cancelled(origins);
    resume_paused(origins);
    while (multi_step(origins->multi))
        bury_cancelled(origins);
    run_timer_and_finish(origins);
    end_overdue(origins);
    end_refused(origins);
    bury_cancelled(origins);
    multi_settle(origins->multi); /* before a start may choose an idle connection */
    if (start_startable(origins)) {
        run_timer_and_finish(origins);
        multi_settle(origins->multi);
    }
    return next_turn(origins);
}
