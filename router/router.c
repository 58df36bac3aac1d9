/* SPDX-License-Identifier: Apache-2.0 */
#include "router/router.h"

#include <czmq.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/engine.h"
#include "common/handover.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/rawhead.h"
#include "router/admin.h"
#include "router/asked.h"
#include "router/broadcast.h"
#include "router/control.h"
#include "router/health.h"
#include "router/intake.h"
#include "router/outside.h"
#include "router/publish.h"
#include "router/reports.h"
#include "router/respond.h"
#include "router/wayback.h"
#include "router/words.h"

/* How often a closing router looks whether everybody has gone. */
#define LOOK_EVERY_MS 20

enum stage {
    STARTED, /* bound, not listening */
    OPENING, /* main waits until every frontend has subscribed */
    OPEN,
    CLOSING, /* what is in flight is answered */
    CLOSED,  /* no connection is left, none can come */
};

struct router {
    struct router_parts given;
    const struct limits *limits;
    struct loop *loop;
    struct broadcast *broadcast;
    struct wayback *wayback;
    struct health *health;
    struct reports *reports;
    struct intake *intake;
    struct publish *publish;
    struct outside *outside; /* NULL where there are no sockets for it */
    struct words words;
    struct admin admin;
    struct engine *engine;
    struct control *control;
    zactor_t *actor;
    zsock_t *pipe; /* the thread's end of the actor's pipe */
    enum stage stage;
    uint64_t cut_ms;       /* CLOSING: when what has not ended by itself is cut */
    bool is_close_awaited; /* main waits in router_close() */
    bool is_stopping;
    bool is_http_first; /* take_in() */
    bool has_all_words; /* nothing that a frontend said before this turn is left to be taken */
};

/* ---- a request ---- */

/* Returns: whether the request is as it should be; else it was refused, and what follows on the
 * connection is not believed either. */
static bool is_sound(struct router *router, h2o_req_t *request)
{
    const h2o_buffer_t *input = request->conn->callbacks->get_socket(request->conn)->input;
    struct rawhead head;
    const char *why;
    enum reason reason =
        rawhead_check(&head, span(input->bytes, input->size), router->limits, &why);
    if (reason == REASON_NONE)
        return true;
    log_warn("control request refused reason=%s detail=\"%s\"", reason_name(reason), why);
    request->http1_is_persistent = 0;
    respond_text(request, reason_status(reason), "%s\n", why);
    return false;
}

static void on_request(void *context, h2o_req_t *request)
{
    struct router *router = context;
    uint64_t now_ms = loop_now_ms(router->loop);
    control_note(router->control, request->conn->callbacks->get_socket(request->conn));
    if (!is_sound(router, request))
        return;
    struct asked asked =
        asked_read(vec_span(request->input.path), vec_span(request->input.authority),
                   span_of(router->given.config->service_id));
    switch (asked.endpoint) {
    case ENDPOINT_PUBLISH:
    case ENDPOINT_RECOVER:
        publish_take(router->publish, request, &asked, now_ms);
        break;
    case ENDPOINT_HEALTHZ:
    case ENDPOINT_READYZ:
    case ENDPOINT_METRICS:
        admin_take(&router->admin, request, asked.endpoint, now_ms);
        break;
    case ENDPOINT_ROOT:
        respond_text(request, 200, "holdfast publish API\n");
        break;
    case ENDPOINT_NONE:
        respond_text(request, 404, "Not Found\n");
        break;
    }
}

/* ---- the life of the thread ---- */

static void set_up_bus(struct router *router)
{
    const struct router_parts *given = &router->given;
    router->broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = router->loop,
        .limits = router->limits,
        .frontends = given->frontends,
        .stats = given->stats,
        .all_stats = given->all_stats,
        .stats_count = given->stats_count,
    });
    router->wayback = wayback_new(router->loop, given->stats);
    router->health =
        health_new(router->broadcast, given->frontends, router->limits->frontend_late_ms);
    router->reports = reports_new(given->frontends, router->limits->report_wait_ms);
}

