"""Agencies of a peer that nobody here knows yet (cơ quan chưa có ở đây), until they are taken up."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.exchange.models import Stranger
from app.domain.orgunits import collation, naming
from app.domain.orgunits.models import Unit
from app.kernel import clock
from app.kernel.db import command, db
from app.kernel.text import is_blank, is_readable
from interchange.directory import Listed, read_listed

LONGEST_NAME = 300


def of(peer_id: UUID) -> list[Listed]:
    """The agencies a peer publishes that are not here, by name."""
    rows = db.session.scalars(select(Stranger).where(Stranger.peer_id == peer_id))
    return sorted((read_listed(one.listed) for one in rows), key=lambda one: collation.order(one.name))


@command
def note(peer_id: UUID, listed: Iterable[Listed]) -> None:
    """Keep which agencies a peer publishes that nobody here knows; those it does not name any more are forgotten."""
    found = {one.identifiers[0].code: one for one in listed if is_named(one)}
    db.session.execute(delete(Stranger).where(Stranger.peer_id == peer_id))
    db.session.add_all(Stranger(peer_id=peer_id, code=code, listed=asdict(one)) for code, one in found.items())
    db.session.flush()


def is_named(listed: Listed) -> bool:
    """Whether a unit can be made of an agency: it works today, and has a name and a code that can be shown."""
    is_over = bool(listed.valid_to) and date.fromisoformat(listed.valid_to) < clock.office_day()
    return (
        bool(listed.identifiers)
        and not is_over
        and len(listed.name) <= LONGEST_NAME
        and is_readable(listed.name)
        and not is_blank(listed.name)
    )


@command
def settle(peer_id: UUID, listed: Listed, level: str) -> Unit:
    """Make a unit of a stranger. It works elsewhere: nobody here has a post in it."""
    first = listed.identifiers[0]
    since = date.fromisoformat(first.valid_from) if first.valid_from else clock.office_day()
    names = {"name": listed.name, "short_name": naming.short_name(listed.name), "abbreviation": "", "place": ""}
    unit = Unit(code=first.code, **names, level_code=level, is_agency=True, valid_from=since)
    db.session.add(unit)
    db.session.execute(delete(Stranger).where(Stranger.peer_id == peer_id, Stranger.code == first.code))
    db.session.flush()
    return unit
