"""Who took over from an agency that was abolished (cơ quan kế thừa): said by its operator, or by its peer."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.exchange import peers
from app.domain.exchange.events import SuccessorNamed
from app.domain.exchange.models import Delivery
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Succession, Unit
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Invalid, Missing


def known() -> list[tuple[Unit, Unit, date]]:
    """Every abolished unit whose successor is known, with that and its first day, newest first."""
    found = list(db.session.scalars(select(Succession).order_by(Succession.since.desc())))
    units = orgunits.units(unit_id for one in found for unit_id in (one.unit_id, one.successor_id))
    return [(units[one.unit_id], units[one.successor_id], one.since) for one in found]


@command
def name(actor: Actor, unit_id: UUID, successor_id: UUID, since: date) -> None:
    """Say who took over from an agency, which ended on the day before; said anew it is another.

    Only identifiers follow: work that is open stays where it is. Errors: Forbidden; Missing; Invalid
    "succession.wrong" for an agency that took over from itself, or one that is abolished.
    """
    peers.require_operator(actor)
    unit, heir = locked(Unit, unit_id), orgunits.unit(successor_id)
    if unit is None:
        raise Missing("unit.missing")
    if not (unit.is_agency and heir.is_agency) or unit.id == heir.id or orgunits.is_over(heir):
        raise Invalid("succession.wrong")
    _keep(actor, unit, heir, since)


def learn(unit: Unit, heir: Unit | None, ended: str) -> None:
    """What the peer of an agency says of its end (a day, empty when there is none); `heir` is the peer's, too."""
    if not ended:
        return
    unit.valid_to = date.fromisoformat(ended)
    if heir is not None and heir.id != unit.id and not orgunits.is_over(heir):
        _keep(SYSTEM, unit, heir, unit.valid_to + timedelta(days=1))


@command
def heed(delivery_id: UUID, said: Mapping[str, Any]) -> None:
    """Learn from a refusal who took over from a recipient. Nobody can send us to an agency of somebody else's."""
    code = said.get("successor")
    recipient = db.session.get_one(Delivery, delivery_id).recipient
    peer = peers.of_agency(recipient.id)
    if peer is None or not isinstance(code, str):
        return
    heir = next((one for one in peers.agencies(peer.id) if one.code == code), None)
    ended = recipient.valid_to if orgunits.is_over(recipient) else clock.office_day() - timedelta(days=1)
    learn(recipient, heir, str(ended))


def _keep(actor: Actor, unit: Unit, heir: Unit, since: date) -> None:
    row = db.session.scalar(select(Succession).where(Succession.unit_id == unit.id))
    if row is not None and (row.successor_id, row.since) == (heir.id, since):
        return
    if row is None:
        row = Succession(unit_id=unit.id)
        db.session.add(row)
    row.successor_id, row.since, unit.valid_to = heir.id, since, since - timedelta(days=1)
    db.session.flush()
    events.record(SuccessorNamed(about=str(unit.id), successor_id=str(heir.id)), actor=actor.name)
