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


# behind a close


def test_no_delayed_message_follows_a_close(over_http, websocket):
    over_http(opening=[control("send-delayed", content="late", timeout=1), closing(4000)])
    client = websocket()
    assert client.expect_close() == (4000, "")
    with pytest.raises(TimeoutError):
        client.receive(1.5)
    client.close(4000)
    client.expect_end()


def test_a_broken_frame_behind_our_close_gets_no_second_close(over_http, websocket):
    over_http(opening=[closing(4000)])
    client = websocket()
    assert client.expect_close() == (4000, "")
    client.send(frame(3))
    client.expect_end()


def test_a_publisher_that_closes_while_a_close_is_awaited_ends_it_at_once(over_http, websocket,
                                                                         broker, channel):
    goes_on, is_asked = threading.Event(), threading.Event()

    def wait(request):
        is_asked.set()
        yield goes_on
        yield events_answer(closing(1000))
    over_http(opening=[subscribe(channel)], reply=wait)
    client = websocket()
    client.close(1000)
    assert is_asked.wait(seconds(5))
    broker.publish(ws_item(channel, action="close", code=4001))
    assert client.expect_close() == (4001, "")
    client.expect_end(2)
    goes_on.set()


def test_an_origin_that_hangs_up_with_its_close_is_one_close(direct, connect, target, broker):
    """16,384 bytes fill what is read at a time, so that the end is read in the same turn."""
    origin = direct()
    client = open_websocket(connect(), target, host="direct.test")
    theirs = origin.next()
    client.close(4000, "bye")
    assert theirs.expect_close() == (4000, "bye")
    broker.process.send_signal(signal.SIGSTOP)
    theirs.send(frame(TEXT, "x" * 16376, mask=None) + frame(CLOSE, close_payload(4001), mask=None))
    theirs.connection.shut()
    broker.process.send_signal(signal.SIGCONT)
    client.expect_text("x" * 16376)
    assert client.expect_close() == (4001, "")
    client.expect_end()


# at a stop


def is_refused(port):
    """Whether nobody listens there: a frontend tells its holds to end in the turn it closes its doors."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture
def full(over_http, origin, websocket, start_broker, channel):
    """Returns: a broker and a WebSocket that has 400 messages to read, some of which are in its socket."""
    def start(*flags):
        broker = start_broker("--limit", "stop_wait_ms=20000", "--limit", "backlog_bytes=100000000", *flags,
                              routes=[f"* {origin.address},over_http"])
        over_http(opening=[subscribe(channel)])
        client = websocket(port=broker.port, receive_buffer=4096)
        for _ in range(20):
            broker.publish(*[ws_item(channel, content="x" * 30000) for _ in range(20)])
        sent = until_steady(lambda: broker.metric("bytes_delivered"), "a full socket")
        assert sent < 20 * 20 * 30000
        return broker, client
    return start


def expect_all(client, code):
    for _ in range(20 * 20):
        assert client.receive(10)[0] == TEXT
    assert client.expect_close() == (code, "")
    client.expect_end()


def test_a_client_may_close_while_its_last_bytes_wait_at_a_stop(full):
    broker, client = full()
    broker.signal(signal.SIGTERM)
    until(lambda: is_refused(broker.port), "closed doors")
    client.close(1000)
    expect_all(client, 1001)
    broker.stop()


def test_a_stop_does_not_cut_a_close_whose_last_bytes_wait(full):
    broker, client = full("--limit", "ws_close_wait_ms=100")  # its origin is not asked before they have left
    client.close(1000)
    broker.wait_metric("holds", 0)  # it is ending
    broker.signal(signal.SIGTERM)
    until(lambda: is_refused(broker.port), "closed doors")
    expect_all(client, 1000)
    broker.stop()


def test_a_stop_does_not_cut_a_client_that_has_yet_to_answer_a_close(over_http, origin, start_broker,
                                                                     websocket):
    broker = start_broker("--limit", "stop_wait_ms=20000", routes=[f"* {origin.address},over_http"])
    over_http(opening=[text("x" * 500000), closing(4001)])
    client = websocket(port=broker.port, receive_buffer=4096)
    sent = until_steady(lambda: broker.metric("bytes_delivered"), "a full socket")
    assert sent < 500000
    broker.signal(signal.SIGTERM)
    until(lambda: is_refused(broker.port), "closed doors")
    client.expect_text("x" * 500000)
    assert client.expect_close() == (4001, "")
    client.expect_end()
    broker.stop()


def test_at_a_stop_a_close_that_its_origin_leaves_unanswered_is_answered(over_http, origin, start_broker,
                                                                        websocket):
    goes_on, is_asked = threading.Event(), threading.Event()

    def wait(request):
        is_asked.set()
        yield goes_on
        yield events_answer(closing(1000))
    broker = start_broker(routes=[f"* {origin.address},over_http"])
    over_http(opening=[], reply=wait)
    client = websocket(port=broker.port)
    client.close(4000)
    assert is_asked.wait(seconds(5))
    broker.signal(signal.SIGTERM)
    assert client.expect_close() == (4000, "")
    client.expect_end()
    goes_on.set()
    broker.stop()


# what an origin does not accept


def test_an_origin_that_accepts_nothing_of_a_full_queue_has_failed(over_http, websocket):
    def reply(request):
        return events_answer(headers=[("Content-Bytes-Accepted", "0")])
    over_http(reply=reply)
    client = websocket()
    client.text("x" * 250000)
    client.expect_failure(1011)


def test_what_is_left_of_a_full_queue_is_told_without_anything_new(over_http, websocket):
    def reply(request):
        return events_answer(headers=[("Content-Bytes-Accepted", "1000")]) \
            if len(origin.requests) == 2 else echo(request)
    origin = over_http(reply=reply)
    client = websocket()
    client.text("x" * 250000)
    client.expect_text("x" * 249000)


# loops


def test_a_websocket_that_comes_back_to_us_is_a_loop(connect, start_broker):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    broker = start_broker("--listen", f"127.0.0.1:{port}", "--control", "127.0.0.1:0",
                          routes=[f"* 127.0.0.1:{port}"], listens=False)
    got = connect(port).ask(upgrade("/x"))
    assert got.status == 508


# what clients leave behind


def test_what_vanished_clients_said_counts_until_it_was_told(origin, over_http, start_broker,
                                                            websocket):
    broker = start_broker("--workers", "1", "--limit", "ws_total_bytes=1048576",
                          routes=[f"* {origin.address},over_http"])
    may_answer = threading.Event()
    chat = over_http(reply=lambda request: iter([may_answer, events_answer(*echo(request))]))
    for number in range(4):
        client = websocket(port=broker.port)
        client.text("x" * 250000)
        chat.wait_requests(2 * number + 2)
        client.connection.reset()
    broker.wait_metric("holds", 0)
    client = websocket(port=broker.port)
    client.text("x" * 60000)
    client.expect_failure(1013)
    may_answer.set()
    until(lambda: chat.events().count(("DISCONNECT", None)) == 5, "the end of all is told")
    client = websocket(port=broker.port)
    client.text("hello")
    client.expect_text("hello")
