# SPDX-License-Identifier: Apache-2.0
"""The command socket answers what tools for Pushpin ask."""
import pytest
import zmq

from support.client import get
from support.grip import poll_hold
from support.origin import answer
from support.over_http import subscribe, text
from support.zeromq import Commander, read_tnetstring, stream_format, tnetstring

ROUTES = ["* {origin},over_http"]
FLAGS = ["--zmq-command", "tcp://127.0.0.1:*", "--zmq-pull", "tcp://127.0.0.1:*"]


@pytest.fixture
def command(peers, broker):
    return Commander(peers, broker).ask


def test_publish_takes_items_in(command, stream, channel):
    items = [{"channel": channel, "formats": stream_format(text)} for text in ("a", b"\xff", "b")]
    assert command("publish", items=items) == {"success": True, "value": None}
    stream.wait_for(b"b")
    assert stream.body == b"a\xffb"


def test_publish_refuses_all_of_a_bad_batch_with_the_reason(command, stream, broker, channel):
    before = broker.metric("items_published")
    good = {"channel": channel, "formats": stream_format("x")}
    reply = command("publish", items=[good, {"channel": channel, "formats": {}}])
    assert reply == {"success": False, "condition": "bad-request",
                     "value": "Invalid format: no formats specified (items[1])"}
    assert command("publish")["value"] == "Invalid format: object does not contain 'items'"
    assert broker.metric("items_published") == before


def test_the_documented_bytes_are_answered_with_the_documented_bytes(peers, broker):
    socket = peers.connect(zmq.REQ, broker.zmq_ports["zmq_command"])
    socket.send(b"124:2:id,1:1,6:method,7:publish,4:args,85:5:items,73:69:7:channel,4:test,7:formats,"
                b"38:11:http-stream,19:7:content,6:hello\n,}}}]}}")
    assert socket.recv() == b"37:2:id,1:1,7:success,4:true!5:value,0:~}"


def test_the_sockets_are_told_where_they_are_bound(command, broker):
    reply = command("get-zmq-uris")
    assert reply == {"success": True, "value": {
        "publish-pull": f"tcp://127.0.0.1:{broker.zmq_ports['zmq_pull']}",
        "command": f"tcp://127.0.0.1:{broker.zmq_ports['zmq_command']}"}}


def test_refresh_lets_the_websockets_of_a_channel_ask_their_origin(command, told, channel):
    client = told(subscribe(channel), text("listening"))
    client.expect_text("listening")
    assert command("refresh", channel=channel) == {"success": True, "value": None}
    client.origin.wait_requests(2)
    client.close()


def test_recover_puts_long_polls_to_their_origin_again(command, origin, connect, broker, channel):
    origin.on("/poll", poll_hold(channel))
    connection = connect()
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    origin.on("/poll", answer(200, body=b"recovered"))
    assert command("recover") == {"success": True, "value": None}
    assert connection.answer().read_all() == b"recovered"


@pytest.mark.parametrize("method", ["", "nonsense", "Publish"])
def test_what_is_not_offered_is_said_to_be_unknown(command, method):
    assert command(method) == {"success": False, "condition": "method-not-found"}


def test_a_dealer_puts_an_empty_frame_in_front_and_may_ask_ahead(peers, broker):
    socket = peers.connect(zmq.DEALER, broker.zmq_ports["zmq_command"])
    for number in range(500):
        socket.send_multipart([b"", tnetstring({"id": str(number), "method": "get-zmq-uris"})])
    for number in range(500):
        empty, reply = socket.recv_multipart()
        assert empty == b""
        assert read_tnetstring(reply)["id"] == str(number)


def test_what_is_no_request_is_counted_and_gets_no_answer(peers, command, broker):
    before = broker.metric("zmq_refused")
    socket = peers.connect(zmq.DEALER, broker.zmq_ports["zmq_command"])
    for frames in ([b"no delimiter"], [b"", b"nonsense"], [b"", b"0:]"], [b"", b"0:}", b"more"],
                   [b"", b""], [b""], [b"", b"J{}"]):
        socket.send_multipart(frames)
    broker.wait_metric("zmq_refused", before + 7)
    assert not socket.poll(0)
    assert command("get-zmq-uris")["success"]
