"""A diagram that has passed the gate, ready to be run as often as one likes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from app.engine import gate, links, parser, starting
from app.engine.rules import Decisions, no_decisions
from app.engine.values import Start
from app.engine.xml import read


@dataclass(frozen=True, eq=False)
class Definition:
    """A parsed process. It is never changed by running it and may be shared by threads and kept in a cache."""

    process_id: str
    spec: Any
    inner: Mapping[str, Any]
    starts: tuple[Start, ...]


def parse(
    xml: bytes,
    process_id: str,
    called: Mapping[str, bytes] = MappingProxyType({}),
    decisions: Decisions = no_decisions,
) -> Definition:
    """Read and check a diagram; `called` holds the documents of the processes it calls, by process id.

    `decisions` gives the DMN documents that its business rule tasks name; the tables become part of the definition.

    Fails closed: Invalid "diagram.<reason>" (with `node` where there is one) for everything that is not known to
    run as it is drawn, TooLarge for what no person has drawn.
    """
    roots = {name: links.joined(read(document)) for name, document in {process_id: xml, **called}.items()}
    for root in roots.values():
        gate.check(root)
    gate.check_calls(roots, process_id)
    spec, inner = parser.specification(roots, process_id, decisions)
    return Definition(process_id, spec, MappingProxyType(inner), starting.starts(spec))
