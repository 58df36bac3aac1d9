# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1 client that sends the bytes it is given and believes nothing.

    connection = Connection(port)
    connection.send(get("/stream"))
    answer = connection.answer()          # the head
    answer.wait_for(b"data: 1\n\n")       # the body, as it arrives
    assert answer.ended() == "cleanly"    # or "cut"

Every wait has a deadline (support/waiting.py).
"""
import socket
import ssl
import struct

from support.waiting import Deadline, seconds

# port -> file of whom to trust, for ports where brokers of this test speak TLS.
tls_ports = {}


def secured(connected, port, protocol, context=None, name="localhost"):
    """A connected socket, with TLS where that is spoken on the port, or `context` is given."""
    if context:
        return context.wrap_socket(connected, server_hostname=name)
    if port not in tls_ports:
        return connected
    context = ssl.create_default_context(cafile=tls_ports[port])
    context.set_alpn_protocols([protocol])
    return context.wrap_socket(connected, server_hostname="localhost")


class Ended(AssertionError):
    """The broker closed the connection while something was still awaited."""


class Headers(list):
    """(name, value) pairs in the order they came; names are asked for without case."""

    def all(self, name):
        return [value for key, value in self if key.lower() == name.lower()]

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    def __contains__(self, name):
        return self.get(name) is not None

    def names(self):
        return [key.lower() for key, _ in self]


def read_headers(lines):
    return Headers(
        tuple(part.strip() for part in line.split(":", 1)) for line in lines if ":" in line
    )


def request(method, target, headers=(), body=None, version="1.1", host="client.test"):
    """The bytes of a well-formed request. `host=None` leaves the Host line out."""
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def get(target, *headers, **more):
    return request("GET", target, headers, **more)


def post(target, body, *headers, **more):
    return request("POST", target, headers, body, **more)


def chunked(*pieces):
    """A chunked body with its end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class Connection:
    """A TCP connection to the broker; with TLS where that is spoken on the port, in the way of
    `context` where one is given, asking for `name`."""

    def __init__(self, port, receive_buffer=None, context=None, name="localhost"):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(seconds(5))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = "%s:%d" % self.socket.getsockname()
        self.socket = secured(self.socket, port, "http/1.1", context, name)
        self.ahead = bytearray()  # received, not yet asked for
        self.is_over = False

    def send(self, data):
        self.socket.settimeout(seconds(20))
        self.socket.sendall(data)

    def try_send(self, data):
        """Sends to a peer that may rightly have closed already; what it said before that can
        still be read. Returns: whether it took the data."""
        try:
            self.send(data)
        except OSError:
            return False
        return True

    def receive(self, deadline):
        """One piece more in `ahead`, or False where the broker has closed."""
        if self.is_over:
            return False
        self.socket.settimeout(deadline.left())
        try:
            piece = self.socket.recv(1 << 18)
        except socket.timeout:
            deadline.left()
            raise TimeoutError(f"{deadline.what} did not happen in time") from None
        except OSError:
            piece = b""
        self.is_over = not piece
        self.ahead += piece
        return bool(piece)

    def read_line(self, deadline):
        while b"\r\n" not in self.ahead:
            if not self.receive(deadline):
                raise Ended(f"closed while awaiting {deadline.what}; had {bytes(self.ahead)!r}")
        line, _, rest = bytes(self.ahead).partition(b"\r\n")
        self.ahead[:] = rest
        return line.decode("latin-1")

    def answer(self, amount=5.0, method="GET"):
        """The next final answer, its head read; interim ones (1xx) are kept in `.interim`."""
        deadline = Deadline(amount, "the head of an answer")
        interim = []
        while True:
            lines = [self.read_line(deadline)]
            while lines[-1]:
                lines.append(self.read_line(deadline))
            answer = Answer(self, lines, method)
            if answer.status >= 200 or answer.status == 101:
                answer.interim = interim
                return answer
            interim.append(answer.status)

    def ask(self, data, amount=5.0, method="GET"):
        """Sends and returns the whole answer."""
        self.send(data)
        answer = self.answer(amount, method)
        answer.read_all(amount)
        return answer

    def is_closed(self, amount=5.0):
        """Whether the broker closes, with nothing more to say."""
        deadline = Deadline(amount, "the closing of the connection")
        while not self.ahead:
            if not self.receive(deadline):
                return True
        return False

    def drain(self, amount=10.0):
        """Everything that comes until the broker closes."""
        deadline = Deadline(amount, "the closing of the connection")
        while self.receive(deadline):
            pass
        return bytes(self.ahead)

    def shut(self):
        """Says that nothing more will be sent, to the kernel: TLS goes on reading."""
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def reset(self):
        """Leaves with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


class Answer:
    """An answer whose body is read as it arrives; `body` is what has come so far."""

    def __init__(self, connection, lines, method):
        self.connection = connection
        self.version, status, self.reason = (lines[0].split(" ", 2) + [""])[:3]
        assert self.version in ("HTTP/1.1", "HTTP/1.0"), lines[0]
        self.status = int(status)
        self.headers = read_headers(lines[1:])
        self.body = b""
        self.end = None  # "cleanly" or "cut"
        self.framing = self._framing(method)
        self.left = int(self.headers.get("content-length", 0))
        if self.framing == "none" or (self.framing == "length" and not self.left):
            self.end = "cleanly"

    def _framing(self, method):
        if method == "HEAD" or self.status in (204, 304) or self.status < 200:
            return "none"
        if "transfer-encoding" in self.headers:
            assert self.headers.all("transfer-encoding") == ["chunked"], self.headers
            assert "content-length" not in self.headers, self.headers
            return "chunked"
        if "content-length" in self.headers:
            assert len(self.headers.all("content-length")) == 1, self.headers
            return "length"
        return "close"

    def _take(self, count, deadline):
        """`count` bytes, or None where the connection ends before."""
        ahead = self.connection.ahead
        while len(ahead) < count:
            if not self.connection.receive(deadline):
                return None
        taken = bytes(ahead[:count])
        del ahead[:count]
        return taken

    def _read_piece(self, deadline):
        ahead = self.connection.ahead
        if self.framing == "chunked":
            return self._read_chunk(deadline)
        if not ahead and not self.connection.receive(deadline):
            self.end = "cleanly" if self.framing == "close" else "cut"
            return
        count = len(ahead) if self.framing == "close" else min(self.left, len(ahead))
        self.body += bytes(ahead[:count])
        del ahead[:count]
        if self.framing == "length":
            self.left -= count
            if not self.left:
                self.end = "cleanly"

    def _read_chunk(self, deadline):
        try:
            size = int(self.connection.read_line(deadline), 16)
        except Ended:
            self.end = "cut"
            return
        piece = self._take(size + 2, deadline)
        if piece is None:
            self.end = "cut"
            return
        assert piece[-2:] == b"\r\n", piece[-20:]
        self.body += piece[:-2]
        if not size:
            self.end = "cleanly"

    def read_until(self, is_enough, what, amount=5.0):
        deadline = Deadline(amount, what)
        try:
            while not is_enough() and not self.end:
                self._read_piece(deadline)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; the body so far: {self.body[-300:]!r}") from None

    def wait_for(self, content, amount=5.0):
        """Reads on until the body holds `content`."""
        self.read_until(lambda: content in self.body, repr(content[:80]), amount)
        if content not in self.body:
            raise Ended(f"ended {self.end} before {content[:80]!r}; had {self.body[-300:]!r}")

    def read_all(self, amount=5.0):
        """The whole body; fails where it is cut."""
        assert self.ended(amount) == "cleanly", f"cut after {len(self.body)} bytes"
        return self.body

    def ended(self, amount=5.0):
        """Reads to the end and says how it came: "cleanly" or "cut"."""
        self.read_until(lambda: False, "the end of the body", amount)
        return self.end
