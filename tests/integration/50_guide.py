# SPDX-License-Identifier: Apache-2.0
"""The curl examples of Fastly's guide "Pub/Sub at the edge with Fanout", verbatim but for the
address and what stands in braces."""
import contextlib
import os
import pty
import re
import shlex
import subprocess
import threading

import pytest

from support.broker import Broker
from support.waiting import seconds, until

SUBSCRIBE = 'curl -i "https://some-funky-words.edgecompute.app/test/sse"'
PUBLISH = """curl -H "Fastly-Key: {YOUR_FASTLY_TOKEN}" -d '{"items":[{"channel":"test","formats":{"http-stream":{"content": "event: message\\ndata: {\\"text\\": \\"hello world\\"}\\n\\n"}}}]}' https://api.fastly.com/service/{SERVICE_ID}/publish/"""
PUBLISH_WS = """curl -H "Fastly-Key: {YOUR_FASTLY_TOKEN}" -d '{"items":[{"channel":"test","formats":{"ws-message":{"content":"hello"}}}]}' https://api.fastly.com/service/{SERVICE_ID}/publish/"""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # curl shows header names bold
EVENT = 'event: message\ndata: {"text": "hello world"}\n\n'


@pytest.fixture(scope="module")
def demo():
    """A broker as the guide's reader has it: no routes, so the demo plays the starter kit."""
    broker = Broker("--publish-token", "a-token")
    yield broker
    broker.stop()


def words_of(line, broker):
    line = line.replace("https://some-funky-words.edgecompute.app",
                        f"http://127.0.0.1:{broker.port}")
    line = line.replace("https://api.fastly.com", f"http://127.0.0.1:{broker.control_port}")
    line = line.replace("{YOUR_FASTLY_TOKEN}", "a-token").replace("{SERVICE_ID}", "0eBOC1x5Q0H")
    return shlex.split(line)


def run(line, broker):
    return subprocess.run([*words_of(line, broker), "-sS"], capture_output=True, text=True,
                          timeout=seconds(10), check=False)


class Terminal:
    """A curl that goes on, and what it has shown so far: in a terminal, as the reader's is, since
    curl keeps back what it writes to a pipe."""

    def __init__(self, line, broker, *more):
        self.screen, shell = pty.openpty()
        self.process = subprocess.Popen([*words_of(line, broker), "-sS", *more], stdout=shell)
        os.close(shell)
        self.shown = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with contextlib.suppress(OSError):  # how a terminal says that its last program ended
            while piece := os.read(self.screen, 4096):
                self.shown += COLOUR.sub("", piece.decode().replace("\r", ""))

    def shows(self, text):
        until(lambda: text in self.shown, f"curl showing {text!r}")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join()
        os.close(self.screen)


@pytest.fixture
def terminal(demo):
    opened = []

    def start(line, *more):
        opened.append(Terminal(line, demo, *more))
        return opened[-1]
    yield start
    for each in opened:
        each.close()
    demo.wait_metric("holds", 0)


def test_the_first_terminal_shows_what_the_second_one_publishes(demo, terminal):
    first = terminal(SUBSCRIBE)
    first.shows("\n\n")
    assert first.shown.startswith("HTTP/1.1 200")
    assert "text/event-stream" in first.shown.lower()
    second = run(PUBLISH, demo)
    assert (second.returncode, second.stdout) == (0, "Published\n")
    first.shows(EVENT)


def test_it_is_the_same_over_http2(demo, terminal):
    first = terminal(SUBSCRIBE, "--http2-prior-knowledge")
    first.shows("\n\n")
    assert first.shown.startswith("HTTP/2 200")
    assert "content-type: text/event-stream" in first.shown
    assert run(PUBLISH, demo).returncode == 0
    first.shows(EVENT)


def test_more_events_are_appended_to_the_same_answer(demo, terminal):
    first = terminal(SUBSCRIBE)
    first.shows("\n\n")
    for count in (1, 2, 3):
        assert run(PUBLISH, demo).returncode == 0
        until(lambda wanted=count: first.shown.count(EVENT) == wanted, f"{count} events")


def test_test_stream_hears_them_too(demo, terminal):
    first = terminal(SUBSCRIBE.replace("/test/sse", "/test/stream"))
    first.shows("\n\n")
    assert run(PUBLISH, demo).returncode == 0
    first.shows(EVENT)


def test_the_minimal_payload_is_taken(demo):
    result = run(PUBLISH_WS, demo)
    assert (result.returncode, result.stdout) == (0, "Published\n")


def test_bearer_is_taken_for_the_key(demo):
    line = PUBLISH.replace("Fastly-Key: ", "Authorization: Bearer ")
    assert run(line, demo).stdout == "Published\n"


def test_without_the_token_nothing_is_published(demo, terminal):
    first = terminal(SUBSCRIBE)
    first.shows("\n\n")
    result = run(PUBLISH.replace("{YOUR_FASTLY_TOKEN}", "wrong") + " -w %{http_code}", demo)
    assert result.stdout.endswith("401")
    run(PUBLISH.replace("hello world", "the end"), demo)
    first.shows("the end")
    assert "hello world" not in first.shown
