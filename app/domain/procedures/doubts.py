"""What is allowed and yet probably a mistake (điều đáng ngờ): said to whoever draws, never in the way of publishing."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from app.domain.procedures.checks import Todo
from app.domain.procedures.effective import Effective
from app.engine import asking

WARNING: Final = "warning"
GIVEN: Final[Mapping[str, str]] = {
    "unit_id": "string",
    "document_id": "string",
    "drafting_unit_id": "string",
    "drafter_post_id": "string",
    "parameters": "object",
}
"""What a case knows from its beginning, before anybody filled in anything."""


def unknown_names(found: Effective) -> Iterator[Todo]:
    """Names that an expression asks for and nobody ever sets: they are empty when the case runs, which is no error."""
    read = asking.names(found.bpmn)
    inside = [asking.names(text.encode()) for text in found.called.values()]
    known = {*GIVEN, *(f"parameters.{name}" for name in found.parameters), *read.made}
    known |= {name for one in inside for name in one.made}
    known |= {name for form in found.pins.values() for name in told(form.schema)}
    for element, asked in read.asked.items():
        for name in sorted(asked - known):
            near = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
            code = "doubt.name_near" if near else "doubt.name"
            yield Todo(code, {"name": name, "near": "".join(near)}, element, verdict=WARNING)


def told(schema: Mapping[str, Any]) -> list[str]:
    """The fields of a form that conditions can ask for."""
    return list(schema.get("x-tells", ()) if "x-writes" in schema else schema.get("properties", {}))
