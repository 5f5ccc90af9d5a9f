"""The three steps of issuing a document (NĐ 30/2020, Điều 13, 15, 17 and Phụ lục I).

1. `sign_person`: the person with authority signs; a certification that lets only empty fields be filled (P=2).
2. `fill_number`: number, day and month go into their fields; the personal signature stays valid.
3. `seal_organisation`: the agency signs, its seal over a third of the personal one; nothing may change after (P=1).

Each step reads one file and writes another in constant memory, so a step that failed is simply run again. The functions
run an event loop of their own and must not be called inside one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
from pyhanko.pdf_utils import layout
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError as LibrarySigningError
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp import StaticStampStyle

from signing import certificates, steps
from signing.appearance import Appearance
from signing.errors import SigningRefused, SigningUnavailable
from signing.filling import fill
from signing.prepare import DAY, MONTH, NUMBER, ORGANISATION, PERSON
from signing.profiles import Profile
from signing.signer import KeySigner
from signing.source import written

_RESERVED = 24_576
"""Hexadecimal digits kept for a signature with its time stamp and a real chain of certificates."""
_MARCH = 3
_NUMBER = re.compile(r"\d{1,9}[A-Za-zĐđ]{0,3}")


@dataclass(frozen=True)
class Signed:
    """What was put into the target: `level` is "B-T", or "B-LT" when it can be verified without any network."""

    level: str
    signed_at: datetime
    signer: str
    serial: str


def sign_person(source: Path, target: Path, key_id: str, profile: Profile, appearance: Appearance) -> Signed:
    """Certify the prepared document with a person's key, level PAdES B-T.

    Errors: SigningRefused("source.*" | "key.*" | "order.*"), SigningUnavailable (try again).
    """
    signer = KeySigner(profile.keystore.key(key_id))
    asyncio.run(certificates.check_before_signing(signer, profile.trust))
    with _opened(source) as writer, written(target):
        done = steps.read(writer)
        if done.person or done.sealed:
            raise SigningRefused("order.person_already_signed")
        meta = signers.PdfSignatureMetadata(
            field_name=PERSON,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.FILL_FORMS,
        )
        return _sign(writer, target, meta, signer, profile, appearance)


def fill_number(source: Path, target: Path, number: str, issued_on: date) -> None:
    """Write number, day and month into their fields; `number` as printed ("05", "15a").

    A number below 10 gets a leading 0, so do a day below 10 and the months 1 and 2 (NĐ 30/2020, Phụ lục I).
    Errors: SigningRefused("order.*" | "number.bad" | "source.*").
    """
    if not _NUMBER.fullmatch(number):
        raise SigningRefused("number.bad")
    with _opened(source) as writer, written(target):
        done = steps.read(writer)
        if not done.person:
            raise SigningRefused("order.number_before_person")
        if done.sealed:
            raise SigningRefused("order.already_sealed")
        if done.numbered:
            raise SigningRefused("order.already_numbered")
        month = f"{issued_on.month:02d}" if issued_on.month < _MARCH else str(issued_on.month)
        for name, text in ((NUMBER, number.zfill(2)), (DAY, f"{issued_on.day:02d}"), (MONTH, month)):
            fill(writer, name, text)
        with target.open("wb") as output:
            writer.write(output)


def seal_organisation(source: Path, target: Path, key_id: str, profile: Profile, appearance: Appearance) -> Signed:
    """Sign with the agency's key and lock the document: B-LT when everything verifies offline, else B-T.

    The time stamp of the archive (B-LTA) is not added here: it belongs to keeping, years later and again and again,
    and readers that do not know it (poppler) would call a sound document unverified.
    Errors: SigningRefused("source.*" | "key.*" | "order.*"), SigningUnavailable (try again).
    """
    signer = KeySigner(profile.keystore.key(key_id))
    asyncio.run(certificates.check_before_signing(signer, profile.trust))
    with _opened(source) as writer, written(target):
        done = steps.read(writer)
        if not done.person:
            raise SigningRefused("order.seal_before_person")
        if done.sealed:
            raise SigningRefused("order.already_sealed")
        if not done.numbered:
            raise SigningRefused("order.seal_before_number")
        archival = asyncio.run(certificates.verifiable_offline(signer, profile.timestamper, profile.trust))
        meta = _seal_metadata(profile, archival=archival)
        return _sign(writer, target, meta, signer, profile, appearance)


def _seal_metadata(profile: Profile, *, archival: bool) -> signers.PdfSignatureMetadata:
    together = SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
    return signers.PdfSignatureMetadata(
        field_name=ORGANISATION,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        embed_validation_info=archival,
        # Given without need, the context would still write validation data into the file.
        validation_context=profile.trust.context() if archival else None,
        dss_settings=DSSContentSettings(include_vri=False, placement=together) if archival else DSSContentSettings(),
    )


@contextmanager
def _opened(source: Path) -> Iterator[IncrementalPdfFileWriter]:
    """An incremental writer over the file; the library's many ways to dislike a file become one refusal."""
    try:
        with source.open("rb") as stream:
            yield IncrementalPdfFileWriter(stream)
    except (TimestampRequestError, aiohttp.ClientError, TimeoutError) as error:
        raise SigningUnavailable("timestamp.unavailable") from error
    except (PdfError, LibrarySigningError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SigningRefused("source.damaged") from error


def _sign(
    writer: IncrementalPdfFileWriter,
    target: Path,
    meta: signers.PdfSignatureMetadata,
    signer: signers.Signer,
    profile: Profile,
    appearance: Appearance,
) -> Signed:
    pdf_signer = signers.PdfSigner(meta, signer, timestamper=profile.timestamper, stamp_style=_style(appearance))
    now = datetime.now(UTC)

    async def run(output: Any) -> None:
        await pdf_signer.async_sign_pdf(writer, existing_fields_only=True, bytes_reserved=_RESERVED, output=output)

    with target.open("w+b") as output:
        asyncio.run(run(output))
    certificate = certificates.described(signer.signing_cert)
    return Signed("B-LT" if meta.embed_validation_info else "B-T", now, certificate.name, certificate.serial)


def _style(appearance: Appearance) -> StaticStampStyle:
    """The image over the whole field, without border or text."""
    fill_box = layout.SimpleBoxLayoutRule(
        x_align=layout.AxisAlignment.ALIGN_MID,
        y_align=layout.AxisAlignment.ALIGN_MID,
        margins=layout.Margins.uniform(0),
        inner_content_scaling=layout.InnerScaling.STRETCH_TO_FIT,
    )
    return StaticStampStyle(
        background=PdfImage(appearance.image), border_width=0, background_opacity=1.0, background_layout=fill_box
    )
