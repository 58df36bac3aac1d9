/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "frontend/wohqueue.h"

static void assert_span(struct span got, const char *wanted)
{
    assert_int_equal(got.len, strlen(wanted));
    assert_memory_equal(got.at, wanted, got.len);
}

static void what_happens_during_a_request_waits_for_the_next(void **state)
{
    (void)state;
    struct wohqueue queue = {0};
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN("one"));
    wohqueue_take(&queue, false);
    assert_false(queue.has_news);
    wohqueue_add(&queue, WSEVENT_BINARY, SPAN("two"));
    assert_span(buf_span(&queue.sending), "TEXT 3\r\none\r\n");
    assert_true(queue.has_news);
    assert_true(wohqueue_settle(&queue, WOHQUEUE_ALL));
    wohqueue_take(&queue, false);
    assert_span(buf_span(&queue.sending), "BINARY 3\r\ntwo\r\n");
    wohqueue_done(&queue);
}

static void a_queue_that_was_accepted_keeps_no_memory(void **state)
{
    (void)state;
    struct wohqueue queue = {0};
    wohqueue_add(&queue, WSEVENT_PING, SPAN(""));
    wohqueue_take(&queue, false);
    assert_true(wohqueue_settle(&queue, WOHQUEUE_ALL));
    assert_null(queue.sending.bytes);
    assert_null(queue.waiting.bytes);
    assert_int_equal(wohqueue_bytes(&queue), 0);
}

static void an_origin_that_wants_one_event_gets_one(void **state)
{
    (void)state;
    struct wohqueue queue = {0};
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN(""));
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN("b"));
    wohqueue_add(&queue, WSEVENT_CLOSE, SPAN(""));
    static const char *const bodies[] = {"TEXT 0\r\n\r\n", "TEXT 1\r\nb\r\n", "CLOSE\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_true(queue.has_news);
        wohqueue_take(&queue, true);
        assert_span(buf_span(&queue.sending), bodies[i]);
        assert_true(wohqueue_settle(&queue, WOHQUEUE_ALL));
    }
    assert_false(queue.has_news);
}

static void what_was_not_accepted_comes_again_before_what_is_new(void **state)
{
    (void)state;
    struct wohqueue queue = {0};
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN("hello"));
    wohqueue_take(&queue, false);
    assert_int_equal(queue.replayed, 0);
    assert_true(wohqueue_settle(&queue, 2));
    assert_false(queue.has_news); /* it waits for company */
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN("!"));
    wohqueue_take(&queue, false);
    assert_span(buf_span(&queue.sending), "TEXT 3\r\nllo\r\nTEXT 1\r\n!\r\n");
    assert_int_equal(queue.replayed, 3);
    assert_true(wohqueue_settle(&queue, 3));
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN("?"));
    wohqueue_take(&queue, false);
    assert_span(buf_span(&queue.sending), "TEXT 1\r\n!\r\nTEXT 1\r\n?\r\n");
    assert_int_equal(queue.replayed, 1);
    wohqueue_done(&queue);
}

static void the_cut_may_fall_anywhere_but_inside_a_close(void **state)
{
    (void)state;
    static const char *const left[] = {
        "TEXT 2\r\nab\r\nPING 1\r\nc\r\nCLOSE 3\r\n\x03\xe8x\r\n",
        "TEXT 1\r\nb\r\nPING 1\r\nc\r\nCLOSE 3\r\n\x03\xe8x\r\n",
        "PING 1\r\nc\r\nCLOSE 3\r\n\x03\xe8x\r\n",
        "CLOSE 3\r\n\x03\xe8x\r\n",
        "CLOSE 3\r\n\x03\xe8x\r\n",
        "CLOSE 3\r\n\x03\xe8x\r\n",
        "",
    };
    for (size_t accepted = 0; accepted < ARRAY_LEN(left); accepted++) {
        struct wohqueue queue = {0};
        wohqueue_add(&queue, WSEVENT_TEXT, SPAN("ab"));
        wohqueue_add(&queue, WSEVENT_PING, SPAN("c"));
        wohqueue_add(&queue, WSEVENT_CLOSE, SPAN("\x03\xe8x"));
        wohqueue_take(&queue, false);
        assert_true(wohqueue_settle(&queue, accepted));
        assert_span(buf_span(&queue.waiting), left[accepted]);
        wohqueue_done(&queue);
    }
}

static void more_than_was_offered_cannot_be_accepted(void **state)
{
    (void)state;
    struct wohqueue queue = {0};
    wohqueue_add(&queue, WSEVENT_TEXT, SPAN("hello"));
    wohqueue_take(&queue, false);
    assert_false(wohqueue_settle(&queue, 6));
    wohqueue_done(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_happens_during_a_request_waits_for_the_next),
        cmocka_unit_test(a_queue_that_was_accepted_keeps_no_memory),
        cmocka_unit_test(an_origin_that_wants_one_event_gets_one),
        cmocka_unit_test(what_was_not_accepted_comes_again_before_what_is_new),
        cmocka_unit_test(the_cut_may_fall_anywhere_but_inside_a_close),
        cmocka_unit_test(more_than_was_offered_cannot_be_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
