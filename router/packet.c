/* SPDX-License-Identifier: Apache-2.0 */
#include "router/packet.h"

#include <czmq.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/tnetstring.h"
#include "common/utf8.h"
#include "router/zsockets.h"

struct packets {
    zsock_t *socket; /* borrowed, PUB */
    char *from;      /* owned: who we are */
    bool is_json;
    struct buf text; /* used again for each */
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

void packets_turn(struct packets *packets)
{
    (void)zsock_events(packets->socket);
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

void packet_send(struct packets *packets, const char *type, json_t *packet)
{
    struct buf *out = &packets->text;
    buf_clear(out);
    buf_printf(out, "%s %c", type, packets->is_json ? 'J' : 'T');
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
