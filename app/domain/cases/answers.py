"""Comparing what was answered in forms (so sánh trường đã trả lời), each field as its form says it is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import ColumnElement, case, false, or_, select

from app.domain.cases.models import Case, Task
from app.domain.procedures import commands as procedures
from app.domain.procedures.models import ProcedureVersion
from app.kernel.db import db
from app.kernel.errors import Missing

MOST_VERSIONS = 50
COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}
HAS = "has"
ORDERED, SAME = (*COMPARISONS,), ("eq", "ne")
SIGNS: Mapping[str, tuple[str, ...]] = {
    "number": ORDERED,
    "day": ORDERED,
    "flag": SAME,
    "choice": SAME,
    "text": (HAS, *SAME),
    "list": (HAS,),
}
"""By which signs each kind of field is compared."""


@dataclass(frozen=True)
class Field:
    """A field of the forms of a procedure: `kind` number, day, flag, choice, text or list; `forms` name it so."""

    name: str
    kind: str
    schema: Mapping[str, Any]
    texts: Mapping[str, Mapping[str, Any]]
    forms: frozenset[str]


@dataclass(frozen=True)
class Compared:
    """A field, a sign and a value of its kind."""

    field: Field
    sign: str
    value: Any

    def __str__(self) -> str:
        return f"{self.field.name} {self.sign} {self.value}"


def fields(key: str) -> dict[str, Field]:
    """The fields of every form that the latest versions of a procedure ask for, by name.

    Where two forms mean different things by one name, the newer form decides what it is.
    """
    query = select(ProcedureVersion.forms).where(ProcedureVersion.key == key).order_by(ProcedureVersion.at.desc())
    names = dict.fromkeys(form for forms in db.session.scalars(query.limit(MOST_VERSIONS)) for form in forms.values())
    found: dict[str, Field] = {}
    for sha256 in names:
        try:
            form = procedures.pinned_form(sha256)
        except Missing:
            continue
        for name, spec in form.schema.get("properties", {}).items():
            kind = kind_of(spec)
            known = found.get(name)
            if kind and (known is None or known.kind == kind):
                texts = {code: said.get("fields", {}).get(name, {}) for code, said in form.texts.items()}
                first = known or Field(name, kind, spec, texts, frozenset())
                found[name] = Field(name, kind, first.schema, first.texts, first.forms | {sha256})
    return found


def kind_of(spec: Mapping[str, Any]) -> str:
    """How a field is compared; empty for files and whatever else has no value to compare."""
    said = spec.get("type", "string" if "enum" in spec or "oneOf" in spec else "")
    named = said if isinstance(said, str) else next((one for one in said if one != "null"), "")
    if named == "string":
        if spec.get("x-ui", {}).get("widget") == "file":
            return ""
        return "day" if spec.get("format") == "date" else "choice" if "enum" in spec or "oneOf" in spec else "text"
    return {"integer": "number", "number": "number", "boolean": "flag", "array": "list"}.get(named, "")


def holds(wanted: Compared) -> ColumnElement[bool]:
    """The condition that a step of a case was once answered so. Other forms may mean something else by the name."""
    column, field = Task.answers[wanted.field.name], wanted.field
    if wanted.sign == HAS:
        text = column.as_string()
        as_written = {str(wanted.value), json.dumps(str(wanted.value))[1:-1]}  # lists may stand as they were escaped
        said = or_(*(text.contains(one, autoescape=True) for one in sorted(as_written)))
    else:
        typed = {"number": column.as_float, "flag": column.as_boolean}.get(field.kind, column.as_string)()
        said = COMPARISONS[wanted.sign](typed, wanted.value)
    answered = case((Task.form_sha256.in_(sorted(field.forms)), said), else_=false())
    done = Task.case_id == Case.id, Task.closed_by.is_not(None), Task.kind == "step"
    return select(Task.id).where(*done, answered).correlate(Case).exists()
