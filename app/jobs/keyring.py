"""The keys of signers, opened where they are; what was uploaded is looked at in a child first, then put away."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import current_app

from app.domain.orgunits.models import Unit
from app.domain.signers import authentication, queries, rules
from app.domain.signers.models import SignerKey
from app.domain.signers.rules import CertificateRead
from app.jobs.signingprofile import profile
from signing import certificates, confined, demo_pki, sealing
from signing.certificates import KindRule
from signing.confined import Broken, Budget, Exceeded
from signing.demo_pki import Subject
from signing.errors import SigningNotConfigured, SigningRefused
from signing.keys.files import Pkcs12Keystore
from signing.keys.memory import load_p12
from signing.keys.protocol import Key, Keystore
from signing.signer import to_asn1

_SEQUENCE = b"\x30"
"""How everything in DER begins that has parts."""
_LOOKING = Budget(memory=256 * 2**20, processor=5, patience=10.0)


def pin(by: UUID, key: SignerKey) -> str | None:
    """What somebody gave for a key in the last minutes; None for keys that need nothing, or when that is over."""
    session = authentication.live(by, key.id)
    if session is None or session.secret is None:
        return None
    return sealing.unseal(session.secret, str(session.id), current_app.config["PKI"]).decode()


def opened(key: SignerKey, secret: str | None) -> Key:
    """A key that can sign, with what its holder gave. Errors: SigningError."""
    if key.provider == "demo":
        _make_demo_key(key)
    return keystore_of(key).key(key.reference, secret)


def certificate(key: SignerKey, secret: str | None, upload: bytes | None) -> CertificateRead:
    """What stands in a key's certificate; a file that came with it is put away when it may be this owner's.

    Errors: SigningError.
    """
    if upload is None:
        return _facts(opened(key, secret).certificate)
    if key.provider in rules.AT_DESK:
        return _looked_at(lambda: _parsed(upload))
    read = _looked_at(lambda: _certified(upload, secret or ""))
    keystore = keystore_of(key)
    if isinstance(keystore, Pkcs12Keystore) and not rules.refusal(read, key):
        keystore.store(key.reference, upload, secret or "")
    return read


def shown(key: SignerKey) -> CertificateRead:
    """What stands in the certificate of a key that asks its holder nothing. Errors: SigningError."""
    return _facts(opened(key, None).certificate)


def keystore_of(key: SignerKey) -> Keystore:
    """Where a key is. Errors: SigningRefused("key.unknown") when this installation knows no such place any more."""
    found = profile().keystores.get(key.provider)
    if found is None:
        raise SigningRefused("key.unknown", key_id=key.provider)
    return found


def _make_demo_key(key: SignerKey) -> None:
    """Nobody hands out keys of the demonstration: whoever sets one up gets it made."""
    owner = queries.owner(key)
    if isinstance(owner, Unit):
        subject = Subject(key.reference, "organisation", owner.short_name, owner.short_name)
    else:
        subject = Subject(key.reference, "person", owner.name, owner.name)
    demo_pki.add_subject(current_app.config["PKI"], subject)


def _looked_at(act: Callable[[], x509.Certificate]) -> CertificateRead:
    try:
        found = confined.answer(lambda: _plain(_facts(act())), _LOOKING)
    except (Exceeded, Broken) as odd:
        raise SigningRefused("key.unreadable") from odd
    moments = {name: datetime.fromisoformat(found[name]) for name in ("valid_from", "valid_until")}
    return CertificateRead(**{**found, **moments})


def _plain(read: CertificateRead) -> dict[str, Any]:
    return {**asdict(read), "valid_from": read.valid_from.isoformat(), "valid_until": read.valid_until.isoformat()}


def _certified(data: bytes, passphrase: str) -> x509.Certificate:
    if not data.startswith(_SEQUENCE):
        raise SigningRefused("signer.bad_key_file")
    try:
        return load_p12(data, passphrase.encode()).certificate
    except SigningNotConfigured as error:  # the library does not tell a wrong passphrase from a broken file
        raise SigningRefused("key.pin_wrong") from error


def _parsed(data: bytes) -> x509.Certificate:
    try:
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        return x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise SigningRefused("signer.bad_certificate") from error


def _facts(found: x509.Certificate) -> CertificateRead:
    plain = to_asn1(found)
    said = certificates.described(plain)
    return CertificateRead(
        pem=found.public_bytes(Encoding.PEM).decode("ascii"),
        name=said.name,
        organisation=said.organisation,
        issuer=said.issuer,
        serial=said.serial,
        kind=KindRule().kind(plain).value,
        valid_from=found.not_valid_before_utc,
        valid_until=found.not_valid_after_utc,
    )
