# SPDX-License-Identifier: Apache-2.0
"""application/grip-instruct, and instructions that cannot be followed."""
import pytest

from conftest import Standing
from support.client import Connection, get
from support.grip import grip_instruct, stream_hold, stream_item
from support.origin import answer


# the JSON form


def test_the_json_form_holds_and_gives_its_own_response(origin, connect, broker, channel):
    origin.on("/hold", grip_instruct({
        "hold": {"mode": "stream", "channels": [{"name": channel + ",b;c"}]},
        "response": {"code": 202, "reason": "Held", "body": "hi\n",
                     "headers": [["X-Two", "1"], ["X-Two", "2"], ["Content-Type", "text/x"]]},
    }, headers=[("X-Outer", "not for clients")]))
    connection = connect()
    connection.send(get("/hold"))
    stream = connection.answer()
    assert (stream.status, stream.reason) == (202, "Held")
    assert ", ".join(stream.headers.all("x-two")) == "1, 2"
    assert stream.headers.get("content-type") == "text/x"
    assert "x-outer" not in stream.headers
    broker.publish(stream_item(channel + ",b;c", "there"))
    stream.wait_for(b"there")
    assert stream.body == b"hi\nthere"


def test_the_json_form_and_headers_add_up(origin, connect, broker, channel):
    origin.on("/hold", grip_instruct(
        {"hold": {"mode": "stream", "channels": [{"name": channel}]}},
        headers=[("Grip-Channel", channel + "-b")]))
    connection = connect()
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(stream_item(channel, "a"), stream_item(channel + "-b", "b"))
    stream.wait_for(b"ab")


def test_the_json_form_without_a_hold_is_an_answer(origin, connect):
    origin.on("/x", grip_instruct({"response": {"code": 404, "body-bin": "AAEC"}}))
    got = connect().ask(get("/x"))
    assert (got.status, got.reason, got.body) == (404, "Not Found", b"\x00\x01\x02")


# bad instructions


JSON_HOLD = {"mode": "stream", "channels": [{"name": "a"}]}
BAD = {
    "a mode that is none": (
        answer(200, [("Grip-Hold", "forever"), ("Grip-Channel", "a")]),
        "Grip-Hold must be set to either 'response' or 'stream'"),
    "a mode in capitals": (
        answer(200, [("Grip-Hold", "Stream"), ("Grip-Channel", "a")]),
        "Grip-Hold must be set to either 'response' or 'stream'"),
    "a status that is none": (
        stream_hold("a", headers=[("Grip-Status", "9999")]),
        "Grip-Status contains invalid status code"),
    "an empty keep-alive": (
        stream_hold("a", headers=[("Grip-Keep-Alive", "")]), "Grip-Keep-Alive cannot be empty"),
    "a keep-alive mode that is none": (
        stream_hold("a", headers=[("Grip-Keep-Alive", "x; mode=odd")]),
        "no such Grip-Keep-Alive mode 'odd'"),
    "a keep-alive format that is none": (
        stream_hold("a", headers=[("Grip-Keep-Alive", "x; format=odd")]),
        "no such Grip-Keep-Alive format 'odd'"),
    "a keep-alive timeout in words": (
        stream_hold("a", headers=[("Grip-Keep-Alive", "x; timeout=soon")]),
        "failed to parse Grip-Keep-Alive timeout value"),
    "a negative keep-alive timeout": (
        stream_hold("a", headers=[("Grip-Keep-Alive", "x; timeout=-1")]),
        "Grip-Keep-Alive timeout has invalid value"),
    "a truncated escape": (
        stream_hold("a", headers=[("Grip-Keep-Alive", "\\x4; format=cstring")]),
        "failed to parse Grip-Keep-Alive cstring format"),
    "no JSON": (grip_instruct(b"{"),
                "failed to parse application/grip-instruct content as JSON"),
    "JSON that is no object": (grip_instruct([1]), "instruct must be an object"),
    "a JSON hold of the wrong type": (grip_instruct({"hold": 1}),
                                      "instruct contains 'hold' with wrong type"),
    "a JSON mode that is none": (
        grip_instruct({"hold": {**JSON_HOLD, "mode": "odd"}}),
        "hold 'mode' must be set to either 'response' or 'stream'"),
    "no JSON channels": (grip_instruct({"hold": {"mode": "stream"}}),
                         "hold does not contain 'channels'"),
    "a JSON channel without a name": (
        grip_instruct({"hold": {"mode": "stream", "channels": [{}]}}),
        "channel does not contain 'name'"),
    "JSON with another status": (
        grip_instruct({"hold": JSON_HOLD}, status=201),
        "response code for application/grip-instruct content must be 200"),
    "JSON nested a thousand deep": (grip_instruct(b"[" * 1000), "application/grip-instruct"),
}


@pytest.fixture
def debug_broker(origin_of_file, debug_standing):
    broker = debug_standing.get()
    yield broker
    assert broker.is_alive() and not broker.faults()


@pytest.fixture(scope="module")
def debug_standing(origin_of_file):
    address = origin_of_file.address
    standing = Standing(["--route", f"* {address}", "--route", f"d.test,debug {address}"])
    yield standing
    standing.stop()


@pytest.mark.parametrize("told,reason", BAD.values(), ids=BAD.keys())
def test_a_bad_instruction_is_a_502_whose_reason_is_for_the_log(origin, debug_broker, told,
                                                                reason):
    origin.on("/bad", told)
    connection = Connection(debug_broker.port)
    got = connection.ask(get("/bad"))
    assert got.status == 502
    assert reason.encode() not in got.body
    said = connection.ask(get("/bad", host="d.test"))
    assert said.status == 502
    assert reason in said.body.decode()
    connection.close()


def test_the_log_names_the_fault_of_an_instruction(origin, broker, connect):
    origin.on("/bad", BAD["a mode that is none"][0])
    connect().ask(get("/bad"))
    broker.wait_log("Grip-Hold must be set to either")
    assert broker.ended("bad_instruct") >= 1
