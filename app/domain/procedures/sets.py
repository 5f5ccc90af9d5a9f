"""Sets (bộ quy trình): all that a place says as one archive, and an archive brought into the drafts of a place."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final

from app.domain.actors.actor import Actor
from app.domain.procedures import contents, drafts, formshape, layers, library, patches, places, scenarios, suite
from app.domain.procedures.drafts import Subject
from app.domain.procedures.effective import Standing
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.places import LIBRARY
from app.domain.procedures.scenarios import Scenario
from app.domain.procedures.setfiles import SCENARIOS, Files, Item, Read, read, written
from app.engine import dmn
from app.engine.child import Reader
from app.engine.overriding import named
from app.engine.report import REFUSED, REWRITTEN
from app.kernel.db import command
from app.kernel.errors import Invalid, Missing, OfficeError

MOST_ITEMS: Final = 400
SECONDS: Final = 40.0
NEW, SAME, INHERITED, OVERRIDES, DIFFERS, WRONG = "new", "same", "inherited", "overrides", "differs", "wrong"
"""`same` and `differs` go by what a place says itself, `inherited` and `overrides` by what it inherits."""
CHANGING: Final = (NEW, OVERRIDES, DIFFERS)
"""What would change something."""
Ask = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Line:
    """One item of a set beside what the place has today, and what it would have `then`.

    `draft` is the version of a draft that somebody is writing.
    """

    item: Item
    state: str
    now: Mapping[str, Any]
    then: Mapping[str, Any]
    draft: int | None

    @property
    def name(self) -> str:
        """What a form calls it."""
        return f"{self.item.kind}:{self.item.key}"


@dataclass(frozen=True)
class Listing:
    """What would happen if a set was brought to a place; `source` is the place in the set that is looked at."""

    place: str
    source: str
    sources: tuple[str, ...]
    lines: tuple[Line, ...]
    strange: tuple[str, ...]


def exported(actor: Actor, place: str) -> dict[str, bytes]:
    """The files that say what a place says now; Missing for whoever may not read it, or when it says nothing."""
    places.require_reader(actor)
    known = places.chart()
    known.seen_from(place)
    if not places.sees(actor, place, known):
        raise Missing("place.missing")
    heads = layers.shelf([place]).heads
    said = layers.contents(one.id for one in heads)
    plain = place.removeprefix(LIBRARY)
    items = [Item(one.kind, one.key, plain, "", said[one.id]) for one in heads]
    if not items:
        raise Missing("set.nothing")
    return {**written(items), **(_scenarios(plain, items) if place.startswith(LIBRARY) else {})}


def opened(content: bytes) -> dict[str, bytes]:
    """The files of an archive of a stranger, unpacked in a child process. Invalid "archive.*"."""
    with Reader() as reader:
        found = reader.ask("unpack", content)["files"]
    return {name: base64.b64decode(text) for name, text in found.items()}


def listed(actor: Actor, files: Files, place: str, source: str = "") -> Listing:
    """What a set says, item by item, beside what a place says now. Nothing is changed.

    `source` is the place in the set that is meant; by default the same place, else the first. Raises as `save_draft`
    for the place, Invalid "set.empty" or "set.too_costly" for a set that says nothing or takes too long to read.
    """
    places.require(actor, "procedures.edit", place, places.chart())
    found = read(files)
    if not found.items:
        raise Invalid("set.empty")
    chosen = _source(found, place, source)
    items = [one for one in found.items if one.place in ("", chosen)]
    if len(items) > MOST_ITEMS:
        raise Invalid("set.too_costly")
    with Reader() as reader:
        desk = _desk(reader.ask, place)
        checked = [_checked(one, desk) for one in items]
    said = _said(place)
    lines = [_line(one, place, said.get((one.kind, one.key)), desk.behind) for one in checked]
    return Listing(place, chosen, found.places, tuple(lines), found.strange)


@command
def bring(actor: Actor, place: str, wanted: Iterable[Line], seen: Mapping[str, int | None]) -> list[LayerDraft]:
    """Make drafts of what was chosen, all of them or none.

    `seen` is the version of the draft that whoever chose has seen of each. Raises as `save_draft`.
    """
    kept: list[LayerDraft] = []
    for one in wanted:
        if one.item.problem is not None:
            raise one.item.problem
        about = Subject(one.item.kind, one.item.key, place)
        kept.append(drafts.save_draft(actor, about, one.item.content, row_version=seen.get(one.name)))
    if not kept:
        raise Invalid("set.nothing_chosen")
    return kept


def readable(actor: Actor) -> list[str]:
    """The places an actor may read that say something."""
    places.require_reader(actor)
    known = places.chart()
    found = dict.fromkeys(one.place for one in layers.shelf().heads)
    return [one for one in found if known.is_here(one) and places.sees(actor, one, known)]


def _source(found: Read, place: str, wanted: str) -> str:
    if wanted in found.places:
        return wanted
    return place if place in found.places else next(iter(found.places), "")


def _said(place: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Everything a place says now."""
    heads = layers.shelf([place]).heads
    known = layers.contents(one.id for one in heads)
    return {(one.kind, one.key): known[one.id] for one in heads}


