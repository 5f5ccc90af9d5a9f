"""The events of a case that wait for a message or listen to a signal, as rows that a sender can find."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from app.domain.cases.correspondence import Listener, Message
from app.domain.cases.models import Case
from app.engine.runtime import Step
from app.kernel import outbox
from app.kernel.db import db

DELIVERY = "cases.deliver"


class Awaited(NamedTuple):
    """What one event of a case waits for."""

    task_key: str
    kind: str
    name: str
    correlation: str | None


def project(case: Case, step: Step, known: Mapping[Awaited, UUID]) -> None:
    """Make the rows agree with a step; messages that nobody was there to take are offered to whoever is new."""
    wanted = {Awaited(one.task_id, "message", one.name, one.correlation): one.node for one in step.awaited}
    wanted |= {Awaited(one.task_id, "signal", one.name, None): one.node for one in step.listening}
    drop(known[one] for one in known.keys() - wanted.keys())
    fresh = [
        Listener(id=uuid4(), case_id=case.id, node=wanted[one], **one._asdict()) for one in wanted if one not in known
    ]
    db.session.add_all(fresh)
    waits = {one.name: one.id for one in fresh if one.kind == "message"}
    if waits:
        query = select(Message.id, Message.name).where(Message.name.in_(waits), Message.unit_id == case.unit_id)
        query = query.where(Message.state == "waiting", Message.kind == "message").order_by(Message.sent_at)
        offer((message_id, waits[name]) for message_id, name in db.session.execute(query))


def drop(keys: Iterable[UUID]) -> None:
    """Remove the rows of events that wait no more."""
    gone = list(keys)
    if gone:
        db.session.execute(delete(Listener).where(Listener.id.in_(gone)))


def offer(pairs: Iterable[tuple[UUID, UUID]]) -> int:
    """Have waiting messages delivered because of an event, once for each pair; how many that is now.

    Whether they fit is found out then.
    """
    keys = {f"{DELIVERY}:{message}:{listener}": {"message_id": str(message)} for message, listener in pairs}
    fresh = keys.keys() - outbox.known(keys)
    for key in fresh:
        outbox.promise(DELIVERY, key=key, payload=keys[key])
    return len(fresh)
