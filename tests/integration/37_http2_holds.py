# SPDX-License-Identifier: Apache-2.0
"""Holds on HTTP/2 streams: closed by the client at each step, windows that stay shut, many at once."""
import signal
import subprocess
import threading

import pytest

from support.grip import close_item, poll_hold, poll_item, stream_hold, stream_item
from support.http2_raw import (CONTINUATION, DATA, HEADERS, PROTOCOL_ERROR, frame, goaway, head,
                               reset, settings, window_update)
from support.origin import answer
from support.waiting import Deadline, until, until_steady

FLAGS = ["--limit", "backlog_bytes=65536", "--limit", "stall_wait_ms=1500"]
BIG = "b" * 20000


@pytest.fixture
def held(origin, wire, channel):
    """held(stream..., first=[...]) holds these streams of a connection on `channel`."""
    def open_streams(*streams, first=()):
        origin.on("/hold", stream_hold(channel))
        connection = wire(*first)
        for stream in streams:
            connection.get(stream, "/hold")
            connection.wait_for(HEADERS, stream)
        return connection
    return open_streams


# streams that the client closes, at each step of a hold's life


def test_before_the_origin_answers(origin, wire, broker, channel):
    release = threading.Event()
    origin.on("/slow", lambda request: iter([release, stream_hold(channel)]))
    connection = wire()
    connection.get(1, "/slow")
    origin.wait_asked("/slow")
    connection.send(reset(1))
    connection.ping()
    release.set()
    origin.on("/next", answer(200, body=b"next"))
    connection.get(3, "/next")
    assert connection.ended(3) == ("whole", 0)
    assert broker.metric("holds") == 0


def test_before_its_body_has_come_whole(origin, wire, broker):
    origin.on("/next", answer(200, body=b"next"))
    connection = wire()
    connection.send(head(1, "/never", flags=4, method="POST") + b"\0\0\5\0\0\0\0\0\1hello", reset(1))
    connection.get(3, "/next")
    assert connection.ended(3) == ("whole", 0)
    assert not origin.asked("/never")


def test_in_the_same_packet_as_the_request(origin, wire, broker, channel):
    origin.on("/hold", stream_hold(channel))
    origin.on("/poll", poll_hold(channel))
    connection = wire()
    for stream, path in ((1, "/hold"), (3, "/poll")):
        connection.send(head(stream, path) + reset(stream))
    connection.ping()
    until(lambda: broker.metric("subscriptions") == 0, "nobody being subscribed")


@pytest.mark.parametrize("kind", [stream_hold, poll_hold])
def test_while_it_is_held(origin, wire, broker, channel, kind):
    origin.on("/hold", kind(channel))
    connection = wire()
    connection.send(head(1, "/hold"), head(3, "/hold"))
    broker.wait_metric("holds", 2)
    connection.send(reset(1))
    broker.wait_metric("holds", 1)
    broker.publish({"channel": channel, "formats": {"http-stream": {"content": "x"},
                                                    "http-response": {"body": "x"}}})
    connection.wait_body(3, b"x")
    assert not connection.body(1)
    connection.close()


def fill(connection, origin, stream):
    """Lets a large answer fill the socket, of which nothing is read from here on."""
    origin.on("/large", answer(200, body=b"l" * 20_000_000))
    connection.send(window_update(0, 2**30), head(stream, "/large"), window_update(stream, 2**30))
    connection.wait_for(DATA, stream)
    until_steady(lambda: origin.sent_bytes, "the large answer being stuck")


def test_while_its_head_waits_for_the_socket(origin, wire, broker, channel):
    """The head is h2o's, and cannot leave: the client has not read what came before it. That its
    window then opens ended the process of h2o 2.2.5."""
    release = threading.Event()
    origin.on("/hold", lambda request: steps(release, stream_hold(channel)))
    connection = wire(settings(WINDOW=0), receive_buffer=4096)
    connection.get(1, "/hold")
    origin.wait_asked("/hold")
    fill(connection, origin, 3)
    release.set()
    broker.wait_metric("holds", 1)
    connection.send(reset(1) + window_update(1, 1))
    connection.ping(20)
    broker.wait_metric("holds", 0)


