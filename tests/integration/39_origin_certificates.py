# SPDX-License-Identifier: Apache-2.0
"""TLS to origins: whose certificate is believed, and the one that is shown; for requests and for
WebSockets to origins alike."""
import ssl

import pytest

from support.broker import run_program
from support.certificates import days, make_ca
from support.client import Connection, get
from support.direct import Direct
from support.origin import Origin, answer
from support.waiting import until
from support.websocket import open_websocket


class World:
    """An authority for origins, one for what is shown to them, and one that is a stranger."""

    def __init__(self, folder):
        self.origins = make_ca(folder, "origins")
        self.brokers = make_ca(folder, "brokers")
        self.stranger = make_ca(folder, "stranger")
        self.shown = self.brokers.issue(["broker.test"], usage="client")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def start_origin(world):
    """start_origin() starts an https origin that says "hello" and relays WebSockets; with
    `demands` only to who shows a certificate of `world.brokers`."""
    started = []

    def start(files=None, demands=False):
        tls = world.brokers.server(files or world.origins.issue(["localhost"]))
        if not demands:
            tls.verify_mode = ssl.CERT_NONE
        origin = Origin(tls=tls)
        origin.on("/", answer(200, body=b"hello"))
        origin.chat = Direct(origin, "/chat")
        started.append(origin)
        return origin
    yield start
    for origin in started:
        origin.chat.leave()
        origin.close()


def ask(broker):
    """The status of the answer to one request."""
    connection = Connection(broker.port)
    status = connection.ask(get("/")).status
    connection.close()
    return status


def talk(broker, origin):
    """Sends a message over a WebSocket to the origin, which must arrive; returns the handshake."""
    connection = Connection(broker.port)
    client = open_websocket(connection, "/chat")
    theirs = origin.chat.next()
    client.text("over wss")
    theirs.expect_text("over wss")
    request = theirs.request
    connection.close()
    return request


