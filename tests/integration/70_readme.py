# SPDX-License-Identifier: Apache-2.0
"""README.md tells the truth: its commands are run.

A block is run where the line before its fence is `<!-- test -->`. In

    <!-- test -->
    ```console
    $ curl -s localhost:5561/healthz
    ok
    ```

each line with `$ ` is a command for bash and the lines below it are what it
must print: a line `...` stands for anything. All blocks share one broker with
the demo, and the ports 7999 and 5561 stand for its real ones. A command that
ends in `&` is a held stream that goes on until the end; the events it shows
(lines with `data:`, `event:` or `id:`) stand below the command that published them.
"""
import os
import re
import subprocess

import pytest

from support.broker import PROGRAM, ROOT, Broker
from support.waiting import seconds, until

BLOCK = re.compile(r"^<!-- test -->\n```\w*\n(.*?)^```$", re.M | re.S)


def commands():
    """(command, the lines it must print) of all marked blocks, in order."""
    path = ROOT / "README.md"
    text = path.read_text() if path.exists() else ""
    found = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.startswith("> "):
                found[-1] = (found[-1][0] + "\n" + line[2:], found[-1][1])
            else:
                found[-1][1].append(line)
    return found


def agrees(printed, wanted):
    pattern = "\n".join(".*" if line == "..." else re.escape(line) for line in wanted)
    return re.fullmatch(pattern, printed.strip("\n").replace("\r", ""), re.S)


class Shell:
    """Runs commands with the broker's real ports; keeps those that go on."""

    def __init__(self, broker, folder):
        self.broker = broker
        self.folder = folder
        self.running = []  # (process, the file of what it prints)

    def command(self, text):
        text = re.sub(r"\b7999\b", str(self.broker.port), text)
        text = re.sub(r"\b5561\b", str(self.broker.control_port), text)
        return text.replace("build/holdfast", PROGRAM)

    def start(self, text):
        path = self.folder / f"terminal-{len(self.running)}"
        before = self.broker.metric("holds")
        with path.open("wb") as output:
            process = subprocess.Popen(["bash", "-c", self.command("exec " + text)], cwd=ROOT,
                                       stdout=output, stderr=output)
        self.running.append((process, path))
        until(lambda: self.broker.metric("holds") > before, f"a hold by {text!r}")

    def shows(self, line):
        return any(line in path.read_text() for _, path in self.running)

    def run(self, text, wanted):
        # where publishers go unless told otherwise
        usual = f"http://127.0.0.1:{self.broker.control_port}"
        result = subprocess.run(["bash", "-c", self.command(text)], cwd=ROOT, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={**os.environ, "GRIP_URL": usual},
                                timeout=seconds(30), check=False)
        assert result.returncode == 0, (text, result.stdout)
        assert agrees(result.stdout, wanted), (text, result.stdout, wanted)

    def close(self):
        for process, _ in self.running:
            process.terminate()
            process.wait()


@pytest.fixture
def shell(tmp_path):
    broker = Broker()
    shell = Shell(broker, tmp_path)
    yield shell
    shell.close()
    broker.stop()


def test_the_commands_of_the_readme_do_what_it_says(shell):
    for text, wanted in commands():
        if text.endswith("&"):
            shell.start(text.rstrip("& "))
            continue
        # what a terminal in the background shows stands below the command that caused it
        events = [line for line in wanted if line.startswith(("data:", "event:", "id:"))]
        shell.run(text, [line for line in wanted if line not in events])
        for line in events:
            until(lambda shown=line: shell.shows(shown), f"{line!r} in the background")


def test_every_marked_block_is_found():
    path = ROOT / "README.md"
    if path.exists():
        assert path.read_text().count("<!-- test -->") == len(BLOCK.findall(path.read_text()))
