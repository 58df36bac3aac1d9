/* SPDX-License-Identifier: Apache-2.0 */
#include "router/zap.h"

#include <czmq.h>

#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "router/zsockets.h"

/* Handshakes that one turn answers. */
#define BATCH 32

/* The frames of a request that count (RFC 27). */
enum { VERSION, SERIAL, DOMAIN, ADDRESS, IDENTITY, MECHANISM, KEY, FRAMES };

struct key {
    uint8_t bytes[CURVE_BYTES];
};

struct zap {
    zsock_t *socket; /* borrowed, REP */
    struct stats *stats;
    size_t allowed_count;
    struct key allowed[];
};

struct zap *zap_new(struct loop *loop, struct zsockets *sockets, struct stats *stats)
{
    const struct config *config = sockets->config;
    if (!sockets->zap)
        return NULL;
    struct zap *zap = mem_new(sizeof(*zap) + config->zmq_client_count * sizeof(struct key));
    zap->socket = sockets->zap;
    zap->stats = stats;
    for (size_t i = 0; i < config->zmq_client_count; i++)
        zmq_z85_decode(zap->allowed[zap->allowed_count++].bytes, config->zmq_clients[i].public_key);
    loop_wake_on_zmq(loop, zsock_resolve(zap->socket));
    return zap;
}

void zap_free(struct zap *zap)
{
    free(zap);
}

static bool is_allowed(const struct zap *zap, zframe_t *key)
{
    for (size_t i = 0; i < zap->allowed_count; i++)
        if (zframe_size(key) == CURVE_BYTES &&
            memcmp(zframe_data(key), zap->allowed[i].bytes, CURVE_BYTES) == 0)
            return true;
    return false;
}

/* The key is a public one, and what an operator needs to put on the list. */
static void note_refusal(struct zap *zap, zframe_t *address, zframe_t *key)
{
    char shown[64], text[CURVE_TEXT] = "";
    log_safe(shown, sizeof(shown), (const char *)zframe_data(address), zframe_size(address));
    if (zframe_size(key) == CURVE_BYTES)
        zmq_z85_encode(text, zframe_data(key), CURVE_BYTES);
    stats_add(zap->stats, STAT_zmq_refused, 1);
    log_warn("zmq peer refused address=%s key=%s detail=\"not in zmq_client_keys\"", shown, text);
}

static void answer(struct zap *zap, zmsg_t *request)
{
    zframe_t *frames[FRAMES] = {NULL};
    for (size_t i = 0; i < FRAMES; i++)
        frames[i] = i ? zmsg_next(request) : zmsg_first(request);
    bool is_curve = frames[KEY] && zframe_streq(frames[MECHANISM], "CURVE");
    bool is_welcome = is_curve && is_allowed(zap, frames[KEY]);
    if (is_curve && !is_welcome)
        note_refusal(zap, frames[ADDRESS], frames[KEY]);
    zmsg_t *reply = zmsg_new();
    zmsg_addstr(reply, "1.0");
    zmsg_addmem(reply, frames[SERIAL] ? zframe_data(frames[SERIAL]) : NULL,
                frames[SERIAL] ? zframe_size(frames[SERIAL]) : 0);
    zmsg_addstr(reply, is_welcome ? "200" : "400");
    zmsg_addstr(reply, is_welcome ? "OK" : "NO ACCESS");
    zmsg_addstr(reply, ""); /* who it is */
    zmsg_addstr(reply, "");
    (void)zmsg_send(&reply, zap->socket);
}

bool zap_turn(struct zap *zap)
{
    for (int i = 0; zap && i < BATCH; i++) {
        if (!(zsock_events(zap->socket) & ZMQ_POLLIN))
            return false;
        zmsg_t *request = zmsg_recv(zap->socket);
        if (!request)
            return false;
        answer(zap, request);
        zmsg_destroy(&request);
    }
    return zap != NULL;
}
