# SPDX-License-Identifier: Apache-2.0
"""An answer without GRIP reaches the client as the origin gave it."""
import gzip
import hashlib
import os
import threading

import pytest

from support.client import chunked, get, post, request
from support.origin import CLOSE, answer, answer_chunked
from support.waiting import Deadline, until_steady

HELLO = answer(200, [("Content-Type", "text/plain"), ("X-App", "one")], b"hello\n")
MEGABYTE = 1 << 20


def test_status_headers_and_body_are_passed_on(origin, connect):
    origin.on("/hello", answer(207, [("Content-Type", "text/x"), ("X-App", "a b")], b"hello\n",
                               reason="Very Fine"))
    got = connect().ask(get("/hello"))
    assert (got.status, got.reason, got.body) == (207, "Very Fine", b"hello\n")
    assert got.headers.get("content-type") == "text/x"
    assert got.headers.get("x-app") == "a b"
    assert got.headers.get("content-length") == "6"


@pytest.mark.parametrize("status", [201, 202, 301, 400, 401, 404, 410, 418, 429, 500, 503])
def test_every_status_is_passed_on(origin, connect, status):
    origin.on("/status", answer(status, [("Location", "/x")], b"body of %d" % status, "Because"))
    got = connect().ask(get("/status"))
    assert (got.status, got.body) == (status, b"body of %d" % status)
    assert got.headers.get("location") == "/x"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_leaves_the_connection_usable(origin, connect, status):
    origin.on("/none", answer(status, [("ETag", '"v"')], reason="Nothing"))
    origin.on("/hello", HELLO)
    connection = connect()
    got = connection.ask(get("/none"))
    assert got.status == status
    assert got.headers.get("etag") == '"v"'
    assert "transfer-encoding" not in got.headers
    assert connection.ask(get("/hello")).body == b"hello\n"


@pytest.mark.parametrize("method,body", [
    ("POST", b"a=1"), ("PUT", b"put"), ("PATCH", b"{}"), ("DELETE", None), ("OPTIONS", None),
    ("PROPFIND", b"<x/>"), ("POST", b""),
])
def test_a_request_reaches_the_origin_with_its_method_and_body(origin, connect, method, body):
    origin.on("/echo", lambda asked: answer(200, [("X-Method", asked.method)], asked.body))
    got = connect().ask(request(method, "/echo", body=body))
    assert got.headers.get("x-method") == method
    assert got.body == (body or b"")
    assert len(origin.asked("/echo")) == 1


def test_a_get_reaches_the_origin_without_a_length(origin, connect):
    origin.on("/hello", HELLO)
    connect().ask(get("/hello"))
    asked, = origin.requests
    assert "content-length" not in asked.headers
    assert "transfer-encoding" not in asked.headers


def test_an_empty_post_reaches_the_origin_with_length_0(origin, connect):
    origin.on("/hello", HELLO)
    connect().ask(post("/hello", b""))
    assert origin.requests[0].get("content-length") == "0"


@pytest.mark.parametrize("target", [
    "/a/../b//c", "/%41%2f%00?x=%2F&y=a+b", "/?", "/a;b=1,c", "/a?b?c=/../d", "/~x/$&'()*+,;=:@",
])
def test_the_target_reaches_the_origin_as_it_was_sent(origin, connect, target):
    origin.on("*", HELLO)
    assert connect().ask(get(target)).status == 200
    assert origin.requests[0].target == target


def test_a_head_request_is_answered_with_the_length_and_no_body(origin, connect):
    def handler(asked):
        return HELLO if asked.method == "GET" else HELLO.partition(b"hello\n")[0]
    origin.on("/hello", handler)
    connection = connect()
    got = connection.ask(request("HEAD", "/hello"), method="HEAD")
    assert (got.status, got.headers.get("content-length")) == (200, "6")
    assert connection.ask(get("/hello")).body == b"hello\n"
    assert [asked.method for asked in origin.requests] == ["HEAD", "GET"]


