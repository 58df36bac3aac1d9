# SPDX-License-Identifier: Apache-2.0
"""Publishing over TLS: the control listener as publishers meet it, and who comes to no agreement."""
import json
import signal
import socket
import ssl
import subprocess
import urllib.request

import pytest

from conftest import Standing
from support.broker import run_program
from support.certificates import make_ca
from support.client import Connection, Ended, get, post
from support.grip import stream_item
from support.waiting import seconds, until

CONTROL = ["--control-tls", "127.0.0.1:0"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_ca(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def standing(origin_of_file, authority):
    """The broker of this file also takes publishers over TLS."""
    standing = Standing([*CONTROL, "--certificate", authority.issue(["localhost"]).option,
                         "--route", f"* {origin_of_file.address}", "--sig-key", "secret",
                         "--limit", "request_wait_ms=500"])
    yield standing
    standing.stop()


@pytest.fixture
def publisher(broker, authority):
    """publisher(...) connects to the control port over TLS."""
    opened = []

    def connect(**options):
        opened.append(Connection(broker.control_tls_port,
                                 context=authority.client(**options)))
        return opened[-1]
    yield connect
    for connection in opened:
        connection.close()


def items(*all_):
    return json.dumps({"items": list(all_)}).encode()


def plain_socket(broker):
    return socket.create_connection(("127.0.0.1", broker.control_tls_port), seconds(5))


def read_to_end(connection):
    """Everything until the peer closes, or resets."""
    got = b""
    try:
        while piece := connection.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got


def test_what_is_published_over_tls_is_delivered(publisher, stream, channel):
    connection = publisher()
    for number in range(3):  # on one connection
        body = items(stream_item(channel, f"<{number}>"))
        assert connection.ask(post("/publish/", body)).body == b"Published\n"
    stream.wait_for(b"<0><1><2>")


def test_a_large_batch_is_taken_over_tls(publisher, stream, channel):
    """Of many TLS records."""
    batch = [stream_item(channel, f"{number:06}" + "x" * 400) for number in range(2000)]
    assert publisher().ask(post("/publish/", items(*batch))).status == 200
    stream.wait_for(b"001999" + b"x" * 400, 20)


def test_a_library_publishes_over_tls(broker, authority, stream, channel):
    request = urllib.request.Request(
        f"https://localhost:{broker.control_tls_port}/publish/",
        items(stream_item(channel, "by urllib")), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=authority.client(), timeout=seconds(5)) as answer:
        assert answer.status == 200
    stream.wait_for(b"by urllib")


def test_health_and_metrics_are_told_over_tls(publisher):
    connection = publisher()
    assert connection.ask(get("/healthz")).body == b"ok\n"
    assert b"holdfast_tls_refused_total" in connection.ask(get("/metrics")).body


def test_http_1_1_is_agreed_upon(publisher):
    assert publisher(protocols=["h2", "http/1.1"]).socket.selected_alpn_protocol() == "http/1.1"
    assert publisher().socket.selected_alpn_protocol() is None


def test_who_speaks_only_http_2_is_told_that_it_is_not_spoken_here(broker, publisher):
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        publisher(protocols=["h2"])
    broker.wait_log("publisher refused", "no application protocol")


def test_plain_text_is_answered_in_plain_text(broker):
    before = broker.metric("tls_refused")
    with plain_socket(broker) as connection:
        connection.sendall(post("/publish/", b"x" * 100))
        got = read_to_end(connection)
    assert got.startswith(b"HTTP/1.1 400 ") and b"TLS" in got
    broker.wait_log("publisher refused peer=127.0.0.1:", "plain text")
    assert broker.metric("tls_refused") == before + 1


@pytest.mark.parametrize("bytes_", [b"\x16\x03\x01\x00\x05hello", b"\x16\x03" + b"\xff" * 300],
                         ids=["no handshake", "noise"])
def test_nonsense_is_refused_counted_and_logged(broker, bytes_):
    before = broker.metric("tls_refused")
    with plain_socket(broker) as connection:
        connection.sendall(bytes_)
        got = read_to_end(connection)
    assert got[:1] == b"\x15", got  # an alert
    broker.wait_metric("tls_refused", before + 1)


@pytest.mark.parametrize("bytes_", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"],
                         ids=["nothing", "one byte", "half a hello"])
def test_a_slow_handshake_is_ended_and_hurts_nobody(broker, publisher, bytes_):
    slow = [plain_socket(broker) for _ in range(20)]
    for connection in slow:
        connection.sendall(bytes_)
    assert publisher().ask(get("/healthz")).status == 200
    for connection in slow:
        connection.settimeout(seconds(5))
        assert read_to_end(connection) == b""
        connection.close()


def test_strangers_who_say_nothing_keep_no_publisher_out(start_broker, authority):
    """control_connections counts them too: the one that came first makes room."""
    broker = start_broker(*CONTROL, "--certificate", authority.issue(["localhost"]).option,
                          "--limit", "control_connections=3", "--limit", "request_wait_ms=10min")
    silent = [plain_socket(broker) for _ in range(3)]
    for connection in silent:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")
    served = [Connection(broker.control_tls_port, context=authority.client()) for _ in range(3)]
    for connection in served:
        assert connection.ask(get("/readyz")).status == 200
    for connection in silent:
        assert read_to_end(connection) == b""
    for connection in (*served, *silent):
        connection.close()


def test_renegotiation_is_refused(broker, authority):
    """OpenSSL's own client asks for one when it reads "R"; the connection ends there."""
    ended = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{broker.control_tls_port}", "-tls1_2",
         "-CAfile", authority.path], input="R\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", capture_output=True, text=True,
        timeout=seconds(15), check=False)
    assert "RENEGOTIATING" in ended.stderr
    assert ended.returncode != 0 and "200 OK" not in ended.stdout
    assert broker.control("GET", "/healthz").status == 200


