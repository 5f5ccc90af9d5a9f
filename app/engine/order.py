"""Which steps of a diagram come right before a step, whatever gateways and events stand between."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from app.engine.differences import elements
from app.engine.vocabulary import GATEWAYS
from app.engine.xml import local, read

_PASSED = GATEWAYS | {"intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}


def before(xml: bytes) -> dict[str, tuple[str, ...]]:
    """The steps, starts and ends of a diagram, each with the ids of those right before it. Errors: as `xml.read`."""
    drawn = elements(read(xml))
    sources: dict[str, list[str]] = defaultdict(list)
    for one in drawn.values():
        if local(one) == "sequenceFlow":
            sources[one.get("targetRef", "")].append(one.get("sourceRef", ""))
        elif local(one) == "boundaryEvent":
            sources[one.get("id", "")].append(one.get("attachedToRef", ""))
    passed = {key for key, one in drawn.items() if local(one) in _PASSED}
    return {key: tuple(dict.fromkeys(_before(key, sources, passed))) for key in drawn if key not in passed}


def _before(key: str, sources: Mapping[str, list[str]], passed: set[str]) -> Iterator[str]:
    todo, seen = list(sources.get(key, ())), {key}
    while todo:
        one = todo.pop(0)
        if one in seen:
            continue
        seen.add(one)
        if one in passed:
            todo.extend(sources.get(one, ()))
        else:
            yield one
