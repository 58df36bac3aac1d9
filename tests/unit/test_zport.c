/* SPDX-License-Identifier: Apache-2.0 */
#include "common/zport.h"

#include "tests/unit/cmocka.h"

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static struct zport port;

/* Returns: what ZeroMQ is told, or why nothing. */
static const char *read_text(const char *text)
{
    const char *why = zport_read(&port, span_of(text));
    return why ? why : port.text;
}

static void an_endpoint_is_bound_unless_it_says_connect(void **state)
{
    (void)state;
    assert_string_equal(read_text("tcp://127.0.0.1:5560"), "tcp://127.0.0.1:5560");
    assert_false(port.is_connected);
    assert_string_equal(read_text("connect:tcp://host:5560"), "tcp://host:5560");
    assert_true(port.is_connected && port.is_tcp);
    assert_string_equal(read_text("ipc:///run/pull"), "ipc:///run/pull");
    assert_false(port.is_connected || port.is_tcp);
    assert_string_equal(read_text("connect:ipc:///run/pull"), "ipc:///run/pull");
    assert_true(port.is_connected);
}

static void a_key_says_whom_a_connected_socket_speaks_to(void **state)
{
    (void)state;
    assert_string_equal(read_text("connect:tcp://host:5560 key=" KEY), "tcp://host:5560");
    assert_string_equal(port.server_key, KEY);
    assert_string_equal(read_text("connect:tcp://host:5560"), "tcp://host:5560");
    assert_string_equal(port.server_key, "");
}

static void localhost_is_a_number_where_it_is_bound(void **state)
{
    (void)state;
    assert_string_equal(read_text("tcp://localhost:5560"), "tcp://127.0.0.1:5560");
    assert_string_equal(read_text("connect:tcp://localhost:5560"), "tcp://localhost:5560");
}

static void what_is_no_endpoint_is_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
#define NEITHER "it begins neither with tcp:// or ipc://, nor with connect: and one of them"
        {"", NEITHER},
        {"5560", NEITHER},
        {"inproc://bus-down", NEITHER},
        {"connect:", NEITHER},
        {"tcp://", "it names no place"},
        {"ipc://", "it names no place"},
        {"tcp://host", "tcp:// wants HOST:PORT"},
        {"tcp://:5560", "tcp:// wants HOST:PORT"},
        {"tcp://host:", "tcp:// wants HOST:PORT"},
        {"ipc://a\nb", "it is too long, or holds a control character"},
        {"tcp://127.0.0.1:1 key=" KEY,
         "key= is for connect:, where it says whom to trust; our own is zmq_key"},
        {"connect:tcp://host:1 key=short", "key= wants a CURVE public key, 40 characters of Z85"},
        {"connect:tcp://host:1 key=" KEY "x",
         "key= wants a CURVE public key, 40 characters of Z85"},
        {"connect:tcp://host:1 and more", "behind the endpoint only key=KEY may stand"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(read_text(cases[i].text), cases[i].why);
    char text[300];
    (void)snprintf(text, sizeof(text), "ipc:///%0280d", 0);
    assert_string_equal(read_text(text), "it is too long, or holds a control character");
}

static void only_tcp_that_is_bound_beyond_loopback_is_open_to_others(void **state)
{
    (void)state;
    static const char *const open[] = {"tcp://*:5560",    "tcp://0.0.0.0:5560",
                                       "tcp://[::]:5560", "tcp://10.0.0.1:5560",
                                       "tcp://eth0:5560", "tcp://[::1%eth0]:5560"};
    static const char *const shut[] = {"tcp://127.0.0.1:5560", "tcp://127.8.8.8:5560",
                                       "tcp://[::1]:5560",     "tcp://localhost:5560",
                                       "ipc:///run/pull",      "connect:tcp://10.0.0.1:5560"};
    for (size_t i = 0; i < ARRAY_LEN(open); i++) {
        assert_string_equal(read_text(open[i]), open[i]);
        assert_true(zport_is_open(&port));
    }
    for (size_t i = 0; i < ARRAY_LEN(shut); i++) {
        assert_string_not_equal(read_text(shut[i]), "");
        assert_false(zport_is_open(&port));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_bound_unless_it_says_connect),
        cmocka_unit_test(a_key_says_whom_a_connected_socket_speaks_to),
        cmocka_unit_test(localhost_is_a_number_where_it_is_bound),
        cmocka_unit_test(what_is_no_endpoint_is_refused_with_the_reason),
        cmocka_unit_test(only_tcp_that_is_bound_beyond_loopback_is_open_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
