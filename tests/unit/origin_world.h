/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of origin exchanges, its loop, and an origin played by the test.
 *
 *     struct world *world = *state;
 *     struct seen seen = {0};
 *     get(world, "/", &seen);                      ask
 *     int peer = accept_peer(world);               the origin's side of the connection
 *     assert_string_equal(hear(world, peer), ...); the request, head and body
 *     say(peer, "HTTP/1.1 200 OK\r\n...");         the answer
 *     run_until(world, &seen.ends);                what the asker saw is in `seen`
 *
 * Nothing sleeps: each wait is for one event, and five seconds without it fail the test.
 */
#ifndef TESTS_UNIT_ORIGIN_WORLD_H
#define TESTS_UNIT_ORIGIN_WORLD_H

#include "tests/unit/cmocka.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "frontend/origin.h"

#define PATIENCE_MS 5000
#define MOST_PEERS 64

struct world {
    struct limits limits;
    struct stats stats;
    struct poller *poller;
    struct origins *origins;
    int listener;
    struct target target; /* the listener */
    int peers[MOST_PEERS];
    size_t peer_count;
    struct buf heard;
};

/* What the asker of one exchange saw. */
struct seen {
    struct world *world;
    struct exchange *exchange;
    unsigned heads, pieces, ends; /* how often each was called */
    unsigned status;
    char reason_phrase[64];
    char headers[4096]; /* "Name: value\n" each */
    struct buf body;
    enum reason reason;
    char detail[512];
    size_t largest_piece;
    unsigned pauses_left;        /* how many pieces are answered by ORIGIN_PAUSE */
    struct exchange **to_cancel; /* cancelled by the next callback, and set to NULL */
    unsigned cancel_after;       /* but not before that many pieces */
    char *to_free;               /* with it */
};

static inline void cancel_other(struct seen *seen)
{
    if (!seen->to_cancel || !*seen->to_cancel || seen->pieces < seen->cancel_after)
        return;
    origin_cancel(*seen->to_cancel);
    *seen->to_cancel = NULL;
    free(seen->to_free);
    seen->to_free = NULL;
}

static inline void see_head(void *context, const struct answer *answer)
{
    struct seen *seen = context;
    assert_int_equal(seen->heads + seen->pieces + seen->ends, 0);
    seen->heads++;
    seen->status = answer->status;
    (void)snprintf(seen->reason_phrase, sizeof(seen->reason_phrase), "%.*s",
                   LOG_SPAN(answer->reason));
    for (size_t i = 0; i < answer->header_count; i++) {
        size_t at = strlen(seen->headers);
        (void)snprintf(seen->headers + at, sizeof(seen->headers) - at, "%.*s: %.*s\n",
                       LOG_SPAN(answer->headers[i].name), LOG_SPAN(answer->headers[i].value));
    }
    cancel_other(seen);
}

static inline enum origin_flow see_body(void *context, struct span piece)
{
    struct seen *seen = context;
    assert_int_equal(seen->heads, 1);
    assert_int_equal(seen->ends, 0);
    assert_true(piece.len > 0);
    seen->pieces++;
    if (piece.len > seen->largest_piece)
        seen->largest_piece = piece.len;
    cancel_other(seen);
    if (seen->pauses_left) {
        seen->pauses_left--;
        return ORIGIN_PAUSE;
    }
    buf_append(&seen->body, piece);
    return ORIGIN_MORE;
}

static inline void see_end(void *context, enum reason fault, const char *detail)
{
    struct seen *seen = context;
    assert_int_equal(seen->ends, 0);
    seen->ends++;
    seen->reason = fault;
    seen->exchange = NULL;
    (void)snprintf(seen->detail, sizeof(seen->detail), "%s", detail);
    cancel_other(seen);
}

static const struct origin_events seeing = {see_head, see_body, see_end};

