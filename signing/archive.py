"""Keeping proofs alive: a further time stamp over a document before the last one can no longer be believed.

Certificates end and algorithms age; what was proven while they were good stays proven if somebody stamped it in time
(PAdES B-LTA, ETSI EN 319 142-1). A stamp brings along what proves the one before.
"""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation

from signing.phases import RESERVED, answered
from signing.profiles import Profile
from signing.source import written


def stamped_until(source: Path) -> datetime | None:
    """When the certificate of the newest archive stamp ends; None when a document has none yet.

    Only a look at what the file says: whether the stamp holds is for `validation.verify`.
    Errors: SigningRefused("source.damaged").
    """
    with answered(), source.open("rb") as stream:
        stamps = PdfFileReader(stream).embedded_timestamp_signatures
        if not stamps:
            return None
        newest = max(stamps, key=lambda one: one.signed_revision)
        end: datetime = extract_certs_for_validation(newest.signed_data).signer_cert.not_valid_after
        return end.astimezone(UTC)


def renew(source: Path, target: Path, profile: Profile) -> None:
    """Write the same document with one more time stamp, and with proofs of the stamp before.

    Errors: SigningRefused("source.*"), SigningUnavailable("timestamp.*"), SigningNotConfigured.
    """
    with answered(), written(target):
        shutil.copyfile(source, target)
        with target.open("r+b") as output:
            asyncio.run(_stamp(output, PdfTimeStamper(profile.stamper), profile))


async def _stamp(output: object, stamper: PdfTimeStamper, profile: Profile) -> None:
    context = profile.trust.context(timestamps=True)
    reader = PdfFileReader(output)
    if reader.embedded_timestamp_signatures:
        await stamper.async_update_archival_timestamp_chain(reader, context, in_place=True)
    else:
        writer = IncrementalPdfFileWriter(output)
        await stamper.async_timestamp_pdf(
            writer, "sha256", validation_context=context, bytes_reserved=RESERVED, in_place=True
        )
