# SPDX-License-Identifier: Apache-2.0
"""WebSocket-over-HTTP in trouble: origins that fail, vanish, stall or say what cannot be, clients
that say too much or hear too slowly."""
import select
import threading

import pytest

from support.client import Connection
from support.grip import is_signed_hs256, ws_item
from support.origin import CLOSE, RESET, Origin, answer
from support.over_http import OPEN, TYPE, OverHttp, echo, event, events_answer, polite, subscribe, text
from support.waiting import until, until_steady
from support.websocket import PING, PONG, TEXT, frame, open_websocket

ROUTES = ["* {origin},over_http", "one.test {origin},over_http,one_event",
          "pong.test {origin},over_http,auto_pong"]


# answers that cannot be


BAD = {
    "500": answer(500, [("Content-Type", TYPE)], b"", "Internal Server Error"),
    "404": answer(404, body=b"gone", reason="Not Found"),
    "403 of events": events_answer(text("no"), status=403),
    "204": answer(204, [("Content-Type", TYPE)], b"", "No Content"),
    "a page": answer(200, [("Content-Type", "text/html")], b"<p>hello</p>"),
    "no type": answer(200, body=b"TEXT 1\r\nx\r\n"),
    "a type with parameters": events_answer(text("x"), kind=TYPE + "; charset=utf-8"),
    "no event": events_answer(b"nonsense"),
    "a length that is none": events_answer(b"TEXT zz\r\nx\r\n"),
    "a length in 0x": events_answer(b"TEXT 0x1\r\nx\r\n"),
    "a sound event and no event": events_answer(text("x"), b"nonsense"),
    "OPEN again": events_answer(OPEN),
    "text that is not UTF-8": events_answer(b"TEXT 2\r\n\xc3\x28\r\n"),
    "a ping of 126 bytes": events_answer(event("PING", "x" * 126)),
    "a close of one byte": events_answer(b"CLOSE 1\r\nx\r\n"),
    "a close of 126 bytes": events_answer(b"CLOSE 7e\r\n\x03\xe8" + b"x" * 124 + b"\r\n"),
    "no HTTP": lambda _: iter([b"what?\r\n\r\n", CLOSE]),
    "nothing": lambda _: iter([CLOSE]),
    "a reset": lambda _: iter([RESET]),
    "half a head": lambda _: iter([b"HTTP/1.1 200 OK\r\nContent-T", CLOSE]),
    "half a body": lambda _: iter([events_answer(text("x" * 50))[:-20], CLOSE]),
}


@pytest.mark.parametrize("told", BAD.values(), ids=BAD.keys())
def test_an_origin_that_fails_ends_the_websocket_with_1011(over_http, websocket, broker, told):
    origin = over_http(reply=lambda request: told(request) if callable(told) else told)
    client = websocket()
    client.text("x")
    client.expect_failure(1011)
    broker.wait_metric("holds", 0)
    assert origin.events()[:1] == [("TEXT", b"x")]
    assert origin.events().count(("TEXT", b"x")) == 1, "what reached the origin was repeated"


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000])
def test_a_close_code_that_nobody_may_send_does_not_reach_the_client(over_http, websocket, code):
    over_http(reply=lambda request: [event("CLOSE", code.to_bytes(2, "big"))])
    client = websocket()
    client.text("x")
    got, _ = client.expect_close()
    assert got in (1000, 1011)


def test_a_close_reason_that_is_not_utf8_does_not_reach_the_client(over_http, websocket):
    over_http(reply=lambda request: [event("CLOSE", b"\x0f\xa0\xff")])
    client = websocket()
    client.text("x")
    client.expect_close()


def test_a_failed_origin_fails_a_close_as_well(over_http, websocket, broker):
    over_http(reply=lambda request: answer(500))
    client = websocket()
    client.close(1000)
    client.expect_failure(1011, 1000)
    broker.wait_metric("holds", 0)


def test_a_close_the_origin_says_nothing_to_is_over(over_http, websocket, broker):
    origin = over_http(reply=lambda request: [])
    client = websocket()
    client.close(1000)
    origin.wait("CLOSE")
    client.connection.drain()
    broker.wait_metric("holds", 0)


def test_a_failing_answer_to_disconnect_matters_to_nobody(over_http, websocket, broker):
    origin = over_http(reply=lambda request: answer(500))
    websocket().connection.close()
    origin.wait("DISCONNECT")
    broker.wait_metric("holds", 0)
    websocket()


# limits


