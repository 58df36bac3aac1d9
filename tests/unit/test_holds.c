/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The house of holds with a kind and a carrier of our own: no socket, no h2o request.
 */
#include "tests/unit/cmocka.h"

#include <stdlib.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/wire.h"
#include "frontend/channels.h"
#include "frontend/heard.h"
#include "frontend/hold.h"
#include "frontend/holds.h"

struct house {
    struct holds holds;
    struct limits limits;
    struct stats stats;
    struct heard heard;
    struct traffic traffic;
    char order[256]; /* the names of the holds flushed, in order */
    size_t flushed;
};

struct guest {
    struct hold hold;
    struct house *house;
    char name;
    bool takes; /* whether its client reads */
    size_t got; /* bytes */
    int *ended; /* how it ended: 1 clean, 2 cut */
};

static struct guest *guest_of(const struct hold *hold)
{
    return unconst(hold);
}

static bool deliver(struct hold *hold, const struct publication *publication)
{
    const struct format *format = &publication->item.formats[FORMAT_STREAM];
    if (format->action == ACTION_CLOSE)
        hold_doom(hold, REASON_PUBLISHED_CLOSE);
    else
        hold_push(hold, publication->buf, format->content);
    return true;
}

static void beat(struct hold *hold)
{
    hold_push(hold, NULL, SPAN("b"));
}

static void finish(struct hold *hold)
{
    hold_push(hold, NULL, SPAN("END"));
}

static void free_guest(struct hold *hold)
{
    free(guest_of(hold));
}

static void flush(struct hold *hold)
{
    struct guest *guest = guest_of(hold);
    if (!guest->takes) {
        hold_blocked(hold);
        return;
    }
    guest->house->order[guest->house->flushed++ % sizeof(guest->house->order)] = guest->name;
    struct iovec vec[64];
    size_t bytes = 0, count = outq_gather(&hold->out, vec, 64);
    for (size_t i = 0; i < count; i++)
        bytes += vec[i].iov_len;
    guest->got += bytes;
    hold_sent(hold, bytes);
}

static bool close_guest(struct hold *hold, bool is_clean)
{
    *guest_of(hold)->ended = is_clean ? 1 : 2;
    return true;
}

static socklen_t no_peer(const struct hold *hold, struct sockaddr *sa)
{
    (void)hold;
    (void)sa;
    return 0;
}

static const struct hold_kind kind = {
    .name = "guest",
    .deliver = deliver,
    .beat = beat,
    .finish = finish,
    .free = free_guest,
};
static const struct carrier carrier = {flush, close_guest, no_peer};

static struct house *open_house(void)
{
    struct house *house = mem_new(sizeof(*house));
    limits_init(&house->limits);
    holds_init(&house->holds);
    house->holds.loop = loop_new();
    house->holds.wheel = wheel_new(0);
    house->holds.limits = &house->limits;
    house->holds.stats = &house->stats;
    house->holds.traffic = &house->traffic;
    house->holds.charge_limit = SIZE_MAX;
    house->holds.random = 1;
    house->holds.channels = channels_new(&house->holds);
    heard_init(&house->heard, 1);
    return house;
}

static void close_house(struct house *house)
{
    holds_end_all(&house->holds, REASON_CLIENT_GONE);
    while (holds_turn(&house->holds, 0) == 0) /* work is left */
        ;
    assert_int_equal(stats_read(&house->stats, STAT_holds), 0);
    assert_int_equal(stats_read(&house->stats, STAT_subscriptions), 0);
    assert_int_equal(stats_read(&house->stats, STAT_channels), 0);
    channels_free(house->holds.channels);
    heard_done(&house->heard);
    holds_done(&house->holds);
    wheel_free(house->holds.wheel);
    loop_free(house->holds.loop);
    free(house);
}

static struct guest *seat(struct house *house, char name, const char *channel, int *ended)
{
    struct guest *guest = mem_new(sizeof(*guest));
    guest->hold.kind = &kind;
    guest->hold.carrier = &carrier;
    guest->house = house;
    guest->name = name;
    guest->takes = true;
    guest->ended = ended;
    *ended = 0;
    hold_begin(&guest->hold, &house->holds);
    channels_join(house->holds.channels, &guest->hold, span_of(channel));
    hold_started(&guest->hold);
    house->flushed = 0;
    return guest;
}

