"""A demonstration public key infrastructure, made at first start with random keys.

Every subject name carries `MARK`, so that no certificate of it can pass for a real one, and production refuses its
roots. A directory made here holds: `secret` (pass phrase of the key files, mode 0600), `keys/<key_id>.p12`,
`tsa.p12`, `ca/issuing.p12` (to add subjects later), `trust/roots/*.pem`, `trust/intermediates/*.pem`,
`trust/crls/*.crl` and `profile.toml`. The key of the root is thrown away after its revocation list is signed.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from signing.errors import SigningNotConfigured, SigningRefused

MARK = "DEMO - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
PERSON_POLICY = "2.25.128423167408226915349573204518264071325.1"
ORGANISATION_POLICY = "2.25.128423167408226915349573204518264071325.2"
KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


_POLICIES = {"person": PERSON_POLICY, "organisation": ORGANISATION_POLICY}
_SIGNER_YEARS, _CA_YEARS = 5, 10
_BITS = 2048
_LONGEST_NAME = 64
"""Upper bound of common name and organisation in X.520."""


@dataclass(frozen=True)
class Subject:
    """Whose key it is: `key_id` names the file, `organisation` is the agency (a person's, or itself).

    `bits` asks for an RSA key of that size; by default a person has a P-256, an agency an RSA-2048.
    """

    key_id: str
    kind: Literal["person", "organisation"]
    common_name: str
    organisation: str
    bits: int | None = None


@dataclass(frozen=True)
class _Authority:
    key: PrivateKey
    certificate: x509.Certificate


def is_demo(certificate: x509.Certificate) -> bool:
    """Whether the subject or the issuer carries the mark of this module."""
    units = (
        attribute.value
        for name in (certificate.subject, certificate.issuer)
        for attribute in name.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    )
    return MARK in units


def is_complete(directory: Path) -> bool:
    """Whether `create` has finished there."""
    return (directory / "profile.toml").is_file()


def create(directory: Path, subjects: Sequence[Subject]) -> None:
    """Make the whole infrastructure, or add what is missing to an existing one; safe to call from several processes.

    Errors: SigningNotConfigured("demo.directory_in_use") when the directory holds something else.
    """
    if not is_complete(directory):
        _create_beside(directory)
    for subject in subjects:
        add_subject(directory, subject)


def add_subject(directory: Path, subject: Subject) -> bool:
    """Issue one more certificate; False when the key exists already, which is left as it is."""
    if not KEY_ID.fullmatch(subject.key_id):
        raise SigningRefused("key.bad_id", key_id=subject.key_id)
    target = directory / "keys" / f"{subject.key_id}.p12"
    if target.exists():
        return False
    secret = read_secret(directory)
    issuer = _load_authority(directory / "ca" / "issuing.p12", secret)
    on_curve = subject.kind == "person" and subject.bits is None
    key: PrivateKey = ec.generate_private_key(ec.SECP256R1()) if on_curve else _rsa_key(subject.bits or _BITS)
    certificate = _leaf(subject, key, issuer)
    return _publish(target, _p12(subject.key_id, key, certificate, [issuer.certificate], secret))


def read_secret(directory: Path) -> bytes:
    """The pass phrase of the key files. Errors: SigningNotConfigured."""
    try:
        return (directory / "secret").read_bytes().strip()
    except OSError as error:
        raise SigningNotConfigured("key.secret_missing") from error


def _create_beside(directory: Path) -> None:
    """Build in a temporary directory and rename it, so that nobody sees half an infrastructure."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        _build(building)
        building.rename(directory)
    except OSError as error:
        if not is_complete(directory):
            raise SigningNotConfigured("demo.directory_in_use", directory=str(directory)) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _build(directory: Path) -> None:
    for name in ("keys", "ca", "trust/roots", "trust/intermediates", "trust/crls"):
        (directory / name).mkdir(parents=True)
    secret = secrets.token_urlsafe(32).encode()
    _write(directory / "secret", secret)
    root = _root()
    issuing = _issuing(root)
    stamper_key = _rsa_key(_BITS)
    stamper = _stamper(stamper_key, root)
    _write(directory / "ca/issuing.p12", _p12("issuing", issuing.key, issuing.certificate, [root.certificate], secret))
    _write(directory / "tsa.p12", _p12("tsa", stamper_key, stamper, [root.certificate], secret))
    trust = directory / "trust"
    _write(trust / "roots/demo-root.pem", root.certificate.public_bytes(Encoding.PEM))
    _write(trust / "intermediates/demo-issuing.pem", issuing.certificate.public_bytes(Encoding.PEM))
    _write(trust / "crls/demo-root.crl", _empty_crl(root))
    _write(trust / "crls/demo-issuing.crl", _empty_crl(issuing))
    _write(directory / "profile.toml", b'kind = "demo"\n')


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _publish(target: Path, data: bytes) -> bool:
    """A complete file under its name, or nothing; the first of two writers wins."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    _write(temporary, data)
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True


def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _p12(
    name: str, key: PrivateKey, certificate: x509.Certificate, others: Iterable[x509.Certificate], secret: bytes
) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, others, BestAvailableEncryption(secret)
    )


def _load_authority(path: Path, secret: bytes) -> _Authority:
    key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), secret)
    if not isinstance(key, PrivateKey) or certificate is None:
        raise SigningNotConfigured("key.unreadable", file=path.name)
    return _Authority(key, certificate)


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:_LONGEST_NAME]),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:_LONGEST_NAME]),
        ]
    )


def _builder(subject: x509.Name, key: PrivateKey, issuer: _Authority | None, years: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    issuer_key = key if issuer is None else issuer.key
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # An hour of tolerance for a clock that is put right after the first start.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _usage(*, signature: bool = False, authority: bool = False, commitment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        content_commitment=commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _root() -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name("DEMO Root CA", "DEMO"), key, None, _CA_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return _Authority(key, builder.sign(key, hashes.SHA256()))


def _issuing(root: _Authority) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name("DEMO Issuing CA", "DEMO"), key, root, _CA_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return _Authority(key, builder.sign(root.key, hashes.SHA256()))


def _stamper(key: PrivateKey, root: _Authority) -> x509.Certificate:
    builder = _builder(_name("DEMO TSA", "DEMO"), key, root, _CA_YEARS)
    builder = builder.add_extension(_usage(signature=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(root.key, hashes.SHA256())


def _leaf(subject: Subject, key: PrivateKey, issuer: _Authority) -> x509.Certificate:
    builder = _builder(_name(subject.common_name, subject.organisation), key, issuer, _SIGNER_YEARS)
    policy = x509.PolicyInformation(ObjectIdentifier(_POLICIES[subject.kind]), None)
    builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signature=True, commitment=True), critical=True)
    # Without an extended key usage some readers report "unknown issue"; document signing is RFC 9336.
    usages = [ExtendedKeyUsageOID.EMAIL_PROTECTION, ObjectIdentifier("1.3.6.1.5.5.7.3.36")]
    builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _empty_crl(issuer: _Authority) -> bytes:
    """A revocation list without entries that lasts as long as its issuer: nobody runs this authority."""
    now = datetime.now(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + timedelta(days=365 * _CA_YEARS))
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
