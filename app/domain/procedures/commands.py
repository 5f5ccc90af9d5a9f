"""Pinning: a case keeps the version it started with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func, select

from app.domain.procedures.effective import Effective, effective
from app.domain.procedures.library import Form
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.engine import runtime
from app.kernel.db import command, db
from app.kernel.errors import Invalid, Missing


@command
def pin(key: str, unit_id: UUID, version: UUID | None = None) -> ProcedureVersion:
    """The version of the procedure that is effective for a unit now; the same content makes no new one.

    `version` is an older version of one of the unit's places, to be used instead of the newest (see `standing`).
    """
    found = effective(key, unit_id, version)
    query = select(ProcedureVersion).where(ProcedureVersion.key == key, ProcedureVersion.sha256 == found.sha256)
    known = db.session.scalar(query)
    if known is not None:
        return known
    check_starts(found)
    last = db.session.scalar(select(func.max(ProcedureVersion.number)).where(ProcedureVersion.key == key))
    made = ProcedureVersion(
        key=key,
        number=(last or 0) + 1,
        sha256=found.sha256,
        bpmn=found.bpmn,
        parameters=dict(found.parameters),
        forms={node: _pin_form(found.pins[form]) for node, form in found.forms.items()},
        decisions=dict(found.decisions),
        called=dict(found.called),
        texts=dict(found.texts),
        layers=dict(found.layers),
        origins=dict(found.origins),
    )
    db.session.add(made)
    db.session.flush()
    return made


@dataclass(frozen=True)
class Pinned:
    """A version as its cases run it: never changed again, so each process reads and parses it once."""

    definition: runtime.Definition
    forms: Mapping[str, str]


@lru_cache(maxsize=256)
def pinned(version_id: UUID) -> Pinned:
    """The version a case is pinned to; its diagram parsed, its forms by step."""
    version = db.session.get_one(ProcedureVersion, version_id)
    definition = parsed(version.key, version.bpmn, version.called, version.decisions)
    return Pinned(definition, MappingProxyType(version.forms))


@lru_cache(maxsize=512)
def pinned_form(sha256: str) -> Form:
    """A form as it was when its case started; content never changes under its name."""
    found = db.session.scalar(select(FormVersion).where(FormVersion.sha256 == sha256))
    if found is None:
        raise Missing("form.missing")
    return Form(found.key, found.sha256, found.schema, found.texts)


def parsed(key: str, bpmn: bytes, called: Mapping[str, str], decisions: Mapping[str, str]) -> runtime.Definition:
    """A diagram with everything it calls and asks. Errors: as `runtime.parse`."""
    processes = {name: text.encode() for name, text in called.items()}
    tables = {name: text.encode() for name, text in decisions.items()}
    return runtime.parse(bpmn, key, processes, tables.get)


def check_starts(found: Effective) -> None:
    """Only people and arrivals begin cases: a start that waits for a timer, message or signal would never begin one."""
    starts = parsed(found.key, found.bpmn, found.called, found.decisions).starts
    if any(start.kind != "none" for start in starts):
        raise Invalid("procedure.start")


def _pin_form(form: Form) -> str:
    query = select(FormVersion.id).where(FormVersion.sha256 == form.sha256)
    if db.session.scalar(query) is None:
        db.session.add(FormVersion(**asdict(form)))
        db.session.flush()
    return form.sha256
