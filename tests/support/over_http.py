# SPDX-License-Identifier: Apache-2.0
"""An origin that speaks WebSocket-over-HTTP, scripted: events of requests in, events of answers out.

    chat = OverHttp(origin, "/chat", reply=echo)
    chat.wait("TEXT", b"hello")            # until the origin was told
    chat.events()                          # all it was told, in order

`reply` is given each request behind the opening one, its `events` read, and returns events, or an
answer of any other kind as Origin.on() takes it.
"""
import json
import re

from support.origin import answer
from support.waiting import until
from support.websocket import close_payload

TYPE = "application/websocket-events"
NO_PREFIX = 'grip; message-prefix=""'
OPEN = b"OPEN\r\n"
DISCONNECT = b"DISCONNECT\r\n"
ANY = object()


def event(kind, content=None):
    """The bytes of an event; `content` None leaves its length out."""
    if content is None:
        return kind.encode() + b"\r\n"
    content = content.encode() if isinstance(content, str) else content
    return b"%s %x\r\n%s\r\n" % (kind.encode(), len(content), content)


def text(content):
    return event("TEXT", content)


def binary(content):
    return event("BINARY", content)


def closing(code=None, reason=""):
    return event("CLOSE", close_payload(code, reason) or None)


def control(kind, **fields):
    """A message for the broker: control("keep-alive", message_type="ping")."""
    told = {"type": kind, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return text("c:" + json.dumps(told))


def subscribe(*channels):
    return b"".join(control("subscribe", channel=channel) for channel in channels)


def read_events(body):
    """[(kind, content or None)] of a request's body, which must be encoded to the letter."""
    events, rest = [], body
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        found = re.fullmatch(rb"(OPEN|TEXT|BINARY|PING|PONG|CLOSE|DISCONNECT)(?: (0|[1-9a-f][0-9a-f]*))?",
                             line)
        assert found, line
        kind, length = found[1].decode(), found[2]
        if length is None:
            assert kind not in ("TEXT", "BINARY"), "a message without a length"
            events.append((kind, None))
            continue
        count = int(length, 16)
        assert rest[count:count + 2] == b"\r\n", rest[count:count + 10]
        events.append((kind, rest[:count]))
        rest = rest[count + 2:]
    return events


def events_answer(*events, headers=(), status=200, kind=TYPE):
    return answer(status, [("Content-Type", kind), *headers], b"".join(events))


def polite(request):
    """Closes with those who close."""
    return [event(kind, content) for kind, content in request.events if kind == "CLOSE"]


def echo(request):
    back = {"TEXT": "TEXT", "BINARY": "BINARY", "PING": "PONG", "CLOSE": "CLOSE"}
    return [event(back[kind], content) for kind, content in request.events if kind in back]


def obey(request):
    """Echoes, and says literally what a text behind "say:" tells it to say."""
    back = []
    for kind, content in request.events:
        if kind == "TEXT":
            back.append(text(content.removeprefix(b"say:")))
        elif kind == "CLOSE":
            back.append(event(kind, content))
    return back


class OverHttp:
    """What is at `target` of an Origin: accepts each WebSocket with the events `opening`."""

    def __init__(self, origin, target, opening=(), headers=(), extension=NO_PREFIX, reply=polite):
        self.target = target
        self.reply = reply
        accept = list(headers)
        if extension is not None:
            accept.append(("Sec-WebSocket-Extensions", extension))
        self.accept = events_answer(OPEN, *opening, headers=accept)
        self.requests = []
        self.faults = []
        origin.on(target, self._answer)

    def _answer(self, request):
        try:
            request.events = read_events(request.body)
        except AssertionError as fault:
            self.faults.append((request.body, fault))
            raise
        self.requests.append(request)
        if ("OPEN", None) in request.events:
            return self.accept
        told = self.reply(request)
        is_answer = isinstance(told, bytes) or hasattr(told, "__next__")
        return told if is_answer else events_answer(*(told or ()))

    def events(self):
        """Everything told so far, the openings left out."""
        return [told for request in list(self.requests) for told in request.events
                if told[0] != "OPEN"]

    def wait(self, kind, content=ANY, amount=5.0):
        """Waits until the origin was told such an event. Returns: its content."""
        def found():
            assert not self.faults, self.faults
            return [told for told in self.events()
                    if told[0] == kind and content in (ANY, told[1])]
        return until(found, f"the event {kind}", amount)[0][1]

    def wait_requests(self, count, amount=5.0):
        """Waits for request `count`, the opening one being the first, and returns it."""
        until(lambda: len(self.requests) >= count, f"request {count}", amount)
        return self.requests[count - 1]
