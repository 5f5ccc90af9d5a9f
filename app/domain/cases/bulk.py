"""Bulk acts (thao tác hàng loạt): one act on many cases, done by a worker, and what became of each case."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from app.domain.access import queries as access
from app.domain.actors.actor import Actor
from app.domain.actors.models import Person
from app.domain.cases.events import BulkBegun, BulkEnded
from app.domain.cases.models import Bulk, BulkItem, Case
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events, outbox
from app.kernel.db import attempt, command, db
from app.kernel.errors import Invalid, Missing, OfficeError
from app.kernel.text import is_blank

WORK = "cases.bulk"
REFUSED = "refused"
WAITING = "waiting"
"""The outcome of a case where a worker has yet to do what was asked for; `resolve` tells how that went."""
IN_TURN: set[str] = set()
"""Acts of which one case is begun when the one before it is over; such an act can be stopped and gone on with."""
LONGEST_REASON = 1000
MOST_CASES = 10_000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """What became of one case (kết quả): a word of the act, the cause if it is a failure, and how to take it back."""

    word: str
    code: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)


Act = Callable[[Bulk, BulkItem], Outcome]
"""Does one case. It asks for the rights of whoever began the act anew; what it raises is the outcome `refused`."""

ACTS: dict[str, Act] = {}


def install(*tables: Mapping[str, Act], in_turn: Iterable[str] = ()) -> None:
    """Replace everything that can be done in bulk; `in_turn` names the acts that do one case after the other."""
    ACTS.clear()
    IN_TURN.clear()
    IN_TURN.update(in_turn)
    for table in tables:
        ACTS.update(table)


def require_reason(reason: str) -> str:
    """The reason of an act that nobody but its reason justifies. Raises Invalid on `reason`."""
    said = reason.strip()
    if is_blank(said):
        raise Invalid("form.invalid", fields={"reason": ("form.required", {})})
    if len(said) > LONGEST_REASON:
        raise Invalid("form.invalid", fields={"reason": ("form.maxLength", {"limit": LONGEST_REASON})})
    return said


@command
def begin(
    actor: Actor, act: str, chosen: Iterable[tuple[UUID, str]], *, reason: str, spec: Mapping[str, Any] = _NOTHING
) -> Bulk:
    """Promise an act on chosen cases, each with what it is about there (an incident, or nothing).

    The caller has chosen among what the actor may touch; the act checks each case again when its turn comes.
    Raises Invalid on `reason`, and "bulk.nothing_chosen" or "bulk.too_many".
    """
    return promise(actor, act, chosen, reason=require_reason(reason), spec=spec)


@command
def promise(
    actor: Actor, act: str, chosen: Iterable[tuple[UUID, str]], *, reason: str = "", spec: Mapping[str, Any] = _NOTHING
) -> Bulk:
    """As `begin`, for acts that are everybody's own work and need no reason."""
    pairs = list(dict.fromkeys(chosen))
    if act not in ACTS:
        raise Missing("bulk.unknown_act", act=act)
    if not pairs:
        raise Invalid("bulk.nothing_chosen")
    if len(pairs) > MOST_CASES:
        raise Invalid("bulk.too_many", limit=MOST_CASES)
    bulk = Bulk(act=act, spec=dict(spec), reason=reason, made_by=actor.person_id)
    db.session.add(bulk)
    db.session.flush()
    db.session.add_all(BulkItem(bulk_id=bulk.id, case_id=case_id, reference=about) for case_id, about in pairs)
    events.record(BulkBegun(about=str(bulk.id), act=act, cases=len(pairs)), actor=actor.name)
    return bulk


@command
def do_next(bulk_id: UUID) -> bool:
    """Do one case of an act, and keep what became of it in the same transaction; False when none is to be done now."""
    bulk = db.session.get_one(Bulk, bulk_id)
    if bulk.act in IN_TURN and not _is_its_turn(bulk_id):
        return False
    waiting = select(BulkItem).where(BulkItem.bulk_id == bulk_id, BulkItem.outcome == "").order_by(BulkItem.id)
    item = db.session.scalar(waiting.limit(1).with_for_update(skip_locked=True))
    if item is None:
        return False
    outcome = _done(bulk, item)
    _keep(item, outcome)
    return True


@command
def go_on(bulk_id: UUID) -> None:
    """Promise what is left of an act, or say that it is over; once, however often it is asked."""
    bulk = db.session.get_one(Bulk, bulk_id, with_for_update=True)
    if bulk.ended_at is not None:
        return
    left = counts(bulk_id)
    if bulk.act in IN_TURN and "" in left and (WAITING in left or is_stopped(bulk)):
        return  # whatever it waits for lets it go on, or whoever stopped it
    if "" in left:
        outbox.promise(WORK, key=f"{WORK}:{uuid4()}", payload={"about": str(bulk_id)})
    elif WAITING not in left:
        bulk.ended_at = clock.now()
        events.record(BulkEnded(about=str(bulk_id), act=bulk.act), actor="system")


