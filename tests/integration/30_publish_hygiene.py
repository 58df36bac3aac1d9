# SPDX-License-Identifier: Apache-2.0
"""Publishers who send nonsense, too much, too slowly or too fast: they are told, nobody is hurt."""
import base64
import json

import pytest

from support.client import Connection, chunked, get, post
from support.grip import poll_item, stream_hold, stream_item, ws_item
from support.waiting import Deadline, until


@pytest.fixture
def control(broker):
    connection = Connection(broker.control_port)
    yield connection
    connection.close()


def item(text):
    """One item, of which the text of an http-stream format is given."""
    return ('{"items":[{"channel":"a","formats":{"http-stream":{%s}}}]}' % text).encode()


# what JSON is

REFUSED = {
    "NaN": item('"content":"x","unknown":NaN'),
    "Infinity": item('"content":"x","unknown":Infinity'),
    "a number without end": item('"content":"x","unknown":1e99999'),
    "an integer beyond 64 bits": item('"content":"x","unknown":99999999999999999999'),
    "a key twice": item('"content":"x","content":"y"'),
    "a key twice in a field that is unknown": item('"content":"x","unknown":{"a":1,"a":1}'),
    "a comma too many": item('"content":"x",'),
    "single quotes": item("'content':'x'"),
    "a comment": item('"content":"x"/**/'),
    "a line break in a string": item('"content":"a\nb"'),
    "a lone surrogate": item(r'"content":"\ud800"'),
    "an unknown escape": item(r'"content":"\q"'),
    "an overlong character":
        b'{"items":[{"channel":"a","formats":{"http-stream":{"content":"\xc0\x80"}}}]}',
    "half a character": b'{"items":[{"channel":"a","formats":{"http-stream":{"content":"\xc3"}}}]}',
    "a byte order mark": b"\xef\xbb\xbf" + item('"content":"x"'),
    "UTF-16": item('"content":"x"').decode().encode("utf-16"),
    "a NUL byte": b"\0" + item('"content":"x"'),
    "two documents": item('"content":"x"') * 2,
    "half a document": item('"content":"x"')[:-3],
    "brackets up to the limit of the body": b"[" * 1000000,
    "objects in each other": b'{"a":' * 100000,
    "a compressed body": base64.b64decode("H4sIAAAAAAAAA6tWyixJzS1WsoqurQUAk1a1XQsAAAA="),
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_json_is_refused_with_a_sentence(control, broker, body):
    before = broker.metric("items_published_total")
    got = control.ask(post("/publish/", body))
    assert got.status == 400
    assert 10 < len(got.body) < 200 and got.body.endswith(b"\n")
    assert broker.metric("items_published_total") == before
    assert control.ask(post("/publish/", item('"content":"x"'))).status == 200


# what an item may hold

TEXTS = ["a\rb", "a\nb", "a\0b", "a\x1fb", "a\x7fb"]


def each_text(make):
    return [make(text) for text in TEXTS]


BAD_ITEMS = [
    *each_text(lambda text: poll_item("a", "x", headers={"X": text})),
    *each_text(lambda text: poll_item("a", "x", headers=[["X", text]])),
    *each_text(lambda text: poll_item("a", "x", headers=[[text, "x"]])),
    *each_text(lambda text: poll_item("a", "x", reason=text)),
    *each_text(lambda text: stream_item(text, "x")),
    *each_text(lambda text: stream_item("a", "x", id=text)),
    *each_text(lambda text: ws_item("a", action="close", reason=text)),
    poll_item("a", "x", headers={"": "x"}), poll_item("a", "x", headers={"a b": "x"}),
    poll_item("a", "x", headers={"X:": "x"}), poll_item("a", "x", headers={"é": "x"}),
    poll_item("a", "x", headers={"X": None}), poll_item("a", "x", headers=[["X"]]),
    *[poll_item("a", "x", code=code) for code in (0, 1, 100, 101, 199, 600, 1000, -1, 2 ** 40,
                                                  200.5, "abc", "", True, [200])],
    *[ws_item("a", action="close", code=code) for code in (1, 999, 1004, 1005, 1006, 1015, 2999,
                                                           5000, -1, "x", 1.5)],
    *[{"channel": "a", "formats": {"http-stream": {"content-bin": text}}}
      for text in ("eA=", "eA===", "e", "eA==x", "e A=", "e\nA=", "é", "=", "eB==\0")],
]


@pytest.mark.parametrize("bad", BAD_ITEMS, ids=lambda bad: json.dumps(bad)[:120])
def test_what_no_client_could_be_sent_is_refused(broker, bad):
    before = broker.metric("items_published_total")
    got = broker.post_items(stream_item("a", "x"), bad)
    assert (got.status, got.body[:16]) == (400, b"Invalid format: ")
    assert b"(items[1])" in got.body and b"\r" not in got.body and b"\0" not in got.body
    assert broker.metric("items_published_total") == before


def test_a_refused_batch_uses_up_no_id(broker, stream, channel):
    good = stream_item(channel, "1", id="1")
    for bad in (5, {"channel": channel}, stream_item(channel, "x" * 32768)):
        assert broker.post_items(good, bad).status == 400
    broker.publish(good)
    stream.wait_for(b"1")
    broker.publish(stream_item(channel, "2", id="2", **{"prev-id": "1"}))
    stream.wait_for(b"12")


# how much of it


def test_a_million_items_are_refused(start_broker):
    broker = start_broker("--limit", "publish_body_bytes=16MiB")
    got = broker.control("POST", "/publish/", b'{"items":[' + b"0," * 999999 + b"0]}")
    assert got.status == 400
    assert b"1000000 items, more than publish_items (10000)" in got.body
    broker.publish(stream_item("a", "x"))


def memory_of(broker):
    with open(f"/proc/{broker.process.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with its length", "chunked"])
