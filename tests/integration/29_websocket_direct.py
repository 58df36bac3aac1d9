# SPDX-License-Identifier: Apache-2.0
"""Origins that speak WebSocket themselves: frames relayed both ways, GRIP on top."""
import threading

import pytest

from support.grip import is_signed_hs256, ws_item
from support.origin import CLOSE as HANG_UP
from support.origin import answer
from support.waiting import until_steady
from support.websocket import (BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_payload,
                               fragments, frame, upgrade)

ROUTES = ["* {origin}", "open.test,no_grip {origin}", "pre.test,prefix=pre- {origin},sub=implicit"]


@pytest.fixture
def pair(direct, websocket):
    """pair(...) opens a WebSocket: the client's end and the origin's."""
    def begin(*headers, at=None, host="client.test", receive_buffer=None, **script):
        origin = direct(**script)
        client = websocket(*headers, at=at, host=host, receive_buffer=receive_buffer)
        return client, origin.next()
    return begin


def subscribe(channel):
    return 'c:{"type":"subscribe","channel":"%s"}' % channel


# the handshake


def test_the_origin_is_asked_for_a_websocket_of_its_own(pair, target):
    client, theirs = pair(("Cookie", "a=1"), ("Origin", "http://site.test"), ("X-App", "1"),
                          ("Sec-WebSocket-Extensions", "permessage-deflate"),
                          ("Grip-Evil", "1"), at=target + "?q=%20")
    asked = theirs.request
    assert (asked.method, asked.target, asked.version) == ("GET", target + "?q=%20", "HTTP/1.1")
    assert asked.get("upgrade").lower() == "websocket"
    assert asked.get("connection").lower() == "upgrade"
    assert asked.headers.all("sec-websocket-version") == ["13"]
    assert len(asked.headers.all("sec-websocket-key")) == 1
    assert asked.headers.all("sec-websocket-extensions") == ["grip"]
    assert asked.get("host") == "client.test"
    assert is_signed_hs256(asked.get("grip-sig"), b"secret")
    for name, value in (("cookie", "a=1"), ("origin", "http://site.test"), ("x-app", "1")):
        assert asked.headers.all(name) == [value]
    assert "grip-evil" not in asked.headers


def test_a_route_without_grip_offers_no_extension(pair):
    client, theirs = pair(host="open.test", extension=None)
    assert "sec-websocket-extensions" not in theirs.request.headers
    assert "grip-sig" not in theirs.request.headers
    theirs.text("c:{}")
    client.expect_text("c:{}")


def test_headers_of_the_origin_come_with_the_101(pair):
    client, theirs = pair(("Sec-WebSocket-Protocol", "a, b"), headers=[
        ("Sec-WebSocket-Protocol", "b"), ("X-App", "1"), ("Set-Cookie", "a=1"), ("Grip-Foo", "x")])
    assert theirs.request.get("sec-websocket-protocol") == "a, b"
    headers = client.answer.headers
    assert headers.all("sec-websocket-protocol") == ["b"]
    assert (headers.get("x-app"), headers.get("set-cookie")) == ("1", "a=1")
    assert "grip-foo" not in headers and "sec-websocket-extensions" not in headers
    assert len(headers.all("upgrade")) == len(headers.all("connection")) == 1


def test_frames_that_come_with_the_101_of_the_origin_are_not_lost(pair):
    client, theirs = pair(more=frame(TEXT, "at once", mask=None) + frame(PING, "p", mask=None))
    client.expect_text("at once")
    client.expect(PING, "p")


@pytest.mark.parametrize("told", [
    answer(403, [("X-App", "1")], b"no", "Forbidden"),
    answer(302, [("Location", "/login"), ("X-App", "1")], b"", "Found"),
    answer(200, [("X-App", "1")], b"<p>a page</p>"),
    answer(500, [("X-App", "1"), ("Grip-Foo", "1")], b"oops", "Internal Server Error"),
], ids=["403", "302", "a page", "500"])
def test_an_origin_that_rejects_is_shown_to_the_client_as_it_is(origin, connect, broker, target,
                                                                told):
    origin.on(target, told)
    got = connect().ask(upgrade(target))
    head, _, body = told.partition(b"\r\n\r\n")
    assert (got.status, got.body) == (int(head.split()[1]), body)
    assert got.headers.get("x-app") == "1"
    assert "grip-foo" not in got.headers and "upgrade" not in got.headers
    broker.wait_metric("holds", 0)


