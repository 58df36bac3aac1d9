# SPDX-License-Identifier: Apache-2.0
"""`holdfast publish CHANNEL -`: many lines, several servers, and servers that fail."""
import os
import subprocess

import pytest

from support.broker import ROOT
from support.client import Connection, get
from support.grip import stream_hold
from support.origin import CLOSE, RESET, answer
from support.publishing import PUBLISHED, publish, start, surroundings, url_of
from support.waiting import scaled, seconds, until

BUSY = answer(503, [("Retry-After", "0")], b"The broker is busy.\n")


def finish(process, amount=20):
    """Returns: status, what it said."""
    out, err = process.communicate(timeout=seconds(amount))
    assert not out
    return process.returncode, err.decode()


def contents(items):
    return [item["formats"]["http-stream"]["content"] for item in items]


def is_chain(items, first="one"):
    ids = [item["id"] for item in items]
    return ids == [f"{first}-{n}" for n in range(1, len(ids) + 1)] and \
        [item.get("prev-id") for item in items] == [None, *ids[:-1]]


def passed_to(broker):
    """A way to a broker."""
    def step(request):
        assert broker.control("POST", "/publish/", request.body).status == 200
        return PUBLISHED
    return step


def lost_after(broker):
    """A way to a broker on which the answer gets lost."""
    def step(request):
        passed_to(broker)(request)
        yield CLOSE
    return step


def drop(request):
    """Takes the request and goes without a word."""
    yield CLOSE


# lines


def test_ten_thousand_lines_arrive_whole_and_in_order(broker, stream, channel):
    count = scaled(10000)
    lines = [f"line {n}" for n in range(count)]
    result = publish(url_of(broker), channel, "-", lines=lines)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    whole = "".join(f"{line}\n" for line in lines).encode()
    stream.read_until(lambda: len(stream.body) >= len(whole), "all lines", 20)
    assert stream.body == whole


def test_lines_are_a_chain_of_ids(taker):
    server = taker()
    assert publish(server.url, "c", "-", "--id", "one", lines=range(2500)).returncode == 0
    assert is_chain(server.items())
    assert contents(server.items()) == [f"{n}\n" for n in range(2500)]
    assert 3 <= len(server.requests) < 50
    assert all(len(request.body) <= 65536 for request in server.requests)


def test_each_run_has_ids_of_its_own(taker):
    server = taker()
    publish(server.url, "c", "-", lines="ab")
    publish(server.url, "c", "-", lines="ab")
    assert len({item["id"] for item in server.items()}) == 4


def test_a_batch_may_be_smaller(taker):
    server = taker()
    publish(server.url, "c", "-", "--batch", 1, lines=range(5))
    assert [len(body["items"]) for body in server.bodies()] == [1] * 5


def test_a_line_is_published_when_it_comes(broker, stream, channel):
    process = start(url_of(broker), channel, "-", "--sse")
    for number in (b"1", b"2", b"3"):
        process.stdin.write(number + b"\n")
        process.stdin.flush()
        stream.wait_for(b"data: " + number + b"\n\n")
    assert finish(process) == (0, "")


def test_no_line_is_no_message(taker):
    server = taker()
    assert publish(server.url, "c", "-", lines=b"").returncode == 0
    assert not server.requests


def test_a_stream_may_follow_another(taker):
    server = taker()
    publish(server.url, "c", "-", "--id", "b", "--prev-id", "a-9", lines="xy")
    assert [item["prev-id"] for item in server.items()] == ["a-9", "b-1"]


def test_progress_is_told_when_asked(taker):
    result = publish(taker().url, "c", "-", "--progress", lines="abc")
    assert "3 messages published in " in result.stderr and "a second" in result.stderr


def test_a_line_that_is_refused_is_named_and_all_before_it_are_published(broker, stream, channel):
    lines = [*range(1, 51), "x" * 40000, *range(52, 60)]
    result = publish(url_of(broker), channel, "-", lines=lines)
    assert result.returncode == 1
    assert "refused message 51 (400)" in result.stderr and "content_bytes" in result.stderr
    stream.wait_for(b"50\n")
    assert stream.body == b"".join(b"%d\n" % n for n in range(1, 51))


