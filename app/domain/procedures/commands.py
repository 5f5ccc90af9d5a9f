"""Pinning: a case keeps the version it started with."""

from dataclasses import asdict
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from app.domain.procedures import library
from app.domain.procedures.effective import effective
from app.domain.procedures.models import FormVersion, ProcedureVersion
from app.engine import runtime
from app.kernel.db import command, db
from app.kernel.errors import Missing


@command
def pin(key: str, unit_id: UUID) -> ProcedureVersion:
    """The version of the procedure that is effective for a unit now; the same content makes no new one."""
    found = effective(key, unit_id)
    query = select(ProcedureVersion).where(ProcedureVersion.key == key, ProcedureVersion.sha256 == found.sha256)
    known = db.session.scalar(query)
    if known is not None:
        return known
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


def definition(version: ProcedureVersion) -> runtime.Definition:
    """The parsed diagram of a version; parsed once in each process."""
    return _parsed(version.bpmn, version.key)


def pinned_form(sha256: str) -> FormVersion:
    """A form as it was when its case started."""
    found = db.session.scalar(select(FormVersion).where(FormVersion.sha256 == sha256))
    if found is None:
        raise Missing("form.missing")
    return found


def _pin_form(key: str) -> str:
    form = library.form(key)
    query = select(FormVersion.id).where(FormVersion.sha256 == form.sha256)
    if db.session.scalar(query) is None:
        db.session.add(FormVersion(**asdict(form)))
        db.session.flush()
    return form.sha256


@lru_cache(maxsize=256)
def _parsed(bpmn: bytes, key: str) -> runtime.Definition:
    return runtime.parse(bpmn, key)
