/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbox at a bus of our own, with holds that write down what they hear.
 */
#include "tests/unit/cmocka.h"

#include <czmq.h>

#include "common/attendance.h"
#include "common/bus.h"
#include "common/hearing.h"
#include "common/interest.h"
#include "common/lastids.h"
#include "common/limits.h"
#include "common/question.h"
#include "common/wire.h"
#include "frontend/channels.h"
#include "frontend/hold.h"
#include "frontend/holds.h"
#include "frontend/inbox.h"
#include "frontend/longpoll.h"

struct ear {
    struct hold hold;
    char heard[1024]; /* the contents and the headers' values, one after the other */
};

struct house {
    struct limits limits;
    struct stats stats;
    struct traffic traffic[3];
    struct holds holds;
    struct lastids *lastids;
    struct longpolls polls;
    struct inbox *inbox;
    struct ear ears[2];
};

/* The router's ends. Their names are free again only some time after a close, so they stay. */
static zsock_t *down, *up;

static void write_down(struct ear *ear, struct span text)
{
    size_t len = strlen(ear->heard);
    assert_true(len + text.len < sizeof(ear->heard));
    if (text.len)
        memcpy(ear->heard + len, text.at, text.len);
}

static bool deliver(struct hold *hold, const struct publication *publication)
{
    struct ear *ear = container_of(hold, struct ear, hold);
    const struct format *response = &publication->item.formats[FORMAT_RESPONSE];
    const struct format *stream = &publication->item.formats[FORMAT_STREAM];
    if (zsock_events(up) & ZMQ_POLLIN)
        write_down(ear, SPAN("answered "));
    for (size_t i = 0; i < response->header_count; i++)
        write_down(ear, response->headers[i].value);
    if (stream->is_present && stream->action == ACTION_CLOSE)
        hold_doom(hold, REASON_PUBLISHED_CLOSE);
    write_down(ear, stream->content);
    return true;
}

static const struct hold_kind kind = {.name = "ear", .hears = FORMAT_STREAM, .deliver = deliver};

static struct house *open_house(void)
{
    struct house *house = test_calloc(1, sizeof(*house));
    limits_init(&house->limits);
    holds_init(&house->holds);
    house->holds.loop = loop_new();
    house->holds.limits = &house->limits;
    house->holds.stats = &house->stats;
    house->holds.channels = channels_new(&house->holds);
    house->lastids = lastids_new(10);
    longpolls_init(&house->polls);
    house->holds.traffic = house->traffic;
    house->inbox = inbox_new(&(struct inbox_parts){
        .loop = house->holds.loop,
        .channels = house->holds.channels,
        .lastids = house->lastids,
        .polls = &house->polls,
        .stats = &house->stats,
        .traffic = house->traffic,
        .routes = ARRAY_LEN(house->traffic),
        .frontend = 7,
    });
    (void)zsock_events(down); /* takes the subscription in */
    for (size_t i = 0; i < ARRAY_LEN(house->ears); i++)
        house->ears[i].hold = (struct hold){.kind = &kind, .home = &house->holds};
    return house;
}

static void close_house(struct house *house)
{
    for (size_t i = 0; i < ARRAY_LEN(house->ears); i++) {
        channels_leave_all(house->holds.channels, &house->ears[i].hold);
        list_unlink(&house->ears[i].hold.doomed);
    }
    inbox_free(house->inbox);
    lastids_free(house->lastids);
    channels_free(house->holds.channels);
    holds_done(&house->holds);
    loop_free(house->holds.loop);
    test_free(house);
}

static void join(struct house *house, size_t ear, const char *channel)
{
    channels_join(house->holds.channels, &house->ears[ear].hold, span_of(channel));
}

static void send_item(const struct item *item)
{
    struct buf frame = {0};
    wire_seal(&frame, item);
    assert_int_equal(zmq_send(zsock_resolve(down), frame.bytes, frame.len, 0), frame.len);
    buf_done(&frame);
}

static void send_stream(const char *channel, const char *content)
{
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .content = span_of(content)};
    send_item(&item);
}

static void send_close(const char *channel)
{
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .action = ACTION_CLOSE};
    send_item(&item);
}

