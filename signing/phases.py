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
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError as LibrarySigningError
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, PdfTimeStamper, SigDSSPlacementPreference
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.errors import PathError, ValidationError

from signing import certificates, cms, corner, demo_pki, picture, steps
from signing.appearance import Appearance
from signing.authority import LONGEST
from signing.cases import Case
from signing.display import Shown
from signing.errors import SigningRefused
from signing.keys.protocol import SALT, Certified
from signing.pending import Pending
from signing.prepare import ORGANISATION, PERSON
from signing.profiles import Profile
from signing.signer import AbsentSigner
from signing.source import signable, written
from signing.trust import TrustStore

RESERVED = 2 * LONGEST
"""Hexadecimal digits kept for a time stamp."""
_REST = 1_500
"""Bytes of a signature without its certificates and its time stamp."""
_DIGEST = Prehashed(hashes.SHA256())


CORNER = "CoQuanKy"
"""The field of a signature at the top right of a page."""
_IN_CORNER = frozenset({Case.ATTACHMENT, Case.COPY, Case.DIGITISED})


_FIELDS = {Case.PERSON: PERSON, Case.ORGANISATION: ORGANISATION}


@dataclass(frozen=True)
class Wish:
    """What to sign for and what to show: a picture, or what stands in the corner of an annex, a copy or a scan."""

    case: Case
    appearance: Appearance | None = None
    shown: Shown | None = None


@dataclass(frozen=True)
class Signed:
    """What was put into the target: `level` "B-LT" and above can be verified without any network."""

    level: str
    signed_at: datetime
    signer: str
    serial: str


