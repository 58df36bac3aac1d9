/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/cmocka.h"

#include "common/engine.h"
#include "frontend/h2guard.h"
#include "tests/support/h2sent.h"

/* One connection, what it sent and has not been read, and the time. */
static struct limits limits;
static struct h2guard guard;
static struct buf sent;
static uint64_t written, now_ms;

static int begin(void **state)
{
    (void)state;
    limits_init(&limits);
    limits.http2_requests = 10;
    limits.http2_resets = 5;
    limits.http2_control_frames = 20;
    limits.http2_head_bytes = 1000;
    limits.http2_upload_bytes = 5000;
    limits.request_body_bytes = 100;
    limits.request_wait_ms = 3000;
    written = 0;
    now_ms = 1000000;
    h2guard_init(&guard, &limits);
    h2sent_preface(&sent);
    return 0;
}

static int end(void **state)
{
    (void)state;
    h2guard_done(&guard);
    buf_done(&sent);
    return 0;
}

static const char *read_sent(void)
{
    const char *fault = h2guard_read(&guard, buf_span(&sent), written, now_ms);
    buf_clear(&sent);
    return fault;
}

static void assert_fine(void)
{
    assert_null(read_sent());
}

static void assert_past(const char *limit)
{
    const char *fault = read_sent();
    assert_non_null(fault);
    assert_string_equal(fault, limit);
}

static void send_frames(size_t count, enum h2_type type, unsigned flags, uint32_t stream,
                        uint32_t len)
{
    for (size_t i = 0; i < count; i++)
        h2sent_frame(&sent, type, flags, stream, len);
}

static void send_requests(uint32_t first, size_t count, unsigned flags)
{
    for (size_t i = 0; i < count; i++)
        h2sent_frame(&sent, H2_HEADERS, flags, first + 2 * (uint32_t)i, 10);
}

#define WHOLE (H2_END_HEADERS | H2_END_STREAM)

static void requests_of_one_second_are_counted(void **state)
{
    (void)state;
    send_requests(1, 10, WHOLE);
    assert_fine();
    now_ms += 999;
    send_requests(21, 1, WHOLE);
    assert_past("http2_requests");
}

static void the_next_second_begins_anew(void **state)
{
    (void)state;
    for (uint32_t second = 0; second < 5; second++, now_ms += 1000) {
        send_requests(1 + 20 * second, 10, WHOLE);
        send_frames(5, H2_RST_STREAM, 0, 1, 4);
        send_frames(20, H2_PING, 0, 0, 8);
        assert_fine();
    }
}

static void resets_are_counted(void **state)
{
    (void)state;
    send_frames(5, H2_RST_STREAM, 0, 1, 4);
    assert_fine();
    send_frames(1, H2_RST_STREAM, 0, 1, 4);
    assert_past("http2_resets");
}

static void frames_that_carry_no_request_are_counted_together(void **state)
{
    (void)state;
    static const enum h2_type types[] = {H2_PRIORITY, H2_SETTINGS,     H2_PING, H2_GOAWAY,
                                         H2_DATA,     H2_CONTINUATION, 200};
    for (size_t i = 0; i < 20; i++)
        send_frames(1, types[i % 7], H2_END_HEADERS, 1, 8);
    assert_fine();
    send_frames(1, H2_PING, 0, 0, 8);
    assert_past("http2_control_frames");
}

static void trailers_are_no_new_request(void **state)
{
    (void)state;
    send_requests(1, 1, H2_END_HEADERS);
    send_frames(20, H2_HEADERS, WHOLE, 1, 10);
    assert_fine();
    send_frames(1, H2_HEADERS, WHOLE, 1, 10);
    assert_past("http2_control_frames");
}

