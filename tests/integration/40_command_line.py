# SPDX-License-Identifier: Apache-2.0
"""Flags, files, variables and verbs; and that every mistake is answered with a sentence that
says where it is and how to mend it."""
import json
import re
import socket

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support import grip
from support.broker import run_program
from support.client import Connection, get
from support.grip import stream_item
from support.origin import answer


@pytest.fixture
def config_file(tmp_path):
    """config_file(text) writes a configuration and returns its path."""
    def write(text, name="holdfast.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path
    return write


def refused(result, *words):
    """The program ended with a fault and said all the words."""
    assert result.returncode not in (0, None), result.stderr
    assert result.returncode > 0, f"ended by signal {-result.returncode}: {result.stderr}"
    for word in words:
        assert word in result.stderr, result.stderr


# verbs


def test_version_is_a_line():
    result = run_program("version")
    assert result.returncode == 0
    assert re.fullmatch(r"holdfast \d+\.\d+\.\d+\S*\n", result.stdout)


def test_help_names_the_flags_and_every_limit():
    from support.broker import ROOT
    text = run_program("--help").stdout
    for flag in ("--listen", "--control", "--route", "--sig-key", "--publish-token", "--limit"):
        assert flag in text
    for name in re.findall(r"^LIMIT\((\w+)", (ROOT / "common/limits.def").read_text(), re.M):
        assert name in text, name


def test_check_accepts_what_would_start():
    result = run_program("check", "--route", "* 127.0.0.1:9", "--workers", 3)
    assert result.returncode == 0, result.stderr


def test_check_starts_nothing(config_file):
    """The ports may be taken: it is only a check."""
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    path = config_file(f"listen: ['127.0.0.1:{port}']\n")
    assert run_program("check", "--config", path).returncode == 0
    taken.close()


def test_a_verb_that_is_none_is_refused():
    refused(run_program("dance"), "dance")


def test_keys_prints_the_key_in_both_spellings(tmp_path):
    result = run_program("keys", "--state", tmp_path)
    assert result.returncode == 0, result.stderr
    pem = result.stdout[result.stdout.index("-----BEGIN PUBLIC KEY-----"):
                        result.stdout.index("-----END PUBLIC KEY-----") + 25]
    numbers = serialization.load_pem_public_key(pem.encode()).public_numbers()
    jwk = json.loads(re.search(r"\{.*\}", result.stdout, re.S).group())
    assert (jwk["kty"], jwk["crv"]) == ("EC", "P-256")
    for name, number in (("x", numbers.x), ("y", numbers.y)):
        assert grip._unpad(jwk[name]) == number.to_bytes(32, "big")


def test_the_key_is_made_once_and_is_for_its_owner_only(tmp_path):
    first, second = (run_program("keys", "--state", tmp_path).stdout for _ in range(2))
    assert first == second
    assert (tmp_path / "sig_key.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_is_broken_is_not_replaced(tmp_path):
    (tmp_path / "sig_key.pem").write_text("not a key")
    refused(run_program("keys", "--state", tmp_path), "sig_key.pem")
    assert (tmp_path / "sig_key.pem").read_text() == "not a key"


def test_keys_of_a_configured_key_prints_its_public_half(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    path = tmp_path / "own.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                       serialization.PrivateFormat.PKCS8,
                                       serialization.NoEncryption()))
    public = key.public_key().public_bytes(serialization.Encoding.PEM,
                                           serialization.PublicFormat.SubjectPublicKeyInfo)
    assert public.decode().strip() in run_program("keys", "--sig-key", f"file:{path}").stdout


def test_a_secret_has_nothing_to_print():
    result = run_program("keys", "--sig-key", "hush")
    assert "hush" not in result.stdout + result.stderr
    assert "BEGIN" not in result.stdout


# sources


def printed(*arguments, **environment):
    result = run_program("--print-config", *arguments, environment=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def line_of(text, name):
    return next(line for line in text.splitlines() if re.search(rf"\b{name}\b", line))


def test_print_config_shows_each_value_and_its_source(config_file):
    path = config_file("workers: 3\nlimits:\n  publish_items: 7\n")
    text = printed("--config", path, "--sig-iss", "me", HOLDFAST_LOG_LEVEL="debug")
    assert "3" in line_of(text, "workers") and "holdfast.yaml:1" in line_of(text, "workers")
    assert "7" in line_of(text, "publish_items")
    assert "holdfast.yaml:3" in line_of(text, "publish_items")
    assert "debug" in line_of(text, "log_level")
    assert "HOLDFAST_LOG_LEVEL" in line_of(text, "log_level")
    assert "me" in line_of(text, "sig_iss") and "--sig-iss" in line_of(text, "sig_iss")
    assert "default" in line_of(text, "backlog_bytes")


def test_print_config_keeps_secrets(config_file):
    path = config_file("sig_key: hush-key\n")
    text = printed("--config", path, "--publish-token", "hush-token")
    assert "hush" not in text
    assert "(set)" in text


def test_a_flag_wins_over_a_variable_and_that_over_the_file(config_file):
    path = config_file("workers: 3\nsig_iss: file\nlog_level: warn\n")
    text = printed("--config", path, "--workers", 5, HOLDFAST_WORKERS="4", HOLDFAST_SIG_ISS="var")
    assert "5" in line_of(text, "workers")
    assert "var" in line_of(text, "sig_iss")
    assert "warn" in line_of(text, "log_level")


@pytest.mark.parametrize("text,line,words", [
    ("workers: 3\nlisten\n", 3, []),
    ("workers: 3\nlog_level: [\n", 3, []),
    ("workers: many\n", 1, ["workers"]),
    ("\n\nworkers: 0\n", 3, ["workers"]),
    ("log_level: loud\n", 1, ["log_level", "loud"]),
    ("# fine\nworker: 3\n", 2, ["worker"]),
    ("limits:\n  backlog_items: 4\n  backlog_item: 5\n", 3, ["backlog_item"]),
    ("limits:\n  backlog_items: 3\n", 2, ["backlog_items", "16"]),
    ("listen: ['nowhere:x']\n", 1, ["nowhere:x"]),
    ("routes:\n  - '* 127.0.0.1:1'\n  - '*'\n", 3, []),
], ids=["no value", "an open bracket", "a word for a number", "a number out of range",
        "a level that is none", "a key that is none", "a limit that is none",
        "a limit out of range", "an address that is none", "a route without a target"])
def test_a_fault_in_the_file_is_named_with_its_line(config_file, text, line, words):
    result = run_program("check", "--config", config_file(text))
    refused(result, "holdfast.yaml", *words)
    assert re.search(rf"holdfast\.yaml:({line}|{line - 1})\b", result.stderr), result.stderr


@pytest.mark.parametrize("arguments,words", [
    (["--workers", "none"], ["--workers", "none"]),
    (["--limit", "backlog_items=1"], ["backlog_items", "16"]),
    (["--limit", "backlog=1"], ["backlog"]),
    (["--limit", "backlog_items"], ["backlog_items"]),
    (["--listen", "here"], ["--listen", "here"]),
    (["--route", "*"], ["--route"]),
    (["--route", "* localhost:99999"], ["99999"]),
    (["--route", "*,path_beg= 127.0.0.1:1"], ["path_beg"]),
    (["--route", "*,color=red 127.0.0.1:1"], ["color"]),
    (["--config", "/nonexistent/file"], ["/nonexistent/file"]),
    (["--routes", "/nonexistent/routes"], ["/nonexistent/routes"]),
    (["--publish-token", "file:/nonexistent/token"], ["/nonexistent/token"]),
    (["--trusted-address", "10.0.0.0/99"], ["10.0.0.0/99"]),
    (["--unknown-flag"], ["unknown-flag"]),
], ids=lambda value: " ".join(value) if isinstance(value, list) else str(value))
def test_a_fault_in_a_flag_is_named(arguments, words):
    refused(run_program("check", *arguments), *words)


def test_a_fault_in_a_variable_is_named():
    refused(run_program("check", environment={"HOLDFAST_WORKERS": "x"}), "HOLDFAST_WORKERS")


@pytest.mark.parametrize("key", ["file:/nonexistent/key", "base64:@@@"])
def test_a_key_that_cannot_be_read_stops_the_start(tmp_path, key):
    result = run_program("--sig-key", key, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0",
                         "--state", tmp_path)
    refused(result)
    assert len(result.stderr.strip()) > 10


def test_several_faults_are_told_at_once(config_file):
    refused(run_program("check", "--config", config_file("workers: x\nlog_level: loud\n")),
            "workers", "log_level")


# what a start needs


@pytest.mark.parametrize("flag", ["--listen", "--control"])
def test_a_port_in_use_is_said_with_its_address(tmp_path, flag):
    taken = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{taken.getsockname()[1]}"
    other = "--control" if flag == "--listen" else "--listen"
    result = run_program(flag, address, other, "127.0.0.1:0", "--state", tmp_path)
    refused(result, address, "in use")
    taken.close()


def test_two_brokers_cannot_share_a_port_by_mistake(start_broker, tmp_path):
    """SO_REUSEPORT would let them: half of the clients would be with each."""
    broker = start_broker()
    result = run_program("--listen", f"127.0.0.1:{broker.port}", "--control", "127.0.0.1:0",
                         "--state", tmp_path)
    refused(result, str(broker.port))


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "*:0"])
def test_publishing_from_elsewhere_needs_a_token(tmp_path, address):
    result = run_program("--listen", "127.0.0.1:0", "--control", address, "--state", tmp_path)
    refused(result, "publish-token")


