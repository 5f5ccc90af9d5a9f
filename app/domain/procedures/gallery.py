"""The gallery (thư viện quy trình): every procedure there is to look at, and taking one over for one's own place."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.domain.actors.actor import Actor
from app.domain.procedures import drafts, effective, layers, library, patches, places, suite
from app.domain.procedures.drafts import Subject
from app.domain.procedures.effective import Effective, Standing
from app.domain.procedures.layers import Shelf, Thing
from app.domain.procedures.models import LayerDraft
from app.domain.procedures.places import LIBRARY, Chart
from app.domain.procedures.scenarios import Scenario
from app.domain.procedures.setfiles import Item
from app.engine.overriding import references
from app.kernel.db import command
from app.kernel.errors import Missing, OfficeError
from app.kernel.text import folded


@dataclass(frozen=True)
class Card:
    """A procedure as a place says it that drew it; `adjusted` are places that say single things of it otherwise.

    `level` is the level it was drawn for, empty when it is common to all.
    """

    key: str
    place: str
    level: str
    thing: Thing
    steps: int
    scenarios: tuple[Scenario, ...]
    adjusted: tuple[str, ...]

    @property
    def content(self) -> Mapping[str, Any]:
        """What it says of itself."""
        return self.thing.content

    @property
    def sha256(self) -> str:
        """The name of its drawing: of the diagram and of every word that is written into it."""
        return library.digest([self.content.get(name) for name in ("diagram", "added", "steps", "forms", "called")])

    @property
    def drawn(self) -> bytes:
        """The diagram as it runs, with the steps that places put into it. Raises Invalid "diagram.*"."""
        return effective.drawn(self.content)


@dataclass(frozen=True)
class Taking:
    """What taking a procedure over would do: `inherits` when the place has it already and would only adjust it.

    `now` is the procedure as the place has it today, `draft` a draft that somebody is writing already.
    """

    place: str
    inherits: bool
    items: tuple[Item, ...]
    now: Thing | None
    draft: LayerDraft | None


def cards(actor: Actor, *, level: str = "", word: str = "") -> list[Card]:
    """Every procedure that an actor may look at, by place and key; for one level, and with a word in its texts."""
    places.require_reader(actor)
    known, shelf = places.chart(), layers.shelf()
    visible = _visible(actor, known, shelf)
    layers.contents(one.id for one in visible.heads)
    found = list(_cards(visible, known))
    wanted = folded(word.strip())
    return [one for one in found if _is_for(one, level, known) and wanted in _words(one)]


def card(actor: Actor, key: str, place: str) -> Card:
    """One of them; Missing for what is not there, or not for this actor."""
    places.require_reader(actor)
    known, shelf = places.chart(), layers.shelf()
    visible = _visible(actor, known, shelf)
    found = next((one for one in _cards(visible, known, key) if one.place == place), None)
    if found is None:
        raise Missing("procedure.missing")
    return found


def whole(one: Card) -> tuple[Effective | None, OfficeError | None]:
    """The procedure put together as its place has it; what is wrong when it cannot be."""
    try:
        return effective.assembled(one.key, one.thing, _standing(one.place)), None
    except OfficeError as error:
        return None, error


def taking(actor: Actor, key: str, source: str, place: str) -> Taking:
    """What a place would have to say to have a procedure as `source` says it; nothing is changed.

    Raises Missing and Forbidden by both places.
    """
    one = card(actor, key, source)
    known = places.chart()
    places.require(actor, "procedures.edit", place, known)
    draft = drafts.draft_about(Subject("procedure", key, place))
    theirs = _standing(place)
    now = layers.thing(theirs, "procedure", key)
    inherits = source in known.seen_from(place)
    items = [] if inherits else list(_items(one.key, _standing(source), theirs, place, set()))
    return Taking(place, inherits, tuple(items), now, draft)


@command
def take(actor: Actor, key: str, source: str, place: str) -> LayerDraft:
    """Begin the drafts for it, all or none; what somebody is writing already is left as it is. Raises as `taking`."""
    found = taking(actor, key, source, place)
    for one in found.items:
        about = Subject(one.kind, one.key, place)
        if one.kind != "procedure" or one.key != key:
            drafts.draft_about(about) or drafts.save_draft(actor, about, one.content)
    if found.draft is not None:
        return found.draft
    about = Subject("procedure", key, place)
    mine = next((one.content for one in found.items if (one.kind, one.key) == ("procedure", key)), None)
    return drafts.save_draft(actor, about, drafts.published(about) if mine is None else mine)


def _visible(actor: Actor, known: Chart, shelf: Shelf) -> Shelf:
    heads = tuple(one for one in shelf.heads if known.is_here(one.place) and places.sees(actor, one.place, known))
    return Shelf(heads, shelf.held)


def _cards(shelf: Shelf, known: Chart, key: str = "") -> Iterator[Card]:
    said: dict[str, dict[str, None]] = {}
    drawn: dict[tuple[str, str], None] = {}
    for head in shelf.heads:
        if head.kind == "procedure" and key in ("", head.key):
            place = head.place.removeprefix(LIBRARY)
            said.setdefault(head.key, {})[place] = None
            if layers.contents([head.id])[head.id].get("diagram"):
                drawn[head.key, place] = None
    order = {place: rank for rank, place in enumerate(("common", *(f"levels/{one}" for one in known.levels)))}
    for name, place in sorted(drawn, key=lambda one: (order.get(one[1], len(order)), one[1], one[0])):
        thing = layers.thing(shelf.along(known.seen_from(place)), "procedure", name)
        if thing is not None and thing.content.get("diagram"):
            adjusted = tuple(one for one in said[name] if (name, one) not in drawn) if place == places.COMMON else ()
            yield _card(name, place, thing, adjusted, known)


def _card(key: str, place: str, thing: Thing, adjusted: tuple[str, ...], known: Chart) -> Card:
    kind, _, code = place.partition("/")
    level = code if kind == "levels" else known.unit(code).level_code if kind == "units" else ""
    along = suite.entries(key, known.seen_from(place), thing, set(known.levels))
    found = tuple(one.scenario for one in along if isinstance(one.scenario, Scenario))
    return Card(key, place, level, thing, _steps(thing), found, adjusted)


def _steps(thing: Thing) -> int:
    try:
        return _counted(effective.grown(thing.content))
    except OfficeError:
        return 0


@lru_cache(maxsize=512)
def _counted(diagram: bytes) -> int:
    return len(references(diagram).steps)


def _is_for(one: Card, level: str, known: Chart) -> bool:
    """Whether it was drawn for a level, for one that this is a kind of, or for all."""
    kinds = known.seen_from(f"levels/{level}") if level in known.levels else ()
    return level == "" or one.level == "" or f"levels/{one.level}" in kinds


def _words(one: Card) -> str:
    texts = (one.content.get(name) or {} for name in ("title", "description", "legal_basis"))
    said = (text if isinstance(text, str) else " ".join(map(str, text.values())) for text in texts)
    return folded(" ".join((one.key, *said)))


def _standing(place: str) -> Standing:
    chain = places.chart().seen_from(place)
    return layers.shelf(chain).along(chain)


def _items(key: str, source: Standing, target: Standing, place: str, seen: set[str]) -> Iterator[Item]:
    """What a place must say to have a procedure as another has it: itself, its forms and tables, what it calls."""
    seen.add(key)
    one = layers.thing(source, "procedure", key)
    if one is None or not one.content.get("diagram"):
        return
    named = references(effective.drawn(one.content))
    yield from _item("procedure", key, source, target, place)
    for form in sorted({*named.forms.values(), *(one.content.get("forms") or {}).values()}):
        yield from _item("form", form, source, target, place)
    for table in sorted({*named.decisions, *(one.content.get("decisions") or {}).values()}):
        yield from _item("decision", table, source, target, place)
    for called in sorted({*named.called, *(one.content.get("called") or {}).values()} - seen):
        yield from _items(called, source, target, place, seen)


def _item(kind: str, key: str, source: Standing, target: Standing, place: str) -> Iterable[Item]:
    wanted, has = layers.thing(source, kind, key), layers.thing(target, kind, key)
    behind = layers.thing([one for one in target if one.place != place], kind, key)
    if wanted is None or (
        has is not None and library.digest(dict(has.content)) == library.digest(dict(wanted.content))
    ):
        return []
    return [Item(kind, key, place, "", patches.difference({} if behind is None else behind.content, wanted.content))]