static void window_updates_may_be_as_many_as_what_was_written_needs(void **state)
{
    (void)state;
    send_frames(20, H2_WINDOW_UPDATE, 0, 1, 4);
    assert_fine();
    written += 50; /* five frames of a byte each */
    send_frames(10, H2_WINDOW_UPDATE, 0, 1, 4);
    assert_fine();
    send_frames(1, H2_WINDOW_UPDATE, 0, 1, 4);
    assert_past("http2_control_frames");
}

static void a_head_is_all_of_its_frames(void **state)
{
    (void)state;
    send_frames(1, H2_HEADERS, H2_END_STREAM, 1, 500);
    send_frames(1, H2_CONTINUATION, 0, 1, 500);
    assert_fine();
    send_frames(1, H2_CONTINUATION, H2_END_HEADERS, 1, 1);
    assert_past("http2_head_bytes");
}

static void the_next_head_is_counted_anew(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        send_frames(1, H2_HEADERS, WHOLE, 1 + 2 * i, 1000);
    assert_fine();
}

static void fields_are_counted_however_few_bytes_they_take(void **state)
{
    (void)state;
    limits.http2_fields = 5;
    h2sent_head(&sent, H2_HEADERS, H2_END_STREAM, 1, 3);
    buf_append(&sent, SPAN("\x82\x86\x84"));
    h2sent_head(&sent, H2_CONTINUATION, 0, 1, 2);
    buf_append(&sent, SPAN("\xbe\xbe"));
    assert_fine();
    h2sent_head(&sent, H2_CONTINUATION, H2_END_HEADERS, 1, 1);
    buf_append(&sent, SPAN("\xbe"));
    assert_past("http2_fields");
}

/* ---- bodies ---- */

/* Everything a body may be and still be h2o's: the slack is for our own words. */
static uint32_t send_body(uint32_t stream, uint64_t len)
{
    send_frames(1, H2_DATA, 0, stream, (uint32_t)len);
    return (uint32_t)len;
}

static void bodies_are_counted_together(void **state)
{
    (void)state;
    limits.http2_upload_bytes = 3 * ENGINE_SLACK_BYTES;
    send_requests(1, 4, H2_END_HEADERS);
    for (uint32_t stream = 1; stream < 7; stream += 2)
        send_body(stream, ENGINE_SLACK_BYTES);
    assert_fine();
    send_body(7, 1);
    assert_past("http2_upload_bytes");
}

static void one_body_may_always_come(void **state)
{
    (void)state;
    limits.http2_upload_bytes = 0;
    send_requests(1, 2, H2_END_HEADERS);
    send_body(1, ENGINE_SLACK_BYTES + limits.request_body_bytes);
    assert_fine();
    send_body(3, 1);
    assert_past("http2_upload_bytes");
}

static void a_body_that_is_whole_counts_no_more(void **state)
{
    (void)state;
    send_requests(1, 3, H2_END_HEADERS);
    send_body(1, ENGINE_SLACK_BYTES);
    send_frames(1, H2_DATA, H2_END_STREAM, 1, 1);
    send_body(3, ENGINE_SLACK_BYTES);
    send_frames(1, H2_RST_STREAM, 0, 3, 4);
    send_body(5, ENGINE_SLACK_BYTES);
    send_frames(1, H2_HEADERS, WHOLE, 5, 10);
    assert_fine();
    assert_int_equal(guard.body_bytes, 0);
    assert_null(guard.bodies);
}

static void a_body_that_h2o_refuses_counts_no_more(void **state)
{
    (void)state;
    limits.http2_upload_bytes = 10 * ENGINE_SLACK_BYTES;
    send_requests(1, 1, H2_END_HEADERS);
    send_body(1, ENGINE_SLACK_BYTES + limits.request_body_bytes + 1);
    assert_fine();
    assert_int_equal(guard.body_bytes, 0);
}

static void more_bodies_than_streams_are_a_flood(void **state)
{
    (void)state;
    limits.http2_requests = 1000;
    send_requests(1, 128, H2_END_HEADERS);
    assert_fine();
    send_requests(257, 1, H2_END_HEADERS);
    assert_past("http2_upload_bytes");
}

