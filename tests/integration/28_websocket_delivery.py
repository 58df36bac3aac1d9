# SPDX-License-Identifier: Apache-2.0
"""ws-message: what publishers say to WebSockets, in every form, to one and to many."""
import threading

import pytest

from support.client import Connection
from support.grip import poll_item, stream_hold, stream_item, ws_item
from support.over_http import echo, events_answer, polite, subscribe, text
from support.waiting import scaled, until
from support.websocket import BINARY, CLOSE, PING, PONG, TEXT, frame, open_websocket

ROUTES = ["* {origin},over_http"]


@pytest.fixture
def listening(over_http, websocket, broker, channel):
    """listening() opens a WebSocket that is subscribed to `channel`."""
    def begin(reply=polite, **more):
        origin = over_http(opening=[subscribe(channel), text("open")], reply=reply)
        client = websocket(**more)
        client.expect_text("open")
        client.origin = origin
        return client
    return begin


# forms


@pytest.mark.parametrize("content,fields,opcode,payload", [
    ("héllo", {}, TEXT, "héllo".encode()), ("", {}, TEXT, b""),
    ("x", {"type": "text"}, TEXT, b"x"), ("x", {"type": "binary"}, BINARY, b"x"),
    (b"\xff\0", {}, BINARY, b"\xff\0"), (b"text", {"type": "text"}, TEXT, b"text"),
    (b"\xff", {"content": "ignored"}, BINARY, b"\xff"),
    (None, {"type": "ping"}, PING, b""), ("p", {"type": "ping"}, PING, b"p"),
    (None, {"type": "pong"}, PONG, b""), (b"\xff" * 125, {"type": "pong"}, PONG, b"\xff" * 125),
    ("x", {"action": "send"}, TEXT, b"x"), ("m:x", {}, TEXT, b"m:x"), ("c:{}", {}, TEXT, b"c:{}"),
    ("x" * 125, {}, TEXT, b"x" * 125), ("x" * 126, {}, TEXT, b"x" * 126),
    ("x" * 32767, {}, TEXT, b"x" * 32767), (b"x" * 32767, {}, BINARY, b"x" * 32767),
], ids=lambda value: str(value)[:30])
def test_a_publication_is_a_frame(listening, broker, channel, content, fields, opcode, payload):
    client = listening()
    broker.publish(ws_item(channel, content, **fields))
    client.expect(opcode, payload)


def test_the_largest_message_may_be_larger_where_the_limit_is(origin, over_http, start_broker,
                                                             websocket, channel):
    broker = start_broker("--limit", "content_bytes=0", routes=[f"* {origin.address},over_http"])
    over_http(opening=[subscribe(channel), text("open")])
    client = websocket(port=broker.port)
    client.expect_text("open")
    broker.publish(ws_item(channel, "x" * 65535), ws_item(channel, "x" * 65536))
    client.expect_text("x" * 65535)
    client.expect_text("x" * 65536)


def test_other_formats_are_not_for_websockets(listening, broker, channel):
    client = listening()
    broker.publish(stream_item(channel, "stream"), poll_item(channel, "poll"),
                   ws_item(channel, "mine"))
    client.expect_text("mine")


