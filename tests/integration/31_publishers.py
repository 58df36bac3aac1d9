# SPDX-License-Identifier: Apache-2.0
"""Who is known by what: Basic, JSON Web Tokens, channels, names, and those who guess."""
import base64
import http.client
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (Encoding, NoEncryption, PrivateFormat,
                                                          PublicFormat)

from conftest import Standing
from support.grip import make_token, stream_item
from support.waiting import seconds, until

PAIRS = {"ec": ec.generate_private_key(ec.SECP256R1()),
         "rsa": rsa.generate_private_key(65537, 2048)}


def number(value, length=None):
    data = value.to_bytes(length or (value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk_of(pair, **more):
    numbers = pair.public_key().public_numbers()
    if isinstance(numbers, ec.EllipticCurvePublicNumbers):
        return {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32),
                "y": number(numbers.y, 32), **more}
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **more}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A folder with each pair's public and private half as PEM, and as JWK."""
    folder = tmp_path_factory.mktemp("keys")
    for name, pair in PAIRS.items():
        (folder / f"{name}.pem").write_bytes(pair.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        (folder / f"{name}-private.pem").write_bytes(pair.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / f"{name}.json").write_text(json.dumps(jwk_of(pair, kid=f"{name}-1")))
    (folder / "token").write_text("from-file\n")
    return folder


@pytest.fixture(scope="module")
def known_standing(keys):
    standing = Standing([
        "--publish-token", "all", "--publisher", f"news token=file:{keys}/token,channels=news-",
        "--publisher", f"ec key=file:{keys}/ec.pem,iss=ec", "--publisher",
        f"rsa key=file:{keys}/rsa.json,iss=rsa,aud=holdfast",
        "--publisher", "secret key=changeme,iss=pushpin", "--publisher",
        "encoded key=base64:/+8=,iss=encoded", "--log-level", "debug"])
    yield standing
    standing.stop()


@pytest.fixture
def known(known_standing):
    return known_standing.get()


def status(broker, value, channel="a", header="Authorization"):
    got = broker.post_items(stream_item(channel, "x"), headers=[(header, value)])
    return got.status


def bearer(key, claims, **header):
    return "Bearer " + make_token(key, claims, **header)


def soon():
    return int(time.time()) + 60


def basic(user, password):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_password_of_basic_is_the_token(known):
    assert status(known, "Basic " + basic("anyone", "all")) == 200
    assert status(known, "Basic " + basic("", "all")) == 200
    assert status(known, "Basic " + basic("all", "none")) == 401
    assert status(known, f"Basic b'{basic('anyone', 'all')}'") == 200


def test_a_json_web_token_of_each_algorithm_is_verified(known):
    assert status(known, bearer(b"changeme", {"iss": "pushpin", "exp": soon()})) == 200
    assert status(known, bearer(b"\xff\xef", {"iss": "encoded", "exp": soon()})) == 200
    assert status(known, bearer(PAIRS["ec"], {"iss": "ec", "exp": soon()})) == 200
    assert status(known, bearer(PAIRS["rsa"], {"iss": "rsa", "exp": soon(), "aud": "holdfast"},
                                kid="rsa-1")) == 200
    assert status(known, make_token(PAIRS["ec"], {"iss": "ec", "exp": soon()}),
                  header="Fastly-Key") == 200


@pytest.mark.parametrize("claims,words", [
    ({"iss": "ec", "exp": 1}, b"has expired"),
    ({"iss": "ec"}, b"has expired"),
    ({"iss": "ec", "exp": 9e9, "nbf": 8e9}, b"nbf"),
    ({"iss": "ec", "exp": 9e9, "aud": "another"}, b"aud"),
    ({"iss": "else", "exp": 9e9}, b"is not signed"),
    ({"exp": 9e9}, b"is not signed"),
], ids=["expired", "without exp", "not yet", "for somebody else", "of somebody else", "of nobody"])
def test_a_token_whose_claims_are_not_good_is_a_401_that_says_why(known, claims, words):
    got = known.post_items(stream_item("a", "x"),
                           headers=[("Authorization", bearer(PAIRS["ec"], claims))])
    assert (got.status, words in got.body) == (401, True)


def test_an_audience_that_is_wanted_must_be_named(known):
    assert status(known, bearer(PAIRS["rsa"], {"iss": "rsa", "exp": soon()})) == 401
    assert status(known, bearer(PAIRS["rsa"], {"iss": "rsa", "exp": soon(),
                                               "aud": ["x", "holdfast"]})) == 200


def test_the_key_decides_the_algorithm(known, keys):
    """A public key is no secret: it must not be taken for one."""
    claims = {"iss": "ec", "exp": soon()}
    assert status(known, bearer((keys / "ec.pem").read_bytes(), claims)) == 401
    assert status(known, bearer(PAIRS["rsa"], claims)) == 401
    none = make_token(b"", claims, alg="none").rsplit(".", 1)[0] + "."
    assert status(known, "Bearer " + none) == 401


def test_a_key_may_be_told_as_a_private_one(start_broker, keys):
    broker = start_broker("--publisher", f"ec key=file:{keys}/ec-private.pem")
    assert status(broker, bearer(PAIRS["ec"], {"exp": soon()})) == 200
    assert status(broker, bearer(PAIRS["ec"], {"iss": "whoever", "exp": soon()})) == 200


def test_a_channel_out_of_reach_is_a_403_and_nothing_is_published(known):
    token = [("Fastly-Key", "from-file")]
    before = known.metric("items_published_total")
    got = known.post_items(stream_item("news-1", "x"), stream_item("new", "x"), headers=token)
    assert (got.status, b"news may not publish to channel 'new'" in got.body) == (403, True)
    assert known.metric("items_published_total") == before
    assert known.post_items(stream_item("news-1", "x"), stream_item("news-", "x"),
                            headers=token).status == 200
    assert known.metric("items_published_total") == before + 2


def test_a_refused_channel_uses_up_no_id(start_broker, hold, keys):
    broker = start_broker("--publish-token", "all", "--publisher", "news token=t,channels=news-")
    item = stream_item("other", "x", id="1")
    assert broker.post_items(item, headers=[("Fastly-Key", "t")]).status == 403
    assert broker.post_items(item, headers=[("Fastly-Key", "all")]).status == 200
    assert broker.metric("items_published_total") == 1


def test_names_stand_in_counters_and_in_the_log(start_broker):
    known = start_broker("--publisher", "news token=from-file,channels=news-", "--log-level",
                         "debug")

    def of(name):
        return [known.metric(f"publisher_{number}_total", name) for number in
                ("requests", "items", "refused")]
    before = of("news")
    headers = [("Fastly-Key", "from-file")]
    known.post_items(stream_item("news-1", "x"), stream_item("news-2", "x"), headers=headers)
    known.post_items(stream_item("else", "x"), headers=headers)
    assert [now - then for now, then in zip(of("news"), before)] == [2, 2, 1]
    known.wait_log("publish refused", "status=403", "publisher=news", "peer=127.0.0.1:")
    known.wait_log("published", "publisher=news", "items=2")
    assert of("nobody") == [None, None, None]


def test_no_secret_stands_in_the_log(known):
    status(known, bearer(b"changeme", {"iss": "pushpin", "exp": soon()}))
    status(known, "Bearer a-wrong-one")
    for secret in ("changeme", "from-file", "a-wrong-one", "eyJ"):
        assert secret not in known.log()


@pytest.fixture
def guarded(start_broker):
    return start_broker("--publish-token", "t", "--publisher", "jwt key=changeme", "--limit",
                        "auth_failures=3", "--limit", "auth_failure_ms=1h")


def test_who_guesses_is_told_to_wait(guarded):
    early = bearer(b"changeme", {"exp": soon()})
    assert status(guarded, early) == 200
    assert [status(guarded, f"Bearer wrong-{n}") for n in range(4)] == [401, 401, 401, 429]
    late = bearer(b"changeme", {"exp": soon() + 1})
    got = guarded.post_items(stream_item("a", "x"), headers=[("Authorization", late)])
    assert got.status == 429
    assert 3500 < int(got.headers.get("retry-after")) <= 3600
    assert status(guarded, "Bearer t") == 200
    assert status(guarded, early) == 200
    assert guarded.metric("credentials_refused_total") == 5


def test_who_waited_is_heard_again(start_broker):
    broker = start_broker("--publish-token", "t", "--limit", "auth_failures=1", "--limit",
                          "auth_failure_ms=300ms")
    assert status(broker, "Bearer wrong") == 401
    assert status(broker, "Bearer wrong") == 429
    until(lambda: status(broker, "Bearer wrong") == 401, "the failures are forgotten", 10)


def test_only_who_is_at_the_address_waits(guarded):
    for n in range(4):
        status(guarded, f"Bearer wrong-{n}")
    assert status(guarded, "Bearer wrong") == 429
    neighbour = http.client.HTTPConnection("127.0.0.1", guarded.control_port, timeout=seconds(5),
                                           source_address=("127.0.0.2", 0))
    neighbour.request("POST", "/publish/", b"{}", {"Authorization": "Bearer wrong"})
    assert neighbour.getresponse().status == 401
    neighbour.close()
    assert guarded.control("GET", "/healthz").status == 200
    assert guarded.post_items(stream_item("a", "x")).status == 401