def begin(source: Path, prepared: Path, wish: Wish, whose: Certified, profile: Profile) -> Pending:
    """Write the document with an empty signature; the certificate is checked, the key is not used yet.

    A picture that was drawn for a demonstration goes with no real certificate.
    Errors: SigningRefused("source.*" | "key.*" | "order.*" | "appearance.missing").
    """
    signer = AbsentSigner(whose)
    if wish.appearance is not None and wish.appearance.demo and not demo_pki.is_demo(whose.certificate):
        raise SigningRefused("appearance.missing")
    now = datetime.now(UTC)
    with ExitStack() as rest:
        loop = rest.enter_context(asyncio.Runner())
        loop.run(certificates.check_before_signing(signer, profile.trust))
        flat = rest.enter_context(signable(source)) if wish.case in _IN_CORNER else source
        look = _looks(flat, wish, now)
        writer = rest.enter_context(opened(flat))
        rest.enter_context(written(prepared))
        field, is_first = _field(writer, wish.case)
        level = loop.run(_level(wish.case, signer, profile))
        meta = _metadata(wish.case, field, level, profile.trust, certify=is_first)
        pdf_signer = signers.PdfSigner(meta, signer, stamp_style=look.style, new_field_spec=look.field)
        with prepared.open("w+b") as output:
            place = loop.run(_digested(pdf_signer, writer, output, now, _reserved(whose)))
            sha256 = _sha256(output)
    return Pending(
        case=wish.case,
        level=level,
        begun_at=now,
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

    Errors: SigningRefused("key.signature_wrong" | "source.changed"), SigningUnavailable("timestamp.*"): then the same
    raw signature is good for another try.
    """
    accept(pending, raw)
    with answered(), written(target):
        shutil.copyfile(prepared, target)
        with target.open("r+b") as output:
            if _sha256(output) != pending.prepared:
                raise SigningRefused("source.changed")
            level = asyncio.run(_embedded(output, pending, raw, profile))
    return signed(pending, level)


def signed(pending: Pending, level: str) -> Signed:
    """What has become of it."""
    certificate = pending.signer.certificate
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else ""
    return Signed(level, pending.begun_at, name, f"{certificate.serial_number:X}")


@contextmanager
def opened(source: Path) -> Iterator[IncrementalPdfFileWriter]:
    """An incremental writer over the file. Errors: SigningRefused("source.damaged")."""
    with answered(), source.open("rb") as stream:
        yield IncrementalPdfFileWriter(stream)


@contextmanager
def answered() -> Iterator[None]:
    """The library's many ways to dislike a file as one refusal."""
    try:
        yield
    except (PdfError, LibrarySigningError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningRefused("source.damaged") from error


async def _level(case: Case, signer: AbsentSigner, profile: Profile) -> str:
    """A person's signature is kept by the agency's that follows; that one must last, if everything proves it."""
    if profile.timestamper is None:
        return "B-B"
    if case in (Case.PERSON, Case.INITIALS):
        return "B-T"
    proven = await certificates.verifiable_offline(signer, profile.stamper, profile.trust)
    return "B-LTA" if proven else "B-T"


def _field(writer: IncrementalPdfFileWriter, case: Case) -> tuple[str, bool]:
    """The field to sign in, and whether it is the first signature: that one certifies what may follow."""
    if case in _IN_CORNER:
        return CORNER, True
    done = steps.read(writer)
    steps.check(done, case)
    field = done.initials[0] if case is Case.INITIALS else _FIELDS[case]
    return field, not done.signed


def _metadata(case: Case, field: str, level: str, trust: TrustStore, *, certify: bool) -> signers.PdfSignatureMetadata:
    """The agency's is the last: nothing may change after it. After the others, what is prepared may be filled."""
    final = case is Case.ORGANISATION or case in _IN_CORNER
    archival = level == "B-LTA"
    together = SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
    return signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=certify,
        docmdp_permissions=MDPPerm.NO_CHANGES if final else MDPPerm.FILL_FORMS,
        embed_validation_info=archival,
        # Given without need, the context would still write validation data into the file.
        validation_context=trust.context() if archival else None,
        dss_settings=DSSContentSettings(include_vri=False, placement=together) if archival else DSSContentSettings(),
    )


@dataclass(frozen=True)
class _Look:
    """How a signature shows; `field` only where the document has none for it yet."""

    style: StaticStampStyle
    field: SigFieldSpec | None = None


def _looks(source: Path, wish: Wish, now: datetime) -> _Look:
    if wish.case not in _IN_CORNER:
        if wish.appearance is None:
            raise SigningRefused("appearance.missing")
        return _Look(picture.style(wish.appearance))
    if wish.shown is None or (wish.shown.display.picture and wish.appearance is None):
        raise SigningRefused("appearance.missing")
    place = corner.corner(source, wish.shown.display, wish.shown.lines(now))
    lock = FieldMDPSpec(FieldMDPAction.ALL)
    box: Any = place.box  # floats are fine
    return _Look(corner.style(place, wish.appearance), SigFieldSpec(CORNER, box=box, field_mdp_spec=lock))


def _reserved(whose: Certified) -> int:
    """Hexadecimal digits for a signature: authorities of the state have long keys, and long certificates with them."""
    certified = sum(len(one.public_bytes(Encoding.DER)) for one in (whose.certificate, *whose.chain))
    return RESERVED + 2 * (_REST + certified)


async def _digested(
    signer: signers.PdfSigner, writer: IncrementalPdfFileWriter, output: Any, now: datetime, room: int
) -> PreparedByteRangeDigest:
    """As the library does it in one call, with a time of ours: the one that is shown."""
    session = signer.init_signing_session(writer, existing_fields_only=signer.new_field_spec is None)
    session.system_time = now
    proofs = await session.perform_presign_validation(writer)
    document = session.prepare_tbs_document(validation_info=proofs, bytes_reserved=room)
    digested, _ = document.digest_tbs_document(output=output)
    return digested


async def completed(pending: Pending, raw: bytes, profile: Profile) -> bytes:
    """The whole signature (CMS, DER), with a time stamp if its level asks for one. Errors: SigningUnavailable."""
    whose, stamp = pending.signer, b""
    if pending.level != "B-B":
        token = await profile.stamper.async_timestamp(hashlib.sha256(raw).digest(), "sha256")
        stamp = token.dump()
    return cms.signed_data(pending.attributes, raw, whose.certificate, whose.chain, stamp)


async def _embedded(output: Any, pending: Pending, raw: bytes, profile: Profile) -> str:
    """Put the signature into its place; the level it has reached."""
    content = await completed(pending, raw, profile)
    PreparedByteRangeDigest(b"", pending.start, pending.end).fill_with_cms(output, content)
    if pending.level == "B-LTA" and not await _archived(output, profile):
        return "B-LT"
    return pending.level


async def _archived(output: Any, profile: Profile) -> bool:
    """The time stamp over everything: it keeps the proofs good when the certificates have ended.

    False when the authority could be proven at the beginning and no longer is: revocation lists may have run out.
    """
    output.seek(0)
    writer, stamper = IncrementalPdfFileWriter(output), PdfTimeStamper(profile.stamper)
    context = profile.trust.context(timestamps=True)
    try:
        await stamper.async_timestamp_pdf(
            writer, "sha256", validation_context=context, bytes_reserved=RESERVED, in_place=True
        )
    except (ValidationError, PathError):
        return False
    return True


def _sha256(stream: Any) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()
