/* SPDX-License-Identifier: Apache-2.0 */
#include "router/packet.h"

#include <czmq.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/tnetstring.h"
#include "common/utf8.h"
#include "router/zsockets.h"

static const char *const names[PACKET_COUNT] = {
    [PACKET_SUB] = "sub ",           [PACKET_CONN] = "conn ",     [PACKET_MESSAGE] = "message ",
    [PACKET_ACTIVITY] = "activity ", [PACKET_COUNTS] = "counts ", [PACKET_REPORT] = "report ",
};

/* What an XPUB receives begins with one of these; behind it stands what messages begin with. */
enum { UNSUBSCRIBES, SUBSCRIBES };

struct packets {
    zsock_t *socket; /* borrowed, XPUB */
    char *from;      /* owned: who we are */
    bool is_json;
    size_t wanted[PACKET_COUNT]; /* beginnings subscribed to that the messages of a type may have */
    struct buf text;             /* used again for each */
};

char *packet_from(void)
{
    return mem_printf("holdfast_%d", (int)getpid());
}

struct packets *packets_new(struct zsockets *sockets)
{
    zsock_t *socket = sockets->all[ZMQ_USE_STATS];
    if (!socket)
        return NULL;
    struct packets *packets = mem_new(sizeof(*packets));
    packets->socket = socket;
    packets->from = packet_from();
    packets->is_json = sockets->config->zmq_stats_json;
    return packets;
}

void packets_free(struct packets *packets)
{
    if (!packets)
        return;
    buf_done(&packets->text);
    free(packets->from);
    free(packets);
}

/* Takes in that messages with this beginning are wanted by somebody, or by nobody any more. */
static void note(struct packets *packets, bool is_wanted, struct span beginning)
{
    for (size_t type = 0; type < PACKET_COUNT; type++) {
        struct span name = span_of(names[type]);
        if (!span_starts(name, beginning) && !span_starts(beginning, name))
            continue;
        packets->wanted[type] += is_wanted ? 1 : (size_t)-1;
    }
}

/* The socket tells of the first who subscribes to a beginning, and of the last who leaves it. */
static void hear_subscribers(struct packets *packets)
{
    char said[64];
    for (int len;
         (len = zmq_recv(zsock_resolve(packets->socket), said, sizeof(said), ZMQ_DONTWAIT)) >= 0;) {
        size_t kept = (size_t)len < sizeof(said) ? (size_t)len : sizeof(said);
        if (kept && (*said == SUBSCRIBES || *said == UNSUBSCRIBES))
            note(packets, *said == SUBSCRIBES, span_skip(span(said, kept), 1));
    }
}

bool packet_is_wanted(struct packets *packets, enum packet_type type)
{
    hear_subscribers(packets);
    return packets->wanted[type] > 0;
}

json_t *packet_begin(const struct packets *packets)
{
    json_t *packet = json_object();
    (void)json_object_set_new_nocheck(packet, "from", json_string_nocheck(packets->from));
    return packet;
}

void packet_add_number(json_t *packet, const char *key, uint64_t number)
{
    (void)json_object_set_new_nocheck(packet, key, json_integer((json_int_t)number));
}

void packet_add_true(json_t *packet, const char *key)
{
    (void)json_object_set_new_nocheck(packet, key, json_true());
}

void packet_add_name(const struct packets *packets, json_t *packet, const char *key,
                     struct span name)
{
    char shown[1024];
    json_t *value = NULL;
    if (!packets->is_json || utf8_is_sound(name))
        value = json_stringn_nocheck(name.at, name.len);
    else
        value = json_string_nocheck(log_safe(shown, sizeof(shown), name.at, name.len));
    (void)json_object_set_new_nocheck(packet, key, value);
}

void packet_send(struct packets *packets, enum packet_type type, json_t *packet)
{
    struct buf *out = &packets->text;
    buf_clear(out);
    buf_printf(out, "%s%c", names[type], packets->is_json ? 'J' : 'T');
    if (packets->is_json) {
        char *text = json_dumps(packet, JSON_COMPACT | JSON_SORT_KEYS);
        buf_append(out, span_of(text));
        free(text);
    } else {
        tnetstring_write(out, packet);
    }
    json_decref(packet);
    (void)zmq_send(zsock_resolve(packets->socket), out->bytes, out->len, ZMQ_DONTWAIT);
}
