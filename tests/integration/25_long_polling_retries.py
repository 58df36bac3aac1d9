# SPDX-License-Identifier: Apache-2.0
"""A poll put to the origin once more: on a hint, and where its prev-id is not the last id."""
import threading

import pytest

from support.client import Connection, get, request
from support.grip import is_signed_hs256, poll_hold, poll_item, stream_hold, stream_item
from support.origin import CLOSE, answer
from support.waiting import until


@pytest.fixture
def begin(origin, connect, broker):
    """begin(script, ...) asks for /poll; script: what the origin answers, one after another, the
    last one from then on. Returns the connection; `holds` is how many holds to wait for."""
    def ask(*script, data=get("/poll"), holds=1):
        left = list(script)
        origin.on("/poll", lambda _: left.pop(0) if len(left) > 1 else left[0])
        broker.wait_metric("holds", 0)
        connection = connect()
        connection.send(data)
        broker.wait_metric("holds", holds)
        return connection
    return ask


@pytest.fixture
def tell(broker):
    """tell(item...) publishes and waits until every frontend knows."""
    def publish(*items):
        broker.publish(*items)
        until(lambda: broker.metric("bus_frames_drained") == broker.metric("bus_frames_sent"),
              "the bus being empty")
    return publish


def hint(channel):
    return poll_item(channel, action="hint")


# hints


def test_a_hint_asks_the_origin_again_and_its_answer_is_the_clients(begin, origin, broker, channel):
    connection = begin(poll_hold(channel, headers=[("X-Old", "1")]),
                       answer(203, [("X-New", "1")], b"fetched", "Mine"))
    broker.publish(hint(channel))
    got = connection.answer()
    assert (got.status, got.reason, got.read_all()) == (203, "Mine", b"fetched")
    assert "x-old" not in got.headers and got.headers.get("x-new") == "1"
    assert len(origin.requests) == 2
    broker.wait_metric("holds", 0)


def test_the_whole_request_is_asked_again(begin, origin, broker, channel):
    body = bytes(range(256)) * 100
    begin(poll_hold(channel), answer(200), data=request(
        "POST", "/poll?a=%20b&c", [("Cookie", "x=1"), ("Content-Type", "a/b"), ("X-App", "1")],
        body))
    broker.publish(hint(channel))
    first, second = origin.wait_asked("/poll", 1), origin.wait_asked("/poll", 2)
    assert (second.method, second.target, second.body) == ("POST", "/poll?a=%20b&c", body)
    for name in ("host", "cookie", "content-type", "x-app", "x-forwarded-for"):
        assert second.headers.all(name) == first.headers.all(name), name
    assert is_signed_hs256(second.get("grip-sig"), b"secret")
    assert "grip-last" not in second.headers


def test_the_answer_to_a_hint_may_be_a_new_hold(begin, origin, broker, channel):
    connection = begin(poll_hold(channel), poll_hold(channel + "-new", channel + "-newer"))
    broker.publish(hint(channel))
    broker.wait_metric("subscriptions", 2)
    broker.publish(poll_item(channel, "for the old"), poll_item(channel + "-new", "for the new"))
    assert connection.answer().read_all() == b"for the new"
    assert len(origin.requests) == 2


def test_the_answer_to_a_hint_may_be_a_stream(begin, broker, channel):
    connection = begin(poll_hold(channel), stream_hold(channel, body=b"begun "))
    broker.publish(hint(channel))
    stream = connection.answer()
    stream.wait_for(b"begun ")
    broker.publish(stream_item(channel, "and goes on"))
    stream.wait_for(b"begun and goes on")


def test_hints_while_the_origin_is_being_asked_do_not_pile_up(begin, origin, broker, channel):
    may_answer = threading.Event()
    late = iter([may_answer, answer(200, body=b"fetched")])
    connection = begin(poll_hold(channel), late)
    broker.publish(hint(channel))
    origin.wait_asked("/poll", 2)
    broker.publish(*[hint(channel)] * 50)
    may_answer.set()
    assert connection.answer().read_all() == b"fetched"
    assert len(origin.requests) == 2


def test_one_hint_reaches_every_poll(origin, connect, broker, channel):
    origin.on("/poll", poll_hold(channel))
    waiting = [connect() for _ in range(50)]
    for connection in waiting:
        connection.send(get("/poll"))
    broker.wait_metric("holds", 50)
    origin.on("/poll", answer(200, body=b"fetched"))
    broker.publish(hint(channel))
    for connection in waiting:
        assert connection.answer().read_all() == b"fetched"
    assert len(origin.requests) == 100


def test_an_origin_that_fails_at_a_hint_is_a_502(begin, origin, broker, channel):
    connection = begin(poll_hold(channel), [CLOSE])
    broker.publish(hint(channel))
    assert connection.answer().status == 502
    broker.wait_metric("holds", 0)


def test_a_client_may_leave_while_the_origin_is_asked_again(begin, origin, broker, channel):
    may_answer = threading.Event()
    connection = begin(poll_hold(channel), iter([may_answer, answer(200)]))
    broker.publish(hint(channel))
    origin.wait_asked("/poll", 2)
    connection.close()
    may_answer.set()
    broker.wait_metric("holds", 0)


