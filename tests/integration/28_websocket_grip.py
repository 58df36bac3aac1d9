# SPDX-License-Identifier: Apache-2.0
"""GRIP inside a WebSocket: which of the origin's messages are the client's, and what control
messages do."""
import pytest

from support.grip import ws_item
from support.over_http import NO_PREFIX, binary, control, echo, event, subscribe, text
from support.websocket import PING, PONG, TEXT, close_payload

ROUTES = ["* {origin},over_http", "sub.test {origin},over_http,sub=implicit",
          "pre.test,prefix=pre- {origin},over_http,sub=implicit"]


# whose messages


def test_the_usual_prefix_is_taken_away(told):
    client = told(text("m:mine"), text("nobody's"), binary(b"m:\xff"), binary(b"\xff"), text("m:"),
                  text("M:nobody's"), text("m"), event("PING", "p"), text("m:last"),
                  extension="grip")
    client.expect_text("mine")
    client.expect_binary(b"\xff")
    client.expect_text("")
    client.expect(PING, b"p")
    client.expect_text("last")


@pytest.mark.parametrize("extension", ['grip; message-prefix="x-"', "grip; message-prefix=x-",
                                       'grip;message-prefix="x-"; unknown=1'])
def test_the_origin_may_choose_another_prefix(told, extension):
    client = told(text("m:nobody's"), text("x-mine"), extension=extension)
    client.expect_text("mine")


def test_with_an_empty_prefix_everything_is_the_clients_but_control_messages(told, broker, channel):
    client = told(subscribe(channel), text("m:as it is"), binary(b"c:{}"), text(""))
    client.expect_text("m:as it is")
    client.expect_binary(b"c:{}")
    client.expect_text("")
    broker.publish(ws_item(channel, "m:published as it is"))
    client.expect_text("m:published as it is")


@pytest.mark.parametrize("extension", [None, "permessage-deflate", "grip2", "GRIPPED"])
def test_without_the_extension_every_message_is_the_clients(told, broker, channel, extension):
    client = told(text("m:as it is"), text('c:{"type":"detach"}'), text("c:"), subscribe(channel),
                  extension=extension)
    client.expect_text("m:as it is")
    client.expect_text('c:{"type":"detach"}')
    client.expect_text("c:")
    client.expect_text('c:{"type": "subscribe", "channel": "%s"}' % channel)
    broker.publish(ws_item(channel, "not to be delivered"))
    client.text("done")
    client.expect_text("done")


def test_what_clients_say_is_never_read_as_control(over_http, websocket, broker, channel):
    origin = over_http(reply=lambda request: [text("heard")])
    client = websocket()
    client.text('c:{"type":"subscribe","channel":"%s"}' % channel)
    client.expect_text("heard")
    assert origin.wait("TEXT").startswith(b"c:")
    broker.publish(ws_item(channel, "not to be delivered"))
    client.text("done")
    client.expect_text("heard")


# subscribing


def test_subscriptions_are_heard_from_the_message_on(told, broker, channel):
    """No settling time: what the origin says behind its subscription proves that it stands."""
    client = told()
    for number in range(20):
        name = f"{channel}-{number}"
        client.text('say:c:{"type":"subscribe","channel":"%s"}' % name)
        client.text("done")
        client.expect_text("done")
        broker.publish(ws_item(name, name))
        client.expect_text(name)
    broker.wait_metric("subscriptions", 20)


def test_a_channel_that_is_left_is_heard_no_more(told, broker, channel):
    client = told(subscribe(channel + "-a", channel + "-b"))
    client.text('say:c:{"type":"unsubscribe","channel":"%s-a"}' % channel)
    client.text('say:c:{"type":"unsubscribe","channel":"never subscribed"}')
    client.text("done")
    client.expect_text("done")
    broker.publish(ws_item(channel + "-a", "a"), ws_item(channel + "-b", "b"))
    client.expect_text("b")
    broker.wait_metric("subscriptions", 1)


def test_a_channel_subscribed_twice_is_heard_once_and_left_once(told, broker, channel):
    client = told(subscribe(channel, channel), subscribe(channel))
    broker.wait_metric("subscriptions", 1)
    broker.publish(ws_item(channel, "once"), ws_item(channel, "end"))
    client.expect_text("once")
    client.expect_text("end")
    client.text('say:c:{"type":"unsubscribe","channel":"%s"}' % channel)
    broker.wait_metric("subscriptions", 0)


def test_a_channel_name_may_hold_almost_anything(told, broker, channel):
    name = channel + ",;é \"'*#"
    client = told(subscribe(name))
    broker.publish(ws_item(name, "odd"))
    client.expect_text("odd")


def test_a_route_puts_its_prefix_before_channels_and_adds_its_own(told, broker, channel):
    client = told(subscribe(channel), host="pre.test")
    broker.publish(ws_item(channel, "no"), ws_item("pre-" + channel, "prefixed"),
                   ws_item("pre-implicit", "no"), ws_item("implicit", "implied"))
    client.expect_text("prefixed")
    client.expect_text("implied")
    client.text('say:c:{"type":"unsubscribe","channel":"%s"}' % channel)
    client.text("done")
    client.expect_text("done")
    broker.publish(ws_item("pre-" + channel, "no"), ws_item("implicit", "still implied"))
    client.expect_text("still implied")