@pytest.mark.parametrize("accept", [lambda key: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", lambda key: ""],
                         ids=["another's", "empty"])
def test_an_origin_that_accepts_what_it_was_not_asked_is_a_502(direct, connect, target, accept):
    direct(accept=accept)
    assert connect().ask(upgrade(target, ("Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODw=="))
                         ).status == 502


def test_an_origin_that_hangs_up_is_a_502(origin, connect, target):
    origin.on(target, lambda _: iter([HANG_UP]))
    assert connect().ask(upgrade(target)).status == 502


def test_another_target_is_tried_where_one_is_not_there(origin, direct, start_broker, websocket):
    broker = start_broker(routes=[f"* 127.0.0.1:1 {origin.address}"])
    made = direct()
    client = websocket(port=broker.port)
    made.next().text("here")
    client.expect_text("here")


# frames


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 300_000])
def test_messages_travel_both_ways(pair, size):
    client, theirs = pair()
    for sender, receiver in ((client, theirs), (theirs, client)):
        sender.text("t" * size)
        receiver.expect_text("t" * size)
        sender.binary(b"\xff" * size)
        receiver.expect_binary(b"\xff" * size)


def test_pings_and_pongs_are_the_other_ends_business(pair):
    client, theirs = pair()
    for sender, receiver in ((client, theirs), (theirs, client)):
        sender.ping(b"p")
        receiver.expect(PING, b"p")
        receiver.pong(b"p")
        sender.expect(PONG, b"p")
        sender.ping()
        receiver.expect(PING, b"")


def test_fragments_are_one_message_at_the_other_end(pair):
    client, theirs = pair()
    client.send(frame(TEXT, "ab", fin=False) + frame(PING, "p") + frame(CONTINUATION, "cd"))
    got = [theirs.receive(), theirs.receive()]
    assert sorted(got) == [(TEXT, b"abcd"), (PING, b"p")]
    theirs.send(fragments(BINARY, b"1", b"", b"2", mask=None))
    client.expect_binary(b"12")


def test_many_messages_keep_their_order(pair):
    client, theirs = pair()
    for sender, receiver, mask in ((client, theirs, client.mask), (theirs, client, None)):
        sender.send(b"".join(frame(TEXT, f"<{n}>", mask=mask) for n in range(1000)))
        for number in range(1000):
            receiver.expect_text(f"<{number}>")


def test_what_a_client_breaks_does_not_reach_the_origin(pair, broker):
    client, theirs = pair()
    client.send(frame(TEXT, b"\xff"))
    client.expect_failure(1007)
    opcode, _ = ended(theirs)
    assert opcode in (None, CLOSE)
    broker.wait_metric("holds", 0)


def ended(peer):
    """How a WebSocket ended for `peer`: a close frame (opcode, payload), or (None, b"") without."""
    try:
        return peer.receive()
    except EOFError:
        return None, b""


@pytest.mark.parametrize("data", [
    frame(TEXT, "masked"), frame(TEXT, "x", rsv=4, mask=None), frame(3, mask=None),
    frame(TEXT, b"\xff", mask=None), frame(PING, "x" * 126, mask=None),
    frame(CONTINUATION, "x", mask=None), frame(CLOSE, b"x", mask=None),
    frame(CLOSE, close_payload(1005), mask=None),
], ids=["masked", "a reserved bit", "opcode 3", "no UTF-8", "a long ping", "a stray continuation",
        "a close of one byte", "close 1005"])
def test_an_origin_that_breaks_the_protocol_has_failed(pair, broker, data):
    client, theirs = pair()
    theirs.text("before")
    theirs.send(data)
    client.expect_text("before")
    client.expect_failure(1011)
    broker.wait_metric("holds", 0)


# ends


@pytest.mark.parametrize("code,reason", [(1000, ""), (1001, "away"), (4002, "é" * 60), (None, "")])
def test_a_client_that_closes_is_mirrored(pair, broker, code, reason):
    client, theirs = pair()
    client.close(code, reason)
    assert theirs.expect_close() == (code, reason)
    theirs.close(code, reason)
    theirs.expect_end()
    got, why = client.expect_close()
    assert (got or code, why) == (code, reason) or (code, got) == (None, 1000)
    client.expect_end()
    broker.wait_metric("holds", 0)


@pytest.mark.parametrize("code,reason", [(1000, ""), (1012, "restart"), (4002, "é" * 60)])
def test_an_origin_that_closes_is_mirrored(pair, broker, code, reason):
    client, theirs = pair()
    theirs.text("last")
    theirs.close(code, reason)
    client.expect_text("last")
    client.expect_closed(code, reason)
    assert ended(theirs)[0] in (None, CLOSE)
    broker.wait_metric("holds", 0)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_vanishes_takes_the_origins_end_along(pair, broker, how):
    client, theirs = pair()
    getattr(client.connection, how)()
    ended(theirs)
    broker.wait_metric("holds", 0)


@pytest.mark.parametrize("how", ["shut", "reset"])
def test_an_origin_that_vanishes_ends_the_client_with_1011(pair, broker, how):
    client, theirs = pair()
    theirs.text("last")
    client.expect_text("last")
    getattr(theirs.connection, how)()
    client.expect_failure(1011)
    broker.wait_metric("holds", 0)


