"""Signing many documents by one act (ký hàng loạt): one after the other, each by its own rights, with its result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.actors.actor import Actor
from app.domain.cases import bulk, commands, queries
from app.domain.cases.bulk import Outcome
from app.domain.cases.models import Bulk, BulkItem, Call, Case, Task
from app.domain.documents import queries as documents
from app.domain.documents.models import Document
from app.domain.procedures import commands as procedures
from app.domain.procedures import forms
from app.domain.signatures.failures import Repair, repair_of
from app.domain.signatures.models import SignatureRequest
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid, Missing

SIGN = "sign"
SIGNED, CHANGED, FAILED, GONE = "signed", "changed", "failed", "gone"
MOST = 50


@dataclass(frozen=True)
class Seen:
    """A document as the signer had it before their eyes: the task that asks for the signature, and its file."""

    task_id: UUID
    sha256: str


def waiting(actor: Actor, *, offset: int = 0, limit: int = MOST) -> list[Task]:
    """The tasks of an actor that one press of `Ký` ends: most urgent first."""
    mine = queries.for_actor(actor), Task.closed_at.is_(None), Task.kind == "step"
    kinds = db.session.scalars(select(Task.form_sha256).where(*mine).distinct())
    signing = [one for one in kinds if signing_answers(procedures.pinned_form(one).schema) is not None]
    if not signing:
        return []
    query = select(Task).join(Case, Case.id == Task.case_id).join(Document, Document.id == Case.document_id)
    query = query.where(*mine, Task.form_sha256.in_(signing), Case.suspended_at.is_(None))
    query = query.options(joinedload(Task.case).joinedload(Case.document))
    query = query.order_by(Task.due_at.is_(None), Task.due_at, Task.opened_at, Task.id)
    return list(db.session.scalars(query.limit(limit).offset(offset)))


def signing_answers(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a form is told when somebody signs and says no more; None when it asks for more, or for no signature."""
    for name, field in schema.get("properties", {}).items():
        if field.get("x-ui", {}).get("widget") == "decision" and "sign" in field.get("enum", ()):
            answers = {name: "sign"}
            return None if forms.validate(schema, answers) else answers
    return None


@command
def begin(actor: Actor, chosen: Iterable[Seen]) -> Bulk:
    """Sign the chosen documents, one after the other. Raises Missing for what the actor may not know of, Invalid."""
    seen = {one.task_id: one.sha256 for one in chosen}
    if not seen:
        raise Invalid("form.invalid", fields={"task": ("batch.nothing_chosen", {})})
    if len(seen) > MOST:
        raise Invalid("form.invalid", fields={"task": ("batch.too_many", {"limit": MOST})})
    pairs = [(queries.visible_task(actor, task_id).case_id, str(task_id)) for task_id in seen]
    return bulk.promise(actor, SIGN, pairs, spec={"seen": {str(task_id): sha256 for task_id, sha256 in seen.items()}})


@command
def stop(actor: Actor, bulk_id: UUID) -> None:
    """Begin no further signature; the one under way is finished."""
    made = mine(actor, bulk_id)
    if made.ended_at is None:
        bulk.stop(made)


def mine(actor: Actor, bulk_id: UUID) -> Bulk:
    """A batch of an actor, ours alone in a transaction. Raises Missing."""
    made = db.session.get(Bulk, bulk_id, with_for_update=True)
    if made is None or made.act != SIGN or made.made_by != actor.person_id:
        raise Missing("bulk.missing")
    return made


def requests(bulk_id: UUID) -> dict[UUID, SignatureRequest]:
    """The latest request of each document of a batch."""
    query = select(SignatureRequest).where(SignatureRequest.batch_id == bulk_id).order_by(SignatureRequest.at)
    return {one.document_id: one for one in db.session.scalars(query)}


def has_more(request: SignatureRequest) -> bool:
    """Whether more documents are to be signed in the batch of a signature, so that its authentication is kept."""
    if request.batch_id is None:
        return False
    made = db.session.get(Bulk, request.batch_id)
    return made is not None and not bulk.is_stopped(made) and "" in bulk.counts(made.id)


def in_bulk(made: Bulk, item: BulkItem) -> Outcome:
    """Sign one document in the name of whoever began the batch, with the rights they have now."""
    actor, task_id = bulk.maker(made), UUID(item.reference)
    task = queries.locked_task(task_id)
    if task.closed_at is not None or task.held_at is not None:
        return Outcome(GONE)
    file = documents.latest_file(task.case.document_id)
    if file is None or file.sha256 != made.spec["seen"].get(item.reference):
        return Outcome(CHANGED)
    answers = signing_answers(procedures.pinned_form(task.form_sha256).schema)
    if answers is None:
        raise Conflict("batch.asks_for_more")
    commands.complete_or_refuse(actor, task_id, answers=answers)
    request = _asked_by(actor, task.case)
    if request is None:
        return Outcome(SIGNED)
    request.batch_id = made.id
    return Outcome(bulk.WAITING)


def note(request: SignatureRequest) -> None:
    """Say in its batch what became of a signature; joins the transaction in which that came about.

    Trouble with the key stops the batch: the next document would only try a wrong PIN once more.
    """
    call = db.session.get(Call, request.call_id)
    if request.batch_id is None or call is None:
        return
    query = select(BulkItem).where(BulkItem.bulk_id == request.batch_id, BulkItem.case_id == call.case_id)
    for item in db.session.scalars(query.where(BulkItem.outcome == bulk.WAITING)):
        if request.state == "failed" and repair_of(request.failure) is not Repair.GO_BACK:
            bulk.stop(db.session.get_one(Bulk, item.bulk_id, with_for_update=True))
        done = request.state == "done"
        bulk.keep(item, Outcome(SIGNED) if done else Outcome(FAILED, request.failure))


def wait_again(request: SignatureRequest) -> None:
    """A signature of a batch that had failed is tried once more; joins the running transaction."""
    call = db.session.get(Call, request.call_id)
    if request.batch_id is not None and call is not None:
        query = select(BulkItem).where(BulkItem.bulk_id == request.batch_id, BulkItem.case_id == call.case_id)
        for item in db.session.scalars(query.where(BulkItem.outcome == FAILED)):
            item.outcome, item.code = bulk.WAITING, ""


def _asked_by(actor: Actor, case: Case) -> SignatureRequest | None:
    """The request that completing a task has just made."""
    query = select(SignatureRequest).join(Call, Call.id == SignatureRequest.call_id).where(Call.case_id == case.id)
    query = query.where(SignatureRequest.asked_by == actor.person_id, SignatureRequest.state == "asked")
    return db.session.scalar(query.order_by(SignatureRequest.at.desc()).limit(1))


BULK = {SIGN: in_bulk}
"""What can be done with many documents at once; one after the other."""
