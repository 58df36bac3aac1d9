# SPDX-License-Identifier: Apache-2.0
"""Messages that the broker sends a WebSocket by itself: keep-alives, and those the origin delayed."""
import base64
import time

import pytest

from support.grip import ws_item
from support.over_http import DISCONNECT, control, polite, subscribe, text
from support.waiting import pause
from support.websocket import BINARY, PING, PONG, TEXT

ROUTES = ["* {origin},over_http"]


def talk(client, seconds):
    """The client talks for a while. Returns: what else came."""
    others, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        client.text("said")
        while (got := client.receive()) != (TEXT, b"said"):
            others.append(got)
        pause(0.1)
    return others


# keep-alive


@pytest.mark.parametrize("fields,opcode,content", [
    ({"content": "ping!"}, TEXT, b"ping!"), ({"content": ""}, TEXT, b""),
    ({"content": "p", "message_type": "ping"}, PING, b"p"),
    ({"content": "", "message_type": "ping"}, PING, b""),
    ({"content": "p", "message_type": "pong"}, PONG, b"p"),
    ({"content_bin": base64.b64encode(b"\xff\0").decode(), "message_type": "binary"}, BINARY,
     b"\xff\0"),
    ({"content_bin": base64.b64encode(b"text").decode()}, TEXT, b"text"),
    ({"content": "m:x"}, TEXT, b"m:x"),
], ids=str)
def test_an_idle_client_gets_its_keep_alive(told, fields, opcode, content):
    client = told(control("keep-alive", timeout=1, **fields), extension="grip")
    client.expect(opcode, content)
    client.expect(opcode, content)
    assert client.origin.events() == []


def test_a_keep_alive_does_not_come_much_early(told):
    began = time.monotonic()
    told(control("keep-alive", content="k", timeout=3)).expect_text("k", 8)
    assert time.monotonic() - began > 1.9


def test_a_keep_alive_after_months_does_not_come_within_a_second(told):
    """4,294,968 seconds are 704 milliseconds, counted in 32 bits."""
    client = told(control("keep-alive", content="k", timeout=4294968),
                  control("send-delayed", content="nothing came before", timeout=2))
    client.expect_text("nothing came before")


def test_a_keep_alive_can_be_switched_off_and_changed(told):
    client = told(control("keep-alive", content="k", timeout=1))
    client.expect_text("k")
    client.text('say:c:{"type":"keep-alive","content":"other","timeout":1}')
    client.expect_text("other")
    client.text('say:c:{"type":"keep-alive"}')
    client.text("off")
    while (got := client.receive())[1] == b"other":
        pass
    assert got == (TEXT, b"off")
    assert not talk(client, 2)


def test_idle_mode_waits_for_an_idle_client(told):
    client = told(control("keep-alive", content="k", timeout=3))
    assert not talk(client, 4)
    client.expect_text("k", 6)


def test_interval_mode_does_not_care(told):
    client = told(control("keep-alive", content="k", timeout=1, mode="interval"))
    assert (TEXT, b"k") in talk(client, 3)


def test_publications_count_as_activity(told, broker, channel):
    client = told(subscribe(channel), control("keep-alive", content="k", timeout=3))
    end = time.monotonic() + 4
    while time.monotonic() < end:
        broker.publish(ws_item(channel, "x"))
        client.expect_text("x")
        pause(0.1)
    client.expect_text("k", 6)


# delayed messages


def test_a_delayed_message_comes_later_and_once(told):
    began = time.monotonic()
    client = told(control("send-delayed", content="later", timeout=2), text("now"))
    client.expect_text("now")
    client.expect_text("later")
    assert time.monotonic() - began > 0.9
    assert not talk(client, 1.5)


def test_a_delayed_message_waits_a_second_unless_told_otherwise(told):
    client = told(control("send-delayed", content="later"))
    client.expect_text("later", 3)


@pytest.mark.parametrize("fields,opcode,content", [
    ({"content": "p", "message_type": "ping"}, PING, b"p"),
    ({"content_bin": base64.b64encode(b"\xff").decode(), "message_type": "binary"}, BINARY,
     b"\xff"),
], ids=str)
def test_a_delayed_message_may_be_of_any_type(told, fields, opcode, content):
    told(control("send-delayed", timeout=1, **fields)).expect(opcode, content)


def test_a_second_delayed_message_sends_the_first_at_once(told):
    client = told(control("send-delayed", content="first", timeout=60),
                  control("send-delayed", content="second", timeout=60), text("now"))
    client.expect_text("first")
    client.expect_text("now")
    client.text('say:c:{"type":"flush-delayed"}')
    client.expect_text("second")


def test_flushing_nothing_is_nothing(told):
    client = told(control("flush-delayed"), control("send-delayed", content="x", timeout=60),
                  control("flush-delayed"), control("flush-delayed"), text("now"))
    client.expect_text("x")
    client.expect_text("now")


def test_a_client_that_leaves_takes_its_timers_along(over_http, websocket, broker, channel):
    over_http(opening=[subscribe(channel), control("keep-alive", content="k", timeout=1),
                       control("send-delayed", content="later", timeout=1)],
              reply=lambda request: [DISCONNECT] if request.events[0][0] == "TEXT"
              else polite(request))
    gone, dropped, closed, stays = (websocket() for _ in range(4))
    gone.connection.reset()
    dropped.text("x")
    dropped.expect_end()
    closed.close(1000)
    assert closed.expect_close() == (1000, "")
    broker.wait_metric("subscriptions", 1)
    assert {stays.receive()[1] for _ in range(4)} == {b"k", b"later"}
