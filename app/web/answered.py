"""What earlier steps of a case filled in, as it is read by those who decide after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.cases.models import Task
from app.domain.orgunits import queries as orgunits
from app.domain.procedures.forms import file_fields
from app.web import choices, decisions, filters, formtexts, history
from app.web.i18n import t

Names = Mapping[str, str]


@dataclass(frozen=True)
class Answered:
    """One step that was done: what was filled in there, each field with its label."""

    name: str
    at: datetime
    facts: list[tuple[str, str]]


def steps(tasks: Iterable[Task]) -> list[Answered]:
    """The last round of each step, first step first; decisions and remarks stand in the history already."""
    rounds = {one.node: one for one in tasks if one.closed_at is not None and one.kind == "step" and one.answers}
    names = _names(rounds.values())
    found = [(one, _facts(one, names)) for one in rounds.values()]
    return [Answered(formtexts.task_name(one), one.closed_at or one.opened_at, facts) for one, facts in found if facts]


def _facts(task: Task, names: Names) -> list[tuple[str, str]]:
    form = formtexts.pinned(task.form_sha256)
    left_out = {decisions.decision_field(form.schema), *file_fields(form.schema), *history.SPOKEN}
    said = form.texts.get("fields", {})
    found = []
    for name, spec in form.schema.get("properties", {}).items():
        if name in task.answers and name not in left_out:
            text = said.get(name, {})
            words = _words(spec, task.answers[name], {**names, **text.get("options", {})})
            found += [(str(text.get("label") or name), words)] if words else []
    return found


def _words(spec: Mapping[str, Any], value: Any, names: Names) -> str:
    if isinstance(value, list):
        return "; ".join(names.get(str(one), str(one)) for one in value)
    if isinstance(value, bool):
        return t("answer.yes" if value else "answer.no")
    if value is None:
        return ""
    return filters.day(value) if spec.get("format") == "date" else names.get(str(value), str(value))


def _names(tasks: Iterable[Task]) -> dict[str, str]:
    """The names of the agencies and posts that were chosen (two statements, or none)."""
    chosen: dict[str, set[UUID]] = {"agencies": set(), "posts": set()}
    for task in tasks:
        for name, spec in formtexts.pinned(task.form_sha256).schema.get("properties", {}).items():
            kind, value = choices.source(spec), task.answers.get(name)
            if kind in chosen and value:
                chosen[kind] |= {UUID(one) for one in (value if isinstance(value, list) else [value])}
    units = {str(key): one.name for key, one in orgunits.units(chosen["agencies"]).items()}
    return units | {str(key): one.title for key, one in orgunits.posts(chosen["posts"]).items()}
