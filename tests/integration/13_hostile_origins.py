# SPDX-License-Identifier: Apache-2.0
"""An origin is a stranger too: whatever it sends, its client gets a whole answer, a visible cut
or a 50x, and nobody else notices."""
import socket
import threading

import pytest

from support.client import Connection, chunked, get, post
from support.client2 import Client2
from support.grip import stream_hold
from support.origin import CLOSE, RESET, answer, answer_chunked
from support.waiting import pause, seconds, until

HELLO = answer(200, body=b"hello")
FLAGS = ["--limit", "origin_first_byte_ms=1000", "--limit", "origin_idle_ms=1000",
         "--limit", "origin_total_ms=8000"]


def head(*lines, body=b""):
    return "\r\n".join(("HTTP/1.1 200 OK", *lines)).encode("latin-1") + b"\r\n\r\n" + body


BAD_HEADS = {
    "a negative length": head("Content-Length: -2", body=b"ab"),
    "a length in words": head("Content-Length: abc", body=b"ab"),
    "a length beyond 64 bits": head("Content-Length: 99999999999999999999", body=b"ab"),
    "a length with something behind it": head("Content-Length: 3x", body=b"abc"),
    "a signed length": head("Content-Length: +3", body=b"abc"),
    "two lengths that differ": head("Content-Length: 3", "Content-Length: 2", body=b"abc"),
    "two equal lengths": head("Content-Length: 3", "Content-Length: 3", body=b"abc"),
    "a space before the colon": head("Content-Length : 3", body=b"abc"),
    "length and chunked": head("Content-Length: 3", "Transfer-Encoding: chunked",
                               body=b"0\r\n\r\n"),
    "chunked and length": head("Transfer-Encoding: chunked", "Content-Length: 3",
                               body=b"0\r\n\r\n"),
    "an unknown coding": head("Transfer-Encoding: sponge", body=b"abc"),
    "gzip and chunked": head("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked under HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": head("X-Bad: a\x00b", "Content-Length: 0"),
    "a carriage return in a value": head("X-Bad: a\rb", "Content-Length: 0"),
    "a bare line feed": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "one bare line feed": b"HTTP/1.1 200 OK\r\nX-A: 1\nContent-Length: 0\r\n\r\n",
    "a folded line": head("X-Bad: one", " two", "Content-Length: 0"),
    "a header without a colon": head("X-Bad", "Content-Length: 0"),
    "a header without a name": head(": 1", "Content-Length: 0"),
    "a name that is no token": head("X Bad: 1", "Content-Length: 0"),
    "no head at all": b"just text\r\n\r\n",
    "binary nonsense": b"\x00\x01\xff\xfe" * 20 + b"\r\n\r\n",
    "ICY": b"ICY 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/3.7": b"HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n",
    "status 99999": b"HTTP/1.1 99999 OK\r\nContent-Length: 0\r\n\r\n",
    "status 000": b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    "status 999": b"HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n",
    "status 20": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status abc": b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
    "status 101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhi",
    "a flood of interim answers": b"HTTP/1.1 102 Processing\r\n\r\n" * 1000 + HELLO,
    "too many header lines": head(*(f"X-{n}: 1" for n in range(200)), "Content-Length: 0"),
    "a head that is too large": head(*(f"X-{n}: {'v' * 2000}" for n in range(50)),
                                     "Content-Length: 0"),
    "one line of 200 KB": head("X-Long: " + "v" * 200000, "Content-Length: 0"),
}


@pytest.mark.parametrize("data", BAD_HEADS.values(), ids=BAD_HEADS.keys())
def test_a_head_that_is_not_http_is_a_502(origin, connect, data):
    origin.on("/bad", lambda _: iter([data, CLOSE]))
    origin.on("/hello", HELLO)
    connection = connect()
    got = connection.ask(get("/bad"))
    assert got.status == 502, (got.status, got.body[:100])
    assert connection.ask(get("/hello")).body == b"hello"


@pytest.mark.parametrize("data", [BAD_HEADS["a negative length"], BAD_HEADS["status 101"],
                                  BAD_HEADS["a bare line feed"]])
def test_http2_clients_get_the_same_502(origin, client2, data):
    origin.on("/bad", lambda _: iter([data, CLOSE]))
    stream = client2.get("/bad")
    client2.whole(stream)
    assert stream.status == 502


def test_an_endless_head_is_a_502(origin, connect):
    def handler(_):
        yield b"HTTP/1.1 200 OK\r\n"
        for number in range(100000):
            yield b"X-%d: %s\r\n" % (number, b"v" * 100)
    origin.on("/bad", handler)
    assert connect().ask(get("/bad")).status == 502


@pytest.mark.parametrize("steps", [[CLOSE], [RESET], [b"HTTP/1.1 2", CLOSE],
                                   [b"HTTP/1.1 200 OK\r\nContent-Le", RESET]],
                         ids=["close", "reset", "close in the head", "reset in the head"])
def test_an_origin_that_hangs_up_before_its_head_is_a_502(origin, connect, steps):
    origin.on("/bad", lambda _: iter(steps))
    got = connect().ask(get("/bad"))
    assert got.status == 502
    assert got.headers.get("content-type", "").startswith("text/plain")


def test_the_log_says_what_was_wrong(origin, connect, broker):
    origin.on("/bad", lambda _: iter([BAD_HEADS["a negative length"], CLOSE]))
    connect().ask(get("/bad"))
    broker.wait_log("origin_nonsense")
    assert broker.ended("origin_nonsense") >= 1


# cut bodies


CUTS = {
    "short of its length": [head("Content-Length: 100", body=b"some"), CLOSE],
    "reset": [head("Content-Length: 100", body=b"some"), RESET],
    "between chunks": [head("Transfer-Encoding: chunked", body=b"4\r\nsome\r\n"), CLOSE],
    "inside a chunk": [head("Transfer-Encoding: chunked", body=b"40\r\nsome"), CLOSE],
    "before the last line": [head("Transfer-Encoding: chunked", body=b"4\r\nsome\r\n0\r\n"), CLOSE],
    "a chunk size that is no number": [
        head("Transfer-Encoding: chunked", body=b"4\r\nsome\r\nzz\r\nmore\r\n0\r\n\r\n"), CLOSE],
    "a chunk longer than its size": [
        head("Transfer-Encoding: chunked", body=b"4\r\nsomemore\r\n0\r\n\r\n"), CLOSE],
}


@pytest.mark.parametrize("steps", CUTS.values(), ids=CUTS.keys())
@pytest.mark.parametrize("version", ["1.1", "1.0", "2"])
def test_a_cut_body_never_looks_whole(origin, connect, broker, steps, version):
    """HTTP/1.0 has no other sign for the end of a chunked answer than the close: there a reset."""
    origin.on("/cut", lambda _: iter(steps))
    if version == "2":
        client = Client2(broker.port)
        stream = client.get("/cut")
        cut = client.ended(stream) == "cut" or stream.status >= 500
        client.close()
    else:
        connection = connect()
        connection.send(get("/cut", version=version))
        cut = is_cut(connection)
    assert cut


def is_cut(connection):
    """Whether an answer ends as a failure: a 50x, short of its framing, or with a reset."""
    try:
        got = connection.answer()
    except AssertionError:
        return True
    if got.status >= 500:
        return True
    if got.framing != "close":
        return got.ended() == "cut"
    connection.socket.settimeout(seconds(5))
    try:
        while connection.socket.recv(4096):
            pass
    except ConnectionResetError:
        return True
    return False


def test_a_body_that_is_cut_later_is_cut_for_the_client_too(origin, connect):
    go_on = threading.Event()
    origin.on("/cut", lambda _: iter([head("Content-Length: 100", body=b"some"), go_on, CLOSE]))
    connection = connect()
    connection.send(get("/cut"))
    got = connection.answer()
    got.wait_for(b"some")
    go_on.set()
    assert got.ended() == "cut"


def test_bytes_beyond_the_answer_go_nowhere(origin, connect):
    origin.on("/more", HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    origin.on("/hello", HELLO)
    connection = connect()
    assert connection.ask(get("/more")).body == b"hello"
    for _ in range(5):
        assert connection.ask(get("/hello")).body == b"hello"


def test_an_answer_nobody_asked_for_reaches_nobody(origin, start_broker):
    """The next client on that origin connection must not get it (one worker: one pool)."""
    sent = threading.Event()

    def unasked(_):
        yield HELLO
        yield go_on
        yield answer(200, body=b"evil")
        sent.set()
    broker = start_broker("--workers", 1)
    origin.on("/hello", HELLO)
    for _ in range(5):
        go_on = threading.Event()
        sent.clear()
        origin.on("/unasked", unasked)
        connection = Connection(broker.port)
        assert connection.ask(get("/unasked")).body == b"hello"
        go_on.set()
        until(sent.is_set, "the second answer being sent")
        assert connection.ask(get("/hello")).body == b"hello"
        connection.close()


def test_trailers_are_not_headers(origin, connect):
    body = b"5\r\nhello\r\n0\r\nGrip-Hold: stream\r\nX-Late: 1\r\n\r\n"
    origin.on("/trailer", head("Transfer-Encoding: chunked", body=body))
    got = connect().ask(get("/trailer"))
    assert got.body == b"hello"
    assert "x-late" not in got.headers


def test_grip_headers_of_an_interim_answer_hold_nothing(origin, connect):
    origin.on("/early", b"HTTP/1.1 103 Early Hints\r\nGrip-Hold: stream\r\nGrip-Channel: a\r\n\r\n"
              + HELLO)
    assert connect().ask(get("/early")).read_all() == b"hello"


# slow origins


def test_an_origin_that_does_not_answer_is_a_504(origin, connect):
    origin.on("/never", lambda _: iter([threading.Event()]))
    assert connect().ask(get("/never"), 10).status == 504


def test_an_origin_that_stops_in_its_body_is_a_cut(origin, connect):
    origin.on("/stuck", lambda _: iter([head("Content-Length: 9", body=b"some"),
                                        threading.Event()]))
    connection = connect()
    connection.send(get("/stuck"))
    assert connection.answer().ended(10) == "cut"


def test_an_origin_that_dribbles_is_ended_in_the_end(origin, connect):
    def dribble(_):
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"
        for _ in range(10000):
            pause(0.2)
            yield b"x"
    origin.on("/dribble", dribble)
    connection = connect()
    connection.send(get("/dribble"))
    assert connection.answer().ended(20) == "cut"


# which target, and how often


def closed_port():
    """A port on which nobody listens, for as long as the socket is kept."""
    kept = socket.socket()
    kept.bind(("127.0.0.1", 0))
    return kept, kept.getsockname()[1]


def test_a_target_that_refuses_is_passed_over(origin, start_broker):
    kept, port = closed_port()
    origin.on("*", HELLO)
    broker = start_broker(routes=[f"* 127.0.0.1:{port} {origin.address}"])
    connection = Connection(broker.port)
    assert connection.ask(get("/x")).body == b"hello"
    assert connection.ask(post("/x", b"body")).body == b"hello"
    assert origin.requests[1].body == b"body"
    connection.close()
    kept.close()


def test_no_target_at_all_is_a_502(start_broker):
    kept, port = closed_port()
    broker = start_broker(routes=[f"* 127.0.0.1:{port}", f"d.test,debug 127.0.0.1:{port}"])
    connection = Connection(broker.port)
    got = connection.ask(get("/x"))
    assert got.status == 502
    assert str(port).encode() not in got.body
    told = connection.ask(get("/x", host="d.test"))
    assert told.status == 502
    assert b"127.0.0.1:%d" % port in told.body
    broker.wait_log("origin_unreachable")
    connection.close()
    kept.close()


def test_an_answer_of_failure_is_no_reason_to_ask_another_target(origin, start_broker):
    origin.on("*", answer(503, body=b"no", reason="No"))
    broker = start_broker(routes=[f"* {origin.address} {origin.address}"])
    connection = Connection(broker.port)
    assert connection.ask(get("/x")).status == 503
    assert len(origin.requests) == 1
    connection.close()


def dies_when_reused(origin):
    """The first request of each origin connection is answered, the second one kills it."""
    origin.on("/first", answer(200, body=b"fine"))
    origin.on("/second", lambda _: iter([CLOSE] if len(origin.asked("/second")) == 1 else
                                        [answer(200, body=b"again")]))


def test_a_post_is_never_sent_twice(origin, start_broker):
    broker = start_broker("--workers", 1)
    dies_when_reused(origin)
    connection = Connection(broker.port)
    assert connection.ask(get("/first")).body == b"fine"
    got = connection.ask(post("/second", b"order"))
    assert got.status == 502
    assert len(origin.asked("/second")) == 1
    connection.close()


def test_a_get_on_a_connection_that_died_is_sent_again_once(origin, start_broker):
    broker = start_broker("--workers", 1)
    dies_when_reused(origin)
    connection = Connection(broker.port)
    assert connection.ask(get("/first")).body == b"fine"
    assert connection.ask(get("/second")).body == b"again"
    assert len(origin.asked("/second")) == 2
    connection.close()


def test_connections_to_the_origin_are_reused(origin, start_broker):
    broker = start_broker("--workers", 1)
    origin.on("*", HELLO)
    before = origin.accepted
    connection = Connection(broker.port)
    for _ in range(10):
        connection.ask(get("/x"))
    assert origin.accepted == before + 1
    connection.close()


def test_beyond_its_cap_and_queue_an_origin_is_busy(origin, start_broker):
    """One in flight, one in the queue: the others get 503 at once, these two their answers."""
    broker = start_broker("--workers", 1, "--limit", "origin_in_flight=1",
                          "--limit", "origin_queue=1")
    release = threading.Event()
    origin.on("/x", lambda _: iter([release, HELLO]))
    connections = [Connection(broker.port) for _ in range(5)]
    connections[0].send(get("/x"))
    origin.wait_asked("/x")
    for connection in connections[1:]:
        connection.send(get("/x"))
    broker.wait_metric("ended_total", 3, "origin_busy")
    release.set()
    answers = [connection.answer() for connection in connections]
    assert sorted(got.status for got in answers) == [200, 200, 503, 503, 503]
    busy = [got for got in answers if got.status == 503]
    assert all(int(got.headers.get("retry-after")) >= 1 for got in busy)
    assert len(origin.asked("/x")) == 2
    for connection in connections:
        connection.close()


# hostile instructions


def test_a_grip_answer_with_a_body_that_is_too_large_is_a_502(origin, connect, broker):
    origin.on("/big", stream_hold("a", body=b"x" * 100001))
    assert connect().ask(get("/big")).status == 502
    broker.wait_log("instruct_too_large")


@pytest.mark.parametrize("steps", [
    [b"HTTP/1.1 200 OK\r\nGrip-Hold: stream\r\nGrip-Channel: a\r\nContent-Length: 9\r\n\r\nsome",
     CLOSE],
    [b"HTTP/1.1 200 OK\r\nGrip-Hold: stream\r\nGrip-Channel: a\r\nTransfer-Encoding: chunked\r\n"
     b"\r\n4\r\nsome\r\n", CLOSE],
], ids=["with a length", "chunked"])
def test_a_cut_grip_answer_holds_nobody(origin, connect, steps):
    origin.on("/cut", lambda _: iter(steps))
    assert connect().ask(get("/cut")).status == 502


def test_a_chunked_grip_answer_holds(origin, connect, broker, channel):
    origin.on("/hold", answer_chunked(b"one", b"two", headers=[("Grip-Hold", "stream"),
                                                               ("Grip-Channel", channel)]))
    connection = connect()
    connection.send(get("/hold"))
    connection.answer().wait_for(b"onetwo")


def test_an_endless_grip_body_is_ended_at_its_limit(origin, connect):
    def endless(_):
        yield b"HTTP/1.1 200 OK\r\nGrip-Hold: stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        for _ in range(2000):
            yield chunked(b"x" * 60000)[:-5]
    origin.on("/endless", endless)
    assert connect().ask(get("/endless")).status == 502
    assert origin.sent_bytes < 60000 * 1000