def test_a_server_with_small_bodies_gets_small_ones(start_broker, channel):
    broker = start_broker("--limit", "publish_body_bytes=1024")
    assert publish(url_of(broker), channel, "-", lines=range(200)).returncode == 0
    broker.wait_metric("items_published", 200)


# several servers


def test_two_brokers_get_the_same(broker, stream, start_broker, origin, channel):
    other = start_broker()
    origin.on("/hold", stream_hold(channel))
    connection = Connection(other.port)
    connection.send(get("/hold"))
    second = connection.answer()
    result = publish([url_of(broker), url_of(other)], channel, "-", lines=range(1000))
    assert result.returncode == 0, result.stderr
    for each in (stream, second):
        each.wait_for(b"999\n")
        assert each.body == b"".join(b"%d\n" % n for n in range(1000))
    connection.close()


def test_two_servers_get_the_same_ids(taker):
    servers = [taker(), taker()]
    publish(None, "c", "x", "--spec", servers[0].url, "--spec", servers[1].url)
    assert servers[0].items() == servers[1].items()


def test_a_server_that_refuses_does_not_keep_the_others_from_theirs(taker):
    good, bad = taker(), taker(answer(401, body=b"No.\n"))
    result = publish([bad.url, good.url], "c", "-", lines=range(3000))
    assert result.returncode == 1 and bad.url in result.stderr and good.url not in result.stderr
    assert len(good.items()) == 3000


def test_a_server_that_is_down_does_not_keep_the_others_from_theirs(taker):
    good, gone = taker(), taker()
    gone.close()
    process = start([gone.url, good.url], "c", "-", "--retry-for", "2s")
    process.stdin.write(b"one\n")
    process.stdin.flush()
    good.wait_asked("/publish/")
    process.stdin.write(b"two\n")
    process.stdin.flush()
    good.wait_asked("/publish/", 2)
    status, said = finish(process)
    assert status == 3 and gone.url in said and "did not take" in said
    assert contents(good.items()) == ["one\n", "two\n"]


# servers that fail


def test_a_server_that_comes_back_gets_every_line_once(taker):
    """Down when the publisher begins, there within its patience."""
    gone = taker()
    gone.close()
    process = start(gone.url, "c", "-", "--id", "one")
    process.stdin.write(b"".join(b"%d\n" % n for n in range(1000)))
    process.stdin.close()
    back = until(lambda: reopen(taker, gone.port), "the port again")
    process.stdin = None
    assert finish(process) == (0, "")
    assert len(back.items()) == 1000 and is_chain(back.items())


def reopen(taker, port):
    try:
        return taker(port=port)
    except OSError:
        return None


def test_a_broker_that_comes_back_gets_every_line_once(start_broker, channel, origin):
    broker = start_broker()
    control = broker.control_port
    process = start(url_of(broker), channel, "-")
    process.stdin.write(b"before\n")
    process.stdin.flush()
    broker.wait_metric("items_published", 1)
    broker.stop()
    process.stdin.write(b"while it was down\n")
    process.stdin.flush()
    again = start_broker("--control", f"127.0.0.1:{control}", "--listen", "127.0.0.1:0",
                         listens=False)
    again.wait_metric("items_published", 1)
    assert finish(process) == (0, "")
    assert again.metric("items_published") == 1


@pytest.mark.parametrize("failure", [drop, lambda request: iter([RESET]),
                                     answer(500, body=b"Oops.\n"), answer(502), answer(504), BUSY,
                                     answer(429)],
                         ids=["closed", "reset", "500", "502", "504", "503", "429"])
def test_a_retry_is_the_same_request(taker, failure):
    server = taker(PUBLISHED, failure, failure)
    assert publish(server.url, "c", "-", "--batch", 1, lines="ab").returncode == 0
    first, *rest = [request.body for request in server.requests]
    assert len(rest) >= 3 and set(rest) == {rest[0]} != {first}


