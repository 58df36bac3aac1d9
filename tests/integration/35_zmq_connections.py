# SPDX-License-Identifier: Apache-2.0
"""Commands about one connection: whether it is still there, and that it is to ask its origin."""
import pytest

from support.client import Connection, get
from support.grip import stream_hold
from support.over_http import OverHttp, text
from support.stats import Reader
from support.waiting import scaled, until
from support.websocket import open_websocket
from support.zeromq import Commander

ROUTES = ["* {origin},over_http", "direct.test {origin}"]
FLAGS = ["--zmq-command", "tcp://127.0.0.1:*"]


@pytest.fixture
def command(peers, broker):
    return Commander(peers, broker).ask


def known(*ids):
    return {"success": True, "value": list(ids)}


DONE = {"success": True, "value": None}
NOT_FOUND = {"success": False, "condition": "item-not-found"}


def refused(why):
    return {"success": False, "condition": "bad-request", "value": why}


def ids_of(chat):
    """Those of its WebSockets, in the order they were opened."""
    return [asked.get("connection-id") for asked in list(chat.requests)
            if ("OPEN", None) in asked.events]


# conncheck


def test_conncheck_names_those_that_are_still_there(command, over_http, websocket):
    chat = over_http()
    first, second = websocket(), websocket()
    ids = ids_of(chat)
    assert command("conncheck", ids=["a", ids[1], "", ids[0], ids[1] + "x"]) == known(ids[1], ids[0])
    first.connection.close()
    until(lambda: command("conncheck", ids=ids) == known(ids[1]), "the end of the first")
    second.connection.close()


def test_one_that_has_its_101_is_known(command, over_http, websocket):
    chat = over_http()
    for count in range(scaled(100)):
        client = websocket()
        identity = ids_of(chat)[-1]
        assert command("conncheck", ids=[identity]) == known(identity), count
        client.connection.close()


def test_an_origin_may_ask_before_it_has_accepted(command, origin, websocket, target):
    accept, said = OverHttp(origin, target).accept, []

    def opening(request):
        identity = request.get("connection-id")
        if not said:  # else it is the end that is told
            said.append((identity, command("conncheck", ids=[identity])))
        return accept
    origin.on(target, opening)
    websocket().connection.close()
    identity, reply = said[0]
    assert reply == known(identity)


def test_no_ids_are_none_of_them(command):
    assert command("conncheck", ids=[]) == known()


@pytest.mark.parametrize("args, why", [
    ({}, "conncheck wants args with ids, a list"),
    ({"ids": "a"}, "conncheck wants args with ids, a list"),
    ({"ids": None}, "conncheck wants args with ids, a list"),
    ({"id": ["a"]}, "conncheck wants args with ids, a list"),
    ({"ids": ["a", 1]}, "ids[1] is no byte string"),
    ({"ids": [["a"]]}, "ids[0] is no byte string"),
])
def test_what_is_no_list_of_ids_is_refused(command, args, why):
    assert command("conncheck", **args) == refused(why)


def test_more_ids_than_the_limit_are_refused(peers, start_broker):
    broker = start_broker(*FLAGS, "--limit", "zmq_command_ids=2")
    command = Commander(peers, broker).ask
    assert command("conncheck", ids=["a", "b"]) == known()
    assert command("conncheck", ids=["a", "b", "c"]) == refused("conncheck wants at most 2 ids")


def test_requests_are_known_by_the_ids_of_stats(peers, start_broker, origin, channel):
    broker = start_broker(*FLAGS, "--zmq-stats", "tcp://127.0.0.1:*",
                          routes=[f"*,path_beg=/hold {origin.address}"])
    command, reader = Commander(peers, broker).ask, Reader(peers, broker, "conn")
    origin.on("/hold", stream_hold(channel))
    connection = Connection(broker.port)
    connection.send(get("/hold"))
    identity = reader.next()["id"]
    assert command("conncheck", ids=[identity]) == known(identity)
    assert command("refresh", cid=identity) == NOT_FOUND
    connection.close()
    assert reader.next() == {"id": identity, "unavailable": True}
    assert command("conncheck", ids=[identity]) == known()


# refresh


def test_refresh_lets_that_websocket_ask_its_origin(command, over_http, websocket):
    chat = over_http(reply=lambda request: [] if request.events else [text("refreshed")])
    clients = {}
    for count in range(6):  # so that both frontends have some
        client = websocket()
        clients[chat.wait_requests(count + 1).get("connection-id")] = client
    before = len(chat.requests)
    for count, (identity, client) in enumerate(clients.items(), 1):
        assert command("refresh", cid=identity) == DONE
        client.expect_text("refreshed")
        asked = chat.wait_requests(before + count)
        assert (asked.get("connection-id"), asked.body) == (identity, b"")
    assert len(chat.requests) == before + len(clients)
    for client in clients.values():
        client.connection.close()


def test_an_origin_that_speaks_websocket_itself_is_not_asked(command, direct, websocket, peers,
                                                            start_broker, origin):
    broker = start_broker(*FLAGS, "--zmq-stats", "tcp://127.0.0.1:*",
                          routes=[f"*,path_beg=/ws {origin.address}"])
    command, reader = Commander(peers, broker).ask, Reader(peers, broker, "conn")
    chat = direct()
    origin.on("/ws", origin.handlers[chat.target])
    client = open_websocket(Connection(broker.port), "/ws")
    theirs = chat.next()
    assert command("refresh", cid=reader.next()["id"]) == DONE
    client.text("still here")
    theirs.expect_text("still here")
    client.connection.close()


@pytest.mark.parametrize("identity", ["", "1", "00000000-0000-4000-8000-000000000000"])
def test_nobody_is_found_by_an_id_that_nobody_has(command, identity):
    assert command("refresh", cid=identity) == NOT_FOUND


def test_one_that_has_gone_is_not_found(command, over_http, websocket):
    chat = over_http()
    client = websocket()
    [identity] = ids_of(chat)
    client.connection.close()
    until(lambda: command("conncheck", ids=[identity]) == known(), "the end of it")
    assert command("refresh", cid=identity) == NOT_FOUND


@pytest.mark.parametrize("args", [{}, {"cid": "a", "channel": "b"}, {"cid": 1}, {"channel": 1},
                                  {"cid": None}, {"cid": ["a"]}, {"id": "a"}])
def test_refresh_wants_one_or_the_other(command, args):
    assert command("refresh", **args) == refused(
        "refresh wants args with either cid or channel, a byte string")
