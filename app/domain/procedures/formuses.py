"""Where a form is used: the steps of procedures at each place, and the conditions that ask for its answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.procedures import layers, places
from app.engine.declarations import describe
from app.engine.mentions import mentions
from app.engine.overriding import references


@dataclass(frozen=True)
class Use:
    """A step that is done with a form, as one place says."""

    procedure: str
    place: str
    step: str
    name: str


@dataclass(frozen=True)
class Asking:
    """An element of a diagram that asks for an answer."""

    procedure: str
    place: str
    name: str


def uses(actor: Actor, key: str) -> list[Use]:
    """Every step with a form, at the places an actor sees."""
    heads = _procedures(actor)
    names: dict[str, dict[str, str]] = {}
    for head in heads:
        names.setdefault(head.key, {}).update(_drawn(head.id).names)
    found = (
        Use(head.key, head.place, step, names[head.key].get(step, step))
        for head in heads
        for step, form in sorted(_drawn(head.id).forms.items())
        if form == key
    )
    return sorted(found, key=lambda one: (one.procedure, one.place, one.name))


def asking(actor: Actor, key: str, name: str) -> list[Asking]:
    """The elements that ask for a field of a form, in the diagrams of the procedures that use it."""
    procedures = {one.procedure for one in uses(actor, key)}
    return [
        Asking(head.key, head.place, element)
        for head in _procedures(actor)
        if head.key in procedures
        for element in _mentions(head.id, name)
    ]


@dataclass(frozen=True)
class _Drawn:
    forms: Mapping[str, str]
    names: Mapping[str, str]


def _procedures(actor: Actor) -> list[layers.Head]:
    known = places.chart()
    heads = [one for one in layers.shelf().heads if one.kind == "procedure" and places.sees(actor, one.place, known)]
    layers.contents(one.id for one in heads)
    return heads


@lru_cache(maxsize=512)
def _drawn(version_id: UUID) -> _Drawn:
    """What one version says about forms; it never changes."""
    content = layers.contents([version_id])[version_id]
    diagram = str(content.get("diagram") or "").encode()
    drawn = dict(references(diagram).forms) if diagram else {}
    said = [*(content.get("added") or {}).items(), *(content.get("steps") or {}).items()]
    forms = {
        **drawn,
        **(content.get("forms") or {}),
        **{step: one["form"] for step, one in said if "form" in (one or ())},
    }
    names = {**dict(_names(diagram)), **{step: one["name"] for step, one in said if (one or {}).get("name")}}
    return _Drawn(MappingProxyType({step: form for step, form in forms.items() if form}), MappingProxyType(names))


def _names(diagram: bytes) -> Iterator[tuple[str, str]]:
    for node in describe(diagram) if diagram else ():
        yield node.id, node.name or node.id


@lru_cache(maxsize=2048)
def _mentions(version_id: UUID, name: str) -> tuple[str, ...]:
    diagram = layers.contents([version_id])[version_id].get("diagram")
    return tuple(mentions(str(diagram).encode(), name)) if diagram else ()
