"""What a procedure is for one unit (bản có hiệu lực): the nearest word wins, leaf by leaf, to any depth of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.domain.procedures import layers, library, patches, places
from app.domain.procedures.layers import Head, Thing
from app.domain.procedures.library import Form
from app.domain.procedures.models import LayerVersion
from app.engine.inserting import inserted
from app.engine.overriding import overridden, references
from app.engine.redrawing import with_forms
from app.kernel.db import db
from app.kernel.errors import Conflict, Invalid, Missing

DEEPEST = 8
_TEXTS = ("title", "description", "legal_basis", "starts_with", "texts")
Standing = tuple[Head, ...]


@dataclass(frozen=True)
class Effective:
    """A procedure as one unit sees it; `origins` says which place each thing came from.

    `forms` is the form key of each step, `pins` each of those forms; `decisions` are tables by key and `called` the
    diagrams of processes by their id, both as text; `layers` the number of each place's version it is made of.
    """

    key: str
    bpmn: bytes
    parameters: Mapping[str, Any]
    forms: Mapping[str, str]
    origins: Mapping[str, str]
    pins: Mapping[str, Form] = field(default_factory=dict)
    decisions: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    layers: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """The name of this content."""
        diagram, forms = (
            sha256(self.bpmn).hexdigest(),
            {node: self.pins[key].sha256 for node, key in self.forms.items()},
        )
        rest = (self.parameters, forms, self.decisions, self.called, self.texts)
        return library.digest([diagram, *map(dict, rest)])


def effective(key: str, unit_id: UUID, version: UUID | None = None) -> Effective:
    """The effective procedure of a unit (three statements once its layers are known); see `standing` for `version`.

    Raises Missing "procedure.missing", "form.missing" or "decision.missing", Invalid "procedure.*" or "diagram.*".
    """
    return put_together(key, standing(key, unit_id, version))


def standing(key: str, unit_id: UUID, version: UUID | None = None) -> Standing:
    """What a unit finds along its places. `version` is an older version of the procedure at one of them, to be used.

    Raises Missing when that is not a version of this procedure the unit could have, Conflict when it is retired.
    """
    chain = places.chart(unit_id).chain(unit_id)
    found = layers.shelf(chain).along(chain)
    if version is None:
        return found
    older = db.session.get(LayerVersion, version)
    if older is None or (older.kind, older.key) != ("procedure", key) or older.place not in chain:
        raise Missing("version.missing")
    if older.retired_at is not None:
        raise Conflict("version.retired", number=older.number)
    head = Head(older.id, older.kind, older.key, older.place, older.number)
    return tuple(head if (one.kind, one.key, one.place) == ("procedure", key, head.place) else one for one in found)


def texts(unit_id: UUID) -> dict[str, Mapping[str, Any]]:
    """What every procedure that a unit could start says of itself: `title`, `starts_with` and so on, by its key."""
    chain = places.chart(unit_id).chain(unit_id)
    found = layers.shelf(chain).along(chain)
    keys = sorted({one.key for one in found if one.kind == "procedure"})
    known = {key: layers.thing(found, "procedure", key) for key in keys}
    return {key: one.content for key, one in known.items() if one is not None and "diagram" in one.content}


def manifest(key: str) -> Mapping[str, Any]:
    """What the library says about a procedure in common: titles and who starts it."""
    common = library.layer("common", key)
    if common is None:
        raise Missing("procedure.missing")
    return common.manifest


@lru_cache(maxsize=512)
def put_together(key: str, found: Standing) -> Effective:
    """The procedure that a standing makes; the same standing always makes the same one."""
    return assembled(key, _procedure(key, found), found)


def assembled(key: str, one: Thing, found: Standing) -> Effective:
    """A procedure with every form, table and process it asks for, as a standing has them."""
    parts = _parts(key, one.content, found, ())
    return Effective(
        key=key,
        bpmn=parts.bpmn,
        parameters=parts.parameters,
        forms=parts.forms,
        origins=_origins(one, parts),
        pins={name: _form(name, found) for name in set(parts.forms.values())},
        decisions=parts.decisions,
        called=parts.called,
        texts={name: one.content[name] for name in _TEXTS if name in one.content},
        layers={head.place: head.number for head in one.heads},
    )


def said_otherwise(key: str, place: str, content: Mapping[str, Any], chain: Sequence[str], found: Standing) -> Thing:
    """What is said of a procedure along a chain, if a place on it said this; `found` is what the chain finds today."""
    heads = tuple(one for one in found if (one.kind, one.key) == ("procedure", key) and one.place != place)
    known = layers.contents(one.id for one in heads)
    said = {one.place: known[one.id] for one in heads} | {place: content}
    whole, origins = patches.layered((one, said[one]) for one in reversed(chain) if one in said)
    return Thing(whole, origins, heads)


def drafted(one: Thing, key: str, found: Standing) -> Effective:
    """A procedure as it would be if that were said of it. Raises as `effective`."""
    if "diagram" not in one.content:
        raise Missing("procedure.missing", key=key)
    return assembled(key, one, found)


@dataclass(frozen=True)
class _Parts:
    """A diagram with everything it and what it calls asks for."""

    bpmn: bytes
    parameters: Mapping[str, Any]
    forms: Mapping[str, str]
    decisions: Mapping[str, str]
    called: Mapping[str, str]


def _parts(key: str, content: Mapping[str, Any], found: Standing, callers: tuple[str, ...]) -> _Parts:
    bpmn = drawn(content)
    named = references(bpmn)
    tables = content.get("decisions", {})
    parts = _Parts(
        bpmn,
        content.get("parameters", {}),
        dict(named.forms),
        {name: _decision(tables.get(name, name), found) for name in sorted(named.decisions)},
        {},
    )
    for name in sorted(named.called):
        if name in (*callers, key) or len(callers) > DEEPEST:
            raise Invalid("procedure.cycle", key=name)
        parts = _joined(parts, name, _parts(name, _procedure(name, found).content, found, (*callers, key)))
    return parts


def drawn(content: Mapping[str, Any]) -> bytes:
    """The diagram of a content, with what the content says about single steps written into it."""
    diagram = grown(content)
    said = with_forms(content.get("steps", {}), content.get("forms", {}), references(diagram).forms)
    return overridden(diagram, said, content.get("called", {}))


def grown(content: Mapping[str, Any]) -> bytes:
    """The diagram of a content with the steps that places put into it."""
    return inserted(str(content["diagram"]).encode(), content.get("added", {}))


def _joined(parts: _Parts, name: str, inner: _Parts) -> _Parts:
    """A caller with what it calls: its own parameters win; a step or table named twice must mean the same."""
    for one, other in ((parts.forms, inner.forms), (parts.decisions, inner.decisions)):
        for node in one.keys() & other.keys():
            if one[node] != other[node]:
                raise Invalid("procedure.step_twice", node=node)
    return replace(
        parts,
        parameters={**inner.parameters, **parts.parameters},
        forms={**parts.forms, **inner.forms},
        decisions={**parts.decisions, **inner.decisions},
        called={**parts.called, name: inner.bpmn.decode(), **inner.called},
    )


def _origins(one: Thing, parts: _Parts) -> dict[str, str]:
    """By dotted path; the form of a step that only the diagram names comes from where the diagram comes from."""
    found = {patches.dotted(path): place for path, place in one.origins.items()}
    return {**{f"forms.{node}": found.get("diagram", "") for node in parts.forms}, **found}


def _procedure(key: str, found: Standing) -> Thing:
    one = layers.thing(found, "procedure", key)
    if one is None or "diagram" not in one.content:
        raise Missing("procedure.missing", key=key)
    return one


def _form(key: str, found: Standing) -> Form:
    return _form_of(key, tuple(one for one in found if (one.kind, one.key) == ("form", key)))


@lru_cache(maxsize=512)
def _form_of(key: str, heads: Standing) -> Form:
    one = layers.thing(heads, "form", key)
    if one is None or "schema" not in one.content:
        raise Missing("form.missing", key=key)
    schema, words = one.content["schema"], one.content.get("texts", {})
    return Form(key, library.digest([schema, words]), schema, words)


def _decision(key: str, found: Standing) -> str:
    one = layers.thing(found, "decision", key)
    if one is None or "dmn" not in one.content:
        raise Missing("decision.missing", key=key)
    return str(one.content["dmn"])
