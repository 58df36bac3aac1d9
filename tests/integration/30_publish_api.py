# SPDX-License-Identifier: Apache-2.0
"""POST /publish/: what is taken, what is refused and in which words."""
import json

import pytest

from support.client import Connection, chunked, post
from support.grip import stream_item
from support.waiting import Deadline


@pytest.fixture
def control(broker):
    """A connection to the control listener."""
    connection = Connection(broker.control_port)
    yield connection
    connection.close()


def body_of(*items):
    return json.dumps({"items": list(items)}).encode()


# where


@pytest.mark.parametrize("path", ["/publish/", "/publish", "//publish/", "/service/abc123/publish/",
                                  "/service/abc123/publish"])
def test_each_of_the_usual_paths_publishes(broker, stream, channel, path):
    got = broker.post_items(stream_item(channel, "x"), path=path)
    assert (got.status, got.body) == (200, b"Published\n")
    assert got.headers.get("content-type") == "text/plain"
    stream.wait_for(b"x")


@pytest.mark.parametrize("path", ["/publis", "/publish/x", "/service/publish/", "/service//publish/",
                                  "/nothing", "/publish//x"])
def test_other_paths_are_a_404(broker, path):
    got = broker.post_items(stream_item("a", "x"), path=path)
    assert (got.status, got.body) == (404, b"Not Found\n")


def test_a_configured_service_is_the_only_one(start_broker):
    broker = start_broker("--service-id", "mine")
    assert broker.post_items(stream_item("a", "x"), path="/service/mine/publish/").status == 200
    assert broker.post_items(stream_item("a", "x"), path="/publish/").status == 200
    assert broker.post_items(stream_item("a", "x"), path="/service/else/publish/").status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_a_405(broker, method):
    got = broker.control(method, "/publish/", b"{}" if method != "GET" else None)
    assert (got.status, got.headers.get("allow")) == (405, "POST")
    assert got.body == f"Method not allowed: {method}.\n".encode()


def test_the_clients_port_is_no_place_to_publish(origin, connect):
    got = connect().ask(post("/publish/", body_of(stream_item("a", "x"))))
    assert got.status == 404
    assert got.body == b"the script has nothing here\n"


# the answer


@pytest.mark.parametrize("accept,kind,body", [
    (None, "text/plain", b"Published\n"), ("*/*", "text/plain", b"Published\n"),
    ("text/plain", "text/plain", b"Published\n"),
    ("application/json", "application/json", b'{"message":"Published"}\n'),
    ("application/*", "application/json", b'{"message":"Published"}\n'),
    ("image/png, application/json", "application/json", b'{"message":"Published"}\n'),
])
def test_the_answer_is_of_the_kind_that_is_accepted(broker, accept, kind, body):
    headers = [("Accept", accept)] if accept else []
    got = broker.post_items(stream_item("a", "x"), headers=headers)
    assert (got.status, got.headers.get("content-type"), got.body) == (200, kind, body)


def test_an_answer_that_is_accepted_in_no_kind_is_a_406(broker, stream, channel):
    got = broker.post_items(stream_item(channel, "no"), headers=[("Accept", "image/png")])
    assert (got.status, got.body) == (
        406, b"Not Acceptable. Supported formats are text/plain and application/json.\n")
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"end"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "nonsense"])
def test_the_type_of_the_body_is_not_looked_at(broker, stream, channel, kind):
    assert broker.post_items(stream_item(channel, "x"),
                             headers=[("Content-Type", kind)]).status == 200
    stream.wait_for(b"x")


def test_publishing_to_nobody_succeeds(broker):
    assert broker.post_items(stream_item("nobody-here", "x")).status == 200


# how it travels


def test_publishes_share_a_connection(control, stream, channel):
    for number in range(20):
        assert control.ask(post("/publish/", body_of(stream_item(channel, f"<{number}>")))).status \
            == 200
    stream.wait_for(b"<19>")
    assert stream.body.count(b"<") == 20


def test_publishes_may_be_pipelined(control, stream, channel):
    control.send(b"".join(post("/publish/", body_of(stream_item(channel, f"<{number}>")))
                          for number in range(20)))
    for _ in range(20):
        assert control.answer().read_all() == b"Published\n"
    stream.wait_for(b"<19>")
    assert stream.body == b"".join(b"<%d>" % number for number in range(20))


def test_a_refusal_in_a_pipeline_harms_neither_neighbour(control, stream, channel):
    control.send(post("/publish/", body_of(stream_item(channel, "1"))) +
                 post("/publish/", b"{") + post("/publish/", body_of(stream_item(channel, "2"))))
    assert [control.answer().read_all()[:9] for _ in range(3)] == [
        b"Published", b"Body is n", b"Published"]
    stream.wait_for(b"12")


def test_a_chunked_publish_is_taken(control, stream, channel):
    body = body_of(stream_item(channel, "x" * 3000))
    got = control.ask(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                      chunked(body[:1000], body[1000:]))
    assert got.status == 200
    stream.wait_for(b"x" * 3000)


