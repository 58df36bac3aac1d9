/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bus.h"

#include <sys/socket.h>

#include "common/engine.h"
#include "router/publish.h"

#define ITEM "{\"items\":[{\"channel\":\"c\",\"formats\":{\"http-stream\":{\"content\":\"x\"}}}]}"

/* One engine, publishers on socket pairs, and a time that only the test moves. */
static struct config config;
static struct engine *engine;
static struct publish *publish;
static uint64_t now_ms;
static unsigned open_sockets;
static zmq_msg_t frame;

static void on_request(void *context, h2o_req_t *request)
{
    (void)context;
    publish_take(publish, request, now_ms);
}

static int publish_setup(void **state)
{
    (void)bus_setup(state);
    bus_subscribe(0);
    bus_subscribe(1);
    broadcast_turn(bus.broadcast);
    now_ms = 1000;
    config = (struct config){0};
    limits_init(&config.limits);
    engine = engine_new(bus.loop, 100000, 10000, on_request, NULL);
    publish = publish_new(&config, bus.broadcast, &bus.stats[BUS_FRONTENDS]);
    return 0;
}

static void turn(void)
{
    for (int i = 0; i < 5; i++) {
        (void)h2o_evloop_run(loop_h2o(bus.loop), 0);
        (void)publish_turn(publish, now_ms);
    }
}

static int publish_teardown(void **state)
{
    while (open_sockets)
        (void)h2o_evloop_run(loop_h2o(bus.loop), 100);
    publish_free(publish);
    engine_free(engine);
    return bus_teardown(state);
}

static void on_close(void *data)
{
    (void)data;
    open_sockets--;
}

static int connect_publisher(void)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    h2o_socket_t *socket = h2o_evloop_socket_create(loop_h2o(bus.loop), pair[0],
                                                    H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    socket->on_close.cb = on_close;
    open_sockets++;
    engine_serve_http1(engine, socket);
    return pair[1];
}

static void post(int fd, const char *headers, const char *body)
{
    char request[1024];
    int len = snprintf(request, sizeof(request),
                       "POST /publish/ HTTP/1.1\r\nHost: h\r\n%sContent-Length: %zu\r\n\r\n%s",
                       headers, strlen(body), body);
    assert_int_equal(write(fd, request, (size_t)len), len);
    turn();
}

