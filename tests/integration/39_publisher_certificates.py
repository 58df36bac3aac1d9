# SPDX-License-Identifier: Apache-2.0
"""Mutual TLS: with publisher_ca a publisher shows a certificate, or is no publisher."""
import json
import os
import socket
import ssl

import pytest

from conftest import Standing
from support.broker import run_program
from support.certificates import days, make_ca
from support.client import Connection, get, post
from support.grip import stream_item
from support.waiting import seconds, until

TLS = ["--control-tls", "127.0.0.1:0"]


class World:
    """Two authorities: one for servers, one for publishers."""

    def __init__(self, folder):
        self.servers = make_ca(folder, "servers")
        self.publishers = make_ca(folder, "publishers")
        self.server = self.servers.issue(["localhost"])
        self.good = self.publishers.issue(["publisher.test"], usage="client")
        self.flags = [*TLS, "--certificate", self.server.option,
                      "--publisher-ca", self.publishers.path]

    def connect(self, broker, files=None, version=None, port=None):
        context = self.servers.client(files)
        if version:
            context.minimum_version = context.maximum_version = version
        return Connection(port or broker.control_tls_port, context=context)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def standing(origin_of_file, world):
    standing = Standing([*world.flags, "--listen-tls", "127.0.0.1:0", "--route",
                         f"* {origin_of_file.address}", "--sig-key", "secret"])
    yield standing
    standing.stop()


VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def items(*all_):
    return json.dumps({"items": list(all_)}).encode()


def alert_of(make):
    """What a publisher hears who is refused: in TLS 1.3 it learns it when it first reads."""
    with pytest.raises(OSError) as refused:
        connection = make()
        connection.socket.settimeout(seconds(5))
        connection.try_send(post("/publish/", items(stream_item("a", "x"))))
        connection.socket.recv(1)
    return str(refused.value).lower().replace("_", " ")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_certificate_of_the_ca_lets_publish_without_a_token(broker, world, stream, channel,
                                                              version):
    connection = world.connect(broker, world.good, version)
    got = connection.ask(post("/publish/", items(stream_item(channel, "proven"))))
    assert got.status == 200
    stream.wait_for(b"proven")
    connection.close()


def test_holdfast_publish_shows_its_certificate(broker, world, stream, channel):
    publish = ["publish", "--spec", f"https://localhost:{broker.control_tls_port}/", "--cacert",
               world.servers.path]
    ended = run_program(*publish, "--cert", world.good.option, channel, "by command")
    assert ended.returncode == 0, ended.stderr
    stream.wait_for(b"by command")
    assert run_program(*publish, "--retry-for", "0s", channel, "unproven").returncode != 0


def test_an_intermediate_may_vouch(broker, world):
    files = world.publishers.intermediate("between").issue(["deep.test"], usage="client")
    connection = world.connect(broker, files)
    assert connection.ask(get("/healthz")).status == 200
    connection.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_without_a_certificate_nothing_is_answered(broker, world, version):
    before = broker.metric("tls_refused")
    def refused():
        return alert_of(lambda: world.connect(broker, None, version))
    heard = refused()
    assert "alert" in heard, heard
    broker.wait_metric("tls_refused", before + 1)
    wait_logged(broker, refused, "peer=127.0.0.1:", "did not return a certificate")


def wait_logged(broker, refused, *words):
    """Waits for a line about `refused()`, which is called again where it was one line too many: a
    place in the code writes ten a second."""
    def is_logged():
        return broker.has_log("publisher refused", *words) or refused() is None
    until(is_logged, f"a line with {words}")


def bad_certificate(world, tmp_path, kind):
    """Returns: a certificate that must not do, and why, as the log has it."""
    if kind == "foreign":
        return make_ca(tmp_path, "strangers").issue(["stranger.test"]), "unable to get"
    if kind == "same name":  # as the true CA, with another key
        return make_ca(tmp_path, "publishers").issue(["stranger.test"]), "signature failure"
    if kind == "expired":
        return world.publishers.issue(["stranger.test"], days(-3), days(-1)), "expired"
    if kind == "early":
        return world.publishers.issue(["stranger.test"], days(1), days(3)), "not yet valid"
    assert kind == "for servers"
    return world.publishers.issue(["stranger.test"], usage="server"), "purpose"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["foreign", "same name", "expired", "early", "for servers"])
def test_another_certificate_is_refused_and_its_subject_logged(broker, world, tmp_path, kind,
                                                               version):
    files, why = bad_certificate(world, tmp_path, kind)
    before = broker.metric("tls_refused")
    def refused():
        return alert_of(lambda: world.connect(broker, files, version))
    heard = refused()
    assert "alert" in heard, heard
    broker.wait_metric("tls_refused", before + 1)
    wait_logged(broker, refused, "certificate verify failed", why, "subject CN=stranger.test")


def test_a_refused_publication_names_the_publisher(broker, world):
    connection = world.connect(broker, world.good)
    assert connection.ask(post("/publish/", b"{")).status == 400
    broker.wait_log("publish refused status=400", "subject=CN=publisher.test")
    connection.close()


