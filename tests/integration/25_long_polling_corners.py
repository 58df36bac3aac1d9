# SPDX-License-Identifier: Apache-2.0
"""Long-polls that come back: what a connection keeps of its request, and who asks when."""
import threading
import time

import pytest

from support.client import Connection, chunked, get, request
from support.grip import poll_hold, poll_item, stream_item
from support.origin import answer
from support.waiting import scaled, until

TOO_LARGE = b"Request too large to accept GRIP instruct.\n"


@pytest.fixture
def script(origin):
    """script(answer...) makes /poll answer them one after another, the last one from then on."""
    def set_up(*answers):
        left = list(answers)
        origin.on("/poll", lambda _: left.pop(0) if len(left) > 1 else left[0])
    return set_up


@pytest.fixture
def hint_at(origin, broker, channel):
    """hint_at(count) sends a hint once the origin was asked `count` times and somebody is held."""
    def send(count):
        origin.wait_asked("/poll", count)
        broker.wait_metric("holds", 1)
        broker.publish(poll_item(channel, action="hint"))
    return send


# what is kept of a request


@pytest.mark.parametrize("size,fits", [(2000, True), (2001, False)])
def test_a_request_to_be_held_has_its_limit(origin, start_broker, channel, size, fits):
    broker = start_broker("--limit", "retained_body_bytes=2000")
    origin.on("/poll", poll_hold(channel))
    connection = Connection(broker.port)
    connection.send(request("POST", "/poll", body=b"x" * size))
    if fits:
        broker.wait_metric("holds", 1)
        broker.publish(poll_item(channel, "x"))
    got = connection.answer()
    assert (got.status, got.read_all()) == ((200, b"x") if fits else (400, TOO_LARGE))
    connection.close()


def test_the_limit_is_the_same_over_http2(origin, client2, channel):
    origin.on("/poll", poll_hold(channel))
    stream = client2.request("POST", "/poll", body=b"x" * 100001)
    assert (client2.whole(stream), stream.status) == (TOO_LARGE, 400)


def test_a_chunked_request_is_asked_again_and_told_to_continue_once(script, origin, connect, broker,
                                                                    channel, hint_at):
    script(poll_hold(channel), answer(200, body=b"fetched"))
    connection = connect()
    connection.send(b"POST /poll HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n")
    assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(chunked(b"abc") + get("/never"))
    hint_at(1)
    assert connection.answer().read_all() == b"fetched"
    assert connection.is_closed()  # where the chunks ended, and /never began, is not known any more
    assert [asked.body for asked in origin.requests] == [b"abc", b"abc"]


@pytest.mark.parametrize("data", [get("/poll", version="1.0"), get("/poll", ("Connection", "close"))],
                         ids=["HTTP/1.0", "close"])
def test_a_connection_that_ends_with_its_answer_still_does(script, origin, connect, channel, hint_at,
                                                           data):
    script(poll_hold(channel), poll_hold(channel), answer(200, body=b"fetched"))
    connection = connect()
    connection.send(data)
    hint_at(1)
    hint_at(2)
    assert connection.answer().read_all() == b"fetched"
    assert connection.is_closed()


def test_what_was_pipelined_stays_behind_however_often_the_poll_is_asked(script, origin, connect,
                                                                       channel, hint_at):
    script(poll_hold(channel), poll_hold(channel), answer(200, body=b"fetched"))
    origin.on("/next", answer(200, body=b"next"))
    connection = connect()
    connection.send(get("/poll") + get("/next"))
    hint_at(1)
    origin.wait_asked("/poll", 2)
    connection.send(get("/next"))
    hint_at(2)
    assert [connection.answer().read_all() for _ in range(3)] == [b"fetched", b"next", b"next"]


# what a retry says, and for whom


def test_grip_last_is_for_the_request_that_was_held_and_for_no_other(script, origin, connect, broker,
                                                                     channel, hint_at):
    script(poll_hold(channel + "; prev-id=3"), answer(200, body=b"fetched"))
    origin.on("/next", answer(200, body=b"next"))
    connection = connect()
    connection.send(get("/poll") + get("/next"))
    hint_at(1)
    assert [connection.answer().read_all() for _ in range(2)] == [b"fetched", b"next"]
    assert [asked.headers.all("grip-last") for asked in origin.requests] == [
        [], [f"{channel}; last-id=3"], []]


def test_an_http2_poll_that_is_behind_is_asked_again(script, origin, client2, broker, channel):
    broker.publish(stream_item(channel, "x", id="5"))
    until(lambda: broker.metric("bus_frames_drained") == broker.metric("bus_frames_sent"), "the bus")
    script(poll_hold(channel + "; prev-id=3"), answer(200, body=b"4 and 5"))
    assert client2.whole(client2.get("/poll")) == b"4 and 5"
    assert [asked.headers.all("grip-last") for asked in origin.requests] == [
        [], [f"{channel}; last-id=3"]]


def test_a_message_without_a_prev_id_does_not_follow_one(script, origin, connect, broker, channel):
    script(poll_hold(channel + "; prev-id=3"), answer(200, body=b"fetched"))
    connection = connect()
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "not to be delivered"))
    assert connection.answer().read_all() == b"fetched"