static size_t publish(struct house *house, const char *channel, enum action action, size_t charge)
{
    struct msgbuf *buf = msgbuf_copy(SPAN("hello"));
    buf->charge = charge;
    struct publication publication = {.buf = buf};
    publication.item.channel = span_of(channel);
    publication.hash = wire_channel_hash(span_of(channel));
    publication.item.formats[FORMAT_STREAM] =
        (struct format){.is_present = true, .action = action, .content = msgbuf_bytes(buf)};
    size_t heard = channels_deliver(house->holds.channels, &publication, 1, &house->heard);
    heard_clear(&house->heard);
    msgbuf_unref(buf);
    return heard;
}

static void a_message_reaches_its_channel_and_no_other(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended[3];
    struct guest *a = seat(house, 'a', "news", &ended[0]);
    struct guest *b = seat(house, 'b', "newsletter", &ended[1]);
    struct guest *c = seat(house, 'c', "new", &ended[2]);
    assert_int_equal(publish(house, "news", ACTION_SEND, 5), 1);
    assert_int_equal(publish(house, "nobody", ACTION_SEND, 5), 0);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(a->got, 5);
    assert_int_equal(b->got, 0);
    assert_int_equal(c->got, 0);
    close_house(house);
}

static void joining_twice_delivers_once(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended;
    struct guest *a = seat(house, 'a', "news", &ended);
    channels_join(house->holds.channels, &a->hold, SPAN("news"));
    assert_int_equal(publish(house, "news", ACTION_SEND, 5), 1);
    close_house(house);
}

static void several_messages_of_a_turn_are_one_write(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended;
    struct guest *a = seat(house, 'a', "news", &ended);
    for (int i = 0; i < 10; i++)
        (void)publish(house, "news", ACTION_SEND, 5);
    assert_int_equal(a->got, 0);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(a->got, 50);
    assert_int_equal(house->flushed, 1);
    close_house(house);
}

static void a_close_ends_in_order_after_what_was_published_before(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended[2];
    (void)seat(house, 'a', "news", &ended[0]);
    struct guest *b = seat(house, 'b', "other", &ended[1]);
    (void)publish(house, "news", ACTION_SEND, 5);
    (void)publish(house, "news", ACTION_CLOSE, 5);
    assert_int_equal(publish(house, "news", ACTION_SEND, 5), 0);
    assert_int_equal(ended[0], 0); /* not during a delivery */
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended[0], 1);
    assert_int_equal(ended[1], 0);
    assert_int_equal(b->got, 0);
    close_house(house);
}

static void a_client_that_does_not_read_is_ended_at_its_backlog_and_hurts_nobody(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended[2];
    struct guest *slow = seat(house, 's', "news", &ended[0]);
    struct guest *fast = seat(house, 'f', "news", &ended[1]);
    slow->takes = false;
    house->limits.backlog_bytes = 1000;
    for (int i = 0; i < 10; i++)
        (void)publish(house, "news", ACTION_SEND, 100);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended[0], 0);
    (void)publish(house, "news", ACTION_SEND, 100);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended[0], 2);
    assert_int_equal(ended[1], 0);
    assert_int_equal(fast->got, 55);
    assert_int_equal(house->stats.ends[REASON_SLOW_CLIENT], 1);
    close_house(house);
}

static void a_burst_of_one_turn_is_no_backlog_of_a_client_that_reads(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended;
    struct guest *a = seat(house, 'a', "news", &ended);
    house->limits.backlog_bytes = 1000;
    for (int i = 0; i < 100; i++)
        (void)publish(house, "news", ACTION_SEND, 100);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended, 0);
    assert_int_equal(a->got, 500);
    close_house(house);
}

static void the_largest_backlog_goes_first_when_all_together_are_too_large(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended[2];
    struct guest *small = seat(house, 's', "a", &ended[0]);
    struct guest *large = seat(house, 'l', "b", &ended[1]);
    small->takes = large->takes = false;
    house->holds.charge_limit = 1500;
    (void)publish(house, "a", ACTION_SEND, 700);
    (void)publish(house, "b", ACTION_SEND, 900);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended[0], 0);
    assert_int_equal(ended[1], 2);
    close_house(house);
}

