#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Idle memory: bytes of user memory that each held stream costs while nothing happens.

    streams   bytes/stream
      10000            ...

How to read it. It is the growth of the server's private dirty memory
(/proc/PID/smaps_rollup) from none held to all held, divided by their number;
what the broker needs for having opened them, once, is in it, so more streams
come out smaller. The kernel's own memory for a socket (about 3.9 KB) is not:
nobody can save it. Aim: at most 600. Measured by hand beside it, at the same
load: nchan 8.6 KB, Pushpin 44 KB.

    idle_memory.py [STREAMS...]      10000 where none is given
"""
import sys

from load import Crowd, Holdfast, private_bytes


def measure(streams):
    server = Holdfast()
    server.send(1)  # whoever publishes is known before
    before = private_bytes(server.pid)
    server.crowd = Crowd(server.broker.port, streams)
    held = private_bytes(server.pid)
    server.stop()
    return (held - before) / streams


def main():
    print("streams   bytes/stream", flush=True)
    for streams in map(int, sys.argv[1:] or (10000,)):
        print(f"{streams:7}  {measure(streams):13,.0f}", flush=True)


if __name__ == "__main__":
    main()
