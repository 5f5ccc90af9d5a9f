"""A certification authority whose certificates are as bad as a test wants them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.demo_pki import PrivateKey
from signing.keys.memory import MemoryKey
from signing.keys.protocol import Key
from signing.profiles import Profile
from signing.signer import to_asn1
from signing.timestamps import DemoTimeStamper
from signing.trust import TrustStore

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Keys:
    """A keystore that holds one key, whatever name is asked for."""

    only: Key

    def key(self, key_id: str, secret: str | None = None) -> Key:  # noqa: ARG002  # every name leads to the same key
        """The one key."""
        return self.only


def serial_of(key: Key) -> int:
    """The number of a key's certificate."""
    return key.certificate.serial_number


class Authority:
    """A root that issues directly, with a time-stamping authority and a list of revoked certificates."""

    def __init__(self, name: str, stamp_key: rsa.RSAPrivateKey) -> None:
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certificate(self._name, self._key, (-DAY, 3000 * DAY), authority=True)
        stamper = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} TSA")])
        certificate = self._certificate(stamper, stamp_key, (-DAY, 3000 * DAY), stamping=True)
        self.timestamper = DemoTimeStamper(stamp_key, to_asn1(certificate), [to_asn1(self.root)])

    def key_of(
        self, subject: dict[str, str], valid: tuple[timedelta, timedelta] = (-DAY, DAY), key: PrivateKey | None = None
    ) -> MemoryKey:
        """A key whose certificate is valid in a span of time around now; `subject` by names of attributes."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        attributes = [x509.NameAttribute(getattr(NameOID, kind), value) for kind, value in subject.items()]
        return MemoryKey(key, self._certificate(x509.Name(attributes), key, valid), [self.root])

    def profile(self, key: Key, *, stamped: bool = True) -> Profile:
        """A signing profile around one key; without a time-stamping authority on request."""
        timestamper: Any = self.timestamper if stamped else None
        return Profile("test", Keys(key), timestamper, self.trust())

    def trust(
        self, *, revoked: dict[int, datetime] | None = None, lists: bool = True, at: datetime | None = None
    ) -> TrustStore:
        """Those who believe this authority; `revoked` maps serial numbers to times, `at` is when the list came out."""
        root = to_asn1(self.root)
        crls = (asn1_crl.CertificateList.load(self._list(revoked or {}, at)),) if lists else ()
        return TrustStore((root,), (root,), (), crls, demo=False)

    def _list(self, revoked: dict[int, datetime], at: datetime | None) -> bytes:
        now = (at or datetime.now(UTC)).replace(microsecond=0)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._name)
        builder = builder.last_update(now - timedelta(hours=1)).next_update(now + 30 * DAY)
        builder._revoked_certificates = [  # one by one it copies all of them each time
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(time).build()
            for serial, time in revoked.items()
        ]
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _certificate(
        self,
        subject: x509.Name,
        key: PrivateKey,
        valid: tuple[timedelta, timedelta],
        *,
        authority: bool = False,
        stamping: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + valid[0])
            .not_valid_after(now + valid[1])
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(_usage(authority=authority), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if stamping:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(self._key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
