# SPDX-License-Identifier: Apache-2.0
"""What the integration tests share: a broker and an origin per file, connections per test.

`broker` is one process for all tests of a file, with one route to `origin`; a
file may add flags by a list FLAGS and say other routes by a list ROUTES, in
which {origin} is the origin's address. A test that needs other flags starts its
own with `start_broker`. After each test the broker must still live, hold
nobody, and have reported no fault.
"""
import itertools
import resource

import pytest

from support.broker import Broker
from support.client import Connection, get
from support.client2 import Client2
from support.direct import Direct
from support.grip import stream_hold, stream_item
from support.http2_raw import Raw2
from support.origin import Origin
from support.over_http import NO_PREFIX, OverHttp, obey
from support.publishing import Taker
from support.websocket import open_websocket

SECRET = "secret"
ISSUER = "test"
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_hard, _hard))


class Standing:
    """The broker of a file; started anew where a test brought it down."""

    def __init__(self, flags):
        self.flags = flags
        self.broker = None

    def get(self):
        if self.broker is None:
            self.broker = Broker(*self.flags)
        return self.broker

    def stop(self):
        broker, self.broker = self.broker, None
        if broker:
            try:
                broker.stop()
            finally:
                broker.kill()


@pytest.fixture(scope="module")
def origin_of_file():
    origin = Origin()
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def standing(request, origin_of_file):
    flags = ["--sig-key", SECRET, "--sig-iss", ISSUER]
    for route in getattr(request.module, "ROUTES", ["* {origin}"]):
        flags += ["--route", route.format(origin=origin_of_file.address)]
    standing = Standing(flags + getattr(request.module, "FLAGS", []))
    yield standing
    standing.stop()


@pytest.fixture
def origin(origin_of_file):
    origin_of_file.forget()
    yield origin_of_file
    origin_of_file.forget()


@pytest.fixture
def broker(standing, origin):
    broker = standing.get()
    yield broker
    if not broker.is_alive() or broker.faults():
        standing.stop()  # which says what it reported
        raise AssertionError("the broker died")
    try:
        broker.wait_metric("holds", 0)
    except TimeoutError:
        standing.stop()
        raise


@pytest.fixture
def connect(broker):
    """connect() opens a connection to the clients' port; closed after the test."""
    opened = []

    def open_one(port=None, **options):
        opened.append(Connection(port or broker.port, **options))
        return opened[-1]
    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def client2(broker):
    client = Client2(broker.port)
    yield client
    client.close()


@pytest.fixture
def wire(broker):
    """wire(first frame...) opens an HTTP/2 connection to be spoken by hand (support/http2_raw.py)."""
    opened = []

    def open_one(*first, port=None, **options):
        opened.append(Raw2(port or broker.port, *first, **options))
        return opened[-1]
    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def start_broker(origin):
    """start_broker(flags...) starts a broker of the test's own: with a route to `origin` and the
    key "secret", unless told otherwise; stopped and checked after the test."""
    started = []

    def start(*flags, routes=None, signed=True, **options):
        if routes is None:
            routes = [f"* {origin.address}"]
        chosen = [part for route in routes for part in ("--route", route)]
        if signed:
            chosen += ["--sig-key", SECRET, "--sig-iss", ISSUER]
        started.append(Broker(*chosen, *flags, **options))
        return started[-1]
    yield start
    try:
        for broker in started:
            if not broker.process.stderr.closed:
                broker.stop()
    finally:
        for broker in started:
            broker.kill()


_channels = itertools.count(1)


@pytest.fixture
def channel():
    """A channel name no other test uses."""
    return f"channel-{next(_channels)}"


@pytest.fixture
def hold(origin, connect, channel):
    """hold(body=..., headers=..., ...) makes /hold a stream on `channel` and opens it."""
    def open_stream(*channels, ask=get("/hold"), **more):
        origin.on("/hold", stream_hold(*(channels or [channel]), **more))
        connection = connect()
        connection.send(ask)
        return connection.answer()
    return open_stream


@pytest.fixture
def witness(hold, broker, channel):
    """witness() demands that a stream of another client still hears what is published."""
    stream = hold()

    def check(mark=b"still here"):
        broker.publish(stream_item(channel, mark.decode()))
        stream.wait_for(mark)
    return check


@pytest.fixture
def stream(hold):
    """A stream on `channel`, to see what was published and what was not."""
    return hold()


@pytest.fixture
def target(channel):
    """A path no other test uses: what a broker tells an origin of WebSockets that ended comes
    late, and is not to be taken for the next test's."""
    return f"/{channel}"


@pytest.fixture
def over_http(origin, target):
    """over_http(...) makes `target` an origin of WebSocket-over-HTTP (support/over_http.py)."""
    def make(**script):
        return OverHttp(origin, target, **script)
    return make


@pytest.fixture
def direct(origin, target):
    """direct(...) makes `target` an origin of WebSockets (support/direct.py)."""
    made = []

    def make(**script):
        made.append(Direct(origin, target, **script))
        return made[-1]
    yield make
    for each in made:
        each.leave()


@pytest.fixture
def websocket(connect, target):
    """websocket(header...) opens a WebSocket to `target`, which must succeed."""
    def open_one(*headers, at=None, port=None, receive_buffer=None, **more):
        return open_websocket(connect(port, receive_buffer=receive_buffer), at or target, *headers,
                              **more)
    return open_one


@pytest.fixture
def told(over_http, websocket):
    """told(event...) opens a WebSocket whose origin says these when it opens, and later whatever
    the client tells it to say; `origin` is that origin."""
    def begin(*opening, extension=NO_PREFIX, **more):
        origin = over_http(opening=opening, extension=extension, reply=obey)
        client = websocket(**more)
        client.origin = origin
        return client
    return begin


@pytest.fixture
def peers():
    """Sockets that speak ZeroMQ (support/zeromq.py)."""
    from support.zeromq import Peers  # few tests need it
    made = Peers()
    yield made
    made.close()


@pytest.fixture
def taker():
    """taker(script...) starts a server that is published to (support/publishing.py)."""
    started = []

    def begin(*script, **more):
        started.append(Taker(*script, **more))
        return started[-1]
    yield begin
    for each in started:
        each.close()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    """A headless Chromium (support/browser.py)."""
    from support.browser import start  # selenium is slow to load
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()
