/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/frontend.h"

#include <czmq.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "common/attendance.h"
#include "common/check.h"
#include "common/clock.h"
#include "common/engine.h"
#include "common/handover.h"
#include "common/lastids.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "frontend/accept.h"
#include "frontend/channels.h"
#include "frontend/client.h"
#include "frontend/inbox.h"
#include "frontend/longpoll.h"
#include "frontend/origin.h"
#include "frontend/parts.h"
#include "frontend/presence.h"
#include "frontend/signer.h"
#include "frontend/stream.h"
#include "frontend/websocket.h"
#include "frontend/woh.h"
#include "frontend/wsdirect.h"

/* h2o gives the last bytes of an HTTP/2 stream to the socket a turn after it got them: so long
 * an idle connection is left alone when the last hold has gone. */
#define QUIET_TURNS 3
#define STOP_TURN_MS 10

struct frontend {
    struct frontend_parts given;
    struct parts parts;
    struct inbox *inbox;
    zactor_t *actor;
    zsock_t *pipe;   /* the thread's end of the actor's pipe */
    uint64_t cut_ms; /* when what has not ended by itself is cut, once stopping */
    unsigned quiet;  /* turns without a hold, once stopping */
};

static void hand_back(void *context, int fd, struct tls *tls, struct span leftover,
                      const struct retry *retry)
{
    struct parts *parts = context;
    doors_take_back(parts->doors, fd, tls, leftover, retry);
}

static void set_up_holds(struct frontend *frontend)
{
    struct parts *parts = &frontend->parts;
    struct holds *holds = &parts->holds;
    holds_init(holds);
    holds->loop = parts->loop;
    holds->poller = parts->poller;
    holds->wheel = parts->wheel;
    holds->limits = parts->limits;
    holds->stats = parts->stats;
    holds->traffic = parts->traffic;
    holds->charge_limit = parts->limits->backlog_total_bytes / parts->config->workers;
    holds->random = 0x9e3779b97f4a7c15 + frontend->given.number;
    holds->hand_back = hand_back;
    holds->hand_back_context = parts;
    holds->nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(holds->nowhere >= 0);
    parts->channels = holds->channels = channels_new(holds);
    slab_init(&parts->streams, stream_size());
    longpolls_init(&parts->polls);
    slab_init(&parts->websockets, websocket_size());
    slab_init(&parts->woh_slots, woh_size());
    slab_init(&parts->wsdirect_slots, wsdirect_size());
    list_init(&parts->wohs);
    list_init(&parts->wohs_due);
    list_init(&parts->wsdirects_due);
    slab_init(&parts->client_slots, client_size());
    list_init(&parts->clients);
    list_init(&parts->due);
}

/* Drawn, so that no number is that of a client whom readers remember from before a restart; 40 bits
 * leave room for all that come. */
static uint64_t first_presence(unsigned frontend)
{
    uint64_t drawn;
    int is_drawn = RAND_bytes((unsigned char *)&drawn, sizeof(drawn));
    CHECK(is_drawn == 1);
    return (uint64_t)frontend << ATTENDANCE_FRONTEND_SHIFT | drawn >> 24;
}

/* What somebody outside wants to know: who hears what, who is connected. */
static void tell_router(struct frontend *frontend)
{
    const struct zports *zmq = frontend->given.config->zmq;
    struct parts *parts = &frontend->parts;
    bool is_counted = zmq[ZMQ_USE_STATS].count > 0;
    if (is_counted || zmq[ZMQ_USE_SUB].count)
        channels_watch(parts->channels, inbox_tell, frontend->inbox, is_counted);
    if (!is_counted && !zmq[ZMQ_USE_COMMAND].count)
        return;
    parts->presences = presences_new(&(struct presences_parts){
        .first = first_presence(frontend->given.number),
        .tell = inbox_tell_attendance,
        .context = frontend->inbox,
        .limits = parts->limits,
        .stats = parts->stats,
        .all_stats = frontend->given.all_stats,
        .stats_count = frontend->given.stats_count,
    });
    inbox_watch(frontend->inbox, parts->presences);
}

