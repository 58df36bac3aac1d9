# SPDX-License-Identifier: Apache-2.0
"""Peers of the broker's ZeroMQ sockets, and the tagged netstrings they speak."""
import json

import zmq

from support.waiting import seconds


def tnetstring(value):
    if isinstance(value, (bytes, str)):
        payload, kind = (value.encode() if isinstance(value, str) else value), b","
    elif isinstance(value, bool):
        payload, kind = str(value).lower().encode(), b"!"
    elif isinstance(value, int):
        payload, kind = str(value).encode(), b"#"
    elif value is None:
        payload, kind = b"", b"~"
    elif isinstance(value, dict):
        payload, kind = b"".join(tnetstring(each) for pair in value.items() for each in pair), b"}"
    else:
        payload, kind = b"".join(map(tnetstring, value)), b"]"
    return b"%d:%s%s" % (len(payload), payload, kind)


def _read(text):
    length, _, rest = text.partition(b":")
    payload, kind, rest = rest[:int(length)], rest[int(length):][:1], rest[int(length) + 1:]
    if kind == b"#":
        return int(payload), rest
    if kind == b"!":
        return payload == b"true", rest
    if kind == b"~":
        return None, rest
    if kind == b",":
        return payload.decode("utf-8", "surrogateescape"), rest
    values = []
    while payload:
        value, payload = _read(payload)
        values.append(value)
    return (dict(zip(values[::2], values[1::2])) if kind == b"}" else values), rest


def read_tnetstring(text):
    value, rest = _read(text)
    assert rest == b"", rest
    return value


def stream_format(content):
    return {"http-stream": {"content": content}}


def json_message(channel, content, **more):
    return b"J" + json.dumps({"channel": channel, "formats": stream_format(content),
                              **more}).encode()


def tnetstring_message(channel, content, **more):
    return b"T" + tnetstring({"channel": channel, "formats": stream_format(content), **more})


class Commander:
    """A client of the command socket."""

    def __init__(self, peers, broker):
        self.socket = peers.connect(zmq.REQ, broker.zmq_ports["zmq_command"])

    def ask(self, method, **args):
        """Asks and returns the reply, which must repeat the id."""
        request = {"id": "7", "method": method, **({"args": args} if args else {})}
        self.socket.send(tnetstring(request))
        reply = read_tnetstring(self.socket.recv())
        assert reply.pop("id") == "7"
        return reply


class Peers:
    """Sockets that are closed together."""

    def __init__(self):
        self.context = zmq.Context()

    def make(self, kind, **options):
        """A socket that waits for a while and no longer."""
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, int(seconds(10) * 1000))
        socket.setsockopt(zmq.SNDTIMEO, int(seconds(10) * 1000))
        for name, value in options.items():
            setattr(socket, name, value)
        return socket

    def connect(self, kind, port, **options):
        socket = self.make(kind, **options)
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket

    def close(self):
        self.context.destroy(linger=0)
