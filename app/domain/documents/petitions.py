"""Petitions (đơn thư) and other papers that citizens bring: what the clerk notes, and the end of what is not issued."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.actors.actor import Actor
from app.domain.documents import queries
from app.domain.documents.commands import FileGiven, add_file
from app.domain.documents.events import DocumentMoved
from app.domain.documents.models import Document
from app.domain.documents.rules import folded
from app.kernel import clock, events
from app.kernel.db import command
from app.kernel.errors import Conflict, Invalid


@command
def note_arrival(actor: Actor, document_id: UUID, *, fields: Mapping[str, Any], file: FileGiven | None) -> Document:
    """Write who sent a paper and what it is about, before it is registered.

    Conflict "document.not_waiting_for_registration" later on; Invalid on `written_on` for a day that is still to come.
    """
    document = queries.locked(document_id)
    if document.state != "arrived":
        raise Conflict("document.not_waiting_for_registration")
    written_on = date.fromisoformat(fields["written_on"]) if fields.get("written_on") else None
    if written_on is not None and written_on > clock.office_day():
        raise Invalid("form.invalid", fields={"written_on": ("document.written_in_future", {})})
    document.issuer_name, document.issued_on = str(fields["sender_name"]), written_on
    document.subject = str(fields["subject"])
    document.folded = folded(document.subject)
    if file is not None:
        add_file(document, file, stage="uploaded")
    events.record(DocumentMoved(about=str(document.id), state=document.state), actor=actor.name)
    return document
