/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "publisher/command_zmq.h"

#define SOMEBODY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static void only_tcp_and_ipc_mean_zeromq(void **state)
{
    (void)state;
    assert_true(command_zmq_is_meant("tcp://localhost:5560"));
    assert_true(command_zmq_is_meant("ipc:///run/pull"));
    assert_false(command_zmq_is_meant("http://tcp://x"));
    assert_false(command_zmq_is_meant("unix:/run/control"));
    assert_false(command_zmq_is_meant(""));
}

/* Returns: whether the line's keys can be read; `word` stands in the sentence where not. */
static bool reads(struct command_line line, struct command_zmq *zmq, const char *word)
{
    char *why = NULL;
    line.rules = sender_usual();
    bool is_read = command_zmq_read(zmq, &line, NULL, NULL, &why);
    assert_int_equal(is_read, why == NULL);
    if (why)
        assert_non_null(strstr(why, word));
    free(why);
    return is_read;
}

static void a_key_is_z85_and_a_file_says_what_it_lacks(void **state)
{
    (void)state;
    struct command_zmq zmq;
    assert_true(reads((struct command_line){0}, &zmq, ""));
    assert_string_equal(zmq.server_key, "");
    assert_int_equal(zmq.rules.linger_ms, 6000);
    assert_true(reads((struct command_line){.zmq_server_key = SOMEBODY}, &zmq, ""));
    assert_string_equal(zmq.server_key, SOMEBODY);
    command_zmq_done(&zmq);
    assert_string_equal(zmq.server_key, "");
    assert_false(reads((struct command_line){.zmq_server_key = "x"}, &zmq, "Z85"));
    assert_false(reads((struct command_line){.zmq_server_key = "file:/no"}, &zmq, "certificate"));
    assert_false(reads((struct command_line){.zmq_key = "/no"}, &zmq, "--zmq-key /no"));
}

/* Returns: whether the server is added; `word` stands in the sentence where not. */
static bool adds(const char *spec, const char *word)
{
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    struct command_zmq zmq = {0};
    char *why = NULL;
    bool is_added = command_zmq_add(&zmq, sender, spec, &why);
    assert_int_equal(is_added, sender_has_anyone(sender));
    assert_int_equal(is_added, why == NULL);
    if (why)
        assert_non_null(strstr(why, word));
    free(why);
    sender_free(sender);
    return is_added;
}

static void a_spec_that_cannot_be_says_what_one_looks_like(void **state)
{
    (void)state;
    assert_true(adds("tcp://localhost:5560", ""));
    assert_true(adds("tcp://[::1]:5560 key=" SOMEBODY, ""));
    assert_true(adds("ipc:///tmp/nobody", ""));
    assert_false(adds("tcp://localhost", "tcp://127.0.0.1:5560"));
    assert_false(adds("tcp://localhost:x", "cannot connect"));
    assert_false(adds("ipc:///tmp/nobody key=" SOMEBODY, "no CURVE"));
}

static void a_server_comes_before_the_first_message(void **state)
{
    (void)state;
    struct sender_rules rules = sender_usual();
    struct sender *sender = sender_new(&rules);
    struct command_zmq zmq = {0};
    char *why = NULL;
    assert_true(command_zmq_add(&zmq, sender, "tcp://localhost:5560", &why));
    struct publication message = {.channel = SPAN("c"), .content = SPAN("x")};
    assert_true(sender_put(sender, &message, &why));
    assert_false(command_zmq_add(&zmq, sender, "tcp://localhost:5561", &why));
    assert_non_null(strstr(why, "before the first message"));
    free(why);
    sender_free(sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_tcp_and_ipc_mean_zeromq),
        cmocka_unit_test(a_key_is_z85_and_a_file_says_what_it_lacks),
        cmocka_unit_test(a_spec_that_cannot_be_says_what_one_looks_like),
        cmocka_unit_test(a_server_comes_before_the_first_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
