# SPDX-License-Identifier: Apache-2.0
"""A start opens its ports when everything behind them stands; a stop ends what is held cleanly
and loses nothing it has promised."""
import signal
import socket
import threading

import pytest

from support.client import Connection, get
from support.client2 import Client2
from support.grip import stream_hold, stream_item
from support.origin import answer
from support.waiting import until


def held(broker, origin, channel, version="1.1"):
    origin.on("/hold", stream_hold(channel, body=b"first"))
    connection = Connection(broker.port)
    connection.send(get("/hold", version=version))
    stream = connection.answer()
    stream.wait_for(b"first")
    return stream


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_streams_with_their_last_chunk(origin, start_broker, channel, sign):
    broker = start_broker()
    streams = [held(broker, origin, channel) for _ in range(5)]
    broker.signal(sign)
    for stream in streams:
        assert stream.ended(10) == "cleanly"
        assert stream.connection.is_closed()
        stream.connection.close()
    broker.stop()


def test_a_stop_ends_http2_streams_cleanly(origin, start_broker, channel):
    broker = start_broker()
    origin.on("/hold", stream_hold(channel))
    client = Client2(broker.port)
    streams = [client.wait_head(client.get("/hold")) for _ in range(3)]
    broker.signal(signal.SIGTERM)
    for stream in streams:
        assert client.ended(stream, 10) == "cleanly"
    broker.stop()
    client.close()


def test_what_was_published_before_the_stop_is_delivered(origin, start_broker, channel):
    broker = start_broker()
    stream = held(broker, origin, channel)
    broker.publish(*(stream_item(channel, f"<{number}>") for number in range(500)))
    broker.signal(signal.SIGTERM)
    assert stream.ended(10) == "cleanly"
    assert stream.body == b"first" + b"".join(b"<%d>" % number for number in range(500))
    broker.stop()
    stream.connection.close()


def test_a_request_under_way_gets_a_whole_answer(origin, start_broker):
    """The origin's, or a 503 that says why; never a cut."""
    broker = start_broker()
    release = threading.Event()
    origin.on("/slow", lambda _: iter([release, answer(200, body=b"in time")]))
    connection = Connection(broker.port)
    connection.send(get("/slow"))
    origin.wait_asked("/slow")
    broker.signal(signal.SIGTERM)
    until(lambda: not accepts(broker.port), "no more clients being accepted")
    release.set()
    got = connection.answer()
    assert (got.status, got.read_all()) in ((200, b"in time"), (503, b"holdfast is stopping\n"))
    broker.stop()
    connection.close()


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def test_idle_connections_do_not_delay_a_stop(start_broker, origin):
    origin.on("*", answer(200, body=b"ok"))
    broker = start_broker()
    idle = [Connection(broker.port), Connection(broker.control_port), Connection(broker.port)]
    idle[0].ask(get("/x"))
    broker.stop(amount=4)
    for connection in idle:
        connection.close()


def test_a_client_that_does_not_take_its_last_bytes_is_cut(origin, start_broker, channel):
    broker = start_broker("--limit", "stop_wait_ms=300")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port, receive_buffer=4096)
    connection.send(get("/hold"))
    connection.answer()
    broker.publish(*[stream_item(channel, "x" * 30000)] * 30)
    broker.stop(amount=5)
    connection.close()


def test_a_request_an_origin_never_answers_does_not_stop_the_stop(origin, start_broker):
    broker = start_broker("--limit", "stop_wait_ms=300")
    origin.on("/never", lambda _: iter([threading.Event()]))
    connection = Connection(broker.port)
    connection.send(get("/never"))
    origin.wait_asked("/never")
    broker.stop(amount=5)
    connection.close()


def test_a_second_signal_does_not_wait_for_anybody(origin, start_broker, channel):
    broker = start_broker("--limit", "stop_wait_ms=600000")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port, receive_buffer=4096)
    connection.send(get("/hold"))
    connection.answer()
    broker.publish(*[stream_item(channel, "x" * 30000)] * 30)
    broker.signal(signal.SIGTERM)
    broker.wait_log("stopping")
    until(lambda: not accepts(broker.port), "no more clients being accepted")
    broker.signal(signal.SIGTERM)
    broker.stop(status=-signal.SIGTERM, amount=3)
    connection.close()


def test_the_log_tells_of_start_and_stop(start_broker):
    broker = start_broker("--workers", 3)
    assert broker.has_log("info", "ready", "workers=3")
    assert broker.has_log("info", "listening", "for=clients")
    assert broker.has_log("info", "listening", "for=publishers")
    broker.stop()
    assert broker.has_log("info", "stop")


def test_ready_is_said_when_both_ports_are_open(start_broker):
    """The very first publication after it reaches the very first hold."""
    broker = start_broker("--workers", 4)
    assert broker.control("GET", "/readyz").status == 200
    assert accepts(broker.port)


def test_readiness_ends_with_the_stop(origin, start_broker):
    broker = start_broker()
    release = threading.Event()
    origin.on("/slow", lambda _: iter([release, answer(200, body=b"x")]))
    connection = Connection(broker.port)
    connection.send(get("/slow"))
    origin.wait_asked("/slow")
    broker.signal(signal.SIGTERM)

    def is_unready():
        try:
            return broker.control("GET", "/readyz").status != 200
        except (OSError, AssertionError, TimeoutError):
            return True
    until(is_unready, "readiness ending")
    release.set()
    broker.stop()
    connection.close()


def test_a_port_is_free_again_at_once(start_broker, origin, channel):
    broker = start_broker()
    stream = held(broker, origin, channel)
    port = broker.port
    broker.stop()
    stream.connection.close()
    again = start_broker("--listen", f"127.0.0.1:{port}")
    assert accepts(port)
    again.stop()


def test_hundreds_of_streams_end_cleanly_with_one_stop(origin, start_broker, channel):
    broker = start_broker()
    streams = [held(broker, origin, channel) for _ in range(200)]
    broker.signal(signal.SIGTERM)
    assert {stream.ended(10) for stream in streams} == {"cleanly"}
    broker.stop()
    for stream in streams:
        stream.connection.close()


def test_starting_and_stopping_often_works(start_broker):
    for _ in range(5):
        start_broker().stop()
