# SPDX-License-Identifier: Apache-2.0
"""Items with a prev-id wait for the one before them, and go out in order.

That an item is still waiting is seen by another one, published behind it, that is not.
"""
import time

import pytest

from support.client import Connection, get
from support.grip import close_item, poll_hold, poll_item, stream_hold, stream_item, ws_item
from support.over_http import subscribe
from support.waiting import Deadline, seconds

ROUTES = ["* {origin},over_http"]
WAIT = 5.0  # sequence_wait_ms


def item(channel, number, **more):
    """Number `number` of a chain, for streams."""
    return stream_item(channel, f"<{number}>", **{"id": str(number), "prev-id": str(number - 1),
                                                  **more})


def first(channel):
    return stream_item(channel, "<1>", id="1")


def end(channel):
    return stream_item(channel, "end")


# waiting


def test_an_item_waits_for_the_one_before_it(broker, stream, channel):
    broker.publish(first(channel))
    broker.publish(item(channel, 3))
    broker.publish(end(channel))
    stream.wait_for(b"<1>end")
    broker.publish(item(channel, 2))
    stream.wait_for(b"<3>")
    assert stream.body == b"<1>end<2><3>"


def test_a_chain_that_was_published_backwards_arrives_forwards(broker, stream, channel):
    for number in range(30, 1, -1):
        broker.publish(item(channel, number))
    broker.publish(first(channel))
    stream.wait_for(b"<30>")
    assert stream.body == b"".join(b"<%d>" % number for number in range(1, 31))


def test_a_batch_in_any_order_arrives_in_the_right_one(broker, stream, channel):
    numbers = [number * 7919 % 2003 + 1 for number in range(1, 2003)]  # 2 to 2003, mixed
    broker.publish(*[item(channel, number) for number in numbers], first(channel))
    stream.wait_for(b"<%d>" % max(numbers))
    assert stream.body == b"".join(b"<%d>" % number for number in [1, *sorted(numbers)])


def test_an_item_may_follow_one_that_is_not_the_last(broker, stream, channel):
    broker.publish(first(channel), item(channel, 2), item(channel, 3))
    broker.publish(stream_item(channel, "also after 1", **{"prev-id": "1"}))
    stream.wait_for(b"also after 1")


def test_items_without_prev_ids_do_not_wait(broker, stream, channel):
    broker.publish(item(channel, 3))
    broker.publish(stream_item(channel, "<9>", id="9"), stream_item(channel, "no id"))
    stream.wait_for(b"no id")
    assert stream.body == b"<9>no id"


def test_an_item_with_no_seq_does_not_wait(broker, stream, channel):
    broker.publish(item(channel, 7, **{"no-seq": True}))
    stream.wait_for(b"<7>")
    broker.publish(item(channel, 8))
    stream.wait_for(b"<8>")


def test_a_gap_on_one_channel_holds_up_no_other(broker, hold, channel):
    stream = hold(channel, channel + "-other")
    broker.publish(item(channel, 3))
    broker.publish(first(channel + "-other"), item(channel + "-other", 2))
    stream.wait_for(b"<2>")
    assert stream.body == b"<1><2>"


def test_who_subscribes_while_an_item_waits_gets_it(broker, hold, channel):
    broker.publish(item(channel, 3))
    stream = hold()
    broker.publish(item(channel, 2, **{"no-seq": True}))
    stream.wait_for(b"<3>")
    assert stream.body == b"<2><3>"


# every transport, every action


def test_a_poll_is_not_answered_by_what_waits(broker, origin, connect, channel):
    origin.on("/poll", poll_hold(channel))
    connection = connect()
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "two", id="2", prev_id="1"))
    broker.publish(poll_item(channel, "one", id="1"))
    assert connection.answer().read_all() == b"one"


def test_websockets_get_their_messages_in_order(broker, told, channel):
    client = told(subscribe(channel))
    broker.wait_metric("subscriptions", 1)
    for number in (3, 2):
        broker.publish({**ws_item(channel, str(number)), "id": str(number),
                        "prev-id": str(number - 1)})
    broker.publish({**ws_item(channel, "1"), "id": "1"})
    for number in "123":
        client.expect_text(number)


def test_http2_streams_get_their_messages_in_order(broker, origin, client2, channel):
    origin.on("/hold", stream_hold(channel))
    stream = client2.wait_head(client2.get("/hold"))
    broker.publish(item(channel, 3), item(channel, 2), first(channel), close_item(channel))
    assert client2.ended(stream, 10) == "cleanly"
    assert stream.body == b"<1><2><3>"


