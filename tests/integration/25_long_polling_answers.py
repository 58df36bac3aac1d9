# SPDX-License-Identifier: Apache-2.0
"""http-response: what a publisher may say, and what of the origin's answer stays."""
import json

import pytest

from support.client import get
from support.grip import grip_instruct, poll_hold, poll_item
from support.origin import answer


@pytest.fixture
def answered(origin, connect, broker, channel):
    """answered(fields of http-response..., hold=...) is what a poll gets for them."""
    def publish(*body, hold=None, **fields):
        origin.on("/poll", hold or poll_hold(channel))
        broker.wait_metric("holds", 0)
        connection = connect()
        connection.send(get("/poll"))
        broker.wait_metric("holds", 1)
        broker.publish(poll_item(channel, *body, **fields))
        got = connection.answer()
        got.read_all()
        return got
    return publish


# the status


@pytest.mark.parametrize("code", [404, "404"])
def test_a_code_may_be_a_number_or_a_string(answered, code):
    got = answered("x", code=code)
    assert (got.status, got.reason, got.body) == (404, "Not Found", b"x")


@pytest.mark.parametrize("code,reason", [(200, "OK"), (201, "Created"), (429, "Too Many Requests"),
                                         (599, "Undefined Reason")])
def test_a_code_without_a_reason_has_the_usual_one(answered, code, reason):
    assert answered("x", code=code).reason == reason


def test_a_reason_replaces_the_usual_one(answered):
    got = answered("x", code=418, reason="Short And Stout")
    assert (got.status, got.reason) == (418, "Short And Stout")


def test_without_a_code_it_is_200_whatever_the_origin_said(answered, channel):
    got = answered("x", hold=poll_hold(channel, status=202, reason="Accepted",
                                       headers=[("Grip-Status", "203")]))
    assert (got.status, got.reason) == (200, "OK")


@pytest.mark.parametrize("code", [204, 304])
def test_an_answer_that_has_no_body_gets_none_and_the_connection_goes_on(answered, origin, code):
    got = answered("not to be sent", code=code)
    assert (got.status, got.body) == (code, b"")
    assert code != 204 or "content-length" not in got.headers
    origin.on("/next", answer(200, body=b"next"))
    assert got.connection.ask(get("/next")).body == b"next"


# headers


def test_headers_of_the_origin_stay_unless_the_publisher_sets_them(answered, channel):
    hold = poll_hold(channel, headers=[("X-Keep", "k"), ("X-Set", "old"), ("X-Set", "older"),
                                       ("ETag", '"1"')])
    got = answered("x", hold=hold, headers={"x-set": "new", "X-New": "n"})
    assert got.headers.get("content-type") == "text/plain"
    assert got.headers.get("etag") == '"1"'
    assert got.headers.all("x-keep") == ["k"]
    assert got.headers.all("x-set") == ["new"]
    assert got.headers.all("x-new") == ["n"]


def test_headers_may_be_a_list_with_repetitions(answered):
    got = answered("x", headers=[["Set-Cookie", "a=1"], ["X-A", "1"], ["Set-Cookie", "b=2"]])
    assert got.headers.all("set-cookie") == ["a=1", "b=2"]
    assert got.headers.get("x-a") == "1"


def test_the_type_may_be_set(answered):
    got = answered("{}", headers={"Content-Type": "application/json"})
    assert got.headers.all("content-type") == ["application/json"]


def test_headers_that_expose_hides_stay_hidden(answered, channel):
    hold = poll_hold(channel, headers=[("X-Yes", "1"), ("X-No", "2"),
                                       ("Grip-Expose-Headers", "X-Yes")])
    got = answered("x", hold=hold, headers={"X-New": "3"})
    assert (got.headers.get("x-yes"), got.headers.get("x-new")) == ("1", "3")
    assert "x-no" not in got.headers and "content-type" not in got.headers


@pytest.mark.parametrize("name,value", [
    ("Content-Length", "1"), ("Transfer-Encoding", "chunked"), ("Connection", "close"),
    ("Keep-Alive", "timeout=5"), ("Grip-Hold", "stream"), ("Grip-Channel", "x"), ("Upgrade", "x"),
])
def test_headers_that_are_not_a_publishers_to_set_change_nothing(answered, origin, name, value):
    got = answered("a body of its own length", headers={name: value, "X-A": "1"})
    assert (got.body, got.headers.get("x-a")) == (b"a body of its own length", "1")
    assert got.headers.all("content-length") == ["24"]
    assert name == "Content-Length" or name not in got.headers
    origin.on("/next", answer(200, body=b"next"))
    assert got.connection.ask(get("/next")).body == b"next"


def test_headers_of_the_json_form_are_the_base(answered, channel):
    hold = grip_instruct({"hold": {"channels": [{"name": channel}]},
                          "response": {"headers": [["X-Two", "1"], ["X-Two", "2"]]}},
                         headers=[("X-Outer", "not for clients")])
    got = answered("x", hold=hold)
    assert ", ".join(got.headers.all("x-two")) == "1, 2"
    assert "x-outer" not in got.headers
    assert got.headers.get("content-type") != "application/grip-instruct"


# the body


def test_a_body_is_text(answered):
    got = answered("é\u4e2d\U0001f600\u0000\r\n")
    assert got.body == "é\u4e2d\U0001f600\u0000\r\n".encode()
    assert got.headers.get("content-length") == str(len(got.body))


