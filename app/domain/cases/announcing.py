"""Telling the heads and clerks of the units concerned that a procedure has changed, or has been changed back."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from app.domain.cases import notices, planning
from app.domain.cases.rollouts import PILOT, PUBLISHED, UNDONE, Rollout
from app.domain.orgunits import desks
from app.domain.procedures import layers, places
from app.kernel.db import db

TOLD = frozenset({PILOT, PUBLISHED, UNDONE})
CLERK = "clerk"


def announce(rollout_id: UUID, state: str, units: Sequence[str]) -> None:
    """Write the notices of one step of a rollout; `units` (codes) are those it concerns, none: all who look there."""
    rollout = db.session.get(Rollout, rollout_id)
    if rollout is None or state not in TOLD:
        return
    title = _title(rollout)
    detail = {"titles": title, "key": rollout.key, "summary": planning.of(rollout).summary}
    for unit_id in _concerned(rollout, state, units):
        notices.give(_posts(unit_id), once=uuid5(rollout.id, state), code=f"notice.rollout.{state}", detail=detail)


def tell_refused(rollout: Rollout, posts: Iterable[UUID]) -> None:
    """Tell whoever planned a publication that it did not happen."""
    detail = {"titles": _title(rollout), "key": rollout.key, "summary": planning.of(rollout).summary}
    once = uuid5(rollout.id, f"refused:{rollout.planned_for}")
    notices.give(posts, once=once, code="notice.rollout.refused", detail=detail)


def _concerned(rollout: Rollout, state: str, units: Sequence[str]) -> Iterable[UUID]:
    """The agencies that have the version, or had it before it was taken back."""
    known, shelf = places.chart(), layers.shelf()
    for unit in known.units.values():
        chain = known.chain(unit.id)
        if not unit.is_agency or rollout.place not in chain or (units and unit.code not in units):
            continue
        if state == UNDONE or rollout.version_id in {one.id for one in shelf.along(chain)}:
            yield unit.id


def _posts(unit_id: UUID) -> set[UUID]:
    """The desks of whoever heads an agency, and of its clerks."""
    inside = desks.of(unit_id)
    head, clerks = desks.head(unit_id, inside), desks.with_role(CLERK, unit_id, inside)
    return {desk.post_id for desk in (head, *clerks) if desk is not None}


def _title(rollout: Rollout) -> dict[str, str]:
    """What the procedure calls itself at the place, by language."""
    found = layers.thing(layers.shelf().along(places.chart().seen_from(rollout.place)), "procedure", rollout.key)
    return {} if found is None else dict(found.content.get("title", {}))
