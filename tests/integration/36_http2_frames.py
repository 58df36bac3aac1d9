# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 by frames of our own: what is offered, what is refused, and floods."""
import socket

import pytest

from support.grip import stream_hold, stream_item
from support.http2_raw import (CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM,
                               ENHANCE_YOUR_CALM, GOAWAY, HEADERS, MAX_STREAMS, PING, PREFACE,
                               PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, RST_STREAM, SETTINGS,
                               WINDOW_UPDATE, Raw2, block, frame, goaway, head, reset, settings,
                               window_update)
from support.origin import answer
from support.waiting import seconds


@pytest.fixture
def wire(broker):
    """wire(first frames...) opens a connection; closed after the test."""
    opened = []

    def open_one(*first, port=None, **options):
        opened.append(Raw2(port or broker.port, *first, **options))
        return opened[-1]
    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def witness(hold, broker, channel):
    """witness() demands that a stream of another client still hears what is published."""
    stream = hold()

    def check(mark=b"still here"):
        broker.publish(stream_item(channel, mark.decode()))
        stream.wait_for(mark)
    return check


# what is offered


def test_a_hundred_streams_are_advertised_and_the_next_is_refused(origin, wire, channel, broker):
    origin.on("/hold", stream_hold(channel))
    connection = wire()
    told = connection.wait_for(SETTINGS).payload
    assert told[:6] == bytes([0, MAX_STREAMS, 0, 0, 0, 100])
    connection.send(*(head(1 + 2 * number, "/hold") for number in range(101)))
    assert connection.ended(201) == ("reset", REFUSED_STREAM)
    broker.wait_metric("holds", 100)
    broker.publish(stream_item(channel, "x"))
    for number in range(100):
        connection.wait_body(1 + 2 * number, b"x")
    connection.close()


def test_a_window_that_opens_on_a_stream_that_was_reset_harms_nobody(wire, start_broker):
    """h2o 2.2.5 ended the process."""
    broker = start_broker(routes=["* demo"], signed=False)
    for path in ("/test/sse", "/test/stream", "/test/long-poll"):
        connection = wire(settings(WINDOW=0), head(1, path), reset(1), window_update(1, 100),
                          port=broker.port)
        connection.ping()
    assert broker.is_alive()
