/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demand at one end of a SUB socket, a publisher of the test's at the other.
 */
#include "router/demand.h"

#include "common/interest.h"
#include "common/loop.h"
#include "tests/support/bus.h"

#define LINGER_MS UINT64_C(1000)
#define PLACE "inproc://test-demand"

struct market {
    struct limits limits;
    zsock_t *sub, *xpub;
    struct demand *demand;
    char said[256]; /* to readers of stats */
};

static int open_market(void **state)
{
    static struct market market;
    market = (struct market){0};
    limits_init(&market.limits);
    market.limits.zmq_linger_ms = LINGER_MS;
    market.limits.zmq_lingering = 2;
    market.xpub = zsock_new(ZMQ_XPUB);
    assert_int_equal(zsock_bind(market.xpub, "%s", PLACE), 0);
    market.sub = zsock_new(ZMQ_SUB);
    assert_int_equal(zsock_connect(market.sub, "%s", PLACE), 0);
    market.demand = demand_new(&market.limits, market.sub);
    *state = &market;
    return 0;
}

static int close_market(void **state)
{
    struct market *market = *state;
    demand_free(market->demand);
    zsock_destroy(&market->sub);
    (void)zsock_unbind(market->xpub, "%s", PLACE);
    zsock_destroy(&market->xpub);
    return 0;
}

static void tell_of(struct market *market, enum format_kind format, bool is_more,
                    const char *channel, uint64_t now_ms)
{
    struct interest interest = {format, is_more, span_of(channel)};
    demand_take(market->demand, &interest, now_ms);
}

static void tell(struct market *market, bool is_more, const char *channel, uint64_t now_ms)
{
    tell_of(market, FORMAT_STREAM, is_more, channel, now_ms);
}

/* Returns: what the publisher was told, as "+news", until the next call; "" for nothing. */
static const char *told(struct market *market)
{
    static char text[64];
    text[0] = '\0';
    int len = zmq_recv(zsock_resolve(market->xpub), text, sizeof(text) - 1, ZMQ_DONTWAIT);
    if (len > 0) {
        text[0] = text[0] ? '+' : '-';
        text[len] = '\0';
    }
    return text;
}

static void the_first_hold_subscribes_and_others_do_not(void **state)
{
    struct market *market = *state;
    tell(market, true, "news", 0);
    tell(market, true, "news", 0);
    tell(market, true, "sport", 0);
    assert_string_equal(told(market), "+news");
    assert_string_equal(told(market), "+sport");
    assert_string_equal(told(market), "");
}

static void the_last_hold_unsubscribes_after_a_while(void **state)
{
    struct market *market = *state;
    tell(market, true, "news", 0);
    tell(market, true, "news", 0);
    assert_string_equal(told(market), "+news");
    tell(market, false, "news", 50);
    assert_int_equal(demand_turn(market->demand, 60), LOOP_NEVER);
    tell(market, false, "news", 100);
    assert_int_equal(demand_turn(market->demand, 300), LINGER_MS - 200);
    assert_string_equal(told(market), "");
    assert_true(demand_has(market->demand, SPAN("news")));
    assert_int_equal(demand_turn(market->demand, 100 + LINGER_MS), LOOP_NEVER);
    assert_string_equal(told(market), "-news");
    assert_false(demand_has(market->demand, SPAN("news")));
}

static void who_comes_back_meanwhile_stays_subscribed(void **state)
{
    struct market *market = *state;
    tell(market, true, "news", 0);
    tell(market, false, "news", 0);
    tell(market, true, "news", LINGER_MS / 2);
    assert_int_equal(demand_turn(market->demand, 2 * LINGER_MS), LOOP_NEVER);
    tell(market, false, "news", 3 * LINGER_MS);
    assert_int_equal(demand_turn(market->demand, 3 * LINGER_MS), LINGER_MS);
    assert_string_equal(told(market), "+news");
    assert_string_equal(told(market), "");
}

