/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_exchange.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "frontend/origin_reach.h"

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

void exchange_withdraw(struct exchange *exchange)
{
    list_unlink(&exchange->live);
    list_unlink(&exchange->todo);
    waiter_leave(&exchange->stage);
    waiter_leave(&exchange->total);
    leave_lane(exchange);
}

void exchange_free(struct exchange *exchange)
{
    drop_transfer(exchange);
    request_done(&exchange->request);
    free(exchange);
}

void exchange_end(struct exchange *exchange, enum reason reason, const char *detail)
{
    exchange_withdraw(exchange);
    exchange->origins->speaking = exchange;
    exchange->events.on_end(exchange->context, reason, detail);
    exchange->origins->speaking = NULL;
    exchange_free(exchange);
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

struct exchange *exchange_new(struct origins *origins, const struct ask *ask,
                              const struct origin_events *events, void *context)
{
    CHECK(ask->target_count > 0);
    struct exchange *exchange = mem_new(sizeof(*exchange));
    exchange->origins = origins;
    exchange->events = *events;
    exchange->context = context;
    exchange->targets = ask->targets;
    exchange->target_count = ask->target_count;
    list_append(&origins->live, &exchange->live);
    waitline_join(&origins->total, &exchange->total, origins->now_ms);
    const char *fault = request_init(&exchange->request, ask);
    if (fault)
        refuse(exchange, REASON_BAD_REQUEST, fault);
    else
        enter_lane(exchange);
    return exchange;
}

void exchange_start(struct exchange *exchange)
{
    struct origins *origins = exchange->origins;
    if (++origins->in_flight > origins->allowed_connections) {
        origins->allowed_connections *= 2;
        multi_allow(origins->multi, origins->allowed_connections);
    }
    waitline_join(&origins->connecting, &exchange->stage, origins->now_ms);
    exchange->transfer =
        transfer_start(origins->transfers, target_of(exchange), &exchange->request, exchange);
}

static void end_unreachable(struct exchange *exchange)
{
    char *detail = reach_failed(exchange->targets, exchange->target_count);
    exchange_end(exchange, REASON_ORIGIN_UNREACHABLE, detail);
    free(detail);
}

void exchange_try_next_target(struct exchange *exchange, const char *why)
{
    reach_log(target_of(exchange), why);
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

const struct transfer_events exchange_transfer_events = {
    .on_sending = on_sending,
    .on_head = on_head,
    .on_body = on_body,
};
