# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by frames of our own: what is offered, and what is refused."""
import socket

import pytest

from support.grip import stream_hold, stream_item
from support.http2_raw import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS,
                               MAX_STREAMS, NO_ERROR, PING, PREFACE, PRIORITY, PROTOCOL_ERROR,
                               REFUSED_STREAM, RST_STREAM, SETTINGS, block, fields_block, frame,
                               head, reset, settings, window_update)
from support.origin import answer
from support.waiting import seconds


# what is offered


def test_a_hundred_streams_are_advertised_and_the_next_is_refused(origin, wire, channel, broker):
    origin.on("/hold", stream_hold(channel))
    connection = wire()
    told = connection.wait_for(SETTINGS).payload
    assert told[:6] == bytes([0, MAX_STREAMS, 0, 0, 0, 100])
    connection.send(*(head(1 + 2 * number, "/hold") for number in range(101)))
    assert connection.ended(201) == ("reset", REFUSED_STREAM)
    broker.wait_metric("holds", 100)
    broker.publish(stream_item(channel, "x"))
    for number in range(100):
        connection.wait_body(1 + 2 * number, b"x")
    connection.close()


def test_a_window_that_opens_on_a_stream_that_was_reset_harms_nobody(wire, start_broker):
    """h2o 2.2.5 ended the process."""
    broker = start_broker(routes=["* demo"], signed=False)
    for path in ("/test/sse", "/test/stream", "/test/long-poll"):
        connection = wire(settings(WINDOW=0), head(1, path), reset(1), window_update(1, 100),
                          port=broker.port)
        connection.ping()
    assert broker.is_alive()


@pytest.mark.parametrize("first", [PREFACE, PREFACE + settings() + head(1)])
def test_switched_off_the_preface_is_refused_in_words(wire, start_broker, first):
    broker = start_broker("--http2", "no", over_tls=False)
    connection = socket.create_connection(("127.0.0.1", broker.port), seconds(5))
    connection.sendall(first)
    reply = b""
    while piece := connection.recv(4096):
        reply += piece
    connection.close()
    assert reply.startswith(b"HTTP/1.1 505 "), reply
    assert b"HTTP/2 is not spoken here" in reply, reply


# bad frames


@pytest.mark.parametrize("bad", [
    frame(PING, payload=b"1234567"), frame(PING, 0, 1, b"12345678"), settings(WINDOW=2**31),
    frame(SETTINGS, 0, 1), frame(SETTINGS, payload=b"12345"), frame(SETTINGS, 1, 0, b"123456"),
    frame(DATA, 0, 0, b"x"), frame(DATA, 0, 99, b"x"), frame(HEADERS, 5, 0, block()),
    frame(HEADERS, 5, 2, block()), frame(HEADERS, 5, 1, b"\xff" * 20), frame(5, 4, 1, block()),
    frame(CONTINUATION, 4, 1, block()), head(1, flags=END_STREAM) + frame(PING, payload=b"8 bytes."),
    window_update(0, 0), window_update(0, 2**31 - 1), window_update(5, 1), reset(7),
    frame(RST_STREAM, 0, 1, b"123"), frame(GOAWAY, payload=b"1"), frame(DATA, 0, 1, b"x" * 16385),
    frame(PRIORITY, 0, 1, b"1"), frame(PRIORITY, 0, 3, b"\0\0\0\3\0"),
], ids=range(23))
def test_what_breaks_the_protocol_ends_its_connection_and_no_other(wire, witness, bad):
    connection = wire()
    connection.ping()
    connection.try_send(bad)
    connection.wait_over()
    assert connection.goodbye()[0] != NO_ERROR
    witness()


@pytest.mark.parametrize("bad", [
    window_update(1, 0), window_update(1, 2**31 - 1), frame(DATA, 0, 1, b"x")], ids=range(3))
def test_what_breaks_a_stream_ends_that_stream_alone(origin, wire, broker, channel, bad):
    origin.on("/hold", stream_hold(channel))
    connection = wire()
    for stream in (1, 3):
        connection.get(stream, "/hold")
        connection.wait_for(HEADERS, stream)
    connection.send(bad)
    assert connection.ended(1)[0] == "reset"
    broker.wait_metric("holds", 1)
    broker.publish(stream_item(channel, "sibling"))
    connection.wait_body(3, b"sibling")
    connection.close()