static void bytes_that_do_not_move_end_the_hold_after_the_stall_time(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended;
    struct guest *a = seat(house, 'a', "news", &ended);
    a->takes = false;
    (void)publish(house, "news", ACTION_SEND, 5);
    uint64_t now_ms = loop_now_ms(house->holds.loop);
    (void)holds_turn(&house->holds, now_ms);
    uint64_t wait_ms = holds_turn(&house->holds, now_ms + 1000);
    assert_int_equal(wait_ms, house->limits.stall_wait_ms - 1000);
    assert_int_equal(ended, 0);
    (void)holds_turn(&house->holds, now_ms + house->limits.stall_wait_ms);
    assert_int_equal(ended, 2);
    close_house(house);
}

static void an_ordered_end_waits_for_the_client_to_take_its_last_bytes(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended;
    struct guest *a = seat(house, 'a', "news", &ended);
    a->takes = false;
    (void)publish(house, "news", ACTION_SEND, 5);
    (void)publish(house, "news", ACTION_CLOSE, 5);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended, 0);
    a->takes = true;
    flush(&a->hold);
    assert_int_equal(a->got, 8);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(ended, 1);
    close_house(house);
}

static void channels_take_turns_in_being_flushed(void **state)
{
    (void)state;
    struct house *house = open_house();
    enum { CROWD = 200 };
    int ended[CROWD + 1];
    for (int i = 0; i < CROWD; i++)
        (void)seat(house, 'c', "crowded", &ended[i]);
    (void)seat(house, 'q', "quiet", &ended[CROWD]);
    (void)publish(house, "crowded", ACTION_SEND, 5);
    (void)publish(house, "quiet", ACTION_SEND, 5);
    (void)holds_turn(&house->holds, 0);
    assert_int_equal(house->flushed, CROWD + 1);
    /* The quiet channel came after the first slice of the crowded one, not after all of it. */
    assert_int_equal(house->order[64], 'q');
    close_house(house);
}

static void a_crowd_that_ends_together_takes_several_turns(void **state)
{
    (void)state;
    struct house *house = open_house();
    enum { CROWD = 300 };
    int ended[CROWD], turns = 0;
    for (int i = 0; i < CROWD; i++)
        (void)seat(house, 'c', "crowded", &ended[i]);
    (void)publish(house, "crowded", ACTION_CLOSE, 0);
    while (holds_turn(&house->holds, 0) == 0)
        turns++;
    assert_in_range(turns, 2, 10);
    for (int i = 0; i < CROWD; i++)
        assert_int_equal(ended[i], 1);
    close_house(house);
}

static void a_keep_alive_beats_when_idle_and_is_postponed_by_a_delivery(void **state)
{
    (void)state;
    struct house *house = open_house();
    int ended;
    struct guest *a = seat(house, 'a', "news", &ended);
    a->hold.keep_alive = msgbuf_copy(SPAN("b"));
    a->hold.keep_alive_ms = 1000;
    a->hold.is_idle_mode = true;
    hold_started(&a->hold);
    uint64_t start_ms = loop_now_ms(house->holds.loop);
    a->hold.active_ms = start_ms + 800; /* as a delivery would have written down */
    (void)wheel_turn(house->holds.wheel, start_ms + 1100);
    (void)holds_turn(&house->holds, start_ms + 1100);
    assert_int_equal(a->got, 0);
    (void)wheel_turn(house->holds.wheel, start_ms + 1900);
    (void)holds_turn(&house->holds, start_ms + 1900);
    assert_int_equal(a->got, 1);
    close_house(house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_reaches_its_channel_and_no_other),
        cmocka_unit_test(joining_twice_delivers_once),
        cmocka_unit_test(several_messages_of_a_turn_are_one_write),
        cmocka_unit_test(a_close_ends_in_order_after_what_was_published_before),
        cmocka_unit_test(a_client_that_does_not_read_is_ended_at_its_backlog_and_hurts_nobody),
        cmocka_unit_test(a_burst_of_one_turn_is_no_backlog_of_a_client_that_reads),
        cmocka_unit_test(the_largest_backlog_goes_first_when_all_together_are_too_large),
        cmocka_unit_test(bytes_that_do_not_move_end_the_hold_after_the_stall_time),
        cmocka_unit_test(an_ordered_end_waits_for_the_client_to_take_its_last_bytes),
        cmocka_unit_test(channels_take_turns_in_being_flushed),
        cmocka_unit_test(a_crowd_that_ends_together_takes_several_turns),
        cmocka_unit_test(a_keep_alive_beats_when_idle_and_is_postponed_by_a_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