def test_a_body_may_be_any_bytes(answered):
    assert answered(bytes(range(256))).body == bytes(range(256))


def test_an_empty_body_is_an_answer(answered):
    got = answered("")
    assert (got.body, got.headers.get("content-length")) == (b"", "0")


def test_the_largest_body_is_delivered(answered):
    assert answered("m" * 32767).body == b"m" * 32767


def test_body_bin_comes_before_body_and_both_before_a_patch(answered, channel):
    patch = [{"op": "add", "path": "/n", "value": 1}]
    hold = poll_hold(channel, body=b"{}")
    assert answered("text", hold=hold, body_bin="Ymlu", body_patch=patch).body == b"bin"
    assert answered("text", hold=hold, body_patch=patch).body == b"text"


def test_the_worked_example_of_the_wire_reference(origin, connect, broker, channel):
    hold = poll_hold(f"{channel}-fruit; prev-id=3, {channel}-veg; filter=skip-self",
                     f"{channel}-nuts", timeout=30, body=b"{}\n")
    for fields in ({"headers": {"X-New": "1"}, "body": '{"n":1}\n'},
                   {"headers": {"X-New": "1"},
                    "body-patch": [{"op": "add", "path": "/n", "value": 1}]}):
        origin.on("/poll", hold)
        broker.wait_metric("holds", 0)
        connection = connect()
        connection.send(get("/poll"))
        broker.wait_metric("holds", 1)
        broker.publish({"channel": f"{channel}-veg", "formats": {"http-response": fields}})
        got = connection.answer()
        assert got.read_all() == b'{"n":1}\n'
        assert (got.headers.get("x-new"), got.headers.get("content-length")) == ("1", "8")


PATCHES = {
    "add to an object": ({"a": 1}, [{"op": "add", "path": "/b", "value": [1]}], {"a": 1, "b": [1]}),
    "add to a list": ([1, 3], [{"op": "add", "path": "/1", "value": 2}], [1, 2, 3]),
    "append to a list": ([1], [{"op": "add", "path": "/-", "value": 2}], [1, 2]),
    "remove": ({"a": 1, "b": 2}, [{"op": "remove", "path": "/a"}], {"b": 2}),
    "replace": ({"a": {"b": 1}}, [{"op": "replace", "path": "/a/b", "value": None}],
                {"a": {"b": None}}),
    "replace the whole": ({"a": 1}, [{"op": "replace", "path": "", "value": [2]}], [2]),
    "move": ({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}], {"b": 1}),
    "copy": ({"a": [1]}, [{"op": "copy", "from": "/a", "path": "/b"}], {"a": [1], "b": [1]}),
    "test, then add": ({"a": 1}, [{"op": "test", "path": "/a", "value": 1.0},
                                  {"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2}),
    "escapes": ({"a/b": 1, "m~n": 2}, [{"op": "remove", "path": "/a~1b"},
                                       {"op": "replace", "path": "/m~0n", "value": 3}], {"m~n": 3}),
    "nothing": ({"a": "é"}, [], {"a": "é"}),
}


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"], ids=["bare", "LF", "CRLF"])
@pytest.mark.parametrize("base,patch,result", PATCHES.values(), ids=PATCHES.keys())
def test_a_patch_changes_the_origins_body(answered, channel, base, patch, result, ending):
    got = answered(hold=poll_hold(channel, body=json.dumps(base).encode() + ending),
                   body_patch=patch)
    assert json.loads(got.body) == result
    assert got.body.endswith(ending)
    assert got.body == got.body.rstrip() + ending


def test_a_patched_body_is_compact_and_sorted(answered, channel):
    hold = poll_hold(channel, body=b'{ "b" : [ 1, 2 ], "c": { } }\n')
    got = answered(hold=hold, body_patch=[{"op": "add", "path": "/a", "value": "x"}])
    assert got.body == b'{"a":"x","b":[1,2],"c":{}}\n'


IMPOSSIBLE = {
    "the body is no JSON": (b"plain text", [{"op": "add", "path": "/n", "value": 1}]),
    "the body is empty": (b"", [{"op": "add", "path": "/n", "value": 1}]),
    "the body is a number": (b"5", [{"op": "add", "path": "/n", "value": 1}]),
    "a test fails": (b'{"a":1}', [{"op": "add", "path": "/b", "value": 1},
                                  {"op": "test", "path": "/a", "value": 2}]),
    "the place is not there": (b'{"a":1}', [{"op": "remove", "path": "/b"}]),
    "a place in a list is beyond it": (b"[1]", [{"op": "add", "path": "/3", "value": 1}]),
    "a move goes into its own child": (b'{"a":{"b":1}}', [
        {"op": "move", "from": "/a", "path": "/a/b"}]),
}


@pytest.mark.parametrize("base,patch", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_patch_that_cannot_be_leaves_an_empty_body(origin, connect, broker, channel, base, patch):
    origin.on("/poll", poll_hold(channel, body=base))
    connection = connect()
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, body_patch=patch))
    got = connection.answer()
    assert (got.status, got.read_all()) == (200, b"")


# other actions


def test_refresh_means_nothing_to_a_poll(origin, connect, broker, channel):
    origin.on("/poll", poll_hold(channel))
    connection = connect()
    connection.send(get("/poll"))
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, action="refresh"), poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"
    assert len(origin.requests) == 1
