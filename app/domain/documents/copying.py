"""Copies (sao y, sao lục, trích sao): what may be copied from what into what, and which pages (NĐ 30/2020, Điều 25-27).

A copy is a document of its own, numbered in the one series of copies, and points to what it was copied from.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.actors.actor import Actor
from app.domain.documents import commands, queries
from app.domain.documents.commands import UNSIGNED, FileGiven
from app.domain.documents.events import CopyPrepared, DocumentReopened
from app.domain.documents.models import Copying, Document
from app.domain.documents.rules import COPIES
from app.kernel import events
from app.kernel.db import command, db
from app.kernel.errors import Conflict, Invalid, Missing, OfficeError

PAPER, ELECTRONIC = "paper", "electronic"
ALLOWED = {
    "SY": frozenset({(PAPER, PAPER), (ELECTRONIC, PAPER), (PAPER, ELECTRONIC)}),
    "SL": frozenset({(PAPER, PAPER), (PAPER, ELECTRONIC), (ELECTRONIC, PAPER)}),
    "TrS": frozenset({(PAPER, PAPER), (PAPER, ELECTRONIC), (ELECTRONIC, PAPER), (ELECTRONIC, ELECTRONIC)}),
}
"""From what into what each form of copy goes (Điều 25)."""
FINISHED = ("issued", "received")
"""Stages of a file that is an original (bản gốc) as it left its agency."""
_RANGE = re.compile(r"(\d{1,4})(?:\s*-\s*(\d{1,4}))?")


def pages_of(text: str, count: int) -> list[int]:
    """The pages an extract names ("1, 3-4"), from 1, in order and each once.

    Errors: Invalid "copy.pages_unreadable", "copy.pages_outside".
    """
    found: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            raise Invalid("copy.pages_unreadable")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last <= count:
            raise Invalid("copy.pages_outside", count=count)
        found.update(range(first, last + 1))
    return sorted(found)


def of_copy(document_id: UUID) -> Copying | None:
    """How a copy is made; None for a document that is none."""
    return db.session.scalar(select(Copying).where(Copying.document_id == document_id))


def required(document_id: UUID) -> Copying:
    """How a copy is made. Raises Missing."""
    found = of_copy(document_id)
    if found is None:
        raise Missing("copy.missing")
    return found


def copies_of(source_id: UUID) -> list[Document]:
    """The copies made of a document, oldest first."""
    query = select(Document).join(Copying, Copying.document_id == Document.id).where(Copying.source_id == source_id)
    return list(db.session.scalars(query.order_by(Document.made_at)))


@command
def point(actor: Actor, document_id: UUID, *, source_id: UUID) -> Copying:
    """Say which document of this system a copy is to be of, before anybody has filled in the request."""
    document, source = queries.locked(document_id), queries.document(source_id)
    actor.require("documents.draft", at=document.unit_id)
    file = original(source)
    if file is None:
        raise Conflict("copy.source_not_finished")
    document.document_type = "SL" if source.document_type in COPIES else "SY"
    document.subject, document.folded = source.subject, source.folded
    made = Copying(document_id=document.id, source_id=source.id, source_medium=ELECTRONIC, file_sha256=file.sha256)
    made.source_reference, made.source_date = source.reference, source.issued_on
    made.source_issuer = source.issuer_name
    db.session.add(made)
    return made


def original(source: Document) -> FileGiven | None:
    """The file of a document as its agency issued it; None before that."""
    file = queries.latest_file(source.id)
    if file is None or file.stage not in FINISHED:
        return None
    return FileGiven(file.name, file.sha256, file.size, file.pages)


@command
def request_copy(actor: Actor, document_id: UUID, *, fields: Mapping[str, Any], file: FileGiven | None) -> Document:
    """Keep what is asked for: of which document, in which form, into what.

    Raises Invalid on the field for a copy the decree does not know, pages that are not there, a scan that is missing.
    """
    document = commands.save_draft(actor, document_id, fields=fields, file=file)
    made = of_copy(document.id) or Copying(document_id=document.id, source_medium=PAPER)
    db.session.add(made)
    made.medium, made.copies = str(fields["medium"]), int(fields["copies"])
    if made.source_id is None:
        made.source_reference, made.source_issuer = str(fields["source_reference"]), str(fields["source_issuer"])
        made.source_date = date.fromisoformat(fields["source_date"])
    made.purpose, made.pages = str(fields["purpose"]), str(fields.get("pages") or "")
    count = _count(document, made)
    _on_field("medium", lambda: require_allowed(document.document_type, made))
    _on_field("pages", lambda: _require_pages(document.document_type, made.pages, count))
    return document


def require_allowed(form: str, made: Copying) -> None:
    """Refuse what Điều 25 does not allow. Errors: Invalid "copy.conversion", "copy.of_a_copy", "copy.not_of_a_copy"."""
    source = None if made.source_id is None else queries.document(made.source_id)
    of_a_copy = source is not None and source.document_type in COPIES
    if of_a_copy and form != "SL":
        raise Invalid("copy.of_a_copy")
    if source is not None and form == "SL" and not of_a_copy:
        raise Invalid("copy.not_of_a_copy")
    if (made.source_medium, made.medium) not in ALLOWED[form]:
        raise Invalid("copy.conversion")


@command
def attach_made(actor: Actor, document_id: UUID, *, file: FileGiven) -> None:
    """Keep the pages of a copy as they will be signed."""
    document = queries.locked(document_id)
    if document.state not in UNSIGNED:
        raise Conflict("document.already_signed")
    commands.add_file(document, file, stage="prepared")
    document.state = "prepared"
    events.record(CopyPrepared(about=str(document.id), sha256=file.sha256), actor=actor.name)


@command
def reopen_copy(actor: Actor, document_id: UUID) -> None:
    """Take a copy back to whoever asked for it; one that has its number is made anew instead (Điều 18)."""
    document = queries.locked(document_id)
    if document.number is not None:
        raise Conflict("document.already_numbered", reference=document.reference)
    document.state = "draft"
    events.record(DocumentReopened(about=str(document.id)), actor=actor.name)


def _count(document: Document, made: Copying) -> int:
    """How many pages there are to copy; the file that is copied is noted."""
    if made.source_id is not None:
        found = original(queries.document(made.source_id))
        return 0 if found is None else found.pages
    scan = queries.latest_file(document.id, stage="uploaded")
    if scan is None:
        raise Invalid("form.invalid", fields={"file": ("copy.scan_missing", {})})
    made.file_sha256 = scan.sha256
    return scan.pages


def _require_pages(form: str, pages: str, count: int) -> None:
    if form != "TrS" and pages:
        raise Invalid("copy.pages_only_for_extract")
    if form == "TrS":
        if not pages:
            raise Invalid("copy.pages_missing")
        pages_of(pages, count)


def _on_field(name: str, check: Any) -> None:
    try:
        check()
    except OfficeError as refusal:
        raise Invalid("form.invalid", fields={name: (refusal.code, refusal.data)}) from refusal
