# SPDX-License-Identifier: Apache-2.0
"""What happens to a WebSocket at the wrong moment: behind its close, before its 101, at a stop."""
import signal
import socket
import threading

import pytest

from support.grip import ws_item
from support.origin import answer
from support.over_http import closing, control, echo, events_answer, subscribe, text
from support.waiting import seconds, until, until_steady
from support.websocket import CLOSE, TEXT, Peer, close_payload, frame, open_websocket, upgrade

ROUTES = ["direct.test {origin}", "* {origin},over_http"]


# before the 101


@pytest.mark.parametrize("broken", [frame(3), frame(TEXT, b"\xff"), frame(TEXT, "x", mask=None)],
                         ids=["an opcode", "text", "no mask"])
def test_a_broken_frame_that_comes_with_the_handshake_ends_with_its_code(over_http, connect, target,
                                                                        broken):
    origin = over_http(opening=[text("hello")])
    connection = connect()
    connection.send(upgrade(target) + broken)
    assert connection.answer().status == 101
    client = Peer(connection)
    code, _ = client.expect_close()
    assert code in (1002, 1007)
    connection.shut()
    client.expect_end()
    origin.wait("DISCONNECT", None)


def test_a_close_that_comes_with_the_handshake_is_told(over_http, connect, target):
    origin = over_http()
    connection = connect()
    connection.send(upgrade(target) + frame(TEXT, "x") + frame(CLOSE, close_payload(4000)))
    assert connection.answer().status == 101
    client = Peer(connection)
    assert client.expect_close() == (4000, "")
    client.expect_end()
    assert origin.events() == [("TEXT", b"x"), ("CLOSE", close_payload(4000))]


def test_a_client_may_leave_while_a_large_rejection_arrives(origin, connect, start_broker,
                                                           target):
    """The client's end and the piece that passes refusal_bytes are seen in one turn."""
    broker = start_broker("--workers", "1", routes=[f"* {origin.address},over_http"])
    is_asked, goes_on, is_sent = threading.Event(), threading.Event(), threading.Event()

    def reject(request):
        is_asked.set()
        yield goes_on
        yield answer(404, body=b"x" * 150000)
        is_sent.set()
    origin.on(target, reject)
    for _ in range(5):
        for one in (is_asked, goes_on, is_sent):
            one.clear()
        client = connect(broker.port)
        client.send(upgrade(target))
        assert is_asked.wait(seconds(5))
        broker.process.send_signal(signal.SIGSTOP)
        goes_on.set()
        assert is_sent.wait(seconds(5))
        client.reset()
        broker.process.send_signal(signal.SIGCONT)
        broker.wait_metric("holds", 0)
    assert broker.is_alive()