def steps(*all_of_them):
    yield from all_of_them


def test_while_messages_are_delivered(held, broker, channel):
    streams = range(1, 100, 2)
    connection = held(*streams)
    for at, stream in enumerate(streams):
        broker.publish(stream_item(channel, f"<{at}>"))
        connection.send(reset(stream))
    broker.wait_metric("holds", 0)
    connection.ping()


def test_while_it_is_closed_by_a_publisher(held, broker, channel):
    streams = range(1, 100, 2)
    connection = held(*streams)
    broker.publish(close_item(channel))
    connection.send(*(reset(stream) for stream in streams))
    broker.wait_metric("holds", 0)
    connection.ping()


def test_after_its_end_and_once_more(held, broker, channel):
    connection = held(1)
    broker.publish(close_item(channel))
    assert connection.ended(1) == ("whole", 0)
    connection.send(reset(1), reset(1), window_update(1, 5))
    connection.ping()


def test_and_opens_its_window_at_the_same_time(held, broker, channel):
    """A window that opens on a stream which is ending ended the process of h2o 2.2.5."""
    connection = held(*range(1, 40, 2), first=[settings(WINDOW=0)])
    for stream in range(1, 40, 2):
        broker.publish(stream_item(channel, "x"))
        connection.send(settings(WINDOW=stream) + window_update(stream, 1) + reset(stream) +
                        window_update(stream, 1) + settings(WINDOW=0))
    connection.ping()
    broker.wait_metric("holds", 0)


def test_a_window_that_opens_on_an_answer_which_is_being_written(origin, wire, broker):
    """By a client that does nothing unusual: each answer takes its whole window, and the socket is
    full of another."""
    origin.on("/small", answer(200, body=b"s" * 50))
    connection = wire(settings(WINDOW=50), receive_buffer=4096)
    fill(connection, origin, 1)
    deadline = Deadline(60, "all answers")
    streams = range(3, 200, 2)
    for at, stream in enumerate(streams):
        connection.send(head(stream, "/small"))
        for _ in range(20):
            connection.receive(deadline)
        before = streams[max(0, at - 1 - at % 10)]
        connection.send(window_update(before, 1))
    for stream in (1, *streams):
        assert connection.ended(stream, 60) == ("whole", 0)
    connection.ping()


# many at once


def hundred(origin, broker, connection, channel):
    origin.on("/hold", stream_hold(channel))
    connection.send(*(head(1 + 2 * number, "/hold") for number in range(100)))
    broker.wait_metric("holds", 100)


def test_a_hundred_holds_are_cut_with_their_socket(origin, wire, broker, channel, stream):
    connection = wire()
    origin.on("/many", stream_hold(channel))
    connection.send(*(head(1 + 2 * number, "/many") for number in range(100)))
    broker.wait_metric("holds", 101)
    connection.close()
    broker.wait_metric("holds", 1)
    broker.wait_metric("http2_connections", 0)
    broker.publish(stream_item(channel, "still here"))
    stream.wait_for(b"still here")


def test_a_hundred_holds_are_cut_in_the_middle_of_a_delivery(origin, wire, broker, channel):
    connection = wire()
    hundred(origin, broker, connection, channel)
    broker.publish(*[stream_item(channel, BIG)] * 3)
    connection.close()
    broker.publish(*[stream_item(channel, BIG)] * 3)
    broker.wait_metric("holds", 0)


def test_a_hundred_holds_are_reset_at_once(origin, wire, broker, channel):
    """An honest client that leaves a page: no flood."""
    connection = wire()
    hundred(origin, broker, connection, channel)
    connection.send(*(reset(1 + 2 * number) for number in range(100)))
    broker.wait_metric("holds", 0)
    connection.ping()
    connection.send(*(head(201 + 2 * number, "/hold") for number in range(100)))
    broker.wait_metric("holds", 100)
    connection.close()


def test_a_client_that_says_goodbye_is_served_until_it_closes(origin, wire, broker, channel):
    connection = wire()
    hundred(origin, broker, connection, channel)
    connection.send(goaway())
    broker.publish(stream_item(channel, "x"))
    for number in range(100):
        connection.wait_body(1 + 2 * number, b"x")
    connection.close()
    broker.wait_metric("holds", 0)


