"""Verify a PDF in layers, failing closed.

1. Two readers agree on what the file is, up to its last byte (`parsers`).
2. Each signature is intact, unchanged afterwards except as it allows, trusted, not revoked, and stamped (`judging`).
3. The document shows what the policy expects, and nothing was added after its last signature.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

from signing import judging, parsers
from signing.certificates import KindRule
from signing.parsers import Unreadable
from signing.trust import TrustStore
from signing.verdict import Change, Kind, Outcome, SignatureVerdict, Verdict

HARMLESS = (Change.NONE, Change.ARCHIVAL)
LARGEST = 256 * 1024 * 1024
_SEVERITY = (Outcome.INVALID, Outcome.INDETERMINATE)


@dataclass(frozen=True)
class Policy:
    """What a document must show: the kinds of signature expected, and the rule that tells kinds apart.

    `allow_filling_at_end` accepts form fields filled after the last signature (a document not yet sealed).
    """

    expected: frozenset[Kind] = frozenset()
    allow_filling_at_end: bool = False
    kinds: KindRule = field(default_factory=KindRule)


def verify(source: Path, trust: TrustStore, policy: Policy | None = None, at: datetime | None = None) -> Verdict:
    """Judge every signature and the document; never raises for a bad file, never fetches a URL.

    `at` is the moment to judge for (default: now). Errors: OSError when the file cannot be read.
    """
    chosen, checked = policy or Policy(), datetime.now(UTC)
    if source.stat().st_size > LARGEST:
        return Verdict(Outcome.INDETERMINATE, ("document.too_large",), (), (), "", source.stat().st_size, 0, checked)
    data = source.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    try:
        agreed = parsers.agree(data)
    except Unreadable as error:
        return Verdict(error.outcome, (error.reason,), (), (), digest, len(data), 0, checked)
    signatures = asyncio.run(_judged(agreed.reader, trust, chosen, at))
    outcome, reasons = _document(signatures, agreed, chosen)
    stamps = tuple(asyncio.run(judging.archived_at(agreed.reader, trust)))
    return Verdict(outcome, reasons, signatures, stamps, digest, len(data), agreed.pages, checked)


async def _judged(
    reader: PdfFileReader, trust: TrustStore, policy: Policy, at: datetime | None
) -> tuple[SignatureVerdict, ...]:
    found = reader.embedded_regular_signatures
    return tuple([await judging.judge(signature, trust, policy.kinds, at) for signature in found])


def _document(
    signatures: Sequence[SignatureVerdict], agreed: parsers.Agreed, policy: Policy
) -> tuple[Outcome, tuple[str, ...]]:
    """The worst of everything; a reason once, the most serious first."""
    if not signatures:
        return Outcome.UNSIGNED, ("document.unsigned",)
    found = [(one.verdict, one.reason) for one in signatures if one.reason is not None]
    if not _ends_well(signatures[-1], policy):
        found.append((Outcome.INVALID, "document.changed_after_last_signature"))
    if agreed.warnings:
        found.append((Outcome.INDETERMINATE, "document.irregular"))
    valid = {one.kind for one in signatures if one.verdict is Outcome.VALID}
    if policy.expected - valid:
        found.append((Outcome.INDETERMINATE, "document.signature_missing"))
    found.sort(key=lambda pair: _SEVERITY.index(pair[0]))
    reasons = tuple(dict.fromkeys(reason for _, reason in found))
    return (found[0][0] if found else Outcome.VALID), reasons


def _ends_well(last: SignatureVerdict, policy: Policy) -> bool:
    """Whether nothing was added after the last signature but time stamps for the archive."""
    allowed = (*HARMLESS, Change.FORM_FILLING) if policy.allow_filling_at_end else HARMLESS
    return last.covers_whole or last.modified_after in allowed