@pytest.mark.parametrize("first", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", PREFACE[:20]])
def test_half_a_preface_is_no_http2(broker, first):
    connection = socket.create_connection(("127.0.0.1", broker.port), seconds(5))
    connection.sendall(first)
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass
    connection.close()


def test_frames_may_come_byte_by_byte(origin, wire):
    origin.on("/x", answer(200, body=b"whole"))
    connection = wire(b"", preface=b"")
    for byte in PREFACE + settings() + frame(PING, payload=b"8 bytes.") + head(1, "/x"):
        connection.send(bytes([byte]))
    assert connection.ended(1) == ("whole", 0)
    assert connection.body(1) == b"whole"


def test_a_head_in_many_continuations_is_one_head(origin, wire):
    origin.on("/x", answer(200, body=b"whole"))
    connection = wire()
    whole = block("/x", headers=[("x-padding", "p" * 2000)])
    pieces = [whole[at:at + 100] for at in range(0, len(whole), 100)]
    connection.send(frame(HEADERS, END_STREAM, 1, pieces[0]),
                    *(frame(CONTINUATION, 0, 1, piece) for piece in pieces[1:]),
                    frame(CONTINUATION, END_HEADERS, 1))
    assert connection.ended(1) == ("whole", 0)
    assert origin.requests[0].get("x-padding") == "p" * 2000


def test_frames_of_unknown_types_are_passed_over_in_silence(origin, wire, broker):
    origin.on("/x", answer(200, body=b"whole"))
    connection = wire()
    connection.send(frame(0xfa, 0xff, 1, b"grease" * 100), frame(16, 0, 0, b"u=1"),
                    head(1, "/x") + frame(0xfb, 0, 9, b"x")[:5])
    assert connection.ended(1) == ("whole", 0)
    connection.send(frame(0xfb, 0, 9, b"x")[5:])
    connection.ping()
    assert not broker.has_log("skipping")


# bad heads


@pytest.mark.parametrize("method,path,authority,fields", [
    ("GET / HTTP/1.1", "/x", "a", []), ("get", "/x", "a", []), ("", "/x", "a", []),
    ("GET", "/x HTTP/1.1", "a", []), ("GET", "x", "a", []), ("GET", "", "a", []),
    ("GET", "http://b/x", "a", []), ("GET", "/x", "a b", []), ("GET", "/x", "", []),
    ("GET", "/x", "a", [("keep-alive", "1")]), ("GET", "/x", "a", [("proxy-connection", "close")]),
    ("GET", "/x", "a", [("x", "a\r\nB: c")]), ("GET", "/x", "a", [("x y", "z")]),
    ("GET", "/x", "a", [("x", "\1")]), ("GET", "/x", "a", [("X", "y")]),
], ids=range(15))
def test_a_bad_head_is_refused(wire, witness, origin, method, path, authority, fields):
    connection = wire()
    connection.get(1, path, method=method, authority=authority, headers=fields)
    assert connection.wait_for(HEADERS, 1).headers()[":status"] == "400"
    connection.ping()
    assert not origin.requests[1:]  # but the witness's
    witness()


@pytest.mark.parametrize("field", [
    ("connection", "close"), ("upgrade", "h3"), ("transfer-encoding", "chunked"), ("te", "gzip"),
    (":x", "y"), (":path", "/y"), ("content-length", "-1")], ids=range(7))
def test_a_head_that_cannot_be_meant_ends_its_connection(wire, witness, field):
    connection = wire()
    connection.get(1, "/x", headers=[field])
    connection.wait_over()
    assert connection.goodbye()[0] == PROTOCOL_ERROR
    witness()


@pytest.mark.parametrize("fields", [
    [(":method", "GET"), (":path", "/x")], [(":scheme", "http"), (":path", "/x")],
    [(":method", "GET"), (":scheme", "http")], [("x", "y")]], ids=range(4))
def test_a_head_that_lacks_what_it_needs_resets_its_stream(wire, witness, fields):
    connection = wire()
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, fields_block(fields)))
    assert connection.ended(1) == ("reset", PROTOCOL_ERROR)
    witness()


def test_limits_of_heads_are_those_of_http1(start_broker, wire, origin):
    broker = start_broker("--limit", "request_head_bytes=2000", "--limit", "request_headers=8",
                          "--limit", "request_target_bytes=100")
    origin.on("*", answer(200, body=b"fine"))
    connection = wire(port=broker.port)
    connection.send(head(1, "/" + "x" * 99), head(3, "/" + "x" * 100),
                    head(5, headers=[("x", "y" * 1900)]), head(7, headers=[("x", "y" * 2000)]),
                    head(9, headers=[("x", "y")] * 8), head(11, headers=[("x", "y")] * 9))
    got = [connection.wait_for(HEADERS, stream).headers()[":status"] for stream in range(1, 12, 2)]
    assert got == ["200", "414", "200", "431", "200", "431"]


@pytest.mark.parametrize("fields", [[], [("host", "client.test")]], ids=["none", "Host"])
def test_an_authority_must_be_there(wire, origin, fields):
    """h2o would put a name of its own, and does not show Host."""
    connection = wire()
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, fields_block(
        [(":method", "GET"), (":scheme", "http"), (":path", "/x"), *fields])))
    assert connection.wait_for(HEADERS, 1).headers()[":status"] == "400"
    assert not origin.requests


@pytest.mark.parametrize("claimed", ["http", "https", "gopher"])
def test_a_scheme_is_what_is_spoken_and_not_what_is_claimed(wire, origin, broker, claimed):
    origin.on("/x", answer(200))
    connection = wire()
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, fields_block(
        [(":method", "GET"), (":scheme", claimed), (":path", "/x"), (":authority", "a")])))
    assert connection.ended(1) == ("whole", 0)
    spoken = broker.url("/").partition(":")[0]
    assert origin.requests[0].get("x-forwarded-proto", "http") == spoken


def test_cookies_reach_the_origin_on_one_line(wire, origin):
    """Browsers send each on its own over HTTP/2."""
    origin.on("/x", answer(200))
    connection = wire()
    connection.get(1, "/x", headers=[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"),
                                     ("cookie", "c=3")])
    assert connection.ended(1) == ("whole", 0)
    assert origin.requests[0].get("cookie") == "a=1; b=2; c=3"