# GRIP


def test_publications_reach_those_who_are_subscribed(pair, broker, channel):
    client, theirs = pair()
    theirs.text(subscribe(channel))
    theirs.text("done")
    client.expect_text("done")
    broker.publish(ws_item(channel, "text"), ws_item(channel, b"\xff"),
                   ws_item(channel, action="close", code=4000, reason="over"))
    client.expect_text("text")
    client.expect_binary(b"\xff")
    client.expect_closed(4000, "over")
    assert ended(theirs)[0] in (None, CLOSE)


def test_the_prefix_is_taken_away_and_what_has_none_is_nobodys(pair):
    client, theirs = pair(extension="grip")
    for said in ("nobody's", "m:mine", "m", "m:"):
        theirs.text(said)
    theirs.binary(b"nobody's")
    theirs.binary(b"m:\xff")
    theirs.ping(b"p")
    client.expect_text("mine")
    client.expect_text("")
    client.expect_binary(b"\xff")
    client.expect(PING, b"p")
    client.text("m:as it is")
    theirs.expect_text("m:as it is")


def test_a_message_in_fragments_has_one_prefix(pair):
    client, theirs = pair(extension="grip")
    theirs.send(fragments(TEXT, "m", ":mi", "ne", mask=None))
    client.expect_text("mine")


def test_a_control_message_in_fragments_is_ignored(pair, broker, channel):
    client, theirs = pair()
    said = subscribe(channel)
    theirs.send(fragments(TEXT, said[:5], said[5:], mask=None))
    theirs.text("done")
    client.expect_text("done")
    assert broker.metric("subscriptions") == 0


def test_without_the_extension_everything_is_the_clients(pair, broker, channel):
    client, theirs = pair(extension=None)
    theirs.text(subscribe(channel))
    client.expect_text(subscribe(channel))
    assert broker.metric("subscriptions") == 0


def test_the_routes_prefix_and_channels_count_here_too(pair, broker, channel):
    client, theirs = pair(host="pre.test")
    theirs.text(subscribe(channel))
    theirs.text("done")
    client.expect_text("done")
    broker.publish(ws_item(channel, "no"), ws_item("pre-" + channel, "prefixed"),
                   ws_item("implicit", "implied"))
    client.expect_text("prefixed")
    client.expect_text("implied")


def test_a_detached_client_stays_and_the_origin_is_let_go(pair, broker, channel):
    client, theirs = pair()
    theirs.text(subscribe(channel))
    theirs.text('c:{"type":"detach"}')
    assert ended(theirs)[0] in (None, CLOSE)
    client.text("to nobody")
    broker.publish(ws_item(channel, "published"))
    client.expect_text("published")
    client.close(1000)
    assert client.expect_close()[0] == 1000


def test_keep_alives_and_delays_work_here_too(pair):
    client, theirs = pair()
    theirs.text('c:{"type":"keep-alive","content":"k","timeout":1}')
    client.expect_text("k")
    theirs.text('c:{"type":"keep-alive"}')
    theirs.text('c:{"type":"send-delayed","content":"later","timeout":60}')
    theirs.text('c:{"type":"flush-delayed"}')
    while client.receive()[1] != b"later":
        pass


@pytest.mark.parametrize("action", ["hint", "refresh"])
def test_a_hint_or_refresh_means_nothing(pair, origin, broker, channel, action):
    client, theirs = pair()
    theirs.text(subscribe(channel))
    theirs.text("done")
    client.expect_text("done")
    broker.publish(ws_item(channel, action=action), ws_item(channel, "x"))
    client.expect_text("x")
    client.text("y")
    theirs.expect_text("y")
    assert len(origin.requests) == 1


# more than can be taken


def pour(peer, data, count):
    """Sends `data` up to `count` times in a thread. Returns: the thread, how often it was taken."""
    taken = [0]

    def run():
        try:
            while taken[0] < count:
                peer.connection.send(data)
                taken[0] += 1
        except OSError:
            pass
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, taken


@pytest.mark.parametrize("who", ["client", "origin"])
def test_neither_end_is_read_while_the_other_takes_nothing(pair, broker, who):
    """600 messages of 100 kB; all come, in order, once somebody reads."""
    client, theirs = pair(receive_buffer=4096)
    sender, receiver = (client, theirs) if who == "client" else (theirs, client)
    thread, taken = pour(sender, frame(BINARY, b"x" * 100_000, mask=sender.mask), 600)
    stopped = until_steady(lambda: taken[0], "the sender being kept waiting", still=1.0)
    assert stopped < 500, "60 MB went somewhere"
    for _ in range(600):
        receiver.expect_binary(b"x" * 100_000, 20)
    thread.join()
    sender.text("done")
    receiver.expect_text("done")
