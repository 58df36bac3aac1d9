# SPDX-License-Identifier: Apache-2.0
"""What a change of the files of certificates does: new connections get the new one, nobody who is
connected notices, and a bad one changes nothing."""
import os
import shutil
import signal
import socket
import ssl
import threading
import time

import pytest

from support.certificates import days, make_ca, shown
from support.client import Connection, get
from support.grip import stream_hold, stream_item
from support.origin import answer
from support.waiting import Deadline, scaled, seconds, until

TLS = ["--listen-tls", "127.0.0.1:0"]


@pytest.fixture
def ca(tmp_path):
    return make_ca(tmp_path)


@pytest.fixture
def start_tls(start_broker):
    """start_tls(files...) starts a broker that shows these certificates, and looks at their files
    when it is told to."""
    def start(*files, flags=()):
        chosen = [part for one in files for part in ("--certificate", one.option)]
        return start_broker(*TLS, *chosen, "--limit", "certificate_look_ms=1h", *flags)
    return start


def socket_to(port):
    return socket.create_connection(("127.0.0.1", port), 5)


def test_new_connections_get_the_new_certificate(start_tls, ca):
    files = ca.issue(["localhost"])
    broker = start_tls(files)
    assert shown(broker.tls_port, ca) == files.der
    fresh = ca.issue(["localhost"], into=files)
    broker.reload()
    assert fresh.der != files.der
    until(lambda: shown(broker.tls_port, ca) == fresh.der, "the new certificate at one worker")
    for _ in range(20):  # at every worker
        until(lambda: shown(broker.tls_port, ca) == fresh.der, "the new certificate")
    assert broker.metric("certificate_reloads") == 1


def test_nobody_is_dropped_by_a_change(start_tls, ca, origin, channel):
    files = ca.issue(["localhost"])
    broker = start_tls(files, ca.issue(["other.test"]))
    origin.on("/hold", stream_hold(channel, body=b"first"))
    streams = []
    for name in ("localhost", "other.test", "localhost"):
        connection = Connection(broker.tls_port, context=ca.client(), name=name)
        connection.send(get("/hold"))
        streams.append(connection.answer())
        streams[-1].wait_for(b"first")
    idle = Connection(broker.tls_port, context=ca.client())
    for round_ in range(5):
        ca.issue(["localhost"], into=files)
        broker.reload()
        broker.publish(stream_item(channel, f"<{round_}>"))
        for stream in streams:
            stream.wait_for(b"<%d>" % round_)
    origin.on("/plain", answer(200, body=b"plain"))
    assert idle.ask(get("/plain")).body == b"plain"
    for stream in streams:
        assert stream.body == b"first<0><1><2><3><4>"
        stream.connection.close()
    idle.close()


def test_a_handshake_under_way_ends_well(start_tls, ca):
    files = ca.issue(["localhost"])
    broker = start_tls(files, ca.issue(["other.test"]))
    sockets = []
    for name in ("localhost", "other.test"):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ca.client().wrap_bio(incoming, outgoing, server_hostname=name)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        raw = socket_to(broker.tls_port)
        hello = outgoing.read()
        raw.sendall(hello[:50])  # it began
        sockets.append((raw, tls, incoming, outgoing, hello[50:]))
    ca.issue(["localhost"], into=files)
    broker.reload()
    for raw, tls, incoming, outgoing, rest in sockets:
        raw.sendall(rest)
        while True:
            incoming.write(raw.recv(65536))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                pass
        tls.write(get("/"))
        raw.sendall(outgoing.read())
        assert raw.recv(1)
        raw.close()


def test_handshakes_amid_many_changes_all_end_well(start_tls, ca):
    """Contexts come and go while connections are made from them, by each thread."""
    files, other = ca.issue(["localhost"]), ca.issue(["other.test"])
    broker = start_tls(files, other, flags=["--workers", "3"])
    is_over = threading.Event()
    names = ["localhost", "other.test"] * 3
    faults, counts = [], [0] * len(names)

    def shake(number):
        client = ca.client()
        try:
            while not is_over.is_set():
                connection = Connection(broker.tls_port, context=client, name=names[number])
                connection.send(get("/"))
                connection.answer()
                connection.close()
                counts[number] += 1
        except (OSError, AssertionError, TimeoutError) as fault:
            faults.append(fault)
    threads = [threading.Thread(target=shake, args=(number,)) for number in range(len(names))]
    for thread in threads:
        thread.start()
    changes, deadline = 0, Deadline(60, "a second handshake of each thread")
    while not faults and (changes < scaled(60, 15) or min(counts) < 2):
        changes += 1
        ca.issue(["localhost"], into=files)
        broker.signal(signal.SIGHUP)
        broker.wait_metric("certificate_reloads", changes)
        deadline.left()
    is_over.set()
    for thread in threads:
        thread.join(seconds(10))
    assert faults == []
    assert broker.metric("tls_refused") == 0


