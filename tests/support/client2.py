# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client, by prior knowledge or over TLS, through python3-h2.

    client = Client2(port)
    stream = client.get("/stream")
    client.wait_head(stream)              # stream.status, stream.headers
    client.wait_for(stream, b"data: 1\n\n")
    assert client.ended(stream) == "cleanly"   # or "cut"
"""
import socket

import h2.config
import h2.connection
import h2.events

from support.client import Headers, secured
from support.waiting import Deadline, seconds


class Stream2:
    def __init__(self):
        self.status = None
        self.headers = Headers()
        self.body = b""
        self.end = None
        self.error_code = None


class Client2:
    def __init__(self, port, reads_bodies=True):
        self.socket = secured(socket.create_connection(("127.0.0.1", port), seconds(5)), port, "h2")
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="latin-1"))
        self.reads_bodies = reads_bodies  # grants flow-control credit for what came
        self.streams = {}
        self.is_over = False
        self.h2.initiate_connection()
        self._flush()

    def _flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.settimeout(seconds(10))
            self.socket.sendall(data)

    def request(self, method, path, headers=(), body=None):
        number = self.h2.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "http"), (":authority", "client.test"),
                  (":path", path)]
        self.h2.send_headers(number, pseudo + list(headers), end_stream=body is None)
        stream = self.streams[number] = Stream2()
        stream.number = number
        self._flush()
        if body is not None:
            self._send_body(number, body)
        return stream

    def get(self, path, *headers):
        return self.request("GET", path, headers)

    def _send_body(self, number, body):
        deadline = Deadline(20, "room for the request body")
        while body:
            room = min(self.h2.local_flow_control_window(number), self.h2.max_outbound_frame_size)
            if not room:
                self._receive(deadline)
                continue
            self.h2.send_data(number, body[:room])
            body = body[room:]
            self._flush()
        self.h2.end_stream(number)
        self._flush()

    def _receive(self, deadline):
        self.socket.settimeout(deadline.left())
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise TimeoutError(f"{deadline.what} did not happen in time") from None
        except OSError:
            data = b""
        if not data:
            self.is_over = True
            for stream in self.streams.values():
                stream.end = stream.end or "cut"
            return
        for event in self.h2.receive_data(data):
            self._on_event(event)
        self._flush()

    def _on_event(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = Headers(event.headers)
            stream.status = int(stream.headers.get(":status"))
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            if self.reads_bodies and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.end = "cleanly"
        elif isinstance(event, h2.events.StreamReset):
            stream.end, stream.error_code = "cut", event.error_code

    def _read_until(self, stream, is_enough, what, amount):
        deadline = Deadline(amount, what)
        while not is_enough() and not stream.end:
            self._receive(deadline)

    def wait_head(self, stream, amount=5.0):
        self._read_until(stream, lambda: stream.status, "the head of an answer", amount)
        assert stream.status, f"ended {stream.end} before its head (code {stream.error_code})"
        return stream

    def wait_for(self, stream, content, amount=5.0):
        self._read_until(stream, lambda: content in stream.body, repr(content[:80]), amount)
        assert content in stream.body, f"ended {stream.end}; had {stream.body[-300:]!r}"

    def ended(self, stream, amount=5.0):
        self._read_until(stream, lambda: False, "the end of the stream", amount)
        return stream.end

    def whole(self, stream, amount=5.0):
        assert self.ended(stream, amount) == "cleanly", stream.error_code
        return stream.body

    def leave(self, stream):
        """Resets the stream, as a browser does that closes an EventSource."""
        self.h2.reset_stream(stream.number, error_code=8)
        self._flush()

    def read_bodies(self):
        """Begins to grant credit, for what came before as well."""
        self.reads_bodies = True
        for number in [None, *(number for number, stream in self.streams.items() if not stream.end)]:
            self.h2.increment_flow_control_window(1 << 20, number)
        self._flush()

    def close(self):
        self.socket.close()
