# SPDX-License-Identifier: Apache-2.0
"""`holdfast publish --spec tcp://...`: items pushed to a ZeroMQ PULL socket, a broker's or another's."""
import contextlib
import json
import signal
import socket

import pytest
import zmq
import zmq.auth

from support.client import Connection, get
from support.grip import poll_hold, stream_hold
from support.origin import answer
from support.over_http import polite, subscribe, text
from support.publishing import publish, start, url_of
from support.waiting import seconds, until

FLAGS = ["--zmq-pull", "tcp://127.0.0.1:*"]
ROUTES = ["* {origin},over_http"]


def pull_of(broker):
    return f"tcp://localhost:{broker.zmq_ports['zmq_pull']}"


def finish(process, amount=20):
    """Returns: status, what it said."""
    out, err = process.communicate(timeout=seconds(amount))
    assert not out
    return process.returncode, err.decode()


def give(process, *lines):
    process.stdin.write(b"".join(line + b"\n" for line in lines))
    process.stdin.flush()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Puller:
    """A PULL socket of somebody else's, for instance Pushpin's."""

    def __init__(self, peers, port=None, **options):
        self.socket = peers.make(zmq.PULL, **options)
        if port:
            until(lambda: self._is_bound(port), "the port again")
        self.port = port or self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.url = f"tcp://127.0.0.1:{self.port}"

    def _is_bound(self, port):
        with contextlib.suppress(zmq.ZMQError):
            self.socket.bind(f"tcp://127.0.0.1:{port}")
            return True
        return False

    def item(self):
        message = self.socket.recv()
        assert message[:1] == b"J"
        return json.loads(message[1:])

    def items(self, count):
        return [self.item() for _ in range(count)]


