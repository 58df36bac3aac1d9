/* SPDX-License-Identifier: Apache-2.0 */
#include "router/commands.h"

#include <czmq.h>
#include <jansson.h>

#include "common/jsonvalue.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/pace.h"
#include "publisher/ingest.h"
#include "router/command.h"
#include "router/intake.h"
#include "router/roster.h"
#include "router/zsockets.h"

/* Requests that one turn answers: the loop must come back to its sockets. */
#define BATCH 32
#define BYTES_TURN ((size_t)1024 * 1024)

/* Nobody tells when a frontend has drained the bus: while it is full, it is looked at. */
#define LOOK_EVERY_MS 5

struct commands {
    struct commands_parts parts;
    zsock_t *socket; /* borrowed, ROUTER; NULL where none is configured */
    struct pace pace;
    zmsg_t *next;    /* owned: a request that has come and is not answered yet, or NULL */
    uint64_t until;  /* the hearer's, for that one */
    uint64_t now_ms; /* of this turn */
};

struct commands *commands_new(const struct commands_parts *parts)
{
    struct commands *commands = mem_new(sizeof(*commands));
    commands->parts = *parts;
    commands->socket = parts->sockets->all[ZMQ_USE_COMMAND];
    pace_init(&commands->pace, parts->limits->zmq_rate, 0);
    if (commands->socket)
        loop_wake_on_zmq(parts->loop, zsock_resolve(commands->socket));
    return commands;
}

void commands_free(struct commands *commands)
{
    if (commands)
        zmsg_destroy(&commands->next);
    free(commands);
}

/* ---- what can be ordered ---- */

/* Replies to a command that means `object`, a batch. Takes: it. */
static void publish_object(struct commands *commands, const struct command *command, json_t *object,
                           struct buf *out)
{
    char *why = NULL;
    struct batch *batch = ingest_items(&object, true, commands->parts.limits, &why);
    if (batch) {
        intake_take(commands->parts.intake, batch->items, batch->count, commands->now_ms, NULL);
        command_reply(out, command, json_null());
    } else {
        command_refuse(out, command, "bad-request", why);
    }
    batch_free(batch);
    free(why);
}

static void publish(struct commands *commands, const struct command *command, struct buf *out)
{
    publish_object(commands, command, json_incref(command->args), out);
}

static void recover(struct commands *commands, const struct command *command, struct buf *out)
{
    intake_recover(commands->parts.intake);
    command_reply(out, command, json_null());
}

static void refresh_connection(struct commands *commands, const struct command *command,
                               const json_t *id, struct buf *out)
{
    uint64_t number;
    if (roster_find_websocket(commands->parts.roster, json_span(id), &number)) {
        intake_refresh(commands->parts.intake, number);
        command_reply(out, command, json_null());
    } else {
        command_refuse(out, command, "item-not-found", NULL);
    }
}

static void refresh_channel(struct commands *commands, const struct command *command,
                            json_t *channel, struct buf *out)
{
    json_t *object = json_pack("{s:[{s:O,s:{s:{s:s}}}]}", "items", "channel", channel, "formats",
                               "ws-message", "action", "refresh");
    publish_object(commands, command, object, out);
}

static void refresh(struct commands *commands, const struct command *command, struct buf *out)
{
    json_t *id = json_object_get(command->args, "cid");
    json_t *channel = json_object_get(command->args, "channel");
    if (json_is_string(id) && !channel)
        refresh_connection(commands, command, id, out);
    else if (json_is_string(channel) && !id)
        refresh_channel(commands, command, channel, out);
    else
        command_refuse(out, command, "bad-request",
                       "refresh wants args with either cid or channel, a byte string");
}

/* Returns: NULL, or why `ids` cannot be looked up; caller frees. */
static char *ids_fault(const struct commands *commands, const json_t *ids)
{
    uint64_t most = commands->parts.limits->zmq_command_ids;
    size_t i;
    json_t *id;
    if (!json_is_array(ids))
        return mem_printf("conncheck wants args with ids, a list");
    if (json_array_size(ids) > most)
        return mem_printf("conncheck wants at most %llu ids", (unsigned long long)most);
    json_array_foreach(ids, i, id)
    {
        if (!json_is_string(id))
            return mem_printf("ids[%zu] is no byte string", i);
    }
    return NULL;
}

static void check(struct commands *commands, const struct command *command, struct buf *out)
{
    json_t *ids = json_object_get(command->args, "ids"), *known = json_array(), *id;
    size_t i;
    char *why = ids_fault(commands, ids);
    if (why) {
        command_refuse(out, command, "bad-request", why);
        json_decref(known);
        free(why);
        return;
    }
    json_array_foreach(ids, i, id)
    {
        if (roster_has(commands->parts.roster, json_span(id)))
            (void)json_array_append(known, id);
    }
    command_reply(out, command, known);
}

