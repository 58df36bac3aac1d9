# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by frames of our own: what is offered, what is refused, and floods."""
import socket

import pytest

from support.grip import stream_hold, stream_item
from support.http2_raw import (CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM,
                               ENHANCE_YOUR_CALM, GOAWAY, HEADERS, MAX_STREAMS, PING, PREFACE,
                               PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, RST_STREAM, SETTINGS,
                               WINDOW_UPDATE, Raw2, block, frame, goaway, head, reset, settings,
                               window_update)
from support.origin import answer
from support.waiting import seconds, until


@pytest.fixture
def wire(broker):
    """wire(first frames...) opens a connection; closed after the test."""
    opened = []

    def open_one(*first, port=None, **options):
        opened.append(Raw2(port or broker.port, *first, **options))
        return opened[-1]
    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def witness(hold, broker, channel):
    """witness() demands that a stream of another client still hears what is published."""
    stream = hold()

    def check(mark=b"still here"):
        broker.publish(stream_item(channel, mark.decode()))
        stream.wait_for(mark)
    return check


@pytest.fixture
def wait_cut(broker):
    """wait_cut(connection, limit): closed by the broker, which said so with the limit's name."""
    seen = len(broker.lines)

    def wait(connection, limit, by=broker, since=None):
        connection.wait_over()
        start = seen if since is None else since
        until(lambda: any("connection cut" in line for line in by.lines[start:]), "a line in the log")
        line = next(line for line in by.lines[start:] if "connection cut" in line)
        assert f"reason=HTTP2_FLOOD limit={limit} peer=127.0.0.1:" in line
    return wait


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
    broker = start_broker("--http2", "no")
    connection = socket.create_connection(("127.0.0.1", broker.port), seconds(5))
    connection.sendall(first)
    reply = b""
    while piece := connection.recv(4096):
        reply += piece
    connection.close()
    assert reply.startswith(b"HTTP/1.1 505 "), reply
    assert b"HTTP/2 is switched off" in reply, reply


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
    assert connection.goodbye() not in (None, 0)
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


# floods


def flood(connection, piece, count):
    """Sends `piece` in thousands until all is sent or the broker has closed."""
    for _ in range(count // 1000):
        if not connection.try_send(piece * 1000):
            return


FLOODS = {
    "pings": (frame(PING, payload=b"8 bytes."), "http2_control_frames"),
    "settings": (settings(), "http2_control_frames"),
    "settings that change the window": (settings(WINDOW=1) + settings(WINDOW=2),
                                        "http2_control_frames"),
    "priorities": (frame(PRIORITY, 0, 1, b"\0\0\0\0\x10"), "http2_control_frames"),
    "window updates": (window_update(0, 1), "http2_control_frames"),
    "window updates of a stream": (window_update(1, 1), "http2_control_frames"),
    "unknown frames": (frame(0xfa, payload=b"x"), "http2_control_frames"),
    "data of no stream": (frame(DATA, 0, 1), "http2_control_frames"),
    "goaways": (goaway(), "http2_control_frames"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_is_cut_off(origin, wire, witness, wait_cut, broker, channel, name):
    piece, limit = FLOODS[name]
    origin.on("/mine", stream_hold(channel + "-mine"))
    connection = wire()
    connection.get(1, "/mine")
    connection.wait_for(HEADERS, 1)
    before = broker.ended("http2_flood")
    flood(connection, piece, 100_000)
    wait_cut(connection, limit)
    assert broker.ended("http2_flood") == before + 1
    witness()


def test_streams_that_are_opened_and_reset_fast_are_cut_off(origin, wire, witness, wait_cut):
    """CVE-2023-44487. The origin is asked for some of them at most."""
    origin.on("/x", answer(200, body=b"x"))
    connection = wire()
    for start in range(0, 100_000, 1000):
        piece = b"".join(head(1 + 2 * number, "/x") + reset(1 + 2 * number)
                         for number in range(start, start + 1000))
        if not connection.try_send(piece):
            break
    wait_cut(connection, "http2_resets")
    assert len(origin.requests) <= 500
    witness()


def test_requests_beyond_the_limit_are_cut_off(start_broker, wire, wait_cut, origin):
    broker = start_broker("--limit", "http2_requests=50")
    connection = wire(port=broker.port)
    connection.try_send(b"".join(head(1 + 2 * number, "/x") for number in range(51)))
    wait_cut(connection, "http2_requests", broker, 0)
    assert connection.goodbye() == ENHANCE_YOUR_CALM
    assert not origin.requests


def test_a_flood_of_continuations_is_cut_off(wire, witness, wait_cut):
    connection = wire()
    connection.send(frame(HEADERS, END_STREAM, 1, block()))
    flood(connection, frame(CONTINUATION, 0, 1), 100_000)
    wait_cut(connection, "http2_control_frames")
    witness()


def test_a_head_without_end_is_cut_off(wire, witness, wait_cut):
    connection = wire()
    connection.send(frame(HEADERS, END_STREAM, 1, block()))
    for _ in range(100):
        if not connection.try_send(frame(CONTINUATION, 0, 1, b"\0\1a\x7f\xff\1" + b"p" * 10000)):
            break
    wait_cut(connection, "http2_head_bytes")
    witness()


def test_a_small_head_that_unpacks_large_is_refused(wire, witness):
    """One field of 4,000 bytes in the table, then references to it, a byte each."""
    connection = wire()
    field = b"\x40\1b\x7f" + bytes([0x80 | (3900 - 127) & 0x7f, (3900 - 127) >> 7]) + b"v" * 3900
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, block() + field),
                    *(frame(HEADERS, END_STREAM | END_HEADERS, stream, block() + b"\xbe" * count)
                      for stream, count in ((3, 90), (5, 16000))))
    connection.wait_over()
    for each in connection.frames:
        assert each.kind != HEADERS or each.headers()[":status"] in ("431", "404", "502")
    witness()