def test_headers_that_repeat_stay_repeated_in_both_directions(origin, connect):
    origin.on("/many", answer(200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2, c"),
                                    ("X-Many", "1"), ("X-Many", "2")]))
    got = connect().ask(get("/many", ("X-Sent", "1"), ("X-Sent", "2")))
    assert got.headers.all("set-cookie") == ["a=1", "b=2, c"]
    assert ", ".join(got.headers.all("x-many")) == "1, 2"
    assert ", ".join(origin.requests[0].headers.all("x-sent")) == "1, 2"


def test_headers_for_the_hop_between_origin_and_broker_stay_there(origin, connect):
    origin.on("/hop", answer(200, [("Connection", "keep-alive"), ("Keep-Alive", "timeout=5"),
                                   ("Proxy-Connection", "keep-alive"), ("X-Stays", "yes")], b"x"))
    got = connect().ask(get("/hop"))
    assert "keep-alive" not in got.headers
    assert "proxy-connection" not in got.headers
    assert got.headers.get("x-stays") == "yes"


def test_a_compressed_answer_keeps_its_content_encoding(origin, connect):
    packed = gzip.compress(b"hello " * 100)
    origin.on("/packed", answer(200, [("Content-Encoding", "gzip")], packed))
    got = connect().ask(get("/packed", ("Accept-Encoding", "gzip")))
    assert (got.headers.get("content-encoding"), got.body) == ("gzip", packed)


def test_an_answer_is_passed_on_as_it_arrives(origin, connect):
    more = threading.Event()

    def handler(_):
        yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"
        yield more
        yield chunked(b"two")
    origin.on("/parts", handler)
    connection = connect()
    connection.send(get("/parts"))
    got = connection.answer()
    got.wait_for(b"one")
    more.set()
    assert got.read_all() == b"onetwo"


