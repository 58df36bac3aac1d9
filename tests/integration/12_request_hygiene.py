# SPDX-License-Identifier: Apache-2.0
"""A request that could be read in two ways is refused, never passed on; limits are refused
politely; nobody else is disturbed."""
import re

import pytest

from support.client import Connection, chunked, get, post, request
from support.origin import answer
from support.waiting import until

OK = answer(200, body=b"ok")
FLAGS = ["--limit", "request_body_bytes=2000", "--limit", "request_wait_ms=1500"]


def raw(*lines, body=b""):
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


MALFORMED = {
    "length and chunked": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: 5",
                              "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "chunked and length": raw("POST /bad HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
                              "Content-Length: 5", body=b"0\r\n\r\n"),
    "two lengths that differ": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: 3",
                                   "Content-Length: 2", body=b"abc"),
    "two equal lengths": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: 3",
                             "Content-Length: 3", body=b"abc"),
    "a list of lengths": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: 3, 3", body=b"abc"),
    "a signed length": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: +3", body=b"abc"),
    "a negative length": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: -3"),
    "a length in hex": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length: 0x3", body=b"abc"),
    "an empty length": raw("POST /bad HTTP/1.1", "Host: a", "Content-Length:"),
    "a length beyond 64 bits": raw("POST /bad HTTP/1.1", "Host: a",
                                   "Content-Length: 99999999999999999999999"),
    "chunked twice": raw("POST /bad HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
                         "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "an unknown coding": raw("POST /bad HTTP/1.1", "Host: a", "Transfer-Encoding: sponge",
                             body=b"abc"),
    "gzip and chunked": raw("POST /bad HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked",
                            body=b"0\r\n\r\n"),
    "chunked in quotes": raw("POST /bad HTTP/1.1", "Host: a", 'Transfer-Encoding: "chunked"',
                             body=b"0\r\n\r\n"),
    "chunked under HTTP/1.0": raw("POST /bad HTTP/1.0", "Host: a", "Transfer-Encoding: chunked",
                                  body=b"0\r\n\r\n"),
    "no host": raw("GET /bad HTTP/1.1"),
    "two hosts": raw("GET /bad HTTP/1.1", "Host: a", "Host: b"),
    "a host with a space": raw("GET /bad HTTP/1.1", "Host: a b"),
    "a host with a slash": raw("GET /bad HTTP/1.1", "Host: a/b"),
    "a host with a user": raw("GET /bad HTTP/1.1", "Host: me@a"),
    "bare line feeds": b"GET /bad HTTP/1.1\nHost: a\n\n",
    "one bare line feed": b"GET /bad HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n",
    "a folded line": raw("GET /bad HTTP/1.1", "Host: a", "X-Long: one", " two"),
    "a method that is no token": raw("G@T /bad HTTP/1.1", "Host: a"),
    "a method in lower case": raw("get /bad HTTP/1.1", "Host: a"),
    "a space before the colon": raw("GET /bad HTTP/1.1", "Host: a", "X-Bad : 1"),
    "a header without a name": raw("GET /bad HTTP/1.1", "Host: a", ": 1"),
    "a header without a colon": raw("GET /bad HTTP/1.1", "Host: a", "X-Bad"),
    "a header name with a bracket": raw("GET /bad HTTP/1.1", "Host: a", "X(Bad: 1"),
    "NUL in a value": raw("GET /bad HTTP/1.1", "Host: a", "X-Bad: a\x00b"),
    "a carriage return in a value": raw("GET /bad HTTP/1.1", "Host: a", "X-Bad: a\rb"),
    "NUL in the target": raw("GET /bad\x00 HTTP/1.1", "Host: a"),
    "two spaces in the first line": raw("GET  /bad HTTP/1.1", "Host: a"),
    "a tab in the first line": raw("GET\t/bad HTTP/1.1", "Host: a"),
    "an unknown version": raw("GET /bad HTTP/3.7", "Host: a"),
    "no version": raw("GET /bad", "Host: a"),
    "a target without a slash": raw("GET bad HTTP/1.1", "Host: a"),
    "nonsense": b"\x01\x02 nonsense\r\n\r\n",
    "a chunk size that is no number": raw("POST /bad HTTP/1.1", "Host: a",
                                          "Transfer-Encoding: chunked",
                                          body=b"zz\r\nabc\r\n0\r\n\r\n"),
    "a negative chunk size": raw("POST /bad HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
                                 body=b"-3\r\nabc\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": raw("POST /bad HTTP/1.1", "Host: a",
                                       "Transfer-Encoding: chunked",
                                       body=b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    "a chunk longer than its size": raw("POST /bad HTTP/1.1", "Host: a",
                                        "Transfer-Encoding: chunked",
                                        body=b"2\r\nabc\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_request_is_refused_with_all_that_follows_it(origin, connect, data):
    """400 where an answer can be framed, in any case an end, and nothing reaches the origin:
    not the request, not what is pipelined behind it."""
    origin.on("*", OK)
    connection = connect()
    connection.try_send(data + get("/behind"))
    reply = connection.drain()
    assert reply.startswith(b"HTTP/1.1 400 ") or reply == b"", reply
    assert len(re.findall(rb"HTTP/1\.1 \d\d\d ", reply)) <= 1, reply
    assert not origin.requests
    assert connect().ask(get("/next")).body == b"ok"


def test_what_was_answered_before_the_malformed_request_stands(origin, connect):
    origin.on("*", lambda asked: answer(200, body=asked.target))
    connection = connect()
    connection.send(get("/1") + get("/2") + MALFORMED["length and chunked"] + get("/3"))
    assert connection.answer().read_all() == b"/1"
    assert connection.answer().read_all() == b"/2"
    assert connection.answer().status == 400
    assert [asked.target for asked in origin.requests] == ["/1", "/2"]


def test_a_refusal_says_why_in_a_sentence(connect):
    connection = connect()
    connection.send(MALFORMED["length and chunked"])
    got = connection.answer()
    assert got.status == 400
    assert got.headers.get("content-type", "").startswith("text/plain")
    assert len(got.read_all()) > 10


@pytest.mark.parametrize("data", [
    raw("GET /fine HTTP/1.1", "Host:   a  "),
    raw("GET /fine HTTP/1.1", "Host:a", "X-Tab:\t1"),
    raw("GET /fine HTTP/1.1", "Host: [::1]:80"),
    raw("GET /fine HTTP/1.0"),
    b"\r\n" + raw("GET /fine HTTP/1.1", "Host: a"),
    raw("POST /fine HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked", body=chunked(b"abc")),
    raw("POST /fine HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
        body=b"3;name=value\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"),
    raw("M-SEARCH /fine HTTP/1.1", "Host: a"),
    raw("GET /fine HTTP/1.1", "Host: a", "X-Bytes: \xff\xfe"),
], ids=["spaces around a value", "a tab", "an IPv6 host", "HTTP/1.0 without a host",
        "an empty line before", "Chunked in capitals", "a chunk extension and a trailer",
        "an unusual method", "bytes beyond ASCII in a value"])
def test_what_only_looks_odd_is_served(origin, connect, data):
    origin.on("*", OK)
    connection = connect()
    assert connection.ask(data).body == b"ok"
    assert origin.requests[0].path == "/fine"


def test_a_target_in_absolute_form_is_asked_for_by_its_path(origin, connect):
    origin.on("*", OK)
    got = connect().ask(request("GET", "http://client.test/path?q=1"))
    assert got.status == 400 or origin.requests[0].target == "/path?q=1"


def test_connect_is_no_tunnel(origin, connect):
    connection = connect()
    connection.send(raw("CONNECT other.test:80 HTTP/1.1", "Host: other.test:80"))
    assert connection.answer().status >= 400


def test_an_upgrade_to_http2_is_not_taken(origin, connect):
    """It would pass by the check of the head."""
    origin.on("*", OK)
    got = connect().ask(get("/x", ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"),
                            ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA")))
    assert (got.status, got.version, got.body) == (200, "HTTP/1.1", b"ok")


# limits


def test_a_head_that_is_too_large_is_a_431(origin, connect):
    connection = connect()
    connection.try_send(get("/x", *((f"X-{n}", "v" * 1000) for n in range(20))))
    assert connection.answer().status == 431
    assert not origin.requests


def test_too_many_header_lines_are_a_431(origin, connect):
    connection = connect()
    connection.try_send(get("/x", *((f"X-{n}", "v") for n in range(98))))
    assert connection.answer().status == 431
    assert not origin.requests


def test_an_endless_head_is_ended(origin, connect):
    connection = connect()
    connection.send(b"GET /x HTTP/1.1\r\nHost: a\r\n")
    for _ in range(2000):
        if not connection.try_send(b"X-More: " + b"v" * 1000 + b"\r\n"):
            break
    connection.drain()
    assert not origin.requests


def test_a_target_that_is_too_long_is_a_414(origin, connect):
    connection = connect()
    connection.try_send(get("/" + "a" * 9000))
    assert connection.answer().status == 414
    assert not origin.requests


def test_a_head_just_within_the_limits_is_served(origin, connect):
    origin.on("*", OK)
    target = "/" + "a" * 8000
    got = connect().ask(get(target, *((f"X-{n}", "v" * 60) for n in range(90))))
    assert got.status == 200
    assert origin.requests[0].target == target


@pytest.mark.parametrize("data", [
    post("/x", b"b" * 2001),
    raw("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", body=chunked(b"b" * 2001)),
    raw("POST /x HTTP/1.1", "Host: a", "Content-Length: 9000000000000"),
], ids=["with its length", "chunked", "announced only"])
def test_a_body_that_is_too_large_is_a_413(origin, connect, data):
    connection = connect()
    connection.try_send(data)
    assert connection.answer().status == 413
    assert not origin.requests


def test_a_body_of_the_limit_is_taken(origin, connect):
    origin.on("*", lambda asked: answer(200, body=b"%d" % len(asked.body)))
    assert connect().ask(post("/x", b"b" * 2000)).body == b"2000"


def test_http2_bodies_have_the_same_limit(origin, client2):
    stream = client2.request("POST", "/x", body=b"b" * 2001)
    client2.ended(stream)
    assert stream.status == 413
    assert not origin.requests


def test_a_request_that_does_not_arrive_ends_its_connection(connect):
    """request_wait_ms, for a head, for a body and for nothing at all."""
    slow = [connect() for _ in range(3)]
    slow[1].send(b"GET /x HTTP/1.1\r\nHo")
    slow[2].send(raw("POST /x HTTP/1.1", "Host: a", "Content-Length: 5", body=b"ab"))
    for connection in slow:
        connection.drain()


def test_half_requests_hold_up_nobody(origin, connect):
    origin.on("*", OK)
    for _ in range(50):
        connect().send(b"GET /x HTTP/1.1\r\nHo")
    assert connect().ask(get("/x")).body == b"ok"


# what this version does not offer, or no client may do


def test_a_client_may_not_send_websocket_events(origin, start_broker):
    broker = start_broker(routes=[f"* {origin.address},over_http"])
    connection = Connection(broker.port)
    got = connection.ask(post("/x", b"OPEN\r\n",
                              ("Content-Type", "application/websocket-events")))
    assert got.status == 403
    assert got.body == b"Client not allowed to send WebSocket events directly.\n"
    assert not origin.requests
    connection.close()


# HTTP/2


@pytest.mark.parametrize("headers", [
    [("connection", "keep-alive")], [("transfer-encoding", "chunked")], [("upgrade", "h2c")],
    [("x-bad", "a\r\nb: c")], [("x-bad", "a\x00b")], [("host", "a"), ("host", "b")],
], ids=["connection", "transfer-encoding", "upgrade", "a line break in a value",
        "NUL in a value", "two hosts"])
def test_http2_cannot_smuggle_what_http1_may_not_say(origin, client2, headers):
    """Refused, or the harmless rest arrives; never the header itself."""
    origin.on("*", OK)
    client2.h2.config.validate_outbound_headers = False
    client2.h2.config.normalize_outbound_headers = False
    stream = client2.get("/x", *headers)
    client2.ended(stream)
    for asked in origin.requests:
        assert not {"connection", "transfer-encoding", "upgrade", "b"} & set(asked.headers.names())
        assert len(asked.headers.all("host")) == 1
        assert b"\x00" not in asked.head


def test_http2_streams_that_are_reset_at_once_do_no_harm(origin, client2, connect, broker):
    origin.on("*", OK)
    for _ in range(300):
        stream = client2.request("GET", "/x")
        if client2.is_over:
            break
        client2.leave(stream)
    assert connect().ask(get("/x")).body == b"ok"
    until(broker.is_alive, "the broker being alive")
