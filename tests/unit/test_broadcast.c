/* SPDX-License-Identifier: Apache-2.0 */
#include "router/broadcast.h"

#include "common/hearing.h"
#include "common/item.h"
#include "common/loop.h"
#include "router/tally.h"
#include "tests/support/bus.h"

/* A router's half and the ears of two frontends, all on this thread. */
struct room {
    struct limits limits;
    struct stats router, frontend;
    const struct stats *all[2];
    struct loop *loop;
    struct broadcast *broadcast;
    zsock_t *ears[2];
};

static int enter_room(void **state)
{
    static struct room room;
    room = (struct room){.all = {&room.router, &room.frontend}};
    limits_init(&room.limits);
    room.loop = loop_new();
    room.broadcast = broadcast_new(&(struct broadcast_parts){
        .loop = room.loop,
        .limits = &room.limits,
        .frontends = 2,
        .stats = &room.router,
        .all_stats = room.all,
        .stats_count = 2,
    });
    *state = &room;
    return 0;
}

static int leave_room(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 2; i++)
        zsock_destroy(&room->ears[i]);
    broadcast_free(room->broadcast);
    loop_free(room->loop);
    return 0;
}

static int enter_room_with_two_frontends(void **state)
{
    enter_room(state);
    struct room *room = *state;
    for (int i = 0; i < 2; i++)
        room->ears[i] = bus_subscribe();
    broadcast_turn(room->broadcast);
    return 0;
}

static void say(struct room *room, const char *channel)
{
    struct item item = {.channel = span_of(channel)};
    item.formats[FORMAT_STREAM] =
        (struct format){.is_present = true, .content = SPAN("hello from the router\n")};
    broadcast_item(room->broadcast, &item);
}

static void it_is_complete_when_every_frontend_has_subscribed(void **state)
{
    struct room *room = *state;
    broadcast_turn(room->broadcast);
    assert_false(broadcast_is_complete(room->broadcast));
    room->ears[0] = bus_subscribe();
    broadcast_turn(room->broadcast);
    assert_false(broadcast_is_complete(room->broadcast));
    room->ears[1] = bus_subscribe();
    broadcast_turn(room->broadcast);
    assert_true(broadcast_is_complete(room->broadcast));
}

static void each_item_arrives_once_and_in_order_at_every_frontend(void **state)
{
    struct room *room = *state;
    say(room, "a");
    say(room, "b");
    say(room, "c");
    for (int i = 0; i < 2; i++) {
        assert_string_equal(bus_next_channel(room->ears[i]), "a");
        assert_string_equal(bus_next_channel(room->ears[i]), "b");
        assert_string_equal(bus_next_channel(room->ears[i]), "c");
        assert_true(bus_is_silent(room->ears[i]));
    }
}

static void all_frontends_see_the_same_bytes_in_the_same_place(void **state)
{
    struct room *room = *state;
    zmq_msg_t messages[2];
    say(room, "shared");
    struct span first = bus_next(room->ears[0], &messages[0]);
    struct span second = bus_next(room->ears[1], &messages[1]);
    assert_true(first.len >= 33);
    assert_ptr_equal(first.at, second.at);
    zmq_msg_close(&messages[0]);
    zmq_msg_close(&messages[1]);
}

static void a_question_is_shared_too_and_comes_behind_the_items_before_it(void **state)
{
    struct room *room = *state;
    zmq_msg_t messages[2];
    say(room, "before");
    broadcast_question(room->broadcast, 7);
    for (int i = 0; i < 2; i++)
        assert_string_equal(bus_next_channel(room->ears[i]), "before");
    struct span first = bus_next(room->ears[0], &messages[0]);
    struct span second = bus_next(room->ears[1], &messages[1]);
    assert_true(question_is(first));
    assert_ptr_equal(first.at, second.at);
    zmq_msg_close(&messages[0]);
    zmq_msg_close(&messages[1]);
}

static void an_item_that_was_sealed_before_is_sent_as_it_is(void **state)
{
    struct room *room = *state;
    struct buf frame = {0};
    struct item item = {.channel = SPAN("sealed")};
    zmq_msg_t message;
    wire_seal(&frame, &item);
    const char *place = frame.bytes;
    broadcast_frame(room->broadcast, &frame);
    assert_null(frame.bytes);
    assert_ptr_equal(bus_next(room->ears[0], &message).at, place);
    zmq_msg_close(&message);
    assert_string_equal(bus_next_channel(room->ears[1]), "sealed");
}

