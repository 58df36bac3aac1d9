/* SPDX-License-Identifier: Apache-2.0 */
#include "router/zsockets.h"

#include "common/check.h"
#include "common/clock.h"
#include "common/config_zmq.h"
#include "common/log.h"
#include "common/mem.h"

/* Where ZeroMQ looks for whom to ask (RFC 27). While nobody is bound there, it lets everyone in. */
#define ZAP "inproc://zeromq.zap.01"

/* Dead peers are noticed as Pushpin does (GRIP 6.6). */
#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_COUNT 6
#define KEEPALIVE_EVERY_S 5

/* Somebody who is not there is looked for ever less often. */
#define RECONNECT_MOST_MS 5000

/* At a stop readers of stats are told that all have gone, and may take so long to take it. */
#define LAST_WORDS_MS 1000

static const int types[ZMQ_USE_COUNT] = {
    [ZMQ_USE_PULL] = ZMQ_PULL,
    [ZMQ_USE_SUB] = ZMQ_SUB,
    [ZMQ_USE_COMMAND] = ZMQ_ROUTER,
    [ZMQ_USE_STATS] = ZMQ_XPUB, /* as PUB, but it tells who subscribes to what */
};

static zsock_t *make(enum zmq_use use, const struct limits *limits)
{
    zsock_t *socket = zsock_new(types[use]);
    CHECK(socket);
    zsock_set_linger(socket, 0);
    zsock_set_maxmsgsize(socket, (int)limits->zmq_message_bytes);
    zsock_set_rcvhwm(socket, (int)limits->zmq_queue);
    zsock_set_sndhwm(socket, (int)limits->zmq_queue);
    if (use == ZMQ_USE_STATS) {
        zsock_set_sndhwm(socket, (int)limits->zmq_stats_queue);
        zsock_set_linger(socket, (int)clock_sooner(limits->stop_wait_ms, LAST_WORDS_MS));
    }
    if (use == ZMQ_USE_SUB)
        zsock_set_sndhwm(socket, 0); /* what we subscribe to would be dropped there */
    zsock_set_handshake_ivl(socket, (int)limits->request_wait_ms);
    zsock_set_tcp_keepalive(socket, 1);
    zsock_set_tcp_keepalive_idle(socket, KEEPALIVE_IDLE_S);
    zsock_set_tcp_keepalive_cnt(socket, KEEPALIVE_COUNT);
    zsock_set_tcp_keepalive_intvl(socket, KEEPALIVE_EVERY_S);
    zsock_set_reconnect_ivl_max(socket, RECONNECT_MOST_MS);
    return socket;
}

/* What is set now holds for the endpoint that is bound or connected next. */
static void set_curve(zsock_t *socket, const struct zport *port, const struct curve *own)
{
    bool is_server = !port->is_connected && port->is_tcp && *own->public_key;
    zsock_set_curve_server(socket, is_server); /* 0 takes back what the last one was given */
    if (is_server) {
        zsock_set_curve_secretkey(socket, own->secret_key);
    } else if (*port->server_key) {
        zsock_set_curve_serverkey(socket, port->server_key);
        zsock_set_curve_publickey(socket, own->public_key);
        zsock_set_curve_secretkey(socket, own->secret_key);
    }
}

/* Both families only where a person asked for them: a name that has addresses of both would be
 * looked for at the newer one only. */
static void set_family(zsock_t *socket, const struct zport *port)
{
    bool is_any = !port->is_connected && span_starts(span_of(port->text), SPAN("tcp://*:"));
    zsock_set_ipv6(socket, is_any || strchr(port->text, '['));
}

static void note_bound(struct zsockets *sockets, enum zmq_use use, const char *place)
{
    size_t count = sockets->bound_count[use]++;
    sockets->bound[use] = mem_grow(sockets->bound[use], count + 1, sizeof(char *));
    sockets->bound[use][count] = mem_copy(place, strlen(place));
}

/* Returns: false with `*why` set. */
static bool attach(struct zsockets *sockets, enum zmq_use use, const struct zport *port, char **why)
{
    zsock_t *socket = sockets->all[use];
    const char *option = option_rows[config_zmq_option(use)].key;
    set_curve(socket, port, &sockets->config->zmq_key);
    set_family(socket, port);
    if (port->is_connected ? zmq_connect(zsock_resolve(socket), port->text)
                           : zmq_bind(zsock_resolve(socket), port->text)) {
        *why = mem_printf("%s: %s cannot be %s: %s", option, port->text,
                          port->is_connected ? "connected to" : "bound", zmq_strerror(zmq_errno()));
        return false;
    }
    char *place = zsock_last_endpoint(socket);
    if (!port->is_connected)
        note_bound(sockets, use, place);
    log_info("%s address=%s for=%s", port->is_connected ? "connecting" : "listening", place,
             option);
    zstr_free(&place);
    return true;
}

/* Returns: false with `*why` set. */
static bool open_use(struct zsockets *sockets, enum zmq_use use, char **why)
{
    const struct zports *ports = &sockets->config->zmq[use];
    if (ports->count == 0)
        return true;
    sockets->all[use] = make(use, &sockets->config->limits);
    for (size_t i = 0; i < ports->count; i++)
        if (!attach(sockets, use, &ports->list[i], why))
            return false;
    return true;
}

static void open_zap(struct zsockets *sockets)
{
    if (!*sockets->config->zmq_key.public_key)
        return;
    sockets->zap = zsock_new(ZMQ_REP);
    CHECK(sockets->zap);
    int failed = zmq_bind(zsock_resolve(sockets->zap), ZAP);
    CHECK(!failed);
}

struct zsockets *zsockets_open(const struct config *config, char **why)
{
    struct zsockets *sockets = mem_new(sizeof(*sockets));
    sockets->config = config;
    open_zap(sockets); /* before there is anything to connect to */
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++) {
        if (open_use(sockets, use, why))
            continue;
        zsockets_free(sockets);
        return NULL;
    }
    return sockets;
}

void zsockets_quieten(struct zsockets *sockets)
{
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++)
        if (sockets->all[use])
            (void)zsock_events(sockets->all[use]);
}

static void forget_bound(struct zsockets *sockets, enum zmq_use use)
{
    for (size_t i = 0; i < sockets->bound_count[use]; i++)
        free(sockets->bound[use][i]);
    sockets->bound_count[use] = 0;
}

/* ZeroMQ ends the connections that came through an endpoint with it, and drops what awaits them:
 * the stats socket goes as a whole. */
void zsockets_close(struct zsockets *sockets)
{
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++) {
        if (use == ZMQ_USE_STATS)
            continue;
        for (size_t i = 0; i < sockets->bound_count[use]; i++)
            (void)zmq_unbind(zsock_resolve(sockets->all[use]), sockets->bound[use][i]);
        forget_bound(sockets, use);
    }
}

void zsockets_free(struct zsockets *sockets)
{
    if (!sockets)
        return;
    zsockets_close(sockets);
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++) {
        forget_bound(sockets, use);
        zsock_destroy(&sockets->all[use]);
        free(sockets->bound[use]);
    }
    zsock_destroy(&sockets->zap); /* the last, since without it everyone is let in */
    free(sockets);
}