static void a_body_that_does_not_move_is_told_once(void **state)
{
    (void)state;
    send_requests(1, 2, H2_END_HEADERS);
    assert_fine();
    now_ms += 3000;
    send_body(3, 1);
    assert_fine();
    assert_int_equal(h2guard_stuck(&guard, now_ms), 0);
    assert_int_equal(h2guard_stuck(&guard, now_ms + 1), 1);
    assert_int_equal(h2guard_stuck(&guard, now_ms + 1), 0);
}

static void a_frame_of_body_that_comes_slowly_moves(void **state)
{
    (void)state;
    send_requests(1, 1, H2_END_HEADERS);
    h2sent_head(&sent, H2_DATA, 0, 1, 100);
    assert_fine();
    for (int i = 0; i < 100; i++, now_ms += 2000) {
        assert_int_equal(h2guard_stuck(&guard, now_ms), 0);
        assert_null(h2guard_late(&guard, now_ms));
        buf_append(&sent, SPAN("x"));
        assert_fine();
    }
}

/* ---- what does not come whole ---- */

static void assert_late_in(uint64_t ms)
{
    assert_null(h2guard_late(&guard, now_ms + ms));
    assert_non_null(h2guard_late(&guard, now_ms + ms + 1));
}

static void half_a_preface_is_late(void **state)
{
    (void)state;
    sent.len = 20;
    assert_fine();
    assert_late_in(3000);
}

static void a_head_without_end_is_late_however_often_it_goes_on(void **state)
{
    (void)state;
    send_frames(1, H2_HEADERS, H2_END_STREAM, 1, 10);
    assert_fine();
    now_ms += 2000;
    send_frames(1, H2_CONTINUATION, 0, 1, 10);
    assert_fine();
    assert_late_in(1000);
    send_frames(1, H2_CONTINUATION, H2_END_HEADERS, 1, 10);
    assert_fine();
    assert_null(h2guard_late(&guard, now_ms + 100000));
}

static void a_frame_that_does_not_come_whole_is_late(void **state)
{
    (void)state;
    h2sent_head(&sent, H2_PING, 0, 0, 8);
    assert_fine();
    assert_late_in(3000);
    buf_append(&sent, SPAN("8 bytes."));
    assert_fine();
    assert_null(h2guard_late(&guard, now_ms + 100000));
}

static void each_frame_has_its_own_time(void **state)
{
    (void)state;
    h2sent_head(&sent, H2_PING, 0, 0, 8);
    assert_fine();
    now_ms += 2000;
    buf_append(&sent, SPAN("8 bytes."));
    h2sent_head(&sent, H2_PING, 0, 0, 8);
    assert_fine();
    assert_late_in(3000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_of_one_second_are_counted),
        TEST(the_next_second_begins_anew),
        TEST(resets_are_counted),
        TEST(frames_that_carry_no_request_are_counted_together),
        TEST(trailers_are_no_new_request),
        TEST(window_updates_may_be_as_many_as_what_was_written_needs),
        TEST(a_head_is_all_of_its_frames),
        TEST(the_next_head_is_counted_anew),
        TEST(fields_are_counted_however_few_bytes_they_take),
        TEST(bodies_are_counted_together),
        TEST(one_body_may_always_come),
        TEST(a_body_that_is_whole_counts_no_more),
        TEST(a_body_that_h2o_refuses_counts_no_more),
        TEST(more_bodies_than_streams_are_a_flood),
        TEST(a_body_that_does_not_move_is_told_once),
        TEST(a_frame_of_body_that_comes_slowly_moves),
        TEST(half_a_preface_is_late),
        TEST(a_head_without_end_is_late_however_often_it_goes_on),
        TEST(a_frame_that_does_not_come_whole_is_late),
        TEST(each_frame_has_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
