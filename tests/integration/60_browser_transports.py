# SPDX-License-Identifier: Apache-2.0
"""Each way a browser has to hear of things, in a real one: EventSource with its reconnects, fetch
streaming, long-poll loops, WebSockets with text, binary and close codes."""
import pytest

from support.browser import complaints
from support.grip import close_item, poll_hold, poll_item, stream_hold, stream_item, ws_item
from support.origin import answer
from support.over_http import DISCONNECT, closing, echo, event, polite, subscribe, text
from support.waiting import until
from support.websocket import close_payload

ROUTES = ["* {origin},over_http"]


class Page:
    """A page whose scripts put what they see into `seen`."""

    def __init__(self, driver):
        self.driver = driver

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def seen(self):
        return self.run("return seen")

    def wait(self, *things, amount=10):
        """Waits until exactly these were seen, in this order."""
        wanted = list(things)
        try:
            until(lambda: self.seen() == wanted, f"{wanted}", amount)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; it saw {self.seen()}") from None


@pytest.fixture
def page(chromium, broker, origin):
    origin.on("/page", answer(200, [("Content-Type", "text/html")],
                              b"<!doctype html><title>page</title><script>var seen = []</script>"))
    chromium.get(broker.url("/page"))
    yield Page(chromium)
    chromium.get("about:blank")


# EventSource


def events(channel, body):
    """A hold of events."""
    return stream_hold(channel, body=body).replace(b"text/plain", b"text/event-stream", 1)


def test_an_event_source_reconnects_and_says_where_it_was(page, origin, broker, channel, target):
    script = [events(channel, b"retry: 100\nid: 1\ndata: one\n\n"),
              events(channel, b"id: 3\ndata: missed\n\n")]
    origin.on(target, lambda _: script.pop(0))
    page.run("""
        const source = new EventSource(arguments[0]);
        source.onmessage = (event) => seen.push(event.lastEventId + " " + event.data);
        source.addEventListener("named", (event) => seen.push("named " + event.data));""", target)
    page.wait("1 one")
    broker.publish(stream_item(channel, "id: 2\ndata: two\ndata: lines\n\n"),
                   stream_item(channel, ": a comment\n\nevent: named\ndata: x\n\n"),
                   close_item(channel))
    page.wait("1 one", "2 two\nlines", "named x", "3 missed")
    broker.publish(stream_item(channel, "id: 4\ndata: four\n\n"))
    page.wait("1 one", "2 two\nlines", "named x", "3 missed", "4 four")
    assert [asked.get("last-event-id") for asked in origin.asked(target)] == [None, "2"]
    assert not complaints(page.driver)


# fetch


def test_fetch_streams_pieces_as_they_are_published(page, origin, broker, channel, target):
    origin.on(target, stream_hold(channel, body=b"begun"))
    page.run("""
        (async () => {
            const reader = (await fetch(arguments[0])).body.getReader();
            for (let piece; !(piece = await reader.read()).done;)
                seen.push(new TextDecoder().decode(piece.value));
            seen.push("done");
        })();""", target)
    page.wait("begun")
    broker.publish(stream_item(channel, "é\u4e2d"))
    page.wait("begun", "é\u4e2d")
    broker.publish(close_item(channel))
    page.wait("begun", "é\u4e2d", "done")


def test_a_fetch_that_is_aborted_leaves(page, origin, broker, channel, target):
    origin.on(target, stream_hold(channel, body=b"begun"))
    page.run("""
        window.stop = new AbortController();
        fetch(arguments[0], {signal: stop.signal}).then((answer) => answer.text())
            .catch((fault) => seen.push(fault.name));""", target)
    broker.wait_metric("holds", 1)
    page.run("stop.abort()")
    page.wait("AbortError")
    broker.wait_metric("holds", 0)


def test_a_loop_of_long_polls(page, origin, broker, channel, target):
    origin.on(target, poll_hold(channel))
    page.run("""
        (async () => {
            for (let turn = 0; turn < 5; turn++) {
                const answer = await fetch(arguments[0]);
                seen.push(answer.status + " " + answer.headers.get("X-App") + " " +
                          await answer.text());
            }
        })();""", target)
    for number in range(5):
        broker.wait_metric("holds", 1)
        broker.publish(poll_item(channel, f"<{number}>", code=201, headers={"X-App": "a"}))
        page.wait(*(f"201 a <{n}>" for n in range(number + 1)))


