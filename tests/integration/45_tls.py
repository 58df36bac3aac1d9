# SPDX-License-Identifier: Apache-2.0
"""TLS for clients: who comes to no agreement is told why and hurts nobody; what is held is held,
and ends, as without TLS."""
import contextlib
import socket
import ssl
import subprocess
import threading

import pytest

from support.client import Connection, get
from support.client2 import Client2
from support.grip import close_item, poll_hold, poll_item, stream_hold, stream_item
from support.waiting import seconds, until

@pytest.fixture
def both(start_broker):
    """A broker with a plain and a TLS port for clients, and quick to lose patience."""
    broker = start_broker("--listen", "127.0.0.1:0", "--limit", "request_wait_ms=1s",
                          over_tls=True)
    yield broker


def raw(port):
    """A TCP connection, whatever is spoken on the port."""
    connection = socket.create_connection(("127.0.0.1", port), seconds(5))
    connection.settimeout(seconds(10))
    return connection


def read_all(connection):
    got = b""
    while piece := connection.recv(65536):
        got += piece
    return got


def trusting(broker, **options):
    context = ssl.create_default_context(cafile=str(broker.authority.path))
    for name, value in options.items():
        setattr(context, name, value)
    return context


def refused(broker, context, reason):
    """Whether a handshake fails, with an alert that says so."""
    with raw(broker.tls_port) as plain, pytest.raises(ssl.SSLError) as caught:
        context.wrap_socket(plain, server_hostname="localhost")
    return reason in str(caught.value).lower().replace("_", " ")


# those who come to no agreement


def test_plain_text_on_a_tls_port_is_answered_in_plain_text(both):
    with raw(both.tls_port) as plain:
        plain.sendall(get("/"))
        answer = read_all(plain)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"TLS is spoken on this port: use https:// or wss://.\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head
    both.wait_log("connection refused", "plain text on a port where tls is spoken")
    both.wait_metric("tls_refused", 1)


def test_tls_on_a_plain_port_gets_an_alert(both):
    with raw(both.port) as plain, pytest.raises(ssl.SSLError) as caught:
        trusting(both).wrap_socket(plain, server_hostname="localhost")
    assert "unexpected" in str(caught.value).lower()
    both.wait_log("connection refused", "tls on a port where none is spoken")


def test_a_client_that_offers_none_of_our_protocols_is_told(both):
    context = trusting(both)
    context.set_alpn_protocols(["spdy/3"])
    assert refused(both, context, "no application protocol")
    both.wait_log("connection refused", "no application protocol")


def test_old_versions_are_refused_with_an_alert(both):
    context = trusting(both)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert refused(both, context, "protocol version")


def test_a_client_without_alpn_speaks_http1(both):
    with trusting(both).wrap_socket(raw(both.tls_port), server_hostname="localhost") as secure:
        assert secure.selected_alpn_protocol() is None
        secure.sendall(get("/nowhere"))
        assert secure.recv(1000).startswith(b"HTTP/1.1 ")


def test_http2_can_be_switched_off_and_http1_is_agreed_upon(start_broker):
    broker = start_broker("--http2", "no", over_tls=True)
    context = trusting(broker)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with context.wrap_socket(raw(broker.tls_port), server_hostname="localhost") as secure:
        assert secure.selected_alpn_protocol() == "http/1.1"


def test_http2_is_preferred_whatever_the_order(both):
    context = trusting(both)
    context.set_alpn_protocols(["http/1.1", "h2"])
    with context.wrap_socket(raw(both.tls_port), server_hostname="localhost") as secure:
        assert secure.selected_alpn_protocol() == "h2"


@pytest.mark.parametrize("said", [b"", b"\x16\x03", b"\x16\x03\x01\x02\x00\x01\x00"],
                         ids=["nothing", "two bytes", "half a hello"])
def test_who_does_not_complete_the_handshake_is_let_go(both, said):
    with raw(both.tls_port) as slow:
        slow.sendall(said)
        assert read_all(slow) == b""
    both.wait_metric("connections", 0)


def test_who_does_not_read_the_refusal_is_let_go_as_well(both):
    with raw(both.tls_port) as plain:
        plain.sendall(get("/"))
        both.wait_metric("tls_refused", 1)
        both.wait_metric("connections", 0)


def test_garbage_in_a_handshake_ends_it(both):
    with raw(both.tls_port) as wild:
        wild.sendall(b"\x16\x03\x01\x00\x10" + b"\xff" * 16)
        alert = read_all(wild)
    assert alert[:1] == b"\x15" and len(alert) == 7
    both.wait_metric("tls_refused", 1)


def s_client(broker, *arguments):
    """OpenSSL's own client, which obeys lines that begin with R, K and Q."""
    return subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{broker.tls_port}", "-servername",
         "localhost", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def tell(client, line):
    client.stdin.write(line)
    client.stdin.flush()


def read_until(client, content):
    while content not in (line := client.stdout.readline()):
        assert line, content


def test_renegotiation_ends_the_connection(both):
    client = s_client(both, "-tls1_2")
    read_until(client, b"Verify return code")
    tell(client, b"R\n")
    said, _ = client.communicate(timeout=seconds(10))
    assert b"RENEGOTIATING" in said and b"error" in said
    both.wait_metric("connections", 0)


def test_renegotiation_on_a_held_connection_is_refused(both, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun\n"))
    client = s_client(both, "-tls1_2")
    tell(client, get("/hold"))
    read_until(client, b"begun")
    tell(client, b"R\n")
    said, _ = client.communicate(timeout=seconds(10))
    assert b"no renegotiation" in said
    both.wait_metric("holds", 0)


def test_a_storm_of_handshakes_leaves_the_holds_alone(both, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun"))
    held = Connection(both.tls_port)
    held.send(get("/hold"))
    answer = held.answer()
    answer.wait_for(b"begun")
    storm = [raw(both.tls_port) for _ in range(300)]
    hello = handshake_bytes()
    for each in storm:
        each.sendall(hello)
    both.publish(stream_item(channel, "through"))
    answer.wait_for(b"through")
    for each in storm:
        assert each.recv(1) == b"\x16"  # each gets its answer
        each.close()
    held.close()
    both.wait_metric("connections", 0)


def handshake_bytes():
    """A ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


# those who are held


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


class ByHand:
    """A client that puts its TLS on the wire as it pleases."""

    def __init__(self, broker):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = trusting(broker).wrap_bio(self.incoming, self.outgoing,
                                             server_hostname="localhost")
        self.wire = raw(broker.port)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._go_on(self.ssl.do_handshake)
        self.wire.sendall(self.outgoing.read())

    def _go_on(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.wire.sendall(self.outgoing.read())
                self.incoming.write(self.wire.recv(65536))

    def encrypted(self, data):
        self.ssl.write(data)
        return self.outgoing.read()

    def wait_for(self, content):
        got = b""
        while content not in got:
            got += self._go_on(lambda: self.ssl.read(65536))


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