def _line(item: Item, place: str, now: Mapping[str, Any] | None, behind: Standing) -> Line:
    if item.problem is not None:
        return Line(item, WRONG, {}, {}, None)
    draft = drafts.draft_about(Subject(item.kind, item.key, place))
    seen = None if draft is None else draft.row_version
    if now is not None:
        is_same = library.digest(dict(now)) == library.digest(dict(item.content))
        return Line(item, SAME if is_same else DIFFERS, now, item.content, seen)
    has = layers.thing(behind, item.kind, item.key)
    if has is None:
        return Line(item, NEW, {}, item.content, seen)
    then = patches.merged(has.content, item.content)
    state = OVERRIDES if patches.difference(has.content, then) else INHERITED
    return Line(item, state, has.content, then, seen)


@dataclass(frozen=True)
class _Desk:
    """What items are looked at with: the child that reads diagrams, until when, and what stands behind the place."""

    ask: Ask
    until: float
    chain: Sequence[str]
    behind: Standing


def _desk(ask: Ask, place: str) -> _Desk:
    chain = [one for one in places.chart().seen_from(place) if one != place]
    return _Desk(ask, monotonic() + SECONDS, chain, layers.shelf(chain).along(chain))


def _checked(item: Item, desk: _Desk) -> Item:
    """An item whose content may be kept; a diagram of another tool is made ours. Invalid "set.too_costly"."""
    if monotonic() > desk.until:
        raise Invalid("set.too_costly")
    if item.problem is not None:
        return item
    try:
        if not contents.is_key(item.key):
            raise Invalid("layer.key")
        contents.check(item.kind, item.content)
        return replace(item, content=_CHECKS[item.kind](item, desk))
    except OfficeError as error:
        return replace(item, problem=error)


def _procedure(item: Item, desk: _Desk) -> Mapping[str, Any]:
    content = _without_shipped(item, desk.chain)
    drawn = content.get("diagram")
    if not isinstance(drawn, str):
        return content
    report = desk.ask("examine", drawn.encode())
    notes = [note for one in report["findings"] for note in one["notes"]]
    if report["verdict"] != REFUSED and not any(note["verdict"] == REWRITTEN for note in notes):
        return content
    ours = desk.ask("convert", drawn.encode())["xml"].encode()
    return {**content, "diagram": named(ours, item.key).decode()}


def _scenario(text: Any) -> Scenario | None:
    """A saved scenario; None for one that was taken away, or that nobody can read."""
    try:
        return None if text is None else scenarios.read(str(text).encode())[0]
    except OfficeError:
        return None


def _without_shipped(item: Item, chain: Sequence[str]) -> dict[str, Any]:
    """A procedure without the scenarios that ship with what the place inherits: nobody needs to say them again."""
    shipped = [one.scenario for one in suite.shipped(item.key, chain)]
    texts = item.content.get("scenarios") or {}
    own = {name: text for name, text in texts.items() if _scenario(text) not in shipped}
    if len(own) == len(texts):
        return dict(item.content)
    rest = {name: one for name, one in item.content.items() if name != "scenarios"}
    return {**rest, "scenarios": own} if own else rest


def _form(item: Item, desk: _Desk) -> Mapping[str, Any]:
    """A form is looked at with what stands behind the place: it may say but a few words of it."""
    behind = layers.thing(desk.behind, "form", item.key)
    whole = patches.merged({} if behind is None else behind.content, item.content)
    if whole.get("schema"):
        formshape.check(whole)
    return item.content


def _decision(item: Item, _desk: _Desk) -> Mapping[str, Any]:
    if isinstance(item.content.get("dmn"), str):
        dmn.read(item.content["dmn"].encode())
    return item.content


_CHECKS: Final[Mapping[str, Callable[[Item, _Desk], Mapping[str, Any]]]] = {
    "procedure": _procedure,
    "form": _form,
    "decision": _decision,
}


def _scenarios(place: str, items: Iterable[Item]) -> dict[str, bytes]:
    """The scenarios that ship with procedures."""
    names = [f"processes/{place}/{one.key}/{SCENARIOS}" for one in items if one.kind == "procedure"]
    return {name: (library.ROOT / name).read_bytes() for name in names if (library.ROOT / name).is_file()}