def test_an_answer_without_a_length_ends_when_the_origin_closes(origin, connect):
    origin.on("/old", lambda _: iter([b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nall there is", CLOSE]))
    assert connect().ask(get("/old")).body == b"all there is"


def test_large_bodies_pass_in_both_directions(origin, connect):
    sent, told = os.urandom(4 * MEGABYTE), os.urandom(4 * MEGABYTE)
    origin.on("/large", lambda asked: answer(
        200, [("X-Sha", hashlib.sha256(asked.body).hexdigest())], told))
    got = connect().ask(post("/large", sent), 30)
    assert got.headers.get("x-sha") == hashlib.sha256(sent).hexdigest()
    assert got.body == told


def test_a_chunked_request_body_reaches_the_origin_whole(origin, connect):
    pieces = [os.urandom(size) for size in (1, 4000, 70000)]
    origin.on("/echo", lambda asked: answer(200, body=asked.body))
    head = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert connect().ask(head + chunked(*pieces)).body == b"".join(pieces)


def test_a_client_that_does_not_read_holds_the_origin_back(origin, connect):
    """64 MB must not pile up in the broker."""
    size = 64 * MEGABYTE
    origin.on("/huge", lambda _: iter([b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size,
                                       *[b"x" * MEGABYTE] * 64]))
    connection = connect(receive_buffer=4096)
    connection.send(get("/huge"))
    connection.answer()
    taken = until_steady(lambda: origin.sent_bytes, "the origin being held back")
    assert taken < size / 2


def test_one_connection_serves_many_requests(origin, connect):
    origin.on("/hello", HELLO)
    connection = connect()
    for _ in range(5):
        assert connection.ask(get("/hello")).body == b"hello\n"


def test_connection_close_is_honoured(origin, connect):
    origin.on("/hello", HELLO)
    connection = connect()
    assert connection.ask(get("/hello", ("Connection", "close"))).body == b"hello\n"
    assert connection.is_closed()


def test_an_http_1_0_client_gets_no_chunks_and_a_close(origin, connect):
    origin.on("/parts", answer_chunked(b"one", b"two"))
    connection = connect()
    got = connection.ask(get("/parts", version="1.0"))
    assert got.body == b"onetwo"
    assert "transfer-encoding" not in got.headers
    assert connection.is_closed()


def test_pipelined_requests_are_answered_in_their_order(origin, connect):
    first = threading.Event()

    def slow(_):
        yield first
        yield answer(200, body=b"0")
    origin.on("/0", slow)
    for number in (1, 2, 3):
        origin.on(f"/{number}", answer(200, body=b"%d" % number))
    connection = connect()
    connection.send(b"".join(get(f"/{number}") for number in range(4)))
    origin.wait_asked("/0")
    first.set()
    for number in range(4):
        assert connection.answer().read_all() == b"%d" % number


def test_a_request_may_arrive_in_small_pieces(origin, connect):
    origin.on("/echo", lambda asked: answer(200, body=asked.body))
    data = post("/echo", b"in pieces")
    connection = connect()
    for at in range(0, len(data), 9):
        connection.send(data[at:at + 9])
    assert connection.answer().read_all() == b"in pieces"


def test_a_slow_answer_holds_up_nobody_else(origin, connect):
    release = threading.Event()
    origin.on("/slow", lambda _: iter([release, HELLO]))
    origin.on("/hello", HELLO)
    waiting = [connect() for _ in range(20)]
    for connection in waiting:
        connection.send(get("/slow"))
    origin.wait_asked("/slow", 20)
    assert connect().ask(get("/hello")).body == b"hello\n"
    release.set()
    for connection in waiting:
        assert connection.answer().read_all() == b"hello\n"


def test_a_client_that_leaves_ends_its_request_and_hurts_nobody(origin, connect):
    release = threading.Event()
    origin.on("/slow", lambda _: iter([release, HELLO]))
    origin.on("/hello", HELLO)
    for leave in ("close", "reset") * 5:
        connection = connect()
        connection.send(get("/slow"))
        getattr(connection, leave)()
    origin.wait_asked("/slow", 1)
    release.set()
    assert connect().ask(get("/hello")).body == b"hello\n"


def test_an_interim_answer_to_expect_lets_the_body_come(origin, connect):
    origin.on("/echo", lambda asked: answer(200, body=asked.body))
    connection = connect()
    connection.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    b"Content-Length: 4\r\n\r\n")
    deadline = Deadline(5, "100 Continue")
    assert connection.read_line(deadline).startswith("HTTP/1.1 100")
    connection.read_line(deadline)
    connection.send(b"body")
    assert connection.answer().read_all() == b"body"
    assert "expect" not in origin.requests[0].headers


def test_an_interim_answer_of_the_origin_does_not_disturb_the_final_one(origin, connect):
    origin.on("/early", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n" + HELLO)
    got = connect().ask(get("/early"))
    assert (got.status, got.body) == (200, b"hello\n")
    assert "x-early" not in got.headers


# HTTP/2


def test_http2_passes_an_answer_on(origin, client2):
    origin.on("/hello", answer(202, [("Content-Type", "text/plain"), ("X-App", "one")],
                               b"hello\n", "Accepted"))
    stream = client2.get("/hello", ("x-sent", "yes"))
    assert client2.whole(stream) == b"hello\n"
    assert stream.status == 202
    assert stream.headers.get("x-app") == "one"
    asked, = origin.requests
    assert (asked.get("host"), asked.get("x-sent")) == ("client.test", "yes")


def test_http2_answers_carry_no_header_of_http1_connections(origin, client2):
    origin.on("/parts", answer_chunked(b"one", headers=[("Connection", "keep-alive"),
                                                        ("Keep-Alive", "timeout=5")]))
    stream = client2.get("/parts")
    assert client2.whole(stream) == b"one"
    assert not {"connection", "keep-alive", "transfer-encoding"} & set(stream.headers.names())


def test_http2_bodies_pass_in_both_directions(origin, client2):
    body = os.urandom(MEGABYTE)
    origin.on("/echo", lambda asked: answer(200, body=asked.body))
    assert client2.whole(client2.request("POST", "/echo", body=body), 20) == body


def test_http2_requests_of_one_connection_run_at_the_same_time(origin, client2):
    release = threading.Event()
    origin.on("/slow", lambda _: iter([release, answer(200, body=b"slow")]))
    origin.on("/hello", HELLO)
    slow = client2.get("/slow")
    origin.wait_asked("/slow")
    assert client2.whole(client2.get("/hello")) == b"hello\n"
    release.set()
    assert client2.whole(slow) == b"slow"


def test_http2_head_has_no_body(origin, client2):
    origin.on("/hello", HELLO.partition(b"hello\n")[0])
    stream = client2.request("HEAD", "/hello")
    assert client2.whole(stream) == b""
    assert stream.status == 200
