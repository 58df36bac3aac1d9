#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fan-out: deliveries per second of server CPU, next to a bare send() loop in the same run.

    transport  clients  messages  holdfast/s      bare/s    ratio
    stream        1000         1         ...         ...     0.9x    one message, one write each
    stream        1000        20         ...         ...     x.xx    20 messages in one publish
    websocket     1000         1         ...         ...     0.9x

How to read it. One delivery is one event of 100 bytes that has reached one
client. The CPU time is the whole server's, all threads, user and kernel, so it
has the publish request, the bus and the wakes in it. `bare` writes the same
bytes with the same number of writes and does nothing else: it is what the
kernel charges (on loopback with the receiving side's work), and no broker can
pass it but by writing less often. The figures per second say more about the
machine than about the program; the ratio is what to watch. Each figure is the
median of five repetitions in which the two take turns, the ratio that of the
five pairs. Aim: 0.8 or better at one message. The WebSockets are opened over
HTTP by the demo origin.

    fanout.py [CLIENTS...]      1000 and 10000 where none are given
"""
import statistics
import sys

from load import STREAM, WEBSOCKET, Bare, Holdfast, cpu_seconds

REPETITIONS = 5
CPU_S = 0.5  # of each repetition at least
BURST = 20


def deliver(server, messages):
    """One round: every client of `server` gets `messages` messages."""
    server.crowd.tell(f"expect {messages}")
    server.send(messages)
    server.crowd.hear("met")


def repetition(server, clients, messages):
    """Deliveries per second of CPU."""
    begun = cpu_seconds(server.pid)
    rounds = used = 0
    while used < CPU_S:
        deliver(server, messages)
        rounds += 1
        used = cpu_seconds(server.pid) - begun
    return rounds * messages * clients / used


def compare(kind, ours, bare, clients, messages):
    """Prints one line of the table."""
    for server in (ours, bare):
        deliver(server, messages)
    pairs = [(repetition(ours, clients, messages), repetition(bare, clients, messages))
             for _ in range(REPETITIONS)]
    rates = [statistics.median(rate) for rate in zip(*pairs)]
    ratio = statistics.median(a / b for a, b in pairs)
    spread = " ".join(f"{a / b:.2f}" for a, b in pairs)
    print(f"{kind.name:9}  {clients:7}  {messages:8}  {rates[0]:10,.0f}  {rates[1]:10,.0f}  {ratio:7.2f}"
          f"    ({spread})", flush=True)


def main():
    print("transport  clients  messages  holdfast/s      bare/s    ratio    (of each pair)", flush=True)
    for kind in (STREAM, WEBSOCKET):
        for clients in map(int, sys.argv[1:] or (1000, 10000)):
            ours, bare = Holdfast(kind, clients), Bare(kind, clients)
            for messages in (1, BURST):
                compare(kind, ours, bare, clients, messages)
            bare.stop()
            ours.stop()


if __name__ == "__main__":
    main()
