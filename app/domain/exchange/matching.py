"""Which agency a directory means: by any identifier it has or had, however either scheme writes it."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select

from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Unit, UnitIdentifier
from app.kernel.db import db
from interchange import identifiers
from interchange.directory import Listed
from interchange.errors import ExchangeRefused

Codes = Mapping[str, UUID]


def codes() -> dict[str, UUID]:
    """Every code and identifier, and whose it is today, else who had it last (two statements)."""
    query = select(UnitIdentifier.code, UnitIdentifier.unit_id)
    found = dict(db.session.execute(query.order_by(*orgunits.by_age())).all())
    return found | dict(db.session.execute(select(Unit.code, Unit.id)).all())


def known(listed: Listed, codes: Codes) -> UUID | None:
    """The agency that a directory means; `codes` as `codes` tells them."""
    return next((codes[code] for code in spelled(listed) if code in codes), None)


def above(listed: Listed, codes: Codes) -> UUID | None:
    """Who stands above an agency: as the directory says, else as identifiers do (QĐ 20/2020: H48.31 over H48.31.21)."""
    said = [listed.parent, *(_above(one.code) for one in listed.identifiers)]
    return next((codes[code] for one in said if one for code in spellings(one) if code in codes), None)


def spelled(listed: Listed) -> list[str]:
    """Every identifier of an agency, as both schemes write it."""
    return [code for one in listed.identifiers for code in spellings(one.code)]


def spellings(code: str) -> list[str]:
    """An identifier as it is, and as both schemes write it."""
    found = [code]
    with suppress(ExchangeRefused):
        read = identifiers.parse(code)
        found.append(read.text)
        for written in (identifiers.as_qd20, identifiers.as_qcvn102):
            with suppress(ExchangeRefused):
                found.append(written(read).text)
    return found


def depth(code: str) -> int:
    """How many levels an identifier names; 0 when it is none."""
    try:
        return identifiers.parse(code).level
    except ExchangeRefused:
        return 0


def _above(code: str) -> str:
    with suppress(ExchangeRefused):
        return ".".join(identifiers.parse(code).groups[:-1])
    return ""
