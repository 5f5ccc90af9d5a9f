"""What a publication means for the places below: they follow, or there is a conflict for them to settle."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update

from app.domain.procedures import layers, patches, places
from app.domain.procedures.layers import Head
from app.domain.procedures.models import LayerNotice, LayerVersion
from app.domain.procedures.patches import Path
from app.engine.differences import ADDED, differences
from app.engine.threeway import Merge, merge
from app.kernel import clock
from app.kernel.db import db

DIAGRAM: Path = ("diagram",)


def tell(old: LayerVersion | None, new: LayerVersion, known: places.Chart, *, retired: bool = False) -> None:
    """Tell every place below that has a word of its own on the same thing what a new version above means for it.

    Where both speak of the same leaf nothing changes below until the conflict is settled: the place goes on with the
    old version above. A conflict that is open already is judged anew, from where the place still stands. A version
    that was `retired` holds nothing back: it is `old` and, when nothing is left at its place, `new` as well.
    """
    heads = [one for one in layers.shelf().heads if (one.kind, one.key) == (new.kind, new.key)]
    below = known.below(new.place, (one.place for one in heads))
    pending = {one.place: one for one in _open(new)} if below else {}
    for head in heads:
        if head.place in below:
            _tell_one(head, _replaced(pending.get(head.place), old), new, retired=retired)


def foreseen(about: tuple[str, str, str], new: Mapping[str, Any], known: places.Chart) -> dict[str, set[Path]]:
    """What each place below would be told if a place (`about`: kind, key, place) said this: the leaves in conflict.

    No leaves: it would follow. A place whose conflict is open already is judged from where it still stands.
    """
    kind, key, above = about
    shelf = layers.shelf()
    heads = {one.place: one for one in shelf.heads if (one.kind, one.key) == (kind, key)}
    below = known.below(above, heads)
    base = {place: heads.get(above) for place in below}
    base |= {one.place: one.old for one in shelf.held if (one.kind, one.key, one.above) == about and one.place in below}
    said = layers.contents(one.id for one in (*heads.values(), *base.values()) if one is not None)
    old = {place: {} if one is None else said[one.id] for place, one in base.items()}
    return {place: overlap(old[place], new, said[heads[place].id]) for place in sorted(below)}


def withdraw(version: LayerVersion) -> None:
    """A place that has nothing of its own on a thing any more has nothing to settle: it inherits what is above now."""
    mine = (LayerNotice.kind == version.kind, LayerNotice.key == version.key, LayerNotice.place == version.place)
    query = update(LayerNotice).where(*mine, LayerNotice.settled_at.is_(None))
    db.session.execute(query.values(settled_at=clock.now(), how="withdrawn"))


def overtaken(version: LayerVersion) -> list[LayerNotice]:
    """Conflicts that a new version of a place leaves nothing of, closed: it no longer speaks of what changed above."""
    mine = (LayerNotice.kind == version.kind, LayerNotice.key == version.key, LayerNotice.place == version.place)
    query = select(LayerNotice).where(*mine, LayerNotice.settled_at.is_(None), LayerNotice.outcome == "conflict")
    found = [one for one in db.session.scalars(query) if not overlap(*above(one), version.content)]
    for one in found:
        one.settled_at, one.settled_by, one.how = clock.now(), version.published_by, "follow"
    return found


def overlap(old: Mapping[str, Any], new: Mapping[str, Any], own: Mapping[str, Any]) -> set[Path]:
    """The leaves of a place's own content that speak of what changed above, also by changing or losing a drawn step."""
    changed = set(filter(patches.runs, patches.changed(old, new)))
    found = patches.shared(changed, patches.leaves(own))
    if DIAGRAM in changed:
        drawn = _redrawn(old, new)
        found |= {path for path in patches.leaves(own) if set(_drawn_step(path, own)) & drawn}
    return found


def merged_diagram(
    notice: LayerNotice, own: Mapping[str, Any], choices: Mapping[str, str] = MappingProxyType({})
) -> Merge | None:
    """The diagram of a place with what changed above it, by `threeway.merge`; None when not all three have one."""
    old, new = above(notice)
    if not all("diagram" in one for one in (old, new, own)):
        return None
    base, ours, theirs = (str(one["diagram"]).encode() for one in (old, own, new))
    return merge(base, ours, theirs, choices)


def above(notice: LayerNotice) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What the place above said before, and what it says now."""
    wanted = [key for key in (notice.old_version_id, notice.new_version_id) if key is not None]
    known = layers.contents(wanted)
    return known[notice.old_version_id] if notice.old_version_id else {}, known[notice.new_version_id]


def _replaced(pending: LayerNotice | None, old: LayerVersion | None) -> LayerVersion | None:
    """The version above that a place stands on, which is older than the last one while a conflict is open."""
    if pending is None:
        return old
    pending.settled_at, pending.how = clock.now(), "replaced"
    if pending.outcome == "follows":
        return old
    return None if pending.old_version_id is None else db.session.get(LayerVersion, pending.old_version_id)


def _tell_one(head: Head, base: LayerVersion | None, new: LayerVersion, *, retired: bool) -> None:
    before = {} if base is None else base.content
    after = {} if base is new else new.content
    paths = sorted(patches.dotted(path) for path in overlap(before, after, layers.contents([head.id])[head.id]))
    notice = LayerNotice(kind=new.kind, key=new.key, place=head.place, above=new.place, paths=paths)
    notice.old_version_id = None if base is None else base.id
    notice.new_version_id, notice.outcome = new.id, "conflict" if paths and not retired else "follows"
    db.session.add(notice)


def _open(new: LayerVersion) -> Iterable[LayerNotice]:
    query = select(LayerNotice).where(LayerNotice.kind == new.kind, LayerNotice.key == new.key)
    return db.session.scalars(query.where(LayerNotice.above == new.place, LayerNotice.settled_at.is_(None)))


def _drawn_step(path: Path, own: Mapping[str, Any]) -> tuple[str, ...]:
    """The step of the diagram that a word is about; what is put in stands behind one."""
    if path[0] == "added" and len(path) > 1:
        return (str((own["added"][path[1]] or {}).get("after", "")),)
    return path[1:2] if path[0] in ("steps", "forms") else ()


def _redrawn(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    if not (old.get("diagram") and new.get("diagram")):
        return set()
    found = differences(*(str(one["diagram"]).encode() for one in (old, new)))
    return {one.id for one in found if one.what != ADDED}
