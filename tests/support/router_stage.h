/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A router thread with a publisher on TCP at one end and the test as its only
 * frontend at the other.
 */
#ifndef TESTS_SUPPORT_ROUTER_STAGE_H
#define TESTS_SUPPORT_ROUTER_STAGE_H

#include "common/permit.h"
#include "common/traffic.h"
#include "router/router.h"
#include "tests/support/publisher.h"

#define BODY(channel)                                                                              \
    "{\"items\":[{\"channel\":\"" channel "\",\"formats\":{\"http-stream\":{\"content\":\"x\"}}}]" \
    "}"

struct stage {
    struct address address; /* without TLS */
    struct config config;
    struct permit *permit; /* NULL: anyone */
    struct stats frontend, router_stats;
    const struct stats *all[2];
    struct traffic numbers; /* of the frontend: no route has an id */
    struct traffic *traffic[1];
    int control_fd;
    uint16_t port;
    struct router *router;
    struct zsockets *zsockets; /* of the outside, or NULL */
    zsock_t *down;
};

static inline int bind_any_port(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static inline int set_stage(void **state)
{
    static struct stage stage;
    stage =
        (struct stage){.all = {&stage.frontend, &stage.router_stats}, .traffic = {&stage.numbers}};
    limits_init(&stage.config.limits);
    stage.config.workers = 1;
    stage.config.service_id = "";
    stage.config.routes = routes_new();
    stage.config.control = &stage.address;
    stage.control_fd = bind_any_port(&stage.port);
    *state = &stage;
    return 0;
}

static inline void open_stage(struct stage *stage)
{
    stage->router = router_start(&(struct router_parts){
        .config = &stage->config,
        .control_fds = &stage->control_fd,
        .control_fd_count = 1,
        .zsockets = stage->zsockets,
        .frontends = 1,
        .stats = &stage->router_stats,
        .all_stats = stage->all,
        .stats_count = 2,
        .traffic = stage->traffic,
    });
    stage->down = bus_subscribe();
    router_open(stage->router);
}

static inline int clear_stage(void **state)
{
    struct stage *stage = *state;
    if (stage->router)
        router_stop(stage->router);
    permit_free(stage->permit);
    routes_free(stage->config.routes);
    zsock_destroy(&stage->down);
    return 0;
}

#endif