def test_a_hundred_streams_end_in_one_go(origin, wire, broker, channel):
    connection = wire()
    hundred(origin, broker, connection, channel)
    broker.publish(stream_item(channel, "last"), close_item(channel))
    for number in range(100):
        assert connection.ended(1 + 2 * number) == ("whole", 0)
        assert connection.body(1 + 2 * number) == b"last"


# windows that stay shut


def test_a_stream_with_a_shut_window_is_ended_alone(origin, wire, broker, channel):
    """At its backlog's bound it is reset at once; its siblings never notice."""
    origin.on("/shut", stream_hold(channel + "-shut"))
    origin.on("/open", stream_hold(channel))
    connection = wire(settings(WINDOW=0))
    connection.get(1, "/shut")
    connection.get(3, "/open")
    for stream in (1, 3):
        connection.wait_for(HEADERS, stream)
    connection.send(window_update(3, 65535))
    for number in range(5):
        broker.publish(stream_item(channel + "-shut", BIG), stream_item(channel, f"<{number}>"))
    assert connection.ended(1) == ("reset", PROTOCOL_ERROR)
    assert connection.body(1) == b""
    connection.wait_body(3, b"<0><1><2><3><4>")
    broker.publish(stream_item(channel, "after"))
    connection.wait_body(3, b"after")
    assert broker.ended("slow_client") >= 1
    connection.close()


def test_a_stream_with_a_shut_window_is_ended_when_it_stalls(origin, wire, broker, channel):
    origin.on("/hold", stream_hold(channel))
    connection = wire(settings(WINDOW=0))
    connection.send(head(1, "/hold"), head(3, "/hold"))
    broker.wait_metric("holds", 2)
    connection.send(window_update(3, 100))
    broker.publish(stream_item(channel, "x"))
    connection.wait_body(3, b"x")
    assert connection.ended(1, 10) == ("reset", PROTOCOL_ERROR)
    broker.publish(stream_item(channel, "y"))
    connection.wait_body(3, b"xy")
    connection.close()


def test_a_window_that_opens_slowly_loses_nothing(held, broker, channel):
    connection = held(1, first=[settings(WINDOW=0)])
    broker.publish(*(stream_item(channel, f"<{number}>") for number in range(50)))
    expected = "".join(f"<{number}>" for number in range(50)).encode()
    for at in range(len(expected)):
        connection.send(window_update(1, 1))
        connection.wait_body(1, expected[:at + 1])
    connection.close()


def test_a_poll_with_a_shut_window_is_answered_when_it_opens(origin, wire, broker, channel):
    origin.on("/poll", poll_hold(channel))
    connection = wire(settings(WINDOW=0))
    connection.send(head(1, "/poll"), head(3, "/poll"))
    broker.wait_metric("holds", 2)
    broker.publish(poll_item(channel, "answer"))
    broker.wait_metric("holds", 0)
    connection.send(window_update(3, 10))
    assert connection.ended(3) == ("whole", 0)
    assert connection.body(3) == b"answer"
    connection.send(window_update(1, 3))
    connection.wait_body(1, b"ans")
    connection.send(window_update(1, 3))
    assert connection.ended(1) == ("whole", 0)


def test_answers_that_are_not_taken_are_ended_alone(origin, wire, broker, channel):
    """Whole ones, a relayed one, and the end of a stream: h2o would keep them for good."""
    origin.on("/hold", stream_hold(channel))
    origin.on("/poll", poll_hold(channel))
    origin.on("/closed", stream_hold(channel + "-closed"))
    origin.on("/relay", answer(200, body=b"r" * 100_000))
    connection = wire(settings(WINDOW=0))
    connection.send(head(1, "/hold"), head(3, "/poll"), head(5, "/closed"), head(7, "/relay"),
                    head(9, "/absent"), head(11, "/relay"), window_update(1, 65535))
    for stream in (1, 5, 7, 9, 11):
        connection.wait_for(HEADERS, stream)
    broker.wait_metric("holds", 3)
    broker.publish({"channel": channel, "formats": {"http-stream": {"content": "x"},
                                                    "http-response": {"body": "x"}}},
                   close_item(channel + "-closed"))
    deadline = Deadline(10, "the end of those that take nothing")
    while not all(connection.end(stream) for stream in (3, 5, 7, 9)):
        connection.send(window_update(11, 1))  # slow, but it moves
        connection.ping()
        deadline.left()
    for stream in (3, 5, 7, 9):
        assert connection.end(stream) == ("reset", PROTOCOL_ERROR)
    assert not connection.end(11)
    broker.publish(stream_item(channel, "y"))
    connection.wait_body(1, b"xy")
    connection.close()


