# SPDX-License-Identifier: Apache-2.0
"""Every message reaches every stream of its channel once and in order; a client that does not
read is ended, never skipped, and costs the others nothing."""
import select
import threading

import pytest

from support.client import Connection, get
from support.client2 import Client2
from support.grip import close_item, stream_hold, stream_item
from support.waiting import Deadline, scaled, until


@pytest.fixture
def streams(origin, connect, channel):
    """streams(3, ...) opens as many streams, by default on `channel`."""
    def open_streams(count, *channels, body=b""):
        origin.on("/hold", stream_hold(*(channels or [channel]), body=body))
        connections = [connect() for _ in range(count)]
        for connection in connections:
            connection.send(get("/hold"))
        return [connection.answer(20) for connection in connections]
    return open_streams


def numbered(channel, numbers):
    return [stream_item(channel, f"<{number}>") for number in numbers]


def text_of(numbers):
    return "".join(f"<{number}>" for number in numbers).encode()


def test_messages_arrive_in_the_order_they_were_published(streams, broker, channel):
    opened = streams(5)
    for start in range(0, 300, 10):
        broker.publish(*numbered(channel, range(start, start + 10)))
    for stream in opened:
        stream.wait_for(b"<299>")
        assert stream.body == text_of(range(300))


def test_a_large_batch_arrives_whole_and_in_order(streams, broker, channel):
    stream, = streams(1)
    broker.publish(*numbered(channel, range(3000)))
    stream.wait_for(b"<2999>", 10)
    assert stream.body == text_of(range(3000))


def test_a_batch_may_serve_many_channels(streams, broker, channel):
    names = [f"{channel}-{number}" for number in range(50)]
    opened = [streams(1, name)[0] for name in names]
    broker.publish(*(stream_item(name, f"[{name}]") for name in names))
    for name, stream in zip(names, opened):
        stream.wait_for(b"]")
        assert stream.body == f"[{name}]".encode()


@pytest.mark.parametrize("other", ["a", "abc", "AB", "ab ", "ab/"])
def test_channels_are_equal_byte_for_byte_or_not_at_all(streams, broker, channel, other):
    stream, = streams(1, channel + "ab")
    broker.publish(stream_item(channel + other, "not for you"),
                   stream_item(channel + "ab", "for you"))
    stream.wait_for(b"for you")
    assert stream.body == b"for you"


def test_nothing_published_before_the_hold_is_delivered(streams, broker, channel):
    broker.publish(stream_item(channel, "early"))
    stream, = streams(1)
    broker.publish(stream_item(channel, "late"))
    stream.wait_for(b"late")
    assert stream.body == b"late"


