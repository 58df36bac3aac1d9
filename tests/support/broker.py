# SPDX-License-Identifier: Apache-2.0
"""A real broker for a test: started, watched, and stopped with an eye on how it ends.

The program is $HOLDFAST, or build/holdfast. Ports are the system's choice and
are read from its log. stop() demands exit status 0 and a log without a
sanitizer report or a broken promise.

With OVER_TLS in the environment clients are taken over TLS only, and `port` is
that port: Connection knows (support/client.py).
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

from support.certificates import make_ca
from support.client import Connection, request, tls_ports
from support.waiting import seconds, until

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("HOLDFAST", str(ROOT / "build" / "holdfast"))
FAULTS = re.compile(r"Sanitizer|runtime error:|broken promise|Assertion")
LISTENING = re.compile(r"listening address=\S+:(\d+) for=(\w+)( over=TLS)?$")
METRIC = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$', re.M)


def run_program(*arguments, environment=None, amount=15):
    """Runs holdfast to its end, for verbs and for starts that must fail.

    The environment holds no HOLDFAST_ variable but those given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST")}
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          env={**clean, **(environment or {})}, timeout=seconds(amount),
                          check=False)


class Broker:
    """holdfast with `flags`; `token` is what publish() sends, None for none."""

    def __init__(self, *flags, token=None, environment=None, listens=True,
                 over_tls="OVER_TLS" in os.environ):
        self.token = token
        self.port = self.tls_port = self.control_port = self.control_tls_port = None
        self.zmq_ports = {}
        self.lines = []
        self.is_signalled = False
        self.state = tempfile.TemporaryDirectory(prefix="holdfast-test-")
        self.authority = make_ca(self.state.name) if listens else None
        chosen = self._listen_flags(over_tls) if listens else []
        if "--state" not in flags:
            chosen += ["--state", self.state.name]
        if "--workers" not in flags:
            chosen += ["--workers", "2"]
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("HOLDFAST")}
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *map(str, [*chosen, *flags])], stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True,
            errors="replace", env={**clean, **(environment or {})})
        self.reader = threading.Thread(target=self._read_log, daemon=True)
        self.reader.start()
        self._wait_ready()

    def _listen_flags(self, over_tls):
        control = ["--control", "127.0.0.1:0"]
        if not over_tls:
            return ["--listen", "127.0.0.1:0", *control]
        return ["--listen-tls", "127.0.0.1:0", "--certificate",
                self.authority.issue(["localhost", "127.0.0.1"]).both, *control]

    def _read_log(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def _wait_ready(self):
        until(lambda: self.has_log("ready") or self.process.poll() is not None, "ready", 15)
        if self.process.poll() is not None:
            self.reader.join(seconds(2))
            raise AssertionError(f"holdfast ended while starting:\n{self.log()}")
        for line in list(self.lines):
            for port, use, tls in LISTENING.findall(line):
                self._note_port(int(port), use, bool(tls))
        if self.port is None:
            self.port = self.tls_port

    def _note_port(self, port, use, is_tls):
        if use == "publishers" and is_tls:
            self.control_tls_port = port
        elif use == "publishers":
            self.control_port = port
        elif use.startswith("zmq_"):
            self.zmq_ports[use] = port
        elif is_tls:
            self.tls_port = port
            if self.authority:
                tls_ports[port] = str(self.authority.path)
        else:
            self.port = port

    def url(self, path, scheme="http"):
        """Where clients find `path`: http or ws, with an s over TLS."""
        secure = "s" if self.port in tls_ports else ""
        return f"{scheme}{secure}://localhost:{self.port}{path}"

    # the log

    def log(self):
        return "\n".join(list(self.lines))

    def has_log(self, *words):
        """Whether one line holds all the words, in any case."""
        return any(all(word.lower() in line.lower() for word in words)
                   for line in list(self.lines))

    def wait_log(self, *words, amount=5.0):
        until(lambda: self.has_log(*words), f"a log line with {words}", amount)

    # the control listener

    def control(self, method, path, body=None, headers=()):
        """One request on a connection of its own; returns the whole answer."""
        connection = Connection(self.control_port)
        try:
            return connection.ask(request(method, path, headers, body), 10, method)
        finally:
            connection.close()

    def post_items(self, *items, path="/publish/", headers=()):
        auth = [("Authorization", f"Bearer {self.token}")] if self.token else []
        return self.control("POST", path, json.dumps({"items": list(items)}).encode(),
                            [*auth, *headers])

    def publish(self, *items):
        """Publishes and demands success."""
        answer = self.post_items(*items)
        assert answer.status == 200, (answer.status, answer.body)

    def metrics(self):
        """name -> value, or (name, label value...) -> value."""
        answer = self.control("GET", "/metrics")
        assert answer.status == 200, answer.status
        values = {}
        for name, labels, value in METRIC.findall(answer.body.decode()):
            key = (name, *re.findall(r'"([^"]*)"', labels)) if labels else name
            values[key] = float(value)
        return values

    def metric(self, name, *labels):
        values = self.metrics()
        for full in (f"holdfast_{name}", f"holdfast_{name}_total"):
            key = (full, *labels) if labels else full
            if key in values:
                return values[key]
        return None

    def wait_metric(self, name, value, *labels, amount=10.0):
        """Waits until holdfast_<name>{<labels>} is `value`, or satisfies it."""
        is_right = value if callable(value) else lambda now: now == value
        seen = []

        def matches():
            seen[:] = [self.metric(name, *labels)]
            return seen[0] is not None and is_right(seen[0])
        try:
            until(matches, f"holdfast_{name} {labels or ''}", amount)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; it is {seen[0]}") from None

    def ended(self, reason):
        """How often something ended for `reason` (common/reasons.def, in lower case)."""
        return self.metric("ended_total", reason) or 0

    # the process

    def is_alive(self):
        return self.process.poll() is None

    def faults(self):
        return [line for line in list(self.lines) if FAULTS.search(line)]

    def signal(self, sign):
        self.is_signalled = self.is_signalled or sign != signal.SIGHUP
        self.process.send_signal(sign)

    def reload(self):
        """Lets it look at its certificates now, and waits until it has."""
        def looks():
            return sum("reload done" in line for line in list(self.lines))
        before = looks()
        self.signal(signal.SIGHUP)
        until(lambda: looks() > before, "a look at the certificates")

    def stop(self, status=0, amount=15):
        """Asks it to stop, where nobody has yet, and checks how it did."""
        if self.is_alive() and not self.is_signalled:
            self.signal(signal.SIGTERM)
        try:
            got = self.process.wait(seconds(amount))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"holdfast does not stop:\n{self.log()[-3000:]}") from None
        finally:
            self.reader.join(seconds(2))
            self.process.stderr.close()
            self.state.cleanup()
        assert not self.faults(), self.log()[-6000:]
        assert got == status, f"exit status {got}:\n{self.log()[-3000:]}"

    def kill(self):
        """For the end of a test that failed already."""
        if self.is_alive():
            self.process.kill()
            self.process.wait()
