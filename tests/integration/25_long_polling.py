# SPDX-License-Identifier: Apache-2.0
"""Grip-Hold: response. The request waits for one message, which is its answer."""
import threading
import time

import pytest

from support.client import Connection, chunked, get, request
from support.grip import grip_instruct, poll_hold, poll_item, stream_item
from support.origin import CLOSE, answer
from support.waiting import scaled, until


@pytest.fixture
def poll(origin, connect, broker, channel):
    """poll(...) makes /poll a long-poll on `channel` and opens it; returns the connection, held."""
    def open_one(*channels, ask=get("/poll"), **more):
        origin.on("/poll", poll_hold(*(channels or [channel]), **more))
        connection, before = connect(), broker.metric("holds")
        connection.send(ask)
        broker.wait_metric("holds", before + 1)
        return connection
    return open_one


@pytest.fixture
def again(origin, broker):
    """again(count) waits until poll `count` of a connection is held; the one before is over by
    then, as its connection asks the next only afterwards."""
    def wait(count):
        origin.wait_asked("/poll", count)
        broker.wait_metric("holds", 1)
    return wait


# held, and answered


def test_nothing_is_sent_until_a_message_comes(poll, broker, channel):
    connection = poll(body=b"nothing new")
    broker.publish(poll_item(channel + "-other", "not mine"), stream_item(channel, "not mine"),
                   poll_item(channel, "mine"))
    got = connection.answer()
    assert (got.status, got.reason, got.read_all()) == (200, "OK", b"mine")
    assert not connection.ahead


def test_the_json_form_holds_and_response_is_its_usual_mode(origin, connect, broker, channel):
    origin.on("/poll", grip_instruct({"hold": {"channels": [{"name": channel}]},
                                      "response": {"headers": {"X-App": "1"}}}))
    connection = connect()
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "x"))
    got = connection.answer()
    assert (got.read_all(), got.headers.get("x-app")) == (b"x", "1")


def test_several_channels_and_the_first_message_of_any_is_the_answer(poll, broker, channel):
    connection = poll(f"{channel}-a, {channel}-b", f"{channel}-c")
    broker.wait_metric("subscriptions", 3)
    broker.publish(poll_item(f"{channel}-c", "c"), poll_item(f"{channel}-a", "a"))
    assert connection.answer().read_all() == b"c"
    broker.wait_metric("subscriptions", 0)


