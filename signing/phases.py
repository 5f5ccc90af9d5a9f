"""Signing in three phases, so that the key may be anywhere and nothing has to wait with a file open.

1. `begin` writes the document with an empty signature and says what the key has to sign (`Pending.to_sign`).
2. A key, wherever it is, signs those 32 bytes; `accept` makes sure that it was the right one.
3. `finish` fetches the time stamp, puts the signature into its place and adds what proves it in ten years.

What is between two phases is a file and a few kilobytes of JSON. When the time-stamping authority does not answer, the
raw signature is good for another `finish`: nobody has to enter a PIN again, and nothing is signed twice. The functions
run an event loop of their own and must not be called inside one.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError as LibrarySigningError
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, PdfTimeStamper, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from signing import certificates, cms, steps
from signing.appearance import Appearance
from signing.cases import Case
from signing.errors import SigningRefused, SigningUnavailable
from signing.keys.protocol import SALT, Certified
from signing.picture import style
from signing.prepare import ORGANISATION, PERSON
from signing.profiles import Profile
from signing.signer import AbsentSigner, to_asn1
from signing.source import written
from signing.trust import TrustStore

_RESERVED = 24_576
"""Hexadecimal digits kept for a signature with its time stamp and a real chain of certificates."""
_FIELDS = {Case.PERSON: PERSON, Case.ORGANISATION: ORGANISATION}
_DIGEST = Prehashed(hashes.SHA256())


@dataclass(frozen=True)
class Wish:
    """What to sign for, and the picture to show."""

    case: Case
    appearance: Appearance


@dataclass(frozen=True)
class Whose:
    """A certificate and the ones between it and a root, without any key."""

    certificate: x509.Certificate
    chain: Sequence[x509.Certificate] = ()


@dataclass(frozen=True)
class Pending:
    """A signature that only its key is missing for.

    `start` and `end` delimit its place in the prepared file, whose SHA-256 is `prepared`; `attributes` is what the
    key signs (DER). `level` is what `finish` will make of it: "B-B", "B-T", "B-LT" or "B-LTA".
    """

    case: Case
    level: str
    begun_at: datetime
    prepared: str
    start: int
    end: int
    attributes: bytes
    certificate: bytes
    chain: tuple[bytes, ...]

    @property
    def to_sign(self) -> bytes:
        """The SHA-256 digest for the key."""
        return hashlib.sha256(self.attributes).digest()

    @property
    def signer(self) -> Whose:
        """Whose signature it is going to be."""
        chain = tuple(x509.load_der_x509_certificate(one) for one in self.chain)
        return Whose(x509.load_der_x509_certificate(self.certificate), chain)

    def packed(self) -> dict[str, Any]:
        """As values that JSON can carry."""
        return {
            "case": self.case.value,
            "level": self.level,
            "begun_at": self.begun_at.isoformat(),
            "prepared": self.prepared,
            "start": self.start,
            "end": self.end,
            "attributes": self.attributes.hex(),
            "certificate": self.certificate.hex(),
            "chain": [one.hex() for one in self.chain],
        }


def unpacked(plain: dict[str, Any]) -> Pending:
    """The pending signature that was packed."""
    return Pending(
        case=Case(plain["case"]),
        level=str(plain["level"]),
        begun_at=datetime.fromisoformat(plain["begun_at"]),
        prepared=str(plain["prepared"]),
        start=int(plain["start"]),
        end=int(plain["end"]),
        attributes=bytes.fromhex(plain["attributes"]),
        certificate=bytes.fromhex(plain["certificate"]),
        chain=tuple(bytes.fromhex(one) for one in plain["chain"]),
    )


@dataclass(frozen=True)
class Signed:
    """What was put into the target: `level` "B-LT" and above can be verified without any network."""

    level: str
    signed_at: datetime
    signer: str
    serial: str


def begin(source: Path, prepared: Path, wish: Wish, whose: Certified, profile: Profile) -> Pending:
    """Write the document with an empty signature; the certificate is checked, the key is not used yet.

    Errors: SigningRefused("source.*" | "key.*" | "order.*").
    """
    signer = AbsentSigner(whose)
    asyncio.run(certificates.check_before_signing(signer, profile.trust))
    with opened(source) as writer, written(prepared):
        steps.check(steps.read(writer), wish.case)
        level = _level(wish.case, signer, profile)
        meta = _metadata(wish.case, level, profile.trust)
        pdf_signer = signers.PdfSigner(meta, signer, timestamper=None, stamp_style=style(wish.appearance))
        with prepared.open("w+b") as output:
            place = asyncio.run(_digested(pdf_signer, writer, output))
            sha256 = _sha256(output)
    return Pending(
        case=wish.case,
        level=level,
        begun_at=datetime.now(UTC),
        prepared=sha256,
        start=place.reserved_region_start,
        end=place.reserved_region_end,
        attributes=cms.signed_attributes(place.document_digest, whose.certificate),
        certificate=whose.certificate.public_bytes(Encoding.DER),
        chain=tuple(one.public_bytes(Encoding.DER) for one in whose.chain),
    )


def accept(pending: Pending, raw: bytes) -> None:
    """Make sure that the right key signed the right thing. Errors: SigningRefused("key.signature_wrong")."""
    public = x509.load_der_x509_certificate(pending.certificate).public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(raw, pending.to_sign, padding.PSS(padding.MGF1(hashes.SHA256()), SALT), _DIGEST)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(raw, pending.to_sign, ec.ECDSA(_DIGEST))
        else:
            raise SigningRefused("key.too_weak")
    except InvalidSignature as error:
        raise SigningRefused("key.signature_wrong") from error


def finish(prepared: Path, target: Path, pending: Pending, raw: bytes, profile: Profile) -> Signed:
    """Put a raw signature into its place, with its time stamp and whatever its level asks for.

    Errors: SigningRefused("key.signature_wrong" | "source.changed"), SigningUnavailable("timestamp.unavailable"): then
    the same raw signature is good for another try.
    """
    accept(pending, raw)
    signer = pending.signer
    with answered(), written(target):
        shutil.copyfile(prepared, target)
        with target.open("r+b") as output:
            if _sha256(output) != pending.prepared:
                raise SigningRefused("source.changed")
            asyncio.run(_completed(output, pending, raw, signer, profile))
    shown = certificates.described(to_asn1(signer.certificate))
    return Signed(pending.level, pending.begun_at, shown.name, shown.serial)


@contextmanager
def opened(source: Path) -> Iterator[IncrementalPdfFileWriter]:
    """An incremental writer over the file; the library's many ways to dislike a file become one refusal."""
    with answered(), source.open("rb") as stream:
        yield IncrementalPdfFileWriter(stream)


