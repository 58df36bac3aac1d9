/* SPDX-License-Identifier: Apache-2.0 */
#include "router/outside.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/loop.h"
#include "common/mem.h"
#include "router/broadcast.h"
#include "router/commands.h"
#include "router/demand.h"
#include "router/inputs.h"
#include "router/ledger.h"
#include "router/packet.h"
#include "router/roster.h"
#include "router/statsock.h"
#include "router/tally.h"
#include "router/zap.h"
#include "router/zsockets.h"

struct outside {
    struct zsockets *sockets; /* owned */
    struct zap *zap;          /* NULL without CURVE */
    struct demand *demand;
    struct roster *roster;
    struct inputs *inputs;
    struct commands *commands;
    struct packets *packets; /* NULL without a stats socket, as are */
    struct statsock *statsock;
    struct tally *tally; /* these */
    struct broadcast *broadcast;
    bool is_read;
};

static void set_up_roster(struct outside *outside)
{
    const struct config *config = outside->sockets->config;
    struct packets *packets = config->zmq_stats_connections ? outside->packets : NULL;
    outside->roster = roster_new(packets, config->routes);
}

static void set_up_stats(struct outside *outside, const struct outside_parts *parts)
{
    struct zsockets *sockets = parts->sockets;
    const struct ledger_parts ledger = {
        .packets = outside->packets,
        .roster = outside->roster,
        .routes = sockets->config->routes,
        .traffic = parts->traffic,
        .frontends = parts->frontends,
        .all_stats = parts->all_stats,
        .stats_count = parts->stats_count,
    };
    outside->statsock = statsock_new(&ledger, sockets->config->zmq_stats_interval * UINT64_C(1000),
                                     loop_now_ms(parts->loop));
    demand_report(outside->demand, statsock_tell, outside->statsock);
    outside->tally = tally_new(&(struct tally_parts){
        .limits = &sockets->config->limits,
        .frontends = parts->frontends,
        .routes = routes_identified(sockets->config->routes),
        .tell = statsock_tell_message,
        .context = outside->statsock,
    });
    broadcast_count(parts->broadcast, outside->tally);
}

struct outside *outside_new(const struct outside_parts *parts)
{
    struct outside *outside = mem_new(sizeof(*outside));
    const struct limits *limits = &parts->sockets->config->limits;
    outside->sockets = parts->sockets;
    outside->broadcast = parts->broadcast;
    outside->is_read = true;
    outside->zap = zap_new(parts->loop, parts->sockets, parts->stats);
    outside->demand = demand_new(limits, parts->sockets->all[ZMQ_USE_SUB]);
    outside->packets = packets_new(parts->sockets);
    set_up_roster(outside);
    if (outside->packets)
        set_up_stats(outside, parts);
    outside->inputs = inputs_new(&(struct inputs_parts){
        .loop = parts->loop,
        .limits = limits,
        .sockets = parts->sockets,
        .intake = parts->intake,
        .demand = outside->demand,
        .stats = parts->stats,
    });
    outside->commands = commands_new(&(struct commands_parts){
        .loop = parts->loop,
        .limits = limits,
        .sockets = parts->sockets,
        .intake = parts->intake,
        .roster = outside->roster,
        .hear = parts->hear,
        .hear_context = parts->hear_context,
        .stats = parts->stats,
    });
    return outside;
}

void outside_free(struct outside *outside)
{
    if (!outside)
        return;
    commands_free(outside->commands);
    inputs_free(outside->inputs);
    roster_free(outside->roster);
    demand_free(outside->demand);
    broadcast_count(outside->broadcast, NULL);
    tally_free(outside->tally);
    statsock_free(outside->statsock);
    packets_free(outside->packets);
    zap_free(outside->zap);
    zsockets_free(outside->sockets);
    free(outside);
}

void outside_take(struct outside *outside, const struct interest *interest, uint64_t now_ms)
{
    CHECK(outside); /* frontends tell only where a socket of it is configured */
    demand_take(outside->demand, interest, now_ms);
}

void outside_take_attendance(struct outside *outside, const struct attendance *attendance,
                             uint64_t now_ms)
{
    CHECK(outside);
    roster_take(outside->roster, attendance, now_ms);
}

void outside_take_hearing(struct outside *outside, const struct hearing *hearing)
{
    if (outside && outside->tally)
        tally_take(outside->tally, hearing);
}

/* Returns: as outside_turn(). */
static uint64_t read_and_tell(struct outside *outside, uint64_t now_ms)
{
    uint64_t wait_ms = demand_turn(outside->demand, now_ms);
    wait_ms = clock_sooner(wait_ms, roster_turn(outside->roster, now_ms));
    uint64_t inputs_ms = inputs_turn(outside->inputs, now_ms);
    uint64_t commands_ms = commands_turn(outside->commands, now_ms);
    outside->is_read = inputs_ms == LOOP_NEVER && commands_ms == LOOP_NEVER;
    wait_ms = clock_sooner(wait_ms, clock_sooner(inputs_ms, commands_ms));
    if (!outside->packets)
        return wait_ms;
    return clock_sooner(wait_ms, statsock_turn(outside->statsock, now_ms));
}

uint64_t outside_turn(struct outside *outside, bool may_read, uint64_t now_ms)
{
    if (!outside)
        return LOOP_NEVER;
    bool has_more = zap_turn(outside->zap);
    uint64_t wait_ms = LOOP_NEVER;
    if (may_read)
        wait_ms = read_and_tell(outside, now_ms);
    else
        zsockets_quieten(outside->sockets);
    return has_more ? 0 : wait_ms;
}

void outside_close(struct outside *outside)
{
    if (outside)
        zsockets_close(outside->sockets);
}

bool outside_is_read(const struct outside *outside)
{
    return !outside || outside->is_read;
}