def test_an_answer_beyond_its_limit_ends_with_1011(origin, over_http, start_broker, websocket):
    broker = start_broker("--limit", "events_bytes=2000", routes=[f"* {origin.address},over_http"])
    over_http(reply=lambda asked: [event("TEXT", "x" * int(asked.events[0][1]))]
              if asked.events[0][0] == "TEXT" else polite(asked))
    client = websocket(port=broker.port)
    size = 2000 - len("TEXT 7c6\r\n\r\n")
    client.text(str(size))
    client.expect_text("x" * size)
    client.text(str(size + 1))
    client.expect_failure(1011)


def test_an_answer_that_is_too_late_ends_with_1011(origin, over_http, start_broker, websocket):
    broker = start_broker("--limit", "origin_first_byte_ms=300",
                          routes=[f"* {origin.address},over_http"])
    late = threading.Event()
    asked = over_http(reply=lambda request: iter([late, events_answer()]))
    client = websocket(port=broker.port)
    client.text("x")
    client.expect_failure(1011)
    late.set()
    assert [kind for kind, _ in asked.events()].count("TEXT") == 1


def test_a_body_that_stalls_ends_with_1011(origin, over_http, start_broker, websocket):
    broker = start_broker("--limit", "origin_idle_ms=300", routes=[f"* {origin.address},over_http"])
    late, whole = threading.Event(), events_answer(text("x" * 100))
    over_http(reply=lambda request: iter([whole[:-50], late, whole[-50:]]))
    client = websocket(port=broker.port)
    client.text("x")
    client.expect_failure(1011)
    late.set()


# an origin that is away for a moment


def test_a_restarting_origin_costs_neither_the_websocket_nor_a_message(start_broker):
    first = Origin()
    broker = start_broker(routes=[f"* {first.address},over_http"])
    OverHttp(first, "/ws", reply=echo)
    connection = Connection(broker.port)
    client = open_websocket(connection, "/ws")
    client.text("one")
    client.expect_text("one")
    first.close()
    until(lambda: not first.connections, "the origin being away")
    client.text("two")
    broker.wait_log("origin unreachable")
    client.text("three")
    second = Origin(first.port)
    again = OverHttp(second, "/ws", reply=echo)
    client.expect_text("two", 10)
    client.expect_text("three")
    assert again.events()[:2] == [("TEXT", b"two"), ("TEXT", b"three")]
    assert is_signed_hs256(again.requests[0].get("grip-sig"), b"secret")
    connection.close()
    again.wait("DISCONNECT", None)
    second.close()


def test_a_disconnect_is_repeated_to_an_origin_that_is_away(start_broker):
    first = Origin()
    broker = start_broker(routes=[f"* {first.address},over_http"])
    OverHttp(first, "/ws")
    client = open_websocket(Connection(broker.port), "/ws")
    first.close()
    until(lambda: not first.connections, "the origin being away")
    client.connection.close()
    broker.wait_log("origin unreachable")
    second = Origin(first.port)
    OverHttp(second, "/ws").wait("DISCONNECT", None, 10)
    second.close()


# more than can be taken


KINDS = {"TEXT": TEXT, "PING": PING}


def fill(connection, data, amount=30):
    """Sends as much of `data` as is taken before nothing more is for a second.

    Returns: how many bytes that were."""
    sent = [0]
    connection.socket.setblocking(False)

    def push():
        while sent[0] < len(data) and select.select([], [connection.socket], [], 0)[1]:
            sent[0] += connection.socket.send(data[sent[0]:sent[0] + 65536])
        return sent[0]
    until_steady(push, "the client being kept waiting", still=1.0, amount=amount)
    return sent[0]


@pytest.mark.parametrize("make", [lambda number: frame(TEXT, f"<{number}>".ljust(10000, "x")),
                                  lambda number: frame(PING, b"%125d" % number)],
                         ids=["messages", "pings"])
