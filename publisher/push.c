/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/push.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <zmq.h>

#include "common/check.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/span.h"
#include "publisher/outbox.h"
#include "publisher/post.h"

#define MONITOR "inproc://monitor"

enum {
    QUEUE_MESSAGES = 1, /* so that a message which left it is with the connection */
    RECONNECT_MS = 100,
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_COUNT = 6,
    KEEPALIVE_EACH_S = 5,
    HEARD = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
            ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
            ZMQ_EVENT_DISCONNECTED,
};

struct push {
    struct carrier carrier;
    const struct push_rules *rules;
    char *address;
    void *context, *socket, *monitor; /* ZeroMQ's */
    const struct outbox *outbox;      /* borrowed while a batch is under way */
    uint64_t first, end;              /* of the batch; numbers */
    uint64_t next;                    /* the first that this connection was not given */
    uint64_t last_taken;              /* the last that this connection took, 0 for none */
    bool is_under_way;
    bool is_connected;
    bool has_broken;   /* in the middle of the batch */
    bool was_shut_out; /* somebody is there, and shook no hands */
};

static struct push *push_of(struct carrier *carrier)
{
    return (struct push *)(void *)carrier; /* its first member */
}

/* ---- what the connection does ---- */

static void on_broken(struct push *push)
{
    push->is_connected = false;
    push->has_broken = push->has_broken || push->next > push->first;
    push->next = push->first;
    if (!push->last_taken)
        return;
    char *why = mem_printf("the connection to %s broke: what it was given last, message %" PRIu64
                           " or before, may be lost, since ZeroMQ confirms nothing",
                           push->address, push->last_taken);
    push->rules->doubt(push->rules->context, true, why);
    free(why);
    push->last_taken = 0;
}

static void on_event(struct push *push, unsigned event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        push->is_connected = true;
        push->was_shut_out = false;
        return;
    case ZMQ_EVENT_DISCONNECTED:
        on_broken(push);
        return;
    default:
        push->was_shut_out = true;
        return;
    }
}

/* An event is two frames: a number of two bytes with a value behind it, and an address. */
static void hear_monitor(struct push *push)
{
    unsigned char frame[6];
    while (zmq_recv(push->monitor, frame, sizeof(frame), ZMQ_DONTWAIT) >= 0) {
        uint16_t event;
        memcpy(&event, frame, sizeof(event));
        (void)zmq_recv(push->monitor, NULL, 0, ZMQ_DONTWAIT);
        on_event(push, event);
    }
}

/* ---- a batch ---- */

static void push_begin(struct carrier *carrier, const struct outbox *outbox, uint64_t first,
                       size_t count)
{
    struct push *push = push_of(carrier);
    hear_monitor(push); /* of the time between batches */
    push->has_broken = false;
    push->outbox = outbox;
    push->end = first + count;
    if (first != push->first) /* else the same again: what this connection was given stays given */
        push->first = push->next = first;
    push->is_under_way = true;
}

static bool has_room(const struct push *push)
{
    int events = 0;
    size_t len = sizeof(events);
    int fault = zmq_getsockopt(push->socket, ZMQ_EVENTS, &events, &len);
    CHECK(!fault);
    return events & ZMQ_POLLOUT;
}