static void of_too_many_that_linger_the_oldest_goes_at_once(void **state)
{
    struct market *market = *state;
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        tell(market, true, names[i], 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        (void)told(market);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        tell(market, false, names[i], i);
    assert_string_equal(told(market), "-a");
    assert_string_equal(told(market), "");
}

static void a_channel_is_had_by_its_whole_name_only(void **state)
{
    struct market *market = *state;
    tell(market, true, "news", 0);
    assert_true(demand_has(market->demand, SPAN("news")));
    assert_false(demand_has(market->demand, SPAN("new")));
    assert_false(demand_has(market->demand, SPAN("news2")));
    assert_false(demand_has(market->demand, SPAN("")));
}

/* ---- readers of stats ---- */

static void write_down(void *context, struct span channel, enum format_kind format, uint32_t holds)
{
    struct market *market = context;
    size_t len = strlen(market->said);
    (void)snprintf(market->said + len, sizeof(market->said) - len, "%.*s:%c%u ", (int)channel.len,
                   channel.at, "rsw"[format], holds);
}

/* Returns: what readers were told since the last time, until the next call. */
static const char *said_at(struct market *market, uint64_t now_ms)
{
    static char said[sizeof(market->said)];
    (void)demand_turn(market->demand, now_ms);
    memcpy(said, market->said, sizeof(said));
    market->said[0] = '\0';
    return said;
}

static void readers_are_told_at_once_and_of_many_changes_together(void **state)
{
    struct market *market = *state;
    demand_report(market->demand, write_down, market);
    tell(market, true, "news", 1000);
    assert_string_equal(said_at(market, 1000), "news:s1 ");
    for (int i = 0; i < 4; i++)
        tell(market, true, "news", 1010);
    tell_of(market, FORMAT_WS, true, "news", 1010);
    assert_string_equal(said_at(market, 1010), "");
    assert_int_equal(demand_turn(market->demand, 1010), 90);
    assert_string_equal(said_at(market, 1100), "news:s5 news:w1 ");
    tell_of(market, FORMAT_WS, false, "news", 1200);
    assert_string_equal(said_at(market, 1200), "news:w0 ");
}

static void what_has_not_changed_for_readers_is_not_told(void **state)
{
    struct market *market = *state;
    demand_report(market->demand, write_down, market);
    tell(market, true, "news", 1000);
    tell(market, false, "news", 1000);
    assert_string_equal(said_at(market, 1000), "");
}

static void readers_are_told_again_before_they_forget(void **state)
{
    struct market *market = *state;
    demand_report(market->demand, write_down, market);
    tell(market, true, "news", 1000);
    assert_string_equal(said_at(market, 1000), "news:s1 ");
    assert_int_equal(demand_turn(market->demand, 2000), 44000);
    assert_string_equal(said_at(market, 46000), "news:s1 ");
    assert_string_equal(said_at(market, 46000), "");
    assert_string_equal(said_at(market, 91000), "news:s1 ");
}

static void the_last_long_poll_is_gone_when_it_stays_away(void **state)
{
    struct market *market = *state;
    demand_report(market->demand, write_down, market);
    tell_of(market, FORMAT_RESPONSE, true, "news", 1000);
    assert_string_equal(said_at(market, 1000), "news:r1 ");
    tell_of(market, FORMAT_RESPONSE, false, "news", 1200);
    assert_string_equal(said_at(market, 1300), "");
    assert_string_equal(said_at(market, 1200 + LINGER_MS), "news:r0 ");
}

static void a_long_poll_that_leaves_others_behind_is_gone_in_time(void **state)
{
    struct market *market = *state;
    demand_report(market->demand, write_down, market);
    tell(market, true, "news", 1000);
    tell_of(market, FORMAT_RESPONSE, true, "news", 1000);
    assert_string_equal(said_at(market, 1000), "news:r1 news:s1 ");
    tell_of(market, FORMAT_RESPONSE, false, "news", 1200);
    assert_string_equal(said_at(market, 1200), "");
    assert_string_equal(said_at(market, 46200), "news:r0 news:s1 ");
    assert_string_equal(said_at(market, 91200), "news:s1 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_market, close_market)
        TEST(the_first_hold_subscribes_and_others_do_not),
        TEST(the_last_hold_unsubscribes_after_a_while),
        TEST(who_comes_back_meanwhile_stays_subscribed),
        TEST(of_too_many_that_linger_the_oldest_goes_at_once),
        TEST(a_channel_is_had_by_its_whole_name_only),
        TEST(readers_are_told_at_once_and_of_many_changes_together),
        TEST(what_has_not_changed_for_readers_is_not_told),
        TEST(readers_are_told_again_before_they_forget),
        TEST(the_last_long_poll_is_gone_when_it_stays_away),
        TEST(a_long_poll_that_leaves_others_behind_is_gone_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
