"""Customising (tùy chỉnh): a procedure as one place has it, what of it is its own, and saying parts of it otherwise."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, effective, layers, patches, places
from app.domain.procedures.drafts import Subject
from app.domain.procedures.effective import Effective
from app.domain.procedures.layers import Thing
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.patches import Path
from app.engine.declarations import Node, describe
from app.engine.inserting import AFTER, misplaced
from app.kernel.errors import Invalid, Missing, OfficeError

SECTIONS = ("parameters", "forms", "steps")
WORDS = ("name", "role", "deadline")
"""What is said about a step beside its form."""
ADDED = (AFTER, "form", *WORDS)
"""What is said about a step that is put in."""
DIAGRAM: Path = ("diagram",)
_LEAF = {"procedure": "diagram", "decision": "dmn"}


@dataclass(frozen=True)
class Word:
    """One value of a place: what it is, which place says so, what the place would inherit, and what it says itself."""

    path: Path
    value: Any
    origin: str
    inherited: Any
    own: Any = None

    @property
    def name(self) -> str:
        """As forms and catalogues call it."""
        return patches.dotted(self.path)


@dataclass(frozen=True)
class Customised:
    """A procedure as one place has it. `own` is what the place says: in its draft when it has one that may be seen.

    `behind` is what it would have without its own word; `below` what places say that come before it, leaf by leaf.
    """

    key: str
    place: str
    whole: Thing
    behind: Thing | None
    own: Mapping[str, Any]
    draft: LayerDraft | None
    found: Effective | None
    problem: OfficeError | None
    below: Mapping[str, frozenset[Path]]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """What is drawn, with every word about single steps."""
        return () if self.found is None else describe(self.found.bpmn)

    @property
    def parameters(self) -> list[Word]:
        """The parameters, by name; a list is nothing to type."""
        paths = (path for path in patches.leaves(self.whole.content) if path[0] == "parameters")
        found = [self.word(path) for path in sorted({*paths, *self._said("parameters")})]
        return [one for one in found if not isinstance(one.value, list | dict)]

    def step(self, node: Node) -> list[Word]:
        """What may be said about a step of a person: what it is called, who does it, by when, with which form."""
        if node.kind not in ("userTask", "manualTask", "task"):
            return []
        return [*(self.word(("steps", node.id, name)) for name in WORDS), self.word(("forms", node.id))]

    def word(self, path: Path) -> Word:
        """One value with its origin; of a step what is not said beside the diagram is what the diagram says."""
        drawn = ("added", path[1], path[2] if path[0] == "steps" else "form")
        nearest = (path, drawn, DIAGRAM)
        origin = next((self.whole.origins[one] for one in nearest if one in self.whole.origins), "")
        inherited = self.inherited(path)
        now = patches.leaves(self.whole.content).get(path)
        return Word(path, inherited if now is None else now, origin, inherited, patches.leaves(self.own).get(path))

    def inherited(self, path: Path) -> Any:
        """What the place would have without its own word."""
        said = {} if self.behind is None else patches.leaves(self.behind.content)
        return said[path] if path in said else self._drawn.get(path)

    def origin(self, node_id: str) -> str:
        """The nearest place that speaks of a step, by a word about it or by drawing it."""
        about = {place for path, place in self.whole.origins.items() if path == DIAGRAM or path[1:2] == (node_id,)}
        return next((one.place for one in self.whole.heads if one.place in about), "")

    def speaking_below(self, node_id: str) -> list[str]:
        """The places below that say something of a step themselves, or have a diagram of their own."""
        return [
            place
            for place, said in sorted(self.below.items())
            if any(path == DIAGRAM or (path[0] in ("forms", "steps") and path[1:2] == (node_id,)) for path in said)
        ]

    @cached_property
    def _drawn(self) -> dict[Path, Any]:
        """What the diagram behind says about its steps, by the path at which a place would say it otherwise."""
        behind = self.whole.content if self.behind is None else self.behind.content
        content = {**behind, "added": self.whole.content.get("added", {})}
        found: dict[Path, Any] = {}
        for node in describe(effective.grown(content)) if content.get("diagram") else ():
            said = {"name": node.name, **({} if node.task is None else vars(node.task))}
            found |= {("steps", node.id, name): said.get(name) for name in WORDS}
            found[("forms", node.id)] = said.get("form")
        return found

    def _said(self, section: str) -> Iterable[Path]:
        return (path for path in patches.leaves(self.own) if path[0] == section)


def seen(actor: Actor, key: str, place: str) -> Customised:
    """A procedure as a place has it. Raises Missing for what the actor may not see, or what is not there."""
    places.require_reader(actor)
    known = places.chart()
    chain = known.seen_from(place)
    if place.startswith(places.LIBRARY) or not places.sees(actor, place, known):
        raise Missing("place.missing")
    shelf = layers.shelf()
    standing = shelf.along(chain)
    whole = layers.thing(standing, "procedure", key)
    if whole is None:
        raise Missing("procedure.missing")
    about = Subject("procedure", key, place)
    draft = drafts.draft_about(about) if places.may(actor, "procedures.edit", place, known) else None
    heads = [one for one in shelf.heads if (one.kind, one.key) == ("procedure", key)]
    said = layers.contents(one.id for one in heads)
    lower = known.below(place, (one.place for one in heads))
    mine = next((said[one.id] for one in heads if one.place == place), {})
    found, problem = _assembled(key, standing)
    return Customised(
        key=key,
        place=place,
        whole=whole,
        behind=layers.thing([one for one in standing if one.place != place], "procedure", key),
        own=mine if draft is None else draft.content,
        draft=draft,
        found=found,
        problem=problem,
        below={one.place: frozenset(patches.leaves(said[one.id])) for one in heads if one.place in lower},
    )


def say(actor: Actor, custom: Customised, typed: Mapping[str, str], *, row_version: int | None) -> LayerDraft:
    """Write into the draft of a place what was typed: nothing, or what it would have anyway, is no word of its own.

    Raises as `drafts.save_draft`, and Invalid "layer.content" for text where there was a number.
    """
    own = patches.leaves(custom.own)
    for name, text in typed.items():
        path = path_of(name)
        inherited, value = custom.inherited(path), text.strip()
        own = {one: word for one, word in own.items() if one[: len(path)] != path and path[: len(one)] != one}
        if value and value != written(inherited):
            own[path] = _like(inherited, value, name)
    about = Subject("procedure", custom.key, custom.place)
    return drafts.save_draft(actor, about, patches.built(own), row_version=row_version)


def put_in(actor: Actor, custom: Customised, words: Mapping[str, str], *, row_version: int | None) -> LayerDraft:
    """Put a step of a person into the diagram without taking it over; `after` among its words names what it follows.

    Raises as `drafts.save_draft`, Invalid "step.after" when it has no single way on from there.
    """
    said = {name: text.strip() for name, text in words.items() if name in ADDED and text.strip()}
    added = dict(custom.own.get("added") or {})
    prefix = "added_" + re.sub(r"\W", "_", custom.place.rpartition("/")[2], flags=re.ASCII)[:40]
    taken = {*added, *(node.id for node in custom.nodes)}
    key = next(name for name in (f"{prefix}_{number}" for number in count(1)) if name not in taken)
    content = {**custom.own, "added": {**added, key: said}}
    if key in misplaced(str(custom.whole.content.get("diagram", "")).encode(), {**_added(custom), key: said}):
        raise Invalid("step.after")
    return drafts.save_draft(actor, Subject("procedure", custom.key, custom.place), content, row_version=row_version)


def take_out(actor: Actor, custom: Customised, step: str, *, row_version: int | None) -> LayerDraft:
    """Take a step out again that the place put in itself, with every word about it."""
    kept = {path: value for path, value in patches.leaves(custom.own).items() if path[1:2] != (step,)}
    about = Subject("procedure", custom.key, custom.place)
    return drafts.save_draft(actor, about, patches.built(kept), row_version=row_version)


def take_over(actor: Actor, about: Subject) -> LayerDraft:
    """Begin (or go on with) a draft in which a place takes over a whole diagram or table from what stands behind it.

    A form begins with nothing of its own: each field that is changed is a word of its own, the others follow.
    """
    draft = drafts.draft_about(about)
    places.require(actor, "procedures.edit", about.place, places.chart())
    content = drafts.published(about) if draft is None else dict(draft.content)
    leaf = _LEAF.get(about.kind)
    if draft is not None and (leaf is None or leaf in content):
        return draft
    chain = places.chart().seen_from(about.place)
    behind = layers.thing(layers.shelf(chain).along(chain), about.kind, about.key)
    if behind is None:
        raise Missing("layer.missing")
    if leaf is not None and leaf not in content:
        content[leaf] = behind.content.get(leaf)
    return drafts.save_draft(actor, about, content, row_version=None if draft is None else draft.row_version)


def path_of(name: str) -> Path:
    """The path that a field of a form names: ids of steps may have points in them. Raises Invalid "layer.content"."""
    section, _, rest = name.partition(".")
    if section not in SECTIONS or not rest:
        raise Invalid("layer.content", path=name)
    if section != "steps":
        return section, rest
    node, _, word = rest.rpartition(".")
    if not node or word not in WORDS:
        raise Invalid("layer.content", path=name)
    return section, node, word


def written(value: Any) -> str:
    """A value as a form shows it and gets it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _added(custom: Customised) -> dict[str, Any]:
    return {**custom.whole.content.get("added", {}), **(custom.own.get("added") or {})}


def _like(known: Any, typed: str, name: str) -> Any:
    """What was typed, as a number or a yes or no where there was one."""
    if isinstance(known, bool) and typed in ("true", "false"):
        return typed == "true"
    if not isinstance(known, bool | int):
        return typed
    if isinstance(known, bool) or not (typed.isascii() and typed.isdigit() and len(typed) < 10):  # noqa: PLR2004 - days
        raise Invalid("layer.content", path=name)
    return int(typed)


def _assembled(key: str, standing: effective.Standing) -> tuple[Effective | None, OfficeError | None]:
    try:
        return effective.put_together(key, standing), None
    except OfficeError as error:
        return None, error
