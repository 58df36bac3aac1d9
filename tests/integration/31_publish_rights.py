# SPDX-License-Identifier: Apache-2.0
"""Who may publish; and the pages beside it: health, readiness, metrics."""
import json
import re

import pytest

from conftest import Standing
from support.broker import ROOT
from support.client import Connection, get, request
from support.grip import stream_item


@pytest.fixture(scope="module")
def guarded_standing():
    standing = Standing(["--publish-token", "t", "--publish-token", "second"])
    yield standing
    standing.stop()


@pytest.fixture
def guarded(guarded_standing):
    return guarded_standing.get()


@pytest.mark.parametrize("headers", [
    [("Fastly-Key", "t")], [("Authorization", "Bearer t")], [("Authorization", "bearer t")],
    [("fastly-key", "second")], [("Authorization", "Bearer second")],
])
def test_any_of_the_configured_tokens_may_publish(guarded, headers):
    assert guarded.post_items(stream_item("a", "x"), headers=headers).status == 200


@pytest.mark.parametrize("headers", [
    [], [("Fastly-Key", "wrong")], [("Fastly-Key", "")], [("Fastly-Key", "tt")],
    [("Authorization", "Bearer wrong")], [("Authorization", "t")], [("Authorization", "Basic t")],
    [("Authorization", "Bearer")], [("X-Key", "t")],
], ids=str)
def test_without_a_token_of_ours_it_is_a_401(guarded, headers):
    got = guarded.post_items(stream_item("a", "x"), headers=headers)
    assert got.status == 401
    assert got.headers.get("www-authenticate", "").startswith("Bearer")


def test_who_may_publish_is_asked_before_what(guarded):
    assert guarded.control("POST", "/publish/", b"{").status == 401


def test_who_may_publish_is_asked_before_the_body_is_there(guarded):
    connection = Connection(guarded.control_port)
    connection.send(b"POST /publish/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000\r\n\r\n")
    assert connection.answer().status in (401, 413)
    connection.close()


def test_without_a_configured_token_credentials_are_not_looked_at(broker):
    """Libraries send a token to everyone (GRIP_URL)."""
    assert broker.post_items(stream_item("a", "x"), headers=[
        ("Authorization", "Bearer whatever"), ("Fastly-Key", "whatever")]).status == 200


@pytest.mark.parametrize("foreign", ["http://evil.test", "null", "https://localhost.evil.test",
                                     "http://127.0.0.1.evil.test"])
def test_a_page_of_somebody_else_may_not_publish(broker, stream, channel, foreign):
    got = broker.post_items(stream_item(channel, "no"), headers=[("Origin", foreign)])
    assert got.status == 403
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"end"


def from_page(broker, name, **more):
    """A publication from a page of http://NAME, which is also what the page calls us."""
    body = json.dumps({"items": [stream_item("a", "x")]}).encode()
    connection = Connection(broker.control_port)
    connection.send(request("POST", "/publish/", [("Origin", f"http://{name}"), *more.items()], body,
                            host=name))
    status = connection.answer().status
    connection.close()
    return status


def test_a_page_whose_name_was_turned_to_us_may_not_publish(broker, guarded):
    """DNS rebinding: to the browser we are the page's own site."""
    assert from_page(broker, "evil.test:5561") == 403
    assert from_page(broker, "localhost:5561") == 200
    assert from_page(broker, "127.0.0.1:5561") == 200
    assert from_page(guarded, "admin.test", Authorization="Bearer t") == 200


# health and metrics


def test_health_and_readiness_are_told(broker):
    assert broker.control("GET", "/healthz").status == 200
    assert broker.control("GET", "/readyz").status == 200


def test_health_needs_no_token(guarded):
    assert guarded.control("GET", "/healthz").status == 200
    assert guarded.control("GET", "/readyz").status == 200


def test_metrics_are_in_the_text_format_of_prometheus(broker):
    got = broker.control("GET", "/metrics")
    assert got.headers.get("content-type").startswith("text/plain; version=0.0.4")
    text = got.body.decode()
    assert "# HELP holdfast_holds " in text
    assert "# TYPE holdfast_holds gauge" in text
    for line in text.splitlines():
        assert line.startswith(("# HELP holdfast_", "# TYPE holdfast_", "holdfast_")), line


def test_every_number_and_reason_has_its_metric(broker):
    metrics = broker.metrics()
    stats = (ROOT / "common" / "stats.def").read_text()
    for name, kind in re.findall(r"^STAT\((\w+), +(\w+)", stats, re.M):
        assert f"holdfast_{name}" + ("_total" if kind == "COUNTER" else "") in metrics
    reasons = (ROOT / "common" / "reasons.def").read_text()
    for name in re.findall(r"^REASON\((\w+)", reasons, re.M):
        assert ("holdfast_ended_total", name.lower()) in metrics


def test_head_of_the_health_page_has_no_body(broker):
    connection = Connection(broker.control_port)
    got = connection.ask(request("HEAD", "/healthz"), method="HEAD")
    assert got.status == 200
    assert connection.ask(get("/healthz")).status == 200
    connection.close()
