# SPDX-License-Identifier: Apache-2.0
"""Grip-Hold: stream. The answer stays open, and what is published to its channels is appended."""
import pytest

from support.client import Connection, get, post, request
from support.client2 import Client2
from support.grip import close_item, stream_hold, stream_item
from support.origin import answer
from support.waiting import Deadline


# the head


def test_the_head_is_sent_at_once_and_says_nothing_of_grip(hold, channel):
    stream = hold(headers=[("X-App", "1"), ("Grip-Keep-Alive", "x; timeout=50"),
                           ("Grip-Unknown", "1"), ("Content-Encoding", "identity")])
    assert stream.status == 200
    assert stream.framing == "chunked"
    assert stream.headers.get("x-app") == "1"
    assert stream.headers.get("content-type") == "text/plain"
    assert not [name for name in stream.headers.names() if name.startswith("grip-")]
    assert "content-length" not in stream.headers


def test_the_body_of_the_origin_comes_first(hold, broker, channel):
    stream = hold(body=b"first\n")
    stream.wait_for(b"first\n")
    broker.publish(stream_item(channel, "second\n"))
    stream.wait_for(b"second\n")
    assert stream.body == b"first\nsecond\n"


def test_a_body_of_100_000_bytes_is_the_largest_that_holds(hold, broker, channel):
    stream = hold(body=b"x" * 100000)
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert len(stream.body) == 100003


def test_a_message_is_one_chunk_and_nothing_is_added(hold, broker, channel, connect):
    """The worked example of the wire reference: 46 bytes, then the end."""
    stream = hold()
    broker.publish(stream_item(channel, 'event: message\ndata: {"text": "hello world"}\n\n'),
                   close_item(channel))
    connection, deadline = stream.connection, Deadline(5, "the bytes of the stream")
    while not bytes(connection.ahead).endswith(b"0\r\n\r\n"):
        connection.receive(deadline)
    assert bytes(connection.ahead) == (
        b'2e\r\nevent: message\ndata: {"text": "hello world"}\n\n\r\n0\r\n\r\n')


def test_grip_status_replaces_status_and_reason(hold):
    stream = hold(headers=[("Grip-Status", "206 Part Of It")])
    assert (stream.status, stream.reason) == (206, "Part Of It")


@pytest.mark.parametrize("told,status,reason", [
    ("404 Nothing To See Here", 404, "Nothing To See Here"), ("403", 403, "Forbidden"),
    ("599", 599, "Undefined Reason"),
])
def test_grip_status_without_a_hold_cleans_and_relays(origin, connect, told, status, reason):
    origin.on("/x", answer(200, [("Content-Type", "text/plain"), ("Grip-Status", told)], b"nope"))
    got = connect().ask(get("/x"))
    assert (got.status, got.reason, got.body) == (status, reason, b"nope")
    assert "grip-status" not in got.headers
    assert got.headers.get("content-length") == "4"


def test_a_stray_grip_header_is_taken_away(origin, connect):
    origin.on("/x", answer(200, [("Grip-Foo", "x"), ("X-App", "1")], b"body"))
    got = connect().ask(get("/x"))
    assert (got.status, got.body, got.headers.get("x-app")) == (200, b"body", "1")
    assert "grip-foo" not in got.headers


def test_grip_expose_headers_lets_only_these_through(hold):
    stream = hold(headers=[("X-Yes", "1"), ("X-No", "2"), ("X-Also", "3"),
                           ("Grip-Expose-Headers", "x-yes"),
                           ("Grip-Expose-Headers", "X-Also, X-Absent")])
    assert stream.headers.get("x-yes") == "1"
    assert stream.headers.get("x-also") == "3"
    assert "x-no" not in stream.headers
    assert "content-type" not in stream.headers


def test_grip_headers_are_recognised_in_any_case(origin, connect, broker, channel):
    origin.on("/hold", answer(200, [("gRIP-hOLD", "stream"), ("GRIP-CHANNEL", channel)]))
    connection = connect()
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(stream_item(channel, "x"))
    stream.wait_for(b"x")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_any_request_may_be_held(hold, origin, broker, channel, method):
    stream = hold(ask=request(method, "/hold", body=b"q=1"))
    assert (origin.requests[0].method, origin.requests[0].body) == (method, b"q=1")
    broker.publish(stream_item(channel, "x"))
    stream.wait_for(b"x")


