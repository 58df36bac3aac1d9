# SPDX-License-Identifier: Apache-2.0
"""Items come by ZeroMQ as they came to Pushpin; who makes no sense hurts nobody else."""
import contextlib

import pytest
import zmq
import zmq.auth

from support.broker import run_program
from support.client import Connection, get
from support.grip import poll_hold, poll_item, stream_hold, stream_item
from support.waiting import seconds
from support.zeromq import json_message, read_tnetstring, tnetstring, tnetstring_message

FLAGS = ["--zmq-pull", "tcp://127.0.0.1:*", "--limit", "zmq_message_bytes=100000"]


@pytest.fixture
def push(peers, broker):
    return peers.connect(zmq.PUSH, broker.zmq_ports["zmq_pull"])


# PULL

@pytest.mark.parametrize("write", [json_message, tnetstring_message,
                                   lambda *item: tnetstring_message(*item)[1:]],
                         ids=["J", "T", "bare"])
def test_a_message_is_json_or_a_tnetstring_by_its_first_byte(stream, push, channel, write):
    push.send(write(channel, "hello\n"))
    stream.wait_for(b"hello\n")


def test_a_tnetstring_brings_any_bytes(stream, push, channel):
    everything = bytes(range(256))
    push.send(tnetstring_message(channel, everything))
    push.send(tnetstring_message(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == everything + b"end"


def test_messages_keep_their_order(stream, push, channel):
    for number in range(3000):
        push.send(json_message(channel, f"<{number}>"))
    stream.wait_for(b"<2999>")
    assert stream.body == b"".join(b"<%d>" % number for number in range(3000))


def test_what_makes_no_sense_is_counted_and_hurts_nobody(stream, push, broker, channel):
    before = broker.metric("zmq_refused")
    for message in (b"", b"J{", b"T5:abc", b"nonsense", json_message("", "x"),
                    b"J" + b'{"channel":"' + channel.encode() + b'","formats":{}}'):
        push.send(message)
    push.send_multipart([b"two", b"frames"])
    push.send_multipart([b"many"] * 50)
    push.send(json_message(channel, "after"))
    stream.wait_for(b"after")
    assert stream.body == b"after"
    assert broker.metric("zmq_refused") == before + 8
    broker.wait_log("zmq message refused socket=pull", "it has 50 frames, not 1")
    broker.wait_log("zmq message refused socket=pull", "Body is not valid JSON.")


def test_a_message_that_is_too_large_costs_its_peer_the_connection(stream, peers, broker, push,
                                                                    channel):
    large = peers.connect(zmq.PUSH, broker.zmq_ports["zmq_pull"])
    monitor = large.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    monitor.rcvtimeo = int(seconds(10) * 1000)
    large.send(json_message(channel, "x" * 100000))
    monitor.recv_multipart()
    push.send(json_message(channel, "after"))
    stream.wait_for(b"after")
    assert stream.body == b"after"


def test_pull_may_connect_to_publishers_that_bind(start_broker, peers, channel):
    push = peers.make(zmq.PUSH)
    port = push.bind_to_random_port("tcp://127.0.0.1")
    broker = start_broker("--zmq-pull", f"connect:tcp://127.0.0.1:{port}")
    push.send(json_message(channel, "hello"))
    broker.wait_metric("items_published", 1)


def test_who_does_not_shake_hands_is_cut(start_broker):
    broker = start_broker("--zmq-pull", "tcp://127.0.0.1:*", "--limit", "request_wait_ms=300ms")
    connection = Connection(broker.zmq_ports["zmq_pull"])
    connection.send(b"GET / HTTP/1.1\r\n\r\n")
    connection.drain()
    idle = Connection(broker.zmq_ports["zmq_pull"])
    idle.drain()


# start

def test_an_endpoint_in_use_is_an_error_at_start(peers):
    taken = peers.make(zmq.PULL)
    port = taken.bind_to_random_port("tcp://127.0.0.1")
    end = run_program("serve", "--listen", "0", "--control", "0", "--state", "/nonexistent",
                      "--sig-key", "secret", "--zmq-pull", f"tcp://127.0.0.1:{port}")
    assert end.returncode == 1
    assert (f"zmq_pull: tcp://127.0.0.1:{port} cannot be bound: Address already in use"
            in end.stderr)


def test_without_keys_only_this_machine_can_be_let_in():
    for address in ("tcp://*:5560", "tcp://0.0.0.0:5560", "tcp://[::]:5560", "tcp://eth0:5560"):
        for use in ("pull", "sub", "command", "stats"):
            end = run_program("check", f"--zmq-{use}", address)
            assert end.returncode == 1
            assert f"--zmq-{use}: other machines can reach {address}, and ZeroMQ has no " \
                   "tokens" in end.stderr
            assert "set zmq_key and zmq_client_keys (CURVE)" in end.stderr


# CURVE

class Keys:
    def __init__(self, folder, name):
        self.public, self.secret = zmq.curve_keypair()
        self.file = folder / f"{name}.key_secret"
        self.file.write_text(f'metadata\ncurve\n    public-key = "{self.public.decode()}"\n'
                             f'    secret-key = "{self.secret.decode()}"\n')

    def towards(self, server):
        return {"curve_publickey": self.public, "curve_secretkey": self.secret,
                "curve_serverkey": server.public}


@pytest.fixture
def ours(tmp_path):
    return Keys(tmp_path, "ours")


@pytest.fixture
def theirs(tmp_path):
    return Keys(tmp_path, "theirs")


def try_send(socket, message):
    """Sends, unless the socket knows already that it is refused."""
    with contextlib.suppress(zmq.Again):
        socket.send(message, zmq.NOBLOCK)


def test_with_curve_those_on_the_list_may_publish_and_nobody_else(start_broker, peers, tmp_path,
                                                                  ours, theirs, channel):
    stranger = Keys(tmp_path, "stranger")
    broker = start_broker("--zmq-pull", "tcp://127.0.0.1:*", "--zmq-key", ours.file,
                          "--zmq-client-key", theirs.public.decode())
    port = broker.zmq_ports["zmq_pull"]
    refused = peers.connect(zmq.PUSH, port, **stranger.towards(ours))
    plain = peers.connect(zmq.PUSH, port)
    try_send(refused, json_message(channel, "stranger"))
    try_send(plain, json_message(channel, "plain"))
    broker.wait_log("zmq peer refused", f"key={stranger.public.decode()}")
    welcome = peers.connect(zmq.PUSH, port, **theirs.towards(ours))
    welcome.send(json_message(channel, "welcome"))
    broker.wait_metric("items_published", 1)
    assert broker.metric("zmq_messages") == 1
    assert ours.secret.decode() not in broker.log()


def test_a_connected_socket_speaks_only_to_whom_it_trusts(start_broker, peers, ours, theirs,
                                                          channel):
    push = peers.make(zmq.PUSH, curve_server=True, curve_secretkey=theirs.secret,
                      curve_publickey=theirs.public)
    port = push.bind_to_random_port("tcp://127.0.0.1")
    broker = start_broker("--zmq-pull",
                          f"connect:tcp://127.0.0.1:{port} key={theirs.public.decode()}",
                          "--zmq-key", ours.file, "--zmq-client-key", theirs.public.decode())
    push.send(json_message(channel, "hello"))
    broker.wait_metric("items_published", 1)


def test_every_socket_that_is_bound_is_encrypted(start_broker, peers, ours, theirs, tmp_path,
                                                 origin, channel):
    flags = ["--zmq-stats-interval", "1"]
    flags += [flag for use in ("sub", "command", "stats")
             for flag in (f"--zmq-{use}", "tcp://127.0.0.1:*")]
    broker = start_broker(*flags, "--zmq-key", ours.file, "--zmq-client-key",
                          theirs.public.decode())
    stranger = Keys(tmp_path, "stranger").towards(ours)
    refused = [peers.connect(kind, port, **stranger)
               for kind, port in zip((zmq.XPUB, zmq.REQ, zmq.SUB), broker.zmq_ports.values())]
    broker.wait_metric("zmq_refused", lambda count: count >= 3)
    welcome = theirs.towards(ours)
    command = peers.connect(zmq.REQ, broker.zmq_ports["zmq_command"], **welcome)
    command.send(tnetstring({"method": "get-zmq-uris"}))
    assert read_tnetstring(command.recv())["success"]
    stats = peers.connect(zmq.SUB, broker.zmq_ports["zmq_stats"], **welcome)
    stats.subscribe(b"report ")
    xpub = peers.connect(zmq.XPUB, broker.zmq_ports["zmq_sub"], **welcome)
    connection, _ = open_stream(origin, broker.port, channel)
    assert xpub.recv() == b"\x01" + channel.encode()
    assert stats.recv().startswith(b"report T")
    assert not any(socket.poll(0) for socket in refused)
    connection.close()


def test_a_client_key_may_be_a_certificate(start_broker, peers, tmp_path, ours, theirs, channel):
    broker = start_broker("--zmq-pull", "tcp://127.0.0.1:*", "--zmq-key", ours.file,
                          "--zmq-client-key", f"file:{theirs.file}")
    welcome = peers.connect(zmq.PUSH, broker.zmq_ports["zmq_pull"], **theirs.towards(ours))
    welcome.send(json_message(channel, "welcome"))
    broker.wait_metric("items_published", 1)


# SUB

@pytest.fixture
def sub_broker(start_broker):
    return start_broker("--zmq-sub", "tcp://127.0.0.1:*", "--limit", "zmq_linger_ms=100ms")


def open_stream(origin, port, channel):
    origin.on("/hold", stream_hold(channel))
    connection = Connection(port)
    connection.send(get("/hold"))
    return connection, connection.answer()


def test_publishers_are_told_what_is_heard_and_what_no_more(sub_broker, peers, origin, channel):
    channel += "-with-a-long-name" * 10
    xpub = peers.connect(zmq.XPUB, sub_broker.zmq_ports["zmq_sub"])
    connections = [open_stream(origin, sub_broker.port, channel) for _ in range(4)]
    assert xpub.recv() == b"\x01" + channel.encode()
    xpub.send_multipart([channel.encode(), json_message("ignored", "hello")])
    for connection, stream in connections:
        stream.wait_for(b"hello")
        assert stream.body == b"hello"
    for connection, _ in connections:
        connection.close()
    assert xpub.recv() == b"\x00" + channel.encode()


def test_a_publisher_that_comes_later_is_told_too(sub_broker, peers, origin, channel):
    connection, stream = open_stream(origin, sub_broker.port, channel)
    xpub = peers.connect(zmq.XPUB, sub_broker.zmq_ports["zmq_sub"])
    assert xpub.recv() == b"\x01" + channel.encode()
    connection.close()
    assert xpub.recv() == b"\x00" + channel.encode()


def test_several_publishers_reach_the_same_channel_each_once(sub_broker, peers, origin, channel):
    connection, stream = open_stream(origin, sub_broker.port, channel)
    publishers = [peers.connect(zmq.XPUB, sub_broker.zmq_ports["zmq_sub"]) for _ in range(3)]
    for publisher in publishers:
        publisher.recv()
        publisher.send_multipart([channel.encode(), tnetstring_message("", "x")])
    stream.wait_for(b"xxx")
    sub_broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == b"xxxend"
    connection.close()


def test_what_only_begins_like_a_channel_is_not_delivered(sub_broker, peers, origin, channel):
    connection, stream = open_stream(origin, sub_broker.port, channel)
    xpub = peers.connect(zmq.XPUB, sub_broker.zmq_ports["zmq_sub"])
    xpub.recv()
    name = channel.encode()
    xpub.send_multipart([name + b"-longer", json_message("", "not for you")])
    xpub.send_multipart([name])
    xpub.send_multipart([name, b"J{}", b"third"])
    xpub.send_multipart([name, json_message("", "for you")])
    stream.wait_for(b"for you")
    assert stream.body == b"for you"
    assert sub_broker.metric("items_published") == 1
    assert sub_broker.metric("zmq_refused") == 2
    connection.close()


def test_a_long_poll_that_comes_back_has_not_unsubscribed(start_broker, peers, origin, channel):
    broker = start_broker("--zmq-sub", "tcp://127.0.0.1:*")
    xpub = peers.connect(zmq.XPUB, broker.zmq_ports["zmq_sub"])
    origin.on("/poll", poll_hold(channel))
    connection = Connection(broker.port)
    for number in range(3):
        connection.send(get("/poll"))
        broker.wait_metric("holds", 1)
        if number == 0:
            assert xpub.recv() == b"\x01" + channel.encode()
        broker.publish(poll_item(channel, f"{number}"))
        assert connection.answer().read_all() == str(number).encode()
    assert not xpub.poll(0)
    connection.close()


def test_sub_may_connect_to_publishers_that_bind(start_broker, peers, origin, channel):
    xpub = peers.make(zmq.XPUB)
    port = xpub.bind_to_random_port("tcp://127.0.0.1")
    broker = start_broker("--zmq-sub", f"connect:tcp://127.0.0.1:{port}")
    connection, stream = open_stream(origin, broker.port, channel)
    assert xpub.recv() == b"\x01" + channel.encode()
    xpub.send_multipart([channel.encode(), json_message("", "hello")])
    stream.wait_for(b"hello")
    connection.close()


def test_channels_that_linger_are_limited_in_number(start_broker, peers, origin, channel):
    broker = start_broker("--zmq-sub", "tcp://127.0.0.1:*", "--limit", "zmq_lingering=1")
    xpub = peers.connect(zmq.XPUB, broker.zmq_ports["zmq_sub"])
    names = [f"{channel}-{number}" for number in range(2)]
    for name in names:
        connection, _ = open_stream(origin, broker.port, name)
        assert xpub.recv() == b"\x01" + name.encode()
        connection.close()
    assert xpub.recv() == b"\x00" + names[0].encode()
    assert not xpub.poll(0)


# what they have in common with publishing by HTTP

def test_an_id_that_came_by_http_is_known_here_too(stream, push, broker, channel):
    broker.publish(stream_item(channel, "first", id="1"))
    push.send(json_message(channel, "again", id="1"))
    push.send(json_message(channel, "third", id="3", **{"prev-id": "2"}))
    push.send(json_message(channel, "second", id="2", **{"prev-id": "1"}))
    stream.wait_for(b"third")
    assert stream.body == b"firstsecondthird"


def test_the_documented_example_of_curve_works(start_broker, peers, tmp_path, channel):
    for name in ("broker", "app"):
        zmq.auth.create_certificates(tmp_path, name)
    config = tmp_path / "holdfast.yaml"
    config.write_text("zmq_pull:\n  - tcp://*:*\nzmq_key: broker.key_secret\n"
                      "zmq_client_keys:\n  - file:app.key\n")
    broker = start_broker("--config", config)
    push = peers.make(zmq.PUSH)
    push.curve_publickey, push.curve_secretkey = zmq.auth.load_certificate(
        tmp_path / "app.key_secret")
    push.curve_serverkey, _ = zmq.auth.load_certificate(tmp_path / "broker.key")
    push.connect(f"tcp://127.0.0.1:{broker.zmq_ports['zmq_pull']}")
    push.send(json_message(channel, "hello"))
    broker.wait_metric("items_published", 1)
