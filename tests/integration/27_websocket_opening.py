# SPDX-License-Identifier: Apache-2.0
"""WebSocket-over-HTTP, the handshake: what the origin is asked, and what its answer makes of it."""
import threading
import time

import pytest

from support.client import get
from support.grip import is_signed_hs256
from support.origin import CLOSE, answer
from support.over_http import NO_PREFIX, OPEN, TYPE, echo, events_answer, text
from support.waiting import seconds
from support.websocket import KEY, Peer, upgrade

ROUTES = ["* {origin},over_http", "open.test,no_grip {origin},over_http"]


# the request


def test_the_origin_is_asked_with_a_post_of_an_open_event(over_http, websocket, target):
    origin = over_http()
    websocket(("Cookie", "a=1"), ("Origin", "http://site.test"), ("Authorization", "Bearer x"),
              ("X-App", "1"), at=target + "?a=%20b")
    asked = origin.requests[0]
    assert (asked.method, asked.target, asked.body) == ("POST", target + "?a=%20b", OPEN)
    assert asked.get("content-type") == asked.get("accept") == TYPE
    assert asked.headers.all("content-length") == ["6"]
    assert asked.headers.all("sec-websocket-extensions") == ["grip"]
    assert asked.get("sec-websocket-key") == KEY
    assert asked.get("sec-websocket-version") == "13"
    assert asked.get("host") == "client.test"
    for name, value in (("cookie", "a=1"), ("origin", "http://site.test"),
                        ("authorization", "Bearer x"), ("x-app", "1")):
        assert asked.headers.all(name) == [value]
    assert is_signed_hs256(asked.get("grip-sig"), b"secret")


def test_what_is_about_the_clients_connection_stays_here(over_http, websocket):
    origin = over_http()
    websocket(("Connection", "Upgrade, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"),
              ("Sec-WebSocket-Extensions", "permessage-deflate"))
    asked = origin.requests[0].headers
    assert "upgrade" not in asked and "x-hop" not in asked and "keep-alive" not in asked
    assert "upgrade" not in asked.get("connection", "").lower()
    assert asked.all("sec-websocket-extensions") == ["grip"]


def test_a_client_cannot_speak_as_we_do(over_http, websocket):
    origin = over_http()
    websocket(("Connection-Id", "forged"), ("Meta-User", "root"), ("META-Role", "root"),
              ("Grip-Sig", "forged"), ("Grip-Last", "forged"), ("Content-Bytes-Replayed", "5"),
              ("Accept", "text/html"))
    asked = origin.requests[0].headers
    assert "meta-user" not in asked and "meta-role" not in asked and "grip-last" not in asked
    assert "content-bytes-replayed" not in asked
    assert "forged" not in (asked.get("connection-id"), asked.get("grip-sig"))
    assert asked.all("accept") == [TYPE]


def test_a_connection_id_is_a_uuid_of_its_own(over_http, websocket):
    origin = over_http()
    for _ in range(2):
        websocket()
    names = [request.get("connection-id") for request in origin.requests]
    assert names[0] != names[1]
    for name in names:
        parts = name.split("-")
        assert [len(part) for part in parts] == [8, 4, 4, 4, 12]
        assert set("".join(parts)) <= set("0123456789abcdef")


def test_a_route_without_grip_offers_no_extension_and_signs_nothing(over_http, websocket):
    origin = over_http(extension=None, reply=echo)
    client = websocket(host="open.test")
    client.text("c:{}")
    client.expect_text("c:{}")
    for asked in origin.requests:
        assert "sec-websocket-extensions" not in asked.headers
        assert "grip-sig" not in asked.headers


# accepted


