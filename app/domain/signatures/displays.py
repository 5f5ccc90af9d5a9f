"""What an agency's signature in the corner of a page shows (mẫu hiển thị), where a unit wants it otherwise than usual.

NĐ 30/2020, Phụ lục I, says what must stand there; how it is set is the unit's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.actors.actor import Actor
from app.domain.orgunits.models import Unit
from app.domain.procedures import places
from app.domain.signatures.events import DisplayChanged
from app.kernel import clock, events
from app.kernel.db import Model, command, db
from app.kernel.errors import Invalid

EDIT = "procedures.edit"
NEEDED: Mapping[str, frozenset[str]] = {
    "attachment": frozenset({"reference", "time"}),
    "copy": frozenset({"form", "agency", "time"}),
    "digitised": frozenset({"agency", "time"}),
}
"""The cases that have a text, and what the decree wants in it."""


class UnitDisplay(Model):
    """A unit's template for one case, as plain values of `signing.display.Display`."""

    __tablename__ = "unit_display"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    case: Mapped[str]
    display: Mapped[dict[str, Any]]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)

    __table_args__ = (UniqueConstraint("unit_id", "case"),)


def of(unit_id: UUID) -> dict[str, dict[str, Any]]:
    """The templates that a unit has of its own, by case."""
    return {
        one.case: one.display for one in db.session.scalars(select(UnitDisplay).where(UnitDisplay.unit_id == unit_id))
    }


def may_change(actor: Actor, unit: Unit) -> bool:
    """Whether an actor decides about the procedures of a unit, and so about this."""
    return places.may(actor, EDIT, f"units/{unit.code}", places.chart())


@command
def change(actor: Actor, unit: Unit, case: str, display: Mapping[str, Any] | None) -> None:
    """Let a unit show something of its own, or with None the usual again.

    `display` was made by `signing.display`, which refuses what cannot be shown. Errors: Forbidden, Invalid
    "display.needed" when something is missing that the decree wants.
    """
    places.require(actor, EDIT, f"units/{unit.code}", places.chart())
    query = select(UnitDisplay).where(UnitDisplay.unit_id == unit.id, UnitDisplay.case == case).with_for_update()
    kept = db.session.scalar(query)
    if display is None:
        if kept is not None:
            db.session.delete(kept)
    else:
        text = " ".join(display["lines"])
        if case not in NEEDED or not all(f"{{{name}}}" in text for name in NEEDED[case]):
            raise Invalid("form.invalid", fields={"lines": ("display.needed", {})})
        if kept is None:
            kept = UnitDisplay(unit_id=unit.id, case=case)
            db.session.add(kept)
        kept.display, kept.changed_by, kept.changed_at = dict(display), actor.person_id, clock.now()
    events.record(DisplayChanged(about=str(unit.id), case=case), actor=actor.name)
