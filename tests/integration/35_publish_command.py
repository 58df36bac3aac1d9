# SPDX-License-Identifier: Apache-2.0
"""`holdfast publish`: what it sends, to whom, as whom, and what it says about it."""
import json
import os
import re
import signal
import subprocess

import pytest

from support.broker import PROGRAM, ROOT
from support.client import get
from support.grip import poll_hold
from support.origin import CLOSE, answer
from support.over_http import polite, subscribe, text
from support.publishing import publish, start, surroundings, url_of
from support.waiting import seconds, until
from support.websocket import BINARY

ROUTES = ["* {origin},over_http"]


@pytest.fixture
def sent(taker):
    """sent(argument...) is the one item that goes out for them."""
    def run(*arguments, lines=None):
        server = taker()
        result = publish(server.url, *arguments, lines=lines)
        assert (result.returncode, result.stderr) == (0, ""), result
        (item,) = server.items()
        return item
    return run


@pytest.fixture
def poll(origin, connect, broker, channel):
    def begin(**hold):
        origin.on("/poll", poll_hold(channel, **hold))
        connection = connect()
        connection.send(get("/poll"))
        broker.wait_metric("holds", 1)
        return connection
    return begin


@pytest.fixture
def listening(over_http, websocket, channel):
    def begin():
        over_http(opening=[subscribe(channel), text("open")], reply=polite)
        client = websocket()
        client.expect_text("open")
        return client
    return begin


# what reaches whom


def test_a_word_reaches_streams_polls_and_websockets(broker, hold, poll, listening, channel):
    waiting = poll()
    stream, client = hold(), listening()
    result = publish(url_of(broker), channel, "hello")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Published\n", "")
    stream.wait_for(b"hello\n")
    client.expect_text("hello")
    got = waiting.answer()
    assert (got.status, got.read_all()) == (200, b"hello\n")


def test_an_answer_has_the_status_and_headers_that_were_told(broker, poll, channel):
    waiting = poll()
    publish(url_of(broker), channel, "gone", "--code", 404, "--reason", "Not here", "-H", "X-A: 1",
            "-H", "X-B:2", "--no-eol")
    got = waiting.answer()
    assert (got.status, got.reason, got.read_all()) == (404, "Not here", b"gone")
    assert (got.headers.get("x-a"), got.headers.get("x-b")) == ("1", "2")


def test_a_patch_is_applied_to_the_body_that_was_held(broker, poll, channel):
    waiting = poll(body=b'{"a":1}', headers=[("Content-Type", "application/json")])
    publish(url_of(broker), channel, "--patch", '[{"op":"replace","path":"/a","value":2}]')
    assert json.loads(waiting.answer().read_all()) == {"a": 2}


def test_close_ends_streams_and_websockets(broker, hold, listening, channel):
    stream, client = hold(), listening()
    publish(url_of(broker), channel, "--close", "--code", 4001, "--reason", "bye")
    assert stream.ended() == "cleanly"
    client.expect_closed(4001, "bye")


def test_what_is_no_text_arrives_as_it_is(broker, hold, listening, channel, tmp_path):
    path = tmp_path / "content"
    path.write_bytes(b"\xff\0\n")
    stream, client = hold(), listening()
    publish(url_of(broker), channel, f"@{path}")
    stream.wait_for(b"\xff\0\n")
    client.expect(BINARY, b"\xff\0\n")


def test_a_message_may_be_a_server_sent_event(broker, stream, channel):
    publish(url_of(broker), channel, "a\nb", "--event", "tick", "--id", "7")
    stream.wait_for(b"event: tick\nid: 7\ndata: a\ndata: b\n\n")


def test_publishing_through_a_unix_socket(start_broker, tmp_path, taker):
    broker = start_broker("--control", f"unix:{tmp_path}/control")
    assert publish(f"unix:{tmp_path}/control", "a", "x").returncode == 0
    broker.wait_metric("items_published", 1)


# what is sent


def test_all_formats_are_sent_unless_told_otherwise(sent):
    assert sent("c", "x")["formats"] == {
        "http-response": {"code": 200, "body": "x\n"}, "http-stream": {"content": "x\n"},
        "ws-message": {"content": "x"}}
    assert set(sent("c", "x", "--format", "http-stream", "--format", "ws-message")["formats"]) == \
        {"http-stream", "ws-message"}


