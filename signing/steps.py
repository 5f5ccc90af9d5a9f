"""How far a prepared document has come, read from its fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from signing.cases import Case
from signing.errors import SigningRefused
from signing.prepare import DAY, INITIALS, MONTH, NUMBER, ORGANISATION, PERSON

_OURS = (PERSON, ORGANISATION, "KyNhay")
"""Any other signature was made elsewhere, in a field that its program brought along: `signing.returned` let it in."""


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
    signatures: dict[str, bool] = {}
    texts: dict[str, bool] = {}
    for kind, name, filled in _fields(handler):
        (signatures if kind == "/Sig" else texts)[name] = filled
    if not {PERSON, ORGANISATION} <= signatures.keys() or not {NUMBER, DAY, MONTH} <= texts.keys():
        raise SigningRefused("source.not_prepared")
    return Steps(
        person=signatures[PERSON] or any(done for name, done in signatures.items() if not name.startswith(_OURS)),
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


def _fields(handler: Any) -> Iterator[tuple[str, str, bool]]:
    """Type, name and whether it is filled, of every field: prepared ones have no children."""
    for reference in handler.root["/AcroForm"]["/Fields"] if "/AcroForm" in handler.root else ():
        field = reference.get_object()
        yield str(field.get("/FT")), str(field.get("/T")), "/V" in field