def test_one_item_speaks_to_each_in_its_own_format(listening, origin, connect, broker, channel):
    client = listening()
    origin.on("/hold", stream_hold(channel))
    connection = connect()
    connection.send(b"GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
    stream = connection.answer()
    broker.publish({"channel": channel, "formats": {
        "ws-message": {"content": "for sockets"}, "http-stream": {"content": "for streams"}}})
    client.expect_text("for sockets")
    stream.wait_for(b"for streams")
    assert stream.body == b"for streams"


# close


@pytest.mark.parametrize("fields,code,reason", [
    ({}, 1000, ""), ({"code": 0}, 1000, ""), ({"code": 1001}, 1001, ""),
    ({"code": 4000, "reason": "bye é"}, 4000, "bye é"), ({"reason": "why"}, 1000, "why"),
    ({"code": "4001"}, 4001, ""), ({"code": 3999, "reason": "x" * 123}, 3999, "x" * 123),
], ids=str)
def test_a_publisher_closes_with_code_and_reason(listening, broker, channel, fields, code, reason):
    client = listening()
    broker.publish(ws_item(channel, "last"), ws_item(channel, action="close", **fields),
                   ws_item(channel, "never"))
    client.expect_text("last")
    client.expect_closed(code, reason)
    assert client.origin.wait("CLOSE") is None
    broker.wait_metric("holds", 0)
    assert [kind for kind, _ in client.origin.events()] == ["CLOSE"]


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 2000, 5000, -1])
def test_a_close_code_that_nobody_may_send_is_refused(listening, broker, channel, code):
    client = listening()
    assert broker.post_items(ws_item(channel, action="close", code=code)).status == 400
    broker.publish(ws_item(channel, "still here"))
    client.expect_text("still here")


def test_a_close_reaches_everybody(listening, broker, channel):
    clients = [listening() for _ in range(20)]
    broker.publish(ws_item(channel, action="close"))
    for client in clients:
        client.expect_closed(1000)
    broker.wait_metric("holds", 0)


# hint and refresh


@pytest.mark.parametrize("action", ["hint", "refresh"])
def test_a_hint_or_refresh_asks_the_origin_with_no_event(listening, broker, channel, action):
    client = listening(reply=lambda request: polite(request) if request.body else [text("fetched")])
    broker.publish(ws_item(channel, action=action))
    client.expect_text("fetched")
    asked = client.origin.requests[1]
    assert (asked.body, asked.headers.all("content-length")) == (b"", ["0"])
    assert asked.get("connection-id") == client.origin.requests[0].get("connection-id")


def test_a_refresh_while_a_request_is_under_way_comes_behind_it(listening, broker, channel):
    may_answer = threading.Event()

    def reply(request):
        if request.body:
            return iter([may_answer, events_answer(*echo(request))])
        return [text("fetched")]
    client = listening(reply=reply)
    client.text("slow")
    client.origin.wait("TEXT", b"slow")
    broker.publish(*[ws_item(channel, action="refresh")] * 10, ws_item(channel, "published"))
    client.expect_text("published")
    assert len(client.origin.requests) == 2
    may_answer.set()
    client.expect_text("slow")
    client.expect_text("fetched")
    assert len(client.origin.requests) == 3


def test_a_refresh_goes_with_what_the_client_said(listening, broker, channel):
    """Data that waits is asked with; it needs no empty request beside it."""
    may_answer = threading.Event()
    client = listening(reply=lambda request: iter([may_answer, events_answer(*echo(request))]))
    client.text("slow")
    client.origin.wait("TEXT", b"slow")
    client.text("queued")
    broker.publish(ws_item(channel, action="refresh"), ws_item(channel, "published"))
    client.expect_text("published")
    may_answer.set()
    client.expect_text("slow")
    client.expect_text("queued")
    assert [request.body for request in client.origin.requests[2:]] == [b"TEXT 6\r\nqueued\r\n"]


# delivery


def test_what_is_published_does_not_wait_for_a_slow_origin(listening, broker, channel):
    may_answer = threading.Event()
    client = listening(reply=lambda request: iter([may_answer, events_answer()]))
    client.text("slow")
    client.origin.wait("TEXT")
    for number in range(20):
        broker.publish(ws_item(channel, f"<{number}>"))
        client.expect_text(f"<{number}>")
    may_answer.set()


def test_what_is_published_may_come_between_a_clients_fragments(listening, broker, channel):
    client = listening(reply=echo)
    client.send(frame(TEXT, "ab", fin=False))
    broker.publish(ws_item(channel, "published"))
    client.expect_text("published")
    client.send(frame(0, "cd"))
    client.expect_text("abcd")


