"""Who works on a sent document at its recipients, down to each assignment, as far as the sender may look.

A superior sees the posts, parts and deadlines of the units below it; never what was written there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.cases.models import Case, SlipItem
from app.domain.exchange.models import Arrival, Delivery
from app.domain.orgunits import queries as orgunits
from app.domain.orgunits.models import Post, Unit
from app.kernel import clock
from app.kernel.db import db

_PARTS = ("lead", "co_handler", "information")


@dataclass(frozen=True)
class Assignment:
    """One line of a recipient's slip: the post, its division, its part, and how far it is."""

    post: str
    unit: str
    part: str
    made_at: datetime
    due_at: datetime | None
    done_at: datetime | None

    @property
    def is_late(self) -> bool:
        """Whether it is not done although its time is over."""
        return self.done_at is None and self.due_at is not None and self.due_at < clock.now()

    @property
    def order(self) -> tuple[bool, bool, int, datetime]:
        """Late ones first, then what is not done, then by part."""
        return (not self.is_late, self.done_at is not None, _PARTS.index(self.part), self.made_at)


def below(sender_id: UUID, deliveries: Sequence[Delivery]) -> dict[UUID, list[Assignment]]:
    """The assignments at each recipient that stands below the sender (two statements)."""
    under = set(orgunits.below(sender_id))
    wanted = [one for one in deliveries if one.recipient_id in under]
    if not wanted:
        return {}
    query = select(Arrival.recipient_id, SlipItem, Post.title, Unit.short_name, Case.ended_at)
    query = query.join(Case, Case.document_id == Arrival.document_id).join(SlipItem, SlipItem.case_id == Case.id)
    query = query.join(Post, Post.id == SlipItem.post_id).join(Unit, Unit.id == Post.unit_id)
    query = query.where(
        Arrival.sender_id == sender_id,
        Arrival.message_id.in_({one.message_id for one in wanted}),
        Arrival.recipient_id.in_([one.recipient_id for one in wanted]),
    )
    found: dict[UUID, list[Assignment]] = {}
    for recipient_id, item, title, unit, ended_at in db.session.execute(query):
        done_at = item.done_at or (ended_at if item.part == "lead" else None)  # who leads is done when the work is
        line = Assignment(title, unit, item.part, item.made_at, item.due_at, done_at)
        found.setdefault(recipient_id, []).append(line)
    return {recipient: sorted(lines, key=lambda one: one.order) for recipient, lines in found.items()}