def test_the_formats_of_an_item_wait_together(broker, origin, connect, told, hold, channel):
    stream, client = hold(), told(subscribe(channel))
    origin.on("/poll", poll_hold(channel))
    poll = connect()
    poll.send(get("/poll"))
    broker.wait_metric("holds", 3)
    formats = {name: form for each in (stream_item(channel, "2"), poll_item(channel, "2"),
                                       ws_item(channel, "2"))
               for name, form in each["formats"].items()}
    broker.publish({"channel": channel, "id": "2", "prev-id": "1", "formats": formats})
    broker.publish({**ws_item(channel, "1"), **stream_item(channel, "1", id="0")})
    stream.wait_for(b"1")
    broker.publish({**ws_item(channel, "1"), "id": "1"})
    client.expect_text("1")
    client.expect_text("2")
    stream.wait_for(b"12")
    assert poll.answer().read_all() == b"2"


def test_a_close_action_waits_its_turn(broker, stream, channel):
    broker.publish({**close_item(channel), "id": "3", "prev-id": "2"})
    broker.publish(first(channel))
    broker.publish(item(channel, 2))
    assert stream.ended() == "cleanly"
    assert stream.body == b"<1><2>"


# waiting in vain


@pytest.fixture
def impatient(start_broker):
    """A broker in which items wait for 0.3 seconds."""
    return start_broker("--limit", "sequence_wait_ms=300ms")


@pytest.fixture
def listener(impatient, origin, channel):
    origin.on("/hold", stream_hold(channel))
    connection = Connection(impatient.port)
    connection.send(get("/hold"))
    yield connection.answer()
    connection.close()


def test_an_item_whose_predecessor_does_not_come_arrives_all_the_same(broker, stream, channel):
    began = time.monotonic()
    broker.publish(item(channel, 3))
    stream.wait_for(b"<3>", WAIT + 5)
    assert WAIT - 0.1 <= time.monotonic() - began


def test_then_its_chain_goes_with_it_and_goes_on_from_there(impatient, listener, channel):
    impatient.publish(first(channel), item(channel, 5), item(channel, 4), item(channel, 3))
    listener.wait_for(b"<1><3><4><5>")
    impatient.publish(item(channel, 6))
    listener.wait_for(b"<6>")
    impatient.publish(item(channel, 2))  # late is better than lost
    listener.wait_for(b"<2>")
    assert listener.body == b"<1><3><4><5><6><2>"
    assert impatient.metric("waits_timed_out") == 1
    assert impatient.metric("items_delayed") == 3
    assert impatient.metric("waiting_items") == impatient.metric("waiting_bytes") == 0


def test_each_goes_when_its_own_time_is_up(impatient, listener, channel):
    """Not when something else wakes the router."""
    deadline = Deadline(4, "ten waits of 0.3 seconds")
    for number in range(10):
        impatient.publish(item(channel, 1000 * number + 3))
        listener.wait_for(b"<%d003>" % number if number else b"<3>")
    deadline.left()


def test_items_that_wait_for_each_other_arrive(impatient, listener, channel):
    impatient.publish(*(stream_item(channel, f"<{one}>", **{"id": one, "prev-id": other})
                        for one, other in ("ab", "bc", "ca", "xx")))
    for name in (b"<a>", b"<b>", b"<c>", b"<x>"):
        listener.wait_for(name)
    assert len(listener.body) == 12


def test_a_stop_delivers_what_waits(origin, start_broker, channel):
    broker = start_broker()
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(item(channel, 4), item(channel, 3), item(channel, 9))
    began = time.monotonic()
    broker.stop()
    assert time.monotonic() - began < seconds(WAIT - 1)
    assert stream.ended() == "cleanly"
    assert stream.body == b"<3><4><9>"
    assert broker.has_log("info", "items=3")
    connection.close()


# limits


def test_past_waiting_items_the_oldest_goes(origin, start_broker, channel):
    broker = start_broker("--limit", "waiting_items=2")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    stream = connection.answer()
    for number in (3, 13, 23):
        broker.publish(item(channel, number))
    broker.publish(end(channel))
    stream.wait_for(b"end")
    assert stream.body == b"<3>end"
    assert broker.metric("waits_cut_short") == 1
    assert broker.metric("waiting_items") == 2
    connection.close()


def test_past_waiting_bytes_the_oldest_goes(origin, start_broker, channel):
    broker = start_broker("--limit", "waiting_bytes=20KiB")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    stream = connection.answer()
    for number in (3, 13):
        broker.publish(stream_item(channel, "x" * 10000 + f"<{number}>", id=str(number),
                                   **{"prev-id": str(number - 1)}))
    broker.publish(end(channel))
    stream.wait_for(b"end")
    assert stream.body == b"x" * 10000 + b"<3>end"
    assert 10000 < broker.metric("waiting_bytes") <= 20480
    connection.close()


def test_where_sequence_wait_ms_is_0_nothing_waits(origin, start_broker, channel):
    broker = start_broker("--limit", "sequence_wait_ms=0")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(item(channel, 3), end(channel))
    stream.wait_for(b"end")
    assert stream.body == b"<3>end"
    connection.close()
