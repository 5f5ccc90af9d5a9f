"""Beginning a case again that has ended (mở lại hồ sơ đã kết thúc), at a step of a person."""

from typing import Final
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.cases import projection, queries, repairs
from app.domain.cases.bulk import require_reason
from app.domain.cases.events import CaseReopened
from app.domain.cases.models import Case
from app.domain.procedures import commands as procedures
from app.engine import runtime
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Missing

AFTER_SENDING = "cases.reopen_sent"
INSIDE: Final = frozenset({"draft", "prepared", "arrived", "registered"})
"""States of documents that nobody outside has been told of yet: beginning again takes nothing back from anybody."""


@command
def reopen_case(actor: Actor, case_id: UUID, *, node: str, reason: str) -> Case:
    """Let a case that has ended wait at a step again, with the last it knew.

    Raises Missing for whoever does not operate it, Conflict "case.not_ended", Conflict "case.document_is_out" when the
    document has been signed, sent or closed and the actor may not reopen such ones, Invalid on `reason` and the step.
    """
    visible(actor, case_id)
    case = queries.locked_case(case_id)
    said = require_reason(reason)
    if case.ended_at is None or case.status != "done":
        raise Conflict("case.not_ended")
    if case.document.state not in INSIDE and not actor.may(AFTER_SENDING, at=case.unit_id):
        raise Conflict("case.document_is_out")
    step = runtime.restart(procedures.pinned(case.version_id).definition, case.state, node)
    case.status, case.ended_at = "open", None
    events.record(CaseReopened(about=str(case.id), node=node, reason=said), actor=actor.name)
    projection.project(case, step)
    return case


def visible(actor: Actor, case_id: UUID) -> Case:
    """One case, for whoever operates it. Raises Missing."""
    found = db.session.get(Case, case_id)
    if found is None or not repairs.may_operate(actor, found.unit_id):
        raise Missing("case.missing")
    return found


def steps(case: Case) -> tuple[str, ...]:
    """The steps at which a case can begin again; none while it runs."""
    if case.ended_at is None or case.status != "done":
        return ()
    pinned = procedures.pinned(case.version_id)
    return tuple(node for node in runtime.steps(pinned.definition) if node in pinned.forms)