def spoil(ca, files, kind):
    if kind == "missing":
        os.unlink(files.chain)
    elif kind == "empty":
        files.chain.write_bytes(b"")
    elif kind == "half-written":
        files.chain.write_bytes(files.certificate[:300])
    elif kind == "expired":
        ca.issue(["localhost"], days(-2), days(-1), into=files)
    elif kind == "early":
        ca.issue(["localhost"], days(1), days(2), into=files)
    elif kind == "encrypted":
        ca.issue(["localhost"], password="secret", into=files)
    else:
        assert kind == "chain before key"
        key = files.key.read_bytes()
        ca.issue(["localhost"], into=files)
        files.key.write_bytes(key)


@pytest.mark.parametrize("kind", ["missing", "empty", "half-written", "expired", "early",
                                  "encrypted", "chain before key"])
def test_a_bad_change_keeps_the_old_one_until_it_is_good(start_tls, ca, kind):
    files = ca.issue(["localhost"])
    broker = start_tls(files)
    spoil(ca, files, kind)
    broker.reload()
    assert broker.has_log("error", "not taken", str(files.base))
    assert broker.metric("certificate_faults") >= 1
    for _ in range(4):
        assert shown(broker.tls_port, ca) == files.der
    fresh = ca.issue(["localhost"], into=files)
    broker.reload()
    for _ in range(4):
        until(lambda: shown(broker.tls_port, ca) == fresh.der, "the new certificate")


def test_one_bad_file_does_not_keep_another_from_its_renewal(start_tls, ca):
    bad, good = ca.issue(["bad.test"]), ca.issue(["good.test"])
    broker = start_tls(bad, good)
    os.unlink(bad.chain)
    fresh = ca.issue(["good.test"], into=good)
    broker.reload()
    until(lambda: shown(broker.tls_port, ca, "good.test") == fresh.der, "the new certificate")
    assert shown(broker.tls_port, ca, "bad.test") == bad.der


def test_a_change_is_seen_without_a_signal(start_tls, ca):
    files = ca.issue(["localhost"])
    broker = start_tls(files, flags=["--limit", "certificate_look_ms=10"])
    fresh = ca.issue(["localhost"], into=files)
    until(lambda: shown(broker.tls_port, ca) == fresh.der, "the new certificate")


def test_a_symbolic_link_that_points_elsewhere_is_a_change(start_broker, ca, tmp_path):
    """As certbot and Kubernetes do it: the folder behind the link is replaced as a whole."""
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    first, second = ca.issue(["localhost"]), ca.issue(["localhost"])
    for folder, files in ((old, first), (fresh, second)):
        folder.mkdir()
        shutil.copy2(files.chain, folder / "tls.crt")
        shutil.copy2(files.key, folder / "tls.key")
    link = tmp_path / "live"
    link.symlink_to(old)
    broker = start_broker(*TLS, "--certificate", f"{link}/tls.crt,{link}/tls.key",
                          "--limit", "certificate_look_ms=10")
    assert shown(broker.tls_port, ca) == first.der
    (tmp_path / "next").symlink_to(fresh)
    os.rename(tmp_path / "next", link)
    until(lambda: shown(broker.tls_port, ca) == second.der, "the new certificate")


def test_tickets_of_before_do_not_resume(start_tls, ca):
    files = ca.issue(["localhost"])
    broker = start_tls(files)
    client = ca.client()
    first = Connection(broker.tls_port, context=client)
    assert first.ask(get("/")).status in (200, 404, 502)
    session = first.socket.session
    fresh = ca.issue(["localhost"], into=files)
    broker.reload()
    until(lambda: shown(broker.tls_port, ca) == fresh.der, "the new certificate")

    def came_back():
        second = client.wrap_socket(socket_to(broker.tls_port), server_hostname="localhost",
                                    session=session)
        der = second.getpeercert(True)
        second.close()
        return not second.session_reused and der == fresh.der
    until(came_back, "a full handshake")
    first.close()


def test_sighup_without_tls_is_no_end(start_broker):
    broker = start_broker()
    broker.reload()
    assert broker.control("GET", "/healthz").status == 200


# what operators see


def test_a_certificate_that_expires_soon_is_warned_of(start_tls, ca):
    files = ca.issue(["localhost"], days(-80), days(9.5))
    broker = start_tls(files, ca.issue(["other.test"]))
    assert broker.has_log("warn", "certificate expires", str(files.chain), "in 9 days", "renew")
    assert len([line for line in broker.lines if "certificate expires" in line]) == 1


def test_the_first_expiry_is_a_metric(start_tls, ca):
    def days_left():
        return (broker.metric("certificate_expiry_seconds") - time.time()) / 86400
    soon = ca.issue(["localhost"], days(-1), days(20))
    broker = start_tls(ca.issue(["first.test"]), soon)
    assert 19.9 < days_left() < 20.1
    ca.issue(["localhost"], days(-1), days(25), into=soon)
    broker.reload()
    assert 24.9 < days_left() < 25.1