def test_one_message_is_delivered_and_no_second(poll, origin, broker, channel):
    connection = poll()
    origin.on("/next", answer(200, body=b"next"))
    broker.publish(poll_item(channel, "first"), poll_item(channel, "second"))
    assert connection.answer().read_all() == b"first"
    assert connection.ask(get("/next")).body == b"next"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_any_request_may_wait(poll, origin, broker, channel, method):
    connection = poll(ask=request(method, "/poll", body=b"q=1"))
    broker.publish(poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"
    assert [(asked.method, asked.body) for asked in origin.requests] == [(method, b"q=1")]


def test_a_chunked_request_may_wait(poll, broker, channel):
    connection = poll(ask=b"POST /poll HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                      chunked(b"abc"))
    broker.publish(poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"


def test_a_head_request_gets_a_head(poll, origin, broker, channel):
    origin.on("/next", answer(200, body=b"next"))
    connection = poll(ask=request("HEAD", "/poll"))
    broker.publish(poll_item(channel, "body"))
    got = connection.answer(method="HEAD")
    assert (got.status, got.body) == (200, b"")
    assert connection.ask(get("/next")).body == b"next"


def test_an_http_1_0_poll_is_answered_and_closed(poll, broker, channel):
    connection = poll(ask=get("/poll", version="1.0"))
    broker.publish(poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"
    assert connection.is_closed()


def test_a_client_that_wants_its_connection_closed_gets_that(poll, broker, channel):
    connection = poll(ask=get("/poll", ("Connection", "close")))
    broker.publish(poll_item(channel, "x"))
    got = connection.answer()
    assert got.read_all() == b"x"
    assert got.headers.get("connection") == "close"
    assert connection.is_closed()


def test_an_http2_client_polls_beside_other_streams(origin, client2, broker, channel):
    origin.on("/poll", poll_hold(channel, headers=[("X-App", "1")]))
    first, second = client2.get("/poll"), client2.get("/poll")
    broker.wait_metric("holds", 2)
    broker.publish(poll_item(channel, "x", code=201, headers={"X-New": "2"}))
    for stream in (first, second):
        assert client2.whole(stream) == b"x"
        assert (stream.status, stream.headers.get("x-app"), stream.headers.get("x-new")) == (
            201, "1", "2")
    third = client2.get("/poll")
    broker.wait_metric("holds", 1)
    client2.leave(third)


# the next poll


def test_a_loop_of_polls_stays_on_its_connection(origin, connect, broker, channel, again):
    origin.on("/poll", poll_hold(channel))
    connection = connect()
    for number in range(20):
        connection.send(get("/poll"))
        again(number + 1)
        broker.publish(poll_item(channel, f"<{number}>"))
        got = connection.answer()
        assert got.read_all() == b"<%d>" % number
        assert got.headers.get("connection") != "close"
    assert len(origin.requests) == 20


def test_a_request_behind_a_poll_is_answered_after_it(poll, origin, broker, channel):
    origin.on("/next", answer(200, body=b"next"))
    connection = poll(ask=get("/poll") + get("/next") + get("/next"))
    assert not origin.asked("/next")
    broker.publish(poll_item(channel, "x"))
    assert [connection.answer().read_all() for _ in range(3)] == [b"x", b"next", b"next"]


def test_polls_may_be_pipelined(poll, broker, channel, again):
    connection = poll(ask=get("/poll") * 3)
    for number in range(3):
        again(number + 1)
        broker.publish(poll_item(channel, f"<{number}>"))
        assert connection.answer().read_all() == b"<%d>" % number


def test_what_was_published_between_two_polls_is_not_kept(poll, broker, channel, again):
    connection = poll()
    broker.publish(poll_item(channel, "1"), poll_item(channel, "2"))
    assert connection.answer().read_all() == b"1"
    connection.send(get("/poll"))
    again(2)
    broker.publish(poll_item(channel, "3"))
    assert connection.answer().read_all() == b"3"


def test_a_stream_may_follow_a_poll_and_a_poll_a_stream(poll, hold, broker, channel, again):
    connection = poll(ask=get("/poll") + get("/hold") + get("/poll"))
    hold().connection.close()
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "polled"))
    assert connection.answer().read_all() == b"polled"
    stream = connection.answer()
    broker.publish(stream_item(channel, "streamed"),
                   {"channel": channel, "formats": {"http-stream": {"action": "close"}}})
    assert stream.read_all() == b"streamed"
    again(2)
    broker.publish(poll_item(channel, "polled again"))
    assert connection.answer().read_all() == b"polled again"


# many, and those who leave


def test_many_polls_get_a_message_once_each_and_poll_again(origin, connect, broker, channel):
    origin.on("/poll", poll_hold(channel))
    waiting = [connect() for _ in range(scaled(500))]
    for number in range(3):
        for connection in waiting:
            connection.send(get("/poll"))
        broker.wait_metric("holds", len(waiting), amount=20)
        broker.publish(poll_item(channel, f"<{number}>"))
        for connection in waiting:
            assert connection.answer(20).read_all(20) == b"<%d>" % number
            assert not connection.ahead
        broker.wait_metric("holds", 0)
    broker.wait_metric("channels", 0)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_is_forgotten(poll, broker, channel, how):
    gone, stays = poll(), poll()
    getattr(gone, how)()
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "x"))
    assert stays.answer().read_all() == b"x"


def test_clients_that_leave_while_a_message_comes_harm_nobody(origin, connect, broker, channel):
    origin.on("/poll", poll_hold(channel))
    for _ in range(10):
        leaving, stays = [connect() for _ in range(20)], connect()
        for connection in (*leaving, stays):
            connection.send(get("/poll"))
        broker.wait_metric("holds", len(leaving) + 1)
        publisher = threading.Thread(target=broker.publish, args=(poll_item(channel, "x"),))
        publisher.start()
        for connection in leaving:
            connection.reset()
        publisher.join()
        assert stays.answer().read_all() == b"x"
        broker.wait_metric("holds", 0)


# the answer when nothing comes


