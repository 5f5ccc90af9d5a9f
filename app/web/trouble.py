"""Incidents in words: causes, steps, data and filters as operators read and type them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import request, url_for
from markupsafe import Markup

from app.domain.actors.actor import Actor
from app.domain.cases import repairs, troubles
from app.domain.cases.models import Case, Incident
from app.domain.cases.troubles import Tally, Wanted
from app.domain.documents.rules import folded
from app.domain.procedures.models import ProcedureVersion
from app.domain.signatures.failures import repair_of
from app.engine import diagram
from app.engine.declarations import describe
from app.kernel.errors import Invalid
from app.web import i18n, listing
from app.web.cases import procedure_title
from app.web.i18n import t

MOST_WORDS = 50
LONGEST_KEY = 200
GOOD = frozenset({"went_on", "skipped", "noted"})


@dataclass(frozen=True)
class Line:
    """One incident of a list."""

    incident: Incident
    cause: str
    step: str
    procedure: str


@dataclass(frozen=True)
class Known:
    """One thing a case knows; the value only for those who may read its document."""

    name: str
    kind: str
    value: str


def line(incident: Incident) -> Line:
    """An incident as a list shows it."""
    version = incident.case.version
    step = names(version).get(incident.node) or incident.node
    return Line(incident, cause(incident.code), step, procedure_title(version.key, version.texts))


def cause(code: str) -> str:
    """The cause of a failure in a few words; what no catalogue knows is told by its name."""
    for key in (f"cause.{code}", code):
        if i18n.has(key):
            return t(key)
    return t("cause.unknown", code=code) if code else ""


def sentence(incident: Incident) -> str:
    """The cause with its particulars: the step by its name, limits, documents."""
    if not i18n.has(incident.code):
        return cause(incident.code)
    node = names(incident.case.version).get(incident.node) or incident.node
    return t(incident.code, **{**{name: str(value) for name, value in incident.detail.items()}, "node": node})


def helps(incident: Incident) -> str:
    """What mends a signature that could not be made, and by whom; empty for other incidents."""
    return helps_with(incident.code)


def helps_with(code: str) -> str:
    """The same for the cause of a signature's failure."""
    if not code.startswith(("key.", "timestamp.", "signing.", "trust.")):
        return ""
    return t("signing.repair.at_the_signers", repair=t(f"signing.repair.{repair_of(code).value}"))


def names(version: ProcedureVersion) -> Mapping[str, str]:
    """What the elements of a diagram are called; a version never changes, so each process reads it once."""
    return _names(version.bpmn)


@lru_cache(maxsize=64)
def _names(bpmn: bytes) -> Mapping[str, str]:
    return MappingProxyType({node.id: node.name for node in describe(bpmn) if node.name})


def steps(tallies: Iterable[Tally]) -> list[tuple[Tally, str, str]]:
    """Steps with their number of incidents, by the names people know."""
    found = []
    for one in tallies:
        version = troubles.newest_version(one.procedure)
        if version is not None:
            name, texts = names(version).get(one.key, one.key), version.texts
            found.append((one, name, procedure_title(one.procedure, texts)))
    return found


def counted(actor: Actor, wanted: Wanted) -> Markup | None:
    """The diagram of the procedure that is asked for, with the number of incidents at each step."""
    version = troubles.newest_version(wanted.procedure) if wanted.procedure else None
    if version is None:
        return None
    numbers = {one.key: str(one.count) for one in troubles.by_step(actor, wanted)}
    try:
        drawing = diagram.render(
            version.bpmn,
            dict.fromkeys(numbers, "error"),
            numbers,
            t("operations.diagram"),
            words={"error": t("case.step.error")},
        )
    except Invalid:
        return None  # nobody has drawn it
    return Markup(drawing)  # noqa: S704 - our own renderer, which escapes every name


def is_drawn(case: Case) -> bool:
    """Whether there is a picture of the diagram of a case."""
    return b"BPMNDiagram" in case.version.bpmn


def data(incident: Incident, *, open_to_me: bool) -> list[Known]:
    """What the case knows where it is stuck, by name."""
    return [
        Known(name, t(f"kind.{type(value).__name__}"), _shown(value) if open_to_me else "")
        for name, value in sorted(repairs.known(incident).items())
    ]


def wanted(source: Mapping[str, str] | None = None) -> Wanted:
    """The filter of the address, or of a form that carries it on; nonsense filters nothing."""
    given = request.args if source is None else source
    return Wanted(
        code=given.get("code", "")[:LONGEST_KEY],
        node=given.get("node", "")[:LONGEST_KEY],
        procedure=given.get("procedure", "")[:LONGEST_KEY],
        unit_id=_id(given.get("unit_id", "")),
        search=folded(given.get("q", "")[: listing.LONGEST_SEARCH])
        if given.get("q")
        else given.get("search", "")[:100],
        closed=given.get("closed", "") not in ("", "0"),
    )


def address(offset: int = 0, **changed: Any) -> str:
    """The list with some of its filter changed."""
    kept = {name: value for name, value in request.args.items() if name not in {"offset", "act"}}
    return url_for("operations.index", **{**kept, **changed, "offset": offset or None})


def words(text: str, field: str) -> dict[str, Any]:
    """Lines `name = value`; a value that is JSON counts as that, anything else is text. Raises Invalid on `field`."""
    found: dict[str, Any] = {}
    for row in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = row.partition("=")
        if not sign or not name.strip().isidentifier() or len(found) >= MOST_WORDS:
            raise Invalid("form.invalid", fields={field: ("operations.words", {"line": row[:80]})})
        found[name.strip()] = _value(value.strip())
    return found


def chosen(name: str) -> list[UUID]:
    """The ids that were ticked."""
    return [one for text in request.form.getlist(name) if (one := _id(text)) is not None]


def kind(outcome: str) -> str:
    """How an outcome looks: done, still open, or bad."""
    return "done" if outcome in GOOD else "soon" if outcome == "waiting" else "late"


def _retry(actor: Actor, incident_id: UUID) -> str:
    changes = words(request.form.get("changes", ""), "changes")
    return repairs.retry(actor, incident_id, reason=request.form.get("reason", ""), changes=changes)


def _skip(actor: Actor, incident_id: UUID) -> str:
    result = words(request.form.get("result", ""), "result")
    return repairs.skip(actor, incident_id, reason=request.form.get("reason", ""), result=result)


def _move(actor: Actor, incident_id: UUID) -> str:
    node, reason = request.form.get("to_node", ""), request.form.get("reason", "")
    return repairs.move(actor, incident_id, to_node=node, reason=reason)


def _note(actor: Actor, incident_id: UUID) -> str:
    repairs.note(actor, incident_id, text=request.form.get("note", ""))
    return "noted"


ACTS: Mapping[str, Callable[[Actor, UUID], str]] = {"retry": _retry, "skip": _skip, "move": _move, "note": _note}
"""What the buttons of an incident do; each tells what came of it."""


def _value(text: str) -> Any:
    """A number, a list or whatever else JSON can say and a case can keep; else the text as it stands."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return text
    return value


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_KEY else f"{text[:LONGEST_KEY]}…"


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
