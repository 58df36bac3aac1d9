# SPDX-License-Identifier: Apache-2.0
"""An origin that speaks WebSocket itself, scripted frame by frame.

    chat = Direct(origin, "/chat")
    client = open_websocket(...)
    theirs = chat.next()             # the origin's end of that WebSocket, a support.websocket.Peer
    client.text("hello")
    theirs.expect_text("hello")
"""
import queue
import socket
import struct
import threading

from support.client import Connection
from support.over_http import NO_PREFIX
from support.waiting import seconds
from support.websocket import Peer, accept_of


class Accepted(Connection):
    """A Connection made of a socket that an Origin accepted, and closes when it is left."""

    def __init__(self, accepted):
        self.socket = accepted
        self.ahead = bytearray()
        self.is_over = False
        self.left = threading.Event()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.left.set()

    def close(self):
        self.left.set()


class Direct:
    """What is at `target` of an Origin. `more`: bytes sent with the 101."""

    def __init__(self, origin, target, headers=(), extension=NO_PREFIX, more=b"", accept=accept_of):
        self.target = target
        self.headers = list(headers)
        if extension is not None:
            self.headers.append(("Sec-WebSocket-Extensions", extension))
        self.more = more
        self.accept = accept
        self.arrived = queue.Queue()
        self.taken = []
        origin.on(target, self._answer)

    def _answer(self, request):
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Accept: {self.accept(request.get('sec-websocket-key', ''))}",
                 *(f"{name}: {value}" for name, value in self.headers)]
        yield "\r\n".join(lines).encode() + b"\r\n\r\n" + self.more

        def take(accepted):
            peer = Peer(Accepted(accepted), is_client=False)
            peer.request = request
            self.taken.append(peer)
            self.arrived.put(peer)
            peer.connection.left.wait(seconds(60))
        yield take

    def next(self):
        """The origin's end of the next WebSocket; `request` is its handshake."""
        return self.arrived.get(timeout=seconds(5))

    def leave(self):
        """Ends what is left."""
        for peer in self.taken:
            peer.connection.close()
