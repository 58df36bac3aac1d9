# SPDX-License-Identifier: Apache-2.0
"""What is held over TLS is held, delivered to and ended as without it, whatever the client does to
its TLS meanwhile; and clients that people use."""
import contextlib
import socket
import ssl
import subprocess
import threading

import pytest

from support.client import Connection, get
from support.client2 import Client2
from support.grip import close_item, poll_hold, poll_item, stream_hold, stream_item
from support.origin import answer
from support.secure import ByHand, raw, read_all, read_until, s_client, tell, trusting
from support.waiting import seconds, until


@pytest.fixture
def secure(start_broker):
    return start_broker(over_tls=True)


@pytest.fixture
def opened(secure, origin, channel):
    """opened() holds a stream of `channel`; (connection, answer)."""
    made = []

    def open_one():
        origin.on("/hold", stream_hold(channel, body=b"begun"))
        connection = Connection(secure.port)
        made.append(connection)
        connection.send(get("/hold"))
        answer = connection.answer()
        answer.wait_for(b"begun")
        return connection, answer
    yield open_one
    for connection in made:
        connection.close()


def test_a_stream_that_ends_well_says_so_in_tls_too(secure, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun"))
    context = trusting(secure)
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with context.wrap_socket(raw(secure.port), server_hostname="localhost",
                             suppress_ragged_eofs=False) as client:
        client.sendall(get("/hold", ("Connection", "close")))
        got = b""
        while b"begun" not in got:
            got += client.recv(65536)
        secure.publish(stream_item(channel, "last"), close_item(channel))
        assert read_all(client).endswith(b"0\r\n\r\n")  # and no ssl.SSLEOFError


def test_a_stream_that_is_cut_does_not_look_like_its_end(start_broker, origin, channel):
    broker = start_broker("--limit", "backlog_bytes=64KiB", over_tls=True)
    origin.on("/hold", stream_hold(channel, body=b"begun"))
    slow = Connection(broker.port, receive_buffer=4096)
    slow.send(get("/hold"))
    answer = slow.answer()
    answer.wait_for(b"begun")
    for _ in range(200):
        broker.publish(*[stream_item(channel, "x" * 30000)] * 10)
        if broker.ended("slow_client"):
            break
    broker.wait_metric("holds", 0)
    assert answer.ended(20) == "cut"


def test_large_messages_reach_a_slow_reader_whole(secure, opened, channel):
    _, answer = opened()
    wanted = b"begun"
    for number in range(12):
        piece = (b"%d:" % number).ljust(30000, bytes([97 + number]))
        wanted += piece
        secure.publish(stream_item(channel, piece.decode()))
    secure.publish(stream_item(channel, "END"))
    answer.wait_for(b"END", 20)
    assert answer.body == wanted + b"END"


def test_a_client_that_says_goodbye_without_closing_is_gone(secure, opened):
    connection, _ = opened()
    secure.wait_metric("holds", 1)
    connection.socket.settimeout(seconds(5))
    with contextlib.suppress(OSError):  # our answer to it is no more than an end
        connection.socket.unwrap()
    secure.wait_metric("holds", 0)


def say_goodbye(connection):
    connection.setblocking(False)
    with contextlib.suppress(ssl.SSLWantReadError):  # nobody has answered yet
        connection.unwrap()
    connection.settimeout(seconds(5))


def test_an_idle_connection_is_closed_when_its_client_says_goodbye(secure):
    connection = Connection(secure.port)
    assert connection.ask(get("/nowhere")).status == 404
    say_goodbye(connection.socket)
    secure.wait_metric("connections", 0, amount=3)


def test_streams_of_http2_end_when_their_client_says_goodbye(secure, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun"))
    client = Client2(secure.port)
    client.wait_for(client.get("/hold"), b"begun")
    secure.wait_metric("holds", 1)
    say_goodbye(client.socket)
    secure.wait_metric("holds", 0)
    secure.wait_metric("http2_connections", 0)
    client.close()


def test_what_was_asked_before_a_goodbye_is_answered(secure, origin):
    """h2o 2.2.5 went on reading behind a goodbye, and kept whatever came without end."""
    release = threading.Event()
    origin.on("/slow", lambda request: iter([release, answer(200, body=b"whole")]))
    client = ByHand(secure)
    asked = client.encrypted(get("/slow"))
    with contextlib.suppress(ssl.SSLWantReadError):
        client.ssl.unwrap()
    client.wire.sendall(asked + client.outgoing.read())
    origin.wait_asked("/slow")
    client.wire.sendall(b"\x17\x03\x03\x40\x00" + b"x" * 16384)
    release.set()
    client.wait_for(b"whole")
    client.wire.settimeout(seconds(3))
    with contextlib.suppress(ConnectionResetError):
        read_all(client.wire)  # to the end, which comes at once
    secure.wait_metric("connections", 0)


def test_a_client_that_resets_is_gone(secure, opened):
    connection, _ = opened()
    secure.wait_metric("holds", 1)
    connection.reset()
    secure.wait_metric("holds", 0)


def test_bytes_that_are_no_tls_end_the_hold_and_no_other(secure, opened, channel):
    wild, _ = opened()
    _, tame = opened()
    secure.wait_metric("holds", 2)
    socket.socket.send(wild.socket, b"\x17\x03\x03\x00\x20" + b"\xff" * 32)
    secure.wait_metric("holds", 1)
    secure.publish(stream_item(channel, "still here"))
    tame.wait_for(b"still here")


def test_renegotiation_on_a_held_connection_is_refused(secure, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun\n"))
    client = s_client(secure, "-tls1_2")
    tell(client, get("/hold"))
    read_until(client, b"begun")
    tell(client, b"R\n")
    said, _ = client.communicate(timeout=seconds(10))
    assert b"no renegotiation" in said
    secure.wait_metric("holds", 0)


def test_a_record_that_trickles_in_behind_a_hold_is_awaited(secure, origin, channel):
    origin.on("/hold", poll_hold(channel))
    client = ByHand(secure)
    client.wire.sendall(client.encrypted(get("/hold")))
    secure.wait_metric("holds", 1)
    second = client.encrypted(get("/hold"))
    for byte in second[:40]:
        client.wire.sendall(bytes([byte]))
    secure.publish(poll_item(channel, "first"))
    client.wait_for(b"first")  # the connection is h2o's again, with half a record
    secure.wait_metric("holds", 0)
    client.wire.sendall(second[40:])
    secure.wait_metric("holds", 1)
    secure.publish(poll_item(channel, "second"))
    client.wait_for(b"second")
    client.wire.close()


def test_a_client_may_renew_its_keys_while_it_is_held(secure, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun\n"))
    client = s_client(secure, "-tls1_3")
    tell(client, get("/hold"))
    read_until(client, b"begun")
    tell(client, b"K\n")
    read_until(client, b"KEYUPDATE")
    secure.publish(stream_item(channel, "one\n"))
    read_until(client, b"one")
    secure.publish(stream_item(channel, "two\n"))
    read_until(client, b"two")
    tell(client, b"Q\n")
    client.communicate(timeout=seconds(10))
    secure.wait_metric("holds", 0)


def test_one_connection_serves_poll_after_poll(secure, origin, channel):
    origin.on("/hold", poll_hold(channel))
    connection = Connection(secure.port)
    for number in range(20):
        connection.send(get("/hold"))
        secure.wait_metric("holds", 1)
        secure.publish(poll_item(channel, f"{number}"))
        answer = connection.answer()
        assert answer.read_all() == b"%d" % number
    connection.close()


def test_a_session_is_resumed_whichever_thread_answers(secure):
    context = trusting(secure)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # whose session is there after the handshake
    with context.wrap_socket(raw(secure.port), server_hostname="localhost") as first:
        session = first.session
    for _ in range(16):
        with context.wrap_socket(raw(secure.port), server_hostname="localhost",
                                 session=session) as again:
            assert again.session_reused


def test_a_stop_ends_what_is_held_in_good_order(start_broker, origin, channel):
    broker = start_broker(over_tls=True)
    origin.on("/hold", stream_hold(channel, body=b"begun"))
    connections = [Connection(broker.port) for _ in range(20)]
    answers = []
    for connection in connections:
        connection.send(get("/hold"))
        answers.append(connection.answer())
        answers[-1].wait_for(b"begun")
    client2 = Client2(broker.port)
    held = client2.get("/hold")
    client2.wait_for(held, b"begun")
    stopping = threading.Thread(target=broker.stop)
    stopping.start()
    assert all(answer.ended() == "cleanly" for answer in answers)
    assert client2.ended(held) == "cleanly"
    for each in [*connections, client2]:
        each.close()
    stopping.join()


# what people use


def curl(broker, *arguments):
    return subprocess.run(["curl", "-sS", "--cacert", broker.authority.path, "--max-time",
                           str(seconds(10)), *arguments], capture_output=True, check=False)


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_follows_a_stream(secure, origin, channel, version):
    origin.on("/hold", stream_hold(channel, body=b"begun "))
    results = []
    thread = threading.Thread(
        target=lambda: results.append(curl(secure, version, "-N", secure.url("/hold"))))
    thread.start()
    secure.wait_metric("holds", 1)
    secure.publish(stream_item(channel, "published"), close_item(channel))
    thread.join()
    assert results[0].stdout == b"begun published", results[0]
    assert results[0].returncode == 0


def test_the_origin_learns_that_it_was_https(secure, origin):
    assert curl(secure, secure.url("/seen")).returncode == 0
    assert origin.asked("/seen")[0].get("x-forwarded-proto") == "https"


def test_a_page_holds_many_streams_on_one_connection(chromium, start_broker, origin, channel):
    """Six would be the most over HTTP/1.1."""
    broker = start_broker(over_tls=True)
    origin.on("/page", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 39\r\n\r\n"
                       b"<!doctype html><script>seen=[]</script>")
    origin.on("/events", stream_hold(channel, body=b"data: begun\n\n").replace(
        b"text/plain", b"text/event-stream", 1))
    chromium.get(broker.url("/page"))
    chromium.execute_script("""
        for (let number = 0; number < 60; number++)
            new EventSource("/events").onmessage = (event) => seen.push(event.data);""")
    until(lambda: chromium.execute_script("return seen.length") == 60, "60 beginnings", 20)
    broker.wait_metric("holds", 60)
    broker.wait_metric("connections", lambda now: now <= 2)
    broker.publish(stream_item(channel, "data: heard\n\n"))
    until(lambda: chromium.execute_script("return seen.filter(x => x == 'heard').length") == 60,
          "60 messages", 20)
    chromium.get("about:blank")
    broker.wait_metric("holds", 0)