def test_a_body_of_100_megabytes_is_refused_and_not_kept(control, broker, is_chunked):
    before = memory_of(broker)
    piece = b" " * 1000000
    if is_chunked:
        control.try_send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            control.try_send(chunked(piece).removesuffix(b"0\r\n\r\n"))
    else:
        control.try_send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(100):
            control.try_send(piece)
    assert control.answer().status == 413
    assert memory_of(broker) - before < 50e6
    broker.publish(stream_item("a", "x"))


# how slowly


def test_slow_bodies_hold_up_nobody_and_are_cut(start_broker):
    broker = start_broker("--limit", "request_wait_ms=1500")
    slow = [Connection(broker.control_port) for _ in range(50)]
    for connection in slow:
        connection.send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{")
    for _ in range(20):
        broker.publish(stream_item("a", "x"))
    for connection in slow:
        reply = connection.drain()
        assert reply == b"" or reply.startswith(b"HTTP/1.1 408 "), reply
        connection.close()


def test_answers_that_nobody_takes_hold_no_connection(start_broker):
    broker = start_broker("--limit", "stall_wait_ms=300")
    connection = Connection(broker.control_port, receive_buffer=4096)
    connection.send(get("/metrics") * 1000)  # several megabytes of answers
    broker.wait_metric("ended_total", 1, "stalled")
    broker.wait_log("connection cut", "STALLED", "stall_wait_ms")
    assert broker.post_items(stream_item("a", "x")).status == 200
    connection.close()


def test_a_publisher_that_leaves_in_its_body_has_published_nothing(broker, stream, channel):
    body = json.dumps({"items": [stream_item(channel, "no")]}).encode()
    for length in (1, len(body) // 2, len(body) - 1):
        leaving = Connection(broker.control_port)
        leaving.send(post("/publish/", body)[:-len(body)] + body[:length])
        leaving.close()
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"end"


# how fast


def test_what_was_answered_200_is_delivered_and_what_was_503_is_not(start_broker, origin, connect,
                                                                   channel):
    """The bus holds next to nothing, and nobody waits for room on it."""
    broker = start_broker("--limit", "bus_frames=100", "--limit", "publish_wait_ms=0")
    origin.on("/hold", stream_hold(channel))
    reader = connect(broker.port)
    reader.send(get("/hold"))
    stream = reader.answer()
    broker.wait_metric("subscriptions", 1)
    taken, refused = [], []
    deadline = Deadline(20, "a publisher being refused")
    while not refused or not taken:
        deadline.left()
        numbers = range(len(taken) + len(refused), len(taken) + len(refused) + 20)
        control = Connection(broker.control_port)
        control.send(b"".join(post("/publish/", json.dumps(
            {"items": [stream_item(channel, f"<{number}>")] * 200}).encode())
            for number in numbers))
        for number in numbers:
            got = control.answer()
            assert got.status in (200, 503), got.status
            (taken if got.status == 200 else refused).append(number)
            if got.status == 503:
                assert got.headers.get("retry-after") == "1"
            got.read_all()
        control.close()
    until(lambda: broker.post_items(stream_item(channel, "end")).status == 200, "room on the bus")
    stream.wait_for(b"end", 20)
    assert stream.body == b"".join(b"<%d>" % number * 200 for number in taken) + b"end"
