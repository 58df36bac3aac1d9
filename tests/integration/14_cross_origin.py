# SPDX-License-Identifier: Apache-2.0
"""Routes with `aco`: pages of other origins may read what they asked for (GRIP 10.5)."""
import pytest

from support.client import Connection, request
from support.grip import stream_hold
from support.origin import answer

PAGE = ("Origin", "https://page.example")


@pytest.fixture
def open_to_all(origin, start_broker):
    return start_broker(routes=[f"*,aco {origin.address}"])


def ask(broker, method, target, *headers):
    connection = Connection(broker.port)
    connection.send(request(method, target, headers))
    got = connection.answer(method=method)
    connection.close()
    return got


def test_a_page_may_read_the_answer_and_its_headers(origin, open_to_all):
    origin.on("*", answer(200, [("X-Extra", "1"), ("Content-Type", "text/plain")], b"x"))
    got = ask(open_to_all, "GET", "/x", PAGE)
    assert got.headers.get("access-control-allow-origin") == "https://page.example"
    assert got.headers.get("access-control-allow-credentials") == "true"
    exposed = got.headers.get("access-control-expose-headers").lower().split(", ")
    assert "x-extra" in exposed and "content-type" not in exposed


def test_a_preflight_is_allowed_what_it_asks_for(origin, open_to_all):
    origin.on("*", answer(200, [], b""))
    got = ask(open_to_all, "OPTIONS", "/x", PAGE, ("Access-Control-Request-Method", "PUT"),
              ("Access-Control-Request-Headers", "x-a, x-b"))
    assert got.headers.get("access-control-allow-methods") == "PUT"
    assert got.headers.get("access-control-allow-headers") == "x-a, x-b"
    assert got.headers.get("access-control-max-age") == "3600"


def test_what_the_origin_says_itself_stays(origin, open_to_all):
    origin.on("*", answer(200, [("Access-Control-Allow-Origin", "https://other.example")], b"x"))
    got = ask(open_to_all, "GET", "/x", PAGE)
    assert got.headers.get("access-control-allow-origin") == "https://other.example"


def test_a_held_stream_has_them_too(origin, open_to_all, channel):
    origin.on("*", stream_hold(channel))
    got = ask(open_to_all, "GET", "/x", PAGE)
    assert got.headers.get("access-control-allow-origin") == "https://page.example"


def test_other_routes_add_nothing(origin, start_broker):
    origin.on("*", answer(200, [], b"x"))
    got = ask(start_broker(), "GET", "/x", PAGE)
    assert not [name for name in got.headers.names() if name.startswith("access-control-")]
