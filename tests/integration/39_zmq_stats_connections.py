# SPDX-License-Identifier: Apache-2.0
"""The stats socket says who is connected: each client from when its origin is asked until it goes."""
import re
import threading

import pytest
import zmq

from support.client import Connection, get
from support.client2 import Client2
from support.grip import poll_hold, poll_item, stream_hold
from support.origin import answer
from support.over_http import OverHttp
from support.stats import Reader, make_noise
from support.waiting import Deadline, scaled
from support.websocket import open_websocket, upgrade

# What makes a Reader's noise has no route, and so is nobody's connection.
ROUTES = ["*,path_beg=/held {origin}", "*,path_beg=/held-over-http {origin},over_http",
          "*,path_beg=/held-named,id=named {origin}"]
FLAGS = ["--zmq-stats", "tcp://127.0.0.1:*"]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Watch(Reader):
    """Who comes and who goes."""

    def __init__(self, peers, broker):
        super().__init__(peers, broker, "conn")

    def came(self):
        """Returns what is told of the next who comes; who goes meanwhile is of another test."""
        return self.until(lambda fields: "unavailable" not in fields)

    def goes(self, who):
        """What must come next: that `who` has gone."""
        fields = self.next()
        route = {"route": who["route"]} if "route" in who else {}
        assert fields == {"id": who["id"], "unavailable": True, **route}

    def stays(self):
        """That nobody has come or gone: what must come next is somebody new, who goes at once."""
        passer_by = Connection(self.broker.port)
        passer_by.send(get("/held-meanwhile"))
        passer_by.answer().read_all()
        passer_by.close()
        self.goes(self.next())


@pytest.fixture
def watch(peers, broker):
    return Watch(peers, broker)


@pytest.fixture
def open_hold(origin, connect):
    def begin(how, path="/held"):
        origin.on(path, how)
        connection = connect()
        connection.send(get(path))
        return connection
    return begin


def http(fields, broker):
    """Checks what is told of a request of HTTP."""
    number = re.fullmatch(rf"holdfast_{broker.process.pid}:(\d+)", fields["id"])
    assert number and int(number[1]) >> 48 in (0, 1)  # which frontend has it
    assert fields == {"id": fields["id"], "type": "http", "peer-address": "127.0.0.1", "ttl": 120}
    return fields


def websocket_of(fields):
    assert UUID.fullmatch(fields["id"])
    assert fields == {"id": fields["id"], "type": "ws", "peer-address": "127.0.0.1", "ttl": 120}
    return fields


# requests


def test_one_that_is_not_held_comes_and_goes(watch, open_hold, broker):
    assert open_hold(answer(200, body=b"x")).answer().read_all() == b"x"
    watch.goes(http(watch.came(), broker))


def test_it_is_there_while_its_origin_is_asked_and_goes_when_the_client_does(watch, open_hold,
                                                                            broker):
    release = threading.Event()
    connection = open_hold(lambda request: iter([release, answer(200)]))
    who = http(watch.came(), broker)
    connection.close()
    watch.goes(who)
    release.set()


def test_the_requests_of_one_connection_have_ids_of_their_own(watch, open_hold, origin, broker):
    connection = open_hold(answer(200))
    connection.answer().read_all()
    connection.send(get("/held"))
    connection.answer().read_all()
    first = http(watch.came(), broker)
    watch.goes(first)
    second = http(watch.came(), broker)
    watch.goes(second)
    assert first["id"] != second["id"]


def test_what_is_refused_without_asking_an_origin_is_nobodys(watch, connect, open_hold, broker):
    connection = connect()
    connection.send(get("/elsewhere"))
    assert connection.answer().status == 502
    open_hold(answer(200)).answer()
    who = http(watch.next(), broker)
    watch.goes(who)


def test_a_route_with_an_id_is_named(watch, open_hold):
    open_hold(answer(200), "/held-named").answer()
    who = watch.came()
    assert who["route"] == "named"
    watch.goes(who)


