#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fan-out: deliveries per second of server CPU, next to a bare send() loop in the same run.

    streams  messages    holdfast/s        bare/s    ratio
       1000  1             ...               ...      0.9x     one message, one write each
       1000  20            ...               ...      x.xx     a burst: 20 messages in one publish

How to read it. One delivery is one event of 100 bytes that has reached one
client. The CPU time is the whole server's, all threads, user and kernel, so it
has the publish request, the bus and the wakes in it. `bare` writes the same
bytes with the same number of writes and does nothing else: it is what the
kernel charges (on loopback with the receiving side's work), and no broker can
pass it but by writing less often. The figures per second say more about the
machine than about the program; the ratio is what to watch. Each figure is the
median of five repetitions in which the two take turns, the ratio that of the
five pairs. Aim: 0.8 or better at one message.

    fanout.py [STREAMS...]      1000 and 10000 where none are given
"""
import statistics
import sys

from load import Bare, Holdfast, cpu_seconds

REPETITIONS = 5
CPU_S = 0.5  # of each repetition at least
BURST = 20


def deliver(server, messages):
    """One round: every stream of `server` gets `messages` messages."""
    server.crowd.tell(f"expect {messages}")
    server.send(messages)
    server.crowd.hear("met")


def repetition(server, streams, messages):
    """Deliveries per second of CPU."""
    begun = cpu_seconds(server.pid)
    rounds = used = 0
    while used < CPU_S:
        deliver(server, messages)
        rounds += 1
        used = cpu_seconds(server.pid) - begun
    return rounds * messages * streams / used


def compare(ours, bare, streams, messages):
    """Prints one line of the table."""
    for server in (ours, bare):
        deliver(server, messages)
    pairs = [(repetition(ours, streams, messages), repetition(bare, streams, messages))
             for _ in range(REPETITIONS)]
    rates = [statistics.median(rate) for rate in zip(*pairs)]
    ratio = statistics.median(a / b for a, b in pairs)
    spread = " ".join(f"{a / b:.2f}" for a, b in pairs)
    print(f"{streams:7}  {messages:8}  {rates[0]:10,.0f}  {rates[1]:10,.0f}  {ratio:7.2f}"
          f"    ({spread})", flush=True)


def main():
    print("streams  messages  holdfast/s      bare/s    ratio    (of each pair)", flush=True)
    for streams in map(int, sys.argv[1:] or (1000, 10000)):
        ours, bare = Holdfast(streams), Bare(streams)
        for messages in (1, BURST):
            compare(ours, bare, streams, messages)
        bare.stop()
        ours.stop()


if __name__ == "__main__":
    main()
