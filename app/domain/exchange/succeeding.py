"""Documents that follow a sent one: a correction after a refusal, an update (cập nhật), a replacement (thay thế).

Each is a document with a number of its own (NĐ 30/2020, Điều 18); the earlier one stays in the register.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import SYSTEM, Actor
from app.domain.cases import drafting
from app.domain.cases import queries as case_queries
from app.domain.cases.models import Case
from app.domain.documents import commands as documents
from app.domain.documents import queries as document_queries
from app.domain.documents.models import Document, Recipient
from app.domain.exchange import following, messages, queries, wishes
from app.domain.exchange.events import SuccessorAnswered, SuccessorAsked, SuccessorBegun
from app.domain.exchange.models import Delivery, Message
from app.domain.exchange.statuses import ANSWERS, DECLINED, LOST, agrees
from app.domain.signatures import publicpages
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Forbidden, Invalid

KINDS = frozenset({"new", "update", "replace"})
LONGEST_REASON = 1000
BEGUN = frozenset({"draft", "prepared", "signed", "numbered"})
"""States of a successor that has not been sent."""
REFUSED = frozenset({"02", DECLINED})


@dataclass(frozen=True)
class Wanted:
    """What is to follow a document: `kind` update, replace, or new (a correction of what `recipients` refused)."""

    kind: str
    recipients: Sequence[UUID]
    reason: str = ""


@command
def begin(actor: Actor, document_id: UUID, wanted: Wanted) -> Case:
    """Begin the successor of a sent document, as that was drawn up; its case begins with the drafter.

    Errors: Forbidden; Invalid "succession.kind", "succession.reason", "succession.recipients"; Conflict
    "document.frozen", "succession.not_sent", "succession.begun".
    """
    earlier = document_queries.locked(document_id)
    if not may_begin(actor, earlier):
        raise Forbidden("actor.not_permitted", permission="exchange.send")
    reason = _checked(wanted)
    original = queries.sent(document_id)
    following.require_free(earlier)
    if original is None or earlier.state not in following.TRAVELLING:
        raise Conflict("succession.not_sent")
    if not wanted.recipients or not set(wanted.recipients) <= {one.recipient_id for one in open_to(original, wanted)}:
        raise Invalid("succession.recipients")
    if _is_begun(original, wanted):
        raise Conflict("succession.begun")
    case = drafting.start_from(SYSTEM, earlier, recipients=wanted.recipients)
    messages.begin(case.document, case, kind=wanted.kind, relates_to=original.id, reason=reason)
    fact = SuccessorBegun(about=str(document_id), document_id=str(case.document_id), kind=wanted.kind)
    events.record(fact, actor=actor.name)
    return case


def may_begin(actor: Actor, document: Document) -> bool:
    """Whether an actor may begin a successor: whoever sends for the agency, or drafts there; it is signed anyway."""
    return any(actor.may(one, at=document.unit_id) for one in ("exchange.send", "documents.draft"))


def open_to(original: Message, wanted: Wanted) -> list[Delivery]:
    """The deliveries whose recipients a successor may go to: who refused, for a correction, else who holds it."""
    deliveries = queries.of_message(original.id)
    return [one for one in deliveries if (is_refused(one) if wanted.kind == "new" else holds(one))]


def holds(delivery: Delivery) -> bool:
    """Whether a recipient has a document, or is going to."""
    return delivery.state in ("waiting", "delivered") and delivery.status not in REFUSED


def is_refused(delivery: Delivery) -> bool:
    """Whether a recipient refused a document, at the door or later."""
    return delivery.state == "refused" or delivery.status == "02"


def corrected(message_id: UUID) -> set[UUID]:
    """The recipients for whom a correction of a message was sent or is being written."""
    query = select(Recipient.unit_id).join(Document, Document.id == Recipient.document_id)
    query = query.join(Message, Message.document_id == Document.id).where(Message.kind == "new")
    return set(db.session.scalars(query.where(Message.relates_to == message_id, Document.state != "discarded")))


def ask(actor: Actor, message: Message) -> None:
    """Freeze the earlier document while its recipients are asked to take the successor. Belongs inside a transaction.

    The case that sends the successor must be locked by the caller; that of the earlier one comes after it.
    """
    original = db.session.get_one(Message, message.relates_to)
    case_queries.locked_case(original.case_id)
    if document_queries.document(original.document_id).state not in following.TRAVELLING:
        return
    documents.move(actor, original.document_id, state="frozen")
    told = SuccessorAsked(about=str(original.document_id), message_id=str(message.id))
    events.record(told, actor=actor.name)
    if message.kind == "replace":
        recipients = {one.recipient_id for one in queries.of_message(message.id)}
        following.cancel_unsent(original, cause="delivery.replaced", only=recipients)


def hear_answer(actor: Actor, answer: Delivery, code: str) -> None:
    """Note what a recipient said to a successor. The case that sent it must be locked by the caller."""
    original = db.session.get_one(Message, answer.message.relates_to)
    if code in ANSWERS:
        told = SuccessorAnswered(about=str(original.document_id), delivery_id=str(answer.id), code=code)
        events.record(told, actor=actor.name)
    before = wishes.earlier(answer) if answer.message.kind == "replace" and agrees(answer.status) else None
    if before is not None and before.state in ("delivered", "waiting"):
        before.state = "replaced"
    settle(actor, answer.message)


def settle(actor: Actor, message: Message) -> None:
    """Let the earlier document go once everybody has answered: replaced when nobody holds it any more, else sent."""
    db.session.flush()
    if not all(is_answered(one) for one in queries.of_message(message.id)):
        return
    original = db.session.get_one(Message, message.relates_to)
    case_queries.locked_case(original.case_id)
    if document_queries.document(original.document_id).state != "frozen":
        return
    is_over = message.kind == "replace" and not any(holds(one) for one in queries.of_message(original.id))
    documents.move(actor, original.document_id, state="replaced" if is_over else "sent")
    if is_over:
        reference = document_queries.document(message.document_id).reference
        note = f"{reference}: {message.reason}"
        publicpages.note_standing(original.document_id, standing="replaced", note=note)
    following.go_on(actor, original)


def is_answered(delivery: Delivery) -> bool:
    """Whether a recipient has agreed to a successor or refused it, or will never hear of it."""
    return agrees(delivery.status) or delivery.status in REFUSED or delivery.state in LOST


def _checked(wanted: Wanted) -> str:
    """The reason; a correction has that of the refusal."""
    reason = wanted.reason.strip()
    if wanted.kind not in KINDS:
        raise Invalid("succession.kind")
    if wanted.kind != "new" and not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid("succession.reason", limit=LONGEST_REASON)
    return reason


def _is_begun(original: Message, wanted: Wanted) -> bool:
    """Whether a successor is being drawn up already; of corrections, whether one of the recipients has its own."""
    if wanted.kind == "new":
        return not corrected(original.id).isdisjoint(wanted.recipients)
    query = select(Message.id).join(Document, Document.id == Message.document_id)
    query = query.where(Message.relates_to == original.id, Message.kind.in_(("update", "replace")))
    return db.session.scalar(query.where(Document.state.in_(BEGUN)).limit(1)) is not None
