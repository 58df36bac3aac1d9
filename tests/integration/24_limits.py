# SPDX-License-Identifier: Apache-2.0
"""Limits that bound connections and what is sent behind a hold: who meets them, and who does not."""
import subprocess

import pytest

from support.client import Connection, get
from support.grip import stream_hold
from support.origin import answer


def held(origin, broker, channel):
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    return connection, connection.answer()


def test_a_client_that_sends_more_than_early_bytes_behind_a_hold_is_ended(origin, start_broker,
                                                                         channel):
    broker = start_broker("--limit", "early_bytes=1000")
    connection, stream = held(origin, broker, channel)
    connection.try_send(get("/next") * 100)
    assert stream.ended() == "cut"
    assert broker.ended("early_bytes") == 1
    connection.close()


def test_early_bytes_within_the_limit_are_the_next_request(origin, start_broker, channel):
    broker = start_broker("--limit", "early_bytes=1000")
    origin.on("/next", answer(200, body=b"next"))
    connection, stream = held(origin, broker, channel)
    connection.send(get("/next"))
    broker.publish({"channel": channel, "formats": {"http-stream": {"action": "close"}}})
    assert stream.ended() == "cleanly"
    assert connection.answer().read_all() == b"next"
    connection.close()


def test_clients_beyond_the_limit_wait_until_another_leaves(origin, start_broker, channel):
    broker = start_broker("--limit", "connections=2", "--workers", "1")
    origin.on("/x", answer(200, body=b"x"))
    first, second = held(origin, broker, channel), held(origin, broker, channel)
    third = Connection(broker.port)
    third.send(get("/x"))
    broker.wait_log("accepting paused")
    first[0].close()
    assert third.answer().read_all() == b"x"
    second[0].close()
    third.close()


def test_publishers_beyond_the_limit_wait_until_another_leaves(start_broker):
    broker = start_broker("--limit", "control_connections=2")
    idle = [Connection(broker.control_port) for _ in range(2)]
    for each in idle:
        assert each.ask(get("/healthz")).status == 200
    third = Connection(broker.control_port)
    third.send(get("/healthz"))
    idle[0].close()
    assert third.answer(amount=10).status == 200
    idle[1].close()
    third.close()


def test_strangers_who_do_not_finish_a_request_keep_no_publisher_out(start_broker):
    broker = start_broker("--limit", "control_connections=3", "--limit", "request_wait_ms=10min")
    strangers = [Connection(broker.control_port) for _ in range(3)]
    strangers[1].send(b"POST /publish/ HT")
    strangers[2].send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
    publishers = [Connection(broker.control_port) for _ in range(3)]
    for each in publishers:
        assert each.ask(get("/healthz")).status == 200
    for each in strangers:
        assert each.is_closed()
    for each in (*strangers, *publishers):
        each.close()


def test_the_publisher_who_has_been_silent_for_longest_makes_room(start_broker):
    broker = start_broker("--limit", "control_connections=2", "--limit", "request_wait_ms=10min")
    busy, silent = (Connection(broker.control_port) for _ in range(2))
    for each in (busy, silent, busy):
        assert each.ask(get("/healthz")).status == 200
    third = Connection(broker.control_port)
    assert third.ask(get("/healthz")).status == 200
    assert silent.is_closed()
    assert busy.ask(get("/healthz")).status == 200
    for each in (busy, silent, third):
        each.close()


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_client_that_takes_nothing_of_an_answer_is_cut(origin, start_broker, over_tls):
    broker = start_broker("--limit", "stall_wait_ms=300", over_tls=over_tls)
    origin.on("/large", answer(200, body=b"l" * 20_000_000))
    connection = Connection(broker.port, receive_buffer=4096)
    connection.send(get("/large"))
    broker.wait_metric("ended_total", 1, "stalled")
    broker.wait_metric("connections", 0)
    assert connection.answer().ended(10) == "cut"
    connection.close()


@pytest.mark.parametrize("size,status", [(2000, 200), (2001, 502)])
def test_the_body_of_an_instruction_has_its_limit(origin, start_broker, size, status):
    broker = start_broker("--limit", "grip_body_bytes=2000")
    origin.on("/x", answer(200, [("Grip-Status", "200")], b"b" * size))
    connection = Connection(broker.port)
    assert connection.ask(get("/x")).status == status
    connection.close()


def test_a_publish_body_has_its_limit(start_broker):
    broker = start_broker("--limit", "publish_body_bytes=2000")
    item = {"channel": "a", "formats": {"http-stream": {"content": "x" * 2000}}}
    got = broker.post_items(item)
    assert (got.status, got.body) == (413, b"The body is larger than publish_body_bytes.\n")


def test_clients_take_no_descriptor_that_the_control_listener_needs(origin, start_broker, channel):
    """Out of descriptors accepting pauses; health and the streams that exist do not notice."""
    broker = start_broker("--workers", "1")
    used = len(subprocess.check_output(["ls", f"/proc/{broker.process.pid}/fd"]).split())
    connection, stream = held(origin, broker, channel)
    subprocess.check_call(["prlimit", f"--pid={broker.process.pid}", f"--nofile={used + 12}:"])
    crowd = [Connection(broker.port) for _ in range(30)]
    broker.wait_log("accepting paused")
    subprocess.check_call(["prlimit", f"--pid={broker.process.pid}", "--nofile=1000:"])
    broker.publish({"channel": channel, "formats": {"http-stream": {"content": "still here"}}})
    stream.wait_for(b"still here")
    origin.on("/x", answer(200, body=b"x"))
    assert crowd[-1].ask(get("/x"), 10).body == b"x"
    for each in (connection, *crowd):
        each.close()
