# SPDX-License-Identifier: Apache-2.0
"""WebSocket-over-HTTP, the conversation: events there and back, one request at a time."""
import threading

import pytest

from support.grip import is_signed_hs256
from support.over_http import (OPEN, binary, closing, control, echo, event, events_answer, polite,
                               text)
from support.websocket import CLOSE, PING, PONG, TEXT, close_payload, frame

ROUTES = ["* {origin},over_http", "one.test {origin},over_http,one_event",
          "pong.test {origin},over_http,auto_pong"]


@pytest.fixture
def blocked(over_http, websocket):
    """A WebSocket whose origin keeps the request with "block" until `release()`; `origin` is it."""
    may_answer = threading.Event()

    def reply(request):
        if ("TEXT", b"block") in request.events:
            return iter([may_answer, events_answer(*echo(request))])
        return echo(request)

    def begin(**more):
        origin = over_http(reply=reply)
        client = websocket(**more)
        client.origin, client.release = origin, may_answer.set
        client.text("block")
        origin.wait("TEXT", b"block")
        return client
    yield begin
    may_answer.set()


# events


def test_the_worked_example_of_the_wire_reference(over_http, websocket, broker, channel):
    def reply(request):
        return [text("m:hello")] if ("TEXT", b"hello") in request.events else polite(request)
    origin = over_http(extension="grip", headers=[("Set-Meta-User", "alice")], reply=reply,
                       opening=[control("subscribe", channel=channel)])
    client = websocket()
    client.text("hello")
    client.expect_text("hello")
    client.close(1000, "bye")
    assert client.expect_close() == (1000, "bye")
    assert [request.body for request in origin.requests] == [
        OPEN, b"TEXT 5\r\nhello\r\n", b"CLOSE 5\r\n\x03\xe8bye\r\n"]
    assert [request.get("meta-user") for request in origin.requests] == [None, "alice", "alice"]
    assert len({request.get("connection-id") for request in origin.requests}) == 1


@pytest.mark.parametrize("sent,told", [
    (frame(TEXT, ""), b"TEXT 0\r\n\r\n"), (frame(TEXT, "é"), b"TEXT 2\r\n\xc3\xa9\r\n"),
    (frame(TEXT, "x" * 171), b"TEXT ab\r\n" + b"x" * 171 + b"\r\n"),
    (frame(2, b"\r\n\xff"), b"BINARY 3\r\n\r\n\xff\r\n"), (frame(2), b"BINARY 0\r\n\r\n"),
    (frame(PING), b"PING\r\n"), (frame(PING, "data"), b"PING 4\r\ndata\r\n"),
    (frame(PONG), b"PONG\r\n"), (frame(PONG, "data"), b"PONG 4\r\ndata\r\n"),
    (frame(CLOSE), b"CLOSE\r\n"), (frame(CLOSE, close_payload(4321)), b"CLOSE 2\r\n\x10\xe1\r\n"),
], ids=str)
def test_what_a_client_sends_is_an_event_to_the_letter(over_http, websocket, sent, told):
    origin = over_http()
    client = websocket()
    client.send(sent)
    assert origin.wait_requests(2).body == told


@pytest.mark.parametrize("told", [
    b"TEXT C\r\nYou said Hi!\r\n", b"TEXT c\r\nYou said Hi!\r\n", b"TEXT 0C\r\nYou said Hi!\r\n",
    b"TEXT 0000000c\r\nYou said Hi!\r\n", b"TEXT 00000000000000000000c\r\nYou said Hi!\r\n",
    b"TEXT c\r\nYou said Hi!", b"TEXT ff\r\nYou said Hi!", b"FUTURE\r\nTEXT c\r\nYou said Hi!\r\n",
    b"FUTURE 3\r\nabc\r\nTEXT c\r\nYou said Hi!\r\n",
], ids=str)
def test_an_origin_may_spell_its_events_differently(over_http, websocket, told):
    over_http(reply=lambda request: [told])
    client = websocket()
    client.text("Hi!")
    client.expect_text("You said Hi!")


def test_all_events_of_an_answer_are_frames_in_order(over_http, websocket):
    over_http(reply=lambda request: [text("1"), binary(b"\xff"), event("PING"), event("PING", "p"),
                                     event("PONG", "q"), text(""), closing(4000, "end")])
    client = websocket()
    client.text("x")
    client.expect_text("1")
    client.expect_binary(b"\xff")
    client.expect(PING, b"")
    client.expect(PING, b"p")
    client.expect(PONG, b"q")
    client.expect_text("")
    client.expect_closed(4000, "end")