static void send_response(const char *channel, const char *value)
{
    struct header header = {SPAN("X-Number"), span_of(value)};
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_RESPONSE] =
        (struct format){.is_present = true, .code = 200, .headers = &header, .header_count = 1};
    send_item(&item);
}

static void drain(struct house *house)
{
    while (inbox_turn(house->inbox))
        ;
}

static void each_hold_hears_its_channels_in_the_order_of_publishing(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    join(house, 0, "sport");
    join(house, 1, "sport");
    send_stream("news", "1");
    send_stream("news", "2");
    send_stream("sport", "3");
    send_stream("nobody", "4");
    send_stream("sport", "5");
    send_stream("news", "6");
    drain(house);
    assert_string_equal(house->ears[0].heard, "12356");
    assert_string_equal(house->ears[1].heard, "35");
    assert_int_equal(stats_read(&house->stats, STAT_items_delivered), 7);
    close_house(house);
}

static void a_long_row_of_publications_is_whole(void **state)
{
    (void)state;
    struct house *house = open_house();
    char expected[601] = "";
    join(house, 0, "news");
    for (unsigned i = 0; i < 600; i++) {
        expected[i] = (char)('a' + i % 26);
        send_stream("news", (char[]){expected[i], '\0'});
    }
    drain(house);
    assert_string_equal(house->ears[0].heard, expected);
    assert_int_equal(stats_read(&house->stats, STAT_bus_frames_drained), 600);
    close_house(house);
}

static void each_publication_has_the_headers_it_was_published_with(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    send_stream("news", "0");
    send_response("news", "1");
    send_response("news", "2");
    send_response("sport", "3");
    send_stream("news", "4");
    drain(house);
    assert_string_equal(house->ears[0].heard, "0124");
    close_house(house);
}

static void nothing_is_heard_after_a_close_that_came_in_the_same_row(void **state)
{
    (void)state;
    struct house *house = open_house();
    join(house, 0, "news");
    send_stream("news", "1");
    send_close("news");
    send_stream("news", "2");
    drain(house);
    assert_string_equal(house->ears[0].heard, "1");
    close_house(house);
}

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
    struct attendance read, told = {.number = 5, .is_more = true, .peer = SPAN("192.0.2.1")};
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

static void send_numbered(const char *channel, const char *content, uint64_t number)
{
    struct item item = {.channel = span_of(channel), .number = number};
    item.formats[FORMAT_STREAM] = (struct format){.is_present = true, .content = span_of(content)};
    struct buf frame = {0};
    wire_seal(&frame, &item);
    assert_int_equal(zmq_send(zsock_resolve(down), frame.bytes, frame.len, 0), frame.len);
    buf_done(&frame);
}

/* Takes the next word of the inbox: so many streams, and nobody else, heard item `number`. */
static void assert_heard(uint64_t number, uint32_t streams)
{
    char word[64];
    struct hearing told = {0};
    int got = zmq_recv(zsock_resolve(up), word, sizeof(word), ZMQ_DONTWAIT);
    assert_true(got > 0 && hearing_read(&told, span(word, (size_t)got)));
    assert_int_equal(told.number, number);
    assert_int_equal(told.heard[FORMAT_STREAM], streams);
    assert_int_equal(told.heard[FORMAT_RESPONSE] + told.heard[FORMAT_WS], 0);
}

static void an_item_with_a_number_is_counted_in_its_turn(void **state)
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
    assert_string_equal(house->ears[0].heard, "12answered 3");
    assert_heard(77, 2);
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

static int open_bus(void **state)
{
    (void)state;
    down = zsock_new(ZMQ_PUB);
    up = zsock_new(ZMQ_PULL);
    return zsock_bind(down, BUS_DOWN) || zsock_bind(up, BUS_UP);
}

static int close_bus(void **state)
{
    (void)state;
    zsock_destroy(&down);
    zsock_destroy(&up);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hold_hears_its_channels_in_the_order_of_publishing),
        cmocka_unit_test(a_long_row_of_publications_is_whole),
        cmocka_unit_test(each_publication_has_the_headers_it_was_published_with),
        cmocka_unit_test(nothing_is_heard_after_a_close_that_came_in_the_same_row),
        cmocka_unit_test(an_item_with_a_number_is_counted_in_its_turn),
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
