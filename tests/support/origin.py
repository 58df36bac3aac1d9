# SPDX-License-Identifier: Apache-2.0
"""A scripted origin that does literally what a test tells it, also the wrong thing.

    origin.on("/hello", answer(200, body=b"hello\n"))      # the same bytes each time
    origin.on("/echo", lambda request: answer(200, body=request.body))
    origin.on("/slow", lambda request: slow(request))      # a generator: steps

A generator yields steps: bytes to send, a threading.Event to wait for, a
function that takes the socket over, or CLOSE / RESET to end the connection
there. Without one of the last three the connection is kept for the next request. Every request is recorded in `origin.requests`.

One thread per connection; everything ends with close().
"""
import socket
import struct
import threading

from support.client import chunked, read_headers
from support.waiting import seconds, until

CLOSE = object()
RESET = object()


def answer(status=200, headers=(), body=b"", reason="OK", version="1.1"):
    """The bytes of a well-formed answer with a length."""
    if isinstance(body, str):
        body = body.encode()
    length = () if status in (204, 304) else (("Content-Length", len(body)),)
    lines = [f"HTTP/{version} {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in (*headers, *length)]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n" + body


def answer_chunked(*pieces, status=200, headers=()):
    lines = [f"HTTP/1.1 {status} OK", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "Transfer-Encoding: chunked"]).encode() + b"\r\n\r\n" + \
        chunked(*pieces)


class Request:
    def __init__(self, head, body):
        self.head = head
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ")
        self.path = self.target.partition("?")[0]
        self.headers = read_headers(lines[1:])
        self.body = body

    def get(self, name, default=None):
        return self.headers.get(name, default)


class Origin:
    """With `tls`, an ssl.SSLContext, one that speaks TLS; what a client showed is in the
    `certificate` of its requests."""

    def __init__(self, port=0, tls=None):
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}" if not tls else f"localhost:{self.port},ssl"
        self.handlers = {}
        self.requests = []
        self.sent_bytes = 0
        self.connections = set()
        self.accepted = 0
        self.is_closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    # for tests

    def on(self, path, handler):
        """What to do with requests for `path`; "*" for those without a handler of their own."""
        self.handlers[path] = handler

    def asked(self, path):
        """The requests for `path` so far."""
        return [request for request in list(self.requests) if request.path == path]

    def wait_asked(self, path, count=1, amount=5.0):
        until(lambda: len(self.asked(path)) >= count, f"request {count} for {path}", amount)
        return self.asked(path)[count - 1]

    def forget(self):
        """Clean for the next test. Connections stay: they are the broker's to reuse."""
        self.handlers, self.requests, self.sent_bytes = {}, [], 0

    def close(self):
        self.is_closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # or accept() would take one more
        self.listener.close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    # the server

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self.connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _secure(self, connection):
        """The same connection, after its handshake."""
        self.connections.discard(connection)
        secure = self.tls.wrap_socket(connection, server_side=True)
        self.connections.add(secure)
        return secure

    def _serve(self, connection):
        try:
            if self.tls:
                connection = self._secure(connection)
            reader = connection.makefile("rb")
            while not self.is_closing.is_set():
                request = self._read_request(reader)
                if request is None:
                    break
                request.certificate = self.tls and connection.getpeercert(True)
                self.requests.append(request)
                if not self._respond(connection, request):
                    break
        except OSError:
            pass
        finally:
            self.connections.discard(connection)
            connection.close()

    def _read_request(self, reader):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = reader.readline()
            if not line:
                return None
            head += line
        request = Request(head[:-4], b"")
        if request.get("transfer-encoding") == "chunked":
            request.body = self._read_chunks(reader)
        else:
            request.body = reader.read(int(request.get("content-length", 0)))
        return request

    @staticmethod
    def _read_chunks(reader):
        body = b""
        while True:
            size = int(reader.readline(), 16)
            body += reader.read(size)
            reader.readline()
            if not size:
                return body

    def _respond(self, connection, request):
        """Returns: whether the connection may take another request."""
        handler = self.handlers.get(request.path, self.handlers.get("*"))
        if handler is None:
            handler = answer(404, body=b"the script has nothing here\n", reason="Not Found")
        steps = handler(request) if callable(handler) else handler
        for step in [steps] if isinstance(steps, bytes) else steps:
            if step is CLOSE:
                return False
            if step is RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack("ii", 1, 0))
                return False
            if callable(step):
                step(connection)
                return False
            if isinstance(step, threading.Event):
                self._wait(step)
            else:
                self._send(connection, step)
        return True

    def _wait(self, event):
        deadline = seconds(30)
        while deadline > 0 and not event.wait(0.05) and not self.is_closing.is_set():
            deadline -= 0.05

    def _send(self, connection, data):
        view = memoryview(data)
        while view:
            count = connection.send(view[:65536])
            self.sent_bytes += count
            view = view[count:]
