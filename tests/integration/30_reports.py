# SPDX-License-Identifier: Apache-2.0
"""What a publisher who asks is told: what became of each item, and how many heard each format."""
import json

import pytest

from support.client import get
from support.grip import poll_hold, poll_item, stream_item
from support.over_http import subscribe

ROUTES = ["* {origin},over_http"]


def report(broker, *items, path="/publish/?report=1", headers=()):
    got = broker.post_items(*items, path=path, headers=headers)
    assert got.status == 200, got.body
    assert got.headers.get("content-type") == "application/json"
    told = json.loads(got.body)
    assert told.pop("message") == "Published"
    return told


def delivered(**subscribers):
    return {"status": "delivered",
            "subscribers": {name.replace("_", "-"): count for name, count in subscribers.items()}}


@pytest.mark.parametrize("asks", [
    {"path": "/publish/?report=1"}, {"path": "/service/x/publish/?a=b&report=1"},
    {"path": "/publish/", "headers": [("Prefer", "return=representation")]},
    {"path": "/publish/", "headers": [("Prefer", "wait=1"), ("Prefer", "return=representation")]},
    {"headers": [("Accept", "text/plain")]},
], ids=str)
def test_a_report_is_asked_for_in_either_way(broker, asks):
    assert report(broker, stream_item("nobody-here", "x"), **asks) == {
        "partial": False, "items": [delivered(http_stream=0)]}


@pytest.mark.parametrize("path,headers", [
    ("/publish/?report=0", []), ("/publish/?reports=1", []),
    ("/publish/", [("Prefer", "return=minimal")]),
])
def test_who_asks_for_something_else_gets_the_usual_answer(broker, path, headers):
    got = broker.post_items(stream_item("a", "x"), path=path, headers=headers)
    assert (got.status, got.body) == (200, b"Published\n")


def test_the_subscribers_of_each_format_are_counted(broker, origin, connect, told, hold, channel):
    streams = [hold() for _ in range(5)]
    origin.on("/poll", poll_hold(channel))
    polls = [connect() for _ in range(3)]
    for poll in polls:
        poll.send(get("/poll"))
    sockets = [told(subscribe(channel)) for _ in range(2)]
    broker.wait_metric("subscriptions", 10)
    item = {"channel": channel, "formats": {
        "http-stream": {"content": "s"}, "http-response": {"body": "r"},
        "ws-message": {"content": "w"}}}
    assert report(broker, item) == {"partial": False, "items": [
        delivered(http_response=3, http_stream=5, ws_message=2)]}
    for stream in streams:
        stream.wait_for(b"s")
    for poll in polls:
        assert poll.answer().read_all() == b"r"
    broker.wait_metric("subscriptions", 7)
    assert report(broker, item)["items"] == [
        delivered(http_response=0, http_stream=5, ws_message=2)]
    assert report(broker, stream_item(channel, "more"))["items"] == [delivered(http_stream=5)]
    assert len(sockets) == 2


def test_each_item_has_its_line_in_the_order_of_the_request(broker, stream, channel):
    got = report(broker, stream_item(channel, "1", id="one \"é\""), stream_item("nobody", "2"),
                 poll_item(channel, "3", id="three"), stream_item(channel, "4"))
    assert got["items"] == [
        {"id": "one \"é\"", **delivered(http_stream=1)}, delivered(http_stream=0),
        {"id": "three", **delivered(http_response=0)}, delivered(http_stream=1)]
    stream.wait_for(b"14")


def test_duplicates_and_items_that_wait_are_told_apart(broker, stream, channel):
    got = report(broker, stream_item(channel, "1", id="1"), stream_item(channel, "1", id="1"),
                 stream_item(channel, "3", id="3", **{"prev-id": "2"}))
    assert got == {"partial": False, "items": [
        {"id": "1", **delivered(http_stream=1)}, {"id": "1", "status": "duplicate"},
        {"id": "3", "status": "waiting"}]}
    got = report(broker, stream_item(channel, "2", id="2", **{"prev-id": "1"}))
    assert got["items"] == [{"id": "2", **delivered(http_stream=1)}]
    stream.wait_for(b"123")


def test_a_report_without_anything_on_the_bus_is_not_waited_for(start_broker):
    broker = start_broker("--limit", "report_wait_ms=60s")
    item = stream_item("a", "x", id="1")
    broker.publish(item)
    assert report(broker, item, item) == {
        "partial": False, "items": [{"id": "1", "status": "duplicate"}] * 2}


def test_items_of_others_beside_it_are_delivered_in_order(broker, stream, channel):
    for number in range(30):
        if number % 3:
            broker.publish(stream_item(channel, f"<{number}>"))
        else:
            report(broker, stream_item(channel, f"<{number}>"))
    stream.wait_for(b"<29>")
    assert stream.body == b"".join(b"<%d>" % number for number in range(30))


def test_a_large_batch_is_counted_whole(broker, stream, channel):
    got = report(broker, *[stream_item(channel, "x")] * 5000)
    assert got == {"partial": False, "items": [delivered(http_stream=1)] * 5000}
    stream.wait_for(b"x" * 5000)


def test_a_refused_batch_has_no_report(broker):
    got = broker.post_items(stream_item("a", "x"), {"channel": "a"}, path="/publish/?report=1")
    assert (got.status, got.headers.get("content-type")) == (400, "text/plain")


def test_without_patience_a_report_is_what_has_come_by_then(start_broker):
    broker = start_broker("--limit", "report_wait_ms=0")
    got = report(broker, stream_item("a", "x"))
    assert got["items"][0]["status"] == "delivered"
