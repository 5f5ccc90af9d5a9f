"""Where a token may be put by hand: every place it could have come to by itself since it parted from the others.

A diagram is read as ways for one token. A gateway that opens several ways is a wall, and so is one that waits for
several tokens; but a whole block, from the gateway that opens it to the one that closes it, can be stepped over.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, StartEvent

from app.engine.catching import EventGateway
from app.engine.complexes import ComplexGateway
from app.engine.joins import InclusiveGateway, ParallelGateway
from app.engine.scopes import Snapshot
from app.engine.ways import Ways

_Ways = dict[str, set[str]]


def region(spec: Any, names: Iterable[str]) -> dict[str, Any]:
    """The elements a token at one of some specifications may stand at, by the id the diagram gives them.

    The value is the specification through which an element is entered.
    """
    ways = _for_one_token(spec)
    return _places(spec, _closure(ways, _closure(_backwards(ways), names)))


def origins(spec: Any, name: str) -> dict[str, Any]:
    """The elements from which a token could have come to a specification by itself, as those of a region."""
    back = _backwards(_for_one_token(spec))
    return _places(spec, _closure(back, back[name]))


def entrance(one: Any) -> Any:
    """The specification through which that of an element is entered."""
    return next((before for before in one.inputs if isinstance(before, BoundaryEventSplit)), one)


def _places(spec: Any, names: Iterable[str]) -> dict[str, Any]:
    found = (spec.task_specs[name] for name in sorted(names))
    return {one.bpmn_id: entrance(one) for one in found if one.bpmn_id is not None and _is_place(one)}


def _backwards(ways: _Ways) -> _Ways:
    back: _Ways = {name: set() for name in ways}
    for source, targets in ways.items():
        for target in targets:
            back[target].add(source)
    return back


def beginnings(spec: Any) -> list[str]:
    """The starts of a process."""
    return [one.name for one in spec.start.outputs if isinstance(one, StartEvent)]


def _is_place(one: Any) -> bool:
    """Whether a token can be put there; starts, events at an edge and joins only mean something with what led there."""
    if isinstance(one, StartEvent | BoundaryEvent | Snapshot) or joins(one):
        return False
    return not any(isinstance(before, EventGateway) for before in one.inputs)


def joins(one: Any) -> bool:
    """Whether an element may wait for several tokens to make one of them."""
    return isinstance(one, ParallelGateway | InclusiveGateway) and len(one.inputs) > 1


def _is_early(one: Any) -> bool:
    """Whether a gateway goes on before everything has come, so that work may still be open behind a token."""
    return isinstance(one, ComplexGateway)


def _splits(one: Any) -> bool:
    return isinstance(one, ParallelGateway | InclusiveGateway | Ways) and len(one.outputs) > 1


def _for_one_token(spec: Any) -> _Ways:
    ways = _drawn(spec)
    specs: Mapping[str, Any] = spec.task_specs
    over = list(_blocks(spec, ways))
    for name in ways:
        targets = set() if _splits(specs[name]) else ways[name]
        ways[name] = {one for one in targets if not joins(specs[one]) and not _is_beside(specs[one])}
    for split, join in over:
        ways[split] |= ways[join]
    return ways


def _drawn(spec: Any) -> _Ways:
    left_out = Snapshot | BoundaryEventJoin
    nodes = {name: one for name, one in spec.task_specs.items() if not isinstance(one, left_out)}
    return {name: {way.name for way in one.outputs if way.name in nodes} for name, one in nodes.items()}


def _is_beside(one: Any) -> bool:
    """Whether an event brings a second token instead of taking the first one away."""
    return isinstance(one, BoundaryEvent) and not one.cancel_activity


def _blocks(spec: Any, ways: _Ways) -> Iterator[tuple[str, str]]:
    """The gateways (and activities) that open several ways, with the one gateway where all of these always meet."""
    ends = {name for name, targets in ways.items() if not targets}
    splits = [name for name in ways if _splits(spec.task_specs[name])]
    closers = [name for name in ways if joins(spec.task_specs[name]) and not _is_early(spec.task_specs[name])]
    for split in splits:
        closing = []
        for join in closers:
            inside = _closure(ways, ways[split], without=join)
            is_left_only_here = not inside & ends and split not in inside
            if is_left_only_here and join not in _closure(ways, beginnings(spec), without=split):
                closing.append((len(inside), join))
        if closing:
            yield split, min(closing)[1]


def _closure(ways: Mapping[str, Iterable[str]], start: Iterable[str], without: str | None = None) -> set[str]:
    seen: set[str] = set()
    todo = list(start)
    while todo:
        one = todo.pop()
        if one not in seen and one != without:
            seen.add(one)
            todo.extend(ways[one])
    return seen
