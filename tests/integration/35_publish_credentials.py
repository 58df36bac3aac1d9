# SPDX-License-Identifier: Apache-2.0
"""`holdfast publish` proves who it is, and looks who it talks to."""
import ssl

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support.certificates import key_pem, make_ca
from support.grip import is_signed_hs256, token_parts
from support.publishing import publish, start, url_of
from support.waiting import seconds, until


@pytest.mark.parametrize("url,arguments,line", [
    ("{0}/?key=TOKEN", [], "Bearer TOKEN"),
    ("{0}/service/ID?key=TOKEN&verify-iss=fastly:ID", [], "Bearer TOKEN"),
    ("http://ann:se%40cret@{1}/", [], "Basic YW5uOnNlQGNyZXQ="),
    ("{0}", ["--bearer", "T"], "Bearer T"), ("{0}", ["-u", "ann:se@cret"],
                                            "Basic YW5uOnNlQGNyZXQ="),
    ("{0}?iss=a&key=b", ["--bearer", "T"], "Bearer T"),
    (" {0}\n", ["--bearer", "T"], "Bearer T"),
    ('{{"control_uri":"{0}","user":"ann","pass":"se@cret"}}', [], "Basic YW5uOnNlQGNyZXQ="),
], ids=str)
def test_a_credential_goes_with_the_request(taker, url, arguments, line):
    server = taker()
    result = publish(url.format(server.url, server.address), "c", "x", *arguments)
    assert result.returncode == 0, result.stderr
    assert server.requests[0].get("authorization") == line
    assert server.requests[0].target.endswith("/publish/")


@pytest.mark.parametrize("key", ["changeme", "base64:Y2hhbmdlbWU=", "file:{}"])
def test_a_key_with_an_issuer_signs_a_token(taker, tmp_path, key):
    path = tmp_path / "key"
    path.write_text("changeme".encode().hex())
    server = taker()
    publish(f"{server.url}/?iss=me&key={key.format(path)}", "c", "x")
    bearer, token = server.requests[0].get("authorization").split(" ")
    assert bearer == "Bearer" and is_signed_hs256(token, b"changeme")
    assert token_parts(token)[1]["iss"] == "me"


@pytest.mark.parametrize("credential", ["?iss=me&key=file:{0}/secret", "?iss=pem&key=file:{0}/key",
                                        "?key=T", "?key=file:{0}/token"])
def test_a_broker_knows_its_publishers_by_any_credential(start_broker, tmp_path, credential):
    """Each may publish to channels of its own, so that it is seen who was taken for whom."""
    (tmp_path / "secret").write_text("00ff")
    (tmp_path / "token").write_text("T\n")
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key").write_bytes(key_pem(key))
    (tmp_path / "public").write_bytes(key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    broker = start_broker(
        "--publisher", f"a key=file:{tmp_path}/secret,iss=me,channels=me-",
        "--publisher", f"b key=file:{tmp_path}/public,iss=pem,channels=pem-",
        "--publisher", "c token=T,channels=T-")
    url = url_of(broker, credential.format(tmp_path))
    own = "me-" if "iss=me" in credential else "pem-" if "iss=pem" in credential else "T-"
    assert publish(url, own + "x", "x").returncode == 0
    result = publish(url, "other", "x")
    assert result.returncode == 1 and "(403)" in result.stderr


def test_a_password_is_a_token_too(start_broker):
    broker = start_broker("--publish-token", "s3cret")
    assert publish(url_of(broker), "c", "x", "-u", "ann:s3cret").returncode == 0


def test_a_broker_with_a_token_takes_it(start_broker, tmp_path):
    broker = start_broker("--publish-token", "s3cret")
    path = tmp_path / "token"
    path.write_text("s3cret\n")
    assert publish(url_of(broker, "?key=s3cret"), "c", "x").returncode == 0
    assert publish(url_of(broker), "c", "x", "--bearer", f"file:{path}").returncode == 0
    result = publish(url_of(broker, "?key=wr0ng"), "c", "x")
    assert result.returncode == 1
    assert "refused message 1 (401)" in result.stderr and "--bearer" in result.stderr
    assert "wr0ng" not in result.stderr


def test_a_secret_does_not_stay_in_the_list_of_processes(taker):
    server = taker()
    process = start(None, "c", "-", "--spec", f"{server.url}/?key=s3cret", "-u", "ann:s3cret",
                    "--bearer", "s3cret", "--proxy", server.url.replace("//", "//ann:s3cret@"))
    process.stdin.write(b"x\n")
    process.stdin.flush()
    until(lambda: server.requests, "the request")
    with open(f"/proc/{process.pid}/cmdline", "rb") as line:
        shown = line.read()
    assert b"publish" in shown and b"s3cret" not in shown
    process.stdin.close()
    assert process.wait(seconds(5)) == 0
    process.stdout.close()
    process.stderr.close()


@pytest.mark.parametrize("proxy", ["bogus://ann:s3cret@127.0.0.1:1", "http://ann:s3cret@[x]:1",
                                   "ann:s3cret@127.0.0.1:99999"])
def test_a_proxy_that_is_none_is_said_without_its_password(taker, proxy):
    result = publish(taker().url, "c", "x", "--proxy", proxy)
    assert result.returncode == 2 and "--proxy" in result.stderr and "s3cret" not in result.stderr


# TLS


@pytest.fixture
def authority(tmp_path):
    return make_ca(tmp_path)


@pytest.fixture
def secure(authority, taker):
    """secure() starts a server with a certificate for localhost."""
    def begin(demands_one=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority.issue(["localhost"]).both)
        context.load_verify_locations(authority.path)
        context.verify_mode = ssl.CERT_REQUIRED if demands_one else ssl.CERT_NONE
        return taker(tls=context)
    return begin


def test_a_certificate_of_ones_own_is_trusted_when_named(secure, authority):
    server = secure()
    result = publish(server.url, "c", "x", "--cacert", authority.path)
    assert result.returncode == 0, result.stderr
    assert publish(server.url, "c", "x", "--insecure").returncode == 0


@pytest.mark.parametrize("host,names_it", [("localhost", False), ("127.0.0.1", True)],
                         ids=["an authority nobody knows", "another name"])
def test_a_certificate_that_proves_nothing_is_status_1(secure, authority, host, names_it):
    server = secure()
    result = publish(server.url.replace("localhost", host) + "?key=s3cret", "c", "x",
                     *(["--cacert", authority.path] if names_it else []))
    assert result.returncode == 1 and "SSL" in result.stderr and "--cacert" in result.stderr
    assert not server.requests


def test_a_file_of_certificates_that_is_none_is_said(secure):
    result = publish(secure().url, "c", "x", "--cacert", "/nonexistent")
    assert result.returncode == 1 and "/nonexistent" in result.stderr


@pytest.mark.parametrize("form", ["both", "option"], ids=["one file", "two files"])
def test_a_server_may_demand_a_certificate_of_the_publisher(secure, authority, form):
    server = secure(demands_one=True)
    own = getattr(authority.issue(["publisher"]), form)
    trusting = ["--cacert", authority.path]
    assert publish(server.url, "c", "x", *trusting, "--cert", own).returncode == 0
    assert publish(server.url, "c", "x", *trusting, "--retry-for", "0s").returncode == 3


def test_a_certificate_that_cannot_be_read_is_said(secure):
    result = publish(secure().url, "c", "x", "--insecure", "--cert", "/nonexistent")
    assert result.returncode == 1 and "/nonexistent" in result.stderr
