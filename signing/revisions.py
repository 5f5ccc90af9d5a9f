"""What one revision of a file added to the one before it: values of fields, signatures, evidence for the archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyhanko.pdf_utils.form_tools import enumerate_fields_in

_PIECE = 2**20
_EVIDENCE = ("/Certs", "/CRLs", "/OCSPs")
_LOOK = ("/AP", "/AS", "/F", "/DA", "/Q", "/Rect", "/MK")
"""What decides how a field is shown."""


@dataclass(frozen=True)
class Text:
    """A field of a form that is no signature: what it says, how it is shown, and the field itself."""

    value: str
    look: tuple[Any, ...]
    field: Any


@dataclass(frozen=True)
class Revision:
    """The fields of one state of the file by name, the signatures in it, and the evidence it carries."""

    texts: dict[str, Text]
    signed: frozenset[str]
    evidence: frozenset[Any]

    def brings_proof(self, before: Revision) -> bool:
        """Whether a signature, a time stamp or evidence came in after an earlier state."""
        return bool(self.signed - before.signed or self.evidence - before.evidence)


def revision_file(source: Path, target: Path, end: int) -> None:
    """Write the first `end` bytes of a file: what a signer saw (`revision_end` of the verdict). Errors: OSError."""
    with source.open("rb") as stream, target.open("wb") as copy:
        left = end
        while left > 0 and (part := stream.read(min(left, _PIECE))):
            copy.write(part)
            left -= len(part)


def read(reader: Any, number: int) -> Revision:
    """One state of a file, counted from 0."""
    root = reader.get_historical_resolver(number).root
    fields = _entry(_entry(root, "/AcroForm"), "/Fields")
    texts = {}
    for kind in ("/Tx", "/Btn", "/Ch"):
        for name, value, reference in enumerate_fields_in(fields, refs_seen=set(), target_field_type=kind):
            texts[str(name)] = _text(value, reference.get_object())
    found = enumerate_fields_in(fields, refs_seen=set(), target_field_type="/Sig")
    signed = frozenset(str(name) for name, value, _ in found if value is not None)
    return Revision(texts, signed, frozenset(_evidence(root)))


def _text(value: Any, field: Any) -> Text:
    look = tuple(field.raw_get(key) if key in field else None for key in _LOOK)
    return Text("" if value is None else str(value), look, field)


def _evidence(root: Any) -> set[Any]:
    """The references and keys under which certificates, revocation lists and answers are kept (DSS)."""
    store = _entry(root, "/DSS")
    kept = {one.reference for key in _EVIDENCE for one in _entry(store, key)}
    return kept | set(_entry(store, "/VRI"))


def _entry(holder: Any, key: str) -> Any:
    """What stands under a key, wherever it is kept (`get` would give the reference); nothing is empty."""
    return holder[key] if key in holder else {}  # noqa: SIM401
