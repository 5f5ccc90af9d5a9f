"""Where forms, decision tables and called processes are used: what is needed is not withdrawn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.procedures import layers, places
from app.domain.procedures.layers import Head
from app.domain.procedures.models import LayerVersion
from app.engine.overriding import references
from app.kernel.errors import Conflict


def check_not_needed(version: LayerVersion, left: Sequence[LayerVersion]) -> None:
    """Refuse (Conflict "layer.in_use", with where) to retire what would then be missing for somebody who names it.

    `left` are the versions that its place would still have.
    """
    if left or _stands_behind(version):
        return
    where = sorted(set(users(version.kind, version.key)))
    if where:
        raise Conflict("layer.in_use", key=version.key, where=", ".join(where))


def users(kind: str, key: str) -> Iterator[str]:
    """The procedures that name a form, a table or a process, as `procedure (place)`."""
    for head in naming(kind, key):
        yield f"{head.key} ({head.place})"


def naming(kind: str, key: str) -> Iterator[Head]:
    """The procedures that name a form, a table or a process, as their places say them now."""
    shelf = layers.shelf()
    heads = [one for one in {*shelf.heads, *(one for _place, one in shelf.pilots)} if one.kind == "procedure"]
    known = layers.contents(one.id for one in heads)
    for head in heads:
        if key in _named(known[head.id])[kind] and not (kind == "procedure" and head.key == key):
            yield head


def _named(content: Mapping[str, Any]) -> Mapping[str, set[str]]:
    """Everything one layer names, by kind."""
    drawn = references(str(content["diagram"]).encode()) if content.get("diagram") else None
    found = {
        "form": {*content.get("forms", {}).values(), *_forms_said(content)},
        "decision": set(content.get("decisions", {}).values()),
        "procedure": set(content.get("called", {}).values()),
    }
    if drawn is not None:
        found["form"] |= set(drawn.forms.values())
        found["decision"] |= drawn.decisions
        found["procedure"] |= drawn.called
    return found


def _forms_said(content: Mapping[str, Any]) -> Iterator[str]:
    """The forms of single steps, those that were put in among them."""
    for section in ("steps", "added"):
        yield from (one["form"] for one in (content.get(section) or {}).values() if one and one.get("form"))


def _stands_behind(version: LayerVersion) -> bool:
    """Whether whoever looks past this place would still find the thing."""
    chain = [one for one in places.chart().seen_from(version.place) if one != version.place]
    return any((one.kind, one.key) == (version.kind, version.key) for one in layers.shelf(chain).heads)