static void what_is_sent_is_counted_once_for_each_frontend(void **state)
{
    struct room *room = *state;
    zmq_msg_t message;
    say(room, "counted");
    broadcast_question(room->broadcast, 1);
    struct span bytes = bus_next(room->ears[0], &message);
    assert_int_equal(stats_read(&room->router, STAT_bus_frames_sent), 4);
    assert_int_equal(stats_read(&room->router, STAT_bus_bytes_sent),
                     2 * (bytes.len + QUESTION_BYTES));
    zmq_msg_close(&message);
}

static void the_bus_is_full_of_frames_until_they_are_drained(void **state)
{
    struct room *room = *state;
    room->limits.bus_frames = 2;
    say(room, "a");
    assert_false(broadcast_is_full(room->broadcast));
    say(room, "b");
    assert_true(broadcast_is_full(room->broadcast));
    bus_drain(&room->router, &room->frontend);
    assert_false(broadcast_is_full(room->broadcast));
}

static void the_bus_is_full_of_bytes_until_they_are_drained(void **state)
{
    struct room *room = *state;
    say(room, "a");
    room->limits.bus_bytes = stats_read(&room->router, STAT_bus_bytes_sent);
    assert_false(broadcast_is_full(room->broadcast));
    say(room, "b");
    assert_true(broadcast_is_full(room->broadcast));
    bus_drain(&room->router, &room->frontend);
    assert_false(broadcast_is_full(room->broadcast));
}

static void on_tallied(void *context, const struct tallied *item)
{
    struct tallied *last = context;
    *last = *item;
}

/* Returns: the number of the next item. */
static uint64_t next_number(zsock_t *ear)
{
    zmq_msg_t message;
    uint64_t number = wire_names(bus_next(ear, &message)).number;
    zmq_msg_close(&message);
    return number;
}

static void where_they_are_counted_items_wait_on_the_bus_until_all_have_told(void **state)
{
    struct room *room = *state;
    struct tallied last = {0};
    struct tally *tally = tally_new(&(struct tally_parts){
        .limits = &room->limits, .frontends = 2, .tell = on_tallied, .context = &last});
    struct hearing hearing = {.heard = {[FORMAT_STREAM] = 4}, .routes = SPAN("")};
    room->limits.bus_words = 2;
    say(room, "not counted");
    assert_int_equal(next_number(room->ears[0]), 0);
    broadcast_count(room->broadcast, tally);
    say(room, "a");
    say(room, "b");
    hearing.number = next_number(room->ears[0]);
    assert_true(hearing.number != 0 && hearing.number != next_number(room->ears[0]));
    bus_drain(&room->router, &room->frontend);
    assert_true(broadcast_is_full(room->broadcast));
    tally_take(tally, &hearing);
    tally_take(tally, &hearing);
    assert_int_equal(last.heard[FORMAT_STREAM], 8);
    assert_false(broadcast_is_full(room->broadcast));
    broadcast_count(room->broadcast, NULL);
    tally_free(tally);
}

int main(void)
{
#define IN_ROOM(test)                                                                              \
    cmocka_unit_test_setup_teardown(test, enter_room_with_two_frontends, leave_room)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_complete_when_every_frontend_has_subscribed,
                                        enter_room, leave_room),
        IN_ROOM(each_item_arrives_once_and_in_order_at_every_frontend),
        IN_ROOM(all_frontends_see_the_same_bytes_in_the_same_place),
        IN_ROOM(a_question_is_shared_too_and_comes_behind_the_items_before_it),
        IN_ROOM(an_item_that_was_sealed_before_is_sent_as_it_is),
        IN_ROOM(what_is_sent_is_counted_once_for_each_frontend),
        IN_ROOM(the_bus_is_full_of_frames_until_they_are_drained),
        IN_ROOM(the_bus_is_full_of_bytes_until_they_are_drained),
        IN_ROOM(where_they_are_counted_items_wait_on_the_bus_until_all_have_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