static void set_up(struct frontend *frontend)
{
    const struct frontend_parts *given = &frontend->given;
    struct parts *parts = &frontend->parts;
    *parts = (struct parts){.config = given->config, .limits = &given->config->limits};
    parts->stats = given->stats;
    parts->traffic = given->traffic;
    parts->control = given->control;
    parts->loop = loop_new();
    parts->poller = poller_new();
    loop_wake_on(parts->loop, poller_fd(parts->poller));
    parts->wheel = wheel_new(loop_now_ms(parts->loop));
    set_up_holds(frontend);
    parts->engine = engine_new(parts->loop, parts->limits->request_body_bytes,
                               parts->limits->request_wait_ms, client_take, parts);
    parts->origins =
        origins_new(parts->poller, parts->limits, parts->stats, given->config->workers);
    origins_renew(parts->origins, given->contexts.origins);
    parts->signer = signer_new(given->keyring, given->config->sig_iss);
    parts->doors = doors_new(&(struct doors_parts){
        .loop = parts->loop,
        .engine = parts->engine,
        .stats = parts->stats,
        .limits = parts->limits,
        .fds = given->fds,
        .addresses = given->config->listen,
        .count = given->config->listen_count,
        .tls = given->contexts.clients,
        .most_connections = given->most_connections,
        .wait_ms = parts->limits->request_wait_ms,
        .http2 = given->config->http2,
    });
    parts->lastids = lastids_new(parts->limits->last_ids);
    frontend->inbox = inbox_new(&(struct inbox_parts){
        .loop = parts->loop,
        .channels = parts->channels,
        .lastids = parts->lastids,
        .polls = &parts->polls,
        .stats = parts->stats,
        .traffic = parts->traffic,
        .routes = routes_identified(given->config->routes) + 1,
        .frontend = given->number,
    });
    tell_router(frontend);
    loop_wake_on_zmq(parts->loop, zsock_resolve(frontend->pipe));
}

static void tear_down(struct frontend *frontend)
{
    struct parts *parts = &frontend->parts;
    wohs_cut(parts);
    wsdirects_turn(parts);
    origins_free(parts->origins);
    doors_free(parts->doors);
    engine_free(parts->engine);
    presences_free(parts->presences);
    inbox_free(frontend->inbox);
    lastids_free(parts->lastids);
    channels_free(parts->channels);
    (void)close(parts->holds.nowhere);
    holds_done(&parts->holds);
    slab_done(&parts->client_slots);
    slab_done(&parts->streams);
    longpolls_done(&parts->polls);
    slab_done(&parts->websockets);
    slab_done(&parts->woh_slots);
    slab_done(&parts->wsdirect_slots);
    buf_done(&parts->frames);
    signer_free(parts->signer);
    wheel_free(parts->wheel);
    poller_free(parts->poller);
    loop_free(parts->loop);
    contexts_done(&frontend->given.contexts);
}

/* Everything that was published before the stop is in the inbox by now (router_close()), and
 * is delivered before the holds end. */
static void begin_to_stop(struct frontend *frontend, uint64_t now_ms)
{
    struct parts *parts = &frontend->parts;
    if (parts->is_stopping)
        return;
    while (inbox_turn(frontend->inbox))
        ;
    parts->is_stopping = true;
    frontend->cut_ms = now_ms + parts->limits->stop_wait_ms;
    doors_close(parts->doors);
    clients_end_all(parts);
    holds_end_all(&parts->holds, REASON_SHUTDOWN);
}

static void renew(struct frontend *frontend, struct contexts contexts)
{
    contexts_done(&frontend->given.contexts);
    frontend->given.contexts = contexts;
    doors_renew(frontend->parts.doors, contexts.clients);
    origins_renew(frontend->parts.origins, contexts.origins);
}

