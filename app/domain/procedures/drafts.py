"""Drafts (bản nháp) of what a place will say: kept apart, never run, and never lost to somebody who saves later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.procedures import checks, contents, layers, places, states
from app.domain.procedures.checks import Todo
from app.domain.procedures.effective import Standing
from app.domain.procedures.events import LayerDraftDiscarded, LayerDraftSaved
from app.domain.procedures.models import LayerDraft
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing

SESSION: Final = timedelta(minutes=30)
"""Saves of one person that are no farther apart are one session of work, and one fact of the journal: an editor that
saves by itself would bury everything else there, and each state of the draft is kept anyway (`states`)."""


@dataclass(frozen=True)
class Subject:
    """What a draft or a version is about: a thing (`kind` and `key`) at a place."""

    kind: str
    key: str
    place: str


@command
def save_draft(
    actor: Actor, about: Subject, content: Mapping[str, Any], *, row_version: int | None = None
) -> LayerDraft:
    """Keep what somebody writes; `row_version` is the draft they began from, None when there was none.

    Raises Missing and Forbidden by the place, Invalid for content that no layer may say, Conflict "draft.stale" when
    somebody else saved meanwhile: then neither is lost.
    """
    known = places.chart()
    places.require(actor, "procedures.edit", about.place, known)
    contents.check(about.kind, content)
    if not contents.is_key(about.key):
        raise Invalid("layer.key")
    draft = _ours(about)
    if (None if draft is None else draft.row_version) != row_version:
        raise Conflict("draft.stale")
    goes_on = draft is not None and draft.changed_by == actor.person_id and clock.now() - draft.changed_at < SESSION
    if draft is None:
        draft = LayerDraft(kind=about.kind, key=about.key, place=about.place, based_on=_number(about))
        db.session.add(draft)
    else:
        states.keep(draft, actor)
    draft.content, draft.changed_at, draft.changed_by = dict(content), clock.now(), actor.person_id
    db.session.flush()
    if not goes_on:
        fact = LayerDraftSaved(about=str(draft.id), kind=about.kind, key=about.key, place=about.place)
        events.record(fact, actor=actor.name)
    return draft


@command
def discard_draft(actor: Actor, draft_id: UUID) -> None:
    """Throw a draft away; what is published stays as it is."""
    draft = locked_draft(actor, draft_id, "procedures.edit")
    db.session.delete(draft)
    fact = LayerDraftDiscarded(about=str(draft.id), kind=draft.kind, key=draft.key, place=draft.place)
    events.record(fact, actor=actor.name)


def todo(draft: LayerDraft) -> list[Todo]:
    """What is left to do before a draft may be published."""
    return left(Subject(draft.kind, draft.key, draft.place), draft.content)


def left(about: Subject, content: Mapping[str, Any], settled: str = "") -> list[Todo]:
    """What is left to do before a place may say something: it is put on what stands behind the place.

    `settled` is a place above whose newest word counts already, although a conflict still holds it back.
    """
    return checks.todo(checks.Draft(about.kind, about.key, content, behind(about, settled)))


def behind(about: Subject, settled: str = "") -> Standing:
    """What stands behind a place for a thing: all it would see if it said nothing of it itself; see `left`."""
    chain = places.chart().seen_from(about.place)
    mine = (about.kind, about.key, about.place)
    shelf = layers.shelf(chain).released(*mine, settled)
    return tuple(one for one in shelf.along(chain) if (one.kind, one.key, one.place) != mine)


def require_ready(about: Subject, content: Mapping[str, Any], settled: str = "") -> None:
    """Refuse (Invalid "draft.todo") what leaves something to do. The gate reads in a child: not in a transaction."""
    found = left(about, content, settled)
    if found:
        raise Invalid("draft.todo", count=len(found), first=found[0].reason)


def draft_about(about: Subject) -> LayerDraft | None:
    """The draft of a thing at a place; the caller has decided that it may be seen."""
    mine = (LayerDraft.kind == about.kind, LayerDraft.key == about.key, LayerDraft.place == about.place)
    return db.session.scalar(select(LayerDraft).where(*mine))


def published(about: Subject) -> dict[str, Any]:
    """What a place says of a thing today; nothing when it only inherits."""
    heads = layers.shelf([about.place]).heads
    mine = next((one for one in heads if (one.kind, one.key) == (about.kind, about.key)), None)
    return {} if mine is None else dict(layers.contents([mine.id])[mine.id])


def locked_draft(actor: Actor, draft_id: UUID, permission: str) -> LayerDraft:
    """A draft that is ours alone; Missing for whoever may not edit at its place, Forbidden without the permission."""
    draft = locked(LayerDraft, draft_id)
    known = places.chart()
    if draft is None or not places.may(actor, "procedures.edit", draft.place, known):
        raise Missing("draft.missing")
    places.require(actor, permission, draft.place, known)
    return draft


def visible_draft(actor: Actor, draft_id: UUID) -> LayerDraft:
    """A draft, for those who may edit it; for everybody else there is none (Missing)."""
    draft = db.session.get(LayerDraft, draft_id)
    if draft is None or not places.may(actor, "procedures.edit", draft.place, places.chart()):
        raise Missing("draft.missing")
    return draft


def _ours(about: Subject) -> LayerDraft | None:
    found = draft_about(about)
    return None if found is None else locked(LayerDraft, found.id)


def _number(about: Subject) -> int:
    heads = layers.shelf([about.place]).heads
    return next((one.number for one in heads if (one.kind, one.key) == (about.kind, about.key)), 0)
