"""Getting a trial to one step (thử riêng một bước): the steps before it are answered with sample data."""

from typing import Any

from app.domain.actors.actor import Actor
from app.domain.orgunits.models import Unit
from app.domain.procedures import forms, sandbox
from app.domain.procedures.assembly import Assembled
from app.domain.procedures.library import Form
from app.domain.procedures.sandbox import Run
from app.domain.procedures.trials import Ask
from app.web import choices, samples

MOST = 30
Told = dict[str, Any]


def record_to(node: str, assembled: Assembled, record: Told, who: tuple[Actor, Unit], ask: Ask) -> Told:
    """The record with what brings it to a step, or as far as sample data lead; `who` fills in for which unit."""
    for _ in range(MOST):
        run = sandbox.played(assembled, record, ask)
        act = None if node in run.open_tasks else _next(run, assembled, who)
        if act is None or run.told["ended"] or run.told["incident"]:
            return record
        if sandbox.played(assembled, record, ask, act).refused is not None:
            return record
        record = {**record, "steps": [*record["steps"], act]}
    return record


def _next(run: Run, assembled: Assembled, who: tuple[Actor, Unit]) -> Told | None:
    for node, task in run.open_tasks.items():
        form = assembled.forms.get(node)
        if form is not None:
            return {"complete": node, "as": task["performer"] or "", **_filled(form, who)}
    timers = [one["node"] for one in run.told["timers"]]
    waiting = [one["node"] for one in run.told["open"] if one["kind"] == "operation"]
    if waiting:
        return {"answer": waiting[0], "result": {}}
    return {"timer": timers[0]} if timers else None


def _filled(form: Form, who: tuple[Actor, Unit]) -> Told:
    actor, unit = who
    found = samples.answers(form.schema, choices.for_form(form.schema, actor, unit.id)) | samples.decided(form.schema)
    has_file = bool(forms.file_fields(form.schema))
    return {**({"answers": found} if found else {}), **({"file": True} if has_file else {})}