def test_after_grip_timeout_the_origins_own_answer_is_sent(origin, connect, broker, channel):
    """All forms at once, for they take five seconds; less than five counts as five."""
    forms = {
        "/plain": (poll_hold(channel, body=b"nothing\n", timeout=5, status=203, reason="Mine",
                             headers=[("X-App", "1"), ("Grip-Unknown", "1")]),
                   (203, "Mine", b"nothing\n")),
        "/short": (poll_hold(channel, body=b"raised", timeout=0), (200, "OK", b"raised")),
        "/status": (poll_hold(channel, body=b"gone", timeout=5,
                              headers=[("Grip-Status", "410 Over")]), (410, "Over", b"gone")),
        "/empty": (poll_hold(channel, timeout=5, headers=[("Grip-Status", "204")]),
                   (204, "No Content", b"")),
        "/exposed": (poll_hold(channel, timeout=5, headers=[
            ("X-App", "1"), ("X-Not", "2"), ("Grip-Expose-Headers", "X-App")]), (200, "OK", b"")),
        "/json": (grip_instruct({"hold": {"channels": [{"name": channel}], "timeout": 5},
                                 "response": {"code": 201, "body": "made",
                                              "headers": {"X-App": "1"}}}),
                  (201, "Created", b"made")),
    }
    began, waiting = time.monotonic(), {}
    for path, (hold, _) in forms.items():
        origin.on(path, hold)
        waiting[path] = connect()
        waiting[path].send(get(path))
    for path, (_, expected) in forms.items():
        got = waiting[path].answer(10)
        assert (got.status, got.reason, got.read_all()) == expected, path
        assert time.monotonic() - began > 3.9, path
        assert not [name for name in got.headers.names() if name.startswith("grip-")]
        assert got.headers.get("x-app") == ("1" if path in ("/plain", "/exposed", "/json") else None)
        assert "x-not" not in got.headers
    broker.wait_metric("holds", 0)
    origin.on("/next", answer(200, body=b"next"))
    for connection in waiting.values():
        assert connection.ask(get("/next")).body == b"next"


@pytest.mark.parametrize("timeout", ["soon", "-1", "5s"])
def test_a_timeout_that_is_none_is_a_502(origin, connect, channel, timeout):
    origin.on("/poll", poll_hold(channel, timeout=timeout))
    assert connect().ask(get("/poll")).status == 502


def test_action_close_sends_the_origins_own_answer_at_once(poll, origin, broker, channel):
    connection = poll(body=b"nothing new", status=203, reason="Mine")
    origin.on("/next", answer(200, body=b"next"))
    broker.publish(poll_item(channel, action="close"))
    got = connection.answer()
    assert (got.status, got.read_all()) == (203, b"nothing new")
    assert connection.ask(get("/next")).body == b"next"


def test_a_stop_answers_polls_with_the_origins_own_answer(origin, start_broker, channel):
    broker = start_broker()
    origin.on("/poll", poll_hold(channel, body=b"nothing new", status=203))
    waiting = [Connection(broker.port) for _ in range(5)]
    for connection in waiting:
        connection.send(get("/poll"))
    broker.wait_metric("holds", 5)
    broker.stop()
    for connection in waiting:
        got = connection.answer()
        assert (got.status, got.read_all()) == (203, b"nothing new")
        assert connection.is_closed()
        connection.close()




# bad answers


@pytest.mark.parametrize("size,status", [(2000, None), (2001, 502)])
def test_the_body_that_is_kept_for_later_has_its_limit(origin, start_broker, channel, size, status):
    broker = start_broker("--limit", "grip_body_bytes=2000")
    origin.on("/poll", poll_hold(channel, body=b"b" * size))
    connection = Connection(broker.port)
    connection.send(get("/poll"))
    if status:
        assert connection.answer().status == status
    else:
        broker.wait_metric("holds", 1)
    connection.close()


def test_an_instruction_that_is_cut_is_a_502(origin, connect, channel):
    whole = poll_hold(channel, body=b"x" * 1000)
    origin.on("/poll", lambda _: iter([whole[:-10], CLOSE]))
    assert connect().ask(get("/poll")).status == 502
    until(lambda: len(origin.requests) == 1, "one request")