# the stop


@pytest.mark.parametrize("window", [0, 65535])
def test_a_stop_ends_streams_and_polls(origin, start_broker, wire, channel, window):
    broker = start_broker("--limit", "stop_wait_ms=1000")
    origin.on("/hold", stream_hold(channel))
    origin.on("/poll", poll_hold(channel))
    connection = wire(settings(WINDOW=window), port=broker.port)
    connection.send(*(head(1 + 2 * number, "/hold") for number in range(50)),
                    *(head(101 + 2 * number, "/poll") for number in range(50)))
    broker.wait_metric("holds", 100)
    broker.signal(signal.SIGTERM)
    if window:
        for number in range(100):
            assert connection.ended(1 + 2 * number) == ("whole", 0)
    connection.wait_over(10)
    broker.stop()


@pytest.mark.parametrize("before,behind", [
    (head(5, "/x", flags=1), frame(CONTINUATION, 0, 5, b"x")),
    (head(5, "/x", flags=4, method="POST") + frame(DATA, 0, 5, b"x"),
     frame(HEADERS, 1, 5, b"\0") + frame(CONTINUATION, 4, 5, b"\1x\1y")),
], ids=["a head", "trailers"])
def test_a_stop_waits_for_no_head_that_has_begun(origin, start_broker, wire, channel, before,
                                                 behind):
    """h2o 2.2.5 never returned from the rest of one that came behind its own last GOAWAY, while a
    stream was still open."""
    broker = start_broker("--limit", "stop_wait_ms=3000")
    release = threading.Event()
    origin.on("/hold", stream_hold(channel))
    origin.on("/large", lambda request: steps(release, answer(200, body=b"l" * 20_000_000)))
    connection = wire(settings(WINDOW=0), port=broker.port, receive_buffer=4096)
    connection.send(window_update(0, 2**30), head(1, "/hold"), head(3, "/large"),
                    window_update(3, 2**30))
    connection.wait_for(HEADERS, 1)
    origin.wait_asked("/large")
    connection.send(before)
    release.set()
    connection.wait_for(DATA, 3)
    until_steady(lambda: origin.sent_bytes, "the large answer being stuck")
    connection.send(behind)  # not read as long as nothing is taken
    broker.signal(signal.SIGTERM)
    until_steady(broker.is_alive, "h2o's last GOAWAY, a second after the first", still=1.5)
    connection.wait_over(20)
    broker.stop()


# other clients


def test_curl_is_held_by_http2(origin, broker, channel):
    origin.on("/hold", stream_hold(channel))
    curl = subprocess.Popen(["curl", "-sN", "--http2-prior-knowledge", "-w", "%{http_version}",
                             "--cacert", broker.authority.path, broker.url("/hold")],
                            stdout=subprocess.PIPE)
    broker.wait_metric("holds", 1)
    broker.publish(stream_item(channel, "hello "), close_item(channel))
    assert curl.communicate(timeout=10)[0] == b"hello 2"
    assert curl.returncode == 0


def test_nghttp_is_held_by_http2(origin, broker, channel):
    origin.on("/hold", stream_hold(channel))
    nghttp = subprocess.Popen(["nghttp", "--no-verify-peer", broker.url("/hold")],
                              stdout=subprocess.PIPE)
    broker.wait_metric("holds", 1)
    broker.publish(stream_item(channel, "hello"), close_item(channel))
    assert nghttp.communicate(timeout=10)[0] == b"hello"
    assert nghttp.returncode == 0