def resolve(reference: str, outcome: Outcome) -> None:
    """Say what became of what some acts wait for, by what it is about; part of the transaction that made it true."""
    query = select(BulkItem).where(BulkItem.reference == reference, BulkItem.outcome == WAITING)
    for item in db.session.scalars(query):
        keep(item, outcome)


def keep(item: BulkItem, outcome: Outcome) -> None:
    """Say what became of one case that was waited for, and let its act go on; joins the running transaction."""
    _keep(item, outcome)
    outbox.promise(WORK, key=f"{WORK}:{uuid4()}", payload={"about": str(item.bulk_id)})


def is_stopped(bulk: Bulk) -> bool:
    """Whether no further case of an act is begun."""
    return bool(bulk.spec.get("stopped"))


def stop(bulk: Bulk) -> None:
    """Begin no further case of an act; joins the running transaction."""
    bulk.spec = {**bulk.spec, "stopped": True}


def resume(bulk: Bulk) -> None:
    """Go on with an act that was stopped; joins the running transaction."""
    bulk.spec = {**bulk.spec, "stopped": False}
    outbox.promise(WORK, key=f"{WORK}:{uuid4()}", payload={"about": str(bulk.id)})


def maker(bulk: Bulk) -> Actor:
    """Whoever began an act, with the rights they have today. Raises Missing when they have gone."""
    return person_of(bulk.made_by)


def person_of(person_id: UUID | None) -> Actor:
    """Somebody in whose name a worker acts, with the rights they have today. Raises Missing when they have gone."""
    person = None if person_id is None else db.session.get(Person, person_id)
    if person is None or not person.active:
        raise Missing("person.missing")
    return access.actor_of(person.id)


def visible(actor: Actor, bulk_id: UUID) -> Bulk:
    """One act, for whoever began it or has to do with a case of it."""
    found = db.session.scalar(select(Bulk).where(Bulk.id == bulk_id, _concerns(actor)))
    if found is None:
        raise Missing("bulk.missing")
    return found


def recent(actor: Actor, limit: int = 20) -> list[Bulk]:
    """The acts an actor may follow, newest first."""
    query = select(Bulk).where(_concerns(actor)).order_by(Bulk.made_at.desc()).limit(limit)
    return list(db.session.scalars(query))


def counts(bulk_id: UUID) -> dict[str, int]:
    """How many cases had each outcome; those still to do stand under an empty word."""
    query = select(BulkItem.outcome, func.count()).where(BulkItem.bulk_id == bulk_id).group_by(BulkItem.outcome)
    return dict(db.session.execute(query).all())


def items(actor: Actor, bulk: Bulk, *, outcome: str = "", offset: int = 0, limit: int = 50) -> list[BulkItem]:
    """The cases of an act that an actor may know of, in the order they were done."""
    query = select(BulkItem).join(Case, Case.id == BulkItem.case_id).where(BulkItem.bulk_id == bulk.id)
    if bulk.made_by != actor.person_id:
        query = query.where(Case.unit_id.in_(orgunits.beneath(actor.places("cases.operate"))))
    if outcome:
        query = query.where(BulkItem.outcome == outcome)
    query = query.options(joinedload(BulkItem.case).joinedload(Case.document))
    return list(db.session.scalars(query.order_by(BulkItem.at, BulkItem.id).limit(limit).offset(offset)))


def _keep(item: BulkItem, outcome: Outcome) -> None:
    item.outcome, item.code, item.at = outcome.word, outcome.code, clock.now()
    item.detail, item.before = dict(outcome.detail), dict(outcome.before)


def _is_its_turn(bulk_id: UUID) -> bool:
    bulk = db.session.get_one(Bulk, bulk_id, with_for_update=True)
    return not is_stopped(bulk) and WAITING not in counts(bulk_id)


def _done(bulk: Bulk, item: BulkItem) -> Outcome:
    try:
        with attempt():
            return ACTS[bulk.act](bulk, item)
    except OfficeError as refusal:
        return Outcome(REFUSED, refusal.code, refusal.data)


def _concerns(actor: Actor) -> ColumnElement[bool]:
    inside = Case.unit_id.in_(orgunits.beneath(actor.places("cases.operate")))
    touched = select(BulkItem.id).join(Case, Case.id == BulkItem.case_id).where(BulkItem.bulk_id == Bulk.id, inside)
    return or_(Bulk.made_by == actor.person_id, touched.exists())
