/* SPDX-License-Identifier: Apache-2.0 */
#include "router/statsock.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/loop.h"
#include "common/mem.h"
#include "router/demand.h"
#include "router/packet.h"
#include "router/tally.h"

/* How often requests are told of, and connections counted. */
#define TICK_MS 100

struct statsock {
    struct statsock_parts parts;
    uint64_t tick_ms, report_ms;
    uint64_t requests;                       /* told so far */
    uint64_t received, sent, bytes;          /* at the last report */
    uint64_t most_connections, connected_ms; /* since then */
};

static uint64_t sum(const struct statsock *statsock, enum stat_id stat)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < statsock->parts.stats_count; i++)
        sum += stats_read(statsock->parts.all_stats[i], stat);
    return sum;
}

struct statsock *statsock_new(const struct statsock_parts *parts, uint64_t now_ms)
{
    struct statsock *statsock = mem_new(sizeof(*statsock));
    statsock->parts = *parts;
    statsock->tick_ms = statsock->report_ms = now_ms;
    return statsock;
}

void statsock_free(struct statsock *statsock)
{
    free(statsock);
}

void statsock_tell(void *context, struct span channel, enum format_kind format, uint32_t holds)
{
    static const char *const modes[FORMAT_COUNT] = {
        [FORMAT_RESPONSE] = "response",
        [FORMAT_STREAM] = "stream",
        [FORMAT_WS] = "ws",
    };
    struct statsock *statsock = context;
    json_t *packet = packet_begin(statsock->parts.packets);
    (void)json_object_set_new_nocheck(packet, "mode", json_string_nocheck(modes[format]));
    packet_add_name(statsock->parts.packets, packet, "channel", channel);
    if (holds) {
        packet_add_number(packet, "ttl", DEMAND_TTL_S);
        packet_add_number(packet, "subscribers", holds);
    } else {
        packet_add_true(packet, "unavailable");
    }
    packet_send(statsock->parts.packets, "sub", packet);
}

static void tell_format(struct statsock *statsock, const struct tallied *item,
                        enum format_kind format)
{
    struct packets *packets = statsock->parts.packets;
    json_t *packet = packet_begin(packets);
    packet_add_name(packets, packet, "channel", item->channel);
    if (item->id.at)
        packet_add_name(packets, packet, "item-id", item->id);
    packet_add_number(packet, "count", item->heard[format]);
    packet_add_name(packets, packet, "transport", span_of(format_name(format)));
    packet_send(packets, "message", packet);
}

void statsock_tell_message(void *context, const struct tallied *item)
{
    for (enum format_kind format = 0; format < FORMAT_COUNT; format++)
        if (item->heard[format])
            tell_format(context, item, format);
}

/* ---- what time makes due ---- */

static void tell_activity(struct statsock *statsock, uint64_t elapsed_ms)
{
    uint64_t connections = sum(statsock, STAT_connections);
    uint64_t requests = sum(statsock, STAT_requests);
    if (connections > statsock->most_connections)
        statsock->most_connections = connections;
    statsock->connected_ms += connections * elapsed_ms;
    if (requests == statsock->requests)
        return;
    json_t *packet = packet_begin(statsock->parts.packets);
    packet_add_number(packet, "count", requests - statsock->requests);
    packet_send(statsock->parts.packets, "activity", packet);
    statsock->requests = requests;
}

/* Adds how much a counter has grown since the last report. */
static void add_growth(const struct statsock *statsock, json_t *packet, const char *key,
                       enum stat_id stat, uint64_t *before)
{
    uint64_t now = sum(statsock, stat);
    packet_add_number(packet, key, now - *before);
    *before = now;
}

static void report(struct statsock *statsock, uint64_t elapsed_ms)
{
    json_t *packet = packet_begin(statsock->parts.packets);
    packet_add_number(packet, "connections", statsock->most_connections);
    packet_add_number(packet, "minutes", statsock->connected_ms / 60000);
    add_growth(statsock, packet, "received", STAT_items_published, &statsock->received);
    add_growth(statsock, packet, "sent", STAT_items_delivered, &statsock->sent);
    add_growth(statsock, packet, "client-content-bytes-sent", STAT_bytes_delivered,
               &statsock->bytes);
    packet_add_number(packet, "duration", elapsed_ms);
    packet_send(statsock->parts.packets, "report", packet);
    statsock->most_connections = 0;
    statsock->connected_ms %= 60000; /* counts in the next one */
}

uint64_t statsock_turn(struct statsock *statsock, uint64_t now_ms)
{
    if (now_ms >= statsock->tick_ms + TICK_MS) {
        tell_activity(statsock, now_ms - statsock->tick_ms);
        statsock->tick_ms = now_ms;
    }
    if (now_ms >= statsock->report_ms + statsock->parts.interval_ms) {
        report(statsock, now_ms - statsock->report_ms);
        statsock->report_ms = now_ms;
    }
    return statsock->tick_ms + TICK_MS - now_ms;
}
