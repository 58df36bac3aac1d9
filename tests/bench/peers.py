# SPDX-License-Identifier: Apache-2.0
"""The brokers that the benchmark of publishing puts beside ours, each on the servers' core.

Each has `port` (for clients), `publish_port`, `kind` (what its clients ask for), `request()` (what
its publishers say), `most` (channels), `connections` (of publishers) and `pids()`. Where one is not installed, making it raises
Missing.
"""
import asyncio
import atexit
import glob
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from load import SERVER_CORE, STREAM, Holdfast
from support.waiting import until

NCHAN_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so"
GRIP_KIND = STREAM._replace(path="/channel/#")


class Missing(Exception):
    """It is not installed; the text says which packages it would take."""


def free_ports(count):
    """Ports that nobody has at the moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def children(pid):
    """The process and all that it started, and they."""
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path, encoding="ascii") as line:
            for child in map(int, line.read().split()):
                found += children(child)
    return found


def grip_request(channels, event, with_ids=False):
    """A POST that publishes `event` to each of `channels`."""
    items = [{"channel": str(channel), **({"id": "1"} if with_ids else {}),
              "formats": {"http-stream": {"content": event}}} for channel in channels]
    body = json.dumps({"items": items}, separators=(",", ":")).encode()
    return b"POST /publish/ HTTP/1.1\r\nHost: broker\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body), body)


class Channels:
    """An origin that makes of /channel/N a stream on channel N."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        server = self.loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    @staticmethod
    async def _serve(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                channel = head.split(b" ", 2)[1].rpartition(b"/")[2]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                             b"Grip-Hold: stream\r\nGrip-Channel: %s\r\nContent-Length: 0\r\n\r\n"
                             % channel)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


class Ours:
    name = "holdfast"
    kind = GRIP_KIND
    takes_batches = is_ours = True
    most = 100000
    connections = 64

    def __init__(self, with_ids=False):
        self.with_ids = with_ids
        self.name = "with ids" if with_ids else self.name
        self.origin = Channels()
        # The requests are the same each time; their ids shall be looked up and be found new.
        self.server = Holdfast(STREAM, flags=("--route", f"* 127.0.0.1:{self.origin.port}", "--limit",
                                              "dedup_window_ms=0"))
        atexit.register(self.server.broker.kill)  # where the benchmark fails
        self.port = self.server.broker.port
        self.publish_port = self.server.broker.control_port

    def request(self, channels):
        return grip_request(channels, self.kind.event, self.with_ids)

    def pids(self):
        return [self.server.pid]

    def stop(self):
        self.server.stop()
        self.origin.stop()


class Process:
    """A broker that is another program, with a folder of its own."""
    is_ours = False

    def __init__(self, *arguments, folder):
        self.folder = folder
        self.log = open(pathlib.Path(folder.name) / "log", "wb")
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}))
        atexit.register(self.stop)  # where the benchmark fails

    def wait_open(self, *ports):
        until(lambda: all(map(is_open, ports)) or self.process.poll() is not None, "its ports", 20)
        if self.process.poll() is not None:
            self.log.close()
            raise RuntimeError(pathlib.Path(self.log.name).read_text(errors="replace"))

    def pids(self):
        return children(self.process.pid)

    def stop(self):
        atexit.unregister(self.stop)
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.log.close()
        self.folder.cleanup()


NGINX = """
daemon off; master_process on; worker_processes 1; worker_rlimit_nofile 65536;
pid {folder}/pid; error_log {folder}/error.log;
load_module {module};
events {{ worker_connections 30000; }}
http {{
    access_log off; keepalive_requests 100000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    nchan_shared_memory_size 512M;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location ~ ^/channel/(\\d+)$ {{
            nchan_subscriber eventsource; nchan_channel_id $1; nchan_store_messages off;
        }}
    }}
    server {{
        listen 127.0.0.1:{publish_port};
        location ~ ^/publish/(\\d+)$ {{
            nchan_publisher; nchan_channel_id $1; nchan_store_messages off;
        }}
    }}
}}
"""


class Nchan(Process):
    """nginx with nchan, one worker; a channel a request, and nothing kept for latecomers."""
    name = "nchan"
    kind = GRIP_KIND._replace(headers="Accept: text/event-stream\r\n")
    takes_batches = False
    most = 28000
    connections = 64

    def __init__(self):
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if not nginx or not os.path.exists(NCHAN_MODULE):
            raise Missing("nchan (packages nginx and libnginx-mod-nchan)")
        folder = tempfile.TemporaryDirectory(prefix="holdfast-bench-")
        self.port, self.publish_port = free_ports(2)
        path = pathlib.Path(folder.name) / "nginx.conf"
        path.write_text(NGINX.format(folder=folder.name, module=NCHAN_MODULE, port=self.port,
                                     publish_port=self.publish_port))
        os.chmod(folder.name, 0o755)  # its worker is somebody else
        super().__init__(nginx, "-c", str(path), folder=folder)
        self.wait_open(self.port, self.publish_port)

    def request(self, channels):
        event = self.kind.event.strip().encode()
        return b"POST /publish/%d HTTP/1.1\r\nHost: broker\r\nContent-Length: %d\r\n\r\n%s" % (
            channels[0], len(event), event)


PUSHPIN = """
[global]
include={folder}/internal.conf
rundir={folder}/run
ipc_prefix=bench-
[runner]
services=condure,zurl,pushpin-proxy,pushpin-handler
http_port=127.0.0.1:{port}
logdir={folder}/logs
log_level=1
client_buffer_size=8192
client_maxconn=20000
condure_bin=condure
zurl_bin=zurl
[proxy]
routesfile={folder}/routes
sig_key=changeme
updates_check=off
[handler]
push_in_http_addr=127.0.0.1
push_in_http_port={publish_port}
push_in_http_max_headers_size=10000
push_in_http_max_body_size=1000000
push_in_spec=ipc://{folder}/run/push_in
push_in_sub_specs=ipc://{folder}/run/push_in_sub
command_spec=ipc://{folder}/run/command
stats_spec=ipc://{folder}/run/stats
message_rate=100000000
message_hwm=100000000
message_wait=5000
id_cache_ttl=0
connection_subscription_max=20
stats_connection_send=false
"""


class Pushpin(Process):
    """Pushpin with what it brings: condure, zurl, proxy and handler."""
    name = "pushpin"
    kind = GRIP_KIND
    takes_batches = True
    most = 100
    connections = 4

    def __init__(self):
        program = shutil.which("pushpin")
        if not program:
            raise Missing("Pushpin (package pushpin)")
        self.origin = Channels()
        folder = tempfile.TemporaryDirectory(prefix="holdfast-bench-")
        home = pathlib.Path(folder.name)
        self.port, self.publish_port = free_ports(2)
        internal = pathlib.Path(program).parents[1] / "lib" / "pushpin" / "internal.conf"
        (home / "internal.conf").write_text(internal.read_text().replace(
            "ipc:///var/run/zurl/", "ipc://{rundir}/{ipc_prefix}"))
        (home / "routes").write_text(f"* 127.0.0.1:{self.origin.port},trusted\n")
        for name in ("run", "logs"):
            (home / name).mkdir()
        path = home / "pushpin.conf"
        path.write_text(PUSHPIN.replace("{folder}", folder.name).replace("{port}", str(self.port))
                        .replace("{publish_port}", str(self.publish_port)))
        super().__init__(program, f"--config={path}", folder=folder)
        self.wait_open(self.port, self.publish_port)

    def request(self, channels):
        return grip_request(channels, self.kind.event)

    def stop(self):
        super().stop()
        self.origin.stop()
