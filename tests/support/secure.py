# SPDX-License-Identifier: Apache-2.0
"""TLS by hand: connections that speak it badly, slowly, or with OpenSSL's own client."""
import contextlib
import socket
import ssl
import subprocess

from support.waiting import seconds


def raw(port):
    """A TCP connection, whatever is spoken on the port."""
    connection = socket.create_connection(("127.0.0.1", port), seconds(5))
    connection.settimeout(seconds(10))
    return connection


def read_all(connection):
    got = b""
    while piece := connection.recv(65536):
        got += piece
    return got


def trusting(broker, **options):
    context = ssl.create_default_context(cafile=str(broker.authority.path))
    for name, value in options.items():
        setattr(context, name, value)
    return context


def hello():
    """A ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def s_client(broker, *arguments):
    """OpenSSL's own client, which obeys lines that begin with R, K and Q."""
    return subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{broker.tls_port}", "-servername",
         "localhost", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def tell(client, line):
    client.stdin.write(line)
    client.stdin.flush()


def read_until(client, content):
    while content not in (line := client.stdout.readline()):
        assert line, content


class ByHand:
    """A client that puts its TLS on the wire as it pleases."""

    def __init__(self, broker):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.ssl = trusting(broker).wrap_bio(self.incoming, self.outgoing,
                                             server_hostname="localhost")
        self.wire = raw(broker.port)
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._go_on(self.ssl.do_handshake)
        self.wire.sendall(self.outgoing.read())

    def _go_on(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.wire.sendall(self.outgoing.read())
                self.incoming.write(self.wire.recv(65536))

    def encrypted(self, data):
        self.ssl.write(data)
        return self.outgoing.read()

    def wait_for(self, content):
        got = b""
        while content not in got:
            got += self._go_on(lambda: self.ssl.read(65536))
