/* SPDX-License-Identifier: Apache-2.0 */
#include "router/zsockets.h"

#include <stdlib.h>

#include "tests/support/bus.h"

static struct config config;
static struct zport ports[ZMQ_USE_COUNT];

static int set_up(void **state)
{
    (void)state;
    config = (struct config){0};
    limits_init(&config.limits);
    return 0;
}

static void use(enum zmq_use use, const char *text)
{
    assert_null(zport_read(&ports[use], span_of(text)));
    config.zmq[use] = (struct zports){&ports[use], 1};
}

static struct zsockets *open_all(void)
{
    char *why = NULL;
    struct zsockets *sockets = zsockets_open(&config, &why);
    if (!sockets)
        fail_msg("%s", why);
    return sockets;
}

static void without_endpoints_there_are_no_sockets(void **state)
{
    (void)state;
    struct zsockets *sockets = open_all();
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++)
        assert_null(sockets->all[use]);
    assert_null(sockets->zap);
    zsockets_free(sockets);
}

static void every_socket_has_the_bounds_of_the_limits(void **state)
{
    (void)state;
    config.limits.zmq_message_bytes = 5000;
    config.limits.zmq_queue = 17;
    config.limits.zmq_stats_queue = 18;
    config.limits.request_wait_ms = 1900;
    for (enum zmq_use each = 0; each < ZMQ_USE_COUNT; each++)
        use(each, "tcp://127.0.0.1:*");
    struct zsockets *sockets = open_all();
    for (enum zmq_use each = 0; each < ZMQ_USE_COUNT; each++) {
        zsock_t *socket = sockets->all[each];
        assert_int_equal(zsock_maxmsgsize(socket), 5000);
        assert_int_equal(zsock_rcvhwm(socket), 17);
        assert_int_equal(zsock_handshake_ivl(socket), 1900);
    }
    assert_int_equal(zsock_sndhwm(sockets->all[ZMQ_USE_COMMAND]), 17);
    assert_int_equal(zsock_sndhwm(sockets->all[ZMQ_USE_STATS]), 18);
    assert_int_equal(zsock_sndhwm(sockets->all[ZMQ_USE_SUB]), 0);
    zsockets_free(sockets);
}

static void what_is_bound_is_known_with_its_port(void **state)
{
    (void)state;
    use(ZMQ_USE_PULL, "tcp://127.0.0.1:*");
    use(ZMQ_USE_SUB, "connect:tcp://127.0.0.1:9");
    struct zsockets *sockets = open_all();
    assert_int_equal(sockets->bound_count[ZMQ_USE_PULL], 1);
    assert_true(strtol(sockets->bound[ZMQ_USE_PULL][0] + strlen("tcp://127.0.0.1:"), NULL, 10) > 0);
    assert_int_equal(sockets->bound_count[ZMQ_USE_SUB], 0);
    zsockets_free(sockets);
}

static void an_endpoint_in_use_is_refused_with_its_option(void **state)
{
    (void)state;
    use(ZMQ_USE_PULL, "tcp://127.0.0.1:*");
    struct zsockets *first = open_all();
    use(ZMQ_USE_COMMAND, first->bound[ZMQ_USE_PULL][0]);
    char *why = NULL, expected[200];
    assert_null(zsockets_open(&config, &why));
    (void)snprintf(expected, sizeof(expected),
                   "zmq_command: %s cannot be bound: Address already in use",
                   first->bound[ZMQ_USE_PULL][0]);
    assert_string_equal(why, expected);
    free(why);
    zsockets_free(first);
}

#define LAST_WORDS 20000

static void readers_of_stats_get_all_that_was_said_before_the_end(void **state)
{
    (void)state;
    char word[8];
    use(ZMQ_USE_STATS, "tcp://127.0.0.1:*");
    struct zsockets *sockets = open_all();
    zsock_t *stats = sockets->all[ZMQ_USE_STATS];
    zsock_t *reader = bus_connect(ZMQ_SUB, sockets->bound[ZMQ_USE_STATS][0]);
    zsock_set_subscribe(reader, "");
    while (!(zsock_events(reader) & ZMQ_POLLIN)) {
        assert_int_equal(zmq_send(zsock_resolve(stats), "hello", 5, 0), 5);
        (void)zmq_poll(NULL, 0, 1);
    }
    zsockets_close(sockets);
    for (int i = 0; i < LAST_WORDS; i++)
        assert_int_equal(zmq_send(zsock_resolve(stats), "last", 4, 0), 4);
    zsockets_free(sockets);

    for (int count = 0; count < LAST_WORDS; count += *word == 'l')
        assert_true(zmq_recv(zsock_resolve(reader), word, sizeof(word), 0) > 0);
    zsock_destroy(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_endpoints_there_are_no_sockets, set_up),
        cmocka_unit_test_setup(every_socket_has_the_bounds_of_the_limits, set_up),
        cmocka_unit_test_setup(what_is_bound_is_known_with_its_port, set_up),
        cmocka_unit_test_setup(an_endpoint_in_use_is_refused_with_its_option, set_up),
        cmocka_unit_test_setup(readers_of_stats_get_all_that_was_said_before_the_end, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
