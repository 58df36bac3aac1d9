# SPDX-License-Identifier: Apache-2.0
"""`holdfast publish` as a test runs it, and a server that does what it is told with what comes."""
import json
import os
import subprocess

from support.broker import FAULTS, PROGRAM
from support.origin import CLOSE, Origin, answer
from support.waiting import seconds

PUBLISHED = answer(200, [("Content-Type", "text/plain")], b"Published\n")


def surroundings(servers, **more):
    """The environment: GRIP_URL names `servers`, and nothing else has a say."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("HOLDFAST") and not name.lower().endswith("_proxy")}
    clean.pop("GRIP_URL", None)
    if servers is not None:
        clean["GRIP_URL"] = " ".join(servers) if isinstance(servers, (list, tuple)) else servers
    return {**clean, **more}


def url_of(broker, query=""):
    return f"http://127.0.0.1:{broker.control_port}{query}"


def publish(to, *arguments, lines=None, amount=20, **more):
    """Runs it to its end: `to` becomes GRIP_URL, `lines` its standard input."""
    text = lines if isinstance(lines, bytes) or lines is None else \
        "".join(f"{line}\n" for line in lines).encode()
    result = subprocess.run([PROGRAM, "publish", *map(str, arguments)], input=text or b"",
                            capture_output=True, env=surroundings(to, **more),
                            timeout=seconds(amount), check=False)
    result.stdout, result.stderr = result.stdout.decode(), result.stderr.decode()
    assert not FAULTS.search(result.stderr), result.stderr
    return result


def start(to, *arguments, **more):
    """Starts it with a standard input that the test writes to and closes."""
    return subprocess.Popen([PROGRAM, "publish", *map(str, arguments)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=surroundings(to, **more))


class Taker(Origin):
    """A server that is published to. `script` holds what it does with the first requests (as
    Origin.on() takes them); it takes what comes after them. `tls` is its ssl.SSLContext."""

    def __init__(self, *script, port=0, tls=None):
        super().__init__(port, tls)
        self.script = list(script)
        self.on("*", self._take)

    def close(self):
        """For a server that is down; once more does no harm."""
        if not self.is_closing.is_set():
            super().close()

    @property
    def url(self):
        return f"https://localhost:{self.port}" if self.tls else f"http://{self.address}"

    def _take(self, request):
        step = self.script.pop(0) if self.script else PUBLISHED
        if callable(step):
            return step(request)
        return step if request.version == "HTTP/1.1" else [step, CLOSE]

    def bodies(self):
        return [json.loads(request.body) for request in list(self.requests)]

    def items(self):
        """The items of all requests, in order."""
        return [item for body in self.bodies() for item in body["items"]]