def test_a_chunked_request_may_be_held(hold, broker, channel):
    stream = hold(ask=b"POST /hold HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"3\r\nabc\r\n0\r\n\r\n")
    broker.publish(stream_item(channel, "x"))
    stream.wait_for(b"x")
    broker.publish(close_item(channel))
    assert stream.ended() == "cleanly"


# channels


def test_several_channels_by_several_headers(hold, broker, channel):
    names = [f"{channel}-{letter}" for letter in "abc"]
    stream = hold(*names)
    broker.publish(*(stream_item(name, f"[{name}]") for name in names))
    stream.wait_for(f"[{names[2]}]".encode())
    assert stream.body == "".join(f"[{name}]" for name in names).encode()


def test_several_channels_in_one_header(hold, broker, channel):
    stream = hold(f"{channel}-a,  {channel}-b ,{channel}-c")
    broker.publish(*(stream_item(f"{channel}-{letter}", letter) for letter in "abc"))
    stream.wait_for(b"c")
    assert stream.body == b"abc"


def test_a_channel_named_twice_is_heard_once(hold, broker, channel):
    stream = hold(channel, channel, f"{channel},{channel}")
    broker.publish(stream_item(channel, "once."), stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"once.end"


def test_a_channel_name_may_hold_almost_anything(hold, broker, channel):
    name = f"{channel}/y:z.%41_é*#?&='"
    stream = hold(name)
    broker.publish(stream_item(name, "odd"))
    stream.wait_for(b"odd")


def test_a_hold_without_a_channel_is_held(hold):
    stream = hold(headers=[("Grip-Keep-Alive", "k; timeout=1")])
    stream.wait_for(b"k")


def test_a_hold_may_name_a_hundred_channels(hold, broker, channel):
    stream = hold(*(f"{channel}-{n}" for n in range(100)))
    broker.wait_metric("subscriptions", 100)
    broker.publish(stream_item(f"{channel}-99", "x"))
    stream.wait_for(b"x")


def test_more_channels_than_allowed_are_a_502_with_the_reason(origin, start_broker):
    broker = start_broker("--limit", "channels_per_hold=3",
                          routes=[f"* {origin.address}", f"d.test,debug {origin.address}"])
    connection = Connection(broker.port)
    origin.on("/hold", stream_hold("a,b", "c", "d"))
    assert connection.ask(get("/hold")).status == 502
    broker.wait_log("too_many_channels")
    told = connection.ask(get("/hold", host="d.test"))
    assert (told.status, b"channel" in told.body.lower()) == (502, True)
    assert broker.metric("holds") == 0
    connection.close()


def test_a_channel_name_that_is_too_long_is_a_502(hold):
    assert hold("n" * 1025).status == 502


def test_a_route_puts_its_prefix_before_channels_and_adds_its_own(origin, start_broker):
    broker = start_broker(routes=[f"*,prefix=pre- {origin.address},sub=all"])
    origin.on("/hold", stream_hold("a"))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(stream_item("a", "no"), stream_item("pre-all", "no"),
                   stream_item("pre-a", "yes."), stream_item("all", "too"))
    stream.wait_for(b"too")
    assert stream.body == b"yes.too"
    connection.close()


# the end


def test_action_close_ends_the_stream_cleanly(hold, broker, channel):
    stream = hold()
    broker.publish(stream_item(channel, "bye"), close_item(channel))
    assert stream.ended() == "cleanly"
    assert stream.body == b"bye"
    broker.wait_metric("holds", 0)


def test_action_close_ends_only_the_streams_of_its_channel(origin, connect, broker, channel):
    origin.on("/a", stream_hold(channel + "-a"))
    origin.on("/b", stream_hold(channel + "-b"))
    streams = []
    for path in ("/a", "/b"):
        connection = connect()
        connection.send(get(path))
        streams.append(connection.answer())
    broker.publish(close_item(channel + "-a"), stream_item(channel + "-b", "still"))
    assert streams[0].ended() == "cleanly"
    streams[1].wait_for(b"still")


def test_action_hint_appends_nothing(hold, broker, channel):
    stream = hold()
    broker.publish({"channel": channel, "formats": {"http-stream": {"action": "hint"}}},
                   stream_item(channel, "after"))
    stream.wait_for(b"after")
    assert stream.body == b"after"


def test_the_connection_serves_another_request_after_the_close(hold, origin, broker, channel):
    origin.on("/next", answer(200, body=b"next"))
    stream = hold()
    broker.publish(close_item(channel))
    assert stream.ended() == "cleanly"
    assert stream.connection.ask(get("/next")).body == b"next"


def test_one_connection_may_stream_many_times(origin, connect, broker, channel):
    origin.on("/hold", stream_hold(channel))
    connection = connect()
    for number in range(10):
        connection.send(get("/hold"))
        stream = connection.answer()
        broker.publish(stream_item(channel, f"{number}"), close_item(channel))
        assert (stream.ended(), stream.body) == ("cleanly", b"%d" % number)


def test_a_request_pipelined_behind_a_stream_is_served_after_it(hold, origin, broker, channel):
    origin.on("/next", answer(200, body=b"next"))
    stream = hold(ask=get("/hold") + get("/next"))
    broker.publish(stream_item(channel, "x"))
    stream.wait_for(b"x")
    assert not origin.asked("/next")
    broker.publish(close_item(channel))
    assert stream.ended() == "cleanly"
    assert stream.connection.answer().read_all() == b"next"


def test_a_request_sent_during_a_stream_is_served_after_it(hold, origin, broker, channel):
    origin.on("/next", answer(200, body=b"next"))
    stream = hold()
    stream.connection.send(get("/next"))
    broker.publish(stream_item(channel, "x"))
    stream.wait_for(b"x")
    broker.publish(close_item(channel))
    assert stream.ended() == "cleanly"
    assert stream.connection.answer().read_all() == b"next"


def test_a_client_that_goes_on_sending_during_a_stream_is_bounded(hold, broker, channel):
    """Bytes behind a hold are kept up to a limit; a flood of them ends or stalls the sender."""
    stream = hold()
    stream.connection.socket.settimeout(0.5)
    try:
        for _ in range(400):
            stream.connection.socket.send(get("/next") * 1000)
    except OSError:
        pass
    assert broker.is_alive()


@pytest.mark.parametrize("leave", ["close", "reset", "shut"])
def test_a_client_that_leaves_is_noticed_at_once(hold, broker, leave):
    stream = hold()
    broker.wait_metric("holds", 1)
    broker.wait_metric("subscriptions", 1)
    getattr(stream.connection, leave)()
    broker.wait_metric("holds", 0, amount=2)
    broker.wait_metric("subscriptions", 0, amount=2)
    assert broker.ended("client_gone") >= 1


def test_holds_and_subscriptions_are_counted(origin, connect, broker, channel):
    origin.on("/hold", stream_hold(f"{channel}-a, {channel}-b"))
    for _ in range(5):
        connection = connect()
        connection.send(get("/hold"))
        connection.answer()
    broker.wait_metric("holds", 5)
    broker.wait_metric("subscriptions", 10)


# other versions of HTTP


def test_a_held_head_request_ends_with_its_head(origin, connect, broker, channel):
    """No body can follow, so there is nothing to hold for: the connection is free again."""
    origin.on("/hold", stream_hold(channel, body=b"first"))
    origin.on("/next", answer(200, body=b"next"))
    connection = connect()
    connection.send(request("HEAD", "/hold"))
    got = connection.answer(method="HEAD")
    assert got.status == 200
    assert not [name for name in got.headers.names() if name.startswith("grip-")]
    broker.publish(stream_item(channel, "not for you"))
    assert connection.ask(get("/next")).body == b"next"
    broker.wait_metric("holds", 0)


def test_an_http_1_0_stream_is_not_chunked_and_ends_by_closing(hold, broker, channel):
    stream = hold(ask=get("/hold", version="1.0"), body=b"one")
    assert "transfer-encoding" not in stream.headers
    broker.publish(stream_item(channel, "two"))
    stream.wait_for(b"onetwo")
    broker.publish(close_item(channel))
    assert stream.ended() == "cleanly"
    assert stream.body == b"onetwo"


def test_an_http2_stream_is_held_and_delivered_to(origin, client2, broker, channel):
    origin.on("/hold", stream_hold(channel, body=b"first\n", headers=[("X-App", "1")]))
    stream = client2.wait_head(client2.get("/hold"))
    assert (stream.status, stream.headers.get("x-app")) == (200, "1")
    assert not {"transfer-encoding", "content-length", "connection", "grip-hold"} & set(
        stream.headers.names())
    broker.publish(stream_item(channel, "second\n"))
    client2.wait_for(stream, b"first\nsecond\n")
    broker.publish(close_item(channel))
    assert client2.ended(stream) == "cleanly"
    assert stream.body == b"first\nsecond\n"


def test_many_streams_share_an_http2_connection(origin, client2, broker, channel):
    for number in range(20):
        origin.on(f"/{number}", stream_hold(f"{channel}-{number}", channel))
    streams = [client2.wait_head(client2.get(f"/{number}")) for number in range(20)]
    broker.publish(*(stream_item(f"{channel}-{number}", f"<{number}>") for number in range(20)),
                   stream_item(channel, "all"))
    for number, stream in enumerate(streams):
        client2.wait_for(stream, b"all")
        assert stream.body == b"<%d>all" % number


def test_an_http2_stream_that_is_left_is_noticed_and_its_siblings_stay(origin, client2, broker,
                                                                       channel):
    origin.on("/hold", stream_hold(channel))
    left, stays = (client2.wait_head(client2.get("/hold")) for _ in range(2))
    broker.wait_metric("holds", 2)
    client2.leave(left)
    broker.wait_metric("holds", 1)
    broker.publish(stream_item(channel, "still"))
    client2.wait_for(stays, b"still")


def test_an_http2_connection_that_closes_ends_its_holds(origin, broker, channel):
    origin.on("/hold", stream_hold(channel))
    client = Client2(broker.port)
    for _ in range(3):
        client.wait_head(client.get("/hold"))
    broker.wait_metric("holds", 3)
    client.close()
    broker.wait_metric("holds", 0)


def test_a_post_body_does_not_confuse_what_follows_a_stream(origin, connect, broker, channel):
    origin.on("/hold", stream_hold(channel))
    origin.on("/next", lambda asked: answer(200, body=asked.body))
    connection = connect()
    connection.send(post("/hold", b"x" * 5000) + post("/next", b"second body"))
    stream = connection.answer()
    broker.publish(close_item(channel))
    assert stream.ended() == "cleanly"
    assert connection.answer().read_all() == b"second body"
