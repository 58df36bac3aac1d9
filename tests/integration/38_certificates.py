# SPDX-License-Identifier: Apache-2.0
"""Which certificate a client is shown, what of TLS is spoken, and what is refused at the start."""
import socket
import ssl

import pytest

from conftest import Standing
from support.broker import run_program
from support.certificates import days, make_ca, shown
from support.client import Connection, get

TLS = ["--listen-tls", "127.0.0.1:0"]


@pytest.fixture
def ca(tmp_path):
    return make_ca(tmp_path)


@pytest.fixture
def start_tls(start_broker):
    """start_tls(files...) starts a broker that shows these certificates."""
    def start(*files, flags=()):
        chosen = [part for one in files for part in ("--certificate", one.option)]
        return start_broker(*TLS, *chosen, *flags)
    return start


# which one is shown


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A broker with three certificates, and they."""
    ca = make_ca(tmp_path_factory.mktemp("three"))
    files = [ca.issue(["first.test", "both.test", "127.0.0.1"]),
             ca.issue(["a.test", "both.test"]),
             ca.issue(["*.wild.test", "exact.wild.test"])]
    flags = [part for one in files for part in ("--certificate", one.option)]
    standing = Standing([*TLS, *flags, "--route", "* demo"])
    yield standing.get(), ca, files
    standing.stop()


@pytest.mark.parametrize("name, index", [
    ("first.test", 0), ("a.test", 1), ("A.Test", 1),
    ("one.wild.test", 2), ("ONE.wild.test", 2), ("exact.wild.test", 2),
    ("both.test", 0),                             # the first that has the name
    ("two.labels.wild.test", 0), ("wild.test", 0),  # a wildcard is one label
    ("stranger.test", 0), ("x" * 63 + ".stranger.test", 0), (None, 0),
])
def test_the_name_asked_for_chooses_the_certificate(three, name, index):
    broker, ca, files = three
    assert shown(broker.tls_port, ca, name) == files[index].der


def test_a_client_that_verifies_the_name_is_content(three):
    broker, ca, _ = three
    for name in ("first.test", "127.0.0.1", "a.test", "one.wild.test"):
        connection = Connection(broker.tls_port, context=ca.client(), name=name)
        assert connection.ask(get("/")).status == 200
        connection.close()


def test_the_chain_is_shown_too(start_tls, ca):
    files = ca.intermediate().issue(["localhost"])
    broker = start_tls(files)
    assert shown(broker.tls_port, ca) == files.der  # which trusts only the root


def test_certificate_and_key_may_stand_in_one_file(start_broker, ca):
    files = ca.issue(["localhost"])
    broker = start_broker(*TLS, "--certificate", files.both)
    assert shown(broker.tls_port, ca) == files.der


# what is spoken


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(three, version):
    broker, ca, _ = three
    client = ca.client()
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = client.maximum_version = version
    with pytest.raises(OSError):
        Connection(broker.tls_port, context=client, name="first.test")
    broker.wait_log("connection refused", "unsupported protocol")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_versions_of_today_are_spoken(three, version):
    broker, ca, _ = three
    client = ca.client()
    client.minimum_version = client.maximum_version = version
    connection = Connection(broker.tls_port, context=client, name="first.test")
    assert connection.ask(get("/")).status == 200
    connection.close()


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256",
                                     "ECDHE-RSA-AES256-SHA"])
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(three, ciphers):
    broker, ca, _ = three
    client = ca.client()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(ciphers)
    with pytest.raises(OSError):
        Connection(broker.tls_port, context=client, name="first.test")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_resumed(three, version):
    broker, ca, _ = three
    client = ca.client()
    client.minimum_version = client.maximum_version = version
    first = Connection(broker.tls_port, context=client, name="a.test")
    assert first.ask(get("/")).status == 200  # by then the ticket has come
    session = first.socket.session
    first.close()
    second = client.wrap_socket(socket.create_connection(("127.0.0.1", broker.tls_port), 5),
                                server_hostname="a.test", session=session)
    assert second.session_reused
    second.close()


# what is refused at the start


def damage(ca, tmp_path, kind):
    """Returns: the option for a certificate with a fault, and words that must be said of it."""
    good = ca.issue(["localhost"])
    if kind == "missing":
        return f"{tmp_path}/none.pem", [f"{tmp_path}/none.pem", "No such file"]
    if kind == "missing key":
        return f"{good.chain},{tmp_path}/none.pem", [f"{tmp_path}/none.pem", "No such file"]
    if kind == "expired":
        bad = ca.issue(["localhost"], days(-2), days(-1))
        return bad.option, [bad.chain, "expired at", "renew it"]
    if kind == "early":
        bad = ca.issue(["localhost"], days(1), days(2))
        return bad.option, [bad.chain, "not valid before", "clock"]
    if kind == "foreign key":
        bad = f"{good.chain},{ca.issue(['localhost']).key}"
        return bad, [good.chain, "does not fit"]
    if kind == "no PEM":
        good.chain.write_bytes(good.der)
        return good.option, [good.chain, "no certificate in it", "BEGIN CERTIFICATE"]
    if kind == "half a chain":
        good.chain.write_bytes(good.certificate + good.certificate[:200])
        return good.option, [good.chain, "cannot be read"]
    if kind == "no key":
        return good.chain, [good.chain, "no private key in it", "KEYFILE"]
    if kind == "encrypted":
        bad = ca.issue(["localhost"], password="secret")
        return bad.option, [bad.key, "encrypted", "openssl pkey"]
    assert kind == "nonsense"
    return f"{good.chain},a,b", ["FILE,KEYFILE"]


@pytest.mark.parametrize("verb", ["serve", "check"])
@pytest.mark.parametrize("kind", ["missing", "missing key", "expired", "early", "foreign key",
                                  "no PEM", "half a chain", "no key", "encrypted", "nonsense"])
def test_a_bad_certificate_is_refused_with_file_and_fix(ca, tmp_path, verb, kind):
    option, words = damage(ca, tmp_path, kind)
    ended = run_program(verb, *TLS, "--certificate", option, "--state", tmp_path)
    assert ended.returncode == 1
    for word in words:
        assert str(word) in ended.stderr, ended.stderr
    assert "PRIVATE" not in ended.stderr


def test_a_certificate_without_a_name_is_for_everybody_or_for_nobody(ca):
    named, nameless = ca.issue(["localhost"]), ca.issue([], subject="nameless")
    ended = run_program("check", *TLS, "--certificate", nameless.option, "--certificate",
                        named.option, "--sig-key", "secret")
    assert (ended.returncode, ended.stderr) == (0, "")
    ended = run_program("check", *TLS, "--certificate", named.option, "--certificate",
                        nameless.option, "--sig-key", "secret")
    assert ended.returncode == 1
    assert f"{nameless.chain}: the certificate has no DNS name" in ended.stderr


def test_a_check_warns_of_what_expires_soon(ca):
    ended = run_program("check", *TLS, "--certificate",
                        ca.issue(["localhost"], days(-80), days(9.5)).option, "--sig-key", "secret")
    assert ended.returncode == 0
    assert "expires at" in ended.stderr and "in 9 days" in ended.stderr


def test_tls_without_a_certificate_is_refused():
    for flag in ("--listen-tls", "--control-tls"):
        ended = run_program("check", flag, "127.0.0.1:0")
        assert ended.returncode == 1
        assert "needs a certificate" in ended.stderr


def test_a_good_one_passes_the_check(ca, tmp_path):
    ended = run_program("check", *TLS, "--certificate", ca.issue(["localhost"]).option,
                        "--sig-key", "secret")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_variable_takes_file_and_key(ca):
    files, other = ca.issue(["localhost"]), ca.issue(["other.test"])
    ended = run_program("check", *TLS, "--sig-key", "secret", environment={
        "HOLDFAST_CERTIFICATE": f"{files.option}\n{other.option}"})
    assert (ended.returncode, ended.stderr) == (0, "")
