"""Keeping proofs alive: a further time stamp over a document before the last one can no longer be believed.

Certificates end and algorithms age; what was proven while they were good stays proven if somebody stamped it in time
(PAdES B-LTA, ETSI EN 319 142-1). A stamp goes over all that proves what stands before it.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation, extract_tst_data_iter
from pyhanko_certvalidator.errors import PathError, ValidationError

from signing.errors import SigningRefused
from signing.phases import RESERVED, answered
from signing.profiles import Profile
from signing.source import written
from signing.trust import TrustStore
from signing.verdict import Outcome, Verdict

AHEAD = timedelta(days=365)
"""How long before its certificate ends an archive stamp is due to be renewed."""


def due(source: Path, verdict: Verdict) -> datetime | None:
    """When a file needs its next archive stamp: at once if it has none; None for a file that is not valid."""
    if verdict.outcome is not Outcome.VALID:
        return None
    until = stamped_until(source)
    return verdict.checked_at if until is None else until - AHEAD


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
    """Write the same document with what proves all its signatures and stamps, and one more stamp over it.

    What comes out has to be verified before it takes anybody's place.
    Errors: SigningRefused("source.*" | "archive.not_signed" | "archive.no_revocation_list" | "archive.not_provable"),
    SigningUnavailable("timestamp.*"), SigningNotConfigured.
    """
    with answered(), written(target):
        shutil.copyfile(source, target)
        with target.open("r+b") as output:
            try:
                asyncio.run(_stamp(output, PdfTimeStamper(profile.stamper), profile.trust))
            except (ValidationError, PathError) as error:
                raise SigningRefused("archive.not_provable") from error


async def _stamp(output: Any, stamper: PdfTimeStamper, trust: TrustStore) -> None:
    reader = PdfFileReader(output)
    if not reader.embedded_signatures:
        raise SigningRefused("archive.not_signed")
    chain = _chain((one for signature in reader.embedded_signatures for one in _certificates(signature)), trust)
    lists = _lists(chain, reader, trust)
    writer = IncrementalPdfFileWriter.from_reader(reader)
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=chain, crls=lists)
    context = trust.context(timestamps=True)
    try:
        await stamper.async_timestamp_pdf(
            writer,
            "sha256",
            validation_context=context,
            bytes_reserved=RESERVED,
            in_place=True,
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )
    finally:
        await context.aclose()


def _certificates(signature: Any) -> Iterator[Any]:
    """The signer's and the time-stamping authority's certificate of one signature, and what came with them."""
    for signed_data in (signature.signed_data, *extract_tst_data_iter(signature.signer_info, signed=False)):
        found = extract_certs_for_validation(signed_data)
        yield found.signer_cert
        yield from found.other_certs


def _chain(certificates: Iterable[Any], trust: TrustStore) -> list[Any]:
    """The certificates with all that stand above them, each once."""
    known = {one.subject.hashable: one for one in (*trust.intermediates, *trust.roots, *trust.timestamp_roots)}
    found: dict[bytes, Any] = {}
    waiting = list(certificates)
    while waiting:
        one = waiting.pop()
        if one.sha256 not in found:
            found[one.sha256] = one
            above = known.get(one.issuer.hashable)
            waiting += [] if above is None else [above]
    return list(found.values())


def _lists(chain: Iterable[Any], reader: Any, trust: TrustStore) -> list[Any]:
    """A revocation list for each certificate that somebody else issued, unless the document brings what says the same.

    Whether that is enough is for the verifier to say.
    """
    issuers = {one.issuer.hashable for one in chain if one.self_signed == "no"}
    lists = [one for one in trust.crls if one.issuer.hashable in issuers]
    if issuers - {one.issuer.hashable for one in lists} and not _brings_answers(reader):
        raise SigningRefused("archive.no_revocation_list")
    return lists


def _brings_answers(reader: Any) -> bool:
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return False
    return bool(store.crls or store.ocsps)
