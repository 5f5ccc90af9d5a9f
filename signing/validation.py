"""Verify a PDF in layers, failing closed.

1. `structure`, `tables`: every reader sees the same file.
2. `changes`: each signature covers a whole revision, and only prepared fields were filled after it.
3. `proving`: digest, key, chain of certificates, revocation and time.
4. The policy: which kinds of signature the document must show.

A document is valid only when every layer says so of every signature.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing import proving, structure, tables
from signing.certificates import KindRule
from signing.changes import integrity
from signing.judging import Judge, Stamp, collect
from signing.prepare import DAY, MONTH, NUMBER
from signing.reasons import UNTIDY, Reason, outcome_of, ranked
from signing.structure import Limits, Structure
from signing.trust import TrustStore
from signing.verdict import Change, Kind, Outcome, SignatureVerdict, Verdict

# A forged file makes pyHanko warn at every step, with parts of the document in the text.
for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Policy:
    """What a document must show.

    `expected`: kinds of signature that must be there; with both, the agency's must come last (NĐ 30/2020, Đ32.2d).
    `fillable`: names of the text fields that may be filled after a signature. `allow_filling_at_end`: for a document on
    its way, numbered but not sealed yet. `signers`: serial numbers (hexadecimal) of the only certificates that may
    have signed; empty leaves that open.
    """

    expected: frozenset[Kind] = frozenset()
    allow_filling_at_end: bool = False
    fillable: frozenset[str] = frozenset({NUMBER, DAY, MONTH})
    kinds: KindRule = field(default_factory=KindRule)
    signers: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)


DEFAULT = Policy()


def verify(source: Path, trust: TrustStore, policy: Policy = DEFAULT, at: datetime | None = None) -> Verdict:
    """Judge every signature and the document as of `at` (default: now); never raises for a bad file, fetches no URL.

    Must not be called inside an event loop. Errors: OSError when the file cannot be read, MemoryError.
    """
    seen = structure.examine(source, policy.limits)
    moment = at or datetime.now(UTC)
    empty = Verdict(Outcome.INDETERMINATE, (), (), (), seen.sha256, seen.size, seen.pages, moment)
    stopping = [reason for reason in seen.reasons if reason not in UNTIDY]
    if stopping:
        return _concluded(empty, seen.reasons)
    try:
        with source.open("rb") as stream:
            return asyncio.run(_verified(stream, seen, empty, Judge(trust, policy.kinds, policy.fillable, at), policy))
    except MemoryError:
        raise
    except Exception:  # hostile files raise whatever they like; all of it means "not proven"
        if not structure.begins_as_pdf(source):  # everything in it is misplaced: that says all there is to say
            return replace(empty, reasons=(Reason.FILE_IRREGULAR.value,))
        return _concluded(empty, (*seen.reasons, Reason.VERIFIER_FAILED))


def unchanged(source: Path, policy: Policy = DEFAULT) -> bool:
    """Whether every signature covers a whole revision that was not changed after, whoever signed and whenever.

    The cheap half of `verify`: good to say that a file is still the one that was judged, never to believe it.
    """
    seen = structure.examine(source, policy.limits)
    if set(seen.reasons) - UNTIDY:
        return False
    try:
        with source.open("rb") as stream:
            reader = PdfFileReader(stream, strict=True, decode_limits=DecodeLimits())
            signatures, _, unreadable = collect(reader)
            return bool(signatures) and not unreadable and all(_whole(one, policy) for one in signatures)
    except MemoryError:
        raise
    except Exception:  # as above
        return False


def _whole(signature: EmbeddedPdfSignature, policy: Policy) -> bool:
    reason = integrity(signature, policy.fillable).reason
    digest = signature.compute_digest()
    sealed = validate_sig_integrity(signature.signer_info, signature.signer_cert, "data", digest)
    return reason is None and all(sealed)


async def _verified(stream: BinaryIO, seen: Structure, empty: Verdict, judge: Judge, policy: Policy) -> Verdict:
    reader = PdfFileReader(stream, strict=True, decode_limits=DecodeLimits())
    reasons = [*seen.reasons, *structure.disagreements(reader, seen)]
    signatures, stamps, unreadable = collect(reader)
    too_many = reader.xrefs.total_revisions > policy.limits.revisions
    if too_many or len(signatures) + len(stamps) + len(unreadable) > policy.limits.signatures:
        return _concluded(empty, (*reasons, Reason.TOO_COMPLEX))
    on = proving.grounds(reader, judge.trust, judge.at)
    deadline = time.monotonic() + policy.limits.seconds
    found = list(unreadable)
    last_stamp = max((stamp.signed_revision for stamp in stamps), default=-1)
    for signature in signatures:
        if time.monotonic() > deadline:
            return _concluded(empty, (*reasons, Reason.TOO_COMPLEX))
        found.append(await judge.signature(signature, on, archived=last_stamp > signature.signed_revision))
    archived = [await judge.stamp(stamp) for stamp in stamps]
    reasons += [stamp.reason for stamp in archived if stamp.reason is not None]
    reasons += [*seen.unseen, *_of_policy(found, policy)] if found else []
    ends = [*(one.revision_end for one in found), *(stamp.end for stamp in archived)]
    if ends and max(ends) < seen.size and structure.has_loose_end(reader, seen.size):
        reasons.append(Reason.READERS_DISAGREE)
    reasons += tables.told(reader, min((end for end in ends if end), default=None))
    verdict = replace(empty, signatures=tuple(found), archived_at=_times(archived))
    return _concluded(verdict, (*reasons, *_of_signatures(found)))


def _of_signatures(found: Iterable[SignatureVerdict]) -> list[Reason]:
    return [Reason(one.reason) for one in found if one.reason is not None]


def _of_policy(found: list[SignatureVerdict], policy: Policy) -> list[Reason]:
    """What the document lacks as a whole."""
    reasons = []
    kinds = [one.kind for one in found]
    if Kind.PERSON in policy.expected and Kind.PERSON not in kinds:
        reasons.append(Reason.PERSON_MISSING)
    if Kind.ORGANISATION in policy.expected and Kind.ORGANISATION not in kinds:
        reasons.append(Reason.ORGANISATION_MISSING)
    if {Kind.PERSON, Kind.ORGANISATION} <= policy.expected and kinds[-1] is not Kind.ORGANISATION:
        reasons.append(Reason.ORDER)
    if policy.signers and not {one.serial for one in found} <= policy.signers:
        reasons.append(Reason.WRONG_SIGNER)
    # What was filled in before a later signature has its author; after the last one, nobody answers for it.
    if found[-1].modified_after is Change.FORM_FILLING and not policy.allow_filling_at_end:
        reasons.append(Reason.FILLED_AFTER_LAST)
    return reasons


def _times(stamps: list[Stamp]) -> tuple[datetime, ...]:
    return tuple(stamp.time for stamp in stamps if stamp.time is not None)


def _concluded(verdict: Verdict, reasons: Iterable[Reason]) -> Verdict:
    """The worst reason decides; a document without signatures and without anything wrong is unsigned."""
    all_reasons = ranked(reasons)
    if not verdict.signatures and set(all_reasons) <= UNTIDY:
        all_reasons = (Reason.NO_SIGNATURE,)
    outcome = outcome_of(all_reasons[0] if all_reasons else None)
    return replace(verdict, outcome=outcome, reasons=tuple(reason.value for reason in all_reasons))
