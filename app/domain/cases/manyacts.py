"""What an operator does with many chosen cases: tried before it is done, and taken back where that is possible."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import bulk, handing, lending, pausing, queries, reminding, repairs, seeking
from app.domain.cases.bulk import Outcome
from app.domain.cases.models import Bulk, BulkItem, Case, Incident, Task
from app.domain.cases.seeking import Sought
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError

RETRY, SEND, RETURN, REASSIGN = "retry", "send", "return", "reassign"
SUSPEND, RESUME, URGE, GIVE_BACK = "suspend", "resume", "urge", "give_back"
OFFERED: Final = (SEND, RETURN, REASSIGN, SUSPEND, RESUME, RETRY, URGE)
UNDONE_BY: Final[Mapping[str, str]] = {SUSPEND: RESUME, RESUME: SUSPEND, REASSIGN: GIVE_BACK}
"""The act that takes an act back."""
DONE: Final = "done"
NOTHING: Final = "not_needed"
TOUCHED: Final = "touched"
MOST_TRIED, MOST_SECONDS = 200, 4.0


@dataclass(frozen=True)
class Chosen:
    """What is to be done: `act` one of OFFERED, its parameters (`to_node`, `to_post_id`, `node`), the cases and why."""

    act: str
    sought: Sought
    spec: Mapping[str, Any]
    reason: str


@dataclass(frozen=True)
class Tried:
    """What would become of one case."""

    case_id: UUID
    outcome: Outcome


class _TakenBack(Exception):
    """No failure: the way out of a transaction that must leave nothing."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.word)
        self.outcome = outcome


def pairs(actor: Actor, chosen: Chosen) -> list[tuple[UUID, str]]:
    """The cases of a choice, each with what the act is about there: for a retry, every open incident of it."""
    found = seeking.ids(actor, chosen.sought, bulk.MOST_CASES + 1)
    if chosen.act != RETRY:
        return [(one, "") for one in found]
    query = select(Incident.case_id, Incident.id).where(Incident.closed_at.is_(None), Incident.case_id.in_(found))
    return [(case_id, str(incident_id)) for case_id, incident_id in db.session.execute(query.order_by(Incident.id))]


def rehearse(actor: Actor, chosen: Chosen, about: list[tuple[UUID, str]]) -> list[Tried]:
    """Do the act on the first cases and take each back at once: whatever would stop it stops it now.

    Nothing stays, nothing is sent, nobody is told. It ends after MOST_TRIED cases or MOST_SECONDS.
    """
    made = Bulk(act=chosen.act, spec=dict(chosen.spec), reason=chosen.reason, made_by=actor.person_id)
    until, found = monotonic() + MOST_SECONDS, []
    for case_id, reference in about[:MOST_TRIED]:
        found.append(Tried(case_id, _rehearsed(made, BulkItem(case_id=case_id, reference=reference))))
        if monotonic() > until:
            break
    return found


@command
def begin(actor: Actor, chosen: Chosen, *, expected: int) -> Bulk:
    """Promise the act on every case of a choice, exactly as many as were seen.

    Conflict "bulk.count_changed" when they are others by now; otherwise raises as `bulk.begin`.
    """
    seeking.require(actor)
    if chosen.act not in OFFERED:
        raise Missing("bulk.unknown_act", act=chosen.act)
    about = pairs(actor, chosen)
    if len(about) != expected:
        raise Conflict("bulk.count_changed", seen=expected, now=len(about))
    spec = {"filter": chosen.sought.spec, "key": chosen.sought.key, **chosen.spec}
    return bulk.begin(actor, chosen.act, about, reason=chosen.reason, spec=spec)


@command
def undo(actor: Actor, bulk_id: UUID, *, reason: str) -> Bulk:
    """Take an act back in every case where it was done; who has acted since is left alone.

    Raises Missing, Conflict "bulk.not_undoable" when it cannot be, is not over or has been taken back.
    """
    found = db.session.get(Bulk, bulk_id, with_for_update=True)
    seeking.require(actor)
    if found is None:
        raise Missing("bulk.missing")
    bulk.visible(actor, bulk_id)
    if found.act not in UNDONE_BY or found.ended_at is None or found.undone_by is not None:
        raise Conflict("bulk.not_undoable")
    done = select(BulkItem.case_id).where(BulkItem.bulk_id == bulk_id, BulkItem.outcome == DONE)
    about = [(case_id, str(bulk_id)) for case_id in db.session.scalars(done.order_by(BulkItem.id))]
    made = bulk.begin(actor, UNDONE_BY[found.act], about, reason=reason, spec={"of": str(bulk_id)})
    found.undone_by = made.id
    return made


