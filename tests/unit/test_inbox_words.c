/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the inbox tells the router, and is told by it besides publications.
 */
#include "common/attendance.h"
#include "common/hearing.h"
#include "common/interest.h"
#include "common/question.h"
#include "tests/support/inbox_house.h"

/* Returns: what the router was told, as "+news", until the next call; "" for nothing. */
static const char *told(void)
{
    static char text[64];
    char bytes[64];
    struct interest interest;
    text[0] = '\0';
    int len = zmq_recv(zsock_resolve(up), bytes, sizeof(bytes), ZMQ_DONTWAIT);
    if (len < 0)
        return text;
    assert_true(interest_read(&interest, span(bytes, (size_t)len)));
    assert_int_equal(interest.format, FORMAT_STREAM);
    (void)snprintf(text, sizeof(text), "%c%.*s", interest.is_more ? '+' : '-',
                   (int)interest.channel.len, interest.channel.at);
    return text;
}

static void nobody_is_told_who_listens_unless_somebody_asked(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    channels_leave_all(house->holds.channels, &house->ears[0].hold);
    assert_string_equal(told(), "");
    close_house(house);
}

static void the_router_is_told_of_the_first_and_the_last_of_a_channel(void **state)
{
    (void)state;
    struct house *house = open_house();
    channels_watch(house->holds.channels, inbox_tell, house->inbox, false);
    join(house, 0, "news");
    assert_string_equal(told(), "+news");
    join(house, 0, "news");
    join(house, 1, "news");
    channels_leave(house->holds.channels, &house->ears[0].hold, SPAN("news"));
    assert_string_equal(told(), "");
    channels_leave(house->holds.channels, &house->ears[1].hold, SPAN("news"));
    assert_string_equal(told(), "-news");
    close_house(house);
}

static void the_router_is_told_of_each_where_it_counts(void **state)
{
    (void)state;
    struct house *house = open_house();
    channels_watch(house->holds.channels, inbox_tell, house->inbox, true);
    join(house, 0, "news");
    join(house, 1, "news");
    assert_string_equal(told(), "+news");
    assert_string_equal(told(), "+news");
    channels_leave_all(house->holds.channels, &house->ears[0].hold);
    assert_string_equal(told(), "-news");
    channels_leave_all(house->holds.channels, &house->ears[1].hold);
    assert_string_equal(told(), "-news");
    close_house(house);
}

static void the_router_is_told_who_is_connected(void **state)
{
    (void)state;
    struct house *house = open_house();
    char bytes[64];
    struct attendance read = {0}, told = {.number = 5, .is_more = true, .peer = SPAN("192.0.2.1")};
    inbox_tell_attendance(house->inbox, &told);
    int len = zmq_recv(zsock_resolve(up), bytes, sizeof(bytes), ZMQ_DONTWAIT);
    assert_true(len > 0 && attendance_read(&read, span(bytes, (size_t)len)));
    assert_true(read.is_more && read.number == 5);
    assert_true(span_equal(read.peer, told.peer));
    close_house(house);
}

static void whoever_is_not_ours_is_not_refreshed(void **state)
{
    (void)state;
    struct house *house = open_house();
    char word[QUESTION_BYTES];
    join(house, 0, "news");
    send_stream("news", "1");
    size_t len = question_refresh(word, 41);
    assert_int_equal(zmq_send(zsock_resolve(down), word, len, 0), len);
    send_stream("news", "2");
    drain(house);
    assert_string_equal(house->ears[0].heard, "12");
    assert_false(zsock_events(up) & ZMQ_POLLIN); /* what is told is not answered */
    close_house(house);
}

static void a_question_is_answered_after_what_came_before_it(void **state)
{
    (void)state;
    struct house *house = open_house();
    char question[QUESTION_BYTES], answer[QUESTION_BYTES];
    join(house, 0, "news");
    send_stream("news", "1");
    size_t len = question_ask(question, 41);
    assert_int_equal(zmq_send(zsock_resolve(down), question, len, 0), len);
    send_stream("news", "2");
    drain(house);
    assert_string_equal(house->ears[0].heard, "1answered 2");

    int got = zmq_recv(zsock_resolve(up), answer, sizeof(answer), ZMQ_DONTWAIT);
    struct question_answer told;
    assert_true(got > 0);
    assert_true(question_read_answer(span(answer, (size_t)got), &told));
    assert_int_equal(told.serial, 41);
    assert_int_equal(told.frontend, 7);
    assert_int_equal(zmq_recv(zsock_resolve(up), answer, sizeof(answer), ZMQ_DONTWAIT), -1);
    close_house(house);
}

/* What is left of the last word of the inbox. */
static struct span heard_rest;

/* The inbox has said, in this word or the next: so many streams, and nobody else, heard item `number`. */
static void assert_heard(uint64_t number, uint32_t streams)
{
    static char word[512];
    if (!heard_rest.len) {
        int got = zmq_recv(zsock_resolve(up), word, sizeof(word), ZMQ_DONTWAIT);
        assert_true(got > 0);
        heard_rest = span(word, (size_t)got);
    }
    struct hearing told = {0};
    assert_true(hearing_read(&told, heard_rest));
    heard_rest = span_skip(heard_rest, hearing_size(&told));
    assert_int_equal(told.number, number);
    assert_int_equal(told.heard[FORMAT_STREAM], streams);
    assert_int_equal(told.heard[FORMAT_RESPONSE] + told.heard[FORMAT_WS], 0);
}

static void what_was_heard_in_a_turn_is_told_in_one_word(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    join(house, 1, "news");
    send_stream("news", "1");
    send_numbered("news", "2", 77);
    send_numbered("empty", "x", 78);
    send_stream("news", "3");
    drain(house);
    assert_string_equal(house->ears[0].heard, "123");
    assert_heard(77, 2);
    assert_true(heard_rest.len > 0);
    assert_heard(78, 0);
    assert_false(zsock_events(up) & ZMQ_POLLIN);
    close_house(house);
}

static void of_a_row_each_item_is_counted_that_has_a_number(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    join(house, 1, "news");
    send_numbered("news", "1", 1);
    send_stream("news", "2");
    send_numbered("news", "3", 3);
    send_close("news");
    send_numbered("news", "4", 4);
    drain(house);
    assert_string_equal(house->ears[0].heard, "123");
    assert_heard(1, 2);
    assert_heard(3, 2);
    assert_heard(4, 0);
    send_numbered("news", "5", 5);
    drain(house);
    assert_heard(5, 0);
    close_house(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_heard_in_a_turn_is_told_in_one_word),
        cmocka_unit_test(of_a_row_each_item_is_counted_that_has_a_number),
        cmocka_unit_test(nobody_is_told_who_listens_unless_somebody_asked),
        cmocka_unit_test(the_router_is_told_of_the_first_and_the_last_of_a_channel),
        cmocka_unit_test(the_router_is_told_of_each_where_it_counts),
        cmocka_unit_test(the_router_is_told_who_is_connected),
        cmocka_unit_test(whoever_is_not_ours_is_not_refreshed),
        cmocka_unit_test(a_question_is_answered_after_what_came_before_it),
    };
    return cmocka_run_group_tests(tests, open_bus, close_bus);
}
