"""Comparing (so sánh) two versions, a draft with what is in effect, or a unit with the unit above it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, effective, layers, patches, places, queries
from app.domain.procedures.drafts import Subject
from app.domain.procedures.models import LayerDraft, LayerVersion
from app.domain.procedures.patches import Path
from app.engine.comparing import Change, compared
from app.kernel.errors import Missing, OfficeError

DRAWN: frozenset[Path] = frozenset({("diagram",), ("dmn",)})
_STEPWISE = ("steps", "forms")


@dataclass(frozen=True)
class Side:
    """What stands on one side: the whole content, and its diagram with every word about single steps in it."""

    content: Mapping[str, Any]
    diagram: bytes | None


@dataclass(frozen=True)
class Comparison:
    """Two sides, what differs in their diagrams element by element, and every other value that differs."""

    old: Side
    new: Side
    elements: tuple[Change, ...]
    values: tuple[tuple[Path, Any, Any], ...]


def versions(actor: Actor, version_id: UUID, against: int | None) -> tuple[Comparison, LayerVersion | None]:
    """A version beside another one of its place, by its number, or beside the one before.

    Both lie on what stands behind the place today, so that a word about one step is seen at that step. That the place
    has a drawing of its own from then on, or none any more, is told even where it looks the same.
    """
    found = queries.visible_version(actor, version_id)
    others = [
        one for one in queries.versions(actor, found.kind, found.key) if one.place == found.place and one.id != found.id
    ]
    named = next((one for one in others if one.number == against), None)
    if against is not None and named is None:
        raise Missing("version.missing")
    other = named or next((one for one in others if one.number < found.number), None)
    behind = _behind(Subject(found.kind, found.key, found.place))
    old = {} if other is None else other.content
    whole = contents(patches.merged(behind, old), patches.merged(behind, found.content))
    drawn = (one for one in contents(old, found.content).values if one[0] in DRAWN and one not in whole.values)
    return replace(whole, values=(*drawn, *whole.values)), other


def draft(actor: Actor, draft_id: UUID) -> tuple[Comparison, LayerDraft]:
    """A draft beside what its place says today."""
    found = drafts.visible_draft(actor, draft_id)
    about = Subject(found.kind, found.key, found.place)
    behind = _behind(about)
    now = patches.merged(behind, drafts.published(about))
    return contents(now, patches.merged(behind, found.content)), found


def with_above(actor: Actor, key: str, unit_code: str) -> tuple[Comparison, str]:
    """A procedure as a unit has it beside how the unit above it has it, and the code of that unit.

    Raises Missing for what the actor may not see, and for a unit that has none above it.
    """
    mine = queries.explain(actor, key, unit_code)
    known = places.chart()
    line = list(known.line(mine.unit.id))
    if len(line) == 1:
        raise Missing("unit.missing")
    chains = [known.chain(unit.id) for unit in line[:2]]
    shelf = layers.shelf({place for chain in chains for place in chain})
    own, above = (layers.thing(shelf.along(chain), "procedure", key) for chain in chains)
    sides = ({} if one is None else one.content for one in (above, own))
    return contents(*sides), line[1].code


def contents(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Two whole contents beside each other."""
    one, other = _side(old), _side(new)
    both = one.diagram is not None and other.diagram is not None
    elements = compared(one.diagram, other.diagram) if one.diagram is not None and other.diagram is not None else []
    before, after = patches.leaves(old), patches.leaves(new)
    shown = sorted(
        path
        for path in patches.changed(old, new)
        if not (path in DRAWN and path in before and path in after) and not (both and path[0] in _STEPWISE)
    )
    return Comparison(one, other, tuple(elements), tuple((path, before.get(path), after.get(path)) for path in shown))


def _side(content: Mapping[str, Any]) -> Side:
    """What cannot be read has no diagram to compare; what is wrong with it is told where it is written."""
    if not content.get("diagram"):
        return Side(content, None)
    try:
        return Side(content, effective.drawn(content))
    except OfficeError:
        return Side(content, None)


def _behind(about: Subject) -> Mapping[str, Any]:
    """What stands behind a place, without its own word."""
    chain = places.chart().seen_from(about.place)
    found = layers.shelf(chain).along(chain)
    one = layers.thing([head for head in found if head.place != about.place], about.kind, about.key)
    return {} if one is None else one.content
