# SPDX-License-Identifier: Apache-2.0
"""A reader of the stats socket."""
import json

import zmq

from support.client import Connection, get
from support.waiting import Deadline
from support.zeromq import read_tnetstring


class Reader:
    """What a SUB socket gets of the type it asks for."""

    def __init__(self, peers, broker, kind):
        self.kind = kind
        self.socket = peers.connect(zmq.SUB, broker.zmq_ports["zmq_stats"])
        self.broker = broker
        self.socket.subscribe(f"{kind} ".encode())
        self.socket.subscribe(b"activity ")
        self._wait_subscribed()

    def _wait_subscribed(self):
        """Makes noise until some of it arrives: from then on nothing is missed."""
        deadline = Deadline(10, "the subscription")
        while deadline.left() and not self.socket.poll(50):
            make_noise(self.broker)

    def next(self):
        """Returns the fields of the next message that was asked for."""
        while True:
            kind, _, rest = self.socket.recv().partition(b" ")
            read = {b"J": json.loads, b"T": read_tnetstring}[rest[:1]]
            fields = read(rest[1:])
            assert fields.pop("from") == f"holdfast_{self.broker.process.pid}"
            if kind.decode() == self.kind:
                return fields

    def until(self, is_right):
        deadline = Deadline(10, "a stats message")
        while deadline.left():
            fields = self.next()
            if is_right(fields):
                return fields


def make_noise(broker):
    connection = Connection(broker.port)
    connection.send(get("/unknown"))
    connection.answer()
    connection.close()


# what a report does not sum up
MOMENTARY = {"route", "duration", "connections", "minutes"}

# headers that belong to a connection and not to what was said
FRAMING = {"connection", "content-length", "date", "server", "transfer-encoding", "upgrade"}


# for a number that has to be there, whatever it is
ANY = object()


class Ledger:
    """The sums of all reports, by route; None is the route of those without an id."""

    def __init__(self, peers, broker):
        self.reader = Reader(peers, broker, "report")
        self.routes = {}

    def _take(self, fields):
        sums = self.routes.setdefault(fields.get("route"), {})
        for name in fields.keys() - MOMENTARY:
            sums[name] = sums.get(name, 0) + fields[name]

    def expect(self, route, **expected):
        """Waits until the reports of `route` have told all that is expected, and nothing else."""
        wanted = {name.replace("_", "-"): value for name, value in expected.items()}
        deadline = Deadline(10, "the reports")
        while not all(self.routes.get(route, {}).get(name, 0) >= (1 if value is ANY else value)
                      for name, value in wanted.items()):
            deadline.left()
            self._take(self.reader.next())
        told = {name: value for name, value in self.routes[route].items() if value}
        wanted = {name: told[name] if value is ANY else value for name, value in wanted.items()}
        assert told == {name: value for name, value in wanted.items() if value}


def head_count(first, headers, without=()):
    """What a head counts: the words of its first line, and names and values."""
    return sum(len(str(word)) for word in first) + sum(
        len(name) + len(value) for name, value in headers if name.lower() not in without)


def asked_count(data):
    """What the bytes of a client's request count."""
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return head_count(first.split(" ")[:2], [line.split(": ", 1) for line in lines])


def forwarded_count(request):
    """What a request counts that an origin got."""
    return head_count([request.method, request.target], request.headers, FRAMING)


def told_count(data):
    """What the bytes of an origin's answer count."""
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return head_count(first.split(" ", 2)[1:], [line.split(": ", 1) for line in lines])


def answered_count(answer):
    """What an answer counts that a client got."""
    return head_count([answer.status, answer.reason], answer.headers, FRAMING)