def test_content_is_delivered_byte_for_byte(streams, broker, channel):
    stream, = streams(1)
    everything = bytes(range(256)) * 4
    broker.publish(stream_item(channel, everything), stream_item(channel, "é\u4e2d\U0001f600"),
                   stream_item(channel, "\u0000"), stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert stream.body == everything + "é\u4e2d\U0001f600\u0000end".encode()


def test_an_empty_content_does_not_end_the_stream(streams, broker, channel):
    """A chunk of length 0 would."""
    stream, = streams(1)
    broker.publish(stream_item(channel, ""), stream_item(channel, "still here"))
    stream.wait_for(b"still here")
    assert stream.end is None


def test_the_largest_content_is_delivered(streams, broker, channel):
    stream, = streams(1)
    broker.publish(stream_item(channel, "m" * 32767), stream_item(channel, "end"))
    stream.wait_for(b"end")
    assert len(stream.body) == 32770


def test_concurrent_publishers_keep_each_their_own_order(streams, broker, channel):
    opened = streams(3)

    def publish(name):
        for number in range(30):
            broker.publish(stream_item(channel, f"<{name}{number}>"))
    threads = [threading.Thread(target=publish, args=(name,)) for name in "wxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    broker.publish(stream_item(channel, "end"))
    for stream in opened:
        stream.wait_for(b"end")
        for name in "wxyz":
            at = [stream.body.index(f"<{name}{number}>".encode()) for number in range(30)]
            assert at == sorted(at)
        assert stream.body.count(b"<") == 120


def test_an_item_without_a_format_for_streams_leaves_them_alone(streams, broker, channel):
    stream, = streams(1)
    broker.publish({"channel": channel, "formats": {"ws-message": {"content": "ws"},
                                                    "http-response": {"body": "poll"}}},
                   stream_item(channel, "mine"))
    stream.wait_for(b"mine")
    assert stream.body == b"mine"


def test_what_is_published_right_after_the_head_is_delivered(origin, connect, broker, channel):
    """From the head on a client hears everything: no settling time."""
    origin.on("/hold", stream_hold(channel))
    for number in range(30):
        connection = connect()
        connection.send(get("/hold"))
        stream = connection.answer()
        broker.publish(stream_item(channel, f"<{number}>"))
        stream.wait_for(b"<%d>" % number)
        connection.close()


def test_http1_and_http2_and_http_1_0_hear_the_same(streams, origin, connect, client2, broker,
                                                    channel):
    first, = streams(1)
    old = connect()
    old.send(get("/hold", version="1.0"))
    old = old.answer()
    second = client2.wait_head(client2.get("/hold"))
    broker.publish(*numbered(channel, range(200)))
    for stream in (first, old):
        stream.wait_for(b"<199>")
        assert stream.body == text_of(range(200))
    client2.wait_for(second, b"<199>")
    assert second.body == text_of(range(200))


# slow clients


KILOBYTES = 30


def flood(broker, channel, is_enough, most=1000):
    """Publishes 30 KB at a time until `is_enough`; returns how many times."""
    for number in range(most):
        if is_enough():
            return number
        broker.publish(stream_item(channel, f"<{number}>".ljust(KILOBYTES * 1000, "x")))
    raise AssertionError("the slow client was never ended")


@pytest.fixture
def narrow(origin, start_broker):
    """A broker that lets a client leave 64 KB unread."""
    return start_broker("--limit", "backlog_bytes=65536")


def test_a_client_that_does_not_read_is_ended_and_the_others_get_everything(origin, narrow,
                                                                            channel):
    origin.on("/hold", stream_hold(channel))
    slow, quick = Connection(narrow.port, receive_buffer=4096), Connection(narrow.port)
    for connection in (slow, quick):
        connection.send(get("/hold"))
    slow_stream, stream = slow.answer(), quick.answer()
    reader = threading.Thread(target=lambda: stream.wait_for(b"the end", 60))
    reader.start()
    count = flood(narrow, channel, lambda: narrow.ended("slow_client"))
    narrow.publish(stream_item(channel, "the end"))
    reader.join()
    assert stream.body.count(b"<") == count
    assert len(stream.body) == count * KILOBYTES * 1000 + 7
    assert narrow.metric("slow_clients_ended") == 1
    narrow.wait_log("reason=slow_client")
    narrow.wait_metric("holds", 1)
    assert slow_stream.ended(20) == "cut"
    assert text_of_heads(slow_stream.body) == list(range(len(text_of_heads(slow_stream.body))))
    slow.close()
    quick.close()


def text_of_heads(body):
    """The numbers of the messages that came, whole or not."""
    return [int(part.split(b">")[0]) for part in body.split(b"<")[1:] if b">" in part]


def test_too_many_items_unread_end_a_client_too(origin, start_broker, channel):
    broker = start_broker("--limit", "backlog_items=16", "--limit", "backlog_bytes=1000000000")
    origin.on("/hold", stream_hold(channel))
    slow = Connection(broker.port, receive_buffer=4096)
    slow.send(get("/hold"))
    slow.answer()
    flood(broker, channel, lambda: broker.ended("slow_client"))
    slow.close()


def test_a_client_that_reads_slowly_but_reads_is_kept(origin, connect, broker, channel):
    """1 MB of default backlog bridges a reader that lags behind."""
    origin.on("/hold", stream_hold(channel))
    connection = connect(receive_buffer=4096)
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(*(stream_item(channel, f"<{n}>".ljust(5000, "x")) for n in range(100)))
    broker.wait_metric("items_delivered", lambda count: count >= 100)
    stream.wait_for(b"<99>", 20)
    assert text_of_heads(stream.body) == list(range(100))


def test_the_largest_backlogs_give_way_when_all_together_are_too_large(origin, start_broker,
                                                                       channel):
    broker = start_broker("--workers", 1, "--limit", "backlog_total_bytes=1048576",
                          "--limit", "backlog_bytes=1000000000")
    origin.on("/hold", stream_hold(channel))
    slow = [Connection(broker.port, receive_buffer=4096) for _ in range(3)]
    for connection in slow:
        connection.send(get("/hold"))
        connection.answer()
    flood(broker, channel, lambda: broker.ended("backlog_budget"))
    for connection in slow:
        connection.close()


def test_an_http2_stream_that_is_not_read_is_ended_and_its_sibling_is_not(origin, narrow, channel):
    """h2o cannot take back what waits for the client's window: the reset comes behind it."""
    origin.on("/slow", stream_hold(channel))
    origin.on("/quick", stream_hold(channel + "-quick"))
    client = Client2(narrow.port, reads_bodies=False)
    slow, quick = (client.wait_head(client.get(path)) for path in ("/slow", "/quick"))
    flood(narrow, channel, lambda: narrow.ended("slow_client"), 200)
    narrow.wait_metric("subscriptions", 1)
    client.read_bodies()
    assert client.ended(slow, 10) == "cut"
    narrow.wait_metric("holds", 1)
    assert quick.end is None
    client.close()


def test_messages_for_others_do_not_wait_for_a_slow_client(origin, connect, broker, channel):
    origin.on("/slow", stream_hold(channel + "-slow"))
    origin.on("/quick", stream_hold(channel))
    slow, quick = connect(receive_buffer=4096), connect()
    slow.send(get("/slow"))
    quick.send(get("/quick"))
    slow.answer()
    stream = quick.answer()
    for number in range(20):
        broker.publish(*numbered(channel + "-slow", range(200)),
                       stream_item(channel, f"<{number}>"))
        stream.wait_for(b"<%d>" % number)
    assert stream.body == text_of(range(20))


# many


def wait_all(sockets, content, amount=40):
    """Reads all sockets until each has got `content`; returns what each got."""
    deadline = Deadline(amount, f"{content!r} on all of {len(sockets)} sockets")
    got = {each.fileno(): bytearray() for each in sockets}
    by_number = {each.fileno(): each for each in sockets}
    waiting = select.poll()
    for number in got:
        waiting.register(number, select.POLLIN)
    left = set(got)
    while left:
        for number, _ in waiting.poll(deadline.left() * 1000):
            piece = by_number[number].recv(65536)
            got[number] += piece
            if content in got[number] or not piece:
                assert piece, f"closed after {bytes(got[number][-100:])!r}"
                waiting.unregister(number)
                left.discard(number)
    return got


def open_many(broker, count, path="/hold"):
    """Opens streams and reads their heads, 200 at a time."""
    sockets = []
    for start in range(0, count, 200):
        some = [Connection(broker.port).socket for _ in range(min(200, count - start))]
        for each in some:
            each.sendall(get(path))
        wait_all(some, b"opened")
        sockets += some
    return sockets


def test_two_thousand_streams_hear_one_message_once(origin, broker, channel):
    count = scaled(2000)
    origin.on("/hold", stream_hold(channel, body=b"opened"))
    sockets = open_many(broker, count)
    broker.wait_metric("holds", count)
    before = broker.metric("items_delivered")
    broker.publish(stream_item(channel, "[message]"), stream_item(channel, "end"))
    for body in wait_all(sockets, b"end").values():
        assert body.count(b"[message]") == 1
    broker.wait_metric("items_delivered", before + 2 * count)
    for each in sockets:
        each.close()
    broker.wait_metric("holds", 0)
    broker.wait_metric("subscriptions", 0)
    broker.wait_metric("channels", 0)


def test_streams_that_come_and_go_leave_nothing_behind(origin, broker, connect, channel):
    origin.on("/hold", stream_hold(channel, body=b"opened"))
    running = threading.Event()
    running.set()

    def publish():
        while running.is_set():
            broker.publish(stream_item(channel, "x" * 500))
    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        for _ in range(5):
            sockets = open_many(broker, scaled(100))
            for each in sockets:
                each.close()
    finally:
        running.clear()
        publisher.join()
    broker.wait_metric("holds", 0)
    broker.wait_metric("channels", 0)
    connection = connect()
    connection.send(get("/hold"))
    stream = connection.answer()
    broker.publish(stream_item(channel, "end"))
    stream.wait_for(b"end")


def test_a_close_of_many_streams_is_clean_for_each(origin, broker, channel):
    count = scaled(300)
    origin.on("/hold", stream_hold(channel, body=b"opened"))
    sockets = open_many(broker, count)
    broker.publish(stream_item(channel, "bye"), close_item(channel))
    for body in wait_all(sockets, b"0\r\n\r\n").values():
        assert body.endswith(b"3\r\nbye\r\n0\r\n\r\n")
    broker.wait_metric("holds", 0)
    for each in sockets:
        each.close()


def test_delivery_is_counted(streams, broker, channel):
    before = broker.metrics()
    streams(3)
    broker.publish(stream_item(channel, "12345"), stream_item("nobody-listens", "x"))
    broker.wait_metric("items_delivered", before["holdfast_items_delivered_total"] + 3)
    assert broker.metric("items_published") == before["holdfast_items_published_total"] + 2
    until(lambda: broker.metric("bytes_delivered") >= before["holdfast_bytes_delivered_total"] + 15,
          "the bytes being counted")
