# SPDX-License-Identifier: Apache-2.0
"""TLS for clients: who comes to no agreement is told why, and hurts nobody."""
import ssl

import pytest

from support.client import Connection, get
from support.grip import stream_hold, stream_item
from support.secure import hello, raw, read_all, read_until, s_client, tell, trusting
from support.waiting import seconds


@pytest.fixture
def both(start_broker):
    """A broker with a plain and a TLS port for clients, and quick to lose patience."""
    return start_broker("--listen", "127.0.0.1:0", "--limit", "request_wait_ms=1s", over_tls=True)


def refused(broker, context, reason):
    """Whether a handshake fails, with an alert that says so."""
    with raw(broker.tls_port) as plain, pytest.raises(ssl.SSLError) as caught:
        context.wrap_socket(plain, server_hostname="localhost")
    return reason in str(caught.value).lower().replace("_", " ")


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


def test_a_client_that_leaves_is_not_blamed_for_the_fault_of_another(start_broker):
    broker = start_broker("--workers", "1", over_tls=True)
    context = trusting(broker)
    context.set_alpn_protocols(["spdy/3"])
    with raw(broker.tls_port) as leaving:
        leaving.sendall(hello()[:-10])
        broker.wait_metric("connections", 1)
        assert refused(broker, context, "no application protocol")
    broker.wait_log("connection refused", "socket closed by peer")


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


def test_renegotiation_ends_the_connection(both):
    client = s_client(both, "-tls1_2")
    read_until(client, b"Verify return code")
    tell(client, b"R\n")
    said, _ = client.communicate(timeout=seconds(10))
    assert b"RENEGOTIATING" in said and b"error" in said
    both.wait_metric("connections", 0)


def test_a_storm_of_handshakes_leaves_the_holds_alone(both, origin, channel):
    origin.on("/hold", stream_hold(channel, body=b"begun"))
    held = Connection(both.tls_port)
    held.send(get("/hold"))
    answer = held.answer()
    answer.wait_for(b"begun")
    storm = [raw(both.tls_port) for _ in range(300)]
    first = hello()
    for each in storm:
        each.sendall(first)
    both.publish(stream_item(channel, "through"))
    answer.wait_for(b"through")
    for each in storm:
        assert each.recv(1) == b"\x16"  # each gets its answer
        each.close()
    held.close()
    both.wait_metric("connections", 0)
