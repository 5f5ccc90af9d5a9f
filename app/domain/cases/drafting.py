"""Starting work that begins with a person."""

from uuid import UUID

from app.domain.actors.actor import Actor, Seat
from app.domain.cases import commands, queries
from app.domain.cases.models import Case
from app.domain.documents import commands as documents
from app.domain.documents.commands import FileGiven
from app.domain.procedures import commands as procedures
from app.domain.procedures import effective, forms, library
from app.kernel.db import command
from app.kernel.errors import Conflict, Forbidden, Invalid, Missing


def startable(actor: Actor) -> list[str]:
    """The procedures this actor may start (those a person starts, where they may draft)."""
    if not _seats(actor):
        return []
    return [key for key in library.catalogue() if effective.manifest(key).get("starts_with") == "person"]


@command
def start_outgoing(actor: Actor, *, procedure: str = "outgoing_document", post_id: UUID | None = None) -> Case:
    """Open a draft in one of the actor's posts, and the case that will carry it."""
    if procedure not in startable(actor):
        raise Missing("procedure.missing")
    seats = [seat for seat in _seats(actor) if post_id in (None, seat.post_id)]
    if not seats:
        raise Forbidden("actor.not_permitted", permission="documents.draft")
    seat = seats[0]
    document = documents.open_draft(
        actor, agency_id=seat.agency_id, drafting_unit_id=seat.unit_id, post_id=seat.post_id
    )
    return commands.start_case(
        actor,
        procedure=procedure,
        unit_id=seat.agency_id,
        document_id=document.id,
        data={"drafting_unit_id": str(seat.unit_id)},
    )


@command
def give_file(actor: Actor, task_id: UUID, *, file: FileGiven) -> None:
    """Attach a file to the document of a task whose form takes one, before the task is completed."""
    task = queries.locked_task(task_id)
    commands.require_performer(actor, task)
    schema = procedures.pinned_form(task.form_sha256).schema
    if not forms.file_fields(schema):
        raise Invalid("form.takes_no_file")
    if task.case.document.state not in ("draft", "prepared"):
        raise Conflict("document.already_signed")
    documents.add_file(task.case.document, file, stage="uploaded")


def _seats(actor: Actor) -> list[Seat]:
    needed = ("documents.draft", "cases.start")
    return [seat for seat in actor.seats if all(actor.may(one, at=seat.agency_id) for one in needed)]