# holds


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_a_stream_is_there_until_its_client_leaves(watch, open_hold, broker, channel, leave):
    connection = open_hold(stream_hold(channel))
    who = http(watch.came(), broker)
    broker.wait_metric("holds", 1)
    getattr(connection, leave)()
    watch.goes(who)


def test_a_long_poll_is_there_until_it_is_answered(watch, open_hold, broker, channel):
    connection = open_hold(poll_hold(channel))
    who = http(watch.came(), broker)
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"
    watch.goes(who)


def hint(channel):
    return poll_item(channel, action="hint")


def test_a_long_poll_that_is_put_to_its_origin_again_is_the_same(watch, open_hold, broker, origin,
                                                                channel):
    connection = open_hold(poll_hold(channel))
    who = http(watch.came(), broker)
    for count in (2, 3):
        broker.wait_metric("holds", 1)
        broker.publish(hint(channel))
        origin.wait_asked("/held", count)
        watch.stays()
    broker.wait_metric("holds", 1)
    origin.on("/held", answer(200, body=b"fetched"))
    broker.publish(hint(channel))
    assert connection.answer().read_all() == b"fetched"
    watch.goes(who)


def test_it_goes_with_its_client_while_it_is_asked_for_again(watch, open_hold, broker, origin,
                                                            channel):
    connection = open_hold(poll_hold(channel))
    who = http(watch.came(), broker)
    broker.wait_metric("holds", 1)
    release = threading.Event()
    origin.on("/held", lambda request: iter([release, answer(200)]))
    broker.publish(hint(channel))
    origin.wait_asked("/held", 2)
    watch.stays()
    connection.close()
    watch.goes(who)
    release.set()


def test_a_poll_whose_message_came_before_it_is_the_same_too(watch, open_hold, broker, origin,
                                                            channel):
    broker.publish(poll_item(channel, "x", id="2"))
    release = threading.Event()
    told = [poll_hold(f"{channel}; prev-id=1"), iter([release, answer(200, body=b"behind")])]
    connection = open_hold(lambda request: told.pop(0))
    who = http(watch.came(), broker)
    origin.wait_asked("/held", 2)
    watch.stays()
    release.set()
    assert connection.answer().read_all() == b"behind"
    watch.goes(who)


def test_the_next_poll_of_a_connection_comes_when_the_last_has_gone(watch, open_hold, broker, channel):
    connection = open_hold(poll_hold(channel))
    first = http(watch.came(), broker)
    broker.wait_metric("holds", 1)
    connection.send(get("/held"))
    broker.publish(poll_item(channel, "x"))
    assert connection.answer().read_all() == b"x"
    watch.goes(first)
    second = http(watch.next(), broker)
    assert first["id"] != second["id"]
    connection.close()
    watch.goes(second)


# HTTP/2


def test_each_stream_of_http2_is_one(watch, origin, broker, client2, channel):
    origin.on("/held", stream_hold(channel))
    streams = [client2.get("/held") for _ in range(3)]
    for stream in streams:
        client2.wait_head(stream)
    whos = [http(watch.came(), broker) for _ in streams]
    assert len({who["id"] for who in whos}) == 3
    client2.leave(streams[1])
    left = watch.next()
    assert left["unavailable"] and left["id"] in {who["id"] for who in whos}
    client2.close()
    gone = {left["id"], watch.next()["id"], watch.next()["id"]}
    assert gone == {who["id"] for who in whos}


def test_a_long_poll_of_http2_is_the_same_when_asked_for_again(watch, origin, broker, client2,
                                                              channel):
    origin.on("/held", poll_hold(channel))
    stream = client2.get("/held")
    who = http(watch.came(), broker)
    broker.wait_metric("holds", 1)
    broker.publish(hint(channel))
    origin.wait_asked("/held", 2)
    watch.stays()
    broker.wait_metric("holds", 1)
    broker.publish(poll_item(channel, "x"))
    client2.wait_for(stream, b"x")
    watch.goes(who)


# WebSockets


