# SPDX-License-Identifier: Apache-2.0
"""Debian's pushpin-publish against our port for publishers, and `holdfast publish` beside it: what
it can say, ours says alike."""
import json
import subprocess

import pytest
import zmq

from support.broker import ROOT
from support.client import Connection, get
from support.grip import stream_hold
from support.publishing import Taker, publish, surroundings, url_of
from support.waiting import seconds
from support.zeromq import read_tnetstring

ROUTES = ["* {origin},over_http"]
PROGRAM = ROOT / "tests/clients/pushpin/usr/bin/pushpin-publish"


def pushpin_publish(to, *arguments):
    assert PROGRAM.exists(), f"{PROGRAM} is not there; ./dev test unpacks it"
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          env=surroundings(to), timeout=seconds(10), check=False)


def test_it_publishes_to_a_stream(broker, stream, channel):
    result = pushpin_publish(url_of(broker), channel, "hello")
    assert (result.returncode, result.stdout) == (0, "Published\n"), result.stderr
    stream.wait_for(b"hello\n")


def test_it_closes_a_stream(broker, stream, channel):
    assert pushpin_publish(url_of(broker), "--close", channel).returncode == 0
    assert stream.ended() == "cleanly"


def test_its_ids_and_order_are_ours(broker, stream, channel):
    for arguments in (["--id", "1", channel, "one"], ["--id", "3", "--prev-id", "2", channel, "three"],
                      ["--id", "2", "--prev-id", "1", channel, "two"], ["--id", "2", channel, "again"]):
        assert pushpin_publish(url_of(broker), *arguments).returncode == 0
    stream.wait_for(b"three\n")
    assert stream.body == b"one\ntwo\nthree\n"


def test_it_publishes_by_zeromq_as_well(start_broker, broker, origin, channel):
    pulling = start_broker("--zmq-pull", "tcp://127.0.0.1:*")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(pulling.port)
    connection.send(get("/hold"))
    stream = connection.answer()
    spec = f"--spec=tcp://127.0.0.1:{pulling.zmq_ports['zmq_pull']}"
    for arguments, body in (([channel, "hello"], b"hello\n"),
                            (["--id", "1", channel, "one"], b"hello\none\n"),
                            (["--id", "1", channel, "again"], b"hello\none\n")):
        assert pushpin_publish(url_of(broker), spec, *arguments).returncode == 0
        stream.wait_for(body)
    assert pushpin_publish(url_of(broker), spec, "--close", channel).returncode == 0
    assert stream.ended() == "cleanly"
    assert stream.body == b"hello\none\n"
    connection.close()


def test_both_push_the_same_by_zeromq(peers):
    """It as a tnetstring, ours in JSON; Pushpin and we read both."""
    pull = peers.make(zmq.PULL)
    spec = f"--spec=tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}"
    arguments = [spec, "-M", "a=b", "--id", "2", "--prev-id", "1", "c", "h\u00e9"]
    assert pushpin_publish(None, *arguments).returncode == 0
    theirs = pull.recv()
    assert publish(None, *arguments).returncode == 0
    ours = pull.recv()
    assert ours[:1] == b"J"
    assert json.loads(ours[1:]) == read_tnetstring(theirs)


def test_a_refusal_is_its_failure_too(start_broker):
    broker = start_broker("--publish-token", "t")
    result = pushpin_publish(url_of(broker), "c", "x")
    assert result.returncode != 0
    assert publish(url_of(broker), "c", "x").returncode != 0


@pytest.mark.parametrize("arguments", [
    ["c", "hello"], ["c", "héllo"], ["--hint", "c"], ["--close", "c"], ["--no-eol", "c", "x"],
    ["--code", "404", "c", "x"], ["--patch", "c", '[{"op":"remove","path":"/a"}]'],
    ["--id", "2", "--prev-id", "1", "c", "x"], ["--no-seq", "c", "x"], ["--sender", "me", "c", "x"],
    ["-M", "a=b", "--no-seq", "c", "x"], ["c", "x", "-H", "X-A: 1"], ["c", "@{file}"], ["--spec={url}", "c", "x"],
], ids=" ".join)
def test_both_say_the_same(tmp_path, arguments):
    path = tmp_path / "content"
    path.write_text('{"a": 1}\n')
    server = Taker()
    filled = [each.replace("{file}", str(path)).replace("{url}", server.url) for each in arguments]
    assert pushpin_publish(server.url, *filled).returncode == 0
    assert publish(server.url, *filled, *(["--no-id"] if "--id" not in filled else [])) \
        .returncode == 0
    theirs, ours = [json.dumps(body, sort_keys=True) for body in server.bodies()]
    assert ours == theirs
    server.close()
