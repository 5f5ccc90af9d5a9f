"""What was added to a document after a signature: only the fields prepared for it may be filled, each once.

pyHanko compares every later revision with the signed one, object by object. Its answer "form filling" is too wide for
an official document, so the fields behind it are looked at: number, day and month, empty when the person signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from asn1crypto import parser
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing import revisions
from signing.differences import STRICT
from signing.reasons import Reason
from signing.revisions import Revision, Text
from signing.shown import shows
from signing.verdict import Change

_CHANGES = {
    ModificationLevel.NONE: Change.NONE,
    ModificationLevel.LTA_UPDATES: Change.ARCHIVAL,
    ModificationLevel.FORM_FILLING: Change.FORM_FILLING,
    ModificationLevel.ANNOTATIONS: Change.ANNOTATION,
    ModificationLevel.OTHER: Change.OTHER,
}
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True)
class Integrity:
    """Whether the signed bytes are a whole revision, and what came after them."""

    reason: Reason | None
    change: Change
    covers_whole: bool
    revision_end: int


def integrity(signature: EmbeddedPdfSignature, fillable: frozenset[str]) -> Integrity:
    """Judge the coverage of one signature and the changes after it; its digest is judged with the certificate."""
    end = _revision_end(signature)
    if end is None:
        return Integrity(Reason.BYTE_RANGE, Change.OTHER, False, 0)
    signature.compute_integrity_info(STRICT)
    coverage: Any = signature.coverage
    difference: Any = signature.diff_result
    whole = coverage is SignatureCoverageLevel.ENTIRE_FILE
    if coverage is None or coverage.value < SignatureCoverageLevel.ENTIRE_REVISION.value:
        return Integrity(Reason.BYTE_RANGE, Change.OTHER, False, end)
    if not isinstance(difference, DiffResult):
        return Integrity(Reason.CHANGED_AFTER, Change.OTHER, whole, end)
    change = _CHANGES[difference.modification_level]
    allowed = signature.summarise_integrity_info()["docmdp_ok"]
    if not allowed or difference.modification_level > ModificationLevel.FORM_FILLING:
        return Integrity(Reason.CHANGED_AFTER, change, whole, end)
    reason = _added(signature, difference.changed_form_fields, fillable)
    return Integrity(reason, Change.OTHER if reason is Reason.CHANGED_AFTER else change, whole, end)


def _revision_end(signature: EmbeddedPdfSignature) -> int | None:
    """The length of the signed revision; None unless everything before it is signed except the signature itself.

    The gap must hold exactly the signature, as hexadecimal digits: a gap of other bytes could hide a second document.
    """
    numbers: list[Any] = list(signature.byte_range)
    if len(numbers) != 4 or not all(isinstance(number, int) for number in numbers):  # noqa: PLR2004  # two pairs
        return None
    start, first, second, length = (int(number) for number in numbers)
    gap = len(signature.pkcs7_content) * 2 + 2
    if start != 0 or first <= 0 or length <= 0 or second != first + gap:
        return None
    stream = signature.reader.stream
    stream.seek(0, 2)
    if second + length > stream.tell():
        return None
    stream.seek(first)
    hole = stream.read(gap)
    digits = hole[1:-1]
    if hole[:1] != b"<" or hole[-1:] != b">" or not _HEXADECIMAL.issuperset(digits):
        return None
    content = bytes.fromhex(digits.decode("ascii"))
    return second + length if content == signature.pkcs7_content and _is_padded(content) else None


def _is_padded(content: bytes) -> bool:
    """Whether nothing but zeros follows the signature in its place: no digest covers what is there."""
    return not content[parser.peek(content) :].strip(b"\0")


def _added(signature: EmbeddedPdfSignature, changed: set[str], fillable: frozenset[str]) -> Reason | None:
    """Whether each later revision filled prepared fields, each once and as they show, or brought some proof."""
    first = before = revisions.read(signature.reader, signature.signed_revision)
    for number in range(signature.signed_revision + 1, signature.reader.xrefs.total_revisions):
        after = revisions.read(signature.reader, number)
        given = {name for name, text in after.texts.items() if text.value and not _value(before, name)}
        reason = _filled(before, after, given, fillable)
        if reason is not None:
            return reason
        # An object may be replaced again by whoever added it: each revision has to show what the first filling said.
        filled = {name: text for name, text in after.texts.items() if text.value and not _value(first, name)}
        if not _shown(filled):
            return Reason.FIELD_UNEXPECTED
        if not given and not after.brings_proof(before):
            return Reason.CHANGED_AFTER
        before = after
    return None if changed & before.texts.keys() <= fillable else Reason.FIELD_UNEXPECTED


def _filled(before: Revision, after: Revision, given: set[str], fillable: frozenset[str]) -> Reason | None:
    """Whether what stood there still stands there, and only prepared fields got something."""
    if any(text.value and _value(after, name) != text.value for name, text in before.texts.items()):
        return Reason.FIELD_OVERWRITTEN
    same = all(
        name in given or (name in after.texts and after.texts[name].look == text.look)
        for name, text in before.texts.items()
    )
    return None if same and given <= fillable else Reason.FIELD_UNEXPECTED


def _shown(filled: Mapping[str, Text]) -> bool:
    return all(shows(text.field, text.value) for text in filled.values())


def _value(revision: Revision, name: str) -> str:
    return revision.texts[name].value if name in revision.texts else ""
