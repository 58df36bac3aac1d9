# SPDX-License-Identifier: Apache-2.0
"""GRIP_URL means to `holdfast publish` what it means to @fanoutio/grip: the same request line, the
same credential."""
import base64
import json
import pathlib
import subprocess
import time
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from support.certificates import key_pem
from support.grip import is_signed_hs256, is_signed_with, token_parts
from support.publishing import publish
from support.waiting import seconds

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"
SECRET = b"\xff>>?secret???"
PLAIN = "a sécret+ of words"
BASE64 = base64.b64encode(SECRET).decode()
JWK = json.dumps({"kty": "oct", "k": base64.urlsafe_b64encode(SECRET).decode().rstrip("=")})
PAIR = rsa.generate_private_key(65537, 2048)
PEM = key_pem(PAIR).decode()


def in_base64(text):
    return "base64:" + quote(base64.b64encode(text.encode()))


def publish_from_node(config):
    assert (CLIENTS / "node_modules/@fanoutio").exists(), "./dev setup installs the clients"
    told = {"config": config, "channel": "c", "formats": [{"stream": "x\n"}]}
    done = subprocess.run(["node", CLIENTS / "publisher.mjs"], input=json.dumps(told), text=True,
                          capture_output=True, timeout=seconds(20), check=False)
    assert (done.returncode, done.stdout) == (0, '{"published":true}\n'), done.stderr


def what_it_proves(credential):
    """A credential, or who signed it: tokens differ by the second they were made in."""
    if credential is None or credential.count(".") != 2:
        return credential
    token = credential.removeprefix("Bearer ")
    head, claims, _, _ = token_parts(token)
    signed = is_signed_with(token, PAIR.public_key()) if head["alg"] == "RS256" else \
        [is_signed_hs256(token, secret) for secret in (SECRET, PLAIN.encode())]
    return head["alg"], claims["iss"], signed, 0 < claims["exp"] - time.time() <= 600


@pytest.mark.parametrize("form", [
    "{url}", "{url}/", "{url}//", "{url}/base", "{url}/base/?a=1&b=x%20y", "{url}/?a&=b&x=",
    "{url}?iss=me&key=base64:" + quote(BASE64), "{url}?iss=me&key=base64:" + BASE64,
    "{url}/base?key=" + quote(in_base64("x")) + "&a=b", "{url}?iss=me&key=" + quote(PEM),
    "{url}?iss=me&key=" + in_base64(PEM), "{url}?iss=me&key=" + quote(JWK),
    "{url}?iss=me&key=" + in_base64(JWK), "{url}?iss=m%C3%A9+x&key=" + quote(PLAIN),
    "{url}/service/ID?key=TOKEN&verify-iss=fastly:ID&verify-key=" + quote(JWK),
    "{url}/service/ID/?verify-key=x&key=T%2BK%2F%3D", "{url}?key=T&key=U",
    "http://ann:secret@{address}/", "http://ann:secret@{address}?key=T",
    "http://ann:secret@{address}/?iss=me&key=base64:" + BASE64,
], ids=lambda form: form[:60])
def test_a_url_means_the_same(taker, form):
    server = taker()
    url = form.replace("{url}", server.url).replace("{address}", server.address)
    publish_from_node(url)
    result = publish(url, "c", "x", "--format", "http-stream", "--no-id")
    assert result.returncode == 0, result.stderr
    theirs, ours = server.requests
    assert ours.target == theirs.target
    assert what_it_proves(ours.get("authorization")) == what_it_proves(theirs.get("authorization"))
    assert json.loads(ours.body) == json.loads(theirs.body)


@pytest.mark.parametrize("parts", [
    {}, {"control_iss": "me", "key": "base64:" + BASE64}, {"key": "T"},
    {"user": "ann", "pass": "se@cret"}, {"control_iss": "me", "key": json.loads(JWK)},
], ids=lambda parts: " ".join(parts) or "nothing")
def test_an_object_means_the_same(taker, parts):
    server = taker()
    config = {"control_uri": server.url + "/", **parts}
    publish_from_node(config)
    assert publish(json.dumps(config), "c", "x").returncode == 0
    theirs, ours = server.requests
    assert ours.target == theirs.target
    assert what_it_proves(ours.get("authorization")) == what_it_proves(theirs.get("authorization"))
