"""Pinning: a case keeps the version it started with."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from app.domain.procedures import library
from app.domain.procedures.effective import Effective, effective
from app.domain.procedures.library import Form
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.engine import runtime
from app.kernel.db import command, db
from app.kernel.errors import Invalid, Missing


@command
def pin(key: str, unit_id: UUID) -> ProcedureVersion:
    """The version of the procedure that is effective for a unit now; the same content makes no new one."""
    found = effective(key, unit_id)
    query = select(ProcedureVersion).where(ProcedureVersion.key == key, ProcedureVersion.sha256 == found.sha256)
    known = db.session.scalar(query)
    if known is not None:
        return known
    _check_starts(found)
    version = ProcedureVersion(
        key=key,
        sha256=found.sha256,
        bpmn=found.bpmn,
        parameters=dict(found.parameters),
        forms={node: _pin_form(form) for node, form in found.forms.items()},
        origins=dict(found.origins),
    )
    db.session.add(version)
    db.session.flush()
    return version


@dataclass(frozen=True)
class Pinned:
    """A version as its cases run it: never changed again, so each process reads and parses it once."""

    definition: runtime.Definition
    forms: Mapping[str, str]


@lru_cache(maxsize=256)
def pinned(version_id: UUID) -> Pinned:
    """The version a case is pinned to; its diagram parsed, its forms by step."""
    version = db.session.get_one(ProcedureVersion, version_id)
    decisions = {key: text.encode() for key, text in version.decisions.items()}
    definition = runtime.parse(version.bpmn, version.key, decisions=decisions.get)
    return Pinned(definition, MappingProxyType(version.forms))


@lru_cache(maxsize=512)
def pinned_form(sha256: str) -> Form:
    """A form as it was when its case started; content never changes under its name."""
    found = db.session.scalar(select(FormVersion).where(FormVersion.sha256 == sha256))
    if found is None:
        raise Missing("form.missing")
    return Form(found.key, found.sha256, found.schema, found.texts)


def _check_starts(found: Effective) -> None:
    """Only people and arrivals begin cases: a start that waits for a timer, message or signal would never begin one."""
    starts = runtime.parse(found.bpmn, found.key).starts
    if any(start.kind != "none" for start in starts):
        raise Invalid("procedure.start")


def _pin_form(key: str) -> str:
    form = library.form(key)
    query = select(FormVersion.id).where(FormVersion.sha256 == form.sha256)
    if db.session.scalar(query) is None:
        db.session.add(FormVersion(**asdict(form)))
        db.session.flush()
    return form.sha256
