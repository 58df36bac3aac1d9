# SPDX-License-Identifier: Apache-2.0
"""How a WebSocket ends between the client and us: close handshakes, and clients that vanish."""
import pytest

from support.over_http import DISCONNECT, closing, echo, text
from support.websocket import CLOSE, PING, TEXT, close_payload, frame

ROUTES = ["* {origin},over_http"]
CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
         4999]


@pytest.mark.parametrize("code", CODES)
def test_a_client_closes_with_any_code_there_is(over_http, websocket, broker, code):
    origin = over_http()
    client = websocket()
    client.close(code, "bye é")
    assert client.expect_close() == (code, "bye é")
    client.expect_end()
    assert origin.wait("CLOSE") == close_payload(code, "bye é")
    broker.wait_metric("holds", 0)


def test_a_client_closes_without_a_code(over_http, websocket):
    origin = over_http()
    client = websocket()
    client.close()
    code, reason = client.expect_close()
    assert (code in (None, 1000), reason) == (True, "")
    client.expect_end()
    assert origin.wait("CLOSE") is None


@pytest.mark.parametrize("code", [1000, 1001, 4999])
def test_a_close_that_the_origin_leaves_unanswered_is_answered_with_its_own_code(over_http, websocket,
                                                                                 broker, code):
    origin = over_http(reply=lambda request: [])
    client = websocket()
    client.close(code, "bye")
    assert client.expect_close() == (code, "")
    client.expect_end()
    broker.wait_metric("holds", 0)
    assert origin.events() == [("CLOSE", close_payload(code, "bye"))]


def test_the_longest_reason_is_passed_on(over_http, websocket):
    origin = over_http()
    client = websocket()
    client.close(1000, "x" * 123)
    assert client.expect_close() == (1000, "x" * 123)
    assert origin.wait("CLOSE") == close_payload(1000, "x" * 123)


def test_what_was_said_before_the_close_is_said_before_it(over_http, websocket):
    origin = over_http(reply=echo)
    client = websocket()
    client.send(frame(TEXT, "last words") + frame(CLOSE, close_payload(1000)))
    client.expect_text("last words")
    assert client.expect_close() == (1000, "")
    client.expect_end()
    assert origin.events() == [("TEXT", b"last words"), ("CLOSE", close_payload(1000))]


def test_nothing_is_heard_behind_a_close(over_http, websocket):
    origin = over_http(reply=echo)
    client = websocket()
    client.send(frame(CLOSE, close_payload(1000)) + frame(TEXT, "late") + frame(PING, "late") +
                frame(CLOSE, close_payload(1001)) + frame(3))
    assert client.expect_close() == (1000, "")
    client.expect_end()
    assert origin.events() == [("CLOSE", close_payload(1000))]


def test_a_message_that_is_not_whole_at_the_close_is_dropped(over_http, websocket):
    origin = over_http(reply=echo)
    client = websocket()
    client.send(frame(TEXT, "half", fin=False) + frame(CLOSE, close_payload(1000)))
    assert client.expect_close() == (1000, "")
    assert origin.events() == [("CLOSE", close_payload(1000))]


@pytest.mark.parametrize("code,reason", [(1000, ""), (1001, "away"), (3000, "é"), (4002, "x" * 123)])
def test_the_origin_closes_with_its_code_and_reason(over_http, websocket, broker, code, reason):
    over_http(reply=lambda asked: [text("bye"), closing(code, reason), text("never")])
    client = websocket()
    client.text("x")
    client.expect_text("bye")
    client.expect_closed(code, reason)
    broker.wait_metric("holds", 0)


def test_the_origin_closes_without_a_code_and_that_is_1000(over_http, websocket):
    over_http(opening=[closing()])
    websocket().expect_closed(1000)


def test_the_clients_answer_to_a_close_is_told_to_the_origin(over_http, websocket):
    origin = over_http(opening=[closing(4000, "go")])
    client = websocket()
    assert client.expect_close() == (4000, "go")
    client.close(4000, "gone")
    client.expect_end()
    assert origin.wait("CLOSE") == close_payload(4000, "gone")


def test_a_client_that_does_not_answer_a_close_is_ended(origin, over_http, start_broker, websocket):
    broker = start_broker("--limit", "ws_close_wait_ms=300",
                          routes=[f"* {origin.address},over_http"])
    over_http(opening=[closing(1000)])
    client = websocket(port=broker.port)
    assert client.expect_close() == (1000, "")
    client.expect_end()
    broker.wait_metric("holds", 0)


def test_what_a_client_says_behind_our_close_is_waste(over_http, websocket):
    origin = over_http(opening=[closing(4000)])
    client = websocket()
    assert client.expect_close() == (4000, "")
    client.send(frame(TEXT, "on the way already") + frame(CLOSE, close_payload(4000)))
    client.expect_end()
    origin.wait("CLOSE")
    assert [kind for kind, _ in origin.events()].count("CLOSE") == 1


def test_an_origin_that_says_disconnect_drops_the_client_without_a_close(over_http, websocket,
                                                                         broker):
    over_http(reply=lambda asked: [text("bye"), DISCONNECT])
    client = websocket()
    client.text("x")
    client.expect_text("bye")
    client.expect_end()
    broker.wait_metric("holds", 0)


# clients that vanish


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_vanishes_is_a_disconnect(over_http, websocket, broker, how):
    origin = over_http()
    client = websocket()
    getattr(client.connection, how)()
    assert origin.wait("DISCONNECT") is None
    broker.wait_metric("holds", 0)
    assert origin.events() == [("DISCONNECT", None)]


def test_a_client_that_ends_its_side_without_a_close_has_vanished(over_http, websocket):
    origin = over_http()
    client = websocket()
    client.connection.shut()
    origin.wait("DISCONNECT", None)
    client.expect_end()


@pytest.mark.parametrize("begun", [frame(TEXT, "whole")[:1], frame(TEXT, "whole")[:7],
                                   frame(TEXT, "half", fin=False), frame(PING, "ping")[:8]],
                         ids=["in a head", "in a payload", "between fragments", "in a ping"])
def test_a_client_that_vanishes_within_a_message_said_nothing(over_http, websocket, begun):
    origin = over_http()
    client = websocket()
    client.send(frame(TEXT, "before") + begun)
    client.connection.shut()
    origin.wait("DISCONNECT", None)
    assert origin.events() == [("TEXT", b"before"), ("DISCONNECT", None)]


def test_what_a_client_said_before_it_vanished_is_told_in_order(over_http, websocket):
    origin = over_http()
    client = websocket()
    client.send(b"".join(frame(TEXT, f"<{number}>") for number in range(50)))
    client.connection.close()
    origin.wait("DISCONNECT", None)
    assert origin.events() == [*(("TEXT", b"<%d>" % number) for number in range(50)),
                               ("DISCONNECT", None)]


def test_a_client_that_vanishes_between_two_closes_harms_nobody(over_http, websocket, broker):
    over_http(opening=[closing(1000)])
    for _ in range(10):
        client = websocket()
        client.expect_close()
        client.connection.reset()
    broker.wait_metric("holds", 0)


# stopping


def test_a_stop_closes_websockets_with_1001(origin, over_http, start_broker, websocket):
    broker = start_broker(routes=[f"* {origin.address},over_http"])
    over_http()
    clients = [websocket(port=broker.port) for _ in range(3)]
    broker.signal(15)
    for client in clients:
        code, _ = client.expect_close()
        assert code in (1001, 1012)
        client.close(code)
        client.expect_end()
    broker.stop()
