# SPDX-License-Identifier: Apache-2.0
"""The load side of the benchmarks: crowds of clients, two servers for them, and the rulers.

    core of the servers              core of everything else
    Holdfast (one worker), Bare      Crowd, this program

Both servers hold their clients during the whole run, each for a crowd of its
own, and take turns, so that what changes on the machine meanwhile meets both.
"""
import http.client
import json
import os
import pathlib
import resource
import subprocess
import sys
import time
from typing import NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.broker import PROGRAM, Broker  # noqa: E402 (found by the line above)

TOOLS = pathlib.Path(PROGRAM).resolve().parent / "tests" / "bench"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CROWD_CORE = CORES[0], CORES[-1]

# Events of 100 bytes; the mark stands in them once, and in nothing else that a client gets (the
# head of a frame of 126 bytes or more would have one).
MARK = "~"
CHANNEL = "test"
HANDSHAKE = ("Upgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n")


class Kind(NamedTuple):
    """A transport: its name, the demo's path, headers of its request, its format, its event."""
    name: str
    path: str
    headers: str
    format: str
    event: str


STREAM = Kind("stream", "/test/sse", "", "http-stream",
              f"event: message\ndata: {MARK}".ljust(98, "x") + "\n\n")
WEBSOCKET = Kind("websocket", "/test/websocket", HANDSHAKE, "ws-message", MARK.ljust(100, "x"))

os.sched_setaffinity(0, {CROWD_CORE})
resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)


def cpu_seconds(pid):
    """CPU time of all threads of a process, in the kernel's own resolution.

    The clock is what clock_getcpuclockid(3) returns for `pid`."""
    return time.clock_gettime(~pid << 3 | 2)


def private_bytes(pid):
    """Memory of a process that nobody else uses and that was written to."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
        return sum(int(line.split()[1]) * 1024 for line in lines
                   if line.startswith("Private_Dirty:"))


class Tool:
    """A program of this folder, told and heard line by line."""

    def __init__(self, core, name, *arguments):
        self.process = subprocess.Popen(
            [TOOLS / name, *map(str, arguments)], text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.sched_setaffinity(self.process.pid, {core})

    def tell(self, line):
        self.process.stdin.write(line + "\n")

    def hear(self, word):
        """Waits for a line that begins with `word`; returns the rest of it."""
        line = self.process.stdout.readline()
        if not line.startswith(word):
            raise RuntimeError(f"{self.process.args[0]} ended or said {line!r}, not {word!r}")
        return line[len(word):].strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class Crowd(Tool):
    """`count` clients of a server's, all held when this returns."""

    def __init__(self, kind, port, count, over_tls=False):
        super().__init__(CROWD_CORE, "crowd", f"tls:{port}" if over_tls else port, kind.path, count, MARK, kind.headers)
        self.hear("held")


class Bare:
    """The bare send loop with its crowd."""

    def __init__(self, kind, count):
        self.tool = Tool(SERVER_CORE, "bare", kind.name, count, kind.event)
        self.pid = self.tool.process.pid
        self.crowd = Crowd(kind, self.tool.hear("port"), count)
        self.tool.hear("held")

    def send(self, messages):
        self.tool.tell(f"send {messages}")
        self.tool.hear("sent")

    def stop(self):
        self.crowd.stop()
        self.tool.stop()


class Holdfast:
    """The broker with one worker and the demo as its origin, and its crowd, if any yet."""

    def __init__(self, kind, count=0, over_tls=False, flags=()):
        self.kind = kind
        self.over_tls = over_tls
        self.broker = Broker("--workers", "1", *flags, over_tls=over_tls)
        self.pid = self.broker.process.pid
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            os.sched_setaffinity(int(thread), {SERVER_CORE})
        self.publisher = http.client.HTTPConnection("127.0.0.1", self.broker.control_port)
        self.crowd = None
        if count:
            self.gather(count)

    def gather(self, count):
        self.crowd = Crowd(self.kind, self.broker.port, count, self.over_tls)

    def send(self, messages):
        """Publishes, all messages in one request."""
        item = {"channel": CHANNEL,
                "formats": {self.kind.format: {"content": self.kind.event}}}
        self.publisher.request("POST", "/publish/", json.dumps({"items": [item] * messages}))
        answer = self.publisher.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"publishing: {answer.status} {text!r}")

    def stop(self):
        self.publisher.close()
        if self.crowd:
            self.crowd.stop()
        self.broker.stop()
