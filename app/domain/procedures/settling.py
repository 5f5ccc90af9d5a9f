"""Settling what a place above changed: follow it, keep one's own word, or bring both diagrams together."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.procedures import choosing, drafts, notices, patches, places, publishing
from app.domain.procedures.drafts import Subject
from app.domain.procedures.events import ConflictSettled
from app.domain.procedures.models import LayerDraft, LayerNotice, LayerVersion
from app.domain.procedures.publishing import Words
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing

HOW = ("follow", "keep", "merge", "choose", "seen")
WRITES = ("follow", "merge", "choose")
_NOTHING: Mapping[str, str] = MappingProxyType({})


def settle(
    actor: Actor, notice_id: UUID, *, how: str, reason: str = "", choices: Mapping[str, str] = _NOTHING
) -> LayerNotice:
    """Settle a notice: `seen` when the place follows anyway; of a conflict `follow`, `keep`, `merge` or `choose`.

    `follow` drops what the place itself says about what changed above, `merge` takes the change above into its own
    diagram, `choose` does what `choices` say (see `choosing`): they publish a new version of the place. `keep` leaves
    its word as it is. From then on the new version above is the one it stands on. Raises Conflict "notice.settled" the
    second time, Invalid "notice.how" for what does not fit, Conflict "notice.overlap" with the elements that both
    sides changed, and as `chosen` and `publish`.
    """
    notice = visible_notice(actor, notice_id)
    about = Subject(notice.kind, notice.key, notice.place)
    if how in WRITES and notice.settled_at is None:
        drafts.require_ready(about, _content(notice, drafts.published(about), how, choices), notice.above)
    return _settle(actor, notice_id, how, reason, choices)


def take_into_draft(actor: Actor, notice_id: UUID, choices: Mapping[str, str]) -> LayerDraft:
    """Write what was chosen into a draft, to go on from there; the conflict stays open until it is settled.

    Raises Conflict "notice.draft" when the place has a draft already: nobody's work is written over.
    """
    notice = visible_notice(actor, notice_id)
    about = Subject(notice.kind, notice.key, notice.place)
    if drafts.draft_about(about) is not None:
        raise Conflict("notice.draft")
    return drafts.save_draft(actor, about, choosing.chosen(notice, drafts.published(about), choices))


def visible_notice(actor: Actor, notice_id: UUID) -> LayerNotice:
    """A notice, for those who may edit at its place; for everybody else there is none (Missing)."""
    notice = db.session.get(LayerNotice, notice_id)
    if notice is None or not places.may(actor, "procedures.edit", notice.place, places.chart()):
        raise Missing("notice.missing")
    return notice


@command
def _settle(actor: Actor, notice_id: UUID, how: str, reason: str, choices: Mapping[str, str]) -> LayerNotice:
    notice = _ours(actor, notice_id)
    if notice.settled_at is not None:
        raise Conflict("notice.settled")
    if how not in HOW or (how == "seen") != (notice.outcome == "follows"):
        raise Invalid("notice.how")
    about = Subject(notice.kind, notice.key, notice.place)
    content = _content(notice, drafts.published(about), how, choices) if how in WRITES else None
    notice.settled_at, notice.settled_by, notice.how = clock.now(), actor.person_id, how
    db.session.flush()
    if content is not None:
        number = db.session.get_one(LayerVersion, notice.new_version_id).number
        publishing.add(actor, about, content, Words(reason or f"{how}: {notice.above} {number}"))
    events.record(ConflictSettled(about=str(notice.id), how=how), actor=actor.name)
    return notice


def _ours(actor: Actor, notice_id: UUID) -> LayerNotice:
    notice = locked(LayerNotice, notice_id)
    known = places.chart()
    if notice is None or not places.may(actor, "procedures.edit", notice.place, known):
        raise Missing("notice.missing")
    places.require(actor, "procedures.publish", notice.place, known)
    return notice


def _content(notice: LayerNotice, own: dict[str, Any], how: str, choices: Mapping[str, str]) -> dict[str, Any]:
    if how == "choose":
        return choosing.chosen(notice, own, choices)
    if how == "follow":
        return patches.without(own, notices.overlap(*notices.above(notice), own))
    found = notices.merged_diagram(notice, own)
    if found is None:
        raise Invalid("notice.how")
    if found.xml is None:
        raise Conflict("notice.overlap", elements=", ".join(found.overlaps))
    return {**own, "diagram": found.xml.decode()}
