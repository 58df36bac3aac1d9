# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 frames by hand, also those that no client should send.

    wire = Raw2(port)                        # preface and SETTINGS are sent
    wire.get(1, "/stream")
    wire.send(reset(1), window_update(1, 0), frame(PING, payload=b"8 bytes "))
    head = wire.wait_for(HEADERS, 1)         # a Frame; head.headers()
    assert wire.ended(1) == ("reset", PROTOCOL_ERROR)

What the broker sends is collected in wire.frames in its order; no window is
opened that a test does not open.
"""
import socket
import struct

import hpack

from support.client import secured
from support.waiting import Deadline, seconds

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
 CONTINUATION) = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_STREAMS, WINDOW, FRAME_SIZE, HEADER_LIST_SIZE = range(1, 7)
NO_ERROR, PROTOCOL_ERROR = 0, 1
REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 7, 8, 11


def frame(kind, flags=0, stream=0, payload=b""):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + struct.pack(">I", stream)
            + payload)


def settings(**values):
    """settings(WINDOW=0): by the names above."""
    return frame(SETTINGS, payload=b"".join(
        struct.pack(">HI", globals()[name], value) for name, value in values.items()))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def window_update(stream, by):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", by))


def goaway(last=0, code=NO_ERROR):
    return frame(GOAWAY, payload=struct.pack(">II", last, code))


def block(path="/", method="GET", headers=(), authority="client.test"):
    return fields_block([(":method", method), (":scheme", "http"), (":path", path),
                         (":authority", authority), *headers])


def fields_block(fields):
    """A header block that needs no table: heads may be sent in any order and number."""
    encoder = hpack.Encoder()
    encoder.header_table_size = 0
    return encoder.encode(fields)


def head(stream, path="/", flags=END_STREAM | END_HEADERS, **more):
    return frame(HEADERS, flags, stream, block(path, **more))


class Frame:
    def __init__(self, kind, flags, stream, payload, headers):
        self.kind, self.flags, self.stream, self.payload = kind, flags, stream, payload
        self.fields = headers

    def __repr__(self):
        return f"<{self.kind} {self.flags:#x} on {self.stream}: {self.payload[:40]!r}>"

    def headers(self):
        return dict(self.fields)

    def number(self, at=0):
        return struct.unpack_from(">I", self.payload, at)[0]


class Raw2:
    def __init__(self, port, *first, receive_buffer=None, preface=PREFACE):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(seconds(5))
        self.socket.connect(("127.0.0.1", port))
        self.socket = secured(self.socket, port, "h2")
        self.frames = []
        self.ahead = bytearray()
        self.decoder = hpack.Decoder()
        self.is_over = False
        self.send(preface, *(first or (settings(),)))

    def send(self, *frames):
        self.socket.settimeout(seconds(10))
        self.socket.sendall(b"".join(frames))

    def try_send(self, *frames):
        """Sends to a broker that may have closed. Returns whether all was taken."""
        try:
            self.send(*frames)
        except OSError:
            return False
        return True

    def get(self, stream, path, **more):
        self.send(head(stream, path, **more))

    def _cut_frames(self):
        while len(self.ahead) >= 9:
            length = int.from_bytes(self.ahead[:3], "big")
            if len(self.ahead) < 9 + length:
                return
            kind, flags = self.ahead[3], self.ahead[4]
            stream = struct.unpack_from(">I", self.ahead, 5)[0]
            payload = bytes(self.ahead[9:9 + length])
            del self.ahead[:9 + length]
            fields = self.decoder.decode(payload) if kind == HEADERS else ()
            self.frames.append(Frame(kind, flags, stream, payload, fields))

    def receive(self, deadline):
        """Whatever comes next; marks the end."""
        self.socket.settimeout(deadline.left())
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise TimeoutError(f"{deadline.what} did not happen in time; {self.frames[-5:]}") \
                from None
        except OSError:
            data = b""
        self.is_over = self.is_over or not data
        self.ahead += data
        self._cut_frames()

    def _find(self, kind, stream, flags):
        for each in self.frames:
            if (each.kind, each.stream) == (kind, stream) and each.flags & flags == flags:
                return each
        return None

    def wait_for(self, kind, stream=0, flags=0, amount=5.0):
        """The first such frame, which may have come long ago."""
        deadline = Deadline(amount, f"frame {kind} on {stream}")
        while not (found := self._find(kind, stream, flags)):
            assert not self.is_over, f"closed; {self.frames[-5:]}"
            self.receive(deadline)
        return found

    def body(self, stream):
        return b"".join(each.payload for each in self.frames
                        if (each.kind, each.stream) == (DATA, stream))

    def wait_body(self, stream, content, amount=5.0):
        deadline = Deadline(amount, f"{content[:60]!r} on stream {stream}")
        while content not in self.body(stream):
            assert not self.is_over, f"closed; {self.frames[-5:]}"
            self.receive(deadline)
        return self.body(stream)

    def end(self, stream):
        for each in self.frames:
            if each.stream != stream:
                continue
            if each.kind == RST_STREAM:
                return "reset", each.number()
            if each.kind in (DATA, HEADERS) and each.flags & END_STREAM:
                return "whole", NO_ERROR
        return ("closed", None) if self.is_over else None

    def ended(self, stream, amount=5.0):
        """Waits for its end: ("whole", 0), ("reset", code) or ("closed", None)."""
        deadline = Deadline(amount, f"the end of stream {stream}")
        while not self.end(stream):
            self.receive(deadline)
        return self.end(stream)

    def ping(self, amount=5.0):
        """Waits for the answer to a PING: all that was sent before has been looked at."""
        before = len([each for each in self.frames if each.kind == PING])
        self.send(frame(PING, payload=b"are you?"))
        deadline = Deadline(amount, "an answer to PING")
        while len([each for each in self.frames if each.kind == PING]) == before:
            assert not self.is_over, f"closed; {self.frames[-5:]}"
            self.receive(deadline)

    def wait_over(self, amount=5.0):
        """Waits until the broker has closed."""
        deadline = Deadline(amount, "the end of the connection")
        while not self.is_over:
            self.receive(deadline)

    def goodbye(self):
        """Code and text of the broker's GOAWAY, None where there was none."""
        found = self._find(GOAWAY, 0, 0)
        return (found.number(4), found.payload[8:].decode()) if found else None

    def close(self):
        self.socket.close()