static void obey(struct frontend *frontend, uint64_t now_ms)
{
    while (zsock_events(frontend->pipe) & ZMQ_POLLIN) {
        char *command;
        struct contexts *pack;
        int failed = zsock_recv(frontend->pipe, "sp", &command, &pack);
        CHECK(!failed);
        if (streq(command, "OPEN")) {
            doors_open(frontend->parts.doors);
            zsock_signal(frontend->pipe, 0);
        } else if (streq(command, "RENEW")) {
            renew(frontend, contexts_unpack(&pack));
        } else {
            begin_to_stop(frontend, now_ms); /* END, or zactor's own $TERM */
        }
        zstr_free(&command);
    }
}

/* While stopping: lets the loop go when nobody is left, and cuts those who take too long. */
static uint64_t watch_the_end(struct frontend *frontend, uint64_t now_ms)
{
    struct parts *parts = &frontend->parts;
    if (!parts->is_stopping)
        return LOOP_NEVER;
    if (!list_is_empty(&parts->holds.all) || !list_is_empty(&parts->wohs))
        frontend->quiet = 0;
    else if (++frontend->quiet >= QUIET_TURNS)
        doors_cut_idle(parts->doors);
    if (frontend->quiet && doors_count(parts->doors) == 0)
        loop_stop(parts->loop);
    if (now_ms >= frontend->cut_ms) {
        holds_cut_all(&parts->holds);
        wohs_cut(parts);
        doors_cut(parts->doors);
    }
    return STOP_TURN_MS;
}

/* The life of the thread, on one screen. h2o's callbacks have run before. */
static uint64_t turn(void *context, uint64_t now_ms)
{
    struct frontend *frontend = context;
    struct parts *parts = &frontend->parts;
    poller_run(parts->poller);
    obey(frontend, now_ms);
    bool has_more = inbox_turn(frontend->inbox);
    uint64_t wait_ms = wheel_turn(parts->wheel, now_ms);
    wohs_turn(parts);
    wsdirects_turn(parts);
    wait_ms = clock_sooner(wait_ms, origins_turn(parts->origins, now_ms));
    wait_ms = clock_sooner(wait_ms, clients_turn(parts));
    wait_ms = clock_sooner(wait_ms, longpolls_turn(&parts->polls, now_ms));
    wait_ms = clock_sooner(wait_ms, holds_turn(&parts->holds, now_ms));
    wait_ms = clock_sooner(wait_ms, doors_turn(parts->doors, now_ms));
    wait_ms = clock_sooner(wait_ms, watch_the_end(frontend, now_ms));
    has_more |= origins_have_work(parts->origins) || !list_is_empty(&parts->wohs_due) ||
                !list_is_empty(&parts->wsdirects_due) || !list_is_empty(&parts->due);
    return has_more ? 0 : wait_ms;
}

static void run(zsock_t *pipe, void *context)
{
    struct frontend *frontend = context;
    frontend->pipe = pipe;
    set_up(frontend);
    zsock_signal(pipe, 0);
    loop_run(frontend->parts.loop, turn, frontend);
    tear_down(frontend);
    handed_over_at_end(frontend);
}

struct frontend *frontend_start(const struct frontend_parts *parts)
{
    struct frontend *frontend = mem_new(sizeof(*frontend));
    frontend->given = *parts;
    frontend->actor = zactor_new(run, frontend);
    CHECK(frontend->actor);
    return frontend;
}

void frontend_open(struct frontend *frontend)
{
    zstr_send(frontend->actor, "OPEN");
    zsock_wait(frontend->actor);
}

void frontend_renew(struct frontend *frontend, const struct contexts *contexts)
{
    zsock_send(frontend->actor, "sp", "RENEW", contexts_pack(contexts));
}

void frontend_end(struct frontend *frontend)
{
    zstr_send(frontend->actor, "END");
}

void frontend_stop(struct frontend *frontend)
{
    zactor_destroy(&frontend->actor);
    taken_over(frontend);
    free(frontend);
}
