"""Publishing (ban hành) what a place says, calling it back, and returning to what was said before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, library, notices, pilots, places, uses
from app.domain.procedures.drafts import Subject
from app.domain.procedures.events import ConflictSettled, LayerLabelled, LayerPublished, LayerRetired
from app.domain.procedures.models import LayerVersion
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing
from app.kernel.text import is_blank, is_readable

LONGEST_LABEL, LONGEST_REASON = 60, 1000


@dataclass(frozen=True)
class Words:
    """What people say about a version: a short label, and why it was made."""

    reason: str
    label: str = ""


def publish(actor: Actor, draft_id: UUID, words: Words) -> LayerVersion:
    """Make a draft the newest version of its place; the same content as the newest makes no new one.

    The gate reads the diagram before the transaction, in a child process. Raises Missing and Forbidden by the place,
    Invalid "draft.todo" when something is left to do, Conflict "draft.stale" when the draft changed meanwhile.
    """
    draft = drafts.visible_draft(actor, draft_id)
    seen = draft.row_version
    drafts.require_ready(Subject(draft.kind, draft.key, draft.place), draft.content)
    return put_in_effect(actor, draft_id, words, seen)


@command
def set_label(actor: Actor, version_id: UUID, label: str) -> LayerVersion:
    """Give a version a name people use (nhãn); its content and number stay."""
    version = _ours(actor, version_id)
    _check_words("label", label, LONGEST_LABEL, needed=False)
    version.label = label.strip()
    events.record(LayerLabelled(about=str(version.id), number=version.number), actor=actor.name)
    return version


@command
def retire(actor: Actor, version_id: UUID) -> LayerVersion:
    """Let a version begin no new case; running ones finish. With its last version gone a place inherits again.

    Raises Conflict "version.retired" the second time, "layer.in_use" while something needs what would be gone.
    """
    version = _ours(actor, version_id)
    live = [one for one in history(_about(version)) if one.retired_at is None]
    tried = pilots.of(one.id for one in live)
    live = [one for one in live if one.id not in tried]
    if version.retired_at is not None:
        raise Conflict("version.retired", number=version.number)
    if pilots.end([version.id]):
        return _retired(actor, version)
    left = [one for one in live if one.id != version.id]
    uses.check_not_needed(version, left)
    _retired(actor, version)
    if not left:
        notices.withdraw(version)
    if version.id == live[-1].id:
        notices.tell(version, left[-1] if left else version, places.chart(), retired=True)
    return version


def rollback(actor: Actor, version_id: UUID, reason: str) -> LayerVersion:
    """Make the content of an older version the newest; a draft that is being written stays as it is.

    Raises as `publish`: what ran once may ask for a form that is gone.
    """
    require_ready(actor, version_id)
    return put_back(actor, version_id, reason)


def require_ready(actor: Actor, version_id: UUID) -> None:
    """Let the gate look at an older version again, before any transaction. Raises as `publish`."""
    version = db.session.get(LayerVersion, version_id)
    if version is not None and places.sees(actor, version.place, places.chart()):
        drafts.require_ready(_about(version), version.content)


@command
def put_back(actor: Actor, version_id: UUID, reason: str) -> LayerVersion:
    """Make the content of an older version that has passed the gate again the newest."""
    version = _ours(actor, version_id)
    return add(actor, _about(version), version.content, Words(reason))


@command
def add(
    actor: Actor, about: Subject, content: Mapping[str, Any], words: Words, units: Collection[str] = ()
) -> LayerVersion:
    """The next version of a thing at a place, told to the places below; the caller has checked who may and what.

    With `units` (their places) only those have it, and nobody is told, until `widen` or `retire`. Raises Conflict
    "version.piloted" while another version is being tried there.
    """
    _check_words("reason", words.reason, LONGEST_REASON, needed=True)
    _check_words("label", words.label, LONGEST_LABEL, needed=False)
    every = history(about)
    live = [one for one in every if one.retired_at is None]
    if pilots.of(one.id for one in live):
        raise Conflict("version.piloted")
    name, newest = library.digest(dict(content)), live[-1] if live else None
    if newest is not None and newest.sha256 == name:
        return newest
    version = LayerVersion(kind=about.kind, key=about.key, place=about.place, sha256=name, content=dict(content))
    version.number = every[-1].number + 1 if every else 1
    version.label, version.reason, version.published_by = words.label.strip(), words.reason.strip(), actor.person_id
    db.session.add(version)
    db.session.flush()
    if units:
        pilots.begin(actor, version, units)
    else:
        _told(actor, newest, version)
    return version


@command
def widen(actor: Actor, version_id: UUID) -> LayerVersion:
    """Give everybody the version that some units have tried. Raises Conflict "version.not_piloted" when none do."""
    version = _ours(actor, version_id)
    live = [one for one in history(_about(version)) if one.retired_at is None and one.id != version.id]
    if not pilots.end([version.id]):
        raise Conflict("version.not_piloted")
    _told(actor, live[-1] if live else None, version)
    return version


@command
def put_in_effect(actor: Actor, draft_id: UUID, words: Words, seen: int, units: Collection[str] = ()) -> LayerVersion:
    """Publish a draft that has passed the gate as it was `seen`, to everybody or to some `units` first."""
    draft = drafts.locked_draft(actor, draft_id, "procedures.publish")
    if draft.row_version != seen:
        raise Conflict("draft.stale")
    version = add(actor, Subject(draft.kind, draft.key, draft.place), draft.content, words, units)
    db.session.delete(draft)
    return version


def _ours(actor: Actor, version_id: UUID) -> LayerVersion:
    """A version that is ours alone, for those who may publish at its place; for strangers there is none."""
    version = locked(LayerVersion, version_id)
    known = places.chart()
    if version is None or not places.sees(actor, version.place, known):
        raise Missing("version.missing")
    places.require(actor, "procedures.publish", version.place, known)
    return version


def _told(actor: Actor, old: LayerVersion | None, version: LayerVersion) -> None:
    """A version is in effect for everybody."""
    db.session.flush()
    fact = LayerPublished(
        about=str(version.id), kind=version.kind, key=version.key, place=version.place, number=version.number
    )
    events.record(fact, actor=actor.name)
    for notice in notices.overtaken(version):
        events.record(ConflictSettled(about=str(notice.id), how="follow"), actor=actor.name)
    notices.tell(old, version, places.chart())


def _retired(actor: Actor, version: LayerVersion) -> LayerVersion:
    version.retired_at, version.retired_by = clock.now(), actor.person_id
    db.session.flush()
    fact = LayerRetired(
        about=str(version.id), kind=version.kind, key=version.key, place=version.place, number=version.number
    )
    events.record(fact, actor=actor.name)
    return version


def _about(version: LayerVersion) -> Subject:
    return Subject(version.kind, version.key, version.place)


def history(about: Subject) -> list[LayerVersion]:
    """Every version of a thing at a place, oldest first, ours alone: two who publish at once take turns."""
    mine = (LayerVersion.kind == about.kind, LayerVersion.key == about.key, LayerVersion.place == about.place)
    query = select(LayerVersion).where(*mine).order_by(LayerVersion.number).with_for_update()
    return list(db.session.scalars(query))


def _check_words(name: str, text: str, longest: int, *, needed: bool) -> None:
    """Refuse what cannot be kept whole, and an act without a reason."""
    if needed and is_blank(text):
        raise Invalid("form.invalid", fields={name: ("form.required", {})})
    if len(text) > longest:
        raise Invalid("form.invalid", fields={name: ("form.maxLength", {"limit": longest})})
    if not is_readable(text):
        raise Invalid("form.invalid", fields={name: ("form.characters", {})})
