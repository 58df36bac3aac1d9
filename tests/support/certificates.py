# SPDX-License-Identifier: Apache-2.0
"""An authority for tests, and certificates it vouches for; keys are EC, so they take a millisecond.

    ca = make_ca(folder)
    files = ca.issue(["localhost", "*.example.test"])
    files.both                       # PEM: certificate with its chain, then key
    ca.path                          # what clients trust
    ca.client(files)                 # an ssl.SSLContext that trusts `ca` only, and shows `files`

`into=files` writes a successor over the files of another one.
"""
import datetime
import ipaddress
import itertools
import pathlib
import socket
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from support.waiting import seconds

DAY = datetime.timedelta(days=1)
USAGES = {"client": ExtendedKeyUsageOID.CLIENT_AUTH, "server": ExtendedKeyUsageOID.SERVER_AUTH}


def days(count):
    """A time so many days from now."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + count * DAY


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def key_pem(key, password=None):
    how = (serialization.BestAvailableEncryption(password.encode()) if password
           else serialization.NoEncryption())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


def _builder(subject, issuer, key, not_before, not_after):
    return (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(not_before).not_valid_after(not_after))


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class Issued:
    """A certificate and its key in files: `chain`, `key`, and `both` in one."""

    def __init__(self, base, certificate, key):
        self.base = base
        self.certificate = certificate
        self.private_key = key
        self.chain, self.key, self.both = (base.with_suffix(f".{part}") for part in
                                           ("crt", "key", "pem"))
        self.chain.write_bytes(certificate)
        self.key.write_bytes(key)
        self.both.write_bytes(certificate + key)

    @property
    def option(self):
        """As holdfast's flags want it."""
        return f"{self.chain},{self.key}"

    @property
    def der(self):
        """The certificate as ssl.SSLSocket.getpeercert(True) has it."""
        return ssl.PEM_cert_to_DER_cert(self.certificate.decode().split("-----END")[0] +
                                        "-----END CERTIFICATE-----\n")


class Authority:
    """Vouches for what it issues."""

    def __init__(self, folder, name, above=None):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.above = above
        self.numbers = itertools.count(1)
        self.key = ec.generate_private_key(ec.SECP256R1())
        signer = above or self
        certificate = (_builder(name, signer.name, self.key, days(-1), days(30))
                       .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
                       .sign(signer.key, hashes.SHA256()))
        self.certificate = _pem(certificate)
        self.path = self.folder / f"{name}.ca"
        self.path.write_bytes(self.certificate)

    def _chain(self):
        """What a certificate brings along: the authorities between it and the root."""
        return self.certificate + self.above._chain() if self.above else b""

    def issue(self, names, not_before=None, not_after=None, *, subject=None, usage=None,
              password=None, into=None):
        """Returns: a certificate for these host names and addresses, the first one its subject.
        `usage` is "client" or "server"; by default it is for both."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(subject or names[0], self.name, key, not_before or days(-1),
                           not_after or days(30))
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_alternative(name) for name in names]), False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([USAGES[usage]]), False)
        certificate = _pem(builder.sign(self.key, hashes.SHA256())) + self._chain()
        base = into.base if into else self.folder / f"{self.name}-{next(self.numbers)}"
        return Issued(base, certificate, key_pem(key, password))

    def intermediate(self, name="intermediate"):
        return Authority(self.folder, name, above=self)

    def client(self, files=None, protocols=()):
        """What a client needs that trusts this authority only, and shows `files` where asked."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.path)
        if files:
            context.load_cert_chain(files.chain, files.key)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


    def server(self, files):
        """What a server needs that shows `files` and demands a certificate of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.chain, files.key)
        context.load_verify_locations(self.path)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def make_ca(folder, name="authority"):
    return Authority(folder, name)


def shown(port, ca, name="localhost"):
    """The certificate that one who asks for `name` is shown, as DER; proven to hold its key."""
    client = ca.client()
    client.check_hostname = False
    with socket.create_connection(("127.0.0.1", port), seconds(5)) as plain:
        with client.wrap_socket(plain, server_hostname=name) as tls:
            return tls.getpeercert(True)
