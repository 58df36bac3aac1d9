/* SPDX-License-Identifier: Apache-2.0 */
#include "router/command.h"

#include <stdlib.h>

#include "tests/unit/cmocka.h"

static struct limits limits;

static void assert_read(struct command *command, const char *text)
{
    char *why = NULL;
    if (!command_read(command, span_of(text), &limits, &why))
        fail_msg("%s: %s", text, why);
}

static void assert_written(struct buf *reply, const char *expected)
{
    char *text = buf_take(reply);
    assert_string_equal(text, expected);
    free(text);
}

static void a_request_has_a_method_an_id_and_arguments(void **state)
{
    (void)state;
    struct command command;
    assert_read(&command, "56:2:id,1:1,6:method,7:refresh,4:args,17:7:channel,4:test,}}");
    assert_true(span_equal(command.method, SPAN("refresh")));
    assert_true(span_equal(command.id, SPAN("1")));
    assert_string_equal(json_string_value(json_object_get(command.args, "channel")), "test");
    command_done(&command);
}

static void without_arguments_there_are_empty_ones(void **state)
{
    (void)state;
    static const char *const texts[] = {"16:6:method,4:ping,}", "26:6:method,4:ping,4:args,0:~}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct command command;
        assert_read(&command, texts[i]);
        assert_int_equal(json_object_size(command.args), 0);
        assert_null(command.id.at);
        command_done(&command);
    }
}

static void what_is_no_request_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{}", "The message is not a tnetstring: a value does not begin with its length and a "
               "colon."},
        {"0:]", "The request is not a map."},
        {"0:}", "The request has no method that is a byte string."},
        {"13:6:method,1:1#}", "The request has no method that is a byte string."},
        {"22:6:method,1:x,2:id,1:1#}", "The request has an id that is no byte string."},
        {"23:6:method,1:x,4:args,0:]}", "The request has args that are no map."},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct command command;
        char *why = NULL;
        assert_false(command_read(&command, span_of(cases[i].text), &limits, &why));
        assert_string_equal(why, cases[i].why);
        free(why);
    }
}

static void replies_are_written_as_pushpin_writes_them(void **state)
{
    (void)state;
    struct buf reply = {0};
    struct command command;
    assert_read(&command, "34:2:id,1:7,6:method,12:get-zmq-uris,}");
    command_reply(&reply, &command, json_null());
    assert_written(&reply, "37:2:id,1:7,7:success,4:true!5:value,0:~}");
    command_refuse(&reply, &command, "item-not-found", NULL);
    assert_written(&reply, "57:2:id,1:7,7:success,5:false!9:condition,14:item-not-found,}");
    command_refuse(&reply, &command, "bad-request", "why");
    assert_written(&reply,
                   "68:2:id,1:7,7:success,5:false!9:condition,11:bad-request,5:value,3:why,}");
    command_done(&command);
}

static int set_up(void **state)
{
    (void)state;
    limits_init(&limits);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_a_method_an_id_and_arguments),
        cmocka_unit_test(without_arguments_there_are_empty_ones),
        cmocka_unit_test(what_is_no_request_is_refused_with_a_sentence),
        cmocka_unit_test(replies_are_written_as_pushpin_writes_them),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
