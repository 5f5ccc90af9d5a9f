"""Settling what a place above changed: follow it, keep one's own word, or bring both diagrams together."""

from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, layers, notices, patches, places, publishing
from app.domain.procedures.events import ConflictSettled
from app.domain.procedures.models import LayerNotice, LayerVersion
from app.domain.procedures.publishing import Words
from app.kernel import clock, events
from app.kernel.db import command, db, locked
from app.kernel.errors import Conflict, Invalid, Missing

HOW = ("follow", "keep", "merge", "seen")


@command
def settle(actor: Actor, notice_id: UUID, *, how: str, reason: str = "") -> LayerNotice:
    """Settle a notice: `seen` when the place follows anyway; of a conflict `follow`, `keep` or `merge`.

    `follow` drops what the place itself says about what changed above, `merge` takes the change above into its own
    diagram: both publish a new version of the place. `keep` leaves its word as it is. From then on the new version
    above is the one it stands on. Raises Conflict "notice.settled" the second time, Invalid "notice.how" for what
    does not fit, "notice.overlap" with the elements that both sides changed.
    """
    notice = _ours(actor, notice_id)
    if notice.settled_at is not None:
        raise Conflict("notice.settled")
    if how not in HOW or (how == "seen") != (notice.outcome == "follows"):
        raise Invalid("notice.how")
    about = drafts.Subject(notice.kind, notice.key, notice.place)
    content = None if how in ("seen", "keep") else _content(notice, own_content(notice), how)
    notice.settled_at, notice.settled_by, notice.how = clock.now(), actor.person_id, how
    db.session.flush()
    if content is not None:
        number = db.session.get_one(LayerVersion, notice.new_version_id).number
        publishing.add(actor, about, content, Words(reason or f"{how}: {notice.above} {number}"))
    events.record(ConflictSettled(about=str(notice.id), how=how), actor=actor.name)
    return notice


def own_content(notice: LayerNotice) -> dict[str, object]:
    """What the place of a notice says itself today."""
    heads = layers.shelf([notice.place]).heads
    mine = next((one for one in heads if (one.kind, one.key) == (notice.kind, notice.key)), None)
    return {} if mine is None else dict(layers.contents([mine.id])[mine.id])


def visible_notice(actor: Actor, notice_id: UUID) -> LayerNotice:
    """A notice, for those who may edit at its place; for everybody else there is none (Missing)."""
    notice = db.session.get(LayerNotice, notice_id)
    if notice is None or not places.may(actor, "procedures.edit", notice.place, places.chart()):
        raise Missing("notice.missing")
    return notice


def _ours(actor: Actor, notice_id: UUID) -> LayerNotice:
    notice = locked(LayerNotice, notice_id)
    known = places.chart()
    if notice is None or not places.may(actor, "procedures.edit", notice.place, known):
        raise Missing("notice.missing")
    places.require(actor, "procedures.publish", notice.place, known)
    return notice


def _content(notice: LayerNotice, own: dict[str, object], how: str) -> dict[str, object]:
    if how == "follow":
        return patches.without(own, notices.overlap(*notices.above(notice), own))
    found = notices.merged_diagram(notice, own)
    if found is None:
        raise Invalid("notice.how")
    if found.xml is None:
        raise Conflict("notice.overlap", elements=", ".join(found.overlaps))
    return {**own, "diagram": found.xml.decode()}
