/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stats socket and its reader, for tests of those who send packets.
 *
 *     next_packet(&stand)     "activity {\"count\":3,\"route\":\"a\"}", without who sent it
 */
#ifndef TESTS_SUPPORT_PACKETS_H
#define TESTS_SUPPORT_PACKETS_H

#include <jansson.h>

#include "common/mem.h"
#include "common/route.h"
#include "router/packet.h"
#include "router/zsockets.h"
#include "tests/support/bus.h"

struct stand {
    struct config config; /* two routes with an id, "a" and "b", and one without */
    struct zsockets *sockets;
    struct packets *packets;
    zsock_t *reader;
    char *text; /* of the last packet */
};

/* A place of its own for each test: ZeroMQ frees names some time after a socket was closed. */
static inline void stand_open(struct stand *stand)
{
    static struct zport port;
    static int places;
    char *why = NULL;
    (void)snprintf(port.text, sizeof(port.text), "inproc://test-packets-%d", places++);
    *stand = (struct stand){.config = {.zmq_stats_json = true}};
    limits_init(&stand->config.limits);
    stand->config.zmq[ZMQ_USE_STATS] = (struct zports){&port, 1};
    stand->config.routes = routes_new();
    assert_null(routes_add(stand->config.routes, SPAN("* localhost:1")));
    assert_null(routes_add(stand->config.routes, SPAN("a.test,id=a localhost:1")));
    assert_null(routes_add(stand->config.routes, SPAN("b.test,id=b localhost:1")));
    stand->sockets = zsockets_open(&stand->config, &why);
    assert_non_null(stand->sockets);
    stand->packets = packets_new(stand->sockets);
    stand->reader = bus_connect(ZMQ_SUB, port.text);
    zsock_set_subscribe(stand->reader, "");
}

static inline void stand_close(struct stand *stand)
{
    zsock_destroy(&stand->reader);
    packets_free(stand->packets);
    zsockets_free(stand->sockets);
    routes_free(stand->config.routes);
    free(stand->text);
}

/* Returns: the next packet, until the next call; "" where there is none. */
static inline const char *next_packet(struct stand *stand)
{
    free(stand->text);
    stand->text = strdup("");
    if (!(zsock_events(stand->reader) & ZMQ_POLLIN))
        return stand->text;
    free(stand->text);
    char *packet = zstr_recv(stand->reader);
    char *map = strstr(packet, " J");
    assert_non_null(map);
    json_t *fields = json_loads(map + 2, 0, NULL);
    assert_int_equal(json_object_del(fields, "from"), 0);
    char *text = json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(fields);
    stand->text = mem_printf("%.*s %s", (int)(map - packet), packet, text);
    free(text);
    zstr_free(&packet);
    return stand->text;
}

/* That this is the next packet of all. */
#define assert_packet(stand, expected) assert_string_equal(next_packet(stand), expected)

#endif
