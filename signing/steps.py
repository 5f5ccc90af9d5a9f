"""How far a prepared document has come, read from its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.form_tools import enumerate_fields_in

from signing.cases import Case
from signing.errors import SigningRefused
from signing.prepare import DAY, INITIALS, MONTH, NUMBER, ORGANISATION, PERSON


@dataclass(frozen=True)
class Steps:
    """Which of the steps of issuing are done; `initials` are the fields for initials that are still empty."""

    person: bool
    numbered: bool
    sealed: bool
    signed: bool
    initials: tuple[str, ...]


def read(handler: Any) -> Steps:
    """The steps done in an opened document. Errors: SigningRefused("source.not_prepared")."""
    signatures, texts = _filled(handler, "/Sig"), _filled(handler, "/Tx")
    if not {PERSON, ORGANISATION} <= signatures.keys() or not {NUMBER, DAY, MONTH} <= texts.keys():
        raise SigningRefused("source.not_prepared")
    return Steps(
        person=signatures[PERSON],
        numbered=any(texts[name] for name in (NUMBER, DAY, MONTH)),
        sealed=signatures[ORGANISATION],
        signed=any(signatures.values()),
        initials=tuple(sorted(name for name, done in signatures.items() if name.startswith(INITIALS) and not done)),
    )


def check(done: Steps, case: Case) -> None:
    """Refuse a signature out of its turn (NĐ 30/2020, Điều 32.2d). Errors: SigningRefused("order.*")."""
    match case:
        case Case.INITIALS if done.person or done.sealed:
            raise SigningRefused("order.initials_after_person")
        case Case.INITIALS if not done.initials:
            raise SigningRefused("order.no_place_for_initials")
        case Case.PERSON if done.person or done.sealed:
            raise SigningRefused("order.person_already_signed")
        case Case.ORGANISATION if not done.person:
            raise SigningRefused("order.seal_before_person")
        case Case.ORGANISATION if done.sealed:
            raise SigningRefused("order.already_sealed")
        case Case.ORGANISATION if not done.numbered:
            raise SigningRefused("order.seal_before_number")


def _filled(handler: Any, field_type: str) -> dict[str, bool]:
    if "/AcroForm" not in handler.root:
        return {}
    found = enumerate_fields_in(handler.root["/AcroForm"]["/Fields"], refs_seen=set(), target_field_type=field_type)
    return {str(name): bool(value) for name, value, _ in found}
