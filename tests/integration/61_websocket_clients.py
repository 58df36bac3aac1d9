# SPDX-License-Identifier: Apache-2.0
"""WebSocket clients that people use: Debian's python3-websocket, and the npm package ws."""
import base64
import json
import os
import pathlib
import queue
import subprocess
import threading

import pytest
import websocket as websocket_client

from support.grip import ws_item
from support.origin import answer
from support.over_http import closing, echo, event, subscribe, text
from support.waiting import seconds
from support.websocket import close_payload

ROUTES = ["* {origin},over_http"]
CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"


class Python:
    """python3-websocket, behind the same five verbs as Node."""

    def __init__(self, url, trusted, *subprotocols):
        self.socket = websocket_client.create_connection(
            url, timeout=seconds(5), subprotocols=list(subprotocols) or None,
            sslopt={"ca_certs": trusted})

    def hear(self):
        opcode, data = self.socket.recv_data(control_frame=True)
        if opcode == websocket_client.ABNF.OPCODE_CLOSE:
            return {"close": [int.from_bytes(data[:2], "big"), data[2:].decode()]}
        if opcode == websocket_client.ABNF.OPCODE_BINARY:
            return {"binary": base64.b64encode(data).decode()}
        return {{1: "text", 9: "ping", 10: "pong"}[opcode]: data.decode()}

    def opened(self):
        return self.socket.getsubprotocol() or ""

    def tell(self, **told):
        for what, value in told.items():
            if what == "text":
                self.socket.send(value)
            elif what == "binary":
                self.socket.send_binary(base64.b64decode(value))
            elif what == "ping":
                self.socket.ping(value)
            elif what == "close":
                self.socket.send_close(value[0], value[1].encode())
            else:
                self.socket.shutdown()

    def end(self):
        self.socket.shutdown()


class Node:
    """ws, in a process of its own (tests/clients/websocket.mjs)."""

    def __init__(self, url, trusted, *subprotocols):
        assert (CLIENTS / "node_modules/ws").exists(), "ws is not installed: ./dev setup does it"
        self.process = subprocess.Popen(
            ["node", CLIENTS / "websocket.mjs", url, *subprotocols], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": trusted})
        self.heard = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.heard.put(json.loads(line))

    def hear(self):
        return self.heard.get(timeout=seconds(10))

    def opened(self):
        return self.hear()["open"]

    def tell(self, **told):
        self.process.stdin.write(json.dumps(told) + "\n")

    def end(self):
        self.process.stdin.close()
        self.process.wait(seconds(10))
        self.process.stdout.close()


@pytest.fixture(params=[Python, Node], ids=["python3-websocket", "ws"])
def kind(request):
    return request.param


@pytest.fixture
def client(kind, broker, target):
    """client(subprotocol...) opens a WebSocket; its `subprotocol` is what was chosen."""
    opened = []

    def open_one(*subprotocols):
        opened.append(kind(broker.url(target, "ws"), str(broker.authority.path), *subprotocols))
        opened[-1].subprotocol = opened[-1].opened()
        return opened[-1]
    yield open_one
    for each in opened:
        each.end()


def test_messages_there_and_back(over_http, client):
    over_http(reply=echo)
    it = client()
    for size in (0, 1, 125, 126, 65535, 65536, 200_000):
        it.tell(text="é" * (size // 2))
        assert it.hear() == {"text": "é" * (size // 2)}
        data = base64.b64encode(b"\xff" * size).decode()
        it.tell(binary=data)
        assert it.hear() == {"binary": data}


def test_a_ping_is_answered_by_the_origin(over_http, client):
    over_http(reply=echo)
    it = client()
    it.tell(ping="p")
    assert it.hear() == {"pong": "p"}


def test_publications_and_their_pings(over_http, client, broker, channel):
    over_http(opening=[subscribe(channel), text("open"), event("PING", "o")])
    it = client()
    assert [it.hear(), it.hear()] == [{"text": "open"}, {"ping": "o"}]
    broker.publish(ws_item(channel, "hello"), ws_item(channel, b"\0\xff"),
                   ws_item(channel, "p", type="ping"))
    assert [it.hear() for _ in range(3)] == [
        {"text": "hello"}, {"binary": "AP8="}, {"ping": "p"}]


def test_the_origin_chooses_the_subprotocol(over_http, client):
    over_http(headers=[("Sec-WebSocket-Protocol", "chat.v2")])
    assert client("chat.v1", "chat.v2").subprotocol == "chat.v2"


@pytest.mark.parametrize("code", [1000, 3000, 4999])
def test_the_client_closes(over_http, client, broker, code):
    origin = over_http()
    it = client()
    it.tell(close=[code, "bye"])
    assert it.hear() == {"close": [code, "bye"]}
    assert origin.wait("CLOSE") == close_payload(code, "bye")
    it.end()
    broker.wait_metric("holds", 0)


def test_the_origin_closes(over_http, client):
    over_http(opening=[closing(4001, "go")])
    assert client().hear() == {"close": [4001, "go"]}


def test_a_publisher_closes(over_http, client, broker, channel):
    over_http(opening=[subscribe(channel), text("open")])
    it = client()
    it.hear()
    broker.publish(ws_item(channel, action="close", code=4002, reason="over"))
    assert it.hear() == {"close": [4002, "over"]}


def test_an_origin_that_fails_is_a_1011(over_http, client):
    over_http(reply=lambda request: answer(500))
    it = client()
    it.tell(text="x")
    assert it.hear()["close"][0] == 1011


def test_a_client_that_terminates_is_a_disconnect(over_http, client, broker):
    origin = over_http()
    client().tell(terminate=True)
    origin.wait("DISCONNECT", None)
    broker.wait_metric("holds", 0)


def test_a_refusal_is_seen(origin, kind, broker, target):
    origin.on(target, answer(403, body=b"no", reason="Forbidden"))
    where = (broker.url(target, "ws"), str(broker.authority.path))
    if kind is Python:
        with pytest.raises(websocket_client.WebSocketBadStatusException) as refused:
            Python(*where)
        assert refused.value.status_code == 403
    else:
        it = Node(*where)
        assert it.hear() == {"refused": 403}
        it.end()