def test_a_websocket_has_the_id_that_its_origin_is_told(watch, origin, connect):
    chat = OverHttp(origin, "/held-over-http")
    client = open_websocket(connect(), "/held-over-http")
    who = websocket_of(watch.came())
    assert chat.requests[0].get("connection-id") == who["id"]
    client.connection.close()
    watch.goes(who)


def test_a_websocket_is_told_of_before_its_origin_is_asked(watch, origin, connect):
    chat = OverHttp(origin, "/held-over-http")
    accept, told = chat.accept, []

    def opening(request):
        if not told:  # else it is the end that is told
            told.append(watch.came())
        return accept
    origin.on("/held-over-http", opening)
    open_websocket(connect(), "/held-over-http").connection.close()
    watch.goes(websocket_of(told[0]))


def test_a_websocket_that_its_origin_speaks_itself_has_an_id_too(watch, origin, connect, direct):
    chat = direct()
    origin.on("/held", origin.handlers[chat.target])
    client = open_websocket(connect(), "/held")
    chat.next()
    who = websocket_of(watch.came())
    client.connection.close()
    watch.goes(who)


def test_a_websocket_that_is_refused_comes_and_goes(watch, origin, connect):
    origin.on("/held-over-http", answer(403, body=b"no"))
    connection = connect()
    connection.send(upgrade("/held-over-http"))
    assert connection.answer().status == 403
    watch.goes(websocket_of(watch.came()))


# the broker


def test_over_tls_it_is_said_that_it_is(peers, start_broker, origin, channel):
    broker = start_broker(*FLAGS, over_tls=True, routes=[
        f"*,path_beg=/held {origin.address}", f"*,path_beg=/held-ws {origin.address},over_http"])
    watch = Watch(peers, broker)
    OverHttp(origin, "/held-ws")
    origin.on("/held", stream_hold(channel))
    connection, client2 = Connection(broker.port), Client2(broker.port)
    connection.send(get("/held"))
    assert watch.came()["ssl"] is True
    client2.wait_head(client2.get("/held"))
    assert watch.came()["ssl"] is True
    websocket = open_websocket(Connection(broker.port), "/held-ws")
    told = watch.came()
    assert (told["type"], told["ssl"]) == ("ws", True)
    connection.close()
    client2.close()
    websocket.connection.close()


def test_when_the_broker_stops_all_are_told_to_have_gone(peers, start_broker, origin, channel):
    broker = start_broker(*FLAGS, routes=[
        f"*,path_beg=/held {origin.address}", f"*,path_beg=/held-ws {origin.address},over_http"])
    watch = Watch(peers, broker)
    origin.on("/held", stream_hold(channel))
    origin.on("/held-poll", poll_hold(channel))
    OverHttp(origin, "/held-ws")
    connections = [Connection(broker.port) for _ in range(scaled(300, 20))]
    for connection in connections[2:]:
        connection.send(get("/held"))
    connections[0].send(get("/held-poll"))
    open_websocket(connections[1], "/held-ws")
    there = {watch.came()["id"] for _ in connections}
    assert len(there) == len(connections)
    broker.wait_metric("holds", len(connections))
    broker.stop()
    gone = {watch.next()["id"] for _ in connections}
    assert gone == there
    for connection in connections:
        connection.close()


def test_where_it_is_not_wanted_nothing_is_said(peers, start_broker, origin, channel):
    broker = start_broker(*FLAGS, "--zmq-stats-connections", "no")
    socket = peers.connect(zmq.SUB, broker.zmq_ports["zmq_stats"])
    for kind in (b"conn ", b"sub ", b"activity "):
        socket.subscribe(kind)
    deadline = Deadline(10, "the subscription")
    while deadline.left() and not socket.poll(50):
        make_noise(broker)
    origin.on("/held", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/held"))
    kinds = set()
    while b"sub" not in kinds:
        kinds.add(socket.recv().partition(b" ")[0])
    assert b"conn" not in kinds
    connection.close()