@pytest.mark.parametrize("flag,formats", [
    ("--hint", ["http-response", "http-stream", "ws-message"]),
    ("--close", ["http-stream", "ws-message"]), ("--refresh", ["ws-message"]),
])
def test_an_action_has_no_content(sent, flag, formats):
    assert sent("c", flag)["formats"] == {name: {"action": flag[2:]} for name in formats}


def test_ids_and_metadata_are_passed_on(sent):
    item = sent("c", "x", "--id", "2", "--prev-id", "1", "--no-seq", "-M", "a=b=c", "--sender", "me")
    assert (item["id"], item["prev-id"], item["no-seq"]) == ("2", "1", True)
    assert item["meta"] == {"a": "b=c", "sender": "me"}


def test_a_message_without_an_id_gets_one_of_its_own(sent):
    first, second = sent("c", "x")["id"], sent("c", "x")["id"]
    assert first != second and len(first) > 8
    assert "id" not in sent("c", "x", "--no-id")


@pytest.mark.parametrize("arguments,stdin,content", [
    (["--text", "-"], b"", "-\n"), (["--text", "@x"], b"", "@x\n"), (["@-"], b"a\nb", "a\nb"),
    (["--no-eol", "x"], b"", "x"), (["--", "--x"], b"", "--x\n"), ([""], b"", "\n"),
], ids=str)
def test_content_may_come_from_the_words_or_standard_input(sent, arguments, stdin, content):
    assert sent("c", *arguments, lines=stdin)["formats"]["http-stream"] == {"content": content}


def test_a_request_is_what_the_libraries_send(taker):
    server = taker()
    publish(server.url + "/base/?x=1", "c", "x")
    request = server.requests[0]
    assert (request.method, request.target) == ("POST", "/base/publish/?x=1")
    assert request.get("content-type") == "application/json"
    assert request.get("expect") is None and request.get("authorization") is None
    assert request.get("user-agent").startswith("holdfast-publish/")


# what it says


def test_help_names_every_option():
    result = publish(None, "--help")
    assert result.returncode == 0
    flags = re.findall(r'^FLAG\("([\w-]+)"', (ROOT / "publisher/command.def").read_text(), re.M)
    assert len(flags) > 25
    for flag in [*flags, "help", "version"]:
        assert f"--{flag}" in result.stdout, flag


@pytest.mark.parametrize("arguments,word", [
    ([], "CHANNEL"), (["c"], "CONTENT"), (["c", "x", "y"], "quotes"), (["c", "--hint", "x"], "CONTENT"),
    (["c", "--hint", "--close"], "only one"), (["c", "x", "--format", "x"], "http-stream"),
    (["c", "x", "-H", "X"], "NAME:VALUE"), (["c", "x", "-M", "=x"], "NAME=VALUE"),
    (["c", "x", "--code", "x"], "--code"), (["c", "x", "--retry-for", "9"], "9s"),
    (["c", "x", "--batch", "0"], "--batch"), (["c", "x", "--id", "1", "--no-id"], "--no-id"),
    (["c", "x", "--nonsense"], "nonsense"), (["c", "@/nonexistent"], "/nonexistent"),
    (["c", "x", "--patch"], "JSON Patch"), (["c", "x", "--bearer", "a b"], "token"),
    (["c", "x", "--bearer", "file:/nonexistent"], "/nonexistent"),
    (["c", "x", "--spec", "localhost:5561"], "http://127.0.0.1:5561"),
], ids=str)
def test_a_fault_of_ones_own_is_status_2_with_a_sentence(taker, arguments, word):
    server = taker()
    result = publish(server.url, *arguments)
    assert result.returncode == 2, result
    assert word in result.stderr and not server.requests


def test_a_refusal_is_status_1_with_the_servers_words(broker, channel):
    result = publish(url_of(broker), channel, "x" * 40000)
    assert result.returncode == 1 and not result.stdout
    assert "(400)" in result.stderr and "content_bytes" in result.stderr