def test_what_was_taken_without_a_word_is_not_delivered_twice(broker, stream, channel, taker):
    """The broker took the first two requests; their answers were lost."""
    before = broker.metric("items_duplicate")
    lossy = taker(*[lost_after(broker)] * 2, *[passed_to(broker)] * 50)
    assert publish(lossy.url, channel, "-", lines=range(100)).returncode == 0
    publish(url_of(broker), channel, "end")
    stream.wait_for(b"end\n")
    assert stream.body == b"".join(b"%d\n" % n for n in range(100)) + b"end\n"
    assert broker.metric("items_duplicate") > before


def test_two_publishers_of_the_same_lines_are_delivered_once_and_in_order(broker, stream, channel):
    publishers = [start(url_of(broker), channel, "-", "--id", channel) for _ in range(2)]
    for begin in range(0, 500, 50):
        for process in publishers[::1 if begin % 100 else -1]:
            process.stdin.write(b"".join(b"%d\n" % n for n in range(begin, begin + 50)))
            process.stdin.flush()
    for process in publishers:
        assert finish(process) == (0, "")
    publish(url_of(broker), channel, "end")
    stream.wait_for(b"end\n")
    assert stream.body == b"".join(b"%d\n" % n for n in range(500)) + b"end\n"


def test_without_ids_what_may_have_been_taken_is_not_sent_again(taker):
    server = taker(drop)
    result = publish(server.url, "c", "x", "--no-id")
    assert result.returncode == 3 and "may or may not have taken" in result.stderr
    assert len(server.requests) == 1
    busy = taker(BUSY)
    assert publish(busy.url, "c", "x", "--no-id").returncode == 0


def test_without_ids_libcurl_does_not_send_again_by_itself_either(taker):
    """As it would where a kept connection ends before an answer."""
    server = taker(PUBLISHED, drop)
    result = publish(server.url, "c", "-", "--no-id", "--batch", 1, lines="ab")
    assert result.returncode == 3 and "may or may not have taken, message 2" in result.stderr
    assert len(server.requests) == 2


@pytest.mark.parametrize("flags", [[], ["--no-id"]], ids=["with ids", "without"])
def test_a_connection_that_was_closed_in_between_is_replaced(taker, flags):
    server = taker(lambda request: iter([PUBLISHED, CLOSE]))
    process = start(server.url, "c", "-", *flags)
    process.stdin.write(b"one\n")
    process.stdin.flush()
    server.wait_asked("/publish/")
    until(lambda: not server.connections, "the connection closed")
    process.stdin.write(b"two\n")
    process.stdin.flush()
    assert finish(process) == (0, "")
    assert contents(server.items()) == ["one\n", "two\n"] and server.accepted == 2


def test_without_a_window_what_may_have_been_taken_is_not_sent_again(taker):
    server = taker(answer(500))
    result = publish(server.url, "c", "x", "--dedup-window", "0s")
    assert result.returncode == 3 and "may or may not have taken" in result.stderr
    assert len(server.requests) == 1


def test_a_server_that_never_answers_is_given_up_within_the_window(taker):
    silent = taker(*[drop] * 100)
    result = publish(silent.url, "c", "x", "--retry-for", "1min", "--dedup-window", "3s")
    assert result.returncode == 3 and "may or may not have taken" in result.stderr
    assert 3 <= len(silent.requests) <= 8
    assert len({request.body for request in silent.requests}) == 1


def test_one_try_is_one_try(taker):
    busy = taker(BUSY, BUSY)
    result = publish(busy.url, "c", "x", "--retry-for", "0s")
    assert result.returncode == 3 and "503 The broker is busy." in result.stderr
    assert len(busy.requests) == 1


# the library


EXAMPLE = os.environ.get("HOLDFAST_EXAMPLE", str(ROOT / "build/tests/publish_example"))


def run_example(to):
    return subprocess.run([EXAMPLE], env=surroundings(to), capture_output=True, text=True,
                          timeout=seconds(20), check=False)


def test_the_program_of_the_documents_publishes(broker, hold):
    stream = hold("news")
    result = run_example(url_of(broker))
    assert (result.returncode, result.stderr) == (0, "")
    stream.wait_for(b"hello\n")


def test_the_program_of_the_documents_says_what_went_wrong(taker):
    result = run_example(taker(answer(401, body=b"No.\n")).url)
    assert result.returncode == 1 and "(401): No." in result.stderr
    assert "not a URL" in run_example("nonsense").stderr
