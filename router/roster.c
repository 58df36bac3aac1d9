/* SPDX-License-Identifier: Apache-2.0 */
#include "router/roster.h"

#include <stdlib.h>

#include "common/attendance.h"
#include "common/buf.h"
#include "common/check.h"
#include "common/clock.h"
#include "common/lastids.h"
#include "common/list.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/route.h"
#include "common/table.h"
#include "router/packet.h"

/* Connections that one turn tells of again, or counts a minute of. */
#define BATCH 1000

#define TICK_MS 20
#define MINUTE_MS 60000

/* When a connection is told again: not before the one, and not after the other. */
#define EARLIEST_MS (ROSTER_TTL_S * UINT64_C(1000) / 2)
#define LATEST_MS (ROSTER_TTL_S * UINT64_C(1000) * 3 / 4)

/* Ticks in which all that are there could be told: some fewer than there are between the two. */
#define TICKS ((LATEST_MS - EARLIEST_MS) / TICK_MS * 3 / 4)

/* What is counted by route. */
struct census {
    uint64_t now;
    struct roster_report report;
};

struct roster {
    struct packets *packets; /* NULL where nobody is told */
    const struct routes *routes;
    char *from; /* owned: what the ids of HTTP begin with */
    struct table by_number, by_id;
    struct list told;    /* all; who was told longest ago stands first */
    struct list minutes; /* all; whose minute is over soonest stands first */
    uint64_t tick_ms;    /* of the last tick */
    struct buf id;       /* used again for each */
    struct census census[];
};

struct connection {
    struct table_node by_number, by_id;
    struct list told, minutes;
    uint64_t told_ms, minute_ms; /* was told last; ends its minute */
    uint64_t number;
    bool is_websocket, is_ssl;
    uint16_t route;
    uint16_t id_len, peer_len;
    char text[]; /* id, peer */
};

struct roster *roster_new(struct packets *packets, const struct routes *routes)
{
    size_t count = routes_identified(routes) + 1;
    struct roster *roster = mem_new(sizeof(*roster) + count * sizeof(struct census));
    roster->packets = packets;
    roster->routes = routes;
    roster->from = packet_from();
    table_init(&roster->by_number);
    table_init(&roster->by_id);
    list_init(&roster->told);
    list_init(&roster->minutes);
    return roster;
}

static struct span id_of(const struct connection *connection)
{
    return span(connection->text, connection->id_len);
}

static void forget(struct roster *roster, struct connection *connection)
{
    table_remove(&roster->by_number, &connection->by_number);
    table_remove(&roster->by_id, &connection->by_id);
    list_unlink(&connection->told);
    list_unlink(&connection->minutes);
    free(connection);
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    LIST_FOREACH_SAFE (node, &roster->told)
        forget(roster, container_of(node, struct connection, told));
    table_done(&roster->by_number);
    table_done(&roster->by_id);
    buf_done(&roster->id);
    free(roster->from);
    free(roster);
}

/* ---- who is there ---- */

/* Each frontend counts by itself: those of all would hang in the same buckets. */
static uint64_t hash_of(uint64_t number)
{
    return number + (number >> ATTENDANCE_FRONTEND_SHIFT) * UINT64_C(0x9e3779b97f4a7c15);
}

static bool has_number(const struct table_node *node, const void *key)
{
    const uint64_t *number = key;
    return container_of(unconst(node), struct connection, by_number)->number == *number;
}

static bool has_id(const struct table_node *node, const void *key)
{
    const struct span *id = key;
    return span_equal(id_of(container_of(unconst(node), struct connection, by_id)), *id);
}

static struct connection *find_id(struct roster *roster, struct span id)
{
    struct table_node *node = table_find(&roster->by_id, lastids_hash(id), has_id, &id);
    return node ? container_of(node, struct connection, by_id) : NULL;
}

bool roster_has(struct roster *roster, struct span id)
{
    return find_id(roster, id) != NULL;
}

bool roster_find_websocket(struct roster *roster, struct span id, uint64_t *number)
{
    const struct connection *found = find_id(roster, id);
    if (!found || !found->is_websocket)
        return false;
    *number = found->number;
    return true;
}

/* ---- packets ---- */

/* Returns: a packet of `connection`, with what all of them have. */
static json_t *begin_packet(const struct roster *roster, const struct connection *connection)
{
    json_t *packet = packet_begin(roster->packets);
    if (connection->route) {
        struct span route = span_of(routes_id(roster->routes, connection->route));
        packet_add_name(roster->packets, packet, "route", route);
    }
    packet_add_name(roster->packets, packet, "id", id_of(connection));
    return packet;
}

static bool is_told(const struct roster *roster)
{
    return roster->packets && packet_is_wanted(roster->packets, PACKET_CONN);
}

static void tell_connected(const struct roster *roster, const struct connection *connection)
{
    if (!is_told(roster))
        return;
    json_t *packet = begin_packet(roster, connection);
    struct span peer = span(connection->text + connection->id_len, connection->peer_len);
    packet_add_name(roster->packets, packet, "type",
                    connection->is_websocket ? SPAN("ws") : SPAN("http"));
    if (peer.len)
        packet_add_name(roster->packets, packet, "peer-address", peer);
    if (connection->is_ssl)
        packet_add_true(packet, "ssl");
    packet_add_number(packet, "ttl", ROSTER_TTL_S);
    packet_send(roster->packets, PACKET_CONN, packet);
}