static void set_up_outside(struct router *router)
{
    const struct router_parts *given = &router->given;
    if (!given->zsockets)
        return;
    router->outside = outside_new(&(struct outside_parts){
        .loop = router->loop,
        .sockets = given->zsockets,
        .broadcast = router->broadcast,
        .intake = router->intake,
        .hear = words_hear,
        .hear_context = &router->words,
        .stats = given->stats,
        .all_stats = given->all_stats,
        .stats_count = given->stats_count,
        .traffic = given->traffic,
        .frontends = given->frontends,
    });
}

static void set_up_words(struct router *router)
{
    const struct router_parts *given = &router->given;
    router->words = (struct words){
        .loop = router->loop,
        .wayback = router->wayback,
        .health = router->health,
        .reports = router->reports,
        .outside = router->outside,
        .stats = given->stats,
        .all_stats = given->all_stats,
        .stats_count = given->stats_count,
        .frontends = given->frontends,
    };
}

static void set_up(struct router *router)
{
    const struct router_parts *given = &router->given;
    router->limits = &given->config->limits;
    router->loop = loop_new();
    set_up_bus(router);
    router->intake = intake_new(router->broadcast, router->limits, given->stats);
    router->publish = publish_new(given->config, router->intake, router->reports, given->stats);
    router->admin = (struct admin){.health = router->health,
                                   .broadcast = router->broadcast,
                                   .publish = router->publish,
                                   .all_stats = given->all_stats,
                                   .stats_count = given->stats_count};
    router->engine = engine_new(router->loop, router->limits->publish_body_bytes,
                                router->limits->request_wait_ms, on_request, router);
    router->control = control_new(&(struct control_parts){
        .loop = router->loop,
        .engine = router->engine,
        .stats = given->stats,
        .fds = given->control_fds,
        .addresses = given->config->control,
        .fd_count = given->control_fd_count,
        .tls = given->contexts.publishers,
        .most_connections = router->limits->control_connections,
        .wait_ms = router->limits->request_wait_ms,
        .stall_wait_ms = router->limits->stall_wait_ms,
    });
    set_up_outside(router);
    set_up_words(router);
    loop_wake_on_zmq(router->loop, zsock_resolve(router->pipe));
}

static void tear_down(struct router *router)
{
    control_free(router->control);
    engine_free(router->engine);
    outside_free(router->outside);
    publish_free(router->publish);
    intake_free(router->intake);
    reports_free(router->reports);
    health_free(router->health);
    wayback_free(router->wayback);
    broadcast_free(router->broadcast);
    loop_free(router->loop);
    contexts_done(&router->given.contexts);
}

static void begin_to_close(struct router *router, uint64_t cut_ms)
{
    router->cut_ms = cut_ms;
    if (router->stage >= CLOSING)
        return;
    router->stage = CLOSING;
    router->admin.is_open = false;
    control_close(router->control);
    publish_close(router->publish);
    outside_close(router->outside);
}

static void renew(struct router *router, struct contexts contexts)
{
    contexts_done(&router->given.contexts);
    router->given.contexts = contexts;
    control_renew(router->control, contexts.publishers);
}

static void obey(struct router *router, uint64_t now_ms)
{
    while (zsock_events(router->pipe) & ZMQ_POLLIN) {
        char *command;
        struct contexts *pack;
        int failed = zsock_recv(router->pipe, "sp", &command, &pack);
        CHECK(!failed);
        if (streq(command, "OPEN")) {
            router->stage = OPENING;
        } else if (streq(command, "CLOSE")) {
            begin_to_close(router, now_ms + router->limits->stop_wait_ms);
            router->is_close_awaited = true;
        } else if (streq(command, "RENEW")) {
            renew(router, contexts_unpack(&pack));
        } else { /* zactor's own $TERM */
            begin_to_close(router, now_ms);
            router->is_stopping = true;
        }
        zstr_free(&command);
    }
}

