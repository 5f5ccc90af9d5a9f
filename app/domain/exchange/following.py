"""What the sending case learns: that all recipients have a document, and that all have finished with it."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domain.actors.actor import Actor
from app.domain.cases import commands as cases
from app.domain.cases import queries as case_queries
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.documents.models import Document
from app.domain.exchange import queries
from app.domain.exchange.models import Delivery, Message
from app.domain.exchange.statuses import DECLINED, FINAL, LOST, SETTLED
from app.kernel import outbox
from app.kernel.db import db
from app.kernel.errors import Conflict

Stand = Mapping[tuple[str, str | None], int]
"""How many deliveries of a message are in each state and business status."""
TRAVELLING = frozenset({"issued", "sent", "refused_by_all"})


def stand(message_id: UUID) -> Stand:
    """Where the deliveries of a message are, however many there are (one statement)."""
    query = select(Delivery.state, Delivery.status, func.count()).where(Delivery.message_id == message_id)
    return {(state, status): n for state, status, n in db.session.execute(query.group_by("state", "status"))}


def go_on(actor: Actor, message: Message) -> None:
    """Answer what the sending case waits for, as far as that is known. The case must be locked by the caller."""
    db.session.flush()
    found = stand(message.id)
    if not is_settled(found):
        return
    if document_queries.document(message.document_id).state in TRAVELLING:
        documents.move(actor, message.document_id, state=_state_of(found))
    delivered = sum(n for (state, _status), n in found.items() if state == "delivered")
    _answer(actor, message, "exchange.send", {"delivered": delivered})
    if is_finished(found):
        _answer(actor, message, "exchange.follow", outcome(found))


def require_free(document: Document) -> None:
    """Refuse while recipients are asked to take another document in its place. Errors: Conflict "document.frozen"."""
    if document.state == "frozen":
        raise Conflict("document.frozen")


def cancel(delivery: Delivery, *, cause: str) -> None:
    """Try a delivery no more: what it would bring does not hold any more, as `cause` says."""
    delivery.state, delivery.cause, delivery.next_at = "cancelled", cause, None


def cancel_unsent(message: Message, *, cause: str, only: Collection[UUID] | None = None) -> None:
    """Try what has surely reached nobody no more, to all recipients or `only` some of them.

    What an axis has, what may have arrived, and what is being brought at this moment goes on: its recipient must learn
    that it does not hold any more. The sending case must be locked by the caller.
    """
    leaving = outbox.under_way("exchange.deliver", "delivery_id")
    for one in queries.of_message(message.id):
        is_meant = one.state == "waiting" and (only is None or one.recipient_id in only)
        if is_meant and not (one.is_handed or one.is_doubtful or str(one.id) in leaving):
            cancel(one, cause=cause)


def is_settled(found: Stand) -> bool:
    """Whether nothing is tried any more: each has the document, or never will."""
    return all(state in SETTLED for state, _status in found)


def is_finished(found: Stand) -> bool:
    """Whether every recipient has finished or refused, or was never reached."""
    return all(status in FINAL or state in LOST for state, status in found)


def outcome(found: Stand) -> dict[str, int]:
    """How many recipients finished and how many refused, at the door or later, or were not reached."""
    refused = sum(n for (state, status), n in found.items() if _is_refused(state, status))
    return {"done": sum(found.values()) - refused, "refused": refused}


def _is_refused(state: str, status: str | None) -> bool:
    return status in ("02", DECLINED) or state in LOST


def _state_of(found: Stand) -> str:
    """What a document is that has reached its recipients: when all of them refused it, it was sent for nothing."""
    return "refused_by_all" if all(_is_refused(*one) for one in found) else "sent"


def _answer(actor: Actor, message: Message, operation: str, result: dict[str, Any]) -> None:
    call = case_queries.waiting_call(message.case_id, operation)
    if call is not None:
        cases.answer_call(actor, call.id, result)