def test_a_publish_may_arrive_in_small_pieces(control, stream, channel):
    data = post("/publish/", body_of(stream_item(channel, "x")))
    for at in range(0, len(data), 11):
        control.send(data[at:at + 11])
    assert control.answer().read_all() == b"Published\n"
    stream.wait_for(b"x")


def test_expect_100_is_answered(control, stream, channel):
    body = body_of(stream_item(channel, "x"))
    control.send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                 b"Content-Length: %d\r\n\r\n" % len(body))
    assert control.read_line(Deadline(5, "100 Continue")).startswith("HTTP/1.1 100")
    control.read_line(Deadline(5, "100 Continue"))
    control.send(body)
    assert control.answer().read_all() == b"Published\n"
    stream.wait_for(b"x")


def test_an_http_1_0_publisher_is_served_and_closed(control, stream, channel):
    got = control.ask(post("/publish/", body_of(stream_item(channel, "x")), version="1.0"))
    assert got.status == 200
    assert control.is_closed()
    stream.wait_for(b"x")


@pytest.mark.parametrize("data", [
    b"POST /publish/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n0\r\n\r\n",
    b"POST /publish/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /publish/ HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    b"nonsense\r\n\r\n",
], ids=["two framings", "two lengths", "no host", "nonsense"])
def test_a_malformed_request_is_refused_here_too(control, broker, data):
    control.send(data)
    reply = control.drain()
    assert reply.startswith(b"HTTP/1.1 400 ") or reply == b"", reply
    assert broker.post_items(stream_item("a", "x")).status == 200


# what the body may be


def item(**changes):
    base = {"channel": "a", "formats": {"http-stream": {"content": "x"}}}
    base.update({name.replace("_", "-"): value for name, value in changes.items()})
    return base


def without(name):
    return {key: value for key, value in item().items() if key != name}


def formatted(kind, **fields):
    return item(formats={kind: {name.replace("_", "-"): value for name, value in fields.items()}})


WHOLE = {
    "no JSON": (b"{", "Body is not valid JSON."),
    "nothing": (b"", "Body is not valid JSON."),
    "JSON with something behind it": (b'{"items":[]} x', "Body is not valid JSON."),
    "text that is no UTF-8": (b'{"items":[{"channel":"\xff"}]}', "Body is not valid JSON."),
    "a list": (b"[]", "Invalid format."),
    "a string": (b'"items"', "Invalid format."),
    "no items": (b"{}", "Invalid format: object does not contain 'items'"),
    "items that are no list": (b'{"items":{}}',
                               "Invalid format: object contains 'items' with wrong type"),
    "no item": (b'{"items":[]}', "Invalid format: "),
    "100,000 brackets": (b"[" * 100000, "Invalid format"),
}
ITEMS = {
    "a number": (5, "publish item object is not an object"),
    "without a channel": (without("channel"), "does not contain 'channel'"),
    "with a channel of the wrong type": (item(channel=5), "contains 'channel' with wrong type"),
    "with an empty channel": (item(channel=""), "channel"),
    "with a channel that is too long": (item(channel="c" * 1025), "channel"),
    "with a control character in the channel": (item(channel="a\r\nb"), "channel"),
    "without formats": (without("formats"), "no formats specified"),
    "with formats of the wrong type": (item(formats=["x"]), "contains 'formats' with wrong type"),
    "with no format": (item(formats={}), "no formats specified"),
    "with unknown formats only": (item(formats={"smoke": {"content": "x"}}), ""),
    "with a format of the wrong type": (item(formats={"http-stream": "x"}), "wrong type"),
    "with an id of the wrong type": (item(id=5), "contains 'id' with wrong type"),
    "with an id that is too long": (item(id="i" * 1025), "id"),
    "with a prev-id of the wrong type": (item(prev_id=5), "contains 'prev-id' with wrong type"),
    "with no-seq of the wrong type": (item(no_seq="x"), "contains 'no-seq' with wrong type"),
    "with a stream without content": (formatted("http-stream"),
                                      "'http-stream' does not contain 'content' or 'content-bin'"),
    "with content of the wrong type": (formatted("http-stream", content=5), "wrong type"),
    "with content-bin of the wrong type": (formatted("http-stream", content_bin=5), "wrong type"),
    "with content-bin that is no base64": (formatted("http-stream", content_bin="@@@@"), ""),
    "with content that is too large": (formatted("http-stream", content="x" * 32768), ""),
    "with content too large in bytes": (formatted("http-stream", content="é" * 16384), ""),
    "with content-bin that is too large": (formatted("http-stream", content_bin="AAAA" * 10923), ""),
    "with an action that is none": (formatted("http-stream", content="x", action="burn"), ""),
    "with an action of the wrong type": (formatted("http-stream", content="x", action=5), ""),
    "with a response without body": (
        formatted("http-response", code=200),
        "'http-response' does not contain 'body', 'body-bin', or 'body-patch'"),
    "with a code that is none": (formatted("http-response", body="x", code=1000), ""),
    "with a code of 101": (formatted("http-response", body="x", code=101), ""),
    "with a code of 0": (formatted("http-response", body="x", code=0), ""),
    "with headers of the wrong type": (formatted("http-response", body="x", headers="X: 1"), ""),
    "with a line break in a header": (
        formatted("http-response", body="x", headers={"X": "a\r\nEvil: 1"}), ""),
    "with a line break in a header name": (
        formatted("http-response", body="x", headers={"X\r\nEvil": "1"}), ""),
    "with a line break in a reason": (formatted("http-response", body="x", reason="a\r\nb"), ""),
    "with a message without content": (formatted("ws-message"), ""),
    "with a message type that is none": (formatted("ws-message", content="x", type="smoke"),
                                         "'ws-message' contains 'type' with unknown value"),
    "with meta of the wrong type": (item(meta="x"), ""),
}