def in_bulk(made: Bulk, item: BulkItem) -> Outcome:
    """Do one case of such an act in the name of whoever began it. What keeps it is told by the word of its field."""
    actor, case = bulk.maker(made), queries.locked_case(item.case_id)
    if not repairs.may_operate(actor, case.unit_id):
        raise Missing("case.missing")
    try:
        return _ACTS[made.act](actor, case, made)
    except Invalid as refusal:
        for code, values in refusal.fields.values():
            raise Conflict(code, **values) from refusal
        raise


def _rehearsed(made: Bulk, item: BulkItem) -> Outcome:
    try:
        _leave_nothing(made, item)
    except _TakenBack as done:
        return done.outcome
    except OfficeError as refusal:
        return Outcome(bulk.REFUSED, refusal.code, refusal.data)
    raise AssertionError("a rehearsal that stayed")


@command
def _leave_nothing(made: Bulk, item: BulkItem) -> None:
    raise _TakenBack(bulk.ACTS[made.act](made, item))


def _steps(case: Case, made: Bulk) -> Iterator[Task]:
    """The open steps of a case that an act is about: at one node if that was asked for."""
    node = made.spec.get("node", "")
    for task in queries.tasks_of(case.id):
        if task.closed_at is None and task.kind == "step" and node in ("", task.node):
            yield task


def _send(actor: Actor, case: Case, made: Bulk) -> Outcome:
    """One step at a time: where several wait, the others may go with the first."""
    tasks = list(_steps(case, made))
    if not tasks:
        return Outcome(NOTHING)
    handing.send_to(actor, tasks[0].id, to_node=str(made.spec.get("to_node", "")), reason=made.reason)
    return Outcome(DONE)


def _reassign(actor: Actor, case: Case, made: Bulk) -> Outcome:
    post_id = UUID(str(made.spec["to_post_id"]))
    before: dict[str, Any] = {}
    for task in _steps(case, made):
        if task.post_id != post_id:
            before[str(task.id)] = {"from": None if task.post_id is None else str(task.post_id), "to": str(post_id)}
            lending.reassign(actor, task.id, post_id=post_id, reason=made.reason)
    return Outcome(DONE, before=before) if before else Outcome(NOTHING)


def _give_back(actor: Actor, case: Case, made: Bulk) -> Outcome:
    """Give tasks back to whom they were taken from, unless somebody has done them or passed them on."""
    of = select(BulkItem.before).where(BulkItem.bulk_id == UUID(str(made.spec["of"])), BulkItem.case_id == case.id)
    before: dict[str, Any] = db.session.scalar(of) or {}
    given = 0
    for task_id, told in before.items():
        task = db.session.get(Task, UUID(task_id))
        if task is None or task.closed_at is not None or str(task.post_id) != told["to"]:
            continue
        post_id = None if told["from"] is None else UUID(told["from"])
        lending.give_back(actor, task.id, post_id=post_id, reason=made.reason)
        given += 1
    return Outcome("undone") if given else Outcome(TOUCHED)


def _suspend(actor: Actor, case: Case, made: Bulk) -> Outcome:
    if case.suspended_at is not None:
        return Outcome(NOTHING)
    pausing.suspend_case(actor, case.id, reason=made.reason)
    return Outcome(DONE)


def _resume(actor: Actor, case: Case, _made: Bulk) -> Outcome:
    if case.suspended_at is None:
        return Outcome(NOTHING)
    pausing.resume_case(actor, case.id)
    return Outcome(DONE)


def _urge(actor: Actor, case: Case, made: Bulk) -> Outcome:
    reminding.urge(actor, case.id, words=made.reason)
    return Outcome(DONE)


_ACTS: Final[Mapping[str, Callable[[Actor, Case, Bulk], Outcome]]] = {
    SEND: _send,
    RETURN: _send,
    REASSIGN: _reassign,
    GIVE_BACK: _give_back,
    SUSPEND: _suspend,
    RESUME: _resume,
    URGE: _urge,
}
BULK: Final = dict.fromkeys(_ACTS, in_bulk)
"""What can be done with many cases at once; to try again what failed is `repairs.BULK`."""
