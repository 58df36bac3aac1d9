# SPDX-License-Identifier: Apache-2.0
"""One end of a WebSocket that sends whatever it is told and accepts only what is right.

    socket = open_websocket(Connection(port), "/chat")
    socket.text("hello")
    socket.expect_text("hello")
    socket.send(frame(TEXT, "x", rsv=4))         # broken on purpose
    assert socket.expect_failure(1002)

Every frame that arrives is checked against RFC 6455: masked or not, reserved
bits, opcodes, the shortest form of the length, whole control frames, order of
fragments, UTF-8. Every wait has a deadline.
"""
import base64
import hashlib
import struct

from support.client import get
from support.waiting import Deadline

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x37\xfa\x21\x3d"


def accept_of(key):
    """The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def upgrade(target="/ws", *headers, without=(), **more):
    """A request for a WebSocket. `headers` replace what is usual, `without` names what is left
    out."""
    usual = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", KEY),
             ("Sec-WebSocket-Version", "13")]
    given = {name.lower() for name, _ in headers} | {name.lower() for name in without}
    kept = [header for header in usual if header[0].lower() not in given]
    return get(target, *kept, *headers, **more)


def _bytes(payload):
    return payload.encode() if isinstance(payload, str) else payload


def _masked(payload, mask):
    whole = int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "big")
    return (int.from_bytes(payload, "big") ^ whole).to_bytes(len(payload), "big")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=MASK, form=None, claims=None):
    """The bytes of a frame. `mask=None` is a server's; `form` is 7, 16 or 64 bits of length instead
    of the shortest; `claims` is a length it announces instead of its own."""
    payload = _bytes(payload)
    length = len(payload) if claims is None else claims
    if form is None:
        form = 7 if length < 126 else 16 if length < 65536 else 64
    bit = 0x80 if mask is not None else 0
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode])
    if form == 7:
        head += bytes([bit | length])
    elif form == 16:
        head += struct.pack("!BH", bit | 126, length)
    else:
        head += struct.pack("!BQ", bit | 127, length)
    return head + (payload if mask is None else mask + _masked(payload, mask))


def fragments(opcode, *pieces, **form):
    """A message in frames of these pieces."""
    last = len(pieces) - 1
    return b"".join(frame(opcode if at == 0 else CONTINUATION, piece, fin=at == last, **form)
                    for at, piece in enumerate(pieces))


def close_payload(code=None, reason=""):
    return b"" if code is None else struct.pack("!H", code) + _bytes(reason)


class Peer:
    """One end of an open WebSocket on a Connection; a server's end where it is no client."""

    def __init__(self, connection, is_client=True):
        self.connection = connection
        self.is_client = is_client
        self.mask = MASK if is_client else None
        self.message = None  # opcode and bytes of the fragments so far

    # sending

    def send(self, data):
        self.connection.send(data)

    def frame(self, opcode, payload=b"", **form):
        self.send(frame(opcode, payload, **{"mask": self.mask, **form}))

    def text(self, text):
        self.frame(TEXT, text)

    def binary(self, data):
        self.frame(BINARY, data)

    def ping(self, data=b""):
        self.frame(PING, data)

    def pong(self, data=b""):
        self.frame(PONG, data)

    def close(self, code=None, reason=""):
        self.frame(CLOSE, close_payload(code, reason))

    # receiving

    def _take(self, count, deadline):
        ahead = self.connection.ahead
        while len(ahead) < count:
            if not self.connection.receive(deadline):
                raise EOFError(f"the end came while awaiting {deadline.what}; had {bytes(ahead)!r}")
        taken = bytes(ahead[:count])
        del ahead[:count]
        return taken

    def read_frame(self, deadline):
        """Returns: opcode, payload, whether it is final."""
        first, second = self._take(2, deadline)
        opcode, length = first & 15, second & 127
        assert not first & 0x70, f"reserved bits: {first:#x}"
        assert opcode in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG), opcode
        assert bool(second & 0x80) != self.is_client, "masked, or not, against RFC 6455"
        if length == 126:
            length, = struct.unpack("!H", self._take(2, deadline))
            assert length > 125, "a length not in its shortest form"
        elif length == 127:
            length, = struct.unpack("!Q", self._take(8, deadline))
            assert length > 65535, "a length not in its shortest form"
        mask = self._take(4, deadline) if second & 0x80 else None
        payload = self._take(length, deadline)
        if opcode >= CLOSE:
            assert first & 0x80 and length <= 125, "a control frame that is none"
        return opcode, _masked(payload, mask) if mask else payload, bool(first & 0x80)

    def receive(self, amount=5.0, what="a message"):
        """The next whole message or control frame. Returns: opcode, payload."""
        deadline = Deadline(amount, what)
        while True:
            opcode, payload, is_final = self.read_frame(deadline)
            if opcode < CLOSE:
                assert (opcode == CONTINUATION) == (self.message is not None), "fragments mixed"
                first, so_far = self.message or (opcode, b"")
                self.message = None if is_final else (first, so_far + payload)
                opcode, payload = first, so_far + payload
            if opcode == TEXT and is_final:
                payload.decode()
            if is_final:
                return opcode, payload

    def expect(self, opcode, payload, amount=5.0):
        payload = _bytes(payload)
        got = self.receive(amount, f"opcode {opcode}: {payload[:60]!r}")
        assert got == (opcode, payload), (got[0], len(got[1]), got[1][:80], payload[:80])

    def expect_text(self, text, amount=5.0):
        self.expect(TEXT, text, amount)

    def expect_binary(self, data, amount=5.0):
        self.expect(BINARY, data, amount)

    def expect_close(self, amount=5.0):
        """The next is a close frame. Returns: code (None for none), reason."""
        opcode, payload = self.receive(amount, "a close frame")
        assert opcode == CLOSE, (opcode, payload[:80])
        assert len(payload) != 1, "a close frame of one byte"
        return (struct.unpack("!H", payload[:2])[0] if payload else None), payload[2:].decode()

    def expect_end(self, amount=5.0):
        """Nothing more comes, and the other end closes; so do we."""
        assert self.connection.is_closed(amount), bytes(self.connection.ahead[:80])
        self.connection.close()

    def expect_closed(self, code, reason="", amount=5.0):
        """The other end closes; we answer, and it ends the connection."""
        assert self.expect_close(amount) == (code, reason)
        self.connection.try_send(frame(CLOSE, close_payload(code), mask=self.mask))
        self.expect_end(amount)

    def expect_failure(self, *codes, amount=5.0):
        """The other end fails the connection: a close frame with one of `codes`, then the end.

        Returns: the reason it gives."""
        code, reason = self.expect_close(amount)
        assert code in codes, (code, reason)
        self.connection.try_send(frame(CLOSE, close_payload(code), mask=self.mask))
        self.expect_end(amount)
        return reason


def open_websocket(connection, target="/ws", *headers, amount=5.0, **more):
    """The handshake, which must succeed. Returns: the client's end; `answer` is the 101."""
    connection.send(upgrade(target, *headers, **more))
    answer = connection.answer(amount)
    assert answer.status == 101, (answer.status, answer.headers)
    assert answer.headers.get("upgrade", "").lower() == "websocket", answer.headers
    assert answer.headers.get("connection", "").lower() == "upgrade", answer.headers
    key = dict((name.lower(), value) for name, value in headers).get("sec-websocket-key", KEY)
    assert answer.headers.all("sec-websocket-accept") == [accept_of(key)], answer.headers
    assert "content-length" not in answer.headers and "transfer-encoding" not in answer.headers
    peer = Peer(connection)
    peer.answer = answer
    return peer
