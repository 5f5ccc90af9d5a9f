"""Scenarios (kịch bản thử): what is done in a case, step by step, and what must come of it. See docs/scenarios.md."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.domain.procedures import forms, library
from app.domain.procedures.assembly import FILE, Assembled
from app.kernel import plainyaml
from app.kernel.errors import Invalid

_NAMES = UUID("6f1c1c52-7a0c-5b0e-9b35-6d2c8f0b7a11")
_NAME = re.compile(r"\$[a-z][a-z0-9_]*")
Told = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One scenario, its `$names` already ids."""

    name: str
    levels: tuple[str, ...]
    given: Told
    steps: tuple[Told, ...]
    expect: Told


@dataclass(frozen=True)
class Difference:
    """What is not as it was expected: the key of a sentence and its values."""

    code: str
    data: Mapping[str, Any]


def identity(name: str) -> str:
    """The id that `$name` stands for."""
    return str(uuid5(_NAMES, name))


def named(name: str) -> str:
    """A name as scenarios write it, `$specialist`."""
    return f"${name}"


def read(content: bytes) -> tuple[Scenario, ...]:
    """The scenarios of a file. Invalid "yaml.*", or "scenario.shape" that tells `where` and `why`."""
    found = plainyaml.read(content)
    error = best_match(_shape().iter_errors(found))
    if error is not None:
        raise Invalid("scenario.shape", where=error.json_path.removeprefix("$."), why=error.message[:200])
    return tuple(scenario(one) for one in found["scenarios"])


def scenario(found: Mapping[str, Any]) -> Scenario:
    """A scenario from its plain values."""
    levels = tuple(found.get("levels", ()))
    given, steps, expect = (
        _resolved(found.get(part, empty)) for part, empty in (("given", {}), ("steps", []), ("expect", {}))
    )
    return Scenario(str(found["name"]), levels, given, tuple(steps), expect)


def checked(found: Any) -> Scenario:
    """A scenario that is only being recorded, from plain values that anybody may have written."""
    whole = {"scenarios": [{"name": "—", "expect": {"ended": False}, **found}]} if isinstance(found, dict) else found
    error = best_match(_shape().iter_errors(whole))
    if error is not None:
        raise Invalid("scenario.shape", where=error.json_path.removeprefix("$."), why=error.message[:200])
    return scenario(whole["scenarios"][0])


def beside(assembled: Assembled) -> list[Scenario]:
    """The scenarios that stand beside a diagram and the layers on it, the diagram's own first."""
    return [one for folder in reversed(assembled.folders) for one in in_folder(folder)]


def in_folder(folder: Path) -> tuple[Scenario, ...]:
    """The scenarios that stand in a folder of the library; none where there is no such file."""
    path = folder / FILE
    return _read_file(path) if path.is_file() else ()


def prepared(assembled: Assembled, one: Scenario) -> Told | Difference:
    """A scenario as the engine plays it; the first answer that its form would refuse, if there is one."""
    acts: list[Told] = []
    has_file = False
    for number, step in enumerate(one.steps, 1):
        if "complete" not in step:
            acts.append(step)
            continue
        has_file = has_file or bool(step.get("file"))
        told = _told(assembled, number, step, has_file=has_file)
        if isinstance(told, Difference):
            return told
        acts.append({"complete": step["complete"], "as": step["as"], "told": told})
    given = one.given
    return {
        "data": _first_data(assembled, given),
        "operations": given.get("operations", {}),
        "now": given.get("now"),
        "special": {
            **dict.fromkeys(given.get("holidays", ()), False),
            **dict.fromkeys(given.get("workdays", ()), True),
        },
        "start": given.get("start"),
        "payload": given.get("payload", {}),
        "acts": acts,
    }


def _told(assembled: Assembled, number: int, step: Told, *, has_file: bool) -> Told | Difference:
    """What the engine is told of an answer, as `complete_task` tells it."""
    node = step["complete"]
    form = assembled.forms.get(node)
    if form is None:
        return Difference("scenario.no_form", {"step": number, "node": node})
    schema = form.schema
    answers = forms.said(schema, step.get("answers", {}))
    wrong = forms.validate(schema, answers, has_file=has_file)
    if wrong:
        return Difference("scenario.answers", {"step": number, "node": node, "form": form.key, "fields": wrong})
    return forms.told(schema, answers)


def _first_data(assembled: Assembled, given: Told) -> Told:
    """What a case knows when it begins, as the commands that begin one tell it."""
    own = {"unit_id": identity("unit"), "document_id": identity("document")}
    if assembled.starts_with == "person":
        own |= {"drafting_unit_id": identity("drafting_unit"), "drafter_post_id": identity("drafter")}
    parameters = {**assembled.parameters, **given.get("parameters", {})}
    return {**own, "parameters": parameters, **given.get("data", {})}


def _resolved(found: Any) -> Any:
    if isinstance(found, str) and _NAME.fullmatch(found):
        return identity(found[1:])
    if isinstance(found, Mapping):
        return {key: _resolved(value) for key, value in found.items()}
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [_resolved(value) for value in found]
    return found


@cache
def _read_file(path: Path) -> tuple[Scenario, ...]:
    try:
        return read(path.read_bytes())
    except Invalid as error:
        raise Invalid("scenario.file", file=str(path), reason=error.code, data=error.data) from error


@cache
def _shape() -> Draft202012Validator:
    return Draft202012Validator(json.loads((library.ROOT / "processes" / "scenarios.schema.json").read_text("utf-8")))