/* What has been answered since the last call. */
static const char *answer(int fd)
{
    static char text[4096];
    ssize_t len = read(fd, text, sizeof(text) - 1);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

#define assert_answer(fd, start, end)                                                              \
    do {                                                                                           \
        const char *text_ = answer(fd);                                                            \
        assert_memory_equal(text_, start, strlen(start));                                          \
        assert_true(strlen(text_) > strlen(end));                                                  \
        assert_string_equal(text_ + strlen(text_) - strlen(end), end);                             \
    } while (0)

static void drain(int frontend)
{
    assert_true(bus_drain(frontend, &frame));
    (void)zmq_msg_close(&frame);
}

/* One publication that nobody drains. */
static void fill_bus(void)
{
    bus.limits.bus_frames = 2;
    int fd = connect_publisher();
    post(fd, "", ITEM);
    assert_answer(fd, "HTTP/1.1 200 ", "Published\n");
    assert_true(broadcast_is_full(bus.broadcast));
    (void)close(fd);
}

static void what_is_published_is_on_the_bus_when_it_is_confirmed(void **state)
{
    (void)state;
    int fd = connect_publisher();
    post(fd, "", ITEM);
    assert_answer(fd, "HTTP/1.1 200 OK\r\n", "\r\n\r\nPublished\n");
    drain(0);
    drain(1);
    post(fd, "Accept: application/json\r\n", ITEM);
    assert_answer(fd, "HTTP/1.1 200 OK\r\n", "\r\n\r\n{\"message\":\"Published\"}\n");
    assert_int_equal(stats_read(&bus.stats[BUS_FRONTENDS], STAT_items_published), 2);
    (void)close(fd);
}

static void a_refused_batch_puts_nothing_on_the_bus(void **state)
{
    (void)state;
    int fd = connect_publisher();
    post(fd, "",
         "{\"items\":[{\"channel\":\"c\",\"formats\":{\"http-stream\":{\"content\":\"x\"}}},5]}");
    assert_answer(fd, "HTTP/1.1 400 ",
                  "Invalid format: publish item object is not an object (items[1])\n");
    post(fd, "Accept: image/png\r\n", ITEM);
    assert_answer(fd, "HTTP/1.1 406 ", "text/plain and application/json.\n");
    post(fd, "Origin: http://evil.test\r\n", ITEM);
    assert_answer(fd, "HTTP/1.1 403 ", "Publish from a server.\n");
    assert_false(bus_drain(0, &frame));
    assert_int_equal(stats_read(&bus.stats[BUS_FRONTENDS], STAT_publishes_refused), 3);
    (void)close(fd);
}

static void a_body_beyond_the_limit_is_refused_and_the_next_one_is_taken(void **state)
{
    (void)state;
    config.limits.publish_body_bytes = strlen(ITEM);
    int fd = connect_publisher();
    post(fd, "", ITEM " ");
    assert_answer(fd, "HTTP/1.1 413 ", "bytes, more than publish_body_bytes (69).\n");
    post(fd, "", ITEM);
    assert_answer(fd, "HTTP/1.1 200 ", "Published\n");
    (void)close(fd);
}

static void the_token_is_asked_for_before_the_body_is_looked_at(void **state)
{
    (void)state;
    static const char *tokens[] = {"secret"};
    publish_free(publish);
    config.publish_tokens = tokens;
    config.publish_token_count = 1;
    publish = publish_new(&config, bus.broadcast, &bus.stats[BUS_FRONTENDS]);
    int fd = connect_publisher();
    post(fd, "", "{");
    const char *text = answer(fd);
    assert_memory_equal(text, "HTTP/1.1 401 ", 13);
    assert_non_null(strstr(text, "\r\nwww-authenticate: Bearer realm=\"holdfast\"\r\n"));
    post(fd, "Fastly-Key: wrong\r\n", ITEM);
    assert_answer(fd, "HTTP/1.1 401 ", "\n");
    post(fd, "Authorization: Bearer secret\r\n", ITEM);
    assert_answer(fd, "HTTP/1.1 200 ", "Published\n");
    (void)close(fd);
}

static void a_publisher_waits_while_the_bus_is_full(void **state)
{
    (void)state;
    fill_bus();
    int fd = connect_publisher();
    post(fd, "", ITEM);
    assert_string_equal(answer(fd), "");
    drain(0);
    turn();
    assert_answer(fd, "HTTP/1.1 200 ", "Published\n");
    (void)close(fd);
}

static void who_came_first_is_served_first(void **state)
{
    (void)state;
    fill_bus();
    int first = connect_publisher();
    int second = connect_publisher();
    post(first, "", ITEM);
    post(second, "", ITEM);
    drain(0);
    turn(); /* room for one, which fills the bus again */
    assert_answer(first, "HTTP/1.1 200 ", "Published\n");
    assert_string_equal(answer(second), "");
    now_ms += config.limits.publish_wait_ms;
    turn();
    assert_answer(second, "HTTP/1.1 503 ", "Try again later.\n");
    (void)close(first);
    (void)close(second);
}

static void who_waited_too_long_is_told_to_come_again(void **state)
{
    (void)state;
    fill_bus();
    int fd = connect_publisher();
    post(fd, "", ITEM);
    now_ms += config.limits.publish_wait_ms - 1;
    turn();
    assert_string_equal(answer(fd), "");
    now_ms += 1;
    turn();
    const char *text = answer(fd);
    assert_memory_equal(text, "HTTP/1.1 503 ", 13);
    assert_non_null(strstr(text, "\r\nretry-after: 1\r\n"));
    drain(0);
    drain(1);
    post(fd, "", ITEM);
    assert_answer(fd, "HTTP/1.1 200 ", "Published\n");
    (void)close(fd);
}

static void closing_refuses_those_who_wait_and_those_who_come(void **state)
{
    (void)state;
    fill_bus();
    int fd = connect_publisher();
    post(fd, "", ITEM);
    publish_close(publish);
    turn();
    assert_answer(fd, "HTTP/1.1 503 ", "holdfast is stopping\n");
    drain(0);
    drain(1);
    post(fd, "", ITEM);
    assert_answer(fd, "HTTP/1.1 503 ", "holdfast is stopping\n");
    (void)close(fd);
}

int main(void)
{
#define RULE(name) cmocka_unit_test_setup_teardown(name, publish_setup, publish_teardown)
    const struct CMUnitTest tests[] = {
        RULE(what_is_published_is_on_the_bus_when_it_is_confirmed),
        RULE(a_refused_batch_puts_nothing_on_the_bus),
        RULE(a_body_beyond_the_limit_is_refused_and_the_next_one_is_taken),
        RULE(the_token_is_asked_for_before_the_body_is_looked_at),
        RULE(a_publisher_waits_while_the_bus_is_full),
        RULE(who_came_first_is_served_first),
        RULE(who_waited_too_long_is_told_to_come_again),
        RULE(closing_refuses_those_who_wait_and_those_who_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
