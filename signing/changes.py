"""What was added to a document after a signature: only the fields prepared for it may be filled, each once.

pyHanko compares every later revision with the signed one, object by object. Its answer "form filling" is too wide for
an official document, so the fields behind it are looked at: number, day and month, empty when the person signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.form_tools import enumerate_fields_in
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    DiffResult,
    FormUpdatingRule,
    GenericFieldModificationRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.reasons import Reason
from signing.verdict import Change

# An appearance that was drawn over an older one could hide what was signed. Besides, pyHanko 0.38 takes an unchanged
# appearance of two revisions ago for such a change and then refuses the time stamps that follow it.
STRICT = StandardDiffPolicy(
    global_rules=DEFAULT_DIFF_POLICY.global_rules,
    form_rule=FormUpdatingRule(
        field_rules=[
            SigFieldCreationRule(),
            SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
            GenericFieldModificationRule(allow_in_place_appearance_stream_changes=False),
        ]
    ),
)

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
    return Integrity(_filled(signature, difference.changed_form_fields, fillable), change, whole, end)


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
    return second + length if bytes.fromhex(digits.decode("ascii")) == signature.pkcs7_content else None


def _filled(signature: EmbeddedPdfSignature, changed: set[str], fillable: frozenset[str]) -> Reason | None:
    """Whether only prepared text fields got a value, and none got two."""
    before = _values(signature, signature.signed_revision)
    for revision in range(signature.signed_revision + 1, signature.reader.xrefs.total_revisions):
        after = _values(signature, revision)
        if any(after.get(name) != value for name, value in before.items() if value):
            return Reason.FIELD_OVERWRITTEN
        given = {name for name, value in after.items() if value and not before.get(name)}
        if not given <= fillable:
            return Reason.FIELD_UNEXPECTED
        before = after
    return None if changed & before.keys() <= fillable else Reason.FIELD_UNEXPECTED


def _values(signature: EmbeddedPdfSignature, revision: int) -> dict[str, str]:
    """The fields of a revision that are no signatures, by name."""
    root = signature.reader.get_historical_resolver(revision).root
    return dict(_fields(root)) if "/AcroForm" in root else {}


def _fields(root: Any) -> Iterator[tuple[str, str]]:
    for kind in ("/Tx", "/Btn", "/Ch"):
        for name, value, _ in enumerate_fields_in(
            root["/AcroForm"]["/Fields"], refs_seen=set(), target_field_type=kind
        ):
            yield str(name), "" if value is None else str(value)
