"""Earlier states of a draft (lịch sử bản nháp): as many as somebody who lost their way needs, and no more."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.domain.actors.actor import Actor
from app.domain.procedures.models import DraftState, LayerDraft
from app.kernel import clock
from app.kernel.db import db
from app.kernel.errors import Missing

PAUSE: Final = timedelta(minutes=1)
"""States of one person that lie closer together are one: an editor saves after every stroke."""
MOST: Final = 60
MOST_BYTES: Final = 20_000_000
OLDEST: Final = timedelta(days=60)


def keep(draft: LayerDraft, actor: Actor) -> None:
    """Keep a locked draft as it stands, before `actor` writes on.

    What somebody else wrote is always kept; of one's own the first state of each minute.
    """
    kept = of(draft.id)
    newest = kept[0] if kept else None
    is_own = draft.changed_by == actor.person_id
    if newest is not None and is_own and draft.changed_at - newest.changed_at < PAUSE:
        return
    state = DraftState(draft_id=draft.id, number=draft.row_version, content=draft.content)
    state.size, state.changed_at, state.changed_by = (
        len(orjson.dumps(draft.content)),
        draft.changed_at,
        draft.changed_by,
    )
    db.session.add(state)
    for one in _too_many([state, *kept]):
        db.session.delete(one)


def of(draft_id: UUID) -> list[DraftState]:
    """The earlier states of a draft, newest first, without their content; the caller has decided who may know."""
    query = select(DraftState).where(DraftState.draft_id == draft_id).order_by(DraftState.number.desc())
    return list(db.session.scalars(query.options(defer(DraftState.content))))


def state(draft_id: UUID, number: int) -> DraftState:
    """One earlier state; Missing "draft.state_missing" when it is no longer kept."""
    mine = (DraftState.draft_id == draft_id, DraftState.number == number)
    found = db.session.scalar(select(DraftState).where(*mine))
    if found is None:
        raise Missing("draft.state_missing")
    return found


def content(draft_id: UUID, number: int) -> Mapping[str, Any]:
    """What a draft said at a state, the present one among them."""
    draft = db.session.get(LayerDraft, draft_id)
    return draft.content if draft is not None and draft.row_version == number else state(draft_id, number).content


def _too_many(kept: Sequence[DraftState]) -> Iterator[DraftState]:
    """What must go (newest first is given): the too old, then of the rest those closest to the one before them.

    So the last minutes are remembered stroke by stroke, last week by its days. The newest two always stay.
    """
    now = clock.now()
    yield from (one for one in kept[2:] if now - one.changed_at > OLDEST)
    rest = [one for at, one in enumerate(kept) if at < 2 or now - one.changed_at <= OLDEST]  # noqa: PLR2004 - as said
    while len(rest) > 2 and (len(rest) > MOST or sum(one.size for one in rest) > MOST_BYTES):  # noqa: PLR2004
        at = min(range(2, len(rest)), key=lambda at: _weight(rest[at - 1].changed_at, rest[at].changed_at, now))
        yield rest.pop(at)


def _weight(newer: datetime, older: datetime, now: datetime) -> float:
    """How much would be missed without the older of two neighbours: a gap counts less the longer ago it is."""
    return (newer - older) / (now - older + PAUSE)