# WebSockets


SOCKET = """
    window.socket = new WebSocket(location.origin.replace("http", "ws") + arguments[0],
                                  arguments[1] || []);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => seen.push("open " + socket.protocol + socket.extensions);
    socket.onmessage = (event) => seen.push(
        typeof event.data == "string" ? event.data : [...new Uint8Array(event.data)]);
    socket.onclose = (event) => seen.push([event.code, event.reason, event.wasClean]);"""


def test_text_and_binary_both_ways(page, over_http, target):
    origin = over_http(reply=echo)
    page.run(SOCKET, target)
    page.wait("open ")
    page.run("""
        socket.send("é\u4e2d\U0001f600"); socket.send(new Uint8Array([0, 255, 128])); socket.send("");
        socket.send("x".repeat(70000));""")
    page.wait("open ", "é\u4e2d\U0001f600", [0, 255, 128], "", "x" * 70000)
    assert [kind for kind, _ in origin.events()] == ["TEXT", "BINARY", "TEXT", "TEXT"]


def test_publications_reach_a_browser(page, over_http, broker, channel, target):
    over_http(opening=[subscribe(channel), event("PING", "p"), text("welcome")])
    page.run(SOCKET, target)
    page.wait("open ", "welcome")
    broker.publish(ws_item(channel, "text"), ws_item(channel, b"\xff\0"),
                   ws_item(channel, "p", type="ping"),
                   ws_item(channel, action="close", code=4002, reason="over"))
    page.wait("open ", "welcome", "text", [255, 0], [4002, "over", True])


def test_a_browser_answers_pings(page, over_http, target):
    origin = over_http(opening=[event("PING", "are you there?")])
    page.run(SOCKET, target)
    assert origin.wait("PONG") == b"are you there?"


def test_the_origin_chooses_the_subprotocol(page, over_http, target):
    over_http(headers=[("Sec-WebSocket-Protocol", "chat.v2")])
    page.run(SOCKET, target, ["chat.v1", "chat.v2"])
    page.wait("open chat.v2")


@pytest.mark.parametrize("code,reason", [(1000, ""), (3000, "bye é"), (3999, ""), (4999, "x" * 123)])
def test_a_page_closes_with_any_code_it_may(page, over_http, broker, target, code, reason):
    origin = over_http()
    page.run(SOCKET, target)
    page.wait("open ")
    page.run("socket.close(arguments[0], arguments[1])", code, reason)
    page.wait("open ", [code, reason, True])
    assert origin.wait("CLOSE") == close_payload(code, reason)
    broker.wait_metric("holds", 0)


def test_a_page_closes_without_a_code(page, over_http, target):
    origin = over_http()
    page.run(SOCKET, target)
    page.wait("open ")
    page.run("socket.close()")
    until(lambda: page.seen()[1:], "the close")
    code, reason, was_clean = page.seen()[1]
    assert (code in (1000, 1005), reason, was_clean) == (True, "", True)
    assert origin.wait("CLOSE") is None


@pytest.mark.parametrize("said,seen", [
    (closing(1000), [1000, "", True]), (closing(3000, "é"), [3000, "é", True]),
    (closing(4001, "go"), [4001, "go", True]), (closing(), [1000, "", True]),
    (DISCONNECT, [1006, "", False]),
], ids=["1000", "3000", "4001", "none", "disconnect"])
def test_a_page_sees_how_its_origin_closes(page, over_http, broker, target, said, seen):
    over_http(reply=lambda asked: polite(asked) or [said])
    page.run(SOCKET, target)
    page.wait("open ")
    page.run("socket.send('x')")
    page.wait("open ", seen)
    broker.wait_metric("holds", 0)


def test_a_page_sees_1011_where_its_origin_fails(page, over_http, target):
    over_http(reply=lambda request: answer(500))
    page.run(SOCKET, target)
    page.wait("open ")
    page.run("socket.send('x')")
    until(lambda: len(page.seen()) == 2, "the close")
    assert page.seen()[1][0] == 1011


def test_a_page_that_is_left_is_noticed(page, over_http, broker, target):
    origin = over_http()
    page.run(SOCKET, target)
    page.wait("open ")
    page.driver.get("about:blank")
    until(lambda: {"DISCONNECT", "CLOSE"} & {kind for kind, _ in origin.events()}, "the end")
    broker.wait_metric("holds", 0)
