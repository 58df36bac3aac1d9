#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Idle memory: bytes of user memory that each held client costs while nothing happens.

    transport  clients  bytes/client
    stream       10000           ...
    websocket    10000           ...

How to read it. It is the growth of the server's private dirty memory
(/proc/PID/smaps_rollup) from none held to all held, divided by their number;
what the broker needs for having opened them, once, is in it, so more clients
come out smaller. The kernel's own memory for a socket (about 3.9 KB) is not:
nobody can save it. Aims: at most 600 for a stream; for a WebSocket 700 and the
bytes of its request that are repeated to the origin, which this figure has in
it. Measured by hand beside the streams, at the same load: nchan 8.6 KB,
Pushpin 44 KB.

    idle_memory.py [CLIENTS...]      10000 where none is given
"""
import sys

from load import STREAM, WEBSOCKET, Holdfast, private_bytes


def measure(kind, clients, over_tls=False):
    server = Holdfast(kind, over_tls=over_tls)
    server.send(1)  # whoever publishes is known before
    before = private_bytes(server.pid)
    server.gather(clients)
    held = private_bytes(server.pid)
    server.stop()
    return (held - before) / clients


def main():
    print("transport  clients  bytes/client", flush=True)
    for kind in (STREAM, WEBSOCKET):
        for clients in map(int, sys.argv[1:] or (10000,)):
            print(f"{kind.name:9}  {clients:7}  {measure(kind, clients):12,.0f}", flush=True)


if __name__ == "__main__":
    main()
