"""A line as operators have it: encrypted, with an authority of its own, that asks for a certificate (TLS)."""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import socket

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.cli.kit.faults import Plan
from app.cli.kit.way import Way

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    def with_key(self, password: bytes = b"") -> bytes:
        """The certificate and its key in one file."""
        lock = BestAvailableEncryption(password) if password else NoEncryption()
        return self.pem + self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def issue(self, name: str, *, days: int = 9) -> "Holder":
        """A certificate that this authority gives."""
        return _made(name, days=days, issuer=self)


def an_authority(name: str) -> Holder:
    """An authority that nobody knows yet."""
    return _made(name, days=9, issuer=None)


def _made(name: str, *, days: int, issuer: Holder | None) -> Holder:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(issuer.certificate.subject if issuer else subject, subject, key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - 9 * DAY).not_valid_after(now + days * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = builder.add_extension(here, critical=False)
    return Holder(builder.sign(issuer.key if issuer else key, SHA256()), key)


class SecureWay(Way):
    """A way that ends TLS before a deployment, and lets in who shows a certificate of an authority."""

    def __init__(self, target: int, folder: Path, server: Holder, clients: Holder) -> None:
        super().__init__(target, Plan(0, budget=0))
        (folder / "server.pem").write_bytes(server.with_key())
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "server.pem")
        self._context.load_verify_locations(cadata=clients.pem.decode())
        self._context.verify_mode = ssl.CERT_REQUIRED

    def _serve(self, client: socket) -> None:
        with suppress(OSError), self._context.wrap_socket(client, server_side=True) as line:
            super()._serve(line)
