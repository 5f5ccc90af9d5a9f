"""Why a task is whose it is, in plain words: the ids of `Task.why` become names."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from app.domain.cases.models import Task
from app.domain.orgunits import queries as orgunits
from app.kernel.errors import Missing
from app.web import formtexts
from app.web.i18n import has, t


def sentence(task: Task, tasks: Iterable[Task]) -> str:
    """How the performer was found; empty for tasks of a time when that was not kept."""
    code = str(task.why.get("code", ""))
    if not has(code):
        return ""
    given: Mapping[str, Any] = task.why.get("values", {})
    names = _names(given, {one.node: one for one in tasks})
    reason = str(given.get("reason", ""))
    return t(code, **{**names, "reason": t(reason, **names) if has(reason) else ""})


def _names(given: Mapping[str, Any], steps: Mapping[str, Task]) -> dict[str, str]:
    names = {name: str(value) for name, value in given.items()}
    if "unit_id" in given:
        names["unit"] = _unit(given["unit_id"])
    if "role" in given:
        key = f"role.{given['role']}"
        names["role"] = t(key) if has(key) else str(given["role"])
    if "step" in given and given["step"] in steps:
        step = steps[given["step"]]
        names["step"] = formtexts.step_name(step.form_key, step.name)
    if "post_id" in given:
        names |= _post(given["post_id"])
    return names


def _unit(unit_id: Any) -> str:
    try:
        return orgunits.unit(UUID(str(unit_id))).name
    except Missing:
        return str(unit_id)


def _post(post_id: Any) -> dict[str, str]:
    try:
        post = orgunits.post(UUID(str(post_id)))
    except Missing:
        return {"post": str(post_id), "unit_of_post": ""}
    return {"post": post.title, "unit_of_post": post.unit.short_name}
