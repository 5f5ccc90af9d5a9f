"""What stands between a draft and its publication: everything that is still to be done, each with its place in it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.procedures import effective, formshape, layers, patches
from app.domain.procedures.commands import parsed
from app.domain.procedures.effective import Effective, Standing
from app.domain.procedures.layers import Thing
from app.engine import dmn
from app.engine.child import Reader
from app.engine.inserting import misplaced
from app.engine.overriding import references
from app.engine.report import REFUSED, TODO
from app.kernel.errors import OfficeError

ELSEWHERE = frozenset({"diagram.call", "diagram.decision"})
"""What a diagram alone cannot have: it is looked up, and checked with everything else."""

UNKNOWN_FORM = "procedure.form_unknown"


@dataclass(frozen=True)
class Todo:
    """One thing to do: a key of the message catalogue with the values of its sentence, and the element it is about."""

    reason: str
    data: Mapping[str, Any] = field(default_factory=dict)
    element: str = ""
    name: str = ""
    line: int | None = None
    verdict: str = TODO


@dataclass(frozen=True)
class Draft:
    """What is to be checked: a content of one place, and what stands `behind` that place."""

    kind: str
    key: str
    content: Mapping[str, Any]
    behind: Standing


Check = Callable[[Effective], Iterable[Todo]]
_checks: list[Check] = []
_examined: dict[str, tuple[Todo, ...]] = {}
_MOST_KEPT = 64


def install(*checks: Check) -> None:
    """Replace the checks that higher slices add, such as whether every operation of a diagram is offered."""
    _checks[:] = checks


def todo(draft: Draft) -> list[Todo]:
    """All that is left to do before a draft may be published; nothing when it may."""
    behind = layers.thing(draft.behind, draft.kind, draft.key)
    content = patches.merged({} if behind is None else behind.content, draft.content)
    return list(_told(_CHECKS[draft.kind](draft, content)))


def examined(xml: str) -> list[Todo]:
    """What the gate says about a diagram of any origin; it is read in a child process, once for each diagram."""
    found = _examined.get(xml)
    if found is None:
        with Reader() as reader:
            found = learn(xml, reader.ask("examine", xml.encode()))
    return list(found)


def learn(xml: str, report: Mapping[str, Any]) -> tuple[Todo, ...]:
    """Remember what the gate has said about a diagram, so that it is not asked again."""
    notes = [one for one in told(report["findings"]) if one.verdict in (TODO, REFUSED) and one.reason not in ELSEWHERE]
    found = tuple(notes or [Todo(note["reason"], note["data"], verdict=REFUSED) for note in report["reasons"]])
    if len(_examined) >= _MOST_KEPT:
        _examined.clear()
    _examined[xml] = found
    return found


def told(findings: Iterable[Mapping[str, Any]]) -> Iterator[Todo]:
    """Each note of a report, with the element it is about."""
    for one in findings:
        for note in one["notes"]:
            yield Todo(note["reason"], note["data"], one["id"] or "", one["name"], one["line"], note["verdict"])


def _procedure(draft: Draft, content: Mapping[str, Any]) -> Iterator[Todo]:
    """The diagram first: what reads it afterwards relies on the gate."""
    diagram = content.get("diagram")
    if diagram is None:
        yield Todo("procedure.no_diagram")
        return
    found = examined(diagram)
    grown = diagram.encode() if found else effective.grown(content)
    found = found or examined(grown.decode())
    yield from found
    if not found:
        yield from (Todo("procedure.step_misplaced", {"node": one}, one) for one in _misplaced(content))
        steps = list(_steps(draft, content, grown))
        yield from steps
        if not any(one.reason == UNKNOWN_FORM for one in steps):  # what is assembled needs every form it names
            yield from _told(_whole(draft, content))


def _misplaced(content: Mapping[str, Any]) -> list[str]:
    return misplaced(str(content["diagram"]).encode(), content.get("added", {}))


def _steps(draft: Draft, content: Mapping[str, Any], diagram: bytes) -> Iterator[Todo]:
    """Every step has a form that there is, and nothing is said about a step that is not there."""
    named = references(diagram)
    forms = {**named.forms, **content.get("forms", {})}
    yield from (Todo("procedure.step_without_form", {"node": one}, one) for one in named.steps if not forms.get(one))
    unknown = ((one, forms[one]) for one in named.steps if forms.get(one) and not _has_form(draft, forms[one]))
    yield from (Todo(UNKNOWN_FORM, {"node": one, "form": form}, one) for one, form in unknown)
    said = {**content.get("forms", {}), **content.get("steps", {})}
    yield from (Todo("procedure.step_unknown", {"node": one}, one) for one in sorted(said.keys() - set(named.steps)))


def _has_form(draft: Draft, key: str) -> bool:
    return layers.thing(draft.behind, "form", key) is not None


def _whole(draft: Draft, content: Mapping[str, Any]) -> Iterator[Todo]:
    found = effective.assembled(draft.key, Thing(content, {}, ()), draft.behind)
    parsed(found.key, found.bpmn, found.called, found.decisions)
    for check in _checks:
        yield from check(found)


def _form(_draft: Draft, content: Mapping[str, Any]) -> Iterator[Todo]:
    formshape.check(content)
    yield from ()


def _decision(_draft: Draft, content: Mapping[str, Any]) -> Iterator[Todo]:
    dmn.read(str(content.get("dmn", "")).encode())
    yield from ()


def _told(found: Iterator[Todo]) -> Iterator[Todo]:
    """What is found, and a refusal on the way as one more thing to do."""
    try:
        yield from found
    except OfficeError as error:
        data = {name: value for name, value in error.data.items() if name != "fields"}
        yield Todo(error.code, data, str(data.get("node") or ""))


_CHECKS: Mapping[str, Callable[[Draft, Mapping[str, Any]], Iterator[Todo]]] = {
    "procedure": _procedure,
    "form": _form,
    "decision": _decision,
}
