# SPDX-License-Identifier: Apache-2.0
"""What the origin sees of a request: the client's headers, less what is not the client's to say,
plus Grip-Sig and Grip-Feature."""
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from support import grip
from support.broker import run_program
from support.client import Connection, get, post, request
from support.grip import stream_hold
from support.origin import answer

OK = answer(200, body=b"ok")


def ask_own(broker, target="/x", *headers, **more):
    connection = Connection(broker.port)
    try:
        return connection.ask(get(target, *headers, **more))
    finally:
        connection.close()


def seen(origin, connect, *headers, **more):
    """The request as the origin got it."""
    origin.on("*", OK)
    assert connect().ask(get("/seen", *headers, **more)).status == 200
    return origin.requests[-1]


def test_the_clients_own_headers_arrive_unchanged(origin, connect):
    sent = [("User-Agent", "test/1"), ("Cookie", "a=1; b=2"), ("Authorization", "Basic eDp5"),
            ("Accept", "text/event-stream"), ("Last-Event-ID", "7"), ("X-Odd", "a,b;c=\"d\""),
            ("Origin", "http://elsewhere.test"), ("If-None-Match", '"v"'), ("X-Empty", "")]
    asked = seen(origin, connect, *sent)
    for name, value in sent:
        assert asked.headers.all(name) == [value], name


def test_nothing_is_said_that_the_client_did_not_say(origin, connect):
    asked = seen(origin, connect)
    assert set(asked.headers.names()) <= {"host", "grip-sig", "grip-feature", "x-forwarded-for",
                                          "x-forwarded-proto"}


def test_the_host_of_the_client_arrives(origin, connect):
    assert seen(origin, connect, host="www.example.org").get("host") == "www.example.org"
    assert seen(origin, connect, host="www.example.org:8080").get("host") == "www.example.org:8080"


@pytest.mark.parametrize("name,value", [
    ("Grip-Sig", "forged"), ("Grip-Last", "a; last-id=1"), ("Grip-Feature", "everything"),
    ("grip-anything", "1"), ("Connection-Id", "x"), ("Meta-User", "alice"),
])
def test_a_client_may_not_speak_for_the_broker(origin, connect, name, value):
    assert value not in seen(origin, connect, (name, value)).headers.all(name)


@pytest.mark.parametrize("name,value", [
    ("Keep-Alive", "timeout=5"), ("TE", "trailers"), ("Proxy-Connection", "keep-alive"),
    ("Upgrade", "websocket2"), ("Connection", "keep-alive"),
])
def test_headers_for_the_first_hop_stay_there(origin, connect, name, value):
    asked = seen(origin, connect, (name, value))
    assert value not in asked.headers.all(name)


def test_a_header_the_client_names_in_connection_stays_there(origin, connect):
    asked = seen(origin, connect, ("Connection", "X-Hop, keep-alive"), ("X-Hop", "1"))
    assert "x-hop" not in asked.headers


def test_x_forwarded_for_is_the_peer_and_nobody_else(origin, connect):
    asked = seen(origin, connect, ("X-Forwarded-For", "10.9.8.7"), ("X-Forwarded-For", "1.2.3.4"))
    assert asked.headers.all("x-forwarded-for") == ["127.0.0.1"]


def test_a_trusted_peer_may_tell_whom_it_forwards_for(origin, start_broker):
    origin.on("*", OK)
    broker = start_broker("--trusted-address", "127.0.0.0/8")
    ask_own(broker, "/x", ("X-Forwarded-For", "10.9.8.7"))
    assert origin.requests[0].get("x-forwarded-for") == "10.9.8.7, 127.0.0.1"


def test_a_forged_x_forwarded_proto_does_not_arrive(origin, connect):
    asked = seen(origin, connect, ("X-Forwarded-Proto", "https"))
    assert asked.get("x-forwarded-proto") in (None, "http")


def test_no_compressed_answer_is_asked_for_on_a_grip_route(origin, connect):
    asked = seen(origin, connect, ("Accept-Encoding", "gzip, br"))
    assert "accept-encoding" not in asked.headers