def test_a_channel_of_the_route_is_not_the_origins_to_leave(told, broker):
    client = told(control("unsubscribe", channel="implicit"), text("open"), host="sub.test")
    client.expect_text("open")
    broker.publish(ws_item("implicit", "implied"))
    client.expect_text("implied")


def test_a_channel_of_the_route_is_heard_without_grip(told, broker):
    client = told(text("c:as it is"), extension=None, host="pre.test")
    client.expect_text("c:as it is")
    broker.publish(ws_item("implicit", "implied"))
    client.expect_text("implied")


def test_more_channels_than_allowed_are_ignored_and_logged(origin, over_http, start_broker,
                                                           websocket, channel):
    broker = start_broker("--limit", "channels_per_hold=2", routes=[f"* {origin.address},over_http"])
    names = [f"{channel}-{letter}" for letter in "abc"]
    over_http(opening=[subscribe(*names), text("open")], reply=echo)
    client = websocket(port=broker.port)
    client.expect_text("open")
    broker.wait_metric("subscriptions", 2)
    broker.publish(*(ws_item(name, name) for name in (names[2], names[0], names[1])))
    client.expect_text(names[0])
    client.expect_text(names[1])
    broker.wait_log("channels_per_hold")


def test_more_than_five_filters_end_with_1011(told, channel):
    told(control("subscribe", channel=channel, filters=["skip-self"] * 5),
         text("five")).expect_text("five")
    told(control("subscribe", channel=channel, filters=["skip-self"] * 6)).expect_failure(1011)


BAD = ["", "{", "null", '"subscribe"', "5", "{}", '{"type":5}', '{"type":"unknown"}',
       '{"type":"subscribe"}', '{"type":"subscribe","channel":""}',
       '{"type":"subscribe","channel":5}', '{"type":"unsubscribe"}', '{"type":"set-meta"}',
       '{"type":"set-meta","name":""}', '{"type":"SUBSCRIBE","channel":"x"}',
       '{"type":"subscribe","channel":"x","filters":"skip-self"}', " {}", "{}x",
       '{"type":"keep-alive","content":"x","message-type":"smoke"}',
       '{"type":"keep-alive","content":5}', '{"type":"keep-alive","content-bin":"@@@@"}',
       '{"type":"send-delayed","content":"x","message-type":"smoke"}', "[" * 10000,
       '{"type":"subscribe","channel":"' + "n" * 2000 + '"}']


def test_control_messages_that_cannot_be_are_ignored(told, broker):
    client = told(*(text("c:" + bad) for bad in BAD), text("still here"))
    client.expect_text("still here")
    broker.wait_metric("subscriptions", 0)


def test_what_is_known_but_means_nothing_here_is_ignored(told):
    told(control("session"), control("session", id="x"), control("set-meta", name="a", value="b"),
         control("set-meta", name="a"), text("still here")).expect_text("still here")


# detaching


def test_a_detached_client_stays_and_hears_publications_only(told, broker, channel):
    client = told(subscribe(channel), text("before"), control("detach"), text("behind"))
    client.expect_text("before")
    assert client.origin.wait("CLOSE") is None
    client.text("to nobody")
    client.ping(b"to nobody")
    broker.publish(ws_item(channel, "published"))
    opcode, content = client.receive()
    if (opcode, content) == (TEXT, b"behind"):  # of the same answer: either is right
        opcode, content = client.receive()
    assert (opcode, content) == (PONG, b"to nobody"), "there is nobody else to answer it"
    client.expect_text("published")
    client.close(1000)
    assert client.expect_close()[0] == 1000
    client.expect_end()
    broker.wait_metric("holds", 0)
    assert client.origin.events() == [("CLOSE", None)]


def test_a_detached_client_that_vanishes_is_nobodys_business(told, broker, channel):
    client = told(subscribe(channel), control("detach"))
    client.origin.wait("CLOSE")
    client.connection.close()
    broker.wait_metric("holds", 0)
    assert client.origin.events() == [("CLOSE", None)]


def test_a_detached_client_can_be_closed_by_a_publisher(told, broker, channel):
    client = told(subscribe(channel), control("detach"))
    client.origin.wait("CLOSE")
    broker.publish(ws_item(channel, action="close", code=4000, reason="over"))
    client.expect_closed(4000, "over")


def test_control_messages_may_stand_in_any_answer(told, broker, channel):
    client = told()
    client.text('say:c:{"type":"subscribe","channel":"%s"}' % channel)
    client.text("done")
    client.expect_text("done")
    broker.publish(ws_item(channel, "x"))
    client.expect_text("x")
    client.close(1000)
    assert client.expect_close() == (1000, "")
    assert client.origin.wait("CLOSE") == close_payload(1000)