static void send_next(struct push *push)
{
    const struct outbox_item *item = outbox_at(push->outbox, push->next);
    zmq_msg_t message;
    int fault = zmq_msg_init_size(&message, item->len + 1);
    CHECK(!fault);
    char *bytes = zmq_msg_data(&message);
    bytes[0] = 'J';
    memcpy(bytes + 1, item->text, item->len);
    if (zmq_msg_send(&message, push->socket, ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(&message); /* the peer has just gone */
        return;
    }
    push->next++;
}

static bool is_over(struct push *push, enum post_outcome outcome, const char *text,
                    struct post_result *result)
{
    *result = (struct post_result){.outcome = outcome};
    (void)snprintf(result->text, sizeof(result->text), "%s", text);
    push->is_under_way = false;
    return true;
}

static bool end_late(struct push *push, struct post_result *result)
{
    const char *text =
        push->is_connected ? "a peer is connected, but does not read what it is sent"
        : push->was_shut_out
            ? "somebody is there, but not as a ZeroMQ PULL socket that lets us in. Is it the port "
              "of zmq_pull (Pushpin: push_in_spec)? Does it want CURVE (--zmq-server-key, "
              "--zmq-key), or have another key?"
            : "nobody took the connection. Is a broker running there, with this address as its "
              "zmq_pull (Pushpin: push_in_spec)?";
    return is_over(push, push->next > push->first ? POST_UNCLEAR : POST_NOT_TAKEN, text, result);
}

static bool push_go_on(struct carrier *carrier, bool is_late, struct post_result *result)
{
    struct push *push = push_of(carrier);
    hear_monitor(push);
    if (push->has_broken)
        return is_over(push, POST_UNCLEAR, "the connection broke", result);
    while (has_room(push) && push->is_connected) { /* asked in any case, or `fd` stays readable */
        if (push->next == push->end) {
            push->last_taken = push->end - 1;
            return is_over(push, POST_TAKEN, "", result);
        }
        send_next(push);
    }
    return is_late && end_late(push, result);
}

/* ---- its life ---- */

static void set_number(void *socket, int option, int value)
{
    int fault = zmq_setsockopt(socket, option, &value, sizeof(value));
    CHECK(!fault);
}

static void set_key(void *socket, int option, const char *key)
{
    int fault = zmq_setsockopt(socket, option, key, CURVE_TEXT);
    CHECK(!fault);
}

/* Speaks CURVE with whoever has the key `server_key`. */
static void set_curve(void *socket, const char *server_key, const struct curve *own)
{
    struct curve pair = *own;
    if (!*pair.secret_key) {
        int fault = zmq_curve_keypair(pair.public_key, pair.secret_key);
        CHECK(!fault);
    }
    set_key(socket, ZMQ_CURVE_SERVERKEY, server_key);
    set_key(socket, ZMQ_CURVE_PUBLICKEY, pair.public_key);
    set_key(socket, ZMQ_CURVE_SECRETKEY, pair.secret_key);
    explicit_bzero(&pair, sizeof(pair));
}

static void watch(struct push *push, void *socket)
{
    int fd = -1;
    size_t len = sizeof(fd);
    int fault = zmq_getsockopt(socket, ZMQ_FD, &fd, &len);
    CHECK(!fault);
    struct epoll_event event = {.events = EPOLLIN};
    fault = epoll_ctl(push->carrier.fd, EPOLL_CTL_ADD, fd, &event);
    CHECK(!fault);
}

static void open_sockets(struct push *push, const struct zport *port)
{
    push->context = zmq_ctx_new();
    CHECK(push->context);
    push->socket = zmq_socket(push->context, ZMQ_PUSH);
    push->monitor = zmq_socket(push->context, ZMQ_PAIR);
    CHECK(push->socket && push->monitor);
    set_number(push->socket, ZMQ_IMMEDIATE, 1);
    set_number(push->socket, ZMQ_SNDHWM, QUEUE_MESSAGES);
    set_number(push->socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_number(push->socket, ZMQ_TCP_KEEPALIVE, 1); /* a host that is gone says nothing */
    set_number(push->socket, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S);
    set_number(push->socket, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_COUNT);
    set_number(push->socket, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_EACH_S);
    set_number(push->socket, ZMQ_LINGER, 0);
    set_number(push->socket, ZMQ_IPV6, strchr(port->text, '[') != NULL);
    if (*port->server_key)
        set_curve(push->socket, port->server_key, &push->rules->own);
    int fault = zmq_socket_monitor(push->socket, MONITOR, HEARD);
    CHECK(!fault);
    fault = zmq_connect(push->monitor, MONITOR);
    CHECK(!fault);
}

/* Lingers where all that was put in counts as taken. */
static void close_sockets(struct push *push)
{
    hear_monitor(push);
    bool is_owed = push->last_taken && !push->is_under_way;
    uint64_t begun_ms = clock_monotonic_ms();
    set_number(push->socket, ZMQ_LINGER, is_owed ? (int)push->rules->linger_ms : 0);
    (void)zmq_close(push->socket);
    (void)zmq_close(push->monitor);
    while (zmq_ctx_term(push->context) && errno == EINTR)
        continue;
    if (!is_owed || clock_monotonic_ms() - begun_ms < push->rules->linger_ms)
        return;
    char *why = mem_printf("%s did not read all that it was sent, up to message %" PRIu64
                           ", in time: what was still on its way may be lost",
                           push->address, push->last_taken);
    push->rules->doubt(push->rules->context, false, why);
    free(why);
}

static void push_free(struct carrier *carrier)
{
    struct push *push = push_of(carrier);
    close_sockets(push);
    (void)close(carrier->fd);
    free(push->address);
    free(push);
}

static const struct carrier_kind push_kind = {push_begin, push_go_on, push_free};

struct carrier *push_new(const struct zport *port, const struct push_rules *rules, char **why)
{
    struct push *push = mem_new(sizeof(*push));
    push->rules = rules;
    push->address = mem_copy(port->text, strlen(port->text));
    push->carrier = (struct carrier){
        .kind = &push_kind, .shown = push->address, .fd = epoll_create1(EPOLL_CLOEXEC)};
    CHECK(push->carrier.fd >= 0);
    open_sockets(push, port);
    watch(push, push->socket);
    watch(push, push->monitor);
    if (zmq_connect(push->socket, port->text) == 0)
        return &push->carrier;
    *why = mem_printf("ZeroMQ cannot connect to %s: %s. Write for example tcp://127.0.0.1:5560 or "
                      "ipc:///run/holdfast/pull",
                      port->text, zmq_strerror(errno));
    push_free(&push->carrier);
    return NULL;
}
