/* SPDX-License-Identifier: Apache-2.0 */
#include "router/statsock.h"

#include <czmq.h>
#include <jansson.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/tnetstring.h"
#include "common/utf8.h"
#include "router/demand.h"
#include "router/zsockets.h"

/* How often requests are told of, and connections counted. */
#define TICK_MS 100

struct statsock {
    struct statsock_parts parts;
    zsock_t *socket; /* borrowed, PUB */
    char *from;      /* owned: who we are */
    bool is_json;
    struct buf packet; /* used again for each */
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
    zsock_t *socket = parts->sockets->all[ZMQ_USE_STATS];
    if (!socket)
        return NULL;
    struct statsock *statsock = mem_new(sizeof(*statsock));
    statsock->parts = *parts;
    statsock->socket = socket;
    statsock->from = mem_printf("holdfast_%d", (int)getpid());
    statsock->is_json = parts->sockets->config->zmq_stats_json;
    statsock->tick_ms = statsock->report_ms = now_ms;
    return statsock;
}

void statsock_free(struct statsock *statsock)
{
    if (!statsock)
        return;
    buf_done(&statsock->packet);
    free(statsock->from);
    free(statsock);
}

/* ---- one packet ---- */

static json_t *begin(const struct statsock *statsock)
{
    json_t *packet = json_object();
    (void)json_object_set_new_nocheck(packet, "from", json_string_nocheck(statsock->from));
    return packet;
}

static void add_number(json_t *packet, const char *key, uint64_t number)
{
    (void)json_object_set_new_nocheck(packet, key, json_integer((json_int_t)number));
}

/* Takes: `packet`. */
static void send_packet(struct statsock *statsock, const char *type, json_t *packet)
{
    struct buf *out = &statsock->packet;
    buf_clear(out);
    buf_printf(out, "%s %c", type, statsock->is_json ? 'J' : 'T');
    if (statsock->is_json) {
        char *text = json_dumps(packet, JSON_COMPACT | JSON_SORT_KEYS);
        buf_append(out, span_of(text));
        free(text);
    } else {
        tnetstring_write(out, packet);
    }
    json_decref(packet);
    (void)zmq_send(zsock_resolve(statsock->socket), out->bytes, out->len, ZMQ_DONTWAIT);
}

/* An origin may name channels by bytes that JSON has no word for. */
static json_t *name_value(const struct statsock *statsock, struct span name)
{
    char shown[1024];
    if (!statsock->is_json || utf8_is_sound(name))
        return json_stringn_nocheck(name.at, name.len);
    return json_string_nocheck(log_safe(shown, sizeof(shown), name.at, name.len));
}

void statsock_tell(void *context, struct span channel, enum format_kind format, uint32_t holds)
{
    static const char *const modes[FORMAT_COUNT] = {
        [FORMAT_RESPONSE] = "response",
        [FORMAT_STREAM] = "stream",
        [FORMAT_WS] = "ws",
    };
    struct statsock *statsock = context;
    json_t *packet = begin(statsock);
    (void)json_object_set_new_nocheck(packet, "mode", json_string_nocheck(modes[format]));
    (void)json_object_set_new_nocheck(packet, "channel", name_value(statsock, channel));
    if (holds) {
        add_number(packet, "ttl", DEMAND_TTL_S);
        add_number(packet, "subscribers", holds);
    } else {
        (void)json_object_set_new_nocheck(packet, "unavailable", json_true());
    }
    send_packet(statsock, "sub", packet);
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
    json_t *packet = begin(statsock);
    add_number(packet, "count", requests - statsock->requests);
    send_packet(statsock, "activity", packet);
    statsock->requests = requests;
}

/* Adds how much a counter has grown since the last report. */
static void add_growth(const struct statsock *statsock, json_t *packet, const char *key,
                       enum stat_id stat, uint64_t *before)
{
    uint64_t now = sum(statsock, stat);
    add_number(packet, key, now - *before);
    *before = now;
}

static void report(struct statsock *statsock, uint64_t elapsed_ms)
{
    json_t *packet = begin(statsock);
    add_number(packet, "connections", statsock->most_connections);
    add_number(packet, "minutes", statsock->connected_ms / 60000);
    add_growth(statsock, packet, "received", STAT_items_published, &statsock->received);
    add_growth(statsock, packet, "sent", STAT_items_delivered, &statsock->sent);
    add_growth(statsock, packet, "client-content-bytes-sent", STAT_bytes_delivered,
               &statsock->bytes);
    add_number(packet, "duration", elapsed_ms);
    send_packet(statsock, "report", packet);
    statsock->most_connections = 0;
    statsock->connected_ms %= 60000; /* counts in the next one */
}

uint64_t statsock_turn(struct statsock *statsock, uint64_t now_ms)
{
    if (!statsock)
        return LOOP_NEVER;
    uint64_t interval_ms = statsock->parts.sockets->config->zmq_stats_interval * UINT64_C(1000);
    (void)zsock_events(statsock->socket); /* takes in who has subscribed */
    if (now_ms >= statsock->tick_ms + TICK_MS) {
        tell_activity(statsock, now_ms - statsock->tick_ms);
        statsock->tick_ms = now_ms;
    }
    if (now_ms >= statsock->report_ms + interval_ms) {
        report(statsock, now_ms - statsock->report_ms);
        statsock->report_ms = now_ms;
    }
    return statsock->tick_ms + TICK_MS - now_ms;
}