def test_after_a_hint_the_connection_goes_on(begin, origin, broker, channel):
    connection = begin(poll_hold(channel), answer(200, body=b"fetched"))
    broker.publish(hint(channel))
    assert connection.answer().read_all() == b"fetched"
    origin.on("/next", answer(200, body=b"next"))
    assert connection.ask(get("/next")).body == b"next"


def test_an_http2_poll_is_asked_again_too(origin, client2, broker, channel):
    origin.on("/poll", poll_hold(channel))
    stream = client2.get("/poll")
    broker.wait_metric("holds", 1)
    origin.on("/poll", answer(200, body=b"fetched"))
    broker.publish(hint(channel))
    assert client2.whole(stream) == b"fetched"


# ids


def test_a_prev_id_that_is_not_the_last_id_asks_the_origin_again(begin, origin, tell, channel):
    tell(stream_item(channel, "x", id="5"))
    connection = begin(poll_hold(channel + "; prev-id=3"), answer(200, body=b"4 and 5"), holds=0)
    assert connection.answer().read_all() == b"4 and 5"
    assert [asked.headers.all("grip-last") for asked in origin.requests] == [
        [], [f"{channel}; last-id=3"]]


def test_each_channel_with_a_prev_id_is_named(begin, origin, tell, channel):
    tell(stream_item(channel + "-b", "x", id="5"))
    connection = begin(poll_hold(f"{channel}-a; prev-id=1, {channel}-b; prev-id=3", channel + "-c"),
                       answer(200, body=b"x"), holds=0)
    assert connection.answer().read_all() == b"x"
    assert origin.requests[1].headers.all("grip-last") == [
        f"{channel}-a; last-id=1", f"{channel}-b; last-id=3"]


def test_a_prev_id_that_is_the_last_id_is_held(begin, origin, broker, tell, channel):
    tell(stream_item(channel, "x", id="4"), stream_item(channel, "x", id="5"))
    connection = begin(poll_hold(channel + "; prev-id=5"))
    broker.publish(poll_item(channel, "6", id="6", prev_id="5"))
    assert connection.answer().read_all() == b"6"
    assert len(origin.requests) == 1


def test_a_prev_id_on_a_channel_nothing_is_known_of_is_held(begin, origin, broker, channel):
    connection = begin(poll_hold(channel + "; prev-id=5"))
    broker.publish(poll_item(channel, action="close"))
    assert connection.answer().read_all() == b""
    assert len(origin.requests) == 1


def test_a_poll_of_the_message_that_just_went_out_hears_the_next(begin, broker, tell, channel):
    """A loop as a client makes it: each poll says what the last one brought."""
    connection = begin(poll_hold(channel))
    tell(poll_item(channel, "<1>", id="1"))
    assert connection.answer().read_all() == b"<1>"
    for number in range(2, 8):
        connection = begin(poll_hold(f"{channel}; prev-id={number - 1}"))
        tell(poll_item(channel, f"<{number}>", id=str(number), prev_id=str(number - 1)))
        assert connection.answer().read_all() == b"<%d>" % number


def test_an_item_that_does_not_follow_asks_the_origin_again(begin, origin, broker, tell, channel):
    tell(stream_item(channel, "x", id="1"), stream_item(channel, "x", id="2"))
    connection = begin(poll_hold(channel + "; prev-id=2"), answer(200, body=b"fetched"))
    broker.publish(poll_item(channel, "not to be delivered", id="3", prev_id="1"))
    assert connection.answer().read_all() == b"fetched"
    assert origin.requests[1].headers.all("grip-last") == [f"{channel}; last-id=2"]


def test_an_origin_that_insists_on_its_prev_id_is_not_asked_for_ever(begin, origin, broker, tell,
                                                                    channel):
    tell(stream_item(channel, "x", id="5"))
    connection = begin(poll_hold(channel + "; prev-id=3"), holds=1)
    assert 2 <= len(origin.requests) <= 6
    connection.close()


def test_grip_last_of_a_client_never_reaches_the_origin(begin, origin, tell, channel):
    tell(stream_item(channel, "x", id="5"))
    connection = begin(poll_hold(channel + "; prev-id=3"), answer(200, body=b"x"), holds=0,
                       data=get("/poll", ("Grip-Last", "forged; last-id=1")))
    assert connection.answer().read_all() == b"x"
    assert [asked.headers.all("grip-last") for asked in origin.requests] == [
        [], [f"{channel}; last-id=3"]]


def test_a_channel_prefix_is_no_business_of_the_origin(origin, start_broker, channel):
    broker = start_broker(routes=[f"*,prefix=pre- {origin.address}"])
    broker.publish(stream_item("pre-" + channel, "x", id="5"))
    until(lambda: broker.metric("bus_frames_drained") == broker.metric("bus_frames_sent"), "the bus")
    script = [poll_hold(channel + "; prev-id=3"), answer(200, body=b"x")]
    origin.on("/poll", lambda _: script.pop(0))
    connection = Connection(broker.port)
    assert connection.ask(get("/poll")).body == b"x"
    assert origin.requests[1].headers.all("grip-last") == [f"{channel}; last-id=3"]
    connection.close()
