"""Taking back what was sent (thu hồi): the sender wishes, each recipient agrees or declines (NĐ 30/2020, Điều 18)."""

from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.cases import queries as case_queries
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.exchange import following, messages, queries, succeeding, wishes
from app.domain.exchange.events import RecallAnswered, RecallAsked
from app.domain.exchange.models import Delivery, Message
from app.domain.exchange.statuses import AGREED, ANSWERS, LOST
from app.domain.signatures import publicpages
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid

LONGEST_REASON = 1000


@command
def ask(actor: Actor, document_id: UUID, *, reason: str) -> Message:
    """Wish to take a sent document back from all who have it; those it has not reached will not get it.

    Errors: Forbidden; Invalid "recall.reason"; Conflict "document.frozen", "recall.not_sent", "recall.asked_already".
    """
    document = document_queries.locked(document_id)
    actor.require("exchange.send", at=document.unit_id)
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Invalid("recall.reason", limit=LONGEST_REASON)
    original = queries.sent(document_id)
    following.require_free(document)
    if original is None or document.state not in following.TRAVELLING:
        raise Conflict("recall.not_sent")
    if of(original.id) is not None:
        raise Conflict("recall.asked_already")
    case = case_queries.locked_case(original.case_id)
    wish = messages.begin(document, case, kind="recall", relates_to=original.id, reason=said)
    messages.fix(wish)
    following.cancel_unsent(original, cause="delivery.recalled")
    held = [one.recipient for one in queries.of_message(original.id) if succeeding.holds(one)]
    messages.address(actor, wish, held)
    events.record(RecallAsked(about=str(document.id), message_id=str(wish.id)), actor=actor.name)
    db.session.flush()
    settle(actor, wish)
    return wish


def of(message_id: UUID) -> Message | None:
    """The wish to recall a message, if there is one."""
    query = select(Message).where(Message.relates_to == message_id, Message.kind == "recall")
    return db.session.scalar(query.limit(1))


def hear_answer(actor: Actor, answer: Delivery) -> Delivery | None:
    """Note what a recipient said to a recall; the delivery that was given back. The case is locked by the caller."""
    original = wishes.earlier(answer) if answer.status == AGREED else None
    if original is None or original.state == "recalled":
        return None
    original.state = "recalled"
    told = RecallAnswered(about=str(answer.document_id), delivery_id=str(original.id), code=AGREED)
    events.record(told, actor=actor.name)
    return original


def settle(actor: Actor, wish: Message) -> None:
    """Freeze the document once nobody has it any more; one who declined keeps it, and it stays a sent one."""
    db.session.flush()
    answers = queries.of_message(wish.id)
    if all(one.status in ANSWERS or one.state in LOST for one in answers):
        if all(one.status == AGREED for one in answers):
            documents.move(actor, wish.document_id, state="recalled")
            publicpages.note_standing(wish.document_id, standing="recalled", note=wish.reason)
        original = db.session.get(Message, wish.relates_to)
        if original is not None:
            following.go_on(actor, original)
