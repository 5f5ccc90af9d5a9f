"""Files that are no PDF: a detached CAdES signature beside them (ETSI EN 319 122-1), `letter.xlsx.p7s`."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation

from signing import certificates, cms, phases
from signing.cases import Case
from signing.certificates import KindRule, described
from signing.errors import SigningRefused
from signing.keys.protocol import Certified, Key
from signing.pending import Pending
from signing.phases import Signed
from signing.profiles import Profile
from signing.proving import grounds, prove
from signing.reasons import Reason, outcome_of
from signing.signer import AbsentSigner
from signing.source import written
from signing.trust import TrustStore
from signing.verdict import Change, Outcome, SignatureVerdict, Verdict

SUFFIX = ".p7s"
_LARGEST = 1_000_000
"""Bytes of a signature with its certificates and its time stamp: a hundred times what honest ones have."""


def sign_file(source: Path, target: Path, key: Key, profile: Profile) -> Signed:
    """Write the signature of a file of any kind in one go, level CAdES B-T; the file itself is only read.

    Errors: SigningRefused("key.*" | "source.changed"), SigningUnavailable.
    """
    pending = begin(source, key, profile)
    return finish(source, target, pending, key.sign([pending.to_sign])[0], profile)


def begin(source: Path, whose: Certified, profile: Profile) -> Pending:
    """What a key has to sign for a file; as `phases.begin`, but nothing is written. Errors: SigningRefused("key.*")."""
    asyncio.run(certificates.check_before_signing(AbsentSigner(whose), profile.trust))
    digest = _digest(source)
    return Pending(
        case=Case.ATTACHMENT,
        level="B-B" if profile.timestamper is None else "B-T",
        begun_at=datetime.now(UTC),
        prepared=digest.hex(),
        start=0,
        end=0,
        attributes=cms.signed_attributes(digest, whose.certificate),
        certificate=whose.certificate.public_bytes(Encoding.DER),
        chain=tuple(one.public_bytes(Encoding.DER) for one in whose.chain),
    )


def finish(source: Path, target: Path, pending: Pending, raw: bytes, profile: Profile) -> Signed:
    """Write the signature beside the file, with its time stamp.

    Errors: SigningRefused("key.signature_wrong" | "source.changed"), SigningUnavailable("timestamp.*"): then the same
    raw signature is good for another try.
    """
    phases.accept(pending, raw)
    if _digest(source).hex() != pending.prepared:
        raise SigningRefused("source.changed")
    content = asyncio.run(phases.completed(pending, raw, profile))
    with written(target):
        target.write_bytes(content)
    return phases.signed(pending, pending.level)


def verify_file(source: Path, signature: Path, trust: TrustStore, at: datetime | None = None) -> Verdict:
    """Judge the signature beside a file as of `at` (default: now); never raises for a bad one, fetches no URL.

    Must not be called inside an event loop. Errors: OSError when a file cannot be read, MemoryError.
    """
    digest = _digest(source)
    moment = at or datetime.now(UTC)
    size = source.stat().st_size
    data = signature.read_bytes() if signature.stat().st_size <= _LARGEST else b""
    try:
        found = asyncio.run(_judged(_read(data, digest), trust, at))
    except MemoryError:
        raise
    except Exception:  # hostile files raise whatever they like; none of it may look valid
        return Verdict(Outcome.INVALID, (Reason.SIGNATURE_UNREADABLE.value,), (), (), digest.hex(), size, 0, moment)
    reasons = () if found.reason is None else (found.reason,)
    return Verdict(found.verdict, reasons, (found,), (), digest.hex(), size, 0, moment)


@dataclass
class _Detached:
    """What a proof must know of it."""

    signed_data: Any
    signer_info: Any
    signer_cert: Any
    other_embedded_certs: Any
    digest: bytes

    def compute_digest(self) -> bytes:
        """That of the file."""
        return self.digest


def _read(data: bytes, digest: bytes) -> _Detached:
    content = asn1_cms.ContentInfo.load(data, strict=True)
    signed = content["content"]
    (signer,) = signed["signer_infos"]
    # What it carries itself would not be the file beside it.
    if content["content_type"].native != "signed_data" or signed["encap_content_info"]["content"].native is not None:
        raise ValueError
    if signer["digest_algorithm"]["algorithm"].native != "sha256":
        raise ValueError
    certificates_found = extract_certs_for_validation(signed)
    others = list(certificates_found.other_certs)
    return _Detached(signed, signer, certificates_found.signer_cert, others, digest)


async def _judged(signature: _Detached, trust: TrustStore, at: datetime | None) -> SignatureVerdict:
    proof = await prove(signature, grounds(None, trust, at), archived=False)
    shown = described(signature.signer_cert)
    reason = Reason.DEMO_CERTIFICATE if shown.demo and not trust.demo else proof.reason
    key = signature.signer_cert.public_key
    mechanism = str(signature.signer_info["signature_algorithm"].signature_algo).replace("_", "-").upper()
    return SignatureVerdict(
        field="",
        signer=shown.name,
        organisation=shown.organisation,
        serial=shown.serial,
        issuer=shown.issuer,
        kind=KindRule().kind(signature.signer_cert),
        verdict=outcome_of(reason),
        reason=None if reason is None else reason.value,
        covers_whole=True,
        modified_after=Change.NONE,
        revision_end=0,
        signed_at=proof.stamped_at,
        timestamped=proof.stamped_at is not None,
        algorithm=f"{mechanism} {key.bit_size}, SHA-256",
        demo=shown.demo,
    )


def _digest(source: Path) -> bytes:
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