static void tell_ended(const struct roster *roster, const struct connection *connection)
{
    if (!is_told(roster))
        return;
    json_t *packet = begin_packet(roster, connection);
    packet_add_true(packet, "unavailable");
    packet_send(roster->packets, PACKET_CONN, packet);
}

/* ---- coming and going ---- */

static void tell_now(struct roster *roster, struct connection *connection, uint64_t now_ms)
{
    list_unlink(&connection->told);
    list_append(&roster->told, &connection->told);
    connection->told_ms = now_ms;
    tell_connected(roster, connection);
}

static void count_minute(struct roster *roster, struct connection *connection, uint64_t end_ms)
{
    list_unlink(&connection->minutes);
    list_append(&roster->minutes, &connection->minutes);
    connection->minute_ms = end_ms;
    roster->census[connection->route].report.minutes++;
}

/* Returns: the id by which the outside knows who is told. Borrows: until the next call. */
static struct span name(struct roster *roster, const struct attendance *attendance)
{
    if (attendance->is_websocket)
        return attendance->id;
    buf_clear(&roster->id);
    buf_printf(&roster->id, "%s:%llu", roster->from, (unsigned long long)attendance->number);
    return buf_span(&roster->id);
}

static struct connection *add(struct roster *roster, const struct attendance *attendance)
{
    struct span id = name(roster, attendance), peer = attendance->peer;
    struct connection *connection = mem_new(sizeof(*connection) + id.len + peer.len);
    connection->number = attendance->number;
    connection->is_websocket = attendance->is_websocket;
    connection->is_ssl = attendance->is_ssl;
    connection->route = attendance->route;
    connection->id_len = (uint16_t)id.len;
    connection->peer_len = (uint16_t)peer.len;
    memcpy(connection->text, id.at, id.len);
    if (peer.len)
        memcpy(connection->text + id.len, peer.at, peer.len);
    table_add(&roster->by_number, &connection->by_number, hash_of(connection->number));
    table_add(&roster->by_id, &connection->by_id, lastids_hash(id));
    return connection;
}

static void begin(struct roster *roster, const struct attendance *attendance, uint64_t now_ms)
{
    struct connection *connection = add(roster, attendance);
    struct census *census = &roster->census[connection->route];
    census->now++;
    if (census->report.most < census->now)
        census->report.most = census->now;
    count_minute(roster, connection, now_ms + MINUTE_MS);
    tell_now(roster, connection, now_ms);
}

static void end(struct roster *roster, uint64_t number)
{
    struct table_node *node = table_find(&roster->by_number, hash_of(number), has_number, &number);
    CHECK(node); /* who goes has come */
    struct connection *connection = container_of(node, struct connection, by_number);
    roster->census[connection->route].now--;
    tell_ended(roster, connection);
    forget(roster, connection);
}

void roster_take(struct roster *roster, const struct attendance *attendance, uint64_t now_ms)
{
    if (attendance->is_more)
        begin(roster, attendance, now_ms);
    else
        end(roster, attendance->number);
}

struct roster_report roster_report(struct roster *roster, uint16_t route)
{
    struct census *census = &roster->census[route];
    struct roster_report report = census->report;
    census->report = (struct roster_report){.most = census->now};
    return report;
}

/* ---- what time makes due ---- */

/* Returns: milliseconds until more is due. */
static uint64_t tell_again(struct roster *roster, uint64_t now_ms)
{
    size_t share = roster->by_number.count / TICKS + 1;
    if (!roster->packets)
        return LOOP_NEVER;
    for (size_t i = 0; i < BATCH && !list_is_empty(&roster->told); i++) {
        struct connection *first = container_of(roster->told.next, struct connection, told);
        uint64_t age_ms = now_ms - first->told_ms;
        if (age_ms < EARLIEST_MS)
            return EARLIEST_MS - age_ms;
        if (i >= share && age_ms < LATEST_MS)
            return TICK_MS;
        tell_now(roster, first, now_ms);
    }
    return list_is_empty(&roster->told) ? LOOP_NEVER : TICK_MS;
}

/* Returns: milliseconds until more is due. */
static uint64_t count_minutes(struct roster *roster, uint64_t now_ms)
{
    for (size_t i = 0; i < BATCH && !list_is_empty(&roster->minutes); i++) {
        struct connection *first = container_of(roster->minutes.next, struct connection, minutes);
        if (now_ms < first->minute_ms)
            return first->minute_ms - now_ms;
        count_minute(roster, first, first->minute_ms + MINUTE_MS);
    }
    return list_is_empty(&roster->minutes) ? LOOP_NEVER : TICK_MS;
}

uint64_t roster_turn(struct roster *roster, uint64_t now_ms)
{
    if (list_is_empty(&roster->told))
        return LOOP_NEVER;
    if (now_ms < roster->tick_ms + TICK_MS)
        return roster->tick_ms + TICK_MS - now_ms;
    roster->tick_ms = now_ms;
    uint64_t wait_ms = clock_sooner(tell_again(roster, now_ms), count_minutes(roster, now_ms));
    return wait_ms < TICK_MS ? TICK_MS : wait_ms;
}
