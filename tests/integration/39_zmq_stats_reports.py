# SPDX-License-Identifier: Apache-2.0
"""The stats socket sums up what passed on each route that has an id."""
import pytest

from support.client import get, post, request
from support.grip import poll_hold, poll_item, stream_hold, stream_item, ws_item
from support.origin import answer, answer_chunked
from support.over_http import echo, events_answer, subscribe, text
from support.stats import (ANY, Ledger, answered_count, asked_count, forwarded_count, head_count,
                           told_count)
from support.websocket import accept_of, upgrade

FLAGS = ["--zmq-stats", "tcp://127.0.0.1:*", "--zmq-stats-interval", "1", "--zmq-stats-format",
         "json", "--workers", "2"]
# One for each test: what a test leaves behind is told in the reports of the next.
NAMES = ["plain", "chunks", "head", "held", "streams", "many", "polls", "again"]
ROUTES = ["* {origin}", "down.test,id=down 127.0.0.1:1", "refuse.test,id=refuse {origin},over_http",
          *(f"*,path_beg=/h2-{kind},id=h2-{kind} {{origin}}" for kind in ("get", "stream", "poll")),
          "chat.test,id=chat {origin},over_http",
          "direct.test,id=direct {origin}", *(f"{name}.test,id={name} {{origin}}" for name in NAMES)]


@pytest.fixture
def ledger(peers, broker):
    return Ledger(peers, broker)


# requests


def test_a_relayed_answer_counts_on_both_sides(ledger, connect, origin, target):
    told = answer(200, [("Content-Type", "text/plain"), ("X-A", "1")], b"twelve bytes")
    origin.on(target, told)
    asked = post(target + "?q=1", b"seven b", ("X-B", "22"), host="plain.test")
    got = connect().ask(asked)
    ledger.expect("plain", client_header_bytes_received=asked_count(asked),
                  client_content_bytes_received=7,
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(target)),
                  server_content_bytes_sent=7, server_header_bytes_received=told_count(told),
                  server_content_bytes_received=12, client_header_bytes_sent=answered_count(got),
                  client_content_bytes_sent=12)


def test_chunks_are_not_counted_but_what_is_in_them(ledger, connect, origin, target):
    told = answer_chunked(b"four", b"seven b", headers=[("X-A", "1")])
    origin.on(target, told)
    asked = get(target, host="chunks.test")
    got = connect().ask(asked)
    assert got.headers.get("transfer-encoding") == "chunked"
    ledger.expect("chunks", client_header_bytes_received=asked_count(asked),
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(target)),
                  server_header_bytes_received=told_count(told),
                  server_content_bytes_received=11, client_header_bytes_sent=answered_count(got),
                  client_content_bytes_sent=11)


def test_an_answer_to_head_has_no_content(ledger, connect, origin, target):
    told = answer(200, [("X-A", "1")])
    origin.on(target, told)
    asked = request("HEAD", target, host="head.test")
    got = connect().ask(asked, method="HEAD")
    ledger.expect("head", client_header_bytes_received=asked_count(asked),
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(target)),
                  server_header_bytes_received=told_count(told),
                  client_header_bytes_sent=answered_count(got))


def test_a_request_without_a_route_of_its_own_is_in_the_other_report(ledger, connect, origin,
                                                                     target):
    origin.on(target, answer(200, [], b"x" * 1000))
    connect().ask(get(target, host="other.test"))
    ledger.reader.until(lambda fields: fields.get("server-content-bytes-received", 0) >= 1000
                        and "route" not in fields)
    assert set(ledger.routes) <= {None}


def test_a_request_of_http2_counts_as_one_of_http1(ledger, client2, origin, target):
    told = answer(200, [("X-A", "1")], b"body")
    path = "/h2-get" + target
    origin.on(path, told)
    stream = client2.get(path, ("x-b", "22"))
    assert client2.ended(stream) == "cleanly"
    same = get(path, ("x-b", "22"))
    ledger.expect("h2-get", client_header_bytes_received=asked_count(same),
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(path)),
                  server_header_bytes_received=told_count(told), server_content_bytes_received=4,
                  client_header_bytes_sent=head_count(["200", "OK"], [("X-A", "1")]),
                  client_content_bytes_sent=4)


def test_a_refusal_is_an_answer(ledger, connect):
    asked = get("/x", host="down.test")
    got = connect().ask(asked)
    assert got.status == 502
    ledger.expect("down", client_header_bytes_received=asked_count(asked),
                  server_header_bytes_sent=ANY, client_header_bytes_sent=answered_count(got),
                  client_content_bytes_sent=len(got.body))