def test_a_client_is_not_read_while_its_origin_takes_nothing(over_http, websocket, broker, make):
    may_answer = threading.Event()
    origin = over_http(reply=lambda request: iter([may_answer, events_answer(*polite(request))]))
    client = websocket()
    one = len(make(0))
    data = b"".join(make(number) for number in range(50_000_000 // one))
    memory = resident(broker)
    sent = fill(client.connection, data)
    assert sent < len(data), "everything was taken"
    assert resident(broker) - memory < 20_000_000
    may_answer.set()
    count = sent // one + 1
    client.send(data[sent:count * one])
    until(lambda: len(origin.events()) == count, "everything being told", 20)
    assert b"".join(frame(KINDS[kind], content) for kind, content in origin.events()) == \
        data[:count * one]


def resident(broker):
    """Bytes of memory the broker has in use."""
    with open(f"/proc/{broker.process.pid}/statm", encoding="ascii") as pages:
        return int(pages.read().split()[1]) * 4096


def test_a_flood_of_pings_that_are_answered_here_is_answered_in_order(over_http, websocket):
    over_http(reply=echo)
    client = websocket(host="pong.test")
    count = 20000
    data = b"".join(frame(PING, b"%d" % number) for number in range(count))
    sender = threading.Thread(target=client.send, args=(data,))
    sender.start()
    for number in range(count):
        client.expect(PONG, b"%d" % number)
    sender.join()
    client.text("done")
    client.expect_text("done")


def test_pings_whose_pongs_are_not_read_do_not_fill_the_broker(over_http, websocket, broker):
    over_http(reply=echo)
    client = websocket(host="pong.test", receive_buffer=4096)
    memory = resident(broker)
    try:
        sent = fill(client.connection, frame(PING, b"x" * 125) * 400_000, 60)
    except OSError:
        sent = 0  # ended as a slow client: that is an answer, too
    assert sent < 400_000 * 131
    assert resident(broker) - memory < 20_000_000
    client.connection.close()
    broker.wait_metric("holds", 0)


def test_an_origin_is_not_asked_for_more_than_its_client_takes(over_http, websocket):
    origin = over_http(reply=lambda request: [text(f"<{request.events[0][1].decode()}>".ljust(
        300_000, "x"))] if request.events[0][0] == "TEXT" else polite(request))
    client = websocket(host="one.test", receive_buffer=4096)
    for number in range(100):
        client.text(str(number))
    asked = until_steady(lambda: len(origin.requests), "the origin being left alone")
    assert asked < 60, f"{asked} answers of 300 kB for a client that reads nothing"
    for number in range(100):
        client.expect_text(f"<{number}>".ljust(300_000, "x"), 20)
    assert len(origin.requests) == 101


def test_a_client_that_leaves_while_it_is_not_read_is_noticed(over_http, websocket, broker):
    may_answer = threading.Event()
    origin = over_http(reply=lambda request: iter([may_answer, events_answer()]))
    client = websocket()
    fill(client.connection, frame(TEXT, "x" * 10000) * 2000)
    client.connection.reset()
    may_answer.set()
    origin.wait("DISCONNECT", None, 20)
    broker.wait_metric("holds", 0)


def test_a_client_that_is_not_read_can_be_closed_in_good_order(over_http, websocket, broker, channel):
    may_answer = threading.Event()
    over_http(opening=[subscribe(channel), text("open")],
              reply=lambda request: iter([may_answer, events_answer(*polite(request))]))
    client = websocket()
    client.expect_text("open")
    data = frame(TEXT, "x" * 10000) * 2000
    sent = fill(client.connection, data)
    client_rest = data[sent:sent + -sent % (len(data) // 2000)]
    broker.publish(ws_item(channel, action="close", code=4001, reason="enough"))
    assert client.expect_close() == (4001, "enough")
    client.send(client_rest)  # the frame that was cut
    client.close(4001)
    client.expect_end(10)
    may_answer.set()
    broker.wait_metric("holds", 0)


def test_all_that_clients_say_together_has_a_limit(origin, over_http, start_broker, websocket):
    """ws_total_bytes: those who say more than it are ended, the broker is not."""
    broker = start_broker("--workers", "1", "--limit", "ws_total_bytes=1048576",
                          routes=[f"* {origin.address},over_http"])
    may_answer = threading.Event()
    over_http(reply=lambda request: iter([may_answer, events_answer(*echo(request))]))
    clients = [websocket(port=broker.port) for _ in range(12)]
    for client in clients:
        client.connection.try_send(frame(TEXT, "x" * 150_000))
        client.connection.try_send(frame(TEXT, "y" * 150_000))
    broker.wait_log("ws_total_bytes")
    may_answer.set()
    codes = []
    for client in clients:
        opcode, payload = client.receive(10)
        codes.append(int.from_bytes(payload[:2], "big") if opcode == 8 else 0)
    assert set(codes) == {0, 1013}, codes


def test_who_was_closed_for_saying_too_much_counts_no_more(origin, over_http, start_broker, websocket):
    broker = start_broker("--workers", "1", "--limit", "ws_total_bytes=1048576",
                          routes=[f"* {origin.address},over_http"])
    over_http(reply=echo)
    large, other, small = (websocket(port=broker.port) for _ in range(3))
    large.send(frame(TEXT, "x" * 500_000, fin=False))
    large.ping(b"1")  # its pong tells that all before was read
    large.expect(PONG, b"1")
    other.send(frame(TEXT, "y" * 450_000, fin=False))
    other.ping(b"2")
    other.expect(PONG, b"2")
    small.send(frame(TEXT, "z" * 150_000, fin=False))
    assert large.expect_close()[0] == 1013
    large.connection.try_send(frame(0, "x"))
    small.send(frame(0, "z" * 100_000))
    other.send(frame(0, "y"))
    small.expect_text("z" * 250_000)
    other.expect_text("y" * 450_000 + "y")
