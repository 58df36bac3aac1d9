# SPDX-License-Identifier: Apache-2.0
"""The stats socket tells ten times a second what goes on: requests, and on which routes."""
import pytest

from support.client import get
from support.grip import stream_hold, stream_item
from support.origin import answer
from support.over_http import echo, text
from support.stats import Reader

FLAGS = ["--zmq-stats", "tcp://127.0.0.1:*"]
NAMES = ["plain", "beats", "marker"]
ROUTES = ["* {origin}", "chat.test,id=chat {origin},over_http",
          *(f"{name}.test,id={name} {{origin}}" for name in NAMES)]


class Activity:
    """The sum of what was told of one route."""

    def __init__(self, reader, route):
        self.reader, self.route, self.count = reader, route, 0

    def reaches(self, count):
        """Reads on until there was so much, and demands that it was no more."""
        while self.count < count:
            fields = self.reader.next()
            assert set(fields) - {"route"} == {"count"}
            self.count += fields["count"] if fields.get("route") == self.route else 0
        assert self.count == count


@pytest.fixture
def reader_of(peers, broker, connect, origin):
    """reader_of(kind) begins behind what readers have asked themselves."""
    def begin(kind):
        reader = Reader(peers, broker, kind)
        origin.on("/marker", answer(200))
        connect().ask(get("/marker", host="marker.test"))
        while b"marker" not in reader.socket.recv():
            pass
        return reader
    return begin


@pytest.fixture
def activity(reader_of):
    """activity(route) is what is told of one route; None for those without an id."""
    def begin(route):
        return Activity(reader_of("activity"), route)
    return begin


def test_requests_are_told_of_their_route(activity, connect, origin, target):
    origin.on(target, answer(200))
    plain = activity("plain")
    for host in ("plain.test", "other.test", "plain.test", "plain.test"):
        connect().ask(get(target, host=host))
    plain.reaches(3)


def test_a_request_that_is_refused_counts_too(activity, connect):
    none = activity(None)
    assert connect().ask(get("/x", host=None)).status == 400
    none.reaches(1)
    assert connect().ask(get("/x", host=None)).status == 400
    none.reaches(2)


def test_messages_of_a_websocket_are_activity_once_a_minute(activity, over_http, websocket,
                                                            connect, origin):
    chat = activity("chat")
    over_http(opening=[text("welcome")], reply=echo)
    client = websocket(host="chat.test")
    client.expect_text("welcome")
    for number in range(10):
        client.text(str(number))
        client.expect_text(str(number))
    chat.reaches(2)  # the request, the messages
    origin.on("/other", answer(200))
    connect().ask(get("/other", host="chat.test"))
    chat.reaches(3)


def test_a_keep_alive_is_activity(activity, connect, origin, broker, channel, target):
    beats = activity("beats")
    origin.on(target, stream_hold(channel, headers=[("Grip-Keep-Alive", "beat; timeout=1")]))
    connection = connect()
    connection.send(get(target, host="beats.test"))
    stream = connection.answer()
    beats.reaches(1)
    broker.publish(stream_item(channel, "no activity"))
    stream.wait_for(b"beat")
    beats.reaches(2)


def test_counts_tell_of_all_requests(reader_of, connect, origin, target):
    reader = reader_of("counts")
    origin.on(target, answer(200))
    for host in ("plain.test", "other.test", "chat.test"):
        connect().ask(get(target, host=host))
    count = 0
    while count < 3:
        fields = reader.next()
        assert set(fields) == {"requests-received"}
        count += fields["requests-received"]
    assert count == 3
