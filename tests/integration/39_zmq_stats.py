# SPDX-License-Identifier: Apache-2.0
"""The stats socket says what happens, in Pushpin's messages."""
import pytest

from support.client import Connection, get
from support.grip import poll_hold, poll_item, stream_hold, stream_item
from support.stats import Reader


FORMATS = {"json": ["--zmq-stats-format", "json"], "tnetstring": []}


@pytest.fixture(params=FORMATS)
def told_broker(request, start_broker):
    return start_broker("--zmq-stats", "tcp://127.0.0.1:*", "--zmq-stats-interval", "1", "--limit",
                        "zmq_linger_ms=300ms", *FORMATS[request.param])


def hold(origin, broker, answer):
    origin.on("/hold", answer)
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    return connection


def test_sub_tells_of_the_first_the_number_and_the_last(told_broker, peers, origin, channel):
    reader = Reader(peers, told_broker, "sub")
    first = hold(origin, told_broker, stream_hold(channel))
    common = {"mode": "stream", "channel": channel}
    assert reader.next() == {**common, "ttl": 60, "subscribers": 1}
    others = [hold(origin, told_broker, stream_hold(channel)) for _ in range(3)]
    reader.until(lambda fields: fields == {**common, "ttl": 60, "subscribers": 4})
    for connection in [first, *others]:
        connection.close()
    reader.until(lambda fields: fields == {**common, "unavailable": True})


def test_a_long_poll_is_there_until_it_stays_away(told_broker, peers, origin, channel):
    reader = Reader(peers, told_broker, "sub")
    connection = hold(origin, told_broker, poll_hold(channel))
    common = {"mode": "response", "channel": channel}
    assert reader.next() == {**common, "ttl": 60, "subscribers": 1}
    told_broker.publish(poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"
    connection.close()
    assert reader.next() == {**common, "unavailable": True}
    assert told_broker.metric("holds") == 0


def test_a_report_counts_connections_items_and_deliveries(told_broker, peers, origin, channel):
    reader = Reader(peers, told_broker, "report")
    connection = hold(origin, told_broker, stream_hold(channel))
    told_broker.wait_metric("holds", 1)
    reader.next()
    told_broker.publish(stream_item(channel, "a"), stream_item(channel, "b"),
                        stream_item("nobody", "c"))
    fields = reader.until(lambda fields: fields["received"])
    sides = [f"{side}-{what}-{way}" for side in ("client", "server")
             for what in ("header-bytes", "content-bytes", "messages")
             for way in ("received", "sent")]
    assert set(fields) == {"connections", "minutes", "received", "sent", "http-response-sent",
                           "duration", *sides}
    assert fields["connections"] == 1
    assert fields["received"] == 3
    assert fields["duration"] >= 1000
    sent = fields["sent"] or reader.until(lambda fields: fields["sent"])["sent"]
    assert sent == 2
    connection.close()
