# SPDX-License-Identifier: Apache-2.0
"""The demo page in a real browser: each of its transports shows what its own button publishes, and
what curl does."""
import json
import subprocess

import pytest
from selenium.webdriver.common.by import By

from support.broker import Broker
from support.browser import complaints
from support.client import Connection, get
from support.waiting import seconds, until

PANES = ("sse", "stream", "poll", "socket")
TRANSPORTS = len(PANES)


@pytest.fixture(scope="module")
def demo():
    broker = Broker()
    yield broker
    broker.stop()


@pytest.fixture
def page(chromium, demo):
    """The demo page, all its transports held."""
    chromium.get(f"http://127.0.0.1:{demo.port}/")
    demo.wait_metric("holds", TRANSPORTS)
    yield chromium
    chromium.get("about:blank")
    demo.wait_metric("holds", 0)


def test_the_page_loads_nothing_from_elsewhere(demo):
    connection = Connection(demo.port)
    got = connection.ask(get("/"))
    assert got.status == 200
    assert got.headers.get("content-type").startswith("text/html")
    assert b"http://" not in got.body.replace(b"http://127.0.0.1", b"").replace(
        b"http://localhost", b"").replace(b"http://www.w3.org", b"")
    assert b"https://" not in got.body
    connection.close()


def shown(page, pane):
    return page.find_element(By.ID, pane).text


def test_the_page_shows_what_curl_publishes(page, demo):
    payload = json.dumps({"items": [{"channel": "test", "formats": {
        "http-stream": {"content": "data: hello from curl\n\n"}}}]})
    subprocess.run(["curl", "-sSf", "-d", payload,
                    f"http://127.0.0.1:{demo.control_port}/publish/"], check=True,
                   capture_output=True, timeout=seconds(10))
    until(lambda: "hello from curl" in shown(page, "sse"), "the page showing the message")
    assert not complaints(page)


def test_every_transport_shows_what_the_button_publishes(page, demo):
    before = demo.metric("items_published")
    field = page.find_element(By.CSS_SELECTOR, "input")
    field.clear()
    field.send_keys("hello from the page")
    page.find_element(By.CSS_SELECTOR, "button").click()
    demo.wait_metric("items_published", before + 1)
    for pane in PANES:
        until(lambda pane=pane: "hello from the page" in shown(page, pane),
              f"{pane} showing the message")
    assert not complaints(page)


def test_a_page_that_is_closed_is_noticed(page, demo):
    page.get("about:blank")
    demo.wait_metric("holds", 0)
    page.get(f"http://127.0.0.1:{demo.port}/")
    demo.wait_metric("holds", TRANSPORTS)
