/* SPDX-License-Identifier: Apache-2.0 */
#include "router/router.h"

#include <czmq.h>

#include "common/check.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/rawhead.h"
#include "router/admin.h"
#include "router/asked.h"
#include "router/broadcast.h"
#include "router/control.h"
#include "router/health.h"
#include "router/publish.h"

/* How long publishers may take to read their last answer once the thread ends. */
#define LAST_ANSWERS_MS 1000

struct router {
    struct router_parts parts;
    struct loop *loop;
    struct broadcast *broadcast;
    struct health *health;
    struct publish *publish;
    struct control *control;
    struct admin admin; /* its phase is the router's */
    zactor_t *actor;
    zsock_t *pipe;      /* the thread's end of the actor's pipe */
    bool is_opening;    /* told to open; frontends are awaited */
    bool is_ending;     /* told to end; connections are awaited */
    uint64_t ending_ms; /* since when */
};

/* ---- requests ---- */

/* Returns: whether the head is one that nobody could understand differently. */
static bool check_head(struct router *router, h2o_req_t *request)
{
    if (request->version >= 0x200)
        return true;
    const h2o_buffer_t *input = request->conn->callbacks->get_socket(request->conn)->input;
    struct rawhead head;
    const char *why;
    enum reason reason =
        rawhead_check(&head, span(input->bytes, input->size), &router->parts.config->limits, &why);
    if (reason == REASON_NONE)
        return true;
    request->http1_is_persistent = 0;
    publish_refuse(router->publish, request, reason_status(reason), why);
    return false;
}

static void on_request(void *context, h2o_req_t *request)
{
    struct router *router = context;
    uint64_t now_ms = loop_now_ms(router->loop);
    if (!check_head(router, request))
        return;
    if (router->admin.phase == STOPPING)
        request->http1_is_persistent = 0;
    struct span target = span(request->input.path.base, request->input.path.len);
    enum page page = asked_page(target, span_of(router->parts.config->service_id));
    if (page == PAGE_PUBLISH)
        publish_take(router->publish, request, now_ms);
    else
        admin_take(&router->admin, request, page, now_ms);
}

/* ---- start and stop ---- */

static void set_up(struct router *router)
{
    const struct router_parts *parts = &router->parts;
    router->loop = loop_new();
    router->broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = router->loop,
        .limits = &parts->config->limits,
        .frontends = parts->frontends,
        .stats = parts->stats,
        .all_stats = parts->all_stats,
        .stats_count = parts->stats_count,
    });
    router->health = health_new(router->loop, router->broadcast, parts->frontends);
    router->publish = publish_new(parts->config, router->broadcast, parts->stats);
    router->control = control_new(&(struct control_parts){
        .loop = router->loop,
        .config = parts->config,
        .fds = parts->control_fds,
        .fd_count = parts->control_fd_count,
        .stats = parts->stats,
        .on_request = on_request,
        .context = router,
    });
    router->admin = (struct admin){
        .phase = STARTING,
        .broadcast = router->broadcast,
        .health = router->health,
        .all_stats = parts->all_stats,
        .stats_count = parts->stats_count,
    };
    loop_wake_on_zmq(router->loop, zsock_resolve(router->pipe));
}

static void tear_down(struct router *router)
{
    control_free(router->control);
    publish_free(router->publish);
    health_free(router->health);
    broadcast_free(router->broadcast);
    loop_free(router->loop);
}

static void open_when_ready(struct router *router)
{
    if (!router->is_opening || !broadcast_is_ready(router->broadcast))
        return;
    router->is_opening = false;
    router->admin.phase = OPEN;
    control_open(router->control);
    zsock_signal(router->pipe, 0);
}

/* Items are put on the bus before their 200 is written: when nobody waits any more, all that was
 * answered is there. */
static void close_now(struct router *router)
{
    router->is_opening = false;
    router->admin.phase = STOPPING;
    control_close(router->control);
    publish_close(router->publish);
}

static void begin_to_end(struct router *router, uint64_t now_ms)
{
    close_now(router);
    router->is_ending = true;
    router->ending_ms = now_ms;
    control_hang_up(router->control, false);
}

static void obey(struct router *router, uint64_t now_ms)
{
    while (zsock_events(router->pipe) & ZMQ_POLLIN) {
        char *command = zstr_recv(router->pipe);
        CHECK(command);
        if (streq(command, "OPEN")) {
            router->is_opening = true;
        } else if (streq(command, "CLOSE")) {
            close_now(router);
            zsock_signal(router->pipe, 0);
        } else {
            begin_to_end(router, now_ms); /* zactor's own $TERM */
        }
        zstr_free(&command);
    }
}

/* While ending: lets the loop go when no connection is left. */
static uint64_t watch_the_end(struct router *router, uint64_t now_ms)
{
    if (!router->is_ending)
        return LOOP_NEVER;
    if (control_count(router->control) == 0)
        loop_stop(router->loop);
    else if (now_ms >= router->ending_ms + LAST_ANSWERS_MS)
        control_hang_up(router->control, true);
    return 20;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The life of the thread, on one screen. h2o's callbacks have run before. */
static uint64_t turn(void *context, uint64_t now_ms)
{
    struct router *router = context;
    obey(router, now_ms);
    broadcast_turn(router->broadcast);
    open_when_ready(router);
    uint64_t wait_ms = publish_turn(router->publish, now_ms);
    if (router->admin.phase == OPEN)
        wait_ms = sooner(wait_ms, health_turn(router->health, now_ms));
    wait_ms = sooner(wait_ms, control_turn(router->control, now_ms));
    return sooner(wait_ms, watch_the_end(router, now_ms));
}

static void run(zsock_t *pipe, void *context)
{
    struct router *router = context;
    router->pipe = pipe;
    set_up(router);
    zsock_signal(pipe, 0);
    loop_run(router->loop, turn, router);
    tear_down(router);
}

struct router *router_start(const struct router_parts *parts)
{
    struct router *router = mem_new(sizeof(*router));
    router->parts = *parts;
    router->actor = zactor_new(run, router);
    CHECK(router->actor);
    return router;
}

void router_open(struct router *router)
{
    zstr_send(router->actor, "OPEN");
    zsock_wait(router->actor);
}

void router_close(struct router *router)
{
    zstr_send(router->actor, "CLOSE");
    zsock_wait(router->actor);
}

void router_stop(struct router *router)
{
    zactor_destroy(&router->actor);
    free(router);
}
