# SPDX-License-Identifier: Apache-2.0
"""Grip-Keep-Alive: what an idle stream gets, and when."""
import time

import pytest

from support.client import get
from support.grip import grip_instruct, stream_hold, stream_item
from support.waiting import pause


@pytest.mark.parametrize("value,content", [
    (":k\\n; timeout=1", b":k\\n"),
    (":k\\n; format=raw; timeout=1", b":k\\n"),
    ("\\n; format=cstring; timeout=1", b"\n"),
    (":\\x41\\\\b\\r\\n\\t; format=cstring; timeout=1", b":A\\b\r\n\t"),
    ("AAEC/w==; format=base64; timeout=1", b"\x00\x01\x02\xff"),
    ("event: keep-alive\\ndata:\\n\\n; format=cstring; timeout=1",
     b"event: keep-alive\ndata:\n\n"),
], ids=["raw is the default", "raw", "cstring", "escapes", "base64", "an event"])
def test_an_idle_stream_gets_its_keep_alive(hold, value, content):
    stream = hold(headers=[("Grip-Keep-Alive", value)])
    stream.wait_for(content)
    assert stream.body == content


def test_keep_alives_go_on(hold):
    stream = hold(headers=[("Grip-Keep-Alive", "k; timeout=1")])
    stream.wait_for(b"kkk", 8)


def test_a_keep_alive_does_not_come_much_early(hold):
    """Up to a second of spread is allowed, more is not."""
    began = time.monotonic()
    stream = hold(headers=[("Grip-Keep-Alive", "k; timeout=3")])
    stream.wait_for(b"k", 8)
    assert time.monotonic() - began > 1.9


def test_idle_mode_waits_for_an_idle_stream(hold, broker, channel):
    """Messages keep coming for longer than the timeout; meanwhile no keep-alive."""
    stream = hold(headers=[("Grip-Keep-Alive", "K; timeout=3")])
    until = time.monotonic() + 4
    count = 0
    while time.monotonic() < until:
        broker.publish(stream_item(channel, "."))
        count += 1
        stream.wait_for(b"." * count)
        pause(0.1)
    assert b"K" not in stream.body
    stream.wait_for(b"K", 6)


def test_interval_mode_does_not_care(hold, broker, channel):
    stream = hold(headers=[("Grip-Keep-Alive", "K; timeout=1; mode=interval")])
    until = time.monotonic() + 5
    count = 0
    while b"K" not in stream.body and time.monotonic() < until:
        broker.publish(stream_item(channel, "."))
        count += 1
        stream.read_until(lambda: stream.body.count(b".") >= count, "the message")
        pause(0.1)
    assert b"K" in stream.body


def test_the_json_form_has_keep_alives(origin, connect):
    origin.on("/hold", grip_instruct({"hold": {
        "mode": "stream", "channels": [{"name": "a"}],
        "keep-alive": {"content-bin": "AAEC", "timeout": 1}}}))
    connection = connect()
    connection.send(get("/hold"))
    connection.answer().wait_for(b"\x00\x01\x02")


def test_http2_streams_get_keep_alives(origin, client2):
    origin.on("/hold", stream_hold("a", headers=[("Grip-Keep-Alive", "k; timeout=1")]))
    client2.wait_for(client2.get("/hold"), b"k")