# holds


def test_a_held_stream(ledger, connect, origin, broker, channel, target):
    told = stream_hold(channel, body=b"first")
    origin.on(target, told)
    asked = get(target, host="streams.test")
    connection = connect()
    connection.send(asked)
    got = connection.answer()
    got.wait_for(b"first")
    broker.publish(stream_item(channel, "seven b"), stream_item(channel, "nine byte"),
                   poll_item(channel, "not heard"))
    got.wait_for(b"nine byte")
    ledger.expect("streams", received=2, sent=2, client_header_bytes_received=asked_count(asked),
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(target)),
                  server_header_bytes_received=told_count(told), server_content_bytes_received=5,
                  client_header_bytes_sent=answered_count(got),
                  client_content_bytes_sent=5 + 7 + 9)


def test_connections_and_their_minutes_are_told_of_their_route(ledger, connect, origin, broker,
                                                               channel, target):
    origin.on(target, stream_hold(channel))
    streams = [connect() for _ in range(3)]
    for stream in streams:
        stream.send(get(target, host="held.test"))
    broker.wait_metric("subscriptions", 3)
    most = minutes = 0
    while (most, minutes) != (3, 3):  # each has begun one
        fields = ledger.reader.until(lambda fields: fields.get("route") == "held")
        most, minutes = fields["connections"], minutes + fields["minutes"]
    streams.pop().close()
    fields = ledger.reader.until(lambda fields: fields.get("route") == "held"
                                 and fields["connections"] == 2)
    assert fields["minutes"] == 0


def test_a_stream_of_http2(ledger, client2, origin, broker, channel, target):
    path = "/h2-stream" + target
    told = stream_hold(channel, body=b"first")
    origin.on(path, told)
    stream = client2.get(path)
    client2.wait_for(stream, b"first")
    broker.publish(stream_item(channel, "seven b"))
    client2.wait_for(stream, b"seven b")
    ledger.expect("h2-stream", received=1, sent=1, client_header_bytes_received=asked_count(get(path)),
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(path)),
                  server_header_bytes_received=told_count(told), server_content_bytes_received=5,
                  client_header_bytes_sent=head_count(["200", "OK"],
                                                      [("content-type", "text/plain")]),
                  client_content_bytes_sent=5 + 7)


def test_a_long_poll_of_http2(ledger, client2, origin, broker, channel, target):
    path = "/h2-poll" + target
    told = poll_hold(channel)
    origin.on(path, told)
    stream = client2.get(path)
    broker.wait_metric("subscriptions", 1)
    broker.publish(poll_item(channel, "something", headers={"X-Mine": "1"}))
    assert client2.ended(stream) == "cleanly"
    ledger.expect("h2-poll", received=1, sent=1, http_response_sent=1,
                  client_header_bytes_received=asked_count(get(path)),
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(path)),
                  server_header_bytes_received=told_count(told),
                  client_header_bytes_sent=head_count(
                      ["200", "OK"], [("content-type", "text/plain"), ("x-mine", "1")]),
                  client_content_bytes_sent=9)


def test_an_item_is_received_once_however_many_hear_it(ledger, connect, origin, broker, channel,
                                                       target):
    origin.on(target, stream_hold(channel))
    asked = get(target, host="many.test")
    for _ in range(16):  # on both workers
        connect().send(asked)
    broker.wait_metric("subscriptions", 16)
    broker.publish(stream_item(channel, "1"), stream_item(channel, "2"), stream_item("nobody", "3"))
    reports = []
    while sum(fields["sent"] for fields in reports) < 32:
        reports.append(ledger.reader.until(lambda fields: fields.get("route") == "many"))
    assert sum(fields["sent"] for fields in reports) == 32
    assert sum(fields["received"] for fields in reports) == 2


def test_a_long_poll(ledger, connect, origin, broker, channel, target):
    told = poll_hold(channel, body=b"nothing")
    origin.on(target, told)
    asked = post(target, b"body", host="polls.test")
    connection = connect()
    connection.send(asked)
    broker.wait_metric("subscriptions", 1)
    broker.publish(poll_item(channel, "something", headers={"X-Mine": "1"}))
    got = connection.answer()
    assert got.read_all() == b"something"
    ledger.expect("polls", received=1, sent=1, http_response_sent=1,
                  client_header_bytes_received=asked_count(asked), client_content_bytes_received=4,
                  server_header_bytes_sent=forwarded_count(origin.wait_asked(target)),
                  server_content_bytes_sent=4, server_header_bytes_received=told_count(told),
                  server_content_bytes_received=7, client_header_bytes_sent=answered_count(got),
                  client_content_bytes_sent=9)