static inline const char *body_of(struct seen *seen)
{
    *buf_reserve(&seen->body, 1) = '\0';
    return seen->body.bytes;
}

static inline void seen_done(struct seen *seen)
{
    buf_done(&seen->body);
}

/* --- the loop --- */

/* Waits at most `wait_ms` for the pool's descriptors, or for `fd` (or -1) to be ready.
 * Returns: whether `fd` is. */
static inline bool wait_once(struct world *world, int fd, short events, uint64_t wait_ms)
{
    struct pollfd fds[] = {{poller_fd(world->poller), POLLIN, 0}, {fd, events, 0}};
    int ready = poll(fds, 2, (int)(wait_ms < 100 ? wait_ms : 100));
    assert_true(ready >= 0);
    if (fds[0].revents)
        poller_run(world->poller);
    return fds[1].revents != 0;
}

/* One turn of the loop that waits at most `most_ms`. */
static inline void turn(struct world *world, uint64_t most_ms)
{
    uint64_t wait = origins_turn(world->origins, clock_monotonic_ms());
    (void)wait_once(world, -1, 0, wait < most_ms ? wait : most_ms);
    (void)origins_turn(world->origins, clock_monotonic_ms());
}

static inline void lose_patience_at(uint64_t end_ms)
{
    if (clock_monotonic_ms() > end_ms)
        fail_msg("what was waited for did not come");
}

static inline void run_until_ready(struct world *world, int fd, short events)
{
    uint64_t end = clock_monotonic_ms() + PATIENCE_MS;
    while (!wait_once(world, fd, events, origins_turn(world->origins, clock_monotonic_ms())))
        lose_patience_at(end);
}

static inline void run_until_at_least(struct world *world, const unsigned *count, unsigned least)
{
    uint64_t end = clock_monotonic_ms() + PATIENCE_MS;
    for (;;) {
        uint64_t wait = origins_turn(world->origins, clock_monotonic_ms());
        if (*count >= least)
            return;
        (void)wait_once(world, -1, 0, wait);
        lose_patience_at(end);
    }
}

static inline void run_until(struct world *world, const unsigned *count)
{
    run_until_at_least(world, count, 1);
}

/* --- the origin's side --- */

/* Returns: a listening socket on 127.0.0.1; `*port` says where. */
static inline int listen_here(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 64), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Returns: a port nobody listens on. */
static inline uint16_t deaf_port(void)
{
    uint16_t port;
    (void)close(listen_here(&port));
    return port;
}

