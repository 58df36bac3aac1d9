/* SPDX-License-Identifier: Apache-2.0 */
#include "router/ledger.h"

#include <stdlib.h>

#include "common/mem.h"
#include "router/packet.h"
#include "router/roster.h"
#include "router/tally.h"

/* One route: what was told of it, and what is not in its traffic. */
struct account {
    uint64_t told[TRAFFIC_COUNT];
    uint64_t received; /* items that were heard there, since the last report */
};

struct ledger {
    struct ledger_parts parts;
    size_t count; /* of accounts: one more than there are routes with an id */
    struct account *accounts;
    uint64_t requests; /* told so far */
    uint64_t received; /* all items, at the last report */
};

struct ledger *ledger_new(const struct ledger_parts *parts)
{
    struct ledger *ledger = mem_new(sizeof(*ledger));
    ledger->parts = *parts;
    ledger->count = routes_identified(parts->routes) + 1;
    ledger->accounts = mem_new(ledger->count * sizeof(*ledger->accounts));
    return ledger;
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    free(ledger->accounts);
    free(ledger);
}

void ledger_note(struct ledger *ledger, const struct tallied *item)
{
    for (size_t i = 0; i < item->route_count; i++)
        ledger->accounts[item->routes[i]].received++;
}

static uint64_t sum_stats(const struct ledger *ledger, enum stat_id stat)
{
    return stats_sum(ledger->parts.all_stats, ledger->parts.stats_count, stat);
}

/* Returns: how much a number of a route has grown since the last call for it. */
static uint64_t growth(struct ledger *ledger, size_t route, enum traffic_id id)
{
    uint64_t *told = &ledger->accounts[route].told[id];
    uint64_t sum = 0;
    for (size_t i = 0; i < ledger->parts.frontends; i++)
        sum += traffic_read(&ledger->parts.traffic[i][route], id);
    uint64_t grown = sum - *told;
    *told = sum;
    return grown;
}

/* Returns: a packet that names the route, where it has an id. */
static json_t *begin(const struct ledger *ledger, size_t route)
{
    json_t *packet = packet_begin(ledger->parts.packets);
    if (route)
        packet_add_name(ledger->parts.packets, packet, "route",
                        span_of(routes_id(ledger->parts.routes, (uint16_t)route)));
    return packet;
}

/* ---- each tenth of a second ---- */

static void tell_counts(struct ledger *ledger)
{
    uint64_t requests = sum_stats(ledger, STAT_requests);
    if (requests == ledger->requests)
        return;
    json_t *packet = packet_begin(ledger->parts.packets);
    packet_add_number(packet, "requests-received", requests - ledger->requests);
    packet_send(ledger->parts.packets, PACKET_COUNTS, packet);
    ledger->requests = requests;
}

void ledger_tell_activity(struct ledger *ledger)
{
    tell_counts(ledger);
    for (size_t route = 0; route < ledger->count; route++) {
        uint64_t count = growth(ledger, route, TRAFFIC_activity);
        if (!count)
            continue;
        json_t *packet = begin(ledger, route);
        packet_add_number(packet, "count", count);
        packet_send(ledger->parts.packets, PACKET_ACTIVITY, packet);
    }
}

/* ---- each interval ---- */

struct sheet {
    uint64_t grown[TRAFFIC_COUNT];
    uint64_t received;
    struct roster_report connections;
};

/* Returns: how many items went out since the last call: neither duplicates nor those that still wait. */
static uint64_t take_items(struct ledger *ledger)
{
    uint64_t items = sum_stats(ledger, STAT_items_published) -
                     sum_stats(ledger, STAT_items_duplicate) -
                     sum_stats(ledger, STAT_waiting_items);
    uint64_t grown = items - ledger->received;
    ledger->received = items;
    return grown;
}

/* Returns: whether there is anything to tell. */
static bool take_sheet(struct ledger *ledger, uint16_t route, struct sheet *sheet)
{
    struct account *account = &ledger->accounts[route];
    sheet->connections = roster_report(ledger->parts.roster, route);
    sheet->received = route ? account->received : take_items(ledger);
    account->received = 0;
    uint64_t any = sheet->received | sheet->connections.most | sheet->connections.minutes;
    for (enum traffic_id id = 0; id < TRAFFIC_COUNT; id++)
        any |= sheet->grown[id] = *traffic_keys[id] ? growth(ledger, route, id) : 0;
    return any || !route;
}

static void tell_sheet(struct ledger *ledger, size_t route, const struct sheet *sheet,
                       uint64_t elapsed_ms)
{
    json_t *packet = begin(ledger, route);
    packet_add_number(packet, "connections", sheet->connections.most);
    packet_add_number(packet, "minutes", sheet->connections.minutes);
    packet_add_number(packet, "received", sheet->received);
    for (enum traffic_id id = 0; id < TRAFFIC_COUNT; id++)
        if (*traffic_keys[id])
            packet_add_number(packet, traffic_keys[id], sheet->grown[id]);
    packet_add_number(packet, "duration", elapsed_ms);
    packet_send(ledger->parts.packets, PACKET_REPORT, packet);
}

void ledger_report(struct ledger *ledger, uint64_t elapsed_ms)
{
    for (size_t route = 0; route < ledger->count; route++) {
        struct sheet sheet;
        if (take_sheet(ledger, (uint16_t)route, &sheet))
            tell_sheet(ledger, route, &sheet, elapsed_ms);
    }
}
