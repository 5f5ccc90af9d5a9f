"""Documents that a procedure begins for another document, and documents that are put away."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.documents import attachments, commands, queries
from app.domain.documents.commands import Beginning, FileGiven
from app.domain.documents.events import DocumentDrafted, DocumentLinked
from app.domain.documents.models import Document, DocumentFile
from app.domain.documents.rules import folded
from app.domain.orgunits import queries as orgunits
from app.kernel import clock, events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid

ENDED = frozenset({"registered", "closed", "sent", "refused", "refused_by_all", "recalled", "replaced", "issued"})
"""The states in which nobody changes a document any more."""
UPLOADED = "uploaded"
Seat = tuple[UUID, UUID | None]


@command
def begin(
    actor: Actor, document_id: UUID, *, source: UUID, agency_id: UUID, seat: Seat, facts: Mapping[str, Any]
) -> Document:
    """Begin a draft of an agency for another document; the same id again changes nothing.

    `seat` is the drafting unit, which must be of the agency, and the drafter's post. Invalid "document.unit_outside".
    """
    known = db.session.get(Document, document_id)
    if known is not None:
        return known
    unit_id, post_id = seat
    if agency_id != next((unit.id for unit in orgunits.lineage(unit_id) if unit.is_agency), None):
        raise Invalid("document.unit_outside")
    subject = str(facts.get("subject", queries.document(source).subject))
    document = Document(
        id=document_id,
        direction=str(facts.get("direction", "outgoing")),
        document_type=str(facts.get("document_type", "CV")),
        subject=subject,
        folded=folded(subject),
        unit_id=agency_id,
        drafting_unit_id=unit_id,
        drafter_post_id=post_id,
        source_id=source,
        state="draft",
        issuer_name=orgunits.unit(agency_id).name,
    )
    db.session.add(document)
    db.session.flush()
    events.record(DocumentDrafted(about=str(document.id)), actor=actor.name)
    return document


@command
def drawn_up_again(actor: Actor, earlier: Document, *, recipients: Sequence[UUID]) -> Document:
    """Begin a draft that says what an earlier document says, with the files from which that was drawn up."""
    as_said = Beginning(earlier.direction, earlier.document_type, earlier.subject)
    draft = commands.open_draft(
        actor,
        agency_id=earlier.unit_id,
        drafting_unit_id=earlier.drafting_unit_id or earlier.unit_id,
        post_id=earlier.drafter_post_id,
        as_said=as_said,
    )
    draft.source_id = earlier.source_id
    fields = {name: getattr(earlier, name) for name in ("document_type", "field", "subject", "body", "urgency")}
    if earlier.due_on is not None and earlier.due_on >= clock.office_day():
        fields["due_on"] = earlier.due_on.isoformat()
    main = queries.latest_file(earlier.id, stage=UPLOADED)
    file = None if main is None else _given(main)
    commands.save_draft(actor, draft.id, fields={**fields, "recipients": [str(one) for one in recipients]}, file=file)
    places = [one.file.position for one in attachments.of(earlier.id)]
    beside = [queries.latest_file(earlier.id, attachments.ROLE, UPLOADED, position) for position in places]
    if attached := [_given(one) for one in beside if one is not None]:
        attachments.add(actor, draft.id, files=attached)
    return draft


@command
def link(actor: Actor, document_id: UUID, *, source: UUID) -> Document:
    """Note which document another one answers; Conflict "document.answers_another" when it answers a different one."""
    document = queries.locked(document_id)
    if document.source_id not in {None, source} or document_id == source:
        raise Conflict("document.answers_another")
    if document.source_id is None:
        document.source_id = source
        events.record(DocumentLinked(about=str(document.id), source_id=str(source)), actor=actor.name)
    return document


@command
def archive(actor: Actor, document_id: UUID) -> Document:
    """Put away a document whose handling is over; again changes nothing. Conflict "document.not_over" before."""
    document = queries.locked(document_id)
    if document.state != "archived":
        if document.state not in ENDED:
            raise Conflict("document.not_over")
        commands.move(actor, document_id, state="archived")
    return document


def _given(file: DocumentFile) -> FileGiven:
    return FileGiven(file.name, file.sha256, file.size, file.pages, file.archival)
