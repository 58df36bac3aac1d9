# SPDX-License-Identifier: Apache-2.0
"""The stats socket tells of each publication how many heard it, format by format."""
import json

import pytest
import zmq

from support.client import get
from support.grip import poll_hold, poll_item, stream_hold, stream_item, ws_item
from support.over_http import subscribe, text
from support.stats import Reader
from support.zeromq import json_message

ROUTES = ["* {origin},over_http"]
FLAGS = ["--zmq-stats", "tcp://127.0.0.1:*", "--zmq-pull", "tcp://127.0.0.1:*", "--workers", "2"]
ALL = {"http-stream": {"content": "s"}, "http-response": {"body": "r"},
       "ws-message": {"content": "w"}}


@pytest.fixture
def reader(peers, broker):
    return Reader(peers, broker, "message")


@pytest.fixture
def audience(origin, connect, over_http, websocket, broker, channel):
    """audience(streams, polls, sockets) of `channel`, on whichever of both workers."""
    def gather(streams=0, polls=0, sockets=0):
        before = broker.metric("subscriptions")
        origin.on("/stream", stream_hold(channel))
        origin.on("/poll", poll_hold(channel))
        for path in ["/stream"] * streams + ["/poll"] * polls:
            connect().send(get(path))
        if sockets:
            over_http(opening=[subscribe(channel), text("open")])
        for _ in range(sockets):
            websocket().expect_text("open")
        broker.wait_metric("subscriptions", before + streams + polls + sockets)
    return gather


def heard(channel, transport, count, **more):
    return {"channel": channel, "transport": transport, "count": count, **more}


@pytest.mark.parametrize("who,item", [
    ("streams", stream_item), ("polls", poll_item), ("sockets", ws_item)])
def test_each_transport_has_its_message(reader, audience, broker, channel, who, item):
    transport = {"streams": "http-stream", "polls": "http-response", "sockets": "ws-message"}[who]
    audience(**{who: 3})
    broker.publish(item(channel, "x"))
    assert reader.next() == heard(channel, transport, 3)


def test_an_item_of_several_formats_has_one_message_for_each_that_was_heard(reader, audience,
                                                                            broker, channel):
    audience(streams=12, polls=9, sockets=5)
    broker.publish({"channel": channel, "id": "7", "formats": ALL})
    told = [reader.next() for _ in range(3)]
    assert sorted(told, key=lambda fields: fields["transport"]) == [
        heard(channel, "http-response", 9, **{"item-id": "7"}),
        heard(channel, "http-stream", 12, **{"item-id": "7"}),
        heard(channel, "ws-message", 5, **{"item-id": "7"})]
    broker.publish({"channel": channel, "formats": ALL})  # the long-polls have their answer
    assert [reader.next()["transport"] for _ in range(2)] == ["http-stream", "ws-message"]


def test_what_nobody_heard_is_not_told(reader, audience, broker, channel):
    audience(streams=1)
    broker.publish(stream_item("nobody", "x"), poll_item(channel, "x"), ws_item(channel, "x"),
                   stream_item(channel, "x", id="last"))
    assert reader.next() == heard(channel, "http-stream", 1, **{"item-id": "last"})


def test_a_duplicate_is_not_told(reader, audience, broker, channel):
    audience(streams=1)
    for name in ("a", "a", "b"):
        broker.publish(stream_item(channel, "x", id=name))
    assert [reader.next()["item-id"] for _ in range(2)] == ["a", "b"]


def test_an_item_that_had_to_wait_is_told_when_it_has_gone_out(reader, audience, broker, channel):
    audience(streams=2)
    broker.publish(stream_item(channel, "2", **{"id": "2", "prev-id": "1"}))
    broker.publish(stream_item(channel, "1", id="1"))
    assert [reader.next() for _ in range(2)] == [
        heard(channel, "http-stream", 2, **{"item-id": name}) for name in ("1", "2")]


def test_a_burst_is_told_item_by_item(reader, audience, broker, channel):
    audience(streams=4)
    broker.publish(*(stream_item(channel if number % 3 else f"{channel}-other", "x",
                                 id=str(number)) for number in range(1, 300)))
    for number in range(1, 300):
        if number % 3:
            assert reader.next() == heard(channel, "http-stream", 4, **{"item-id": str(number)})


def test_a_publisher_may_ask_for_a_report_at_the_same_time(reader, audience, broker, channel):
    audience(streams=5)
    items = [stream_item(channel, "1", id="1"), stream_item("nobody", "2"),
             stream_item(channel, "3")]
    report = json.loads(broker.post_items(*items, path="/publish/?report=1").body)
    assert not report["partial"]
    assert [item["subscribers"]["http-stream"] for item in report["items"]] == [5, 0, 5]
    assert reader.next() == heard(channel, "http-stream", 5, **{"item-id": "1"})
    assert reader.next() == heard(channel, "http-stream", 5)


def test_an_item_that_comes_by_zeromq_is_told(reader, audience, broker, peers, channel):
    audience(streams=2)
    push = peers.connect(zmq.PUSH, broker.zmq_ports["zmq_pull"])
    push.send(json_message(channel, "x", id="z"))
    assert reader.next() == heard(channel, "http-stream", 2, **{"item-id": "z"})


def test_streams_of_http2_are_counted(reader, origin, client2, broker, channel):
    origin.on("/stream", stream_hold(channel))
    streams = [client2.get("/stream") for _ in range(3)]
    for stream in streams:
        client2.wait_head(stream)
    broker.publish(stream_item(channel, "x"))
    assert reader.next() == heard(channel, "http-stream", 3)
    for stream in streams:
        client2.wait_for(stream, b"x")