@contextmanager
def answered() -> Iterator[None]:
    """The library's many ways to fail as one refusal, and an authority's as one silence."""
    try:
        yield
    except (TimestampRequestError, aiohttp.ClientError, TimeoutError) as error:
        raise SigningUnavailable("timestamp.unavailable") from error
    except (PdfError, LibrarySigningError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningRefused("source.damaged") from error


def _level(case: Case, signer: AbsentSigner, profile: Profile) -> str:
    """A person's signature is kept by the agency's that follows; that one must last, if everything proves it."""
    if profile.timestamper is None:
        return "B-B"
    if case in (Case.PERSON, Case.INITIALS):
        return "B-T"
    proven = asyncio.run(certificates.verifiable_offline(signer, profile.timestamper, profile.trust))
    return "B-LTA" if proven else "B-T"


def _metadata(case: Case, level: str, trust: TrustStore) -> signers.PdfSignatureMetadata:
    archival = level == "B-LTA"
    together = SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
    return signers.PdfSignatureMetadata(
        field_name=_FIELDS[case],
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=case is Case.PERSON,
        docmdp_permissions=MDPPerm.FILL_FORMS if case is Case.PERSON else MDPPerm.NO_CHANGES,
        embed_validation_info=archival,
        # Given without need, the context would still write validation data into the file.
        validation_context=trust.context() if archival else None,
        dss_settings=DSSContentSettings(include_vri=False, placement=together) if archival else DSSContentSettings(),
    )


async def _digested(
    signer: signers.PdfSigner, writer: IncrementalPdfFileWriter, output: Any
) -> PreparedByteRangeDigest:
    found, _, _ = await signer.async_digest_doc_for_signing(
        writer, existing_fields_only=True, bytes_reserved=_RESERVED, output=output
    )
    return found


async def _completed(output: Any, pending: Pending, raw: bytes, signer: Whose, profile: Profile) -> None:
    stamp = b""
    if pending.level != "B-B":
        stamper = _stamper(profile)
        token = await stamper.async_timestamp(hashlib.sha256(raw).digest(), "sha256")
        stamp = token.dump()
    content = cms.signed_data(pending.attributes, raw, signer.certificate, signer.chain, stamp)
    PreparedByteRangeDigest(b"", pending.start, pending.end).fill_with_cms(output, content)
    if pending.level == "B-LTA":
        await _archived(output, profile)


async def _archived(output: Any, profile: Profile) -> None:
    """The time stamp over everything: it keeps the proofs good when the certificates have ended."""
    output.seek(0)
    context = profile.trust.context(timestamps=True)
    stamper = PdfTimeStamper(_stamper(profile))
    await stamper.async_timestamp_pdf(
        IncrementalPdfFileWriter(output), "sha256", validation_context=context, bytes_reserved=_RESERVED, in_place=True
    )


def _stamper(profile: Profile) -> TimeStamper:
    if profile.timestamper is None:
        raise SigningUnavailable("timestamp.unavailable")
    return profile.timestamper


def _sha256(stream: Any) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()
