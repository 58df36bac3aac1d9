#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 next to HTTP/1.1: deliveries per second of server CPU, and memory of an idle stream.

    streams  on each  messages    HTTP/2/s  HTTP/1.1/s   ratio
      10000      100         1         ...         ...    xx.x    (of each pair)
      10000      100        20         ...         ...    xx.x    (of each pair)
    10000 idle streams, 100 on each connection: ... bytes for each

How to read it. One delivery is one event of 100 bytes that has reached one
client; the CPU time is the whole server's (fanout.py). Over HTTP/2 all streams of
a connection go out in one write, so that its cost is shared by a hundred; over
HTTP/1.1 each client costs a write. Both servers hold their clients during the
whole run and take turns; each figure is the median of five pairs. Memory is
what idle_memory.py measures, the connections and their heads included. Aims: a
ratio of 10 at one message, and 5,632 bytes.

    http2.py [STREAMS]      10000 where none is given
"""
import select
import socket
import statistics
import sys

from load import CROWD_CORE, MARK, STREAM, Holdfast, cpu_seconds, private_bytes

from support.http2_raw import PREFACE, head, settings, window_update

REPETITIONS = 5
CPU_S = 0.5  # of each repetition at least
BURST = 20
ON_EACH = 100


class Crowd2:
    """`count` streams, a hundred on each connection, all held when this returns."""

    def __init__(self, port, count):
        self.marks = 0
        self.streams = count
        self.waiting = select.epoll()
        self.sockets = {}
        for _ in range(count // ON_EACH):
            self._open(port)

    def _open(self, port):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(PREFACE + settings(WINDOW=2**31 - 1) + window_update(0, 2**30) +
                           b"".join(head(1 + 2 * number, STREAM.path) for number in range(ON_EACH)))
        heads = 0
        ahead = b""
        while heads < ON_EACH:
            ahead += connection.recv(1 << 16)
            while len(ahead) >= 9 and len(ahead) >= 9 + int.from_bytes(ahead[:3], "big"):
                heads += ahead[3] == 1
                ahead = ahead[9 + int.from_bytes(ahead[:3], "big"):]
        connection.setblocking(False)
        self.sockets[connection.fileno()] = connection
        self.waiting.register(connection.fileno(), select.EPOLLIN)

    def hear(self, messages):
        """Reads until each stream has got so many."""
        missing = self.streams * messages
        while missing:
            for number, _ in self.waiting.poll(30):
                missing -= self.sockets[number].recv(1 << 20).count(MARK.encode())

    def stop(self):
        for connection in self.sockets.values():
            connection.close()


class Holdfast2(Holdfast):
    """The broker with a crowd on HTTP/2."""

    def __init__(self, count):
        super().__init__(STREAM)
        self.send(1)  # whoever publishes is known before
        before = private_bytes(self.pid)
        self.crowd = Crowd2(self.broker.port, count)
        self.stream_bytes = (private_bytes(self.pid) - before) / count

    def deliver(self, messages):
        self.send(messages)
        self.crowd.hear(messages)


class Holdfast1(Holdfast):
    def deliver(self, messages):
        self.crowd.tell(f"expect {messages}")
        self.send(messages)
        self.crowd.hear("met")


def repetition(server, streams, messages):
    """Deliveries per second of CPU."""
    begun = cpu_seconds(server.pid)
    rounds = used = 0
    while used < CPU_S:
        server.deliver(messages)
        rounds += 1
        used = cpu_seconds(server.pid) - begun
    return rounds * messages * streams / used


def compare(two, one, streams, messages):
    """Prints one line of the table."""
    for server in (two, one):
        server.deliver(messages)
    pairs = [(repetition(two, streams, messages), repetition(one, streams, messages))
             for _ in range(REPETITIONS)]
    rates = [statistics.median(rate) for rate in zip(*pairs)]
    ratio = statistics.median(a / b for a, b in pairs)
    spread = " ".join(f"{a / b:.1f}" for a, b in pairs)
    print(f"{streams:7}  {ON_EACH:7}  {messages:8}  {rates[0]:10,.0f}  {rates[1]:10,.0f}  {ratio:6.1f}"
          f"    ({spread})", flush=True)


def main():
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    two, one = Holdfast2(streams), Holdfast1(STREAM, streams)
    print("streams  on each  messages    HTTP/2/s  HTTP/1.1/s   ratio    (of each pair)", flush=True)
    for messages in (1, BURST):
        compare(two, one, streams, messages)
    print(f"{streams} idle streams, {ON_EACH} on each connection: {two.stream_bytes:,.0f} bytes for each")
    one.stop()
    two.stop()


if __name__ == "__main__":
    main()
