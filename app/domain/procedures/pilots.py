"""Pilots (thí điểm): units that have a version before everybody does; when that ends only history tells of it."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, select

from app.domain.actors.actor import Actor
from app.domain.procedures.events import LayerPiloted
from app.domain.procedures.models import LayerPilot, LayerVersion
from app.kernel import events
from app.kernel.db import db


def of(version_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The places that try versions first, by version; a version that everybody has, or nobody any more, has none."""
    query = select(LayerPilot.version_id, LayerPilot.place).where(LayerPilot.version_id.in_(list(version_ids)))
    found: dict[UUID, list[str]] = {}
    for version_id, place in db.session.execute(query.order_by(LayerPilot.place)):
        found.setdefault(version_id, []).append(place)
    return found


def begin(actor: Actor, version: LayerVersion, units: Collection[str]) -> None:
    """Let these units (their places) have a version that nobody has yet."""
    places = sorted(set(units))
    db.session.add_all(LayerPilot(version_id=version.id, place=place) for place in places)
    kind, key, place, number = version.kind, version.key, version.place, version.number
    fact = LayerPiloted(about=str(version.id), kind=kind, key=key, place=place, number=number, units=places)
    events.record(fact, actor=actor.name)
    db.session.flush()


def end(version_ids: Iterable[UUID]) -> bool:
    """Let nobody be the first with these versions any more; whether anybody was."""
    gone = db.session.execute(delete(LayerPilot).where(LayerPilot.version_id.in_(list(version_ids))))
    return bool(gone.rowcount)  # type: ignore[attr-defined]
