#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""TLS: what it costs to hold clients and to deliver to them, next to plain text in the same run.

    transport  clients  messages       tls/s     plain/s    ratio
    stream        1000         1         ...         ...     0.xx

    transport  clients  bytes/client    (idle, over TLS)
    stream        5000           ...

How to read it. The first table is fanout.py's, with a second holdfast that
speaks plain text in the place of the bare loop: the ratio is what encryption
leaves of the deliveries. Aim: 0.6. The second is idle_memory.py's; aim: at
most 16 KB, of which OpenSSL's own state is some 14.

    tls.py [CLIENTS...]      1000 and 5000 where none are given
"""
import sys

from fanout import BURST, compare
from idle_memory import measure
from load import STREAM, WEBSOCKET, Holdfast


def main():
    sizes = list(map(int, sys.argv[1:] or (1000, 5000)))
    print("transport  clients  messages       tls/s     plain/s    ratio    (of each pair)", flush=True)
    for kind in (STREAM, WEBSOCKET):
        for clients in sizes:
            secure, plain = Holdfast(kind, clients, over_tls=True), Holdfast(kind, clients)
            for messages in (1, BURST):
                compare(kind, secure, plain, clients, messages)
            plain.stop()
            secure.stop()
    print("\ntransport  clients  bytes/client    (idle, over TLS)", flush=True)
    for kind in (STREAM, WEBSOCKET):
        print(f"{kind.name:9}  {sizes[-1]:7}  {measure(kind, sizes[-1], over_tls=True):12,.0f}", flush=True)


if __name__ == "__main__":
    main()
