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
