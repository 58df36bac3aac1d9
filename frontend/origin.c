/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/mem.h"
#include "frontend/origin_exchange.h"
#include "frontend/origin_pipes.h"

static struct exchange *exchange_of(struct list *todo)
{
    return container_of(todo, struct exchange, todo);
}

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
    origins->transfers = transfers_new(origins->multi, limits, &exchange_transfer_events);
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
    origins->pipes =
        pipes_new(poller, limits, stats, most_in_flight, per_pool(limits->origin_queue, share));
    return origins;
}

void origins_renew(struct origins *origins, SSL_CTX *model)
{
    multi_renew(origins->multi, model);
    pipes_renew(origins->pipes, model);
}

struct exchange *origin_ask(struct origins *origins, const struct ask *ask,
                            const struct origin_events *events, void *context, uint64_t now_ms)
{
    if (now_ms > origins->now_ms)
        origins->now_ms = now_ms;
    return exchange_new(origins, ask, events, context);
}

void origin_resume(struct exchange *exchange)
{
    if (exchange->is_paused && !list_is_linked(&exchange->todo))
        list_append(&exchange->origins->resumed, &exchange->todo);
}

void origin_cancel(struct exchange *exchange)
{
    CHECK(exchange->origins->speaking != exchange);
    exchange_withdraw(exchange);
    if (!exchange->transfer) {
        exchange_free(exchange);
        return;
    }
    /* libcurl may be at work right now: the rest has to wait. */
    transfer_silence(exchange->transfer);
    list_append(&exchange->origins->cancelled, &exchange->todo);
}

static void bury_cancelled(struct origins *origins)
{
    for (struct list *node; (node = list_pop(&origins->cancelled));)
        exchange_free(exchange_of(node));
}

void origins_free(struct origins *origins)
{
    if (!origins)
        return;
    pipes_free(origins->pipes);
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
        transfer_resume(exchange->transfer); /* at once to on_body(): the same bytes again */
    }
}

/* Returns: whether there was any. */
static bool start_startable(struct origins *origins)
{
    bool any = !list_is_empty(&origins->startable);
    for (struct list *node; (node = list_pop(&origins->startable));)
        exchange_start(exchange_of(node));
    return any;
}

static void run_timer_and_finish(struct origins *origins)
{
    multi_tick(origins->multi);
    for (;;) {
        bury_cancelled(origins); /* or one of them would be taken for finished */
        struct verdict verdict;
        struct transfer *transfer = transfers_finished(origins->transfers, &verdict);
        if (!transfer)
            return;
        struct exchange *exchange = transfer_context(transfer);
        if (verdict.reason == REASON_ORIGIN_UNREACHABLE)
            exchange_try_next_target(exchange, verdict.detail);
        else
            exchange_end(exchange, verdict.reason, verdict.detail);
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
        exchange_try_next_target(late, "connecting took longer than origin_connect_ms");
    while ((late = overdue(origins, &origins->answering))) {
        if (place_is_waiting(&late->place))
            exchange_end(late, REASON_ORIGIN_BUSY, "queued for longer than origin_first_byte_ms");
        else
            exchange_end(late, REASON_ORIGIN_TIMEOUT, "no answer within origin_first_byte_ms");
    }
    while ((late = overdue(origins, &origins->streaming)))
        exchange_end(late, REASON_ORIGIN_TIMEOUT, "no byte of the body for origin_idle_ms");
    for (struct waiter *waiter; (waiter = waitline_overdue(&origins->total, origins->now_ms));)
        exchange_end(container_of(waiter, struct exchange, total), REASON_ORIGIN_TIMEOUT,
                     "the exchange took longer than origin_total_ms");
}

/* Those refused until now; one that is asked and refused meanwhile has to wait for the next turn. */
static void end_refused(struct origins *origins)
{
    struct list now;
    list_take_all(&origins->refused, &now);
    for (struct list *node; (node = list_pop(&now));)
        exchange_end(exchange_of(node), exchange_of(node)->refusal,
                     exchange_of(node)->refusal_detail);
}

bool origins_have_work(const struct origins *origins)
{
    return !list_is_empty(&origins->startable) || !list_is_empty(&origins->refused) ||
           !list_is_empty(&origins->resumed) || !list_is_empty(&origins->cancelled) ||
           pipes_have_work(origins->pipes);
}

static uint64_t next_turn(const struct origins *origins)
{
    if (origins_have_work(origins))
        return 0;
    uint64_t due = multi_due(origins->multi);
    due = clock_sooner(due, waitline_due(&origins->connecting));
    due = clock_sooner(due, waitline_due(&origins->answering));
    due = clock_sooner(due, waitline_due(&origins->streaming));
    due = clock_sooner(due, waitline_due(&origins->total));
    due = clock_sooner(due, pipes_due(origins->pipes));
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
        ;
    run_timer_and_finish(origins);
    end_overdue(origins);
    end_refused(origins);
    multi_settle(origins->multi); /* before a start may choose an idle connection */
    if (start_startable(origins)) {
        run_timer_and_finish(origins);
        multi_settle(origins->multi);
    }
    pipes_turn(origins->pipes, origins->now_ms);
    return next_turn(origins);
}