# Grip-Sig


def test_grip_sig_is_signed_with_the_configured_secret(origin, connect):
    token = seen(origin, connect).get("grip-sig")
    assert grip.is_signed_hs256(token, b"secret")
    assert not grip.is_signed_hs256(token, b"secre")


def test_grip_sig_names_the_issuer_and_an_hour_ahead(origin, connect):
    head, claims, _, _ = grip.token_parts(seen(origin, connect).get("grip-sig"))
    assert head == {"typ": "JWT", "alg": "HS256"}
    assert claims["iss"] == "test"
    assert isinstance(claims["exp"], int)
    assert 3400 < claims["exp"] - time.time() < 3700
    assert set(claims) == {"iss", "exp"}


def test_every_request_is_signed(origin, connect, client2):
    origin.on("*", OK)
    connection = connect()
    for data in (get("/1"), post("/2", b"x"), request("OPTIONS", "/3")):
        connection.ask(data)
    client2.whole(client2.get("/4"))
    assert len(origin.requests) == 4
    for asked in origin.requests:
        assert grip.is_signed_hs256(asked.get("grip-sig"), b"secret"), asked.target


def test_a_key_may_be_given_in_base64(origin, start_broker):
    origin.on("*", OK)
    broker = start_broker("--sig-key", "base64:AAEC/w==", signed=False)
    ask_own(broker)
    assert grip.is_signed_hs256(origin.requests[0].get("grip-sig"), b"\x00\x01\x02\xff")


