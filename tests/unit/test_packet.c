/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "tests/support/packets.h"

static int open_stand(void **state)
{
    static struct stand stand;
    stand_open(&stand);
    zsock_set_unsubscribe(stand.reader, "");
    *state = &stand;
    return 0;
}

static int close_stand(void **state)
{
    stand_close(*state);
    return 0;
}

/* Returns: which types are wanted, as "sub message ". */
static const char *wanted(struct stand *stand)
{
    static const char *const names[PACKET_COUNT] = {"sub",      "conn",   "message",
                                                    "activity", "counts", "report"};
    static char text[64];
    size_t len = 0;
    text[0] = '\0';
    for (enum packet_type type = 0; type < PACKET_COUNT; type++) {
        if (!packet_is_wanted(stand->packets, type))
            continue;
        (void)snprintf(text + len, sizeof(text) - len, "%s ", names[type]);
        len = strlen(text);
    }
    return text;
}

static void where_nobody_subscribes_nothing_is_wanted(void **state)
{
    assert_string_equal(wanted(*state), "");
}

static void who_subscribes_to_everything_wants_everything(void **state)
{
    struct stand *stand = *state;
    zsock_set_subscribe(stand->reader, "");
    assert_string_equal(wanted(stand), "sub conn message activity counts report ");
    zsock_set_unsubscribe(stand->reader, "");
    assert_string_equal(wanted(stand), "");
}

static void a_beginning_wants_all_that_begin_so(void **state)
{
    struct stand *stand = *state;
    zsock_set_subscribe(stand->reader, "co");
    assert_string_equal(wanted(stand), "conn counts ");
    zsock_set_subscribe(stand->reader,
                        "conn J{\"from\":\"holdfast_77777777777777777777777777777777\"");
    zsock_set_subscribe(stand->reader, "message");
    assert_string_equal(wanted(stand), "conn message counts ");
    zsock_set_unsubscribe(stand->reader, "co");
    assert_string_equal(wanted(stand), "conn message ");
    zsock_set_subscribe(stand->reader, "connection");
    zsock_set_subscribe(stand->reader, "nonsense");
    assert_string_equal(wanted(stand), "conn message ");
}

static void who_leaves_wants_nothing_any_more(void **state)
{
    struct stand *stand = *state;
    zsock_t *other = bus_connect(ZMQ_SUB, stand->config.zmq[ZMQ_USE_STATS].list->text);
    zsock_set_subscribe(other, "report");
    zsock_set_subscribe(stand->reader, "report");
    zsock_set_subscribe(stand->reader, "sub");
    assert_string_equal(wanted(stand), "sub report ");
    zsock_set_unsubscribe(stand->reader, "report");
    assert_string_equal(wanted(stand), "sub report ");
    zsock_destroy(&other);
    for (int i = 0; i < BUS_PATIENCE_MS && packet_is_wanted(stand->packets, PACKET_REPORT); i++)
        zclock_sleep(1);
    assert_string_equal(wanted(stand), "sub ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_stand, close_stand)
    const struct CMUnitTest tests[] = {
        TEST(where_nobody_subscribes_nothing_is_wanted),
        TEST(who_subscribes_to_everything_wants_everything),
        TEST(a_beginning_wants_all_that_begin_so),
        TEST(who_leaves_wants_nothing_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