def test_a_long_poll_that_is_asked_again_is_one_request_of_its_client(ledger, connect, origin,
                                                                      broker, channel, target):
    told = [poll_hold(channel), answer(200, [], b"news")]
    origin.on(target, lambda request: told[min(len(origin.asked(target)), 2) - 1])
    asked = get(target, host="again.test")
    connection = connect()
    connection.send(asked)
    broker.wait_metric("subscriptions", 1)
    broker.publish(poll_item(channel, action="hint"))
    got = connection.answer()
    assert got.read_all() == b"news"
    origin.wait_asked(target, 2)
    ledger.expect("again", received=1,  # the hint: nothing of it was sent
                  client_header_bytes_received=asked_count(asked),
                  server_header_bytes_sent=sum(map(forwarded_count, origin.asked(target))),
                  server_header_bytes_received=sum(map(told_count, told)),
                  server_content_bytes_received=4, client_header_bytes_sent=answered_count(got),
                  client_content_bytes_sent=4)


# WebSockets


def test_a_websocket_over_http(ledger, over_http, websocket, origin, broker, channel, target):
    chat = over_http(opening=[subscribe(channel), text("welcome")], reply=echo)
    client = websocket(host="chat.test")
    client.expect_text("welcome")
    client.text("seven b")
    client.expect_text("seven b")
    client.binary(b"four")
    client.expect_binary(b"four")
    client.ping(b"no message")
    client.receive()
    broker.publish(ws_item(channel, "published"))
    client.expect_text("published")
    requests = [chat.wait_requests(number + 1) for number in range(4)]
    answers = [chat.accept] + [events_answer(*echo(each)) for each in requests[1:]]
    ledger.expect(
        "chat", received=1, sent=1,
        client_header_bytes_received=asked_count(upgrade(target, host="chat.test")),
        client_header_bytes_sent=answered_count(client.answer),
        client_messages_received=2, client_content_bytes_received=7 + 4,
        server_messages_sent=2, server_messages_received=1 + 1 + 2,
        client_messages_sent=1 + 2 + 1, client_content_bytes_sent=7 + 7 + 4 + 9,
        server_header_bytes_sent=sum(map(forwarded_count, requests)),
        server_content_bytes_sent=sum(len(each.body) for each in requests),
        server_header_bytes_received=sum(map(told_count, answers)),
        server_content_bytes_received=sum(len(each.partition(b"\r\n\r\n")[2])
                                          for each in answers))


def test_a_websocket_of_an_origin_that_speaks_it(ledger, direct, websocket, broker, channel,
                                                 target):
    chat = direct()
    client = websocket(host="direct.test")
    theirs = chat.next()
    subscribes = 'c:{"type":"subscribe","channel":"%s"}' % channel
    theirs.text(subscribes)
    theirs.text("welcome")
    client.expect_text("welcome")
    client.text("seven b")
    theirs.expect_text("seven b")
    broker.publish(ws_item(channel, "published"))
    client.expect_text("published")
    told = [("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept_of(theirs.request.get("sec-websocket-key"))),
            *chat.headers]
    ledger.expect(
        "direct", received=1, sent=1,
        client_header_bytes_received=asked_count(upgrade(target, host="direct.test")),
        client_header_bytes_sent=answered_count(client.answer),
        client_messages_received=1, client_content_bytes_received=7,
        server_messages_sent=1, server_content_bytes_sent=7,
        server_messages_received=2, server_content_bytes_received=len(subscribes) + 7,
        client_messages_sent=2, client_content_bytes_sent=7 + 9,
        server_header_bytes_sent=forwarded_count(theirs.request),
        server_header_bytes_received=head_count(["101", "Switching Protocols"], told))


def test_a_websocket_that_its_origin_refuses(ledger, connect, origin, target):
    told = answer(403, [("X-A", "1")], b"no", reason="Forbidden")
    origin.on(target, told)
    asked = upgrade(target, host="refuse.test")
    got = connect().ask(asked)
    assert (got.status, got.body) == (403, b"no")
    request_told = origin.wait_asked(target)
    ledger.expect("refuse", client_header_bytes_received=asked_count(asked),
                  server_header_bytes_sent=forwarded_count(request_told),
                  server_content_bytes_sent=len(request_told.body),
                  server_header_bytes_received=told_count(told), server_content_bytes_received=2,
                  client_header_bytes_sent=answered_count(got), client_content_bytes_sent=2)