@pytest.mark.parametrize("body,words", WHOLE.values(), ids=WHOLE.keys())
def test_a_body_that_is_no_publication_is_a_400(control, body, words):
    got = control.ask(post("/publish/", body))
    assert got.status == 400
    assert got.headers.get("content-type") == "text/plain"
    assert got.body.decode().startswith(words)
    assert got.body.endswith(b"\n")


@pytest.mark.parametrize("bad,words", ITEMS.values(), ids=ITEMS.keys())
def test_one_bad_item_refuses_the_whole_batch(broker, control, stream, channel, bad, words):
    got = control.ask(post("/publish/", body_of(stream_item(channel, "no"), bad,
                                                stream_item(channel, "no"))))
    assert got.status == 400
    assert got.body.startswith(b"Invalid format: ")
    assert words in got.body.decode()
    assert len(got.body) > len("Invalid format: \n")
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"end"


def test_a_refusal_is_counted_and_refused_by_reason(broker, control):
    before = broker.metric("publishes_refused_total")
    control.ask(post("/publish/", b"{"))
    assert broker.metric("publishes_refused_total") == before + 1


@pytest.mark.parametrize("change", [
    {"unknown": {"a": [1]}}, {"id": None}, {"prev-id": None}, {"meta": {"a": "b"}},
    {"size": 5}, {"no-seq": True},
    {"formats": {"http-stream": {"content": "x", "unknown": 1}, "smoke": 5}},
    {"formats": {"http-stream": {"content": "x", "action": "send"}}},
    {"formats": {"http-stream": {"content-bin": "eA=="}}},
    {"formats": {"http-stream": {"content": "ignored", "content-bin": "eA=="}}},
], ids=str)
def test_what_is_optional_or_unknown_does_no_harm(broker, stream, channel, change):
    broker.publish({**stream_item(channel, "x"), **change})
    stream.wait_for(b"x")
    assert stream.body == b"x"


def test_formats_may_stand_in_the_item_itself(broker, stream, channel):
    broker.publish({"channel": channel, "http-stream": {"content": "old style"}})
    stream.wait_for(b"old style")


def test_an_action_needs_no_content(broker, stream, channel):
    broker.publish({"channel": channel, "formats": {"http-stream": {"action": "close"}}})
    assert stream.ended() == "cleanly"


# limits


def test_a_body_that_is_too_large_is_a_413(control, broker):
    control.try_send(post("/publish/", body_of(*[stream_item("a", "x" * 30000)] * 36)))
    assert control.answer().status == 413
    assert broker.post_items(stream_item("a", "x")).status == 200


def test_a_chunked_body_that_is_too_large_is_a_413(control):
    control.try_send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                     chunked(*[b" " * 100000] * 11))
    assert control.answer().status == 413


def test_too_many_items_are_a_400(start_broker):
    broker = start_broker("--limit", "publish_items=3")
    assert broker.post_items(*[stream_item("a", "x")] * 3).status == 200
    got = broker.post_items(*[stream_item("a", "x")] * 4)
    assert (got.status, b"publish_items" in got.body) == (400, True)


def test_the_limit_of_content_can_be_changed(start_broker):
    broker = start_broker("--limit", "content_bytes=10")
    assert broker.post_items(stream_item("a", "x" * 10)).status == 200
    assert broker.post_items(stream_item("a", "x" * 11)).status == 400
    assert broker.post_items(stream_item("a", "é" * 6)).status == 400


def test_content_without_a_limit_is_bounded_by_the_body(start_broker):
    broker = start_broker("--limit", "content_bytes=0")
    assert broker.post_items(stream_item("a", "x" * 500000)).status == 200


def test_a_head_that_is_too_large_is_a_431(control):
    control.try_send(post("/publish/", b"{}", *((f"X-{n}", "v" * 1000) for n in range(20))))
    assert control.answer().status == 431