def test_a_body_that_is_too_large_is_a_413(start_broker):
    broker = start_broker("--limit", "publish_body_bytes=1024")
    result = publish(url_of(broker), "c", "x" * 2000)
    assert result.returncode == 1 and "(413)" in result.stderr and "Send less" in result.stderr


def test_a_wrong_path_says_what_grip_url_should_be(broker):
    result = publish(url_of(broker, "/publish/"), "c", "x")
    assert result.returncode == 1 and "without /publish/" in result.stderr


def test_a_reply_is_shown_as_one_printable_line(taker):
    server = taker(answer(400, body=b"\x1b[31mred\r\nmore\n" + b"x" * 100000))
    result = publish(server.url, "c", "x")
    assert result.returncode == 1
    assert result.stderr.endswith("(400): ?[31mred\n")


@pytest.mark.parametrize("status, ending", [(303, "(303): (no words)\n"), (413, "(no words). Send less")])
def test_a_refusal_without_words_is_a_sentence_all_the_same(taker, status, ending):
    result = publish(taker(answer(status)).url, "c", "x")
    assert result.returncode == 1 and ending in result.stderr


def test_a_reply_that_is_no_http_is_no_refusal(taker):
    """Whoever answered may have passed the request on: it is tried again, and is unclear."""
    def talk(_):
        return iter([b"SSH-2.0-nonsense\r\n", CLOSE])
    server = taker(talk)
    assert publish(server.url, "c", "x").returncode == 0 and len(server.requests) == 2
    result = publish(taker(*[talk] * 50).url, "c", "x", "--retry-for", "500ms")
    assert result.returncode == 3 and "may or may not have taken" in result.stderr


def test_a_reply_without_end_is_cut(taker):
    def talk(request):
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        for _ in range(1024):
            yield b"x" * 65536
    server = taker(talk)
    assert publish(server.url, "c", "x").returncode == 0
    assert server.sent_bytes < 32 << 20


def test_a_redirect_is_not_followed(taker):
    other = taker()
    server = taker(answer(307, [("Location", f"{other.url}/publish/")]))
    result = publish(f"{server.url}/?key=s3cret", "c", "x")
    assert result.returncode == 1 and "(307)" in result.stderr
    assert not other.requests


def test_the_environments_proxy_is_not_used(taker):
    proxy, server = taker(), taker()
    assert publish(server.url, "c", "x", http_proxy=proxy.url).returncode == 0
    assert server.requests and not proxy.requests
    assert publish(server.url, "c", "x", "--proxy", proxy.url).returncode == 0
    assert proxy.requests


def test_standard_streams_that_are_closed_become_no_sockets(taker):
    """Or a server, or a client of the broker, would be written what is meant for people."""
    server = taker()
    process = subprocess.Popen([PROGRAM, "publish", "c", "-"], stdin=subprocess.PIPE,
                               preexec_fn=lambda: os.closerange(1, 3), env=surroundings(server.url))
    process.stdin.write(b"x\n")
    process.stdin.flush()
    until(lambda: server.requests, "the request")
    assert {os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (1, 2)} == {"/dev/null"}
    process.stdin.close()
    assert process.wait(seconds(5)) == 0
    result = subprocess.run([PROGRAM, "publish", "c", "-"], preexec_fn=lambda: os.close(0),
                            env=surroundings(server.url), timeout=seconds(10), check=False)
    assert result.returncode == 0 and len(server.requests) == 1


def test_quiet_says_nothing(taker):
    result = publish(taker().url, "-q", "c", "x")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_publish_comes_first():
    from support.broker import run_program
    result = run_program("--workers", 1, "publish")
    assert result.returncode == 1 and "comes first" in result.stderr


# a signal


def test_a_signal_ends_the_reading_and_what_was_read_is_sent(broker, stream, channel):
    process = start(url_of(broker), channel, "-")
    process.stdin.write(b"one\ntwo\nthr")
    process.stdin.flush()
    stream.wait_for(b"two\n")
    process.send_signal(signal.SIGTERM)
    assert process.wait(seconds(5)) == -signal.SIGTERM
    until(lambda: process.stderr.read() == b"", "no complaint")
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()
