# SPDX-License-Identifier: Apache-2.0
"""An authority for tests, and certificates it vouches for.

    ca = make_ca(folder)
    files = ca.issue(["localhost", "*.example.test"])
    files.both                       # PEM: certificate, then key
    ca.path                          # what clients trust
"""
import datetime
import ipaddress
import itertools
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


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


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def _builder(subject, issuer, key, not_before, not_after):
    return (x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(not_before).not_valid_after(not_after))


class Issued:
    """A certificate and its key in files: `chain`, `key`, and `both` in one."""

    def __init__(self, folder, name, certificate, key):
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM)
        self.private_key = key_pem(key)
        self.chain, self.key, self.both = (folder / f"{name}.{part}" for part in
                                           ("crt", "key", "pem"))
        self.chain.write_bytes(self.certificate)
        self.key.write_bytes(self.private_key)
        self.both.write_bytes(self.certificate + self.private_key)


class Authority:
    """Vouches for what it issues."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.numbers = itertools.count(1)
        self.key = ec.generate_private_key(ec.SECP256R1())
        certificate = (_builder(name, name, self.key, days(-1), days(30))
                       .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
                       .sign(self.key, hashes.SHA256()))
        self.path = self.folder / f"{name}.ca"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, names, not_before=None, not_after=None):
        """Returns: a certificate for these host names and addresses, the first one its subject."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(names[0], self.name, key, not_before or days(-1),
                           not_after or days(30))
        certificate = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(name) for name in names]), False
        ).sign(self.key, hashes.SHA256())
        return Issued(self.folder, f"{self.name}-{next(self.numbers)}", certificate, key)


def make_ca(folder, name="authority"):
    return Authority(folder, name)
