"""A file that was signed elsewhere: the one that was sent, and exactly one new signature, by whoever was expected.

The program on the user's machine may fill the field that was prepared for the signature, or bring a field of its own
when nobody has certified the document yet. Nothing else may differ: no text, no page, no earlier byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from pyhanko.pdf_utils.decode_limits import DecodeLimits
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing import confined, proving, revisions, structure
from signing.certificates import KindRule
from signing.changes import integrity
from signing.confined import Budget
from signing.differences import SENT
from signing.errors import SigningRefused
from signing.judging import Judge, collect
from signing.prepare import DAY, MONTH, NUMBER, ORGANISATION, PERSON
from signing.reasons import Reason
from signing.structure import Limits
from signing.trust import TrustStore
from signing.verdict import Kind, SignatureVerdict

_OURS = frozenset({NUMBER, DAY, MONTH, PERSON, ORGANISATION})
_FILLABLE = frozenset({NUMBER, DAY, MONTH})
_SKEW = timedelta(minutes=2)
_LOCAL = timedelta(hours=7)
"""Programs in use write the time of Việt Nam as if it were UTC; only a time stamp is taken at its word."""
_MOST_REVISIONS = 4
"""What a program may append: a field, the signature, its evidence."""
_CERTIFICATE = frozenset(
    {
        *(Reason.CERTIFICATE_REVOKED, Reason.CERTIFICATE_EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID),
        *(Reason.UNKNOWN_ISSUER, Reason.DEMO_CERTIFICATE, Reason.CERTIFICATE_UNSUITABLE, Reason.REVOKED_TIME_UNKNOWN),
        *(Reason.EXPIRED_TIME_UNKNOWN, Reason.REVOCATION_UNKNOWN),
    }
)
_CHUNK = 1024 * 1024
CHECKING = confined.VERIFYING


@dataclass(frozen=True)
class Expected:
    """Who was to sign: the field prepared for it, whose kind of certificate, and its number in hexadecimal.

    `since` is when the file was sent: a signature cannot be older.
    """

    field: str
    kind: Kind
    serial: str
    since: datetime


@dataclass(frozen=True)
class Returned:
    """What came back: the field that was signed, who signed, when, and whether an authority vouches for the time."""

    field: str
    signer: str
    serial: str
    signed_at: datetime | None
    timestamped: bool


def check(sent: Path, back: Path, expected: Expected, trust: TrustStore, budget: Budget = CHECKING) -> Returned:
    """Judge a file that came back, in a child with little memory and time; nothing is believed of it.

    Errors: SigningRefused("returned.other_file" | "returned.not_signed" | "returned.more_than_one" |
    "returned.wrong_field" | "returned.wrong_person" | "returned.changed" | "returned.damaged" | "returned.later" |
    "returned.earlier" | "returned.certificate" | "returned.signature_wrong" | "returned.too_costly").
    """
    try:
        found = confined.answer(lambda: _packed(judged(sent, back, expected, trust)), budget)
    except (confined.Exceeded, confined.Broken) as cost:
        raise SigningRefused("returned.too_costly") from cost
    moment = found["signed_at"]
    return Returned(**{**found, "signed_at": None if moment is None else datetime.fromisoformat(moment)})


def judged(sent: Path, back: Path, expected: Expected, trust: TrustStore) -> Returned:
    """As `check`, in this process."""
    length = _require_same_beginning(sent, back)
    seen = structure.examine(back, Limits())
    if set(seen.reasons) - {Reason.FILE_IRREGULAR}:
        raise SigningRefused("returned.damaged", reason=seen.reasons[0].value)
    try:
        with back.open("rb") as stream:
            return asyncio.run(_judged(stream, length, expected, trust))
    except (MemoryError, SigningRefused):
        raise
    except Exception as error:  # hostile files raise whatever they like; none of it may pass
        raise SigningRefused("returned.damaged") from error


def _packed(found: Returned) -> dict[str, Any]:
    moment = found.signed_at
    return {**asdict(found), "signed_at": None if moment is None else moment.isoformat()}


def _require_same_beginning(sent: Path, back: Path) -> int:
    """The length of the sent file, which the returned one must begin with."""
    length, longer = sent.stat().st_size, back.stat().st_size
    if longer < length:
        raise SigningRefused("returned.other_file")
    with sent.open("rb") as one, back.open("rb") as other:
        while part := one.read(_CHUNK):
            if part != other.read(len(part)):
                raise SigningRefused("returned.other_file")
    if longer == length:
        raise SigningRefused("returned.not_signed")
    return length


async def _judged(stream: BinaryIO, length: int, expected: Expected, trust: TrustStore) -> Returned:
    reader = PdfFileReader(stream, strict=True, decode_limits=DecodeLimits())
    signatures, stamps, unreadable = collect(reader)
    sent_last = _last_revision_within(reader, length)
    added = [one for one in signatures if one.signed_revision > sent_last]
    _require_one(added, [*unreadable, *(one for one in stamps if one.signed_revision > sent_last)])
    signature = added[0]
    _require_field(str(signature.field_name), expected, revisions.read(reader, sent_last))
    _require_nothing_else(reader, sent_last, signature, signatures)
    judge = Judge(trust, KindRule(), _FILLABLE, None)
    verdict = await judge.signature(signature, proving.grounds(reader, trust, None), archived=False)
    _require_holds(verdict)
    if verdict.serial != expected.serial or verdict.kind not in (expected.kind, Kind.UNKNOWN):
        raise SigningRefused("returned.wrong_person", signer=verdict.signer)
    _require_in_time(verdict, expected.since)
    return Returned(verdict.field, verdict.signer, verdict.serial, verdict.signed_at, verdict.timestamped)


def _last_revision_within(reader: Any, length: int) -> int:
    """The number of the newest revision of the sent file."""
    total = reader.xrefs.total_revisions
    ends = [reader.xrefs.get_xref_container_info(number).end_location for number in range(total)]
    within = [number for number, end in enumerate(ends) if end <= length]
    if not within or total - 1 - within[-1] > _MOST_REVISIONS:
        raise SigningRefused("returned.changed")
    return within[-1]


def _require_one(added: list[EmbeddedPdfSignature], others: list[Any]) -> None:
    if not added:
        raise SigningRefused("returned.damaged" if others else "returned.not_signed")
    if len(added) > 1 or others:
        raise SigningRefused("returned.more_than_one")


def _require_field(name: str, expected: Expected, before: revisions.Revision) -> None:
    """The prepared field, or one that did not exist; never the field of somebody else."""
    if name != expected.field and (name in _OURS or name in before.signed or name in before.texts):
        raise SigningRefused("returned.wrong_field")


def _require_nothing_else(
    reader: Any, sent_last: int, signature: EmbeddedPdfSignature, signatures: Iterable[EmbeddedPdfSignature]
) -> None:
    """Between the sent file and the end of the returned one lies this signature, and nothing that is seen besides."""
    difference = SENT.review_file(reader, sent_last)
    if not isinstance(difference, DiffResult) or difference.modification_level > ModificationLevel.FORM_FILLING:
        raise SigningRefused("returned.changed")
    before, after = (revisions.read(reader, number) for number in (sent_last, reader.xrefs.total_revisions - 1))
    if {name: (text.value, text.look) for name, text in before.texts.items()} != {
        name: (text.value, text.look) for name, text in after.texts.items()
    }:
        raise SigningRefused("returned.changed")
    # Earlier signatures must not mind what came, and the new one must not be followed by anything but its evidence.
    for one in signatures:
        whole = integrity(one, frozenset() if one is signature else _FILLABLE)
        if whole.reason is not None:
            raise SigningRefused("returned.changed", reason=whole.reason.value)


def _require_holds(verdict: SignatureVerdict) -> None:
    if verdict.reason is None:
        return
    wrong = "returned.certificate" if Reason(verdict.reason) in _CERTIFICATE else "returned.signature_wrong"
    raise SigningRefused(wrong, reason=verdict.reason)


def _require_in_time(verdict: SignatureVerdict, since: datetime) -> None:
    if verdict.signed_at is None:
        return
    now, shift = datetime.now(UTC), timedelta(0) if verdict.timestamped else _LOCAL
    if verdict.signed_at > now + shift + _SKEW:
        raise SigningRefused("returned.later")
    if verdict.signed_at < since - _SKEW:
        raise SigningRefused("returned.earlier")