def test_headers_of_the_origin_come_with_the_101(over_http, websocket):
    over_http(headers=[("X-App", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"),
                       ("Set-Meta-User", "al"), ("Keep-Alive-Interval", "60"), ("Grip-Foo", "x"),
                       ("Content-Bytes-Accepted", "0"), ("Keep-Alive", "timeout=5")])
    headers = websocket().answer.headers
    assert headers.get("x-app") == "1"
    assert headers.all("set-cookie") == ["a=1", "b=2"]
    for name in ("set-meta-user", "keep-alive-interval", "grip-foo", "content-type", "keep-alive",
                 "content-length", "content-bytes-accepted", "sec-websocket-extensions"):
        assert name not in headers, name


@pytest.mark.parametrize("offered", [[("Sec-WebSocket-Protocol", "a, b")],
                                     [("Sec-WebSocket-Protocol", "a"),
                                      ("Sec-WebSocket-Protocol", "b")]], ids=["a list", "two"])
def test_the_origin_chooses_the_subprotocol(over_http, websocket, offered):
    origin = over_http(headers=[("Sec-WebSocket-Protocol", "b")])
    client = websocket(*offered)
    assert ", ".join(origin.requests[0].headers.all("sec-websocket-protocol")) == "a, b"
    assert client.answer.headers.all("sec-websocket-protocol") == ["b"]


def test_nobody_chooses_a_subprotocol_for_the_origin(over_http, websocket):
    over_http()
    client = websocket(("Sec-WebSocket-Protocol", "a, b"))
    assert "sec-websocket-protocol" not in client.answer.headers


@pytest.mark.parametrize("extension", [None, "grip", NO_PREFIX, 'grip; message-prefix="x"'])
def test_the_client_hears_nothing_of_the_extension(over_http, websocket, extension):
    over_http(extension=extension)
    assert "sec-websocket-extensions" not in websocket().answer.headers


def test_what_the_origin_says_with_its_open_follows_the_101(over_http, websocket):
    over_http(opening=[text("welcome"), text("again")])
    client = websocket()
    client.expect_text("welcome")
    client.expect_text("again")


def test_nothing_is_answered_before_the_origin_accepts(origin, connect, broker, target):
    may_accept = threading.Event()
    origin.on(target, lambda _: iter([may_accept, events_answer(OPEN, text("welcome"))]))
    connection = connect()
    connection.send(upgrade(target))
    origin.wait_asked(target)
    assert not connection.ahead
    may_accept.set()
    assert connection.answer().status == 101
    Peer(connection).expect_text("welcome")


# rejected


@pytest.mark.parametrize("told", [
    answer(403, [("Content-Type", "text/html"), ("X-App", "1")], b"<p>no</p>", "Go Away"),
    answer(401, [("WWW-Authenticate", "Basic"), ("X-App", "1")], b"who?", "Unauthorized"),
    answer(302, [("Location", "/login"), ("X-App", "1")], b"", "Found"),
    answer(404, [("X-App", "1")], b"x" * 90000, "Not Found"),
    answer(500, [("X-App", "1"), ("Grip-Foo", "1")], b"oops", "Internal Server Error"),
    answer(200, [("Content-Type", "text/html"), ("X-App", "1")], b"<p>a page</p>"),
    answer(201, [("Content-Type", TYPE), ("X-App", "1")], OPEN, "Created"),
    answer(204, [("X-App", "1")], b"", "No Content"),
], ids=["403", "401", "302", "404", "500", "a page", "201", "204"])
def test_an_origin_that_rejects_is_shown_to_the_client_as_it_is(origin, connect, target, told):
    origin.on(target, told)
    got = connect().ask(upgrade(target, ("Connection", "Upgrade")))
    head, _, body = told.partition(b"\r\n\r\n")
    status, reason = head.split(b"\r\n")[0].decode().split(" ", 2)[1:]
    assert (got.status, got.reason, got.body) == (int(status), reason, body)
    assert got.headers.get("x-app") == "1"
    assert "upgrade" not in got.headers and "sec-websocket-accept" not in got.headers
    assert not [name for name in got.headers.names() if name.startswith("grip-")]
    for name in ("location", "www-authenticate"):
        assert (name in got.headers) == (name in head.decode().lower()), name
    assert [request.method for request in origin.asked(target)] == ["POST"]


def test_a_rejection_that_is_too_large_shows_its_beginning(origin, connect, target):
    origin.on(target, answer(403, body=b"x" * 300000, reason="Forbidden"))
    got = connect().ask(upgrade(target))
    assert (got.status, got.body) == (403, b"x" * 100000)


def test_a_type_with_parameters_is_another_type(origin, connect, target):
    origin.on(target, answer(200, [("Content-Type", TYPE + "; charset=utf-8")], OPEN))
    got = connect().ask(upgrade(target))
    assert (got.status, got.body) == (200, OPEN)


def test_a_rejected_client_leaves_nothing_behind(origin, connect, broker, target):
    origin.on(target, answer(403, body=b"no"))
    for _ in range(20):
        assert connect().ask(upgrade(target)).status == 403
    broker.wait_metric("holds", 0)
    assert len(origin.asked(target)) == 20


def test_an_http_request_on_such_a_route_stays_one(origin, connect, target):
    origin.on(target, answer(200, body=b"plain"))
    assert connect().ask(get(target)).body == b"plain"
    assert origin.asked(target)[0].method == "GET"


# answers that cannot be


BAD = {
    "no events": events_answer(),
    "no events and no more interval": events_answer(headers=[("Keep-Alive-Interval", "0")]),
    "another event first": events_answer(text("early"), OPEN),
    "no OPEN": events_answer(text("x")),
    "OPEN twice": events_answer(OPEN, OPEN),
    "no event at all": events_answer(b"nonsense"),
    "a length that is none": events_answer(OPEN, b"TEXT zz\r\nx\r\n"),
    "a negative length": events_answer(OPEN, b"TEXT -1\r\nx\r\n"),
    "a ping of 126 bytes": events_answer(OPEN, b"PING 7e\r\n" + b"x" * 126 + b"\r\n"),
    "text that is not UTF-8": events_answer(OPEN, b"TEXT 1\r\n\xff\r\n"),
}


@pytest.mark.parametrize("told", BAD.values(), ids=BAD.keys())
def test_an_answer_to_open_that_cannot_be_is_a_502(origin, connect, broker, target, told):
    origin.on(target, told)
    got = connect().ask(upgrade(target))
    assert got.status == 502
    assert b"nonsense" not in got.body
    broker.wait_metric("holds", 0)


def test_an_origin_that_hangs_up_is_a_502(origin, connect, target):
    origin.on(target, lambda _: iter([CLOSE]))
    assert connect().ask(upgrade(target)).status == 502


def test_an_origin_that_is_not_there_is_a_502_and_another_target_is_tried(origin, over_http,
                                                                         start_broker, websocket,
                                                                         connect):
    broker = start_broker(routes=["no.test 127.0.0.1:1,over_http",
                                  f"* 127.0.0.1:1,over_http {origin.address},over_http"])
    over_http(opening=[text("welcome")])
    websocket(port=broker.port).expect_text("welcome")
    assert connect(broker.port).ask(upgrade(host="no.test")).status == 502


def test_an_origin_that_is_too_late_is_a_504(origin, start_broker, connect, target):
    broker = start_broker("--limit", "origin_first_byte_ms=300",
                          routes=[f"* {origin.address},over_http"])
    late = threading.Event()
    origin.on(target, lambda _: iter([late, events_answer(OPEN)]))
    got = connect(broker.port).ask(upgrade(target))
    late.set()
    assert got.status == 504


def test_a_client_that_leaves_before_it_is_accepted_is_no_websocket(origin, connect, broker, target):
    may_accept = threading.Event()
    origin.on(target, lambda _: iter([may_accept, events_answer(OPEN)]))
    connection = connect()
    connection.send(upgrade(target))
    origin.wait_asked(target)
    connection.reset()
    broker.wait_metric("holds", 0)
    may_accept.set()


# later


def test_intervals_and_deferred_accepts_take_twenty_seconds_at_least(origin, over_http, websocket,
                                                                     connect, target):
    """Three things in the same twenty seconds: an interval raised to the least, a handshake
    deferred by an empty answer, and a close that is answered only at the next interval."""
    later = target + "-later"
    deferred = [events_answer(headers=[("Keep-Alive-Interval", "20")]), events_answer(OPEN)]
    origin.on(later, lambda _: deferred.pop(0) if len(deferred) > 1 else deferred[0])
    closes = target + "-closes"

    def close_late(request):
        return events_answer(OPEN, headers=[("Keep-Alive-Interval", "20")]) \
            if request.body == OPEN else \
            events_answer(b"CLOSE 2\r\n\x0f\xa1\r\n" if request.body == b"" else b"")
    origin.on(closes, close_late)
    idle = over_http(headers=[("Keep-Alive-Interval", "1")])
    began = time.monotonic()
    waiting, closing = connect(), websocket(at=closes)
    waiting.send(upgrade(later))
    client = websocket()
    closing.close(1000)

    beat = idle.wait_requests(2, 30)
    assert time.monotonic() - began > 19
    assert (beat.body, beat.headers.all("content-length")) == (b"", ["0"])
    assert beat.get("connection-id") == idle.requests[0].get("connection-id")
    assert waiting.answer(10).status == 101
    assert time.monotonic() - began < 20 + seconds(10)
    assert [request.body for request in origin.asked(later)] == [OPEN, OPEN]
    assert closing.expect_close(10) == (4001, "")
    client.text("not idle")
    idle.wait("TEXT", b"not idle")
