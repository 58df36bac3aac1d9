/* SPDX-License-Identifier: Apache-2.0 */
#include "router/statsock.h"

#include <jansson.h>
#include <stdlib.h>

#include "common/mem.h"
#include "router/demand.h"
#include "router/ledger.h"
#include "router/packet.h"
#include "router/tally.h"

/* How often activity is told of. */
#define TICK_MS 100

struct statsock {
    struct packets *packets;
    struct ledger *ledger; /* owned */
    uint64_t interval_ms;
    uint64_t tick_ms, report_ms; /* when the last of each was */
};

struct statsock *statsock_new(const struct ledger_parts *parts, uint64_t interval_ms,
                              uint64_t now_ms)
{
    struct statsock *statsock = mem_new(sizeof(*statsock));
    statsock->packets = parts->packets;
    statsock->ledger = ledger_new(parts);
    statsock->interval_ms = interval_ms;
    statsock->tick_ms = statsock->report_ms = now_ms;
    return statsock;
}

void statsock_free(struct statsock *statsock)
{
    if (!statsock)
        return;
    ledger_free(statsock->ledger);
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
    if (!packet_is_wanted(statsock->packets, PACKET_SUB))
        return;
    json_t *packet = packet_begin(statsock->packets);
    (void)json_object_set_new_nocheck(packet, "mode", json_string_nocheck(modes[format]));
    packet_add_name(statsock->packets, packet, "channel", channel);
    if (holds) {
        packet_add_number(packet, "ttl", DEMAND_TTL_S);
        packet_add_number(packet, "subscribers", holds);
    } else {
        packet_add_true(packet, "unavailable");
    }
    packet_send(statsock->packets, PACKET_SUB, packet);
}

static void tell_format(struct statsock *statsock, const struct tallied *item,
                        enum format_kind format)
{
    struct packets *packets = statsock->packets;
    json_t *packet = packet_begin(packets);
    packet_add_name(packets, packet, "channel", item->channel);
    if (item->id.at)
        packet_add_name(packets, packet, "item-id", item->id);
    packet_add_number(packet, "count", item->heard[format]);
    packet_add_name(packets, packet, "transport", span_of(format_name(format)));
    packet_send(packets, PACKET_MESSAGE, packet);
}

void statsock_tell_message(void *context, const struct tallied *item)
{
    struct statsock *statsock = context;
    bool is_wanted = packet_is_wanted(statsock->packets, PACKET_MESSAGE);
    for (enum format_kind format = 0; format < FORMAT_COUNT; format++)
        if (is_wanted && item->heard[format])
            tell_format(statsock, item, format);
    ledger_note(statsock->ledger, item);
}

uint64_t statsock_turn(struct statsock *statsock, uint64_t now_ms)
{
    if (now_ms >= statsock->tick_ms + TICK_MS) {
        ledger_tell_activity(statsock->ledger);
        statsock->tick_ms = now_ms;
    }
    if (now_ms >= statsock->report_ms + statsock->interval_ms) {
        ledger_report(statsock->ledger, now_ms - statsock->report_ms);
        statsock->report_ms = now_ms;
    }
    return statsock->tick_ms + TICK_MS - now_ms;
}
