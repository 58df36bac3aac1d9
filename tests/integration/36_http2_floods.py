# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 clients that send too much, too fast or too slowly, by frames of our own."""
import socket
import threading

import pytest

from support.grip import stream_hold
from support.http2_raw import (CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM,
                               HEADERS, PING, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, block,
                               frame, goaway, head, reset, settings, window_update)
from support.origin import answer
from support.waiting import Deadline, seconds

@pytest.fixture
def wait_cut(broker):
    """wait_cut(connection, limit): closed by the broker, and counted; the limit's name is said to
    who still listens."""
    before = broker.ended("http2_flood")

    def wait(connection, limit, by=None):
        connection.wait_over()
        (by or broker).wait_metric("ended", 1 if by else before + 1, "http2_flood")
        assert connection.goodbye() in (None, (ENHANCE_YOUR_CALM, limit))
    return wait


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
    flood(connection, piece, 100_000)
    wait_cut(connection, limit)
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


@pytest.mark.parametrize("bad", [lambda stream: window_update(stream, 0),
                                 lambda stream: window_update(stream, 2**31 - 1),
                                 lambda stream: frame(DATA, 0, stream, b"x")], ids=range(3))
def test_streams_that_the_broker_is_made_to_reset_are_cut_off(start_broker, wire, wait_cut, origin,
                                                              bad):
    """CVE-2025-8671. Each costs the origin a request, and the client sends no reset."""
    broker = start_broker("--limit", "http2_resets=50")
    origin.on("/x", lambda request: iter([threading.Event()]))
    connection = wire(port=broker.port)
    for stream in range(1, 2000, 2):
        if not connection.try_send(head(stream, "/x") + bad(stream)):
            break
    wait_cut(connection, "http2_resets", broker)


def test_requests_beyond_the_limit_are_cut_off(start_broker, wire, wait_cut, origin):
    broker = start_broker("--limit", "http2_requests=50")
    connection = wire(port=broker.port)
    connection.try_send(b"".join(head(1 + 2 * number, "/x") for number in range(51)))
    wait_cut(connection, "http2_requests", broker)
    assert connection.goodbye() == (ENHANCE_YOUR_CALM, "http2_requests")
    broker.wait_log("connection cut", "HTTP2_FLOOD", "http2_requests", "peer=127.0.0.1:")
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


def test_a_small_head_that_unpacks_large_is_refused(wire, witness, wait_cut, origin):
    """One field of 3,900 bytes in the table, then references to it, a byte each."""
    connection = wire()
    start = b"\x82\x86\x84\x01\1a"  # GET http / of authority a
    field = b"\x40\1b\x7f" + bytes([0x80 | (3900 - 127) & 0x7f, (3900 - 127) >> 7]) + b"v" * 3900
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, start + field),
                    frame(HEADERS, END_STREAM | END_HEADERS, 3, start + b"\xbe" * 5))
    assert connection.wait_for(HEADERS, 1).headers()[":status"] == "404"
    assert connection.wait_for(HEADERS, 3).headers()[":status"] == "431"
    connection.try_send(frame(HEADERS, END_STREAM | END_HEADERS, 5, start + b"\xbe" * 16000))
    wait_cut(connection, "http2_fields")
    assert len(origin.asked("/")) == 1
    witness()


# what takes too long or too much


@pytest.mark.parametrize("begun", [head(3, "/x")[:12], head(3, "/x", flags=END_STREAM), b"\0"],
                         ids=["half a frame", "no end", "a byte"])
def test_a_head_that_does_not_come_whole_is_cut_off(start_broker, wire, origin, channel, begun):
    broker = start_broker("--limit", "request_wait_ms=300")
    origin.on("/hold", stream_hold(channel))
    connection = wire(port=broker.port)
    connection.get(1, "/hold")
    connection.wait_for(HEADERS, 1)
    connection.send(begun)
    connection.wait_over()
    assert connection.goodbye() == (ENHANCE_YOUR_CALM, "request_wait_ms")


