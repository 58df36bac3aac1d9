# SPDX-License-Identifier: Apache-2.0
"""The handshake of a WebSocket as far as it is between the client and us (RFC 6455 4)."""
import pytest

from support.client import get, post
from support.origin import answer
from support.over_http import echo
from support.waiting import scaled
from support.websocket import KEY, TEXT, Peer, accept_of, frame, open_websocket, upgrade

ROUTES = ["* {origin},over_http"]


@pytest.mark.parametrize("headers", [
    [("Upgrade", "WebSocket")], [("upgrade", "WEBSOCKET")], [("Connection", "upgrade")],
    [("Connection", "keep-alive, Upgrade")], [("connection", "Upgrade , close")],
    [("sec-websocket-key", KEY), ("SEC-WEBSOCKET-VERSION", "13")],
    [("Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODw==")],
    [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")],
    [("Sec-WebSocket-Extensions", "x-nonsense; a=1"), ("Sec-WebSocket-Extensions", "grip")],
], ids=str)
def test_a_sound_handshake_succeeds_in_any_spelling(over_http, websocket, headers):
    over_http(reply=echo)
    client = websocket(*headers)
    assert "sec-websocket-extensions" not in client.answer.headers
    client.text("there")
    client.expect_text("there")


def test_the_accept_is_the_one_of_rfc_6455(over_http, websocket):
    over_http()
    assert accept_of(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert websocket().answer.headers.get("sec-websocket-accept") == accept_of(KEY)


@pytest.mark.parametrize("version", ["8", "12", "14", "0", "013", "thirteen", ""])
def test_another_version_is_a_426_that_says_which(over_http, connect, target, version):
    origin = over_http()
    got = connect().ask(upgrade(target, ("Sec-WebSocket-Version", version)))
    assert got.status == 426
    assert got.headers.get("sec-websocket-version") == "13"
    assert not origin.requests


UNSOUND = {
    "no version": upgrade("{}", without=["sec-websocket-version"]),
    "no key": upgrade("{}", without=["sec-websocket-key"]),
    "an empty key": upgrade("{}", ("Sec-WebSocket-Key", "")),
    "a key of 3 bytes": upgrade("{}", ("Sec-WebSocket-Key", "AAEC")),
    "a key of 15 bytes": upgrade("{}", ("Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0O")),
    "a key of 17 bytes": upgrade("{}", ("Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODxA=")),
    "a key that is no base64": upgrade("{}", ("Sec-WebSocket-Key", "!" * 22 + "==")),
    "two keys": upgrade("{}", ("Sec-WebSocket-Key", KEY), ("Sec-WebSocket-Key", KEY)),
    "HTTP/1.0": upgrade("{}", version="1.0"),
    "POST": upgrade("{}").replace(b"GET ", b"POST ", 1),
    "a body": upgrade("{}", ("Content-Length", "5")) + b"hello",
}


@pytest.mark.parametrize("data", UNSOUND.values(), ids=UNSOUND.keys())
def test_a_handshake_that_is_not_sound_is_a_400_in_words(over_http, connect, target, data):
    origin = over_http()
    got = connect().ask(data.replace(b"{}", target.encode()))
    assert got.status in (400, 426)
    assert got.body.endswith(b"\n") and len(got.body) > 10
    assert got.headers.get("content-type").startswith("text/plain")
    assert not origin.requests


@pytest.mark.parametrize("headers", [
    [("Upgrade", "h2c")], [("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA")],
], ids=str)
def test_another_upgrade_is_an_ordinary_request(origin, connect, target, headers):
    origin.on(target, answer(200, body=b"plain"))
    got = connect().ask(get(target, ("Connection", "Upgrade"), *headers))
    assert (got.status, got.body) == (200, b"plain")
    assert origin.requests[0].method == "GET"


def test_events_are_not_a_clients_to_send(origin, connect, target):
    got = connect().ask(post(target, b"OPEN\r\n", ("Content-Type", "application/websocket-events")))
    assert (got.status, got.body) == (
        403, b"Client not allowed to send WebSocket events directly.\n")
    assert not origin.requests


def test_a_websocket_without_a_route_is_a_502(origin, start_broker, connect):
    broker = start_broker(routes=[f"only.test {origin.address},over_http"])
    got = connect(broker.port).ask(upgrade("/x"))
    assert (got.status, got.body) == (502, b"Route not found\n")


def test_a_handshake_may_follow_other_requests_on_its_connection(origin, over_http, connect, target):
    origin.on("/plain", answer(200, body=b"plain"))
    over_http(reply=echo)
    connection = connect()
    assert connection.ask(get("/plain")).body == b"plain"
    client = open_websocket(connection, target)
    client.text("there")
    client.expect_text("there")


def test_frames_that_come_with_the_handshake_are_heard_once_it_is_accepted(over_http, connect,
                                                                          target):
    """A client must not; a proxy before us may have joined the two."""
    origin = over_http(reply=echo)
    connection = connect()
    connection.send(upgrade(target) + frame(TEXT, "early") + frame(TEXT, "bird"))
    assert connection.answer().status == 101
    client = Peer(connection)
    client.expect_text("early")
    client.expect_text("bird")
    assert origin.requests[0].events == [("OPEN", None)]


def test_a_handshake_may_arrive_in_pieces(over_http, connect, target):
    over_http(reply=echo)
    connection, data = connect(), upgrade(target)
    for at in range(0, len(data), 7):
        connection.send(data[at:at + 7])
    assert connection.answer().status == 101
    client = Peer(connection)
    client.text("there")
    client.expect_text("there")


def test_many_websockets_at_once_are_each_their_own(over_http, websocket, broker):
    origin = over_http(reply=echo)
    clients = [websocket() for _ in range(scaled(200))]
    broker.wait_metric("holds", len(clients))
    for number, client in enumerate(clients):
        client.text(f"<{number}>")
    for number, client in enumerate(clients):
        client.expect_text(f"<{number}>")
    assert len({request.get("connection-id") for request in origin.requests}) == len(clients)