static void get_uris(struct commands *commands, const struct command *command, struct buf *out)
{
    static const char *const names[ZMQ_USE_COUNT] = {
        [ZMQ_USE_PULL] = "publish-pull",
        [ZMQ_USE_SUB] = "publish-sub",
        [ZMQ_USE_COMMAND] = "command",
    };
    const struct zsockets *sockets = commands->parts.sockets;
    json_t *uris = json_object();
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++)
        if (names[use] && sockets->bound_count[use])
            (void)json_object_set_new_nocheck(uris, names[use],
                                              json_string_nocheck(sockets->bound[use][0]));
    command_reply(out, command, uris);
}

static void obey(struct commands *commands, const struct command *command, struct buf *out)
{
    static const struct {
        struct span method;
        void (*obey)(struct commands *commands, const struct command *command, struct buf *out);
    } methods[] = {
        {SPAN_INIT("publish"), publish},       {SPAN_INIT("recover"), recover},
        {SPAN_INIT("refresh"), refresh},       {SPAN_INIT("conncheck"), check},
        {SPAN_INIT("get-zmq-uris"), get_uris},
    };
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (!span_equal(command->method, methods[i].method))
            continue;
        methods[i].obey(commands, command, out);
        return;
    }
    command_refuse(out, command, "method-not-found", NULL);
}

/* ---- the socket ---- */

static void refuse(struct commands *commands, const char *why)
{
    char text[200];
    stats_add(commands->parts.stats, STAT_zmq_refused, 1);
    log_safe(text, sizeof(text), why, strlen(why));
    log_warn("zmq message refused socket=command detail=\"%s\"", text);
}

/* Moves the frames that say who asks, and the empty one behind them, to a message of their own.
 * Returns: it; caller destroys. */
static zmsg_t *take_route(zmsg_t *message)
{
    zmsg_t *route = zmsg_new();
    for (zframe_t *frame; (frame = zmsg_pop(message));) {
        bool is_last = zframe_size(frame) == 0;
        (void)zmsg_append(route, &frame);
        if (is_last)
            break;
    }
    return route;
}

/* Writes the reply to `message`, whose route was taken; nothing where it cannot be answered. */
static void answer(struct commands *commands, zmsg_t *message, struct buf *out)
{
    zframe_t *frame = zmsg_first(message);
    struct command command;
    char *why = NULL;
    if (zmsg_size(message) != 1) {
        refuse(commands, "it is not one frame behind an empty one");
        return;
    }
    struct span text = span((const char *)zframe_data(frame), zframe_size(frame));
    if (command_read(&command, text, commands->parts.limits, &why)) {
        obey(commands, &command, out);
        command_done(&command);
    } else {
        refuse(commands, why);
    }
    free(why);
}

static void take(struct commands *commands, zmsg_t *message)
{
    struct buf reply = {0};
    zmsg_t *route = take_route(message);
    answer(commands, message, &reply);
    if (reply.len) {
        (void)zmsg_addmem(route, reply.bytes, reply.len);
        (void)zmsg_send(&route, commands->socket); /* who has gone, or reads nothing, gets none */
    }
    zmsg_destroy(&route);
    buf_done(&reply);
}

/* Whether there is a request to be answered. The socket is asked in any case, since that also quietens
 * its descriptor. */
static bool has_next(const struct commands *commands)
{
    bool is_waiting = zsock_events(commands->socket) & ZMQ_POLLIN;
    return commands->next || is_waiting;
}

/* Returns: whether commands->next is one. */
static bool receive(struct commands *commands)
{
    if (commands->next)
        return true;
    commands->next = zmsg_recv(commands->socket);
    commands->until = 0;
    return commands->next;
}

/* Returns: the bytes of the request that was answered. */
static size_t take_next(struct commands *commands)
{
    size_t bytes = zmsg_content_size(commands->next);
    pace_spend(&commands->pace);
    take(commands, commands->next);
    zmsg_destroy(&commands->next);
    return bytes;
}

uint64_t commands_turn(struct commands *commands, uint64_t now_ms)
{
    const struct commands_parts *parts = &commands->parts;
    size_t bytes = 0;
    commands->now_ms = now_ms;
    for (int i = 0; commands->socket && i < BATCH && bytes < BYTES_TURN; i++) {
        if (!has_next(commands))
            return LOOP_NEVER;
        if (intake_is_full(parts->intake))
            return LOOK_EVERY_MS;
        if (pace_wait_ms(&commands->pace, now_ms))
            return pace_wait_ms(&commands->pace, now_ms);
        if (!receive(commands))
            return LOOP_NEVER;
        if (!parts->hear(parts->hear_context, &commands->until))
            return 0;
        bytes += take_next(commands);
    }
    return commands->socket ? 0 : LOOP_NEVER;
}
