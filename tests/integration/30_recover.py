# SPDX-License-Identifier: Apache-2.0
"""POST /recover/: every held long-poll is put to its origin again, for publications may be lost."""
import json
import time

import pytest

from support.client import Connection, get, post
from support.grip import poll_hold, poll_item
from support.origin import answer
from support.waiting import until


def recover(broker, path="/recover/", **more):
    return broker.control("POST", path, b"", **more)


@pytest.fixture
def polls(origin, connect, broker, channel):
    """polls(n) holds so many long-polls on `channel`."""
    def begin(count):
        origin.on("/poll", poll_hold(channel))
        waiting = [connect() for _ in range(count)]
        for connection in waiting:
            connection.send(get("/poll"))
        broker.wait_metric("holds", count, amount=20)
        return waiting
    return begin


def test_a_held_poll_is_put_to_its_origin_again(polls, origin, broker):
    connection, = polls(1)
    origin.on("/poll", answer(200, body=b"what was lost"))
    got = recover(broker)
    assert (got.status, got.body) == (200, b"Updated\n")
    assert got.headers.get("content-type") == "text/plain"
    assert connection.answer().read_all() == b"what was lost"
    assert len(origin.requests) == 2


def test_who_polls_by_http_2_is_not_forgotten(origin, client2, broker, channel):
    origin.on("/poll", poll_hold(channel))
    stream = client2.get("/poll")
    broker.wait_metric("holds", 1)
    origin.on("/poll", answer(200, body=b"what was lost"))
    recover(broker)
    assert client2.whole(stream) == b"what was lost"


@pytest.mark.parametrize("path", ["/recover", "//recover/", "/service/x/recover/", "/recover/?a=b"])
def test_it_stands_where_publish_does(polls, origin, broker, path):
    connection, = polls(1)
    origin.on("/poll", answer(200, body=b"fetched"))
    assert recover(broker, path).status == 200
    assert connection.answer().read_all() == b"fetched"


def test_the_answer_is_json_for_who_wants_that(broker):
    got = recover(broker, headers=[("Accept", "application/json")])
    assert (got.headers.get("content-type"), got.body) == (
        "application/json", b'{"message":"Updated"}\n')
    assert broker.control("GET", "/recover/").status == 405


def test_a_poll_that_is_held_again_gets_the_next_message(polls, origin, broker, channel):
    connection, = polls(1)
    recover(broker)
    origin.wait_asked("/poll", 2)
    broker.wait_metric("subscriptions", 1)
    broker.publish(poll_item(channel, "a message"))
    assert connection.answer().read_all() == b"a message"


def test_all_last_ids_are_forgotten(origin, connect, broker, channel):
    """An origin that restarted with ids of its own is believed."""
    broker.publish(poll_item(channel, "x", id="9"))
    recover(broker)
    origin.on("/poll", poll_hold(f"{channel}; prev-id=1"))
    connect().send(get("/poll"))
    broker.wait_metric("holds", 1)
    assert len(origin.requests) == 1


def test_many_polls_are_spread_over_time(polls, origin, broker):
    """At most 100 of a frontend each 100 ms (GRIP 3.2): 900 on two frontends take 400 ms or more."""
    waiting = polls(900)
    origin.on("/poll", answer(200, body=b"fetched"))
    before = broker.metric("retries_total")
    began = time.monotonic()
    recover(broker)
    until(lambda: broker.metric("retries_total") == before + 900, "the last of them being asked", 20)
    assert time.monotonic() - began >= 0.4
    for connection in waiting:
        assert connection.answer().read_all() == b"fetched"
    assert len(origin.requests) == 1800


def test_recovering_again_meanwhile_asks_nobody_twice(polls, origin, broker):
    waiting = polls(300)
    origin.on("/poll", answer(200, body=b"fetched"))
    for _ in range(20):
        recover(broker)
    for connection in waiting:
        assert connection.answer().read_all() == b"fetched"
    assert len(origin.requests) == 600


def test_messages_come_through_meanwhile(polls, origin, broker, channel):
    """Who has not had its turn yet is answered by what is published."""
    waiting = polls(300)
    origin.on("/poll", answer(200, body=b"fetched"))
    recover(broker)
    broker.publish(poll_item(channel, "published"))
    got = [connection.answer().read_all() for connection in waiting]
    assert set(got) <= {b"fetched", b"published"}
    until(lambda: broker.metric("holds") == 0, "every poll being answered")


def test_who_is_just_being_answered_is_left_to_take_its_answer(start_broker, origin, channel):
    """The last of 550 polls waits for its turn when its answer comes, too large to leave at once."""
    broker = start_broker("--workers", "1", "--limit", "content_bytes=0")
    origin.on("/poll", poll_hold(channel))
    origin.on("/large", poll_hold(channel + "-large"))
    waiting = [Connection(broker.port) for _ in range(549)]
    for connection in waiting:
        connection.send(get("/poll"))
    broker.wait_metric("holds", 549)
    slow = Connection(broker.port, receive_buffer=4096)
    slow.send(get("/large"))
    broker.wait_metric("holds", 550)
    origin.on("/poll", answer(200, body=b"fetched"))
    item = {"items": [poll_item(channel + "-large", "x" * 1000000)]}
    control = Connection(broker.control_port)
    control.send(post("/recover/", b"") + post("/publish/", json.dumps(item).encode()))
    broker.wait_metric("retries", 549)
    got = slow.answer()
    assert got.read_all() == b"x" * 1000000
    for connection in (*waiting, slow, control):
        connection.close()


def test_to_recover_needs_a_permit_for_every_channel(start_broker):
    broker = start_broker("--publish-token", "t", "--publisher", "news token=n,channels=news-")
    assert recover(broker).status == 401
    assert recover(broker, headers=[("Fastly-Key", "n")]).status == 403
    assert recover(broker, headers=[("Fastly-Key", "t")]).status == 200
    assert recover(broker, headers=[("Fastly-Key", "t"), ("Origin", "http://x")]).status == 403


def test_streams_do_not_notice(stream, broker, channel):
    recover(broker)
    recover(broker)
    broker.publish({"channel": channel, "formats": {"http-stream": {"content": "still here"}}})
    stream.wait_for(b"still here")