def test_a_subject_cannot_forge_a_line_of_the_log(broker, world, tmp_path):
    files = make_ca(tmp_path, "forgers").issue(["x.test"], subject='a"\nb=c\x1b[31m\u00e9')
    wait_logged(broker, lambda: alert_of(lambda: world.connect(broker, files)), "subject CN=a")
    line = next(line for line in broker.lines if "subject CN=a" in line)
    assert "b=c" in line and line.isprintable() and line.isascii()


def test_control_without_tls_stays_as_it_is(broker, stream, channel):
    broker.publish(stream_item(channel, "loopback"))
    stream.wait_for(b"loopback")


def test_a_session_of_the_clients_port_is_no_proof(broker, world):
    """A ticket that was given to a client without a certificate must not open the other port."""
    for version in VERSIONS:
        context = world.servers.client()
        context.minimum_version = context.maximum_version = version
        client = Connection(broker.tls_port, context=context)
        assert client.ask(get("/")).status
        session = client.socket.session
        client.close()

        def come_back():
            connection = Connection.__new__(Connection)
            connection.socket = context.wrap_socket(
                socket.create_connection(("127.0.0.1", broker.control_tls_port), seconds(5)),
                server_hostname="localhost", session=session)
            assert not connection.socket.session_reused
            return connection
        assert "alert" in alert_of(come_back)


def test_a_publishers_own_session_is_resumed(broker, world):
    context = world.servers.client(world.good)
    first = Connection(broker.control_tls_port, context=context)
    assert first.ask(get("/healthz")).status == 200
    second = context.wrap_socket(
        socket.create_connection(("127.0.0.1", broker.control_tls_port), seconds(5)),
        server_hostname="localhost", session=first.socket.session)
    assert second.session_reused
    second.sendall(post("/publish/", b"{"))
    assert second.recv(100).startswith(b"HTTP/1.1 400")
    broker.wait_log("publish refused status=400", "subject=CN=publisher.test")
    first.close()
    second.close()


def test_a_token_is_wanted_besides_where_one_is_configured(start_broker, world):
    broker = start_broker(*world.flags, "--publish-token", "t")
    connection = world.connect(broker, world.good)
    body = items(stream_item("a", "x"))
    assert connection.ask(post("/publish/", body)).status == 401
    assert connection.ask(post("/publish/", body, ("Fastly-Key", "t"))).status == 200
    connection.close()


def test_another_ca_counts_for_those_who_come_after(start_broker, world, tmp_path):
    ca_file = tmp_path / "publishers.pem"
    ca_file.write_bytes(world.publishers.certificate)
    broker = start_broker(*TLS, "--certificate", world.server.option, "--publisher-ca", ca_file)
    before = world.connect(broker, world.good)
    assert before.ask(get("/healthz")).status == 200
    successor = make_ca(tmp_path, "successor")
    ca_file.write_bytes(successor.certificate)
    broker.reload()
    fresh = successor.issue(["publisher.test"])

    def is_believed():
        connection = world.connect(broker, fresh)
        connection.send(get("/healthz"))
        try:
            return connection.socket.recv(1)
        except OSError:
            return None
        finally:
            connection.close()
    until(is_believed, "the new CA")
    assert "alert" in alert_of(lambda: world.connect(broker, world.good))
    assert before.ask(get("/healthz")).status == 200  # it was believed when it came
    before.close()


def test_a_ca_that_went_bad_keeps_the_old_one(start_broker, world, tmp_path):
    ca_file = tmp_path / "publishers.pem"
    ca_file.write_bytes(world.publishers.certificate)
    broker = start_broker(*TLS, "--certificate", world.server.option, "--publisher-ca", ca_file)
    os.unlink(ca_file)
    broker.reload()
    assert broker.has_log("error", "not taken", str(ca_file), "No such file")
    connection = world.connect(broker, world.good)
    assert connection.ask(get("/healthz")).status == 200
    connection.close()
    assert "alert" in alert_of(lambda: world.connect(broker))


# what is refused at the start


def check(*flags):
    ended = run_program("check", "--sig-key", "secret", *flags)
    return ended.returncode, ended.stderr


def test_other_machines_may_reach_control_tls_with_a_ca(world):
    flags = ["--control-tls", "*:0", "--certificate", world.server.option]
    assert check(*flags, "--publisher-ca", world.publishers.path) == (0, "")
    status, why = check(*flags)
    assert status == 1 and "--publisher-ca" in why


def test_a_ca_does_not_open_control_without_tls(world):
    status, why = check(*world.flags, "--control", "*:0")
    assert status == 1 and "--control: other machines can reach *:0" in why


@pytest.mark.parametrize("kind, words", [
    ("missing", "No such file"), ("empty", "no certificate in it"), ("half", "cannot be read"),
    ("no tls", "--control-tls")])
def test_a_bad_ca_is_refused_with_file_and_fix(world, tmp_path, kind, words):
    ca_file = tmp_path / "ca.pem"
    if kind != "missing":
        whole = world.publishers.certificate
        ca_file.write_bytes({"empty": b"", "no tls": whole, "half": whole + whole[:-100]}[kind])
    flags = [] if kind == "no tls" else [*TLS, "--certificate", world.server.option]
    status, why = check(*flags, "--publisher-ca", ca_file)
    assert status == 1 and words in why, why
    assert kind == "no tls" or str(ca_file) in why
