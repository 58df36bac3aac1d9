# SPDX-License-Identifier: Apache-2.0
"""An id that was published before is answered 200 and delivered to nobody again."""
import threading
import time

import pytest

from support.client import Connection, get
from support.grip import poll_hold, poll_item, stream_hold, stream_item, ws_item
from support.over_http import subscribe
from support.waiting import until

ROUTES = ["* {origin},over_http"]


@pytest.fixture
def listen(origin, channel):
    """listen(broker) opens a stream on `channel` at a broker of the test's own."""
    opened = []

    def open_stream(broker):
        origin.on("/hold", stream_hold(channel))
        opened.append(Connection(broker.port))
        opened[-1].send(get("/hold"))
        return opened[-1].answer()
    yield open_stream
    for connection in opened:
        connection.close()


def test_the_second_of_two_is_answered_like_the_first_and_not_delivered(broker, stream, channel):
    answers = [broker.post_items(stream_item(channel, content, id="1"))
               for content in ("x", "other content")]
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"xend"
    assert [(got.status, got.body) for got in answers] == [(200, b"Published\n")] * 2
    assert broker.metric("items_duplicate") == 1


def test_the_same_id_twice_in_one_request_counts_once(broker, stream, channel):
    broker.publish(stream_item(channel, "x", id="1"), stream_item(channel, "y", id="1"),
                   stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"xend"


def test_a_request_that_is_repeated_whole_is_delivered_once(broker, stream, channel):
    batch = [stream_item(channel, f"<{number}>", id=str(number)) for number in range(100)]
    for _ in range(3):
        broker.publish(*batch)
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"".join(b"<%d>" % number for number in range(100)) + b"end"


def test_items_without_an_id_are_never_duplicates(broker, stream, channel):
    broker.publish(stream_item(channel, "x"))
    broker.publish(stream_item(channel, "x"), stream_item(channel, "x", id=""),
                   stream_item(channel, "x", id=""), stream_item(channel, "x", id=None))
    stream.wait_for(b"xxxxx")


def test_each_channel_has_ids_of_its_own(broker, hold, channel):
    stream = hold(channel, channel + "1")
    broker.publish(stream_item(channel, "x", id="1"), stream_item(channel + "1", "y", id="1"),
                   stream_item(channel, "z", id="11"))
    stream.wait_for(b"xyz")


def test_a_refused_request_uses_up_no_id(broker, stream, channel):
    refused = broker.post_items(stream_item(channel, "x", id="1"), {"channel": 1})
    assert refused.status == 400
    broker.publish(stream_item(channel, "y", id="1"))
    stream.wait_for(b"y")
    assert stream.body == b"y"


def test_an_id_is_used_up_for_all_transports(broker, origin, connect, told, hold, channel):
    stream, client = hold(), told(subscribe(channel))
    origin.on("/poll", poll_hold(channel))
    poll = connect()
    poll.send(get("/poll"))
    broker.wait_metric("holds", 3)
    broker.publish({**ws_item(channel, "x"), "id": "1"})
    broker.publish(stream_item(channel, "x", id="1"), poll_item(channel, "x", id="1"))
    broker.publish(stream_item(channel, "end"), poll_item(channel, "end"), ws_item(channel, "end"))
    client.expect_text("x")
    client.expect_text("end")
    stream.wait_for(b"end")
    assert stream.body == poll.answer().read_all() == b"end"


def test_one_that_waits_makes_a_duplicate_of_the_next(broker, stream, channel):
    for content in ("2", "again"):
        broker.publish(stream_item(channel, content, **{"id": "2", "prev-id": "1"}))
    broker.publish(stream_item(channel, "1", id="1"), stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"12end"


def test_ids_may_be_long_and_of_any_script(broker, stream, channel):
    long = "é" * 500
    broker.publish(stream_item(channel, "1", id=long + "a"), stream_item(channel, "2", id=long + "b"),
                   stream_item(channel, "no", id=long + "a"), stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"12end"


# two publishers


def run_beside(count, work):
    """Calls work(number) in threads beside each other; fails where one did."""
    failures = []

    def guarded(number):
        try:
            work(number)
        except BaseException as failure:
            failures.append(failure)
    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_two_publishers_of_one_stream_deliver_it_once_and_in_order(broker, stream, channel):
    def publish_all(_):
        for number in range(1, 101):
            broker.publish(stream_item(channel, f"<{number}>", **{
                "id": str(number), "prev-id": str(number - 1) if number > 1 else None}))
    run_beside(2, publish_all)
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"".join(b"<%d>" % number for number in range(1, 101)) + b"end"


def test_where_one_of_them_fails_the_other_fills_the_gap(broker, stream, channel):
    """One sends the even, one the odd numbers of a part of the stream."""
    def publish_all(who):
        for number in range(1, 101):
            if 30 < number < 70 and number % 2 == who:
                continue
            broker.publish(stream_item(channel, f"<{number}>", **{
                "id": str(number), "prev-id": str(number - 1) if number > 1 else None}))
    run_beside(2, publish_all)
    stream.wait_for(b"<100>")
    assert stream.body == b"".join(b"<%d>" % number for number in range(1, 101))


# the window


def publish_until_new(broker, channel):
    """Repeats the id 1 until it is new again. Returns: after how many seconds."""
    began = time.monotonic()

    def publish():
        before = broker.metric("items_duplicate")
        broker.publish(stream_item(channel, "again", id="1"))
        return broker.metric("items_duplicate") == before
    until(publish, "the id being new again", 20)
    return time.monotonic() - began


@pytest.mark.parametrize("flags,window", [((), 10.0), (("--limit", "dedup_window_ms=400ms"), 0.4)])
def test_an_id_is_new_again_when_the_window_is_over(start_broker, listen, channel, flags, window):
    broker = start_broker(*flags)
    stream = listen(broker)
    broker.publish(stream_item(channel, "x", id="1"))
    stream.wait_for(b"x")
    assert publish_until_new(broker, channel) > window - 0.2
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"xagainend"


def test_where_dedup_window_ms_is_0_nothing_is_a_duplicate(start_broker, listen, channel):
    broker = start_broker("--limit", "dedup_window_ms=0")
    stream = listen(broker)
    broker.publish(stream_item(channel, "x", id="1"), stream_item(channel, "y", id="1"))
    stream.wait_for(b"xy")


def test_past_known_ids_the_oldest_is_forgotten_and_counted(start_broker, listen, channel):
    broker = start_broker("--limit", "known_ids=10")
    stream = listen(broker)
    batch = [stream_item(channel, f"<{number}>", id=str(number)) for number in range(11)]
    broker.publish(*batch)
    broker.publish(batch[10], batch[0], batch[10], stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"".join(b"<%d>" % number for number in [*range(11), 0]) + b"end"
    assert broker.metric("ids_forgotten") == 2
    assert broker.metric("known_ids") == 10


def test_the_last_id_of_a_quiet_channel_outlives_a_busy_one(start_broker, listen, channel):
    broker = start_broker("--limit", "known_ids=10")
    stream = listen(broker)
    broker.publish(stream_item(channel, "<1>", id="1"))
    broker.publish(*(stream_item(channel + "-busy", "x", id=str(number)) for number in range(100)))
    broker.publish(stream_item(channel, "<2>", **{"id": "2", "prev-id": "1"}),
                   stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"<1><2>end"
