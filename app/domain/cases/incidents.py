"""Incidents (sự cố): what keeps a case from running on is written down with all that is needed to try again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.domain.access.models import RoleGrant
from app.domain.actors.actor import Actor
from app.domain.cases import bulk
from app.domain.cases.bulk import Outcome
from app.domain.cases.events import IncidentOvertaken, IncidentRaised
from app.domain.cases.models import Call, Case, Incident, Notice, Task
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events
from app.kernel.db import db
from app.kernel.errors import Forbidden, Invalid, OfficeError, TooMany, Unavailable

OPERATE = "cases.operate"
RAISED = "notice.incident"
WENT_ON, SAME, NEW = "went_on", "failed_again_same", "failed_again_new"
"""What a repair can come to: the case goes on, or it failed again for the same cause or for another."""
ASKED = "asked"
OF_CALLS = frozenset({"operation", "answer", "failure"})
TOO_LATE = frozenset({"task.already_done", "task.missing", "call.already_answered", "message.not_awaited"})
"""What only says that somebody was faster: nothing is stuck."""


TO_CHOOSE_ANEW = frozenset(
    {
        *("document.already_numbered", "document.already_signed"),
        *("signature.not_set_up", "signature.not_holder"),
    }
)
"""What a person runs into by a decision that came too late, or too early: at the same step they can decide otherwise,
or again."""


@dataclass(frozen=True)
class Tried:
    """What is tried on a case: an act on the task, call or event `reference` (its id in the engine), and its words."""

    act: str
    reference: str
    node: str
    told: Mapping[str, Any] = field(default_factory=dict)


def sticks(failure: OfficeError, tried: str) -> bool:
    """Whether a failure is an incident: nobody who acts here can put it right at once.

    A person whom a form or a missing right stops hears it at once and has lost nothing; whatever only a mended
    diagram, mended data or somebody else can cure must not cost them their answers.
    """
    if isinstance(failure, Unavailable | TooMany) or failure.code in TOO_LATE:
        return False
    is_theirs = isinstance(failure, Forbidden) or failure.code in TO_CHOOSE_ANEW
    is_theirs |= isinstance(failure, Invalid) and bool(failure.fields)
    return not (tried == "complete" and is_theirs)


def record(case: Case, actor: Actor, tried: Tried, failure: OfficeError) -> Incident:
    """Write down what keeps a case from running on, and tell those who can help. What failed before counts one more."""
    node = str(failure.data.get("node") or tried.node)
    incident = _open_one(case.id, tried)
    if incident is None:
        incident = Incident(case_id=case.id, act=tried.act, reference=tried.reference, node=node, code=failure.code)
        incident.detail, incident.told, incident.actor = dict(failure.data), dict(tried.told), actor.name
        db.session.add(incident)
        db.session.flush()
        _notify(case)
    else:
        fail_again(incident, failure, tried.node)
    _hold(tried, failure)
    case.status = "incident"
    fact = IncidentRaised(about=str(case.id), incident_id=str(incident.id), node=node, code=failure.code)
    events.record(fact, actor="system")
    return incident


def fail_again(incident: Incident, failure: OfficeError, at: str) -> str:
    """One more attempt in vain; tells whether the cause is the same. Bulk acts that waited for it hear of it."""
    node = str(failure.data.get("node") or at)
    outcome = SAME if (incident.code, incident.node) == (failure.code, node) else NEW
    incident.attempts, incident.how = incident.attempts + 1, ""
    incident.code, incident.node, incident.detail = failure.code, node, dict(failure.data)
    bulk.resolve(str(incident.id), Outcome(outcome, failure.code, failure.data))
    return outcome


def settle(case: Case) -> None:
    """After a case has moved: incidents about what does not wait any more are over, and the case says how it stands."""
    left = False
    for incident in open_ones(case.id):
        if case.ended_at is None and _waits(incident):
            left |= incident.act != "assign"  # the case runs on; only somebody is missing
            continue
        incident.how = "retried" if incident.how == ASKED else "overtaken"
        incident.closed_at = clock.now()
        fact = IncidentOvertaken(about=str(case.id), incident_id=str(incident.id), how=incident.how)
        events.record(fact, actor="system")
        bulk.resolve(str(incident.id), Outcome(WENT_ON if incident.how == "retried" else "not_needed"))
    if case.status in {"open", "incident", "done"}:
        case.status = "incident" if left else "open" if case.ended_at is None else "done"


def open_ones(case_id: UUID) -> list[Incident]:
    """The incidents of a case that are not over, oldest first."""
    query = select(Incident).where(Incident.case_id == case_id, Incident.closed_at.is_(None))
    return list(db.session.scalars(query.order_by(Incident.opened_at)))


def is_held(case_id: UUID, act: str, reference: str) -> bool:
    """Whether an act has been taken already and waits for an operator."""
    query = select(exists().where(*_about(case_id, act, reference)))
    return bool(db.session.scalar(query))


def _open_one(case_id: UUID, tried: Tried) -> Incident | None:
    return db.session.scalar(select(Incident).where(*_about(case_id, tried.act, tried.reference)))


def _about(case_id: UUID, act: str, reference: str) -> Iterable[Any]:
    return (
        Incident.case_id == case_id,
        Incident.act == act,
        Incident.reference == reference,
        Incident.closed_at.is_(None),
    )


def _waits(incident: Incident) -> bool:
    """Whether what an incident is about still waits. Timers and events are asked for by nobody but their repair."""
    if incident.act not in {"complete", "assign", *OF_CALLS}:
        return incident.act != "stall"
    closed = Call.closed_at if incident.act in OF_CALLS else Task.closed_at
    return db.session.scalar(select(closed).where(closed.class_.id == UUID(incident.reference))) is None


def _hold(tried: Tried, failure: OfficeError) -> None:
    """What was answered is nobody's to answer again: it is the incident's now."""
    if tried.act == "complete":
        db.session.get_one(Task, UUID(tried.reference)).held_at = clock.now()
    elif tried.act in OF_CALLS:
        db.session.get_one(Call, UUID(tried.reference)).error = failure.code


def _notify(case: Case) -> None:
    """One notice to each post that operates nearest to the case, unless it has one of this case still to read."""
    unread = select(Notice.post_id).where(Notice.case_id == case.id, Notice.code == RAISED, Notice.read_at.is_(None))
    told = set(db.session.scalars(unread))
    db.session.add_all(
        Notice(post_id=post_id, case_id=case.id, text="", code=RAISED)
        for post_id in _operators(case.unit_id)
        if post_id not in told
    )


def _operators(unit_id: UUID) -> list[UUID]:
    roles = set(db.session.scalars(select(RoleGrant.role_code).where(RoleGrant.permission == OPERATE)))
    for unit in orgunits.lineage(unit_id):
        found = [post.id for post in orgunits.posts_of_agency(unit.id) if post.role in roles]
        if found:
            return found
    return []