def pem_of(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


@pytest.mark.parametrize("make,algorithm", [
    (lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"),
    (lambda: rsa.generate_private_key(65537, 2048), "RS256"),
])
def test_the_kind_of_key_in_a_file_decides_the_algorithm(origin, start_broker, tmp_path, make,
                                                         algorithm):
    origin.on("*", OK)
    key = make()
    path = tmp_path / "key.pem"
    path.write_bytes(pem_of(key))
    broker = start_broker("--sig-key", f"file:{path}", signed=False)
    ask_own(broker)
    token = origin.requests[0].get("grip-sig")
    assert grip.token_parts(token)[0]["alg"] == algorithm
    assert grip.is_signed_with(token, key.public_key())


def test_a_file_may_hold_a_secret_in_hex(origin, start_broker, tmp_path):
    origin.on("*", OK)
    path = tmp_path / "secret"
    path.write_text("00ff10\n")
    broker = start_broker("--sig-key", f"file:{path}", signed=False)
    ask_own(broker)
    assert grip.is_signed_hs256(origin.requests[0].get("grip-sig"), b"\x00\xff\x10")


def test_without_a_configured_key_one_is_made_and_kept(origin, start_broker, tmp_path):
    """The key `holdfast keys` prints verifies the tokens of this start and of the next."""
    origin.on("*", OK)
    for _ in range(2):
        broker = start_broker("--state", tmp_path, signed=False)
        ask_own(broker)
        broker.stop()
    printed = run_program("keys", "--state", tmp_path).stdout
    key = serialization.load_pem_public_key(
        printed[printed.index("-----BEGIN"):printed.index("-----END PUBLIC KEY-----") + 25].encode())
    tokens = [asked.get("grip-sig") for asked in origin.requests]
    assert [grip.token_parts(token)[0]["alg"] for token in tokens] == ["ES256", "ES256"]
    assert all(grip.is_signed_with(token, key) for token in tokens)


def test_a_route_may_have_a_key_of_its_own(origin, start_broker):
    origin.on("*", OK)
    broker = start_broker(routes=[f"*,path_beg=/own,sig_key=other,sig_iss=me {origin.address}",
                                  f"* {origin.address}"])
    ask_own(broker, "/own")
    ask_own(broker, "/general")
    own, general = (asked.get("grip-sig") for asked in origin.requests)
    assert grip.is_signed_hs256(own, b"other")
    assert grip.token_parts(own)[1]["iss"] == "me"
    assert grip.is_signed_hs256(general, b"secret")


def test_grip_feature_names_only_what_exists(origin, connect):
    features = seen(origin, connect).get("grip-feature").split(", ")
    assert features == ["status"]


def test_a_request_that_comes_back_is_a_loop(origin, connect):
    origin.on("*", OK)
    token = grip.make_token(b"secret", {"iss": "test", "exp": int(time.time()) + 3600})
    got = connect().ask(get("/x", ("Grip-Sig", token)))
    assert got.status == 508
    assert not origin.requests


@pytest.mark.parametrize("secret,claims", [
    (b"wrong", {"iss": "test", "exp": 4102444800}),
    (b"secret", {"iss": "test", "exp": 1000}),
    (b"secret", {"iss": "else", "exp": 4102444800}),
    (b"secret", {"iss": "test"}),
])
def test_a_token_that_is_not_ours_makes_no_loop(origin, connect, secret, claims):
    asked = seen(origin, connect, ("Grip-Sig", grip.make_token(secret, claims)))
    assert grip.is_signed_hs256(asked.get("grip-sig"), b"secret")


# what a plain route and the options of routes change


def test_a_route_without_grip_signs_nothing_and_holds_nothing(origin, start_broker):
    origin.on("*", stream_hold("a", body=b"whole"))
    broker = start_broker(routes=[f"*,no_grip {origin.address}"])
    got = ask_own(broker, "/x", ("Accept-Encoding", "gzip"))
    assert got.body == b"whole"
    asked, = origin.requests
    assert "grip-sig" not in asked.headers
    assert "grip-feature" not in asked.headers
    assert asked.get("accept-encoding") == "gzip"


@pytest.mark.parametrize("conditions,options,target,host,path", [
    ("", "", "/a?q=1", "client.test", "/a?q=1"),
    (",as_host=inner.test", "", "/a", "inner.test", "/a"),
    ("", ",host=target.test", "/a", "target.test", "/a"),
    (",path_beg=/a,replace_beg=/b", "", "/a/c?q=1", "client.test", "/b/c?q=1"),
    (",path_beg=/a,path_rem=2", "", "/a/c", "client.test", "/c"),
])
def test_a_route_rewrites_host_and_path(origin, start_broker, conditions, options, target, host,
                                        path):
    origin.on("*", OK)
    broker = start_broker(routes=[f"*{conditions} {origin.address}{options}"])
    assert ask_own(broker, target).status == 200
    assert (origin.requests[0].get("host"), origin.requests[0].target) == (host, path)


def test_a_route_sets_and_deletes_headers(origin, start_broker):
    origin.on("*", OK)
    broker = start_broker(routes=[f"*,header=X-Set:yes,header=X-Gone: {origin.address}"])
    ask_own(broker, "/x", ("X-Set", "no"), ("X-Gone", "here"), ("X-Stays", "1"))
    asked, = origin.requests
    assert asked.headers.all("x-set") == ["yes"]
    assert "x-gone" not in asked.headers
    assert asked.get("x-stays") == "1"


def test_the_longest_path_and_the_exact_host_decide(origin, start_broker):
    origin.on("*", lambda asked: answer(200, body=asked.get("x-route", "none")))
    broker = start_broker(routes=[
        f"*,header=X-Route:any {origin.address}",
        f"*,path_beg=/a,header=X-Route:a {origin.address}",
        f"*,path_beg=/a/b,header=X-Route:ab {origin.address}",
        f"one.test,path_beg=/only,header=X-Route:one {origin.address}"])
    for target, host, route in [("/", "x.test", b"any"), ("/a", "x.test", b"a"),
                                ("/a/b/c", "x.test", b"ab"), ("/only", "one.test", b"one"),
                                ("/only", "ONE.test:80", b"one")]:
        assert ask_own(broker, target, host=host).body == route, (target, host)
    lost = ask_own(broker, "/a", host="one.test")
    assert (lost.status, lost.body) == (502, b"Route not found\n")
