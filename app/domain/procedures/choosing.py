"""Choosing whose word stands, value by value and element by element, where a place and the one above both speak."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.procedures import notices, patches
from app.domain.procedures.models import LayerNotice
from app.domain.procedures.notices import DIAGRAM
from app.domain.procedures.patches import Path
from app.engine.differences import differences
from app.engine.threeway import OURS, THEIRS, Merge
from app.kernel.errors import Conflict, Invalid

ELEMENT = "diagram."
"""What the choice about an element is called, before its id; the choice about a value is called by its dotted path."""


@dataclass(frozen=True)
class Disputes:
    """What is to be chosen: `values` by their path, `elements` of the diagram by their id."""

    values: tuple[Path, ...]
    elements: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What each choice is called."""
        return (*map(patches.dotted, self.values), *(f"{ELEMENT}{one}" for one in self.elements))


def disputes(notice: LayerNotice, own: Mapping[str, Any]) -> Disputes:
    """Everything of which both speak; what only one side changed is no dispute."""
    merge = notices.merged_diagram(notice, own)
    paths = sorted(notices.overlap(*notices.above(notice), own))
    if merge is None:
        return Disputes(tuple(paths), ())
    return Disputes(tuple(path for path in paths if path != DIAGRAM), merge.overlaps)


def chosen(notice: LayerNotice, own: Mapping[str, Any], choices: Mapping[str, str]) -> dict[str, Any]:
    """What the place says once each choice is made: THEIRS drops its own word, OURS keeps it.

    A diagram that comes to the same as the one above is dropped as well: the place follows again. Raises Invalid
    "notice.choose" for what nobody chose, Conflict "notice.loose" for choices that do not fit together.
    """
    asked = disputes(notice, own)
    for name in asked.names:
        if choices.get(name) not in (OURS, THEIRS):
            raise Invalid("notice.choose", name=name)
    content = patches.without(own, _theirs(asked.values, choices))
    merge = merged(notice, own, choices)
    if merge is None:
        return content
    if merge.xml is None:
        raise Conflict("notice.loose", elements=", ".join(merge.loose))
    if differences(str(notices.above(notice)[1]["diagram"]).encode(), merge.xml):
        return {**content, "diagram": merge.xml.decode()}
    return {name: value for name, value in content.items() if name != "diagram"}


def merged(notice: LayerNotice, own: Mapping[str, Any], choices: Mapping[str, str]) -> Merge | None:
    """Both diagrams in one, by the choices about its elements."""
    said = {name.removeprefix(ELEMENT): side for name, side in choices.items() if name.startswith(ELEMENT)}
    return notices.merged_diagram(notice, own, said)


def _theirs(paths: Iterable[Path], choices: Mapping[str, str]) -> set[Path]:
    return {path for path in paths if choices[patches.dotted(path)] == THEIRS}
