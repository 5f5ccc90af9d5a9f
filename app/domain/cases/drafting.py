"""Starting work that begins with a person, and giving it up."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor, Seat
from app.domain.cases import commands, projection, queries
from app.domain.cases.events import CaseDiscarded
from app.domain.cases.models import Case, Task
from app.domain.documents import commands as documents
from app.domain.documents import drafts
from app.domain.documents.commands import Beginning, FileGiven
from app.domain.documents.models import Document
from app.domain.procedures import commands as procedures
from app.domain.procedures import effective, forms
from app.kernel import events
from app.kernel.db import command
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing

DRAFTING = ("documents.draft", "cases.start")
ENTERING = ("exchange.register", "cases.start")
"""What somebody must be permitted to begin a document of their own, or to enter one that was brought in."""


def startable(actor: Actor) -> list[str]:
    """The procedures this actor may start (those a person starts, where they may draft)."""
    return list(offered(actor))


def offered(actor: Actor) -> dict[str, Mapping[str, Any]]:
    """What the procedures this actor may start say of themselves, by key, as their own agencies see them."""
    found: dict[str, Mapping[str, Any]] = {}
    for agency_id in dict.fromkeys(
        seat.agency_id for seat in actor.seats if actor.may("cases.start", at=seat.agency_id)
    ):
        found = {**effective.texts(agency_id), **found}
    by_hand = {key: texts for key, texts in sorted(found.items()) if texts.get("starts_with") == "person"}
    return {key: texts for key, texts in by_hand.items() if seats(actor, texts)}


def seats(actor: Actor, texts: Mapping[str, Any]) -> list[Seat]:
    """The seats in which an actor may start a procedure that says this of itself."""
    needed = ENTERING if _beginning(texts).direction == "incoming" else DRAFTING
    return [seat for seat in actor.seats if all(actor.may(one, at=seat.agency_id) for one in needed)]


@command
def start_outgoing(
    actor: Actor,
    *,
    procedure: str = "outgoing_document",
    post_id: UUID | None = None,
    version_id: UUID | None = None,
) -> Case:
    """Begin the document of a procedure in one of the actor's posts, and the case that will carry it.

    The procedure says which document that is. `version_id` as in `start_case`.
    """
    texts = offered(actor).get(procedure)
    if texts is None:
        raise Missing("procedure.missing")
    found = [seat for seat in seats(actor, texts) if post_id in (None, seat.post_id)]
    if not found:
        raise Forbidden("actor.not_permitted", permission="documents.draft")
    seat = found[0]
    document = documents.open_draft(
        actor,
        agency_id=seat.agency_id,
        drafting_unit_id=seat.unit_id,
        post_id=seat.post_id,
        as_said=_beginning(texts),
    )
    return commands.start_case(
        actor,
        procedure=procedure,
        unit_id=seat.agency_id,
        document_id=document.id,
        data={"drafting_unit_id": str(seat.unit_id), "drafter_post_id": str(seat.post_id)},
        beginning=commands.Beginning(version_id=version_id),
    )


@command
def start_from(actor: Actor, earlier: Document, *, recipients: Sequence[UUID]) -> Case:
    """Begin a document as an earlier one was drawn up, where that was, and the case that will carry it."""
    document = drafts.drawn_up_again(actor, earlier, recipients=recipients)
    data = {"drafting_unit_id": str(document.drafting_unit_id), "drafter_post_id": str(document.drafter_post_id)}
    return commands.start_case(
        actor, procedure="outgoing_document", unit_id=document.unit_id, document_id=document.id, data=data
    )


@command
def give_file(actor: Actor, task_id: UUID, *, file: FileGiven) -> None:
    """Attach a file to the document of a task whose form takes one, before the task is completed."""
    task = queries.locked_task(task_id)
    commands.require_performer(actor, task)
    schema = procedures.pinned_form(task.form_sha256).schema
    if not forms.file_fields(schema):
        raise Invalid("form.takes_no_file")
    if task.case.document.state not in documents.UNSIGNED | {"arrived"}:
        raise Conflict("document.already_signed")
    documents.add_file(task.case.document, file, stage="uploaded")


def may_discard(actor: Actor, task: Task) -> bool:
    """Whether the draft of a task is still there to be thrown away, and this actor's to throw."""
    return _is_discardable(task) and _is_drafter(actor, task)


@command
def discard(actor: Actor, task_id: UUID) -> Case:
    """Throw a draft away: its case ends where it stands; what was written stays, to be looked up.

    Raises Missing and Forbidden for whoever is not its drafter, Conflict when it is not the drafter's turn.
    """
    task = queries.locked_task(task_id)
    commands.require_performer(actor, task)
    if not _is_drafter(actor, task):
        raise Forbidden("draft.not_yours")
    if not _is_discardable(task):
        raise Conflict("draft.not_discardable")
    case = task.case
    task.closed_by, task.closed_post_id = actor.person_id, queries.performing_post(actor, task)
    projection.stop(case, status="discarded")
    documents.move(actor, case.document_id, state="discarded")
    events.record(CaseDiscarded(about=str(case.id), task_id=str(task.id)), actor=actor.name)
    return case


def _is_discardable(task: Task) -> bool:
    """Whether it is the drafter's turn, at the first step, and nothing of the document is binding yet."""
    document = task.case.document
    if task.closed_at is not None or document.number is not None or document.state not in documents.UNSIGNED:
        return False
    return document.direction != "incoming" and queries.tasks_of(task.case_id)[0].node == task.node


def _is_drafter(actor: Actor, task: Task) -> bool:
    """Whether an actor holds the post the draft was begun in, or wrote it in an earlier round."""
    if task.case.document.drafter_post_id in actor.post_ids:
        return True
    rounds = (one for one in queries.tasks_of(task.case_id) if one.node == task.node)
    return any(one.closed_by is not None and one.closed_by == actor.person_id for one in rounds)


def _beginning(texts: Mapping[str, Any]) -> Beginning:
    said = texts.get("document", {})
    known = {name: str(said[name]) for name in ("direction", "type", "subject") if name in said}
    return Beginning(**known)
