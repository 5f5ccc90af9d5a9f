"""Digitised paper (bản số hóa): a scan of a document that came on paper, sealed by the agency that received it."""

from uuid import UUID, uuid4

from app.domain.actors.actor import Actor
from app.domain.documents import commands as documents
from app.domain.documents import queries
from app.domain.documents.commands import FileGiven
from app.domain.documents.models import Document
from app.domain.signatures import asking
from app.kernel.db import command
from app.kernel.errors import Conflict

KIND = "digitised"
PAPER = frozenset({"uploaded"})
"""Stages of a file of a document that came on paper."""


def may_digitise(actor: Actor, document: Document) -> bool:
    """Whether an actor may put a sealed scan in the place of a paper."""
    return _came_on_paper(document) and actor.may("documents.issue", at=document.unit_id)


@command
def digitise(actor: Actor, document_id: UUID, *, scan: FileGiven) -> None:
    """Keep a faithful scan and have the agency sign it; the clerk's act begins it (NĐ 30/2020, Điều 32).

    Raises Forbidden, Conflict "digitise.not_paper", "signature.not_set_up", "signature.not_holder".
    """
    document = queries.locked(document_id)
    actor.require("documents.issue", at=document.unit_id)
    if not _came_on_paper(document):
        raise Conflict("digitise.not_paper")
    means = asking.of_agency(actor, document.unit_id)
    documents.add_file(document, scan, stage="uploaded")
    asking.ask(actor, document, means, kind=KIND, call_id=uuid4(), sha256=scan.sha256)


def _came_on_paper(document: Document) -> bool:
    file = queries.latest_file(document.id)
    return document.direction == "incoming" and (file is None or file.stage in PAPER)