static void open_if_complete(struct router *router)
{
    if (router->stage != OPENING || !broadcast_is_complete(router->broadcast))
        return;
    control_open(router->control);
    router->stage = OPEN;
    router->admin.is_open = true;
    zsock_signal(router->pipe, 0);
}

/* While closing: sees off the idle, cuts those who take too long, tells main when all are
 * gone. */
static uint64_t watch_the_end(struct router *router, uint64_t now_ms)
{
    if (router->stage == CLOSING) {
        control_cut_idle(router->control);
        if (now_ms >= router->cut_ms) {
            publish_end(router->publish);
            reports_end(router->reports);
            control_cut(router->control);
        }
        bool is_read = outside_is_read(router->outside) || now_ms >= router->cut_ms;
        if (control_count(router->control) > 0 || !is_read)
            return LOOK_EVERY_MS;
        intake_end(router->intake, now_ms);
        router->stage = CLOSED;
    }
    if (router->stage == CLOSED && router->is_close_awaited) {
        router->is_close_awaited = false;
        zsock_signal(router->pipe, 0);
    }
    if (router->stage == CLOSED && router->is_stopping && router->has_all_words)
        loop_stop(router->loop);
    return LOOP_NEVER;
}

/* HTTP and ZeroMQ take turns in going first, for whoever does may fill the bus. */
static uint64_t take_in(struct router *router, bool is_serving, uint64_t now_ms)
{
    uint64_t wait_ms = LOOP_NEVER;
    router->is_http_first ^= !intake_is_full(router->intake); /* where there is room to fill */
    if (router->is_http_first)
        wait_ms = publish_turn(router->publish, now_ms);
    wait_ms = clock_sooner(wait_ms, outside_turn(router->outside, is_serving, now_ms));
    if (!router->is_http_first)
        wait_ms = clock_sooner(wait_ms, publish_turn(router->publish, now_ms));
    return wait_ms;
}

/* The life of the thread, on one screen. h2o's callbacks have run before: requests that find
 * room on the bus are already answered. */
static uint64_t turn(void *context, uint64_t now_ms)
{
    struct router *router = context;
    obey(router, now_ms);
    broadcast_turn(router->broadcast);
    open_if_complete(router);
    bool is_serving = router->stage == OPEN || router->stage == CLOSING;
    router->has_all_words = words_take(&router->words);
    uint64_t wait_ms = router->has_all_words ? LOOP_NEVER : 0;
    if (is_serving)
        wait_ms = clock_sooner(wait_ms, health_turn(router->health, now_ms));
    wait_ms = clock_sooner(wait_ms, take_in(router, is_serving, now_ms));
    wait_ms = clock_sooner(wait_ms, intake_turn(router->intake, now_ms));
    wait_ms = clock_sooner(wait_ms, reports_turn(router->reports, now_ms));
    wait_ms = clock_sooner(wait_ms, control_turn(router->control, now_ms));
    wait_ms = clock_sooner(wait_ms, watch_the_end(router, now_ms));
    return wait_ms;
}

static void run(zsock_t *pipe, void *context)
{
    struct router *router = context;
    router->pipe = pipe;
    set_up(router);
    zsock_signal(pipe, 0);
    loop_run(router->loop, turn, router);
    tear_down(router);
    handed_over_at_end(router);
}

struct router *router_start(const struct router_parts *parts)
{
    struct router *router = mem_new(sizeof(*router));
    router->given = *parts;
    router->actor = zactor_new(run, router);
    CHECK(router->actor);
    return router;
}

void router_open(struct router *router)
{
    zstr_send(router->actor, "OPEN");
    zsock_wait(router->actor);
}

void router_renew(struct router *router, const struct contexts *contexts)
{
    zsock_send(router->actor, "sp", "RENEW", contexts_pack(contexts));
}

void router_close(struct router *router)
{
    zstr_send(router->actor, "CLOSE");
    zsock_wait(router->actor);
}

void router_stop(struct router *router)
{
    zactor_destroy(&router->actor);
    taken_over(router);
    free(router);
}