def test_with_a_token_publishers_may_be_elsewhere():
    assert run_program("check", "--control", "0.0.0.0:5561", "--publish-token",
                       "t").returncode == 0


def test_a_token_may_stand_in_a_file(start_broker, tmp_path):
    path = tmp_path / "token"
    path.write_text("from-file\nsecond line\n")
    broker = start_broker("--publish-token", f"file:{path}")
    item = stream_item("a", "x")
    assert broker.post_items(item, headers=[("Fastly-Key", "from-file")]).status == 200
    assert broker.post_items(item, headers=[("Fastly-Key", f"file:{path}")]).status == 401


def test_a_configuration_file_starts_a_broker(origin, start_broker, config_file):
    origin.on("/x", answer(200, body=b"through the file"))
    path = config_file(f"routes: ['* {origin.address}']\nworkers: 1\nsig_key: filekey\n"
                       "limits: {publish_items: 1}\n")
    broker = start_broker("--config", path, routes=[], signed=False)
    connection = Connection(broker.port)
    assert connection.ask(get("/x")).body == b"through the file"
    assert grip.is_signed_hs256(origin.requests[0].get("grip-sig"), b"filekey")
    item = stream_item("a", "x")
    assert broker.post_items(item, item).status == 400
    connection.close()


def test_a_pushpin_routes_file_is_understood(origin, start_broker, tmp_path):
    origin.on("*", answer(200, body=b"routed"))
    path = tmp_path / "routes"
    path.write_text(f"# comment\n\na.test {origin.address},over_http # more\n"
                    f"b.test,sockjs=/x {origin.address}\n* {origin.address}\n")
    broker = start_broker("--routes", path, routes=[])
    connection = Connection(broker.port)
    for host in ("a.test", "c.test"):
        assert connection.ask(get("/x", host=host)).body == b"routed"
    broker.wait_log("warn", "routes:4")
    connection.close()


def test_several_addresses_may_be_listened_on(start_broker, origin):
    origin.on("*", answer(200, body=b"ok"))
    broker = start_broker("--listen", "127.0.0.1:0", "--workers", 1)
    ports = [int(port) for port in re.findall(r"listening address=127\.0\.0\.1:(\d+) for=clients",
                                              broker.log())]
    assert len(set(ports)) == 2
    for port in ports:
        connection = Connection(port)
        assert connection.ask(get("/x")).body == b"ok"
        connection.close()


def test_clients_may_come_through_a_unix_socket(origin, start_broker, tmp_path):
    origin.on("*", answer(200, body=b"ok"))
    path = tmp_path / "clients.sock"
    start_broker("--listen", f"unix:{path}")
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(path))
    client.sendall(get("/x", ("Connection", "close")))
    reply = b""
    while piece := client.recv(4096):
        reply += piece
    assert reply.startswith(b"HTTP/1.1 200 ") and reply.endswith(b"ok")
    client.close()


def test_http2_can_be_switched_off(start_broker):
    broker = start_broker("--http2", "no")
    connection = Connection(broker.port)
    connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    reply = connection.drain()
    assert reply.startswith(b"HTTP/1.1 505 "), reply
