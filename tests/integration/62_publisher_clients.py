# SPDX-License-Identifier: Apache-2.0
"""The publisher that people use, @fanoutio/grip from npm, in each form of its credentials."""
import base64
import json
import pathlib
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          PublicFormat)

from support.client import get
from support.grip import poll_hold
from support.waiting import seconds

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"
ROUTES = ["* {origin},over_http"]
TOKEN = "s3cret/+=%"
SECRET = b"\x00\xff a secret"
IN_BASE64 = base64.b64encode(SECRET).decode()


def publish(config=None, channel="a", formats=({"stream": "hello"},), **more):
    """Publishes from a process of its own; returns what the library made of the answer."""
    assert (CLIENTS / "node_modules/@fanoutio").exists(), "./dev setup installs the clients"
    told = {"config": config, "channel": channel, "formats": list(formats), **more}
    done = subprocess.run(["node", CLIENTS / "publisher.mjs"], input=json.dumps(told), text=True,
                          capture_output=True, timeout=seconds(20), check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


PUBLISHED = {"published": True}


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """A folder with an RSA key and its public half."""
    folder = tmp_path_factory.mktemp("pem")
    pair = rsa.generate_private_key(65537, 2048)
    (folder / "private.pem").write_bytes(pair.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "public.pem").write_bytes(pair.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return folder


@pytest.fixture
def guarded(start_broker, pem):
    """A broker that wants credentials; `guarded.url` is where its control listener is."""
    broker = start_broker(
        "--publish-token", "plain", "--publisher", f'strange token="{TOKEN}"',
        "--publisher", "shop key=changeme,iss=shop", "--publisher",
        f"encoded key=base64:{IN_BASE64},iss=encoded",
        "--publisher", f"pem key=file:{pem}/public.pem,iss=pem")
    broker.url = f"127.0.0.1:{broker.control_port}"
    return broker


def items_of(broker, name):
    return broker.metric("publisher_items_total", name)


# the forms of its credentials


def test_without_credentials(broker, stream, channel):
    assert publish(f"http://127.0.0.1:{broker.control_port}", channel) == PUBLISHED
    stream.wait_for(b"hello")


def test_without_credentials_where_some_are_wanted(guarded):
    got = publish(f"http://{guarded.url}")
    assert got["refused"] == 401
    assert "Publishing here needs a token" in got["body"]


def test_with_a_bearer_token_in_the_url(guarded):
    assert publish(f"http://{guarded.url}/?key=plain") == PUBLISHED
    assert items_of(guarded, "token") == 1
    assert publish(f"http://{guarded.url}/?key=wrong")["refused"] == 401


def test_with_a_bearer_token_in_its_configuration(guarded):
    assert publish({"control_uri": f"http://{guarded.url}", "key": TOKEN}) == PUBLISHED
    assert items_of(guarded, "strange") == 1


def test_with_a_json_web_token_from_its_configuration(guarded):
    config = {"control_uri": f"http://{guarded.url}", "control_iss": "shop", "key": "changeme"}
    assert publish(config) == PUBLISHED
    assert items_of(guarded, "shop") == 1
    assert publish({**config, "key": "changeme2"})["refused"] == 401
    assert publish({**config, "control_iss": "else"})["refused"] == 401


def test_with_a_json_web_token_from_the_url(guarded):
    assert publish(f"http://{guarded.url}/?iss=shop&key=changeme") == PUBLISHED
    assert items_of(guarded, "shop") == 1


def test_with_a_key_in_base64(guarded):
    key = IN_BASE64.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    assert publish(f"http://{guarded.url}/?iss=encoded&key=base64:{key}") == PUBLISHED
    assert items_of(guarded, "encoded") == 1


def test_with_an_rsa_key(guarded, pem):
    config = {"control_uri": f"http://{guarded.url}", "control_iss": "pem",
              "key": (pem / "private.pem").read_text()}
    assert publish(config) == PUBLISHED
    assert items_of(guarded, "pem") == 1


def test_with_user_and_password(guarded):
    assert publish(f"http://user:plain@{guarded.url}") == PUBLISHED
    assert items_of(guarded, "token") == 1
    assert publish(f"http://plain:user@{guarded.url}")["refused"] == 401


def test_with_a_password_that_a_url_cannot_hold_as_it_is(guarded):
    assert publish(f"http://user:s3cret%2F+=%25@{guarded.url}") == PUBLISHED
    assert items_of(guarded, "strange") == 1


def test_with_parameters_of_somebody_elses_in_the_url(guarded):
    assert publish(f"http://{guarded.url}/?foo=1&key=plain&bar=x%20y") == PUBLISHED
    assert publish({"control_uri": f"http://{guarded.url}/?foo=1", "key": "plain"}) == PUBLISHED


def test_to_several_brokers(guarded, broker, stream, channel):
    both = [f"http://{guarded.url}/?key=plain", f"http://127.0.0.1:{broker.control_port}"]
    assert publish(both, channel) == PUBLISHED
    stream.wait_for(b"hello")
    assert items_of(guarded, "token") == 1


def test_as_fastly_is_published_to(guarded):
    fanout = {"serviceId": "abc123", "apiToken": TOKEN}
    base = f"http://{guarded.url}/service/abc123"
    assert publish(fanout={**fanout, "baseUrl": base}) == PUBLISHED
    assert publish(fanout={**fanout, "baseUrl": base + "/"}) == PUBLISHED
    assert publish(fanout={**fanout, "baseUrl": f"http://{guarded.url}"}) == PUBLISHED
    assert items_of(guarded, "strange") == 3
    got = publish(fanout={**fanout, "apiToken": "none", "baseUrl": base})
    assert got["refused"] == 401


def test_a_service_of_somebody_elses_is_a_404(start_broker):
    broker = start_broker("--service-id", "mine")
    url = f"http://127.0.0.1:{broker.control_port}/service"
    assert publish(f"{url}/mine") == PUBLISHED
    assert publish(f"{url}/yours")["refused"] == 404


# what it publishes


def test_its_formats_arrive(broker, origin, connect, hold, channel):
    url = f"http://127.0.0.1:{broker.control_port}"
    stream = hold()
    origin.on("/poll", poll_hold(channel))
    poll = connect()
    poll.send(get("/poll"))
    broker.wait_metric("holds", 2)
    formats = [{"stream": {"base64": base64.b64encode(b"\xff\x00").decode()}},
               {"response": {"code": 201, "reason": "Made", "headers": {"X-A": "1"}, "body": "hi"}},
               {"message": "unheard"}]
    assert publish(url, channel, formats, id="1", prevId="") == PUBLISHED
    stream.wait_for(b"\xff\x00")
    got = poll.answer()
    assert (got.status, got.reason, got.headers.get("x-a"), got.read_all()) == (
        201, "Made", "1", b"hi")


def test_it_ends_a_stream(broker, stream, channel):
    assert publish(f"http://127.0.0.1:{broker.control_port}", channel, [{"close": True}]) \
        == PUBLISHED
    assert stream.ended() == "cleanly"


def test_it_is_told_what_was_wrong(broker):
    got = publish(f"http://127.0.0.1:{broker.control_port}", "a", [{"stream": "x" * 32768}])
    assert got["refused"] == 400
    assert "content" in got["body"]