def test_polls_that_are_behind_are_asked_again_a_hundred_at_a_time(script, origin, start_broker,
                                                                   channel):
    broker = start_broker("--workers", "1")
    script(poll_hold(channel + "; prev-id=1"))
    waiting = [Connection(broker.port) for _ in range(250)]
    for connection in waiting:
        connection.send(get("/poll"))
    broker.wait_metric("holds", 250, amount=20)
    origin.on("/poll", answer(200, body=b"fetched"))
    began = time.monotonic()
    broker.publish({**poll_item(channel, "not to be delivered", id="9", prev_id="8"),
                    "no-seq": True})
    waiting.pop().close()
    waiting.pop().reset()
    for connection in waiting:
        assert connection.answer(10).read_all(10) == b"fetched"
        connection.close()
    assert time.monotonic() - began > 0.19  # the first hundred at once, then two times 100 ms


def test_whether_a_connection_ends_is_for_each_request_to_say(script, origin, connect, channel,
                                                              hint_at):
    script(poll_hold(channel), answer(200, body=b"fetched"))
    origin.on("/last", answer(200, body=b"last"))
    connection = connect()
    connection.send(get("/poll") + get("/last", ("Connection", "close")))
    hint_at(1)
    assert [connection.answer().read_all() for _ in range(2)] == [b"fetched", b"last"]
    assert connection.is_closed()


# one answer for many


def test_each_poll_is_answered_on_top_of_its_own_timeout_answer(origin, connect, broker, channel):
    for name in ("a", "b", "c"):
        origin.on("/" + name, poll_hold(channel, headers=[("X-Name", name)]))
    waiting = [(name, connect()) for name in ("a", "b", "c", "a", "b")]
    for name, connection in waiting:
        connection.send(get("/" + name))
    broker.wait_metric("holds", len(waiting))
    broker.publish(poll_item(channel, "x"))
    for name, connection in waiting:
        got = connection.answer()
        assert (got.read_all(), got.headers.get("x-name")) == (b"x", name)


def test_messages_of_one_publish_are_not_mixed_up(origin, connect, broker, channel):
    origin.on("/a", poll_hold(channel + "-a"))
    origin.on("/b", poll_hold(channel + "-b"))
    waiting = [(name, connect()) for name in ("a", "b") * 5]
    for name, connection in waiting:
        connection.send(get("/" + name))
    broker.wait_metric("holds", len(waiting))
    broker.publish(poll_item(channel + "-a", "for a"), poll_item(channel + "-b", "for b"))
    for name, connection in waiting:
        assert connection.answer().read_all() == b"for " + name.encode()


def test_who_closes_and_who_stays_are_answered_each_in_their_way(origin, connect, broker, channel):
    origin.on("/poll", poll_hold(channel))
    forms = [(get("/poll"), None), (get("/poll", ("Connection", "close")), "close"),
             (get("/poll", ("Connection", "keep-alive"), version="1.0"), "keep-alive")]
    waiting = [(data, how, connect()) for data, how in forms * 2]
    for data, _, connection in waiting:
        connection.send(data)
    broker.wait_metric("holds", len(waiting))
    broker.publish(poll_item(channel, "x"))
    for _, how, connection in waiting:
        got = connection.answer()
        assert (got.read_all(), got.headers.get("connection")) == (b"x", how)


# who leaves


def test_http2_clients_that_reset_while_a_message_comes_harm_nobody(origin, client2, broker, channel):
    origin.on("/poll", poll_hold(channel))
    for item in (poll_item(channel, "x"), poll_item(channel, action="close")) * scaled(10):
        streams = [client2.get("/poll") for _ in range(5)]
        broker.wait_metric("holds", 5)
        publisher = threading.Thread(target=broker.publish, args=(item,))
        publisher.start()
        for stream in streams[:3]:
            client2.leave(stream)
        publisher.join()
        for stream in streams[3:]:
            client2.whole(stream)
        broker.wait_metric("holds", 0)


def test_an_answer_at_a_stop_says_that_it_is_the_last(script, start_broker, channel):
    broker = start_broker()
    script(poll_hold(channel, body=b"nothing new"))
    connection = Connection(broker.port)
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    broker.stop()
    got = connection.answer()
    assert (got.read_all(), got.headers.get("connection")) == (b"nothing new", "close")
    connection.close()


@pytest.mark.parametrize("is_asked_again", [False, True])
def test_a_stop_while_the_origin_is_asked_is_told(script, origin, start_broker, channel,
                                                  is_asked_again):
    broker, may_answer = start_broker(), threading.Event()
    late = iter([may_answer, answer(200)])
    script(*([poll_hold(channel), late] if is_asked_again else [late]))
    connection = Connection(broker.port)
    connection.send(get("/poll"))
    if is_asked_again:
        broker.wait_metric("holds", 1)
        broker.publish(poll_item(channel, action="hint"))
    origin.wait_asked("/poll", 1 + is_asked_again)
    broker.stop()
    may_answer.set()
    assert connection.answer().status == 503
    connection.close()