def refused_websocket(broker):
    """The status of the answer to a WebSocket's handshake that must fail."""
    connection = Connection(broker.port)
    connection.send(get("/chat", ("Upgrade", "websocket"), ("Connection", "Upgrade"),
                        ("Sec-WebSocket-Version", "13"),
                        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")))
    status = connection.answer().status
    connection.close()
    return status


# whom to believe


def test_an_origin_of_the_configured_ca_is_believed(start_broker, start_origin, world):
    origin = start_origin()
    broker = start_broker("--origin-ca", world.origins.path, routes=[f"* {origin.address}"])
    assert ask(broker) == 200
    talk(broker, origin)


def test_an_origin_of_nobodys_ca_is_not(start_broker, start_origin):
    origin = start_origin()
    broker = start_broker(routes=[f"* {origin.address}"])
    assert ask(broker) == 502
    assert refused_websocket(broker) == 502
    assert origin.requests == []
    broker.wait_log("origin unreachable", "certificate")


def test_the_system_is_believed_where_no_ca_is_configured(start_broker, start_origin, world):
    origin = start_origin()
    broker = start_broker(routes=[f"* {origin.address}"],
                          environment={"SSL_CERT_FILE": str(world.origins.path)})
    assert ask(broker) == 200
    talk(broker, origin)


def test_a_configured_ca_stands_in_for_the_systems(start_broker, start_origin, world):
    origin = start_origin()
    broker = start_broker("--origin-ca", world.stranger.path, routes=[f"* {origin.address}"],
                          environment={"SSL_CERT_FILE": str(world.origins.path)})
    assert ask(broker) == 502
    assert refused_websocket(broker) == 502


def test_several_cas_are_believed(start_broker, start_origin, world):
    origin = start_origin()
    broker = start_broker("--origin-ca", world.stranger.path, "--origin-ca", world.origins.path,
                          routes=[f"* {origin.address}"])
    assert ask(broker) == 200


@pytest.mark.parametrize("names, when", [(["elsewhere.test"], ()),
                                         (["localhost"], (days(-3), days(-1)))],
                         ids=["another name", "expired"])
def test_a_ca_vouches_for_a_name_and_a_time(start_broker, start_origin, world, names, when):
    origin = start_origin(world.origins.issue(names, *when))
    broker = start_broker("--origin-ca", world.origins.path, routes=[f"* {origin.address}"])
    assert ask(broker) == 502
    assert refused_websocket(broker) == 502
    assert origin.requests == []


def test_an_insecure_route_believes_everybody(start_broker, start_origin, world):
    origin = start_origin(world.stranger.issue(["elsewhere.test"]))
    broker = start_broker("--origin-ca", world.origins.path,
                          routes=[f"* {origin.address},insecure"])
    assert ask(broker) == 200
    talk(broker, origin)


# what is shown


def test_the_certificate_is_shown_to_who_demands_one(start_broker, start_origin, world):
    origin = start_origin(demands=True)
    broker = start_broker("--origin-ca", world.origins.path, "--origin-certificate",
                          world.shown.option, routes=[f"* {origin.address}"])
    assert ask(broker) == 200
    assert origin.requests[-1].certificate == world.shown.der
    assert talk(broker, origin).certificate == world.shown.der


def test_the_certificate_is_shown_with_the_systems_cas(start_broker, start_origin, world):
    origin = start_origin(demands=True)
    broker = start_broker("--origin-certificate", world.shown.both,
                          routes=[f"* {origin.address}"],
                          environment={"SSL_CERT_FILE": str(world.origins.path)})
    assert ask(broker) == 200
    assert origin.requests[-1].certificate == world.shown.der


def test_without_one_such_an_origin_does_not_answer(start_broker, start_origin, world):
    origin = start_origin(demands=True)
    broker = start_broker("--origin-ca", world.origins.path, routes=[f"* {origin.address}"])
    assert ask(broker) == 502
    assert refused_websocket(broker) == 502
    assert origin.requests == []


def test_a_chain_is_shown_whole(start_broker, start_origin, world):
    origin = start_origin(demands=True)
    files = world.brokers.intermediate().issue(["deep.test"], usage="client")
    broker = start_broker("--origin-ca", world.origins.path, "--origin-certificate", files.option,
                          routes=[f"* {origin.address}"])
    assert ask(broker) == 200
    assert origin.requests[-1].certificate == files.der


# a change


def test_a_new_certificate_is_shown_on_new_connections(start_broker, start_origin, world):
    origin = start_origin(demands=True)
    files = world.brokers.issue(["broker.test"])
    broker = start_broker("--origin-ca", world.origins.path, "--origin-certificate",
                          files.option, "--workers", "1", routes=[f"* {origin.address}"])
    assert ask(broker) == 200
    before = talk(broker, origin)
    assert before.certificate == files.der
    fresh = world.brokers.issue(["broker.test"], into=files)
    broker.reload()
    until(lambda: talk(broker, origin).certificate == fresh.der, "the new certificate")
    assert ask(broker) == 200


def test_a_new_ca_is_believed(start_broker, start_origin, world, tmp_path):
    origin = start_origin()
    ca_file = tmp_path / "origins.pem"
    ca_file.write_bytes(world.stranger.certificate)
    broker = start_broker("--origin-ca", ca_file, routes=[f"* {origin.address}"])
    assert ask(broker) == 502
    ca_file.write_bytes(world.origins.certificate)
    broker.reload()
    until(lambda: ask(broker) == 200, "the new CA")
    ca_file.write_bytes(b"")
    broker.reload()
    assert broker.has_log("error", "not taken", str(ca_file))
    talk(broker, origin)  # on a connection of its own


# what is refused at the start


def test_a_bad_file_is_refused(world, tmp_path):
    expired = world.brokers.issue(["broker.test"], days(-3), days(-1))
    for flags, words in ((["--origin-ca", tmp_path / "none.pem"], "No such file"),
                         (["--origin-ca", world.shown.key], "no certificate in it"),
                         (["--origin-certificate", expired.option], "expired"),
                         (["--origin-certificate", world.shown.chain], "no private key")):
        ended = run_program("check", "--sig-key", "secret", *flags)
        assert ended.returncode == 1
        assert words in ended.stderr and str(flags[1]).split(",")[0] in ended.stderr


def test_a_certificate_for_one_target_is_refused():
    ended = run_program("check", "--route", "* localhost:1,ssl,client_cert=a.pem")
    assert ended.returncode == 1 and "--origin-certificate" in ended.stderr