def test_a_thousand_messages_come_in_order(listening, broker, channel):
    client = listening()
    for start in range(0, 1000, 50):
        broker.publish(*(ws_item(channel, f"<{number}>") for number in range(start, start + 50)))
    for number in range(1000):
        client.expect_text(f"<{number}>")


def test_messages_of_the_origin_and_of_publishers_are_each_whole(listening, broker, channel):
    """Together they stay within backlog_bytes, for nobody reads meanwhile."""
    client = listening(reply=lambda request: [text("o" * 60_000)] * 5
                       if request.events[0][0] == "TEXT" else polite(request))
    client.text("go")
    broker.publish(*[ws_item(channel, "p" * 20_000)] * 15)
    got = [client.receive(10) for _ in range(20)]
    assert sorted({(opcode, payload[:1], len(payload)) for opcode, payload in got}) == [
        (TEXT, b"o", 60_000), (TEXT, b"p", 20_000)]


def test_many_websockets_hear_a_message_once_each(over_http, websocket, broker, channel):
    over_http(opening=[subscribe(channel)])
    clients = [websocket() for _ in range(scaled(1000))]
    broker.wait_metric("subscriptions", len(clients))
    before = broker.metric("items_delivered")
    broker.publish(ws_item(channel, "message"), ws_item(channel, "end"))
    for client in clients:
        client.expect_text("message", 20)
        client.expect_text("end")
    broker.wait_metric("items_delivered", before + 2 * len(clients))
    for client in clients:
        client.connection.close()
    broker.wait_metric("holds", 0, amount=20)
    broker.wait_metric("subscriptions", 0)
    broker.wait_metric("channels", 0)


def test_websockets_that_come_and_go_leave_nothing_behind(over_http, websocket, broker, channel):
    over_http(opening=[subscribe(channel), text("open")])
    running = threading.Event()
    running.set()

    def publish():
        while running.is_set():
            broker.publish(ws_item(channel, "x" * 500))
    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        for turn in range(5):
            clients = [websocket() for _ in range(scaled(50))]
            for number, client in enumerate(clients):
                (client.connection.reset if (number + turn) % 2 else client.connection.close)()
    finally:
        running.clear()
        publisher.join()
    broker.wait_metric("holds", 0)
    broker.wait_metric("channels", 0)


def test_a_client_that_does_not_read_is_ended_and_the_others_get_everything(
        origin, over_http, start_broker, channel, target):
    broker = start_broker("--limit", "backlog_bytes=65536", routes=[f"* {origin.address},over_http"])
    over_http(opening=[subscribe(channel), text("open")])
    slow = open_websocket(Connection(broker.port, receive_buffer=4096), target)
    quick = open_websocket(Connection(broker.port), target)
    quick.expect_text("open")
    broker.wait_metric("subscriptions", 2)
    count = 0
    while not broker.ended("slow_client"):
        assert count < 1000, "the slow client was never ended"
        broker.publish(ws_item(channel, f"<{count}>".ljust(30_000, "x")))
        quick.expect_text(f"<{count}>".ljust(30_000, "x"))
        count += 1
    assert broker.metric("slow_clients_ended") == 1
    slow.expect_text("open")
    seen = 0
    while True:
        try:
            opcode, content = slow.receive(10)
        except EOFError:
            break
        if opcode == CLOSE:
            break
        assert content.startswith(b"<%d>" % seen), "a gap that the client cannot see"
        seen += 1
    assert seen < count
    for client in (slow, quick):
        client.connection.close()


def test_the_bytes_of_a_publication_are_counted(listening, broker, channel):
    client = listening()
    before = broker.metrics()
    broker.publish(ws_item(channel, "12345"))
    client.expect_text("12345")
    broker.wait_metric("items_delivered", before["holdfast_items_delivered_total"] + 1)
    until(lambda: broker.metric("bytes_delivered") >= before["holdfast_bytes_delivered_total"] + 7,
          "the bytes being counted")