/* Runs until the origin is connected to. Returns: its end of the connection. */
static inline int accept_peer(struct world *world)
{
    run_until_ready(world, world->listener, POLLIN);
    int fd = accept4(world->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(fd >= 0);
    assert_true(world->peer_count < MOST_PEERS);
    world->peers[world->peer_count++] = fd;
    return fd;
}

static inline bool nobody_connects(struct world *world)
{
    struct pollfd fds = {world->listener, POLLIN, 0};
    turn(world, 0);
    return poll(&fds, 1, 0) == 0;
}

static inline void hang_up(struct world *world, int peer)
{
    for (size_t i = 0; i < world->peer_count; i++)
        if (world->peers[i] == peer)
            world->peers[i] = -1;
    (void)close(peer);
}

static inline size_t body_length(const char *head)
{
    const char *found = strcasestr(head, "\r\nContent-Length: ");
    return found ? strtoul(found + strlen("\r\nContent-Length: "), NULL, 10) : 0;
}

/* Runs until a whole request has come to `peer`. Returns: it, until the next call. */
static inline const char *hear(struct world *world, int peer)
{
    buf_clear(&world->heard);
    for (;;) {
        *buf_reserve(&world->heard, 1) = '\0';
        const char *end = strstr(world->heard.bytes, "\r\n\r\n");
        if (end && world->heard.len >=
                       (size_t)(end - world->heard.bytes) + 4 + body_length(world->heard.bytes))
            return world->heard.bytes;
        run_until_ready(world, peer, POLLIN);
        ssize_t got = recv(peer, buf_reserve(&world->heard, 65536), 65535, 0);
        if (got <= 0)
            fail_msg("the connection ended before a whole request: '%s'", world->heard.bytes);
        world->heard.len += (size_t)got;
    }
}

/* Runs until the other side ends the connection of `peer`. */
static inline void hear_end(struct world *world, int peer)
{
    char rest[4096];
    ssize_t got;
    do {
        run_until_ready(world, peer, POLLIN);
        got = recv(peer, rest, sizeof(rest), 0);
    } while (got > 0);
    assert_true(got == 0 || errno == ECONNRESET);
}

static inline void say_bytes(struct world *world, int peer, const char *bytes, size_t len)
{
    while (len) {
        ssize_t sent = send(peer, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            run_until_ready(world, peer, POLLOUT);
            continue;
        }
        assert_true(sent > 0);
        bytes += sent;
        len -= (size_t)sent;
    }
}

static inline void say(struct world *world, int peer, const char *text)
{
    say_bytes(world, peer, text, strlen(text));
}

/* --- asking --- */

static inline struct ask ask_for(struct world *world, struct span method, struct span path)
{
    static const struct header host = {{"Host", 4}, {"example.com", 11}};
    return (struct ask){
        .targets = &world->target,
        .target_count = 1,
        .method = method,
        .path = path,
        .headers = &host,
        .header_count = 1,
        .is_safe = !span_equal(method, SPAN("POST")),
    };
}

static inline void start(struct world *world, const struct ask *ask, struct seen *seen)
{
    seen->world = world;
    seen->exchange = origin_ask(world->origins, ask, &seeing, seen, clock_monotonic_ms());
    assert_int_equal(seen->heads + seen->pieces + seen->ends, 0);
}

static inline void get(struct world *world, const char *path, struct seen *seen)
{
    struct ask ask = ask_for(world, SPAN("GET"), span_of(path));
    start(world, &ask, seen);
}

static inline void post(struct world *world, const char *body, struct seen *seen)
{
    struct ask ask = ask_for(world, SPAN("POST"), SPAN("/"));
    ask.body = span_of(body);
    start(world, &ask, seen);
}

#define ANSWER(body_len, body) "HTTP/1.1 200 OK\r\nContent-Length: " body_len "\r\n\r\n" body

/* One GET on a fresh connection, answered with "first". Returns: that connection, now idle. */
static inline int idle_connection(struct world *world)
{
    struct seen seen = {0};
    get(world, "/first", &seen);
    int peer = accept_peer(world);
    (void)hear(world, peer);
    say(world, peer, ANSWER("5", "first"));
    run_until(world, &seen.ends);
    assert_int_equal(seen.reason, REASON_NONE);
    assert_string_equal(body_of(&seen), "first");
    seen_done(&seen);
    turn(world, 0);
    return peer;
}

static inline int world_begin(void **state)
{
    static struct world world;
    world = (struct world){.target = {.host = "127.0.0.1"}};
    log_set_level(LEVEL_ERROR);
    limits_init(&world.limits);
    world.listener = listen_here(&world.target.port);
    world.poller = poller_new();
    world.origins = origins_new(world.poller, &world.limits, &world.stats, 1);
    *state = &world;
    return 0;
}

/* With the limits the test has set meanwhile. */
static inline void world_limits_changed(struct world *world)
{
    origins_free(world->origins);
    world->origins = origins_new(world->poller, &world->limits, &world->stats, 1);
}

static inline int world_end(void **state)
{
    struct world *world = *state;
    origins_free(world->origins);
    poller_free(world->poller);
    for (size_t i = 0; i < world->peer_count; i++)
        if (world->peers[i] >= 0)
            (void)close(world->peers[i]);
    (void)close(world->listener);
    buf_done(&world->heard);
    return 0;
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

#endif