def test_a_body_that_does_not_move_ends_its_stream_alone(start_broker, wire, origin):
    broker = start_broker("--limit", "request_wait_ms=700")
    origin.on("/x", lambda request: answer(200, body=str(len(request.body))))
    connection = wire(port=broker.port)
    connection.send(head(1, "/x", flags=END_HEADERS, method="POST"),
                    head(3, "/x", flags=END_HEADERS, method="POST"))
    deadline = Deadline(10, "the end of the body that does not move")
    while not connection.end(1):
        connection.send(frame(DATA, 0, 3, b"x"))
        connection.ping()
        deadline.left()
    assert connection.end(1) == ("reset", PROTOCOL_ERROR)
    connection.send(frame(DATA, END_STREAM, 3, b"x"))
    assert connection.ended(3) == ("whole", 0)
    assert int(connection.body(3)) > 5


def test_bodies_that_are_too_much_together_are_cut_off(start_broker, wire, wait_cut, origin):
    broker = start_broker("--limit", "http2_upload_bytes=3000000", "--limit",
                          "request_body_bytes=1000000")
    connection = wire(port=broker.port)
    for stream in (1, 3, 5, 7):
        connection.try_send(head(stream, "/x", flags=END_HEADERS, method="POST"),
                            *[frame(DATA, 0, stream, b"x" * 10000)] * 90)
    wait_cut(connection, "http2_upload_bytes", broker)
    assert not origin.requests


def test_bodies_one_after_the_other_are_not_too_much(start_broker, wire, origin):
    broker = start_broker("--limit", "http2_upload_bytes=0", "--limit",
                          "request_body_bytes=1000000")
    origin.on("/x", lambda request: answer(200, body=str(len(request.body))))
    connection = wire(port=broker.port)
    for stream in (1, 3, 5, 7):
        connection.send(head(stream, "/x", flags=END_HEADERS, method="POST"),
                        *[frame(DATA, 0, stream, b"x" * 10000)] * 90,
                        frame(DATA, END_STREAM, stream))
        assert connection.ended(stream) == ("whole", 0)
        assert connection.body(stream) == b"900000"


def test_a_body_that_is_too_large_is_refused_and_its_sibling_is_not(start_broker, wire, origin):
    broker = start_broker("--limit", "request_body_bytes=1000")
    origin.on("/x", answer(200, body=b"fine"))
    connection = wire(port=broker.port)
    connection.send(head(1, "/x", flags=END_HEADERS, method="POST"),
                    frame(DATA, END_STREAM, 1, b"x" * 1001),
                    head(3, "/x", flags=END_HEADERS, method="POST"),
                    frame(DATA, END_STREAM, 3, b"x" * 1000))
    assert connection.wait_for(HEADERS, 1).headers()[":status"] == "413"
    assert connection.ended(3) == ("whole", 0)
    connection.send(head(5, "/x", flags=END_HEADERS, method="POST"),
                    *[frame(DATA, 0, 5, b"x" * 16000)] * 100)
    assert connection.ended(5) == ("reset", REFUSED_STREAM)
    connection.ping()


def test_answers_that_nobody_reads_are_not_collected(start_broker, wire):
    """Each PING wants an answer: h2o is not asked for more while those before wait, so in the end
    only the kernel's buffers take what is sent."""
    broker = start_broker("--limit", "http2_control_frames=1000000000")
    connection = wire(port=broker.port, receive_buffer=4096)
    connection.socket.settimeout(seconds(1))
    piece, sent = frame(PING, payload=b"8 bytes.") * 1000, 0
    with pytest.raises(socket.timeout):
        while sent < 100_000_000:
            sent += connection.socket.send(piece)
    connection.close()


def test_a_client_that_reads_nothing_is_cut_off(start_broker, wire, origin):
    broker = start_broker("--limit", "stall_wait_ms=300")
    origin.on("/large", answer(200, body=b"l" * 20_000_000))
    connection = wire(settings(WINDOW=2**31 - 1), window_update(0, 2**30), port=broker.port,
                      receive_buffer=4096)
    connection.get(1, "/large")
    broker.wait_log("connection cut", "STALLED", "stall_wait_ms")
    connection.wait_over(20)
