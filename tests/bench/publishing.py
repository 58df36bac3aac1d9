#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Publishing: items per second of server CPU, to many channels with one subscriber each.

    server     channels  items/request      items/s    of bare
    holdfast      10000              1          ...       0.xx
    holdfast      10000            100          ...       0.xx
    with ids      10000              1          ...       0.xx    each item has an id
    nchan         10000              1          ...       0.xx
    pushpin       10000              1          ...       0.xx
    bare          10000                         ...               send() and nothing else

How to read it. One item is an event of 100 bytes that was published over one of
64 kept-alive connections, answered, and has reached its one subscriber. The CPU
time is that of all processes of the server, user and kernel. Each round publishes
to every channel once; each figure is the median of the repetitions, in which each
server takes turns with `bare`, the send loop of fanout.py on as many sockets.
Aims: 35,000 a second one by one; 0.65 of bare in requests of 100. Which peers are
not installed, or fell over, is said at the end; nchan takes one message a request, and
Pushpin gets 100 channels and 4 connections: of larger bursts its processes lose messages on
the way to each other, and end streams for it.

    publishing.py [CHANNELS]      10000 where none are given
"""
import signal
import statistics
import sys
import tempfile

from load import CROWD_CORE, STREAM, Bare, Crowd, Tool, cpu_seconds
from peers import Missing, Nchan, Ours, Pushpin

REPETITIONS = 3
CPU_S = 1.0  # of each repetition at least
PATIENCE_S = 150  # for one server


def fresh_cpu(server):
    return sum(map(cpu_seconds, server.pids()))


class Contest:
    """A server with its crowd, and its publishers for each size of request."""

    def __init__(self, server, channels, sizes):
        self.server, self.channels = server, channels
        self.crowd = Crowd(server.kind, server.port, channels)
        self.publishers = {size: self._publishers(size) for size in sizes}
        self.rates = {size: [] for size in sizes}

    def _publishers(self, size):
        with tempfile.NamedTemporaryFile(prefix="holdfast-bench-") as file:
            for begin in range(0, self.channels, size):
                request = self.server.request(range(begin, min(begin + size, self.channels)))
                file.write(b"%d\n%s" % (len(request), request))
            file.flush()
            tool = Tool(CROWD_CORE, "publishers", self.server.publish_port,
                        self.server.connections, file.name)
            self._settle()  # some hold a client before it is subscribed
            tool.tell("send")
            tool.hear("sent")  # so it has read the file
            self._settle()
        return tool

    def _settle(self):
        self.crowd.tell("settle")
        self.crowd.hear("settled")

    def _round(self, publishers):
        self.crowd.tell("expect 1")
        publishers.tell("send")
        publishers.hear("sent")
        self.crowd.hear("met")

    def repeat(self, size):
        begun = fresh_cpu(self.server)
        rounds = used = 0
        while used < CPU_S:
            self._round(self.publishers[size])
            rounds += 1
            used = fresh_cpu(self.server) - begun
        self.rates[size].append(rounds * self.channels / used)

    def stop(self):
        for each in self.publishers.values():
            each.stop()
        self.crowd.stop()
        self.server.stop()


class BareContest:
    def __init__(self, channels):
        self.bare, self.channels, self.rates = Bare(STREAM, channels), channels, []

    def repeat(self):
        begun = cpu_seconds(self.bare.pid)
        rounds = used = 0
        while used < CPU_S:
            self.bare.crowd.tell("expect 1")
            self.bare.send(1)
            self.bare.crowd.hear("met")
            rounds += 1
            used = cpu_seconds(self.bare.pid) - begun
        self.rates.append(rounds * self.channels / used)
        return self.rates[-1]


def compare(server, bare, channels):
    """Prints the lines of one server, which takes turns with `bare`, and stops it."""
    contest = Contest(server, channels, (1, 100) if server.takes_batches else (1,))
    limits = []
    for _ in range(REPETITIONS):
        limits.append(bare.repeat())
        for size in contest.rates:
            contest.repeat(size)
    limit = statistics.median(limits)
    for size, rates in contest.rates.items():
        rate = statistics.median(rates)
        print(f"{server.name:9}  {channels:8}  {size:13}  {rate:11,.0f}  {rate / limit:9.2f}"
              f"    ({' '.join(f'{each:,.0f}' for each in rates)})", flush=True)
    contest.stop()


def on_alarm(_, __):
    raise TimeoutError(f"no end after {PATIENCE_S} s")


def main():
    channels = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    bare = BareContest(channels)
    signal.signal(signal.SIGALRM, on_alarm)
    notes = []
    print("server     channels  items/request      items/s    of bare    (each repetition)", flush=True)
    for make in (Ours, lambda: Ours(with_ids=True), Nchan, Pushpin):
        try:
            server = make()
        except Missing as why:
            notes.append(f"not found: {why}")
            continue
        signal.alarm(PATIENCE_S)
        try:
            compare(server, bare, min(channels, server.most))
        except (RuntimeError, TimeoutError, OSError) as why:
            if server.is_ours:
                raise
            notes.append(f"gave up on {server.name}: {why}")
        signal.alarm(0)
    print(f"{'bare':9}  {channels:8}                 {statistics.median(bare.rates):11,.0f}")
    for note in notes:
        print(note)
    bare.bare.stop()


if __name__ == "__main__":
    main()