def test_tokens_are_asked_for_over_tls(start_broker, authority):
    broker = start_broker(*CONTROL, "--certificate", authority.issue(["localhost"]).option,
                          "--publish-token", "secret-token")
    connection = Connection(broker.control_tls_port, context=authority.client())
    assert connection.ask(post("/publish/", items(stream_item("a", "x")))).status == 401
    assert connection.ask(post("/publish/", items(stream_item("a", "x")),
                               ("Authorization", "Bearer secret-token"))).status == 200
    connection.close()
    assert "secret-token" not in broker.log()


def test_tls_alone_lets_nobody_publish_from_other_machines(authority):
    ended = run_program("check", "--control-tls", "*:0", "--certificate",
                        authority.issue(["localhost"]).option)
    assert ended.returncode == 1
    assert "publish token" in ended.stderr and "--publisher-ca" in ended.stderr


def test_new_publishers_are_shown_a_new_certificate(start_broker, authority):
    files = authority.issue(["localhost"])
    broker = start_broker(*CONTROL, "--certificate", files.option)
    before = Connection(broker.control_tls_port, context=authority.client())
    assert before.ask(get("/healthz")).status == 200
    assert before.socket.getpeercert(True) == files.der
    fresh = authority.issue(["localhost"], into=files)
    broker.reload()

    def is_shown():
        connection = Connection(broker.control_tls_port, context=authority.client())
        der = connection.socket.getpeercert(True)
        connection.close()
        return der == fresh.der
    until(is_shown, "the new certificate")
    assert before.ask(get("/healthz")).status == 200  # the connection of before goes on
    before.close()


# a stop


def test_idle_and_unfinished_connections_do_not_hold_up_a_stop(start_broker, authority):
    broker = start_broker(*CONTROL, "--certificate", authority.issue(["localhost"]).option,
                          "--limit", "stop_wait_ms=10min", "--limit", "request_wait_ms=10min")
    idle = Connection(broker.control_tls_port, context=authority.client())
    assert idle.ask(get("/healthz")).status == 200
    silent, half = plain_socket(broker), plain_socket(broker)
    half.sendall(b"\x16\x03\x01\x02\x00\x01")
    fresh = Connection(broker.control_tls_port, context=authority.client())
    broker.stop()
    assert idle.is_closed() and fresh.is_closed()
    for connection in (idle, silent, half, fresh):
        connection.close()


def test_a_publication_under_way_is_answered_before_a_stop(start_broker, authority, origin):
    broker = start_broker(*CONTROL, "--certificate", authority.issue(["localhost"]).option)
    connection = Connection(broker.control_tls_port, context=authority.client())
    whole = post("/publish/", items(stream_item("a", "x" * 30000)))
    connection.send(whole[:20000])
    assert broker.control("GET", "/healthz").status == 200  # the router has turned since
    broker.signal(signal.SIGTERM)
    broker.wait_log("stopping")
    connection.send(whole[20000:])
    try:
        assert connection.answer().status == 200
    except Ended:
        pytest.fail("the publication was not answered")
    broker.stop()
    connection.close()