def test_without_events_an_answer_says_nothing(over_http, websocket):
    origin = over_http()
    client = websocket()
    for number in range(3):
        client.text(str(number))
        origin.wait("TEXT", str(number).encode())
    assert not client.connection.ahead


def test_a_ping_is_the_origins_to_answer(over_http, websocket):
    origin = over_http(reply=lambda request: [event("PONG", b"its own")])
    client = websocket()
    client.ping(b"mine")
    client.expect(PONG, b"its own")
    assert origin.events() == [("PING", b"mine")]


def test_with_auto_pong_pings_are_answered_here(over_http, websocket):
    origin = over_http(reply=echo)
    client = websocket(host="pong.test")
    for data in (b"", b"1", b"x" * 125):
        client.ping(data)
        client.expect(PONG, data)
    client.pong(b"unasked")
    client.text("done")
    client.expect_text("done")
    assert "PING" not in [kind for kind, _ in origin.events()]


# requests


def test_the_clients_request_is_repeated_each_time(over_http, websocket, target):
    origin = over_http(reply=echo)
    client = websocket(("Cookie", "a=1"), ("X-App", "1"), ("Sec-WebSocket-Protocol", "p"),
                       at=target + "?q=1")
    for number in range(3):
        client.text(str(number))
        client.expect_text(str(number))
    first = origin.requests[0]
    for request in origin.requests:
        assert (request.method, request.target) == ("POST", target + "?q=1")
        assert is_signed_hs256(request.get("grip-sig"), b"secret")
        for name in ("connection-id", "cookie", "x-app", "content-type", "accept", "host",
                     "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-version",
                     "sec-websocket-protocol", "x-forwarded-for"):
            assert request.headers.all(name) == first.headers.all(name) != [], name


def test_one_request_is_under_way_and_what_came_meanwhile_is_the_next(blocked):
    client = blocked()
    client.send(b"".join(frame(TEXT, f"<{number}>") for number in range(50)))
    client.ping(b"ping")
    client.binary(b"last")
    client.origin.wait_requests(2)
    client.release()
    client.expect_text("block")
    for number in range(50):
        client.expect_text(f"<{number}>")
    client.expect(PONG, b"ping")
    client.expect_binary(b"last")
    assert len(client.origin.requests) <= 4
    assert client.origin.events()[1:51] == [("TEXT", b"<%d>" % number) for number in range(50)]


def test_never_are_two_requests_under_way(over_http, websocket):
    under_way, most = [0], [0]

    def reply(request):
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        yield events_answer(*echo(request))
        under_way[0] -= 1
    over_http(reply=reply)
    client = websocket()
    for number in range(200):
        client.text(f"<{number}>")
    for number in range(200):
        client.expect_text(f"<{number}>")
    assert most == [1]


def test_with_one_event_each_has_a_request_of_its_own(blocked):
    client = blocked(host="one.test")
    client.send(frame(TEXT, "a") + frame(TEXT, "") + frame(PING, "p") + frame(2, b"b"))
    client.release()
    client.expect_text("block")
    client.expect_text("a")
    client.expect_text("")
    client.expect(PONG, b"p")
    client.expect_binary(b"b")
    assert [request.events for request in client.origin.requests] == [
        [("OPEN", None)], [("TEXT", b"block")], [("TEXT", b"a")], [("TEXT", b"")], [("PING", b"p")],
        [("BINARY", b"b")]]


def test_a_message_is_told_whole_however_it_came(over_http, websocket):
    origin = over_http()
    client = websocket()
    client.send(frame(TEXT, "a", fin=False))
    client.ping()
    origin.wait("PING")
    client.send(frame(0, "b"))
    assert origin.wait("TEXT") == b"ab"
    assert len(origin.requests) == 3


def test_a_close_is_told_behind_what_waits(blocked):
    client = blocked()
    client.text("last")
    client.close(1000)
    client.release()
    client.expect_text("block")
    client.expect_text("last")
    assert client.expect_close() == (1000, "")
    assert client.origin.events() == [("TEXT", b"block"), ("TEXT", b"last"),
                                      ("CLOSE", close_payload(1000))]