class Staller:
    """A peer that shakes hands as a PULL socket does, and reads only what it is told to."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.url = f"tcp://127.0.0.1:{self.port}"
        self.peer = None

    def shake_hands(self):
        self.peer, _ = self.server.accept()
        self.peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48))
        self.peer.sendall(b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PULL")

    def read(self, count):
        self.peer.settimeout(seconds(10))
        while count > 0:
            count -= len(self.peer.recv(min(count, 65536)))

    def close(self):
        if self.peer:
            self.peer.close()
        self.server.close()


@pytest.fixture
def staller():
    one = Staller()
    yield one
    one.close()


@pytest.fixture
def puller(peers):
    return lambda **options: Puller(peers, **options)


def contents(items):
    return [item["formats"]["http-stream"]["content"] for item in items]


def is_chain(items, first):
    ids = [item["id"] for item in items]
    return ids == [f"{first}-{n}" for n in range(1, len(ids) + 1)] and \
        [item.get("prev-id") for item in items] == [None, *ids[:-1]]


# what arrives


def test_a_word_reaches_streams_polls_and_websockets(broker, hold, connect, origin, over_http,
                                                     websocket, channel):
    origin.on("/poll", poll_hold(channel))
    over_http(opening=[subscribe(channel), text("open")], reply=polite)
    stream, client, waiting = hold(), websocket(), connect()
    client.expect_text("open")
    waiting.send(get("/poll"))
    broker.wait_metric("holds", 3)
    result = publish(pull_of(broker), channel, "hello")
    assert (result.returncode, result.stdout, result.stderr) == (0, "Published\n", "")
    stream.wait_for(b"hello\n")
    client.expect_text("hello")
    assert waiting.answer().read_all() == b"hello\n"


def test_close_ends_a_stream(broker, stream, channel):
    assert publish(pull_of(broker), channel, "--close").returncode == 0
    assert stream.ended() == "cleanly"


def test_two_thousand_lines_arrive_whole_and_in_order(broker, stream, channel):
    result = publish(pull_of(broker), channel, "-", lines=range(2000))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    stream.wait_for(b"\n1999\n")
    assert stream.body == b"".join(b"%d\n" % n for n in range(2000))


def test_an_item_is_what_a_server_of_http_gets(puller, taker):
    pulling, posted = puller(), taker()
    publish(None, "c", "h\u00e9", "--id", "2", "--prev-id", "1", "-M", "a=b", "-H", "X-A: 1",
            "--spec", pulling.url, "--spec", posted.url)
    assert [pulling.item()] == posted.items()


@pytest.mark.parametrize("flags,formats", [
    (["x", "--format", "http-response"], ["http-response"]),
    (["x", "--format", "http-stream"], ["http-stream"]), (["x", "--format", "ws-message"], ["ws-message"]),
    (["--hint"], ["http-response", "http-stream", "ws-message"]),
    (["--close"], ["http-stream", "ws-message"]), (["[]", "--patch"], ["http-response"]),
], ids=" ".join)
def test_each_format_goes_alone_where_it_is_asked_for(puller, flags, formats):
    pulling = puller()
    assert publish(pulling.url, "c", *flags).returncode == 0
    assert list(pulling.item()["formats"]) == formats


def test_lines_are_a_chain_of_ids(puller):
    pulling = puller()
    assert publish(pulling.url, "c", "-", "--id", "one", lines=range(2500)).returncode == 0
    items = pulling.items(2500)
    assert is_chain(items, "one") and contents(items) == [f"{n}\n" for n in range(2500)]


def test_a_line_is_published_when_it_comes(puller):
    pulling = puller()
    process = start(pulling.url, "c", "-")
    for number in (b"1", b"2", b"3"):
        give(process, number)
        assert contents([pulling.item()]) == [number.decode() + "\n"]
    assert finish(process) == (0, "")


def test_a_message_of_many_megabytes_leaves_before_the_end(puller, tmp_path):
    path = tmp_path / "content"
    path.write_bytes(b"x" * 10_000_000)
    pulling = puller()
    assert publish(pulling.url, "c", f"@{path}", "--format", "ws-message").returncode == 0
    assert len(pulling.item()["formats"]["ws-message"]["content"]) == 10_000_000


def test_pushing_through_an_ipc_socket(start_broker, tmp_path):
    broker = start_broker("--zmq-pull", f"ipc://{tmp_path}/pull")
    assert publish(f"ipc://{tmp_path}/pull", "c", "x").returncode == 0
    broker.wait_metric("items_published", 1)


# both kinds at once


def test_servers_of_both_kinds_get_the_same(broker, stream, start_broker, origin, channel):
    other = start_broker()
    origin.on("/hold", stream_hold(channel))
    connection = Connection(other.port)
    connection.send(get("/hold"))
    second = connection.answer()
    result = publish([pull_of(broker), url_of(other)], channel, "-", lines=range(1000))
    assert (result.returncode, result.stderr) == (0, "")
    for each in (stream, second):
        each.wait_for(b"\n999\n")
        assert each.body == b"".join(b"%d\n" % n for n in range(1000))
    connection.close()


def test_one_broker_by_both_ways_delivers_once(broker, stream, channel):
    result = publish([pull_of(broker), url_of(broker)], channel, "-", lines=range(500))
    assert (result.returncode, result.stderr) == (0, "")
    broker.wait_metric("items_duplicate", 500)
    stream.wait_for(b"\n499\n")
    assert stream.body == b"".join(b"%d\n" % n for n in range(500))


def test_one_that_nobody_listens_at_does_not_keep_the_others_from_theirs(taker):
    good, gone = taker(), f"tcp://127.0.0.1:{free_port()}"
    process = start([gone, good.url], "c", "-", "--retry-for", "2s")
    give(process, b"one")
    good.wait_asked("/publish/")
    give(process, b"two")
    good.wait_asked("/publish/", 2)
    status, said = finish(process)
    assert status == 3 and gone in said and good.url not in said


def test_a_refusal_by_http_does_not_keep_zeromq_from_its_own(taker, puller):
    bad, pulling = taker(answer(401, body=b"No.\n")), puller()
    result = publish([bad.url, pulling.url], "c", "-", lines=range(3000))
    assert result.returncode == 1 and bad.url in result.stderr
    assert len(pulling.items(3000)) == 3000


# servers that fail


def test_nobody_there_is_status_3_with_the_address_and_the_fix():
    url = f"tcp://127.0.0.1:{free_port()}"
    result = publish(url, "c", "x", "--retry-for", "500ms")
    assert (result.returncode, result.stdout) == (3, "")
    assert f"{url} did not take message 1" in result.stderr
    assert "nobody took the connection" in result.stderr and "zmq_pull" in result.stderr


def test_somebody_who_speaks_no_zeromq_is_said_to_be_none(broker):
    url = f"tcp://127.0.0.1:{broker.control_port}"
    result = publish(url, "c", "x", "--retry-for", "1s")
    assert result.returncode == 3 and url in result.stderr
    assert "not as a ZeroMQ PULL socket" in result.stderr


def test_bytes_that_do_not_leave_in_time_are_status_3(staller, tmp_path):
    path = tmp_path / "content"
    path.write_bytes(b"x" * 10_000_000)
    process = start(staller.url, "c", f"@{path}", "--timeout", "500ms")
    staller.shake_hands()
    status, said = finish(process)
    assert status == 3 and f"{staller.url} did not read all that it was sent, up to message 1" in said


LARGE = b"x" * 10_000_000
ONE_FORMAT = ["--format", "ws-message"]


def await_the_second(process):
    """Waits until the second message was given to the connection. Between two lines there is a turn, and
    the first turn behind the first message gives the second."""
    for _ in range(2):
        until(lambda: b" 1 messages published" in process.stderr.readline(), "the second under way")


def test_a_peer_that_reads_no_more_is_given_up(staller):
    process = start(staller.url, "c", "-", *ONE_FORMAT, "--timeout", "500ms", "--retry-for", "1s")
    give(process, LARGE, b"two")
    staller.shake_hands()
    status, said = finish(process)
    assert status == 3 and "may or may not have taken, message 2" in said
    assert "does not read what it is sent" in said


def test_a_batch_whose_connection_breaks_goes_out_again(staller, puller):
    process = start(staller.url, "c", "-", *ONE_FORMAT, "--id", "one", "--progress")
    give(process, LARGE, b"two", b"three")
    staller.shake_hands()
    await_the_second(process)
    staller.close()
    pulling = puller(port=staller.port)  # which stays to the end
    assert [item["id"] for item in pulling.items(2)] == ["one-2", "one-3"]
    status, said = finish(process)
    assert "message 1 or before, may be lost" in said and status == 0, said


def test_without_ids_a_batch_whose_connection_breaks_does_not_go_out_again(staller):
    process = start(staller.url, "c", "-", *ONE_FORMAT, "--no-id", "--progress")
    give(process, LARGE, b"two")
    staller.shake_hands()
    await_the_second(process)
    staller.close()
    status, said = finish(process)
    assert status == 3 and "may or may not have taken, message 2, 1 try" in said, said


def test_one_that_is_there_late_gets_every_line_once(puller):
    port = free_port()
    process = start(f"tcp://127.0.0.1:{port}", "c", "-", "--id", "one", "--timeout", "300ms")
    give(process, *(b"%d" % n for n in range(1000)))
    pulling = puller(port=port)
    items = pulling.items(1000)
    assert finish(process) == (0, "")
    assert is_chain(items, "one")


def test_a_broker_that_comes_back_gets_what_was_said_meanwhile(start_broker):
    port = free_port()
    flags = ["--zmq-pull", f"tcp://127.0.0.1:{port}"]
    broker = start_broker(*flags)
    process = start(f"tcp://127.0.0.1:{port}", "c", "-")
    give(process, b"before")
    broker.wait_metric("items_published", 1)
    broker.stop()
    give(process, b"while it was down")
    again = start_broker(*flags)
    again.wait_metric("items_published", 1)
    status, said = finish(process)
    assert status == 0 and "broke" in said and "message 1 or before, may be lost" in said
    assert again.metric("items_published") == 1


def test_a_signal_ends_the_reading_and_what_was_read_is_sent(broker, stream, channel):
    process = start(pull_of(broker), channel, "-")
    process.stdin.write(b"one\ntwo\nthr")
    process.stdin.flush()
    stream.wait_for(b"two\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(seconds(5)) == -signal.SIGINT
    assert process.stderr.read() == b""
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()


# CURVE


@pytest.fixture
def keys(tmp_path):
    """keys(name) is where the secret certificate is, and the public key."""
    def make(name):
        public, secret = zmq.auth.create_certificates(tmp_path, name)
        return secret, zmq.auth.load_certificate(public)[0].decode()
    return make


def test_with_curve_the_one_on_the_list_may_push(start_broker, keys):
    (broker_file, broker_key), (our_file, our_key), (other_file, other_key) = map(keys, "abc")
    broker = start_broker(*FLAGS, "--zmq-key", broker_file, "--zmq-client-key", our_key)
    flags = ["c", "x", "--retry-for", "1s", "--zmq-server-key"]
    assert publish(pull_of(broker), *flags, broker_key, "--zmq-key", our_file).returncode == 0
    assert publish(pull_of(broker), *flags, f"file:{broker_file}", "--zmq-key",
                   our_file).returncode == 0
    assert publish(None, *flags[:4], "--spec", f"{pull_of(broker)} key={broker_key}", "--zmq-key",
                   our_file).returncode == 0
    broker.wait_metric("items_published", 3)
    for refused in ([broker_key, "--zmq-key", other_file], [broker_key],
                    [other_key, "--zmq-key", our_file]):
        result = publish(pull_of(broker), *flags, *refused)
        assert result.returncode == 3 and "CURVE" in result.stderr, refused
    result = publish(pull_of(broker), *flags[:4])
    assert result.returncode == 3 and "--zmq-server-key" in result.stderr
    assert broker.metric("items_published") == 3


# what makes no sense


@pytest.mark.parametrize("arguments,word", [
    (["--spec", "tcp://localhost"], "HOST:PORT"), (["--spec", "ipc://"], "no place"),
    (["--spec", "tcp://localhost:x"], "tcp://127.0.0.1:5560"),
    (["--spec", "tcp://localhost:1 key=x"], "Z85"), (["--spec", "udp://localhost:1"], "http://"),
    (["--zmq-server-key", "x"], "--zmq-server-key"), (["--zmq-key", "/nonexistent"], "/nonexistent"),
], ids=str)
def test_a_fault_of_ones_own_is_status_2_with_a_sentence(arguments, word):
    result = publish("tcp://127.0.0.1:1", "c", "x", *arguments)
    assert result.returncode == 2 and word in result.stderr, result
