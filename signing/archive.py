"""Keep a signed document provable for decades: archive time stamps, each over all that proves the ones before (B-LTA).

A stamp proves that everything under it existed while its own certificate was in force, so a new one has to come before
that certificate ends (ETSI EN 319 142-1, 5.5).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation import DocumentSecurityStore, generic_cms
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko_certvalidator.errors import PathError, ValidationError

from signing.errors import SigningRefused, SigningUnavailable
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
    """When the certificate of the newest archive time stamp ends; None without one, and for what cannot be read."""
    try:
        with source.open("rb") as stream:
            stamps = PdfFileReader(stream).embedded_timestamp_signatures
            if not stamps:
                return None
            ends: datetime = stamps[-1].signer_cert.not_valid_after
            return ends
    except (PdfError, ValueError, TypeError, KeyError, AttributeError):
        return None


def renew(source: Path, target: Path, profile: Profile) -> None:
    """Copy a signed file with the certificates and revocation lists of all its signatures and one more archive stamp.

    What comes out has to be verified before it takes anybody's place. Must not be called inside an event loop.
    Errors: SigningRefused("archive.not_signed" | "archive.no_revocation_list" | "archive.not_provable" |
    "source.damaged"),
    SigningUnavailable("timestamp.unavailable").
    """
    with written(target):
        try:
            shutil.copyfile(source, target)
            with target.open("r+b") as stream:
                asyncio.run(_stamped(stream, profile))
        except (TimestampRequestError, aiohttp.ClientError, TimeoutError) as error:
            raise SigningUnavailable("timestamp.unavailable") from error
        except (ValidationError, PathError) as error:
            raise SigningRefused("archive.not_provable") from error
        except (PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SigningRefused("source.damaged") from error


async def _stamped(stream: Any, profile: Profile) -> None:
    reader = PdfFileReader(stream)
    signatures = reader.embedded_signatures
    if not signatures:
        raise SigningRefused("archive.not_signed")
    chain = _chain([one for signature in signatures for one in _certificates(signature)], profile.trust)
    lists = _lists(chain, reader, profile.trust)
    writer = IncrementalPdfFileWriter.from_reader(reader)
    DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=chain, crls=lists)
    context = profile.trust.context(timestamps=True)
    try:
        await PdfTimeStamper(profile.timestamper).async_timestamp_pdf(
            writer,
            "sha256",
            validation_context=context,
            in_place=True,
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )
    finally:
        await context.aclose()


def _certificates(signature: Any) -> Iterator[Any]:
    """The signer's and the time-stamping authority's certificate of one signature, and what came with them."""
    stamps = generic_cms.extract_tst_data_iter(signature.signer_info, signed=False)
    for signed_data in (signature.signed_data, *stamps):
        found = extract_certificate_info(signed_data)
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