def test_a_client_that_vanishes_while_a_request_is_under_way_is_told_next(blocked, broker):
    client = blocked()
    client.text("last")
    client.connection.close()
    broker.wait_metric("holds", 0)  # else what it said could be lost by a reset
    client.release()
    client.origin.wait("DISCONNECT", None)
    assert client.origin.events() == [("TEXT", b"block"), ("TEXT", b"last"), ("DISCONNECT", None)]


# metadata


def test_metadata_is_stored_and_comes_with_later_requests(over_http, websocket):
    def reply(request):
        if request.events[-1][0] != "TEXT":
            return None
        said = request.events[-1][1].decode()
        back = [text(",".join(f"{name}={value}" for name, value in sorted(request.headers)
                              if name.lower().startswith("meta-")).lower())]
        return events_answer(*back, headers=[("Set-Meta-" + pair.partition("=")[0],
                                              pair.partition("=")[2])
                                             for pair in said.split("&") if pair])
    over_http(headers=[("Set-Meta-User", "al"), ("Set-Meta-Room", "7")], reply=reply)
    client, other = websocket(), websocket()
    for said, told in (("", "meta-room=7,meta-user=al"), ("User=bo", "meta-room=7,meta-user=al"),
                       ("room=", "meta-room=7,meta-user=bo"), ("New=x y", "meta-user=bo"),
                       ("", "meta-new=x y,meta-user=bo")):
        client.text(said)
        client.expect_text(told)
    other.text("")
    other.expect_text("meta-room=7,meta-user=al")


def test_metadata_beyond_its_limit_is_not_stored(origin, over_http, start_broker, websocket):
    broker = start_broker("--limit", "meta_per_hold=2", routes=[f"* {origin.address},over_http"])
    asked = over_http(headers=[(f"Set-Meta-{name}", "1") for name in "abc"], reply=echo)
    client = websocket(port=broker.port)
    client.text("x")
    client.expect_text("x")
    names = [name for name in asked.requests[1].headers.names() if name.startswith("meta-")]
    assert sorted(names) == ["meta-a", "meta-b"]


# Content-Bytes-Accepted


def accepting(*counts):
    """Replies that accept so many bytes each, and all from then on."""
    left = list(counts)

    def reply(request):
        headers = [("Content-Bytes-Accepted", left.pop(0))] if left else []
        return events_answer(*polite(request), headers=headers)
    return reply


def bodies(origin):
    return [request.body for request in origin.requests[1:]]


def replayed(origin):
    return [request.get("content-bytes-replayed") for request in origin.requests[1:]]


def test_what_an_origin_does_not_accept_comes_again_with_what_is_new(over_http, websocket):
    origin = over_http(reply=accepting(2))
    client = websocket()
    client.text("hello")
    origin.wait_requests(2)
    client.text("!")
    origin.wait_requests(3)
    assert bodies(origin) == [b"TEXT 5\r\nhello\r\n", b"TEXT 3\r\nllo\r\nTEXT 1\r\n!\r\n"]
    assert replayed(origin) == [None, "3"]


def test_bytes_are_counted_across_events(over_http, websocket):
    origin = over_http(reply=accepting(0, 6, 1))
    client = websocket()
    client.send(frame(TEXT, "abc") + frame(2, b"def") + frame(PING, "gh"))
    origin.wait("PING", b"gh")
    for number in (1, 2, 3):
        client.text(str(number))
        origin.wait_requests(2 + number)
    assert bodies(origin) == [
        b"TEXT 3\r\nabc\r\nBINARY 3\r\ndef\r\nPING 2\r\ngh\r\n",
        b"TEXT 3\r\nabc\r\nBINARY 3\r\ndef\r\nPING 2\r\ngh\r\nTEXT 1\r\n1\r\n",
        b"PING 2\r\ngh\r\nTEXT 1\r\n1\r\nTEXT 1\r\n2\r\n",
        b"PING 1\r\nh\r\nTEXT 1\r\n1\r\nTEXT 1\r\n2\r\nTEXT 1\r\n3\r\n"]
    assert replayed(origin) == [None, "8", "3", "3"]


def test_an_origin_that_accepts_more_than_it_was_offered_has_failed(over_http, websocket):
    over_http(reply=accepting(6))
    client = websocket()
    client.text("hello")
    client.expect_failure(1011)
